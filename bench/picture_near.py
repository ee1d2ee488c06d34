# SPDX-License-Identifier: Apache-2.0
"""The search for near-duplicates, and by words, among 100,000 pictures that one tenant keeps, in the service.

The rows are synthetic, written by SQL: hashes of chance, and 20 of 5,000 terms each. multimodal's own functions look for
pictures that differ from kept ones in up to six bits, each with its statements in the running database (the number of the last change, and the rows
of what was found): from the second look on, on hashes that are in memory. Then the route is asked, with a picture through the sandbox.
How many pictures that were re-encoded, scaled and cropped are found by the rule itself, the figure `picture` states.
"""
import base64
import io
import json
import random
import time

from search import conninfo, helper
from table import Row

PICTURES, QUERIES, TARGET_MS, RECALL = 100000, 500, 10, 0.99

FILES = """INSERT INTO bulkhead.file (tenant_id, id, filename, purpose, bytes, sha256, content_type)
SELECT '{tenant}', gen_random_uuid(), 'image.png', 'vision', 1, sha256(int8send(i) || '{tenant}'), 'image/png'
  FROM generate_series({first}, {last}) AS i"""
ROWS = """INSERT INTO bulkhead.picture (tenant_id, id, change, file_id, has_file, source, format, width, height, bytes, alt, hashes)
SELECT f.tenant_id, f.id, row_number() OVER () + {above}, f.id, true, 'analysed', 'png', 640, 480, 1, 'A picture',
       substr(sha256(uuid_send(f.id)) || sha256(uuid_send(f.id) || '1'), 1, 56)
  FROM bulkhead.file AS f
 WHERE f.tenant_id = '{tenant}' AND NOT EXISTS (SELECT FROM bulkhead.picture AS p WHERE p.tenant_id = '{tenant}' AND p.file_id = f.id)"""
TERMS = """INSERT INTO bulkhead.picture_term (tenant_id, term, picture_id)
SELECT DISTINCT p.tenant_id, (random() * 5000)::bigint, p.id
  FROM bulkhead.picture AS p, generate_series(1, 20)
 WHERE p.tenant_id = '{tenant}' AND p.change > {above}"""
CHANGES = "INSERT INTO bulkhead.picture_change VALUES ('{tenant}', {n}) ON CONFLICT (tenant_id) DO UPDATE SET changes = {n}"


def fill(bench, tenant, pictures, psql):
    piece = 10000
    for first in range(1, pictures + 1, piece):
        last = min(first + piece - 1, pictures)
        psql(FILES.format(tenant=tenant, first=first, last=last))
        psql(ROWS.format(tenant=tenant, above=first))
        psql(TERMS.format(tenant=tenant, above=first))
    psql(CHANGES.format(tenant=tenant, n=pictures + 1))
    psql("VACUUM ANALYZE bulkhead.picture, bulkhead.picture_term")
    bench.say(f"{pictures} pictures are kept")


def picture():
    from PIL import Image
    chance = random.Random(9)
    small = Image.new("RGB", (12, 9))
    small.putdata([tuple(chance.randrange(256) for _ in range(3)) for _ in range(12 * 9)])
    out = io.BytesIO()
    small.resize((640, 480), Image.BICUBIC).save(out, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()


def route(tenant, body, rounds):
    """The median, in ms, of a search as a client sees it."""
    took = []
    for _ in range(rounds):
        since = time.perf_counter()
        reply = tenant.call("POST", "/v1/images/search", body)
        took.append((time.perf_counter() - since) * 1000)
        assert reply.status == 200, reply
    return sorted(took)[len(took) // 2]


def run(bench):
    pictures, queries = bench.pick((PICTURES, QUERIES), (2000, 20))
    tenant = bench.instance.tenant()
    fill(bench, tenant.id, pictures, bench.instance.psql)
    found = json.loads(helper("bench_picture_find", conninfo(bench.instance, "bulkhead_multimodal"), tenant.id, queries))
    near, behind, terms = found["near"], found["behind"], found["terms"]
    yield Row(f"near-duplicates among {pictures} pictures of a tenant, in the service", f"{near['p50']:.1f} ms, recall {found['recall']:.4f}", "", "",
              f"<= {TARGET_MS} ms, >= {RECALL}", near["p50"] <= TARGET_MS and found["recall"] >= RECALL,
              f"wall clock with its statements; p99 {near['p99']:.1f} ms; processor time of the service {found['own']['p50']:.1f} ms; when something was written meanwhile {behind['p50']:.1f}, p99"
              f" {behind['p99']:.1f} ms; the first look, which reads all hashes, {found['first']:.0f} ms")
    yield Row("pictures by three words among as many", f"{terms['p50']:.1f} ms", "", "", "", None, f"the statement; p99 {terms['p99']:.1f} ms")
    rounds = bench.pick(21, 3)
    by_picture = route(tenant, {"image_url": picture()}, rounds)
    yield Row("the route, with a picture of 640 by 480 through the sandbox", f"{by_picture:.0f} ms", "", "", "", None, f"median of {rounds}")
