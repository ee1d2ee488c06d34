# SPDX-License-Identifier: Apache-2.0
"""How well citations are decided: precision and recall over the labelled sentences of cite/labelled.txt.

Precision is the share of cited sentences that a passage states, recall the share of stated sentences that are cited:
by words alone, as src/cite decides them, and then with vectors of the embedding model for the doubtful ones, as a
Response decides them. Standard error tells what each floor of likeness would let through, and every mistake.
docs/citations.md says how floors, weights and word lists are changed by these figures.
"""
import json
import math
import os
import subprocess

from instance import BUILD
from table import Row

LABELLED = os.path.join(os.path.dirname(os.path.realpath(__file__)), "cite/labelled.txt")
LANGUAGES = {"en": "English", "de": "German", "": "all"}
TARGET = 0.8
MODEL = "all-minilm-l6-v2"
FLOORS = [0.60, 0.65, 0.70, 0.76, 0.80, 0.85, 0.90, 0.95]
AT_ONCE = 16


def judged():
    """The labelled sentences with what src/cite found for them."""
    done = subprocess.run([os.path.join(BUILD, "bench/bench_cite"), LABELLED], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def by_words(each):
    return each["verdict"] == "supported"


def by_vectors(each):
    return by_words(each) or (each["verdict"] == "doubtful" and each["alike"] >= each["likeness"])


def compare(tenant, doubtful):
    """Notes how alike each doubtful sentence and its quote are."""
    for at in range(0, len(doubtful), AT_ONCE):
        some = doubtful[at:at + AT_ONCE]
        texts = [text for each in some for text in (each["sentence"], each["quote"])]
        answer = tenant.call("POST", "/v1/embeddings", {"model": MODEL, "input": texts})
        if answer.status != 200:
            raise RuntimeError(f"the sentences were not embedded: {answer}")
        vectors = [row["embedding"] for row in answer.json()["data"]]
        for each, left, right in zip(some, vectors[::2], vectors[1::2]):
            each["alike"] = sum(x * y for x, y in zip(left, right)) / (math.hypot(*left) * math.hypot(*right))


def rows(sentences, how, cited, target=None):
    for language, name in LANGUAGES.items():
        some = [each for each in sentences if language in ("", each["language"])]
        right = sum(each["label"] and cited(each) for each in some)
        n_cited, stated = sum(map(cited, some)), sum(each["label"] for each in some)
        yield Row(f"citations {how}, {name}", f"precision {right / n_cited:.3f}, recall {right / stated:.3f}",
                  f"{stated} of {len(some)} stated", f"{right} of {n_cited} cited rightly",
                  f"precision >= {target}" if target else "", right >= target * n_cited if target else None)


def say_floors(bench, doubtful):
    """For each row of the table in src/cite/floors.h: what would be cited from each floor on."""
    for now in sorted({each["likeness"] for each in doubtful}):
        some = [each for each in doubtful if each["likeness"] == now]
        for floor in FLOORS:
            above = [each["label"] for each in some if each["alike"] >= floor]
            bench.say(f"doubtful, likeness {now:.2f} asked: at {floor:.2f}, {sum(above)} of {len(above)} cited rightly, "
                      f"of {sum(each['label'] for each in some)} stated")


def run(bench):
    sentences = judged()
    yield from rows(sentences, "by words", by_words, TARGET)
    doubtful = [each for each in sentences if each["verdict"] == "doubtful"]
    compare(bench.named_tenant("cite"), doubtful)
    say_floors(bench, doubtful)
    yield from rows(sentences, "with vectors", by_vectors)
    for each in sentences:
        if by_vectors(each) != each["label"]:
            bench.say(f"{'missed' if each['label'] else 'wrong'}, {each['verdict']}, {each['why']}: {each['sentence']}")
