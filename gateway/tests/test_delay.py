# SPDX-License-Identifier: Apache-2.0
"""Whoever is refused many times a minute waits a second for each further refusal, and holds up nobody meanwhile."""

import contextlib
import unittest
import uuid

from harness import Client, GatewayTest, until
from test_address import allow

DELAYED = "bulkhead_gateway_refusals_delayed_total"


class DelayTest(GatewayTest):
    """Four refusals a minute are answered at once."""

    def edit(text):
        return allow(text, refusals=(4, 0))

    def delayed(self):
        return self.gateway.metrics()[DELAYED]

    def client(self, source):
        client = Client(("127.0.0.1", self.gateway.port), source=source)
        self.addCleanup(client.close)
        return client

    def limited(self):
        """A credential of a tenant of its own that may ask once a minute."""
        name = "key-" + uuid.uuid4().hex
        self.gateway.auth.add(name, tenant=str(uuid.uuid4()), credential=str(uuid.uuid4()), limit_tenant_rpm=1)
        self.assertEqual(self.gateway.get("/v1/items", credential=name).status, 200)
        return name

    def took(self, reply):
        return self.gateway.audit(reply.headers["x-request-id"])[0]["duration_ms"]


class Delay(DelayTest):
    def test_a_tenant_s_refusals_are_held_back_and_another_s_are_not(self):
        one, two = self.limited(), self.limited()
        before = self.delayed()
        replies = [self.gateway.get("/v1/items", credential=one) for _ in range(5)]
        self.assertEqual([reply.status for reply in replies], [429] * 5)
        self.assertEqual(self.delayed() - before, 1)
        self.assertGreater(self.took(replies[4]), 900)
        self.assert_error(replies[4], 429, "rate_limit_exceeded")
        self.assertEqual(self.gateway.get("/v1/items", credential=two).status, 429)
        self.assertEqual(self.gateway.get("/v1/items", credential="good").status, 200)
        self.assertEqual(self.delayed() - before, 1)

    def test_whatever_is_refused_without_a_credential_counts(self):
        for n, (target, status) in enumerate((("/nowhere", 404), ("/v1/items", 401), ("/a//b", 400),
                                              ("/internal/exchange", 404))):
            with self.subTest(target):
                before = self.delayed()
                client = self.client(f"127.0.20.{n + 1}")
                replies = [client.request("GET", target) if status != 400 else
                           self.ask_anew(f"127.0.20.{n + 1}", target) for _ in range(5)]
                self.assertEqual([reply.status for reply in replies], [status] * 5)
                self.assertEqual(self.delayed() - before, 1)

    def ask_anew(self, source, target):
        with contextlib.closing(Client(("127.0.0.1", self.gateway.port), source=source)) as client:
            return client.request("GET", target)

    def test_a_kept_connection_goes_on_after_it(self):
        name = self.limited()
        client = self.client("127.0.20.9")
        for _ in range(5):
            self.assertEqual(client.request("GET", "/v1/items", {"Authorization": f"Bearer {name}"}).status, 429)
        self.assertEqual(client.request("GET", "/v1/items", {"Authorization": "Bearer good"}).status, 200)

    def test_a_body_that_comes_meanwhile_is_passed_over(self):
        name = self.limited()
        client = self.client("127.0.20.10")
        pairs = {"Authorization": f"Bearer {name}"}
        for _ in range(6):
            self.assertEqual(client.request("POST", "/v1/items", pairs, b"x" * 3000).status, 429)
        self.assertEqual(client.request("GET", "/v1/items", {"Authorization": "Bearer good"}).status, 200)

    def test_a_client_that_does_not_wait_leaves_nothing_behind(self):
        source = "127.0.20.11"
        for _ in range(4):
            self.ask_anew(source, "/nowhere")
        before = self.delayed()
        clients = [self.client(source) for _ in range(8)]
        for client in clients:
            client.send("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: self.delayed() - before == 8, what="eight that wait")
        for n, client in enumerate(clients):
            client.close(reset=n % 2 == 0)
        until(lambda: self.gateway.metrics()["bulkhead_gateway_requests_active"] == 0, what="none under way")

    def test_others_are_served_meanwhile(self):
        source = "127.0.20.12"
        for _ in range(4):
            self.ask_anew(source, "/nowhere")
        before = self.delayed()
        client = self.client(source)
        client.send("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: self.delayed() - before == 1, what="one that waits")
        self.assertEqual(self.gateway.get("/v1/items", credential="good").status, 200)
        self.assertEqual(client.reply().status, 404)


if __name__ == "__main__":
    unittest.main()
