# SPDX-License-Identifier: Apache-2.0
"""Pods of the chart with the real programs: the migration, services and the gateway start with what the chart gives them, as its
user, on a root that nobody can write."""
import os
import secrets
import signal
import subprocess
import sys
import unittest

import yaml

import chart
import pod
import tools
from chart import NAME, NAMESPACE, RELEASE
from edges import ROOT
from instance import until

sys.path.insert(0, os.path.join(ROOT, "tests/integration"))

URL = f"postgresql://bulkhead_{{service}}@/bulkhead?host={pod.DATABASE}"
RIGHTS = "local all dba trust\nlocal all all scram-sha-256\n"


def reason():
    return pod.missing() or (None if tools.find("helm") else "helm is absent; run tests/helm/tools.py")


@unittest.skipIf(reason(), reason())
class Started(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        from apart_base import SERVICES, make_authority
        from test_operator_database import Private
        from pg import Cluster
        cls.bh = Private()
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.install()
        cls.bh.server = Cluster(cls.bh.postgres_bin(), os.path.join(cls.bh.folder, "pg"), None, RIGHTS, "dba").start()
        roles = {f"bulkhead_{name}": secrets.token_hex(8) for name in (*SERVICES, "setup")}
        cls.bh.psql_of(cls.bh.server, 5432, f"CREATE ROLE bulkhead_setup LOGIN CREATEROLE BYPASSRLS PASSWORD '{roles['bulkhead_setup']}';"
                       "CREATE DATABASE bulkhead OWNER bulkhead_setup;", "postgres")
        cls.bh.psql_of(cls.bh.server, 5432, "CREATE EXTENSION vector SCHEMA public;")
        values = chart.merged(chart.LEAST, {"database": {"url": URL}})
        cls.things = [each for each in yaml.safe_load_all(chart.template(values).stdout) if each]
        cls.files = cls.secrets_of(SERVICES, roles) | {
            each["metadata"]["name"]: each["data"] for each in cls.things if each["kind"] == "ConfigMap"}
        path = make_authority(cls.bh.folder, "ours")
        cls.files["wire-tls"] = {name: cls.text(path + end) for name, end in (("tls.crt", ".pem"), ("tls.key", ".key"), ("ca.crt", ".ca.pem"))}

    @staticmethod
    def text(path):
        with open(path, encoding="utf-8") as file:
            return file.read()

    @classmethod
    def secrets_of(cls, names, roles):
        folder = os.path.join(cls.bh.folder, "secrets")
        done = cls.bh.run("secrets", "create", folder)
        assert done.returncode == 0, done.stderr
        found = {f"bulkhead-{name}": {key: cls.text(os.path.join(folder, name, key)) for key in os.listdir(os.path.join(folder, name))}
                 for name in os.listdir(folder)}
        lines = {role: f"*:*:*:{role}:{password}\n" for role, password in roles.items()}
        for name in names:
            found[f"bulkhead-{name}"]["pgpass"] = lines[f"bulkhead_{name}"]
        found["bulkhead-rag"]["object"] = "ID SECRET\n"
        return found | {"bulkhead-migrate": {"pgpass": "".join(lines.values())}}

    def pod_of(self, name):
        template = next(each["spec"]["template"] for each in self.things
                        if each["kind"] in ("Deployment", "StatefulSet", "Job") and chart.component(each) == name)
        hosts = [f"{each['metadata']['name']}.{NAMESPACE}.svc" for each in self.things if each["kind"] == "Service"]
        made = pod.Pod(template, self.bh.programs, self.bh.server.folder, self.files, hosts)
        self.addCleanup(made.close)
        return made

    def until_answered(self, made, port, path):
        def answer():
            self.assertIsNone(made.child.poll(), made.said())
            return made.get(port, path)
        return until(answer, 60, f"an answer of port {port}", pause=0.2)

    def migrate(self):
        made = self.pod_of("migrate")
        self.assertEqual(made.run(made.spec["containers"][0]), 0, made.said())

    def ends(self, made, number):
        os.kill(made.inner(), number)
        self.assertEqual(made.child.wait(60), 0, made.said())

    def test_a_migration_and_the_issuer(self):
        self.migrate()
        made = self.pod_of("auth")
        made.start(made.spec["containers"][0])
        self.until_answered(made, 8443, "/livez")
        until(lambda: made.get(8443, "/readyz")[0] == 200, 30, "auth ready", pause=0.2)
        self.assertEqual(made.get(8443, "/healthz")[0], 401)
        self.ends(made, signal.SIGTERM)

    def test_a_service_without_the_issuer_says_what_is_missing(self):
        self.migrate()
        for name in ("model", "rag"):
            with self.subTest(name=name):
                made = self.pod_of(name)
                made.start(made.spec["containers"][0])
                self.assertEqual(self.until_answered(made, 8443, "/readyz"), (503, made.get(8443, "/readyz")[1]))
                self.assertIn("issuer", made.get(8443, "/readyz")[1])
                self.assertNotIn("database", made.get(8443, "/readyz")[1])
                self.ends(made, signal.SIGTERM)

    def test_the_gateway(self):
        made = self.pod_of("gateway")
        self.assertEqual(made.run(made.spec["initContainers"][0]), 0, made.said())
        made.start(made.spec["containers"][0])
        self.assertEqual(self.until_answered(made, 8444, "/livez")[0], 200, made.said())
        self.ends(made, signal.SIGQUIT)


if __name__ == "__main__":
    unittest.main()
