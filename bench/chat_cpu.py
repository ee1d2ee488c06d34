# SPDX-License-Identifier: Apache-2.0
"""CPU of all our processes per 1 KB non-streamed chat call, without and with a hard budget, and with limits in all scopes
and credits.

The upstream is a bare nginx with one fixed answer. 16 connections by wrk; CPU of supervisor, services
and gateway over the requests counted, PostgreSQL beside. The baseline is a bare nginx proxy before the
same upstream with the same requests.
"""
import statistics

import chat
import load
import process
from table import Row

CONNECTIONS = 16
TARGETS = {"without": 100, "with": 130}
NAMES = {"without": "without hard budget", "with": "with a hard budget", "all": "with all scopes and credits"}
# What all scopes and credits may take beyond a hard budget.
MORE_US = 10


def measure(bench, common, side, seconds):
    """({process: µs of CPU per request}, µs of PostgreSQL, requests per second)."""
    platform = process.Platform(bench.instance)
    before, base_before = platform.cpu(process.OWN), platform.cpu(("database",))
    found = common.run(side, CONNECTIONS, seconds)
    load.settle()
    own = process.spent(before, platform.cpu(process.OWN))
    base = process.spent(base_before, platform.cpu(("database",)))
    per = {name: value / found.requests * 1e6 for name, value in own.items()}
    return per, sum(base.values()) / found.requests * 1e6, found.rate


def measure_proxy(common, seconds):
    before = process.cpu_of(common.proxy.pid)
    found = common.run("proxy", CONNECTIONS, seconds)
    return (process.cpu_of(common.proxy.pid) - before) / found.requests * 1e6


def run(bench):
    common = chat.prepare(bench)
    seconds, rounds = bench.pick(3, 1), bench.pick(5, 2)
    results, proxy = {"without": [], "with": [], "all": []}, []
    for side in results:
        common.run(side, CONNECTIONS, 1)
    for number in range(rounds):
        bench.say(f"round {number + 1} of {rounds}")
        proxy.append(measure_proxy(common, seconds))
        for side, found in results.items():
            found.append(measure(bench, common, side, seconds))
    common.check_metered()
    bare = statistics.median(proxy)
    hard = statistics.median(sum(per.values()) for per, _, _ in results["with"])
    targets = TARGETS | {"all": hard + MORE_US}
    for side, found in results.items():
        total = statistics.median(sum(per.values()) for per, _, _ in found)
        base = statistics.median(database for _, database, _ in found)
        rate = max(speed for _, _, speed in found)
        split = ", ".join(f"{name} {statistics.median(per[name] for per, _, _ in found):.1f}"
                          for name in found[0][0])
        yield Row(f"chat call, CPU, {NAMES[side]}", f"{total:.0f} µs",
                  f"{bare:.1f} µs bare nginx proxy", f"{total / bare:.1f} x", f"<= {targets[side]:.0f} µs",
                  total <= targets[side],
                  f"{split}; PostgreSQL beside: {base:.0f} µs; best {rate:.0f} calls/s with "
                  f"{CONNECTIONS} connections")
