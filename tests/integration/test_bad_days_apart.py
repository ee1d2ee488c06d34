# SPDX-License-Identifier: Apache-2.0
"""Bad days of a platform that runs apart: a machine whose clock is wrong, one that is lost for good, a secret that everybody shares
changed under load, a certificate that has expired."""
import http.client
import os
import secrets
import shutil
import signal
import ssl
import struct
import subprocess
import threading
import time

from apart_base import SERVICES, Apart
from base import PlatformTest, main, marker, until, wire
from test_across import PASSWORD

import exposition
from instance import ROOT

OFF_S = 120


class Machines(Apart):
    """Each process with a clock of its own."""

    def __init__(self, scheme="http"):
        super().__init__(scheme, twice=False)
        self.clock_library = None

    def clock_file(self, name):
        return os.path.join(self.folder, f"{name}.clock")

    def set_clock(self, name, seconds):
        with open(self.clock_file(name), "r+b") as file:
            file.write(struct.pack("=i", seconds))

    def spawn(self, name, command, environment):
        """Each with a clock that can be set."""
        if self.clock_library is None:
            self.clock_library = os.path.join(self.folder, "clock.so")
            subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-O2", "-o", self.clock_library,
                            os.path.join(ROOT, "tests/chaos/clock.c")], check=True)
        if not os.path.exists(self.clock_file(name)):
            with open(self.clock_file(name), "wb") as file:
                file.write(struct.pack("=i", 0))
        return super().spawn(name, command, environment | {"LD_PRELOAD": self.clock_library, "CHAOS_CLOCK": self.clock_file(name)})

    @classmethod
    def of_tests(cls, tests, scheme="http"):
        made = cls(scheme)
        tests.addClassCleanup(made.stop)
        made.start_server()
        made.install()
        made.new_secrets()
        made.psql("CREATE EXTENSION vector;")
        made.start_apart()
        return made

    def restart(self, name, **settings):
        child = self.children["nginx" if name == "gateway" else name]
        child.send_signal(signal.SIGTERM)
        child.wait(60)
        if name == "gateway":
            self.start_gateway()
        else:
            self.serve(name, **settings)

    def wait_at(self, *names):
        for name in names:
            until(lambda name=name: self.is_ready_at(name), 60, f"{name} ready", pause=0.1)


class Clock(PlatformTest):
    @classmethod
    def setUpClass(cls):
        cls.bh = Machines.of_tests(cls)
        cls.tenant = cls.bh.tenant()
        cls.email = f"{marker()}@clock.example"
        cls.bh.cli("user", "create", cls.email, "--tenant", cls.tenant.id, "--role", "member", "--password-stdin", stdin=PASSWORD + "\n")

    def works(self):
        """Everything that goes by time: tokens, leases, due jobs."""
        store = self.store(self.tenant)["id"]
        self.assertEqual(self.ingest(self.tenant, store, f"The lamp is {marker()}.\n")["status"], "completed")
        self.ok(self.tenant.call("POST", f"/v1/vector_stores/{store}/search", {"query": "lamp"}))
        self.ok(self.chat(self.tenant))
        self.assertEqual(self.ok(self.respond(self.tenant))["status"], "completed")
        tokens = self.ok(wire.Http(self.bh.address).call("POST", "/api/auth/sign-in", {"email": self.email, "password": PASSWORD}))
        self.ok(wire.Http(self.bh.address, tokens["access_token"]).call("GET", "/api/auth/me"))

    def test_each_process_on_a_machine_whose_clock_is_off(self):
        self.works()
        for name in (*SERVICES, "nginx"):
            for seconds in (OFF_S, -OFF_S):
                with self.subTest(name=name, seconds=seconds):
                    self.bh.set_clock(name, seconds)
                    try:
                        # From its start on, not only after a while.
                        self.bh.restart("gateway" if name == "nginx" else name)
                        self.bh.wait_at("gateway" if name == "nginx" else name)
                        self.works()
                    finally:
                        self.bh.set_clock(name, 0)
            if name != "nginx":
                self.bh.restart(name)
                self.bh.wait_at(name)

    def test_one_that_is_set_while_it_runs_is_noticed_and_said(self):
        self.bh.set_clock("rag", -OFF_S)
        # Not for a moment is a good token refused.
        statuses = []

        def is_said():
            statuses.append(self.tenant.call("GET", "/v1/files").status)
            return "behind the database's, whose time is used instead" in self.bh.log_of_child("rag")
        until(is_said, 15, "the log's word")
        self.assertEqual(set(statuses), {200})
        self.works()
        self.bh.set_clock("rag", 0)
        until(lambda: "agrees with the database's again" in self.bh.log_of_child("rag"), 15, "the log's word")
        self.works()


class Wire(PlatformTest):
    """The secret that all processes show each other, changed in three rounds: whatever one shows, the others accept."""

    @classmethod
    def setUpClass(cls):
        cls.bh = Machines.of_tests(cls)
        cls.tenant = cls.bh.tenant()

    def a_round(self, now, also):
        for folder, _, names in os.walk(self.bh.secrets):
            if "wire" not in names:
                continue
            for name, value in (("wire", now), ("wire-also", also)):
                path = os.path.join(folder, name)
                if value is None:
                    os.remove(path)
                else:
                    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
                        file.write(value + "\n")
        for name in (*SERVICES, "gateway"):
            self.bh.restart(name)
            self.bh.wait_at(name)
            # Each is understood by those who come before it and after it, whoever is asked.
            until(self.serves, 30, f"an answer after {name}")

    def serves(self):
        try:
            return self.chat(self.tenant).status == 200
        except OSError:
            return False

    def test_it_is_changed_under_load(self):
        old, stop, statuses, stores = self.bh.wire(), threading.Event(), set(), []

        def load():
            while not stop.is_set():
                key = [("Idempotency-Key", marker())]
                while not stop.is_set():
                    try:
                        reply = self.tenant.call("POST", "/v1/vector_stores", {"name": key[0][1]}, headers=key, timeout=30)
                    except OSError:
                        continue
                    statuses.add(reply.status)
                    if reply.status == 200:
                        stores.append(key[0][1])
                        break
                    stop.wait(0.05)
        thread = threading.Thread(target=load)
        thread.start()
        try:
            until(lambda: len(stores) > 5, 30, "load before the change")
            new = secrets.token_hex(32)
            for wire_now, also in ((old, new), (new, old), (new, None)):
                self.a_round(wire_now, also)
            before = len(stores)
            until(lambda: len(stores) > before + 10, 60, "load after the change")
        finally:
            stop.set()
            thread.join()
        # Nobody was told that a credential is wrong, and nothing that was answered is lost or doubled.
        self.assertLessEqual(statuses, {200, 502, 503, 504})
        rows = dict(self.bh.psql(f"SELECT name, count(*) FROM bulkhead.vector_store WHERE tenant_id = '{self.tenant.id}' GROUP BY 1;"))
        self.assertEqual({name: rows.get(name) for name in stores}, dict.fromkeys(stores, "1"))
        self.assertEqual(self.bh.call_at("rag", "/healthz", {"X-Bulkhead-Wire": old})[0], 401)
        self.assertEqual(self.bh.call_at("rag", "/healthz", {"X-Bulkhead-Wire": new})[0], 200)


class Lost(PlatformTest):
    """A machine with everything on it, for good, while it answers."""

    @classmethod
    def setUpClass(cls):
        cls.bh = Machines.of_tests(cls)
        cls.tenant = cls.bh.tenant()
        cls.tenant.limit(budget_month="100")

    def test_another_machine_takes_its_place(self):
        store = self.store(self.tenant)["id"]
        self.bh.ports["model2"] = self.bh.ports["model"]
        old = self.bh.children["model"]
        begun = self.bh.mock.open
        replies = []
        thread = threading.Thread(target=lambda: replies.append(self.chat_quietly({"mode": "hold"})))
        thread.start()
        until(lambda: self.bh.mock.open > begun, 30, "the call at the upstream")
        self.assertGreater(float(self.tenant.limits()["reserved"]), 0)
        old.kill()
        old.wait()
        shutil.rmtree(os.path.join(self.bh.home, "model"))
        self.bh.mock.release()
        thread.join()
        self.assertIn(replies[0], (None, 502, 503, 504))
        # The one that takes its place has a folder of its own, and an id of its own.
        self.bh.children["model"] = self.bh.serve("model2", "model", instance="another")
        until(lambda: self.bh.is_ready_at("model2"), 60, "the new one ready", pause=0.1)
        self.ok(self.chat(self.tenant))
        self.assertEqual(self.ingest(self.tenant, store, f"The lamp is {marker()}.\n")["status"], "completed")
        # What the dead one had reserved is charged, once it was not seen for long enough by who was seen that long.
        until(lambda: float(self.tenant.limits()["reserved"]) == 0, 90, "nothing reserved", pause=0.5)
        done = self.bh.run("billing", "check", "--tenant", self.tenant.id)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def chat_quietly(self, script):
        try:
            return self.chat(self.tenant, script=script).status
        except OSError:
            return None


class Certificate(PlatformTest):
    """A service's certificate has expired: nobody speaks to it, which is said, until there is another one in its file."""

    @classmethod
    def setUpClass(cls):
        cls.bh = Machines.of_tests(cls, "https")
        cls.tenant = cls.bh.tenant()

    def expired(self):
        """One of our authority that ended the moment it was made."""
        path = os.path.join(self.bh.folder, "expired")
        ours = self.bh.authority
        subprocess.run(["openssl", "x509", "-req", "-days", "0", "-in", ours + ".csr", "-CA", ours + ".ca.pem", "-CAkey", ours + ".ca.key",
                        "-CAcreateserial", "-extfile", ours + ".ext", "-out", path + ".pem"], check=True, capture_output=True)
        return path + ".pem"

    def test_it_is_said_and_mended_without_a_restart(self):
        own = os.path.join(self.bh.folder, "rag.pem")
        shutil.copyfile(self.expired(), own)
        self.bh.restart("rag", listen_cert_file=own, listen_key_file=self.bh.authority + ".key")

        until(lambda: '"serving"' in self.bh.log_of_child("rag"), 30, "the service serving")
        said = "certificate has expired"
        reply = self.tenant.call("GET", "/v1/files")
        self.assertIn(reply.status, (502, 503))
        self.assertIn("retry-after", reply.headers)
        self.assertNotIn("certificate", reply.error["message"].lower())
        # What does not need it goes on.
        self.ok(self.chat(self.tenant))
        until(lambda: self.tenant.call("GET", "/v1/files").status in (502, 503) and said in self.bh.log_tail("gateway", 400), 30,
              "the log's word", pause=0.5)
        self.assertLess(self.end_told(), time.time())
        shutil.copyfile(self.bh.authority + ".pem", own + ".new")
        os.replace(own + ".new", own)
        until(lambda: self.tenant.call("GET", "/v1/files").status == 200, 30, "the new certificate in use", pause=0.2)
        self.assertGreater(self.end_told(), time.time())

    def end_told(self):
        """What the alert about certificates looks at, from the process itself: nobody else may reach it."""
        key = self.bh.cli("key", "create", "--tenant", "platform", "--name", "scrape", "--scope", "metrics:read")["key"]
        secret, context = {"X-Bulkhead-Wire": self.bh.wire()}, ssl._create_unverified_context()

        def ask(port, path, headers):
            connection = http.client.HTTPSConnection("localhost", self.bh.ports[port], timeout=20, context=context)
            try:
                connection.request("GET", path, headers=secret | headers)
                reply = connection.getresponse()
                return reply.headers, reply.read().decode()
            finally:
                connection.close()
        token = ask("auth", "/internal/exchange", {"Authorization": f"Bearer {key}"})[0]["x-bulkhead-token"]
        _, text = ask("rag", "/metrics", {"Authorization": f"Bearer {token}"})
        self.assertEqual(exposition.faults(text), [])
        return next(value for name, labels, value in exposition.samples(text)
                    if name == "bulkhead_certificate_end_timestamp_seconds" and labels["setting"] == "listen.cert_file")


if __name__ == "__main__":
    main()
