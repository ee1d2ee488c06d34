# SPDX-License-Identifier: Apache-2.0
"""A tenant is erased after a backup was made: from the old backup everybody else comes back, and nothing that was sealed of the
tenant can be opened."""
import base64
import glob
import hashlib
import json
import os
import shutil
import subprocess
import tempfile

from base import Instance, PlatformTest, main, marker, until, wire

ANSWER = "The lighthouse keeper is called Wilhelmina."


class Erased(PlatformTest):
    limit_s = 400

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(supervisor_quickstart="false")
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.bh.wait_ready()

    def setUp(self):
        self.folder = os.path.join(self.bh.folder, "backups-" + marker())

    def verify(self, status=0):
        done = self.bh.run("backup", "verify", self.folder, "--json", timeout=200)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return json.loads(done.stdout)

    def filled(self):
        tenant = self.bh.tenant()
        store = self.store(tenant)["id"]
        secret = marker()
        row = self.ingest(tenant, store, f"{ANSWER}\n\nThe password of the harbour is {secret}.")
        self.assertEqual(row["status"], "completed")
        return tenant, store, row["id"], secret

    def cited(self, tenant, store, file):
        made = self.ok(self.respond(tenant, "Who keeps the lighthouse?", {"text": ANSWER}, tools=[
            {"type": "file_search", "vector_store_ids": [store], "max_num_results": 3}]))
        (annotation,) = made["output"][-1]["content"][0]["annotations"]
        self.assertEqual((annotation["type"], annotation["file_id"]), ("file_citation", file))

    def erased(self, tenant):
        receipt = self.bh.cli("tenant", "delete", tenant.id, "--confirm", tenant.name)["id"]
        until(lambda: self.bh.cli("receipt", "show", receipt)["status"] == "completed", 90, "the deletion", pause=0.2)
        return self.bh.cli("receipt", "show", receipt)

    def is_signed(self, found):
        """By one of the published keys, as anybody can check with any library."""
        decode = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        keys = {key["kid"]: key for key in wire.Http(self.bh.address).call("GET", "/.well-known/audit-keys.json").json()["keys"]}
        head, payload, signature = found["receipt_signature"].split(".")
        key = keys[json.loads(decode(head))["kid"]]
        with tempfile.TemporaryDirectory() as folder:
            paths = {name: os.path.join(folder, name) for name in ("key", "text", "signature")}
            # SubjectPublicKeyInfo of an Ed25519 key (RFC 8410) is this and its 32 bytes.
            for name, content in (("key", bytes.fromhex("302a300506032b6570032100") + decode(key["x"])),
                                  ("text", f"{head}.{payload}".encode()), ("signature", decode(signature))):
                with open(paths[name], "wb") as file:
                    file.write(content)
            subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", paths["key"], "-rawin",
                            "-in", paths["text"], "-sigfile", paths["signature"]], check=True, capture_output=True)
        text = json.dumps(found["receipt"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        self.assertEqual(json.loads(decode(payload)), {
            "completed_at": found["completed_at"], "id": found["id"], "tenant": found["tenant"],
            "receipt_sha256": hashlib.sha256(text.encode()).hexdigest()})

    def keys_of(self, tenant):
        return sorted(os.path.basename(path).rsplit(".", 1)[1]
                      for path in glob.glob(os.path.join(self.folder, "keys", tenant.id.replace("-", "") + "-*")))

    def test_the_erased_tenants_files_open_nowhere_and_the_others_answer(self):
        gone, gone_store, gone_file, secret = self.filled()
        kept, store, file, other_secret = self.filled()
        made = self.bh.cli("backup", "create", self.folder, "--plain")
        self.assertEqual((made["copied"], made["damaged"]), (made["objects"], 0))
        # Of a copy in another place, only what `forget` does there is known.
        copy = self.folder + "-copy"
        shutil.copytree(self.folder, copy)
        for path in glob.glob(os.path.join(self.folder, made["name"], "objects/*/*")):
            with open(path, "rb") as object:
                content = object.read()
            self.assertNotIn(b"Wilhelmina", content)
        self.assertEqual(self.keys_of(gone), ["plain"])
        proof = self.verify()
        self.assertEqual((proof["ok"], proof["erased"], proof["keyless"]), (True, 0, 0))

        found = self.erased(gone)
        self.assertTrue(found["created_at"] <= found["key_destroyed_at"] <= found["completed_at"])
        self.assertEqual(found["receipt"]["key_destroyed_at"], found["key_destroyed_at"])
        self.is_signed(found)
        self.assertEqual(self.bh.cli("backup", "forget", self.folder)["forgotten"], 1)
        self.assertEqual(self.bh.cli("backup", "forget", self.folder)["forgotten"], 0)
        self.assertEqual((self.keys_of(gone), self.keys_of(kept)), (["destroyed"], ["plain"]))
        proof = self.verify()
        self.assertEqual((proof["ok"], proof["erased"], proof["keyless"]), (True, 1, 0))
        done = self.bh.run("backup", "restore", self.folder, "--tenant", gone.id, timeout=200)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("destroyed", done.stderr)
        # A copy of the folder follows the same rule, or it brings the key back.
        self.folder, own = copy, self.folder
        self.assertEqual(self.keys_of(gone), ["plain"])
        self.assertEqual(self.bh.cli("backup", "forget", copy)["forgotten"], 1)
        self.assertEqual(self.keys_of(gone), ["destroyed"])
        self.folder = own

        # Elsewhere, from the old backup.
        self.bh.down()
        shutil.rmtree(self.bh.home)
        done = self.bh.run("backup", "restore", self.folder, "--json", timeout=200)
        self.assertEqual(done.returncode, 0, done.stderr)
        restored = json.loads(done.stdout)
        self.assertEqual((restored["erased"], restored["keyless"], restored["objects"]), (1, 0, made["objects"] - 1))
        self.bh.up()
        self.bh.wait_ready()
        self.cited(kept, store, file)
        self.assertIn(other_secret.encode(), kept.call("GET", f"/v1/files/{file}/content").body)
        # The rows of the tenant are those of the backup, and name an object that nobody has.
        reply = gone.call("GET", f"/v1/files/{gone_file}/content")
        self.assertNotEqual(reply.status, 200)
        self.assertNotIn(secret.encode(), reply.body)
        # Not even where somebody puts the sealed object back into its place.
        folder = os.path.join(self.bh.home, "rag/objects", gone.id.replace("-", ""))
        os.makedirs(folder, exist_ok=True)
        (sealed,) = glob.glob(os.path.join(self.folder, made["name"], "objects", gone.id.replace("-", ""), "*"))
        shutil.copy(sealed, folder)
        shutil.chown(folder, *self.owner()), shutil.chown(os.path.join(folder, os.path.basename(sealed)), *self.owner())
        reply = gone.call("GET", f"/v1/files/{gone_file}/content")
        self.assertEqual(reply.status, 500, reply.body)
        self.assertNotIn(secret.encode(), reply.body)
        # Nothing stands in the way of what has to be done: it is deleted again.
        self.erased(gone)

    def owner(self):
        info = os.stat(os.path.join(self.bh.home, "rag/objects"))
        return info.st_uid, info.st_gid

    def test_a_key_that_was_lost_is_told_apart_from_one_that_was_destroyed(self):
        tenant, *_ = self.filled()
        self.bh.cli("backup", "create", self.folder, "--plain")
        (path,) = glob.glob(os.path.join(self.folder, "keys", tenant.id.replace("-", "") + "-*"))
        with open(path, "rb") as file:
            key = file.read()
        os.unlink(path)
        proof = self.verify(1)
        self.assertEqual((proof["ok"], proof["erased"], proof["keyless"]), (False, 0, 1))
        # The next backup has it again.
        self.bh.cli("backup", "create", self.folder, "--plain")
        with open(path, "rb") as file:
            self.assertEqual(file.read(), key)
        self.assertTrue(self.verify()["ok"])
        with open(path, "wb") as file:
            file.write(key[:-1] + bytes([key[-1] ^ 1]))
        self.assertEqual(self.verify(1)["changed"], 1)

    def test_the_next_backup_forgets_by_itself(self):
        tenant, *_ = self.filled()
        self.bh.cli("backup", "create", self.folder, "--plain")
        self.erased(tenant)
        self.assertEqual(self.keys_of(tenant), ["plain"])
        self.assertEqual(self.bh.cli("backup", "create", self.folder, "--plain")["forgotten"], 1)
        self.assertEqual(self.keys_of(tenant), ["destroyed"])

    def test_keys_of_a_platform_that_is_not_ours_stay(self):
        """A folder that is named by mistake loses nothing: only a receipt takes a key."""
        self.filled()
        self.bh.cli("backup", "create", self.folder, "--plain")
        strange = os.path.join(self.folder, "keys", f"{'1' * 32}-{'2' * 32}.plain")
        with open(strange, "wb") as file:
            file.write(b"x" * 72)
        self.assertEqual(self.bh.cli("backup", "forget", self.folder)["forgotten"], 0)
        self.assertTrue(os.path.exists(strange))


if __name__ == "__main__":
    main()
