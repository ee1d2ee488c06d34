# SPDX-License-Identifier: Apache-2.0
"""One tenant is restored from a backup into a platform that goes on serving the others, which notice nothing."""
import json
import os

import test_backup
from base import MISSING, Instance, PlatformTest, main, marker, until, wire

PASSWORD = "correct horse battery staple"
# Rows that the platform touches by itself: what is kept by the hour, queues, and the index of the audit lines.
RESTLESS = {"retention", "job_tenant", "job_ready"}
OWN_VECTORS = 100


class RestoredTenant(PlatformTest):
    limit_s = 400

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(supervisor_quickstart="false", rag_own_vectors_chunks=OWN_VECTORS)
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.bh.wait_ready()

    def setUp(self):
        self.folder = os.path.join(self.bh.folder, "backups-" + marker())

    def create(self):
        return self.bh.cli("backup", "create", self.folder, "--plain")

    def restore(self, tenant, *words):
        done = self.bh.run("backup", "restore", self.folder, "--tenant", tenant, "--json", *words, timeout=200)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def fails(self, tenant, said, *words, status=1):
        done = self.bh.run("backup", "restore", self.folder, "--tenant", tenant, *words, timeout=200)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        self.assertIn(said, done.stderr)
        return done.stderr

    def deleted(self, tenant):
        receipt = self.bh.cli("tenant", "delete", tenant.id, "--confirm", tenant.name)["id"]
        until(lambda: self.bh.cli("receipt", "show", receipt)["status"] == "completed", 90, "the end of the deletion", pause=0.2)
        return receipt

    def tables(self):
        return [name for name, in self.bh.psql(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'"
            " WHERE c.relnamespace = 'bulkhead'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1")]

    def rows(self, tenant):
        """A hash of each table's rows of a tenant."""
        union = " UNION ALL ".join(
            f"SELECT '{name}', coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '-') FROM bulkhead.{name} AS t"
            f" WHERE tenant_id = '{tenant.id}'{' AND kind <> %a' % 'storage' if name in ('usage_day', 'usage_event') else ''}"
            for name in self.tables() if name not in RESTLESS and not name.startswith("audit_"))
        return dict(self.bh.psql(union))

    def at_rest(self, tenant):
        seen = [None]

        def same():
            seen.append(self.rows(tenant))
            return seen[-1] == seen[-2] and seen[-1]
        return until(same, 60, "a tenant at rest", pause=1.0)

    def hits(self, tenant, store, word):
        page = self.ok(tenant.call("POST", f"/v1/vector_stores/{store}/search", {"query": word}))
        return [(hit["file_id"], hit["score"], hit["content"][0]["text"]) for hit in page["data"]]

    def person(self, tenant, email=None):
        email = email or f"{marker()}@example.org"
        self.bh.cli("user", "create", email, "--tenant", tenant.id, "--role", "admin", "--password-stdin", stdin=PASSWORD + "\n")
        return email

    def sign_in(self, email, tenant):
        return wire.Http(self.bh.address).call("POST", "/api/auth/sign-in", {
            "email": email, "password": PASSWORD, "tenant": tenant.id})

    def filled(self):
        """A tenant with nearly everything: a store whose vectors have a table of their own, money, a person, a team."""
        tenant, word = self.bh.tenant(), marker()
        store = self.store(tenant)["id"]
        text = "\n\n".join(f"# Quay {at}\n\nThe quay {at} has cranes, tugboats and {marker()}. " * 4 for at in range(2 * OWN_VECTORS))
        self.ingest(tenant, store, f"# Harbour\n\nThe lighthouse {word} is kept by Wilhelmina.\n\n{text}",
                    chunking_strategy={"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0}})
        until(lambda: self.bh.psql("SELECT 1 FROM bulkhead.store_statistics WHERE own_vectors"
                                   f" AND tenant_id = '{tenant.id}'"), 60, "vectors in a table of their own", pause=0.2)
        self.bh.cli("credit", "grant", "25", "--category", "paid", "--tenant", tenant.id)
        self.bh.cli("team", "create", "a team", "--tenant", tenant.id)
        tenant.limit(requests_per_minute="100000", budget_month="1000")
        request = self.chat(tenant)
        self.ok(request)
        tenant.settled(request.request_id)
        self.ok(self.respond(tenant))
        return tenant, store, word

    # -- the drill

    def test_a_deleted_tenant_comes_back_and_nobody_else_notices(self):
        tenant, store, word = self.filled()
        other, other_store, other_word = self.filled()
        busy = self.bh.tenant()
        email = self.person(tenant)
        found, others = self.hits(tenant, store, word), self.hits(other, other_store, other_word)
        self.assertTrue(found)
        file = found[0][0]
        before = self.at_rest(tenant)
        balance = self.bh.cli("billing", "check", "--tenant", tenant.id)["data"][0]["balance"]
        before = self.at_rest(tenant)
        self.create()
        receipt = self.deleted(tenant)
        self.refused(tenant.call("GET", "/v1/models"), 401)
        others_rows = self.at_rest(other)

        stop = test_backup.Backup.calling(busy)
        done = self.restore(tenant.name)
        self.assertEqual(set(stop()), {200})
        self.assertEqual((done["id"], done["audit_kept"]), (tenant.id, False))
        self.assertEqual(done["objects_given"], done["objects"])
        self.assertGreater(done["objects"], 0)
        after = self.rows(tenant)
        self.assertEqual({name: (before[name], after[name]) for name in before if before[name] != after[name]}, {})
        self.assertEqual(self.rows(other), others_rows)
        self.assertEqual(self.bh.psql("SELECT rolname FROM pg_roles WHERE rolname = 'bulkhead_restore'"), [])
        # The key of then opens what was there then, and nobody else's does.
        until(lambda: tenant.call("GET", "/v1/models").status == 200, 10, "the old key known again")
        self.assertEqual(self.hits(tenant, store, word), found)
        self.assertEqual(self.hits(other, other_store, other_word), others)
        self.ok(self.chat(tenant))
        self.ok(self.sign_in(email, tenant))
        for path in (f"/v1/files/{{}}", "/v1/files/{}/content"):
            self.assertEqual(self.refused(other.call("GET", path.format(file)), 404)["message"].replace(file, "X"),
                             self.refused(other.call("GET", path.format("file-" + MISSING)), 404)["message"].replace(
                                 "file-" + MISSING, "X"))
        self.refused(other.call("POST", f"/v1/vector_stores/{store}/search", {"query": word}), 404)
        checked = self.bh.cli("billing", "check", "--tenant", tenant.id)["data"][0]
        self.assertLessEqual(float(checked["balance"]), float(balance))
        self.bh.cli("billing", "check", "--tenant", other.id)
        # It stands in the audit log, of the platform and of the tenant.
        lines = [line for line in self.bh.audit() if line["event"] == "tenant.restore" and line["target_tenant_id"] == tenant.id]
        self.assertEqual([line["rows"] for line in lines], [done["rows"]])
        until(lambda: self.bh.cli("audit", "search", "--tenant", tenant.id, "--action", "tenant.restore")["data"], 30,
              "the restore in the tenant's audit log", pause=0.5)
        self.assertTrue(self.bh.cli("audit", "search", "--tenant", tenant.id, "--action", "key.create")["data"])
        self.bh.cli("audit", "verify", "--tenant", tenant.id)
        # What was restored can be changed, searched and deleted as ever; both receipts stay.
        self.ingest(tenant, store, f"# More\n\nA second {marker()}.")
        again = self.deleted(tenant)
        self.assertNotEqual(again, receipt)
        for id in (receipt, again):
            self.assertEqual(self.bh.cli("receipt", "show", id)["status"], "completed")

    def test_a_tenant_that_is_there_is_replaced_only_on_purpose(self):
        tenant, store, word = self.filled()
        before = self.at_rest(tenant)
        self.create()
        kept = self.hits(tenant, store, word)
        self.ingest(tenant, store, f"# Later\n\nThe second lighthouse {word}.")
        later = self.upload(tenant, "Later than the backup.")["id"]
        self.fails(tenant.name, "the tenant exists")
        self.fails(tenant.name, "suspend it first", "--replace")
        self.fails("no such tenant", "no tenant", status=4)
        self.ok(tenant.call("GET", f"/v1/files/{later}"))
        self.bh.cli("tenant", "suspend", tenant.id)
        # What was paid since cannot be taken back.
        paid = self.bh.cli("credit", "grant", "5", "--category", "paid", "--tenant", tenant.id)["id"]
        self.assertIn(f"paid credit {paid}", self.fails(tenant.id, "would be lost", "--replace"))
        self.bh.script("SET session_replication_role = replica; DELETE FROM bulkhead.credit_grant"
                       f" WHERE tenant_id = '{tenant.id}' AND id = '{paid}'")
        done = self.restore(tenant.id, "--replace")
        self.assertEqual((done["objects_given"], done["audit_kept"]), (0, True))
        after = self.rows(tenant)
        self.assertEqual({name for name in before if before[name] != after[name]}, set())
        until(lambda: tenant.call("GET", "/v1/models").status == 200, 10, "active, as it was")
        self.refused(tenant.call("GET", f"/v1/files/{later}"), 404)
        self.assertEqual(self.hits(tenant, store, word), kept)
        self.bh.cli("billing", "check", "--tenant", tenant.id)
        self.bh.cli("audit", "verify", "--tenant", tenant.id)

    def test_what_is_missing_is_listed_and_nothing_is_changed(self):
        tenant, plan = self.bh.tenant(), "plan-" + marker()
        email = self.person(tenant)
        self.bh.cli("plan", "create", plan, "--monthly", "0")
        self.bh.cli("subscription", "start", "--tenant", tenant.id, "--plan", plan)
        self.create()
        ((plan_id,),) = self.bh.psql(f"SELECT id FROM bulkhead.plan WHERE name = '{plan}'")
        self.deleted(tenant)
        left = self.bh.rows_of(tenant)
        # Somebody else has the address by now.
        other = self.bh.tenant()
        self.person(other, email)
        self.assertIn(f"address {email}", self.fails(tenant.name, "other accounts"))
        self.bh.script(f"SET session_replication_role = replica; UPDATE bulkhead.account_email SET address = 'x{email}'"
                       f" WHERE address = '{email}'; DELETE FROM bulkhead.plan_version WHERE plan_id = '{plan_id}'")
        self.assertIn(f"subscription to the plan {plan_id}", self.fails(tenant.name, "no longer has"))
        self.assertEqual(self.bh.rows_of(tenant), left)
        self.assertEqual(self.bh.psql(f"SELECT 1 FROM bulkhead.tenant WHERE id = '{tenant.id}'"), [])
        # A name that is taken.
        self.bh.tenant(tenant.name)
        self.fails(tenant.id, "same name")

    def test_a_backup_of_another_platform_is_refused(self):
        tenant = self.bh.tenant()
        self.create()
        key = os.path.join(self.bh.home, "master.key")
        with open(key, "rb") as file:
            own = file.read()
        self.addCleanup(self.write, key, own)
        self.write(key, bytes(byte ^ 1 for byte in own))
        self.fails(tenant.name, "of another platform")

    @staticmethod
    def write(path, bytes):
        with open(path, "wb") as file:
            file.write(bytes)


if __name__ == "__main__":
    main()
