# SPDX-License-Identifier: Apache-2.0
"""Tests: the functions that run with the owner's rights act for the tenant of the context only."""

import hashlib
import unittest
import uuid

import catalogue as catalogues
import lint
from catalogue import SERVICES
from ground import A, B, GROUND
from rows import insert, literal


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

    @staticmethod
    def call(name, tenant, store, dimensions=384):
        return f"SELECT {name}({tenant}, {store}, {dimensions})"

    def test_they_act_for_the_tenant_of_the_context_only(self):
        own = [self.call(name, literal(self.TENANT), literal(self.STORE))
               for name in ("own_vectors_open", "own_vectors_close")]
        self.assertEqual(GROUND.states("bulkhead_rag", self.TENANT, *own), [None, None])
        for context in (A, None):
            self.assertEqual(GROUND.states("bulkhead_rag", context, *own), ["42501", "42501"], context)
        self.assertEqual(
            GROUND.states("bulkhead_rag", self.TENANT,
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
                    GROUND.states(role, self.TENANT,
                                  *[self.call(name, literal(self.TENANT), literal(self.STORE))
                                    for name in ("own_vectors_open", "own_vectors_close")]), ["42501", "42501"])
        self.assertEqual(
            GROUND.states("bulkhead_rag", self.TENANT, "SELECT own_vectors_shield('file')",
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
            GROUND.states("bulkhead_rag", self.TENANT,
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
            GROUND.states("bulkhead_rag", self.TENANT, f"DO $do$ BEGIN {self.MADE} {used} {close} END $do$",
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
        "meter_charge": "0, 0, ARRAY[]::uuid[]",
        "meter_renew": "ARRAY[{id}]::uuid[]",
    }
    SETS = {
        "meter_lock": None,
        "meter_limit": "{tenant}, 'tenant', false, NULL, true, 5, false, NULL, NULL",
        "meter_fund": "{id}, -1, -1, 0, 'infinity', now(), 5",
        "meter_fund_end": "{id}",
        "meter_prepaid": "true, NULL",
    }

    DROPS = {"meter_owners_drop": "5"}

    def calls(self, functions, tenant):
        id = literal(uuid.uuid4())
        return [f"SELECT {name}({', '.join(filter(None, (literal(tenant), given)))})".format(id=id, tenant=literal(tenant))
                for name, given in functions.items()]

    def test_they_act_for_the_tenant_of_the_context_only(self):
        for role, functions in (("bulkhead_model", self.MOVES | self.DROPS), ("bulkhead_billing", self.SETS)):
            calls = self.calls(functions, A)
            self.assertEqual(GROUND.states(role, A, *calls), [None] * len(calls))
            for context in (B, None):
                self.assertEqual(GROUND.states(role, context, *calls), ["42501"] * len(calls), (role, context))

    def test_only_those_who_meter_move_money_and_only_billing_gives_it(self):
        for role in SERVICES:
            if role not in ("bulkhead_model", "bulkhead_rag", "bulkhead_finetune", "bulkhead_agent"):
                self.assertEqual(GROUND.states(role, A, *self.calls(self.MOVES, A)), ["42501"] * len(self.MOVES), role)
            if role != "bulkhead_billing":
                calls = [call for call in self.calls(self.SETS, A)
                         if role != "bulkhead_model" or "meter_limit" not in call]
                self.assertEqual(GROUND.states(role, A, *calls), ["42501"] * len(calls), role)

    def test_only_model_drops_owners_and_nobody_asks_whether_one_is_gone(self):
        for role in SERVICES:
            if role != "bulkhead_model":
                self.assertEqual(GROUND.states(role, A, *self.calls(self.DROPS, A)), ["42501"], role)
            self.assertEqual(GROUND.states(role, A, f"SELECT meter_owner_gone({literal(A)}, {literal(A)}, 'key')"), ["42501"], role)

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
                self.assertEqual(GROUND.states(role, A, "SELECT usage_months_open()", "SELECT usage_months_drop(86400000)"),
                                 ["42501"] * 2, role)
        self.assertEqual(
            GROUND.states("bulkhead_model", A, "SELECT usage_months_open()", "SELECT usage_months_drop(86400000)",
                          "SELECT usage_months_drop(0)", "SELECT usage_month_open('2031-02-01')",
                          "SELECT FROM usage_event_default"),
            [None, None, "22023", "42501", "42501"])
