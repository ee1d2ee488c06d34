# SPDX-License-Identifier: Apache-2.0
"""Load and what it is aimed at: wrk on loopback, and bare nginx as mock upstream and as bare proxy."""
import json
import os
import shutil
import signal
import subprocess
import time

from instance import until
from ports import free_port

NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")

DONE = r"""
function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format("\n@@ %d %d %d %d %d %d\n", summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(99), errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end
"""

NGINX_CONF = """
daemon off;
worker_processes 1;
error_log "{dir}/error.log" warn;
pid "{dir}/pid";
{user}
events {{ worker_connections 512; }}
http {{
    access_log off;
    server_tokens off;
    default_type application/json;
    keepalive_requests 100000000;
    keepalive_timeout 600s;
    client_body_temp_path "{dir}/1"; proxy_temp_path "{dir}/2"; fastcgi_temp_path "{dir}/3";
    uwsgi_temp_path "{dir}/4"; scgi_temp_path "{dir}/5";
    {rest}
}}
"""


class Nginx:
    """A bare nginx with one worker on a loopback port."""

    def __init__(self, folder, name, rest):
        self.port = free_port()
        self.folder = os.path.join(folder, name)
        os.makedirs(self.folder)
        path = os.path.join(self.folder, "nginx.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(NGINX_CONF.format(dir=self.folder, rest=rest.replace("@PORT@", str(self.port)),
                                         user="user root;" if os.geteuid() == 0 else ""))
        self.process = subprocess.Popen([NGINX, "-p", self.folder, "-e", "stderr", "-c", path],
                                        stderr=subprocess.DEVNULL)
        until(lambda: os.path.exists(os.path.join(self.folder, "pid")), what=name)

    @property
    def pid(self):
        return self.process.pid

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def static_answer(folder, name, value):
    """An nginx that answers every request with one JSON value."""
    text = json.dumps(value)
    assert "'" not in text and "$" not in text and "\\" not in text
    return Nginx(folder, name, "server { listen 127.0.0.1:@PORT@; location / { return 200 '%s'; } }" % text)


def bare_proxy(folder, name, port):
    """An nginx that forwards to a port and does nothing else."""
    return Nginx(folder, name, """
        upstream service { server 127.0.0.1:%d; keepalive 64; keepalive_requests 100000000; }
        server {
            listen 127.0.0.1:@PORT@;
            location / {
                proxy_http_version 1.1;
                proxy_set_header Connection "";
                proxy_buffering off;
                proxy_pass http://service;
            }
        }""" % port)


def post_script(path, bodies, key=None):
    """A script of wrk that POSTs these bodies in turn."""
    lines = ['wrk.method = "POST"', 'wrk.headers["Content-Type"] = "application/json"']
    if key:
        lines.append(f'wrk.headers["Authorization"] = "Bearer {key}"')
    lines.append("local bodies = {" + ",".join(f"[==[{json.dumps(body)}]==]" for body in bodies) + "}")
    lines.append("local requests, at = {}, 0")
    lines.append("function init(args) for i, body in ipairs(bodies) do"
                 " requests[i] = wrk.format(nil, nil, nil, body) end end")
    lines.append("function request() at = at % #requests + 1 return requests[at] end")
    with open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write("\n".join(lines) + DONE)
    return path


class Load:
    """What wrk saw."""

    def __init__(self, numbers):
        self.requests, micros, self.p50_us, self.p99_us, self.refused, self.broken = numbers
        self.seconds = micros / 1e6

    @property
    def rate(self):
        return self.requests / self.seconds


def wrk(url, script, connections, seconds):
    """Runs wrk, bounded in connections and time; a single failed request is an error."""
    done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s",
                           "-s", script, url],
                          capture_output=True, text=True, check=False, timeout=seconds + 30)
    line = next((line for line in done.stdout.splitlines() if line.startswith("@@ ")), None)
    if done.returncode != 0 or line is None:
        raise RuntimeError(f"wrk {url}: {done.stdout}{done.stderr}")
    load = Load([int(word) for word in line.split()[1:]])
    if load.requests == 0 or load.refused or load.broken:
        raise RuntimeError(f"wrk {url}: {load.refused} of {load.requests} requests were refused, "
                           f"{load.broken} broke off")
    return load


def settle():
    """A moment for what is written behind the answer (usage rows, audit lines)."""
    time.sleep(0.5)
