# SPDX-License-Identifier: Apache-2.0
"""A platform is backed up while it serves, lost, and restored: the same answers, books and keys."""
import glob
import json
import os
import shutil
import threading

from base import Instance, PlatformTest, main, marker, until, wire

BOOKS = ("credit_grant", "ledger_balance", "ledger_entry", "ledger_line", "ledger_posted", "usage_day", "meter_funds")


class Backup(PlatformTest):
    limit_s = 300

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(supervisor_quickstart="false")
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.bh.wait_ready()

    def setUp(self):
        self.folder = os.path.join(self.bh.folder, "backups-" + marker())

    def create(self, *words):
        return self.bh.cli("backup", "create", self.folder, "--plain", *words)

    def verify(self, status=0):
        done = self.bh.run("backup", "verify", self.folder, "--json", timeout=200)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return json.loads(done.stdout)

    def newest(self):
        return os.path.join(self.folder, max(name for name in os.listdir(self.folder) if name != "keys"))

    def filled(self):
        """A tenant with a document that a search finds."""
        tenant, word = self.bh.tenant(), marker()
        store = self.store(tenant)["id"]
        self.assertEqual(self.ingest(tenant, store, f"# Harbour\n\nThe lighthouse {word} is kept by Wilhelmina.")["status"], "completed")
        return tenant, store, word

    def hits(self, tenant, store, word):
        page = self.ok(tenant.call("POST", f"/v1/vector_stores/{store}/search", {"query": word}))
        return [(hit["file_id"], hit["content"][0]["text"]) for hit in page["data"]]

    def books(self, tenant):
        """The books' rows, as text and ordered; storage aside, which is metered by the hour whatever is called."""
        return {table: self.bh.psql(f"SELECT t::text FROM bulkhead.{table} AS t WHERE tenant_id = '{tenant.id}'"
                                    + (" AND kind <> 'storage'" if table == "usage_day" else "") + " ORDER BY 1")
                for table in BOOKS}

    @staticmethod
    def calling(tenant):
        """Calls of chat until the answer's function is called, which tells their status codes."""
        over, codes = threading.Event(), []

        def call():
            while not over.is_set():
                codes.append(tenant.call("POST", "/v1/chat/completions", {
                    "model": "default", "messages": [{"role": "user", "content": "On and on."}]}).status)
        thread = threading.Thread(target=call)
        thread.start()

        def stop():
            over.set()
            thread.join()
            return codes
        return stop

    # -- the drill

    def test_what_was_lost_is_restored(self):
        tenant, store, word = self.filled()
        busy = self.bh.tenant()
        self.bh.cli("credit", "grant", "25", "--category", "paid", "--tenant", tenant.id)
        revoked = tenant.new_key(name="revoked")
        self.bh.cli("key", "revoke", revoked["id"], "--tenant", tenant.id)
        request = self.chat(tenant)
        self.ok(request)
        tenant.settled(request.request_id)
        found = self.hits(tenant, store, word)
        self.assertTrue(found)
        until(lambda: self.bh.psql(f"SELECT 1 FROM bulkhead.usage_event WHERE kind = 'search' AND tenant_id = '{tenant.id}'"),
              15, "the search among what is billed")
        balance = self.bh.cli("billing", "check", "--tenant", tenant.id)["data"][0]["balance"]
        before = self.books(tenant)
        stop = self.calling(busy)
        made = self.create()
        codes = stop()
        self.assertEqual(set(codes), {200})
        ((named,),) = self.bh.psql("SELECT count(*) FROM bulkhead.file_object")
        self.assertEqual((made["objects"], made["copied"], made["damaged"]), (int(named), int(named), 0))
        proof = self.verify()
        self.assertTrue(proof["ok"])
        self.assertEqual((proof["named"], proof["unfound"], proof["mismatches"]), (int(named), 0, 0))
        self.assertEqual(self.books(tenant), before)

        self.bh.down()
        shutil.rmtree(self.bh.home)
        done = self.bh.run("backup", "restore", self.folder, "--json", timeout=200)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.bh.up()
        self.bh.wait_ready()
        self.assertEqual(self.books(tenant), before)
        self.assertEqual(self.bh.cli("billing", "check", "--tenant", tenant.id)["data"][0]["balance"], balance)
        self.assertEqual(self.hits(tenant, store, word), found)
        self.assertEqual(wire.Http(self.bh.address, revoked["key"]).call("GET", "/v1/models").status, 401)
        self.ok(self.chat(tenant))
        for each in (tenant, busy):
            self.bh.cli("billing", "check", "--tenant", each.id)
        # A home that holds something is never written over.
        done = self.bh.run("backup", "restore", self.folder)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("not empty", done.stderr)

    # -- the parts

    def test_an_object_is_stored_once_and_old_backups_expire(self):
        tenant, _, _ = self.filled()
        first = self.create()
        self.upload(tenant, f"One more: {marker()}.")
        second = self.create()
        self.assertEqual((second["copied"], second["linked"]), (1, first["objects"]))
        self.assertEqual(second["objects"], first["objects"] + 1)
        listed = [row["name"] for row in self.bh.cli("backup", "list", self.folder)["data"]]
        self.assertEqual(listed, [first["name"], second["name"]])
        third = self.create("--keep", "1")
        self.assertEqual((third["removed"], third["linked"], third["copied"]), (2, second["objects"], 0))
        self.assertEqual(sorted(os.listdir(self.folder)), [third["name"], "keys"])
        self.assertTrue(self.verify()["ok"])

    def test_what_was_changed_is_told(self):
        self.filled()
        self.create()
        backup = self.newest()
        object = glob.glob(os.path.join(backup, "objects/*/*"))[0]
        with open(object, "rb") as file:
            content = file.read()
        with open(object, "r+b") as file:
            file.write(b"X")
        self.assertEqual((self.verify(1)["changed"], self.verify(1)["missing"]), (1, 0))
        os.unlink(object)
        self.assertEqual(self.verify(1)["missing"], 1)
        with open(object, "wb") as file:
            file.write(content)
        self.assertTrue(self.verify()["ok"])
        with open(os.path.join(backup, "objects/more"), "wb"):
            pass
        self.assertEqual(self.verify(1)["strange"], 1)
        os.unlink(os.path.join(backup, "objects/more"))
        # Whoever changes the list as well has not the key.
        with open(os.path.join(backup, "manifest.json"), "r+", encoding="utf-8") as file:
            text = file.read()
            file.seek(0)
            file.write(text.replace('"damaged":0', '"damaged":1'))
        done = self.bh.run("backup", "verify", self.folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn("signed", done.stderr)
        done = self.bh.run("backup", "restore", self.folder, "--home", os.path.join(self.bh.folder, "other"))
        self.assertEqual(done.returncode, 1)
        self.assertFalse(os.path.exists(os.path.join(self.bh.folder, "other")))

    def test_nothing_is_written_unencrypted_unasked(self):
        done = self.bh.run("backup", "create", self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--plain", done.stderr)
        self.assertFalse(os.path.exists(self.folder))


if __name__ == "__main__":
    main()
