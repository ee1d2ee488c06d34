# SPDX-License-Identifier: Apache-2.0
"""How soon the platform serves again after a process of its own was killed with -9, or lets go of who left.

Each process is killed while nothing else goes on, and the time runs from the signal until a request that
needs this process is answered as before, through the gateway. Engines load their model: they are stated
beside, with the time that their last start took. A key's revocation runs from the command's end until the
key is refused by every service; a client that leaves, from its closed socket until the upstream's is closed,
or until the engine, asked on its own socket, has no slot at work.
"""
import json
import os
import signal
import socket
import statistics
import time

import process
from instance import until
from table import Row
from wire import Http

TARGET_S = 2
REVOKED_S = LEFT_S = 1
PAUSE_S = 1.5           # a process that ends sooner after its start is held back
ENGINE = {"chat": "/v1/chat/completions", "embed": "/v1/embeddings"}


class Round:
    """One platform and a key whose every request can be told from a failure."""

    def __init__(self, bench):
        self.bench, self.instance = bench, bench.instance
        self.tenant = self.instance.tenant("bench-recovery", mock=True)
        self.http = self.tenant.http

    def answers(self, method, path, body=None):
        try:
            return self.http.call(method, path, body, timeout=10).status == 200
        except OSError:
            return False

    def chat(self):
        return self.answers("POST", "/v1/chat/completions", {
            "model": "default", "messages": [{"role": "user", "content": "Hello."}]})

    def respond(self):
        return self.answers("POST", "/v1/responses", {"model": "default", "input": "Hello.", "store": False})

    def fresh_key(self):
        """What only auth can answer: who holds the key, and what else there is."""
        return self.answers("GET", "/api/auth/me")

    def stores(self):
        return self.answers("GET", "/v1/vector_stores")

    def pid(self, name):
        return self.instance.process(name)["pid"]

    def seconds(self, pid, serves):
        """From the signal to the first answer that the process's successor has a part in."""
        begin = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        until(lambda: process.stat(pid) is None, 60, f"the end of {pid}", pause=0.001)
        until(serves, 120, "an answer", pause=0.002)
        return time.monotonic() - begin

    def gateway_serves(self, old):
        """With another master: workers of the old one may answer a little longer."""
        row = self.instance.process("gateway")
        return row["state"] == "ready" and row["pid"] != old and self.fresh_key()

    def rest(self):
        self.instance.wait_ready(120)
        time.sleep(PAUSE_S)


def worker(master):
    with open(f"/proc/{master}/task/{master}/children", encoding="ascii") as file:
        return int(file.read().split()[0])


def row(name, times, note=""):
    middle, worst = statistics.median(times), max(times)
    return Row(f"killed with -9, serves again: {name}", f"{middle:.2f} s, longest {worst:.2f} s", "", "",
               f"<= {TARGET_S} s", worst <= TARGET_S, note or f"{len(times)} times")


def kills(bench, rounds):
    count = bench.pick(5, 1)
    tried = {"auth": rounds.fresh_key, "model": rounds.chat, "rag": rounds.stores, "agent": rounds.respond,
             "postgres": rounds.stores}
    for name, serves in tried.items():
        times = []
        for _ in range(count):
            rounds.rest()
            times.append(rounds.seconds(rounds.pid(name), serves))
        bench.say(f"{name}: {', '.join(f'{each:.2f}' for each in times)} s")
        yield row(name, times)
    for name in ("gateway's master", "gateway's worker"):
        times = []
        for _ in range(count):
            rounds.rest()
            pid = rounds.pid("gateway")
            if name == "gateway's master":
                times.append(rounds.seconds(pid, lambda: rounds.gateway_serves(pid)))
            else:
                times.append(rounds.seconds(worker(pid), rounds.fresh_key))
        bench.say(f"{name}: {', '.join(f'{each:.2f}' for each in times)} s")
        yield row(name, times)


def engines(bench, rounds):
    tenant = bench.instance.tenant("bench-recovery-engines", mock=False)
    bodies = {"chat": {"model": "default", "max_tokens": 1, "messages": [{"role": "user", "content": "Hi"}]},
              "embed": {"model": "default", "input": "Hello."}}
    for name, body in bodies.items():
        rounds.rest()
        rounds.http = tenant.http
        took = rounds.seconds(rounds.pid(name), lambda: rounds.answers("POST", ENGINE[name], body))
        rounds.http = rounds.tenant.http
        load = until(lambda: bench.instance.process(name)["ready_ms"], 60, "its start") / 1000
        yield Row(f"killed with -9, serves again: {name} engine", f"{took:.2f} s", f"{load:.2f} s to load", "",
                  "as fast as it loads", None)


def revocation(bench, rounds):
    """The longest of the four services, from the end of the command."""
    times = []
    for _ in range(bench.pick(10, 2)):
        key = rounds.tenant.new_key()
        http = Http(bench.instance.address, key["key"])
        paths = [("GET", "/v1/models", None), ("GET", "/v1/files", None), ("GET", "/api/auth/me", None),
                 ("GET", "/v1/responses/resp_" + "0" * 32, None)]
        for method, path, body in paths:
            http.call(method, path, body)
        bench.instance.cli("key", "revoke", key["id"], "--tenant", rounds.tenant.id)
        begin = time.monotonic()
        for method, path, body in paths:
            until(lambda: http.call(method, path, body).status == 401, 30, f"{path} refused", pause=0.005)
        times.append(time.monotonic() - begin)
    return Row("a revoked key is refused everywhere", f"{statistics.median(times) * 1000:.0f} ms, longest "
               f"{max(times) * 1000:.0f} ms", "", "", f"<= {REVOKED_S} s", max(times) <= REVOKED_S)


def leaving(bench, rounds):
    """The mock looks after each token whether its client is there: it makes one every 10 ms."""
    times, mock = [], bench.instance.mock
    for _ in range(bench.pick(10, 2)):
        script = {"mode": "slow", "delay": 0.01, "text": "x " * 3000}
        connection, answer, events = rounds.http.stream("/v1/chat/completions", {
            "model": "default", "stream": True,
            "messages": [{"role": "user", "content": "Count. #mock " + json.dumps(script)}]})
        for _ in range(5):
            next(events)
        number = mock.sent[-1][0]
        answer.close()
        connection.close()
        begin = time.monotonic()
        until(lambda: number in mock.left, 30, "the upstream's socket closed", pause=0.002)
        times.append(time.monotonic() - begin)
    return Row("a client leaves: its upstream is let go", f"{statistics.median(times) * 1000:.0f} ms, longest "
               f"{max(times) * 1000:.0f} ms", "", "", f"<= {LEFT_S} s", max(times) <= LEFT_S)


def at_work(path):
    """How many slots the engine behind this socket computes with."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(10)
        link.connect(path)
        link.sendall(b"GET /slots HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b""
        while part := link.recv(65536):
            answer += part
    return sum(slot["is_processing"] for slot in json.loads(answer.partition(b"\r\n\r\n")[2]))


def leaving_engine(bench, rounds):
    path = os.path.join(bench.instance.run_dir, "chat/http.sock")
    http, times = bench.instance.tenant("bench-leaving", mock=False).http, []
    for _ in range(bench.pick(5, 2)):
        connection, answer, events = http.stream("/v1/chat/completions", {
            "model": "default", "stream": True, "max_tokens": 400, "temperature": 0,
            "messages": [{"role": "user", "content": "Tell a long story about a lighthouse."}]})
        for _ in range(5):
            next(events)
        if at_work(path) != 1:
            raise RuntimeError("the engine is not at work on the stream")
        answer.close()
        connection.close()
        begin = time.monotonic()
        until(lambda: at_work(path) == 0, 30, "the engine's slot idle", pause=0.005)
        times.append(time.monotonic() - begin)
    return Row("a client leaves: the engine's slot is idle", f"{statistics.median(times) * 1000:.0f} ms, longest "
               f"{max(times) * 1000:.0f} ms", "", "", f"<= {LEFT_S} s", max(times) <= LEFT_S)


def run(bench):
    rounds = Round(bench)
    yield from kills(bench, rounds)
    yield from engines(bench, rounds)
    yield revocation(bench, rounds)
    yield leaving(bench, rounds)
    yield leaving_engine(bench, rounds)
