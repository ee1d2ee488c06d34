# SPDX-License-Identifier: Apache-2.0
"""A store leaves as an archive that other tools read, and comes back the same; a broken archive leaves nothing."""
import base64
import hashlib
import io
import json
import os
import struct
import subprocess
import tarfile
import tempfile

from base import MISSING, PlatformTest, main, marker, until, wire

TEXT = "# Harbour {at}\n\n" + "Harbour {at} has a crane called {word} and {at} lighthouses by the sea. " * 6
OTHER = "other-embed"


def members(archive):
    """Name → bytes, in order."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
        return {each.name: tar.extractfile(each).read() for each in tar.getmembers()}


def pack(parts, end=True):
    """The archive of these members; with `end`, sums and end.json are made right again."""
    parts = dict(parts)
    if end:
        sums = hashlib.sha256()
        line = lambda name: f"{hashlib.sha256(parts[name]).hexdigest()}  {name.rsplit('/', 1)[-1]}\n".encode()
        sums.update(line("manifest.json"))
        chunks = 0
        folders = sorted({name.split("/")[1] for name in parts if name.startswith("files/")})
        for folder in folders:
            inside = [name for name in parts if name.startswith(f"files/{folder}/") and not name.endswith("SUMS")]
            lines = b"".join(map(line, inside))
            sums.update(lines)
            parts[f"files/{folder}/SHA256SUMS"] = lines
            chunks += sum(len(parts[name].splitlines()) for name in inside if "/chunks-" in name)
        end = {"files": len(folders), "chunks": chunks, "sha256": sums.hexdigest()}
        parts["end.json"] = json.dumps(end, separators=(",", ":")).encode() + b"\n"
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


class Archives(PlatformTest):
    limit_s = 400

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tenant = cls.bh.tenant()
        cls.words = [marker() for _ in range(8)]

    def source(self):
        """A store of two files in chunks, one that could not be ingested, and its archive; made once."""
        if "_source" not in Archives.__dict__:
            store = self.store(self.tenant, name="Harbours", description="of the north", metadata={"sea": "Baltic"})["id"]
            for at, name in enumerate(("öl.md", "b.md")):
                text = "\n\n".join(TEXT.format(at=4 * at + n, word=self.words[4 * at + n]) for n in range(4))
                file = self.upload(self.tenant, text, name)
                self.attach(self.tenant, store, file["id"], attributes={"kind": name, "number": at})
                self.assertEqual(self.finished(self.tenant, store, file["id"])["status"], "completed")
            file = self.upload(self.tenant, b"\x00\x01\x02", "c.bin", content_type="application/octet-stream")
            self.attach(self.tenant, store, file["id"])
            self.assertEqual(self.finished(self.tenant, store, file["id"])["status"], "failed")
            Archives._source = store, self.export(self.tenant, store)
        return Archives._source

    def export(self, tenant, store):
        reply = tenant.call("GET", f"/v1/vector_stores/{store}/export")
        self.assertEqual(reply.status, 200, reply)
        return reply.body

    def begin(self, tenant, archive, **more):
        file = self.upload(tenant, archive, "store.tar", "user_data", "application/x-tar")
        return self.ok(tenant.call("POST", "/v1/vector_stores", {
            "bulkhead": {"import_file_id": file["id"]} | more})), file

    def imported(self, tenant, store, seconds=60):
        def row():
            found = self.ok(tenant.call("GET", f"/v1/vector_stores/{store}"))
            return found if found["status"] != "in_progress" else None
        return until(row, seconds, "the end of the import")

    def search(self, tenant, store, query, **body):
        return self.ok(tenant.call("POST", f"/v1/vector_stores/{store}/search",
                                   {"query": query, "max_num_results": 10} | body))["data"]

    def answers(self, tenant, store):
        """What searches find, without what is new in every store."""
        return [[(hit["score"], hit["content"], hit["filename"], hit["attributes"],
                  {name: value for name, value in hit["bulkhead"].items() if name != "chunk_id"})
                 for hit in self.search(tenant, store, query, **more)]
                for query in (*self.words, "cranes and lighthouses")
                for more in ({}, {"filters": {"type": "eq", "key": "number", "value": 1}})]

    def embedded(self, since):
        return [text for call in list(self.bh.mock.log)[since:] if call["path"].endswith("/embeddings")
                for text in call["body"]["input"] if "Harbour" in text]

    def test_an_archive_comes_back_as_the_same_store(self):
        store, archive = self.source()
        other = self.bh.tenant()
        since = len(self.bh.mock.log)
        row, file = self.begin(other, archive)
        self.assertEqual(row["bulkhead"]["import"]["status"], "in_progress")
        row = self.imported(other, row["id"])
        self.assertEqual(row["bulkhead"]["import"], {"status": "completed", "done": 3, "total": 3, "error": None})
        self.assertEqual((row["name"], row["description"], row["metadata"]), ("Harbours", "of the north", {"sea": "Baltic"}))
        # One chunk is embedded to see that the model is the same; the rest is taken as it is.
        self.assertEqual(len(self.embedded(since)), 1)
        self.assertEqual(self.answers(other, row["id"]), self.answers(self.tenant, store))
        before = self.ok(self.tenant.call("GET", f"/v1/vector_stores/{store}"))
        self.assertEqual(row["file_counts"], before["file_counts"])
        self.assertEqual(row["usage_bytes"], before["usage_bytes"])
        files = {each["filename"]: each["id"] for each in self.ok(other.call("GET", "/v1/files"))["data"]}
        self.assertEqual(set(files), {"öl.md", "b.md", "c.bin", "store.tar"})
        content = other.call("GET", f"/v1/files/{files['öl.md']}/content").body
        self.assertIn(self.words[0].encode(), content)
        # Nothing is left of the import but its row, and again the archive is the same but for its time.
        self.assertEqual(self.bh.rows_of(other)["vector_import_file"], 0)
        self.assertEqual(members(self.export(other, row["id"])), members(archive))
        self.ok(other.call("DELETE", f"/v1/files/{file['id']}"))
        self.ok(other.call("DELETE", f"/v1/vector_stores/{row['id']}"))
        until(lambda: self.bh.rows_of(other)["vector_import"] == 0, 30)

    def test_other_tools_read_it(self):
        _, archive = self.source()
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["tar", "xf", "-", "-C", folder], input=archive, check=True)
            for each in ("000001", "000002", "000003"):
                subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=f"{folder}/files/{each}", check=True,
                               capture_output=True)
            with open(f"{folder}/files/000001/document.txt", encoding="utf-8") as file:
                text = file.read()
            with open(f"{folder}/files/000001/chunks-00001.jsonl", encoding="utf-8") as file:
                for line in file:
                    chunk = json.loads(line)
                    self.assertEqual(chunk["text"], text[chunk["start"]:chunk["end"]])
                    floats = struct.unpack("<384f", base64.b64decode(chunk["vectors"][0]))
                    self.assertAlmostEqual(sum(value * value for value in floats), 1, places=4)

    def test_another_model_embeds_anew(self):
        _, archive = self.source()
        other = self.bh.tenant()
        self.bh.cli("model", "add", OTHER, "--url", self.bh.mock.url + "/v1", "--kind", "embedding", "--context", "256",
                    "--dimensions", "384", "--no-probe", "--price-in", "0", "--tenant", other.id)
        since = len(self.bh.mock.log)
        row, _ = self.begin(other, archive, embedding_model=OTHER)
        row = self.imported(other, row["id"])
        self.assertEqual((row["bulkhead"]["embedding_model"], row["file_counts"]["completed"]), (OTHER, 2))
        self.assertGreater(len(self.embedded(since)), 6)
        self.assertIn(self.words[3], self.search(other, row["id"], self.words[3])[0]["content"][0]["text"])

    def test_a_file_name_names_no_folder(self):
        _, archive = self.source()
        parts = members(archive)
        name = "files/000001/file.json"
        parts[name] = json.dumps(json.loads(parts[name]) | {"filename": "../../etc/..\\cron.md"}).encode()
        other = self.bh.tenant()
        row, _ = self.begin(other, pack(parts))
        self.assertEqual(self.imported(other, row["id"])["bulkhead"]["import"]["status"], "completed")
        names = {each["filename"] for each in self.ok(other.call("GET", "/v1/files"))["data"]}
        self.assertEqual(names, {"cron.md", "b.md", "c.bin", "store.tar"})

    def test_vectors_that_the_model_does_not_make_are_not_taken(self):
        _, archive = self.source()
        parts = members(archive)
        one = base64.b64encode(struct.pack("<384f", 1, *[0] * 383)).decode()
        for name in parts:
            if "/chunks-" in name:
                lines = [json.loads(line) | {"vectors": [one]} for line in parts[name].splitlines()]
                parts[name] = "".join(json.dumps(line) + "\n" for line in lines).encode()
        other = self.bh.tenant()
        since = len(self.bh.mock.log)
        row, _ = self.begin(other, pack(parts))
        row = self.imported(other, row["id"])
        self.assertEqual(row["bulkhead"]["import"]["status"], "completed")
        self.assertGreater(len(self.embedded(since)), 6)
        self.assertIn(self.words[5], self.search(other, row["id"], self.words[5])[0]["content"][0]["text"])

    def broken(self, tenant, archive):
        """What the store says of an archive that is not right, when nothing else is left."""
        row, file = self.begin(tenant, archive)
        found = self.imported(tenant, row["id"])
        self.assertEqual(found["bulkhead"]["import"]["status"], "failed", found)
        self.ok(tenant.call("DELETE", f"/v1/files/{file['id']}"))
        self.ok(tenant.call("DELETE", f"/v1/vector_stores/{row['id']}"))
        return found["bulkhead"]["import"]["error"]

    def left(self, tenant):
        kept = self.bh.rows_of(tenant)
        return {name: kept[name] for name in ("file", "file_object", "document", "vector_store", "vector_store_file", "chunk",
                                              "ingest_vector", "posting", "vector_import", "vector_import_file") if kept[name]}

    def test_a_broken_archive_leaves_nothing(self):
        _, archive = self.source()
        parts = members(archive)
        self.assertEqual(members(pack(parts)), parts, "what this test packs is right by itself")
        first, blocks = "files/000001/chunks-00001.jsonl", "files/000001/blocks-00001.jsonl"

        def chunk(**change):
            lines = [json.loads(line) for line in parts[first].splitlines()]
            lines[1] |= change
            return parts | {first: "".join(json.dumps(line) + "\n" for line in lines).encode()}

        def record(name="files/000001/file.json", **change):
            return parts | {name: json.dumps(json.loads(parts[name]) | change).encode()}

        def vector(*floats):
            return [base64.b64encode(struct.pack(f"<{len(floats)}f", *floats)).decode()]

        one = json.loads(parts[first].splitlines()[1])
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
            first_at, second = (tar.getmember(f"files/00000{at}/file.json").offset for at in (1, 2))
        cases = {
            "not a tar": b"hello" * 1000,
            "empty": b"\0" * 1024,
            "no sums": pack({k: v for k, v in parts.items() if "SUMS" not in k}, end=False),
            "a path that leaves": pack({("../../etc/passwd" if k.endswith("document.txt") else k): v for k, v in parts.items()},
                                       end=False),
            "an absolute path": pack({"/" + k: v for k, v in parts.items()}, end=False),
            "a folder twice": archive[:second] + archive[:second][first_at:] + archive[second:],
            "another version": pack(record("manifest.json", version=2)),
            "an unknown field": pack(record("manifest.json", tenant_id=MISSING)),
            "a wrong sum": pack(parts | {"files/000001/document.txt": parts["files/000001/document.txt"].replace(b"crane", b"crate")},
                                end=False),
            "another original": pack(parts | {"files/000001/original": parts["files/000001/original"].replace(b"crane", b"crate")}),
            "an end that does not fit": pack(parts | {"end.json": json.dumps({"files": 3, "chunks": 1, "sha256": "0" * 64}).encode()},
                                             end=False),
            "huge counts": pack(record(document=json.loads(parts["files/000001/file.json"])["document"] | {"chunks": 10 ** 12})),
            "huge text": pack(record(document=json.loads(parts["files/000001/file.json"])["document"] | {"characters": 10 ** 12,
                                                                                                           "bytes": 10 ** 12})),
            "negative": pack(record(bytes=-1)),
            "a name of folders only": pack(record(filename="../../")),
            "blocks in disorder": pack(parts | {blocks: b"".join(reversed(parts[blocks].splitlines(keepends=True)))}),
            "a level of depth 200": pack(parts | {blocks: parts[blocks].replace(b'"level":1', b'"level":200')}),
            "a block that cuts a letter": pack(parts | {blocks: parts[blocks].replace(b'"end":', b'"end":999999', 1)}),
            "a name that is a path of 300 bytes": pack(record(filename="/x" * 150)),
            "nan": pack(chunk(vectors=vector(float("nan"), *[0.0] * 383))),
            "infinite": pack(chunk(vectors=vector(float("inf"), *[0.0] * 383))),
            "too long a vector": pack(chunk(vectors=vector(2.0, *[0.0] * 383))),
            "other dimensions": pack(chunk(vectors=vector(1.0, *[0.0] * 766))),
            "no vectors": pack(chunk(vectors=[])),
            "another text": pack(chunk(text=one["text"][::-1])),
            "an end before its start": pack(chunk(start=one["end"], end=one["start"])),
            "offsets far away": pack(chunk(start=2 ** 62, end=2 ** 62 + len(one["text"]))),
            "not json": pack(parts | {first: parts[first][:-20]}),
            "nul": pack(parts | {"files/000001/document.txt": parts["files/000001/document.txt"].replace(b"crane", b"cra\0e")}),
        }
        other = self.bh.tenant()
        for name, data in cases.items():
            with self.subTest(name):
                self.assertRegex(self.broken(other, data), "archive")
        until(lambda: not self.left(other), 60, "nothing left")

    def test_an_archive_that_ends_early_anywhere_leaves_nothing(self):
        _, archive = self.source()
        other = self.bh.tenant()
        at, cuts = 0, []
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
            for each in tar.getmembers():
                cuts += [each.offset, each.offset + 100, each.offset_data + each.size // 2]
                at = each.offset_data
        cuts += [at, at + 512, at + 1024]
        for cut in cuts:
            with self.subTest(cut):
                self.assertIn("ends too early", self.broken(other, archive[:cut] or b"x"))
        until(lambda: not self.left(other), 60, "nothing left")

    def test_a_quota_that_is_too_small_takes_everything_away_again(self):
        _, archive = self.source()
        other = self.bh.tenant()
        self.bh.cli("limit", "set", "--tenant", other.id, "--files", "3")
        row, _ = self.begin(other, archive)
        row = self.imported(other, row["id"])
        self.assertEqual(row["bulkhead"]["import"]["status"], "failed")
        self.assertIn("quota", row["bulkhead"]["import"]["error"])
        until(lambda: self.bh.rows_of(other)["file"] == 1, 30, "only the archive")
        until(lambda: self.left(other) == {"file": 1, "file_object": 1, "vector_store": 1, "vector_import": 1}, 30, "nothing else")

    def test_a_killed_service_goes_on_and_makes_each_file_once(self):
        store = self.store(self.tenant)["id"]
        for at in range(12):
            self.ingest(self.tenant, store, TEXT.format(at=at, word=marker()), f"{at}.md")
        archive = self.export(self.tenant, store)
        other = self.bh.tenant()
        row, _ = self.begin(other, archive)
        until(lambda: self.ok(other.call("GET", f"/v1/vector_stores/{row['id']}"))["bulkhead"]["import"]["done"] > 0, 30, pause=0.005)
        old = self.bh.process("rag")["pid"]
        self.bh.kill("rag")
        self.bh.replaced("rag", old, 60)
        self.bh.wait_ready()
        found = self.imported(other, row["id"], 90)
        self.assertEqual(found["bulkhead"]["import"], {"status": "completed", "done": 12, "total": 12, "error": None})
        names = sorted(each["filename"] for each in self.ok(other.call("GET", "/v1/files"))["data"])
        self.assertEqual(names, sorted([*(f"{at}.md" for at in range(12)), "store.tar"]))
        self.assertEqual(found["file_counts"]["completed"], 12)

    def test_the_operator_moves_a_store_by_command_line(self):
        store, archive = self.source()
        other = self.bh.tenant()
        keys = len(self.bh.cli("key", "list", "--tenant", other.id)["data"])
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/harbours.tar"
            done = self.bh.run("store", "export", store, "--tenant", self.tenant.id, "--out", path)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(path, "rb") as file:
                data = file.read()
            self.assertEqual(members(data), members(archive))
            row = self.bh.cli("store", "import", path, "--tenant", other.id, "--name", "Copy")
            self.assertEqual((row["name"], row["bulkhead"]["import"]["status"]), ("Copy", "completed"))
            self.assertEqual(self.answers(other, row["id"]), self.answers(self.tenant, store))
            with open(path, "wb") as file:
                file.write(data[:-5000])
            done = self.bh.run("store", "import", path, "--tenant", other.id)
            self.assertEqual(done.returncode, 1)
            self.assertIn("archive", done.stderr)
            done = self.bh.run("store", "export", f"vs_{MISSING}", "--tenant", other.id, "--out", f"{folder}/none.tar")
            self.assertEqual(done.returncode, 4, done.stderr)
            self.assertEqual(sorted(os.listdir(folder)), ["harbours.tar"])
        self.assertEqual(len(self.ok(other.call("GET", "/v1/vector_stores"))["data"]), 1)
        names = [each["filename"] for each in self.ok(other.call("GET", "/v1/files"))["data"]]
        self.assertNotIn("vector-store.tar", names)
        listed = self.bh.cli("key", "list", "--tenant", other.id)["data"]
        self.assertEqual(len([each for each in listed if each["revoked_at"] is None]), keys)

    def test_only_the_tenant_and_only_with_both_scopes(self):
        store, _ = self.source()
        missing = self.refused(self.tenant.call("GET", f"/v1/vector_stores/vs_{MISSING}/export"), 404)
        self.assertEqual(self.refused(self.other().call("GET", f"/v1/vector_stores/{store}/export"), 404), missing)
        file = self.upload(self.tenant, b"x", "x.tar")["id"]
        for tenant, id in ((self.other(), file), (self.tenant, f"file-{MISSING}")):
            self.refused(tenant.call("POST", "/v1/vector_stores", {"bulkhead": {"import_file_id": id}}), 404)
        self.refused(self.tenant.call("POST", "/v1/vector_stores", {"file_ids": [file], "bulkhead": {"import_file_id": file}}),
                     400, param="bulkhead.import_file_id")
        key = self.tenant.new_key("vector_stores:read", "vector_stores:write")
        narrow = wire.Http(self.bh.address, key["key"])
        self.refused(narrow.call("GET", f"/v1/vector_stores/{store}/export"), 403)
        self.refused(narrow.call("POST", "/v1/vector_stores", {"bulkhead": {"import_file_id": file}}), 403)


if __name__ == "__main__":
    main()
