# SPDX-License-Identifier: Apache-2.0
"""How long pages of the audit log take over many rows: bench/audit_search.py [ROWS]

Fills the index of a platform of its own with generated lines of thirteen months, six tenths of them of one tenant, and
asks it for pages through the gateway, each kind of search several times.
"""
import os
import sys
import time
import urllib.parse
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "tests", "lib"))

from instance import Instance  # noqa: E402
import wire  # noqa: E402

PIECE = 250000
TENANTS = 20
TIMES = 15

# A line in ten thousand makes a key, one in ten is of the control routes, the others are of models and files.
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
       LATERAL (SELECT CASE WHEN i % 10000 = 7 THEN 'key.create' WHEN i % 10 = 9 THEN 'limit.get' WHEN i % 3 = 0 THEN 'file.get'
	WHEN i % 3 = 1 THEN 'chat.create' ELSE 'search.run' END AS action, CASE WHEN i % 10 = 9 THEN 'auth' ELSE 'rag' END AS source,
	substr(md5('a' || sqrt(i % 250000)::int), 1, 8) || '-0000-7000-8000-000000000000' AS actor,
	'file-' || md5((i % 100000)::text) AS object) AS w;
"""


def fill(instance, rows, tenants):
    """Thirteen months, to now."""
    now = int(time.time() * 1000)
    span = 395 * 86400 * 1000
    quoted = ", ".join(f"'{each}'" for each in tenants)
    begin = time.monotonic()
    for at in range(0, rows, PIECE):
        instance.psql(FILL.format(at=at, to=min(at + PIECE, rows), others=TENANTS - 1, first=now - span, step=span / rows,
                                  tenants=quoted))
        print(f"{min(at + PIECE, rows):,} rows after {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
    instance.psql("INSERT INTO bulkhead.audit_action SELECT tenant_id, action FROM unnest(ARRAY[" + quoted + "]::uuid[]) AS tenant_id,"
                  " unnest(ARRAY['key.create', 'limit.get', 'file.get', 'chat.create', 'search.run']) AS action ON CONFLICT DO NOTHING")
    instance.psql("VACUUM ANALYZE bulkhead.audit_event")


def measure(http, name, path="/api/audit", **query):
    took, found, more = [], 0, False
    for _ in range(TIMES):
        begin = time.monotonic()
        reply = http.call("GET", f"{path}?{urllib.parse.urlencode(query)}")
        took.append((time.monotonic() - begin) * 1000)
        assert reply.status == 200, reply
        found, more = len(reply.json()["data"]), reply.json()["has_more"]
    took.sort()
    print(f"{name:42} first {took[-1]:6.0f}  median {took[len(took) // 2]:6.0f} ms  {found:4} rows{'  more' if more else ''}", flush=True)


def run(instance, rows):
    large, small = (instance.tenant(mock=False, scopes=("audit:read",)) for _ in range(2))
    tenants = [large.id, small.id, *(str(uuid.uuid4()) for _ in range(TENANTS - 2))]
    fill(instance, rows, tenants)
    size, indexes = instance.psql("SELECT pg_size_pretty(sum(pg_table_size(relid))), pg_size_pretty(sum(pg_indexes_size(relid)))"
                                  " FROM pg_partition_tree('bulkhead.audit_event')")[0]
    print(f"{rows:,} rows: table {size}, indexes {indexes}")
    actor, = instance.psql(f"SELECT actor FROM bulkhead.audit_event WHERE tenant_id = '{large.id}' AND action = 'key.create' LIMIT 1")[0]
    object_, = instance.psql(f"SELECT object FROM bulkhead.audit_event WHERE tenant_id = '{large.id}' AND actor = '{actor}' LIMIT 1")[0]
    year = int(time.time()) - 300 * 86400
    for name, tenant in (("large tenant", large), ("small tenant", small)):
        measure(tenant.http, f"{name}: newest", limit=100)
        measure(tenant.http, f"{name}: an old day", limit=100, **{"from": year, "to": year + 86400})
        measure(tenant.http, f"{name}: actor", limit=100, actor=actor)
        measure(tenant.http, f"{name}: object", limit=100, object=object_)
        measure(tenant.http, f"{name}: rare action", limit=100, action="key.")
        measure(tenant.http, f"{name}: frequent action", limit=100, action="file.get")
        measure(tenant.http, f"{name}: actor, rare action", limit=100, action="key.", actor=actor)
        measure(tenant.http, f"{name}: text that occurs", limit=100, text="limit.get")
        measure(tenant.http, f"{name}: text that does not", limit=100, text="no such text")
        measure(tenant.http, f"{name}: nobody", limit=100, actor="nobody")
    key = instance.cli("key", "create", "--tenant", "platform", "--name", "bench", "--scope", "tenants:read")
    staff = wire.Http(instance.address, key["key"])
    measure(staff, "all tenants: newest", "/api/platform/audit", limit=100)
    measure(staff, "all tenants: rare action", "/api/platform/audit", limit=100, action="key.")
    measure(staff, "all tenants: text that does not occur", "/api/platform/audit", limit=100, text="no such text")


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with Instance(supervisor_quickstart="false", engine_enabled="false") as instance:
        run(instance, rows)


if __name__ == "__main__":
    main()
