#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The images and deploy/compose, in a Docker daemon of the test's own: built, started, used, hurt, scaled, scanned, taken down.

usage: run.py       through `make test-compose`; skips with a reason where no daemon can be had

COMPOSE_FOLDER (default: var/test-compose) keeps the base image and what was built. COMPOSE_BASE names a base image that
is in there already. Images that are built here trust what this machine trusts.
"""
import contextlib
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "integration"), os.path.join(os.path.dirname(HERE), "lib")]

from base import PlatformTest, marker, until  # noqa: E402
from engine import NICE, Engine, Missing  # noqa: E402

from instance import MOCK_CHAT, MOCK_EMBED, REAL_EMBED, Tenant, free_port  # noqa: E402
from mock_upstream import Upstream  # noqa: E402

FOLDER = os.path.abspath(os.environ.get("COMPOSE_FOLDER") or os.path.join(ROOT, "var/test-compose"))
SUITE = "trixie"
BUILD_S, UP_S = 3600, 300
SERVICES_MB_MOST = 120
IMAGES = ("services", "rag", "gateway", "database", "valkey")
# Where anything of the platform could listen.
PORTS = (5432, 6379, 8080, 8444)
PROBLEM = []


def say(text):
    print(f"    {text}; load {os.getloadavg()[0]:.1f}", flush=True)


class Platform:
    """The project in the daemon, with what the tests' helpers ask of an instance."""

    def __init__(self, engine, base):
        self.engine = engine
        self.port = free_port()
        engine.environment |= {"BULKHEAD_BASE": base, "BULKHEAD_PORT": str(self.port), "BULKHEAD_ADDRESS": "0.0.0.0"}
        self.mock = None
        self.address = ("127.0.0.1", self.port)
        self.url = f"http://127.0.0.1:{self.port}"

    def compose(self, *words, **options):
        return self.engine.run("docker", "compose", "-f", os.path.join(ROOT, "deploy/compose/compose.yaml"), *words, **options)

    def cli(self, *words):
        """An operator's command, in a container of its own."""
        return json.loads(self.compose("run", "--rm", "-T", "--no-deps", "admin", *words, "--json").stdout)

    def tenant(self):
        row = self.cli("tenant", "create", f"tenant-{marker()}")
        tenant = Tenant(self, row, self.cli("key", "create", "--tenant", row["id"], "--name", "test"))
        for name, kind in ((MOCK_CHAT, "chat"), (MOCK_EMBED, "embedding")):
            self.cli("model", "default", name, "--kind", kind, "--tenant", row["id"])
        self.cli("model", "add", REAL_EMBED, "--url", self.mock.url + "/v1", "--upstream-model", MOCK_EMBED, "--kind", "embedding",
                 "--context", "256", "--dimensions", "384", "--no-probe", "--price-in", "0", "--tenant", row["id"])
        return tenant

    def start_mock(self):
        """Upstream's address is the machine's own on the network by which the model service goes out."""
        address = json.loads(self.engine.run("docker", "network", "inspect", "bulkhead_out_net").stdout)[0]["IPAM"]["Config"][0]["Gateway"]
        self.mock = Upstream(host=address)
        self.cli("model", "add", MOCK_CHAT, "--url", self.mock.url + "/v1", "--kind", "chat", "--context", "8192",
                 "--price-in", "1", "--price-out", "2")
        self.cli("model", "add", MOCK_EMBED, "--url", self.mock.url + "/v1", "--kind", "embedding", "--context", "512",
                 "--dimensions", "384", "--price-in", "0")

    def containers(self, *services):
        return self.compose("ps", "-q", *services).stdout.split()

    def inspect(self, container):
        return json.loads(self.engine.run("docker", "inspect", container).stdout)[0]


def make_base(engine):
    """Debian by debootstrap, as nobody needs a registry for it."""
    name = f"bulkhead-base:{SUITE}"
    if engine.run("docker", "image", "inspect", name, check=False).returncode == 0:
        return name
    folder = os.path.join(FOLDER, "base")
    shutil.rmtree(folder, ignore_errors=True)
    engine.run("debootstrap", "--variant=minbase", "--include=ca-certificates", SUITE, folder, timeout=900)
    for path in glob.glob(os.path.join(folder, "var/cache/apt/archives/*.deb")):
        os.unlink(path)
    with subprocess.Popen([*NICE, "tar", "-C", folder, "-c", "."], stdout=subprocess.PIPE) as tar:
        engine.run("docker", "import", "-", name, stdin=tar.stdout, timeout=300)
    shutil.rmtree(folder)
    return name


@contextlib.contextmanager
def trusted():
    """What this machine trusts besides, for the building stages."""
    placed = []
    for path in glob.glob("/usr/local/share/ca-certificates/*.crt"):
        target = os.path.join(ROOT, "deploy/image/ca", os.path.basename(path))
        if not os.path.exists(target):
            placed.append(shutil.copyfile(path, target))
    try:
        yield
    finally:
        for path in placed:
            os.unlink(path)


class Compose(PlatformTest):
    """In order: each part stands on the one before."""

    @classmethod
    def setUpClass(cls):
        os.makedirs(FOLDER, exist_ok=True)
        try:
            engine = cls.enterClassContext(Engine(FOLDER))
        except Missing as problem:
            raise unittest.SkipTest(f"no Docker daemon: {problem}") from None
        base = os.environ.get("COMPOSE_BASE") or make_base(engine)
        cls.bh = Platform(engine, base)
        cls.base = base
        with trusted():
            for name in IMAGES:
                begin = time.monotonic()
                engine.run("docker", "build", "-f", "deploy/image/Dockerfile", "--build-arg", f"BASE={base}", "--target", name,
                           "-t", f"bulkhead-{name}", ".", cwd=ROOT, timeout=BUILD_S)
                say(f"image {name} built in {time.monotonic() - begin:.0f} s")
        cls.bh.compose("down", "--volumes", "--remove-orphans", timeout=UP_S)
        cls.addClassCleanup(cls.bh.compose, "--profile", "*", "down", "--volumes", "--remove-orphans", timeout=UP_S)
        begin = time.monotonic()
        done = cls.bh.compose("up", "--wait", "--no-build", timeout=UP_S, check=False)
        if done.returncode != 0:
            raise AssertionError(f"up: {done.stderr[-2000:]}\n{cls.bh.compose('logs', '--no-color', check=False).stdout[-6000:]}")
        say(f"cold `up --wait` took {time.monotonic() - begin:.1f} s")
        cls.bh.start_mock()
        cls.tenant = cls.bh.tenant()

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
            self.assertTrue(row["Config"].get("Healthcheck") or name == "services", name)
            self.assertIn("org.opencontainers.image.title", row["Config"]["Labels"])
            if name == "services":
                self.assertLess(row["Size"], SERVICES_MB_MOST * 1e6)

    def test_1_the_list_of_packages_is_in_the_image(self):
        for name in ("services", "rag", "gateway", "valkey"):
            with self.subTest(name=name):
                container = self.bh.engine.run("docker", "create", f"bulkhead-{name}").stdout.strip()
                self.addCleanup(self.bh.engine.run, "docker", "rm", container)
                path = os.path.join(FOLDER, "sbom.json")
                self.bh.engine.run("docker", "cp", f"{container}:/usr/share/doc/bulkhead/sbom.spdx.json", path)
                with open(path, encoding="utf-8") as file:
                    document = json.load(file)
                self.assertEqual(document["spdxVersion"], "SPDX-2.3")
                found = {row["name"]: row for row in document["packages"]}
                self.assertIn("libc6", found)
                self.assertRegex(found["libc6"]["externalRefs"][0]["referenceLocator"], r"^pkg:deb/debian/libc6@[0-9].*\?arch=amd64$")
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

    def test_4_a_killed_service_comes_back(self):
        store, word, _ = self.library()
        container = self.bh.containers("rag")[0]
        os.kill(self.bh.inspect(container)["State"]["Pid"], signal.SIGKILL)
        until(lambda: self.bh.inspect(container)["RestartCount"] == 1, 30, "rag started again", pause=0.2)
        until(lambda: self.searches(store, word), 60, "searches answered again", pause=0.2)

    def test_5_two_of_rag_and_model(self):
        store, word, _ = self.library()
        self.bh.engine.environment |= {f"BULKHEAD_{name.upper()}": f"http://bulkhead-{name}-1:8080 http://bulkhead-{name}-2:8080"
                                       for name in ("rag", "model")}
        self.bh.compose("up", "--wait", "--no-build", "--scale", "rag=2", "--scale", "model=2", timeout=UP_S)
        self.assertEqual((len(self.bh.containers("rag")), len(self.bh.containers("model"))), (2, 2))
        until(lambda: self.searches(store, word), 60, "searches answered", pause=0.2)
        self.assertEqual([self.search(store, word).status for _ in range(20)], [200] * 20)
        self.bh.engine.run("docker", "rm", "-f", "bulkhead-rag-2")
        self.assertEqual([self.search(store, word).status for _ in range(20)], [200] * 20)

    def test_6_strangers_reach_only_the_gateway(self):
        self.bh.engine.run("docker", "network", "create", "stranger")
        self.addCleanup(self.bh.engine.run, "docker", "network", "rm", "stranger")
        outside = json.loads(self.bh.engine.run("docker", "network", "inspect", "stranger").stdout)[0]["IPAM"]["Config"][0]["Gateway"]
        addresses = [network["IPAddress"] for container in self.bh.containers()
                     for network in self.bh.inspect(container)["NetworkSettings"]["Networks"].values() if network["IPAddress"]]
        self.assertGreater(len(addresses), 8)
        tries = [(address, port) for address in addresses for port in PORTS]
        tries += [(outside, port) for port in (*PORTS, self.bh.port)]
        probe = "".join(f"(timeout 2 bash -c '</dev/tcp/{address}/{port}' 2>/dev/null && echo {address} {port}) & "
                        for address, port in tries) + "wait"
        found = self.bh.engine.run("docker", "run", "--rm", "--network", "stranger", self.base, "bash", "-c", probe).stdout.split("\n")
        self.assertEqual([line for line in found if line], [f"{outside} {self.bh.port}"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
