# SPDX-License-Identifier: Apache-2.0
"""Uploads in parts, equal bytes kept once, chunks of a file, and its progress as events."""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import tempfile
import urllib.request

from base import MISSING, PlatformTest, main, marker, openai_spec, until, wire

SECTIONS = "\n\n".join(f"# Harbour {at}\n\nHarbour {at} has {at + 3} cranes and a lighthouse." for at in range(30))


class Parts(PlatformTest):
    def create(self, tenant, size, **more):
        return self.ok(tenant.call("POST", "/v1/uploads", {
            "bytes": size, "filename": "big.md", "mime_type": "text/markdown", "purpose": "assistants"} | more))

    def send(self, tenant, upload, data, name="data"):
        body, kind = wire.multipart([(name, "blob", "application/octet-stream", data)])
        return tenant.call("POST", f"/v1/uploads/{upload['id']}/parts", body, content_type=kind)

    def part(self, tenant, upload, data):
        return self.ok(self.send(tenant, upload, data))

    def complete(self, tenant, upload, parts, **more):
        return tenant.call("POST", f"/v1/uploads/{upload['id']}/complete", {"part_ids": [
            each["id"] for each in parts]} | more)

    def objects(self, tenant):
        """How many objects the tenant has in the store."""
        folder = pathlib.Path(self.bh.home, "rag/objects", tenant.id.replace("-", ""))
        return len([each for each in folder.iterdir() if len(each.name) == 32]) if folder.exists() else 0

    def test_the_official_client_uploads_a_file_in_parts(self):
        tenant = self.bh.tenant()
        client = tenant.client()
        content = os.urandom(300_000)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "big.bin")
            path.write_bytes(content)
            upload = client.uploads.upload_file_chunked(file=path, mime_type="application/octet-stream",
                                                        purpose="user_data", part_size=70_000,
                                                        md5=hashlib.md5(content).hexdigest())
        self.assertEqual((upload.status, upload.bytes, upload.file.bytes), ("completed", 300_000, 300_000))
        self.assertEqual((upload.file.filename, upload.file.purpose), ("big.bin", "user_data"))
        self.assertEqual(client.files.content(upload.file.id).read(), content)
        upload = client.uploads.upload_file_chunked(file=content[:10], filename="small.bin", bytes=10,
                                                    mime_type="application/octet-stream", purpose="user_data")
        self.assertEqual(client.files.content(upload.file.id).read(), content[:10])
        upload = client.uploads.create(bytes=5, filename="x", mime_type="text/plain", purpose="assistants")
        self.assertEqual(client.uploads.cancel(upload.id).status, "cancelled")
        wire.validate(client)
        until(lambda: self.objects(tenant) == 2, 15, "only the files' objects")

    def test_parts_in_any_order_and_again(self):
        tenant = self.bh.tenant()
        content = os.urandom(40_000)
        pieces = [content[at:at + 10_000] for at in range(0, 40_000, 10_000)]
        upload = self.create(tenant, 40_000)
        openai_spec.check("Upload", upload)
        self.assertEqual(upload["expires_at"], upload["created_at"] + 3600)
        order = [2, 0, 3, 1, 0]
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            sent = list(pool.map(lambda at: self.part(tenant, upload, pieces[at]), order))
        for each, at in zip(sent, order):
            openai_spec.check("UploadPart", each)
            self.assertEqual(each["bulkhead"], {"bytes": 10_000, "sha256": hashlib.sha256(pieces[at]).hexdigest()})
        # A client that has lost its notes finds what is there.
        listed = self.ok(tenant.call("GET", f"/v1/uploads/{upload['id']}/parts?order=asc&limit=3"))
        rest = self.ok(tenant.call("GET", f"/v1/uploads/{upload['id']}/parts?order=asc&after={listed['last_id']}"))
        self.assertEqual(sorted(each["id"] for each in listed["data"] + rest["data"]),
                         sorted(each["id"] for each in sent))
        by_hash = {each["bulkhead"]["sha256"]: each for each in listed["data"] + rest["data"]}
        parts = [by_hash[hashlib.sha256(piece).hexdigest()] for piece in pieces]
        self.refused(self.complete(tenant, upload, parts, md5="0" * 32), 400, param="md5")
        self.refused(self.complete(tenant, upload, parts[:3]), 400, param="part_ids")
        done = self.ok(self.complete(tenant, upload, parts, md5=hashlib.md5(content).hexdigest()))
        openai_spec.check("Upload", done)
        self.assertEqual(done["status"], "completed")
        self.assertEqual(tenant.call("GET", f"/v1/files/{done['file']['id']}/content").body, content)
        # Asked again by a client that lost the answer.
        self.assertEqual(self.ok(self.complete(tenant, upload, parts)), done)
        self.assertEqual(self.ok(tenant.call("GET", f"/v1/uploads/{upload['id']}")), done)
        self.refused(self.send(tenant, upload, b"late"), 400, code="invalid_state")
        self.refused(tenant.call("POST", f"/v1/uploads/{upload['id']}/cancel", {}), 400, code="invalid_state")
        until(lambda: self.objects(tenant) == 1, 15, "only the file's object")

    def test_what_is_wrong_is_named(self):
        tenant = self.acme()
        good = {"bytes": 10, "filename": "a", "mime_type": "text/plain", "purpose": "assistants"}
        for wrong, param in [({"bytes": 0}, "bytes"), ({"bytes": 8 * 2 ** 30 + 1}, "bytes"),
                             ({"filename": ""}, "filename"), ({"filename": "a/"}, "filename"),
                             ({"filename": "\u00fc" * 200}, "filename"), ({"filename": "a\nb.md"}, "filename"),
                             ({"filename": "a\u007f"}, "filename"), ({"mime_type": "text/plain\r\nx: y"}, "mime_type"), ({"purpose": "x"}, "purpose"),
                             ({"mime_type": None}, "mime_type"), ({"other": 1}, "other"),
                             ({"expires_after": {"anchor": "created_at", "seconds": 3599}}, "expires_after.seconds")]:
            with self.subTest(wrong=wrong):
                self.refused(tenant.call("POST", "/v1/uploads", good | wrong), 400, param=param)
        upload = self.create(tenant, 10)
        self.refused(self.send(tenant, upload, b"x", name="file"), 400, param="file")
        self.refused(self.send(tenant, upload, bytes(64 * 2 ** 20 + 1)), 413)
        path = f"/v1/uploads/{upload['id']}/complete"
        for body, status, param in [({}, 400, "part_ids"), ({"part_ids": []}, 400, "part_ids"),
                                    ({"part_ids": ["part_" + MISSING]}, 404, "part_ids.0"),
                                    ({"part_ids": ["x"]}, 404, "part_ids.0")]:
            with self.subTest(body=body):
                self.refused(tenant.call("POST", path, body), status, param=param)

    def test_a_part_of_another_upload_is_no_part_of_this_one(self):
        tenant = self.acme()
        upload, other = self.create(tenant, 4), self.create(tenant, 4)
        stranger = self.create(self.other(), 4)
        for part in (self.part(tenant, other, b"abcd"), self.part(self.other(), stranger, b"abcd")):
            self.refused(self.complete(tenant, upload, [part]), 404, param="part_ids.0")

    def test_a_file_expires_as_the_upload_says(self):
        tenant = self.acme()
        upload = self.create(tenant, 3, expires_after={"anchor": "created_at", "seconds": 7200})
        done = self.ok(self.complete(tenant, upload, [self.part(tenant, upload, b"abc")]))
        self.assertEqual(done["file"]["expires_at"], done["file"]["created_at"] + 7200)

    def test_parts_count_and_an_expired_upload_leaves_nothing(self):
        tenant = self.bh.tenant()
        upload = self.create(tenant, 30_000)
        self.part(tenant, upload, os.urandom(20_000))
        self.assertEqual(self.bh.psql(f"SELECT sum(bytes) FROM bulkhead.storage_change WHERE tenant_id = '{tenant.id}'"),
                         [["20000"]])
        self.bh.psql(f"UPDATE bulkhead.upload SET expires_at = now() WHERE tenant_id = '{tenant.id}'")
        self.assertEqual(self.ok(tenant.call("GET", f"/v1/uploads/{upload['id']}"))["status"], "expired")
        self.refused(self.send(tenant, upload, b"late"), 400, code="invalid_state")
        # Its job comes when its hour is over: here, now.
        self.bh.psql(f"UPDATE bulkhead.job_ready SET due_at = now() - interval '1 second', fresh = true WHERE tenant_id = '{tenant.id}'")
        until(lambda: self.objects(tenant) == 0, 30, "the parts gone")
        rows = self.bh.psql(f"SELECT coalesce(sum(bytes), 0) FROM bulkhead.storage_change WHERE tenant_id = '{tenant.id}'")
        self.assertEqual(rows, [["0"]])

    def test_a_killed_service_keeps_the_parts_and_the_client_goes_on(self):
        tenant = self.bh.tenant()
        content = os.urandom(60_000)
        upload = self.create(tenant, len(content))
        first = self.part(tenant, upload, content[:30_000])
        self.bh.replaced("rag", self.bh.kill("rag"), 30)
        second = self.part(tenant, upload, content[30_000:])
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            # Whatever the kill finds it at.
            begun = pool.submit(lambda: self.complete(tenant, upload, [first, second]))
            killed = self.bh.kill("rag")
            begun.exception()
        self.bh.replaced("rag", killed, 30)
        done = self.ok(self.complete(tenant, upload, [first, second]))
        self.assertEqual(tenant.call("GET", f"/v1/files/{done['file']['id']}/content").body, content)


class Equal(PlatformTest):
    """The same bytes twice."""

    objects = Parts.objects

    def test_equal_files_share_their_bytes_until_the_last_is_deleted(self):
        tenant = self.bh.tenant()
        content = os.urandom(5000)
        files = [self.upload(tenant, content, f"{at}.bin") for at in range(3)]
        self.assertEqual(self.objects(tenant), 1)
        for left in (2, 1, 0):
            self.ok(tenant.call("DELETE", f"/v1/files/{files[left]['id']}"))
            for other in files[:left]:
                self.assertEqual(tenant.call("GET", f"/v1/files/{other['id']}/content").body, content)
        self.assertEqual(self.objects(tenant), 0)

    def test_tenants_share_nothing(self):
        content = os.urandom(5000)
        for tenant in (self.bh.tenant(), self.bh.tenant()):
            self.upload(tenant, content)
            self.assertEqual(self.objects(tenant), 1)


    def calls_about(self, word):
        return sum(word in json.dumps(each["body"]) for each in self.bh.mock.log)

    def test_an_equal_document_is_not_read_and_embedded_again(self):
        tenant = self.bh.tenant()
        word = marker()
        text = SECTIONS + f"\n\n# Keeper\n\nThe lighthouse keeper is called {word}."
        first = self.store(tenant)["id"]
        begun = self.ingest(tenant, first, text)
        calls = self.calls_about(word)
        self.assertGreater(calls, 0)
        # In another store; in the same one under another name; the same file in a third.
        second, third = (self.store(tenant)["id"] for _ in range(2))
        rows = [self.ingest(tenant, second, text, "other.md"), self.ingest(tenant, first, text, "again.md")]
        self.attach(tenant, third, begun["id"])
        rows.append(self.finished(tenant, third, begun["id"]))
        self.assertEqual(self.calls_about(word), calls)
        chunks = self.ok(tenant.call("GET", f"/v1/vector_stores/{first}/files/{begun['id']}/chunks?limit=100"))["data"]
        for store, row in zip((second, first, third), rows):
            self.assertEqual((row["status"], row["usage_bytes"]), ("completed", begun["usage_bytes"]))
            path = f"/v1/vector_stores/{store}/files/{row['id']}"
            same = self.ok(tenant.call("GET", f"{path}/chunks?limit=100"))["data"]
            self.assertEqual([each | {"id": ""} for each in same], [each | {"id": ""} for each in chunks])
            hits = self.ok(tenant.call("POST", f"/v1/vector_stores/{store}/search", {"query": word}))["data"]
            self.assertIn(row["id"], [hit["file_id"] for hit in hits])
            self.assertTrue(hits[0]["bulkhead"]["vector"]["rank"])
        # Taking one out leaves the others whole.
        self.ok(tenant.call("DELETE", f"/v1/vector_stores/{first}/files/{begun['id']}"))
        hits = self.ok(tenant.call("POST", f"/v1/vector_stores/{first}/search", {"query": word}))["data"]
        self.assertEqual({hit["file_id"] for hit in hits}, {rows[1]["id"]})

    def test_another_tenants_equal_document_is_read_and_embedded(self):
        word = marker()
        for times in (1, 2):
            tenant = self.bh.tenant()
            self.ingest(tenant, self.store(tenant)["id"], f"The lighthouse keeper is called {word}.")
            self.assertGreaterEqual(self.calls_about(word), times)

    def test_another_cut_is_embedded_anew(self):
        tenant = self.bh.tenant()
        word = marker()
        store = self.store(tenant)["id"]
        row = self.ingest(tenant, store, f"{SECTIONS} {word}")
        calls = self.calls_about(word)
        self.attach(tenant, store, row["id"], chunking_strategy={
            "type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0}})
        self.assertEqual(self.finished(tenant, store, row["id"])["status"], "completed")
        self.assertGreater(self.calls_about(word), calls)


class Chunks(PlatformTest):
    def test_they_are_listed_in_the_order_of_the_text(self):
        tenant = self.acme()
        store = self.store(tenant)
        self.ingest(tenant, store["id"], "Something else first.")
        row = self.ingest(tenant, store["id"], SECTIONS, chunking_strategy={
            "type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0}})
        path = f"/v1/vector_stores/{store['id']}/files/{row['id']}"
        text = self.ok(tenant.call("GET", f"{path}/content"))["data"][0]["text"]
        found, after = [], ""
        while True:
            page = self.ok(tenant.call("GET", f"{path}/chunks?limit=2{after}"))
            found += page["data"]
            if not page["has_more"]:
                break
            after = f"&after={page['last_id']}"
        self.assertEqual(len(found), row["bulkhead"]["chunks"])
        self.assertEqual([each["index"] for each in found], list(range(len(found))))
        for each in found:
            self.assertEqual(text[each["start"]:each["end"]], each["text"])
            self.assertGreater(each["tokens"], 0)
        hit = self.ok(tenant.call("POST", f"/v1/vector_stores/{store['id']}/search", {"query": "Harbour 7 cranes"}))
        self.assertIn(hit["data"][0]["bulkhead"]["chunk_id"], [each["id"] for each in found])
        for wrong in ("x", found[0]["id"] + "0000", "chunk_" + MISSING + "_1"):
            self.refused(tenant.call("GET", f"{path}/chunks?after={wrong}"), 400, param="after")


    def test_a_hit_has_the_text_around_it_when_it_is_asked_for(self):
        tenant = self.bh.tenant()
        store = self.store(tenant)["id"]
        word = marker()
        sentences = [f"Sentence {at} tells of harbours and cranes." for at in range(60)]
        sentences[30] = f"The lighthouse keeper is called {word}."
        row = self.ingest(tenant, store, "# Harbours\n\n" + " ".join(sentences) + "\n\n# Ships\n\n" + "Ships sail. " * 60,
                          chunking_strategy={"type": "static", "static": {"max_chunk_size_tokens": 100,
                                                                          "chunk_overlap_tokens": 30}})
        path = f"/v1/vector_stores/{store}"
        text = self.ok(tenant.call("GET", f"{path}/files/{row['id']}/content"))["data"][0]["text"]
        plain = self.ok(tenant.call("POST", f"{path}/search", {"query": word}))["data"][0]
        self.assertNotIn("context", plain["bulkhead"])
        page = self.ok(tenant.call("POST", f"{path}/search", {"query": word, "bulkhead": {"expand_tokens": 400}}))
        openai_spec.check("VectorStoreSearchResultsPage", page)
        hit = page["data"][0]
        context = hit["bulkhead"].pop("context")
        self.assertEqual(hit, plain)
        self.assertEqual(context["text"], text[context["start"]:context["end"]])
        self.assertLess(context["start"], hit["bulkhead"]["start"])
        self.assertGreater(context["end"], hit["bulkhead"]["end"])
        self.assertNotIn("Ships", context["text"])
        self.assertIn(hit["bulkhead"]["chunk_id"], [chunk["chunk_id"] for chunk in context["chunks"]])
        ends = [context["start"]] + [chunk["end"] for chunk in context["chunks"]]
        self.assertEqual("".join(text[max(chunk["start"], end):chunk["end"]] for chunk, end in zip(context["chunks"], ends)), context["text"])
        self.refused(tenant.call("POST", f"{path}/search", {"query": word, "bulkhead": {"expand_tokens": -1}}), 400,
                     param="bulkhead.expand_tokens")

    def test_static_chunks_have_the_sizes_that_are_asked_for(self):
        tenant = self.acme()
        store = self.store(tenant)["id"]
        text = "Shipbreaking yards in Donaudampfschifffahrt are kept by Wilhelmina and 4711 others. " * 60
        for most, overlap in ((100, 50), (100, 0), (400, 100)):
            row = self.ingest(tenant, store, text, chunking_strategy={"type": "static", "static": {
                "max_chunk_size_tokens": most, "chunk_overlap_tokens": overlap}})
            path = f"/v1/vector_stores/{store}/files/{row['id']}"
            chunks = self.ok(tenant.call("GET", f"{path}/chunks?limit=100"))["data"]
            self.assertGreater(len(chunks), 3)
            for each, following in zip(chunks, chunks[1:]):
                self.assertTrue(most / 2 < each["tokens"] <= most, (each["tokens"], most))
                shared = each["end"] - following["start"]
                self.assertTrue(0 < shared if overlap else shared <= 0, (shared, overlap))


class Events(PlatformTest):
    def events(self, tenant, store, file, after=None, header=None):
        """All events of a file up to its end."""
        query = "" if after is None else f"?starting_after={after}"
        request = urllib.request.Request(
            f"{self.bh.url}/v1/vector_stores/{store}/files/{file}/events{query}",
            headers={"authorization": f"Bearer {tenant.key}"} | ({"last-event-id": header} if header else {}))
        with urllib.request.urlopen(request, timeout=120) as reply:
            self.assertEqual(reply.headers.get_content_type(), "text/event-stream")
            blocks = reply.read().decode().split("\n\n")
        events = []
        for block in blocks:
            lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            if lines:
                data = json.loads(lines["data"])
                self.assertEqual((lines["event"], lines["id"]), (data["type"], str(data["sequence_number"])))
                events.append(data)
        return events

    def test_progress_up_to_the_end_and_from_any_number_on(self):
        tenant = self.bh.tenant()
        self.addCleanup(setattr, self.bh.mock, "embed_delay", 0.0)
        self.bh.mock.embed_delay = 0.5
        store = self.store(tenant)["id"]
        file = self.upload(tenant, "".join(f"Harbour {at} has {marker()} cranes. " for at in range(600)))["id"]
        self.attach(tenant, store, file)
        events = self.events(tenant, store, file)
        numbers = [each["sequence_number"] for each in events]
        self.assertEqual(numbers, sorted(set(numbers)))
        last = events[-1]
        self.assertEqual((last["type"], last["stage"], last["remaining_s"]),
                         ("vector_store.file.completed", "done", None))
        self.assertEqual(last["chunks"]["embedded"], last["chunks"]["total"])
        embedding = [each for each in events if each["stage"] == "embedding" and each["chunks"]["embedded"]]
        self.assertTrue(embedding, events)
        self.assertTrue(all(each["chunks"]["embedded"] <= each["chunks"]["total"] for each in embedding))
        self.assertEqual(self.events(tenant, store, file, after=numbers[0]), [last])
        self.assertEqual(self.events(tenant, store, file, header=str(numbers[0])), [last])
        self.assertEqual(self.events(tenant, store, file, after=numbers[-1]), [])

    def test_a_file_that_fails_says_why_and_one_that_is_removed_ends_the_stream(self):
        tenant = self.bh.tenant()
        store = self.store(tenant)["id"]
        row = self.ingest(tenant, store, b"\x89PNG\r\n\x1a\n" + bytes(100), "x.pdf")
        last = self.events(tenant, store, row["id"])[-1]
        self.assertEqual((last["type"], last["last_error"]), ("vector_store.file.failed", row["last_error"]))
        self.addCleanup(setattr, self.bh.mock, "embed_mode", "plain")
        self.bh.mock.embed_mode = "away"
        file = self.upload(tenant, f"Text {marker()}.")["id"]
        self.attach(tenant, store, file)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            def listen():
                request = urllib.request.Request(f"{self.bh.url}/v1/vector_stores/{store}/files/{file}/events",
                                                 headers={"authorization": f"Bearer {tenant.key}"})
                with urllib.request.urlopen(request, timeout=60) as reply:
                    seen.append(reply.readline())
                    return reply.read().decode()
            seen = []
            stream = pool.submit(listen)
            until(lambda: seen, 15, "a first event")
            self.ok(tenant.call("DELETE", f"/v1/vector_stores/{store}/files/{file}"))
            self.assertIn('"file_removed"', stream.result(30))


if __name__ == "__main__":
    main()
