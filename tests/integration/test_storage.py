# SPDX-License-Identifier: Apache-2.0
"""What a tenant may keep: bytes and files, whoever asks, however many at once."""
import os

from base import PlatformTest, main, until


class Storage(PlatformTest):
    def try_upload(self, tenant, size):
        # Each with bytes of its own: the same ones would count once.
        return tenant.http.upload("a.txt", os.urandom(size), "user_data", "text/plain")

    def test_an_upload_over_the_quota_is_refused_and_leaves_nothing(self):
        tenant = self.bh.tenant()
        shown = tenant.limit(storage="1M")
        self.assertEqual((shown["storage_bytes"], shown["storage_used_bytes"]), (1048576, 0))
        self.refused(self.try_upload(tenant, 2000000), 403, "storage_quota_exceeded", of_type="insufficient_quota")
        # The form around the file is let through; the file itself must fit.
        self.refused(self.try_upload(tenant, 1048577), 403, "storage_quota_exceeded")
        self.assertEqual(tenant.limits()["storage_used_bytes"], 0)
        kept = self.ok(self.try_upload(tenant, 1048576))
        self.refused(self.try_upload(tenant, 1), 403, "storage_quota_exceeded")
        self.ok(tenant.call("DELETE", f"/v1/files/{kept['id']}"))
        self.ok(self.try_upload(tenant, 1000))
        self.assertEqual(self.ok(self.try_upload(self.other(), 2000000))["bytes"], 2000000)

    def test_of_many_uploads_at_once_as_many_are_kept_as_fit(self):
        tenant = self.bh.tenant()
        tenant.limit(storage="1000000")
        replies = self.together(12, lambda _: self.try_upload(tenant, 180000))
        kept = [reply for reply in replies if reply.status == 200]
        self.assertLessEqual(len(kept), 5)
        for reply in replies:
            if reply.status != 200:
                self.refused(reply, 403, "storage_quota_exceeded")
        # Announcements of those that were refused are not held against anybody.
        for _ in range(5 - len(kept)):
            self.ok(self.try_upload(tenant, 180000))
        self.refused(self.try_upload(tenant, 180000), 403)
        self.assertEqual(tenant.limits()["storage_used_bytes"], 900000)

    def test_a_repeat_is_answered_when_the_quota_is_full(self):
        """The first answer was lost on its way: a repeat adds nothing, and is not judged by what is left."""
        tenant = self.bh.tenant()
        tenant.limit(storage=1000)
        full = b"x" * 1000
        for chunked in (False, True):
            with self.subTest(chunked=chunked):
                key = {"Idempotency-Key": f"k-{chunked}"}
                first = tenant.http.upload("a.txt", full, headers=key, chunked=chunked)
                again = tenant.http.upload("a.txt", full, headers=key, chunked=chunked)
                self.assertEqual(self.ok(again), self.ok(first))
                self.assertEqual(again.headers["idempotent-replayed"], "true")
                other = tenant.http.upload("a.txt", full[1:], headers=key, chunked=chunked)
                self.refused(other, 400, "idempotency_key_reused")
                self.refused(tenant.http.upload("a.txt", b"x", chunked=chunked), 403, "storage_quota_exceeded")
                self.ok(tenant.call("DELETE", f"/v1/files/{self.ok(first)['id']}"))

    def test_files_are_counted(self):
        tenant = self.bh.tenant()
        tenant.limit(files=2)
        kept = [self.ok(self.try_upload(tenant, 1)) for _ in range(2)]
        self.refused(self.try_upload(tenant, 1), 403, "storage_quota_exceeded")
        self.ok(tenant.call("DELETE", f"/v1/files/{kept[0]['id']}"))
        self.ok(self.try_upload(tenant, 1))
        self.assertEqual(tenant.limits()["storage_used_files"], 2)

    def test_text_and_vectors_count_and_a_file_that_has_no_room_fails(self):
        tenant = self.bh.tenant()
        store = self.store(tenant)
        text = "The lighthouse keeper is called Wilhelmina. " * 20
        self.assertEqual(self.ingest(tenant, store["id"], text)["status"], "completed")
        used = tenant.limits()["storage_used_bytes"]
        self.assertGreater(used, 3 * len(text))
        tenant.limit(storage=used + len(text) + 100)
        row = self.ingest(tenant, store["id"], text.replace("keeper", "warden"))
        self.assertEqual((row["status"], row["last_error"]["code"]), ("failed", "server_error"))
        self.assertIn("quota", row["last_error"]["message"])
        counts = self.ok(tenant.call("GET", f"/v1/vector_stores/{store['id']}"))["file_counts"]
        self.assertEqual((counts["completed"], counts["failed"], counts["total"]), (1, 1, 2))

    def test_headings_count_with_their_chunks_also_from_an_archive(self):
        tenant = self.bh.tenant()
        store = self.store(tenant)["id"]
        row = self.ingest(tenant, store, "# " + "Keepers of lighthouses " * 20 + "\n\nOne is called Wilhelmina.")
        page = self.ok(tenant.call("GET", f"/v1/vector_stores/{store}/files/{row['id']}/chunks"))["data"]
        text, headings, vectors = self.bh.psql(
            "SELECT (SELECT sum(octet_length(text)) FROM bulkhead.chunk WHERE tenant_id = f.tenant_id),"
            " (SELECT sum(octet_length(heading)) FROM bulkhead.chunk WHERE tenant_id = f.tenant_id),"
            " (SELECT count(*) * 384 * 4 FROM bulkhead.chunk_vector_384 WHERE tenant_id = f.tenant_id)"
            f" FROM bulkhead.vector_store_file AS f WHERE tenant_id = '{tenant.id}'")[0]
        self.assertGreater(int(headings), 100 * len(page))
        self.assertEqual(row["usage_bytes"], int(text) + int(headings) + int(vectors))
        archive = tenant.call("GET", f"/v1/vector_stores/{store}/export").body
        other = self.bh.tenant()
        file = self.ok(other.http.upload("a.tar", archive, "user_data", "application/x-tar"))["id"]
        made = self.ok(other.call("POST", "/v1/vector_stores", {"bulkhead": {"import_file_id": file}}))["id"]
        until(lambda: self.ok(other.call("GET", f"/v1/vector_stores/{made}"))["bulkhead"]["import"]["status"] == "completed",
              60, "the import", pause=0.1)
        self.assertEqual(self.ok(other.call("GET", f"/v1/vector_stores/{made}"))["usage_bytes"], row["usage_bytes"])

    def test_sizes_of_the_command_line(self):
        tenant = self.bh.tenant()
        for words, expected in (("20G", 20 << 30), ("8k", None), ("3K", 3072), ("0", 0), ("12Q", None), ("", None)):
            done = self.bh.run("limit", "set", "--tenant", tenant.id, "--storage", words)
            self.assertEqual(done.returncode == 0, expected is not None, (words, done.stderr))
            if expected is not None:
                self.assertEqual(tenant.limits()["storage_bytes"], expected)

    def test_the_doctor_tells_what_is_kept(self):
        tenant = self.bh.tenant()
        self.ok(self.try_upload(tenant, 1000))
        tenant.limit(storage="1K")
        self.assertRegex(self.bh.run("doctor").stdout,
                         r"(?m)^ok +storage +\d+ MiB used by \d+ tenants; [1-9]\d* are at 90 % of their quota or more$")


if __name__ == "__main__":
    main()
