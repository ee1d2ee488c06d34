# SPDX-License-Identifier: Apache-2.0
"""Audit events of all tenants on their way to the operator's syslog: in order, at least once, whatever the receiver does."""
import concurrent.futures
import json
import os
import signal
import tempfile
import time

from base import PlatformTest, main, until
from instance import Instance
from ports import free_port
from syslog_sink import Receiver
from tls_front import make_certificate
from wire import Http

SCOPES = ("audit:read", "files:read", "files:write")
PLATFORM = "00000000-0000-0000-0000-000000000001"


class Syslog(PlatformTest):
    """A platform of its own, which sends to a receiver of the test's."""

    scheme, settings, pair = "tcp", {}, ()

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="bh-syslog-")
        cls.addClassCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        cls.prepare(folder.name)
        kept = os.path.join(folder.name, "kept")
        os.mkdir(kept)
        cls.receiver = Receiver(kept, free_port(), *cls.pair)
        cls.addClassCleanup(cls.receiver.kill)
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false",
                          auth_syslog=f"{cls.scheme}://127.0.0.1:{cls.receiver.port}", **cls.settings)
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()

    @classmethod
    def prepare(cls, folder):
        """Before the platform starts."""

    def setUp(self):
        self.addCleanup(self.receiver.kill)
        self.tenant = self.bh.tenant(scopes=SCOPES)

    def ask(self, count, tenant=None):
        tenant = tenant or self.tenant
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for reply in pool.map(lambda _: tenant.call("GET", "/v1/files"), range(count)):
                self.ok(reply)

    def size(self, tenant):
        """How many events the tenant's chain has."""
        rows = self.bh.psql(f"SELECT size FROM bulkhead.audit_chain WHERE tenant_id = '{tenant.id}'")
        return int(rows[0][0]) if rows else 0

    def sent(self, tenant):
        """The position before which all was read, by the platform's account."""
        rows = self.bh.psql(f"SELECT position FROM bulkhead.audit_syslog WHERE tenant_id = '{tenant.id}'")
        return int(rows[0][0]) if rows else 0

    def state(self):
        """How the platform says it is."""
        rows = self.bh.psql("SELECT failures, coalesce(error, ''), epoch FROM bulkhead.audit_syslog_sender")
        return (int(rows[0][0]), rows[0][1]) if rows else (0, "")

    def complete(self, tenant, least, seconds=60):
        """Waits until the receiver has each event of a tenant."""
        def whole():
            size = self.size(tenant)
            return size >= least and set(self.receiver.positions(tenant.id)) == set(range(size))
        until(whole, seconds, "all events of a tenant", pause=0.3)

    def in_order(self, tenant):
        """Each connection goes on one by one, from a position that was reached before; answers how many came again."""
        reached = again = 0
        for connection in self.receiver.connections():
            positions = [each["event"]["position"] for each in connection if each["event"]["tenant_id"] == tenant.id]
            if not positions:
                continue
            self.assertEqual(positions, list(range(positions[0], positions[0] + len(positions))))
            self.assertLessEqual(positions[0], reached)
            again += max(0, min(reached, positions[-1] + 1) - positions[0])
            reached = max(reached, positions[-1] + 1)
        return again


class Plain(Syslog):
    """Over TCP."""

    settings = {"auth_syslog_enterprise": "4294967295"}

    def test_events_of_all_tenants_come_in_order(self):
        self.receiver.start()
        other = self.bh.tenant(scopes=SCOPES)
        self.ask(20)
        self.ask(5, other)
        self.refused(self.tenant.call("GET", "/v1/files/file-" + "0" * 32), 404)
        self.complete(self.tenant, 21)
        self.complete(other, 5)
        self.assertEqual(self.in_order(self.tenant), 0)
        self.assertTrue(self.receiver.messages(PLATFORM))
        for message in self.receiver.messages(self.tenant.id):
            event = message["event"]
            self.assertEqual((message["app"], message["process"], message["id"]), ("bulkhead", "-", event["action"][:32]))
            self.assertEqual(int(message["pri"]), 13 * 8 + (4 if event["status"] >= 400 else 6))
            self.assertEqual(message["time"], event["time"])
            self.assertIn(f'[bulkhead@4294967295 tenant="{self.tenant.id}" position="{event["position"]}"]', message["data"])
        self.assertTrue([each for each in self.receiver.messages(self.tenant.id) if each["pri"] == "108"])
        # they are what an export proves
        export = [json.loads(line) for line in self.tenant.call("GET", "/api/audit/export").body.decode().splitlines()[1:-1]]
        came = {each["event"]["position"]: each["event"] for each in self.receiver.messages(self.tenant.id)}
        self.assertGreaterEqual(len(export), 21)
        self.assertEqual([came[event["position"]] for event in export[:21]], export[:21])
        until(lambda: self.sent(self.tenant) >= 21, 60, "that the receiver has read it", pause=0.3)

    def test_a_receiver_that_is_killed_in_the_middle_gets_all(self):
        self.ask(300)
        self.receiver.start(rate=60000)
        until(lambda: len(self.receiver.positions(self.tenant.id)) > 60, 60, "some events", pause=0.05)
        self.receiver.kill()
        self.assertLess(len(set(self.receiver.positions(self.tenant.id))), 300)
        until(lambda: self.state()[0] > 0, 30, "a failure", pause=0.2)
        self.receiver.start()
        self.complete(self.tenant, 300, 120)
        self.assertGreater(self.in_order(self.tenant), 0)

    def test_a_tenant_that_floods_delays_nobody(self):
        other = self.bh.tenant(scopes=SCOPES)
        self.ask(600)
        self.ask(3, other)
        until(lambda: self.size(self.tenant) >= 600 and self.size(other) >= 3, 30, "the index", pause=0.2)
        self.receiver.start(rate=150000)
        until(lambda: len(set(self.receiver.positions(other.id))) >= 3, 60, "the other tenant's", pause=0.1)
        self.assertLess(len(set(self.receiver.positions(self.tenant.id))), 450)
        self.complete(self.tenant, 600, 120)
        self.in_order(self.tenant)

    def test_it_goes_on_over_kills_of_the_sender(self):
        self.receiver.start()
        for _ in range(2):
            self.ask(20)
            self.bh.replaced("auth", self.bh.kill("auth", signal.SIGKILL), 30)
        self.ask(5)
        # who was killed while it sent holds its turn for a minute
        self.complete(self.tenant, 45, 150)
        self.in_order(self.tenant)

    def test_a_receiver_that_is_away_is_told_of_once_and_costs_nothing_else(self):
        self.ask(10)
        failures, error = until(lambda: self.state() if self.state()[0] > 1 else None, 30, "failures", pause=0.2)
        self.assertIn("refused", error)
        self.assertLess(failures, 10)
        said = [line for line in self.bh.log_tail("auth", 1000).splitlines() if "audit events to the syslog" in line]
        self.assertEqual(len(said), 1, said)
        key = self.bh.cli("key", "create", "--tenant", "platform", "--name", "scrape", "--scope", "metrics:read")["key"]

        def figures():
            lines = Http(self.bh.address, key).call("GET", "/metrics/auth").body.decode().splitlines()
            found = dict(line.split() for line in lines if line.startswith("bulkhead_audit_syslog_"))
            return found if int(found["bulkhead_audit_syslog_failures"]) else None
        found = until(figures, 40, "the metrics", pause=0.5)
        self.assertGreaterEqual(int(found["bulkhead_audit_syslog_lag_events"]), 10)
        self.assertRegex(self.bh.run("doctor").stdout, r"FAIL\s+audit syslog .*refused")
        self.receiver.start()
        self.complete(self.tenant, 10, 90)
        until(lambda: self.state() == (0, ""), 60, "that all is well", pause=0.5)
        until(lambda: "ok    audit syslog" in self.bh.run("doctor").stdout, 60, "the doctor", pause=1)

    def test_a_tenant_that_is_deleted_leaves_nothing(self):
        self.receiver.start()
        self.ask(3)
        until(lambda: self.sent(self.tenant) >= 3, 60, "its events", pause=0.3)
        self.bh.cli("tenant", "delete", self.tenant.id, "--confirm", self.tenant.name)
        until(lambda: not self.bh.psql(f"SELECT FROM bulkhead.audit_chain WHERE tenant_id = '{self.tenant.id}'"), 120,
              "the deletion", pause=0.5)
        time.sleep(2 * 1.0)  # the worker looks every second: it would add the row again
        self.assertEqual(self.bh.psql(f"SELECT FROM bulkhead.audit_syslog WHERE tenant_id = '{self.tenant.id}'"), [])


class Tls(Syslog):
    """Over TLS, by a certificate that the setting names."""

    scheme = "tls"

    @classmethod
    def prepare(cls, folder):
        cls.pair = make_certificate(folder, "syslog", "127.0.0.1")
        cls.others = make_certificate(folder, "others", "127.0.0.1")
        os.chmod(cls.pair[0], 0o644)
        cls.settings = {"auth_syslog_ca_file": cls.pair[0]}

    def test_a_receiver_is_trusted_by_its_certificate_only(self):
        trusted, self.receiver.pair = self.receiver.pair, list(self.others)
        self.receiver.start()
        self.ask(20)
        until(lambda: "ertificate" in self.state()[1], 30, "a refusal", pause=0.2)
        self.assertEqual(self.receiver.messages(), [])
        self.receiver.kill()
        self.receiver.pair = trusted
        self.receiver.start()
        self.complete(self.tenant, 20, 90)
        until(lambda: self.sent(self.tenant) >= 20, 60, "that the receiver has read it", pause=0.3)
        self.assertEqual(self.state(), (0, ""))
        self.assertEqual(self.in_order(self.tenant), 0)
        self.assertNotIn("bulkhead@", self.receiver.messages()[0]["data"])

    def test_a_receiver_that_is_killed_in_the_middle_gets_all(self):
        self.ask(200)
        self.receiver.start(rate=60000)
        until(lambda: len(self.receiver.positions(self.tenant.id)) > 40, 60, "some events", pause=0.05)
        self.receiver.kill()
        self.receiver.start()
        self.complete(self.tenant, 200, 120)
        self.in_order(self.tenant)


if __name__ == "__main__":
    main()
