# SPDX-License-Identifier: Apache-2.0
"""Limits that several gateways share: as many as one gateway would admit, whoever asks where, and with Valkey away."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import uuid

from harness import ROOT, Gateway, GatewayTest, until

PROGRAM = os.environ.get("BULKHEAD_LEASE_LIMITS", os.path.join(ROOT, "build/gateway/lease_limits"))
SERVER = os.environ.get("BULKHEAD_TEST_VALKEY") or shutil.which("valkey-server") or shutil.which("redis-server")


class Valkey:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="bhvk-")
        self.path = os.path.join(self.dir, "sock")
        self.url = "unix:" + self.path
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [SERVER, "--port", "0", "--unixsocket", self.path, "--save", "", "--appendonly", "no", "--dir", self.dir],
            stdout=subprocess.DEVNULL)
        until(lambda: os.path.exists(self.path), 20, "the server's socket")

    def kill(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)

    def close(self):
        self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)


class Member(Gateway):
    """One of several gateways, with the process that leases for it."""

    def __init__(self, url, gateways=1, workers=1):
        self.url, self.helper = url, None

        def edit(text):
            line = f'\tbulkhead_leases "{self.path("run/gateway/limits.sock")}" gateways={gateways};\n'
            return text.replace("\tbulkhead_audit_log", line + "\tbulkhead_audit_log", 1)
        super().__init__(workers=workers, edit=edit)
        self.start_helper()

    def start_helper(self):
        with open(self.path("log/helper.log"), "a") as log:
            self.helper = subprocess.Popen([PROGRAM, self.url, self.path("run/gateway/limits.sock")], stderr=log)

    def kill_helper(self):
        self.helper.kill()
        self.helper.wait()

    def shares(self):
        """Whether it decides by what all hold."""
        return self.metrics()["bulkhead_gateway_lease_away"] == 0

    def close(self):
        if self.helper:
            self.helper.send_signal(signal.SIGCONT)
            self.kill_helper()
        super().close()


class LeaseTest(unittest.TestCase):
    number, workers = 3, 1

    @classmethod
    def setUpClass(cls):
        if not SERVER:
            raise unittest.SkipTest("neither valkey-server nor redis-server is installed")
        if not os.path.exists(PROGRAM):
            raise unittest.SkipTest("needs lease_limits: build it first")
        cls.valkey = Valkey()
        cls.addClassCleanup(cls.valkey.close)
        cls.members = []
        for _ in range(cls.number):
            cls.members.append(Member(cls.valkey.url, workers=cls.workers))
            cls.addClassCleanup(cls.members[-1].close)

    def setUp(self):
        for member in self.members:
            member.service.release.clear()
        self.all_know()

    def all_know(self):
        """Everybody is there again, and knows how many there are."""
        for member in self.members:
            until(member.shares, 20, "limits that are shared")
            until(lambda m=member: m.metrics()["bulkhead_gateway_lease_gateways"] == len(self.members), 30,
                  "the number of gateways")

    def credential(self, **limits):
        name = "key-" + uuid.uuid4().hex
        limits.setdefault("tenant", str(uuid.uuid4()))
        limits.setdefault("credential", str(uuid.uuid4()))
        for member in self.members:
            member.auth.add(name, **limits)
        return name

    def ask(self, member, credential, n=1, do="echo"):
        """n requests one after another over one connection; their statuses."""
        found = []
        with contextlib.closing(member.client()) as client:
            for _ in range(n):
                found.append(client.request("GET", f"/v1/items?do={do}", {"Authorization": "Bearer " + credential}).status)
        return found

    def flood(self, credential, n, members=None, threads=1):
        """All members at once, n requests by each of their threads; how many were admitted, and the seconds it took."""
        admitted, begin = [], time.monotonic()
        lock = threading.Lock()

        def run(member):
            statuses = self.ask(member, credential, n)
            assert set(statuses) <= {200, 429}, set(statuses)
            with lock:
                admitted.append(statuses.count(200))
        running = [threading.Thread(target=run, args=(member,)) for member in members or self.members for _ in range(threads)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        return sum(admitted), time.monotonic() - begin

    def drain(self, credential, limit, n, **how):
        """As flood, and on until the limit is reached: what one has leased and not used is missing for a moment."""
        begin = time.monotonic()
        admitted = self.flood(credential, n, **how)[0]

        def more():
            nonlocal admitted
            admitted += self.flood(credential, 5)[0] if admitted < limit else 0
            return admitted >= limit
        until(more, 20, "all of the limit")
        return admitted, time.monotonic() - begin

    def hold(self, member, credential, n):
        clients = []
        for _ in range(n):
            client = member.client()
            client.send(f"GET /v1/items?do=hold HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {credential}\r\n\r\n")
            self.addCleanup(client.close)
            clients.append(client)
        return clients


    def in_flight(self, credential):
        return sum(len([r for r in member.service.seen() if r["headers"]["authorization"].endswith(credential)])
                   for member in self.members)


class Rate(LeaseTest):
    def test_one_gateway_gets_the_whole_limit(self):
        tenant = str(uuid.uuid4())
        credential = self.credential(limit_tenant_rpm=5, tenant=tenant)
        replies = [self.members[0].get("/v1/items", credential=credential) for _ in range(6)]
        self.assertEqual([reply.status for reply in replies], [200] * 5 + [429])
        self.assertEqual([reply.headers["x-ratelimit-remaining-requests"] for reply in replies], list("432100"))
        self.assertEqual({reply.headers["x-ratelimit-limit-requests"] for reply in replies}, {"5"})
        self.assertIn(f"tenant {tenant}", replies[5].error["message"])
        self.assertTrue(10000 < int(replies[5].headers["retry-after-ms"]) <= 12000)
        # Nor is there more anywhere else.
        self.assertEqual({self.ask(member, credential)[0] for member in self.members}, {429})

    def test_what_is_used_at_one_is_used_at_all(self):
        credential = self.credential(limit_tenant_rpm=6, limit_key_rpm=3)
        self.assertEqual([self.ask(member, credential)[0] for member in self.members], [200] * 3)
        self.assertEqual([self.ask(member, credential)[0] for member in self.members], [429] * 3)

    def test_all_at_once_are_admitted_as_many_as_one_would(self):
        for limit, threads in ((60, 1), (600, 2)):
            with self.subTest(limit=limit):
                credential = self.credential(limit_tenant_rpm=limit)
                admitted, seconds = self.drain(credential, limit, 2 * limit // self.number, threads=threads)
                self.assertLessEqual(admitted, limit * (1.01 + seconds / 60) + 1)

    def test_a_tenant_at_one_of_them_has_it_all(self):
        credential = self.credential(limit_tenant_rpm=1000)
        begin = time.monotonic()
        admitted = self.flood(credential, 20)[0]

        def all_of_it():
            nonlocal admitted
            admitted += self.flood(credential, 100, members=self.members[:1])[0]
            return admitted >= 1000
        # What the others had leased and did not use has come back.
        until(all_of_it, what="the whole limit at one of them")
        self.assertLess(time.monotonic() - begin, 20)
        self.assertLessEqual(admitted, 1000 * (1.01 + (time.monotonic() - begin) / 60) + 1)

    def test_no_limit_asks_for_nothing(self):
        before = self.members[0].metrics()["bulkhead_gateway_lease_waits_total"]
        self.assertEqual(set(self.ask(self.members[0], self.credential(), 20)), {200})
        self.assertEqual(self.members[0].metrics()["bulkhead_gateway_lease_waits_total"], before)


class Ten(LeaseTest):
    number = 10

    def test_ten_gateways_overrun_by_less_than_a_hundredth(self):
        for limit in (30, 300, 3000):
            with self.subTest(limit=limit):
                credential = self.credential(limit_tenant_rpm=limit)
                admitted, seconds = self.drain(credential, limit, limit // 5)
                self.assertLessEqual(admitted, limit * (1.01 + seconds / 60) + 1)

    def test_over_time_it_is_the_rate(self):
        """A full bucket and what flows back, neither more nor much less, while all ask at once."""
        limit = 1200
        credential = self.credential(limit_tenant_rpm=limit)
        begin = time.monotonic()
        admitted = self.flood(credential, limit // 5)[0]
        while time.monotonic() - begin < 8:
            admitted += self.flood(credential, 10)[0]
        seconds = time.monotonic() - begin
        self.assertLessEqual(admitted, limit * (1.01 + seconds / 60) + 1)
        self.assertGreaterEqual(admitted, 0.95 * limit * (1 + (seconds - 1) / 60))


class Concurrency(LeaseTest):
    def test_places_are_taken_once(self):
        credential = self.credential(limit_tenant_concurrency=4)
        for member in self.members[:2]:
            self.hold(member, credential, 2)
        until(lambda: sum(len([r for r in m.service.seen() if r["headers"]["authorization"].endswith(credential)])
                          for m in self.members) == 4, what="four requests in flight")
        for member in self.members:
            reply = member.get("/v1/items", credential=credential)
            self.assertEqual((reply.status, reply.error["code"]), (429, "concurrency_exceeded"))
        self.members[0].service.release.set()
        # Two are free, for whoever comes first; both places are given back by the gateway that held them.
        until(lambda: self.ask(self.members[2], credential)[0] == 200, what="a free place elsewhere")
        for held in (3, 4):
            def take():
                self.hold(self.members[1], credential, 1)
                return self.seen(self.members[1], credential, held)
            until(take, what="both places at one gateway")
        self.assertEqual(self.ask(self.members[2], credential), [429])

    def test_many_at_once_never_are_too_many(self):
        credential = self.credential(limit_tenant_concurrency=10)
        clients = [client for _ in range(8) for member in self.members for client in self.hold(member, credential, 1)]

        def ten():
            if self.in_flight(credential) < 10:
                clients.extend(self.hold(self.members[0], credential, 1))
            return self.in_flight(credential) >= 10
        until(ten, 20, "ten in flight")
        refused = 0
        for client in clients:
            client.socket.settimeout(0.2)
            try:
                refused += client.reply().status == 429
            except TimeoutError:
                pass
        self.assertEqual((refused, self.in_flight(credential)), (len(clients) - 10, 10))

    def seen(self, member, credential, n):
        """Whether so many have come through, or the latest was refused."""
        def all_came():
            return len([r for r in member.service.seen() if r["headers"]["authorization"].endswith(credential)])
        end = time.monotonic() + 0.5
        while all_came() < n and time.monotonic() < end:
            time.sleep(0.01)
        return all_came() == n

    def test_places_of_a_dead_gateway_are_free_again(self):
        dead = Member(self.valkey.url)
        try:
            until(dead.shares, 10, "a fourth gateway")
            tenant = str(uuid.uuid4())
            credential = self.credential(limit_tenant_concurrency=3, tenant=tenant)
            dead.auth.add(credential, limit_tenant_concurrency=3, tenant=tenant)
            self.hold(dead, credential, 3)
            until(lambda: len(dead.service.seen()) == 3, what="three in flight")
            self.assertEqual(self.ask(self.members[0], credential), [429])
            for pid in (*dead.worker_pids(), dead.nginx.pid, dead.helper.pid):
                os.kill(pid, signal.SIGKILL)
            until(lambda: self.ask(self.members[0], credential) == [200], 40, "a place of the dead")
        finally:
            dead.close()


class Away(LeaseTest):
    """The server, or what asks it, is killed, stopped, emptied."""

    limit = 120

    def setUp(self):
        # What was away before this test is forgotten: no bucket is held for as good as empty.
        for member in self.members:
            member.kill_helper()
            member.start_helper()
        super().setUp()

    def part_only(self, credential):
        """All of them together have one part."""
        begin = time.monotonic()
        admitted, seconds = self.flood(credential, self.limit)
        self.assertLessEqual(admitted, self.limit / self.number * 1.01 + self.limit * (time.monotonic() - begin) / 60 + self.number)
        return admitted, seconds

    def exhausted(self):
        credential = self.credential(limit_tenant_rpm=self.limit)
        self.drain(credential, self.limit, self.limit)
        return credential

    def test_killed(self):
        credential = self.exhausted()
        self.valkey.kill()
        try:
            until(lambda: self.ask(self.members[0], credential) == [200], what="this gateway's part")
            self.part_only(credential)
        finally:
            self.valkey.start()
        self.all_know()
        # It has forgotten all, and counts as having held one part.
        admitted, seconds = self.flood(credential, self.limit)
        self.assertLessEqual(admitted, self.limit / self.number + self.limit * (seconds + 5) / 60 + self.number)

    def test_started_again_between_two_questions(self):
        """Nobody saw that it was away."""
        credential = self.exhausted()
        self.valkey.kill()
        self.valkey.start()
        begin = time.monotonic()
        self.all_know()
        admitted, _ = self.flood(credential, self.limit)
        self.assertLessEqual(admitted, 2 * self.limit / self.number + self.limit * (time.monotonic() - begin) / 60 + self.number)

    def test_stopped(self):
        credential = self.exhausted()
        self.valkey.process.send_signal(signal.SIGSTOP)
        try:
            self.part_only(credential)
        finally:
            self.valkey.process.send_signal(signal.SIGCONT)
        self.all_know()
        self.assertLess(self.flood(credential, self.limit)[0], self.limit)

    def test_the_helper_is_killed(self):
        credential = self.exhausted()
        for member in self.members:
            member.kill_helper()
        try:
            self.part_only(credential)
        finally:
            for member in self.members:
                member.start_helper()
        self.all_know()
        # Valkey had it all along: nothing more is there than has flowed back.
        admitted, seconds = self.flood(credential, self.limit)
        self.assertLessEqual(admitted, self.limit * (seconds + 10) / 60 + self.number)

    def test_the_helper_is_stopped(self):
        credential = self.exhausted()
        for member in self.members:
            member.helper.send_signal(signal.SIGSTOP)
        try:
            begin = time.monotonic()
            self.assertEqual(self.members[0].get("/v1/items", credential=self.credential(limit_tenant_rpm=60)).status, 200)
            self.assertLess(time.monotonic() - begin, 10)
            self.part_only(credential)
        finally:
            for member in self.members:
                member.helper.send_signal(signal.SIGCONT)
        self.all_know()

    def test_emptied(self):
        credential = self.exhausted()
        self.members[0].service.release.set()
        cli = shutil.which("redis-cli") or shutil.which("valkey-cli")
        if not cli:
            self.skipTest("no client of the server")
        subprocess.run([cli, "-s", self.valkey.path, "FLUSHALL"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([cli, "-s", self.valkey.path, "SCRIPT", "FLUSH"], check=True, stdout=subprocess.DEVNULL)
        # Whoever asks first notices, and has by then leased a sixteenth ahead.
        begin = time.monotonic()
        self.ask(self.members[0], credential)
        admitted, seconds = self.flood(credential, self.limit)
        self.assertLessEqual(admitted, self.limit / self.number + self.limit * (time.monotonic() - begin) / 60
                             + self.limit / 16 + self.number)

    def test_a_worker_is_killed_while_it_asks(self):
        credential = self.credential(limit_tenant_rpm=600)
        for _ in range(3):
            for pid in self.members[0].worker_pids():
                os.kill(pid, signal.SIGKILL)
            until(lambda: self.members[0].worker_pids(), what="a new worker")
            until(lambda: self.members[0].ready() and self.ask(self.members[0], credential) == [200], 5, "an answer")


class Reloads(LeaseTest):
    number, workers = 2, 2

    def test_what_is_held_stays_over_a_reload(self):
        credential = self.credential(limit_tenant_concurrency=2, limit_tenant_rpm=40)
        held = self.hold(self.members[0], credential, 2)
        until(lambda: self.in_flight(credential) == 2, what="two in flight")
        self.members[0].reload()
        for member in self.members:
            until(lambda m=member: m.get("/v1/items", credential=credential).error["code"] == "concurrency_exceeded",
                  what="the places still taken")
        self.members[0].service.release.set()
        for client in held:
            self.assertEqual(client.reply().status, 200)
        until(lambda: self.ask(self.members[1], credential) == [200], what="a free place")

    def test_two_workers_share_what_one_has_leased(self):
        credential = self.credential(limit_tenant_rpm=300)
        admitted, seconds = self.drain(credential, 300, 150, threads=4)
        self.assertLessEqual(admitted, 300 * (1.01 + seconds / 60) + 1)


if __name__ == "__main__":
    unittest.main()
