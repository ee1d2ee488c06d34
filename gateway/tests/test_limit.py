# SPDX-License-Identifier: Apache-2.0
"""How often: requests per minute and requests at once, by tenant and by key, exactly at their edges."""

import contextlib
import os
import re
import signal
import threading
import unittest
import uuid

from harness import GatewayTest, until


class LimitTest(GatewayTest):
    def credential(self, **limits):
        """A credential of a tenant of its own, so that no test meets another's buckets."""
        name = "key-" + uuid.uuid4().hex
        limits.setdefault("tenant", str(uuid.uuid4()))
        limits.setdefault("credential", str(uuid.uuid4()))
        self.gateway.auth.add(name, **limits)
        return name

    def hold(self, credential, n):
        """n requests that the service keeps; returns their connections."""
        clients = []
        before = len(self.gateway.service.seen())
        for _ in range(n):
            client = self.gateway.client()
            client.send(f"GET /v1/items?do=hold HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {credential}\r\n\r\n")
            clients.append(client)
        until(lambda: len(self.gateway.service.seen()) == before + n)
        return clients

    def assert_free(self, credential):
        until(lambda: self.gateway.get("/v1/items", credential=credential).status == 200, what="a free slot")


class Rate(LimitTest):
    def assert_limited(self, reply, whose, owner):
        self.assert_error(reply, 429, "rate_limit_exceeded")
        self.assertEqual(reply.error["type"], "rate_limit_error")
        self.assertIn(f"{whose} {owner}", reply.error["message"])
        milliseconds = int(reply.headers["retry-after-ms"])
        self.assertTrue(0 < milliseconds <= 60000)
        self.assertEqual(int(reply.headers["retry-after"]), -(-milliseconds // 1000))
        self.assertEqual(reply.headers["x-ratelimit-remaining-requests"], "0")

    def test_exactly_the_limit_passes_at_once(self):
        tenant = str(uuid.uuid4())
        credential = self.credential(limit_tenant_rpm=5, tenant=tenant)
        replies = [self.gateway.get("/v1/items", credential=credential) for _ in range(6)]
        self.assertEqual([reply.status for reply in replies], [200] * 5 + [429])
        self.assertEqual([reply.headers["x-ratelimit-remaining-requests"] for reply in replies], list("432100"))
        self.assertEqual({reply.headers["x-ratelimit-limit-requests"] for reply in replies}, {"5"})
        for reply in replies:
            self.assertRegex(reply.headers["x-ratelimit-reset-requests"], r"^(\d+m\d+s|\d+(\.\d+)?s|\d+ms)$")
        self.assert_limited(replies[5], "tenant", tenant)
        self.assertTrue(11000 < int(replies[5].headers["retry-after-ms"]) <= 12000)

    def test_a_limit_of_one(self):
        credential = self.credential(limit_tenant_rpm=1)
        self.assertEqual(self.gateway.get("/v1/items", credential=credential).status, 200)
        reply = self.gateway.get("/v1/items", credential=credential)
        self.assertEqual(reply.status, 429)
        # The official clients give up on waits of more than a minute.
        self.assertLessEqual(int(reply.headers["retry-after"]), 60)

    def test_no_limit_means_no_headers(self):
        credential = self.credential()
        for _ in range(30):
            reply = self.gateway.get("/v1/items", credential=credential)
            self.assertEqual(reply.status, 200)
        self.assertNotIn("x-ratelimit-limit-requests", reply.headers)

    def test_a_key_has_a_limit_of_its_own(self):
        tenant, key = str(uuid.uuid4()), str(uuid.uuid4())
        narrow = self.credential(tenant=tenant, credential=key, limit_tenant_rpm=10, limit_key_rpm=2)
        wide = self.credential(tenant=tenant, limit_tenant_rpm=10, limit_key_rpm=9)
        replies = [self.gateway.get("/v1/items", credential=narrow) for _ in range(3)]
        self.assertEqual([reply.status for reply in replies], [200, 200, 429])
        self.assert_limited(replies[2], "key", key)
        # The refused request consumed nothing of the tenant's: 10 - 2 are left.
        replies = [self.gateway.get("/v1/items", credential=wide) for _ in range(9)]
        self.assertEqual([reply.status for reply in replies], [200] * 8 + [429])
        self.assert_limited(replies[8], "tenant", tenant)

    def test_keys_that_a_key_made_share_its_limit(self):
        tenant, owner = str(uuid.uuid4()), str(uuid.uuid4())
        parent = self.credential(limit_key_rpm=4, tenant=tenant, credential=owner)
        children = [self.credential(limit_key_rpm=4, tenant=tenant, limit_owner=owner) for _ in range(3)]
        replies = [self.gateway.get("/v1/items", credential=name) for name in [parent] + children + [children[0]]]
        self.assertEqual([reply.status for reply in replies], [200] * 4 + [429])
        self.assert_limited(replies[4], "key", owner)
        other = self.credential(limit_key_rpm=4, tenant=tenant)
        self.assertEqual(self.gateway.get("/v1/items", credential=other).status, 200)

    def test_two_tenants_do_not_meet(self):
        one, two = self.credential(limit_tenant_rpm=1), self.credential(limit_tenant_rpm=1)
        self.assertEqual(self.gateway.get("/v1/items", credential=one).status, 200)
        self.assertEqual(self.gateway.get("/v1/items", credential=two).status, 200)
        self.assertEqual(self.gateway.get("/v1/items", credential=one).status, 429)

    def test_a_route_of_the_class_none_is_not_counted(self):
        credential = self.credential(limit_tenant_rpm=1)
        for _ in range(5):
            self.assertEqual(self.gateway.get("/v1/free", credential=credential).status, 200)
        self.assertEqual(self.gateway.get("/v1/items", credential=credential).status, 200)

    def test_a_request_refused_for_its_scope_costs_nothing(self):
        credential = self.credential(limit_tenant_rpm=1)
        for _ in range(3):
            self.assertEqual(self.gateway.get("/v1/items/a/parts", credential=credential).status, 403)
        self.assertEqual(self.gateway.get("/v1/items", credential=credential).status, 200)

    def test_time_gives_requests_back(self):
        credential = self.credential(limit_tenant_rpm=600)
        limited = None
        for _ in range(700):
            reply = self.gateway.get("/v1/items", credential=credential)
            if reply.status == 429:
                limited = reply
                break
        self.assertIsNotNone(limited)
        self.assertLessEqual(int(limited.headers["retry-after-ms"]), 100)
        self.assert_free(credential)

    def test_a_raised_limit_counts_from_the_next_exchange(self):
        tenant = str(uuid.uuid4())
        credential = self.credential(tenant=tenant, limit_tenant_rpm=1)
        self.gateway.get("/v1/items", credential=credential)
        self.assertEqual(self.gateway.get("/v1/items", credential=credential).status, 429)
        self.gateway.auth.add(credential, tenant=tenant, limit_tenant_rpm=0)
        self.gateway.forget("tenant", tenant)
        self.assertEqual(self.gateway.get("/v1/items", credential=credential).status, 200)

    def test_the_limit_survives_a_reload(self):
        credential = self.credential(limit_tenant_rpm=3)
        for _ in range(3):
            self.gateway.get("/v1/items", credential=credential)
        self.gateway.reload()
        self.assertEqual(self.gateway.get("/v1/items", credential=credential).status, 429)


class Workers(LimitTest):
    workers = 2

    def test_parallel_requests_over_two_workers_pass_exactly_the_limit(self):
        credential = self.credential(limit_tenant_rpm=20)
        self.gateway.get("/v1/free", credential=credential)
        statuses = []

        def run():
            statuses.append(self.gateway.get("/v1/items", credential=credential).status)

        threads = [threading.Thread(target=run) for _ in range(60)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((statuses.count(200), statuses.count(429)), (20, 40))


class Concurrency(LimitTest):
    def tearDown(self):
        self.gateway.service.release.set()

    def test_one_more_than_allowed_is_refused_and_room_comes_back(self):
        key = str(uuid.uuid4())
        credential = self.credential(credential=key, limit_key_concurrency=2, limit_tenant_rpm=50)
        clients = self.hold(credential, 2)
        reply = self.gateway.get("/v1/items", credential=credential)
        self.assert_error(reply, 429, "concurrency_exceeded")
        self.assertIn(f"key {key}", reply.error["message"])
        self.assertTrue(0 < int(reply.headers["retry-after-ms"]) <= 5000)
        self.gateway.service.release.set()
        for client in clients:
            self.assertEqual(client.reply().status, 200)
            client.close()
        reply = self.gateway.get("/v1/items", credential=credential)
        self.assertEqual(reply.status, 200)
        # The refused one was not charged: 50 - 2 - 1.
        self.assertEqual(reply.headers["x-ratelimit-remaining-requests"], "47")

    def test_one_at_a_time_on_many_connections_is_never_refused(self):
        credential = self.credential(limit_tenant_concurrency=1)
        for _ in range(200):
            self.assertEqual(self.gateway.get("/v1/items", credential=credential).status, 200)

    def test_a_client_that_leaves_frees_its_slot(self):
        credential = self.credential(limit_tenant_concurrency=2)
        for reset in (False, True):
            clients = self.hold(credential, 2)
            self.assertEqual(self.gateway.get("/v1/items", credential=credential).status, 429)
            for client in clients:
                client.close(reset=reset)
            self.assert_free(credential)

    def test_errors_and_timeouts_free_the_slot(self):
        credential = self.credential(limit_tenant_concurrency=1)
        for target, method in (("/v1/items?do=cut", "POST"), ("/v1/brief?do=hold", "POST"), ("/v1/items?do=half", "GET"),
                               ("/v1/absent", "GET"), ("/v1/items?do=status:500", "GET")):
            with self.subTest(target):
                with contextlib.suppress(EOFError):
                    self.gateway.get(target, method=method, body=b"x" if method == "POST" else None,
                                     credential=credential)
                self.assert_free(credential)

    def test_a_reload_neither_loses_nor_gives_slots(self):
        credential = self.credential(limit_tenant_concurrency=1)
        client = self.hold(credential, 1)[0]
        self.gateway.reload()
        self.assertEqual(self.gateway.get("/v1/items", credential=credential).status, 429)
        self.gateway.service.release.set()
        self.assertEqual(client.reply().status, 200)
        client.close()
        self.assert_free(credential)


class Killed(LimitTest):
    workers = 2

    def tearDown(self):
        self.gateway.service.release.set()

    def test_a_killed_worker_gives_its_slots_back(self):
        credential = self.credential(limit_tenant_concurrency=4)
        clients = self.hold(credential, 4)
        self.assertEqual(self.gateway.get("/v1/items", credential=credential).status, 429)
        victims = self.gateway.worker_pids()
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        until(lambda: len(now := self.gateway.worker_pids()) == 2 and not set(now) & set(victims))
        self.assert_free(credential)
        self.gateway.service.release.set()
        for client in clients:
            client.close()

    def test_audit_lines_of_a_killed_worker_are_written_by_another(self):
        ids = [self.gateway.get("/v1/items").headers["x-request-id"] for _ in range(20)]
        for pid in self.gateway.worker_pids():
            os.kill(pid, signal.SIGKILL)
        for request_id in ids:
            self.gateway.audit(request_id)


class Full(LimitTest):
    def edit(text):
        # Room for the fixed part and for some buckets only.
        return re.sub(r"bulkhead_zone 16m \w+;", "bulkhead_zone 16m 3072k;", text)

    def test_no_room_to_count_is_an_error_and_not_a_pass(self):
        refused = None
        for n in range(4000):
            reply = self.gateway.get("/v1/items", credential=self.credential(limit_tenant_rpm=1, limit_key_rpm=1))
            if reply.status != 200:
                refused = reply
                break
        self.assertIsNotNone(refused, "the zone never filled")
        self.assert_error(refused, 503, "service_unavailable")
        self.assertGreater(self.gateway.metrics()["bulkhead_gateway_limits_full_total"], 0)


class ManyKeys(LimitTest):
    def edit(text):
        return re.sub(r"bulkhead_zone 16m \w+;", "bulkhead_zone 16m 3072k;", text)

    def test_one_tenant_s_keys_take_an_eighth_of_the_room(self):
        tenant = str(uuid.uuid4())
        statuses = [self.gateway.get("/v1/items", credential=self.credential(tenant=tenant, limit_key_rpm=1)).status
                    for _ in range(400)]
        self.assertGreater(statuses.count(200), 100)
        self.assertEqual(set(statuses[-10:]), {429}, "the tenant's share never ended")
        reply = self.gateway.get("/v1/items", credential=self.credential(tenant=tenant, limit_key_rpm=1))
        self.assert_error(reply, 429, "rate_limit_exceeded")
        self.assertIn(tenant, reply.error["message"])
        for _ in range(50):
            credential = self.credential(limit_key_rpm=1, limit_tenant_rpm=1)
            self.assertEqual(self.gateway.get("/v1/items", credential=credential).status, 200)


if __name__ == "__main__":
    unittest.main()
