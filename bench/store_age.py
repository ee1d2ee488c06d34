# SPDX-License-Identifier: Apache-2.0
"""What a request costs in a store that has grown: 1,000,000 chunks in 20,000 files of one tenant.

The store is written at once (store_fill.c), with every word in as many chunks as it would be in. Some files
of 100 chunks of 80 words are added the ordinary way; the newest are what is deleted. Each time is a median of
the API's own. Baselines: the same request in a store of one such file. The vector leg has the vectors of the
added files only: it is the words that are measured here.
"""
import time
from statistics import median

from instance import until
from search import MODEL, VOCABULARY, WORDS, conninfo, helper, word
from table import Row

CHUNKS, FILES = 1000000, 20000
NEWEST = 6               # files of 100 chunks that are deleted
ATTACHED = 40            # half of them warm: statements are prepared once a connection
LONG_WORDS = 2000        # of a query: the most frequent ones
ATTACH_MS, DELETE_MS = 5, 50


def timed(call, expected=200):
    begin = time.perf_counter()
    answer = call()
    took = (time.perf_counter() - begin) * 1000
    if answer.status != expected:
        raise RuntimeError(f"a call failed: {answer}")
    return took


def medians(calls):
    return median(timed(call) for call in calls)


def attach_ms(bench, tenant, store):
    files = []
    for number in range(bench.pick(ATTACHED, 3)):
        answer = tenant.http.upload(f"{number}.txt", b"A short note.", "assistants", "text/plain")
        files.append(answer.json()["id"])
    path, took = f"/v1/vector_stores/{store}/files", []
    for file in files:
        took.append(timed(lambda file=file: tenant.call("POST", path, {"file_id": file})))
        # Its ingestion is not what is measured.
        until(lambda file=file: tenant.call("GET", f"{path}/{file}").json()["status"] != "in_progress", 60)
    return median(took[len(took) // 2:])


def get_ms(bench, tenant, store):
    return medians([lambda: tenant.call("GET", f"/v1/vector_stores/{store}")] * bench.pick(ATTACHED, 3))


def delete_ms(bench, tenant, store):
    """The newest files, each as a whole."""
    path = f"/v1/vector_stores/{store}/files"
    newest = tenant.call("GET", f"{path}?order=desc&limit={bench.pick(NEWEST, 2)}").json()["data"]
    return medians([lambda file=file: tenant.call("DELETE", f"{path}/{file['id']}") for file in newest])


def search_ms(bench, tenant, store, body):
    call = lambda: tenant.call("POST", f"/v1/vector_stores/{store}/search", body)  # noqa: E731
    timed(call)          # its vector is kept from then on
    return medians([call] * bench.pick(9, 2))


def make_store(bench, tenant, chunks, files):
    bench.say(f"writing a store of {chunks} chunks")
    if chunks > 0:
        store = helper("bench_store_fill", conninfo(bench.instance), MODEL, chunks, files, WORDS, VOCABULARY, tenant.id)
    else:
        store = tenant.call("POST", "/v1/vector_stores", {"name": "small"}).json()["id"]
    helper("bench_search_fill", conninfo(bench.instance), MODEL, 1, 100 * bench.pick(NEWEST, 2) + 100, WORDS, VOCABULARY,
           tenant.id, store)
    return store


def nin(number):
    return {"filters": {"type": "nin", "key": "n", "value": list(range(-number, 0))}}


def run(bench):
    tenant = bench.instance.tenant("bench-age", mock=False)
    large = make_store(bench, tenant, bench.pick(CHUNKS, 20000), bench.pick(FILES, 400))
    small = make_store(bench, tenant, 0, 0)
    bench.instance.psql("VACUUM ANALYZE")
    common = {"query": " ".join(word(rank % (VOCABULARY // 8)) for rank in range(LONG_WORDS))}
    short = {"query": " ".join(word(rank) for rank in (0, 1, 40, 90, 400, 900, 2500, 9000))}

    for name, target, measure in (
            ("attach, store of 20,000 files", ATTACH_MS, attach_ms),
            ("store's state, 20,000 files", ATTACH_MS, get_ms),
            ("delete the newest file of 1,000,000 chunks", DELETE_MS, delete_ms)):
        bench.say(name)
        here, there = measure(bench, tenant, large), measure(bench, tenant, small)
        yield Row(name, f"{here:.1f} ms", f"{there:.1f} ms in a small store", f"{here / there:.2f} x",
                  f"<= {target} ms", here <= target, "median of the API's answer")
    bench.say("searches")
    plain, long, filtered = [search_ms(bench, tenant, large, body) for body in
                             (short, common, short | nin(1000))]
    yield Row("search by 2,000 words, 1,000,000 chunks", f"{long:.0f} ms", f"{plain:.0f} ms by 8 words",
              f"{long / plain:.2f} x", "<= 4 x", long <= 4 * plain, "the words with most postings are left out")
    yield Row("search with nin of 1,000 elements, 20,000 files", f"{filtered:.0f} ms", f"{plain:.0f} ms without",
              f"{filtered / plain:.2f} x", "<= 4 x", filtered <= 4 * plain, "judged by rag, once a file")
