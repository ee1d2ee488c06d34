# SPDX-License-Identifier: Apache-2.0
"""What comes back: errors in the API's shape, streams as they are made, an audit line and counters for each."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
import unittest

from harness import KEY, SUBJECT, TENANT, GatewayTest, until


class Errors(GatewayTest):
    def test_a_wrong_method_names_the_right_ones(self):
        for method in ("PUT", "PATCH", "OPTIONS", "BREW"):
            with self.subTest(method):
                reply = self.gateway.get("/v1/items", method=method, credential=None)
                self.assert_error(reply, 405, "method_not_allowed")
                self.assertEqual(reply.headers["allow"], "GET, HEAD, POST")

    def test_head_is_answered_wherever_get_is(self):
        reply = self.gateway.get("/v1/items", method="HEAD")
        self.assertEqual((reply.status, reply.body), (200, b""))
        self.assertGreater(int(reply.headers["content-length"]), 0)
        self.assertEqual(self.gateway.service.seen()[-1]["method"], "HEAD")
        for target, status in (("/v1/items/x", 200), ("/metrics", 403), ("/v1/absent-path", 404), ("/v1/stream", 405)):
            with self.subTest(target):
                reply = self.gateway.get(target, method="HEAD")
                self.assertEqual((reply.status, reply.body), (status, b""))
        self.assertEqual(self.gateway.get("/v1/stream", method="HEAD").headers["allow"], "POST")

    def test_head_needs_the_credential_and_the_scope_of_get(self):
        self.assertEqual(self.gateway.get("/v1/items", method="HEAD", credential=None).status, 401)
        self.assertEqual(self.gateway.get("/v1/items/x/parts", method="HEAD").status, 403)

    def test_methods_nginx_itself_refuses_have_the_same_shape(self):
        self.assert_error(self.gateway.raw("TRACE /v1/items HTTP/1.1\r\nHost: x\r\n\r\n"), 405, "method_not_allowed")

    def test_a_request_that_is_no_http_gets_the_error_object_too(self):
        for data in ("\x16\x03\x01\x02\x00\r\n\r\n", "GET\r\n\r\n", "GET /v1/items HTTP/9.9\r\n\r\n",
                     "GET /v1/items HTTP/1.1\r\n\r\n", "GET /v1/items HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                     "GET /v1/%zz HTTP/1.1\r\nHost: x\r\n\r\n", "get /v1/items HTTP/1.1\r\nHost: x\r\n\r\n",
                     "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n"):
            with self.subTest(data):
                reply = self.gateway.raw(data)
                self.assertIn(reply.status, (400, 505))
                self.assertEqual(sorted(reply.error), ["code", "message", "param", "type"])
                self.assertRegex(reply.headers["x-request-id"], r"^[0-9a-f]{32}$")
                self.gateway.audit(reply.headers["x-request-id"])

    def test_headers_too_large_are_431(self):
        reply = self.gateway.raw("GET /v1/items HTTP/1.1\r\nHost: x\r\nX-Long: " + "x" * 20000 + "\r\n\r\n")
        self.assert_error(reply, 431, "request_too_large")
        self.gateway.audit(reply.headers["x-request-id"])

    def test_a_request_line_too_long_is_414(self):
        self.assert_error(self.gateway.raw("GET /v1/" + "x" * 20000 + " HTTP/1.1\r\nHost: x\r\n\r\n"),
                          414, "request_too_large")

    def test_a_body_over_the_route_s_size_is_413(self):
        self.assertEqual(self.gateway.get("/v1/items", method="POST", body=b"x" * 4096).status, 200)
        self.assert_error(self.gateway.get("/v1/items", method="POST", body=b"x" * 4097), 413, "request_too_large")
        # The path allows 4096 for POST; GET allows nothing.
        self.assert_error(self.gateway.get("/v1/items", body=b"x"), 413, "request_too_large")

    def test_a_chunked_body_over_the_size_is_413(self):
        chunk = "1000\r\n" + "x" * 4096 + "\r\n"
        self.assert_error(self.gateway.raw("POST /v1/items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\n"
                                           "Transfer-Encoding: chunked\r\n\r\n" + chunk * 2 + "0\r\n\r\n"),
                          413, "request_too_large")

    def test_a_service_that_is_down_is_503_and_may_be_asked_again(self):
        for method in ("GET", "POST"):
            reply = self.gateway.get("/v1/absent", method=method, body=b"{}" if method == "POST" else None)
            self.assert_error(reply, 503, "service_unavailable")
            self.assertTrue(1 <= int(reply.headers["retry-after"]) <= 5)
            self.assertNotIn("x-should-retry", reply.headers)

    def test_a_post_that_was_cut_off_must_not_be_retried(self):
        reply = self.gateway.get("/v1/items?do=cut", method="POST", body=b"{}")
        self.assert_error(reply, 502, "service_unavailable")
        self.assertEqual(reply.headers["x-should-retry"], "false")
        self.assertNotIn("retry-after", reply.headers)

    def test_a_post_that_took_too_long_must_not_be_retried(self):
        reply = self.gateway.get("/v1/brief?do=hold", method="POST", body=b"{}")
        self.assert_error(reply, 504, "service_unavailable")
        self.assertEqual(reply.headers["x-should-retry"], "false")
        until(self.gateway.service.gone.is_set, what="the service seeing the gateway give up")

    def test_a_get_that_was_cut_off_may_be_retried(self):
        reply = self.gateway.get("/v1/items?do=cut")
        self.assert_error(reply, 502, "service_unavailable")
        self.assertNotIn("x-should-retry", reply.headers)

    def test_an_error_of_the_service_passes_untouched(self):
        for status in (400, 404, 409, 429, 500, 503):
            reply = self.gateway.get(f"/v1/items?do=status:{status}")
            self.assertEqual((reply.status, reply.json()), (status, {"error": {"code": "of_service"}}))
            self.assertRegex(reply.headers["x-request-id"], r"^[0-9a-f]{32}$")
            self.assertNotIn("www-authenticate", reply.headers)

    def test_a_kept_connection_goes_on_after_a_refusal(self):
        with contextlib.closing(self.gateway.client()) as client:
            for _ in range(3):
                self.assertEqual(client.request("GET", "/v1/items").status, 401)
                self.assertEqual(client.request("GET", "/nowhere").status, 404)
                self.assertEqual(client.request("GET", "/v1/items", {"Authorization": "Bearer good"}).status, 200)

    def test_pipelined_requests_are_answered_in_order(self):
        one = "GET /v1/items/{} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer fresh-{}\r\n\r\n"
        with contextlib.closing(self.gateway.client()) as client:
            for n in range(5):
                self.gateway.auth.add(f"fresh-{n}")
            client.send("".join(one.format(n, n) for n in range(5)))
            for n in range(5):
                self.assertEqual(client.reply().json()["target"], f"/v1/items/{n}")


class Streams(GatewayTest):
    def open(self):
        client = self.gateway.client()
        client.send("POST /v1/stream?do=stream:3 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\n"
                    "Accept-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")
        return client

    def test_each_event_passes_before_the_next_is_made(self):
        with contextlib.closing(self.open()) as client:
            head = client.head()
            self.assertIn("text/event-stream", head)
            self.assertNotIn("gzip", head)
            for n in range(3):
                self.gateway.service.release.set()
                self.assertEqual(client.chunk(), f"data: {{\"n\":{n}}}\n\n".encode())
            self.assertEqual(client.chunk(), b"")
        request_id = [line for line in head.splitlines() if line.lower().startswith("x-request-id")][0].split(": ")[1]
        line = self.gateway.audit(request_id)[0]
        self.assertTrue(line["streamed"] and line["complete"])

    def test_a_client_that_leaves_is_seen_by_the_service_at_once(self):
        client = self.open()
        head = client.head()
        self.gateway.service.release.set()
        client.chunk()
        started = time.monotonic()
        client.close()
        until(self.gateway.service.gone.is_set)
        self.assertLess(time.monotonic() - started, 10)
        request_id = [line for line in head.splitlines() if line.lower().startswith("x-request-id")][0].split(": ")[1]
        self.assertFalse(self.gateway.audit(request_id)[0]["complete"])

    def test_a_stream_that_breaks_off_does_not_end_well(self):
        with contextlib.closing(self.gateway.client()) as client:
            client.send("GET /v1/items?do=half HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\n\r\n")
            client.head()
            with self.assertRaises(EOFError):
                client._exactly(100)


class Audit(GatewayTest):
    def test_a_request_leaves_one_line_with_what_headers_know(self):
        self.gateway.auth.add("audited", credential_kind="session", role="owner", plan="gold")
        reply = self.gateway.get("/v1/items/it-1?token=secret", credential="audited")
        lines = self.gateway.audit(reply.headers["x-request-id"])
        self.assertEqual(len(lines), 1)
        line = lines[0]
        expected = {"event": "item.get", "tenant_id": TENANT, "subject": SUBJECT, "credential_id": KEY,
                    "credential_kind": "session", "role": "owner", "plan": "gold", "client": "127.0.0.1",
                    "method": "GET", "path": "/v1/items/it-1", "route": "/v1/items/{id}", "status": 200,
                    "error_code": None, "decision": "allowed", "refused_by": None, "service": "rag",
                    "streamed": False, "complete": True}
        self.assertEqual({name: line[name] for name in expected}, expected)
        self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertRegex(line["trace_id"], r"^[0-9a-f]{32}$")
        self.assertGreater(line["bytes_in"], 0)
        self.assertGreater(line["bytes_out"], 0)
        self.assertGreaterEqual(line["duration_ms"], 0)
        self.assertGreaterEqual(line["service_ms"], 0)

    def test_a_refusal_says_by_what(self):
        self.gateway.auth.add("once", limit_tenant_rpm=1, tenant="cccccccc-0000-4000-8000-00000000000c")
        self.gateway.get("/v1/items", credential="once")
        reply = self.gateway.get("/v1/items", credential="once")
        line = self.gateway.audit(reply.headers["x-request-id"])[0]
        self.assertEqual((line["status"], line["decision"], line["refused_by"], line["error_code"]),
                         (429, "limited", "tenant_requests_per_minute", "rate_limit_exceeded"))

    def test_the_unauthenticated_have_no_tenant(self):
        reply = self.gateway.get("/v1/items", credential=None)
        line = self.gateway.audit(reply.headers["x-request-id"])[0]
        self.assertEqual((line["tenant_id"], line["event"], line["decision"]), (None, "item.list", "unauthenticated"))

    def test_no_path_breaks_a_line(self):
        for path in ('/v1/items/"},{"x":"', "/v1/items/caf\u00e9", "/v1/items/" + "%22" * 600, "/v1/items/" + '"' * 4000):
            with self.subTest(path[:30]):
                reply = self.gateway.get(path)
                line = self.gateway.audit(reply.headers["x-request-id"])[0]
                self.assertTrue(line["path"].startswith("/v1/items/"))

    def test_a_credential_in_a_path_is_masked(self):
        secret = "bh_sk_00000000000000000000010352vEYVSaG9yy7g5mwwsz3"
        for path, kept in ((f"/v1/{secret}/x", "/v1/bh_sk_***/x"), (f"/v1/items/{secret}", "/v1/items/bh_sk_***"),
                           (f"/v1/a{secret}-{secret}", "/v1/abh_sk_***-bh_sk_***"), ("/v1/bh_sk_", "/v1/bh_sk_***"),
                           ("/v1/bh_s/x", "/v1/bh_s/x")):
            with self.subTest(path):
                line = self.gateway.audit(self.gateway.get(path).headers["x-request-id"])[0]
                self.assertEqual(line["path"], kept)

    def test_no_secret_is_in_any_log(self):
        self.gateway.auth.add("bh_sk_VerySecret")
        self.gateway.get("/v1/items?api_key=bh_sk_VerySecret", credential="bh_sk_VerySecret")
        self.gateway.get("/v1/absent", credential="bh_sk_VerySecret")
        self.gateway.audit(n=1)
        time.sleep(0.3)
        for name in os.listdir(self.gateway.path("log")):
            with open(self.gateway.path("log/" + name)) as file:
                text = file.read()
            self.assertNotIn("token-of-bh_sk_VerySecret", text)
            if name.startswith("audit"):
                self.assertNotIn("VerySecret", text)

    def test_a_reopened_log_gets_the_next_lines(self):
        first = self.gateway.get("/v1/items").headers["x-request-id"]
        self.gateway.audit(first)
        path = self.gateway.path("log/audit-gateway.jsonl")
        os.rename(path, path + ".1")
        self.gateway.nginx.send_signal(signal.SIGUSR1)
        until(lambda: os.path.exists(path))
        self.gateway.audit(self.gateway.get("/v1/items").headers["x-request-id"])


class AuditFull(GatewayTest):
    expected = "cannot write to the audit log"

    def edit(text):
        lines = [line for line in text.splitlines() if "bulkhead_audit_log" not in line]
        return "\n".join(lines).replace("http {", "http {\n\tbulkhead_audit_log /dev/full;", 1)

    def test_a_full_disk_stops_no_request_and_is_counted(self):
        for _ in range(150):
            self.assertEqual(self.gateway.get("/v1/items").status, 200)
        metrics = self.gateway.metrics()
        self.assertGreater(metrics["bulkhead_gateway_audit_dropped_total"], 0)
        self.assertGreater(metrics["bulkhead_gateway_audit_lines_total"], 0)
        self.assertIn("cannot write to the audit log", self.gateway.error_log())


class Metrics(GatewayTest):
    def test_a_request_is_counted_by_template_status_and_decision(self):
        name = 'bulkhead_gateway_requests_total{route="/v1/items/{id}",status="2xx",decision="allowed"}'
        before = self.gateway.metrics().get(name, 0)
        for n in range(5):
            self.gateway.get(f"/v1/items/{n}")
        until(lambda: self.gateway.metrics()[name] == before + 5)
        metrics = self.gateway.metrics()
        count = metrics['bulkhead_gateway_request_duration_seconds_count{route="/v1/items/{id}"}']
        self.assertEqual(metrics['bulkhead_gateway_request_duration_seconds_bucket{route="/v1/items/{id}",le="+Inf"}'],
                         count)

    def test_no_label_comes_from_a_request_or_a_tenant(self):
        self.gateway.get("/v1/items/very-own-id")
        self.gateway.get("/no/such/very-own-path")
        text = self.gateway.private("GET", "/metrics").body.decode()
        self.assertNotIn("very-own", text)
        self.assertNotIn(TENANT, text)
        self.assertIn('route="unrouted"', text)

    def test_the_public_listener_wants_a_scope_for_it(self):
        self.assert_error(self.gateway.get("/metrics", credential=None), 401, "invalid_api_key")
        self.assert_error(self.gateway.get("/metrics"), 403, "insufficient_permissions")
        self.gateway.auth.add("scraper", scope="metrics:read")
        reply = self.gateway.get("/metrics", credential="scraper")
        self.assertEqual(reply.status, 200)
        self.assertTrue(reply.headers["content-type"].startswith("text/plain"))
        self.assertIn(b"# TYPE bulkhead_gateway_requests_total counter", reply.body)

    def test_counters_survive_a_reload(self):
        name = 'bulkhead_gateway_requests_total{route="/v1/items",status="2xx",decision="allowed"}'
        self.gateway.get("/v1/items")
        before = until(lambda: self.gateway.metrics().get(name))
        self.gateway.reload()
        self.assertEqual(self.gateway.metrics()[name], before)


class Reload(GatewayTest):
    workers = 2
    expected = 'has no "scope"'

    def test_a_reload_under_load_drops_nothing(self):
        stop = threading.Event()
        failures, done = [], [0] * 4

        def load(n):
            client, fresh = self.gateway.client(), True
            while not stop.is_set():
                try:
                    reply = client.request("GET", "/v1/items", {"Authorization": "Bearer good"})
                except (OSError, EOFError) as error:
                    # A server may close a kept connection while nothing is under way on it, and a client then
                    # opens another. A new connection, or an answer that has begun, may not be lost.
                    if fresh or client.buffer:
                        failures.append(error)
                    reply = None
                if reply is not None and reply.status != 200:
                    failures.append((reply.status, reply.body))
                fresh = reply is None or reply.headers.get("connection") == "close"
                if fresh:
                    client.close()
                    client = self.gateway.client()
                done[n] += reply is not None
            client.close()

        threads = [threading.Thread(target=load, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(5):
            count = sum(done)
            self.gateway.reload()
            until(lambda: sum(done) > count + 50)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_a_wrong_configuration_changes_nothing(self):
        with open(self.gateway.path("nginx.conf")) as file:
            good = file.read()
        with open(self.gateway.path("nginx.conf"), "w") as file:
            file.write(good.replace("scope=items:read ", "", 1))
        self.gateway.nginx.send_signal(signal.SIGHUP)
        until(lambda: 'has no "scope"' in self.gateway.error_log())
        self.assertEqual(self.gateway.get("/v1/items").status, 200)
        with open(self.gateway.path("nginx.conf"), "w") as file:
            file.write(good)


class Configuration(GatewayTest):
    def refused(self, old, new):
        with open(self.gateway.path("nginx.conf")) as file:
            text = file.read()
        self.assertIn(old, text)
        path = self.gateway.path("wrong.conf")
        with open(path, "w") as file:
            file.write(text.replace(old, new, 1))
        checked = subprocess.run(self.gateway.command("-t")[:-2] + [path, "-t"], capture_output=True, text=True)
        self.assertNotEqual(checked.returncode, 0)
        return checked.stderr

    def test_a_route_without_a_policy_does_not_start(self):
        line = "bulkhead_route GET scope=items:read limits=data audit=item.list body=0;"
        self.assertIn('no "scope"', self.refused(line, line.replace("scope=items:read ", "")))
        self.assertIn('no "limits"', self.refused(line, line.replace("limits=data ", "")))
        self.assertIn('no "audit"', self.refused(line, line.replace("audit=item.list ", "")))
        self.assertIn("unknown class", self.refused(line, line.replace("limits=data", "limits=lots")))
        self.assertIn("unknown parameter", self.refused(line, line.replace("body=0", "size=0")))

    def test_scoped_routes_need_an_exchange(self):
        self.assertIn("bulkhead_exchange", self.refused("bulkhead_exchange /internal/exchange;", ""))

    def test_zones_are_needed_and_not_too_small(self):
        self.assertIn("bulkhead_zone", self.refused("bulkhead_zone 16m 16m;", ""))
        self.assertIn("too small", self.refused("bulkhead_zone 16m 16m;", "bulkhead_zone 16m 64k;"))


if __name__ == "__main__":
    unittest.main()
