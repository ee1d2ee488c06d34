# SPDX-License-Identifier: Apache-2.0
"""Tests: what a migration makes of rows that were there before."""

import unittest

from database import Database
from ground import GROUND
from pg import Cluster


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
