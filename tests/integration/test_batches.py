# SPDX-License-Identifier: Apache-2.0
"""File batches: their counts, their cancellation, and whose work a file is."""
from base import MISSING, PlatformTest, main, marker, until, wire


class Batches(PlatformTest):
    def first_hit(self, tenant, store, word):
        page = self.ok(tenant.call("POST", f"/v1/vector_stores/{store}/search", {"query": word}))
        return page["data"][0]["file_id"]

    def test_a_batch_and_its_counts(self):
        tenant = self.acme()
        store = self.store(tenant)
        good = [self.upload(tenant, f"Text {at} {marker()}.")["id"] for at in range(4)]
        bad = self.upload(tenant, b"\x89PNG\r\n\x1a\n" + bytes(200), "x.pdf")["id"]
        client = tenant.client()
        batch = client.vector_stores.file_batches.create(store.get("id"), file_ids=[*good, bad])
        self.assertEqual((batch.file_counts.total, batch.file_counts.in_progress, batch.status), (5, 5, "in_progress"))
        batch = client.vector_stores.file_batches.poll(batch.id, vector_store_id=store["id"])
        counts = batch.file_counts
        self.assertEqual((counts.completed, counts.failed, counts.in_progress, counts.total), (4, 1, 0, 5))
        self.assertEqual(batch.status, "completed")
        failed = client.vector_stores.file_batches.list_files(batch.id, vector_store_id=store["id"], filter="failed")
        self.assertEqual([each.id for each in failed], [bad])
        done = client.vector_stores.file_batches.list_files(batch.id, vector_store_id=store["id"], filter="completed",
                                                            limit=2)
        self.assertEqual({each.id for each in done}, set(good))
        kept = client.vector_stores.retrieve(store["id"]).file_counts
        self.assertEqual((kept.completed, kept.failed, kept.total), (4, 1, 5))
        wire.validate(client)

    def test_a_batch_is_cancelled(self):
        tenant = self.acme()
        store = self.store(tenant)
        ids = [self.upload(tenant, "Sentence about harbours. " * 3000)["id"] for _ in range(6)]
        path = f"/v1/vector_stores/{store['id']}/file_batches"
        batch = self.ok(tenant.call("POST", path, {"file_ids": ids}))
        self.ok(tenant.call("POST", f"{path}/{batch['id']}/cancel"))
        ended = until(lambda: (row := self.ok(tenant.call("GET", f"{path}/{batch['id']}")))
                      ["file_counts"]["in_progress"] == 0 and row, 60, "the batch at rest", pause=0.2)
        self.assertIn(ended["status"], ("cancelled", "completed"))
        self.assertEqual(sum(ended["file_counts"][name] for name in ("completed", "failed", "cancelled")), 6)

    def at_rest(self, tenant, path):
        """The batch, once nothing of it is in progress."""
        return until(lambda: (row := self.ok(tenant.call("GET", path)))["file_counts"]["in_progress"] == 0 and row,
                     60, "the batch at rest", pause=0.2)

    def test_cancelling_what_is_finished_changes_nothing(self):
        tenant = self.acme()
        self.addCleanup(setattr, self.bh.mock, "embed_mode", "plain")
        store = self.store(tenant)
        path = f"/v1/vector_stores/{store['id']}/file_batches"

        def begin():
            ids = [self.upload(tenant, f"Text {marker()}.")["id"] for _ in range(2)]
            return f"{path}/{self.ok(tenant.call('POST', path, {'file_ids': ids}))['id']}"
        done = begin()
        before = self.at_rest(tenant, done)
        self.assertEqual((before["status"], before["file_counts"]["completed"]), ("completed", 2))
        self.assertEqual(self.ok(tenant.call("POST", f"{done}/cancel")), before)
        self.assertEqual(self.ok(tenant.call("GET", done)), before)
        # One that was stopped says so, and goes on saying so.
        self.bh.mock.embed_mode = "away"
        stopped = begin()
        for _ in range(2):
            self.ok(tenant.call("POST", f"{stopped}/cancel"))
            row = self.at_rest(tenant, stopped)
            self.assertEqual((row["status"], row["file_counts"]["cancelled"]), ("cancelled", 2))
        self.refused(tenant.call("POST", f"{path}/vsfb_{MISSING}/cancel"), 404)

    def test_a_batch_is_its_own_work_and_nobody_elses(self):
        tenant = self.acme()
        self.addCleanup(setattr, self.bh.mock, "embed_mode", "plain")
        store = self.store(tenant)
        path = f"/v1/vector_stores/{store['id']}/file_batches"
        word = marker()
        file = self.upload(tenant, f"The lighthouse keeper is called {word}.")["id"]

        def begin(tokens):
            cut = {"type": "static", "static": {"max_chunk_size_tokens": tokens, "chunk_overlap_tokens": 0}}
            return f"{path}/{self.ok(tenant.call('POST', path, {'file_ids': [file], 'chunking_strategy': cut}))['id']}"
        old = begin(100)
        before = self.at_rest(tenant, old)
        self.assertEqual((before["status"], before["file_counts"]["completed"]), ("completed", 1))
        self.bh.mock.embed_mode = "away"
        new, joined = begin(200), begin(200)
        # The old one is over, whatever its file goes through now; the third found the work under way.
        self.assertEqual(self.ok(tenant.call("GET", old)), before)
        self.assertEqual(self.ok(tenant.call("POST", f"{old}/cancel")), before)
        for each in (joined, new):
            self.assertEqual(self.ok(tenant.call("GET", each))["file_counts"]["in_progress"], 1)
        self.assertEqual(self.ok(tenant.call("POST", f"{joined}/cancel"))["status"], "in_progress")
        self.bh.mock.embed_mode = "plain"
        for each in (joined, new):
            row = self.at_rest(tenant, each)
            self.assertEqual((row["status"], row["file_counts"]["completed"]), ("completed", 1))
        self.assertEqual(self.first_hit(tenant, store["id"], word), file)
        # What was attached anew while it was under way: the earlier batch follows it, but cannot stop it.
        self.bh.mock.embed_mode = "away"
        first, second = begin(300), begin(400)
        self.assertEqual(self.ok(tenant.call("POST", f"{first}/cancel"))["status"], "in_progress")
        self.ok(tenant.call("POST", f"{second}/cancel"))
        ended = self.at_rest(tenant, second)
        self.assertEqual((ended["status"], ended["file_counts"]["cancelled"]), ("cancelled", 1))
        self.bh.mock.embed_mode = "plain"
        self.assertEqual(self.at_rest(tenant, begin(400))["status"], "completed")
        self.assertEqual(self.ok(tenant.call("GET", second)), ended)
        self.assertEqual(self.ok(tenant.call("GET", old)), before)


if __name__ == "__main__":
    main()
