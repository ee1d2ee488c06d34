# SPDX-License-Identifier: Apache-2.0
"""What an operator sees: metrics of every process in the exposition format, without tenants but for a few."""
import os
import re
import shutil
import subprocess
import unittest

from base import PlatformTest, main, until, wire

import exposition
import services


class Metrics(PlatformTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = cls.bh.cli("key", "create", "--tenant", "platform", "--name", "scrape", "--scope", "metrics:read")["key"]

    def read(self, path):
        reply = wire.Http(self.bh.address, self.key).call("GET", path)
        self.assertEqual(reply.status, 200, reply)
        self.assertTrue(reply.headers["content-type"].startswith("text/plain"), reply.headers)
        return reply.body.decode()

    def paths(self):
        return ["/metrics"] + [f"/metrics/{name}" for name in services.names()]

    def test_every_process_answers_in_the_exposition_format(self):
        for path in self.paths():
            with self.subTest(path=path):
                self.assertEqual(exposition.faults(self.read(path)), [])

    def test_promtool_finds_nothing_to_complain_about(self):
        promtool = os.environ.get("PROMTOOL") or shutil.which("promtool")
        if not promtool:
            self.skipTest("promtool is not installed; PROMTOOL names one")
        for path in self.paths():
            with self.subTest(path=path):
                done = subprocess.run([promtool, "check", "metrics"], input=self.read(path), capture_output=True, text=True,
                                      check=False)
                self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_only_the_platform_reads_them(self):
        for path in self.paths():
            with self.subTest(path=path):
                self.refused(self.acme().call("GET", path), 403)
                self.refused(wire.Http(self.bh.address).call("GET", path), 401)
        self.refused(wire.Http(self.bh.address, self.key).call("GET", "/metrics/nobody"), 404)

    def test_the_whole_platform_is_told(self):
        gateway, auth, model = (self.read(path) for path in ("/metrics", "/metrics/auth", "/metrics/model"))
        for text, names in ((gateway, ("bulkhead_gateway_requests_total", "bulkhead_process_ready", "bulkhead_disk_free_bytes",
                                       "bulkhead_ready", "bulkhead_build_info", "bulkhead_audit_bytes")),
                            (auth, ("bulkhead_database_bytes", "bulkhead_tenants", "bulkhead_reservations",
                                    "bulkhead_quarantined", "bulkhead_database_clock_ahead_seconds", "bulkhead_build_info")),
                            (model, ("bulkhead_model_settlement_lag_seconds", "bulkhead_model_tokens_total",
                                     "bulkhead_service_held", "bulkhead_service_db_connections"))):
            for name in names:
                with self.subTest(name=name):
                    self.assertRegex(text, rf"(?m)^{name}(\{{| )")

    def test_a_call_is_counted_with_its_tokens(self):
        def tokens():
            return sum(float(value) for value in re.findall(r"(?m)^bulkhead_model_tokens_total\{.*\} (\S+)$",
                                                            self.read("/metrics/model")))
        before = tokens()
        self.ok(self.chat(self.acme()))
        until(lambda: tokens() > before, 10, "the tokens of a call")

    def test_tenants_are_in_few_lines_only(self):
        """However many there are: the busiest of each service, and no other metric names one."""
        tenant = self.acme()
        for path in self.paths():
            for name, labels, _ in exposition.samples(self.read(path)):
                if name.startswith("bulkhead_service_tenant_"):
                    self.assertEqual(sorted(labels), ["service", "tenant"])
                    continue
                self.assertNotIn("tenant", labels, name)
                self.assertNotIn(tenant.id, labels.values(), name)


if __name__ == "__main__":
    main()
