# SPDX-License-Identifier: Apache-2.0
"""Bad input and dead credentials: the API's error with the right status and field, and nothing changed."""
import http.client
import json
import time

import instance
from base import MISSING, PlatformTest, main, until, uses_engine, wire

MIB = 1024 * 1024
CHAT = "/v1/chat/completions"
STORES = "/v1/vector_stores"
MESSAGE = [{"role": "user", "content": "x"}]


class BadInput(PlatformTest):
    def setUp(self):
        self.tenant = self.acme()
        # What an answered chat call or a list adds is not what is looked at here.
        self.before = self.state()

    def tearDown(self):
        self.assertEqual(self.state(), self.before, "a refused request changed something")

    def state(self):
        kept = self.bh.rows_of(self.tenant)
        # "retention" has a row for each kind of which the tenant has rows, usage rows too.
        ignored = ("usage", "meter", "reservation", "retention")
        return {name: count for name, count in kept.items() if not name.startswith(ignored)} | self.jobs(self.tenant.id)

    def post(self, path, body, **options):
        return self.tenant.call("POST", path, body, **options)

    def test_bodies_that_are_no_json_object(self):
        for path in (CHAT, STORES, "/v1/embeddings", "/v1/responses"):
            for body in (b'{"model": ', b"", b"null", b"[]", b'"text"', b"{} {}", b"{'model': 1}", b'{"a": NaN}',
                         b'{"a": 01}', b"\xef\xbb\xbf{}", b"[" * 5000):
                if path == STORES and body == b"":
                    continue  # every field is optional there
                with self.subTest(path=path, body=body[:20]):
                    self.refused(self.post(path, body), 400)

    def test_a_name_given_twice(self):
        self.refused(self.post(STORES, b'{"name": "a", "name": "b"}'), 400)
        self.refused(self.post(CHAT, b'{"model":"default","messages":[{"role":"user","role":"user","content":"x"}]}'),
                     400)

    def test_text_that_is_no_utf8_or_no_text(self):
        for text in (b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\\ud800", b"\\u0000"):
            with self.subTest(text=text):
                self.refused(self.post(STORES, b'{"name": "' + text + b'"}'), 400)

    def test_wrong_types_name_their_field(self):
        for path, body, param in [
                (CHAT, {"model": 7, "messages": MESSAGE}, "model"),
                (CHAT, {"model": "default", "messages": "x"}, "messages"),
                (CHAT, {"model": "default", "messages": [{"role": "user", "content": 7}]}, "messages.0.content"),
                (CHAT, {"model": "default", "messages": [{"role": "nobody", "content": "x"}]}, "messages.0.role"),
                (CHAT, {"model": "default", "messages": MESSAGE, "temperature": "warm"}, "temperature"),
                (CHAT, {"model": "default", "messages": MESSAGE, "temperature": 9}, "temperature"),
                (CHAT, {"model": "default", "messages": MESSAGE, "stream": "yes"}, "stream"),
                (CHAT, {"model": "default", "messages": MESSAGE, "n": 2}, "n"),
                (CHAT, {"model": "default", "messages": MESSAGE, "max_tokens": 1.5}, "max_tokens"),
                (CHAT, {"messages": MESSAGE}, "model"),
                (CHAT, {"model": "default"}, "messages"),
                (CHAT, {"model": "default", "messages": []}, "messages"),
                (CHAT, {"model": "default", "messages": MESSAGE, "no_such_field": 1}, "no_such_field"),
                (STORES, {"name": 7}, "name"),
                (STORES, {"metadata": []}, "metadata"),
                (STORES, {"file_ids": "file-1"}, "file_ids"),
                ("/v1/embeddings", {"model": "default", "input": 7}, "input"),
                ("/v1/embeddings", {"model": "default", "input": []}, "input"),
                ("/v1/embeddings", {"model": "default", "input": ""}, "input"),
                ("/v1/embeddings", {"model": "default", "input": "x", "encoding_format": "hex"}, "encoding_format"),
                ("/v1/responses", {"model": "default", "input": 7}, "input"),
                ("/v1/responses", {"model": "default", "input": "x", "tools": "all"}, "tools"),
                ("/v1/responses", {"model": "default", "input": "x", "tools": [{"type": "mcp"}]}, None),
                ("/v1/responses", {"model": "default", "input": "x", "max_output_tokens": -1}, "max_output_tokens")]:
            with self.subTest(path=path, body=body):
                error = self.refused(self.post(path, body), 400, of_type="invalid_request_error")
                if param is not None:
                    self.assertEqual(error["param"], param, error)

    def test_names_and_values_that_are_too_long(self):
        for path, body, param in [
                (STORES, {"name": "x" * 10000}, "name"),
                (STORES, {"metadata": {"k" * 65: "v"}}, "metadata"),
                (STORES, {"metadata": {"k": "v" * 513}}, "metadata"),
                (STORES, {"metadata": {f"k{at}": "v" for at in range(17)}}, "metadata"),
                (CHAT, {"model": "m" * 5000, "messages": MESSAGE}, "model"),
                ("/v1/embeddings", {"model": "default", "input": ["x"] * 3000}, "input")]:
            with self.subTest(path=path, param=param):
                error = self.refused(self.post(path, body), 400)
                self.assertTrue((error["param"] or "").startswith(param), error)

    def test_bodies_over_the_limit(self):
        for path, size in ((STORES, 300 * 1024), (CHAT, 9 * MIB)):
            with self.subTest(path=path):
                self.refused(self.post(path, b'{"name": "' + b"x" * size + b'"}'), 413)

    def test_a_body_over_the_limit_is_refused_by_its_announced_length(self):
        connection = http.client.HTTPConnection(*self.bh.address, timeout=10)
        connection.putrequest("POST", CHAT)
        for name, value in (("Authorization", f"Bearer {self.tenant.key}"), ("Content-Type", "application/json"),
                            ("Content-Length", str(100 * MIB))):
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        reply = wire.Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        connection.close()
        self.refused(reply, 413)

    def test_other_content_types(self):
        body = json.dumps({"model": "default", "messages": MESSAGE}).encode()
        self.refused(self.post(CHAT, body, content_type="text/plain"), 415)
        self.refused(self.post("/v1/files", b"{}"), 415)

    def test_forms_that_are_broken(self):
        whole, kind = wire.multipart([("purpose", None, None, b"assistants"), ("file", "a.txt", "text/plain", b"x")])
        for body, content_type in ((whole[:-20], kind), (whole, "multipart/form-data"), (b"", kind),
                                   (whole, "multipart/form-data; boundary=other")):
            with self.subTest(content_type=content_type, length=len(body)):
                self.refused(self.post("/v1/files", body, content_type=content_type), 400)

    def test_forms_that_lack_something(self):
        for parts, param in [
                ([("file", "a.txt", "text/plain", b"x")], "purpose"),
                ([("purpose", None, None, b"assistants")], "file"),
                ([("purpose", None, None, b"conquest"), ("file", "a.txt", "text/plain", b"x")], "purpose"),
                ([("purpose", None, None, b"assistants"), ("file", None, None, b"x")], "file")]:
            body, kind = wire.multipart(parts)
            with self.subTest(param=param):
                self.refused(self.post("/v1/files", body, content_type=kind), 400, param=param)

    def test_an_unknown_model(self):
        for path, rest in ((CHAT, {"messages": MESSAGE}), ("/v1/embeddings", {"input": "x"}),
                           ("/v1/responses", {"input": "x"})):
            with self.subTest(path=path):
                error = self.refused(self.post(path, {"model": "no-such"} | rest), 404, "model_not_found", "model")
                # One that is too long for any path inside is missing like the others.
                self.refused(self.post(path, {"model": "ü" * 256} | rest), 404, "model_not_found", "model")
                self.assertIn("mock-", error["message"])

    @uses_engine
    def test_a_prompt_over_the_context(self):
        long = "word " * 20000
        self.refused(self.post(CHAT, {"model": instance.SMALL_CHAT, "messages": [{"role": "user", "content": long}]}), 400,
                     "context_length_exceeded")
        real = self.engine_tenant()
        self.refused(real.call("POST", "/v1/embeddings", {"model": "default", "input": long}), 400,
                     "context_length_exceeded")
        self.refused(self.post("/v1/responses", {"model": instance.SMALL_CHAT, "input": long, "store": False}), 400,
                     "context_length_exceeded")

    def test_an_upstreams_word_that_the_prompt_is_too_long(self):
        reply = self.chat(self.tenant, script={"mode": "status", "status": 400, "body": {"error": {
            "message": "too long", "type": "invalid_request_error", "code": "context_length_exceeded"}}})
        self.refused(reply, 400, "context_length_exceeded")

    def test_ids_that_are_unknown_or_wrongly_formed(self):
        for kind, path in (("file", "/v1/files/"), ("vs", "/v1/vector_stores/"), ("resp", "/v1/responses/")):
            right = "file-" if kind == "file" else kind + "_"
            unknown = self.tenant.call("GET", path + right + MISSING)
            self.refused(unknown, 404)
            for id in ("abc", "msg_" + MISSING, right + "0", right + MISSING + "0", right + MISSING.upper()[:-1] + "G",
                       right, right + "%00", right + "%FF", "..%2f" + MISSING, MISSING, right.upper() + MISSING):
                with self.subTest(path=path + id):
                    reply = self.tenant.call("GET", path + id)
                    self.assertIn(reply.status, (400, 404), reply)
                    self.refused(reply, reply.status)
                    if reply.status == 404 and "%" not in id:
                        self.assertEqual(reply.body.replace(id.encode(), b"#"),
                                         unknown.body.replace((right + MISSING).encode(), b"#"))

    def test_ids_in_bodies(self):
        store = "vs_" + MISSING
        self.refused(self.post("/v1/responses", {"model": "default", "input": "x", "tools": [
            {"type": "file_search", "vector_store_ids": [store]}]}), 404)
        self.refused(self.post("/v1/responses", {"model": "default", "input": "x",
                                                 "previous_response_id": "resp_" + MISSING}), 404,
                     param="previous_response_id")
        self.refused(self.post(STORES, {"file_ids": ["file-" + MISSING]}), 404)

    def test_paths_and_methods_that_do_not_exist(self):
        for path in ("/v1", "/v1/", "/v1/nothing", "/v2/chat/completions", "/v1/chat/completions/",
                     "/v1//chat/completions", "/v1/rerank/", "/v1/images/generations", "/v1/audio/voices",
                     "/v1/fine_tuning/jobs", "/v1/uploads", "/v1/conversations", "/v1/responses/compact", "/mcp",
                     "/api/billing", "/internal/exchange", "/internal/token", "/internal/forget", "/healthz",
                     "/internal/v1/chat/completions"):
            with self.subTest(path=path):
                reply = self.post(path, {})
                self.assertIn(reply.status, (400, 404, 405), reply)
                self.refused(reply, reply.status)
        reply = self.tenant.call("DELETE", CHAT)
        self.refused(reply, 405)
        self.assertIn("POST", reply.headers["allow"])

    def test_requests_that_are_no_http(self):
        for request in (b"GARBAGE\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET /" + b"x" * 70000 + b" HTTP/1.1\r\n\r\n",
                        b"POST /v1/files HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                        b"GET /v1/models HTTP/1.1\r\nHost: x\r\nX-Big: " + b"y" * 70000 + b"\r\n\r\n"):
            with self.subTest(request=request[:30]):
                answer = self.tenant.http.raw(request)
                head, _, body = answer.partition(b"\r\n\r\n")
                self.assertRegex(head.split(b"\r\n")[0], rb"^HTTP/1.1 4\d\d ")
                self.assertTrue({"message", "type", "param", "code"} <= set(json.loads(body)["error"]))

    def test_bodies_whose_length_is_said_in_two_ways(self):
        """Nobody between a client and a service may see two requests where the other sees one."""
        head = f"POST /v1/vector_stores HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.tenant.key}\r\n" \
            "Content-Type: application/json\r\n"
        hidden = b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n"
        for fields, body in (
                ("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + hidden),
                ("Content-Length: 2\r\nContent-Length: 5\r\n", b"{}" + hidden), ("Content-Length: 2, 5\r\n", b"{}" + hidden),
                ("Content-Length: +2\r\n", b"{}" + hidden), ("Content-Length: 0x2\r\n", b"{}" + hidden),
                ("Content-Length : 2\r\n", b"{}" + hidden),
                ("Transfer-Encoding: xchunked\r\n", b"2\r\n{}\r\n0\r\n\r\n" + hidden),
                ("Transfer-Encoding: chunked, identity\r\n", b"2\r\n{}\r\n0\r\n\r\n" + hidden),
                ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n" + hidden),
                ("Transfer-Encoding: chunked\r\n", b"-2\r\n{}\r\n0\r\n\r\n" + hidden),
                ("Transfer-Encoding: chunked\r\n", b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n" + hidden),
                ("Transfer-Encoding: chunked\r\n", b"2\r\n{}xx0\r\n\r\n" + hidden)):
            with self.subTest(fields=fields, body=body[:20]):
                answer = self.tenant.http.raw(head.encode() + fields.encode() + b"\r\n" + body)
                head_of_answer, _, rest = answer.partition(b"\r\n\r\n")
                self.assertRegex(head_of_answer.split(b"\r\n")[0], rb"^HTTP/1.1 (400|411|413|501) ")
                self.assertEqual(answer.count(b"HTTP/1.1 "), 1, "a second request was answered")
                self.assertTrue({"message", "type", "param", "code"} <= set(json.loads(rest)["error"]))

    def test_a_client_cannot_say_who_it_is(self):
        other = self.other()
        reply = self.tenant.call("GET", "/api/auth/me", headers={
            "x-bulkhead-tenant": other.id, "x-request-id": "0" * 32, "x-forwarded-for": "1.2.3.4"})
        self.assertEqual(self.ok(reply)["tenant_id"], self.tenant.id)
        self.assertNotEqual(reply.request_id, "0" * 32)


class DeadCredentials(PlatformTest):
    """One second after the act at the latest, everywhere."""

    def setUp(self):
        self.tenant = self.bh.tenant()

    def refused_within_a_second(self, key, status, code=None):
        """From now on: the command that ended it has come back."""
        begin = time.monotonic()
        http = wire.Http(self.bh.address, key)
        for method, path, body in (("GET", "/v1/models", None), ("GET", "/v1/files", None),
                                   ("GET", "/api/auth/me", None),
                                   ("POST", "/v1/responses", {"model": "default", "input": "x"})):
            reply = until(lambda: (found := http.call(method, path, body)).status == status and found,
                          max(0.1, 1.0 - (time.monotonic() - begin)), f"{status} for {path}")
            self.refused(reply, status, code)

    def test_a_revoked_key(self):
        self.once_in(3, self.revoke_a_key)

    def revoke_a_key(self):
        key = self.tenant.new_key()
        http = wire.Http(self.bh.address, key["key"])
        self.ok(http.call("GET", "/v1/models"))
        before = self.bh.rows_of(self.tenant)["file"]
        self.bh.cli("key", "revoke", key["id"], "--tenant", self.tenant.id)
        self.refused_within_a_second(key["key"], 401, "invalid_api_key")
        self.refused(http.upload("a.txt", b"x"), 401)
        self.assertEqual(self.bh.rows_of(self.tenant)["file"], before)
        self.ok(self.tenant.call("GET", "/v1/models"))

    def test_a_suspended_tenant_and_its_return(self):
        self.once_in(3, self.suspend_and_resume)

    def suspend_and_resume(self):
        self.bh.cli("tenant", "resume", self.tenant.id)
        until(lambda: self.tenant.call("GET", "/v1/models").status == 200, 5, "the tenant at work")
        self.bh.cli("tenant", "suspend", self.tenant.id)
        self.refused_within_a_second(self.tenant.key, 403, "tenant_suspended")
        self.ok(self.other().call("GET", "/v1/models"))
        self.bh.cli("tenant", "resume", self.tenant.id)
        until(lambda: self.tenant.call("GET", "/v1/models").status == 200, 1, "the tenant back")
        self.ok(self.chat(self.tenant))

    def test_a_suspension_ends_a_running_stream(self):
        self.once_in(3, self.suspend_during_a_stream)

    def suspend_during_a_stream(self):
        until(lambda: self.tenant.call("GET", "/v1/models").status == 200, 5, "the tenant at work")
        connection, answer, events = self.tenant.http.stream(CHAT, {
            "model": "default", "stream": True, "messages": [
                {"role": "user", "content": '#mock ' + json.dumps({"mode": "slow", "delay": 0.1, "text": "x " * 300})}]})
        self.assertEqual(answer.status, 200)
        next(events)
        self.bh.cli("tenant", "suspend", self.tenant.id)
        begin = time.monotonic()
        try:
            for _ in events:
                self.assertLess(time.monotonic() - begin, 15, "the stream went on")
        except ConnectionError:
            pass  # an end as good as any
        finally:
            connection.close()
            self.bh.cli("tenant", "resume", self.tenant.id)
        self.assertLess(time.monotonic() - begin, 15)

    def test_credentials_that_never_were(self):
        for key in (None, "", "nonsense", "bh_sk_" + "0" * 100, self.tenant.key[:-1] + "!", self.tenant.key + "x",
                    self.tenant.key[:-1], self.tenant.key.lower(), "a" * 20000, "eyJhbGciOiJub25lIn0.e30."):
            with self.subTest(key=(key or "none")[:20]):
                reply = wire.Http(self.bh.address, key).call("GET", "/v1/models")
                self.assertIn(reply.status, (401, 400, 431) if key and len(key) > 10000 else (401,), reply)
                self.refused(reply, reply.status)

    def test_the_secret_of_one_with_the_id_of_another(self):
        """Only the secret's hash decides: parts of two keys of two tenants make none."""
        mine, theirs = self.tenant.key, self.other().key
        for at in (10, 30, 50, 70):
            mixed = mine[:at] + theirs[at:]
            if mixed in (mine, theirs):
                continue  # the ids of tenants made in the same moment begin alike
            self.refused(wire.Http(self.bh.address, mixed).call("GET", "/v1/models"), 401)

    def test_a_disabled_user_of_a_tenant(self):
        email = f"{self.tenant.id[:8]}@example.org"
        self.bh.cli("user", "create", email, "--tenant", self.tenant.id, "--role", "member", "--password-stdin",
                    stdin="correct horse battery staple\n")
        sign_in = {"email": email, "password": "correct horse battery staple"}
        nobody = wire.Http(self.bh.address)
        tokens = self.ok(nobody.call("POST", "/api/auth/sign-in", sign_in))
        self.ok(wire.Http(self.bh.address, tokens["access_token"]).call("GET", "/v1/models"))
        self.bh.cli("user", "disable", email, "--tenant", self.tenant.id)
        until(lambda: wire.Http(self.bh.address, tokens["access_token"]).call("GET", "/v1/models").status in (401, 403),
              1.5, "the token refused")
        self.assertIn(nobody.call("POST", "/api/auth/sign-in", sign_in).status, (401, 403))
        self.bh.cli("user", "enable", email, "--tenant", self.tenant.id)
        self.ok(nobody.call("POST", "/api/auth/sign-in", sign_in))

    def test_passwords_and_refresh_tokens(self):
        email = f"{self.tenant.id[:8]}-two@example.org"
        self.bh.cli("user", "create", email, "--tenant", self.tenant.id, "--role", "admin", "--password-stdin",
                    stdin="correct horse battery staple\n")
        nobody = wire.Http(self.bh.address)
        wrong = nobody.call("POST", "/api/auth/sign-in", {"email": email, "password": "wrong"})
        absent = nobody.call("POST", "/api/auth/sign-in", {"email": "no@example.org", "password": "wrong"})
        self.refused(wrong, 401)
        self.assertEqual(wrong.body, absent.body)
        first = self.ok(nobody.call("POST", "/api/auth/sign-in", {"email": email,
                                                                  "password": "correct horse battery staple"}))
        self.assertEqual((first["role"], first["tenant_id"]), ("admin", self.tenant.id))
        def refresh(tokens):
            return nobody.call("POST", "/api/auth/refresh", {"refresh_token": tokens["refresh_token"]})
        second = self.ok(refresh(first))
        third = self.ok(refresh(second))
        # Used again, the first one ends the whole family.
        self.refused(refresh(first), 401)
        self.refused(refresh(third), 401)


if __name__ == "__main__":
    main()
