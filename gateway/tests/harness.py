# SPDX-License-Identifier: Apache-2.0
"""A real nginx with the module and a generated configuration, in front of a scripted auth and a scripted service.

BULKHEAD_NGINX_MODULE names the module, BULKHEAD_PRINT_CONF the program that prints the configuration (both are
looked for in the checkout's build folder otherwise), BULKHEAD_NGINX another nginx.
"""

import contextlib
import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/lib"))

from ports import free_port  # noqa: E402

MODULE = os.environ.get("BULKHEAD_NGINX_MODULE", os.path.join(ROOT, "build/gateway/ngx_http_bulkhead_module.so"))
PRINT_CONF = os.environ.get("BULKHEAD_PRINT_CONF", os.path.join(ROOT, "build/gateway/print_conf"))
NGINX = os.environ.get("BULKHEAD_NGINX") or shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")

TENANT = "aaaaaaaa-0000-4000-8000-00000000000a"
KEY = "aaaaaaaa-0000-4000-8000-0000000000ce"
SUBJECT = "aaaaaaaa-0000-4000-8000-00000000005b"


def until(condition, seconds=5.0, what="condition"):
    """Waits for something observable; fails loudly when it does not come."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come true within {seconds} s")
        time.sleep(0.01)


class Reply:
    """One HTTP response as it was read from the socket."""

    def __init__(self, head, body):
        lines = head.split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.pairs = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:] if line]
        self.headers = {name.lower(): value for name, value in self.pairs}
        self.body = body

    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        return self.json()["error"]


class Client:
    """One connection, driven by hand, so that malformed and half requests can be sent."""

    def __init__(self, address, timeout=10, source=None):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        try:
            if source:
                self.socket.bind((source, 0))
            self.socket.connect(address)
        except OSError:
            self.socket.close()
            raise
        self.buffer = b""

    def close(self, reset=False):
        if reset:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError("connection closed")
        self.buffer += data

    def _until(self, mark):
        while mark not in self.buffer:
            self._more()
        part, self.buffer = self.buffer.split(mark, 1)
        return part

    def _exactly(self, n):
        while len(self.buffer) < n:
            self._more()
        part, self.buffer = self.buffer[:n], self.buffer[n:]
        return part

    def head(self):
        return self._until(b"\r\n\r\n").decode("latin-1")

    def chunk(self):
        """The next chunk of a chunked answer; b"" at its end."""
        size = int(self._until(b"\r\n"), 16)
        data = self._exactly(size)
        self._until(b"\r\n")
        return data

    def reply(self, method="GET"):
        reply = Reply(self.head(), b"")
        if method == "HEAD" or reply.status in (204, 304):
            return reply
        if reply.headers.get("transfer-encoding") == "chunked":
            while part := self.chunk():
                reply.body += part
        elif "content-length" in reply.headers:
            reply.body = self._exactly(int(reply.headers["content-length"]))
        else:
            with contextlib.suppress(EOFError):
                while True:
                    self._more()
            reply.body = self.buffer
        return reply

    def request(self, method, target, headers=(), body=None):
        lines = [f"{method} {target} HTTP/1.1", "Host: gateway"]
        lines += [f"{name}: {value}" for name, value in (headers.items() if isinstance(headers, dict) else headers)]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b""))
        return self.reply(method)


class Server:
    """A small HTTP/1.1 server on a Unix socket; `handle` gets each request and its connection."""

    def __init__(self, path, handle):
        self.path, self.handle = path, handle
        self.lock = threading.Lock()
        self.requests, self.connections, self.open = [], 0, set()
        self.head = None  # called with the target when a head is there, before its body is read
        self.listener = None
        self.start()

    def start(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        os.chmod(self.path, 0o666)
        self.listener.listen(128)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def stop(self):
        """Down as a killed service is: nothing listens, nothing is kept open."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            for connection in list(self.open):
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()
            self.open.clear()

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                self.open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        buffer = b""
        try:
            while True:
                while b"\r\n\r\n" not in buffer:
                    data = connection.recv(65536)
                    if not data:
                        return
                    buffer += data
                head, buffer = buffer.split(b"\r\n\r\n", 1)
                lines = head.decode("latin-1").split("\r\n")
                method, target, _ = lines[0].split(" ")
                pairs = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
                headers = {name.lower(): value for name, value in pairs}
                length = int(headers.get("content-length", 0))
                if self.head and self.head(target, connection) == "close":
                    return
                while len(buffer) < length:
                    data = connection.recv(65536)
                    if not data:
                        return
                    buffer += data
                request = {"method": method, "target": target, "headers": headers, "pairs": pairs,
                           "body": buffer[:length]}
                buffer = buffer[length:]
                with self.lock:
                    self.requests.append(request)
                if self.handle(request, connection) == "close":
                    return
        except (OSError, EOFError):
            return
        finally:
            with self.lock:
                self.open.discard(connection)
            connection.close()


def answer(connection, status, headers=(), body=b"", method="GET"):
    lines = [f"HTTP/1.1 {status} X"] + [f"{name}: {value}" for name, value in headers]
    lines.append(f"Content-Length: {len(body)}")
    connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if method == "HEAD" else body))


class Auth:
    """Answers exchanges from a table: credential → settings of the identity, or a refusal."""

    def __init__(self, path):
        self.known = {}
        self.delay = 0.0
        self.broken = None
        self.hold = threading.Event()  # while it is clear, requests of public routes wait
        self.hold.set()
        self.server = Server(path, self.handle)

    def add(self, name, /, **settings):
        self.known[name] = settings

    def asked(self):
        return [r for r in self.server.requests if r["target"] == "/internal/exchange"]

    def handle(self, request, connection):
        if request["target"] != "/internal/exchange":
            self.hold.wait(30)
            answer(connection, 200, [("Content-Type", "application/json"), ("Set-Cookie", "bulkhead=of-auth; HttpOnly")],
                   b'{"from":"auth"}')
            return None
        time.sleep(self.delay)
        if self.broken:
            answer(connection, self.broken)
            return None
        credential = request["headers"].get("authorization", "").removeprefix("Bearer ")
        settings = self.known.get(credential)
        if settings is None or "refuse" in settings:
            status = 401 if settings is None else settings["refuse"]
            body = json.dumps({"error": {"message": "From auth.", "type": "t", "param": None, "code": "from_auth"}})
            headers = [("x-bulkhead-ttl", (settings or {}).get("ttl", 30))]
            if settings and "tenant" in settings:
                headers.append(("x-bulkhead-tenant", settings["tenant"]))
            answer(connection, status, headers, body.encode())
            return None
        values = {
            "token": "token-of-" + credential, "tenant": TENANT, "subject": SUBJECT, "credential": KEY,
            "credential-kind": "key", "scope": "items:read items:write", "plan": "default", "role": "member",
            "expires": int(time.time()) + 600, "ttl": 60, "limit-tenant-rpm": 0, "limit-tenant-concurrency": 0,
            "limit-key-rpm": 0, "limit-key-concurrency": 0,
        }
        values.update({name.replace("_", "-"): value for name, value in settings.items()})
        answer(connection, 200, [(f"x-bulkhead-{name}", value) for name, value in values.items() if value is not None])
        return None


class Service:
    """Does what the query's `do` says, so that each test scripts its own service."""

    def __init__(self, path):
        self.gone = threading.Event()
        self.release = threading.Event()
        self.server = Server(path, self.handle)

    def seen(self):
        return self.server.requests

    def handle(self, request, connection):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(request["target"]).query)
        do, _, detail = query.get("do", ["echo"])[0].partition(":")
        return getattr(self, "do_" + do)(request, connection, detail)

    def do_echo(self, request, connection, detail):
        body = json.dumps({"method": request["method"], "target": request["target"],
                           "bytes": len(request["body"])}).encode()
        answer(connection, 200, [("Content-Type", "application/json"), ("X-Request-Id", "spoofed-by-service"),
                                 ("X-Bulkhead-Secret", "internal"), ("Server", "service/1")], body, request["method"])

    def do_cookie(self, request, connection, detail):
        answer(connection, 200, [("Set-Cookie", "bulkhead=of-the-service"), ("set-cookie", "other=1")], b"{}")

    def do_status(self, request, connection, detail):
        answer(connection, int(detail), [("Content-Type", "application/json")], b'{"error":{"code":"of_service"}}')

    def do_hold(self, request, connection, detail):
        """Answers when released, and notices a gateway that gives up."""
        connection.settimeout(0.02)
        while not self.release.is_set():
            try:
                if connection.recv(1) == b"":
                    self.gone.set()
                    return "close"
            except TimeoutError:
                continue
        connection.settimeout(None)
        return self.do_echo(request, connection, detail)

    def do_cut(self, request, connection, detail):
        return "close"

    def do_half(self, request, connection, detail):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        return "close"

    def do_stream(self, request, connection, detail):
        """One event each time `release` is set; the test is the metronome."""
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for n in range(int(detail or 3)):
            while not self.release.wait(0.02):
                connection.setblocking(False)
                try:
                    if connection.recv(1) == b"":
                        self.gone.set()
                        return "close"
                except BlockingIOError:
                    pass
                finally:
                    connection.setblocking(True)
            self.release.clear()
            event = f"data: {{\"n\":{n}}}\n\n".encode()
            connection.sendall(b"%x\r\n%s\r\n" % (len(event), event))
        connection.sendall(b"0\r\n\r\n")
        return None


class Gateway:
    def __init__(self, workers=1, edit=None, page=False):
        self.dir = tempfile.mkdtemp(prefix="bhgw-")
        os.chmod(self.dir, 0o755)
        self.port = free_port()
        for name in ("run/auth", "run/rag", "run/gateway", "temp", "log", "page"):
            os.makedirs(self.path(name))
        self.auth = Auth(self.path("run/auth/http.sock"))
        self.service = Service(self.path("run/rag/http.sock"))
        self.workers, self.edit, self.page = workers, edit, page
        self.write_conf()
        checked = subprocess.run(self.command("-t"), capture_output=True, text=True)
        if checked.returncode != 0:
            raise AssertionError(checked.stderr)
        self.nginx = subprocess.Popen(self.command(), stderr=subprocess.DEVNULL)
        until(self.ready, what="nginx's readiness")

    def path(self, name):
        return os.path.join(self.dir, name)

    def write_conf(self):
        arguments = [PRINT_CONF, f"127.0.0.1:{self.port}", MODULE, self.path("run"), self.path("temp"),
                     self.path("log"), str(self.workers)] + ([self.path("page")] if self.page else [])
        text = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
        with open(self.path("nginx.conf"), "w") as file:
            file.write(self.edit(text) if self.edit else text)

    def command(self, *more):
        return [NGINX, "-p", self.dir, "-e", self.path("log/start.log"), "-c", self.path("nginx.conf"), *more]

    def ready(self):
        try:
            return self.private("GET", "/healthz").status == 200
        except OSError:
            return False

    def close(self):
        self.service.release.set()
        self.nginx.send_signal(signal.SIGTERM)
        try:
            self.nginx.wait(10)
        except subprocess.TimeoutExpired:
            self.nginx.kill()
            self.nginx.wait()
        self.auth.server.stop()
        self.service.server.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def client(self):
        return Client(("127.0.0.1", self.port))

    def private(self, method, target):
        with contextlib.closing(Client(self.path("run/gateway/http.sock"))) as client:
            return client.request(method, target, {"Connection": "close"})

    def reload(self):
        """Reloads and waits until only new workers take connections."""
        old = self.worker_pids()
        self.nginx.send_signal(signal.SIGHUP)
        until(lambda: len(now := self.worker_pids()) == self.workers and not set(now) & set(old), what="the reload")

    def get(self, target, headers=(), method="GET", body=None, credential="good"):
        pairs = list(headers.items() if isinstance(headers, dict) else headers) + [("Connection", "close")]
        if credential:
            pairs.append(("Authorization", "Bearer " + credential))
        with contextlib.closing(self.client()) as client:
            return client.request(method, target, pairs, body)

    def raw(self, data):
        with contextlib.closing(self.client()) as client:
            client.send(data)
            return client.reply()

    def forget(self, kind, identity, tenant=None):
        return self.private("POST", f"/internal/forget?kind={kind}&id={identity}" +
                            (f"&tenant={tenant}" if tenant else ""))

    def worker_pids(self):
        """Workers that serve, not those that only finish what they have."""
        found = []
        for path in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(path) as file:
                    pid, rest = int(path.split("/")[2]), file.read().rsplit(")", 1)[1].split()
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    title = file.read()
            except OSError:
                continue
            if int(rest[1]) == self.nginx.pid and rest[0] != "Z" and b"worker process" in title \
                    and b"shutting down" not in title:
                found.append(pid)
        return sorted(found)

    def audit(self, request_id=None, n=1):
        """Audit lines, waited for: they are written in blocks."""
        def read():
            lines = self.audit_lines("audit-gateway") + self.audit_lines("audit-anonymous")
            lines = [line for line in lines if request_id in (None, line["request_id"])]
            return lines if len(lines) >= n else None
        return until(read, what="the audit line")

    def audit_lines(self, name):
        """What is in one of the two files by now."""
        with open(self.path(f"log/{name}.jsonl")) as file:
            return [json.loads(line) for line in file.read().splitlines()]

    def metrics(self):
        text = self.private("GET", "/metrics").body.decode()
        found = {}
        for line in text.splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                found[name] = float(value)
        return found

    def error_log(self):
        with open(self.path("log/gateway.log")) as file:
            return file.read()


class GatewayTest(unittest.TestCase):
    """A gateway of its own for each class of tests, with one good credential."""

    workers = 1
    page = False
    edit = None
    expected = "exited on signal 9"  # alerts that a class brings about on purpose

    @classmethod
    def setUpClass(cls):
        if not os.path.exists(MODULE) or not os.path.exists(PRINT_CONF) or not NGINX:
            raise unittest.SkipTest("needs nginx, the module and print_conf: build them first")
        cls.gateway = Gateway(cls.workers, cls.edit, cls.page)
        cls.gateway.auth.add("good")

    @classmethod
    def tearDownClass(cls):
        log = cls.gateway.error_log()
        cls.gateway.close()
        bad = [line for line in log.splitlines() if re.search(r"\[(alert|emerg)\]", line) and cls.expected not in line]
        assert not bad, bad

    def setUp(self):
        self.gateway.service.release.clear()
        self.gateway.service.gone.clear()

    def assert_error(self, reply, status, code):
        self.assertEqual(reply.status, status, reply.body)
        self.assertEqual(reply.headers["content-type"], "application/json")
        self.assertEqual(sorted(reply.error), ["code", "message", "param", "type"])
        self.assertEqual(reply.error["code"], code)
        self.assertTrue(reply.error["message"])
        self.assertRegex(reply.headers["x-request-id"], r"^[0-9a-f]{32}$")
        self.assertNotIn("server", reply.headers)
