# SPDX-License-Identifier: Apache-2.0
"""Invoices: one over a month of a million usage events, from nothing to its number.

Events are filled in by SQL, 50 keys on 8 models over the last 30 days, and the sums by day that a settlement
keeps are made of them. What is timed is the command line: a draft, its number, and the file; each is void
afterwards, so that the next one bills the same. The baseline is a tenant without usage, in turn with it. The
proof of the books reads every event, and is stated beside.
"""
import os
import statistics
import time

from table import Row

EVENTS, KEYS, MODELS, DAYS, TARGET_MS = 1_000_000, 50, 8, 30, 2000
ROUNDS, PIECE = 7, 250_000
ID = "lpad(to_hex({}), 32, '0')::uuid"

# Partitions are the model service's; an instance without them gets one here.
PARTITION = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = 'bulkhead.usage_event'::regclass) THEN
    CREATE TABLE bulkhead.usage_event_any PARTITION OF bulkhead.usage_event DEFAULT;
    ALTER TABLE bulkhead.usage_event_any OWNER TO bulkhead_owner;
    ALTER TABLE bulkhead.usage_event_any ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  END IF;
END $$
"""
FILL = """
INSERT INTO bulkhead.usage_event (tenant_id, id, request_id, kind, model_tenant_id, model_id, model, subject, actor,
  credential_id, user_id, key_id, team_id, status, source, started_at, ended_at, arrived_at, streamed, batch,
  input_tokens, cached_tokens, cache_write_tokens, output_tokens, units, price_known, price_version, rate_version,
  cost_nanos, covered_nanos)
SELECT '{tenant}', """ + ID.format("n") + """, lpad(to_hex(n), 32, '0'), 'chat', """ + ID.format("1") + """,
  """ + ID.format("n % {models} + 1") + """, 'model-' || n % {models}, 'subject', '', key, """ + ID.format("0") + """, key,
  """ + ID.format("0") + """, 'ok', 'reported', t, t, t, false, false, 190 + n % 100, 0, 0, 150, 0, true, 1, 0, 400 + n % 100, 0
FROM generate_series({first}, {last}) AS n,
     LATERAL (SELECT """ + ID.format("n % {keys} + 1") + """ AS key,
       date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - (n % {days} + 0.5) * interval '1 day' AS t) AS at
"""
SUMS = """
SET search_path = bulkhead;
SET bulkhead.tenant_id = '{tenant}';
SELECT (meter_lock('{tenant}')).id;
INSERT INTO usage_day (tenant_id, day, kind, model_tenant_id, model_id, model, price_version, rate_version, batch, key_id,
  user_id, team_id, calls, input_tokens, output_tokens, cost_nanos)
SELECT tenant_id, (arrived_at AT TIME ZONE 'UTC')::date, kind, model_tenant_id, model_id, model, price_version, rate_version,
  batch, key_id, user_id, team_id, count(*), sum(input_tokens), sum(output_tokens), sum(cost_nanos)
FROM usage_event WHERE tenant_id = '{tenant}' GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12;
INSERT INTO meter_day (tenant_id, owner_id, day, spent)
SELECT tenant_id, owner, day, sum(cost_nanos) FROM usage_day, unnest(ARRAY[tenant_id, key_id]) AS owner
WHERE tenant_id = '{tenant}' GROUP BY 1, 2, 3;
INSERT INTO meter_owner (tenant_id, id, kind, day, month)
SELECT DISTINCT d.tenant_id, d.owner_id, 'key', o.day, o.month FROM meter_day AS d
JOIN meter_owner AS o ON o.tenant_id = d.tenant_id AND o.id = d.tenant_id
WHERE d.tenant_id = '{tenant}' AND d.owner_id <> d.tenant_id;
UPDATE meter_owner AS o SET total_spent = s.total, month_spent = s.month
FROM (SELECT d.owner_id, sum(d.spent) AS total, coalesce(sum(d.spent) FILTER (WHERE date_trunc('month', d.day) = o.month), 0)
  AS month FROM meter_day AS d JOIN meter_owner AS o ON o.tenant_id = d.tenant_id AND o.id = d.owner_id
  WHERE d.tenant_id = '{tenant}' GROUP BY d.owner_id) AS s
WHERE o.tenant_id = '{tenant}' AND o.id = s.owner_id;
"""


def milliseconds(act):
    begin = time.monotonic()
    answer = act()
    return 1000 * (time.monotonic() - begin), answer


def fill(bench, instance, tenant, events):
    bench.say(f"filling in {events:,} usage events")
    instance.psql(PARTITION)
    for first in range(1, events + 1, PIECE):
        instance.psql(FILL.format(tenant=tenant.id, first=first, last=min(first + PIECE - 1, events), models=MODELS,
                                  keys=KEYS, days=DAYS))
    instance.psql(SUMS.format(tenant=tenant.id))
    for table in ("usage_event", "usage_day", "meter_day"):
        instance.psql(f"VACUUM ANALYZE bulkhead.{table}")


def invoice(instance, tenant):
    draft = instance.cli("invoice", "create", "--tenant", tenant.id)
    return instance.cli("invoice", "finalize", draft["id"], "--tenant", tenant.id)


def run(bench):
    events, rounds = bench.pick(EVENTS, 20_000), bench.pick(ROUNDS, 2)
    instance = bench.start(os.path.join(bench.folder, "invoices"), engine_enabled="false",
                           billing_seller_name="Seller GmbH", billing_seller_country="DE")
    bench.on_stop(instance.down)
    instance.cli("tax", "set", "DE", "--rate", "19", "--since", "2021-01-01")
    full, empty = (instance.tenant(f"bench-{name}", mock=False) for name in ("full", "empty"))
    fill(bench, instance, full, events)
    wanted = sum(400 + n % 100 for n in range(1, events + 1))
    times, files = {full: [], empty: []}, []
    for turn in range(rounds):
        for tenant, all_times in times.items():
            took, made = milliseconds(lambda tenant=tenant: invoice(instance, tenant))
            all_times.append(took)
        # The last one was of the tenant without usage.
        bill = instance.cli("invoice", "list", "--tenant", full.id)["data"][0]
        got = round(float(bill["subtotal"]) * 10**9)
        if got != wanted or float(made["subtotal"]) != 0:
            raise RuntimeError(f"an invoice of {got} for {wanted}")
        file = os.path.join(bench.folder, f"invoice-{turn}.pdf")
        files.append(milliseconds(lambda bill=bill, file=file: instance.run(
            "invoice", "pdf", bill["id"], "--tenant", full.id, "--out", file))[0])
        instance.cli("invoice", "void", bill["id"], "--tenant", full.id)
    proof, said = milliseconds(lambda: instance.cli("billing", "check", "--tenant", full.id))
    measured, baseline = (statistics.median(each) for each in times.values())
    size = os.path.getsize(file)
    yield Row(f"invoice over {events:,} usage events, with its number", f"{measured:.0f} ms", f"{baseline:.0f} ms",
              f"{measured / baseline:.2f}", f"<= {TARGET_MS} ms", measured <= TARGET_MS,
              f"two commands; the file took {statistics.median(files):.0f} ms and has {size:,} bytes")
    yield Row(f"proof of the books over {events:,} usage events", f"{proof:.0f} ms",
              note="everything adds up" if said["data"][0]["ok"] else f"{said}")
