# SPDX-License-Identifier: Apache-2.0
"""A platform on the operator's own PostgreSQL is backed up while it serves, and restored into another database."""
import json
import os
import shutil
import subprocess

import test_backup_crypt
from base import PlatformTest, main, marker

from test_operator_database import BITING, Private


class ExternalBackup(PlatformTest):
    limit_s = 300

    @classmethod
    def setUpClass(cls):
        cls.bh = Private.of(cls)
        cls.bh.settings["database_url"] = cls.url("bulkhead")

    @classmethod
    def url(cls, database):
        return f"postgresql://bulkhead_{{service}}@127.0.0.1:{cls.bh.port_of_server}/{database}"

    def verify(self):
        done = self.bh.run("backup", "verify", self.folder, "--json", timeout=200)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        return json.loads(done.stdout)

    def restore(self, *words):
        return self.bh.run("backup", "restore", self.folder, *words, timeout=200)

    def is_encrypted_too(self):
        if shutil.which("age", path=test_backup_crypt.PATH) is None:
            return  # test_backup_crypt says so
        identity, folder = os.path.join(self.bh.folder, "identity"), os.path.join(self.bh.folder, "encrypted")
        done = subprocess.run([test_backup_crypt.program("age-keygen"), "-o", identity], capture_output=True, text=True, check=True)
        environment = {**self.bh.environment, "PATH": test_backup_crypt.PATH, "BULKHEAD_BACKUP_RECIPIENT": done.stderr.split()[-1],
                       "BULKHEAD_PROGRAMS": self.programs_of_postgresql_alone()}
        for words in (("create", folder), ("verify", folder), ("verify", folder, "--identity", identity)):
            done = self.bh.run("backup", *words, environment=environment, timeout=200)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("the books are right", done.stdout)

    def programs_of_postgresql_alone(self):
        """As in the image that makes backups: no engine, no models, no nginx."""
        folder = os.path.join(self.bh.folder, "postgresql-alone")
        os.mkdir(folder)
        with open(os.path.join(folder, "manifest.json"), "w", encoding="utf-8") as file:
            json.dump({"postgres": {"bin": self.bh.postgres_bin()}}, file)
        return folder

    def test_what_was_lost_is_restored_into_another_database(self):
        self.folder = os.path.join(self.bh.folder, "backups")
        secrets = self.bh.new_secrets()
        self.bh.psql("CREATE EXTENSION vector;" + BITING)
        self.bh.up()
        self.bh.wait_ready()
        tenant, word = self.bh.tenant(), marker()
        store = self.store(tenant)["id"]
        self.ingest(tenant, store, f"# Harbour\n\nThe lighthouse keeper is {word}.\n")
        request = self.chat(tenant)
        tenant.settled(request.request_id)
        self.bh.cli("credit", "grant", "25", "--category", "paid", "--tenant", tenant.id)

        def found():
            page = self.ok(tenant.call("POST", f"/v1/vector_stores/{store}/search", {"query": word}))
            return [(hit["file_id"], hit["score"]) for hit in page["data"]]
        hits = found()
        self.assertTrue(hits)
        balance = self.bh.cli("billing", "check", "--tenant", tenant.id)["data"][0]["balance"]

        made = self.bh.cli("backup", "create", self.folder, "--plain")
        self.assertEqual(made["objects"], int(self.bh.psql("SELECT count(*) FROM bulkhead.file_object")[0][0]))
        self.assertTrue(os.path.exists(os.path.join(self.folder, made["name"], "database.dump")))
        proof = self.verify()
        self.assertEqual((proof["ok"], proof["named"], proof["unfound"]), (True, made["objects"], 0))
        self.assertGreaterEqual(proof["tenants"], 2)

        self.is_encrypted_too()
        self.bh.down()
        shutil.rmtree(self.bh.home)
        self.assertIn("--database-url-file", self.restore().stderr)
        self.bh.psql("CREATE DATABASE restored OWNER bulkhead_setup TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER libc;",
                     "postgres")
        self.bh.psql("CREATE EXTENSION vector;" + BITING.replace("DATABASE bulkhead", "DATABASE restored"), "restored")
        named = os.path.join(self.bh.folder, "url")
        with open(os.open(named, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(self.url("restored").format(service=f"setup:{secrets['setup']}") + "\n")
        done = self.restore("--database-url-file", named)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("database.url", done.stdout)
        self.assertEqual([name for name in os.listdir(self.bh.home) if name.startswith(".")], [])
        self.assertNotIn(secrets["setup"], done.stdout + done.stderr)
        self.bh.settings["database_url"] = self.url("restored")
        self.bh.up()
        self.bh.wait_ready()
        self.assertEqual(found(), hits)
        self.assertEqual(self.bh.cli("billing", "check", "--tenant", tenant.id)["data"][0]["balance"], balance)
        self.ok(self.chat(tenant))
        # A database that holds a platform is never written into.
        done = self.restore("--database-url-file", named, "--home", os.path.join(self.bh.folder, "other"))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("already holds a platform", done.stderr)
        self.assertEqual(self.bh.secrets_are_kept(*secrets.values()), [])


if __name__ == "__main__":
    main()
