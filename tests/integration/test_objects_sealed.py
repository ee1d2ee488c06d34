# SPDX-License-Identifier: Apache-2.0
"""Objects sealed under a key of their tenant: nothing of them is readable where they lie, and nothing anywhere once the key
is destroyed."""
import os

from base import main, marker, until

from object_stores import BUCKET
from objects_base import OnStore, setUpModule  # noqa: F401

CHUNK = 65536
HEAD = 96


def sealed_bytes(size):
    return HEAD + size + 16 * max(1, -(-size // CHUNK))


class Sealed(OnStore):
    more = {"object_seal": "true", "object_s3_download_s": 60}

    def objects(self, tenant):
        return {key: size for key, size in self.keys(tenant).items() if "/key-" not in key}

    def keys_of(self, tenant):
        return [key for key in self.keys(tenant) if "/key-" in key]

    def lying(self, key):
        return self.outside.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def test_a_file_comes_back_whole_and_in_parts_and_lies_there_sealed(self):
        tenant = self.bh.tenant()
        content = bytes(range(256)) * 5000
        file = self.upload(tenant, content, "all.bin", "user_data", "application/octet-stream")
        key = self.key_of(tenant, file)
        self.assertEqual(self.objects(tenant), {key: sealed_bytes(len(content))})
        self.assertEqual(len(self.keys_of(tenant)), 1)
        self.assertNotIn(bytes(range(64)), self.lying(key))
        self.front.seen.clear()
        reply = self.body(tenant, file)
        # Although links are allowed: nobody but the platform opens it.
        self.assertEqual((reply.status, reply.body), (200, content))
        for start, end in ((0, 1), (CHUNK - 1, CHUNK + 1), (3 * CHUNK, 5 * CHUNK), (len(content) - 1, len(content))):
            reply = tenant.call("GET", f"/v1/files/{file['id']}/content", headers=[("Range", f"bytes={start}-{end - 1}")])
            self.assertEqual((reply.status, reply.body), (206, content[start:end]))

    def test_ranges_of_every_form(self):
        self.ranges_of(self.bh.tenant(), os.urandom(300_000))

    def test_a_large_file_goes_in_parts(self):
        tenant = self.bh.tenant()
        content = os.urandom((10 << 20) + 12345)
        file = self.upload(tenant, content, "large.bin", "user_data", "application/octet-stream")
        self.assertEqual(self.objects(tenant), {self.key_of(tenant, file): sealed_bytes(len(content))})
        self.assertEqual(self.body(tenant, file).body, content)

    def test_a_document_is_read_and_found(self):
        tenant, word = self.bh.tenant(), marker()
        store = self.store(tenant)
        row = self.ingest(tenant, store["id"], f"The lighthouse keeper is called {word}.")
        self.assertEqual(row["status"], "completed", row)

    def test_what_was_changed_in_the_store_is_not_sent(self):
        tenant = self.bh.tenant()
        content = os.urandom(3 * CHUNK)
        file = self.upload(tenant, content, "a.bin", "user_data", "application/octet-stream")
        key = self.key_of(tenant, file)
        lying = bytearray(self.lying(key))
        lying[HEAD + CHUNK + 16 + 5] ^= 1
        self.outside.put_object(Bucket=BUCKET, Key=key, Body=bytes(lying))
        ask = lambda end: tenant.call("GET", f"/v1/files/{file['id']}/content", headers=[("Range", f"bytes=0-{end - 1}")])
        self.assertEqual(ask(CHUNK).body, content[:CHUNK])
        with self.assertRaises(Exception):
            self.assertEqual(ask(CHUNK + 1).body, content[:CHUNK + 1])
        self.outside.put_object(Bucket=BUCKET, Key=key, Body=bytes(lying[:-1]))
        self.assertEqual(ask(1).status, 500)

    def test_one_tenants_object_does_not_open_as_anothers(self):
        one, two = self.bh.tenant(), self.bh.tenant()
        mine = self.upload(one, b"mine, of that length", "a.txt")
        theirs = self.upload(two, b"mine, of that length", "b.txt")
        self.outside.put_object(Bucket=BUCKET, Key=self.key_of(two, theirs), Body=self.lying(self.key_of(one, mine)))
        self.assertEqual(self.body(two, theirs).status, 500)
        self.assertEqual(self.body(one, mine).body, b"mine, of that length")

    def test_the_key_goes_with_its_tenant_and_the_receipt_says_when(self):
        tenant, other = self.bh.tenant(), self.bh.tenant()
        file, theirs = self.upload(tenant, b"to be erased", "a.txt"), self.upload(other, b"to stay", "b.txt")
        key = self.key_of(tenant, file)
        kept = self.lying(key)
        receipt = self.bh.cli("tenant", "delete", tenant.id, "--confirm", tenant.name)["id"]
        until(lambda: self.bh.cli("receipt", "show", receipt)["status"] == "completed", 60, "the deletion", pause=0.2)
        found = self.bh.cli("receipt", "show", receipt)
        self.assertEqual(self.keys(tenant), {})
        self.assertTrue(found["created_at"] <= found["key_destroyed_at"] <= found["completed_at"])
        self.assertEqual(found["receipt"]["key_destroyed_at"], found["key_destroyed_at"])
        self.assertNotIn(b"to be erased", kept)
        self.assertEqual(self.body(other, theirs).body, b"to stay")

    def test_objects_of_before_are_read_and_sealed_by_a_pass(self):
        tenant, content = self.bh.tenant(), os.urandom(CHUNK + 7)
        settings = dict(self.bh.settings)
        self.addCleanup(self.restarted, settings)
        self.restarted(settings | {"object_seal": "false"})
        file = self.upload(tenant, content, "a.bin", "user_data", "application/octet-stream")
        key = self.key_of(tenant, file)
        self.assertEqual(self.lying(key), content)
        # Links are for what is not sealed.
        self.assertEqual(self.body(tenant, file).status, 307)
        self.restarted(settings)
        # A pass begins with the service.
        until(lambda: self.objects(tenant) == {key: sealed_bytes(len(content))}, 60, "the pass")
        until(lambda: self.bh.psql(f"SELECT 1 FROM bulkhead.file_object WHERE tenant_id = '{tenant.id}' AND sealed"), 20,
              "the note of it")
        self.assertNotIn(content[:64], self.lying(key))
        self.assertEqual(self.body(tenant, file).body, content)
        self.restarted(settings | {"object_seal": "false"})
        self.assertEqual(self.body(tenant, file).body, content)

    def restarted(self, settings):
        if self.bh.settings != settings:
            self.bh.down()
            self.bh.settings = settings
            self.bh.up()
            self.bh.wait_ready()


if __name__ == "__main__":
    main()
