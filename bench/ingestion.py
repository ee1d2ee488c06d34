# SPDX-License-Identifier: Apache-2.0
"""How busy the embedding engine is while a 67-page PDF is ingested, after its extraction.

Method: from the first moment the file's stage is past extracting to its completion, the states of the
engine's threads are sampled every 25 ms from /proc; a sample is busy when one of them runs or waits
for a processor. Beside it stands the union of the times during which embedding calls were under way,
from the usage rows: never less than what the engine worked, and nothing that it did on its own.
"""
import datetime
import os
import threading
import time

import process
from instance import shared_file, until
from table import Row

PDF = ("documents", "pdf", "irs-publication-15-2013.pdf")
TARGET = 0.85
SAMPLE_S = 0.025
USAGE_ROWS = 1000


class Sampler(threading.Thread):
    """Notes whether any thread of a process is runnable."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.folder = f"/proc/{pid}/task"
        self.samples, self.stopped = [], threading.Event()

    def busy(self):
        for name in os.listdir(self.folder):
            try:
                with open(f"{self.folder}/{name}/stat", encoding="utf-8", errors="replace") as file:
                    if file.read().rsplit(")", 1)[1].split()[0] in "RD":
                        return True
            except OSError:
                continue
        return False

    def run(self):
        while not self.stopped.wait(SAMPLE_S):
            self.samples.append((time.time(), self.busy()))

    def share(self, begin, end):
        window = [busy for at, busy in self.samples if begin <= at <= end]
        return sum(window) / len(window)


def watch(tenant, path):
    """{stage: wall time when first seen}, until the file is done."""
    seen, end = {}, time.monotonic() + 300
    while time.monotonic() < end:
        row = tenant.call("GET", path).json()
        stage = row["bulkhead"]["stage"] if row["status"] == "in_progress" else row["status"]
        seen.setdefault(stage, time.time())
        if row["status"] == "completed":
            return seen, row
        if row["status"] != "in_progress":
            raise RuntimeError(f"the PDF was not ingested: {row['last_error']}")
        time.sleep(0.03)
    raise RuntimeError(f"the PDF is not ingested after 300 s: {seen}")


def union(rows, begin, end):
    """Seconds of the window during which at least one call was under way."""
    spans = []
    for row in rows:
        start = datetime.datetime.fromisoformat(row["time"].replace("Z", "+00:00")).timestamp()
        spans.append((max(start, begin), min(start + row["duration_ms"] / 1000, end)))
    total, reached = 0.0, begin
    for start, stop in sorted(spans):
        total += max(0.0, stop - max(start, reached))
        reached = max(reached, stop)
    return total


def calls_of(instance, tenant):
    """All embedding rows, once no more come."""
    def rows():
        return instance.cli("usage", "--tenant", tenant.id, "--lines", str(USAGE_ROWS))["data"]
    count = [-1]

    def stable():
        found = rows()
        same, count[0] = len(found) == count[0], len(found)
        return found if same and found else None
    return [row for row in until(stable, 15, "the usage rows", pause=0.5) if row["kind"] == "embedding"]


def run(bench):
    pdf = shared_file(*PDF)
    if pdf is None:
        bench.say("skipped: the shared documents are absent")
        return
    instance = bench.instance
    tenant = instance.tenant("bench-ingestion", mock=False)
    engine = instance.process("embed")["pid"]
    with open(pdf, "rb") as file:
        uploaded = tenant.http.upload(os.path.basename(pdf), file.read(), content_type="application/pdf")
    store = tenant.call("POST", "/v1/vector_stores", {"name": "Ingestion"}).json()
    sampler = Sampler(engine)
    sampler.start()
    path = f"/v1/vector_stores/{store['id']}/files"
    begin = time.time()
    cpu = process.cpu_of(engine)
    tenant.call("POST", path, {"file_id": uploaded.json()["id"]})
    seen, row = watch(tenant, f"{path}/{uploaded.json()['id']}")
    cpu = process.cpu_of(engine) - cpu
    sampler.stopped.set()
    extracted = min(at for stage, at in seen.items() if stage not in ("queued", "extracting"))
    end = seen["completed"]
    wall = end - extracted
    busy = sampler.share(extracted, end)
    called = union(calls_of(instance, tenant), extracted, end) / wall
    yield Row("ingestion of 67 pages, engine busy", f"{busy * 100:.1f} %", f"{wall:.1f} s after extraction",
              f"{busy:.3f}", f">= {TARGET * 100:.0f} %", busy >= TARGET,
              f"{row['bulkhead']['chunks']} chunks; extraction and queue {extracted - begin:.1f} s; embedding calls "
              f"under way {called * 100:.1f} %; engine CPU {cpu / wall / os.cpu_count() * 100:.0f} % of all processors")
