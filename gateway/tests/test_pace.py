# SPDX-License-Identifier: Apache-2.0
"""How fast a tenant's requests and large bodies may come: faster ones wait, and only a long wait is a refusal."""

import re
import unittest
import uuid

from harness import GatewayTest, until

MIB = 1 << 20


class PaceTest(GatewayTest):
    def tenant(self, **limits):
        name = "key-" + uuid.uuid4().hex
        self.gateway.auth.add(name, **{"tenant": str(uuid.uuid4()), "credential": str(uuid.uuid4())} | limits)
        return name

    def paced(self):
        return self.gateway.metrics()["bulkhead_gateway_requests_paced_total"]

    def crowd(self, credential, n=10):
        """So many requests at once; their statuses."""
        clients = [self.gateway.client() for _ in range(n)]
        for client in clients:
            self.addCleanup(client.close)
            client.send(f"GET /v1/items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {credential}\r\n\r\n")
        return [client.reply() for client in clients]


class Requests(PaceTest):
    """A tenant may send one request a second, and be a second ahead."""

    def edit(text):
        text, n = re.subn(r"bulkhead_tenant_rate \d+;", "bulkhead_tenant_rate 1;", text)
        assert n == 1
        return text

    def test_who_is_faster_waits(self):
        tenant, before = self.tenant(), self.paced()
        replies = [self.gateway.get("/v1/items", credential=tenant) for _ in range(4)]
        self.assertEqual([reply.status for reply in replies], [200] * 4)
        self.assertGreater(self.paced(), before)
        # It is no limit of the tenant's own.
        self.assertNotIn("x-ratelimit-limit-requests", replies[0].headers)

    def test_who_would_wait_for_long_is_refused(self):
        busy, other = self.tenant(), self.tenant()
        replies = self.crowd(busy)
        refused = [reply for reply in replies if reply.status == 429]
        self.assertIn(200, [reply.status for reply in replies])
        self.assert_error(refused[0], 429, "rate_limit_exceeded")
        self.assertIn("1 requests per second for tenant", refused[0].error["message"])
        self.assertTrue(0 < int(refused[0].headers["retry-after-ms"]) <= 2000)
        self.assertEqual(self.gateway.get("/v1/items", credential=other).status, 200)

    def test_a_higher_limit_of_the_tenant_s_own_counts_instead(self):
        tenant = self.tenant(limit_tenant_rpm=6000)
        self.assertEqual([reply.status for reply in self.crowd(tenant)], [200] * 10)

    def test_a_person_comes_in_while_a_key_is_refused(self):
        ids = {"tenant": str(uuid.uuid4())}
        key, person = self.tenant(**ids), self.tenant(**ids, credential_kind="session")
        clients = [self.gateway.client() for _ in range(6)]
        for client in clients:
            self.addCleanup(client.close)
            client.send(f"GET /v1/items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n")
        self.assertEqual(clients[-1].reply().status, 429)
        self.assertEqual(self.gateway.get("/v1/items", credential=person).status, 200)

    def test_a_client_that_leaves_while_it_waits_holds_nothing(self):
        tenant = self.tenant(limit_tenant_concurrency=3)
        for _ in range(8):
            client = self.gateway.client()
            client.send(f"GET /v1/items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {tenant}\r\n\r\n")
            client.close()
        until(lambda: self.gateway.get("/v1/items", credential=tenant).status == 200, what="a free slot")


class Bodies(PaceTest):
    """A tenant's bodies may come at 1 MiB a second, and be a second ahead."""

    def edit(text):
        text, n = re.subn(r" pace=\d+ ", " pace=1 ", text)
        assert n == 1
        return text

    def upload(self, credential, size):
        return self.gateway.get("/v1/upload", method="POST", body=b"x" * size, credential=credential)

    def test_the_next_body_waits(self):
        tenant, before = self.tenant(), self.paced()
        self.assertEqual([self.upload(tenant, 3 * MIB // 2).status for _ in range(2)], [200] * 2)
        self.assertEqual(self.upload(tenant, 70000).status, 200)
        self.assertGreater(self.paced(), before)

    def begin(self, credential, size):
        """A head; its body never comes."""
        client = self.gateway.client()
        self.addCleanup(client.close)
        client.send(f"POST /v1/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {credential}\r\n"
                    f"Content-Length: {size}\r\n\r\n")
        return client

    def under_way(self):
        return self.gateway.metrics()["bulkhead_gateway_bodies_bytes"]

    def test_who_would_wait_for_long_is_refused(self):
        tenant = self.tenant()
        # However large a body is, it costs eight seconds at most: the second waits, the third would for fifteen.
        for number in range(2):
            self.begin(tenant, 60 * MIB)
            until(lambda: self.under_way() == (number + 1) * 60 * MIB, what="the body counted")
        reply = self.begin(tenant, MIB).reply()
        self.assert_error(reply, 429, "bodies_exceeded")
        self.assertIn("bodies of 1 MiB per second", reply.error["message"])
        self.assertTrue(10 <= int(reply.headers["retry-after"]) <= 15)
        # Small ones and requests without a body are not concerned, nor is anybody else.
        self.assertEqual(self.upload(tenant, 65536).status, 200)
        self.assertEqual(self.gateway.get("/v1/items", credential=tenant).status, 200)
        self.assertEqual(self.upload(self.tenant(), MIB).status, 200)

    def test_what_did_not_come_costs_nothing(self):
        tenant = self.tenant()
        client = self.begin(tenant, 60 * MIB)
        until(lambda: self.under_way() == 60 * MIB, what="the body counted")
        client.close()
        until(lambda: self.under_way() == 0, what="the end of the request")
        before = self.paced()
        self.assertEqual(self.upload(tenant, MIB).status, 200)
        self.assertEqual(self.paced(), before)

    def test_a_body_of_no_length_costs_what_came_while_it_is_answered(self):
        tenant, client, before = self.tenant(), self.gateway.client(), self.paced()
        self.addCleanup(client.close)
        self.addCleanup(self.gateway.service.release.clear)
        client.send(f"POST /v1/upload?do=hold HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {tenant}\r\n"
                    f"Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n")
        until(lambda: any("do=hold" in request["target"] for request in self.gateway.service.seen()),
              what="the request at the service")
        self.assertEqual(self.upload(tenant, MIB).status, 200)
        self.assertEqual(self.paced(), before)
        self.gateway.service.release.set()
        self.assertEqual(client.reply().status, 200)


if __name__ == "__main__":
    unittest.main()
