#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU time of the gateway's worker per request: a bare nginx proxy against the same proxy with the module.

Both forward 1 KiB POSTs to the same service (an nginx that answers 1 KiB) over a Unix socket; the module's side has a
cached credential, request and concurrency limits for tenant and key, audit and metrics on. CPU is the worker's user
plus system time from /proc, divided by the requests it answered; rounds alternate, so that noise meets both alike.

    bench_gateway.py [--seconds 4] [--rounds 5] [--connections 64] [--json]

Needs wrk. BULKHEAD_NGINX_MODULE and BULKHEAD_PRINT_CONF as for the tests.
"""

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "tests"))

from harness import NGINX, Gateway, free_port, until  # noqa: E402

SCRIPT = """
wrk.method = "POST"
wrk.body = string.rep("x", 1024)
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer bench-credential-%s"
""" % ("k" * 120)

BASE = """
daemon off;
worker_processes 1;
error_log "{dir}/{name}.log" warn;
pid "{dir}/{name}.pid";
{user}
events {{ worker_connections 1024; }}
http {{
    access_log off;
    server_tokens off;
    keepalive_requests 100000000;
    client_body_temp_path "{dir}/{name}-1"; proxy_temp_path "{dir}/{name}-2"; fastcgi_temp_path "{dir}/{name}-3";
    uwsgi_temp_path "{dir}/{name}-4"; scgi_temp_path "{dir}/{name}-5";
    {rest}
}}
"""

SERVICE = """
    default_type application/json;
    server {{ listen "unix:{socket}"; location / {{ return 200 "{body}"; }} }}
"""

BARE = """
    upstream service {{ server "unix:{socket}"; keepalive 64; keepalive_requests 100000000; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
            proxy_pass http://service;
        }}
    }}
"""


def start(folder, name, rest):
    path = os.path.join(folder, name + ".conf")
    user = "user root;" if os.geteuid() == 0 else ""
    with open(path, "w") as file:
        file.write(BASE.format(dir=folder, name=name, rest=rest, user=user))
    process = subprocess.Popen([NGINX, "-p", folder, "-e", os.path.join(folder, name + "-start.log"), "-c", path],
                               stderr=subprocess.DEVNULL)
    until(lambda: os.path.exists(os.path.join(folder, name + ".pid")), what=name)
    return process


def worker_of(master):
    def find():
        with open(f"/proc/{master}/task/{master}/children") as file:
            return file.read().split()
    return int(until(find, what="a worker")[0])


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(port, pid, script, arguments):
    before = cpu_seconds(pid)
    run = subprocess.run(["wrk", "-t1", f"-c{arguments.connections}", f"-d{arguments.seconds}s", "-s", script,
                          f"http://127.0.0.1:{port}/v1/items"], capture_output=True, text=True, check=True)
    spent = cpu_seconds(pid) - before
    requests = int(re.search(r"(\d+) requests in", run.stdout)[1])
    if "Non-2xx" in run.stdout or requests == 0:
        raise SystemExit("bench_gateway: requests failed:\n" + run.stdout)
    return spent / requests * 1e6, requests / arguments.seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("bench_gateway: wrk is not installed")

    gateway = Gateway(1, lambda text: text.replace("worker_connections 512", "worker_connections 1024"))
    started = []
    try:
        gateway.auth.add("bench-credential-" + "k" * 120, token="t" * 700, limit_tenant_rpm=60000000,
                         limit_key_rpm=60000000, limit_tenant_concurrency=10000, limit_key_concurrency=10000, ttl=300)
        gateway.service.server.stop()
        os.unlink(gateway.path("run/rag/http.sock"))
        port = free_port()
        started.append(start(gateway.dir, "service", SERVICE.format(socket=gateway.path("run/rag/http.sock"),
                                                                    body="y" * 1024)))
        bare = start(gateway.dir, "bare", BARE.format(socket=gateway.path("run/rag/http.sock"), port=port))
        started.append(bare)
        script = gateway.path("post.lua")
        with open(script, "w") as file:
            file.write(SCRIPT)
        sides = {"bare": (port, worker_of(bare.pid)), "module": (gateway.port, worker_of(gateway.nginx.pid))}
        results = {name: [] for name in sides}
        for _ in range(arguments.rounds):
            for name, (where, pid) in sides.items():
                results[name].append(measure(where, pid, script, arguments))
        report(results, gateway.metrics(), arguments)
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
            process.wait()
        gateway.close()


def report(results, metrics, arguments):
    cpu = {name: statistics.median(value for value, _ in rounds) for name, rounds in results.items()}
    rate = {name: max(value for _, value in rounds) for name, rounds in results.items()}
    added = statistics.median(module[0] - bare[0] for bare, module in zip(results["bare"], results["module"]))
    if arguments.json:
        print(json.dumps({"cpu_us": cpu, "best_rps": rate, "added_us": added, "target_added_us": 3,
                          "rounds": results}))
        return
    for name in results:
        print(f"{name:8} {cpu[name]:6.1f} us CPU per request (median), best {rate[name]:8.0f} requests/s")
    print(f"added    {added:6.1f} us CPU per request (median of rounds; target <= 3)")
    print(f"audit lines {metrics['bulkhead_gateway_audit_lines_total']:.0f}, "
          f"dropped {metrics['bulkhead_gateway_audit_dropped_total']:.0f}")


if __name__ == "__main__":
    main()
