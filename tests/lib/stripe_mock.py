# SPDX-License-Identifier: Apache-2.0
"""The platform's mock of Stripe as tests use it: its port, the official client, and who receives its webhooks."""
import http.server
import json
import os
import socket
import socketserver
import subprocess
import threading
import urllib.parse

import requests
import stripe
from instance import until
from ports import free_port

import wire


class Recording(stripe.RequestsClient):
    """The official client's own transport; every answer is kept for a check of its shape."""

    def __init__(self, checker):
        super().__init__(timeout=30)
        self.checker = checker
        self.answers = 0
        self.headers = {}

    def request(self, method, url, headers, post_data=None):
        body, status, answered = super().request(method, url, headers, post_data)
        self.headers = answered
        if self.checker is not None and status == 200:
            self.answers += 1
            self.checker.check(json.loads(body))
        return body, status, answered


class Mock:
    """`bulkhead stripe-mock listen` beside a platform. Use as a context manager."""

    def __init__(self, instance):
        self.instance = instance
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process = None
        state = self.state()
        self.key, self.hook_secret = state["secret_key"], state["webhook_secret"]

    def state(self):
        return self.instance.cli("stripe-mock")

    def __enter__(self):
        self._process = subprocess.Popen([self.instance.program, "stripe-mock", "listen", "--port", str(self.port)],
                                         env=self.instance.environment, stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline()
        assert self.url in line, line
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()

    def client(self, checker=None, retries=0, key=None):
        transport = Recording(checker)
        client = stripe.StripeClient(key or self.key, base_addresses={"api": self.url, "meter_events": self.url},
                                     max_network_retries=retries, http_client=transport)
        client.transport = transport
        return client

    def call(self, method, path, form=None, key=None, **headers):
        """Plain HTTP: nested names are written as they are sent."""
        return requests.request(method, self.url + path, data=form, timeout=30, allow_redirects=False,
                                headers={"authorization": f"Bearer {key or self.key}",
                                         **{name.replace("_", "-"): value for name, value in headers.items()}})

    def faults(self, **faults):
        reply = self.call("POST", "/v1/mock/faults", {name.replace("__", "[") + ("]" if "__" in name else ""): value
                                                      for name, value in faults.items()})
        assert reply.status_code == 200, reply.text
        return reply.json()

    def faults_now(self):
        reply = self.call("GET", "/v1/mock/faults")
        assert reply.status_code == 200, reply.text
        return reply.json()

    def page(self, url, form=None, **headers):
        """A page of the mock through the gateway: status, headers, text."""
        path = urllib.parse.urlsplit(url).path
        http = wire.Http(self.instance.address, None)
        if form is None:
            return http.call("GET", path, headers=headers)
        return http.call("POST", path, urllib.parse.urlencode(form).encode(), headers=headers,
                         content_type="application/x-www-form-urlencoded")


class UnixServer(http.server.ThreadingHTTPServer):
    """The same on a socket of this machine."""

    address_family = socket.AF_UNIX

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", 0


class Hooks:
    """Receives webhooks on a port of its own, or on a socket; `fail` is how many of the next it answers with 500."""

    def __init__(self, path=None):
        self.received, self.fail = [], 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.received.append((body, dict(self.headers)))
                failing, outer.fail = outer.fail > 0, max(0, outer.fail - 1)
                self.send_response(500 if failing else 200)
                self.send_header("content-length", "0")
                self.end_headers()

            def address_string(self):
                return "client"

            def log_message(self, *_):
                pass

        if path is not None:
            self.server = UnixServer(path, Handler)
            os.chmod(path, 0o777)
            self.url = f"unix:{path}:/hooks"
        else:
            self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hooks"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def events(self, kind=None):
        found = [json.loads(body) for body, _ in list(self.received)]
        return [event for event in found if kind is None or event["type"] == kind]

    def wait(self, kind, count=1, seconds=15):
        return until(lambda: (lambda found: found if len(found) >= count else None)(self.events(kind)), seconds,
                     f"{count} webhooks of {kind}")
