# SPDX-License-Identifier: Apache-2.0
"""Pages of other origins: what a preflight is told, and which answers name an origin."""

import contextlib
import unittest

from harness import TENANT, GatewayTest

OURS = "https://console.example"
THEIRS = "https://app.acme.example:8443"
OTHER = "https://evil.example"
PREFLIGHT = {"Access-Control-Request-Method": "POST"}


def allowed(reply):
    return reply.headers.get("access-control-allow-origin")


class Cors(GatewayTest):
    """The operator allows one origin, and tenants their own."""

    cors = f"tenants {OURS} http://localhost:3000"

    @classmethod
    def edit(cls, text):
        directive = f"\tbulkhead_cors {cls.cors};\n" if cls.cors else ""
        return text.replace("http {\n", "http {\n" + directive, 1)

    def preflight(self, origin, target="/v1/items", **headers):
        return self.gateway.get(target, {"Origin": origin, **PREFLIGHT, **headers}, method="OPTIONS", credential=None)

    def ask(self, origin, target="/v1/items", **options):
        return self.gateway.get(target, {"Origin": origin}, **options)


class WithTenants(Cors):
    def setUp(self):
        super().setUp()
        self.gateway.auth.add("acme", origins=f"https://old.example {THEIRS}")
        self.gateway.auth.add("plain")
        self.gateway.forget("tenant", TENANT, TENANT)  # what another test has made of them

    def test_a_preflight_names_the_origin_the_methods_and_the_headers(self):
        for origin in (OURS, "http://localhost:3000", THEIRS, OTHER):
            with self.subTest(origin):
                reply = self.preflight(origin, **{
                    "Access-Control-Request-Headers": "Authorization,content-type, X-Stainless-OS,openai-beta,user-agent"})
                self.assertEqual((reply.status, reply.body, allowed(reply)), (204, b"", origin))
                self.assertEqual(reply.headers["access-control-allow-methods"], "GET, HEAD, POST")
                self.assertEqual(reply.headers["access-control-allow-headers"],
                                 "authorization, content-type, idempotency-key, x-stainless-os, openai-beta, user-agent")
                self.assertEqual(reply.headers["access-control-max-age"], "7200")
                self.assertEqual(reply.headers["vary"],
                                 "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
                self.assertNotIn("access-control-allow-credentials", reply.headers)
                self.assertNotIn("content-length", reply.headers)

    def test_a_preflight_tells_nothing_of_a_tenant_or_of_a_path(self):
        asked = len(self.gateway.auth.asked())
        told = [[pair for pair in self.preflight(THEIRS, target).pairs if pair[0].lower() not in (
            "x-request-id", "date", "access-control-allow-methods")] for target in ("/v1/items", "/v1/items/x", "/v1/none")]
        self.assertEqual(told[0], told[1])
        self.assertEqual(told[0], told[2])
        self.assertEqual(len(self.gateway.auth.asked()), asked)

    def test_a_preflight_outside_v1_is_no_method(self):
        reply = self.preflight(OURS, "/api/auth/sessions")
        self.assert_error(reply, 405, "method_not_allowed")
        self.assertIsNone(allowed(reply))
        self.assertNotIn("vary", reply.headers)

    def test_options_that_is_no_preflight_is_no_method(self):
        self.assert_error(self.ask(OURS, method="OPTIONS", credential=None), 405, "method_not_allowed")
        self.assert_error(self.gateway.get("/v1/items", PREFLIGHT, method="OPTIONS", credential=None), 403,
                          "insufficient_permissions")

    def test_origins_that_are_none_are_not_allowed(self):
        for origin in ("null", "*", "", "https://", "https://a.example/", "https://A.example", "//a.example", "a.example",
                       "https://a.example,https://b.example", "https://a.example https://b.example",
                       "https://a.example\x0bx", "https://a.example\tx", "https://\u00e4.example", "https://a@b.example",
                       "https://" + "a" * 250 + ".example", "javascript:alert(1)", "https://a.example%0d%0ax-y:z"):
            with self.subTest(origin):
                reply = self.preflight(origin)
                self.assertIn(reply.status, (400, 403))
                self.assertIsNone(allowed(reply))
                self.assertIsNone(allowed(self.ask(origin, credential="acme")))

    def test_a_line_end_in_an_origin_adds_no_header(self):
        for end in ("\r", "\n", "\r\n", "\0"):
            reply = self.gateway.raw(f"OPTIONS /v1/items HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example{end}X-Evil: 1\r\n"
                                     "Access-Control-Request-Method: POST\r\nConnection: close\r\n\r\n")
            self.assertNotIn("x-evil", reply.headers)
            self.assertNotIn("X-Evil", str(reply.pairs))

    def test_two_origins_are_none(self):
        with contextlib.closing(self.gateway.client()) as client:
            reply = client.request("OPTIONS", "/v1/items", [("Origin", OURS), ("Origin", OURS), *PREFLIGHT.items()])
        self.assertEqual((reply.status, allowed(reply)), (403, None))

    def test_names_that_mean_nothing_here_are_not_allowed(self):
        for names in ("x-evil", "cookie", "x-stainless", "openai", "x-bulkhead-tenant", "x-stainless-\u00e4", "*", ",,, ,",
                      "authorization\x0b", "x" * 2000, ",".join(["x-stainless-a"] * 200)):
            with self.subTest(names[:20]):
                reply = self.preflight(OURS, **{"Access-Control-Request-Headers": names})
                if reply.status == 204:
                    self.assertEqual(reply.headers["access-control-allow-headers"],
                                     "authorization, content-type, idempotency-key")
                else:
                    self.assertEqual(reply.status, 400)

    def test_an_answer_names_what_its_tenant_or_the_operator_allows(self):
        for credential, origin, want in (("acme", THEIRS, THEIRS), ("acme", OURS, OURS), ("acme", OTHER, None),
                                         ("plain", THEIRS, None), ("plain", OURS, OURS), (None, OURS, OURS),
                                         (None, THEIRS, None), ("unknown", OURS, OURS), ("unknown", THEIRS, None),
                                         ("acme", "https://old.example", "https://old.example"),
                                         ("acme", "https://old.exampl", None), ("acme", "https://old.example:443", None)):
            with self.subTest(credential=credential, origin=origin):
                for _ in range(2):  # from auth, and from the cache
                    reply = self.ask(origin, credential=credential)
                    self.assertEqual(allowed(reply), want)
                    self.assertEqual(reply.headers["vary"], "Origin")
                    self.assertNotIn("access-control-allow-credentials", reply.headers)
                    self.assertEqual("access-control-expose-headers" in reply.headers, want is not None)
        self.assertIn("x-request-id", self.ask(OURS).headers["access-control-expose-headers"])

    def test_errors_and_streams_name_it_too(self):
        reply = self.ask(THEIRS, "/v1/items/x/parts", credential="acme")
        self.assertEqual((reply.status, allowed(reply)), (403, THEIRS))
        reply = self.ask(THEIRS, "/v1/items?do=status:418", credential="acme")
        self.assertEqual((reply.status, allowed(reply)), (418, THEIRS))
        reply = self.ask(THEIRS, "/v1/absent", credential="acme")
        self.assertEqual((reply.status, allowed(reply)), (503, THEIRS))
        reply = self.ask(OURS, "/v1/none")
        self.assertEqual((reply.status, allowed(reply)), (404, OURS))
        reply = self.ask(OURS, "/v1/items", method="DELETE")
        self.assertEqual((reply.status, allowed(reply)), (405, OURS))
        self.gateway.service.release.set()
        reply = self.ask(THEIRS, "/v1/stream?do=stream:1", credential="acme", method="POST", body=b"{}")
        self.assertEqual((reply.status, allowed(reply)), (200, THEIRS))

    def test_an_answer_without_an_origin_names_none(self):
        reply = self.gateway.get("/v1/items", credential="acme")
        self.assertEqual((allowed(reply), reply.headers["vary"]), (None, "Origin"))

    def test_a_service_never_sees_the_origin(self):
        self.ask(THEIRS, credential="acme")
        self.assertNotIn("origin", self.gateway.service.seen()[-1]["headers"])

    def test_a_change_counts_from_the_next_request_on(self):
        self.assertEqual(allowed(self.ask(THEIRS, credential="acme")), THEIRS)
        self.gateway.auth.add("acme", origins="")
        self.assertEqual(allowed(self.ask(THEIRS, credential="acme")), THEIRS)
        self.assertEqual(self.gateway.forget("tenant", TENANT, TENANT).status, 204)
        self.assertIsNone(allowed(self.ask(THEIRS, credential="acme")))
        self.gateway.auth.add("acme", origins=OTHER)
        self.gateway.forget("tenant", TENANT, TENANT)
        self.assertEqual(allowed(self.ask(OTHER, credential="acme")), OTHER)

    def test_a_list_that_is_too_long_is_no_answer_of_auths(self):
        self.gateway.auth.add("long", origins="https://" + "a" * 3000)
        self.assertEqual(self.ask(OURS, credential="long").status, 503)

    def test_a_preflight_has_an_audit_line_of_its_own(self):
        reply = self.preflight(OURS)
        line = self.gateway.audit(reply.headers["x-request-id"])[0]
        self.assertEqual((line["event"], line["status"], line["decision"]), ("cors.preflight", 204, "allowed"))


class OfTheOperatorOnly(Cors):
    cors = OURS

    def test_a_preflight_of_another_origin_is_refused(self):
        self.assertEqual((self.preflight(OURS).status, allowed(self.preflight(OURS))), (204, OURS))
        reply = self.preflight(THEIRS)
        self.assert_error(reply, 403, "insufficient_permissions")
        self.assertIsNone(allowed(reply))

    def test_a_tenants_origins_have_no_effect(self):
        self.gateway.auth.add("acme", origins=THEIRS)
        self.assertIsNone(allowed(self.ask(THEIRS, credential="acme")))
        self.assertEqual(allowed(self.ask(OURS, credential="acme")), OURS)


class Off(Cors):
    cors = ""

    def test_nothing_is_said_of_origins(self):
        self.gateway.auth.add("acme", origins=THEIRS)
        self.assert_error(self.preflight(OURS), 405, "method_not_allowed")
        reply = self.ask(THEIRS, credential="acme")
        self.assertEqual((reply.status, allowed(reply)), (200, None))
        self.assertNotIn("vary", reply.headers)


if __name__ == "__main__":
    unittest.main()
