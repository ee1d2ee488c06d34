# SPDX-License-Identifier: Apache-2.0
"""The audit log as tenants and the platform's staff search it: the index of the files that services write."""
import csv
import io
import json
import os
import signal
import threading
import urllib.parse
import uuid

from base import PlatformTest, main, until
from instance import Instance
import wire

PLATFORM = "00000000-0000-0000-0000-000000000001"
SCOPES = ("audit:read", "keys:read", "keys:write", "files:read", "limits:read")
ROTATE_BYTES = 65536  # the least: files are put aside all the time


class AuditSearch(PlatformTest):
    limit_s = 400

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(supervisor_quickstart="false", engine_enabled="false", log_rotate_bytes=ROTATE_BYTES)
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()

    @classmethod
    def searcher(cls, name=None):
        return cls.bh.tenant(name, scopes=SCOPES)

    def staff(self, *scopes):
        """A key of the platform's."""
        key = self.bh.cli("key", "create", "--tenant", "platform", "--name", f"staff-{uuid.uuid4().hex[:6]}",
                          *(word for scope in scopes for word in ("--scope", scope)))
        return wire.Http(self.bh.address, key["key"])

    def page(self, http, path="/api/audit", **query):
        return self.ok(http.call("GET", f"{path}?{urllib.parse.urlencode(query)}"))

    def every(self, http, path="/api/audit", **query):
        """All pages, however short each is."""
        found, after = [], {}
        while True:
            page = self.page(http, path, **query, **after)
            found += page["data"]
            self.assertEqual(page["has_more"], page["next"] is not None)
            if page["next"] is None:
                return found
            after = {"after": page["next"]}

    def found(self, http, count, **query):
        """The rows of a search, once there are as many; the index is a second or two behind."""
        def rows():
            got = self.every(http, **query)
            return got if len(got) >= count else None
        return until(rows, 30, f"{count} audit events of {query}", pause=0.2)

    def of_files(self, service):
        """The request ids in the files of a service, those that were put aside among them."""
        found = []
        for name in os.listdir(self.bh.logs):
            if name.startswith(f"audit-{service}.jsonl"):
                with open(os.path.join(self.bh.logs, name), encoding="utf-8") as file:
                    found += [json.loads(line) for line in file]
        return found

    def test_what_was_done_is_found_by_who_and_what(self):
        tenant, other = self.searcher(), self.searcher()
        made = self.ok(tenant.call("POST", "/api/keys", {"name": "second", "scopes": ["files:read"]}), 201)
        self.assertEqual(tenant.call("DELETE", f"/api/keys/{made['id']}").status, 204)
        revoked, = self.found(tenant.http, 1, object=made["id"], action="key.")
        self.assertEqual((revoked["action"], revoked["status"], revoked["tenant_id"], revoked["staff"], revoked["source"]),
                         ("key.revoke", 204, tenant.id, False, "auth"))
        self.assertEqual(revoked["details"]["event"], "key.revoke")
        created = self.found(tenant.http, 1, action="key.create", actor=revoked["actor"])
        self.assertEqual(len(created), 1)
        self.assertEqual(self.page(tenant.http, request_id=created[0]["request_id"])["data"], created)
        self.assertEqual([row["id"] for row in self.every(tenant.http, text=made["id"].upper())], [revoked["id"]])
        for query in ({"actor": "nobody"}, {"action": "key.nothing"}, {"object": tenant.id}, {"to": 1}, {"from": 4000000000}):
            self.assertEqual(self.every(tenant.http, **query), [], query)
        # the other tenant has lines of its own only, whatever it asks for
        self.assertEqual(self.every(other.http, object=made["id"]), [])
        self.assertEqual({row["tenant_id"] for row in self.found(other.http, 1)}, {other.id})

    def test_who_may_read_it_and_what_is_refused(self):
        tenant = self.searcher()
        self.refused(wire.Http(self.bh.address, tenant.new_key("files:read")["key"]).call("GET", "/api/audit"), 403)
        for path in (f"/api/tenants/{tenant.id}/audit", "/api/platform/audit", "/api/platform/health", "/api/platform/settings"):
            self.refused(tenant.call("GET", path), 403)
        for query, param in (("after=x", "after"), ("limit=0", "limit"), ("limit=201", "limit"), ("from=x", "from"),
                             ("text=" + "x" * 300, "text")):
            self.refused(tenant.call("GET", f"/api/audit?{query}"), 400, param=param)
        self.refused(tenant.call("GET", "/api/audit/export?format=xml"), 400, param="format")

    def test_what_the_gateway_refuses_is_found_and_nothing_twice(self):
        tenant = self.searcher()
        refused = tenant.call("POST", "/v1/chat/completions", {"model": "x", "messages": []})
        self.refused(refused, 403)
        served = tenant.call("GET", "/v1/files")
        self.ok(served)
        line, = self.found(tenant.http, 1, request_id=refused.request_id)
        self.assertEqual((line["source"], line["status"]), ("gateway", 403))
        until(lambda: [row["source"] for row in self.every(tenant.http, request_id=served.request_id)] == ["rag"], 30,
              "the line of the service in the place of the gateway's", pause=0.2)

    def test_the_platforms_staff_is_seen_without_who_it_was(self):
        tenant = self.searcher()
        self.bh.cli("limit", "set", "--tenant", tenant.id, "--concurrency", "77")
        line, = self.found(tenant.http, 1, action="limit.set")
        self.assertEqual((line["staff"], line["actor"]), (True, None))
        for name in ("subject", "credential", "tenant_id", "target_tenant_id"):
            self.assertNotIn(name, line["details"])
        self.assertEqual(line["details"]["concurrency"], 77)
        # for the staff itself both are one
        staff = self.staff("tenants:read")
        own = [row for row in self.every(staff, path="/api/platform/audit", request_id=line["request_id"])]
        self.assertEqual([(row["tenant_id"], row["staff"]) for row in own], [(PLATFORM, False)])
        self.assertIn("operator", own[0]["actor"])
        self.assertEqual([row["id"] for row in self.every(staff, path=f"/api/tenants/{tenant.id}/audit", action="limit.set")],
                         [line["id"]])
        found = self.bh.cli("audit", "search", "--tenant", tenant.id, "--action", "limit.set")["data"]
        self.assertEqual([row["id"] for row in found], [line["id"]])

    def test_the_export_is_what_the_list_is(self):
        tenant = self.searcher()
        for number in range(250):
            self.ok(tenant.call("GET", "/v1/files" if number % 3 else "/api/limits"))
        until(lambda: [row["source"] for row in self.every(tenant.http, action="file.")] == ["rag"] * 166, 30,
              "the lines of the service", pause=0.2)
        rows = self.every(tenant.http, action="file.")
        reply = tenant.call("GET", "/api/audit/export?action=file.")
        self.assertEqual(reply.status, 200)
        first, *lines, last = [json.loads(line) for line in reply.body.decode().splitlines()]
        self.assertEqual([first["object"], last], ["audit_proof", {"object": "audit_proof_end", "events": len(rows)}])
        self.assertEqual([{name: line[name] for name in line if name != "proof"} for line in lines], rows)
        reply = tenant.call("GET", "/api/audit/export?format=csv&action=file.")
        self.assertIn("attachment", reply.headers["content-disposition"])
        cells = list(csv.DictReader(io.StringIO(reply.body.decode())))
        self.assertEqual([cell["id"] for cell in cells], [row["id"] for row in rows])
        self.assertEqual([json.loads(cell["details"]) for cell in cells], [row["details"] for row in rows])
        self.assertEqual(self.bh.cli("audit", "search", "--tenant", tenant.id, "--action", "file.", "--lines", "1000")["data"],
                         rows)

    def test_nothing_is_lost_or_doubled_over_rotation_and_kills(self):
        tenant, quiet = self.searcher(), self.searcher()
        done = threading.Event()

        def ask():
            http = wire.Http(self.bh.address, tenant.key)
            while not done.is_set():
                try:
                    http.call("GET", "/v1/files")
                except OSError:
                    http = wire.Http(self.bh.address, tenant.key)
        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(3):
                before = len(self.of_files("rag"))
                until(lambda: len(self.of_files("rag")) > before + 300, 60, "300 more lines", pause=0.2)
                for name in ("rag", "auth"):  # auth reads the gateway's file
                    self.bh.replaced(name, self.bh.kill(name, signal.SIGKILL), 30)
        finally:
            done.set()
            for thread in threads:
                thread.join()
        self.ok(quiet.call("GET", "/v1/files"))
        aside = [name for name in os.listdir(self.bh.logs) if name.startswith("audit-rag.jsonl.")]
        self.assertGreater(len(aside), 1, "no file was put aside")

        def counts():
            lines = [line["request_id"] for line in self.of_files("rag") if line["tenant_id"] == tenant.id]
            rows = [row[0] for row in self.bh.psql(
                f"SELECT request_id FROM bulkhead.audit_event WHERE tenant_id = '{tenant.id}' AND source = 'rag'")]
            return sorted(lines), sorted(rows)
        until(lambda: (lambda pair: pair[0] == pair[1])(counts()), 60, "a row for each line", pause=0.5)
        self.assertGreater(len(counts()[0]), 900)
        self.found(quiet.http, 1, action="file.")
        asked = {line["request_id"] for line in self.of_files("gateway") if line["tenant_id"] == tenant.id}
        self.assertGreater(len(asked), 900)
        until(lambda: asked <= {row[0] for row in self.bh.psql(
            f"SELECT request_id FROM bulkhead.audit_event WHERE tenant_id = '{tenant.id}'")}, 60, "a row for each request", pause=0.5)
        # a request of which a service has a line has none of the gateway's
        doubled = self.bh.psql("SELECT count(*) FROM bulkhead.audit_event g JOIN bulkhead.audit_event s USING (tenant_id, request_id)"
                               " WHERE g.source = 'gateway' AND NOT g.superseded AND s.source <> 'gateway' AND request_id <> ''")
        self.assertEqual(doubled, [["0"]])

    def test_how_the_platform_is_and_how_it_is_set_up(self):
        staff = self.staff("platform:read")
        self.ok(self.searcher().call("GET", "/v1/files"))
        health = self.ok(staff.call("GET", "/api/platform/health"))
        self.assertTrue(health["ready"])
        states = {row["name"]: row for row in health["processes"]}
        self.assertEqual({states[name]["state"] for name in ("auth", "rag", "gateway", "postgres")}, {"ready"})
        self.assertEqual(states["auth"]["pid"], self.bh.process("auth")["pid"])
        self.assertGreater(health["database"]["bytes"], 1 << 20)
        self.assertGreater(health["database"]["connections"], 0)
        self.assertIsInstance(health["database"]["oldest_transaction_s"], int)
        self.assertGreater(health["disk"]["free_bytes"], 0)
        until(lambda: {"auth", "gateway"} <= {row["source"] for row in self.ok(staff.call("GET", "/api/platform/health"))["audit"]},
              30, "how far the files were read", pause=0.2)
        classes = {row["class"]: row for row in health["traffic"]["classes"]}
        self.assertGreater(classes["data"]["requests"], 0)
        self.assertGreater(classes["data"]["p95_ms"], 0)
        self.assertGreaterEqual(classes["data"]["p95_ms"], classes["data"]["p50_ms"])
        self.assertIsInstance(health["traffic"]["since"], int)
        before = states["billing"]["restarts"]
        self.bh.replaced("billing", self.bh.kill("billing"), 30)
        until(lambda: {row["name"]: row for row in self.ok(staff.call("GET", "/api/platform/health"))["processes"]}
              ["billing"]["restarts"] == before + 1, 10, "the restart in the answer", pause=0.2)
        settings = {row["name"]: row for row in self.ok(staff.call("GET", "/api/platform/settings"))["data"]}
        self.assertEqual(settings["log.rotate_bytes"]["value"], str(ROTATE_BYTES))
        self.assertIn("BULKHEAD_LOG_ROTATE_BYTES", settings["log.rotate_bytes"]["from"])
        self.assertEqual((settings["database.url"]["type"], settings["database.url"]["value"]), ("secret", "(not set)"))
        self.assertIn("not indexed yet", self.bh.run("doctor").stdout)
        for name in ("status.json", "settings.json"):
            self.assertEqual(os.stat(os.path.join(self.bh.run_dir, name)).st_mode & 0o007, 0)


if __name__ == "__main__":
    main()
