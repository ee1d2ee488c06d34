# SPDX-License-Identifier: Apache-2.0
"""Files and vector stores: lists, batches, search, documents that cannot be read, and what deleting leaves."""
import io
import json
import os
import random
import re
import unittest
import zipfile
import zlib

from base import MISSING, PlatformTest, main, marker, openai_spec, until, wire

from instance import shared_file


def docx(body, extra=()):
    """A Word document with these paragraphs."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
                         'content-types"><Default Extension="xml" ContentType="application/xml"/></Types>')
        archive.writestr("word/document.xml", body if isinstance(body, bytes) else (
            '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>' + "".join(
                f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in body) + "</w:body></w:document>"))
        for name, content in extra:
            archive.writestr(name, content)
    return out.getvalue()


RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def office(parts):
    """A document that is a ZIP archive of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def pdf(content, resources=b"<< >>"):
    """One page with this content stream."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R /Resources " + resources + b" >>",
               b"<< /Length %d >>\nstream\n" % len(content) + content + b"\nendstream",
               b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    out, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + each + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)


PAGE = pdf(b"BT /F1 12 Tf 20 200 Td (The lighthouse keeper is called Wilhelmina.) Tj ET",
           b"<< /Font << /F1 5 0 R >> >>")
IMAGE_PAGE = pdf(b"q 200 0 0 200 50 50 cm BI /W 2 /H 2 /BPC 8 /CS /G ID \x00\x80\x80\xff EI Q")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(200) + zlib.compress(bytes(1000))


class Stores(PlatformTest):
    """Objects and lists."""

    def test_a_file_is_downloaded_by_ranges(self):
        self.ranges_of(self.acme(), os.urandom(300_000))

    def test_a_file_comes_back_as_it_was_sent(self):
        content = bytes(range(256)) * 300
        file = self.upload(self.acme(), content, "b\u00fccher \u201eliste\u201c.bin", "user_data",
                           "application/octet-stream")
        self.assertEqual((file["bytes"], file["filename"], file["purpose"], file["status"]),
                         (len(content), "b\u00fccher \u201eliste\u201c.bin", "user_data", "processed"))
        openai_spec.check("OpenAIFile", file)
        self.assertEqual(self.acme().call("GET", f"/v1/files/{file['id']}/content").body, content)
        self.assertEqual(self.ok(self.acme().call("GET", f"/v1/files/{file['id']}")), file)

    def test_parts_of_a_form_in_any_order(self):
        body, kind = wire.multipart([("file", "a.txt", "application/octet-stream", b"x"),
                                     ("purpose", None, None, b"assistants")])
        self.ok(self.acme().call("POST", "/v1/files", body, content_type=kind))

    def test_a_stores_life(self):
        client = self.acme().client()
        store = client.vector_stores.create(name="Life", metadata={"a": "b"}, expires_after={
            "anchor": "last_active_at", "days": 3})
        self.assertEqual((store.status, store.file_counts.total, store.metadata), ("completed", 0, {"a": "b"}))
        self.assertAlmostEqual(store.expires_at, store.last_active_at + 3 * 86400, delta=2)
        changed = client.vector_stores.update(store.id, name="Renamed", metadata={"c": "d"})
        self.assertEqual((changed.name, changed.metadata), ("Renamed", {"c": "d"}))
        self.assertIn(store.id, [each.id for each in client.vector_stores.list(limit=100)])
        gone = client.vector_stores.delete(store.id)
        self.assertTrue(gone.deleted)
        self.refused(self.acme().call("GET", f"/v1/vector_stores/{store.id}"), 404)
        wire.validate(client)

    def test_a_store_without_a_name_has_one(self):
        self.assertIsInstance(self.ok(self.acme().call("POST", "/v1/vector_stores", {}))["name"], str)

    def test_lists_go_on_from_the_last_id(self):
        tenant = self.bh.tenant()
        made = [self.store(tenant, name=str(at))["id"] for at in range(7)]
        for order, expected in (("desc", made[::-1]), ("asc", made)):
            found, after = [], ""
            while True:
                page = self.ok(tenant.call("GET", f"/v1/vector_stores?limit=3&order={order}{after}"))
                openai_spec.check("ListVectorStoresResponse", page)
                found += [each["id"] for each in page["data"]]
                self.assertEqual((page["first_id"], page["last_id"]), (page["data"][0]["id"], page["data"][-1]["id"]))
                if not page["has_more"]:
                    break
                after = f"&after={page['last_id']}"
            self.assertEqual(found, expected)
        before = self.ok(tenant.call("GET", f"/v1/vector_stores?limit=2&order=asc&before={made[4]}"))
        self.assertEqual([each["id"] for each in before["data"]], made[2:4])
        client = tenant.client()
        self.assertEqual(len(list(client.vector_stores.list(limit=2))), 7)

    def test_an_empty_list_has_all_its_keys(self):
        page = self.ok(self.bh.tenant().call("GET", "/v1/files"))
        openai_spec.check("ListFilesResponse", page)
        self.assertEqual((page["data"], page["has_more"], page["first_id"]), ([], False, ""))

    def test_list_parameters_that_are_wrong(self):
        for query in ("limit=0", "limit=101", "limit=x", "order=up", "after=abc", "after=file-" + MISSING[:-1]):
            with self.subTest(query=query):
                self.refused(self.acme().call("GET", f"/v1/vector_stores?{query}"), 400, param=query.split("=")[0])

    def test_files_by_purpose(self):
        tenant = self.bh.tenant()
        self.upload(tenant, "x", purpose="user_data")
        kept = self.upload(tenant, "x", purpose="assistants")
        page = self.ok(tenant.call("GET", "/v1/files?purpose=assistants"))
        self.assertEqual([each["id"] for each in page["data"]], [kept["id"]])


class Ingestion(PlatformTest):
    def test_every_kind_of_document_becomes_searchable(self):
        store = self.store(self.acme())
        documents = {
            "a.txt": "The lighthouse keeper is called Wilhelmina.",
            "b.md": "# Keeper\n\nThe lighthouse keeper is called **Wilhelmina**.",
            "c.html": "<html><body><nav>menu</nav><p>The lighthouse keeper is called Wilhelmina.</p></body></html>",
            "d.csv": "role,name\nlighthouse keeper,Wilhelmina\n",
            "e.json": json.dumps({"lighthouse keeper": "Wilhelmina"}),
            "f.docx": docx(["The lighthouse keeper is called Wilhelmina."]),
            "g.pdf": PAGE,
            "h.xlsx": office(
                {"xl/workbook.xml": f'<workbook xmlns:r="{RELATIONS}"><sheets><sheet name="Staff" sheetId="1" r:id="r1"/>'
                                    "</sheets></workbook>",
                 "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="r1" Type="{RELATIONS}/worksheet"'
                                               ' Target="worksheets/a.xml"/></Relationships>',
                 "xl/worksheets/a.xml": "<worksheet><sheetData><row><c t='str'><v>lighthouse keeper</v></c>"
                                        "<c t='str'><v>Wilhelmina</v></c></row></sheetData></worksheet>"}),
            "i.odt": office(
                {"mimetype": "application/vnd.oasis.opendocument.text",
                 "content.xml": '<a:document-content xmlns:a="a" xmlns:t="t"><a:body><a:text><t:p>The lighthouse keeper is'
                                " called Wilhelmina.</t:p></a:text></a:body></a:document-content>"}),
            "j.rtf": r"{\rtf1\ansi The lighthouse keeper is called {\b Wilhelmina}.\par}",
            "k.eml": "From: a@example.com\nMessage-ID: <1@example.com>\nSubject: =?utf-8?Q?Keeper?=\n\n"
                     "The lighthouse keeper is called Wilhelmina.\n",
            "l.py": "def lighthouse_keeper():\n    return \"Wilhelmina, the lighthouse keeper\"\n"}
        for name, content in documents.items():
            with self.subTest(name=name):
                row = self.ingest(self.acme(), store["id"], content, name)
                self.assertEqual((row["status"], row["last_error"]), ("completed", None), row)
                openai_spec.check("VectorStoreFileObject", row)
                self.assertGreater(row["usage_bytes"], 0)
                text = self.text_of(store["id"], row["id"])
                self.assertIn("Wilhelmina", text)
                page = self.search(store["id"], "lighthouse keeper Wilhelmina", max_num_results=50)
                self.assertIn(name, {hit["filename"] for hit in page["data"]})

    def search(self, store_id, query, tenant=None, **body):
        reply = (tenant or self.acme()).call("POST", f"/v1/vector_stores/{store_id}/search", {"query": query} | body)
        page = self.ok(reply)
        openai_spec.check("VectorStoreSearchResultsPage", page)
        return page

    def text_of(self, store_id, file_id):
        page = self.ok(self.acme().call("GET", f"/v1/vector_stores/{store_id}/files/{file_id}/content"))
        openai_spec.check("VectorStoreFileContentResponse", page)
        return page["data"][0]["text"]

    def test_offsets_count_characters_not_bytes(self):
        store = self.store(self.acme())
        text = "\U0001f6a2 Die M\u00fcllabfuhr k\u00f6mmt dienstags.\n\n" * 3 + "Der Leuchtturmw\u00e4rter hei\u00dft Wilhelmina."
        row = self.ingest(self.acme(), store["id"], text, "um.txt")
        whole = self.text_of(store["id"], row["id"])
        for hit in self.search(store["id"], "Leuchtturmw\u00e4rter")["data"]:
            place = hit["bulkhead"]
            self.assertEqual(whole[place["start"]:place["end"]], hit["content"][0]["text"])

    def test_attributes_and_filters(self):
        tenant = self.acme()
        store = self.store(tenant)
        for year, kind in ((2020, "law"), (2021, "law"), (2022, "memo")):
            self.ingest(tenant, store["id"], f"A text about harbours of {year}.", f"{year}.md",
                        attributes={"year": year, "kind": kind, "old": year < 2021})

        def found(filters):
            page = self.search(store["id"], "harbours text", max_num_results=50, filters=filters)
            return sorted({hit["filename"] for hit in page["data"]})
        for filters, expected in [
                ({"type": "eq", "key": "kind", "value": "law"}, ["2020.md", "2021.md"]),
                ({"type": "ne", "key": "kind", "value": "law"}, ["2022.md"]),
                ({"type": "gt", "key": "year", "value": 2020}, ["2021.md", "2022.md"]),
                ({"type": "gte", "key": "year", "value": 2021}, ["2021.md", "2022.md"]),
                ({"type": "lt", "key": "year", "value": 2021}, ["2020.md"]),
                ({"type": "lte", "key": "year", "value": 2020}, ["2020.md"]),
                ({"type": "in", "key": "year", "value": [2020, 2022]}, ["2020.md", "2022.md"]),
                ({"type": "nin", "key": "year", "value": [2020, 2022]}, ["2021.md"]),
                ({"type": "eq", "key": "old", "value": True}, ["2020.md"]),
                ({"type": "and", "filters": [{"type": "eq", "key": "kind", "value": "law"},
                                             {"type": "gt", "key": "year", "value": 2020}]}, ["2021.md"]),
                ({"type": "or", "filters": [{"type": "eq", "key": "kind", "value": "memo"},
                                            {"type": "eq", "key": "year", "value": 2020}]}, ["2020.md", "2022.md"]),
                ({"type": "eq", "key": "absent", "value": 1}, [])]:
            with self.subTest(filters=filters):
                self.assertEqual(found(filters), expected)
        self.refused(tenant.call("POST", f"/v1/vector_stores/{store['id']}/search", {
            "query": "x", "filters": {"type": "like", "key": "a", "value": "b"}}), 400)

    def test_new_attributes_replace_the_old_ones(self):
        store = self.store(self.acme())
        row = self.ingest(self.acme(), store["id"], "Text.", attributes={"a": "b"})
        path = f"/v1/vector_stores/{store['id']}/files/{row['id']}"
        self.assertEqual(self.ok(self.acme().call("POST", path, {"attributes": {"c": 1}}))["attributes"], {"c": 1})
        self.assertEqual(self.ok(self.acme().call("GET", path))["attributes"], {"c": 1})

    def test_numbers_in_attributes_stay_numbers_that_can_be_read(self):
        store = self.store(self.acme())
        row = self.ingest(self.acme(), store["id"], "Text.", attributes={"a": 0.1})
        path = f"/v1/vector_stores/{store['id']}/files/{row['id']}"
        for number in (1e18, -1e18, 2.0 ** 62, 1e-300):
            # A whole one comes back without its point, as the digits it was sent with.
            kept = self.ok(self.acme().call("POST", path, {"attributes": {"a": number}}))["attributes"]["a"]
            self.assertEqual(float(kept), number)
        for number in (1e19, -1e19, 1e308):
            self.refused(self.acme().call("POST", path, {"attributes": {"a": number}}), 400, param="attributes.a")

    def test_attaching_again_keeps_the_attributes_that_are_not_named(self):
        tenant = self.acme()
        store = self.store(tenant)
        file = self.ingest(tenant, store["id"], "Text.", attributes={"a": "b"})["id"]
        files, batches = (f"/v1/vector_stores/{store['id']}/{name}" for name in ("files", "file_batches"))
        other_cut = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0}}
        for path, body, expected in (
                (files, {"file_id": file}, {"a": "b"}),
                (batches, {"file_ids": [file]}, {"a": "b"}),
                (batches, {"files": [{"file_id": file}]}, {"a": "b"}),
                (files, {"file_id": file, "chunking_strategy": other_cut}, {"a": "b"}),
                (files, {"file_id": file, "attributes": {"c": 1}}, {"c": 1}),
                (files, {"file_id": file, "attributes": None}, {}),
                (batches, {"file_ids": [file], "attributes": {"d": True}}, {"d": True}),
                (files, {"file_id": file, "attributes": {}}, {})):
            with self.subTest(body=body):
                self.ok(tenant.call("POST", path, body))
                self.assertEqual(self.finished(tenant, store["id"], file)["attributes"], expected)

    def test_chunking_as_asked_is_reported_with_its_numbers(self):
        store = self.store(self.acme())
        text = "\n\n".join(f"Sentence number {at} of a longer text about ships." for at in range(200))
        asked = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 20}}
        row = self.ingest(self.acme(), store["id"], text, chunking_strategy=asked)
        self.assertEqual(row["chunking_strategy"], asked)
        plain = self.ingest(self.acme(), store["id"], text, chunking_strategy={"type": "auto"})
        self.assertEqual(plain["chunking_strategy"]["type"], "static")
        for wrong in ({"max_chunk_size_tokens": 99, "chunk_overlap_tokens": 0},
                      {"max_chunk_size_tokens": 5000, "chunk_overlap_tokens": 0},
                      {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 51}):
            self.refused(self.acme().call("POST", f"/v1/vector_stores/{store['id']}/files", {
                "file_id": row["id"], "chunking_strategy": {"type": "static", "static": wrong}}), 400)

    def test_a_poller_is_told_how_long_to_wait(self):
        store = self.store(self.acme())
        file = self.upload(self.acme(), "Word. " * 20000)
        reply = self.acme().call("POST", f"/v1/vector_stores/{store['id']}/files", {"file_id": file["id"]})
        row = self.ok(reply)
        self.assertEqual((row["status"], row["last_error"], row["vector_store_id"]), ("in_progress", None, store["id"]))
        self.assertTrue(300 <= int(reply.headers["openai-poll-after-ms"]) <= 500)
        counts = self.ok(self.acme().call("GET", f"/v1/vector_stores/{store['id']}"))
        if counts["file_counts"]["in_progress"]:
            self.assertEqual(counts["status"], "in_progress")
        self.assertEqual(self.finished(self.acme(), store["id"], file["id"])["status"], "completed")

    def test_vectors_that_do_not_come_are_waited_for(self):
        """Whatever is wrong with the upstream for a while: the file was accepted and is not given up."""
        tenant = self.acme()
        self.addCleanup(setattr, self.bh.mock, "embed_mode", "plain")
        store = self.store(tenant)
        self.ingest(tenant, store["id"], "Tugboats pull ships.")
        for mode in ("away", "cut"):
            with self.subTest(mode=mode):
                word = marker()
                self.bh.mock.embed_mode = mode
                file = self.upload(tenant, f"The lighthouse keeper is called {word}.")
                self.attach(tenant, store["id"], file["id"])
                until(lambda: sum(word in json.dumps(each["body"]) for each in self.bh.mock.log) >= 2, 30,
                      "a second attempt")
                row = self.ok(tenant.call("GET", f"/v1/vector_stores/{store['id']}/files/{file['id']}"))
                self.assertEqual((row["status"], row["last_error"]), ("in_progress", None))
                reply = tenant.call("POST", f"/v1/vector_stores/{store['id']}/search", {"query": marker()})
                self.refused(reply, reply.status)
                self.assertIn(reply.status, (502, 503), reply)
                self.bh.mock.embed_mode = "plain"
                self.assertEqual(self.finished(tenant, store["id"], file["id"])["status"], "completed")
                hits = self.search(store["id"], word)["data"]
                self.assertEqual(hits[0]["file_id"], file["id"])

    def test_a_vector_that_cannot_be_used_ends_its_file(self):
        """Some models answer a text they do not know with zeros; no time makes these useful."""
        tenant = self.acme()
        store = self.store(tenant)
        self.ingest(tenant, store["id"], "Tugboats pull ships.")
        unknown = "\U0001f600" * 3
        reply = tenant.call("POST", f"/v1/vector_stores/{store['id']}/search", {"query": unknown})
        self.refused(reply, 502, code="vector_unusable")
        file = self.upload(tenant, unknown)
        self.attach(tenant, store["id"], file["id"])
        job = f"bulkhead.vector_store_file f WHERE f.job_id = j.id AND f.file_id = '{file['id'][5:]}'"
        row = self.finished(tenant, store["id"], file["id"])
        self.assertEqual((row["status"], row["last_error"]["code"]), ("failed", "server_error"), row)
        self.assertIn("unusable vectors for this file", row["last_error"]["message"])
        self.assertEqual(self.bh.psql(f"SELECT j.attempts FROM bulkhead.job j, {job}"), [["1"]])

    def test_a_store_made_with_its_files(self):
        tenant = self.acme()
        ids = [self.upload(tenant, f"Text {marker()}.")["id"] for _ in range(2)]
        store = self.store(tenant, file_ids=ids)
        self.assertEqual(store["file_counts"]["total"], 2)
        for each in ids:
            self.assertEqual(self.finished(tenant, store["id"], each)["status"], "completed")

    def test_a_search_with_several_queries(self):
        store = self.store(self.acme())
        self.ingest(self.acme(), store["id"], "Tugboats pull ships.", "a.md")
        self.ingest(self.acme(), store["id"], "Cranes lift containers.", "b.md")
        page = self.search(store["id"], ["tugboats pull", "cranes lift"])
        self.assertEqual(page["search_query"], ["tugboats pull", "cranes lift"])
        self.assertEqual({hit["filename"] for hit in page["data"]}, {"a.md", "b.md"})

    def test_search_parameters_that_are_wrong(self):
        store = self.store(self.acme())
        for body in ({}, {"query": 7}, {"query": []}, {"query": "  "}, {"query": "x", "max_num_results": 0},
                     {"query": "x", "max_num_results": 51}, {"query": "x", "ranking_options": {"score_threshold": 2}},
                     {"query": "x", "other": 1}):
            with self.subTest(body=body):
                self.refused(self.acme().call("POST", f"/v1/vector_stores/{store['id']}/search", body), 400)


class BadDocuments(PlatformTest):
    """Each fails with words a person understands; its neighbours and the service go on."""

    def setUp(self):
        self.vector_store = self.store(self.acme())
        self.pids = {name: self.bh.process(name)["pid"] for name in ("rag", "model")}

    def tearDown(self):
        neighbour = self.ingest(self.acme(), self.vector_store["id"], f"A good text {marker()}.", "good.md")
        self.assertEqual(neighbour["status"], "completed", neighbour)
        self.assertEqual({name: self.bh.process(name)["pid"] for name in self.pids}, self.pids)

    def fails(self, content, name, *words):
        row = self.ingest(self.acme(), self.vector_store["id"], content, name)
        self.assertEqual(row["status"], "failed", row)
        openai_spec.check("VectorStoreFileObject", row)
        self.assertIn(row["last_error"]["code"], ("invalid_file", "unsupported_file"))
        message = row["last_error"]["message"]
        self.assertRegex(message, r"^[A-Z].{15,}\.$")
        self.assertNotRegex(message, r"/(tmp|var|work|opt)/|errno|0x|signal \d")
        self.assertTrue(not words or any(word in message.lower() for word in words), message)
        self.assertEqual(row["usage_bytes"], 0)
        return row

    def test_empty(self):
        self.fails(b"", "empty.txt", "empty", "no text")
        self.fails(b" \n\t ", "blank.md", "empty", "no text")

    def test_damaged(self):
        self.fails(PAGE[:120], "cut.pdf", "damaged", "broken")
        self.fails(docx(["Text."])[:200], "cut.docx", "damaged", "broken")

    def test_bytes_that_make_no_words_in_any_encoding(self):
        state = random.Random(1)
        self.fails(bytes(state.randrange(0xc0, 0x100) if state.random() < 0.8 else 32 for _ in range(400)), "a.txt", "encoding")

    def test_json_that_is_cut_short_is_read_as_far_as_it_goes(self):
        row = self.ingest(self.acme(), self.vector_store["id"], b"{\"berth\": \"South 9\", \"ship\": ", "cut.json")
        self.assertEqual(row["status"], "completed", row)

    def test_image_only(self):
        self.fails(IMAGE_PAGE, "scan.pdf", "image", "scan", "text")

    def test_wrongly_named(self):
        self.fails(PNG, "picture.pdf")
        self.fails(PNG, "picture.txt")
        self.fails(b"\x7fELF" + bytes(range(256)) * 8, "program.md")
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("a.txt", "x")
        self.fails(out.getvalue(), "plain-zip.docx")

    def test_a_document_with_another_name_is_read_by_its_content(self):
        row = self.ingest(self.acme(), self.vector_store["id"], PAGE, "letter.txt")
        self.assertEqual(row["status"], "completed", row)

    def test_a_bomb(self):
        huge = b"<w:document>" + b"A" * 200_000_000
        self.fails(docx(huge), "bomb.docx", "expand", "large", "compress")

    def test_entities_that_explode(self):
        entities = b'<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">' + b"".join(
            b'<!ENTITY %c "%s">' % (98 + at, b"&%c;" % (97 + at) * 10) for at in range(8)) + b"]>"
        self.fails(docx(b"<?xml version='1.0'?>" + entities + b"<w:document>&i;</w:document>"), "lol.docx")

    @unittest.skipUnless(shared_file("documents", "pdf", "password-protected.pdf"), "the shared data is absent")
    def test_encrypted(self):
        with open(shared_file("documents", "pdf", "password-protected.pdf"), "rb") as file:
            self.fails(file.read(), "locked.pdf", "password", "encrypt")


class Deleting(PlatformTest):
    def test_nothing_of_a_document_is_left(self):
        tenant = self.bh.tenant()
        empty = self.tables(tenant)
        store = self.store(tenant)
        rows = [self.ingest(tenant, store["id"], f"The {marker()} harbour has cranes and tugboats. " * 50, f"{at}.md")
                for at in range(3)]
        self.assertEqual({row["status"] for row in rows}, {"completed"})
        full = self.tables(tenant)
        self.assertGreater(sum(full.values()), sum(empty.values()))
        # One file out of the store: it is not found, its neighbours are.
        self.ok(tenant.call("DELETE", f"/v1/vector_stores/{store['id']}/files/{rows[0]['id']}"))
        page = self.ok(tenant.call("POST", f"/v1/vector_stores/{store['id']}/search", {
            "query": "harbour cranes", "max_num_results": 50}))
        self.assertEqual({hit["file_id"] for hit in page["data"]}, {row["id"] for row in rows[1:]})
        self.ok(tenant.call("GET", f"/v1/files/{rows[0]['id']}"))
        # A file deleted is out of every store.
        self.ok(tenant.call("DELETE", f"/v1/files/{rows[1]['id']}"))
        self.refused(tenant.call("GET", f"/v1/files/{rows[1]['id']}"), 404)
        self.refused(tenant.call("GET", f"/v1/vector_stores/{store['id']}/files/{rows[1]['id']}"), 404)
        counts = self.ok(tenant.call("GET", f"/v1/vector_stores/{store['id']}"))["file_counts"]
        self.assertEqual((counts["completed"], counts["total"]), (1, 1))
        gone = self.ok(tenant.call("DELETE", f"/v1/vector_stores/{store['id']}"))["bulkhead"]["receipt"]
        self.assertEqual((gone["kind"], gone["subject"], gone["status"]), ("vector_store", store["id"], "in_progress"))
        for row in (rows[0], rows[2]):
            self.ok(tenant.call("DELETE", f"/v1/files/{row['id']}"))
        until(lambda: self.tables(tenant) == empty, 30, f"tables as before: {empty}, are {self.tables(tenant)}",
              pause=0.3)
        until(lambda: self.objects(tenant) == [], 10, "no object left")
        self.receipts(tenant, full, gone["id"])

    def receipts(self, tenant, full, store):
        """Together they count what there was, each once."""
        until(lambda: self.ok(tenant.call("GET", f"/v1/receipts/{store}"))["status"] == "completed", 30, "purged")
        receipts = self.ok(tenant.call("GET", "/v1/receipts"))["data"]
        self.assertEqual(sorted(each["kind"] for each in receipts),
                         ["file", "file", "file", "vector_store", "vector_store.file"])
        self.assertEqual({each["status"] for each in receipts}, {"completed"})
        removed = {}
        for part, count in [item for each in receipts for item in each["removed"].items()]:
            name = re.sub(r"^(chunk_vector_\d+)_\d+$", r"\1", part)
            removed[name] = removed.get(name, 0) + count
        self.assertEqual(removed["object"], 3)
        for name in ("chunk", "chunk_vector_384", "document", "file", "vector_store", "vector_store_file"):
            self.assertEqual(removed[name], full[name], name)
        listed = self.bh.cli("receipt", "list", "--tenant", tenant.id)["data"]
        self.assertEqual({each["id"] for each in listed}, {each["id"] for each in receipts})
        self.refused(self.bh.tenant().call("GET", f"/v1/receipts/{store}"), 404)

    def tables(self, tenant):
        """Rows by table, of everything that holds documents. What was done stays on record."""
        return {name: count for name, count in self.bh.rows_of(tenant).items()
                if not name.startswith(("usage", "meter", "audit", "job", "retention", "receipt"))}

    def objects(self, tenant):
        """Files below the tenant's folder of the object store, without the tenant's key."""
        found = []
        for folder, _, names in os.walk(self.bh.home):
            if tenant.id in folder or tenant.id.replace("-", "") in folder:
                found += [os.path.join(folder, name) for name in names if not name.startswith("key-")]
        return found

    def test_objects_lie_below_their_tenants_folder(self):
        tenant = self.bh.tenant()
        self.upload(tenant, "x")
        self.assertEqual(len(self.objects(tenant)), 1)

    def test_deleting_a_store_during_ingestion(self):
        tenant = self.bh.tenant()
        store = self.store(tenant)
        file = self.upload(tenant, "Sentence about harbours and cranes. " * 5000)
        self.attach(tenant, store["id"], file["id"])
        self.ok(tenant.call("DELETE", f"/v1/vector_stores/{store['id']}"))
        self.refused(tenant.call("GET", f"/v1/vector_stores/{store['id']}/files/{file['id']}"), 404)
        self.ok(tenant.call("DELETE", f"/v1/files/{file['id']}"))
        until(lambda: not any(count for name, count in self.tables(tenant).items()
                              if "chunk" in name or "posting" in name or "attachment" in name), 60,
              "nothing left of it", pause=0.3)


if __name__ == "__main__":
    main()
