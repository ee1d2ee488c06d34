# SPDX-License-Identifier: Apache-2.0
"""Documents that take long to read: their readers are stopped for others, go on, and leave nothing behind."""
import os
import signal
import time

from base import Instance, PlatformTest, main, marker, until

WORKERS = 4
SLICE_S = 3
# Stands in front of the reader: a document of a name of its own waits here until the test opens its gate.
READER = """#!/usr/bin/python3
import ctypes, os, signal, sys, time
folder = os.path.dirname(os.path.abspath(__file__))
name = sys.argv[sys.argv.index("--name") + 1]
assert ctypes.CDLL(None).prctl(1, signal.SIGKILL) == 0
print('{"type":"begun"}', flush=True)
with open(folder + "/begun", "a") as begun:
    begun.write(f"{os.getpid()} {name}\\n")
while name.startswith("long-") and not os.path.exists(f"{folder}/open/{name}"):
    time.sleep(0.02)
os.execv(PROGRAM, ["bulkhead-extract", *sys.argv[1:]])
"""


def state(pid):
    """T: stopped; None: gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return None


class Slices(PlatformTest):
    limit_s = 300

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(supervisor_quickstart="false")
        cls.addClassCleanup(cls.bh.stop)
        cls.folder = os.path.join(cls.bh.folder, "reader")
        os.makedirs(os.path.join(cls.folder, "open"))
        reader = os.path.join(cls.folder, "reader")
        with open(reader, "w", encoding="utf-8") as file:
            file.write(READER.replace("PROGRAM", repr(os.path.join(cls.bh.programs, "bin/bulkhead-extract"))))
        os.chmod(reader, 0o755)
        with open(os.path.join(cls.folder, "begun"), "w", encoding="utf-8"):
            pass
        os.chmod(os.path.join(cls.folder, "begun"), 0o666)
        cls.bh.settings["rag_extract_path"] = reader
        cls.bh.start()

    def setUp(self):
        self.names, self.files, self.batches = [], [], {}

    def tearDown(self):
        for name in self.names:
            self.open(name)
        until(lambda: not self.readers(), 60, "the end of all readers")

    def begin(self, tenant, store, padding=300_000):
        """A document that is read until its gate is opened, as a batch of its own."""
        name = f"long-{marker()}.txt"
        # More bytes than what is read beside a long one of its tenant.
        text = f"The keeper of {name[5:-4]} is called Wilhelmina." + "\n" * padding
        file = self.upload(tenant, text, name, content_type="text/plain")
        path = f"/v1/vector_stores/{store}/file_batches"
        self.batches[name] = f"{path}/{self.ok(tenant.call('POST', path, {'file_ids': [file['id']]}))['id']}"
        self.names.append(name)
        self.files.append((tenant, store, file["id"], name))

    def open(self, name):
        with open(os.path.join(self.folder, "open", name), "w", encoding="utf-8"):
            pass

    def begun(self):
        """(process, name) of all readers that were started for this test's documents."""
        with open(os.path.join(self.folder, "begun"), encoding="utf-8") as file:
            rows = [line.split() for line in file]
        return [(int(pid), name) for pid, name in rows if name in self.names]

    def readers(self):
        return {pid: name for pid, name in self.begun() if state(pid) not in (None, "Z")}

    def stopped(self):
        return {pid: name for pid, name in self.readers().items() if state(pid) == "T"}

    def all_is_found(self):
        """Each once, at the first attempt, and none is held twice."""
        for tenant, store, file, name in self.files:
            row = self.finished(tenant, store, file)
            self.assertEqual((row["status"], row["last_error"]), ("completed", None))
            hits = self.ok(tenant.call("POST", f"/v1/vector_stores/{store}/search", {"query": name[5:-4]}))["data"]
            self.assertEqual([hit["file_id"] for hit in hits].count(file), row["bulkhead"]["chunks"])
            self.assertEqual(hits[0]["file_id"], file)

    def busy(self):
        """Documents of five tenants, one more than there are workers, all of them begun; those that are stopped."""
        for _ in range(WORKERS + 1):
            tenant = self.bh.tenant()
            self.begin(tenant, self.store(tenant)["id"])
        return until(lambda: len(self.readers()) == WORKERS + 1 and self.stopped(), 60, "all begun and one stopped")

    def attempts(self):
        return [int(row[0]) for tenant in {tenant.id for tenant, *_ in self.files} for row in self.bh.psql(
            f"SELECT attempts FROM bulkhead.job WHERE kind = 'ingest' AND tenant_id = '{tenant}'")]

    def pipes(self):
        folder = f"/proc/{self.bh.process('rag')['pid']}/fd"
        return sum(os.readlink(os.path.join(folder, name)).startswith("pipe:") for name in os.listdir(folder)
                   if os.path.islink(os.path.join(folder, name)))

    def test_one_tenants_long_documents_leave_others_a_worker(self):
        loud, quiet = self.bh.tenant(), self.bh.tenant()
        store, other = self.store(loud)["id"], self.store(quiet)["id"]
        for _ in range(4):
            self.begin(loud, store)
        until(self.readers, 30, "a reader")
        begin = time.monotonic()
        self.assertEqual(self.ingest(quiet, other, "A few words.", seconds=60)["status"], "completed")
        self.assertLess(time.monotonic() - begin, 10 * SLICE_S)
        # Of a tenant one document is read at a time.
        self.assertEqual(len(self.begun()), 1)
        for name in self.names:
            self.open(name)
        self.all_is_found()
        self.assertEqual(self.attempts(), [1] * 4)

    def test_a_short_document_waits_for_a_turn_and_not_for_the_end_of_long_ones(self):
        before = self.pipes()
        tenants = [self.bh.tenant() for _ in range(WORKERS)]
        stores = [self.store(tenant)["id"] for tenant in tenants]
        for _ in range(2):
            for tenant, store in zip(tenants, stores):
                self.begin(tenant, store)
        until(lambda: len(self.readers()) >= WORKERS, 60, "a reader on every worker")
        quiet = self.bh.tenant()
        store = self.store(quiet)["id"]
        begin = time.monotonic()
        self.assertEqual(self.ingest(quiet, store, "A few words.", seconds=60)["status"], "completed")
        self.assertLess(time.monotonic() - begin, 10 * SLICE_S)
        self.assertEqual({self.ok(tenant.call("GET", f"/v1/vector_stores/{store}/files/{file}"))["status"]
                          for tenant, store, file, _ in self.files}, {"in_progress"})
        for name in self.names:
            self.open(name)
        self.all_is_found()
        # Whoever was stopped went on: no document was begun twice, and no attempt was used up.
        self.assertEqual(sorted(name for _, name in self.begun()), sorted(self.names))
        self.assertEqual(self.attempts(), [1] * len(self.files))
        until(lambda: self.pipes() == before, 10, "as many pipes as before")

    def test_a_tenants_short_documents_do_not_wait_for_its_long_one(self):
        a, words = self.bh.tenant(), "The warden is called Theodora."
        store = self.store(a)["id"]
        self.begin(a, store)
        until(lambda: len(self.readers()) == 1, 20, "the reader of the long one")
        for number in range(3):
            row = self.ingest(a, store, f"{words} {number}", f"short-{number}.txt", seconds=20)
            self.assertEqual(row["status"], "completed")
        # A second long one waits, also beside short ones.
        self.begin(a, store)
        self.assertEqual(self.ingest(a, store, words, "short-4.txt", seconds=20)["status"], "completed")
        self.assertEqual(len(self.readers()), 1)
        for name in self.names:
            self.open(name)
        for tenant, where, id, _ in self.files:
            self.assertEqual(self.finished(tenant, where, id)["status"], "completed")

    def test_a_short_document_that_takes_long_gives_its_seat_back(self):
        a = self.bh.tenant()
        store = self.store(a)["id"]
        self.begin(a, store)
        until(lambda: len(self.readers()) == 1, 20, "the reader of the long one")
        self.begin(a, store, padding=0)
        until(lambda: len(self.stopped()) == 1, 20, "the other one's reader, stopped")
        self.assertEqual(self.ingest(a, store, "The warden is called Theodora.", "short.txt", seconds=20)["status"], "completed")
        for name in self.names:
            self.open(name)
        self.all_is_found()

    def test_all_of_them_take_turns(self):
        self.busy()
        turns = {name: 0 for name in self.names}
        seen = {}

        def everyone_was_stopped_and_went_on():
            for pid, name in self.readers().items():
                now = state(pid)
                turns[name] += seen.get(name) == "T" and now not in ("T", None)
                seen[name] = now
            return min(turns.values()) >= 1
        until(everyone_was_stopped_and_went_on, 60, "a second turn of each")
        for name in self.names:
            self.open(name)
        self.all_is_found()
        self.assertEqual(len(self.begun()), len(self.names))

    def test_a_stopped_reader_ends_with_its_file_its_store_or_its_batch(self):
        for end in ("file", "attachment", "store", "batch"):
            with self.subTest(end=end):
                self.names, self.files = [], []
                pid, name = self.busy().popitem()
                tenant, store, file, _ = next(row for row in self.files if row[3] == name)
                path = f"/v1/vector_stores/{store}"
                if end == "batch":
                    self.ok(tenant.call("POST", f"{self.batches[name]}/cancel"))
                else:
                    self.ok(tenant.call("DELETE", {"file": f"/v1/files/{file}", "store": path,
                                                   "attachment": f"{path}/files/{file}"}[end]))
                until(lambda: state(pid) in (None, "Z"), 10, "its end")
                for other in self.names:
                    self.open(other)
                self.files = [row for row in self.files if row[3] != name]
                self.all_is_found()
                self.assertEqual(len(self.begun()), len(self.names))

    def test_a_killed_service_leaves_no_reader_and_begins_anew(self):
        self.busy()
        of_before = list(self.readers())
        killed = self.bh.kill("rag")
        until(lambda: all(state(pid) in (None, "Z") for pid in of_before), 10, "the end of its readers")
        self.bh.replaced("rag", killed, 30)
        for name in self.names:
            self.open(name)
        self.all_is_found()
        self.assertEqual(len(self.begun()), 2 * len(self.names))
        self.assertEqual(self.bh.psql("SELECT count(*) FROM bulkhead.job_ready JOIN bulkhead.job ON job.id = job_id "
                                      "WHERE job.kind = 'ingest'"), [["0"]])

    def test_a_service_that_stops_leaves_no_reader(self):
        self.busy()
        of_before = list(self.readers())
        old = self.bh.kill("rag", signal.SIGTERM)
        until(lambda: all(state(pid) in (None, "Z") for pid in of_before), 30, "the end of its readers")
        self.bh.replaced("rag", old, 60)
        for name in self.names:
            self.open(name)
        self.all_is_found()

    def test_a_reader_that_somebody_kills_while_it_is_stopped_says_nothing_about_its_file(self):
        pid, name = self.busy().popitem()
        os.kill(pid, signal.SIGKILL)
        until(lambda: [each for _, each in self.begun()].count(name) == 2, 60, "a reader that begins anew")
        for each in self.names:
            self.open(each)
        self.all_is_found()


if __name__ == "__main__":
    main()
