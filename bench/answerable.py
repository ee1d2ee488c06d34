# SPDX-License-Identifier: Apache-2.0
"""Whether the score of the best passage tells questions that a store answers from those that it does not.

Nine stores: the documents of answers/questions.json and answers/answerable.json, each a store of its own, and the first
half of the articles of XQuAD in English and in German. A store is asked its own questions, those that were written to have no
answer in it, and questions of the other stores in its language. `agent.passage_score_percent` is read off the rows "chosen
on": half of the questions, by a hash of their words. The rows "checked on" are the other half, which nothing was chosen on.
The figures are rates by store, averaged: a large set counts no more than a small document.

BENCH_SCORES names a file that gets every score.
"""
import collections
import concurrent.futures
import hashlib
import json
import os
import statistics
import zlib

from instance import ROOT, shared_file
from retrieval import Collection, SHARED
from table import Row

HERE = os.path.dirname(os.path.realpath(__file__))
FLOORS = (0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.40)
ABSENT, SEARCHES = 60, 4


def half(question):
    return "chosen" if zlib.crc32(question.encode()) % 2 else "checked"


def some(questions, most):
    """So many of them, always the same."""
    return sorted(questions, key=lambda text: hashlib.sha256(text.encode()).digest())[:most]


def documents():
    """Rows of (name, language, files of the store, answerable questions, unanswerable ones)."""
    with open(os.path.join(HERE, "answers/answerable.json"), encoding="utf-8") as file:
        rows = json.load(file)
    with open(os.path.join(HERE, "answers/questions.json"), encoding="utf-8") as file:
        for row in json.load(file):
            rows.append(row | {"language": "en", "answerable": [each["ask"] for each in row["questions"]]})
    for row in rows:
        path = os.path.join(ROOT, row["document"][0]) if len(row["document"]) == 1 else shared_file(*row["document"])
        with open(path, "rb") as file:
            yield os.path.basename(path), row["language"], [(os.path.basename(path), file.read())], row["answerable"], row["unanswerable"]


def paragraphs():
    for language in ("en", "de"):
        collection = Collection(os.path.join(SHARED, "data/retrieval", f"xquad-{language}"))
        own = {row["_id"]: row for row in collection.documents if int(row["_id"][1:].split("p")[0]) < 12}
        files = [(f"{name}.md", f"# {row['title']}\n\n{row['text']}".encode()) for name, row in own.items()]
        asked = collections.defaultdict(list)
        for query in collection.queries:
            asked[any(name in own for name in collection.grades[query["_id"]])].append(query["text"])
        yield f"xquad-{language}", language, files, some(asked[True], 200), some(asked[False], 200)


def fill(tenant, files):
    client = tenant.client()
    store = client.vector_stores.create(name="answerable")
    ids = [client.files.create(file=file, purpose="assistants").id for file in files]
    batch = client.vector_stores.file_batches.create_and_poll(store.id, file_ids=ids, poll_interval_ms=500)
    if batch.file_counts.completed != len(files):
        raise RuntimeError(f"{batch.file_counts}")
    return store.id


def best(tenant, store, question):
    """The score of the best hit; 0 without any."""
    found = tenant.client().vector_stores.search(store, query=question, max_num_results=1).data
    return found[0].score if found else 0.0


def rate(scores, floor):
    """Share of the scores from the floor on, the mean of all stores."""
    return statistics.mean(sum(score >= floor for score in each) / len(each) for each in scores.values() if each)


def run(bench):
    tenant = bench.named_tenant("answerable")
    scores = collections.defaultdict(lambda: collections.defaultdict(list))
    sets = [*documents(), *paragraphs()]
    log = open(os.environ.get("BENCH_SCORES", os.devnull), "w", encoding="utf-8")
    with log, concurrent.futures.ThreadPoolExecutor(SEARCHES) as pool:
        for name, language, files, answerable, unanswerable in sets:
            store = fill(tenant, files)
            bench.say(f"{name}: {len(files)} files are in")
            others = [text for other, told, _, asked, _ in sets if other != name and told == language for text in asked]
            cases = [(text, True) for text in answerable[:bench.pick(1000, 4)]]
            cases += [(text, False) for text in [*unanswerable, *some(others, ABSENT)][:bench.pick(1000, 4)]]
            for (text, answered), score in zip(cases, pool.map(lambda case: best(tenant, store, case[0]), cases)):
                scores[half(text), answered][name].append(score)
                print(json.dumps([name, half(text), answered, score, text], ensure_ascii=False), file=log)
    return [
        Row(f"answerable: {part} on, floor {floor:.0%}", f"{rate(scores[part, True], floor):.1%} kept", "",
            f"{rate(scores[part, False], floor):.1%} of the absent pass")
        for part in ("chosen", "checked") for floor in FLOORS
    ]
