# SPDX-License-Identifier: Apache-2.0
"""The console's cookie: when it is the credential, and whose pages may change something with it."""

import unittest

from harness import GatewayTest

COOKIE = "bh_ct_" + "aB3" * 31
OWN = {"Sec-Fetch-Site": "same-origin", "X-Bulkhead-Console": "1"}


class Cookie(GatewayTest):
    def setUp(self):
        self.gateway.auth.add(COOKIE, token="token-of-the-console", credential_kind="session")

    def send(self, method="GET", headers=(), cookie="bulkhead=" + COOKIE, target="/v1/items", body=None):
        pairs = list(headers.items() if isinstance(headers, dict) else headers)
        if cookie is not None:
            pairs.append(("Cookie", cookie))
        return self.gateway.get(target, pairs, method, body, credential=None)

    def asked(self):
        return len(self.gateway.auth.asked())

    def test_the_cookie_is_exchanged_and_only_the_token_goes_on(self):
        self.assertEqual(self.send().status, 200)
        self.assertEqual(self.gateway.auth.asked()[-1]["headers"]["authorization"], "Bearer " + COOKIE)
        request = self.gateway.service.seen()[-1]
        self.assertEqual(request["headers"]["authorization"], "Bearer token-of-the-console")
        self.assertEqual([value for name, value in request["pairs"] if name.lower() == "authorization"],
                         ["Bearer token-of-the-console"])
        self.assertNotIn("cookie", request["headers"])
        self.assertNotIn("x-bulkhead-console", request["headers"])
        self.assertNotIn(COOKIE, str(request))

    def test_it_is_remembered_like_any_credential(self):
        self.assertEqual(self.send().status, 200)
        before = self.asked()
        for _ in range(3):
            self.assertEqual(self.send().status, 200)
        self.assertEqual(self.asked(), before)

    def test_other_cookies_may_stand_beside_it(self):
        for cookie in ("a=b; bulkhead=" + COOKIE, "bulkhead=" + COOKIE + "; a=b", "xbulkhead=1;bulkhead=" + COOKIE + ";",
                       "bulkheads=2; \tbulkhead=" + COOKIE):
            with self.subTest(cookie):
                self.assertEqual(self.send(cookie=cookie).status, 200)

    def test_what_is_no_cookie_of_ours_is_none(self):
        before = self.asked()
        for cookie in ("", "bulkhead", "bulkhead=", "bulkhead=good", "bulkhead=" + COOKIE[:-1], "bulkhead=" + COOKIE + "x",
                       "bulkhead=" + COOKIE.replace("bh_ct_", "bh_sk_"), "bulkhead=\"" + COOKIE[:-2] + "\"",
                       "Bulkhead=" + COOKIE, "__Host-bulkhead=" + COOKIE, "bulkhead =" + COOKIE,
                       "bulkhead=" + COOKIE[:-1] + "-", "bulkhead=" + COOKIE[:-1] + "\xe9"):
            with self.subTest(cookie):
                self.assert_error(self.send(cookie=cookie), 401, "invalid_api_key")
        self.assertEqual(self.asked(), before)

    def test_of_two_cookies_neither_counts(self):
        other = "bh_ct_" + "z" * 93
        for cookies in (["bulkhead=" + COOKIE + "; bulkhead=" + other], ["bulkhead=" + other, "bulkhead=" + COOKIE],
                        ["bulkhead=" + COOKIE, "bulkhead="]):
            with self.subTest(cookies):
                reply = self.send(headers=[("Cookie", each) for each in cookies], cookie=None)
                self.assert_error(reply, 401, "invalid_api_key")

    def test_with_an_authorization_header_the_cookie_is_ignored(self):
        self.gateway.auth.add("beside-the-cookie")
        reply = self.send("POST", {"Authorization": "Bearer beside-the-cookie"}, body=b"{}")
        self.assertEqual(reply.status, 200)
        self.assertEqual(self.gateway.service.seen()[-1]["headers"]["authorization"], "Bearer token-of-beside-the-cookie")
        self.assert_error(self.send(headers={"Authorization": "Bearer nobody-at-all"}), 401, "from_auth")
        self.assert_error(self.send(headers={"Authorization": "Basic eDp5"}), 401, "invalid_api_key")

    def test_it_is_no_bearer(self):
        before = self.asked()
        reply = self.send(headers={"Authorization": "Bearer " + COOKIE}, cookie=None)
        self.assert_error(reply, 401, "invalid_api_key")
        self.assertEqual(self.asked(), before)

    def test_the_consoles_own_pages_may_change_something(self):
        self.assertEqual(self.send("POST", OWN, body=b"{}").status, 200)
        self.assertEqual(self.send("DELETE", OWN, target="/v1/items/1").status, 200)

    def test_an_old_browser_is_known_by_its_origin(self):
        for origin in ("http://gateway", "https://gateway", "http://GATEWAY"):
            with self.subTest(origin):
                reply = self.send("POST", {"X-Bulkhead-Console": "1", "Origin": origin}, body=b"{}")
                self.assertEqual(reply.status, 200)

    def test_nobody_elses_pages_may(self):
        before = len(self.gateway.service.seen())
        mark = ("X-Bulkhead-Console", "1")
        for headers in ([], [mark], [("Sec-Fetch-Site", "same-origin")],
                        [("Sec-Fetch-Site", "same-origin"), ("X-Bulkhead-Console", "0")],
                        [("Sec-Fetch-Site", "same-origin"), ("X-Bulkhead-Console", "")],
                        [("Sec-Fetch-Site", "cross-site"), mark], [("Sec-Fetch-Site", "same-site"), mark],
                        [("Sec-Fetch-Site", "none"), mark], [("Sec-Fetch-Site", ""), mark],
                        [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site"), mark],
                        [("Sec-Fetch-Site", "cross-site"), ("Origin", "http://gateway"), mark],
                        [("Origin", "http://evil.example"), mark], [("Origin", "null"), mark],
                        [("Origin", "http://gateway.evil.example"), mark], [("Origin", "http://gateway:81"), mark],
                        [("Origin", "gateway"), mark], [("Origin", "://"), mark], [("Origin", "http://gateway/"), mark],
                        [("Origin", "http://evil.example"), ("Origin", "http://gateway"), mark],
                        [("Origin", "http://gateway")]):
            with self.subTest(headers):
                self.assert_error(self.send("POST", headers, body=b"{}"), 403, "csrf_failed")
                self.assert_error(self.send("DELETE", headers, target="/v1/items/1"), 403, "csrf_failed")
        self.assertEqual(len(self.gateway.service.seen()), before)

    def test_reading_needs_neither(self):
        self.assertEqual(self.send().status, 200)
        self.assertEqual(self.send("HEAD").status, 200)

    def test_public_routes_do_not_look_at_it(self):
        before = self.asked()
        self.assertEqual(self.send("POST", target="/api/auth/sessions", body=b"{}").status, 200)
        request = self.gateway.auth.server.requests[-1]
        self.assertNotIn("cookie", request["headers"])
        self.assertNotIn("authorization", request["headers"])
        self.assertEqual(self.asked(), before)

    def test_only_auth_sets_cookies(self):
        reply = self.send("POST", target="/api/auth/sessions", body=b"{}")
        self.assertEqual(reply.headers["set-cookie"], "bulkhead=of-auth; HttpOnly")
        self.assertEqual(self.send(target="/v1/items?do=cookie").headers.get("set-cookie"), None)

    def test_no_answer_ever_allows_credentials_of_other_origins(self):
        for reply in (self.send(), self.send(headers={"Origin": "http://evil.example"}),
                      self.send("POST", {"Origin": "http://evil.example"}, body=b"{}")):
            self.assertNotIn("access-control-allow-credentials", reply.headers)
            self.assertNotIn("access-control-allow-origin", reply.headers)


if __name__ == "__main__":
    unittest.main()
