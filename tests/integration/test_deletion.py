# SPDX-License-Identifier: Apache-2.0
"""A tenant is deleted with everything that it can have, whatever is killed meanwhile; nobody else notices."""
import contextlib
import hashlib
import json
import os
import threading
import time
import uuid

from base import Instance, PlatformTest, main, marker, until, wire

import services

PASSWORD = "correct horse battery staple"
PLATFORM = "00000000-0000-0000-0000-000000000001"
OWN_VECTORS = 100
SENTENCE = "Quay {} has cranes, tugboats and a lighthouse that is kept by a person called {}. "
# Where each service waits in the middle of its part: rows that its last statements remove.
WAITS = {"agent": "response", "rag": "vector_store", "billing": "team", "model": "model", "auth": "membership"}
# What the law has a seller keep.
BOOKS = ("credit_grant", "invoice", "invoice_line", "invoice_payment", "invoice_prefix", "invoice_refund", "invoice_series",
         "ledger_balance", "ledger_entry", "ledger_line", "ledger_posted")
# What may name a tenant that has gone: its receipt, and what refuses its last tokens.
STAYS = {"tenant_deletion", "tenant_deletion_count", "revocation", *BOOKS}
# What the platform's staff did to it stays in the platform's own audit log.
WHOSE = {"audit_event": f" AND t.tenant_id <> '{PLATFORM}'"}
# Rows that a tenant's own workers touch without anybody's call, and the index of the audit lines, which follows.
RESTLESS = {"retention", "job_tenant", "audit_event", "audit_action", "audit_behind", "audit_chain", "audit_checkpoint", "audit_tile"}


class Deletion(PlatformTest):
    limit_s = 400

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(supervisor_quickstart="false", rag_own_vectors_chunks=OWN_VECTORS, finetune_trainer="testing",
                          finetune_checkpoint_steps="5")
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.bh.wait_ready()

    def tearDown(self):
        self.bh.mock.embed_delay = 0.0
        self.bh.wait_ready()

    # -- what a tenant can have

    def sign_in(self, email, tenant):
        return wire.Http(self.bh.address).call("POST", "/api/auth/sign-in", {
            "email": email, "password": PASSWORD, "tenant": tenant.id})

    def member(self, email, tenant, first=True):
        words = ("--password-stdin",) if first else ()
        return self.bh.cli("user", "create", email, "--tenant", tenant.id, "--role", "admin", *words,
                           stdin=PASSWORD + "\n" if first else None)

    def documents(self, tenant):
        """A store with a table of its own for its vectors, files with equal bytes, a batch, and an archive of it."""
        store = self.store(tenant, expires_after={"anchor": "last_active_at", "days": 1})["id"]
        text = "\n\n".join(f"# Quay {at}\n\n" + SENTENCE.format(at, marker()) * 4 for at in range(2 * OWN_VECTORS))
        self.ingest(tenant, store, text, chunking_strategy={"type": "static", "static": {
            "max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0}})
        until(lambda: self.bh.psql("SELECT 1 FROM bulkhead.store_statistics WHERE own_vectors"
                                   f" AND tenant_id = '{tenant.id}'"), 60, "vectors in a table of their own", pause=0.2)
        same = [self.upload(tenant, f"The same bytes of {tenant.id}.", name)["id"] for name in ("a.md", "b.md")]
        self.ok(tenant.call("POST", f"/v1/vector_stores/{store}/file_batches", {"file_ids": same}))
        for id in same:
            self.finished(tenant, store, id)
        self.ok(tenant.call("POST", f"/v1/vector_stores/{store}/search", {"query": "cranes"}))
        until(lambda: self.bh.psql(f"SELECT 1 FROM bulkhead.usage_event WHERE kind = 'search' AND tenant_id = '{tenant.id}'"),
              10, "the search among what is billed")
        return store

    def half_an_upload(self, tenant):
        upload = self.ok(tenant.call("POST", "/v1/uploads", {
            "bytes": 100, "filename": "half.md", "mime_type": "text/markdown", "purpose": "assistants"}))
        body, kind = wire.multipart([("data", "blob", "application/octet-stream", b"half" * 10)])
        self.ok(tenant.call("POST", f"/v1/uploads/{upload['id']}/parts", body, content_type=kind))

    def fill(self, tenant, both):
        """Everything at rest; `both` is a person who is in another tenant, too."""
        only = f"{marker()}@example.org"
        self.member(only, tenant)
        self.member(both, tenant, first=False)
        for email in (only, both):
            http = wire.Http(self.bh.address, self.ok(self.sign_in(email, tenant))["access_token"])
            self.ok(http.call("POST", "/api/keys", {"name": "own", "expires_at": int(time.time()) + 86400}), 201)
        self.bh.cli("user", "link", only, "--tenant", tenant.id)
        tenant.limit(requests_per_minute="100000", budget_month="1000", storage="1G")
        self.bh.cli("team", "create", "a team", "--tenant", tenant.id)
        self.bh.cli("cors", "set", "https://pages.example", "--tenant", tenant.id)
        self.bh.cli("tenant", "set", tenant.id, "--grounding", "mark")
        store = self.documents(tenant)
        self.half_an_upload(tenant)
        self.ok(self.chat(tenant))
        self.ok(tenant.http.call("POST", "/v1/vector_stores", {"name": "once"}, headers=[("Idempotency-Key", "k")]))
        self.ok(self.respond(tenant, tools=[{"type": "file_search", "vector_store_ids": [store]}]))
        self.ok(tenant.call("POST", "/v1/images/generations", {"prompt": "A quay", "size": "256x256"}))
        self.fine_tuned(tenant)
        file = self.upload(tenant, "soon gone")
        self.ok(tenant.call("DELETE", f"/v1/files/{file['id']}"))
        return only, store

    # -- what is left

    def tables(self):
        return [name for name, in self.bh.psql(
            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'bulkhead'::regnamespace"
            " AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1")]

    def traces(self, tenant):
        """Table → rows that name the tenant in any column; partitions; files."""
        hex = tenant.id.replace("-", "")
        found = {}
        union = " UNION ALL ".join(
            f"SELECT '{name}', count(*) FROM bulkhead.{name} AS t"
            f" WHERE (t::text LIKE '%{tenant.id}%' OR t::text LIKE '%{hex}%'){WHOSE.get(name, '')}" for name in self.tables())
        for name, count in self.bh.psql(union):
            if int(count) > 0 and name not in STAYS:
                found[name] = int(count)
        for name, in self.bh.psql(f"SELECT relname FROM pg_class WHERE relname LIKE '%{hex}%' AND relkind IN ('r', 'p')"):
            found[name] = "a table"
        for folder, _, files in os.walk(self.bh.home):
            if folder.startswith((self.bh.logs, os.path.join(self.bh.home, "pg"))):
                continue
            if hex in folder or folder.startswith(os.path.join(self.bh.home, "tmp")):
                for name in files or ([""] if hex in folder else []):
                    found[os.path.join(folder, name)] = "a file"
        return found

    @staticmethod
    def row(name):
        """That an object is sealed is noted by a pass, whenever a rag begins."""
        return "(to_jsonb(t) - 'sealed')::text" if name == "file_object" else "t::text"

    def print_of(self, tenant):
        """Everything of a tenant as hashes, rows and bytes."""
        union = " UNION ALL ".join(
            f"SELECT '{name}', coalesce(md5(string_agg({self.row(name)}, '|' ORDER BY {self.row(name)})), '-')"
            f" FROM bulkhead.{name} AS t"
            # What it keeps is noted by the platform itself, whenever a rag begins.
            f" WHERE tenant_id = '{tenant.id}'{' AND kind <> %a' % 'storage' if name in ('usage_day', 'usage_event') else ''}"
            for name in self.tables() if name not in RESTLESS)
        rows = dict(self.bh.psql(union))
        folder = os.path.join(self.bh.home, "rag/objects", tenant.id.replace("-", ""))
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), "rb") as file:
                rows[name] = hashlib.sha256(file.read()).hexdigest()
        return rows

    def at_rest(self, tenant):
        """The same, once what its calls have left to be written has been."""
        until(lambda: " 0 of " in next(line for line in self.bh.run("doctor").stdout.splitlines() if " settlement " in line),
              30, "no call that is still to be settled")
        prints = [None]

        def same():
            prints.append(self.print_of(tenant))
            return prints[-1] == prints[-2] and prints[-1]
        return until(same, 30, "a tenant at rest", pause=1.0)

    def ended(self, id, seconds=90):
        def row():
            found = self.bh.cli("receipt", "show", id)
            return found if found["status"] == "completed" else None
        return until(row, seconds, f"the end of deletion {id}", pause=0.2)

    def delete(self, tenant):
        return self.bh.cli("tenant", "delete", tenant.id, "--confirm", tenant.name)

    def removed(self, receipt, service=None):
        return {each["part"]: each["n"] for each in receipt["removed"] if service in (None, each["service"])}

    # -- tests

    def at_work(self, tenant, archive):
        """An ingestion, an import, runs, a stream; answers who listens to it, and an event for its end."""
        self.bh.mock.embed_delay = 0.5
        busy = self.store(tenant)["id"]
        file = self.upload(tenant, "\n\n".join(f"Mole {at} has {at} gulls, says {marker()}." for at in range(3000)))
        self.attach(tenant, busy, file["id"])
        imported = self.ok(tenant.http.upload("archive.tar", archive, "user_data", "application/x-tar"))
        self.ok(tenant.call("POST", "/v1/vector_stores", {"bulkhead": {"import_file_id": imported["id"]}}))
        self.ok(self.respond(tenant, script={"mode": "slow", "delay": 0.3}, background=True))
        over = threading.Event()

        def listen():
            try:
                self.respond(tenant, script={"mode": "slow", "delay": 0.3}, stream=True)
            except (OSError, ValueError):
                pass
            over.set()
        listener = threading.Thread(target=listen)
        listener.start()
        until(lambda: self.bh.psql("SELECT 1 FROM bulkhead.job WHERE state = 'running'"
                                   f" AND tenant_id = '{tenant.id}'"), 20, "a job at work")
        return listener, over

    def tells_all(self, found, tenant):
        """A receipt: whose it is, its hash, what was kept and what was removed."""
        receipt = found["receipt"]
        self.assertEqual((receipt["tenant"], receipt["name"]), (tenant.id, tenant.name))
        text = json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        self.assertEqual(hashlib.sha256(text.encode()).hexdigest(), found["receipt_sha256"])
        self.assertEqual(receipt["requested_by"].split(":")[0], "operator")
        self.assertEqual([(each["service"], each["part"]) for each in receipt["kept"]],
                         [("auth", "revocation"), *(("billing", part) for part in BOOKS)])
        self.assertEqual({each["service"] for each in receipt["removed"]}, set(services.names()) - {"stripemock"})  # which has no tenants
        rag, auth = self.removed(receipt, "rag"), self.removed(receipt, "auth")
        for part in ("file", "chunk", "document", "file_object", "upload", "upload_part", "object", "object.bytes",
                     "chunk_vector_384_own", "vector_store", "vector_import", "cache.vectors", "storage_limit", "receipt"):
            self.assertGreater(rag.get(part, 0), 0, part)
        self.assertGreaterEqual(rag["object"], rag["file_object"] + rag["upload_part"])
        self.assertEqual((auth["membership"], auth["account"], auth["account_email"]), (2, 1, 1))

    def test_everything_goes_whatever_runs_and_nobody_else_notices(self):
        tenant, other = self.bh.tenant(), self.bh.tenant()
        both = f"{marker()}@example.org"
        self.member(both, other)
        only, store = self.fill(tenant, both)
        self.documents(other)
        before = self.at_rest(other)
        archive = tenant.call("GET", f"/v1/vector_stores/{store}/export").body

        listener, over = self.at_work(tenant, archive)
        first = self.delete(tenant)
        self.refused(tenant.call("GET", "/v1/models"), 401)
        self.assertEqual(self.refused(tenant.call("GET", "/v1/files"), 401)["message"],
                         self.refused(wire.Http(self.bh.address, tenant.key[:-4] + "aaaa").call("GET", "/v1/files"),
                                      401)["message"])
        self.assertEqual(self.delete(tenant)["id"], first["id"])
        for verb in ("resume", "suspend"):
            self.assertNotEqual(self.bh.run("tenant", verb, tenant.id).returncode, 0)
        self.assertTrue(over.wait(20), "the stream goes on")
        listener.join()
        found = self.ended(first["id"])

        self.assertEqual(self.traces(tenant), {})
        self.assertEqual(self.print_of(other), before)
        self.assertEqual(found["receipt"]["id"], first["id"])
        self.tells_all(found, tenant)
        # The person who is in another tenant is there as before, the other one nowhere.
        self.ok(self.sign_in(both, other))
        self.refused(self.sign_in(both, tenant), 403)
        self.refused(self.sign_in(only, tenant), 401)
        # The name is free, and what gets it has nothing of the one before.
        again = self.bh.tenant(tenant.name)
        self.assertNotEqual(again.id, tenant.id)
        self.assertEqual(self.ok(again.call("GET", "/v1/files"))["data"], [])
        self.refused(tenant.call("GET", "/v1/models"), 401)
        self.assertEqual(self.bh.run("tenant", "delete", tenant.id, "--confirm", tenant.name).returncode, 0)
        self.assertIn(first["id"], [each["id"] for each in self.bh.cli("receipt", "list")["data"]])
        lines = [line for line in self.bh.audit() if line.get("target_tenant_id") == tenant.id]
        self.assertTrue({"tenant.delete", "tenant.deleted"} <= {line["event"] for line in lines})

    def test_each_service_is_killed_in_the_middle_and_nothing_is_counted_twice(self):
        tenant, other = self.bh.tenant(), self.bh.tenant()
        both = f"{marker()}@example.org"
        self.member(both, other)
        self.documents(other)
        before_other = self.at_rest(other)
        self.fill(tenant, both)
        self.at_rest(tenant)
        before = self.bh.rows_of(tenant)
        with contextlib.ExitStack() as stack:
            held = {name: stack.enter_context(contextlib.ExitStack()) for name in WAITS}
            for name, table in WAITS.items():
                held[name].enter_context(self.bh.transaction(
                    f"SELECT FROM bulkhead.{table} WHERE tenant_id = '{tenant.id}' FOR UPDATE"))
            first = self.delete(tenant)
            for name in (name for name in reversed(services.names()) if name in WAITS):
                until(lambda name=name: self.bh.psql(
                    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                    f" AND usename = 'bulkhead_{name}' AND query LIKE '%erase%'"), 30, f"{name} in the middle")
                old = self.bh.kill(name)
                self.bh.replaced(name, old)
                self.assertEqual(self.bh.cli("receipt", "show", first["id"])["status"], "in_progress")
                held[name].close()
        removed = self.removed(self.ended(first["id"])["receipt"])
        self.assertEqual(self.traces(tenant), {})
        self.assertEqual(self.print_of(other), before_other)
        for table in ("file", "document", "chunk", "posting", "vector_store", "vector_store_file", "file_object", "upload_part",
                      "response", "response_item", "usage_event", "api_key", "membership", "session", "model"):
            with self.subTest(table=table):
                self.assertGreater(before[table], 0)
                # What a killed service had in hand is settled after it, and the platform notes what is kept.
                late = removed.get(table) - before[table] if table == "usage_event" else 0
                self.assertIn(late, range(10))
                self.assertEqual(removed.get(table), before[table] + late)

    def test_only_by_its_name_and_only_by_the_platform(self):
        tenant, other = self.bh.tenant(), self.bh.tenant()
        for words in (("--confirm", "another"), ("--confirm", other.name), ()):
            self.assertNotEqual(self.bh.run("tenant", "delete", tenant.name, *words).returncode, 0, words)
        self.assertNotEqual(self.bh.run("tenant", "delete", "platform", "--confirm", "platform").returncode, 0)
        self.refused(tenant.call("DELETE", f"/api/tenants/{tenant.id}?confirm={tenant.name}"), 403)
        self.refused(tenant.call("GET", "/api/receipts"), 403)
        self.refused(tenant.call("POST", f"/api/tenants/{tenant.id}/erase", {"deletion": str(uuid.uuid4())}), 404)
        self.ok(tenant.call("GET", "/v1/models"))
        self.assertEqual(self.bh.run("receipt", "show", str(uuid.uuid4())).returncode, 4)
        # A suspended one, by its name.
        self.bh.cli("tenant", "suspend", tenant.name)
        first = self.bh.cli("tenant", "delete", tenant.name, "--confirm", tenant.name)
        self.ended(first["id"])
        self.assertEqual(self.traces(tenant), {})
        self.ok(other.call("GET", "/v1/models"))


if __name__ == "__main__":
    main()
