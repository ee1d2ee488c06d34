# SPDX-License-Identifier: Apache-2.0
"""Whose lines are kept: those of strangers lie apart and are sampled, and nobody's refusals push others' acts out."""

import contextlib
import re
import unittest
import uuid

from harness import Client, GatewayTest, until


class AuditTest(GatewayTest):
    """10 lines a minute for an address, 25 for all strangers, 8 refusals for a tenant."""

    def edit(text):
        text = re.sub(r"bulkhead_by_address lines rate=\d+", "bulkhead_by_address lines rate=10", text)
        text = re.sub(r"refusals=\d+;", "refusals=8;", text)
        return re.sub(r" lines=\d+;", " lines=25;", text)

    def ask(self, target, n=1, source="127.0.0.1", credential=None):
        replies = []
        with contextlib.closing(Client(("127.0.0.1", self.gateway.port), source=source)) as client:
            for _ in range(n):
                replies.append(client.request("GET", target, {"Authorization": f"Bearer {credential}"} if credential
                                              else {}))
        return replies

    def acts(self):
        return self.gateway.audit_lines("audit-gateway")

    def strangers(self):
        return self.gateway.audit_lines("audit-anonymous")

    def flushed(self):
        """Everything up to now is written: a later act is there."""
        marker = self.gateway.get("/v1/items").headers["x-request-id"]
        until(lambda: any(line["request_id"] == marker for line in self.acts()), what="the marker's line")


class Strangers(AuditTest):
    def test_each_address_has_so_many_lines_and_all_together(self):
        before = self.gateway.metrics()
        self.ask("/nowhere", 200, "127.0.10.1")
        self.flushed()
        lines = [line for line in self.strangers() if line["client"] == "127.0.10.1"]
        self.assertEqual(len(lines), 10)
        self.ask("/nowhere", 10, "127.0.10.2")
        self.ask("/nowhere", 10, "127.0.10.3")
        self.flushed()
        counts = [len([line for line in self.strangers() if line["client"] == f"127.0.10.{n}"]) for n in (1, 2, 3)]
        self.assertEqual(counts, [10, 10, 5])
        after = self.gateway.metrics()
        written, unwritten = (after[name] - before[name] for name in
                              ("bulkhead_gateway_audit_anonymous_lines_total",
                               "bulkhead_gateway_audit_anonymous_unwritten_total"))
        self.assertEqual((written, unwritten), (25, 195))
        # Nothing of theirs is among the acts of tenants, and every request is still counted.
        self.assertFalse([line for line in self.acts() if line["tenant_id"] is None])
        self.assertEqual(after['bulkhead_gateway_requests_total{route="unrouted",status="4xx",decision="none"}'], 220)


class SignIn(AuditTest):
    def test_one_that_went_well_is_an_act(self):
        good = self.gateway.get("/api/auth/sessions", method="POST", body=b"{}", credential=None)
        wrong = self.gateway.get("/v1/items", credential="wrong")
        self.flushed()
        self.assertIn(good.headers["x-request-id"], [line["request_id"] for line in self.acts()])
        self.assertIn(wrong.headers["x-request-id"], [line["request_id"] for line in self.strangers()])


class Refusals(AuditTest):
    def test_a_tenant_s_are_sampled_and_another_s_acts_all_kept(self):
        names = []
        for _ in range(2):
            names.append("key-" + uuid.uuid4().hex)
            self.gateway.auth.add(names[-1], tenant=str(uuid.uuid4()), credential=str(uuid.uuid4()), limit_key_rpm=3)
        self.assertEqual([reply.status for reply in self.ask("/v1/items", 53, credential=names[0])],
                         [200] * 3 + [429] * 50)
        self.ask("/v1/items", 4, credential=names[1])
        self.gateway.auth.add("quiet", tenant="eeeeeeee-0000-4000-8000-00000000000e")
        self.ask("/v1/items", 60, credential="quiet")
        self.flushed()
        lines = self.acts()
        tenants = {name: self.gateway.auth.known[name]["tenant"] for name in names + ["quiet"]}
        counts = {name: [len([line for line in lines if line["tenant_id"] == tenant and (line["status"] == 200) == good])
                         for good in (True, False)] for name, tenant in tenants.items()}
        self.assertEqual(counts, {names[0]: [3, 8], names[1]: [3, 1], "quiet": [60, 0]})
        self.assertEqual(self.gateway.metrics()["bulkhead_gateway_audit_refusals_unwritten_total"], 42)


class Supervisor(AuditTest):
    def test_what_the_supervisor_counts_is_shown_too(self):
        with open(self.gateway.path("run/supervisor.prom"), "w") as file:
            file.write("# TYPE bulkhead_audit_bytes gauge\nbulkhead_audit_bytes 4096\n")
        self.assertEqual(self.gateway.metrics()["bulkhead_audit_bytes"], 4096)


if __name__ == "__main__":
    unittest.main()
