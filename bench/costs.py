# SPDX-License-Identifier: Apache-2.0
"""Costs of a month by day and model, over ten million acts of one tenant.

The acts are those of 500 keys and 4 models on each of the 30 days before this month. They are loaded into a table of
their own, which becomes a partition of usage_event once its indexes are built, and summed by day (usage_day) with
the sums that a settlement makes. Measured is the whole request
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

# The n-th act: its day, model and key follow from its number.
OF_ACT = f"n % {DAYS} AS day, n / {DAYS} % {MODELS} AS model, n / {DAYS * MODELS} % {KEYS} AS key"
MONTH = "date_trunc('month', now(), 'UTC')"
TABLE = """
SET ROLE bulkhead_owner;
CREATE TABLE bulkhead.usage_event_bench (LIKE bulkhead.usage_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
ALTER TABLE bulkhead.usage_event_bench ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY
"""
FILL = """
INSERT INTO bulkhead.usage_event_bench (tenant_id, id, request_id, kind, model_tenant_id, model_id, model, subject, actor,
  credential_id, user_id, key_id, team_id, status, source, started_at, ended_at, arrived_at, streamed, batch, input_tokens,
  cached_tokens, cache_write_tokens, output_tokens, units, price_known, price_version, rate_version, cost_nanos, covered_nanos)
SELECT '{tenant}', (lpad(to_hex((extract(epoch FROM t) * 1000)::bigint), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid,
  lpad(to_hex(n), 32, '0'), 'chat', '{tenant}', '{tenant}', 'model-' || model, 'subject', '', '{tenant}', '{nobody}',
  lpad(to_hex(key + 1), 32, '0')::uuid, '{nobody}', 'ok', 'reported', t, t, t, false, false, 190, 0, 0, 150, 0, true, 1, 0,
  {cost}, 0
FROM (SELECT n, {of_act} FROM generate_series({first}, {last}) AS n) AS act,
     LATERAL (SELECT {month} - (day + 1) * interval '1 day' AS t) AS at
"""
# A range of ids that no month of a new instance has.
ATTACH = """
SET ROLE bulkhead_owner;
SET maintenance_work_mem = '512MB';
ALTER TABLE bulkhead.usage_event_bench ADD PRIMARY KEY (tenant_id, id);
CREATE INDEX ON bulkhead.usage_event_bench (tenant_id, request_id);
CREATE INDEX ON bulkhead.usage_event_bench (tenant_id, arrived_at);
SELECT format('ALTER TABLE bulkhead.usage_event ATTACH PARTITION bulkhead.usage_event_bench FOR VALUES FROM (%L) TO (%L)',
  bulkhead.usage_month_id(({month} - interval '31 days')::date), bulkhead.usage_month_id({month}::date))
"""
# As meter_settle does for what it settles.
COUNT = """
INSERT INTO bulkhead.usage_day (tenant_id, day, kind, model_tenant_id, model_id, model, price_version, rate_version, batch, key_id,
  user_id, team_id, calls, unpriced, input_tokens, cached_tokens, cache_write_tokens, output_tokens, units, cost_nanos,
  covered_nanos)
SELECT tenant_id, (arrived_at AT TIME ZONE 'UTC')::date, kind, model_tenant_id, model_id, model, price_version, rate_version,
  batch, key_id, user_id, team_id, count(*), count(*) FILTER (WHERE NOT price_known), sum(input_tokens), sum(cached_tokens),
  sum(cache_write_tokens), sum(output_tokens), sum(units), bulkhead.meter_sum(0, sum(cost_nanos)),
  bulkhead.meter_sum(0, sum(covered_nanos))
FROM bulkhead.usage_event WHERE tenant_id = '{tenant}'
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
"""
SUM = """
SELECT (arrived_at AT TIME ZONE 'UTC')::date, model, sum(cost_nanos) FROM bulkhead.usage_event
WHERE tenant_id = '{tenant}' AND arrived_at >= {month} - interval '31 days' AND arrived_at < {month} GROUP BY 1, 2
"""
NOBODY = "00000000-0000-0000-0000-000000000000"


def milliseconds(act):
    begin = time.monotonic()
    answer = act()
    return 1000 * (time.monotonic() - begin), answer


def fill(bench, tenant, acts):
    instance, begin = bench.instance, time.monotonic()
    values = {"tenant": tenant.id, "nobody": NOBODY, "of_act": OF_ACT, "month": MONTH, "cost": COST}
    bench.say(f"filling in {acts:,} acts")
    instance.psql(TABLE)
    for first in range(1, acts + 1, PIECE):
        instance.psql(FILL.format(first=first, last=min(first + PIECE - 1, acts), **values))
    instance.psql("SET ROLE bulkhead_owner; " + instance.psql(ATTACH.format(**values))[-1][0])
    instance.psql(COUNT.format(**values))
    for table in ("usage_event", "usage_day"):
        instance.psql(f"VACUUM ANALYZE bulkhead.{table}")
    bench.say(f"filled in {time.monotonic() - begin:.0f} s")
    return int(instance.psql(f"SELECT count(*) FROM bulkhead.usage_day WHERE tenant_id = '{tenant.id}'")[0][0])


def run(bench):
    acts = bench.pick(ACTS, 50_000)
    tenant = bench.instance.tenant("bench-costs", mock=False, scopes=("usage:read",))
    rows = fill(bench, tenant, acts)
    start = int(bench.instance.psql(f"SELECT extract(epoch FROM {MONTH} - interval '{DAYS} days')::bigint")[0][0])
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
            sums.append(milliseconds(lambda: bench.instance.psql(SUM.format(tenant=tenant.id, month=MONTH)))[0])
    measured, baseline = statistics.median(times), statistics.median(sums)
    return [Row(f"costs of a month by day and model, {acts:,} acts", f"{measured:.1f} ms", f"{baseline:.0f} ms",
                f"{measured / baseline:.4f}", f"<= {TARGET_MS} ms", measured <= TARGET_MS,
                f"{rows:,} sums by day; slowest of {len(times)}: {max(times):.1f} ms")]
