# SPDX-License-Identifier: Apache-2.0
"""Settlement: nothing lost and nothing doubled in simulated crashes, and a limit set beside ten million rows.

The simulation is the test's own (src/meter/test_simulation.c), with more seeds: the real settlement over a
database made of arrays, while processes are killed, the server crashes, connections break, clocks jump and
statements come late.

`limit set` is timed as a command, for a tenant with that many usage rows this month and no budget yet, on the first act of
a new day, which is when what was spent has to be summed; the baseline is the same command for a tenant without a row, in turn
with it. Beside it: the sum over the rows, which is what the command used to take.
"""
import os
import statistics
import subprocess
import time

from instance import BUILD
from table import Row

SEEDS, ROWS, TARGET_MS = 100_000, 10_000_000, 20
ROUNDS, PIECE = 15, 500_000

FILL = """
INSERT INTO bulkhead.usage_event (tenant_id, id, request_id, kind, model_tenant_id, model_id, model, subject, actor,
  credential_id, user_id, key_id, team_id, status, source, started_at, ended_at, arrived_at, streamed, batch, input_tokens,
  cached_tokens, cache_write_tokens, output_tokens, units, price_known, price_version, rate_version, cost_nanos,
  covered_nanos)
SELECT '{tenant}', lpad(to_hex(n), 32, '0')::uuid, lpad(to_hex(n), 32, '0'), 'chat', '{tenant}', '{tenant}', 'm',
  'subject', '', '{tenant}', '{tenant}', '{tenant}', '{tenant}', 'ok', 'reported', t, t, t, false, false, 190, 0, 0, 150,
  0, true, 1, 0, 400, 0
FROM generate_series({first}, {last}) AS n,
     LATERAL (SELECT date_trunc('month', now()) + n * interval '1 microsecond' AS t) AS at
"""
# What settling them would have kept.
COUNT = """
INSERT INTO bulkhead.meter_day (tenant_id, owner_id, day, spent)
VALUES ('{tenant}', '{tenant}', date_trunc('month', now() AT TIME ZONE 'UTC')::date, 400::bigint * {rows});
INSERT INTO bulkhead.meter_owner (tenant_id, id, kind, day, month) VALUES ('{tenant}', '{tenant}', 'tenant', 'epoch', 'epoch')
"""
SUM = "SELECT sum(cost_nanos) FROM bulkhead.usage_event WHERE tenant_id = '{tenant}' AND arrived_at >= date_trunc('month', now())"


def simulation(bench):
    seeds = bench.pick(SEEDS, 2000)
    begin = time.monotonic()
    done = subprocess.run([os.path.join(BUILD, "src/meter/test_meter_simulation"), str(seeds)], capture_output=True,
                          text=True, check=False, timeout=1800)
    said = (done.stdout + done.stderr).strip()
    return Row(f"simulation of settlement, {seeds:,} seeds",
               "0 lost, 0 doubled" if done.returncode == 0 else said.splitlines()[-1], "", "", "0 lost, 0 doubled",
               done.returncode == 0, f"{said}; {time.monotonic() - begin:.0f} s")


def milliseconds(act):
    begin = time.monotonic()
    act()
    return 1000 * (time.monotonic() - begin)


def limit_set(bench):
    instance, rows = bench.instance, bench.pick(ROWS, 20_000)
    full, empty = (instance.tenant(f"bench-{name}", mock=False) for name in ("full", "empty"))
    bench.say(f"filling in {rows:,} usage rows")
    for first in range(1, rows + 1, PIECE):
        instance.psql(FILL.format(tenant=full.id, first=first, last=min(first + PIECE - 1, rows)))
    instance.psql(COUNT.format(tenant=full.id, rows=rows))
    instance.psql("VACUUM ANALYZE bulkhead.usage_event")
    times = {full: [], empty: []}
    for _ in range(bench.pick(ROUNDS, 3)):
        for tenant in times:
            instance.psql(f"UPDATE bulkhead.meter_owner SET month_limit = NULL, day = 'epoch', month = 'epoch' "
                          f"WHERE tenant_id = '{tenant.id}'")
            times[tenant].append(milliseconds(lambda tenant=tenant: tenant.limit(budget_month="25")))
    spent = instance.psql(f"SELECT month_spent FROM bulkhead.meter_owner WHERE tenant_id = '{full.id}'")
    if int(spent[0][0]) != 400 * rows:
        raise RuntimeError(f"the budget says {spent} was spent")
    summed = milliseconds(lambda: instance.psql(SUM.format(tenant=full.id)))
    measured, baseline = (statistics.median(times[tenant]) for tenant in (full, empty))
    instance.psql(f"DELETE FROM bulkhead.usage_event WHERE tenant_id = '{full.id}'" if not bench.keep else "SELECT 1")
    return Row(f"limit set at {rows:,} usage rows, above none", f"{measured - baseline:.1f} ms", f"{baseline:.1f} ms",
               f"{measured / baseline:.2f}", f"<= {TARGET_MS} ms", measured - baseline <= TARGET_MS,
               f"the whole command took {measured:.1f} ms; the sum over the rows takes {summed:.0f} ms")


def run(bench):
    yield simulation(bench)
    yield limit_set(bench)
