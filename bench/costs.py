# SPDX-License-Identifier: Apache-2.0
"""Costs of a month by day and model, over ten million acts of one tenant.

The acts are filled in by SQL: 500 keys and 4 models on each of 30 days, in the rows of single acts (usage_event)
and in the sums by day (usage_day) that a settlement keeps in its own transaction. Measured is the whole request
`GET /v1/organization/costs?group_by=line_item&limit=31` through the gateway, and that the sum of its amounts is
exact; the baseline is the same sum over the acts themselves, as a statement.
"""
import json
import statistics
import time
from decimal import Decimal

from table import Row
import wire

ACTS, TARGET_MS = 10_000_000, 100
ROUNDS, PIECE, KEYS, MODELS, DAYS = 15, 500_000, 500, 4, 30
COST = 400

# The n-th act: its day, model and key follow from its number, so that both tables hold the same.
OF_ACT = f"n % {DAYS} AS day, n / {DAYS} % {MODELS} AS model, n / {DAYS * MODELS} % {KEYS} AS key"
TIME = "date_trunc('day', now(), 'UTC') - day * interval '1 day'"
FILL = """
INSERT INTO bulkhead.usage_event (tenant_id, id, request_id, kind, model_tenant_id, model_id, model, subject, actor, credential_id,
  user_id, key_id, team_id, status, source, started_at, ended_at, arrived_at, streamed, batch, input_tokens, cached_tokens,
  cache_write_tokens, output_tokens, units, price_known, price_version, rate_version, cost_nanos, covered_nanos)
SELECT '{tenant}', (lpad(to_hex((extract(epoch FROM t) * 1000)::bigint), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid,
  lpad(to_hex(n), 32, '0'), 'chat', '{tenant}', '{tenant}', 'model-' || model, 'subject', '', '{tenant}', '{nobody}',
  lpad(to_hex(key + 1), 32, '0')::uuid, '{nobody}', 'ok', 'reported', t, t, t, false, false, 190, 0, 0, 150, 0, true, 1, 0,
  {cost}, 0
FROM (SELECT n, {of_act} FROM generate_series({first}, {last}) AS n) AS act, LATERAL (SELECT {time} AS t) AS at
"""
COUNT = """
INSERT INTO bulkhead.usage_day (tenant_id, day, kind, model_tenant_id, model_id, model, price_version, rate_version, batch, key_id,
  user_id, team_id, calls, input_tokens, output_tokens, cost_nanos)
SELECT '{tenant}', ({time})::date, 'chat', '{tenant}', '{tenant}', 'model-' || model, 1, 0, false,
  lpad(to_hex(key + 1), 32, '0')::uuid, '{nobody}', '{nobody}', count(*), 190 * count(*), 150 * count(*), {cost} * count(*)
FROM (SELECT {of_act} FROM generate_series(1, {acts}) AS n) AS act GROUP BY day, model, key
"""
SUM = """
SELECT (arrived_at AT TIME ZONE 'UTC')::date, model, sum(cost_nanos) FROM bulkhead.usage_event
WHERE tenant_id = '{tenant}' AND arrived_at >= now() - interval '31 days' GROUP BY 1, 2
"""
NOBODY = "00000000-0000-0000-0000-000000000000"


def milliseconds(act):
    begin = time.monotonic()
    answer = act()
    return 1000 * (time.monotonic() - begin), answer


def fill(bench, tenant, acts):
    instance = bench.instance
    values = {"tenant": tenant.id, "nobody": NOBODY, "of_act": OF_ACT, "time": TIME, "cost": COST}
    if not instance.psql("SELECT 1 FROM pg_inherits WHERE inhparent = 'bulkhead.usage_event'::regclass LIMIT 1"):
        instance.psql("SET ROLE bulkhead_owner; CREATE TABLE bulkhead.usage_event_rest PARTITION OF bulkhead.usage_event DEFAULT")
    bench.say(f"filling in {acts:,} acts")
    for first in range(1, acts + 1, PIECE):
        instance.psql(FILL.format(first=first, last=min(first + PIECE - 1, acts), **values))
    instance.psql(COUNT.format(acts=acts, **values))
    for table in ("usage_event", "usage_day"):
        instance.psql(f"VACUUM ANALYZE bulkhead.{table}")
    return int(instance.psql(f"SELECT count(*) FROM bulkhead.usage_day WHERE tenant_id = '{tenant.id}'")[0][0])


def run(bench):
    acts = bench.pick(ACTS, 50_000)
    tenant = bench.instance.tenant("bench-costs", mock=False, scopes=("usage:read",))
    rows = fill(bench, tenant, acts)
    start = int(time.time()) - DAYS * 86400
    http = wire.Http(bench.instance.address, tenant.key)
    times, sums = [], []
    for number in range(bench.pick(ROUNDS, 3)):
        took, reply = milliseconds(lambda: http.call(
            "GET", f"/v1/organization/costs?start_time={start}&limit=31&group_by=line_item"))
        page = json.loads(reply.body, parse_float=Decimal)
        total = sum(Decimal(str(row["amount"]["value"])) for day in page["data"] for row in day["results"])
        if reply.status != 200 or total * 10**9 != COST * acts:
            raise RuntimeError(f"status {reply.status}, {total} in all")
        times.append(took)
        if number < 3:
            sums.append(milliseconds(lambda: bench.instance.psql(SUM.format(tenant=tenant.id)))[0])
    measured, baseline = statistics.median(times), statistics.median(sums)
    return [Row(f"costs of a month by day and model, {acts:,} acts", f"{measured:.1f} ms", f"{baseline:.0f} ms",
                f"{measured / baseline:.4f}", f"<= {TARGET_MS} ms", measured <= TARGET_MS,
                f"{rows:,} sums by day; slowest of {len(times)}: {max(times):.1f} ms")]
