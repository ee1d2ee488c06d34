# SPDX-License-Identifier: Apache-2.0
"""CPU of all our processes per 1 KB non-streamed chat call when they run apart: over Unix sockets, over TCP, and by TLS.

Three platforms of the same build run side by side, each with a database of its own and no supervisor; they differ in
the addresses of their processes only. Rounds alternate between them; what is told is what TCP and TLS add to the
call over Unix sockets. The upstream is a bare nginx with one fixed answer, as in chat_cpu.
"""
import os
import statistics
import sys

import chat
import load
import process
from table import Row

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "tests/integration"))

CONNECTIONS = 16
SCHEMES = {"unix": "Unix sockets", "http": "TCP", "https": "TLS"}
# What a call may cost more over TCP.
MORE_US = 15


class Side:
    """One platform and what is sent to it."""

    def __init__(self, bench, mock, scheme):
        from apart_base import Apart
        self.platform = Apart(scheme, twice=False, gateway_tenant_requests_per_second="1000000")
        bench.on_stop(self.platform.stop)
        self.platform.start_server()
        self.platform.install()
        self.platform.new_secrets()
        self.platform.psql("CREATE EXTENSION vector;")
        self.platform.start_apart()
        self.platform.cli("model", "add", chat.MODEL, "--url", mock.url + "/v1", "--kind", "chat", "--context", "8192",
                          "--price-in", "1", "--price-out", "2")
        tenant = self.platform.tenant("bench", mock=False)
        self.script = load.post_script(os.path.join(bench.folder, scheme + ".lua"), [chat.REQUEST], tenant.key)

    def cpu(self):
        return sum(process.cpu_of(child.pid) for child in self.platform.children.values())

    def run(self, seconds):
        """µs of CPU per call, of all processes but the database."""
        before = self.cpu()
        found = load.wrk(self.platform.url + chat.PATH, self.script, CONNECTIONS, seconds)
        load.settle()
        return (self.cpu() - before) / found.requests * 1e6


def run(bench):
    mock = load.static_answer(bench.folder, "mock-apart", chat.COMPLETION)
    bench.on_stop(mock.stop)
    sides = {}
    for scheme in SCHEMES:
        bench.say(f"starting a platform over {SCHEMES[scheme]}")
        sides[scheme] = Side(bench, mock, scheme)
        sides[scheme].run(1)
    seconds, rounds = bench.pick(3, 1), bench.pick(5, 2)
    results = {scheme: [] for scheme in SCHEMES}
    for number in range(rounds):
        bench.say(f"round {number + 1} of {rounds}")
        for scheme, side in sides.items():
            results[scheme].append(side.run(seconds))
    base = statistics.median(results["unix"])
    for scheme in ("http", "https"):
        more = statistics.median(one - other for one, other in zip(results[scheme], results["unix"]))
        met = more <= MORE_US if scheme == "http" else None
        yield Row(f"chat call, CPU added over {SCHEMES[scheme]}", f"{more:.1f} µs", f"{base:.0f} µs over Unix sockets",
                  f"{(base + more) / base:.2f} x", f"<= {MORE_US} µs" if met is not None else "", met,
                  f"{CONNECTIONS} connections, median of {rounds} rounds")
