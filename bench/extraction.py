# SPDX-License-Identifier: Apache-2.0
"""How many pages of PDF files one processor reads in a second.

Method: bulkhead-extract is run on each shared PDF that has a text layer, inside its sandbox as rag runs it, one at a
time; pages by the processor time of the child (user and system), starting it included. The baseline is poppler's own
pdftotext over the same files, where it is installed: it only writes the characters down.
"""
import json
import os
import resource
import shutil
import subprocess

from instance import BUILD, shared_file
from table import Row

FILES = ("irs-publication-15-2013.pdf", "geometrie-und-topologie-de.pdf", "supreme-court-tarrant-v-herrmann.pdf",
         "four-pages.pdf", "two-column-sample.pdf")
TARGET = 200


def cpu_of(command, path):
    """(seconds of processor time, what it wrote)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(path, "rb") as file:
        done = subprocess.run(command, stdin=file, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, done.stdout


def run(bench):
    paths = [path for path in (shared_file("documents", "pdf", name) for name in FILES) if path]
    if not paths:
        bench.say("skipped: the shared documents are absent")
        return
    program = os.path.join(BUILD, "extract/bulkhead-extract")
    rounds = bench.pick(5, 1)
    pages, spent, plain = 0, 0.0, 0.0
    for path in paths:
        for _ in range(rounds):
            seconds, answer = cpu_of([program, "--name", os.path.basename(path)], path)
            pages += next(line["pages"] for line in map(json.loads, answer.splitlines()) if line["type"] == "document")
            spent += seconds
            if shutil.which("pdftotext"):
                plain += cpu_of(["pdftotext", "-layout", path, "-"], path)[0]
    rate = pages / spent
    yield Row("extraction, PDF pages a second and processor", f"{rate:.0f}", f"pdftotext {pages / plain:.0f}" if plain else "",
              f"{plain / spent:.2f}" if plain else "", f">= {TARGET}", rate >= TARGET,
              f"{pages // rounds} pages of {len(paths)} files, {rounds} times")
