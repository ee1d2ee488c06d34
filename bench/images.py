# SPDX-License-Identifier: Apache-2.0
"""What the platform adds to a call for a picture, beside the same call of the model's server, and what memory it takes.

Method: a server on loopback answers at once with a picture that lies ready: a small one, and noise of 1024 x 1024 pixels, which no
format makes small. One call after the other, direct and through the platform in turn; both sides read the whole answer. What is
added holds the job's three transactions, the sandbox in which the picture is read and written anew, and the file that it
becomes; the sandbox alone is measured beside, by running bulkhead-picture over the same picture. Memory is how much the peak of the
resident memory of model, multimodal, rag and the gateway's worker grows by a call, in bytes of the picture; the sandbox is a process
of its own, with a limit of its own, and is not in it.
"""
import base64
import http.client
import http.server
import io
import json
import os
import random
import statistics
import subprocess
import tempfile
import threading
import time

from PIL import Image

from instance import BUILD
from table import Row

SIZES = {"64 x 64": (64, 64), "1024 x 1024 of noise": (1024, 1024)}
SERVICES = ("model", "multimodal", "rag", "gateway")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        answer = self.server.answer
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def picture(size):
    out = io.BytesIO()
    Image.frombytes("RGB", size, random.Random(7).randbytes(size[0] * size[1] * 3)).save(out, "PNG")
    return out.getvalue()


class Side:
    """One kept connection."""

    def __init__(self, host, port, key, model):
        self.connection = http.client.HTTPConnection(host, port, timeout=60)
        self.connection.connect()
        self.headers = {"content-type": "application/json", "authorization": f"Bearer {key}"}
        self.body = json.dumps({"model": model, "prompt": "A cat", "size": "1024x1024", "response_format": "b64_json"})

    def call(self):
        begin = time.perf_counter()
        self.connection.request("POST", "/v1/images/generations", self.body, self.headers)
        reply = self.connection.getresponse()
        data = reply.read()
        assert reply.status == 200, data[:500]
        return 1000 * (time.perf_counter() - begin)


def sandbox_ms(data, rounds):
    program = os.path.join(BUILD, "picture/bulkhead-picture")
    found = []
    with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as out:
        file.write(data)
        for _ in range(rounds):
            file.seek(0)
            begin = time.perf_counter()
            subprocess.run([program, "--to", "png"], stdin=file, stdout=subprocess.DEVNULL, check=True, pass_fds=[3],
                           preexec_fn=lambda: os.dup2(out.fileno(), 3))
            found.append(1000 * (time.perf_counter() - begin))
    return statistics.median(found)


def peak(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return 1024 * int(next(line for line in file if line.startswith("VmHWM")).split()[1])


def forget_peak(pid):
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def pids(instance):
    """The services, and of the gateway what works for it."""
    found = {name: [instance.process(name)["pid"]] for name in SERVICES}
    master = found["gateway"][0]
    with open(f"/proc/{master}/task/{master}/children", encoding="ascii") as file:
        return found | {"gateway": [int(pid) for pid in file.read().split()]}


def grown(instance, call):
    """By how much the peak of each grows by one call, after one of the same kind."""
    before = {}
    for name, processes in pids(instance).items():
        for pid in processes:
            forget_peak(pid)
        before[name] = [(pid, peak(pid)) for pid in processes]
    call()
    return {name: sum(peak(pid) - was for pid, was in found) for name, found in before.items()}


def run(bench):
    rounds = bench.pick(40, 3)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    bench.on_stop(server.shutdown)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    instance = bench.instance
    tenant = instance.tenant()
    instance.cli("model", "add", "bench-image", "--url", f"http://127.0.0.1:{server.server_address[1]}/v1", "--kind", "image",
                 "--upstream-model", "theirs", "--price-out", "1", "--tenant", tenant.id)
    sides = {"direct": Side("127.0.0.1", server.server_address[1], "none", "theirs"),
             "platform": Side("127.0.0.1", instance.port, tenant.key, "bench-image")}
    for title, size in SIZES.items():
        data = picture(size)
        server.answer = json.dumps({"created": 1, "data": [{"b64_json": base64.b64encode(data).decode()}]}).encode()
        found = {name: [] for name in sides}
        for number in range(rounds + 1):
            for name, side in sides.items():
                spent = side.call()
                if number > 0:
                    found[name].append(spent)
        direct, through = (statistics.median(found[name]) for name in ("direct", "platform"))
        inside = sandbox_ms(data, bench.pick(9, 1))
        added = statistics.median(one - other for one, other in zip(found["platform"], found["direct"]))
        yield Row(f"a call for a picture, {title}: added p50", f"{through:.1f} ms", f"{direct:.1f} ms", f"+{added:.1f} ms", "<= +5 ms",
                  added <= 5, f"of {len(data)} bytes; {inside:.1f} ms of it are the sandbox alone, and {added - inside:.1f} all else")
    runs = [grown(instance, sides["platform"].call) for _ in range(bench.pick(9, 1))]
    each = {name: statistics.median(found[name] for found in runs) for name in SERVICES}
    more = sum(each.values())
    yield Row("the same: memory of the services", f"{more / 1e6:.1f} MB", f"{len(data) / 1e6:.1f} MB of picture",
              f"{more / len(data):.2f} x", "<= 3 x", more <= 3 * len(data), "growth of the peak resident memory by a call, median: "
              + ", ".join(f"{name} {value / len(data):.2f}" for name, value in each.items()))
