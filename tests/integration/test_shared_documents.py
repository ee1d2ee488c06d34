# SPDX-License-Identifier: Apache-2.0
"""All documents of the shared data in one store: what is said about a place of their text is exactly that place."""
import json
import os
import re
import unittest

from base import PlatformTest, main

from instance import SHARED

FOLDER = os.path.join(SHARED, "data/documents")
UNREADABLE = ("password-protected.pdf", "supreme-court-tarrant-v-herrmann-scan.pdf")
OF_EACH = 4  # chunks of a document that an answer is made of
# A plain statement: some words, and a full stop.
SENTENCE = re.compile(r"(?:(?<=\. )|(?<=\n)|^)([A-Z\u0410-\u042f][^.!?\n|:;]{40,200}\.)(?=\s|$)")


def documents():
    found = [os.path.join(folder, name) for folder, _, names in os.walk(FOLDER) for name in names]
    return sorted(path for path in found if os.path.basename(path) not in UNREADABLE)


@unittest.skipUnless(documents(), "the shared data is absent")
class Documents(PlatformTest):
    limit_s = 600

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tenant = cls.acme()
        client = cls.tenant.client()
        cls.store = client.vector_stores.create(name="All of it").id
        cls.files = {}
        for path in documents():
            with open(path, "rb") as file:
                made = client.vector_stores.files.upload_and_poll(vector_store_id=cls.store, file=file,
                                                                  poll_interval_ms=200)
            assert made.status == "completed", (path, made.last_error)
            text = client.vector_stores.files.content(made.id, vector_store_id=cls.store)
            cls.files[made.id] = (os.path.basename(path), "".join(page.text for page in text))

    def chunks(self, file):
        """Every chunk, page by page."""
        found, after = [], ""
        while True:
            page = self.ok(self.tenant.call(
                "GET", f"/v1/vector_stores/{self.store}/files/{file}/chunks?limit=100&order=asc{after}"))
            found += page["data"]
            if not page["has_more"]:
                return found
            after = f"&after={page['last_id']}"

    def search(self, query):
        return self.ok(self.tenant.call("POST", f"/v1/vector_stores/{self.store}/search", {
            "query": query, "max_num_results": 20}))["data"]

    def test_every_chunk_and_every_hit_is_cut_out_of_the_text_by_its_offsets(self):
        for file, (name, text) in self.files.items():
            chunks = self.chunks(file)
            self.assertGreater(len(chunks), 0, name)
            known = {chunk["id"] for chunk in chunks}
            for chunk in chunks:
                self.assertTrue(0 <= chunk["start"] < chunk["end"] <= len(text), (name, chunk))
            for chunk in chunks[::max(1, len(chunks) // OF_EACH)]:
                words = text[chunk["start"]:chunk["end"]].split()[:12]
                for hit in self.search(" ".join(words)):
                    place = hit["bulkhead"]
                    whole = self.files[hit["file_id"]][1]
                    self.assertEqual(whole[place["start"]:place["end"]], hit["content"][0]["text"], hit["filename"])
                    if hit["file_id"] == file:
                        self.assertIn(place["chunk_id"], known)

    def test_every_citation_cuts_out_a_place_that_states_its_sentence(self):
        asked = cited = 0
        for file, (name, text) in self.files.items():
            sentences = [match[1] for match in SENTENCE.finditer(text)]
            for sentence in sentences[::max(1, len(sentences) // OF_EACH)][:OF_EACH]:
                script = json.dumps({"text": sentence})
                made = self.ok(self.tenant.call("POST", "/v1/responses", {
                    "model": "default", "input": f"{sentence} #mock {script}",
                    "bulkhead": {"grounding": "mark"},
                    "tools": [{"type": "file_search", "vector_store_ids": [self.store]}]}))
                part = made["output"][-1]["content"][0]
                self.assertEqual(part["text"], sentence)
                asked += 1
                for annotation in part["annotations"]:
                    place, whole = annotation["bulkhead"], self.files[annotation["file_id"]][1]
                    shown = whole[place["start"]:place["end"]]
                    self.assertIn(" ".join(sentence.split()), " ".join(shown.split()), (name, annotation))
                    cited += annotation["file_id"] == file
        self.assertGreater(asked, 20)
        self.assertGreater(cited, asked * 0.8, f"{cited} of {asked} sentences taken from a document are cited from it")


if __name__ == "__main__":
    main()
