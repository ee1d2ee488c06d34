# SPDX-License-Identifier: Apache-2.0
"""An HTTP front before an S3 store that passes requests on, and misbehaves when it is told to.

A fault is set for the requests it is about, by `front.fault = fault(…)`, and seen from outside by
`front.faults`, the number of requests it met.
"""
import contextlib
import http.client
import re
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "server"}
WHOLE_ROLE = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>{AccessKeyId}</AccessKeyId><SecretAccessKey>{SecretAccessKey}</SecretAccessKey>
<SessionToken>{SessionToken}</SessionToken><Expiration>{Expiration:%Y-%m-%dT%H:%M:%SZ}</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>"""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def serve(self):
        front = self.server.front
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        front.seen.append((self.command, self.path))
        if self.path == "/" and self.command == "POST" and front.whole_role:
            return self.answer(200, {"content-type": "text/xml"}, front.assume_whole())
        fault = front.fault
        if fault is not None and fault.wants(self.command, self.path):
            fault.met += 1
            return fault.act(self, body)
        status, headers, answer = self.forward(body)
        if self.path == "/" and status == 200:
            front.note_session(body, answer)
        return self.answer(status, headers, answer)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = serve

    def forward(self, body):
        """What the store answers. The Host header stays: it is signed."""
        link = http.client.HTTPConnection("127.0.0.1", self.server.front.port_behind, timeout=60)
        with contextlib.closing(link):
            link.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() != "connection":
                    link.putheader(name, value)
            link.endheaders(body)
            answer = link.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    def answer(self, status, headers, body, length=None):
        """`length`: what the head says instead of the truth."""
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in HOP:
                self.send_header(name, value)
        if self.command == "HEAD":
            length = next((value for name, value in headers.items() if name.lower() == "content-length"), 0)
        if status != 204:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        with contextlib.suppress(OSError):
            if self.command != "HEAD":
                self.wfile.write(body)
                self.wfile.flush()

    def hang_up(self):
        self.close_connection = True


class Fault:
    """`act(handler, body)` for requests of this method whose path matches; at most `times` of them."""

    def __init__(self, method, act, pattern=r"/[0-9a-f]{32}/", times=None):
        self.method, self.act, self.pattern, self.times, self.met = method, act, pattern, times, 0

    def wants(self, method, path):
        return method == self.method and re.search(self.pattern, path) and (self.times is None or self.met < self.times)


def refuses(status, code):
    """Answers with an error of S3."""
    def act(handler, _):
        text = f"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>told to</Message></Error>"
        handler.answer(status, {"content-type": "application/xml"}, text.encode())
    return act


def hangs(front):
    """Answers nothing until the front is let go."""
    def act(handler, _):
        front.released.wait(60)
        handler.hang_up()
    return act


def drops(handler, _):
    handler.hang_up()


def swallows(handler, _):
    """Says that it has stored what it has thrown away."""
    handler.answer(200, {"etag": '"d41d8cd98f00b204e9800998ecf8427e"'}, b"")


def changed(change):
    """Passes the request on, and answers with what `change(body)` makes of the answer: a body, and the length
    that the head says."""
    def act(handler, body):
        status, headers, answer = handler.forward(body)
        answer, length = change(answer)
        handler.answer(status, headers, answer, length)
        if length is not None and length != len(answer):
            handler.hang_up()
    return act


def drips(pause_s):
    """Passes the request on, and answers a byte at a time until the other side has had enough."""
    def act(handler, body):
        status, headers, answer = handler.forward(body)
        handler.answer(status, headers, answer[:1], len(answer))
        try:
            for at in range(1, len(answer)):
                if handler.server.front.released.wait(pause_s):
                    break
                handler.wfile.write(answer[at:at + 1])
        except OSError:
            handler.server.front.left.set()
        handler.hang_up()
    return act


def half_arrives(handler, body):
    """Only half of the request's body reaches the store; then both sides are cut."""
    link = http.client.HTTPConnection("127.0.0.1", handler.server.front.port_behind, timeout=10)
    with contextlib.closing(link):
        link.putrequest(handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
        for name, value in handler.headers.items():
            link.putheader(name, value)
        link.endheaders(body[:len(body) // 2])
    handler.hang_up()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that hangs up is none."""


class Front:
    def __init__(self, store):
        self.store, self.port_behind = store, store.port
        self.fault, self.whole_role = None, False
        self.sessions = {}     # what STS gave, by the name of the session: a tenant's id
        self.seen = []
        self.released = threading.Event()
        self.left = threading.Event()     # a client of a dripping answer has gone
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.front = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    @contextlib.contextmanager
    def failing(self, method, act, **more):
        """The fault is there until the block is left."""
        self.released.clear()
        self.fault = Fault(method, act, **more)
        try:
            yield self.fault
        finally:
            self.fault = None
            self.released.set()

    def assume_whole(self):
        return WHOLE_ROLE.format(**self.store.session()).encode()

    def note_session(self, form, answer):
        name = urllib.parse.parse_qs(form.decode())["RoleSessionName"][0]
        found = dict(re.findall(r"<(AccessKeyId|SecretAccessKey|SessionToken)>([^<]+)<", answer.decode()))
        if len(found) == 3:
            self.sessions[name] = (found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
