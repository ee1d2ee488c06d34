# SPDX-License-Identifier: Apache-2.0
"""deploy/compose as a platform that tests use, and the base image that its images stand on."""
import contextlib
import glob
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "integration"), os.path.join(os.path.dirname(HERE), "lib")]

from base import marker  # noqa: E402
from engine import NICE  # noqa: E402

from instance import MOCK_CHAT, MOCK_EMBED, REAL_EMBED, CommandFailed, Instance, Tenant  # noqa: E402
from ports import free_port  # noqa: E402
from mock_upstream import Upstream  # noqa: E402

FOLDER = os.path.abspath(os.environ.get("COMPOSE_FOLDER") or os.path.join(ROOT, "var/test-compose"))
SUITE = "trixie"


def models_folder():
    """Where set-up keeps the models: what is there need not be fetched again."""
    done = subprocess.run([os.path.join(ROOT, "scripts/setup"), "programs"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Platform:
    """The project in the daemon, with what the tests' helpers ask of an instance."""

    def __init__(self, engine, base):
        self.engine = engine
        self.port = free_port()
        engine.environment |= {"BULKHEAD_BASE": base, "BULKHEAD_PORT": str(self.port), "BULKHEAD_ADDRESS": "0.0.0.0",
                               "BULKHEAD_MODELS": models_folder()}
        self.base = base
        self.mock = None
        self.address = ("127.0.0.1", self.port)
        self.url = f"http://127.0.0.1:{self.port}"

    def compose(self, *words, **options):
        return self.engine.run("docker", "compose", "-f", os.path.join(ROOT, "deploy/compose/compose.yaml"), *words, **options)

    def run(self, *words, stdin=""):
        """An operator's command, in a container of its own."""
        return self.compose("run", "--rm", "-T", "--no-deps", "admin", *words, check=False, input=stdin)

    def cli(self, *words, stdin=""):
        done = self.run(*words, "--json", stdin=stdin)
        if done.returncode != 0:
            raise CommandFailed(words, done)
        return json.loads(done.stdout)

    def psql(self, query):
        done = self.compose("exec", "-T", "database", "psql", "-h", "/tmp", "-U", "postgres", "-d", "bulkhead", "-XAtq", "-F", "\t",
                            "-v", "ON_ERROR_STOP=1", "-c", query)
        return [line.split("\t") for line in done.stdout.splitlines()]

    rows_of = Instance.rows_of

    def wait_ready(self):
        """`up --wait` has."""

    def tenant(self, name=None, mock=True, scopes=()):
        row = self.cli("tenant", "create", name or f"tenant-{marker()}")
        words = [word for scope in scopes for word in ("--scope", scope)]
        tenant = Tenant(self, row, self.cli("key", "create", "--tenant", row["id"], "--name", "test", *words))
        if not mock:
            return tenant
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

    def address_of(self, service, network):
        """Of a container, in a network that only this machine reaches besides its members."""
        return self.inspect(self.containers(service)[0])["NetworkSettings"]["Networks"][f"bulkhead_{network}"]["IPAddress"]

    def in_volume(self, volume, *command):
        """What a command says in a container of the base image that has a volume at /v."""
        return self.engine.run("docker", "run", "--rm", "--network", "none", "-v", f"bulkhead_{volume}:/v:ro", self.base, *command).stdout


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
