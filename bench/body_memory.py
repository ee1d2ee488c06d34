# SPDX-License-Identifier: Apache-2.0
"""Memory of the services while many large bodies of small JSON values come in at once, and a neighbour's calls.

Four tenants send 512 bodies of 8 MiB in all, each "0,0,0,…", to a route that reads them whole; a fifth
asks for small embeddings meanwhile, from a process of its own: beside the senders' threads it would wait
for its own interpreter and not for the platform. Memory is the services' resident size, read ten times a second; the
bodies' refusals (429 and 503 beside the 400 of a body that was read) are counted, and every answer of the
neighbour but 200 is one too many. The baseline is the resident size before.
"""
import collections
import http.client
import multiprocessing
import statistics
import threading
import time

from table import Row

BODIES, TENANTS, BODY_BYTES = 512, 4, 8_000_000
MEMORY_MB = 1074
PATH = "/v1/embeddings"
MB = 1000 * 1000


def resident(bench):
    return {row["name"]: row["rss_bytes"] for row in bench.instance.status()["services"] if row["kind"] == "service"}


class Sampler:
    """The largest resident size of each service and of all together, until it is stopped."""

    def __init__(self, bench):
        self.bench, self.most, self.total = bench, collections.Counter(), 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ended.wait(0.1):
            found = resident(self.bench)
            self.total = max(self.total, sum(found.values()))
            for name, value in found.items():
                self.most[name] = max(self.most[name], value)

    def stop(self):
        self.ended.set()
        self.thread.join()


def send(host, port, key, body, statuses):
    """One body; a gateway that hangs up before it has read all of it counts as its refusal."""
    link = http.client.HTTPConnection(host, port, timeout=300)
    try:
        link.request("POST", PATH, body, {"authorization": f"Bearer {key}", "content-type": "application/json"})
        statuses[link.getresponse().status] += 1
    except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):
        statuses["cut"] += 1
    finally:
        link.close()


def neighbour(host, port, key, ended, results):
    """A small call every 50 ms over one connection: [(begin, status, seconds)]."""
    link, found = http.client.HTTPConnection(host, port, timeout=60), []
    body = b'{"model":"default","input":"hi"}'
    while not ended.wait(0.05):
        begin = time.monotonic()
        link.request("POST", PATH, body, {"authorization": f"Bearer {key}", "content-type": "application/json"})
        reply = link.getresponse()
        reply.read()
        found.append((begin, reply.status, time.monotonic() - begin))
    link.close()
    results.send(found)


class Neighbour:
    """Calls from another process, from now until `stop`."""

    def __init__(self, host, port, key):
        context = multiprocessing.get_context("fork")
        self.ended = context.Event()
        self.results, theirs = context.Pipe(duplex=False)
        self.process = context.Process(target=neighbour, args=(host, port, key, self.ended, theirs))
        self.process.start()
        theirs.close()

    def stop(self):
        """[(begin, status, seconds)]; EOFError when it could not go on."""
        self.ended.set()
        try:
            return self.results.recv()
        finally:
            self.process.join()


def attack(host, port, keys, bodies):
    text = b'{"model":"default","input":[' + b",".join([b"0"] * (BODY_BYTES // 2)) + b"]}"
    statuses = collections.Counter()
    threads = [threading.Thread(target=send, args=(host, port, keys[number % len(keys)], text, statuses))
               for number in range(bodies)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def run(bench):
    instance = bench.instance
    instance.wait_ready()
    keys = [bench.named_tenant(f"bodies-{number}").key for number in range(TENANTS + 1)]
    host, port = instance.address
    calls = Neighbour(host, port, keys[TENANTS])
    time.sleep(bench.pick(5, 2))
    before, begin = resident(bench), time.monotonic()
    sampler = Sampler(bench)
    statuses = attack(host, port, keys[:TENANTS], bench.pick(BODIES, 32))
    sampler.stop()
    calls = calls.stop()
    quiet, found = [call for call in calls if call[0] < begin], [call for call in calls if call[0] >= begin]
    strangers = [status for _, status, _ in found if status != 200]
    p95 = [statistics.quantiles([call[2] for call in each], n=20)[-1] * 1000 for each in (quiet, found)]
    total = sampler.total / MB
    yield Row(f"memory (RSS) of the services under {sum(statuses.values())} bodies of 8 MiB", f"{total:.0f} MB",
              f"{sum(before.values()) / MB:.0f} MB before", "", f"<= {MEMORY_MB} MB, no neighbour refused",
              total <= MEMORY_MB and not strangers and len(found) > 0,
              ", ".join(f"{name} {value / MB:.0f}" for name, value in sampler.most.items())
              + f"; answers {dict(statuses)}; the neighbour's {len(found)} calls: {len(strangers)} refused, "
              f"p95 {p95[0]:.0f} ms before, {p95[1]:.0f} ms meanwhile")
