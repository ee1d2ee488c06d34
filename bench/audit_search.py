# SPDX-License-Identifier: Apache-2.0
"""Pages of the audit log over ten million lines of thirteen months, six tenths of them of one tenant.

The lines are filled in by SQL. Measured is the whole request `GET /api/audit?limit=100` through the gateway with each kind of
filter, for the large tenant and a small one, and the same for the platform over all tenants.
"""
import statistics
import time
import urllib.parse
import uuid

from table import Row
import wire

LINES, TARGET_MS = 10_000_000, 200
PIECE, TENANTS, ROUNDS = 250_000, 20, 15

# A line in some thousand makes a key, one in ten is of the control routes, the others are of models and files.
FILL = """
SET synchronous_commit = off;
INSERT INTO bulkhead.audit_event (tenant_id, id, source, action, actor, object, request_id, status, staff, line)
SELECT CASE WHEN i % 10 < 6 THEN tenants[1] ELSE tenants[2 + i % {others}] END,
       (lpad(to_hex({first} + (i * {step})::bigint), 12, '0') || '7' || substr(md5(i::text), 1, 3) || 'a' || substr(md5(i::text), 4, 15))::uuid,
       source, action, actor, object, md5('r' || i), CASE WHEN i % 50 = 0 THEN 404 ELSE 200 END, false,
       format('{{"time":"2026-01-01T00:00:00.000Z","event":"%s","service":"%s","request_id":"%s","tenant_id":"%s",'
              '"subject":"%s","actor":null,"credential":"%s","method":"GET","path":"/v1/some/{{id}}/path","status":200,'
              '"error":null,"duration_ms":1.234,"complete":true,"object":"%s"}}', action, source, md5('r' || i), tenants[1], actor,
              actor, object)
  FROM generate_series({at}::bigint, {to}::bigint - 1) AS i,
       (SELECT ARRAY[{tenants}]::uuid[] AS tenants) AS t,
       LATERAL (SELECT CASE WHEN i % 5000 IN (5, 7) THEN 'key.create' WHEN i % 10 = 9 THEN 'limit.get' WHEN i % 3 = 0 THEN 'file.get'
	WHEN i % 3 = 1 THEN 'chat.create' ELSE 'search.run' END AS action, CASE WHEN i % 10 = 9 THEN 'auth' ELSE 'rag' END AS source,
	substr(md5('a' || sqrt(i % 250000)::int), 1, 8) || '-0000-7000-8000-000000000000' AS actor,
	'file-' || md5((i % 100000)::text) AS object) AS w;
"""


def fill(bench, lines, tenants):
    """Thirteen months, to now."""
    instance = bench.instance
    span = 395 * 86400 * 1000
    values = {"others": TENANTS - 1, "first": int(time.time() * 1000) - span, "step": span / lines,
              "tenants": ", ".join(f"'{each}'" for each in tenants)}
    bench.say(f"filling in {lines:,} lines")
    for at in range(0, lines, PIECE):
        instance.psql(FILL.format(at=at, to=min(at + PIECE, lines), **values))
    instance.psql("INSERT INTO bulkhead.audit_action SELECT tenant_id, action FROM unnest(ARRAY[{tenants}]::uuid[]) AS tenant_id,"
                  " unnest(ARRAY['key.create', 'limit.get', 'file.get', 'chat.create', 'search.run']) AS action"
                  " ON CONFLICT DO NOTHING".format(**values))
    instance.psql("VACUUM ANALYZE bulkhead.audit_event")


def measure(http, rounds, path, query):
    """Milliseconds of each round, and how many rows the page has."""
    took, found = [], 0
    for _ in range(rounds):
        begin = time.monotonic()
        reply = http.call("GET", f"{path}?{urllib.parse.urlencode({'limit': 100} | query)}")
        took.append((time.monotonic() - begin) * 1000)
        if reply.status != 200:
            raise RuntimeError(f"status {reply.status}")
        found = len(reply.json()["data"])
    return took, found


def searches(actor, object_):
    day = int(time.time()) - 300 * 86400
    return {"newest": {}, "an old day": {"from": day, "to": day + 86400}, "actor": {"actor": actor}, "object": {"object": object_},
            "rare action": {"action": "key."}, "frequent action": {"action": "file.get"},
            "actor and rare action": {"action": "key.", "actor": actor}, "actor that there is not": {"actor": "nobody"},
            "text that occurs": {"text": "chat.create"}, "text that does not occur": {"text": "no such text"}}


def run(bench):
    instance, lines = bench.instance, bench.pick(LINES, 100_000)
    large, small = (instance.tenant(f"bench-audit-{size}", mock=False, scopes=("audit:read",)) for size in ("large", "small"))
    fill(bench, lines, [large.id, small.id, *(str(uuid.uuid4()) for _ in range(TENANTS - 2))])
    size, indexes = instance.psql("SELECT pg_size_pretty(sum(pg_table_size(relid))), pg_size_pretty(sum(pg_indexes_size(relid)))"
                                  " FROM pg_partition_tree('bulkhead.audit_event')")[0]
    (actor, object_), = instance.psql("SELECT actor, object FROM bulkhead.audit_event"
                                      f" WHERE tenant_id = '{large.id}' AND action = 'key.create' LIMIT 1")
    key = instance.cli("key", "create", "--tenant", "platform", "--name", "bench-audit", "--scope", "tenants:read")
    staff = wire.Http(instance.address, key["key"])
    rows = []
    for whose, http, path in (("large tenant", large.http, "/api/audit"), ("small tenant", small.http, "/api/audit"),
                              ("all tenants", staff, "/api/platform/audit")):
        for name, query in searches(actor, object_).items():
            took, found = measure(http, bench.pick(ROUNDS, 3), path, query)
            median = statistics.median(took)
            rows.append(Row(f"page of audit lines over {lines:,}, {whose}: {name}", f"{median:.0f} ms", "", "", f"<= {TARGET_MS} ms",
                            median <= TARGET_MS, f"{found} rows; first {took[0]:.0f} ms, slowest {max(took):.0f} ms"))
    rows[0].note += f"; table {size}, indexes {indexes}"
    return rows
