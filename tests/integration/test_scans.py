# SPDX-License-Identifier: Apache-2.0
"""Pictures of text from the upload to the search: pages, confidence, progress, and who sees it."""
import json
import os
import unittest
import urllib.request

from base import PlatformTest, main, openai_spec

from instance import ROOT, shared_file

SCAN = shared_file("documents", "pdf", "supreme-court-tarrant-v-herrmann-scan.pdf")


def picture(name):
    with open(os.path.join(ROOT, "tests/fuzz/corpus/extract_image", name), "rb") as file:
        return file.read()


class Scans(PlatformTest):
    def search(self, tenant, store, query):
        reply = tenant.call("POST", f"/v1/vector_stores/{store}/search", {"query": query})
        return self.ok(reply)["data"]

    def test_a_fax_of_two_pages_is_found_with_its_page_numbers(self):
        tenant = self.acme()
        store = self.store(tenant)["id"]
        row = self.ingest(tenant, store, picture("two-pages.tif"), "fax.tif")
        self.assertEqual(row["status"], "completed", row)
        openai_spec.check("VectorStoreFileObject", row)
        ocr = row["bulkhead"]["ocr"]
        self.assertEqual((ocr["pages"], ocr["low_confidence"], ocr["low_confidence_pages"], ocr["unread_pages"]),
                         (2, False, "", ""))
        self.assertGreaterEqual(ocr["confidence"], 90)
        chunks = self.ok(tenant.call("GET", f"/v1/vector_stores/{store}/files/{row['id']}/chunks"))["data"]
        page_of = {page: each["text"] for each in chunks for page in range(each["page_start"], each["page_end"] + 1)}
        self.assertIn("Wilhelmina", page_of[1])
        self.assertIn("forty tonnes", page_of[2])
        hit = self.search(tenant, store, "Which colour has the crane beside the customs house?")[0]
        self.assertIn("painted yellow", " ".join(part["text"] for part in hit["content"]))
        listed = self.ok(tenant.call("GET", f"/v1/vector_stores/{store}/files"))["data"]
        self.assertEqual([each["bulkhead"]["ocr"] for each in listed], [ocr])

    def test_the_same_file_in_another_store_says_the_same(self):
        tenant = self.acme()
        first, second = self.store(tenant)["id"], self.store(tenant)["id"]
        row = self.ingest(tenant, first, picture("page.jpg"), "page.jpg")
        again = self.ingest(tenant, second, picture("page.jpg"), "page.jpg")
        self.assertEqual(again["bulkhead"]["ocr"], row["bulkhead"]["ocr"])
        text = self.ingest(tenant, first, "No picture at all.")
        self.assertIsNone(text["bulkhead"]["ocr"])

    def test_another_tenant_sees_nothing_of_it(self):
        store = self.store(self.acme())["id"]
        row = self.ingest(self.acme(), store, picture("crooked.png"), "page.png")
        self.assertEqual(row["status"], "completed", row)
        reply = self.other().call("GET", f"/v1/vector_stores/{store}/files/{row['id']}")
        self.assertEqual(reply.status, 404)
        own = self.store(self.other())["id"]
        self.assertEqual(self.search(self.other(), own, "Wilhelmina"), [])

    def test_a_badly_read_page_is_flagged(self):
        row = self.ingest(self.acme(), self.store(self.acme())["id"], picture("faint.png"), "faint.png")
        self.assertEqual(row["status"], "completed", row)
        ocr = row["bulkhead"]["ocr"]
        self.assertEqual((ocr["low_confidence"], ocr["low_confidence_pages"]), (True, "1"), ocr)
        self.assertLess(ocr["confidence"], 75)

    @unittest.skipUnless(SCAN, "the shared data is absent")
    def test_a_scanned_document_moves_page_by_page_and_is_found(self):
        tenant = self.bh.tenant()
        store = self.store(tenant)["id"]
        with open(SCAN, "rb") as file:
            scan = self.upload(tenant, file.read(), "scan.pdf")["id"]
        self.attach(tenant, store, scan)
        request = urllib.request.Request(f"{self.bh.url}/v1/vector_stores/{store}/files/{scan}/events",
                                         headers={"authorization": f"Bearer {tenant.key}"})
        with urllib.request.urlopen(request, timeout=120) as reply:
            events = [json.loads(line[6:]) for line in reply.read().decode().splitlines() if line.startswith("data: ")]
        self.assertEqual(events[-1]["type"], "vector_store.file.completed")
        reading = [each["pages"] for each in events if each["stage"] == "extracting"]
        self.assertIn({"done": 1, "total": 2}, reading)
        hit = self.search(tenant, store, "Who is a Texas state agency responsible for providing water?")[0]
        self.assertIn("Tarrant Regional Water District", " ".join(part["text"] for part in hit["content"]))


if __name__ == "__main__":
    main()
