# SPDX-License-Identifier: Apache-2.0
"""Tenants share the ingestion: nobody's long documents make the others wait for their end."""
import os
import time

from base import PlatformTest, main, marker, until
from instance import MOCK_EMBED, REAL_EMBED
from mock_upstream import Upstream

SECONDS_A_CALL = 1.5
PARAGRAPH = "Paragraph {} of document {} tells at length about thing {} and others. "


class Fairness(PlatformTest):
    """Each tenant's model is an upstream of its own, as slow as the test says."""

    limit_s = 400

    def tenant_on(self, upstream):
        tenant = self.bh.tenant()
        self.bh.cli("model", "remove", REAL_EMBED, "--tenant", tenant.id)
        self.bh.cli("model", "add", REAL_EMBED, "--url", upstream.url + "/v1", "--upstream-model", MOCK_EMBED,
                    "--kind", "embedding", "--context", "256", "--dimensions", "384", "--no-probe",
                    "--price-in", "0", "--tenant", tenant.id)
        return tenant

    def begin_long(self, tenant, store, document, paragraphs=300):
        """A document of some dozens of calls; its id and a word of its own."""
        word = marker()
        text = "\n\n".join(PARAGRAPH.format(at, document, at * document) * 12 for at in range(paragraphs))
        file = self.upload(tenant, f"{text}\n\nThe last word is {word}.", f"long-{document}.txt",
                           content_type="text/plain")
        self.attach(tenant, store, file["id"])
        return file["id"], word

    def row(self, tenant, store, file):
        return self.ok(tenant.call("GET", f"/v1/vector_stores/{store}/files/{file}"))

    def embedding(self, tenant, store, files):
        """True once each of them has some of its vectors."""
        rows = [self.row(tenant, store, file) for file in files]
        return all(row["bulkhead"]["stage"] == "embedding" and row["bulkhead"]["done"] > 0 for row in rows)

    def all_is_found(self, tenant, store, begun):
        for file, word in begun:
            row = self.finished(tenant, store, file)
            self.assertEqual((row["status"], row["last_error"]), ("completed", None))
            self.assertEqual(row["bulkhead"]["done"], row["bulkhead"]["total"])
            page = self.ok(tenant.call("POST", f"/v1/vector_stores/{store}/search", {"query": word}))
            self.assertEqual(page["data"][0]["file_id"], file)
        counts = self.ok(tenant.call("GET", f"/v1/vector_stores/{store}"))["file_counts"]
        self.assertEqual((counts["completed"], counts["total"]), (len(begun), len(begun)))

    def jobs(self, tenant):
        """State, attempts and error of its ingestions."""
        return self.bh.psql("SELECT state, attempts, coalesce(error, '-') FROM bulkhead.job "
                            f"WHERE tenant_id = '{tenant.id}' AND kind = 'ingest' ORDER BY created_at, id")

    def claims(self, tenant):
        """How often each of its jobs was claimed and given back, while they are not over."""
        return [int(row[0]) for row in self.bh.psql(
            "SELECT r.epoch FROM bulkhead.job_ready AS r JOIN bulkhead.job AS j ON j.tenant_id = r.tenant_id"
            f" AND j.id = r.job_id WHERE j.kind = 'ingest' AND r.tenant_id = '{tenant.id}'")]

    @staticmethod
    def at_once(slow, after):
        """How many calls were under way as each after that time began; None before there were some."""
        begins = [call["time"] for call in list(slow.log) if call["path"].endswith("/embeddings")]
        counts = [sum(at - SECONDS_A_CALL < other <= at for other in begins) for at in begins if at > after]
        return counts if len(counts) >= 8 else None

    def one_given_back(self, tenants):
        """A file that has some of its vectors and no worker: its tenant's number and its id."""
        for at, tenant in enumerate(tenants):
            for row in self.bh.psql("SELECT file_id FROM bulkhead.vector_store_file JOIN bulkhead.job_ready "
                                    f"USING (tenant_id, job_id) WHERE tenant_id = '{tenant.id}' "
                                    "AND worker IS NULL AND stage_done > 0"):
                return at, "file-" + row[0].replace("-", "")
        return None

    def test_two_tenants_long_documents_let_a_third_in(self):
        """All workers are taken by two tenants with slow models; a short file of a third one gets a turn."""
        slow = Upstream()
        slow.embed_delay = SECONDS_A_CALL
        loud, b_loud, quiet = self.tenant_on(slow), self.tenant_on(slow), self.bh.tenant()
        stores = {tenant: self.store(tenant)["id"] for tenant in (loud, b_loud, quiet)}
        begun = {tenant: [self.begin_long(tenant, stores[tenant], first + at) for at in (1, 2)]
                 for tenant, first in ((loud, 0), (b_loud, 2))}
        for tenant in (loud, b_loud):
            until(lambda: self.embedding(tenant, stores[tenant], [file for file, _ in begun[tenant]]), 60,
                  "both documents under way", pause=0.2)

        under_way = time.monotonic()
        row = self.ingest(quiet, stores[quiet], "A few words.", seconds=60)
        self.assertEqual(row["status"], "completed")
        for tenant in (loud, b_loud):
            for file, _ in begun[tenant]:
                self.assertEqual(self.row(tenant, stores[tenant], file)["status"], "in_progress")
        # Together they call no more often than two documents alone: whoever searches waits behind them.
        at_once = until(lambda: self.at_once(slow, under_way + SECONDS_A_CALL), 60, "some calls of all four", pause=0.2)
        self.assertLessEqual(max(at_once), 4)
        # Somebody gave a job back, and it counts neither as an attempt nor as a failure.
        self.assertGreater(max(self.claims(loud) + self.claims(b_loud)), 1)
        slow.embed_delay = 0.0
        for tenant in (loud, b_loud):
            self.all_is_found(tenant, stores[tenant], begun[tenant])
            self.assertEqual(self.jobs(tenant), [["done", "1", "-"]] * 2)
        # Each text was embedded once: what a turn brought was kept for the next.
        inputs = [text for call in slow.log if call["path"].endswith("/embeddings") for text in call["body"]["input"]
                  if text.startswith("Paragraph")]
        self.assertEqual(len(inputs), len(set(inputs)))

    def test_one_tenants_documents_leave_workers_free(self):
        """Where a single call takes longer than a turn nothing is given back in time: others have workers left."""
        slow = Upstream()
        slow.embed_delay = 12.0
        loud, quiet = self.tenant_on(slow), self.bh.tenant()
        store, other = self.store(loud)["id"], self.store(quiet)["id"]
        begun = [self.begin_long(loud, store, at, paragraphs=4) for at in (1, 2, 3, 4)]
        until(lambda: len([call for call in slow.log if call["path"].endswith("/embeddings")]) >= 2, 60,
              "the first calls of two documents", pause=0.1)
        self.assertEqual(self.ingest(quiet, other, "A few words.", seconds=60)["status"], "completed")
        # No call of theirs has ended, and no third document was begun.
        counts = self.ok(loud.call("GET", f"/v1/vector_stores/{store}"))["file_counts"]
        self.assertEqual((counts["in_progress"], counts["total"]), (4, 4))
        self.assertEqual(sorted(self.claims(loud)), [0, 0, 1, 1])
        slow.embed_delay = 0.0
        self.all_is_found(loud, store, begun)

    def test_a_deleted_file_leaves_the_disk_before_the_documents_that_wait(self):
        """The quota is free at once: whoever uploads and deletes must not fill the disk meanwhile."""
        slow = Upstream()
        slow.embed_delay = 12.0
        loud = self.tenant_on(slow)
        store = self.store(loud)["id"]
        begun = [self.begin_long(loud, store, at, paragraphs=4) for at in (1, 2, 3)]
        until(lambda: sorted(self.claims(loud)) == [0, 1, 1], 60, "two documents under way")
        gone = self.upload(loud, "x" * 1000, "gone.txt")["id"].removeprefix("file-")
        folder = os.path.join(self.bh.home, "rag/objects", loud.id.replace("-", ""))
        self.assertIn(gone, os.listdir(folder))
        self.ok(loud.call("DELETE", f"/v1/files/file-{gone}"))
        self.assertNotIn(gone, os.listdir(folder))
        slow.embed_delay = 0.0
        self.all_is_found(loud, store, begun)

    def test_progress_never_goes_back_and_a_waiting_file_can_be_deleted(self):
        """Three tenants with two long documents each are more than there are workers: they take turns."""
        slow = Upstream()
        slow.embed_delay = SECONDS_A_CALL
        tenants = [self.tenant_on(slow) for _ in range(3)]
        stores = [self.store(tenant)["id"] for tenant in tenants]
        begun = [[self.begin_long(tenant, store, at) for at in (1, 2)] for tenant, store in zip(tenants, stores)]
        shown = {}

        def turns_taken():
            for tenant, store, files in zip(tenants, stores, begun):
                for file, _ in files:
                    now = self.row(tenant, store, file)["bulkhead"]
                    order = ("queued", "extracting", "chunking", "embedding", "indexing", "done").index(now["stage"])
                    seen = (order, now["done"] if now["stage"] == "embedding" else 0)
                    self.assertGreaterEqual(seen, shown.get(file, (0, 0)))
                    shown[file] = seen
            # Every document has had a turn, and some a second one.
            claims = [count for tenant in tenants for count in self.claims(tenant)]
            return min(claims) >= 1 and sum(count >= 3 for count in claims) >= 3
        until(turns_taken, 90, "the turns", pause=0.2)

        at, gone = until(lambda: self.one_given_back(tenants), 30, "a file that waits for its next turn")
        begun[at] = [(file, word) for file, word in begun[at] if file != gone]
        self.assertEqual(len(begun[at]), 1)
        self.ok(tenants[at].call("DELETE", f"/v1/vector_stores/{stores[at]}/files/{gone}"))
        self.refused(tenants[at].call("GET", f"/v1/vector_stores/{stores[at]}/files/{gone}"), 404)
        slow.embed_delay = 0.0
        for tenant, store, files in zip(tenants, stores, begun):
            self.all_is_found(tenant, store, files)
        until(lambda: not self.claims(tenants[at]), 30, "the end of the deleted file's job", pause=0.2)
        self.assertEqual(self.bh.rows_of(tenants[at])["ingest_vector"], 0)


if __name__ == "__main__":
    main()
