# SPDX-License-Identifier: Apache-2.0
"""What an operator sees: metrics of every process in the exposition format, without tenants but for a few."""
import glob
import json
import os
import re
import shutil
import subprocess
import unittest

import yaml

from base import PlatformTest, main, until, wire

import exposition
import services

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OBSERVE = os.path.join(ROOT, "deploy/observe")
PROMTOOL = os.environ.get("PROMTOOL") or shutil.which("promtool")
NO_PROMTOOL = "promtool is not installed; PROMTOOL names one"


def text(*names):
    with open(os.path.join(*names), encoding="utf-8") as file:
        return file.read()


def rules():
    return [rule for group in yaml.safe_load(text(OBSERVE, "rules.yml"))["groups"] for rule in group["rules"]]


def expressions():
    """(where, expression) of all rules and panels."""
    for rule in rules():
        yield rule.get("alert") or rule["record"], rule["expr"]
    for path in sorted(glob.glob(os.path.join(OBSERVE, "dashboards/*.json"))):
        for panel in json.loads(text(path))["panels"]:
            for target in panel["targets"]:
                yield f"{os.path.basename(path)}: {panel['title']}", target["expr"]


def metrics_in(expression):
    """The names of metrics in an expression, which all have our prefix, and `up`."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", expression)
    return set(re.findall(r"\b(?:bulkhead[a-z0-9_:]*|up)\b", bare))


class Files(unittest.TestCase):
    """deploy/observe by itself: needs no platform."""

    def promtool(self, *arguments):
        if not PROMTOOL:
            self.skipTest(NO_PROMTOOL)
        done = subprocess.run([PROMTOOL, *arguments], cwd=OBSERVE, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_rules_are_valid(self):
        self.promtool("check", "rules", "rules.yml")

    def test_each_alert_is_raised_by_what_it_is_about(self):
        self.promtool("test", "rules", "rules_test.yml")

    def test_the_example_is_valid(self):
        self.promtool("check", "config", "--syntax-only", "prometheus.yml")

    def test_each_alert_has_its_place_in_the_runbook_and_its_tests(self):
        headings = re.findall(r"(?m)^## (\w+)$", text(ROOT, "docs/runbook.md"))
        tests = yaml.safe_load(text(OBSERVE, "rules_test.yml"))["tests"]
        cases = [case for test in tests for case in test["alert_rule_test"]]
        alerts = [rule for rule in rules() if "alert" in rule]
        self.assertEqual([rule["alert"] for rule in alerts], headings)
        for rule in alerts:
            with self.subTest(alert=rule["alert"]):
                self.assertEqual(rule["annotations"]["runbook"], f"docs/runbook.md#{rule['alert'].lower()}")
                self.assertIn(rule["labels"]["severity"], ("critical", "warning", "info"))
                raised = [bool(case["exp_alerts"]) for case in cases if case["alertname"] == rule["alert"]]
                self.assertEqual(sorted(raised), [False, True])

    def test_dashboards_are_what_grafana_imports(self):
        found = [json.loads(text(path)) for path in glob.glob(os.path.join(OBSERVE, "dashboards/*.json"))]
        self.assertEqual(sorted(each["uid"] for each in found),
                         [f"bulkhead-{name}" for name in ("engines", "gateway", "ingestion", "money", "overview", "tenants")])
        for each in found:
            ids = [panel["id"] for panel in each["panels"]]
            self.assertEqual(len(ids), len(set(ids)))
            for panel in each["panels"]:
                self.assertLessEqual(panel["gridPos"]["x"] + panel["gridPos"]["w"], 24)
                self.assertTrue(panel["targets"])

    def test_the_example_reads_every_service(self):
        """But for the stand-in of Stripe, which production does not use."""
        job = yaml.safe_load(text(OBSERVE, "prometheus.yml"))["scrape_configs"][0]
        paths = {each["labels"]["service"]: each["labels"]["__metrics_path__"] for each in job["static_configs"]}
        self.assertEqual(paths, {"gateway": "/metrics"} | {name: f"/metrics/{name}" for name in services.names()
                                                           if name != "stripemock"})


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
        if not PROMTOOL:
            self.skipTest(NO_PROMTOOL)
        for path in self.paths():
            with self.subTest(path=path):
                done = subprocess.run([PROMTOOL, "check", "metrics"], input=self.read(path), capture_output=True, text=True,
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

    def test_rules_and_dashboards_name_only_metrics_that_exist(self):
        exist = {"up"} | {rule["record"] for rule in rules() if "record" in rule}
        for path in self.paths():
            exist |= exposition.declared(self.read(path))
        found = list(expressions())
        self.assertGreater(len(found), 80)
        for where, expression in found:
            with self.subTest(where=where):
                names = metrics_in(expression)
                self.assertTrue(names)
                self.assertEqual(names - exist, set())

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
