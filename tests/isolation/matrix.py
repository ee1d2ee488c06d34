# SPDX-License-Identifier: Apache-2.0
"""Tests: table x {select, insert, update, delete, foreign key, unique key} x {own, other, none} as each service's role."""

import unittest
import uuid

import lint
from catalogue import PLATFORM, SERVICES
from ground import A, B, GROUND
from rows import insert, literal


class Matrix(unittest.TestCase):
    """What each role can do to each table: with its own rows, another tenant's, and no context."""

    def check(self, role, cases):
        """Runs (what, context, SQL, acceptable) cases; acceptable judges an outcome."""
        outcomes = GROUND.database.probe(role, [(context, sql) for _, context, sql, _ in cases])
        for (what, context, sql, acceptable), outcome in zip(cases, outcomes, strict=True):
            with self.subTest(what=what, context=context):
                self.assertTrue(acceptable(outcome), f"{sql}: {outcome}")


def rows_are(count):
    return lambda outcome: outcome.rows == count


def some_rows(outcome):
    return outcome.rows is not None and outcome.rows > 0


def state_is(*states):
    return lambda outcome: outcome.state in states


REFUSED = state_is("42501")


def pairs(table):
    """(own, other) tenants whose rows are tried: both ways, so that the locks cross both ways."""
    return [(PLATFORM, A)] if table.of_platform else [(A, B), (B, A)]


def select_cases(table, role):
    aside = lint.SEEN_WITH_CONTEXT.get((table.name, role))
    without = lint.SEEN_WITHOUT_CONTEXT.get((table.name, role))
    hidden = f" AND NOT coalesce({aside}, false)" if aside else ""
    count = f"SELECT count(*) FROM {table.name} WHERE "
    for own, other in pairs(table):
        yield "select own", own, f"{count}tenant_id = '{own}'", some_rows
        yield "select all but own", own, f"{count}tenant_id <> '{own}'{hidden}", rows_are(0)
        yield "locks crossed: context of another", other, f"{count}tenant_id = '{own}'{hidden}", rows_are(0)
    nothing = f"NOT coalesce({without}, false)" if without else "true"
    yield "select without context", None, count + nothing, rows_are(0)


def insert_cases(table, columns):
    for own, other in pairs(table):
        row = GROUND.maker.make(table, own, GROUND.rows) or GROUND.rows[(table.name, own)]
        sql = insert(table, row, columns)
        # A key that exists is refused after the policy has let the row pass.
        yield "insert own", own, sql, lambda outcome: outcome.rows == 1 or outcome.state == "23505"
        yield "insert for another", other, sql, REFUSED
        yield "insert without context", None, sql, REFUSED


def update_cases(table, role, columns):
    name = next((each for each in columns if each != "tenant_id"), "tenant_id")
    for own, other in pairs(table):
        sql = f"UPDATE {table.name} SET {name} = {name} WHERE tenant_id = '{own}'"
        yield "update own", own, sql, some_rows
        yield "update another's", other, sql, rows_are(0)
        if (table.name, role) not in lint.SEEN_WITHOUT_CONTEXT:
            yield "update without context", None, sql, rows_are(0)
        moved = f"UPDATE {table.name} SET tenant_id = '{other}' WHERE tenant_id = '{own}'"
        yield "move to another", own, moved, REFUSED if not table.of_platform else state_is("42501", "23514")
        yield "move to another without context", None, moved, \
            lambda outcome: outcome.rows == 0 or outcome.state == "42501"


def delete_cases(table):
    for own, other in pairs(table):
        sql = f"DELETE FROM {table.name} WHERE tenant_id = '{own}'"
        # Rows that others refer to are reached and kept.
        yield "delete own", own, sql, lambda outcome: some_rows(outcome) or outcome.state == "23503"
        yield "delete another's", other, sql, rows_are(0)
        yield "delete without context", None, sql, rows_are(0)


def unique_cases(table, columns):
    """Another tenant's key value is free: a refusal would tell that the hidden row exists."""
    for own, other in pairs(table):
        if table.of_platform:
            continue
        for key in table.keys:
            names = [name for name in key["columns"] if name not in ("tenant_id", None)]
            fresh = GROUND.maker.make(table, own, GROUND.rows)
            if not names or fresh is None:
                continue
            mine, theirs = GROUND.rows[(table.name, own)], GROUND.rows[(table.name, other)]
            taken = {**fresh, **{name: theirs[name] for name in names}}
            if any(mine[name] != theirs[name] for name in names):
                yield f"unique key {key['name']}", own, insert(table, taken, columns), \
                    lambda outcome: outcome.state != "23505"
            if not key["partial"]:
                twice = {**fresh, **{name: mine[name] for name in names}}
                yield f"own key {key['name']} twice", own, insert(table, twice, columns), state_is("23505")


def foreign_key_cases(table, columns):
    """Another tenant's row is as good as none: the same refusal as for one that does not exist."""
    kinds = {column["name"]: column["type"] for column in table.columns}
    missing = {"uuid": literal(uuid.uuid4()), "bigint": "987654321"}
    for own, other in pairs(table):
        for key in table.foreign_keys:
            names = [name for name in key["columns"] if name != "tenant_id"]
            foreign = GROUND.rows.get((key["target"], other))
            fresh = GROUND.maker.make(table, own, GROUND.rows)
            if fresh is None or foreign is None or table.of_platform or not names:
                continue
            theirs = {**fresh, **{name: foreign[target] for name, target
                                  in zip(key["columns"], key["target_columns"]) if name != "tenant_id"}}
            yield f"foreign key {key['name']}", own, insert(table, theirs, columns), \
                state_is("23503", "23514")
            if all(kinds[name] in missing for name in names):
                absent = {**theirs, **{name: missing[kinds[name]] for name in names
                                       if not name.endswith("_tenant_id")}}
                yield f"missing row for {key['name']}", own, insert(table, absent, columns), \
                    state_is("23503", "23514")


def cases_of(table, role):
    select = table.granted(role, "SELECT")
    writes = {name: table.granted(role, name) for name in ("INSERT", "UPDATE", "DELETE")}
    cases = list(select_cases(table, role)) if select else \
        [("select ungranted", A, f"SELECT count(*) FROM {table.name}", REFUSED)]
    if writes["INSERT"]:
        cases += insert_cases(table, writes["INSERT"])
        cases += unique_cases(table, writes["INSERT"])
        cases += foreign_key_cases(table, writes["INSERT"])
    else:
        cases.append(("insert ungranted", A, f"INSERT INTO {table.name} DEFAULT VALUES", REFUSED))
    cases += update_cases(table, role, writes["UPDATE"]) if writes["UPDATE"] else \
        [("update ungranted", A, f"UPDATE {table.name} SET tenant_id = tenant_id", REFUSED)]
    cases += delete_cases(table) if writes["DELETE"] else \
        [("delete ungranted", A, f"DELETE FROM {table.name}", REFUSED)]
    return cases


def matrix_test(table, role):
    def test(self):
        self.check(role, cases_of(table, role))
    return test


def leaf_test(role):
    def test(self):
        leaves = [table.name for table in GROUND.catalogue.tables if table.leaf]
        self.check(role, [("leaf", A, f"SELECT count(*) FROM {name}", REFUSED) for name in leaves])
    return test


def refusals_test(role):
    """Foreign keys: the very words of a refusal do not tell another tenant's row from none."""
    def test(self):
        for table in GROUND.catalogue.parents:
            columns = table.granted(role, "INSERT")
            cases = list(foreign_key_cases(table, columns)) if columns else []
            outcomes = GROUND.database.probe(role, [(context, sql) for _, context, sql, _ in cases])
            said = {case[0] + str(case[1]): str(outcome)
                    for case, outcome in zip(cases, outcomes, strict=True)}
            for what, words in said.items():
                if what.startswith("missing row for "):
                    theirs = "foreign key " + what.removeprefix("missing row for ")
                    with self.subTest(table=table.name, key=theirs):
                        self.assertEqual(words, said[theirs])
    return test


def generate():
    """Gives Matrix its tests, once the ground is open."""
    for role in SERVICES:
        short = role.removeprefix("bulkhead_")
        for table in GROUND.catalogue.parents:
            setattr(Matrix, f"test_{short}_on_{table.name}", matrix_test(table, role))
        setattr(Matrix, f"test_{short}_on_leaves", leaf_test(role))
        setattr(Matrix, f"test_{short}_is_refused_in_the_same_words", refusals_test(role))
