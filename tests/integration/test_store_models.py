# SPDX-License-Identifier: Apache-2.0
"""A store changes its embedding model: made beside, swapped at once, and no search in between is short or wrong."""
import threading

from base import MISSING, PlatformTest, main, marker, until
from mock_upstream import Upstream

WIDE = "wide-embed"
SAME = "same-embed"


class StoreModels(PlatformTest):
    """Each tenant's second model is an upstream of its own, which a test can hold."""

    limit_s = 300

    def setUp(self):
        self.tenant = self.bh.tenant()
        self.upstream = Upstream()
        self.upstream.dimensions[WIDE] = 768
        for name, dimensions in ((WIDE, 768), (SAME, 384)):
            self.bh.cli("model", "add", name, "--url", self.upstream.url + "/v1", "--kind", "embedding", "--context",
                        "256", "--dimensions", str(dimensions), "--no-probe", "--price-in", "1", "--tenant",
                        self.tenant.id)
        self.store_id = self.store(self.tenant)["id"]

    def fill(self, sections=30):
        """A file with a word of its own in each of its sections: its id and the words."""
        words = [marker() for _ in range(sections)]
        text = "\n\n".join(f"# Part {at}\n\n" + f"The word of part {at} is {word}. " * 14 for at, word in enumerate(words))
        row = self.ingest(self.tenant, self.store_id, text)
        self.assertEqual(row["status"], "completed")
        return row["id"], words

    def change(self, model, **body):
        return self.ok(self.tenant.call("POST", f"/v1/vector_stores/{self.store_id}",
                                        {"bulkhead": {"embedding_model": model}} | body))

    def look(self):
        return self.ok(self.tenant.call("GET", f"/v1/vector_stores/{self.store_id}"))

    def changed(self, seconds=60):
        return until(lambda: (row := self.look())["bulkhead"]["change"] is None and row, seconds, "the change")

    def find(self, word):
        page = self.ok(self.tenant.call("POST", f"/v1/vector_stores/{self.store_id}/search",
                                        {"query": word, "max_num_results": 3}))
        return page["data"]

    def vectors(self):
        """Rows by dimensions and set."""
        return {(int(dimensions), row[0]): int(row[1]) for dimensions in (384, 768)
                for row in self.bh.psql(f"SELECT store_id, count(*) FROM bulkhead.chunk_vector_{dimensions} "
                                        f"WHERE tenant_id = '{self.tenant.id}' GROUP BY 1")}

    def usage_is_exact(self, dimensions):
        """What the store says it holds is the sum of its texts, their headings and vectors."""
        texts = self.bh.psql("SELECT sum(octet_length(text) + octet_length(heading)) FROM bulkhead.chunk"
                             f" WHERE tenant_id = '{self.tenant.id}'")
        held = int(texts[0][0] or 0) + sum(n for _, n in self.vectors().items()) * 4 * dimensions
        self.assertEqual(self.look()["usage_bytes"], held)

    def embeddings(self):
        return [call for call in list(self.upstream.log) if call["path"].endswith("/embeddings")]

    def test_searches_are_right_before_at_and_after_the_swap(self):
        kept, words = self.fill()
        gone, gone_words = self.fill(10)
        self.upstream.embed_delay = 0.05
        wrong, stop, searched, removals = [], threading.Event(), [], []

        def search(at):
            while not stop.is_set():
                word = words[at % len(words)]
                before = len(removals)
                hits = self.find(word)
                searched.append(word)
                # A hit that is removed while its search runs is no longer shown.
                whole = len(hits) == 3 or before % 2 == 1 or len(removals) != before
                if not whole or word not in hits[0]["content"][0]["text"]:
                    wrong.append((word, hits))
                at += 7

        threads = [threading.Thread(target=search, args=(at,)) for at in range(3)]
        try:
            for thread in threads:
                thread.start()
            row = self.change(WIDE)
            self.assertEqual(row["bulkhead"]["change"]["embedding_model"], WIDE)
            self.assertEqual(row["bulkhead"]["dimensions"], 384)
            until(lambda: self.look()["bulkhead"]["change"]["done"] > 0, 60, "some vectors")
            added, added_words = self.fill(5)
            removals.append("begins")
            self.ok(self.tenant.call("DELETE", f"/v1/vector_stores/{self.store_id}/files/{gone}"))
            removals.append("ends")
            row = self.changed()
            until(lambda: {dimensions for dimensions, _ in self.vectors()} == {768}, 60, "only the new vectors")
            at = len(searched)
            until(lambda: len(searched) > at + 20, 60, "searches after the swap")
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(wrong, [])
        self.assertEqual((row["bulkhead"]["embedding_model"], row["bulkhead"]["dimensions"]), (WIDE, 768))
        for word, file in [(words[3], kept), (added_words[2], added)]:
            hits = self.find(word)
            self.assertEqual((hits[0]["file_id"], word in hits[0]["content"][0]["text"]), (file, True))
        self.assertFalse(any(gone_words[0] in part["text"] for hit in self.find(gone_words[0]) for part in hit["content"]))
        self.assertEqual(list(self.vectors().values()), [self.look()["bulkhead"]["chunks"]])
        until(lambda: not self.bh.psql(f"SELECT FROM bulkhead.vector_set WHERE tenant_id = '{self.tenant.id}' "
                                       "AND state <> 'searched'"), 30, "the old set gone")
        self.usage_is_exact(768)
        # Paid for by the tenant, like other embeddings.
        self.assertTrue([each for each in self.tenant.usage() if each["model"] == WIDE])
        self.ok(self.tenant.call("DELETE", f"/v1/vector_stores/{self.store_id}"))
        until(lambda: not self.vectors(), 60, "nothing left")
        until(lambda: self.bh.rows_of(self.tenant)["vector_set"] == 0, 30, "no set left")

    def test_naming_the_stores_own_model_cancels(self):
        _, words = self.fill()
        old = self.look()["bulkhead"]["embedding_model"]
        before = self.vectors()
        self.upstream.embed_delay = 0.1
        self.change(WIDE)
        until(lambda: self.look()["bulkhead"]["change"]["done"] > 0, 60, "some vectors")
        row = self.change(old)
        self.assertEqual((row["bulkhead"]["change"], row["bulkhead"]["embedding_model"]), (None, old))
        until(lambda: self.bh.rows_of(self.tenant)["vector_set"] == 0, 60, "the new set gone")
        self.assertEqual(self.vectors(), before)
        self.usage_is_exact(384)
        self.assertIn(words[0], self.find(words[0])[0]["content"][0]["text"])

    def test_a_killed_service_goes_on_where_it_stopped(self):
        _, words = self.fill()
        self.upstream.embed_delay = 0.15
        self.change(SAME)
        until(lambda: self.look()["bulkhead"]["change"]["done"] >= 8, 60, "some vectors")
        old = self.bh.process("rag")["pid"]
        self.bh.kill("rag")
        self.bh.replaced("rag", old, 60)
        self.bh.wait_ready()
        self.upstream.embed_delay = 0
        row = self.changed(90)
        self.assertEqual(row["bulkhead"]["embedding_model"], SAME)
        inputs = [text for call in self.embeddings() for text in call["body"]["input"] if "The word of part" in text]
        self.assertLess(len(inputs), 1.6 * len(set(inputs)), "began anew")
        for word in words[::9]:
            self.assertIn(word, self.find(word)[0]["content"][0]["text"])
        until(lambda: len(self.vectors()) == 1, 30, "the old vectors gone")

    def test_a_model_that_does_not_answer_well_leaves_the_store_as_it_was(self):
        _, words = self.fill(8)
        before = self.vectors()
        self.upstream.embed_mode = "nan"
        self.change(WIDE)
        change = until(lambda: (c := self.look()["bulkhead"]["change"])["status"] == "failed" and c, 60, "the failure")
        self.assertIn("unusable", change["error"])
        self.assertIn(words[0], self.find(words[0])[0]["content"][0]["text"])
        until(lambda: self.vectors() == before, 30, "nothing of it")
        self.upstream.embed_mode = "plain"
        self.change(WIDE)
        self.assertEqual(self.changed()["bulkhead"]["embedding_model"], WIDE)
        self.assertIn(words[0], self.find(words[0])[0]["content"][0]["text"])

    def test_files_that_are_ingested_across_the_swap_have_the_new_vectors(self):
        self.fill(3)
        slow = self.bh.mock
        self.addCleanup(setattr, slow, "embed_delay", 0.0)
        slow.embed_delay = 0.4
        word = marker()
        text = "\n\n".join(f"Sentence {at} of a long text that takes its time. " * 12 for at in range(60)) + f"\n\n{word}."
        file = self.upload(self.tenant, text)
        self.attach(self.tenant, self.store_id, file["id"])
        until(lambda: self.ok(self.tenant.call("GET", f"/v1/vector_stores/{self.store_id}/files/{file['id']}"))
              ["bulkhead"]["done"] > 0, 60, "some vectors by the old model")
        self.change(SAME)
        self.changed()
        slow.embed_delay = 0
        self.assertEqual(self.finished(self.tenant, self.store_id, file["id"])["status"], "completed")
        inputs = {text for call in self.embeddings() for text in call["body"]["input"]}
        self.assertTrue(any(word in text for text in inputs))
        self.assertEqual(self.find(word)[0]["file_id"], file["id"])
        until(lambda: list(self.vectors().values()) == [self.look()["bulkhead"]["chunks"]], 30, "one set")
        self.usage_is_exact(384)

    def test_an_empty_store_changes_at_once_and_a_new_one_may_name_its_model(self):
        self.change(WIDE)
        self.assertEqual(self.changed()["bulkhead"]["embedding_model"], WIDE)
        row = self.store(self.tenant, bulkhead={"embedding_model": WIDE})
        self.assertEqual((row["bulkhead"]["embedding_model"], row["bulkhead"]["dimensions"]), (WIDE, 768))

    def test_what_cannot_be_a_stores_model_is_refused(self):
        path = f"/v1/vector_stores/{self.store_id}"

        def ask(model, path=path, tenant=self.tenant):
            return tenant.call("POST", path, {"bulkhead": {"embedding_model": model}})

        self.refused(ask("no-such-model"), 404, "model_not_found", "bulkhead.embedding_model")
        self.refused(ask("mock-chat"), 400, "invalid_value", "bulkhead.embedding_model")
        self.refused(ask(""), 400, param="bulkhead.embedding_model")
        self.refused(ask(7), 400, param="bulkhead.embedding_model")
        self.refused(ask(WIDE, f"/v1/vector_stores/vs_{MISSING}"), 404)
        # Another tenant's store is not there, and neither is its model.
        theirs = self.refused(ask(WIDE, tenant=self.other()), 404)
        missing = self.refused(ask(WIDE, f"/v1/vector_stores/vs_{MISSING}", self.other()), 404)
        self.assertEqual(theirs, missing)
        self.refused(self.other().call("POST", "/v1/vector_stores", {"bulkhead": {"embedding_model": WIDE}}), 404,
                     "model_not_found")
        self.assertIsNone(self.look()["bulkhead"]["change"])

    def test_the_operator_changes_it_from_the_command_line(self):
        self.fill(3)
        row = self.bh.cli("store", "set", self.store_id, "--tenant", self.tenant.id, "--embedding-model", WIDE)
        self.assertEqual(row["id"], self.store_id)
        self.changed()
        listed = self.bh.cli("store", "list", "--tenant", self.tenant.id)["data"]
        self.assertEqual([(each["id"], each["bulkhead"]["embedding_model"]) for each in listed], [(self.store_id, WIDE)])
        self.assertNotEqual(self.bh.run("store", "set", self.store_id, "--tenant", self.other().id,
                                        "--embedding-model", WIDE).returncode, 0)


if __name__ == "__main__":
    main()
