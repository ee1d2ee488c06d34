# SPDX-License-Identifier: Apache-2.0
"""CPU of the gateway per request with cached key, limits, audit and metrics, minus a bare nginx proxy."""
import json
import os
import subprocess
import sys

from instance import BUILD, ROOT
from table import Row

TARGET = 3


def run(bench):
    environment = dict(os.environ,
                       BULKHEAD_NGINX_MODULE=os.path.join(BUILD, "gateway/ngx_http_bulkhead_module.so"),
                       BULKHEAD_PRINT_CONF=os.path.join(BUILD, "gateway/print_conf"))
    done = subprocess.run([sys.executable, "-B", os.path.join(ROOT, "gateway/bench_gateway.py"), "--json",
                           "--seconds", str(bench.pick(3, 1)), "--rounds", str(bench.pick(5, 2))],
                          capture_output=True, text=True, check=False, timeout=300, env=environment)
    if done.returncode != 0:
        raise RuntimeError(f"gateway/bench_gateway.py: {done.stderr[-2000:]}")
    found = json.loads(done.stdout)
    bare, ours, added = found["cpu_us"]["bare"], found["cpu_us"]["module"], found["added_us"]
    yield Row("gateway, CPU per request", f"{ours:.1f} µs", f"{bare:.1f} µs bare nginx proxy", f"+{added:.1f} µs",
              f"<= +{TARGET} µs", added <= TARGET,
              f"best {found['best_rps']['module']:.0f} requests/s, bare {found['best_rps']['bare']:.0f}")
