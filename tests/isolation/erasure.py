# SPDX-License-Identifier: Apache-2.0
"""Tests: what is left of a tenant that is deleted."""

import unittest

import services
from catalogue import PLATFORM
from ground import A, B, GROUND


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
            f"BEGIN;\n{count}INSERT INTO tenant (tenant_id, id, name, name_key, state) VALUES ('{PLATFORM}', '{A}', 'erased', 'erased', 'deleting')"
            " ON CONFLICT (tenant_id, id) DO UPDATE SET state = 'deleting';\n"
            f"SELECT set_config('bulkhead.tenant_id', '{A}', true) AS unused \\gset\n"
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
