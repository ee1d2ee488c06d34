# SPDX-License-Identifier: Apache-2.0
"""Disks that are full, and a document reader that hangs or is killed: the damage stays its own."""
import atexit
import os
import signal
import sys
import unittest

from base import Instance, PlatformTest, main, marker, openai_spec, until

from checkout import ROOT
from disk import Disk

sys.path.append(os.path.join(ROOT, "picture"))
from testing_program import flat  # noqa: E402

# Reads as the real one does, but for documents of this name, with which it never comes to an end.
READER = """#!/bin/sh
case "$2" in endless*) echo '{{"type":"begun"}}'; exec sleep 600 ;; esac
exec {real} "$@"
"""


def descendants(pid):
    """Processes started by any thread of this one."""
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def sleeps(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().startswith(b"sleep\0")
    except (FileNotFoundError, ProcessLookupError):
        return False


def setUpModule():
    """A platform of their own, without engines: what happens here must not touch the other tests."""
    bh = Instance(engine_enabled="false", supervisor_quickstart="false")
    BadDay.bh = bh
    # Also when the run is interrupted, which skips the clean-up of modules.
    unittest.addModuleCleanup(end)
    atexit.register(end)
    bh.install()
    os.mkdir(bh.home, 0o755)
    BadDay.objects, BadDay.database = Disk(os.path.join(bh.folder, "small"), 8), Disk(os.path.join(bh.home, "db"), 400)
    reader = os.path.join(bh.folder, "reader")
    with open(reader, "w", encoding="ascii") as file:
        file.write(READER.format(real=os.path.join(bh.programs, "bin/bulkhead-extract")))
    os.chmod(reader, 0o755)
    bh.settings |= {"rag_extract_path": reader, "rag_extract_timeout_s": 15, "object_folder": BadDay.objects.folder}
    bh.start()


def end():
    """The disks are let go when nothing uses them any more."""
    if os.path.exists(BadDay.bh.program):
        BadDay.bh.down()
    for disk in filter(None, (BadDay.objects, BadDay.database)):
        disk.close()
    BadDay.bh.stop()


class BadDay(PlatformTest):
    objects = database = None

    @classmethod
    def setUpClass(cls):
        cls.bh.wait_ready()

    def needs(self, disk):
        if disk.reason:
            self.skipTest(disk.reason)
        self.addCleanup(disk.free)


class Reader(BadDay):
    def setUp(self):
        self.vector_store = self.store(self.acme())["id"]
        self.pid = self.bh.process("rag")["pid"]

    def tearDown(self):
        neighbour = self.ingest(self.acme(), self.vector_store, f"A good text {marker()}.", "good.md")
        self.assertEqual(neighbour["status"], "completed", neighbour)
        self.assertEqual(self.bh.process("rag")["pid"], self.pid)
        self.assertFalse([pid for pid in descendants(self.pid) if sleeps(pid)], "a reader is left over")

    def begin(self):
        """A document that is being read: its id, and the process that reads it."""
        endless = self.upload(self.acme(), "Text.", "endless.md")
        self.attach(self.acme(), self.vector_store, endless["id"])
        return endless["id"], until(lambda: next(filter(sleeps, descendants(self.pid)), None), 20,
                                    "the reader at work", pause=0.01)

    def failed(self, id, word):
        row = self.finished(self.acme(), self.vector_store, id, 60)
        openai_spec.check("VectorStoreFileObject", row)
        self.assertEqual((row["status"], row["last_error"]["code"], row["usage_bytes"]), ("failed", "invalid_file", 0))
        self.assertRegex(row["last_error"]["message"], r"^[A-Z][^/]{15,}\.$")
        self.assertIn(word, row["last_error"]["message"])
        counts = self.ok(self.acme().call("GET", f"/v1/vector_stores/{self.vector_store}"))["file_counts"]
        self.assertEqual((counts["failed"], counts["in_progress"]), (1, 0))

    def test_a_document_that_takes_too_long(self):
        id, _ = self.begin()
        beside = self.ingest(self.acme(), self.vector_store, f"The text beside it {marker()}.", "beside.md")
        self.assertEqual(beside["status"], "completed", beside)
        self.failed(id, "time allowed")

    def test_a_reader_that_is_killed(self):
        """As the kernel does it for memory: the document is read once more."""
        id, reader = self.begin()
        os.kill(reader, signal.SIGKILL)
        again = until(lambda: next((pid for pid in descendants(self.pid) if sleeps(pid) and pid != reader), None), 20,
                      "the second reader", pause=0.01)
        os.kill(again, signal.SIGKILL)
        self.failed(id, "more memory")


class EndlessReaders(BadDay):
    """Documents that keep their reader at work until its time is over, from more than one tenant."""

    def setUp(self):
        self.pid = self.bh.process("rag")["pid"]
        self.begun = []

    def tearDown(self):
        for tenant, id in self.begun:
            self.ok(tenant.call("DELETE", f"/v1/files/{id}"))
        until(lambda: not self.readers(), 30, "the end of all readers")

    def readers(self):
        return [pid for pid in descendants(self.pid) if sleeps(pid)]

    def begin(self, tenant, count):
        store = self.store(tenant)["id"]
        for _ in range(count):
            # More bytes than what is read beside another one.
            id = self.upload(tenant, "Text." + "\n" * 300_000, "endless.md")["id"]
            self.begun.append((tenant, id))
            self.attach(tenant, store, id)

    def claims(self, tenants):
        """How often each of their jobs was claimed and given back, while they are not over."""
        return [int(row[0]) for tenant in tenants for row in self.bh.psql(
            f"SELECT epoch FROM bulkhead.job_ready WHERE tenant_id = '{tenant.id}'")]

    def a_short_one_is_let_in(self):
        quiet = self.bh.tenant()
        row = self.ingest(quiet, self.store(quiet)["id"], "A few words.", seconds=60)
        self.assertEqual(row["status"], "completed", row)

    def test_a_tenant_has_one_reader_and_its_other_worker_gives_way(self):
        tenants = [self.bh.tenant() for _ in range(2)]
        for tenant in tenants:
            self.begin(tenant, 2)
        until(lambda: min(self.claims(tenants), default=0) >= 1, 30, "four jobs that are claimed")
        self.a_short_one_is_let_in()
        self.assertEqual(len(self.readers()), 2)

    def test_of_four_tenants_readers_two_give_way(self):
        tenants = [self.bh.tenant() for _ in range(4)]
        for tenant in tenants:
            self.begin(tenant, 1)
        until(lambda: len(self.readers()) == 4, 30, "four readers at work")
        self.a_short_one_is_let_in()
        # Not because the time of one was over: that would have ended its job.
        until(lambda: len(claims := self.claims(tenants)) == 4 and max(claims) > 1, 10, "a job that was given back")


class FullObjectDisk(BadDay):
    def setUp(self):
        self.needs(self.objects)

    def parts(self):
        return [os.path.join(folder, name) for folder, _, names in os.walk(self.objects.folder) for name in names
                if name != "filler"]

    def test_an_upload_is_refused_and_what_was_accepted_is_kept(self):
        tenant = self.acme()
        store = self.store(tenant)["id"]
        kept = self.upload(tenant, "The lighthouse keeper is called Wilhelmina.")
        before, parts = self.bh.rows_of(tenant)["file"], self.parts()
        self.objects.fill()
        for size in (10, 100_000, 3_000_000):
            with self.subTest(size=size):
                reply = tenant.http.upload("more.txt", bytes(size))
                error = self.refused(reply, 503, of_type="server_error")
                self.assertEqual(error["code"], "storage_full")
                self.assertNotIn(self.objects.folder, error["message"])
                self.assertGreaterEqual(int(reply.headers["retry-after"]), 1)
        self.assertEqual(self.bh.rows_of(tenant)["file"], before)
        self.assertEqual(self.parts(), parts, "a refused upload left something behind")
        # What is there can be read, ingested and asked; who needs no new object goes on.
        self.assertEqual(tenant.call("GET", f"/v1/files/{kept['id']}/content").body,
                         b"The lighthouse keeper is called Wilhelmina.")
        self.attach(tenant, store, kept["id"])
        self.assertEqual(self.finished(tenant, store, kept["id"])["status"], "completed")
        page = self.ok(tenant.call("POST", f"/v1/vector_stores/{store}/search", {"query": "lighthouse keeper"}))
        self.assertEqual([hit["file_id"] for hit in page["data"]], [kept["id"]])
        self.ok(self.chat(tenant))
        self.assertIn("No space left", self.bh.log_tail("rag", 200))
        self.objects.free()
        self.upload(tenant, bytes(3_000_000), "more.txt", content_type="text/plain")

    def test_deleting_makes_room(self):
        tenant = self.bh.tenant()
        large = self.upload(tenant, bytes(2_000_000), "large.txt")
        self.objects.fill()
        self.assertEqual(tenant.http.upload("more.txt", bytes(100_000)).status, 503)
        self.ok(tenant.call("DELETE", f"/v1/files/{large['id']}"))
        until(lambda: tenant.http.upload("more.txt", bytes(100_000)).status == 200, 20, "room again", pause=0.2)


class FullObjectDiskInMidImage(BadDay):
    """The disk fills up while a model makes a picture, which is paid for."""

    def setUp(self):
        self.needs(self.objects)
        self.tenant, self.mock = self.bh.tenant(), self.bh.mock
        self.addCleanup(self.mock.release)
        self.mock.picture, self.mock.image_mode, self.mock.image_script = flat(256, 256, (1, 2, 3)), "plain", ["hold"]
        self.mock.hold()
        name = f"image-{marker()}"
        self.bh.cli("model", "add", name, "--url", self.mock.url + "/v1", "--kind", "image", "--price-out", "2000", "--tenant",
                    self.tenant.id)
        before = len(self.mock.log)
        self.reply = self.tenant.call("POST", "/v1/images/generations", {
            "model": name, "prompt": "A cat", "size": "256x256", "bulkhead": {"detached": True}})
        self.path = f"/v1/images/jobs/{self.ok(self.reply)['id']}"
        until(lambda: self.mock.open == 1, 20, "the picture is being made")
        self.objects.fill()
        said = len(self.refusals())
        self.mock.release()
        until(lambda: len(self.refusals()) > said, 30, "the picture cannot be kept")
        self.assertEqual(len(self.mock.log), before + 1)

    def refusals(self):
        return [line for line in self.bh.log_tail("rag", 2000).splitlines() if "No space left" in line]

    def ended(self, status):
        job = until(lambda: (row if (row := self.ok(self.tenant.call("GET", self.path)))["completed_at"] else None), 60,
                    "the job's end", pause=0.1)
        self.assertEqual(job["status"], status, job)
        rows = self.tenant.settled(self.reply.request_id, kind="image", seconds=30)
        self.assertEqual([(row["completion_tokens"], row["cost_nanos"]) for row in rows], [(1, 2_000_000)])
        return job

    def test_it_is_held_until_there_is_room(self):
        self.objects.free()
        job = self.ended("completed")
        self.assertEqual(len(job["images"]), 1)
        self.assertEqual(self.tenant.call("GET", f"/v1/files/{job['images'][0]['file_id']}/content").body[:4], b"\x89PNG")

    def test_its_job_can_be_cancelled(self):
        self.ok(self.tenant.call("POST", self.path + "/cancel", {}))
        self.assertEqual(self.ended("cancelled")["images"], [])
        self.assertEqual(self.bh.rows_of(self.tenant).get("file", 0), 0)


class FullDatabaseDisk(BadDay):
    def setUp(self):
        self.needs(self.database)
        self.tenant = self.bh.tenant()
        self.kept = [self.store(self.tenant, name=marker())["id"] for _ in range(3)]
        self.file = self.upload(self.tenant, "The lighthouse keeper is called Wilhelmina.")["id"]

    def refused_writes(self, number):
        """Rows that cannot be pressed together, until a table must grow and cannot."""
        found = 0
        for _ in range(400):
            body = {"name": "x", "metadata": {f"k{at}": os.urandom(256).hex() for at in range(16)}}
            reply = self.tenant.call("POST", "/v1/vector_stores", body)
            if reply.status == 200:
                self.kept.append(reply.json()["id"])
                continue
            self.away(reply)
            found += 1
            if found == number:
                return
        self.fail("the disk was never full")

    def away(self, reply):
        self.refused(reply, 503, of_type="server_error")
        self.assertTrue(1 <= int(reply.headers["retry-after"]) <= 30, reply.headers)

    def chats(self, number):
        """Request ids of those that were answered; the others were refused honestly."""
        answered = []
        for _ in range(number):
            reply = self.chat(self.tenant)
            if reply.status == 200:
                answered.append(reply.request_id)
            else:
                self.away(reply)
        return answered

    def recovers(self, answered):
        self.database.free()
        until(lambda: self.tenant.call("POST", "/v1/vector_stores", {"name": "after"}).status == 200, 60,
              "writes after there is room", pause=0.3)
        for id in self.kept:
            self.assertEqual(self.ok(self.tenant.call("GET", f"/v1/vector_stores/{id}"))["id"], id)
        self.assertEqual(self.tenant.call("GET", f"/v1/files/{self.file}/content").body,
                         b"The lighthouse keeper is called Wilhelmina.")
        # Whoever was answered is on the bill.
        for request in answered:
            self.tenant.settled(request, seconds=60)
        self.attach(self.tenant, self.kept[0], self.file)
        self.assertEqual(self.finished(self.tenant, self.kept[0], self.file)["status"], "completed")
        self.ok(self.chat(self.tenant))

    def test_tables_that_cannot_grow(self):
        self.database.fill()
        self.refused_writes(3)
        self.ok(self.tenant.call("GET", "/v1/vector_stores"))
        self.recovers(self.chats(5))

    def test_a_log_that_cannot_grow_takes_the_database_down_until_there_is_room(self):
        before = self.bh.process("postgres")["restarts"]
        self.database.fill()
        try:
            for _ in range(20):
                self.bh.psql("SELECT pg_switch_wal(), pg_logical_emit_message(true, 'x', repeat('x', 1000000))")
        except RuntimeError:
            pass
        until(lambda: self.tenant.call("GET", "/v1/vector_stores").status == 503, 20, "a database that is away")
        answered = self.chats(3)
        self.away(self.tenant.call("POST", "/v1/vector_stores", {"name": "x"}))
        self.recovers(answered)
        self.assertGreater(self.bh.process("postgres")["restarts"], before)


class FullAuditDisk(BadDay):
    """A device that is always full stands for the file: no rights are needed for that."""

    def put_aside(self, path):
        os.replace(path, path + ".aside")
        os.symlink("/dev/full", path)
        self.addCleanup(os.replace, path + ".aside", path)

    def test_lines_that_are_lost_are_said_in_the_log(self):
        tenant = self.acme()
        self.addCleanup(self.bh.up)
        self.bh.down()
        for name in ("gateway", "model"):
            self.put_aside(os.path.join(self.bh.logs, f"audit-{name}.jsonl"))
        self.addCleanup(self.bh.down)
        self.bh.up()
        for _ in range(3):
            self.ok(self.chat(tenant))
        until(lambda: "audit lines that could not be written" in self.bh.log_tail("model", 200), 10,
              "the model service's word")
        until(lambda: "No space left" in self.bh.log_tail("gateway", 200) + self.bh.log_tail("nginx", 200), 10,
              "the gateway's word")


if __name__ == "__main__":
    main()
