# SPDX-License-Identifier: Apache-2.0
"""The walls between tenants, tried from the catalogue: a new table or statement is covered at once.

    run.py --pg-bin DIR [unittest arguments]

Makes a cluster of its own with the PostgreSQL programs in DIR, applies db/ as on an operator's database,
where nothing that migrates or owns is a superuser, and tries table x {select, insert, update, delete, foreign key, unique key} x {own,
other, none} as each service's role, with the two locks crossed as well.
"""

import argparse
import hashlib
import os
import sys
import unittest
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lib")]

import catalogue as catalogues  # noqa: E402
import lint  # noqa: E402
import services  # noqa: E402
import statements  # noqa: E402
from catalogue import PLATFORM, SERVICES  # noqa: E402
from database import ADMINISTRATOR, Database, files, text  # noqa: E402
from pg import Cluster  # noqa: E402
from rows import Maker, insert, literal  # noqa: E402

A = str(uuid.uuid4())
B = str(uuid.uuid4())
GOOD_TABLE = """
CREATE TABLE good (tenant_id uuid NOT NULL, id uuid NOT NULL, PRIMARY KEY (tenant_id, id));
ALTER TABLE good OWNER TO bulkhead_owner;
ALTER TABLE good ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE good IS 'x'; COMMENT ON COLUMN good.tenant_id IS 'x'; COMMENT ON COLUMN good.id IS 'x';
CREATE POLICY tenant_isolation ON good
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));
"""

# What the lint must notice: a change, and the rule that speaks up.
MISTAKES = [
    ("ALTER TABLE good DISABLE ROW LEVEL SECURITY", "row_security_is_enabled_and_forced"),
    ("ALTER TABLE good NO FORCE ROW LEVEL SECURITY", "row_security_is_enabled_and_forced"),
    ("DROP POLICY tenant_isolation ON good", "every_table_has_the_one_policy"),
    ("ALTER POLICY tenant_isolation ON good USING (true)", "every_table_has_the_one_policy"),
    ("ALTER POLICY tenant_isolation ON good WITH CHECK (true)", "every_table_has_the_one_policy"),
    ("ALTER POLICY tenant_isolation ON good TO bulkhead_rag", "every_table_has_the_one_policy"),
    ("CREATE POLICY more ON good USING (true)", "other_policies_are_the_listed_exceptions"),
    ("ALTER POLICY workers_find_work ON job_ready USING (true)",
     "other_policies_are_the_listed_exceptions"),
    ("DROP POLICY workers_find_work ON job_ready", "other_policies_are_the_listed_exceptions"),
    ("CREATE UNIQUE INDEX ON good (id)", "tenant_id_leads_every_key"),
    ("ALTER TABLE good DROP CONSTRAINT good_pkey", "tenant_id_leads_every_key"),
    ("ALTER TABLE good DROP CONSTRAINT good_pkey; ALTER TABLE good ALTER tenant_id DROP NOT NULL",
     "tenant_id_is_first_and_never_null"),
    ("CREATE TABLE bad (id uuid PRIMARY KEY)", "tenant_id_is_first_and_never_null"),
    ("CREATE TABLE public.bad (id uuid)", "everything_lies_in_the_schema"),
    ("ALTER TABLE good OWNER TO isolation_dba", "every_table_belongs_to_the_owner"),
    ("ALTER TABLE good OWNER TO bulkhead_rag", "services_hold_no_rights_over_the_schema"),
    ("CREATE VIEW seen AS SELECT * FROM good", "only_tables_and_invoker_views"),
    ("CREATE MATERIALIZED VIEW seen AS SELECT * FROM good", "only_tables_and_invoker_views"),
    ("CREATE SEQUENCE numbers", "only_tables_and_invoker_views"),
    ("ALTER TABLE good ADD other_tenant_id uuid;"
     "ALTER TABLE good ADD FOREIGN KEY (other_tenant_id, id) REFERENCES good (tenant_id, id)",
     "foreign_keys_stay_with_the_tenant"),
    ("ALTER TABLE good ADD other uuid; ALTER TABLE good ADD UNIQUE (id);"
     "ALTER TABLE good ADD FOREIGN KEY (other) REFERENCES good (id)", "foreign_keys_stay_with_the_tenant"),
    ("ALTER ROLE bulkhead_rag BYPASSRLS", "services_hold_no_rights_over_the_schema"),
    ("GRANT bulkhead_owner TO bulkhead_rag", "services_hold_no_rights_over_the_schema"),
    ("GRANT CREATE ON SCHEMA bulkhead TO bulkhead_rag", "services_hold_no_rights_over_the_schema"),
    ("ALTER ROLE bulkhead_owner LOGIN", "the_owner_cannot_sign_in"),
    ("ALTER ROLE bulkhead_owner NOBYPASSRLS", "the_owner_cannot_sign_in"),
    ("GRANT TRUNCATE ON good TO bulkhead_rag", "grants_are_to_services_and_never_on_leaves"),
    ("GRANT SELECT ON good TO PUBLIC", "grants_are_to_services_and_never_on_leaves"),
    ("GRANT SELECT ON good TO bulkhead_rag WITH GRANT OPTION", "grants_are_to_services_and_never_on_leaves"),
    ("CREATE TABLE leaves (tenant_id uuid NOT NULL) PARTITION BY LIST (tenant_id);"
     "CREATE TABLE leaf PARTITION OF leaves DEFAULT; GRANT SELECT (tenant_id) ON leaf TO bulkhead_rag",
     "grants_are_to_services_and_never_on_leaves"),
    ("CREATE TABLE leaves (tenant_id uuid NOT NULL) PARTITION BY LIST (tenant_id);"
     "CREATE TABLE leaf PARTITION OF leaves DEFAULT", "lists_of_tenants_have_no_default_partition"),
    ("CREATE TABLE leaves (tenant_id uuid NOT NULL) PARTITION BY HASH (tenant_id);"
     "ALTER TABLE leaves ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
     "CREATE TABLE leaf PARTITION OF leaves FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
     "row_security_is_enabled_and_forced"),
    ("CREATE TABLE leaves (tenant_id uuid NOT NULL, PRIMARY KEY (tenant_id)) PARTITION BY LIST (tenant_id);"
     "ALTER TABLE leaves ADD FOREIGN KEY (tenant_id) REFERENCES leaves",
     "partitioned_tables_have_no_foreign_keys"),
    ("ALTER TABLE good ADD v vector(2); CREATE INDEX ON good USING hnsw (v vector_l2_ops)",
     "approximate_indexes_cover_one_tenant_only"),
    ("CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
     "functions_run_with_the_callers_rights"),
    ("ALTER FUNCTION own_vectors_open RESET search_path", "functions_run_with_the_callers_rights"),
    ("ALTER FUNCTION own_vectors_open SET search_path = bulkhead", "functions_run_with_the_callers_rights"),
    ("ALTER FUNCTION own_vectors_close SECURITY INVOKER", "functions_run_with_the_callers_rights"),
    ("GRANT EXECUTE ON FUNCTION own_vectors_open TO PUBLIC", "functions_run_with_the_callers_rights"),
    ("GRANT EXECUTE ON FUNCTION own_vectors_close TO bulkhead_agent", "functions_run_with_the_callers_rights"),
    ("ALTER TABLE good ADD silent int", "everything_is_commented"),
]


class Ground:
    """Cluster, database, catalogue and the two tenants' rows: made once."""

    def __init__(self, pg_bin):
        self.cluster = Cluster(pg_bin).start()
        self.database = self.catalogue = self.maker = self.rows = None

    def open(self):
        self.database = Database(self.cluster).create()
        self.catalogue = catalogues.read(self.database)
        Maker(self.database, self.catalogue).own_partitions([A, B])
        self.catalogue = catalogues.read(self.database)
        self.maker = Maker(self.database, self.catalogue)
        self.rows = self.maker.seed([A, B])

    def close(self):
        self.cluster.stop()


GROUND = None  # the tests' one ground, opened by main()


class Lint(unittest.TestCase):
    """The rules, on the schema as it is; one test each."""


def lint_test(rule):
    def test(self):
        self.assertEqual(rule(GROUND.catalogue), [])
    return test


for each_rule in lint.RULES:
    setattr(Lint, "test_" + each_rule.__name__, lint_test(each_rule))


class Least(unittest.TestCase):
    """The ground the rest stands on is an operator's, not ours."""

    def test_what_migrates_and_what_owns_has_no_power_over_the_server(self):
        rows = GROUND.database.psql(
            "SELECT DISTINCT r.rolname, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication FROM pg_roles r"
            f" WHERE r.rolname = '{ADMINISTRATOR}' OR r.oid IN (SELECT relowner FROM pg_class"
            " WHERE relnamespace = 'bulkhead'::regnamespace) ORDER BY 1")
        self.assertEqual(rows, ["bulkhead_owner|f|f|f|f", f"{ADMINISTRATOR}|f|f|f|f"])

    def test_the_role_that_migrates_passes_no_row_security_by_itself(self):
        self.assertEqual(GROUND.database.psql(
            f"SELECT rolbypassrls, rolinherit AND pg_has_role('{ADMINISTRATOR}', 'bulkhead_owner', 'USAGE')"
            f" FROM pg_roles WHERE rolname = '{ADMINISTRATOR}'"), ["f|f"])


class LintNotices(unittest.TestCase):
    """Each rule speaks up at a mistake of its kind: a lint that cannot fail proves nothing."""

    def test_nothing_in_a_table_that_keeps_the_rules(self):
        found = self.findings(GOOD_TABLE)
        for rule in lint.RULES:
            self.assertEqual([each for each in found[rule.__name__] if "good" in each], [], rule.__name__)

    def test_every_mistake(self):
        for mistake, name in MISTAKES:
            with self.subTest(mistake=mistake):
                before = set(GROUND_FINDINGS()[name])
                self.assertTrue(set(self.findings(GOOD_TABLE + mistake + ";")[name]) - before)

    def test_every_rule_is_tried(self):
        self.assertEqual({rule.__name__ for rule in lint.RULES}, {name for _, name in MISTAKES})

    @staticmethod
    def findings(script):
        changed = catalogues.read(GROUND.database, script)
        return {rule.__name__: rule(changed) for rule in lint.RULES}


def GROUND_FINDINGS():
    return {rule.__name__: rule(GROUND.catalogue) for rule in lint.RULES}


class Files(unittest.TestCase):
    """What the database cannot tell of the files it was made from."""

    def test_every_migration_registers_itself_first(self):
        for path in files("migrations"):
            name = os.path.basename(path)[:-len(".sql")]
            body = "\n".join(line for line in text(path).splitlines() if not line.startswith("--")).strip()
            with self.subTest(migration=name):
                if name == "0001-core":
                    self.assertIn(f"SELECT register_patch('{name}');", body)
                else:
                    self.assertTrue(body.startswith(f"SELECT register_patch('{name}');"), body[:80])

    def test_exceptions_stand_in_their_one_file(self):
        for path in files("policies"):
            with self.subTest(path=os.path.basename(path)):
                if not path.endswith("exceptions.sql"):
                    self.assertEqual(
                        [line for line in text(path).splitlines()
                         if "CREATE POLICY" in line and "CREATE POLICY tenant_isolation" not in line], [])


class Statements(unittest.TestCase):
    """Every statement of the sources says tenant_id = $1; the policy is the second lock."""

    def test_each_is_tied_to_its_tenant(self):
        tables = {table.name for table in GROUND.catalogue.tables}
        tried = 0
        for path in statements.sources():
            for statement in statements.read(path):
                if (path, statement.function) in statements.FREE:
                    continue
                with self.subTest(statement=statement.where):
                    plan = statements.plan_of(GROUND.database, statement)
                    self.assertEqual(statements.untied(plan, tables, statement.tenants), [], statement.sql)
                    for table, tied in statements.insert_targets(statement.sql):
                        self.assertTrue(tied, f"INSERT INTO {table} does not take tenant_id from $1")
                    tried += 1
        self.assertGreater(tried, 5)

    def test_a_statement_without_its_tenant_is_noticed(self):
        tables = {table.name for table in GROUND.catalogue.tables}
        for sql, found in [
                ("SELECT id FROM job WHERE id = $2 AND $1::uuid IS NOT NULL", ["job"]),
                ("SELECT r.epoch FROM job AS j JOIN job_ready AS r ON r.job_id = j.id WHERE j.tenant_id = $1",
                 ["job_ready"]),
                ("UPDATE job SET error = $1", ["job"]),
                ("SELECT id FROM job WHERE tenant_id = $1 OR kind = ' AND (tenant_id = $1)'", ["job"]),
                ("SELECT id FROM job WHERE (tenant_id = $1 OR id = $2) AND kind = 'x'", ["job"]),
                (f"SELECT id FROM job WHERE tenant_id = $1 OR tenant_id = '{PLATFORM}'", []),
                ("SELECT id FROM job WHERE tenant_id = tenant_id AND kind = $1", ["job"]),
                ("SELECT (SELECT count(*) FROM job_ready) FROM job WHERE tenant_id = $1", ["job_ready"]),
                ("SELECT id FROM job WHERE tenant_id = $2 AND kind = $1", ["job"]),
                ("SELECT r.epoch FROM job AS j JOIN job_ready AS r ON r.tenant_id = j.tenant_id"
                 " AND r.job_id = j.id WHERE j.tenant_id = $1", [])]:
            with self.subTest(sql=sql):
                plan = statements.plan_of(GROUND.database, statements.Statement("", "", sql, []))
                self.assertEqual(statements.untied(plan, tables, {1}), found)
        self.assertEqual(list(statements.insert_targets("INSERT INTO job (id, tenant_id) VALUES ($1, $2)")),
                         [("job", False)])


class Matrix(unittest.TestCase):
    """What each role can do to each table: with its own rows, another tenant's, and no context."""

    def check(self, role, cases):
        """Runs (what, context, SQL, acceptable) cases; acceptable judges an outcome."""
        outcomes = GROUND.database.probe(role, [(context, sql) for _, context, sql, _ in cases])
        for (what, context, sql, acceptable), outcome in zip(cases, outcomes, strict=True):
            with self.subTest(what=what, context=context):
                self.assertTrue(acceptable(outcome), f"{sql}: {outcome}")


class Erasure(unittest.TestCase):
    """A tenant that is deleted: the services find by the catalogue what they may remove, and that is everything
    but what they keep. There is a row in every table, so that no new one can be forgotten."""

    def erased(self, skipped="'{}'"):
        """(rows of A, rows of B) by table before and after every service's turn; nothing of it stays."""
        tables = [table.name for table in GROUND.catalogue.parents if not table.of_platform]
        count = "".join(f"SELECT '{name}|' || count(*) FILTER (WHERE tenant_id = '{A}') || '|'"
                        f" || count(*) FILTER (WHERE tenant_id = '{B}') FROM {name};\n" for name in tables)
        turns = "".join(f"SET LOCAL ROLE {role}; SELECT count(*) AS unused FROM erase_rows('{A}', {skipped}, 1000) \\gset\n"
                        for role in reversed(services.roles()))
        lines = GROUND.database.psql(
            f"BEGIN;\n{count}SELECT set_config('bulkhead.tenant_id', '{A}', true) AS unused \\gset\n"
            # Twice: what a trigger writes about the rows that go is found by the second turn.
            f"{turns}{turns}RESET ROLE; SET CONSTRAINTS ALL IMMEDIATE;\n{count}ROLLBACK;\n")
        rows = [line.split("|") for line in lines]
        half = len(rows) // 2
        return [{name: (int(a), int(b)) for name, a, b in part} for part in (rows[:half], rows[half:])]

    KEPT = {each["table"] for row in services.rows() for each in row["keeps"]}

    def test_nothing_is_left_but_what_is_kept(self):
        kept = self.KEPT
        before, after = self.erased("'{" + ",".join(sorted(kept)) + "}'")
        for name, (of_a, of_b) in before.items():
            with self.subTest(table=name):
                self.assertGreater(of_a, 0)
                self.assertEqual(after[name], (of_a if name in kept else 0, of_b))

    def test_a_table_that_is_kept_stays(self):
        before, after = self.erased("'{" + ",".join(sorted(self.KEPT | {"meter_day"})) + "}'")
        self.assertEqual(after["meter_day"], before["meter_day"])
        self.assertEqual(after["usage_day"][0], 0)

    def test_rows_of_another_queue_are_anothers(self):
        for role, queue in (("bulkhead_agent", "rag"), ("bulkhead_rag", "agent")):
            there, left = GROUND.database.psql(
                f"BEGIN; SELECT count(*) FROM job WHERE tenant_id = '{A}'; UPDATE job SET queue = '{queue}' WHERE tenant_id = '{A}';\n"
                f"SELECT set_config('bulkhead.tenant_id', '{A}', true) AS unused \\gset\n"
                f"SET LOCAL ROLE {role}; SELECT count(*) AS unused FROM erase_rows('{A}', '{{}}', 1000) \\gset\n"
                f"RESET ROLE; SELECT count(*) FROM job WHERE tenant_id = '{A}'; ROLLBACK;\n")
            self.assertGreater(int(there), 0)
            self.assertEqual(left, there, role)

    def test_without_the_tenants_context_nothing_goes(self):
        for context in (B, None):
            self.assertEqual(
                [outcome.rows for role in services.roles() for outcome in GROUND.database.probe(
                    role, [(context, f"SELECT count(*) FROM erase_rows('{A}', '{{}}', 1000)")])],
                [0] * len(services.roles()), context)


class OwnVectors(unittest.TestCase):
    """The functions that make and drop the tables of large stores' vectors, with the owner's rights. What they make is walled from its first moment, and nobody else's can be reached by them."""

    TENANT = str(uuid.uuid4())
    STORE = str(uuid.uuid4())
    LEAF = "chunk_vector_384_own_" + hashlib.sha256((TENANT + STORE).encode()).hexdigest()[:40]
    MADE = f"PERFORM own_vectors_open('{TENANT}', '{STORE}', 384);"
    VECTOR = "array_fill(1, ARRAY[384])::real[]::vector"

    @classmethod
    def setUpClass(cls):
        row = GROUND.maker.make(GROUND.catalogue.by_name["vector_store"], cls.TENANT, GROUND.rows)
        row["id"] = literal(cls.STORE)
        GROUND.database.psql(
            insert(GROUND.catalogue.by_name["vector_store"], row) +
            f";INSERT INTO store_statistics (tenant_id, store_id, vectors_id) VALUES ('{cls.TENANT}', '{cls.STORE}', '{cls.STORE}');")

    @classmethod
    def tearDownClass(cls):
        GROUND.database.psql(f"DELETE FROM vector_store WHERE tenant_id = '{cls.TENANT}';")

    def states(self, role, context, *statements):
        return [outcome.state for outcome in
                GROUND.database.probe(role, [(context, statement) for statement in statements])]

    @staticmethod
    def call(name, tenant, store, dimensions=384):
        return f"SELECT {name}({tenant}, {store}, {dimensions})"

    def test_they_act_for_the_tenant_of_the_context_only(self):
        own = [self.call(name, literal(self.TENANT), literal(self.STORE))
               for name in ("own_vectors_open", "own_vectors_close")]
        self.assertEqual(self.states("bulkhead_rag", self.TENANT, *own), [None, None])
        for context in (A, None):
            self.assertEqual(self.states("bulkhead_rag", context, *own), ["42501", "42501"], context)
        self.assertEqual(
            self.states("bulkhead_rag", self.TENANT,
                        self.call("own_vectors_open", "NULL", literal(self.STORE)),
                        self.call("own_vectors_open", literal(self.TENANT), "NULL"),
                        self.call("own_vectors_open", literal(self.TENANT), literal(uuid.uuid4())),
                        self.call("own_vectors_open", literal(self.TENANT), GROUND.rows[("vector_store", A)]["id"]),
                        self.call("own_vectors_open", literal(self.TENANT), literal(self.STORE), 385),
                        self.call("own_vectors_close", literal(self.TENANT), literal(self.STORE), "NULL")),
            ["42501", "42501", "P0002", "P0002", "22023", "22023"])

    def test_only_rag_may_call_them(self):
        for role in SERVICES:
            if role != "bulkhead_rag":
                self.assertEqual(
                    self.states(role, self.TENANT,
                                *[self.call(name, literal(self.TENANT), literal(self.STORE))
                                  for name in ("own_vectors_open", "own_vectors_close")]), ["42501", "42501"])
        self.assertEqual(
            self.states("bulkhead_rag", self.TENANT, "SELECT own_vectors_shield('file')",
                        self.call("own_vectors_name", literal(A), literal(A)),
                        self.call("own_vectors_check", literal(A), literal(A))), ["42501"] * 3)

    def test_what_they_make_keeps_every_rule(self):
        made = catalogues.read(
            GROUND.database, f"SELECT set_config('bulkhead.tenant_id', '{self.TENANT}', true);"
            f"SET LOCAL ROLE bulkhead_rag; SELECT own_vectors_open('{self.TENANT}', '{self.STORE}', 384); RESET ROLE;")
        self.assertIn(self.LEAF, made.by_name)
        for rule in lint.RULES:
            self.assertEqual(rule(made), [], rule.__name__)
        for name in (self.LEAF, made.by_name[self.LEAF].parent):
            table = made.by_name[name]
            self.assertTrue(table.leaf and table.enabled and table.forced)
            self.assertEqual([policy["name"] for policy in table.policies], ["tenant_isolation"])
            self.assertEqual({grant["role"] for grant in table.grants}, {"bulkhead_owner", "bulkhead_maintenance"})
        self.assertEqual({index["method"] for index in made.by_name[self.LEAF].indexes}, {"hnsw", "btree"})

    def test_what_they_make_is_reached_through_the_parent_only(self):
        def after(statement):
            return f"DO $do$ BEGIN {self.MADE} {statement}; END $do$"

        row = f"chunk_vector_384_own VALUES ('%s', '%s', 1, 0, '{self.STORE}', {self.VECTOR})"
        self.assertEqual(
            self.states("bulkhead_rag", self.TENANT,
                        after(f"INSERT INTO {row % (self.TENANT, self.STORE)}"),
                        after(f"INSERT INTO {row % (A, self.STORE)}"),
                        after(f"PERFORM FROM {self.LEAF}"),
                        after(f"INSERT INTO {self.LEAF} SELECT FROM chunk_vector_384_own"),
                        after(f"DROP TABLE {self.LEAF}"),
                        after(f"ALTER TABLE {self.LEAF} NO FORCE ROW LEVEL SECURITY"),
                        after(f"CREATE INDEX ON {self.LEAF} (chunk_id)")),
            [None] + ["42501"] * 6)

    def test_what_is_searched_is_not_dropped(self):
        used = f"UPDATE store_statistics SET own_vectors = true WHERE tenant_id = '{self.TENANT}';"
        close = f"PERFORM own_vectors_close('{self.TENANT}', '{self.STORE}', 384);"
        self.assertEqual(
            self.states("bulkhead_rag", self.TENANT, f"DO $do$ BEGIN {self.MADE} {used} {close} END $do$",
                        f"DO $do$ BEGIN {self.MADE} {close} {close} {self.MADE} END $do$"), ["55006", None])

    def test_no_tenant_takes_all_the_room(self):
        flood = f"""DO $do$
            DECLARE made bigint := 0; other uuid;
            BEGIN
                FOR i IN 1..102 LOOP
                    other := gen_random_uuid();
                    INSERT INTO vector_store (tenant_id, id, name, description, metadata, embedding_model)
                    VALUES ('{self.TENANT}', other, '', '', '{{}}', 'm');
                    made := made + own_vectors_open('{self.TENANT}', other, 384)::int;
                END LOOP;
                IF made <> 100 THEN RAISE EXCEPTION 'made %', made; END IF;
            END $do$"""
        self.assertEqual([str(outcome) for outcome in
                          GROUND.database.probe("bulkhead_rag", [(self.TENANT, flood)])], ["0 rows"])


class Books(unittest.TestCase):
    """The functions that move money and make months of usage, with the owner's rights, whom row security does not
    bind."""

    NONE = "NULL::bigint[]"
    MOVES = {
        "meter_reserve": "ARRAY[{id}]::uuid[], ARRAY[{id}, {id}, {id}]::uuid[], '{{1}}', '{{5}}', '{{1,1,1,1,1}}',"
                         " '{{1,1,1,1,1}}', '{{0}}', false",
        "meter_settle": ", ".join(["ARRAY[]::uuid[]"] * 7 + ["ARRAY[]::text[]"] * 7 + ["ARRAY[]::bigint[]"] * 15 +
                                  ["NULL", "NULL"]),
        "meter_expire": "0, ARRAY[]::uuid[]",
        "meter_renew": "ARRAY[{id}]::uuid[]",
    }
    SETS = {
        "meter_lock": None,
        "meter_limit": "{tenant}, 'tenant', false, NULL, true, 5, false, NULL, NULL",
        "meter_fund": "{id}, -1, -1, 0, 'infinity', now(), 5",
        "meter_fund_end": "{id}",
        "meter_prepaid": "true, NULL",
    }

    def calls(self, functions, tenant):
        id = literal(uuid.uuid4())
        return [f"SELECT {name}({', '.join(filter(None, (literal(tenant), given)))})".format(id=id, tenant=literal(tenant))
                for name, given in functions.items()]

    def states(self, role, context, statements):
        return [outcome.state for outcome in
                GROUND.database.probe(role, [(context, statement) for statement in statements])]

    def test_they_act_for_the_tenant_of_the_context_only(self):
        for role, functions in (("bulkhead_model", self.MOVES), ("bulkhead_billing", self.SETS)):
            calls = self.calls(functions, A)
            self.assertEqual(self.states(role, A, calls), [None] * len(calls))
            for context in (B, None):
                self.assertEqual(self.states(role, context, calls), ["42501"] * len(calls), (role, context))

    def test_only_those_who_meter_move_money_and_only_billing_gives_it(self):
        for role in SERVICES:
            if role not in ("bulkhead_model", "bulkhead_rag", "bulkhead_agent"):
                self.assertEqual(self.states(role, A, self.calls(self.MOVES, A)), ["42501"] * len(self.MOVES), role)
            if role != "bulkhead_billing":
                calls = [call for call in self.calls(self.SETS, A)
                         if role != "bulkhead_model" or "meter_limit" not in call]
                self.assertEqual(self.states(role, A, calls), ["42501"] * len(calls), role)

    def test_a_month_keeps_every_rule(self):
        made = catalogues.read(
            GROUND.database, "SET LOCAL ROLE bulkhead_owner; SELECT usage_month_open('2031-02-01'); RESET ROLE;")
        table = made.by_name["usage_event_2031_02"]
        for rule in lint.RULES:
            self.assertEqual(rule(made), [], rule.__name__)
        self.assertTrue(table.leaf and table.enabled and table.forced)
        self.assertEqual([policy["name"] for policy in table.policies], ["tenant_isolation"])
        self.assertEqual({grant["role"] for grant in table.grants}, {"bulkhead_owner", "bulkhead_maintenance"})

    def test_only_model_makes_and_drops_months_and_none_reads_past_the_parent(self):
        for role in SERVICES:
            if role != "bulkhead_model":
                self.assertEqual(self.states(role, A, ["SELECT usage_months_open()", "SELECT usage_months_drop(86400000)"]),
                                 ["42501"] * 2, role)
        self.assertEqual(
            self.states("bulkhead_model", A, ["SELECT usage_months_open()", "SELECT usage_months_drop(86400000)",
                                              "SELECT usage_months_drop(0)", "SELECT usage_month_open('2031-02-01')",
                                              "SELECT FROM usage_event_default"]),
            [None, None, "22023", "42501", "42501"])


class Moves(unittest.TestCase):
    """What becomes of budgets and usage rows that an earlier version has kept."""

    TENANT, MODEL, KEY, USER = (f"aaaaaaaa-0000-7000-8000-00000000000{at}" for at in range(4))
    NONE = "00000000-0000-0000-0000-000000000000"
    THIS_MONTH = "date_trunc('month', now() AT TIME ZONE 'UTC')"
    OLD = f"""
INSERT INTO model (tenant_id, id, name, kind, url, upstream_name) VALUES ('{TENANT}', '{MODEL}', 'm', 'chat', 'http://x', 'm');
INSERT INTO api_key (tenant_id, id, name, hash, prefix, scopes, created_by)
VALUES ('{TENANT}', '{KEY}', 'k', sha256('x'), 'p', '', 'x');
INSERT INTO budget (tenant_id, tokens_per_minute, month_nanos, month, spent_nanos, reserved_nanos)
VALUES ('{TENANT}', 77, 5000, {THIS_MONTH}, 330, 40);
INSERT INTO budget_reservation (tenant_id, call_id, nanos, expired_month)
VALUES ('{TENANT}', gen_random_uuid(), 40, NULL), ('{TENANT}', gen_random_uuid(), 30, {THIS_MONTH});
INSERT INTO usage_record (tenant_id, id, request_id, kind, model_tenant_id, model_id, model, subject, actor, credential_id,
  started_at, ended_at, streamed, status, source, prompt_tokens, cached_tokens, completion_tokens, price_known,
  price_version, cost_nanos)
SELECT '{TENANT}', (lpad(to_hex((extract(epoch FROM t) * 1000)::bigint), 12, '0') || '7' ||
    substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid,
  'r', kind, '{TENANT}', '{MODEL}', 'm', subject, '', credential::uuid, t, t, false, 'ok', 'reported', 10, 2, 5, true, 1, 100
FROM (VALUES (now(), 'chat', '{USER}', '{KEY}'), (now(), 'chat', '{KEY}', '{KEY}'),
  (now() - interval '65 days', 'rerank', '{USER}', '{NONE}')) AS v (t, kind, subject, credential);
INSERT INTO usage_total (tenant_id, month, model_tenant_id, model_id, calls, prompt_tokens, cached_tokens,
  completion_tokens, cost_nanos)
VALUES ('{TENANT}', {THIS_MONTH}, '{TENANT}', '{MODEL}', 3, 30, 6, 15, 300),
  ('{TENANT}', {THIS_MONTH}, '{NONE}', '{NONE}', 0, 0, 0, 0, 30),
  ('{TENANT}', date_trunc('month', now() AT TIME ZONE 'UTC' - interval '65 days'), '{TENANT}', '{MODEL}', 1, 10, 2, 5, 100),
  ('{TENANT}', date_trunc('month', now() AT TIME ZONE 'UTC' - interval '400 days'), '{TENANT}', '{MODEL}', 9, 90, 18, 45, 900);
"""

    def test_no_figure_is_lost(self):
        with Cluster(GROUND.database.cluster.pg_bin) as cluster:
            database = Database(cluster).create(before="0102-meter-moves.sql")
            database.psql(self.OLD)
            database.migrate("0102-meter-moves.sql")

            def rows(columns, table, order="1"):
                return database.psql(f"SELECT {columns} FROM {table} ORDER BY {order}")
            self.assertEqual(rows("kind, month_limit, month_spent, total_spent, reserved", "meter_owner"),
                             ["key||200|200|0", "tenant|5000|330|1330|40", "user||100|200|0"])
            self.assertEqual(rows("id", "meter_owner", "kind"), [self.KEY, self.TENANT, self.USER])
            self.assertEqual(
                rows("date_trunc('month', day) = date_trunc('month', now() AT TIME ZONE 'UTC'), kind, sum(calls), "
                     "sum(input_tokens), sum(cached_tokens), sum(output_tokens), sum(units), sum(cost_nanos)",
                     "usage_day GROUP BY 1, 2", "1, 2"),
                ["f|chat|9|90|18|45|0|900", "f|rerank|1|10|2|0|5|100", "t|chat|3|30|6|15|0|300", "t|expired|1|0|0|0|0|30"])
            self.assertEqual(rows("kind, key_id, user_id, output_tokens, units, cost_nanos", "usage_event", "1, 2, 3"), [
                f"chat|{self.KEY}|{self.NONE}|5|0|100", f"chat|{self.KEY}|{self.USER}|5|0|100",
                f"rerank|{self.NONE}|{self.USER}|0|5|100"])
            self.assertEqual(rows("count(*)", "usage_event_default"), ["0"])
            self.assertEqual(rows("nanos, expired_on IS NULL, owners", "meter_reservation"),
                             [f"30|f|{{{self.TENANT}}}", f"40|t|{{{self.TENANT}}}"])
            self.assertEqual(rows("tokens_per_minute", "token_limit"), ["77"])
            self.assertEqual(rows("kind", "retention WHERE queue = 'model'"),
                             ["notice", "quarantine", "spent_day", "usage", "usage_day"])


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
    for role in SERVICES:
        short = role.removeprefix("bulkhead_")
        for table in GROUND.catalogue.parents:
            setattr(Matrix, f"test_{short}_on_{table.name}", matrix_test(table, role))
        setattr(Matrix, f"test_{short}_on_leaves", leaf_test(role))
        setattr(Matrix, f"test_{short}_is_refused_in_the_same_words", refusals_test(role))


def main():
    global GROUND
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pg-bin", required=True, help="folder with postgres, initdb, pg_ctl, psql")
    args, rest = parser.parse_known_args()
    GROUND = Ground(args.pg_bin)
    try:
        GROUND.open()
        generate()
        unittest.main(argv=[sys.argv[0], *rest], verbosity=1)
    finally:
        GROUND.close()


if __name__ == "__main__":
    main()
