# SPDX-License-Identifier: Apache-2.0
"""How long one processor takes to recognize a scanned page, and how many of its words are right.

Method: bulkhead-extract is run on the shared scan (two pages of 300 dpi, images only), inside its sandbox as rag runs it;
seconds are the processor time of the child (user and system) by pages, its start included. The words are
compared with those of the same two pages in the text version: the share of its words that stand in the same order in what
was recognized. The baseline is the reader's own time for a page with a text layer, which recognition must not change: the
text version told to say when there are pictures, and not.
"""
import difflib
import json
import os

from extraction import cpu_of
from instance import BUILD, shared_file
from table import Row

SCAN, TEXT = "supreme-court-tarrant-v-herrmann-scan.pdf", "supreme-court-tarrant-v-herrmann.pdf"
PAPER = "irs-publication-15-2013.pdf"
PAGES = 2


def words(answer):
    lines = [json.loads(line) for line in answer.splitlines()]
    return " ".join(line["text"] for line in lines if line["type"] == "block" and line["page"] <= PAGES).split()


def run(bench):
    scan, text, paper = (shared_file("documents", "pdf", name) for name in (SCAN, TEXT, PAPER))
    if not scan or not text:
        bench.say("skipped: the shared documents are absent")
        return
    program = [os.path.join(BUILD, "extract/bulkhead-extract"), "--name", "a.pdf"]
    rounds = bench.pick(5, 1)
    plain, asked = [], []
    for _ in range(rounds):
        plain.append(cpu_of(program, paper)[0])
        asked.append(cpu_of([*program, "--pictures", "ask"], paper)[0])
    plain.sort()
    asked.sort()
    truth = words(cpu_of(program, text)[1])
    runs = [cpu_of([*program, "--ocr", "auto"], scan) for _ in range(rounds)]
    seconds = sorted(each[0] for each in runs)[rounds // 2] / PAGES
    found = words(runs[0][1])
    same = sum(each.size for each in difflib.SequenceMatcher(None, truth, found, autojunk=False).get_matching_blocks())
    share = same / len(truth)
    yield Row("OCR, processor time of a 300 dpi page", f"{seconds:.2f} s", "", "", "<= 3 s", seconds <= 3, f"{rounds} runs of {PAGES} pages, median")
    yield Row("OCR, words right", f"{share * 100:.1f} %", "", "", ">= 97 %", share >= 0.97, f"{len(truth)} words; punctuation counts")
    yield Row("text PDF of 67 pages, with OCR allowed", f"{asked[rounds // 2] * 1000:.0f} ms", f"without {plain[rounds // 2] * 1000:.0f} ms",
              f"{plain[rounds // 2] / asked[rounds // 2]:.2f}", "", None, "processor time, median")
