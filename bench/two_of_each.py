# SPDX-License-Identifier: Apache-2.0
"""Chat calls through two gateways and two model services against one of each, with limits that they share.

All run on one machine, with one database, one auth and one Valkey. One of each is measured while the second stands still;
then both are asked at once, with twice the connections. The tenant has limits far above what is sent, so that every call
is counted in Valkey. On a machine whose processors one of each already fills, two of each cannot do more: CPU of all
our processes per call, with Valkey's and without the database's, says what a second one costs, and how much of the processors was
used says which of the two was the bound.
"""
import os
import statistics
import sys
import threading
import time

import chat
import load
import process
from table import Row

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "tests/integration"))

CONNECTIONS = 8
TIMES = 1.7


def start(bench, mock):
    """A platform whose first gateway asks the first model service, and whose second asks the second."""
    from test_two_of_each import Two

    class Halves(Two):
        def gateway_environment(self, home, number):
            return super().gateway_environment(home, number) | {
                "BULKHEAD_PEER_MODEL": f"http://127.0.0.{number}:{self.ports['model']}",
                "BULKHEAD_GATEWAY_TENANT_REQUESTS_PER_SECOND": "1000000"}

    platform = Halves()
    bench.on_stop(platform.stop)
    platform.start_server()
    platform.install()
    platform.new_secrets()
    platform.psql("CREATE EXTENSION vector;")
    platform.start_valkey()
    platform.start_apart()
    platform.start_second_model()
    platform.cli("model", "add", chat.MODEL, "--url", mock.url + "/v1", "--kind", "chat", "--context", "8192",
                 "--price-in", "1", "--price-out", "2")
    return platform


class Side:
    def __init__(self, bench, platform, tenant, ports):
        self.platform, self.ports = platform, ports
        self.script = load.post_script(os.path.join(bench.folder, f"two-{len(ports)}.lua"), [chat.REQUEST], tenant.key)

    def cpu(self):
        return sum(process.cpu_of(child.pid) for child in (*self.platform.children.values(), self.platform.valkey))

    def run(self, seconds):
        """Calls a second, µs of CPU per call, processors used."""
        found, lock = [], threading.Lock()

        def ask(port):
            one = load.wrk(f"http://127.0.0.1:{port}{chat.PATH}", self.script, CONNECTIONS, seconds)
            with lock:
                found.append(one.requests)
        before, begin = self.cpu(), time.monotonic()
        threads = [threading.Thread(target=ask, args=(port,)) for port in self.ports]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        passed = time.monotonic() - begin
        load.settle()
        used = self.cpu() - before
        return sum(found) / passed, used / sum(found) * 1e6, used / passed


def run(bench):
    mock = load.static_answer(bench.folder, "mock-two", chat.COMPLETION)
    bench.on_stop(mock.stop)
    bench.say("starting two of each")
    platform = start(bench, mock)
    tenant = platform.tenant("bench", mock=False)
    tenant.limit(requests_per_minute=50_000_000, concurrency=10_000)
    ports = [platform.port, platform.ports["public2"]]
    sides = [Side(bench, platform, tenant, ports[:1]), Side(bench, platform, tenant, ports)]
    results = [[], []]
    for side in sides:
        side.run(1)
    rounds, seconds = bench.pick(5, 1), bench.pick(5, 1)
    for number in range(rounds):
        bench.say(f"round {number + 1} of {rounds}")
        for side, found in zip(sides, results):
            found.append(side.run(seconds))
    one, two = ([statistics.median(part) for part in zip(*found)] for found in results)
    times = statistics.median(b[0] / a[0] for a, b in zip(*results))
    load_now = os.getloadavg()[0]
    yield Row("chat calls, two gateways and two models", f"{two[0]:.0f}/s", f"{one[0]:.0f}/s with one of each", f"{times:.2f} x",
              f">= {TIMES} x", times >= TIMES,
              f"{one[2]:.2f} and {two[2]:.2f} of {os.cpu_count()} processors used by us; load {load_now:.0f}; median of {rounds} rounds")
    yield Row("chat call, CPU with two of each", f"{two[1]:.0f} µs", f"{one[1]:.0f} µs with one of each", f"{two[1] / one[1]:.2f} x",
              "", None, "all processes and Valkey, limits counted there")
