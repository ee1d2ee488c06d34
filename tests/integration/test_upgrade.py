# SPDX-License-Identifier: Apache-2.0
"""Programs are replaced under load, one after the other, and no call fails."""
import os
import shutil
import signal
import threading
import time
import unittest

from apart_base import SERVICES, Local
from base import main, until
from pairs import Pairs

from instance import MOCK_CHAT, Instance
from steady_load import Load

RATE = {"gateway_tenant_requests_per_second": 2000}


class OneMachine(unittest.TestCase):
    """The supervisor's own."""

    limit_s = 600

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(engine_enabled="false", **RATE)
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.tenant = cls.bh.tenant()

    def load(self, **options):
        return Load(self.bh.address, self.tenant.key, MOCK_CHAT, **options)

    def control(self, path):
        """What the supervisor answers."""
        connection = Local(os.path.join(self.bh.run_dir, "control.sock"))
        try:
            connection.request("POST", path)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def nothing_failed(self, load):
        self.assertEqual(load.failed, [], f"of {load.done} calls")
        self.assertGreater(load.done, 50)

    def test_every_service_is_replaced_while_it_serves(self):
        with self.load(slow_each=20) as load:
            for name in SERVICES:
                old = self.bh.process(name)["pid"]
                done = self.bh.run("restart", name, timeout=120)
                self.assertEqual(done.returncode, 0, done.stderr)
                row = self.bh.process(name)
                self.assertEqual(row["state"], "ready")
                self.assertNotEqual(row["pid"], old)
                before = load.done
                until(lambda before=before: load.done > before + 30, 60, f"calls after {name} was replaced")
        self.nothing_failed(load)
        self.assertGreater(load.slow, 0)

    def test_answers_and_searches_go_on_as_well(self):
        """What runs through several services, each of which is replaced."""
        tenant, stop, failed, done = self.tenant, threading.Event(), [], []
        file = tenant.http.upload("note.md", b"# Harbour\n\nThe keeper is called Quagmire.\n", "assistants", "text/markdown")
        store = tenant.call("POST", "/v1/vector_stores", {"name": "harbour"}).json()["id"]
        path = f"/v1/vector_stores/{store}"
        tenant.call("POST", path + "/files", {"file_id": file.json()["id"]})
        until(lambda: tenant.call("GET", f"{path}/files/{file.json()['id']}").json()["status"] == "completed", 60, "the note read")
        asked = {"model": "default", "input": "Who is the keeper?",
                 "tools": [{"type": "file_search", "vector_store_ids": [store]}]}

        def load(path, body, sign):
            while not stop.is_set():
                reply = tenant.call("POST", path, body)
                (done if reply.status == 200 and sign in reply.body else failed).append((path, reply.status, reply.body[-300:]))
        threads = [threading.Thread(target=load, args=each) for each in (
            (path + "/search", {"query": "keeper"}, b"Quagmire"), ("/v1/responses", asked, b'"completed"'),
            ("/v1/responses", asked | {"stream": True}, b"response.completed"))]
        for thread in threads:
            thread.start()
        try:
            for name in SERVICES:
                self.assertEqual(self.bh.run("restart", name, timeout=120).returncode, 0)
                before = len(done)
                until(lambda before=before: len(done) > before + 15, 60, f"calls after {name} was replaced")
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(failed, [], f"of {len(done)} calls")

    def test_the_gateway_loads_its_configuration_while_it_serves(self):
        with self.load(slow_each=5) as load:
            for _ in range(8):
                self.assertEqual(self.bh.run("restart", "gateway", "--reload").returncode, 0)
                before = load.done
                until(lambda before=before: load.done > before + 30, 60, "calls after the reload")
        self.nothing_failed(load)

    def test_what_was_replaced_leaves_when_nobody_is_connected_to_it(self):
        old = self.bh.process("billing")["pid"]
        self.assertEqual(self.bh.run("restart", "billing").returncode, 0)
        until(lambda: not os.path.exists(f"/proc/{old}"), 30, "the old process gone", pause=0.1)

    def test_a_successor_that_does_not_start_replaces_nobody(self):
        old = self.bh.process("billing")["pid"]
        path = os.path.join(self.bh.home, "bulkhead.conf")
        with open(path, "a", encoding="utf-8") as file:
            file.write("\n[billing]\nnonsense = 1\n")
        try:
            # As the command would, which reads the settings itself before it asks.
            status, said = self.control("/restart/billing")
            self.assertIn("the old one still serves", said)
            self.assertGreaterEqual(status, 400)
        finally:
            with open(path, encoding="utf-8") as file:
                text = file.read()
            with open(path, "w", encoding="utf-8") as file:
                file.write(text.replace("\n[billing]\nnonsense = 1\n", ""))
        self.assertEqual(self.bh.process("billing")["pid"], old)
        self.assertTrue(self.bh.is_ready())

    def test_the_whole_platform_is_upgraded_while_it_serves(self):
        """A new copy of the program in its place stands for the next release."""
        pids = {name: self.bh.process(name)["pid"] for name in (*SERVICES, "supervisor", "gateway", "postgres")}
        done = self.bh.run("upgrade", "--check")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with self.load(slow_each=20) as load:
            until(lambda: load.done > 30, 60, "calls before the upgrade")
            shutil.copy(self.bh.program, self.bh.program + ".new")
            os.replace(self.bh.program + ".new", self.bh.program)
            done = self.bh.run("upgrade", timeout=300)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            before = load.done
            until(lambda: load.done > before + 30, 60, "calls after the upgrade")
        self.nothing_failed(load)
        after = {name: self.bh.process(name)["pid"] for name in pids}
        for name in ("supervisor", "gateway", "postgres"):
            self.assertEqual(after[name], pids[name], name)
        for name in SERVICES:
            self.assertNotEqual(after[name], pids[name], name)
        self.assertEqual(os.readlink(f"/proc/{after['supervisor']}/exe"), os.path.realpath(self.bh.program))
        # The new supervisor restarts what dies, and its log goes on.
        old = self.bh.kill("billing")
        self.bh.replaced("billing", old, 30)
        self.assertIn("which takes over", self.bh.log_tail("supervisor", 400))
        self.assertTrue(self.bh.is_ready())


    def test_a_supervisor_stays_what_it_is_when_the_new_program_does_not_start(self):
        pid = self.bh.process("supervisor")["pid"]
        os.rename(self.bh.program, self.bh.program + ".kept")
        try:
            with open(os.open(self.bh.program, os.O_WRONLY | os.O_CREAT, 0o755), "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\nexit 7\n")
            status, said = self.control("/upgrade")
        finally:
            os.replace(self.bh.program + ".kept", self.bh.program)
        self.assertGreaterEqual(status, 400)
        self.assertIn("does not start", said)
        self.assertTrue(self.bh.is_ready())
        self.assertEqual(self.bh.process("supervisor")["pid"], pid)


class TooOld(unittest.TestCase):
    """A database that a later release has left behind."""

    limit_s = 600
    REASON = "no program older than 99.0.0"

    def test_no_program_works_on_it(self):
        bh = Instance(engine_enabled="false", supervisor_quickstart="false")
        self.addCleanup(bh.stop)
        bh.start()
        self.assertIn("release 0.", bh.run("upgrade", "--check").stdout)
        bh.script("INSERT INTO bulkhead.schema_release (version, oldest) VALUES ('99.1.0', '99.0.0')")
        checked = bh.run("upgrade", "--check")
        self.assertEqual(checked.returncode, 1)
        self.assertIn(self.REASON, checked.stdout)
        migrated = bh.run("migrate")
        self.assertEqual(migrated.returncode, 1)
        self.assertIn(self.REASON, migrated.stderr)
        self.assertNotEqual(bh.run("restart", "billing").returncode, 0)
        self.assertIn(self.REASON, bh.log_tail("billing"))
        bh.down()
        started = bh.up(check=False)
        self.assertNotEqual(started.returncode, 0)
        self.assertIn(self.REASON, started.stderr)


class Rolling(unittest.TestCase):
    """Two of each service, as on two machines, behind one gateway: each gets SIGTERM, and is started again."""

    limit_s = 900

    @classmethod
    def setUpClass(cls):
        cls.bh = Pairs("http", **RATE)
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start_all()
        cls.tenant = cls.bh.tenant()

    def test_each_replica_is_replaced_while_the_others_serve(self):
        ends = []
        with Load(self.bh.address, self.tenant.key, MOCK_CHAT, rate=100, slow_each=25) as load:
            for name, service in self.bh.replicas():
                before = load.done
                until(lambda before=before: load.done > before + 50, 60, f"calls before {name} ends")
                child = self.bh.children[name]
                ends.append((name, round(time.monotonic() - load.begin, 2)))
                child.send_signal(signal.SIGTERM)
                self.assertEqual(child.wait(60), 0, self.bh.log_of_child(name)[-2000:])
                self.bh.serve(name, service)
                until(lambda name=name: self.bh.is_ready_at(name), 60, f"{name} ready again", pause=0.1)
        self.assertEqual(load.failed, [], f"of {load.done} calls; {ends}")
        self.assertGreater(load.done, 300)


if __name__ == "__main__":
    main()
