# SPDX-License-Identifier: Apache-2.0
"""One claim of a job from a queue that 100,000 tenants share, as the workers make it, in a scratch database.

Three states of the queue: tenants whose jobs are over, tenants whose only job lies ahead, and tenants that
all have work due. The first two are claimed from by one tenant more, which gets a job before each claim.
The server flushes nothing to disk here: what is measured is the search, not the disk. The baseline is the same
with 10 tenants.
"""
import json
import os
import subprocess
import sys

from instance import BUILD, ROOT
from table import Row

TARGET_MS = 2
TENANTS = 100000
NAMES = {"idle": "whose jobs are over", "ahead": "whose job lies ahead", "due": "all with work due"}


def measure(cluster, tenants, claims):
    environment = dict(os.environ, BULKHEAD_TEST_DATABASE=cluster.conninfo())
    done = subprocess.run([os.path.join(BUILD, "bench/bench_claim"), str(tenants), str(claims)], env=environment,
                          capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def run(bench):
    sys.path.insert(0, os.path.join(ROOT, "tests/isolation"))
    from pg import Cluster
    programs = subprocess.run([os.path.join(ROOT, "scripts/setup"), "programs"], capture_output=True, text=True,
                              check=True).stdout.strip()
    with open(os.path.join(programs, "manifest.json"), encoding="utf-8") as file:
        folder = json.load(file)["postgres"]["bin"]
    tenants, claims = bench.pick(TENANTS, 2000), bench.pick(500, 50)
    with Cluster(folder) as cluster:
        bench.say("claiming beside 10 tenants")
        few = measure(cluster, 10, 9)
        bench.say(f"claiming beside {tenants} tenants")
        many = measure(cluster, tenants, claims)
    for name, said in NAMES.items():
        took = many[name]["p50_us"] / 1000
        yield Row(f"claim beside {tenants} tenants {said}", f"{took:.2f} ms",
                  f"{few[name]['p50_us'] / 1000:.2f} ms beside 10", f"{many[name]['p50_us'] / few[name]['p50_us']:.2f} x",
                  f"<= {TARGET_MS} ms", took <= TARGET_MS, f"p99 {many[name]['p99_us'] / 1000:.2f} ms, {claims} claims")
