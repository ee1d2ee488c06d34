# SPDX-License-Identifier: Apache-2.0
"""Connections: an address has so many, and those that only wait give way to requests with a credential."""

import contextlib
import os
import re
import resource
import signal
import unittest

from harness import Client, GatewayTest, until

HEAD = b"POST /api/auth/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n{"


def most(text, connections):
    return re.sub(r"bulkhead_by_address connections concurrency=\d+;",
                  f"bulkhead_by_address connections concurrency={connections};", text)


class ConnectionTest(GatewayTest):
    def connect(self, source, data=b""):
        client = Client(("127.0.0.1", self.gateway.port), source=source)
        self.addCleanup(client.close)
        if data:
            client.send(data)
        return client

    def ask(self, source):
        with contextlib.closing(Client(("127.0.0.1", self.gateway.port), source=source)) as client:
            return client.request("GET", "/v1/items", {"Authorization": "Bearer good", "Connection": "close"})


class OneAddress(ConnectionTest):
    def edit(text):
        return most(text, 10)

    def test_one_more_than_allowed_is_turned_away_and_room_comes_back(self):
        source = "127.0.4.1"
        clients = [self.connect(source) for _ in range(10)]
        for client in clients:
            self.assertEqual(client.request("GET", "/v1/items", {"Authorization": "Bearer good"}).status, 200)
        reply = self.ask(source)
        self.assertEqual(reply.status, 429)
        self.assertEqual(reply.error["code"], "connections_exceeded")
        self.assertEqual(sorted(reply.error), ["code", "message", "param", "type"])
        self.assertEqual((reply.headers["retry-after"], reply.headers["connection"]), ("1", "close"))
        self.assertEqual(self.ask("127.0.4.2").status, 200)
        self.assertGreater(self.gateway.metrics()["bulkhead_gateway_address_connections_limited_total"], 0)
        clients[0].close()
        until(lambda: self.ask(source).status == 200, what="a free connection")

    def test_a_killed_worker_gives_its_connections_back(self):
        source = "127.0.4.3"
        for _ in range(10):
            self.connect(source)
        until(lambda: self.ask(source).status == 429, what="the last connection counted")
        for pid in self.gateway.worker_pids():
            os.kill(pid, signal.SIGKILL)
        until(lambda: self.try_ask(source) == 200, what="a free connection")

    def try_ask(self, source):
        try:
            return self.ask(source).status
        except (OSError, EOFError):
            return None


class Proxy(ConnectionTest):
    def edit(text):
        return most(text, 3).replace("\tbulkhead_by_address signin", "\tbulkhead_trusted_proxy 127.0.9.0/24;\n"
                                     "\tbulkhead_by_address signin")

    def test_a_proxy_of_the_operator_s_has_as_many_as_it_needs(self):
        for _ in range(20):
            client = self.connect("127.0.9.1")
            self.assertEqual(client.request("GET", "/v1/items", {"Authorization": "Bearer good"}).status, 200)


FILES = 2048


def may_open_many():
    """Both ends of so many connections lie in this process's reach: an ordinary user's soft limit is too low."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard >= FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES if soft == resource.RLIM_INFINITY else max(soft, FILES), hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= FILES


@unittest.skipUnless(may_open_many(), f"this user may not open {FILES} files")
class Headroom(ConnectionTest):
    """One worker of 512 connections and more than twice as many that send slowly, of eight addresses."""

    def slow(self, data, n=1200):
        """n connections that stay open as long as the gateway lets them."""
        for at in range(n):
            with contextlib.suppress(ConnectionError):
                self.connect(f"127.0.5.{at % 8 + 1}", data)

    def assert_served(self):
        for n in range(50):
            self.assertEqual(self.ask(f"127.0.6.{n % 3 + 1}").status, 200)
        reply = self.sign_in()
        self.assertEqual(reply.status, 200, reply.body)

    def sign_in(self):
        with contextlib.closing(Client(("127.0.0.1", self.gateway.port), source="127.0.6.9")) as client:
            return client.request("POST", "/api/auth/sessions", {"Connection": "close"}, b"{}")

    def test_slow_bodies_without_a_credential_give_way(self):
        self.slow(HEAD)
        self.assert_served()
        self.assertGreater(self.gateway.metrics()["bulkhead_gateway_connections_closed_total"], 500)

    def test_slow_heads_give_way(self):
        self.slow(b"GET /v1/items HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        self.assert_served()

    def test_idle_connections_give_way(self):
        self.slow(b"")
        self.assert_served()

    def test_a_slow_upload_with_a_credential_stays(self):
        upload = self.connect("127.0.6.5", b"POST /v1/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\n"
                              b"Content-Length: 200000\r\n\r\n" + b"x" * 1000)
        until(lambda: self.gateway.metrics()["bulkhead_gateway_requests_active"] >= 1, what="the upload begun")
        self.slow(HEAD)
        upload.send(b"x" * 199000)
        self.assertEqual(upload.reply().status, 200)

    def test_slow_requests_of_a_known_credential_give_way_after_strangers(self):
        """A connection that had a credential is no better than others once that request is over."""
        clients = []
        for n in range(300):
            client = self.connect(f"127.0.5.{n % 8 + 1}")
            self.assertEqual(client.request("GET", "/v1/items", {"Authorization": "Bearer good"}).status, 200)
            client.send(b"GET /v1/items HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            clients.append(client)
        self.slow(HEAD, 400)
        self.assert_served()


class Deadline(ConnectionTest):
    def edit(text):
        return re.sub(r"bulkhead_body_rate \w+;", "bulkhead_body_rate 1000m;", text)

    def test_a_body_has_a_time_for_all_of_it(self):
        """Each byte comes well within the time between two reads, all of them never."""
        client = self.connect("127.0.7.1", HEAD)
        client.socket.settimeout(0.5)
        sent = 0

        def given_up():
            nonlocal sent
            try:
                client.send(b"x")
                sent += 1
                return client.socket.recv(1) == b""
            except TimeoutError:
                return False
            except OSError:
                return True

        until(given_up, seconds=25, what="the end of the body's time")
        self.assertGreater(sent, 5)


if __name__ == "__main__":
    unittest.main()
