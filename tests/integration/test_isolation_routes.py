# SPDX-License-Identifier: Apache-2.0
"""Route × foreign id, route × no credential, route × too little scope: generated from the route tables."""
import json
import re
import uuid

from base import MISSING, PlatformTest, main, marker, platform, until, wire

import services

PREFIXES = {"file": "file-", "store": "vs_", "batch": "vsfb_", "response": "resp_", "chat": "chat_", "receipt": "rcpt_",
            "upload": "upload_", "job": "imgjob_", "image": "img_", "fine_tuning_job": "ftjob-", "permission": "cp_"}
# A picture of one pixel.
PICTURE = ("data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
           "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def routes():
    """Every route row of every service, as the executable itself tells."""
    done = platform().run("routes", "--json")
    if done.returncode != 0:
        raise RuntimeError(f"bulkhead routes --json: {done.stderr}")
    return json.loads(done.stdout)


def parameters(path):
    return re.findall(r"\{([^}]+)\}", path)


class Routes(PlatformTest):
    """A has one object of each kind; B tries each route with the ids of A's and with ids of nobody's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rows = [row for row in routes() if row["reach"] == "public"]
        cls.a, cls.b = cls.acme(), cls.other()
        test = cls("ids_exist")
        file = test.upload(cls.a, "Some words of tenant A.", "a.md")
        store = test.store(cls.a, name="A's")
        batch = test.ok(cls.a.call("POST", f"/v1/vector_stores/{store['id']}/file_batches",
                                   {"file_ids": [file["id"]]}))
        test.finished(cls.a, store["id"], file["id"])
        response = test.ok(test.respond(cls.a))
        chat = test.ok(cls.a.call("POST", "/api/chats", {}), 201)
        gone = test.upload(cls.a, "Other words of tenant A.", "gone.md")
        receipt = test.ok(cls.a.call("DELETE", f"/v1/files/{gone['id']}"))["bulkhead"]["receipt"]
        # Usage is written a moment after the answer.
        until(lambda: cls.bh.rows_of(cls.a)["usage_event"] >= 2, 15, "the rows of what A has used")
        user = cls.bh.cli("user", "create", f"a-{cls.a.id[:8]}@example.org", "--tenant", cls.a.id, "--role", "member")
        upload = test.ok(cls.a.call("POST", "/v1/uploads", {
            "bytes": 4, "filename": "a.md", "mime_type": "text/markdown", "purpose": "assistants"}))
        job = test.ok(cls.a.call("POST", "/v1/images/generations", {
            "prompt": "A's cat", "size": "64x64", "bulkhead": {"detached": True}}))
        image = test.ok(cls.a.call("POST", "/v1/images/analyses", {
            "image": {"image_url": PICTURE}, "store": True, "include": []}))
        tuning, checkpoint, permission = cls.tuned(test)
        invoice = str(uuid.uuid4())
        cls.bh.psql("INSERT INTO bulkhead.invoice (tenant_id, id, kind, currency)"
                    f" VALUES ('{cls.a.id}', '{invoice}', 'invoice', 'EUR')")
        cls.ids = {"fine_tuning_job": tuning, "checkpoint": checkpoint, "permission": permission, "image": image["id"],
                   "job": job["id"], "link": "nobodys", "invoice": invoice, "upload": upload["id"], "file": file["id"], "store": store["id"], "batch": batch["id"],
                   "response": response["id"], "chat": chat["id"], "plan": "pro", "receipt": receipt["id"], "tenant": cls.a.id,
                   "model": "mock-chat", "kind": "key", "account": user["id"]}
        team = cls.bh.cli("team", "create", "A's", "--tenant", cls.a.id)
        invitation = cls.bh.cli("invitation", "create", f"c-{cls.a.id[:8]}@example.org", "--tenant", cls.a.id)
        view = str(uuid.uuid4())
        cls.bh.psql("INSERT INTO bulkhead.saved_view (tenant_id, id, account_id, page, name, query)"
                    f" VALUES ('{cls.a.id}', '{view}', '{user['id']}', '/audit/', 'A''s', '')")
        cls.of_auth = {"/api/auth/views/": view, "/api/keys/": cls.a.key_id, "/api/users/": user["id"], "/api/sessions/": cls.a.key_id,
                       "/api/invitations/": invitation["id"],
                       "/api/teams/": team["id"], "/api/budgets/": cls.a.key_id}

    @classmethod
    def tuned(cls, test):
        """A job, the name of one of its checkpoints, and with whom that is shared."""
        done, name = test.fine_tuned(cls.a)
        given = test.ok(cls.a.call("POST", f"/v1/fine_tuning/checkpoints/{name}/permissions", {"project_ids": [done["organization_id"]]}))
        return done["id"], name, given["data"][0]["id"]

    def ids_exist(self):
        """Only a place to call the helpers from."""

    def foreign(self, path, name):
        for start, id in self.of_auth.items():
            if name == "id" and path.startswith(start):
                return id
        return self.ids[name]

    @staticmethod
    def missing(name):
        if name == "kind":
            return "key"
        if name in PREFIXES:
            return PREFIXES[name] + MISSING
        return "00000000-0000-4000-8000-000000000009"

    def filled(self, row, choose):
        path = row["path"]
        for name in parameters(path):
            path = path.replace("{" + name + "}", choose(row["path"], name))
        return path

    def send(self, row, path, key):
        body = None if row["method"] in ("GET", "DELETE") else self.body_of(row["path"])
        return wire.Http(self.bh.address, key).call(row["method"], path, body)

    @staticmethod
    def body_of(path):
        """A body that is right, so that only the id can be wrong."""
        if path.endswith("/search"):
            return {"query": "words"}
        if path.endswith("/role"):
            return {"role": "viewer"}
        if path in ("/api/teams", "/api/teams/{id}"):
            return {"name": "B's"}
        if path == "/v1/images/{image}":
            return {"alt": "B's"}
        if path.endswith("/files/{file}"):
            return {"attributes": {"a": "b"}}
        if path.endswith("/file_batches"):
            return {"file_ids": ["file-" + MISSING]}
        if path.endswith("/files"):
            return {"file_id": "file-" + MISSING}
        return {}

    @staticmethod
    def blank(reply):
        headers = {name: value for name, value in reply.headers.items()
                   if name not in ("x-request-id", "date", "content-length")}
        body = re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}", b"#", reply.body)
        return reply.status, headers, body

    def test_there_are_routes_to_try(self):
        self.assertGreater(len(self.rows), 40)
        self.assertTrue(set(services.names()) <= {row["service"] for row in self.rows})

    def test_a_foreign_id_answers_as_a_missing_one(self):
        before = self.bh.rows_of(self.a)
        tried = 0
        for row in self.rows:
            if not parameters(row["path"]) or row["path"].startswith(
                    ("/api/tenants", "/api/accounts", "/api/receipts", "/api/plans")):
                continue
            if row["path"].startswith("/mock-stripe/"):
                continue  # pages whose session nobody can guess; they are no tenant's, and HTML
            if parameters(row["path"]) == ["model"]:
                continue  # names, not ids; a tenant's own model is tried in test_chat
            with self.subTest(route=f"{row['method']} {row['path']}"):
                theirs = self.send(row, self.filled(row, self.foreign), self.b_key(row))
                none = self.send(row, self.filled(row, lambda _, name: self.missing(name)), self.b_key(row))
                self.assertEqual(theirs.status, 404, theirs)
                self.refused(theirs, 404)
                self.assertEqual(self.blank(theirs), self.blank(none))
                tried += 1
        self.assertGreater(tried, 15)
        self.assertEqual(self.bh.rows_of(self.a), before, "something of A's was changed")

    def b_key(self, row):
        """The rights are all there: what keeps B out is the tenant alone."""
        if "_admin" not in self.__class__.__dict__:
            email = f"b-{self.b.id[:8]}@example.org"
            self.bh.cli("user", "create", email, "--tenant", self.b.id, "--role", "owner", "--password-stdin",
                        stdin="correct horse battery staple\n")
            tokens = self.ok(wire.Http(self.bh.address).call("POST", "/api/auth/sign-in", {
                "email": email, "password": "correct horse battery staple"}))
            self.__class__._admin = tokens["access_token"]
        return self._admin

    def staff_key(self):
        return self.bh.cli("key", "create", "--tenant", "platform", "--name", marker(), "--scope", "tenants:read")["key"]

    def test_the_same_ids_work_for_their_owner(self):
        """Else the test above would prove nothing."""
        for row in self.rows:
            if row["method"] != "GET" or row["service"] not in ("rag", "finetune", "agent") or not parameters(row["path"]):
                continue
            with self.subTest(route=row["path"]):
                who = self.staff_key() if row["operator"] else self.a.key
                reply = self.send(row, self.filled(row, self.foreign), who)
                self.assertEqual(reply.status, 200, reply)

    def test_one_foreign_id_among_own_ones(self):
        mine = self.store(self.b)
        for method, path in [
                ("GET", f"/v1/vector_stores/{mine['id']}/files/{self.ids['file']}"),
                ("DELETE", f"/v1/vector_stores/{mine['id']}/files/{self.ids['file']}"),
                ("GET", f"/v1/vector_stores/{mine['id']}/file_batches/{self.ids['batch']}")]:
            self.refused(self.b.call(method, path), 404)
        for path, body in [
                (f"/v1/vector_stores/{mine['id']}/files", {"file_id": self.ids["file"]}),
                (f"/v1/vector_stores/{mine['id']}/file_batches", {"file_ids": [self.ids["file"]]}),
                ("/v1/vector_stores", {"file_ids": [self.ids["file"]]}),
                ("/v1/responses", {"model": "default", "input": "x",
                                   "previous_response_id": self.ids["response"]}),
                ("/v1/responses", {"model": "default", "input": "x", "tools": [
                    {"type": "file_search", "vector_store_ids": [mine["id"], self.ids["store"]]}]})]:
            with self.subTest(path=path, body=body):
                theirs = self.b.call("POST", path, body)
                text = json.dumps(body)
                for name in ("file", "response", "store"):
                    text = text.replace(self.ids[name], self.missing(name))
                none = self.b.call("POST", path, json.loads(text))
                self.refused(theirs, 404)
                self.assertEqual(self.blank(theirs), self.blank(none))

    def test_cursors_of_another_tenant(self):
        for path, id in (("/v1/files", self.ids["file"]), ("/v1/vector_stores", self.ids["store"])):
            theirs = self.b.call("GET", f"{path}?after={id}")
            none = self.b.call("GET", f"{path}?after={self.missing('file' if 'files' in path else 'store')}")
            self.assertEqual(self.blank(theirs), self.blank(none))

    def test_without_a_credential(self):
        for row in self.rows:
            if row["scope"] == "none":
                continue
            with self.subTest(route=f"{row['method']} {row['path']}"):
                path = self.filled(row, lambda _, name: self.missing(name))
                self.refused(self.send(row, path, None), 401)

    def test_with_a_scope_too_little(self):
        keys = {}
        for row in self.rows:
            if row["scope"] == "none":
                continue
            # A key that has one right which this route does not ask for.
            scope = "limits:read" if row["scope"] != "limits:read" else "models:read"
            if scope not in keys:
                keys[scope] = self.b.new_key(scope)["key"]
            with self.subTest(route=f"{row['method']} {row['path']}"):
                path = self.filled(row, lambda _, name: self.missing(name))
                self.refused(self.send(row, path, keys[scope]), 403, "insufficient_permissions")

    def test_a_viewer_writes_nothing(self):
        email = f"v-{self.b.id[:8]}@example.org"
        self.bh.cli("user", "create", email, "--tenant", self.b.id, "--role", "viewer", "--password-stdin",
                    stdin="correct horse battery staple\n")
        token = self.ok(wire.Http(self.bh.address).call("POST", "/api/auth/sign-in", {
            "email": email, "password": "correct horse battery staple"}))["access_token"]
        for row in self.rows:
            if not row["scope"].endswith(":write") or row["scope"] == "account:write":
                continue
            with self.subTest(route=f"{row['method']} {row['path']}"):
                path = self.filled(row, lambda _, name: self.missing(name))
                self.refused(self.send(row, path, token), 403)

    def test_a_tenants_owner_is_not_the_platforms_staff(self):
        tried = set()
        for row in self.rows:
            of_staff = row["operator"] or row["scope"].startswith("tenants:")
            if not of_staff and not row["path"].startswith(("/api/tenants", "/api/accounts", "/api/plans", "/api/stripe")):
                continue
            with self.subTest(route=f"{row['method']} {row['path']}"):
                path = self.filled(row, lambda _, name: self.b.id if name == "tenant" else self.missing(name))
                self.refused(self.send(row, path, self.b_key(row)), 403)
                tried.add(row["service"])
        self.assertTrue({"auth", "billing", "model", "rag", "agent"} <= tried, tried)
        self.refused(wire.Http(self.bh.address, self.b_key(None)).call("GET", "/metrics"), 403)

    def test_routes_for_inside_are_not_published(self):
        for row in routes():
            if row["reach"] != "internal" or row["path"].startswith("/api/"):
                continue
            with self.subTest(route=row["path"]):
                path = self.filled(row, lambda _, name: MISSING)
                self.refused(self.send(row, path, self.a.key), 404)

    def test_a_key_cannot_ask_for_more_than_its_maker_has(self):
        reply = self.b.call("POST", "/api/keys", {"name": "more", "scopes": ["tenants:write"]})
        self.assertIn(reply.status, (400, 403), reply)


if __name__ == "__main__":
    main()
