# SPDX-License-Identifier: Apache-2.0
"""kill -9 of rag in the middle of each of its stages: nothing accepted is lost, nothing is there twice.

A trigger stops the stage's statement until the service has been killed: either the statement itself, which is
lost with the service, or the commit behind it, which takes place although nobody is there to hear of it.
What comes of it in the end is compared with a tenant that did the same undisturbed.
"""
import concurrent.futures
import contextlib
import os
import re
import subprocess
import threading
import unittest

from base import Instance, PlatformTest, main, until, wire

import object_stores
import s3_front
from instance import MOCK_EMBED, REAL_EMBED
from mock_upstream import Upstream
from object_stores import BUCKET, SeaweedFS

GATE = 4711
OWN_VECTORS = 100
LOST, DONE = "the statement is lost", "its transaction is committed"
KILLED = (LOST, DONE)
# What grows with each attempt, or with the time of day.
BESIDE = ("usage", "meter", "audit", "job", "retention", "idempotency", "storage_change", "vector_store_count", "model",
          "api_key")
SENTENCE = "Harbour {} has cranes, tugboats and a lighthouse that is kept by a person called {}. "
CUT = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0}}


def text(number, first=0):
    return "\n\n".join(SENTENCE.format(at, f"Ada{at}") * 3 for at in range(first, first + number))


class Gates(PlatformTest):
    """A platform of their own, on which a statement can be stopped."""

    limit_s = 400

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(supervisor_quickstart="false", rag_own_vectors_chunks=OWN_VECTORS)
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.bh.psql("CREATE FUNCTION bulkhead.test_gate() RETURNS trigger LANGUAGE plpgsql AS $$ "
                    "DECLARE here boolean; BEGIN "
                    "EXECUTE 'SELECT ' || TG_ARGV[0] INTO here USING coalesce(NEW, OLD), OLD; "
                    f"IF here THEN PERFORM pg_advisory_xact_lock_shared({GATE}); END IF; "
                    "RETURN coalesce(NEW, OLD); END $$")

    def tearDown(self):
        """What is counted as it changes is what is there."""
        self.assertEqual(self.bh.psql("SELECT * FROM bulkhead.recount_kept()"), [])

    def waiting(self):
        """The connections that wait at the gate."""
        return [row[0] for row in self.bh.psql("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
                                               f"AND classid = 0 AND objid = {GATE}")]

    @contextlib.contextmanager
    def gate(self, killed, event, table, when="true"):
        """Stops whoever writes a row of a table; `when` is an SQL condition on the row, $1, and on what it was, $2."""
        named = f"bulkhead.{table}"
        kind, row = {LOST: ("TRIGGER test_gate BEFORE", "FOR EACH ROW"),
                     DONE: ("CONSTRAINT TRIGGER test_gate AFTER", "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW")}[killed]
        self.bh.psql(f"CREATE {kind} {event} ON {named} {row} EXECUTE FUNCTION bulkhead.test_gate($q${when}$q$)")
        try:
            with self.bh.transaction(f"SELECT pg_advisory_lock({GATE})"):
                yield
        finally:
            self.bh.psql(f"DROP TRIGGER test_gate ON {named}")

    def killed_at(self, killed, event, table, begin, when="true", waiters=1):
        """Kills rag while it waits at this gate; what `begin` answered, if it could."""
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            with self.gate(killed, event, table, when):
                begun = pool.submit(begin)
                pids = until(lambda: len(found := self.waiting()) >= waiters and found, 90, f"{event} {table}")
                old = self.bh.kill("rag")
                self.bh.replaced("rag", old, 60)
                if killed == LOST:
                    self.bh.psql(f"SELECT pg_terminate_backend(pid) FROM unnest(ARRAY[{','.join(pids)}]) AS pid")
                    until(lambda: not set(pids) & set(self.waiting()), 10, "the end of its statements")
            self.bh.wait_ready()
            # Time passes for which a dead process is waited for.
            self.bh.psql("UPDATE bulkhead.job_ready SET due_at = now() - interval '1 second', fresh = true "
                         "WHERE queue = 'rag' AND worker IS NOT NULL")
            try:
                return begun.result(60)
            except OSError:
                return None

    # -- what there is

    def objects(self, tenant):
        """Names of the tenant's objects."""
        folder = os.path.join(self.bh.home, "rag/objects", tenant.id.replace("-", ""))
        return {name for name in os.listdir(folder) if len(name) == 32} if os.path.isdir(folder) else set()

    def quiet(self, tenant):
        until(lambda: self.bh.psql(f"SELECT count(*) FROM bulkhead.job_ready WHERE tenant_id = '{tenant.id}' AND "
                                   "due_at < now() + interval '1 minute'") == [["0"]], 60, "the end of its jobs", pause=0.1)

    def counted(self, tenant):
        """Everything that is counted of a tenant."""
        self.quiet(tenant)
        rows = {name: count for name, count in self.bh.rows_of(tenant).items() if not name.startswith(BESIDE)}
        of = f"WHERE tenant_id = '{tenant.id}'"
        sums = self.bh.psql(
            f"SELECT (SELECT array_agg(ROW(n_chunks, own_vectors, terms_version)::text ORDER BY n_chunks) "
            f"          FROM bulkhead.store_statistics {of}),"
            f"       (SELECT sum(n) FROM bulkhead.posting {of}), (SELECT sum(length(data)) FROM bulkhead.posting {of}),"
            f"       (SELECT sum(bytes)::text || '/' || sum(files) || '/' || sum(stores) FROM bulkhead.storage_change {of}),"
            f"       (SELECT sum(completed) || '/' || sum(in_progress) || '/' || sum(failed) FROM bulkhead.vector_store_count {of}),"
            f"       (SELECT array_agg(usage_bytes || status || n_chunks ORDER BY usage_bytes)"
            f"          FROM bulkhead.vector_store_file {of}),"
            f"       (SELECT count(DISTINCT (store_id, file_id, start_at)) FROM bulkhead.chunk {of})")
        return rows, sums, tenant.limits()["storage_used_bytes"]

    def hits(self, tenant, store, query="Harbour 7 lighthouse Ada7"):
        page = self.ok(tenant.call("POST", f"/v1/vector_stores/{store}/search", {"query": query, "max_num_results": 50}))
        return [(hit["content"][0]["text"], round(hit["score"], 6)) for hit in page["data"]]

    def ingested(self, tenant, content, store=None):
        """A store with this document."""
        store = store or self.store(tenant)["id"]
        row = self.ingest(tenant, store, content, chunking_strategy=CUT)
        self.assertEqual((row["status"], row["last_error"]), ("completed", None))
        return store, row["id"]


class Ingestion(Gates):
    """One document of some dozens of chunks, again and again."""

    CONTENT = text(40)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.twin = cls.bh.tenant()

    def tenant_on(self, upstream):
        tenant = self.bh.tenant()
        self.bh.cli("model", "remove", REAL_EMBED, "--tenant", tenant.id)
        self.bh.cli("model", "add", REAL_EMBED, "--url", upstream.url + "/v1", "--upstream-model", MOCK_EMBED,
                    "--kind", "embedding", "--context", "256", "--dimensions", "384", "--no-probe",
                    "--price-in", "0", "--tenant", tenant.id)
        return tenant

    def undisturbed(self):
        if "_undisturbed" not in type(self).__dict__:
            store, _ = self.ingested(self.twin, self.CONTENT)
            type(self)._undisturbed = self.counted(self.twin), self.hits(self.twin, store)
        return self._undisturbed

    def killed(self, event, table, when="true", waiters=1, repeated=0):
        """An ingestion during which rag is killed there, both ways; at most so many texts are embedded again."""
        for killed in KILLED:
            with self.subTest(killed=killed):
                upstream = Upstream()
                tenant = self.tenant_on(upstream)
                store = self.store(tenant)["id"]
                file = self.upload(tenant, self.CONTENT)["id"]
                self.killed_at(killed, event, table, lambda: self.attach(tenant, store, file, chunking_strategy=CUT),
                               f"($1).tenant_id = '{tenant.id}' AND {when}", waiters)
                self.is_as_undisturbed(tenant, store, file)
                self.assertEqual(*self.tokens(tenant, upstream))
                inputs = [each for call in upstream.log if call["path"].endswith("/embeddings")
                          for each in call["body"]["input"] if each.startswith("Harbour") and len(each) > 60]
                self.assertLessEqual(len(inputs) - len(set(inputs)), repeated)

    def is_as_undisturbed(self, tenant, store, file):
        row = self.finished(tenant, store, file)
        self.assertEqual((row["status"], row["last_error"]), ("completed", None))
        counted, hits = self.undisturbed()
        self.assertEqual(self.counted(tenant), counted)
        self.assertEqual(self.hits(tenant, store), hits)

    def tokens(self, tenant, upstream):
        """Of each call for vectors, those of the searches among them: as they were charged, and as they were sent."""
        sent = sorted(sum(len(each.split()) for each in call["body"]["input"]) for call in upstream.log
                      if call["path"].endswith("/embeddings"))

        def rows():
            found = [row for row in self.bh.cli("usage", "--tenant", tenant.id, "--lines", "1000")["data"]
                     if row["kind"] == "embedding"]
            return len(found) >= len(sent) and found
        return sorted(row["prompt_tokens"] for row in until(rows, 20, "the usage rows", pause=0.2)), sent

    def test_before_the_document_is_kept(self):
        self.killed("INSERT", "document")

    def test_with_some_of_the_vectors(self):
        """What was staged is not embedded again: twice at most what two calls brought and nobody kept."""
        staged = "(SELECT count(*) FROM bulkhead.ingest_vector AS v WHERE v.attachment_id = ($1).attachment_id) >= 16"
        self.killed("INSERT", "ingest_vector", staged, waiters=2, repeated=16)

    def test_with_all_vectors_before_a_chunk_is_there(self):
        self.killed("INSERT", "chunk")

    def test_among_the_vectors_of_the_index(self):
        self.killed("INSERT", "chunk_vector_384")

    def test_among_the_postings(self):
        self.killed("INSERT", "posting")

    def test_at_the_end_of_the_index(self):
        self.killed("UPDATE", "vector_store_file", "($1).status = 'completed'")

    def test_chunked_and_before_the_first_vector(self):
        """The first calls are under way: their answers find nobody."""
        upstream = Upstream()
        upstream.hold()
        upstream.embed_mode = "hold"
        tenant = self.tenant_on(upstream)
        store = self.store(tenant)["id"]
        file = self.upload(tenant, self.CONTENT)["id"]
        self.attach(tenant, store, file, chunking_strategy=CUT)
        until(lambda: len(upstream.log) >= 2, 60, "two calls")
        self.bh.replaced("rag", self.bh.kill("rag"), 60)
        self.bh.psql("UPDATE bulkhead.job_ready SET due_at = now() - interval '1 second', fresh = true "
                     f"WHERE tenant_id = '{tenant.id}' AND worker IS NOT NULL")
        upstream.embed_mode = "plain"
        upstream.release()
        self.is_as_undisturbed(tenant, store, file)
        # Calls that nobody heard the answer of are charged too, by estimate.
        charged, sent = self.tokens(tenant, upstream)
        self.assertEqual(len(charged), len(sent))


class Files(Gates):
    """What is sent, and what is deleted."""

    CONTENT = text(12).encode()

    def files(self, tenant):
        return self.ok(tenant.call("GET", "/v1/files"))["data"]

    def whole(self, tenant, files):
        for file in files:
            self.assertEqual(tenant.call("GET", f"/v1/files/{file['id']}/content").body, self.CONTENT)

    def part(self, tenant, upload, data):
        body, kind = wire.multipart([("data", "blob", "application/octet-stream", data)])
        return tenant.call("POST", f"/v1/uploads/{upload['id']}/parts", body, content_type=kind)

    def begin(self, tenant):
        return self.ok(tenant.call("POST", "/v1/uploads", {"bytes": len(self.CONTENT), "filename": "a.md",
                                                           "mime_type": "text/markdown", "purpose": "assistants"}))

    def test_an_upload(self):
        for killed in KILLED:
            with self.subTest(killed=killed):
                tenant = self.bh.tenant()
                reply = self.killed_at(killed, "INSERT", "file", lambda: tenant.http.upload("a.md", self.CONTENT))
                if reply is not None:
                    self.refused(reply, reply.status)
                    self.assertIn(reply.status, (502, 503))
                # Whatever the client was not told: it asks, and sends again what is not there.
                there = self.files(tenant)
                self.assertEqual(len(there), (killed == DONE))
                if not there:
                    self.upload(tenant, self.CONTENT)
                self.whole(tenant, self.files(tenant))
                self.assertEqual(tenant.limits()["storage_used_bytes"], len(self.CONTENT))
                self.assertEqual(len(self.files(tenant)), 1)

    def test_a_part_of_an_upload_and_its_completion(self):
        half = len(self.CONTENT) // 2
        for killed in KILLED:
            with self.subTest(killed=killed):
                tenant = self.bh.tenant()
                upload = self.begin(tenant)
                first = self.ok(self.part(tenant, upload, self.CONTENT[:half]))
                self.killed_at(killed, "INSERT", "upload_part", lambda: self.part(tenant, upload, self.CONTENT[half:]))
                listed = self.ok(tenant.call("GET", f"/v1/uploads/{upload['id']}/parts?order=asc"))["data"]
                self.assertEqual(len(listed), 1 + (killed == DONE))
                self.assertEqual(listed[0]["id"], first["id"])
                self.assertEqual(tenant.limits()["storage_used_bytes"], sum(each["bulkhead"]["bytes"] for each in listed))
                if len(listed) == 1:
                    listed.append(self.ok(self.part(tenant, upload, self.CONTENT[half:])))

                path, body = f"/v1/uploads/{upload['id']}/complete", {"part_ids": [each["id"] for each in listed]}
                self.killed_at(killed, "INSERT", "file", lambda: tenant.call("POST", path, body))
                done = self.ok(tenant.call("POST", path, body))
                self.assertEqual(self.ok(tenant.call("POST", path, body)), done)
                self.assertEqual([each["id"] for each in self.files(tenant)], [done["file"]["id"]])
                self.whole(tenant, [done["file"]])
                self.quiet(tenant)
                self.assertEqual(tenant.limits()["storage_used_bytes"], len(self.CONTENT))
                self.assertEqual(self.bh.rows_of(tenant)["upload_part"], 0)

    def test_a_completion_whose_parts_are_being_removed(self):
        for killed in KILLED:
            with self.subTest(killed=killed):
                tenant = self.bh.tenant()
                upload = self.begin(tenant)
                part = self.ok(self.part(tenant, upload, self.CONTENT))
                path = f"/v1/uploads/{upload['id']}/complete"
                self.killed_at(killed, "DELETE", "upload_part", lambda: tenant.call("POST", path, {"part_ids": [part["id"]]}))
                done = self.ok(tenant.call("GET", f"/v1/uploads/{upload['id']}"))
                self.assertEqual(done["status"], "completed")
                self.quiet(tenant)
                self.assertEqual(self.bh.rows_of(tenant)["upload_part"], 0)
                self.assertEqual(len(self.objects(tenant)), 1)
                self.whole(tenant, [done["file"]])
                self.assertEqual(tenant.limits()["storage_used_bytes"], len(self.CONTENT))

    def receipts(self, tenant):
        """Part → how many, over all receipts of the tenant, once they are complete."""
        def complete():
            page = self.ok(tenant.call("GET", "/v1/receipts?limit=100"))["data"]
            return page and all(each["status"] == "completed" for each in page) and page
        removed = {}
        for receipt in until(complete, 60, "the receipts", pause=0.2):
            for part, n in receipt["removed"].items():
                removed[part] = removed.get(part, 0) + n
        return removed

    def gone(self, tenant, store, file):
        """Store and file deleted, whatever had been deleted before."""
        for path in (f"/v1/vector_stores/{store}", f"/v1/files/{file}"):
            reply = tenant.call("DELETE", path)
            self.assertIn(reply.status, (200, 404), reply)
        removed = self.receipts(tenant)
        rows, _, used = self.counted(tenant)
        self.assertEqual({name: n for name, n in rows.items() if n and not name.startswith(("receipt", "price"))}, {})
        self.assertEqual(used, 0)
        until(lambda: not self.objects(tenant), 10, "no object")
        # How blocks of postings were cut is an accident, and so is in which partition a tenant's vectors lie.
        return {re.sub(r"(?<=384)_\d+$", "", part): n for part, n in removed.items() if not part.startswith("posting")}

    def test_the_stages_of_a_deletion(self):
        twin = self.bh.tenant()
        undisturbed = self.gone(twin, *self.ingested(twin, self.CONTENT.decode()))
        self.assertEqual((undisturbed["object"], undisturbed["file"], undisturbed["vector_store"]), (1, 1, 1))
        for target, event, table, when in (
                ("store", "DELETE", "vector_store", "true"),
                ("store", "DELETE", "chunk", "true"),
                ("store", "INSERT", "receipt_count", "($1).part = 'chunk'"),
                ("store", "UPDATE", "receipt", "($1).completed_at IS NOT NULL"),
                ("file", "DELETE", "vector_store_file", "true"),
                ("file", "DELETE", "file", "true"),
                ("file", "INSERT", "receipt_count", "($1).part = 'object'"),
                ("file", "UPDATE", "receipt", "($1).completed_at IS NOT NULL")):
            for killed in KILLED:
                with self.subTest(killed=killed, target=target, event=event, table=table, when=when):
                    tenant = self.bh.tenant()
                    store, file = self.ingested(tenant, self.CONTENT.decode())
                    path = f"/v1/vector_stores/{store}" if target == "store" else f"/v1/files/{file}"
                    self.killed_at(killed, event, table, lambda: tenant.call("DELETE", path),
                                   f"($1).tenant_id = '{tenant.id}' AND {when}")
                    self.assertEqual(self.gone(tenant, store, file), undisturbed)


class Stores(Gates):
    """What happens to a store as a whole."""

    def places(self, tenant):
        """Vectors in the shared table, in the store's own, and whether that is there."""
        of = f"WHERE tenant_id = '{tenant.id}'"
        return [int(each) for each in self.bh.psql(
            f"SELECT (SELECT count(*) FROM bulkhead.chunk_vector_384 {of}),"
            f"       (SELECT count(*) FROM bulkhead.chunk_vector_384_own {of}),"
            f"       (SELECT count(*) FROM bulkhead.store_statistics {of} AND own_vectors)")[0]]

    def own_tables(self):
        return int(self.bh.psql("SELECT count(*) FROM pg_inherits WHERE inhparent = "
                                "'bulkhead.chunk_vector_384_own'::regclass")[0][0])

    def test_the_index_made_anew(self):
        tenant = self.bh.tenant()
        store, _ = self.ingested(tenant, text(20))
        before, hits = self.counted(tenant), self.hits(tenant, store)
        for event in ("DELETE", "INSERT"):
            for killed in KILLED:
                with self.subTest(killed=killed, event=event):
                    def begin():
                        self.bh.psql(
                            f"UPDATE bulkhead.store_statistics SET terms_version = 1 WHERE tenant_id = '{tenant.id}';"
                            "WITH added AS (INSERT INTO bulkhead.job (tenant_id, id, queue, kind, subject, payload)"
                            f" VALUES ('{tenant.id}', gen_random_uuid(), 'rag', 'reindex_store', '{store[3:]}', '{{}}')"
                            " RETURNING tenant_id, id, queue) INSERT INTO bulkhead.job_ready (tenant_id, job_id, queue,"
                            " background) SELECT tenant_id, id, queue, true FROM added")
                    self.killed_at(killed, event, "posting", begin, f"($1).tenant_id = '{tenant.id}'")
                    self.assertEqual(self.hits(tenant, store), hits)
                    self.assertEqual(self.counted(tenant), before)
                    self.assertEqual(self.hits(tenant, store), hits)

    def moved(self, tenant, n, own):
        self.quiet(tenant)
        self.assertEqual(self.places(tenant), [0, n, 1] if own else [n, 0, 0])

    def test_a_store_on_its_way_to_a_table_of_its_own_and_back(self):
        """In the middle of a copy, before the flag, and among what is left on the other side."""
        content, more = text(430), text(20, 1000)
        row = "($1).chunk_id > (SELECT min(chunk_id) + {} FROM bulkhead.chunk_vector_384{} WHERE tenant_id = ($1).tenant_id)"
        flag = "($1).own_vectors IS DISTINCT FROM ($2).own_vectors"
        up = (("INSERT", "chunk_vector_384_own", row.format(300, "")), ("UPDATE", "store_statistics", flag),
              ("DELETE", "chunk_vector_384", "true"))
        down = (("INSERT", "chunk_vector_384", row.format(5, "_own")), ("UPDATE", "store_statistics", flag))
        for (event, table, when), (back_event, back_table, back_when) in zip(up, down + down[:1]):
            for killed in KILLED:
                with self.subTest(killed=killed, up=(event, table), down=(back_event, back_table)):
                    tenant = self.bh.tenant()
                    own = f"($1).tenant_id = '{tenant.id}' AND "
                    before = self.own_tables()
                    store, small = self.ingested(tenant, more)
                    n_small = self.places(tenant)[0]
                    big = []
                    self.killed_at(killed, event, table, lambda: big.append(self.ingested(tenant, content, store)[1]),
                                   own + when)
                    self.assertEqual(len(big), 1)
                    n = int(self.bh.psql(f"SELECT count(*) FROM bulkhead.chunk WHERE tenant_id = '{tenant.id}'")[0][0])
                    self.assertGreater(n, 400)
                    self.moved(tenant, n, True)
                    self.assertEqual(self.own_tables(), before + 1)
                    self.found(tenant, store, small, big[0])
                    path = f"/v1/vector_stores/{store}/files/{big[0]}"
                    self.killed_at(killed, back_event, back_table, lambda: self.ok(tenant.call("DELETE", path)),
                                   own + back_when)
                    self.moved(tenant, n_small, False)
                    self.assertEqual(self.own_tables(), before)
                    self.found(tenant, store, small)

    def found(self, tenant, store, *files):
        page = self.ok(tenant.call("POST", f"/v1/vector_stores/{store}/search",
                                   {"query": "Harbour 1007 Ada1007 lighthouse", "max_num_results": 50}))["data"]
        ids = [hit["bulkhead"]["chunk_id"] for hit in page]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertLessEqual({hit["file_id"] for hit in page}, set(files))
        self.assertTrue(page[0]["bulkhead"]["vector"]["rank"])
        self.assertIn("Harbour 1007", page[0]["content"][0]["text"])



class Copy(PlatformTest):
    """The command that copies all objects to another store, killed while the store has one of its requests."""

    @classmethod
    def setUpClass(cls):
        if SeaweedFS in object_stores.missing():
            raise unittest.SkipTest(object_stores.missing()[SeaweedFS])
        cls.s3 = SeaweedFS()
        cls.addClassCleanup(cls.s3.stop)
        cls.s3.start()
        cls.front = s3_front.Front(cls.s3)
        cls.addClassCleanup(cls.front.close)
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false", object_s3_part_mib=5,
                          **cls.s3.settings(object_driver="fs", object_seal="false", object_s3_endpoint=cls.front.url))
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()

    def held(self, number, before):
        """Holds the request of this number, before the store has it or with its answer."""
        def act(handler, body):
            if self.front.fault is None or self.front.fault.met < number:
                return handler.answer(*handler.forward(body))
            if not before:
                handler.forward(body)
            self.reached.set()
            self.front.released.wait(60)
            return handler.hang_up()
        return act

    def copy(self, source, target):
        return self.bh.cli("object", "copy", "--from", source, "--to", target)

    def killed(self, source, target, method, pattern, number, before):
        self.reached = threading.Event()
        with self.front.failing(method, self.held(number, before), pattern=pattern):
            with subprocess.Popen([self.bh.program, "object", "copy", "--from", source, "--to", target],
                                  env=self.bh.environment, cwd=self.bh.folder, stdout=subprocess.DEVNULL) as copying:
                self.assertTrue(self.reached.wait(60), "the request did not come")
                copying.kill()

    def keys(self):
        return {each["Key"]: each["Size"] for each in self.s3.admin.list_objects_v2(Bucket=BUCKET).get("Contents", [])}

    def test_to_s3_and_back(self):
        tenants = [self.bh.tenant() for _ in range(2)]
        kept = {}
        for tenant, sizes in zip(tenants, ([3000, 4000, 7 << 20], [5000, 6000])):
            for size in sizes:
                content = os.urandom(size)
                file = self.upload(tenant, content, "a.bin", "user_data", "application/octet-stream")
                kept[f"{tenant.id.replace('-', '')}/{file['id'][5:]}"] = tenant, file["id"], content
        object_path = r"/[0-9a-f]{32}/[0-9a-f]{32}"
        for method, pattern, number, before in (("PUT", object_path, 1, True), ("PUT", object_path, 2, False),
                                                ("PUT", object_path + ".*partNumber", 2, True),
                                                ("POST", object_path + ".*uploadId", 1, True),
                                                ("POST", object_path + ".*uploadId", 1, False)):
            with self.subTest(method=method, pattern=pattern, before=before):
                for key in self.keys():
                    self.s3.admin.delete_object(Bucket=BUCKET, Key=key)
                self.killed("fs", "s3", method, pattern, number, before)
                # Whatever is there is whole.
                for key, size in self.keys().items():
                    self.assertEqual(size, len(kept[key][2]))
                again = self.copy("fs", "s3")
                self.assertEqual((again["failed"], again["copied"] + again["present"]), (0, len(kept)))
                self.assertEqual(self.keys(), {key: len(content) for key, (_, _, content) in kept.items()})
                for key, (_, _, content) in kept.items():
                    self.assertEqual(self.s3.admin.get_object(Bucket=BUCKET, Key=key)["Body"].read(), content)

        folder = os.path.join(self.bh.home, "rag/objects")
        for number in (1, 3):
            with self.subTest(back=number):
                self.bh.down()
                for key in kept:
                    os.unlink(os.path.join(folder, key))
                self.killed("s3", "fs", "GET", object_path, number, True)
                for key, (_, _, content) in kept.items():
                    if os.path.exists(os.path.join(folder, key)):
                        with open(os.path.join(folder, key), "rb") as file:
                            self.assertEqual(file.read(), content)
                self.bh.up()
                self.bh.wait_ready()
                again = self.copy("s3", "fs")
                self.assertEqual((again["failed"], again["copied"] + again["present"]), (0, len(kept)))
                for tenant, file, content in kept.values():
                    self.assertEqual(tenant.call("GET", f"/v1/files/{file}/content").body, content)


if __name__ == "__main__":
    main()
