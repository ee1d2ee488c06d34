# SPDX-License-Identifier: Apache-2.0
"""Tests: the schema, the files it is made from and the statements of the sources keep the rules, and who breaks one is noticed."""

import os
import unittest

import catalogue as catalogues
import lint
import statements
from catalogue import PLATFORM
from database import ADMINISTRATOR, files, text
from ground import GROUND

GOOD_TABLE = """
CREATE TABLE good (tenant_id uuid NOT NULL, id uuid NOT NULL, PRIMARY KEY (tenant_id, id));
ALTER TABLE good OWNER TO bulkhead_owner;
ALTER TABLE good ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE good IS 'x'; COMMENT ON COLUMN good.tenant_id IS 'x'; COMMENT ON COLUMN good.id IS 'x';
CREATE POLICY tenant_isolation ON good
	USING (tenant_id = nullif(current_setting('bulkhead.tenant_id', true), '')::uuid)
	WITH CHECK (tenant_id = nullif(current_setting('bulkhead.tenant_id', true), '')::uuid);
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
    ("CREATE POLICY more ON good USING ((SELECT true))", "every_table_has_its_place_under_citus"),
    ("CREATE UNIQUE INDEX ON good (id)", "every_table_has_its_place_under_citus"),
    ("ALTER TABLE job_ready ADD UNIQUE (tenant_id, job_id);"
     "ALTER TABLE good ADD FOREIGN KEY (tenant_id, id) REFERENCES job_ready (tenant_id, job_id)",
     "every_table_has_its_place_under_citus"),
    ("CREATE TRIGGER t AFTER INSERT ON good FOR EACH ROW EXECUTE FUNCTION notice_make()",
     "every_table_has_its_place_under_citus"),
    ("CREATE FUNCTION f(p_tenant uuid) RETURNS void LANGUAGE sql SECURITY DEFINER AS 'UPDATE bulkhead.job_ready SET fresh = true'",
     "every_function_has_its_place_under_citus"),
    ("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO job SELECT; RETURN NULL; END'",
     "every_function_has_its_place_under_citus"),
    ("CREATE FUNCTION f(other uuid) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM bulkhead.good'",
     "every_function_has_its_place_under_citus"),
]


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
                before = set(standing()[name])
                self.assertTrue(set(self.findings(GOOD_TABLE + mistake + ";")[name]) - before)

    def test_every_rule_is_tried(self):
        self.assertEqual({rule.__name__ for rule in lint.RULES}, {name for _, name in MISTAKES})

    @staticmethod
    def findings(script):
        changed = catalogues.read(GROUND.database, script)
        return {rule.__name__: rule(changed) for rule in lint.RULES}


def standing():
    """What the rules find in the schema as it is."""
    return {rule.__name__: rule(GROUND.catalogue) for rule in lint.RULES}


class Files(unittest.TestCase):
    """What the database cannot tell of the files it was made from."""

    def test_every_migration_registers_itself_first(self):
        for path in files("migrations"):
            name = os.path.basename(path)[:-len(".sql")]
            body = "\n".join(line for line in text(path).splitlines() if not line.startswith("--")).strip()
            with self.subTest(migration=name):
                if text(path).startswith("-- online:"):
                    self.assertNotIn("register_patch", body)
                elif name == "0001-core":
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
