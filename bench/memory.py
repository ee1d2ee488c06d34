# SPDX-License-Identifier: Apache-2.0
"""Memory of all our own processes when idle, and the time from start to ready without engines and database.

Memory is the proportional set size (PSS), so that pages shared by several processes count once, after
the platform was started and has been left alone. Start: `bulkhead up` with engines switched off, from
the command to "ready", less the time until PostgreSQL accepted connections; the state folder exists
already, as on every start but the first.
"""
import os
import re
import statistics
import subprocess
import time

import process
from table import Row

MEMORY_MB, START_S = 100, 3
QUIET_S = 5
MB = 1000 * 1000


def timed_up(instance):
    """{what: seconds since the command} of one start, from its progress lines."""
    environment = instance.environment | {"BULKHEAD_ENGINE_ENABLED": "false",
                                          "BULKHEAD_SUPERVISOR_QUICKSTART": "false"}
    begin = time.monotonic()
    seen = {}
    with subprocess.Popen([instance.program, "up"], env=environment, stderr=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, text=True, cwd=instance.folder) as up:
        try:
            for line in up.stderr:
                now = time.monotonic() - begin
                found = re.match(r"\s*(\S+)\s+(?:ready )?after ([0-9.]+) s", line)
                if found:
                    seen[found[1]] = now
                if found and found[1] == "ready":
                    break
        finally:
            up.terminate()
            up.stderr.read()
    if "ready" not in seen or "postgres" not in seen:
        raise RuntimeError(f"the start was not seen through: {seen}")
    return seen


def measure_memory(bench):
    """PSS by process; read several times, because a service may just be awake."""
    bench.instance.wait_ready()
    time.sleep(QUIET_S)
    readings = [process.Platform(bench.instance).pss() for _ in range(3)]
    return {name: statistics.median(one[name] for one in readings) for name in readings[0]}


def run(bench):
    fresh = measure_memory(bench)
    total = sum(fresh.values()) / MB
    split = ", ".join(f"{name} {value / MB:.1f}" for name, value in fresh.items())
    yield Row("memory (PSS) of our processes, idle", f"{total:.1f} MB", "", "", f"<= {MEMORY_MB} MB",
              total <= MEMORY_MB, split)

    bench.instance.down()
    starts = []
    for number in range(bench.pick(5, 2)):
        bench.say(f"start {number + 1}")
        starts.append(timed_up(bench.instance))
    bench.instance.up()
    own = statistics.median(seen["ready"] - seen["postgres"] for seen in starts)
    whole = statistics.median(seen["ready"] for seen in starts)
    before = statistics.median(seen["postgres"] for seen in starts)
    last = starts[-1]
    yield Row("start to ready, without engines and database", f"{own:.2f} s", f"{before:.2f} s until PostgreSQL",
              "", f"<= {START_S} s", own <= START_S,
              f"whole start {whole:.2f} s; last one, since PostgreSQL: " + ", ".join(
                  f"{name} {at - last['postgres']:.2f}" for name, at in last.items() if at > last["postgres"])
              + f"; {os.cpu_count()} processors")
