# SPDX-License-Identifier: Apache-2.0
"""Rows for any table, made from its types, keys and checks; and one row each for two tenants."""

import itertools
import re
import uuid

from catalogue import PLATFORM

TRIES = 3000
# Words a check cannot tell: the worker policies know queues by the services' names.
HINTS = {(table, "queue"): "rag" for table in ("job", "job_ready", "job_tenant", "job_wanted", "retention")}
HINTS["invoice", "status"] = "draft"  # what has a number is kept by its triggers
HINTS["ledger_line", "nanos"] = "0"  # the lines of an entry add up to it, which is looked at when the transaction ends
HINTS["plan_version", "currency"] = "EUR"
HINTS["fine_tuning_checkpoint", "sha256"] = "0" * 64


def for_tenant(tenant):
    """Whose a platform's row is that was made for one tenant."""
    return "for " + tenant


def literal(value):
    return "'" + str(value).replace("'", "''") + "'"


class Maker:
    """Makes rows that the database accepts, by asking it."""

    def __init__(self, database, catalogue):
        self.database = database
        self.catalogue = catalogue
        self.count = 0

    def values(self, table, column):
        """Candidates for a column, the likeliest first; NULL where it may be."""
        self.count += 1
        kind, name = column["type"], column["name"]
        words, numbers = [], []
        for check in table.checks:
            if name in (check["columns"] or []):
                words += re.findall(r"'((?:[^']|'')*)'::text", check["definition"])
                numbers += re.findall(r"(?<![\w.'])(\d{1,9})(?![\w.'])", check["definition"])
        hint = HINTS.get((table.name, name))
        if kind == "uuid":
            found = [literal(uuid.uuid4())]
        elif kind in ("text", "character varying"):
            found = [literal(hint)] if hint else [literal(f"t{self.count}")]
            found += [f"'{word}'" for word in words if not re.search(r"[\^$\[\]]", word)]
            found += [literal("abc"), literal(f"t{self.count}@b.example"), "''"]
        elif kind in ("bigint", "integer", "smallint"):
            found = ([hint] if hint else []) + [str(1000 + self.count), *numbers, "0", "1", "2"]
        elif kind == "bytea":
            found = [literal(f"\\x{self.count:064x}"), "'\\x00'", "''"]
        elif kind.startswith("vector"):
            size = int(kind[7:-1]) if "(" in kind else 3
            found = [literal([1] * size)]
        else:
            found = {"jsonb": ["'{}'"], "boolean": ["false", "true"], "timestamp with time zone": ["now()"],
                     "date": ["current_date"], "double precision": ["0"], "real": ["0"]}.get(kind)
            if found is None:
                found = ["'{}'"] if kind.endswith("[]") else [f"'0'::{kind}"]
        return found + ([] if column["not_null"] else ["NULL"])

    def parents(self, table, tenant, rows):
        """Columns that foreign keys fix: taken from the tenant's own rows, else from the platform's
        row made for that tenant, else from any of the platform's. A table's first row has no parent in it."""
        fixed = {}
        for key in table.foreign_keys:
            row = next((rows[(key["target"], whose)] for whose in (tenant, for_tenant(tenant), PLATFORM)
                        if (key["target"], whose) in rows), None)
            if row is None and key["target"] != table.name:
                continue
            for column, target in zip(key["columns"], key["target_columns"]):
                if column != "tenant_id":
                    fixed.setdefault(column, row[target] if row else "NULL")
        return fixed

    def make(self, table, tenant, rows, whose=None):
        """A new row of a tenant as {column: SQL}, which the database would take; the platform's may be
        made for one tenant. None if it takes no second one (one row a tenant)."""
        choices = {column["name"]: self.values(table, column) for column in table.columns
                   if not column["generated"]}
        choices["tenant_id"] = [literal(tenant)]
        for name, value in self.parents(table, whose or tenant, rows).items():
            choices[name] = [value]
        if table.name == "tenant" and whose:
            choices["id"] = [literal(whose)]
        at = {name: 0 for name in choices}
        searching = {}
        for _ in range(TRIES):
            row = {name: choices[name][at[name]] for name in choices}
            outcome, = self.database.probe(None, [(None, insert(table, row))])
            if outcome.state is None:
                return row
            blamed = self.blamed(table, outcome)
            if blamed is None:
                raise RuntimeError(f"{table.name}: {outcome}")
            if outcome.state == "23505" and all(len(choices[name]) == 1 for name in blamed):
                return None
            if blamed not in searching:
                searching[blamed] = itertools.product(*(range(len(choices[name])) for name in blamed))
            step = next(searching[blamed], None)
            if step is None:
                if outcome.state == "23505":
                    return None
                raise RuntimeError(f"{table.name}: nothing satisfies it: {outcome}")
            at.update(zip(blamed, step))
        raise RuntimeError(f"{table.name}: no row found")

    @staticmethod
    def blamed(table, outcome):
        """The columns a refusal is about."""
        for check in table.checks:
            if outcome.state == "23514" and check["name"] == outcome.constraint:
                return tuple(check["columns"])
        for key in table.keys:
            if outcome.state == "23505" and key["name"] == outcome.constraint:
                return tuple(name for name in key["columns"] if name != "tenant_id")
        return None

    def seed(self, tenants):
        """One row in every table for each tenant; in the platform's tables one of its own and one made
        for each tenant, where they hold several."""
        rows, made = {}, set()
        waiting = list(self.catalogue.parents)
        while waiting:
            ready = [table for table in waiting
                     if all(key["target"] in made or key["target"] == table.name
                            for key in table.foreign_keys)]
            if not ready:
                raise RuntimeError("foreign keys in a circle: " + ", ".join(t.name for t in waiting))
            for table in ready:
                for tenant in [PLATFORM] if table.of_platform else tenants:
                    rows[(table.name, tenant)] = self.first(table, tenant, rows)
                for tenant in tenants if table.of_platform else []:
                    row = self.make(table, PLATFORM, rows, tenant)
                    if row is not None:
                        self.database.psql(insert(table, row) + ";")
                        rows[(table.name, for_tenant(tenant))] = row
                made.add(table.name)
                waiting.remove(table)
        return rows

    def own_partitions(self, tenants):
        """Gives each tenant a partition in the lists of tenants, as the maintenance role does."""
        for table in self.catalogue.parents:
            if not (table.partitioned_by or "").startswith("LIST"):
                continue
            for number, tenant in enumerate(tenants):
                name = f"{table.name}_of_{number}"
                self.database.psql(
                    f"SET ROLE bulkhead_owner; CREATE TABLE {name} PARTITION OF {table.name}"
                    f" FOR VALUES IN ('{tenant}');"
                    f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;")

    def first(self, table, tenant, rows):
        row = self.make(table, tenant, rows)
        if row is not None:
            self.database.psql(insert(table, row) + ";")
            return row
        # The table's migration has put the only row there already.
        row = {}
        for column in table.columns:
            value, = self.database.psql(f"SELECT quote_nullable({column['name']}) FROM {table.name}"
                                        f" WHERE tenant_id = '{tenant}' LIMIT 1;")
            row[column["name"]] = value
        return row


def insert(table, row, only=None):
    """INSERT of a row; `only` keeps it to columns that a role may name."""
    names = [name for name in row if only is None or name in only]
    return (f"INSERT INTO {table.name} ({', '.join(names)})"
            f" VALUES ({', '.join(row[name] for name in names)})")
