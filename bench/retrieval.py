# SPDX-License-Identifier: Apache-2.0
"""Retrieval quality through the API: XQuAD (English, German) and Cranfield, a file per document.

Title and text make the document; every query is a POST to search with 50 results, which are collapsed
by file to ten. nDCG@10 with linear gain; Cranfield with its base documents left in. The baseline, BM25
(k1 1.2, b 0.75, lower-cased words, no stemming) over the same text, is computed here in the same run.
A run that is repeated on a kept instance goes on where it was: a store that is complete is used again.

BENCH_RERANK_URL names the base URL of a rerank model's server; then each set is measured with it as well, against the
fused order of the same run. BENCH_RERANK_MODEL is the model's name there, BENCH_RERANK_KEY its API key.
"""
import collections
import concurrent.futures
import json
import math
import os
import re
import time

from instance import SHARED
from table import Row

SETS = {"xquad-en": 0.970, "xquad-de": 0.930, "cranfield": 0.400}
README = {"xquad-en": 0.963, "xquad-de": 0.923, "cranfield": 0.344}
RERANK = {"xquad-en": 0.0, "xquad-de": 0.0, "cranfield": 0.02}  # least gain
RESULTS, CUT = 50, 10
UPLOADS, SEARCHES = 4, 4
ATTEMPTS = 5
INGEST_S = 900


class Collection:
    """One set in BEIR layout."""

    def __init__(self, folder):
        self.documents = self.lines(folder, "corpus.jsonl")
        self.queries = self.lines(folder, "queries.jsonl")
        self.grades = collections.defaultdict(dict)
        with open(os.path.join(folder, "qrels.tsv"), encoding="utf-8") as file:
            for line in list(file)[1:]:
                query, document, grade = line.split("\t")
                self.grades[query][document] = int(grade)

    @staticmethod
    def lines(folder, name):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def ndcg(self, rankings):
        """Mean over the queries with judgments; rankings: {query: [documents]}."""
        total = 0.0
        for query, grades in self.grades.items():
            gain = sum(grades.get(document, 0) / math.log2(rank + 2)
                       for rank, document in enumerate(rankings[query][:CUT]))
            ideal = sum(grade / math.log2(rank + 2)
                        for rank, grade in enumerate(sorted(grades.values(), reverse=True)[:CUT]))
            total += gain / ideal
        return total / len(self.grades)


# -- the baseline --------------------------------------------------------------------------------


def words(text):
    return re.findall(r"\w+", text.lower())


def bm25(collection):
    postings, lengths = collections.defaultdict(list), {}
    for document in collection.documents:
        counts = collections.Counter(words(document["title"] + " " + document["text"]))
        lengths[document["_id"]] = sum(counts.values())
        for term, count in counts.items():
            postings[term].append((document["_id"], count))
    average, n = sum(lengths.values()) / len(lengths), len(lengths)
    rankings = {}
    for query in collection.queries:
        scores = collections.Counter()
        for term in words(query["text"]):
            idf = math.log(1 + (n - len(postings[term]) + 0.5) / (len(postings[term]) + 0.5))
            for document, count in postings[term]:
                scores[document] += idf * count * 2.2 / (
                    count + 1.2 * (0.25 + 0.75 * lengths[document] / average))
        rankings[query["_id"]] = [document for document, _ in scores.most_common(CUT)]
    return rankings


# -- through the API -----------------------------------------------------------------------------


def patiently(call):
    """Tries again what the platform asks to be tried again."""
    for attempt in range(ATTEMPTS):
        try:
            answer = call()
        except OSError:
            if attempt + 1 == ATTEMPTS:
                raise
            time.sleep(1)
            continue
        if answer.status not in (429, 503):
            break
        time.sleep(float(answer.headers.get("retry-after", 1)))
    if answer.status != 200:
        raise RuntimeError(f"the platform refused: {answer}")
    return answer.json()


def upload(tenant, document):
    """A plain text file: the title on its first line, then the text."""
    content = f"{document['title']}\n\n{document['text']}".strip()
    found = patiently(lambda: tenant.http.upload(document["_id"] + ".txt", content.encode()))
    return found["id"]


def pages(tenant, path):
    after = ""
    while True:
        page = patiently(lambda: tenant.call("GET", f"{path}?limit=100{after}"))
        yield from page["data"]
        if not page["has_more"]:
            return
        after = f"&after={page['last_id']}"


def ingest(bench, tenant, name, collection):
    """The store that holds every document; documents without text cannot be files and stay out."""
    documents = [document for document in collection.documents
                 if (document["title"] + document["text"]).strip()]
    store = next((row for row in pages(tenant, "/v1/vector_stores") if row["name"] == name), None)
    if store is None:
        store = patiently(lambda: tenant.call("POST", "/v1/vector_stores", {"name": name}))
    path = f"/v1/vector_stores/{store['id']}"
    attached = store["file_counts"]["total"]
    if attached != len(documents):
        if attached:
            raise RuntimeError(f"the store {name} holds {attached} of {len(documents)} files")
        begin = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(UPLOADS) as pool:
            ids = list(pool.map(lambda document: upload(tenant, document), documents))
        bench.say(f"{name}: {len(ids)} files uploaded in {time.monotonic() - begin:.1f} s")
        patiently(lambda: tenant.call("POST", f"{path}/file_batches", {"file_ids": ids}))
    wait_ingested(bench, tenant, name, path, len(documents))
    return path


def wait_ingested(bench, tenant, name, path, count):
    begin, said = time.monotonic(), time.monotonic()
    while True:
        counts = patiently(lambda: tenant.call("GET", path))["file_counts"]
        if counts["completed"] == count:
            bench.say(f"{name}: ingested in {time.monotonic() - begin:.1f} s")
            return
        if counts["failed"] or counts["cancelled"] or time.monotonic() - begin > INGEST_S:
            raise RuntimeError(f"{name} was not ingested: {counts}")
        if time.monotonic() - said > 15:
            said = time.monotonic()
            bench.say(f"{name}: {counts['completed']} of {count} files after {said - begin:.0f} s")
        time.sleep(0.3)


def search(tenant, path, query, ranking):
    body = {"query": query["text"], "max_num_results": RESULTS}
    if ranking:
        body["ranking_options"] = ranking
    page = patiently(lambda: tenant.call("POST", path + "/search", body))
    if not page.get("bulkhead", {"reranker": {"applied": True}})["reranker"]["applied"]:
        UNRANKED.append(page["bulkhead"]["reranker"]["reason"])
    documents = dict.fromkeys(hit["filename"].removesuffix(".txt") for hit in page["data"])
    return query["_id"], list(documents)


def search_all(tenant, path, collection, ranking=None):
    with concurrent.futures.ThreadPoolExecutor(SEARCHES) as pool:
        return dict(pool.map(lambda query: search(tenant, path, query, ranking), collection.queries))


UNRANKED = []  # why searches with a rerank model were answered without it


def rerank_model(bench, tenant):
    """The name of the rerank model that the environment names, added to the tenant; None without one."""
    url, name = os.environ.get("BENCH_RERANK_URL"), "bench-rerank"
    if not url:
        bench.say("without a rerank model: BENCH_RERANK_URL names none")
        return None
    if not any(row["name"] == name for row in tenant.instance.cli("model", "list", "--tenant", tenant.id)["data"]):
        key = os.environ.get("BENCH_RERANK_KEY")
        tenant.instance.cli("model", "add", name, "--url", url, "--kind", "rerank", "--tenant", tenant.id,
                            "--upstream-model", os.environ.get("BENCH_RERANK_MODEL", name),
                            *(["--api-key-stdin"] if key else []), stdin=key)
    return name


def reranked(tenant, path, collection, name, model, fused):
    """The row of one set with a rerank model."""
    UNRANKED.clear()
    begin = time.monotonic()
    ours = collection.ndcg(search_all(tenant, path, collection, {"ranker": model}))
    took = (time.monotonic() - begin) / len(collection.queries) * 1000
    without = f"; {len(UNRANKED)} searches without it: {collections.Counter(UNRANKED)}" if UNRANKED else ""
    return Row(f"retrieval {name} with rerank, nDCG@10", f"{ours:.4f}", f"{fused:.4f} without", f"{ours - fused:+.4f}",
               f">= {RERANK[name]:+.2f}", ours - fused >= RERANK[name],
               f"{os.environ.get('BENCH_RERANK_MODEL', 'the model')} reads {RESULTS} passages a search, {took:.0f} ms each "
               f"with {SEARCHES} at once{without}")


def legs(text):
    return {"hybrid_search": {"embedding_weight": 1 - text, "text_weight": text}}


def run(bench):
    root = os.path.join(SHARED, "data/retrieval")
    if not os.path.isdir(root):
        bench.say("skipped: the shared retrieval sets are absent")
        return
    tenant = bench.named_tenant("bench-retrieval")
    model = rerank_model(bench, tenant)
    for name, target in SETS.items():
        if bench.quick and name != "xquad-en":
            continue
        collection = Collection(os.path.join(root, name))
        base = collection.ndcg(bm25(collection))
        path = ingest(bench, tenant, name, collection)
        begin = time.monotonic()
        ours = collection.ndcg(search_all(tenant, path, collection, {"ranker": "none"}))
        took = (time.monotonic() - begin) / len(collection.queries) * 1000
        bench.say(f"{name}: nDCG@10 {ours:.4f}, {took:.0f} ms a search; now each leg alone")
        text = collection.ndcg(search_all(tenant, path, collection, legs(1)))
        vector = collection.ndcg(search_all(tenant, path, collection, legs(0)))
        yield Row(f"retrieval {name}, nDCG@10", f"{ours:.4f}", f"{base:.4f} BM25", f"{ours - base:+.4f}",
                  f">= {target:.3f}", ours >= target,
                  f"words' leg alone {text:.4f}, vector leg alone {vector:.4f}, BM25 as published with the data "
                  f"{README[name]:.3f}; {len(collection.queries)} queries, {took:.0f} ms each with {SEARCHES} at once")
        if model is not None:
            yield reranked(tenant, path, collection, name, model, ours)
