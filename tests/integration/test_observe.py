# SPDX-License-Identifier: Apache-2.0
"""What an operator sees: metrics of every process in the exposition format, without tenants but for a few."""
import glob
import http.server
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import unittest

import yaml

from base import PlatformTest, main, until, wire

import exposition
import services
from instance import Instance
from ports import free_port

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OBSERVE = os.path.join(ROOT, "deploy/observe")
COMPOSE = os.path.join(ROOT, "deploy/compose")
UNPACKED = os.path.join(ROOT, "var/test-promtool/promtool")
PROMTOOL = os.environ.get("PROMTOOL") or shutil.which("promtool") or (UNPACKED if os.access(UNPACKED, os.X_OK) else None)
NO_PROMTOOL = "promtool is not here; `scripts/setup test` fetches it, or PROMTOOL names one"


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
        for file in (os.path.join(OBSERVE, "prometheus.yml"), os.path.join(COMPOSE, "prometheus.yml")):
            job = yaml.safe_load(text(file))["scrape_configs"][0]
            paths = {each["labels"]["service"]: each["labels"]["__metrics_path__"] for each in job["static_configs"]}
            self.assertEqual(paths, {"gateway": "/metrics"} | {name: f"/metrics/{name}" for name in services.names()
                                                               if name != "stripemock"}, file)

    def test_grafana_finds_what_compose_mounts(self):
        """Both are provisioned by folders that its container has from here."""
        grafana = yaml.safe_load(text(COMPOSE, "compose.yaml"))["services"]["grafana"]
        mounts = dict(each.split(":")[1::-1] for each in grafana["volumes"])
        self.assertTrue(os.path.isdir(os.path.join(COMPOSE, mounts["/etc/grafana/provisioning"], "datasources")))
        source, = yaml.safe_load(text(OBSERVE, "grafana/datasources/bulkhead.yml"))["datasources"]
        self.assertEqual((source["type"], source["url"]), ("prometheus", "http://prometheus:9090"))
        provider, = yaml.safe_load(text(OBSERVE, "grafana/dashboards/bulkhead.yml"))["providers"]
        self.assertEqual(os.path.realpath(os.path.join(COMPOSE, mounts[provider["options"]["path"]])),
                         os.path.realpath(os.path.join(OBSERVE, "dashboards")))


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


class Doctor(PlatformTest):
    """What the doctor looks at by itself; how it judges is tested beside it."""

    def line(self, what, *arguments, **environment):
        """The mark and text of one finding, with what is to be done."""
        done = self.bh.run("doctor", *arguments, environment=self.bh.environment | environment)
        found = re.search(rf"(?m)^(ok  |WARN|FAIL)  {what} +(.*(?:\n +to do: .*)?)$", done.stdout)
        self.assertIsNotNone(found, done.stdout + done.stderr)
        return found[1].strip(), found[2], done

    def folder(self):
        folder = tempfile.mkdtemp(prefix="bh-doctor-")
        self.addCleanup(shutil.rmtree, folder)
        return folder

    def test_a_running_platform_is_well(self):
        for what, text in (("clock", "this machine's"), ("postgresql", "version"), ("extension", "is installed"),
                           ("connections", "accepts"), ("migrations", "0 are pending"), ("disk", "MiB free"),
                           ("secrets", "no file"), ("open files", "allowed")):
            with self.subTest(what=what):
                mark, found, _ = self.line(what)
                self.assertIn(text, found)
                self.assertIn(mark, ("ok", "WARN") if what == "disk" else ("ok",))

    def test_an_open_address_without_tls(self):
        mark, text, done = self.line("https", BULKHEAD_LISTEN=f"0.0.0.0:{free_port()}")
        self.assertEqual(mark, "FAIL")
        self.assertIn("to do: put a proxy with TLS", text)
        self.assertNotEqual(done.returncode, 0)

    def test_a_port_in_use(self):
        with tempfile.TemporaryDirectory(prefix="bh-doctor-") as home:
            _, _, done = self.line("disk", BULKHEAD_HOME=home)
        self.assertRegex(done.stdout, r"(?m)^FAIL  address +.*" + str(self.bh.port))

    def test_certificates(self):
        folder = self.folder()
        for days, mark, said in ((400, "ok", "days left"), (5, "WARN", "renew it")):
            path = os.path.join(folder, f"{days}.pem")
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", os.devnull, "-subj", "/CN=x",
                            "-days", str(days), "-out", path], check=True, capture_output=True)
            found = self.line("certificate", BULKHEAD_TRACE_CA_FILE=path)
            self.assertEqual(found[0], mark, found)
            self.assertIn(said, found[1])
        self.assertEqual(self.line("certificate", BULKHEAD_TRACE_CA_FILE=os.path.join(folder, "none"))[0], "FAIL")

    def test_backups(self):
        folder = self.folder()
        self.assertIn("not set", self.line("backup")[1])
        self.assertEqual(self.line("backup", BULKHEAD_SUPERVISOR_BACKUP_FOLDER=folder)[0], "FAIL")
        path = os.path.join(folder, "base")
        with open(path, "w", encoding="utf-8"):
            pass
        self.assertEqual(self.line("backup", BULKHEAD_SUPERVISOR_BACKUP_FOLDER=folder)[0], "ok")
        os.utime(path, (0, 0))
        self.assertEqual(self.line("backup", BULKHEAD_SUPERVISOR_BACKUP_FOLDER=folder)[0], "FAIL")

    def test_secrets_that_others_read(self):
        path = os.path.join(self.folder(), "pass")
        with open(path, "w", encoding="utf-8") as file:
            file.write("*:*:*:*:secret")
        os.chmod(path, 0o644)
        mark, text, done = self.line("secrets", PGPASSFILE=path)
        self.assertEqual(mark, "FAIL")
        self.assertIn(f"chmod go-rwx {path}", text)
        self.assertNotIn("*:secret", done.stdout)

    def test_a_zone_that_nobody_knows(self):
        self.assertIn("Mars/Olympus", self.line("time zones", TZ="Mars/Olympus")[1])
        self.assertEqual(self.line("time zones", TZ="CET-1CEST")[0], "ok")

    def test_mail_is_tried_when_it_is_asked_for(self):
        mark, text, _ = self.line("mail test", "--mail", "somebody@example.org")
        self.assertEqual((mark, text), ("FAIL", "mail.host is not set"))
        mark, text, _ = self.line("mail test", "--mail", "somebody@example.org", BULKHEAD_MAIL_HOST="127.0.0.1",
                                  BULKHEAD_MAIL_PORT=str(free_port()), BULKHEAD_MAIL_TLS="none",
                                  BULKHEAD_MAIL_FROM="platform@example.org")
        self.assertEqual(mark, "FAIL")

    def test_processes_that_were_left_over(self):
        with tempfile.TemporaryDirectory(prefix="bh-doctor-") as home, subprocess.Popen(
                ["sleep", "600"], start_new_session=True) as left:
            try:
                os.mkdir(os.path.join(home, "run"))
                with open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as file:
                    boot = file.read().strip()
                with open(f"/proc/{left.pid}/stat", encoding="utf-8") as file:
                    started = file.read().rsplit(")", 1)[1].split()[19]
                with open(os.path.join(home, "run/groups"), "w", encoding="utf-8") as file:
                    file.write(f"boot {boot}\nrag {left.pid} {started} {os.getuid()}\n")
                self.assertIn("1 processes", self.line("leftovers", BULKHEAD_HOME=home)[1])
                self.assertIsNone(left.poll())
            finally:
                left.kill()


class Top(PlatformTest):
    def test_it_shows_what_each_process_does(self):
        """Counters of two moments: requests that are made meanwhile are among them."""
        stop = threading.Event()
        acme = self.acme()

        def ask():
            while not stop.is_set():
                acme.call("GET", "/v1/models")
        asker = threading.Thread(target=ask)
        asker.start()
        try:
            seen = self.bh.cli("top", "--once")
        finally:
            stop.set()
            asker.join()
        rows = {row["name"]: row for row in seen["services"]}
        self.assertEqual(list(rows), ["gateway", *services.names()])
        self.assertTrue(seen["ready"] and all(row["answers"] for row in rows.values()))
        for name in ("gateway", "model"):
            self.assertGreater(rows[name]["requests_per_second"], 0)
            self.assertGreater(rows[name]["p95_s"], 0)
            self.assertLessEqual(rows[name]["p50_s"], rows[name]["p95_s"])
            self.assertEqual(rows[name]["failures_per_second"], 0)
        self.assertGreater(rows["auth"]["database_connections"], 0)

    def test_it_is_one_calm_table(self):
        done = self.bh.run("top", "--once")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("SERVICE", done.stdout)
        for name in ("gateway", *services.names()):
            self.assertRegex(done.stdout, rf"(?m)^{name} +\d")
        self.assertNotIn("\x1b", done.stdout)
        self.assertLess(max(len(line) for line in done.stdout.splitlines()), 80)

    def test_a_tenant_is_named_when_its_minute_is_over(self):
        acme = self.acme()
        acme.call("GET", "/v1/models")
        until(lambda: any(row["id"] == acme.id and row["name"] == acme.name and row["requests"] > 0
                          for row in self.bh.cli("top")["tenants"]), 130, "the tenant of the last minute")

    def test_without_a_platform_it_says_so(self):
        with tempfile.TemporaryDirectory(prefix="bh-top-") as home:
            done = self.bh.run("top", "--json", environment=self.bh.environment | {"BULKHEAD_HOME": home})
        self.assertEqual(done.returncode, 3)


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
