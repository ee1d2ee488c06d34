# SPDX-License-Identifier: Apache-2.0
"""What an operator sees: metrics of every process in the exposition format, without tenants but for a few."""
import glob
import http.server
import json
import os
import re
import shutil
import subprocess
import threading
import unittest

import yaml

from base import PlatformTest, main, until, wire

import exposition
import services
from instance import Instance

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


class Collector(http.server.BaseHTTPRequestHandler):
    """A collector of OTLP over HTTP, which keeps what comes."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((self.path, body.decode()))
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


class Traces(unittest.TestCase):
    """A platform of its own, with a collector."""

    @classmethod
    def setUpClass(cls):
        cls.collector = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
        cls.collector.got = []
        threading.Thread(target=cls.collector.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.collector.server_close)
        cls.addClassCleanup(cls.collector.shutdown)
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false", trace_percent=0,
                          trace_otlp_url=f"http://127.0.0.1:{cls.collector.server_port}")
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.tenant = cls.bh.tenant()

    def spans(self, trace):
        """Spans of a trace by the service that sent them."""
        found = []
        for path, body in list(self.collector.got):
            self.assertEqual(path, "/v1/traces")
            for resource in json.loads(body)["resourceSpans"]:
                named = {each["key"]: each["value"].get("stringValue") for each in resource["resource"]["attributes"]}
                found += [(named["service.name"], span) for scope in resource["scopeSpans"] for span in scope["spans"]
                          if span["traceId"] == trace]
        return found

    def ask(self, trace, flags, word):
        reply = self.tenant.call("POST", "/v1/chat/completions",
                                 {"model": "mock-chat", "messages": [{"role": "user", "content": word}]},
                                 headers=[("traceparent", f"00-{trace}-00f067aa0ba902b7-{flags}")])
        self.assertEqual(reply.status, 200, reply)

    def test_a_call_is_one_trace_from_the_gateway_to_the_engine_without_its_words(self):
        trace, word = os.urandom(16).hex(), "marmalade" + os.urandom(4).hex()
        self.ask(trace, "01", word)
        found = until(lambda: (lambda s: s if len(s) >= 3 and {"bulkhead-gateway", "bulkhead-model"} <= {n for n, _ in s} else None)
                      (self.spans(trace)), 20, "the spans of a call")
        gateway = next(span for name, span in found if name == "bulkhead-gateway")
        server = next(span for name, span in found if name == "bulkhead-model" and span["kind"] == 2)
        engine = next(span for name, span in found if name == "bulkhead-model" and span["kind"] == 3)
        self.assertEqual(gateway["parentSpanId"], "00f067aa0ba902b7")
        self.assertEqual(server["parentSpanId"], gateway["spanId"])
        self.assertEqual(engine["parentSpanId"], server["spanId"])
        self.assertEqual((server["name"], engine["name"]), ("POST /v1/chat/completions", "chat mock-chat"))
        named = {each["key"]: each["value"] for each in engine["attributes"]}
        self.assertEqual((named["gen_ai.operation.name"], named["gen_ai.request.model"]),
                         ({"stringValue": "chat"}, {"stringValue": "mock-chat"}))
        self.assertGreater(int(named["gen_ai.usage.input_tokens"]["intValue"]), 0)
        self.assertGreater(int(named["gen_ai.usage.output_tokens"]["intValue"]), 0)
        for span in (server, engine):
            self.assertLessEqual(int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"]))
        everything = "".join(body for _, body in self.collector.got)
        for secret in (word, self.tenant.key, self.tenant.id, self.tenant.name):
            self.assertNotIn(secret, everything)

    def test_what_is_not_sampled_is_not_sent(self):
        unsampled, sampled = os.urandom(16).hex(), os.urandom(16).hex()
        self.ask(unsampled, "00", "hello")
        self.ask(sampled, "01", "hello")
        until(lambda: {"bulkhead-gateway", "bulkhead-model"} <= {name for name, _ in self.spans(sampled)}, 20, "a later trace")
        self.assertEqual(self.spans(unsampled), [])

    def test_wrong_settings_are_told_at_the_start(self):
        done = self.bh.run("doctor", environment=self.bh.environment | {"BULKHEAD_TRACE_OTLP_URL": "localhost:4318"})
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("trace.otlp_url", done.stderr)


if __name__ == "__main__":
    main()
