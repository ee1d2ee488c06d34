# SPDX-License-Identifier: Apache-2.0
"""Encrypted backups: who has no private key learns only that they are complete; who has it restores them."""
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import unittest

from base import Instance, PlatformTest, main, marker
from instance import ROOT

# Where set-up may not install it, `scripts/test_tools.py age var/test-age` unpacks it.
PATH = os.pathsep.join((os.path.join(ROOT, "var/test-age/usr/bin"), os.environ["PATH"]))


def program(name):
    found = shutil.which(name, path=PATH)
    if found is None:
        raise unittest.SkipTest(f"{name} is not installed")
    return found


def sums(path):
    with open(path, encoding="utf-8") as file:
        return dict(reversed(line.split()) for line in file)


class EncryptedBackup(PlatformTest):
    limit_s = 300

    @classmethod
    def setUpClass(cls):
        program("age")
        cls.bh = Instance(supervisor_quickstart="false")
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.bh.wait_ready()
        cls.identity, cls.recipient = cls.new_identity()
        cls.word = marker()
        cls.document = f"# Harbour\n\nThe lighthouse {cls.word} is kept by Wilhelmina.".encode()
        cls.tenant = cls.bh.tenant()

    @classmethod
    def new_identity(cls):
        path = os.path.join(cls.bh.folder, f"identity-{marker()}")
        done = subprocess.run([program("age-keygen"), "-o", path], capture_output=True, text=True, check=True)
        return path, done.stderr.split()[-1]

    def setUp(self):
        self.folder = os.path.join(self.bh.folder, "backups-" + marker())

    def run_as(self, *words, recipient=None, home=None):
        environment = {**self.bh.environment, "PATH": PATH, "BULKHEAD_BACKUP_RECIPIENT": recipient or self.recipient}
        if home:
            environment["BULKHEAD_HOME"] = home
        return self.bh.run(*words, timeout=200, environment=environment)

    def create(self, *words, recipient=None):
        done = self.run_as("backup", "create", self.folder, "--json", *words, recipient=recipient)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def verify(self, *words, status=0, home=None):
        done = self.run_as("backup", "verify", self.folder, "--json", *words, home=home)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return json.loads(done.stdout) if done.stdout else done.stderr

    def newest(self):
        return os.path.join(self.folder, max(name for name in os.listdir(self.folder) if name != "keys"))

    def uploaded(self):
        return self.ok(self.tenant.http.upload("note.md", self.document, "assistants", "text/markdown"))["id"]

    def files(self):
        return [path for path in glob.glob(self.newest() + "/**", recursive=True) if os.path.isfile(path)]

    # -- the drill

    def test_only_the_private_key_restores_it(self):
        file = self.uploaded()
        made = self.create()
        with open(os.path.join(self.bh.home, "master.key"), "rb") as key:
            secrets = (key.read(), self.word.encode(), hashlib.sha256(self.document).hexdigest().encode())
        for path in self.files():
            with open(path, "rb") as content:
                bytes = content.read()
            self.assertFalse([secret for secret in secrets if secret in bytes], path)
        self.assertEqual(made["damaged"], 0)

        proof = self.verify()
        self.assertEqual((proof["ok"], proof["signed"], proof["opened"], proof["encryption"]), (True, True, False, "age"))
        self.assertEqual((proof["files"], proof["named"]), (len(sums(os.path.join(self.newest(), "SHA256SUMS"))), 0))
        proof = self.verify("--identity", self.identity)
        self.assertEqual((proof["ok"], proof["opened"], proof["named"]), (True, True, made["objects"]))
        other, _ = self.new_identity()
        self.assertIn("age could not open", self.verify("--identity", other, status=1))
        # Another machine has no key that the signature could be checked with.
        empty = os.path.join(self.bh.folder, "empty-" + marker())
        os.mkdir(empty)
        self.assertFalse(self.verify(home=empty)["signed"])
        self.assertTrue(self.verify("--identity", self.identity, home=empty)["signed"])

        self.bh.down()
        shutil.rmtree(self.bh.home)
        for words, said in (((), "--identity FILE opens it"), (("--identity", other), "age could not open")):
            done = self.run_as("backup", "restore", self.folder, *words)
            self.assertEqual((done.returncode, os.path.exists(self.bh.home)), (1, False), done.stderr)
            self.assertIn(said, done.stderr)
        done = self.run_as("backup", "restore", self.folder, "--identity", self.identity)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.bh.up()
        self.bh.wait_ready()
        self.assertEqual(self.tenant.call("GET", f"/v1/files/{file}/content").body, self.document)
        self.bh.cli("billing", "check", "--tenant", self.tenant.id)

    # -- the parts

    def test_what_is_encrypted_already_is_linked(self):
        self.uploaded()
        first = self.create()
        (before,) = [path for path in self.files() if path.endswith(".age") and os.stat(path).st_nlink == 1
                     and "/objects/" in path][:1]
        again = self.create()
        self.assertEqual((again["copied"], again["linked"]), (0, first["objects"]))
        self.assertEqual(os.stat(before).st_ino, os.stat(os.path.join(self.newest(), os.path.relpath(
            before, os.path.join(self.folder, first["name"])))).st_ino)
        self.assertTrue(self.verify("--identity", self.identity)["ok"])
        # Another recipient could not open what is there, nor what is plain.
        identity, recipient = self.new_identity()
        other = self.create(recipient=recipient)
        self.assertEqual((other["copied"], other["linked"]), (first["objects"], 0))
        self.assertTrue(self.verify("--identity", identity)["ok"])
        self.assertEqual(self.create("--plain")["linked"], 0)
        self.assertIn("not encrypted", self.verify("--identity", identity, status=1))
        self.assertEqual([row["encryption"] for row in self.bh.cli("backup", "list", self.folder)["data"]],
                         ["age", "age", "age", "none"])

    def check_as_described(self):
        """As docs/backup.md has it, on another machine without the key."""
        with open(os.path.join(ROOT, "docs/backup.md"), encoding="utf-8") as file:
            command = re.search(r"^ssh \S+ '(.* SHA256SUMS)'$", file.read(), re.MULTILINE).group(1)
        return subprocess.run(["/bin/sh", "-c", command.replace("/srv/bulkhead", self.folder)], capture_output=True, text=True, check=False)

    def test_what_was_changed_is_told_without_the_key(self):
        self.uploaded()
        self.create()
        done = self.check_as_described()
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        path = glob.glob(os.path.join(self.newest(), "objects/*/*.age"))[0]
        with open(path, "rb") as file:
            content = file.read()
        with open(path, "wb") as file:
            file.write(content[:-1])
        self.assertEqual(self.verify(status=1)["changed"], 1)
        self.assertIn("FAILED", self.check_as_described().stdout)
        os.unlink(path)
        self.assertEqual(self.verify(status=1)["missing"], 1)
        # Anybody can encrypt to the recipient, but not sign the list.
        subprocess.run([program("age"), "-r", self.recipient, "-o", path], input=b"forged", check=True)
        with open(path, "rb") as file:
            forged = hashlib.sha256(file.read()).hexdigest()
        listed = os.path.join(self.newest(), "SHA256SUMS")
        lines = {**sums(listed), os.path.relpath(path, self.newest()): forged}
        with open(listed, "w", encoding="utf-8") as file:
            file.writelines(f"{hash}  {name}\n" for name, hash in lines.items())
        manifest = os.path.join(self.newest(), "manifest.json")
        with open(manifest, encoding="utf-8") as file:
            said = json.load(file)
        with open(listed, "rb") as file:
            said["sums"] = hashlib.sha256(file.read()).hexdigest()
        with open(manifest, "w", encoding="utf-8") as file:
            json.dump(said, file)
        self.assertIn("signed", self.verify(status=1))
        self.assertIn("signed", self.verify("--identity", self.identity, status=1))
        # Nor can it be passed off as plain.
        with open(manifest, "w", encoding="utf-8") as file:
            json.dump({**said, "encryption": "none"}, file)
        self.assertIn("not encrypted", self.verify("--identity", self.identity, status=1))

    def test_a_damaged_backup_is_not_linked_from(self):
        self.uploaded()
        first = self.create()
        with open(os.path.join(self.newest(), "manifest.hmac"), "w", encoding="utf-8") as file:
            file.write("0" * 64 + "\n")
        again = self.create()
        self.assertEqual((again["copied"], again["linked"]), (first["objects"], 0))

    def test_ssh_keys_open_it(self):
        key = os.path.join(self.bh.folder, "ssh-" + marker())
        subprocess.run([program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        with open(key + ".pub", encoding="utf-8") as file:
            self.create(recipient=file.read().strip())
        self.assertTrue(self.verify("--identity", key)["opened"])

    def test_gpg_keys_open_it(self):
        program("gpg-agent")
        ring = os.path.join("/tmp", "bh-gpg-" + marker())
        os.mkdir(ring, 0o700)
        self.addCleanup(shutil.rmtree, ring, ignore_errors=True)
        self.addCleanup(subprocess.run, ["gpgconf", "--homedir", ring, "--kill", "all"], check=False)
        gpg = [program("gpg"), "--homedir", ring, "--batch", "--quiet"]
        subprocess.run([*gpg, "--passphrase", "", "--quick-generate-key", "backup", "future-default", "default", "never"],
                       check=True, capture_output=True)
        listed = subprocess.run([*gpg, "--with-colons", "--list-keys"], check=True, capture_output=True, text=True).stdout
        fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
        environment = {**self.bh.environment, "GNUPGHOME": ring, "BULKHEAD_BACKUP_RECIPIENT": f"gpg:{fingerprint}"}
        done = self.bh.run("backup", "create", self.folder, environment=environment, timeout=200)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(os.path.exists(os.path.join(self.newest(), "database.tar.gpg")))
        proof = self.verify("--identity", ring)
        self.assertEqual((proof["ok"], proof["opened"], proof["encryption"]), (True, True, "gpg"))

    def test_a_failing_program_leaves_no_backup(self):
        # The last character is part of the checksum: any other is wrong.
        damaged = self.recipient[:-1] + ("p" if self.recipient.endswith("q") else "q")
        done = self.run_as("backup", "create", self.folder, recipient=damaged)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("age failed", done.stderr)
        done = self.run_as("backup", "create", self.folder, recipient="AGE-SECRET-KEY-1")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertNotIn("SECRET", done.stderr)
        self.assertEqual([name for name in os.listdir(self.folder) if not name.startswith(".")], [])

    def test_the_doctor_tells_a_plain_one(self):
        for words, found in ((("--plain",), True), ((), False)):
            self.create(*words)
            environment = {**self.bh.environment, "BULKHEAD_SUPERVISOR_BACKUP_FOLDER": self.folder}
            done = self.bh.run("doctor", environment=environment)
            self.assertEqual("not encrypted" in done.stdout, found, done.stdout)


if __name__ == "__main__":
    main()
