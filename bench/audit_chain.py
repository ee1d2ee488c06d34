# SPDX-License-Identifier: Apache-2.0
"""What the chain adds to an audited request, and how fast an export is verified.

No request hashes: the reader of the files does, and the database gives out positions. Measured is the processor time of the
database's process for the same rows by audit_step, as it was before there were chains, and by audit_step_chained, in steps of one and
of fifty events, each in a transaction of its own,
alternating; and of the verifier of an export in memory (bench_audit_verify).
"""
import os
import re
import statistics
import subprocess

from instance import BUILD
from table import Row

TARGET_RATE = 500_000
PLATFORM = "00000000-0000-0000-0000-000000000001"

# Rows of {size} events a step; the time of both kinds has the making of the rows and of hashes in it.
STEPS = """
SELECT set_config('bulkhead.tenant_id', '{platform}', false);
SET SESSION AUTHORIZATION bulkhead_rag;
DO $$
DECLARE
	file bytea := sha256('{round}');
	rows record;
BEGIN
	FOR step IN 0 .. {steps} - 1 LOOP
		SELECT array_agg('{tenant}'::uuid) AS tenants,
		       array_agg((lpad(to_hex({now} + step * {size} + i), 12, '0') || '7' || substr(md5(random()::text), 1, 3) || 'a'
				|| substr(md5(i::text), 1, 15))::uuid) AS ids,
		       array_agg('file.list'::text) AS actions, array_agg('somebody'::text) AS actors, array_agg(''::text) AS objects,
		       array_agg(md5(random()::text)) AS requests, array_agg(200::bigint) AS statuses, array_agg(0::bigint) AS staff,
		       array_agg('{{"event":"file.list","filling":"' || repeat('x', 350) || '"}}') AS lines,
		       array_agg(sha256(i::text::bytea)) AS leaves
		  INTO rows FROM generate_series(1, {size}) AS i;
		PERFORM bulkhead.{function}('{platform}', 'rag', file, step, step + 1, 1000000, rows.ids[1], rows.ids[{size}],
			rows.tenants, rows.ids, rows.actions, rows.actors, rows.objects, rows.requests, rows.statuses, rows.staff, rows.lines,
			'{{}}'::uuid[], '{{}}'::bigint[]{leaves});
		COMMIT;
	END LOOP;
END
$$;
RESET SESSION AUTHORIZATION;
"""
CLOCK = "SELECT 'ticks ' || split_part(stat, ' ', 14)::bigint + split_part(stat, ' ', 15)::bigint" \
        " FROM (SELECT regexp_replace(pg_read_file('/proc/self/stat'), '\\(.*\\)', 'x') AS stat) AS own;"


def ticks(bench, tenant, size, steps, chained, round_):
    text = STEPS.format(platform=PLATFORM, tenant=tenant, size=size, steps=steps, now=1_790_000_000_000 + round_ * 10_000_000,
                        round=f"{size} {chained} {round_}", function="audit_step_chained" if chained else "audit_step",
                        leaves=", rows.leaves" if chained else "")
    said = bench.instance.script(CLOCK + text + CLOCK)
    first, last = (int(each) for each in re.findall(r"ticks (\d+)", said))
    return last - first


def run(bench):
    tenant = bench.instance.tenant("bench-audit-chain", mock=False).id
    hertz = os.sysconf("SC_CLK_TCK")
    for size, steps in ((1, bench.pick(1000, 200)), (50, bench.pick(50, 10))):
        took = {chained: [] for chained in (False, True)}
        for round_ in range(bench.pick(3, 2)):
            for chained, rounds in took.items():
                rounds.append(ticks(bench, tenant, size, steps, chained, round_) / hertz / (size * steps) * 1e6)
        before, after = (statistics.median(took[chained]) for chained in (False, True))
        yield Row(f"audit chain, database CPU per event, {size} a step", f"{after:.0f} µs", f"{before:.0f} µs without a chain",
                  f"+{after - before:.0f} µs")
    events = bench.pick(1_000_000, 50_000)
    said = subprocess.run([os.path.join(BUILD, "bench/bench_audit_verify"), str(events)], capture_output=True, text=True, check=True,
                          timeout=300).stdout
    rate = int(re.search(r"(\d+) events per second of processor", said).group(1))
    yield Row("audit export, events verified per second of one processor", f"{rate:,}", "-", "-", f">= {TARGET_RATE:,}",
              rate >= TARGET_RATE, said.strip())
