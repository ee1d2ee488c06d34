# SPDX-License-Identifier: Apache-2.0
"""The chains of audit events over the whole platform: restarts, kills, two services, exports, what a superuser changes."""
import json
import os
import signal
import subprocess
import tempfile
import threading
import urllib.parse
import uuid

from base import PlatformTest, main, until
from instance import Instance
import wire

SCOPES = ("audit:read", "files:read", "limits:read")


class AuditChain(PlatformTest):
    limit_s = 400

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(supervisor_quickstart="false", engine_enabled="false", log_rotate_bytes=65536)
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()

    def verify(self, tenant, good=True):
        """`audit verify` of one tenant; what it says on stderr."""
        done = self.bh.run("audit", "verify", "--tenant", tenant.id, "--json")
        self.assertEqual(done.returncode, 0 if good else 1, done.stdout + done.stderr)
        return json.loads(done.stdout)["data"][0], done.stderr

    def export(self, tenant, **query):
        reply = tenant.call("GET", f"/api/audit/export?{urllib.parse.urlencode(query)}")
        self.assertEqual(reply.status, 200)
        return reply.body

    def alone(self, text, keys=None, good=True):
        """The export by itself: an empty environment, no home, and no network is asked."""
        keys = keys or self.ok(wire.Http(self.bh.address).call("GET", "/.well-known/audit-keys.json"))
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("audit.ndjson", "keys.json")]
            for path, content in zip(paths, (text, json.dumps(keys).encode())):
                with open(path, "wb") as file:
                    file.write(content)
            done = subprocess.run([self.bh.program, "audit", "verify", "--export", paths[0],
                                   "--key", paths[1], "--json"], capture_output=True, text=True, check=False, cwd=folder,
                                  env={"PATH": os.environ["PATH"]}, timeout=60)
        self.assertEqual(done.returncode, 0 if good else 1, done.stdout + done.stderr)
        return json.loads(done.stdout), done.stderr

    def ask(self, tenant, count):
        for number in range(count):
            self.ok(tenant.call("GET", "/v1/files" if number % 2 else "/api/limits"))

    def chained(self, tenant, count):
        """Once as many events have a position."""
        until(lambda: self.size(tenant) >= count, 30, f"{count} events in the chain", pause=0.2)

    def size(self, tenant):
        return self.ok(tenant.call("GET", "/api/audit/chain"))["size"]

    def test_an_export_is_proved_without_the_platform(self):
        tenant = self.bh.tenant(scopes=SCOPES)
        self.ask(tenant, 40)
        self.chained(tenant, 40)
        text = self.export(tenant)
        found, _ = self.alone(text)
        lines = text.decode().splitlines()
        self.assertEqual((found["ok"], found["covers"], found["proved"], found["unproved"]),
                         (True, "everything", len(lines) - 2, 0))
        self.assertEqual(found["tenant_id"], tenant.id)
        self.assertEqual([json.loads(line)["position"] for line in lines[1:-1]], list(range(len(lines) - 2)))
        # one by one
        some = self.export(tenant, action="file.")
        found, _ = self.alone(some)
        self.assertEqual((found["ok"], found["covers"], found["proved"]), (True, "a selection", len(some.splitlines()) - 2))
        self.assertGreaterEqual(found["proved"], 20)
        for changed in (text.replace(b'"status":200', b'"status":201', 1), some.replace(b'"status":200', b'"status":201', 1),
                        b"\n".join(text.splitlines()[:5] + text.splitlines()[6:]), b"\n".join(text.splitlines()[:-1]),
                        text + text.splitlines()[3], some + some.splitlines()[1]):
            found, said = self.alone(changed, good=False)
            self.assertFalse(found["ok"])
            self.assertIn("line", said)
        # another platform's key
        keys = self.ok(wire.Http(self.bh.address).call("GET", "/.well-known/audit-keys.json"))
        keys["keys"][0]["x"] = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        self.alone(text, keys, good=False)

    def test_restarts_and_kills_leave_one_chain(self):
        tenant, done = self.bh.tenant(scopes=SCOPES), threading.Event()

        def ask():
            http = wire.Http(self.bh.address, tenant.key)
            while not done.is_set():
                try:
                    http.call("GET", "/v1/files")
                    http.call("GET", "/api/limits")
                except OSError:
                    http = wire.Http(self.bh.address, tenant.key)
        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(2):
                before = self.size(tenant)
                for name in ("rag", "auth"):
                    self.bh.replaced(name, self.bh.kill(name, signal.SIGKILL), 30)
                until(lambda before=before: self.size(tenant) > before + 100, 60, "100 more events", pause=0.2)
                self.alone(self.export(tenant))
        finally:
            done.set()
            for thread in threads:
                thread.join()
        self.bh.down()
        self.bh.up()
        self.bh.wait_ready()
        self.ask(tenant, 2)
        found, _ = self.alone(self.export(tenant))
        self.assertGreater(found["proved"], 200)
        sources = {json.loads(line).get("source") for line in self.export(tenant).splitlines()[1:-1]}
        self.assertLessEqual({"auth", "rag"}, sources)
        row, _ = self.verify(tenant)
        self.assertEqual((row["ok"], row["gone"]), (True, 0))
        self.assertEqual(row["events"], row["size"])

    def test_what_a_superuser_changes_is_told_with_its_position(self):
        tenant = self.bh.tenant(scopes=SCOPES)
        self.ask(tenant, 10)
        self.chained(tenant, 10)
        text = self.export(tenant)
        self.verify(tenant)
        table, where = "bulkhead.audit_event", f"WHERE tenant_id = '{tenant.id}' AND position = "
        old = self.bh.psql(f"SELECT actor FROM {table} {where} 4")[0][0]
        self.bh.psql(f"UPDATE {table} SET actor = '{uuid.uuid4()}' {where} 4")
        row, said = self.verify(tenant, good=False)
        self.assertFalse(row["ok"])
        self.assertIn("position 4: changed", said)
        self.alone(self.export(tenant), good=False)
        self.bh.psql(f"UPDATE {table} SET actor = '{old}' {where} 4")
        self.verify(tenant)
        self.bh.psql(f"DELETE FROM {table} {where} 6")
        self.assertIn("position 6: missing", self.verify(tenant, good=False)[1])
        _, said = self.alone(self.export(tenant), good=False)
        self.assertIn("position 6", said)
        # what was exported before still proves itself
        self.alone(text)

    def test_who_may_look_at_a_chain(self):
        tenant, other = self.bh.tenant(scopes=SCOPES), self.bh.tenant(scopes=("files:read",))
        self.ask(tenant, 1)
        self.chained(tenant, 1)
        self.assertFalse(self.ok(tenant.call("GET", "/api/audit/check"))["findings"])
        for path in ("/api/audit/chain", "/api/audit/check"):
            self.refused(other.call("GET", path), 403)
        for path in (f"/api/tenants/{other.id}/audit/chain", f"/api/tenants/{other.id}/audit/check"):
            self.refused(tenant.call("GET", path), 403)
        self.refused(tenant.call("GET", "/api/audit/check?from=x"), 400, param="from")


if __name__ == "__main__":
    main()
