# SPDX-License-Identifier: Apache-2.0
"""What every request meets first: its headers are cleaned, its path is read once, its trace goes on."""

import contextlib
import gzip
import json
import os
import re
import threading
import time
import unittest

from harness import GatewayTest, until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


class Headers(GatewayTest):
    def last(self):
        return self.gateway.service.seen()[-1]

    def test_identity_headers_of_a_client_never_reach_a_service(self):
        spoofed = ["x-bulkhead-tenant", "X-Bulkhead-Token", "x-bulkhead-anything", "X-Forwarded-For", "x-real-ip",
                   "Forwarded", "Cookie", "Origin", "x-accel-redirect", "baggage", "x-original-uri",
                   "Proxy-Authorization", "X-Request-ID"]
        self.assertEqual(self.gateway.get("/v1/items", {name: "evil-value" for name in spoofed}).status, 200)
        received = self.last()
        self.assertNotIn("evil-value", [value for _, value in received["pairs"]])
        for name in spoofed:
            if name.lower() != "x-request-id":
                self.assertNotIn(name.lower(), received["headers"])

    def test_a_service_is_told_the_address_of_the_client_and_no_other(self):
        spoofed = {"X-Bulkhead-Client": "192.0.2.1", "X-Forwarded-For": "192.0.2.1"}
        self.gateway.get("/v1/items", spoofed)
        self.gateway.get("/api/auth/sessions", spoofed, method="POST", body=b"{}")
        for received in (self.last(), self.gateway.auth.server.requests[-1]):
            told = [value for name, value in received["pairs"] if name.lower() == "x-bulkhead-client"]
            self.assertEqual(told, ["127.0.0.1"])

    def test_a_service_gets_the_token_and_not_the_credential(self):
        self.gateway.get("/v1/items")
        received = self.last()
        self.assertEqual(received["headers"]["authorization"], "Bearer token-of-good")
        self.assertEqual(len([name for name, _ in received["pairs"] if name.lower() == "authorization"]), 1)

    def test_a_public_route_forwards_no_credential(self):
        reply = self.gateway.get("/api/auth/sessions", method="POST", body=b"{}")
        self.assertEqual(reply.status, 200)
        self.assertNotIn("authorization", self.gateway.auth.server.requests[-1]["headers"])

    def test_the_request_id_is_ours_on_both_sides_and_in_the_audit(self):
        reply = self.gateway.get("/v1/items", {"X-Request-Id": "f" * 32})
        request_id = reply.headers["x-request-id"]
        self.assertRegex(request_id, r"^[0-9a-f]{32}$")
        self.assertNotEqual(request_id, "f" * 32)
        self.assertEqual(self.last()["headers"]["x-request-id"], request_id)
        self.assertEqual(len([n for n, _ in reply.pairs if n.lower() == "x-request-id"]), 1)
        self.gateway.audit(request_id)

    def test_every_request_has_an_id_of_its_own(self):
        ids = {self.gateway.get("/v1/items").headers["x-request-id"] for _ in range(100)}
        self.assertEqual(len(ids), 100)

    def test_a_valid_trace_goes_on_with_a_new_span(self):
        self.gateway.get("/v1/items", {"traceparent": f"00-{TRACE}-{SPAN}-01", "tracestate": "a=1,b=2"})
        received = self.last()["headers"]
        match = re.fullmatch(r"00-([0-9a-f]{32})-([0-9a-f]{16})-01", received["traceparent"])
        self.assertEqual(match[1], TRACE)
        self.assertNotEqual(match[2], SPAN)
        self.assertEqual(received["tracestate"], "a=1,b=2")

    def test_an_invalid_trace_is_replaced_and_its_state_dropped(self):
        bad = [f"01-{TRACE}-{SPAN}-01", f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01",
               f"00-{TRACE.upper()}-{SPAN}-01", f"00-{TRACE}-{SPAN}-01-extra", f"00-{TRACE}-{SPAN}", "x", ""]
        for value in bad:
            with self.subTest(value):
                self.gateway.get("/v1/items", {"traceparent": value, "tracestate": "a=1"})
                received = self.last()["headers"]
                self.assertRegex(received["traceparent"], r"^00-[0-9a-f]{32}-[0-9a-f]{16}-00$")
                self.assertNotIn(TRACE, received["traceparent"])
                self.assertNotIn("tracestate", received)

    def test_two_traceparents_are_none(self):
        self.gateway.get("/v1/items", [("traceparent", f"00-{TRACE}-{SPAN}-01")] * 2)
        self.assertNotIn(TRACE, self.last()["headers"]["traceparent"])

    def test_an_overlong_tracestate_is_dropped(self):
        self.gateway.get("/v1/items", {"traceparent": f"00-{TRACE}-{SPAN}-01", "tracestate": "a=" + "x" * 600})
        self.assertNotIn("tracestate", self.last()["headers"])

    def test_headers_with_underscores_are_not_forwarded(self):
        self.gateway.get("/v1/items", {"x_bulkhead_tenant": "evil-value"})
        self.assertNotIn("evil-value", [value for _, value in self.last()["pairs"]])

    def test_the_upstream_is_asked_for_plain_bytes_and_a_kept_connection(self):
        self.gateway.get("/v1/items", {"Accept-Encoding": "gzip, deflate"})
        received = self.last()["headers"]
        self.assertNotIn("accept-encoding", received)
        self.assertNotIn("connection", received)

    def test_upstream_connections_are_reused(self):
        self.gateway.get("/v1/items")
        before = self.gateway.service.server.connections
        for _ in range(50):
            self.assertEqual(self.gateway.get("/v1/items").status, 200)
        self.assertLessEqual(self.gateway.service.server.connections - before, 1)

    def test_responses_have_security_headers_and_no_internal_ones(self):
        reply = self.gateway.get("/v1/items")
        self.assertEqual(reply.headers["x-content-type-options"], "nosniff")
        self.assertEqual(reply.headers["x-frame-options"], "DENY")
        self.assertEqual(reply.headers["referrer-policy"], "no-referrer")
        for name in ("server", "x-bulkhead-secret", "strict-transport-security"):
            self.assertNotIn(name, reply.headers)


class Paths(GatewayTest):
    def test_an_encoded_slash_arrives_as_it_was_sent(self):
        self.assertEqual(self.gateway.get("/v1/items/a%2Fb?x=%2F").status, 200)
        self.assertEqual(self.gateway.service.seen()[-1]["target"], "/v1/items/a%2Fb?x=%2F")

    def test_an_encoded_slash_does_not_choose_another_route(self):
        # Decoded, this would be /v1/items/x/parts, which needs another scope.
        reply = self.gateway.get("/v1/items/x%2Fparts")
        self.assertEqual(reply.status, 200)
        self.assertEqual(self.gateway.get("/v1/items/x/parts").status, 403)
        self.assertEqual(self.gateway.get("/v1/items/x/%70arts").status, 404)

    def test_a_path_that_could_be_read_two_ways_is_refused(self):
        for path in ("//v1/items", "/v1//items", "/v1/./items", "/v1/x/../items", "/v1/items/%2e%2e/items",
                     "/v1/items/%2E", "/v1/items/..", "/v1/items/a%0ab", "/v1/items/a\\b", "/v1/items/a#b",
                     "/v1/items/.%2e"):
            with self.subTest(path):
                before = len(self.gateway.service.seen())
                self.assert_error(self.gateway.get(path), 400, "invalid_request")
                self.assertEqual(len(self.gateway.service.seen()), before)

    def test_paths_that_are_not_in_a_table_are_404(self):
        for path in ("/", "/v1", "/v1/items/", "/v1/item", "/v1/items/a/b", "/V1/items", "/v1/items/a/parts/",
                     "/internal/exchange", "/internal/431", "/internal/forget", "/healthz", "/v1/items%20"):
            with self.subTest(path):
                self.assert_error(self.gateway.get(path), 404, "unknown_url")

    def test_a_dot_in_a_template_is_a_dot(self):
        self.assertEqual(self.gateway.get("/.well-known/jwks.json", credential=None).status, 200)
        self.assertEqual(self.gateway.get("/.well-known/jwksxjson", credential=None).status, 404)

    def test_an_absolute_request_target_is_read_by_its_path(self):
        reply = self.gateway.raw("GET http://other/v1/items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\n\r\n")
        self.assertEqual(reply.status, 200)
        self.assertEqual(self.gateway.service.seen()[-1]["target"], "/v1/items")


class Bodies(GatewayTest):
    def test_a_chunked_body_reaches_the_service_with_a_length(self):
        with_chunks = ("POST /v1/items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        self.assertEqual(self.gateway.raw(with_chunks).status, 200)
        received = self.gateway.service.seen()[-1]
        self.assertEqual(received["body"], b"abcde")
        self.assertEqual(received["headers"]["content-length"], "5")
        self.assertNotIn("transfer-encoding", received["headers"])

    def test_a_request_of_http_0_9_is_refused_and_no_worker_dies_of_it(self):
        workers = self.gateway.worker_pids()
        for line in ("GET /v1/items\r\n", "GET /nowhere\r\n", "GET /.well-known/jwks.json\r\n", "GET //\r\n"):
            with self.subTest(line), contextlib.closing(self.gateway.client()) as client:
                client.send(line)
                answer = b""
                while part := client.socket.recv(4096):
                    answer += part
                # It has no head.
                self.assertEqual(json.loads(answer)["error"]["code"], "invalid_request")
        self.assertEqual(self.gateway.worker_pids(), workers)

    def test_two_ways_to_tell_a_length_are_refused(self):
        head = "POST /v1/items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\n"
        before = len(self.gateway.service.seen())
        self.assert_error(self.gateway.raw(head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                          400, "invalid_request")
        self.assert_error(self.gateway.raw(head + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
                          400, "invalid_request")
        self.assert_error(self.gateway.raw(head + "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501, "internal_error")
        self.assertEqual(len(self.gateway.service.seen()), before)

    def test_a_spooled_body_arrives_whole(self):
        body = bytes(range(256)) * 4096
        reply = self.gateway.get("/v1/upload", method="POST", body=body)
        self.assertEqual(reply.json()["bytes"], len(body))
        until(lambda: self.gateway.service.seen()[-1]["body"] == body)


class Uploads(GatewayTest):
    def test_a_body_may_not_outlast_the_token_it_came_with(self):
        self.gateway.auth.add("ending", expires=int(time.time()) + 3)
        before = len(self.gateway.service.seen())
        started = time.monotonic()
        with contextlib.closing(self.gateway.client()) as client:
            client.send("POST /v1/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ending\r\n"
                        "Content-Length: 1000000\r\n\r\n" + "x" * 1000)
            with self.assertRaises((EOFError, ConnectionResetError)):
                client.reply()
        self.assertLess(time.monotonic() - started, 20)
        self.assertEqual(len(self.gateway.service.seen()), before)
        self.assertEqual(self.gateway.audit()[-1]["status"], 408)

    def test_a_body_that_came_in_time_is_answered_however_long_that_takes(self):
        self.gateway.auth.add("ending-too", expires=int(time.time()) + 2)
        with contextlib.closing(self.gateway.client()) as client:
            client.send("POST /v1/upload?do=hold HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ending-too\r\n"
                        "Content-Length: 100000\r\n\r\n" + "x" * 100000)
            threading.Timer(1.5, self.gateway.service.release.set).start()
            self.assertEqual(client.reply().status, 200)


class Page(GatewayTest):
    page = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name, text in (("index.html", "<!doctype html>"), ("404.html", "<!doctype html>nowhere"), ("keys/index.html", "keys"),
                           ("_next/static/a.js", "1" * 1000), ("_next/static/a.js.gz", gzip.compress(b"1" * 1000).decode("latin-1"))):
            path = cls.gateway.path(f"page/{name}")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="latin-1") as file:
                file.write(text)

    def get(self, path, **more):
        return self.gateway.get(path, credential=None, **more)

    def test_a_page_is_served_with_its_policy(self):
        reply = self.get("/")
        self.assertEqual((reply.status, reply.body), (200, b"<!doctype html>"))
        self.assertIn("script-src 'self'; style-src 'self'", reply.headers["content-security-policy"])
        self.assertEqual(reply.headers["content-type"], "text/html; charset=utf-8")
        self.assertEqual(reply.headers["cache-control"], "no-cache")
        self.assertEqual(reply.headers["x-content-type-options"], "nosniff")
        for path in ("/keys", "/keys/", "/keys/?id=1"):
            self.assertEqual(self.get(path).body, b"keys")

    def test_what_is_named_by_its_content_is_kept_and_comes_compressed(self):
        reply = self.get("/_next/static/a.js", headers={"accept-encoding": "gzip"})
        self.assertEqual(gzip.decompress(reply.body), b"1" * 1000)
        self.assertEqual((reply.headers["content-encoding"], reply.headers["vary"]), ("gzip", "Accept-Encoding"))
        self.assertEqual(reply.headers["cache-control"], "public, max-age=31536000, immutable")
        self.assertEqual(reply.headers["content-type"], "text/javascript; charset=utf-8")
        self.assertEqual(self.get("/_next/static/a.js").body, b"1" * 1000)

    def test_an_unknown_address_is_told_to_people_as_a_page_and_to_programs_as_an_error(self):
        reply = self.get("/nowhere/")
        self.assertEqual((reply.status, reply.body), (404, b"<!doctype html>nowhere"))
        self.assertIn("default-src 'self'", reply.headers["content-security-policy"])
        for path in ("/v1/nowhere", "/api/nowhere", "/api", "/internal/nowhere", "/.well-known/nowhere", "/v1/files/1/2/3",
                     "/_next/static/nowhere.js"):
            self.assert_error(self.get(path), 404, "unknown_url")
        self.assert_error(self.gateway.get("/", method="POST", body=b""), 405, "method_not_allowed")

    def test_nothing_beside_the_export_is_served(self):
        os.symlink("/etc/passwd", self.gateway.path("page/link.txt"))
        for path in ("/link.txt", "/..%2flog/gateway.log", "/%2e%2e/log/gateway.log", "/404.html"):
            self.assertNotEqual(self.get(path).status, 200, path)

    def test_files_leave_no_line_and_unknown_addresses_do(self):
        for _ in range(40):
            self.get("/keys/")
        missing = self.get("/nowhere/").headers["x-request-id"]
        until(lambda: any(line["request_id"] == missing for line in self.gateway.audit_lines("audit-anonymous")))
        self.assertNotIn("/{page}", [line["route"] for line in self.gateway.audit_lines("audit-anonymous") if line["status"] == 200])

    def test_no_service_hears_of_a_page(self):
        before = len(self.gateway.service.seen())
        self.get("/keys/")
        self.assertEqual(len(self.gateway.service.seen()), before)

if __name__ == "__main__":
    unittest.main()
