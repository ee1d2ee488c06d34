# SPDX-License-Identifier: Apache-2.0
"""Who asks: the credential, the cache of what auth said, and what happens while auth is away."""

import contextlib
import threading
import time
import unittest

from harness import KEY, SUBJECT, TENANT, GatewayTest, until

OTHER = "bbbbbbbb-0000-4000-8000-00000000000b"


def together(n, call):
    """Runs `call` n times at once and returns the results."""
    results = [None] * n
    barrier = threading.Barrier(n)

    def run(i):
        barrier.wait()
        results[i] = call()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class Refused(GatewayTest):
    def test_a_missing_credential_is_401_with_a_challenge(self):
        reply = self.gateway.get("/v1/items", credential=None)
        self.assert_error(reply, 401, "invalid_api_key")
        self.assertEqual(reply.headers["www-authenticate"], 'Bearer realm="bulkhead"')

    def test_a_malformed_credential_never_reaches_auth(self):
        before = len(self.gateway.auth.asked())
        for value in ("Bearer", "Bearer ", "Basic Z29vZA==", "good", "Bearer a b", "Bearer a,b", "Bearer " + "x" * 8193,
                      "Bearer caf\u00e9", "Bearer \"x\""):
            with self.subTest(value[:20]):
                reply = self.gateway.get("/v1/items", {"Authorization": value}, credential=None)
                self.assert_error(reply, 401, "invalid_api_key")
                self.assertIn("invalid_token", reply.headers["www-authenticate"])
        self.assertEqual(len(self.gateway.auth.asked()), before)

    def test_the_longest_credential_is_looked_up(self):
        self.gateway.auth.add("y" * 8192, token="short")
        self.assertEqual(self.gateway.get("/v1/items", credential="y" * 8192).status, 200)

    def test_auth_is_asked_for_what_was_hashed_whatever_blanks_stand_before_it(self):
        for n, prefix in enumerate(("Bearer ", "Bearer  ", "bearer    ", "BEARER ")):
            with self.subTest(prefix):
                name = f"blanks-{n}"
                self.gateway.auth.add(name)
                before = len(self.gateway.auth.asked())
                for first in (prefix, "Bearer "):
                    reply = self.gateway.get("/v1/items", {"Authorization": first + name}, credential=None)
                    self.assertEqual(reply.status, 200)
                asked = self.gateway.auth.asked()[before:]
                self.assertEqual([each["headers"]["authorization"] for each in asked], ["Bearer " + name])

    def test_two_credentials_are_refused(self):
        reply = self.gateway.get("/v1/items", {"Authorization": "Bearer other"})
        self.assert_error(reply, 400, "invalid_request")

    def test_an_unknown_credential_is_asked_once_and_remembered(self):
        before = len(self.gateway.auth.asked())
        for _ in range(5):
            reply = self.gateway.get("/v1/items", credential="unknown-1")
            self.assert_error(reply, 401, "from_auth")
            self.assertIn("www-authenticate", reply.headers)
        self.assertEqual(len(self.gateway.auth.asked()) - before, 1)

    def test_a_suspended_tenant_is_403_as_auth_says_it(self):
        self.gateway.auth.add("suspended", refuse=403)
        for _ in range(3):
            self.assert_error(self.gateway.get("/v1/items", credential="suspended"), 403, "from_auth")

    def test_a_refusal_without_a_lifetime_is_not_remembered(self):
        self.gateway.auth.add("fleeting", refuse=401, ttl=0)
        before = len(self.gateway.auth.asked())
        for _ in range(3):
            self.gateway.get("/v1/items", credential="fleeting")
        self.assertEqual(len(self.gateway.auth.asked()) - before, 3)

    def test_a_scope_that_is_missing_is_403_and_not_forwarded(self):
        self.gateway.auth.add("reader", scope="items:readx xitems:write items:read")
        before = len(self.gateway.service.seen())
        self.assert_error(self.gateway.get("/v1/items", method="POST", body=b"", credential="reader"),
                          403, "insufficient_permissions")
        self.assertEqual(len(self.gateway.service.seen()), before)
        self.assertEqual(self.gateway.get("/v1/items", credential="reader").status, 200)

    def test_a_credential_without_scopes_can_do_nothing(self):
        self.gateway.auth.add("bare", scope="")
        self.assert_error(self.gateway.get("/v1/items", credential="bare"), 403, "insufficient_permissions")

    def test_an_incomplete_answer_of_auth_opens_nothing(self):
        bad = [("tenant", ""), ("tenant", None), ("tenant", "not-a-uuid"), ("token", None), ("token", ""),
               ("credential", "x" * 36), ("subject", None), ("credential-kind", "cookie"), ("expires", 0),
               ("expires", None), ("limit-tenant-rpm", "-1"), ("limit-key-rpm", "9" * 12), ("limit-key-concurrency", "x"),
               ("ttl", "soon")]
        for n, (name, value) in enumerate(bad):
            with self.subTest(name=name, value=value):
                self.gateway.auth.known[f"odd-{n}"] = {name: value}
                before = len(self.gateway.service.seen())
                reply = self.gateway.get("/v1/items", credential=f"odd-{n}")
                self.assert_error(reply, 503, "service_unavailable")
                self.assertEqual(len(self.gateway.service.seen()), before)

    def test_auth_learns_the_credential_and_the_trace_and_nothing_else(self):
        self.gateway.get("/v1/items", {"X-Own": "own", "Cookie": "a=b"}, credential="curious")
        headers = self.gateway.auth.asked()[-1]["headers"]
        self.assertEqual(headers["authorization"], "Bearer curious")
        self.assertRegex(headers["x-request-id"], r"^[0-9a-f]{32}$")
        self.assertNotIn("x-own", headers)
        self.assertNotIn("cookie", headers)


class Cache(GatewayTest):
    def exchanges(self):
        return len(self.gateway.auth.asked())

    def test_a_known_credential_is_not_asked_again(self):
        self.gateway.auth.add("cached")
        self.gateway.get("/v1/items", credential="cached")
        before = self.exchanges()
        for _ in range(20):
            self.assertEqual(self.gateway.get("/v1/items", credential="cached").status, 200)
        self.assertEqual(self.exchanges(), before)

    def test_it_is_asked_again_when_the_answer_is_old(self):
        self.gateway.auth.add("brief", ttl=1)
        self.gateway.get("/v1/items", credential="brief")
        before = self.exchanges()
        until(lambda: self.gateway.get("/v1/items", credential="brief") and self.exchanges() > before)

    def test_a_token_that_ends_soon_is_used_and_not_kept(self):
        self.gateway.auth.add("ending", expires=int(time.time()) + 20)
        before = self.exchanges()
        for _ in range(3):
            self.assertEqual(self.gateway.get("/v1/items", credential="ending").status, 200)
        self.assertEqual(self.exchanges() - before, 3)

    def test_forgetting_works_by_each_kind_of_id(self):
        for kind, identity in (("tenant", TENANT), ("credential", KEY), ("subject", SUBJECT)):
            for tenant in (None, TENANT):
                with self.subTest(kind, tenant=tenant):
                    name = f"forgettable-{kind}-{tenant}"
                    self.gateway.auth.add(name)
                    self.gateway.get("/v1/items", credential=name)
                    before = self.exchanges()
                    self.gateway.get("/v1/items", credential=name)
                    self.assertEqual(self.exchanges(), before)
                    self.assertEqual(self.gateway.forget(kind, identity, tenant).status, 204)
                    self.gateway.auth.add(name, refuse=401)
                    self.assertEqual(self.gateway.get("/v1/items", credential=name).status, 401)
                    self.assertEqual(self.exchanges(), before + 1)

    def test_forgetting_drops_the_refusals_of_somebody_and_no_stranger_s(self):
        self.gateway.auth.add("expired", refuse=401, tenant=TENANT)
        self.gateway.auth.add("disabled", refuse=403, tenant=TENANT)
        self.gateway.auth.add("neighbour's", refuse=403, tenant=OTHER)
        names = ("expired", "disabled", "neighbour's", "unknown")
        for name in names:
            self.gateway.get("/v1/items", credential=name)
        self.gateway.forget("tenant", TENANT)
        asked = []
        for name in names:
            before = self.exchanges()
            self.gateway.get("/v1/items", credential=name)
            asked.append(self.exchanges() - before)
        self.assertEqual(asked, [1, 1, 0, 0])

    def test_a_tenant_s_forgetting_leaves_what_is_under_way_for_another(self):
        self.gateway.auth.add("under-way", tenant=OTHER, credential=OTHER, subject=OTHER)
        self.gateway.auth.delay = 0.3
        self.addCleanup(setattr, self.gateway.auth, "delay", 0.0)
        before = self.exchanges()
        first = threading.Thread(target=self.gateway.get, args=("/v1/items",), kwargs={"credential": "under-way"})
        first.start()
        until(lambda: self.exchanges() > before)
        for _ in range(5):
            self.gateway.forget("credential", KEY, TENANT)
        first.join()
        self.gateway.get("/v1/items", credential="under-way")
        self.assertEqual(self.exchanges(), before + 1)

    def test_forgetting_one_tenant_leaves_the_other(self):
        self.gateway.auth.add("neighbour", tenant=OTHER, credential=OTHER, subject=OTHER)
        self.gateway.get("/v1/items", credential="neighbour")
        before = self.exchanges()
        self.gateway.forget("tenant", TENANT)
        self.gateway.get("/v1/items", credential="neighbour")
        self.assertEqual(self.exchanges(), before)

    def test_forgetting_refuses_what_it_does_not_understand(self):
        for target in ("", "?kind=tenant", f"?kind=all&id={TENANT}", "?kind=tenant&id=x", f"?id={TENANT}",
                       f"?kind=tenant&id={TENANT}&tenant={OTHER}", f"?kind=subject&id={SUBJECT}&tenant=x"):
            self.assertEqual(self.gateway.private("POST", "/internal/forget" + target).status, 400)
        self.assertEqual(self.gateway.private("GET", f"/internal/forget?kind=tenant&id={TENANT}").status, 405)

    def test_an_answer_from_before_a_revocation_is_not_kept(self):
        self.gateway.auth.add("racing")
        self.gateway.auth.delay = 0.3
        self.addCleanup(setattr, self.gateway.auth, "delay", 0.0)
        before = self.exchanges()
        first = threading.Thread(target=self.gateway.get, args=("/v1/items",), kwargs={"credential": "racing"})
        first.start()
        until(lambda: self.exchanges() > before)
        self.gateway.forget("credential", KEY)
        first.join()
        self.gateway.get("/v1/items", credential="racing")
        self.assertEqual(self.exchanges(), before + 2)

    def test_many_at_once_ask_once(self):
        self.gateway.auth.add("crowd")
        self.gateway.auth.delay = 0.3
        self.addCleanup(setattr, self.gateway.auth, "delay", 0.0)
        before = self.exchanges()
        replies = together(20, lambda: self.gateway.get("/v1/items", method="POST", body=b"x" * 3000,
                                                        credential="crowd"))
        self.assertEqual({(reply.status, reply.json()["bytes"]) for reply in replies}, {(200, 3000)})
        self.assertEqual(self.exchanges() - before, 1)

    def test_a_leader_that_leaves_hands_the_question_on(self):
        self.gateway.auth.add("handover")
        self.gateway.auth.delay = 0.4
        self.addCleanup(setattr, self.gateway.auth, "delay", 0.0)
        before = self.exchanges()
        leader = self.gateway.client()
        leader.send("GET /v1/items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer handover\r\n\r\n")
        until(lambda: self.exchanges() == before + 1)
        replies = []
        follower = threading.Thread(target=lambda: replies.append(self.gateway.get("/v1/items", credential="handover")))
        follower.start()
        time.sleep(0.1)
        leader.close(reset=True)
        follower.join()
        self.assertEqual(replies[0].status, 200)

    def test_a_follower_that_leaves_disturbs_nobody(self):
        self.gateway.auth.add("follow")
        self.gateway.auth.delay = 0.4
        self.addCleanup(setattr, self.gateway.auth, "delay", 0.0)
        replies = []
        leader = threading.Thread(target=lambda: replies.append(self.gateway.get("/v1/items", credential="follow")))
        before = self.exchanges()
        leader.start()
        until(lambda: self.exchanges() == before + 1)
        for _ in range(3):
            with contextlib.closing(self.gateway.client()) as client:
                client.send("GET /v1/items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer follow\r\n\r\n")
                time.sleep(0.02)
        leader.join()
        self.assertEqual(replies[0].status, 200)
        self.assertEqual(self.gateway.get("/v1/items", credential="follow").status, 200)


class Flood(GatewayTest):
    def edit(text):
        return text.replace("bulkhead_zone 16m 16m;", "bulkhead_zone 128k 16m;")

    def test_more_credentials_than_there_is_room_for_still_work(self):
        for n in range(400):
            self.gateway.auth.add(f"many-{n}", token="t" * 2000)
            self.assertEqual(self.gateway.get("/v1/items", credential=f"many-{n}").status, 200)
        metrics = self.gateway.metrics()
        self.assertGreater(metrics["bulkhead_gateway_credential_evictions_total"], 0)
        self.assertEqual(metrics["bulkhead_gateway_credential_full_total"], 0)


class ManyOfOne(GatewayTest):
    """Whoever has most gives way first: a tenant's many keys, or a stranger's many guesses."""

    def edit(text):
        return text.replace("bulkhead_zone 16m 16m;", "bulkhead_zone 256k 16m;")

    def victims(self):
        """Three credentials of a tenant with few, all known by now."""
        names = [f"few-{n}" for n in range(3)]
        for name in names:
            self.gateway.auth.add(name, tenant=OTHER, token="t" * 1500, ttl=300)
            self.assertEqual(self.gateway.get("/v1/items", credential=name).status, 200)
        return names

    def assert_still_known(self, names):
        asked = len(self.gateway.auth.asked())
        for name in names:
            self.assertEqual(self.gateway.get("/v1/items", credential=name).status, 200)
        self.assertEqual(len(self.gateway.auth.asked()), asked, "somebody else's key was dropped")

    def test_one_tenant_s_many_keys_drop_each_other(self):
        names = self.victims()
        before = self.gateway.metrics()["bulkhead_gateway_credential_evictions_total"]
        for n in range(500):
            self.gateway.auth.add(f"lots-{n}", token="t" * 1500, ttl=300)
            self.assertEqual(self.gateway.get("/v1/items", credential=f"lots-{n}").status, 200)
        self.assertGreater(self.gateway.metrics()["bulkhead_gateway_credential_evictions_total"], before)
        self.assert_still_known(names)

    def test_a_stranger_s_guesses_drop_each_other(self):
        names = self.victims()
        for n in range(500):
            self.assertEqual(self.gateway.get("/v1/items", credential=f"guess-{n}").status, 401)
        self.assert_still_known(names)


class AuthAway(GatewayTest):
    def tearDown(self):
        self.gateway.auth.broken = None

    def test_an_unknown_credential_waits_outside(self):
        self.gateway.auth.broken = 500
        reply = self.gateway.get("/v1/items", credential="not-yet-known")
        self.assert_error(reply, 503, "service_unavailable")
        self.assertTrue(1 <= int(reply.headers["retry-after"]) <= 5)
        self.gateway.auth.broken = None
        self.assertEqual(self.gateway.get("/v1/items", credential="not-yet-known").status, 401)

    def test_a_known_one_goes_on_until_its_token_ends(self):
        self.gateway.auth.add("stale", ttl=1)
        self.gateway.get("/v1/items", credential="stale")
        self.gateway.auth.broken = 503
        before = self.gateway.metrics()["bulkhead_gateway_credential_stale_total"]

        def used_stale():
            self.assertEqual(self.gateway.get("/v1/items", credential="stale").status, 200)
            return self.gateway.metrics()["bulkhead_gateway_credential_stale_total"] > before

        until(used_stale)

    def test_auth_not_listening_is_503_for_everybody_who_waits(self):
        self.gateway.auth.server.stop()
        try:
            for reply in together(8, lambda: self.gateway.get("/v1/items", credential="nobody-there")):
                self.assert_error(reply, 503, "service_unavailable")
        finally:
            self.gateway.auth.server.start()
        self.assertEqual(self.gateway.get("/v1/items").status, 200)


if __name__ == "__main__":
    unittest.main()
