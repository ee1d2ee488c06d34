# SPDX-License-Identifier: Apache-2.0
"""Programs are replaced under load, one after the other, and no call fails."""
import os
import shutil
import signal
import time
import unittest

from apart_base import SERVICES, Apart, Local
from base import main, until

from instance import MOCK_CHAT, Instance, free_port
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

    def test_the_gateway_loads_its_configuration_while_it_serves(self):
        with self.load() as load:
            for _ in range(5):
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
            control = Local(os.path.join(self.bh.run_dir, "control.sock"))
            control.request("POST", "/restart/billing")
            reply = control.getresponse()
            self.assertIn(b"the old one still serves", reply.read())
            self.assertGreaterEqual(reply.status, 400)
            control.close()
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


class Rolling(unittest.TestCase):
    """Two of each service, as on two machines, behind one gateway: each gets SIGTERM, and is started again."""

    limit_s = 900

    @classmethod
    def setUpClass(cls):
        cls.bh = Pairs("http", **RATE)
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start_server()
        cls.bh.install()
        cls.bh.new_secrets()
        cls.bh.psql("CREATE EXTENSION vector;")
        cls.bh.start_apart()
        cls.tenant = cls.bh.tenant()
        assert cls.bh.mock is not None

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


class Pairs(Apart):
    """Each service twice."""

    PAIRED = tuple(name for name in SERVICES if name != "stripemock")

    def __init__(self, scheme, **settings):
        super().__init__(scheme, twice=False, **settings)
        self.ports |= {name + "2": free_port() for name in self.PAIRED}

    def replicas(self):
        return [(name + number, name) for name in self.PAIRED for number in ("", "2")]

    def write_settings(self):
        super().write_settings()
        path = os.path.join(self.home, "bulkhead.conf")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for name in self.PAIRED:
            one = self.address_of(name)
            text = text.replace(
                f"\n{name} = {one}\n", f"\n{name} = {one} {self.address_of(name + '2')}\n", 1)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def start_apart(self):
        super().start_apart()
        for name in self.PAIRED:
            self.serve(name + "2", name)
        for name in self.PAIRED:
            until(lambda name=name: self.is_ready_at(name + "2"), 60, f"{name}2 ready", pause=0.1)


if __name__ == "__main__":
    main()
