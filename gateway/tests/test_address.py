# SPDX-License-Identifier: Apache-2.0
"""Before a credential is known: what one client address may do, and that another's requests do not notice."""

import contextlib
import re
import unittest

from harness import Client, GatewayTest, until

OTHERS = "127.0.0.2"  # another client address: all of 127/8 leads here


def allow(text, **classes):
    """The configuration with other limits for the named classes."""
    for name, (rate, concurrency) in classes.items():
        text, n = re.subn(rf"bulkhead_by_address {name} rate=\d+ concurrency=\d+;",
                          f"bulkhead_by_address {name} rate={rate} concurrency={concurrency};", text)
        assert n == 1, name
    return text


class AddressTest(GatewayTest):
    def ask(self, target, method="GET", credential=None, source="127.0.0.1", headers=(), body=None):
        pairs = list(headers) + [("Connection", "close")]
        if credential:
            pairs.append(("Authorization", "Bearer " + credential))
        with contextlib.closing(Client(("127.0.0.1", self.gateway.port), source=source)) as client:
            return client.request(method, target, pairs, body)

    def sign_in(self, **options):
        return self.ask("/api/auth/sessions", "POST", body=b"{}", **options)

    def assert_limited(self, reply, code, address):
        self.assert_error(reply, 429, code)
        self.assertIn(f"from the address {address}.", reply.error["message"])
        milliseconds = int(reply.headers["retry-after-ms"])
        self.assertTrue(0 < milliseconds <= 60000)
        self.assertEqual(int(reply.headers["retry-after"]), -(-milliseconds // 1000))


class SignIn(AddressTest):
    def edit(text):
        return allow(text, signin=(5, 2))

    def test_exactly_the_limit_of_an_address_passes(self):
        statuses = [self.sign_in(source="127.0.1.1").status for _ in range(5)]
        self.assertEqual(statuses, [200] * 5)
        before = len(self.gateway.auth.server.requests)
        refused = self.sign_in(source="127.0.1.1")
        self.assert_limited(refused, "rate_limit_exceeded", "127.0.1.1")
        self.assertEqual(len(self.gateway.auth.server.requests), before, "auth was bothered")
        # Neither another address nor anybody with a credential notices.
        self.assertEqual(self.sign_in(source=OTHERS).status, 200)
        self.assertEqual(self.ask("/v1/items", credential="good", source="127.0.1.1").status, 200)
        self.assertGreater(self.gateway.metrics()["bulkhead_gateway_address_signin_limited_total"], 0)

    def test_no_more_at_once_than_allowed(self):
        source = "127.0.1.2"
        self.gateway.auth.hold.clear()
        self.addCleanup(self.gateway.auth.hold.set)
        before = len(self.gateway.auth.server.requests)
        clients = []
        for _ in range(2):
            client = Client(("127.0.0.1", self.gateway.port), source=source)
            self.addCleanup(client.close)
            client.send("POST /api/auth/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
            clients.append(client)
        until(lambda: len(self.gateway.auth.server.requests) == before + 2, what="both at auth")
        self.assert_limited(self.sign_in(source=source), "concurrency_exceeded", source)
        self.gateway.auth.hold.set()
        self.assertEqual([client.reply().status for client in clients], [200, 200])
        until(lambda: self.sign_in(source=source).status == 200, what="a free place")

    def test_a_client_that_leaves_frees_its_place(self):
        source = "127.0.1.3"
        self.gateway.auth.hold.clear()
        self.addCleanup(self.gateway.auth.hold.set)
        before = len(self.gateway.auth.server.requests)
        for _ in range(2):
            client = Client(("127.0.0.1", self.gateway.port), source=source)
            client.send("POST /api/auth/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
            until(lambda: len(self.gateway.auth.server.requests) > before, what="one at auth")
            before = len(self.gateway.auth.server.requests)
            client.close(reset=True)
        self.gateway.auth.hold.set()
        until(lambda: self.sign_in(source=source).status == 200, what="a free place")


class Unknown(AddressTest):
    """Credentials that auth does not know, each another one."""

    def edit(text):
        return allow(text, unknown=(5, 2))

    def test_auth_is_asked_no_more_often_than_the_limit(self):
        asked = len(self.gateway.auth.asked())
        replies = [self.ask("/v1/items", credential=f"random-{n}", source="127.0.2.1") for n in range(20)]
        self.assertEqual([reply.status for reply in replies], [401] * 5 + [429] * 15)
        self.assert_limited(replies[-1], "rate_limit_exceeded", "127.0.2.1")
        self.assertEqual(len(self.gateway.auth.asked()) - asked, 5)

    def test_known_credentials_of_that_address_pass_on(self):
        source = "127.0.2.2"
        self.assertEqual(self.ask("/v1/items", credential="good", source=source).status, 200)
        for n in range(20):
            self.ask("/v1/items", credential=f"strange-{n}", source=source)
        self.assertEqual(self.ask("/v1/items", credential="good", source=source).status, 200)
        self.gateway.auth.add("fresh")
        self.assertEqual(self.ask("/v1/items", credential="fresh", source=OTHERS).status, 200)

    def test_good_credentials_cost_nothing(self):
        for n in range(30):
            self.gateway.auth.add(f"colleague-{n}")
            self.assertEqual(self.ask("/v1/items", credential=f"colleague-{n}", source="127.0.2.3").status, 200)

    def test_the_same_wrong_credential_is_put_to_auth_once(self):
        asked = len(self.gateway.auth.asked())
        statuses = {self.ask("/v1/items", credential="revoked", source="127.0.2.4").status for _ in range(30)}
        self.assertEqual(statuses, {401})
        self.assertEqual(len(self.gateway.auth.asked()) - asked, 1)

    def test_an_auth_that_does_not_answer_is_not_held_against_anybody(self):
        self.gateway.auth.broken = 500
        statuses = [self.ask("/v1/items", credential=f"early-{n}", source="127.0.2.5").status for n in range(10)]
        self.gateway.auth.broken = None
        self.assertEqual(statuses, [503] * 10)
        self.gateway.auth.add("early-0")
        self.assertEqual(self.ask("/v1/items", credential="early-0", source="127.0.2.5").status, 200)


class Anonymous(AddressTest):
    def edit(text):
        return allow(text, anonymous=(10, 2))

    def test_refusals_without_a_credential_are_limited_together(self):
        source = "127.0.3.1"
        targets = ["/nowhere", "/v1/items", "/.well-known/jwks.json"] * 5
        statuses = [self.ask(target, source=source).status for target in targets]
        self.assertEqual(statuses[:10], [404, 401, 200] * 3 + [404])
        self.assertEqual(set(statuses[10:]), {429})
        self.assertEqual(self.ask("/v1/items", credential="good", source=source).status, 200)
        self.assertEqual(self.ask("/nowhere", source=OTHERS).status, 404)

    def test_who_sends_too_many_loses_the_connection(self):
        with contextlib.closing(Client(("127.0.0.1", self.gateway.port), source="127.0.3.2")) as client:
            for _ in range(10):
                self.assertEqual(client.request("GET", "/nowhere").status, 404)
            self.assert_limited(client.request("GET", "/nowhere"), "rate_limit_exceeded", "127.0.3.2")
            with self.assertRaises((EOFError, ConnectionError)):
                client.request("GET", "/nowhere")


class Proxy(AddressTest):
    """127.0.9.0/24 and 10.0.0.0/8 are proxies of the operator's; 127.0.0.1 is not."""

    proxy = "127.0.9.1"

    def edit(text):
        return allow(text, signin=(2, 10)).replace(
            "\tbulkhead_by_address signin", "\tbulkhead_trusted_proxy 127.0.9.0/24;\n"
            "\tbulkhead_trusted_proxy 10.0.0.0/8;\n\tbulkhead_by_address signin")

    def through(self, *forwarded):
        return self.sign_in(source=self.proxy, headers=[("X-Forwarded-For", value) for value in forwarded])

    def client_of(self, reply):
        return self.gateway.audit(reply.headers["x-request-id"])[0]["client"]

    def test_clients_behind_a_proxy_are_told_apart(self):
        self.assertEqual([self.through("192.0.2.1").status for _ in range(3)], [200, 200, 429])
        reply = self.through("192.0.2.2")
        self.assertEqual((reply.status, self.client_of(reply)), (200, "192.0.2.2"))

    def test_auth_is_told_the_client_and_not_the_proxy(self):
        self.through("192.0.2.20")
        self.assertEqual(self.gateway.auth.server.requests[-1]["headers"]["x-bulkhead-client"], "192.0.2.20")

    def test_what_a_client_writes_itself_is_not_believed(self):
        reply = self.through("198.51.100.7, 192.0.2.3, 10.1.2.3")
        self.assertEqual(self.client_of(reply), "192.0.2.3")
        self.assertEqual(self.client_of(self.through("198.51.100.7", "192.0.2.4")), "192.0.2.4")
        self.assertEqual(self.client_of(self.through("no address")), self.proxy)
        reply = self.sign_in(source="127.0.8.1", headers=[("X-Forwarded-For", "192.0.2.5")])
        self.assertEqual(self.client_of(reply), "127.0.8.1")

    def test_an_ipv6_address_counts_with_its_range(self):
        self.assertEqual(self.through("2001:db8:1:2::1").status, 200)
        self.assertEqual(self.through("2001:db8:1:2:ffff::9").status, 200)
        reply = self.through("2001:db8:1:2::3")
        self.assert_limited(reply, "rate_limit_exceeded", "2001:db8:1:2::3")
        self.assertEqual(self.through("2001:db8:1:3::1").status, 200)

    def test_a_mapped_address_is_the_ipv4_one(self):
        self.assertEqual([self.through(value).status for value in ("192.0.2.9", "::ffff:192.0.2.9", "192.0.2.9")],
                         [200, 200, 429])


class ManyAddresses(AddressTest):
    """Strangers with more addresses than there is room for."""

    def edit(text):
        text = re.sub(r"bulkhead_zone 16m \w+;", "bulkhead_zone 16m 3072k;", text)
        return text.replace("\tbulkhead_by_address signin", "\tbulkhead_trusted_proxy 127.0.9.0/24;\n"
                            "\tbulkhead_by_address signin")

    def test_they_take_no_room_from_tenants(self):
        tenant = "bbbbbbbb-0000-4000-8000-00000000000b"
        self.gateway.auth.add("limited", tenant=tenant, limit_tenant_rpm=2)
        self.assertEqual(self.ask("/v1/items", credential="limited").status, 200)
        with contextlib.closing(Client(("127.0.0.1", self.gateway.port), source="127.0.9.1")) as client:
            for n in range(6000):
                reply = client.request("GET", "/.well-known/jwks.json",
                                       {"X-Forwarded-For": f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}"})
                self.assertEqual(reply.status, 200)
        self.assertEqual(self.gateway.metrics()["bulkhead_gateway_limits_full_total"], 0)
        # The tenant's count is still there, and a new tenant finds room.
        self.assertEqual(self.ask("/v1/items", credential="limited").status, 200)
        self.assertEqual(self.ask("/v1/items", credential="limited").status, 429)
        self.gateway.auth.add("newcomer", tenant="cccccccc-0000-4000-8000-00000000000c", limit_tenant_rpm=2)
        self.assertEqual(self.ask("/v1/items", credential="newcomer").status, 200)


if __name__ == "__main__":
    unittest.main()
