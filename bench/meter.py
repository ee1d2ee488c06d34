# SPDX-License-Identifier: Apache-2.0
"""The books of src/meter in a scratch database that flushes to disk: a reservation, durable events, a balance under kills.

A reservation of a tenant with limits in all scopes, included quantities and credits stands beside that of one with a
monthly budget. Events are settled in rounds of 1,024, each flushed, and every event is sent a second time. Rounds: 500
callers in three processes, of which one is killed, on a balance for some 20 to 80 acts (src/meter/test_rounds.c).
"""
import json
import os
import subprocess
import sys
import time

from instance import BUILD, ROOT
from table import Row

EVENTS_A_SECOND, ROUNDS, CALLERS = 50_000, 1000, 500
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on", "shared_buffers": "256MB",
           "max_connections": "400"}


def run_in(cluster, *command):
    done = subprocess.run([os.path.join(BUILD, command[0]), *map(str, command[1:])], capture_output=True, text=True,
                          env=dict(os.environ, BULKHEAD_TEST_DATABASE=cluster.conninfo()), check=False, timeout=7200)
    return done.returncode, done.stdout, done.stderr


def books(bench, cluster):
    status, out, said = run_in(cluster, "bench/bench_meter", bench.pick(20_000, 500), bench.pick(500_000, 5_000))
    if status != 0:
        raise RuntimeError(said)
    found = json.loads(out)
    plain, full = found["reserve_budget"], found["reserve_all_scopes"]
    yield Row("reservation in all scopes, with credits", f"{full['p50_us']:.0f} µs", f"{plain['p50_us']:.0f} µs on a budget",
              f"{full['p50_us'] - plain['p50_us']:.0f} µs", note=f"p99 {full['p99_us']:.0f} µs and {plain['p99_us']:.0f} µs")
    for name, said in (("events_budget", "a budget"), ("events_all_scopes", "all scopes and credits")):
        row = found[name]
        exact = 2 * row["written"] == row["sent"]
        yield Row(f"durable usage events, {said}", f"{row['per_s']:,}/s", "", "", f">= {EVENTS_A_SECOND:,}/s, each once",
                  exact and row["per_s"] >= EVENTS_A_SECOND,
                  f"{row['sent']:,} sent, {row['written']:,} written; a second time {row['again_per_s']:,}/s")


def balance(bench, cluster):
    rounds, callers = bench.pick(ROUNDS, 5), bench.pick(CALLERS, 60)
    begin = time.monotonic()
    status, out, said = run_in(cluster, "src/meter/test_meter_rounds", rounds, callers)
    return Row(f"{callers} parallel calls on a balance for k, kill -9, {rounds:,} rounds",
               "exactly k" if status == 0 else "not k", "", "", "exactly k", status == 0,
               f"{(out + said).strip()}; {time.monotonic() - begin:.0f} s")


def run(bench):
    sys.path.insert(0, os.path.join(ROOT, "tests/isolation"))
    from pg import Cluster
    programs = subprocess.run([os.path.join(ROOT, "scripts/setup"), "programs"], capture_output=True, text=True,
                              check=True).stdout.strip()
    with open(os.path.join(programs, "manifest.json"), encoding="utf-8") as file:
        folder = json.load(file)["postgres"]["bin"]
    with Cluster(folder, settings=DURABLE) as cluster:
        yield from books(bench, cluster)
        yield balance(bench, cluster)
