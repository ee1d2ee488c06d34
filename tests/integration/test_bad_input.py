# SPDX-License-Identifier: Apache-2.0
"""Every route that takes a body × every kind of bad body, and lists × bad parameters: from api/openapi.yaml."""
import http.client
import json
import os
import re
import types
import uuid

import jsonschema
import yaml

from base import MISSING, PlatformTest, main, until, wire

from instance import ROOT, SMALL_CHAT

# What is no JSON object, and why.
MALFORMED = {
    "cut off": b'{"name": "a', "an array": b"[]", "a string": b'"text"', "null": b"null", "two values": b"{} {}",
    "not a number": b'{"name": NaN}', "a leading zero": b'{"name": 01}', "single quotes": b"{'name': 1}",
    "a byte order mark": b"\xef\xbb\xbf{}", "a comment": b'{"name": 1 /* one */}', "deep arrays": b"[" * 4000,
    "deep objects": b'{"a":' * 600 + b"1" + b"}" * 600, "deep below a name": b'{"name":' + b"[" * 2000 + b"]" * 2000 + b"}",
    "a huge number": b'{"name": 1e999}', "a name given twice": b'{"name": "a", "name": "a"}',
    "a name given twice, escaped": b'{"name": "a", "n\\u0061me": "a"}',
    "no UTF-8": b'{"name": "\xff\xfe"}', "an overlong form": b'{"name": "\xc0\xaf"}',
    "half a pair": b'{"name": "\\ud800"}', "the character zero": b'{"name": "a\\u0000b"}',
    "no UTF-8 in a name": b'{"\xff": 1}', "binary": bytes(range(256)),
}
WRONG_TYPES = [7, "text", True, [], {}, [7], [[]], 1.5, {"a": {}}]
# Their values are not looked at: the documented part of the API that has no effect here.
IGNORED = {"user"}


def description():
    with open(os.path.join(ROOT, "api/openapi.yaml"), encoding="utf-8") as file:
        return yaml.safe_load(file)


def without_patterns(schema):
    if isinstance(schema, list):
        return [without_patterns(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: without_patterns(value) for name, value in schema.items() if name != "pattern"}


class Matrix(PlatformTest):
    """One tenant with one object of each kind; nothing of it may change."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        test = cls("objects")
        cls.document = description()
        cls.scopes = {path: operation["x-bulkhead-scope"] for path, item in cls.document["paths"].items()
                      for method, operation in item.items()}
        rows = [row for row in json.loads(cls.bh.run("routes", "--json").stdout) if row["reach"] == "public"]
        cls.limits = {(row["method"], row["path"]): row["body_bytes_max"] for row in rows}
        cls.tenant = tenant = cls.acme()
        email = f"bad-{tenant.id[:8]}@example.org"
        user = cls.bh.cli("user", "create", email, "--tenant", tenant.id, "--role", "owner", "--password-stdin",
                          stdin="correct horse battery staple\n")
        tokens = test.ok(wire.Http(cls.bh.address).call("POST", "/api/auth/sign-in", {
            "email": email, "password": "correct horse battery staple"}))
        cls.owner = wire.Http(cls.bh.address, tokens["access_token"])
        staff = cls.bh.cli("key", "create", "--tenant", "platform", "--name", "staff", "--scope", "tenants:read",
                           "--scope", "tenants:write", "--scope", "limits:write", "--scope", "platform:read")
        cls.staff = wire.Http(cls.bh.address, staff["key"])
        file = test.upload(tenant, "Some words.")
        store = test.store(tenant)
        batch = test.ok(tenant.call("POST", f"/v1/vector_stores/{store['id']}/file_batches", {"file_ids": [file["id"]]}))
        test.finished(tenant, store["id"], file["id"])
        response = test.ok(test.respond(tenant))
        test.ok(tenant.call("POST", "/v1/images/generations", {"prompt": "x", "size": "256x256"}))
        job, image = (test.ok(tenant.call("GET", path))["data"][0] for path in ("/v1/images/jobs", "/v1/images"))
        tuned, checkpoint = test.fine_tuned(tenant)
        upload = test.ok(tenant.call("POST", "/v1/uploads", {
            "bytes": 4, "filename": "a.md", "mime_type": "text/markdown", "purpose": "assistants"}))
        cls.ids = {"upload": upload["id"], "file": file["id"], "store": store["id"], "batch": batch["id"],
                   "fine_tuning_job": tuned["id"], "checkpoint": checkpoint, "response": response["id"], "job": job["id"], "image": image["id"], "tenant": tenant.id, "model": "mock-chat", "kind": "key", "account": user["id"]}
        team = cls.bh.cli("team", "create", "a team", "--tenant", tenant.id)
        cls.of_path = {"/keys/": tenant.key_id, "/users/": user["id"], "/accounts/": user["id"], "/teams/": team["id"],
                       "/budgets/{kind}/": tenant.key_id, "/usage-events/": cls.used(tenant)}
        cls.made_by_staff(test)

    @classmethod
    def used(cls, tenant):
        """An act of the tenant's; usage is written a moment after the answer."""
        event = f"SELECT id FROM bulkhead.usage_event WHERE tenant_id = '{tenant.id}' ORDER BY id LIMIT 1"
        until(lambda: cls.bh.psql(event), 15, "a row of what was used")
        return cls.bh.psql(event)[0][0]

    @classmethod
    def made_by_staff(cls, test):
        """What the platform's staff keep for the tenant."""
        of_tenant = f"/api/tenants/{cls.tenant.id}"
        plan = test.ok(cls.staff.call("POST", "/api/plans", {"name": "bad-" + cls.tenant.id[:8]}), 201)
        test.ok(cls.staff.call("PUT", f"{of_tenant}/budgets/key/{cls.tenant.key_id}", {"day": "1000"}))
        credit = test.ok(cls.staff.call("POST", of_tenant + "/credits", {"amount": "1"}), 201)
        # Invoices by the API need a seller, which this platform has not.
        invoice = str(uuid.uuid4())
        cls.bh.psql("INSERT INTO bulkhead.invoice (tenant_id, id, kind, currency)"
                    f" VALUES ('{cls.tenant.id}', '{invoice}', 'invoice', 'EUR')")
        cls.ids |= {"plan": plan["id"], "credit": credit["id"], "invoice": invoice}

    def objects(self):
        """Only a place to call the helpers from."""

    def setUp(self):
        self.before = self.state()

    def tearDown(self):
        self.assertEqual(self.state(), self.before, "a refused request changed something")

    def state(self):
        """Rows of the tenant and of the platform by table, and what is in those that nobody else changes."""
        counts = {}
        for id in (self.tenant.id, "00000000-0000-0000-0000-000000000001"):
            counts[id] = {name: count for name, count in self.bh.rows_of(types.SimpleNamespace(id=id)).items()
                          if not name.startswith(("usage", "meter", "reservation", "session", "refresh"))} | self.jobs(id)
        tables = ("file", "vector_store_file", "vector_store_batch", "response", "membership", "request_limit",
                  "model_default", "billing_profile", "credit_grant", "credit_top_up", "invoice", "invoice_line", "response_default",
                  "storage_limit", "token_limit", "vector_store")
        content = {table: self.bh.psql(f"SELECT md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM bulkhead.{table} t "
                                       f"WHERE tenant_id = '{self.tenant.id}'") for table in tables}
        for table in ("tenant", "plan", "plan_version"):
            content[table] = self.bh.psql(
                f"SELECT md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM bulkhead.{table} t")
        return counts, content

    def bodies(self):
        """A right body for each JSON route."""
        file = "file-" + MISSING
        found = {
            "/v1/chat/completions": {"model": "default", "messages": [{"role": "user", "content": "x"}]},
            "/v1/embeddings": {"model": "default", "input": "x"},
            **dict.fromkeys(("/v1/rerank", "/v2/rerank"), {"model": "default", "query": "x", "documents": ["x"]}),
            "/v1/uploads": {"bytes": 1, "filename": "x", "mime_type": "text/plain", "purpose": "assistants"},
            "/v1/uploads/{upload}/complete": {"part_ids": ["part_" + MISSING]},
            "/v1/vector_stores/{store}/files": {"file_id": file},
            "/v1/vector_stores/{store}/files/{file}": {"attributes": {}},
            "/v1/vector_stores/{store}/file_batches": {"file_ids": [file]},
            "/v1/vector_stores/{store}/search": {"query": "x"},
            "/v1/responses": {"model": "default", "input": "x"},
            "/v1/fine_tuning/jobs": {"model": SMALL_CHAT, "training_file": file},
            "/v1/fine_tuning/checkpoints/{checkpoint}/permissions": {"project_ids": ["x"]},
            "/v1/moderations": {"input": "x"},
            "/v1/images/generations": {"prompt": "x"},
            "/v1/images/edits": {"prompt": "x", "images": [{"file_id": file}]},
            "/v1/images/analyses": {"image": {"file_id": file}}, "/v1/images/search": {"query": "x"}, "/v1/images/{image}": {"alt": "x"},
            "/v1/audio/speech": {"model": "default", "input": "x", "voice": "alloy"},
            "/api/auth/sign-in": {"email": "no@example.org", "password": "x"},
            "/api/auth/refresh": {"refresh_token": "x"}, "/api/auth/sign-out": {"refresh_token": "x"},
            "/api/auth/link": {"token": "x", "password": "correct horse battery"},
            "/api/auth/session": {"email": "no@example.org", "password": "x"}, "/api/auth/session/switch": {"tenant": "x"},
            "/api/auth/totp/confirm": {"code": "000000"}, "/api/auth/invitation": {"token": "x"},
            "/api/auth/invitation/accept": {"token": "x", "password": "correct horse battery"},
            "/api/auth/password": {"current": "x", "new": "correct horse battery"},
            "/api/auth/password/reset": {"email": "no@example.org"},
            "/api/audit/stream": {"url": "https://x.example/"},
            "/api/auth/views": {"page": "/usage/", "name": "x", "query": ""},
            "/api/invitations": {"email": "new@example.org", "role": "member"},
            "/api/tenants/{tenant}/impersonate": {"reason": "x", "minutes": 5},
            "/api/users": {"email": "new@example.org", "role": "member"}, "/api/users/{id}/role": {"role": "viewer"},
            "/api/tenants": {"name": "New"}, "/api/cors": {"origins": []},
            **dict.fromkeys(("/api/teams", "/api/teams/{id}"), {"name": "New"}),
            "/api/billing/top-up": {"below": "1", "amount": "5"},
            "/api/billing/subscription/change": {"plan": "x"},
            "/api/billing/checkout": {"plan": "x", "success_url": "https://a.example/", "cancel_url": "https://a.example/"},
            "/api/billing/portal": {"return_url": "https://a.example/"},
        }
        for path in ("/api/users", "/api/users/{id}/role", "/api/cors", "/api/invitations", "/api/teams", "/api/teams/{id}"):
            found[path.replace("/api/", "/api/tenants/{tenant}/")] = found[path]
        return found | self.bodies_of_staff()

    @staticmethod
    def bodies_of_staff():
        """Of routes that the platform's staff alone have."""
        of_tenant = {
            "prices": {"item": "x", "prices": {"input": "1"}},
            "prices/import": {"source": "x", "items": [{"item": "x", "prices": {"input": "1"}}]},
            "subscription": {"plan": "x"}, "subscription/change": {"plan": "x"},
            "usage-events/{id}/correct": {"id": str(uuid.uuid4()), "prompt_tokens": 1, "reason": "x"},
            "credits": {"amount": "1"}, "top-up": {"below": "1", "amount": "5"},
            "billing-profile/confirm-vat": {"vat_id": "DE136695976", "confirmed_by": "x"},
            "tax-rates": {"country": "DE", "rate": "19"},
            "invoices/{invoice}/pay": {"reference": "x"}, "invoices/{invoice}/credit-note": {"reason": "x"},
            "models": {"name": "x", "url": "http://127.0.0.1:1", "probe": False}, "default-model": {"model": "mock-chat"},
        }
        return {"/api/plans": {"name": "x"}, "/api/stripe": {"key": "x", "webhook_secret": "x"},
                **{"/api/tenants/{tenant}/" + path: body for path, body in of_tenant.items()}}

    def operations(self):
        """(method, path, schema) of every route that takes a JSON body."""
        found = []
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                content = operation.get("requestBody", {}).get("content", {}) if method in ("post", "put") else {}
                # A webhook's bytes are looked at behind its signature; test_stripe.py does.
                if "application/json" in content and not path.startswith("/webhooks/"):
                    found.append((method.upper(), path, self.resolved(content["application/json"]["schema"])))
        self.assertGreater(len(found), 70)
        self.assertGreater(sum(self.scopes[path].startswith("tenants:") for _, path, _ in found), 30)
        return found

    def resolved(self, schema):
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema

    def client(self, path):
        """Whoever has the right for it: what is refused is the body alone."""
        return self.staff if self.scopes[path] in ("tenants:read", "tenants:write", "limits:write", "platform:read") else self.owner

    def filled(self, path):
        for start, id in self.of_path.items():
            path = path.replace(start + "{id}", start + id)
        for name, id in self.ids.items():
            path = path.replace("{" + name + "}", id)
        return path

    def send(self, method, path, body, query="", **options):
        return self.client(path).call(method, self.filled(path) + query, body, **options)

    def test_bodies_that_are_no_json_object(self):
        for method, path, _ in self.operations():
            for what, body in MALFORMED.items():
                with self.subTest(route=f"{method} {path}", body=what):
                    reply = self.send(method, path, body)
                    self.refused(reply, 400, of_type="invalid_request_error")

    def test_other_content_types(self):
        for method, path, _ in self.operations():
            for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
                if path in ("/v1/images/edits", "/v1/images/analyses") and kind.startswith("multipart/"):
                    continue  # it takes forms as well
                with self.subTest(route=f"{method} {path}", kind=kind):
                    self.refused(self.send(method, path, b"{}", content_type=kind), 415)

    def test_bodies_over_the_limit(self):
        """Refused by the announced length, before the body is sent; small ones also when they come in chunks."""
        for (method, path), most in self.limits.items():
            if method not in ("POST", "PUT"):
                continue
            for chunked in (False, True) if most <= 1 << 18 else (False,):
                with self.subTest(route=f"{method} {path}", chunked=chunked):
                    self.refused(self.oversized(method, path, most, chunked), 413)

    def oversized(self, method, path, most, chunked):
        connection = http.client.HTTPConnection(*self.bh.address, timeout=20)
        connection.putrequest(method, self.filled(path))
        length = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(most + 1))
        for name, value in (("Authorization", f"Bearer {self.client(path).key}"), ("Content-Type", "application/json"), length):
            connection.putheader(name, value)
        connection.endheaders()
        if chunked:
            body = b'{"name": "' + b"x" * most + b'"}'
            try:
                connection.send(b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n")
            except ConnectionError:
                pass  # refused before all of it was sent
        answer = connection.getresponse()
        reply = wire.Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        connection.close()
        return reply

    def test_fields_that_do_not_exist(self):
        bodies = self.bodies()
        for method, path, _ in self.operations():
            with self.subTest(route=f"{method} {path}"):
                reply = self.send(method, path, bodies.get(path, {}) | {"no_such_field": 1})
                self.refused(reply, 400, "unknown_parameter", "no_such_field")

    def test_fields_that_are_missing(self):
        bodies, tried = self.bodies(), 0
        for method, path, schema in self.operations():
            for name in schema.get("required", ()):
                with self.subTest(route=f"{method} {path}", field=name):
                    body = {key: value for key, value in bodies[path].items() if key != name}
                    self.refused(self.send(method, path, body), 400, "missing_required_parameter", name)
                    tried += 1
        self.assertGreater(tried, 15)

    def test_fields_of_another_type(self):
        bodies, tried = self.bodies(), 0
        for method, path, schema in self.operations():
            for name, wanted in schema.get("properties", {}).items():
                if name in IGNORED or not wanted:
                    continue
                for value in self.wrong_values(wanted):
                    with self.subTest(route=f"{method} {path}", field=name, value=value):
                        body = bodies.get(path, {}) | {name: value}
                        if name == "files":
                            body.pop("file_ids")  # one of the two
                        error = self.refused(self.send(method, path, body), 400, of_type="invalid_request_error")
                        self.assertEqual(re.split(r"[.\[]", error["param"] or "")[0], name, error)
                        tried += 1
        self.assertGreater(tried, 200)

    def wrong_values(self, wanted):
        """Of the shapes there are, those that the description does not allow."""
        schema = without_patterns(wanted)
        schema["components"] = self.document["components"]
        validator = jsonschema.Draft202012Validator(schema)
        return [value for value in WRONG_TYPES if not validator.is_valid(value)]

    def test_texts_that_are_too_long(self):
        bodies, tried = self.bodies(), 0
        for method, path, schema in self.operations():
            for name, wanted in schema.get("properties", {}).items():
                most = max((each.get("maxLength", 0) for each in [wanted, *wanted.get("anyOf", ())]), default=0)
                if most == 0:
                    continue
                with self.subTest(route=f"{method} {path}", field=name):
                    body = bodies.get(path, {}) | {name: "x" * (most + 1)}
                    self.refused(self.send(method, path, body), 400, param=name)
                    tried += 1
        self.assertGreater(tried, 8)

    def test_parameters_of_lists(self):
        tried = 0
        for path, item in self.document["paths"].items():
            named = [each.get("$ref", "").rpartition("/")[2] or each["name"]
                     for each in item.get("get", {}).get("parameters", ())]
            for name, values in {
                    "limit": ("0", "101", "-1", "1.5", "abc", "", "99999999999999999999", "1%00"),
                    "order": ("up", "ASC", "", "asc,desc"), "filter": ("done", ""),
                    "after": ("x", "%FF", "msg_" + MISSING, "' OR 1=1"), "before": ("x", "%00"),
                    "stream": ("maybe", "1x"), "starting_after": ("x", "-2")}.items():
                # Files have pages of up to 10,000 as at OpenAI, and the platform's own lists of 1000.
                large = path == "/v1/files" or path.startswith("/api/")
                if (path, name) == ("/api/billing/prices", "after"):
                    continue  # a model's name, which may be any
                for value in values if name in named else ():
                    value = "10001" if value == "101" and large else value
                    with self.subTest(path=path, query=f"{name}={value}"):
                        reply = self.send("GET", path, None, f"?{name}={value.replace(' ', '%20')}")
                        self.refused(reply, 400, param=name, of_type="invalid_request_error")
                        tried += 1
        self.assertGreater(tried, 80)

    PAIRS = {"too many": {f"k{at}": "v" for at in range(17)}, "a long name": {"k" * 65: "v"},
             "a long value": {"k": "v" * 513}, "a nested value": {"k": {"a": "b"}}, "a list": {"k": ["a"]},
             "nothing": {"k": None}}

    def test_metadata_and_attributes(self):
        bodies = self.bodies()
        for method, path, schema in self.operations():
            for name in ("metadata", "attributes"):
                if name not in schema.get("properties", {}):
                    continue
                pairs = self.PAIRS | ({"a number": {"k": 7}, "a boolean": {"k": True}} if name == "metadata" else {})
                for what, value in pairs.items():
                    with self.subTest(route=f"{method} {path}", pairs=what):
                        error = self.refused(self.send(method, path, bodies.get(path, {}) | {name: value}), 400)
                        self.assertEqual((error["param"] or "").partition(".")[0], name, error)

    def test_parts_of_vector_stores(self):
        static = "chunking_strategy.static"
        self.each_is_refused([
            ({"expires_after": value}, param) for value, param in [
                ({}, "expires_after.anchor"), ({"anchor": "last_active_at"}, "expires_after.days"),
                ({"anchor": "created_at", "days": 1}, "expires_after.anchor"),
                ({"anchor": "last_active_at", "days": 0}, "expires_after.days"),
                ({"anchor": "last_active_at", "days": 366}, "expires_after.days"),
                ({"anchor": "last_active_at", "days": 1.5}, "expires_after.days"),
                ({"anchor": "last_active_at", "days": 1, "hours": 1}, "expires_after.hours")]],
            "/v1/vector_stores", "/v1/vector_stores/{store}")
        chunking = [({"chunking_strategy": value}, param) for value, param in [
            ({}, "chunking_strategy.type"), ({"type": "dynamic"}, "chunking_strategy.type"),
            ({"type": "static"}, static), ({"type": "auto", "static": {}}, static),
            ({"type": "static", "static": {}}, static + ".max_chunk_size_tokens"),
            ({"type": "static", "static": {"max_chunk_size_tokens": 100}}, static + ".chunk_overlap_tokens"),
            ({"type": "static", "static": {"max_chunk_size_tokens": 99, "chunk_overlap_tokens": 0}},
             static + ".max_chunk_size_tokens"),
            ({"type": "static", "static": {"max_chunk_size_tokens": 4097, "chunk_overlap_tokens": 0}},
             static + ".max_chunk_size_tokens"),
            ({"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": -1}},
             static + ".chunk_overlap_tokens"),
            ({"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 51}},
             static + ".chunk_overlap_tokens"),
            ({"type": "static", "static": {"max_chunk_size_tokens": "100", "chunk_overlap_tokens": 0}},
             static + ".max_chunk_size_tokens"),
            ({"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0, "x": 1}},
             static + ".x")]]
        self.each_is_refused(chunking, "/v1/vector_stores", "/v1/vector_stores/{store}/files",
                             "/v1/vector_stores/{store}/file_batches")
        self.each_is_refused([
            ({"file_ids": None, "files": value}, param) for value, param in [
                ([], "files"), ([{}], "files.0.file_id"), ([{"file_id": 7}], "files.0.file_id"),
                ([{"file_id": "file-" + MISSING, "attributes": {"k": []}}], "files.0.attributes.k"),
                ([{"file_id": "file-" + MISSING, "other": 1}], "files.0.other")]],
            "/v1/vector_stores/{store}/file_batches")
        self.each_is_refused([({"file_ids": []}, "file_ids"), ({"file_ids": [7]}, "file_ids.0"), (
            {"file_ids": ["file-" + MISSING] * 2001}, "file_ids"), ({"files": [{}]}, "file_ids")],
            "/v1/vector_stores/{store}/file_batches")

    def each_is_refused(self, bodies, *paths, method="POST"):
        right = self.bodies()
        for path in paths:
            for body, param in bodies:
                with self.subTest(path=path, body=str(body)[:120]):
                    self.refused(self.send(method, path, right.get(path, {}) | body), 400, param=param,
                                 of_type="invalid_request_error")

    def test_parts_of_plans_and_prices(self):
        self.each_is_refused([
            ({"interval": "week"}, "interval"), ({"price": "-1"}, "price"), ({"price": "1e3"}, "price"),
            ({"price": "9" * 30}, "price"), ({"currency": "XXX"}, "currency"), ({"billing": "later"}, "billing"),
            ({"credit": "x"}, "credit"), ({"trial_days": 367}, "trial_days"), ({"seats": -1}, "seats"),
            ({"included": {"no_meter": 1}}, "included.no_meter"), ({"included": {"input_tokens": -1}}, "included.input_tokens"),
            ({"included": {"input_tokens": "1"}}, "included.input_tokens"),
            ({"overage": {"no_meter": "1"}}, "overage.no_meter"), ({"overage": {"input_tokens": 1}}, "overage.input_tokens"),
            ({"entitlements": [7]}, "entitlements"), ({"entitlements": [""]}, "entitlements")],
            "/api/plans", "/api/plans/{plan}/revise")
        self.each_is_refused([({"name": "another"}, "name")], "/api/plans/{plan}/revise")
        units = [({}, ""), ({"no_unit": "1"}, ".no_unit"), ({"input": 1}, ".input"), ({"input": "-1"}, ".input"),
                 ({"input": "1000000001"}, ".input"), ({"input": "1", "output": None}, ".output")]
        self.each_is_refused([({"prices": value}, "prices" + at) for value, at in units] + [
            ({"effective_at": -1}, "effective_at"), ({"effective_at": 253402300800}, "effective_at")],
            "/api/tenants/{tenant}/prices", method="PUT")
        self.each_is_refused([
            ({"items": value}, param) for value, param in [
                ([], "items"), ([{}], "items.0.item"), ([{"item": "x"}], "items.0.prices"),
                ([{"item": "", "prices": {"input": "1"}}], "items.0.item"),
                ([{"item": "x", "prices": {"input": "1"}, "other": 1}], "items.0.other"),
                ([{"item": "x", "prices": {"input": "1"}}] * 501, "items")]] + [
            ({"items": [{"item": "x", "prices": {"input": "1"}}, {"item": "y", "prices": value}]}, "items.1.prices" + at)
            for value, at in units], "/api/tenants/{tenant}/prices/import")

    def test_parts_of_what_staff_set(self):
        of_tenant = "/api/tenants/{tenant}/"
        for method, path, bodies in [
                ("PUT", "budgets/{kind}/{id}", [
                    ({"day": "-1"}, "day"), ({"month": "x"}, "month"), ({"total": "9" * 30}, "total"),
                    ({"thresholds": []}, "thresholds"), ({"thresholds": [0]}, "thresholds.0"),
                    ({"thresholds": [50, 101]}, "thresholds.1"), ({"thresholds": [1] * 11}, "thresholds")]),
                ("PUT", "budget", [({"budget_month": "-1"}, "budget_month"), ({"tokens_per_minute": -1}, "tokens_per_minute")]),
                ("POST", "usage-events/{id}/correct", [
                    ({"cost": "x"}, "cost"), ({"cost": "1000001"}, "cost"), ({"reason": ""}, "reason"),
                    ({"units": 10 ** 16}, "units"), ({"prompt_tokens": 0}, None), ({"prompt_tokens": -10 ** 15}, None)]),
                ("POST", "credits", [
                    ({"amount": "0"}, "amount"), ({"amount": "-1"}, "amount"), ({"amount": "1000000001"}, "amount"),
                    ({"currency": "XXX"}, "currency"), ({"kinds": "no_kind"}, "kinds"), ({"category": "free"}, "category"),
                    ({"priority": 1001}, "priority"), ({"expires_at": 0}, "expires_at")]),
                ("PUT", "top-up", [({"amount": "0"}, "amount"), ({"below": "1000000001"}, "below"),
                                   ({"month_max": "0"}, "month_max"), ({"below": "-1"}, "below")]),
                ("PUT", "billing-profile", [({"country": "XX"}, "country"), ({"vat_id": "DE136695975"}, "vat_id")]),
                ("POST", "billing-profile/confirm-vat", [({}, "vat_id"), ({"vat_id": ""}, "vat_id")]),
                ("PUT", "tax-rates", [
                    ({"country": "XX"}, "country"), ({"rate": "100.1"}, "rate"), ({"rate": "0.00001"}, "rate"),
                    ({"effective_on": "2026-02-30"}, "effective_on"), ({"effective_on": "30.11.2026"}, "effective_on")]),
                ("POST", "invoices/{invoice}/pay", [({"amount": "-1"}, "amount"), ({"reference": ""}, "reference")]),
                ("POST", "invoices/{invoice}/credit-note", [({"amount": "x"}, "amount")]),
                ("POST", "models", [
                    ({"url": "ftp://a.example"}, "url"), ({"url": "http://user:word@a.example"}, "url"),
                    ({"kind": "picture"}, "kind"), ({"price_in": "-1"}, "price_in"),
                    ({"dimensions": 16385}, "dimensions")]),
                ("PUT", "storage", [({"storage_bytes": -1}, "storage_bytes"), ({"storage_files": 10 ** 16}, "storage_files")]),
                ("PUT", "responses", [({"grounding": "loose"}, "grounding")]),
                ("POST", "subscription", [({"plan": "no such plan"}, "plan"), ({"plan": MISSING}, "plan"),
                                          ({"version": 0}, "version")]),
                ("POST", "subscription/change", [({"plan": "no such plan"}, "plan"), ({"when": "later"}, "when")]),
                ("POST", "subscription/cancel", [({"when": "later"}, "when")])]:
            self.each_is_refused(bodies, of_tenant + path, method=method)

    def filter_below(self, depth):
        found = {"type": "eq", "key": "a", "value": 1}
        for _ in range(depth):
            found = {"type": "and", "filters": [found]}
        return found

    def test_parts_of_a_search(self):
        one = {"type": "eq", "key": "a", "value": 1}
        ranking = "ranking_options"
        self.each_is_refused([
            *(({"max_num_results": value}, "max_num_results") for value in (0, 51, -1, 1.5, "10")),
            *(({"query": value}, param) for value, param in (
                ("", "query"), (" \n", "query"), ([], "query"), ([""], "query.0"), (["a", 7], "query.1"),
                (["a"] * 17, "query"), ("x" * 20001, "query"))),
            *(({"filters": value}, param) for value, param in (
                ({}, "filters.type"), ({"type": "like", "key": "a", "value": "b"}, "filters.type"),
                ({"type": 7, "key": "a", "value": "b"}, "filters.type"),
                ({"type": "eq", "value": 1}, "filters.key"), ({"type": "eq", "key": "a"}, "filters.value"),
                ({"type": "eq", "key": "", "value": 1}, "filters.key"),
                ({"type": "eq", "key": "k" * 65, "value": 1}, "filters.key"),
                ({"type": "eq", "key": "a", "value": None}, "filters.value"),
                ({"type": "eq", "key": "a", "value": {}}, "filters.value"),
                ({"type": "eq", "key": "a", "value": [1]}, "filters.value"),
                ({"type": "gt", "key": "a", "value": True}, "filters.value"),
                ({"type": "in", "key": "a", "value": 1}, "filters.value"),
                ({"type": "in", "key": "a", "value": []}, "filters.value"),
                ({"type": "in", "key": "a", "value": [[1]]}, "filters.value"),
                ({"type": "in", "key": "a", "value": [1] * 1001}, "filters.value"),
                ({"type": "and"}, "filters.filters"), ({"type": "or", "filters": []}, "filters.filters"),
                ({"type": "or", "filters": {}}, "filters.filters"),
                ({"type": "and", "filters": [one, 7]}, "filters.filters.1"),
                ({"type": "and", "filters": [one, {"type": "eq"}]}, "filters.filters.1.key"),
                ({"type": "and", "filters": [one], "key": "a"}, "filters.key"),
                (one | {"other": 1}, "filters.other"))),
            *(({ranking: value}, param) for value, param in (
                ({"ranker": ""}, ranking + ".ranker"), ({"ranker": 7}, ranking + ".ranker"),
                ({"score_threshold": -0.1}, ranking + ".score_threshold"),
                ({"score_threshold": 1.1}, ranking + ".score_threshold"),
                ({"score_threshold": "0.5"}, ranking + ".score_threshold"),
                ({"other": 1}, ranking + ".other"), ({"hybrid_search": 1}, ranking + ".hybrid_search"),
                ({"hybrid_search": {"embedding_weight": 1}}, ranking + ".hybrid_search.text_weight"),
                ({"hybrid_search": {"embedding_weight": -1, "text_weight": 1}},
                 ranking + ".hybrid_search.embedding_weight")))],
            "/v1/vector_stores/{store}/search")
        for depth in (20, 200):
            error = self.refused(self.send("POST", "/v1/vector_stores/{store}/search", {
                "query": "x", "filters": self.filter_below(depth)}), 400)
            self.assertTrue((error["param"] or "filters").startswith("filters"), error)

    def test_parts_of_a_response(self):
        store = self.ids["store"]

        def tool(**members):
            return {"tools": [{"type": "file_search", "vector_store_ids": [store]} | members]}
        self.each_is_refused([
            ({"input": []}, "input"), ({"input": ""}, "input"), ({"include": ["everything"]}, "include.0"),
            ({"include": [7]}, "include.0"), ({"truncation": "some"}, "truncation"),
            ({"temperature": 2.1}, "temperature"), ({"top_p": -0.1}, "top_p"),
            ({"background": True, "store": False}, "background"), ({"conversation": "conv_1"}, "conversation"),
            ({"text": {"format": {"type": "xml"}}}, "text.format.type"),
            ({"text": {"format": {"type": "json_schema"}}}, "text.format.name"),
            (tool(vector_store_ids=[]), "tools.0.vector_store_ids"),
            (tool(vector_store_ids=[7]), "tools.0.vector_store_ids.0"),
            (tool(max_num_results=0), "tools.0.max_num_results"), (tool(max_num_results=51), "tools.0.max_num_results"),
            (tool(other=1), "tools.0.other"), ({"tools": [{"type": "file_search"}]}, "tools.0.vector_store_ids"),
            ({"tools": [{"type": "function"}]}, "tools.0.name"), ({"tools": [{}]}, "tools.0.type"),
            ({"tools": [7]}, "tools.0"), ({"tool_choice": "sometimes"}, "tool_choice")],
            "/v1/responses")

    def test_forms_whose_parts_are_too_much(self):
        for parts, status, param in [
                ([("purpose", None, None, b"assistants"), ("file", "n" * 600, "text/plain", b"x")], 400, "file"),
                ([("purpose", None, None, b"assistants"), ("file", "a\0b", "text/plain", b"x")], 400, None),
                ([("purpose", None, None, b"\xff"), ("file", "a", "text/plain", b"x")], 400, "purpose"),
                ([("purpose", None, None, b"assistants" * 2000), ("file", "a", "text/plain", b"x")], 400, "purpose"),
                ([("other", None, None, b"x"), ("file", "a", "text/plain", b"x")], 400, "other"),
                ([("file", "a", "text/plain", b"x"), ("file", "b", "text/plain", b"x")], 400, "file"),
                ([("purpose", None, None, b"assistants"), ("expires_after[anchor]", None, None, b"created_at"),
                  ("expires_after[seconds]", None, None, b"1"), ("file", "a", "text/plain", b"x")], 400,
                 "expires_after.seconds")]:
            body, kind = wire.multipart(parts)
            with self.subTest(param=param, parts=str(parts)[:100]):
                self.refused(self.tenant.call("POST", "/v1/files", body, content_type=kind), status, param=param)


if __name__ == "__main__":
    main()
