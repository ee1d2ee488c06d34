# SPDX-License-Identifier: Apache-2.0
"""How busy the embedding engine is while documents are ingested, and when the first of many can be found.

One: a 67-page PDF, after its extraction. Method: from the first moment the file's stage is past extracting to its completion, the states of the
engine's threads are sampled every 25 ms from /proc; a sample is busy when one of them runs or waits
for a processor. Beside it stands the union of the times during which embedding calls were under way,
from the usage rows: never less than what the engine worked, and nothing that it did on its own.

Many: PDFs of 10 pages, each with a text of its own, are uploaded and attached at once by as many clients. The
first counts as searchable when a search answers with a passage, from the first client's start; the engine is
sampled as above from that start until all are completed.
"""
import concurrent.futures
import datetime
import os
import random
import threading
import time

import process
from instance import shared_file, until
from table import Row

PDF = ("documents", "pdf", "irs-publication-15-2013.pdf")
TARGET = 0.85
SAMPLE_S = 0.025
USAGE_ROWS = 1000
PAGES, LINES_A_PAGE, WORDS_A_LINE = 10, 30, 10
CLIENTS = 16
FIRST_S, MANY_TARGET = 2.0, 0.90
WORDS = """harbour crane tugboat lighthouse keeper tide anchor cargo ship pilot customs storm quay berth rope winter
captain report inspection safety channel depth buoy signal engine repair yard contract delivery schedule port authority
the a of in to and is was are were with for on by at from that which has have had will may must should during before after
between under over new old large small northern southern early late first second every other several""".split()


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


def page_of(state, title):
    """A page's content stream: lines of words."""
    lines = [title] + [" ".join(state.choice(WORDS) for _ in range(WORDS_A_LINE)) + "." for _ in range(LINES_A_PAGE)]
    shown = " T* ".join(f"({line}) Tj" for line in lines)
    return f"BT /F1 11 Tf 14 TL 50 780 Td {shown} ET".encode()


def document_of(number):
    """A PDF of a number of its own."""
    state = random.Random(number)
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(PAGES))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {PAGES} >>".encode(),
               b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    for at in range(PAGES):
        content = page_of(state, f"Report number {number:05} page {at + 1}")
        objects += [f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * at} 0 R "
                    "/Resources << /Font << /F1 3 0 R >> >> >>".encode(),
                    b"<< /Length %d >>\nstream\n" % len(content) + content + b"\nendstream"]
    out, places = b"%PDF-1.4\n", []
    for at, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % at + each + b"\nendobj\n"
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table = head + b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + table + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))


def first_found(tenant, store):
    """The time when a search first answers with a passage."""
    while True:
        reply = tenant.call("POST", f"/v1/vector_stores/{store}/search", {"query": "Report number", "max_num_results": 1})
        if reply.status == 200 and reply.json()["data"]:
            return time.time()
        time.sleep(0.1)


def all_done(tenant, store, number, seconds):
    """The time when the last is completed."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        counts = tenant.call("GET", f"/v1/vector_stores/{store}").json()["file_counts"]
        if counts["failed"] or counts["completed"] == number:
            if counts["failed"]:
                raise RuntimeError(f"not all documents were ingested: {counts}")
            return time.time()
        time.sleep(0.2)
    raise RuntimeError(f"not ingested after {seconds} s: {counts}")


def embedded_by_now(instance, tenant):
    """Chunks that have their vectors: what makes waiting long on a slow machine and short on a fast one."""
    of = f"WHERE tenant_id = '{tenant.id}'"
    return int(instance.psql(f"SELECT (SELECT count(*) FROM bulkhead.ingest_vector {of}) + "
                             f"(SELECT count(*) FROM bulkhead.chunk_vector_384 {of})")[0][0])


def many(bench, tenant, engine):
    number = bench.pick(100, 12)
    documents = [document_of(at) for at in range(number)]
    store = tenant.call("POST", "/v1/vector_stores", {"name": "Many"}).json()["id"]

    def send(at):
        file = tenant.http.upload(f"report-{at}.pdf", documents[at], content_type="application/pdf").json()
        reply = tenant.call("POST", f"/v1/vector_stores/{store}/files", {"file_id": file["id"]})
        if reply.status != 200:
            raise RuntimeError(f"a document was not attached: {reply}")
        return time.time()
    sampler = Sampler(engine)
    sampler.start()
    begin, cpu = time.time(), process.cpu_of(engine)
    with concurrent.futures.ThreadPoolExecutor(CLIENTS + 1) as pool:
        found = pool.submit(first_found, tenant, store)
        sent = max(pool.map(send, range(number)))
        first = found.result()
        embedded = embedded_by_now(bench.instance, tenant)
    end = all_done(tenant, store, number, 1800)
    sampler.stopped.set()
    cpu = process.cpu_of(engine) - cpu
    wall = end - begin
    chunks = sum(row["bulkhead"]["chunks"] for row in tenant.call(
        "GET", f"/v1/vector_stores/{store}/files?limit=100").json()["data"])
    busy = sampler.share(begin, end)
    name = f"{number} documents of {PAGES} pages uploaded at once"
    yield Row(f"{name}, first searchable", f"{first - begin:.2f} s", f"all sent after {sent - begin:.1f} s", "",
              f"<= {FIRST_S:.0f} s", first - begin <= FIRST_S,
              f"{embedded} chunks had been embedded by then, {chunks / number:.0f} of them the document's")
    yield Row(f"{name}, engine busy", f"{busy * 100:.1f} %", f"all searchable after {wall:.0f} s", f"{busy:.3f}",
              f">= {MANY_TARGET * 100:.0f} %", busy >= MANY_TARGET,
              f"{chunks} chunks, {chunks / wall:.1f}/s; engine CPU {cpu / wall / os.cpu_count() * 100:.0f} % of all processors")


def run(bench):
    yield from one(bench)
    instance = bench.instance
    yield from many(bench, instance.tenant("bench-ingestion-many", mock=False), instance.process("embed")["pid"])


def one(bench):
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
