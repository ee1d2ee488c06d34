# SPDX-License-Identifier: Apache-2.0
"""Pods of the chart with the real programs: the platform starts with what the chart gives it, as its user, on a root that nobody
can write, and answers through its gateways."""
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
import unittest

import chart
import pod
import tools
from chart import NAME, NAMESPACE
from edges import ROOT
from instance import until

sys.path.insert(0, os.path.join(ROOT, "tests/integration"))

URL = f"postgresql://bulkhead_{{service}}@/bulkhead?host={pod.DATABASE}"
VALUES = {"database": {"url": URL}, "valkey": {"url": f"redis://{pod.Network.OWN}:6379/0", "existingSecret": "valkey"},
          # Longer than a machine under load makes somebody wait.
          "settings": {"limits": {"shared_timeout_ms": 1000}}}
VALKEY = shutil.which("valkey-server") or shutil.which("redis-server")
RIGHTS = "local all dba trust\nlocal all all scram-sha-256\n"
WIRE, PUBLIC, PRIVATE = 8443, 8080, 8444
ON = ("auth", "billing", "model", "rag", "multimodal", "finetune", "agent")
GATEWAYS = ("gateway-0", "gateway-1")
# Two of one are enough to see that the gateway finds both.
SECOND = "rag-1"


def reason():
    return (pod.missing() or (None if tools.find("helm") else "helm is absent; run tests/helm/tools.py")
            or (None if VALKEY else "absent: valkey-server") or (None if shutil.which("age-keygen") else "absent: age"))


def service_of(name):
    """A second one is called so: rag-1."""
    return re.sub(r"-\d+$", "", name)


def text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


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
        # As the image for backups has it: no engine, no models, no nginx.
        tree = pod.tree_of(cls.bh.server.pg_bin)
        with open(os.path.join(cls.bh.programs, "manifest.json"), "w", encoding="utf-8") as file:
            json.dump({"postgres": {"bin": cls.bh.server.pg_bin.replace(tree, pod.POSTGRESQL)}}, file)
        roles = {f"bulkhead_{name}": secrets.token_hex(8) for name in (*SERVICES, "setup")}
        cls.bh.psql_of(cls.bh.server, 5432, f"CREATE ROLE bulkhead_setup LOGIN CREATEROLE BYPASSRLS PASSWORD '{roles['bulkhead_setup']}';"
                       "CREATE DATABASE bulkhead OWNER bulkhead_setup;", "postgres")
        cls.bh.psql_of(cls.bh.server, 5432, "CREATE EXTENSION vector SCHEMA public;")
        made = subprocess.run(["age-keygen", "-o", os.path.join(cls.bh.folder, "identity")], capture_output=True, text=True, check=True)
        backup = {"enabled": True, "recipient": made.stderr.split()[-1], "existingClaim": "backups"}
        cls.values = chart.merged(VALUES, {"backup": backup})
        cls.things = chart.objects(cls.values)
        cls.files = cls.secrets_of(SERVICES, roles) | {"wire-tls": make_certificate(cls.bh.folder)} | {
            each["metadata"]["name"]: each["data"] for each in cls.things if each["kind"] == "ConfigMap"}
        cls.network = pod.Network()
        cls.addClassCleanup(cls.network.close)
        password = secrets.token_hex(8)
        cls.files["valkey"] = {"password": password + "\n", "another": "of somebody else"}
        cls.network.start(VALKEY, "--bind", cls.network.OWN, "--port", "6379", "--requirepass", password, "--save", "", "--appendonly", "no",
                          "--dir", cls.bh.folder)
        # Each pod's place in the network, and the names by which the others know it.
        cls.numbers = {name: number for number, name in enumerate((*ON, SECOND, *GATEWAYS, "migrate", "backup", "supervisor"))}
        addresses = {name: pod.address_of(number) for name, number in cls.numbers.items()}
        cls.hosts = [*((f"{NAME}-{name}.{NAMESPACE}.svc", addresses[name]) for name in ON),
                     *((f"{NAME}-{service_of(name)}-pods.{NAMESPACE}.svc", addresses[name]) for name in (*ON, SECOND)),
                     *((f"{NAME}-{name}.{NAME}-gateway-private.{NAMESPACE}.svc", addresses[name]) for name in GATEWAYS)]

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
        return found | {"bulkhead-migrate": {"pgpass": "".join(lines.values())},
                        "bulkhead-backup": {"pgpass": lines["bulkhead_setup"], "object": "ID SECRET\n", "master.key": secrets.token_hex(16)}}

    def pod_of(self, name, things=None):
        component = service_of(name)
        template = next(chart.pod_of(each) for each in things or self.things
                        if each["kind"] in chart.WITH_PODS and chart.component(each) == component)
        made = pod.Pod(template, self.bh.programs, self.bh.server, self.files, self.hosts, self.network, self.numbers[name])
        self.addCleanup(made.close)
        return made

    def begin(self, name):
        made = self.pod_of(name)
        return made.start(made.spec["containers"][0])

    def until_answered(self, made, port, path, wanted):
        def answer():
            self.assertIsNone(made.child.poll(), made.said())
            found = made.get(port, path)
            return found if found is not None and found[0] in wanted else None
        return until(answer, 60, f"{wanted} from port {port}", pause=0.2)

    def finish(self, name, things=None):
        made = self.pod_of(name, things)
        for each in chart.containers(made.template):
            self.assertEqual(made.run(each), 0, made.said())
        return made

    def backs_up(self):
        """Into the claim, and nothing that is not encrypted but lists of hashes."""
        folder = self.finish("backup").volume("backups")
        (name,) = os.listdir(folder)
        found = set(os.listdir(os.path.join(folder, name)))
        self.assertEqual(found, {"database.dump.age", "master.key.age", "bulkhead.conf.age", "PLAINSUMS.age", "SHA256SUMS", "manifest.json", "objects",
                                 "manifest.hmac"})
        with open(os.path.join(folder, name, "master.key.age"), "rb") as file:
            self.assertTrue(file.read().startswith(b"age-encryption.org/v1\n"))

    def ends(self, made, number):
        os.kill(made.inner(), number)
        self.assertEqual(made.child.wait(60), 0, made.said())

    def operator(self, *words):
        """What an operator's Job prints."""
        made = self.pod_of("supervisor", chart.objects(chart.merged(self.values, {"operator": {"command": list(words)}})))
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
        made = {name: self.begin(name) for name in (*ON, SECOND, *GATEWAYS)}
        for name in (*ON, SECOND):
            self.until_answered(made[name], WIRE, "/readyz", (200,))
            self.assertEqual(made[name].get(WIRE, "/healthz")[0], 401)
        gateways = [made[name] for name in GATEWAYS]
        for each in gateways:
            self.until_answered(each, PRIVATE, "/readyz", (200,))
        key = self.key("acme")
        self.assertEqual([self.status(each, key) for each in gateways], [200, 200])
        self.counts_with_the_other(*gateways)
        self.uses_every_pod(made, gateways, key)
        # Each gateway keeps the credential. Auth tells both by their names, and would say so in its log if it could not.
        self.operator("key", "revoke", key["id"], "--tenant", key["tenant"])
        until(lambda: [self.status(each, key) for each in gateways] == [401, 401], 5, "the key refused", pause=0.1)
        self.assertNotIn("push to the gateway", made["auth"].said())
        self.backs_up()
        said = self.finish("migrate", chart.objects(self.values, "--is-upgrade")).said()
        self.assertRegex(said, "(?s)0 would run.*up to date")
        for each in gateways:
            self.ends(each, signal.SIGQUIT)
        for name in reversed(ON):
            if name != service_of(SECOND):
                self.ends(made[name], signal.SIGTERM)

    def key(self, tenant, *limits):
        """A key of a new tenant, with its id."""
        row = json.loads(self.operator("tenant", "create", tenant, "--json"))
        if limits:
            self.operator("limit", "set", "--tenant", row["id"], *limits)
        made = self.operator("key", "create", "--tenant", row["id"], "--name", "first", "--scope", "files:read", "--json")
        return json.loads(made) | {"tenant": row["id"]}

    @staticmethod
    def status(gateway, key):
        return gateway.get(PUBLIC, "/v1/files", "-H", f"Authorization: Bearer {key['key']}", scheme="http")[0]

    def counts_with_the_other(self, one, other):
        """Thirty in a minute, of both together: what the first has admitted, the second has not; by its part it would have 15. Who
        begins while Valkey does not answer finds one part in a bucket."""
        key, begin = self.key("hasty", "--requests-per-minute", "30"), time.monotonic()
        first = [self.status(one, key) for _ in range(36)]
        then = [self.status(other, key) for _ in range(18)]
        self.assertEqual({*first, *then}, {200, 429})
        flowed_back = (time.monotonic() - begin) / 2 + 1
        self.assertGreaterEqual(first.count(200), 15)
        self.assertLessEqual(first.count(200), 30 + flowed_back)
        self.assertLessEqual(then.count(200), flowed_back)

    def uses_every_pod(self, made, gateways, key):
        """It knows each by the name of all, and goes on with those that are left."""
        for gateway in gateways:
            conf = text(os.path.join(gateway.volume("run"), "gateway/nginx.conf"))
            for name in (service_of(SECOND), SECOND):
                self.assertTrue(f"server {pod.address_of(self.numbers[name])}:{WIRE} " in conf, name)
            # There is a secret in it.
            self.assertFalse(os.path.exists(os.path.join(gateway.volume("state"), "nginx.conf")))
        self.ends(made[service_of(SECOND)], signal.SIGTERM)
        self.assertEqual([self.status(gateway, key) for gateway in gateways for _ in range(4)], [200] * 8)


if __name__ == "__main__":
    unittest.main()
