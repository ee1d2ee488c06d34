# SPDX-License-Identifier: Apache-2.0
"""Pods of the chart with the real programs: the platform starts with what the chart gives it, as its user, on a root that nobody
can write, and answers through its gateways."""
import json
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
from chart import NAME, NAMESPACE
from edges import ROOT
from instance import until

sys.path.insert(0, os.path.join(ROOT, "tests/integration"))

URL = f"postgresql://bulkhead_{{service}}@/bulkhead?host={pod.DATABASE}"
VALUES = {"database": {"url": URL}}
RIGHTS = "local all dba trust\nlocal all all scram-sha-256\n"
WIRE, PUBLIC, PRIVATE = 8443, 8080, 8444
ON = ("auth", "billing", "model", "rag", "agent")


def reason():
    return pod.missing() or (None if tools.find("helm") else "helm is absent; run tests/helm/tools.py")


def text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def rendered(values):
    return [each for each in yaml.safe_load_all(chart.template(values).stdout) if each]


def make_certificate(folder):
    """Of an authority of its own, with the names that the chart asks cert-manager for."""
    names = chart.of_kind("issued", "Certificate")[0]["spec"]["dnsNames"]
    path = os.path.join(folder, "wire")
    with open(path + ".ext", "w", encoding="utf-8") as file:
        file.write("basicConstraints=CA:FALSE\nsubjectAltName=" + ",".join(f"DNS:{name}" for name in names) + "\n")
    new = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for command in ([*new, "-x509", "-days", "2", "-subj", "/CN=authority", "-keyout", path + ".ca.key", "-out", path + ".ca"],
                    [*new, "-subj", "/CN=wire", "-keyout", path + ".key", "-out", path + ".csr"],
                    ["openssl", "x509", "-req", "-days", "2", "-in", path + ".csr", "-CA", path + ".ca", "-CAkey", path + ".ca.key",
                     "-CAcreateserial", "-extfile", path + ".ext", "-out", path + ".crt"]):
        subprocess.run(command, check=True, capture_output=True)
    return {"tls.crt": text(path + ".crt"), "tls.key": text(path + ".key"), "ca.crt": text(path + ".ca")}


@unittest.skipIf(reason(), reason())
class Started(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # It brings the platform of the integration tests, which no other test here needs.
        from test_operator_database import SERVICES, Cluster, Private
        cls.bh = Private()
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.install()
        cls.bh.server = Cluster(cls.bh.postgres_bin(), os.path.join(cls.bh.folder, "pg"), None, RIGHTS, "dba").start()
        roles = {f"bulkhead_{name}": secrets.token_hex(8) for name in (*SERVICES, "setup")}
        cls.bh.psql_of(cls.bh.server, 5432, f"CREATE ROLE bulkhead_setup LOGIN CREATEROLE BYPASSRLS PASSWORD '{roles['bulkhead_setup']}';"
                       "CREATE DATABASE bulkhead OWNER bulkhead_setup;", "postgres")
        cls.bh.psql_of(cls.bh.server, 5432, "CREATE EXTENSION vector SCHEMA public;")
        cls.things = rendered(VALUES)
        cls.files = cls.secrets_of(SERVICES, roles) | {"wire-tls": make_certificate(cls.bh.folder)} | {
            each["metadata"]["name"]: each["data"] for each in cls.things if each["kind"] == "ConfigMap"}
        cls.network = pod.Network()
        cls.addClassCleanup(cls.network.close)
        # Each pod's place in the network, and the names by which the others know it.
        cls.numbers = {name: number for number, name in enumerate((*ON, "gateway-0", "gateway-1", "migrate", "supervisor"))}
        cls.hosts = {f"{NAME}-{name}.{NAMESPACE}.svc": pod.address_of(cls.numbers[name]) for name in ON} | {
            f"{NAME}-{name}.{NAME}-gateway-private.{NAMESPACE}.svc": pod.address_of(cls.numbers[name]) for name in ("gateway-0", "gateway-1")}

    @classmethod
    def secrets_of(cls, names, roles):
        folder = os.path.join(cls.bh.folder, "secrets")
        done = cls.bh.run("secrets", "create", folder)
        assert done.returncode == 0, done.stderr
        found = {f"bulkhead-{name}": {key: text(os.path.join(folder, name, key)) for key in os.listdir(os.path.join(folder, name))}
                 for name in os.listdir(folder)}
        lines = {role: f"*:*:*:{role}:{password}\n" for role, password in roles.items()}
        for name in names:
            found[f"bulkhead-{name}"]["pgpass"] = lines[f"bulkhead_{name}"]
        found["bulkhead-rag"]["object"] = "ID SECRET\n"
        return found | {"bulkhead-migrate": {"pgpass": "".join(lines.values())}}

    def pod_of(self, name, things=None):
        component = "gateway" if name.startswith("gateway-") else name
        template = next(each["spec"]["template"] for each in things or self.things
                        if each["kind"] in ("Deployment", "StatefulSet", "Job") and chart.component(each) == component)
        made = pod.Pod(template, self.bh.programs, self.bh.server.folder, self.files, self.hosts, self.network, self.numbers[name])
        self.addCleanup(made.close)
        return made

    def begin(self, name):
        made = self.pod_of(name)
        # What comes first needs nobody.
        made.network = None
        for each in made.spec.get("initContainers", []):
            self.assertEqual(made.run(each), 0, made.said())
        made.network = self.network
        return made.start(made.spec["containers"][0])

    def until_answered(self, made, port, path, wanted):
        def answer():
            self.assertIsNone(made.child.poll(), made.said())
            found = made.get(port, path)
            return found if found is not None and found[0] in wanted else None
        return until(answer, 60, f"{wanted} from port {port}", pause=0.2)

    def finish(self, name):
        made = self.pod_of(name)
        self.assertEqual(made.run(made.spec["containers"][0]), 0, made.said())

    def ends(self, made, number):
        os.kill(made.inner(), number)
        self.assertEqual(made.child.wait(60), 0, made.said())

    def operator(self, *words):
        """What an operator's Job prints."""
        made = self.pod_of("supervisor", rendered(chart.merged(VALUES, {"operator": {"command": list(words)}})))
        self.assertEqual(made.run(made.spec["containers"][0]), 0, made.said())
        return made.said()

    def test_a_service_without_the_issuer_says_what_is_missing(self):
        self.finish("migrate")
        made = self.begin("model")
        missing = json.loads(self.until_answered(made, WIRE, "/readyz", (503,))[1])["missing"].split()
        self.assertEqual(missing, ["issuer"])
        self.ends(made, signal.SIGTERM)

    def test_the_platform(self):
        self.finish("migrate")
        made = {name: self.begin(name) for name in (*ON, "gateway-0", "gateway-1")}
        for name in ON:
            self.until_answered(made[name], WIRE, "/readyz", (200,))
            self.assertEqual(made[name].get(WIRE, "/healthz")[0], 401)
        gateways = [made[name] for name in ("gateway-0", "gateway-1")]
        for each in gateways:
            self.until_answered(each, PRIVATE, "/readyz", (200,))
        tenant = json.loads(self.operator("tenant", "create", "acme", "--json"))
        key = json.loads(self.operator("key", "create", "--tenant", tenant["id"], "--name", "first", "--scope", "files:read", "--json"))

        def status(gateway, path="/v1/files"):
            return gateway.get(PUBLIC, path, "-H", f"Authorization: Bearer {key['key']}", scheme="http")[0]
        self.assertEqual([status(each) for each in gateways], [200, 200])
        # Each gateway keeps the credential. Auth tells both by their names, and would say so in its log if it could not.
        self.operator("key", "revoke", key["id"], "--tenant", tenant["id"])
        until(lambda: [status(each) for each in gateways] == [401, 401], 5, "the key refused", pause=0.1)
        self.assertNotIn("push to the gateway", made["auth"].said())
        for each in gateways:
            self.ends(each, signal.SIGQUIT)
        for name in reversed(ON):
            self.ends(made[name], signal.SIGTERM)


if __name__ == "__main__":
    unittest.main()
