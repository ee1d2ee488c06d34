# SPDX-License-Identifier: Apache-2.0
"""Latency that the platform adds to a 1 KB non-streamed chat call at concurrency 1, over the mock directly."""
import statistics

import chat
from table import Row

TARGETS = {"without": 300, "with": 450}


def run(bench):
    common = chat.prepare(bench)
    seconds, rounds = bench.pick(2, 1), bench.pick(7, 2)
    results = {"direct": [], "without": [], "with": []}
    for side in results:
        common.run(side, 1, 1)
    for number in range(rounds):
        bench.say(f"round {number + 1} of {rounds}")
        for side, found in results.items():
            found.append(common.run(side, 1, seconds))
    common.check_metered()
    direct = statistics.median(found.p50_us for found in results["direct"])
    for side, target in TARGETS.items():
        added = statistics.median(one.p50_us - base.p50_us
                                  for one, base in zip(results[side], results["direct"]))
        p50 = statistics.median(found.p50_us for found in results[side])
        p99 = statistics.median(found.p99_us for found in results[side])
        yield Row(f"chat call, added p50, {side}{' a' if side == 'with' else ''} hard budget", f"{p50:.0f} µs",
                  f"{direct:.0f} µs directly", f"+{added:.0f} µs", f"<= +{target} µs", added <= target,
                  f"p99 {p99:.0f} µs; median of {rounds} rounds of paired p50")
