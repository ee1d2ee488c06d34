# SPDX-License-Identifier: Apache-2.0
"""Search over 10,000 chunks of one tenant through the API, while 1,000 others hold 100,000.

Chunks are synthetic and written through rag's own store functions. The queries' vectors are cached: every
query is asked once before it is timed. The baseline is the same exact statement over libpq, prepared, in
the tenant's context, with the same limit and query vectors. Recall compares the first ten of the vector
leg, as the API gives them, with a scan over every vector.
"""
import base64
import json
import os
import random
import subprocess
from statistics import median

import load
import process
from instance import BUILD
from table import Row

TARGET = 2.0
CHUNKS, OTHERS, OTHER_CHUNKS = 10000, 1000, 100
WORDS, VOCABULARY = 80, 20000
QUERIES = 60
DEPTH = 100              # rag.search_depth: hits of each leg
MODEL = "all-minilm-l6-v2"
EXACT = {"max_num_results": 10, "ranking_options": {"hybrid_search": {"embedding_weight": 1, "text_weight": 0}}}


def conninfo(instance, user="bulkhead_rag"):
    return f"host={instance.run_dir}/pg dbname=bulkhead user={user}"


def helper(name, *arguments):
    done = subprocess.run([os.path.join(BUILD, "bench", name), *map(str, arguments)], capture_output=True,
                          text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {done.stderr}")
    return done.stdout.strip()


def word(rank):
    """As search_fill.c makes the word of a rank."""
    text = ""
    while True:
        text += "bdfgklmnprstvz"[rank % 70 // 5] + "aeiou"[rank % 5]
        rank //= 70
        if rank == 0:
            return text


def make_queries():
    chance = random.Random(15)
    return [" ".join(word(int(VOCABULARY ** chance.random()) - 1) for _ in range(8)) for _ in range(QUERIES)]


def query_vectors(tenant, queries, path):
    answer = tenant.call("POST", "/v1/embeddings", {"model": MODEL, "input": queries,
                                                    "encoding_format": "base64"})
    if answer.status != 200:
        raise RuntimeError(f"the queries were not embedded: {answer}")
    with open(path, "wb") as file:
        for row in answer.json()["data"]:
            file.write(base64.b64decode(row["embedding"]))


def found_chunks(tenant, path, query):
    """The chunks of the vector leg as the API ranks them."""
    answer = tenant.call("POST", path, {"query": query, **EXACT})
    if answer.status != 200:
        raise RuntimeError(f"a search failed: {answer}")
    return [int(hit["bulkhead"]["chunk_id"].rsplit("_", 1)[1]) for hit in answer.json()["data"]]


def recall(found, best):
    """Share of the ten best that were found; equal scores may stand for each other."""
    scores = dict(best)
    floor = best[-1][1]
    return sum(1 for chunk in found if scores.get(chunk, -2) >= floor) / len(best)


def timed(bench, path, script, cpu):
    """Searches for some seconds; appends (our CPU, PostgreSQL's CPU) per search in ms to `cpu`."""
    platform = process.Platform(bench.instance)
    before = [sum(platform.cpu(kinds).values()) for kinds in (process.OWN, ("database",))]
    found = load.wrk(bench.instance.url + path, script, 1, bench.pick(4, 1))
    after = [sum(platform.cpu(kinds).values()) for kinds in (process.OWN, ("database",))]
    cpu.append([(end - begin) / found.requests * 1000 for begin, end in zip(before, after)])
    return found


def fill(bench, tenant):
    instance = bench.instance
    bench.say(f"writing {CHUNKS} chunks of one tenant")
    store = helper("bench_search_fill", conninfo(instance), MODEL, 1, CHUNKS, WORDS, VOCABULARY, tenant.id)
    others = bench.pick(OTHERS, 50)
    bench.say(f"writing {others * OTHER_CHUNKS} chunks of {others} others")
    helper("bench_search_fill", conninfo(instance), MODEL, others, OTHER_CHUNKS, 12, 300)
    # What autovacuum would come to do in a running installation.
    instance.psql("VACUUM ANALYZE")
    return store


def run(bench):
    tenant = bench.instance.tenant("bench-search", mock=False)
    store = fill(bench, tenant)
    queries = make_queries()
    vectors = os.path.join(bench.folder, "queries.f32")
    query_vectors(tenant, queries, vectors)
    path = f"/v1/vector_stores/{store}/search"
    raw_store = store.removeprefix("vs_")
    script = load.post_script(os.path.join(bench.folder, "search.lua"), [{"query": query} for query in queries],
                              tenant.key)
    found = [found_chunks(tenant, path, query) for query in queries]

    raw, ours, cpu = [], [], []
    for number in range(bench.pick(5, 2)):
        bench.say(f"round {number + 1}")
        raw.append(json.loads(helper("bench_search_sql", conninfo(bench.instance), tenant.id, raw_store, vectors,
                                     bench.pick(8, 2), DEPTH)))
        ours.append(timed(bench, path, script, cpu))
    yield speed_row(bench, raw, ours, cpu)
    recalls = [recall(mine, best) for mine, best in zip(found, raw[0]["best"])]
    mean = sum(recalls) / len(recalls)
    yield Row("search, recall@10 of the vector leg", f"{mean:.4f}", "1.0000 brute force", "", "= 1.000",
              mean == 1.0, f"{len(recalls)} queries over {raw[0]['vectors']} vectors")


def speed_row(bench, raw, ours, cpu):
    ratio = median(one.p50_us / base["p50_us"] for one, base in zip(ours, raw))
    total = bench.instance.psql("SELECT count(*) FROM bulkhead.chunk_vector_384")[0][0]
    return Row("search over 10,000 chunks, p50", f"{median(one.p50_us for one in ours) / 1000:.2f} ms",
               f"{median(one['p50_us'] for one in raw) / 1000:.2f} ms raw exact SQL", f"{ratio:.2f} x",
               f"<= {TARGET:.0f} x", ratio <= TARGET,
               f"p99 {median(one.p99_us for one in ours) / 1000:.2f} ms, raw "
               f"{median(one['p99_us'] for one in raw) / 1000:.2f} ms; CPU of a search: ours "
               f"{median(one for one, _ in cpu):.2f} ms, PostgreSQL {median(one for _, one in cpu):.2f} ms; "
               f"both legs, {total} vectors in the table")
