# SPDX-License-Identifier: Apache-2.0
"""A whole platform of the tests' own: a home in a temporary folder, a free port, a program tree.

Nothing of a running platform is touched: state, sockets, programs and the public port are this
instance's. Everything is waited for by asking, never by sleeping for a time that might do.

BULKHEAD_BUILD names another build folder, BULKHEAD_TEST_FOLDER another place than /tmp, and
BULKHEAD_KEEP=1 leaves the instance's folder for a look at its logs.
"""
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid

import wire
from mock_upstream import Upstream
from ports import free_port

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("BULKHEAD_BUILD") or os.path.join(ROOT, "build"))
SHARED = os.path.abspath(os.environ.get("BULKHEAD_SHARED") or os.path.join(ROOT, "../shared"))
START_S = 300
MOCK_CHAT = "mock-chat"
MOCK_EMBED = "mock-embed"
REAL_EMBED = "all-minilm-l6-v2"
# The smallest managed chat model: what tests ask of it, it can do.
SMALL_CHAT = "smollm2-135m-instruct"


def until(condition, seconds=10.0, what="the condition", pause=0.02):
    """The first true value of `condition()`; fails with `what` when it does not come in time."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come true within {seconds} s")
        time.sleep(pause)


def shared_file(*names):
    """A file of the shared data, or None."""
    path = os.path.join(SHARED, "data", *names)
    return path if os.path.isfile(path) else None


class CommandFailed(AssertionError):
    """A `bulkhead` command ended with another status than 0."""

    def __init__(self, arguments, done):
        super().__init__(f"bulkhead {' '.join(arguments)}: status {done.returncode}: "
                         f"{done.stderr.strip()[-2000:]}")
        self.status = done.returncode
        self.stderr = done.stderr


class Tenant:
    """One tenant with a key, as a test uses it."""

    def __init__(self, instance, row, key):
        self.instance = instance
        self.id = row["id"]
        self.name = row["name"]
        self.key_id = key["id"]
        self.key = key["key"]

    @property
    def http(self):
        """Plain HTTP with this tenant's key."""
        return wire.Http(self.instance.address, self.key)

    def call(self, method, path, body=None, **options):
        return self.http.call(method, path, body, **options)

    def new_key(self, *scopes, name="more"):
        arguments = [word for scope in scopes for word in ("--scope", scope)]
        return self.instance.cli("key", "create", "--tenant", self.id, "--name", name, *arguments)

    def limit(self, **limits):
        words = [word for name, value in limits.items()
                 for word in ("--" + name.replace("_", "-"), str(value))]
        return self.instance.cli("limit", "set", "--tenant", self.id, *words)

    def limits(self):
        return self.instance.cli("limit", "list", "--tenant", self.id)

    def usage(self, request=None):
        """The usage rows, of one request if named."""
        named = ("--request", request) if request else ()
        return self.instance.cli("usage", "--tenant", self.id, *named)["data"]

    def settled(self, request, count=1, kind="chat", seconds=15):
        """The rows of a request, once there are as many as expected."""
        def rows():
            found = [row for row in self.usage(request) if row["kind"] == kind]
            return found if len(found) >= count else None
        return until(rows, seconds, f"{count} {kind} usage rows of request {request}", pause=0.1)

    def client(self, **options):
        """The official client, strict, with every exchange recorded and held against the spec."""
        return wire.client(self.instance.url + "/v1", self.key, **options)


class Instance:
    """Use as a context manager, or start() and stop()."""

    def __init__(self, **settings):
        # The services' users must reach the programs, and a socket's path ends at 107 bytes.
        self.folder = tempfile.mkdtemp(prefix="bh-it-", dir=os.environ.get("BULKHEAD_TEST_FOLDER") or "/tmp")
        os.chmod(self.folder, 0o755)
        self.home = os.path.join(self.folder, "home")
        self.programs = os.path.join(self.folder, "programs")
        self.program = os.path.join(self.programs, "bin/bulkhead")
        self.port = free_port()
        if settings.get("finetune_trainer") == "testing":
            settings["finetune_trainer"] = shutil.copy(os.path.join(os.path.dirname(os.path.abspath(__file__)), "testing_trainer.py"),
                                                       os.path.join(self.folder, "testing-trainer"))
        self.settings = settings
        self._mock = None
        self._names = 0

    # -- where things are

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def run_dir(self):
        return os.path.join(self.home, "run")

    @property
    def logs(self):
        return os.path.join(self.home, "logs")

    @property
    def environment(self):
        """Nothing of a running platform's settings reaches this one."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BULKHEAD_")}
        kept |= {"BULKHEAD_ENGINE_CHAT_MODEL": SMALL_CHAT, "BULKHEAD_HOME": self.home, "BULKHEAD_PROGRAMS": self.programs,
                 # Only who tests them starts them, where they are installed.
                 "BULKHEAD_ENGINE_SPEECH": "false",
                 "BULKHEAD_LISTEN": f"127.0.0.1:{self.port}", "NO_COLOR": "1", "LANG": "C.UTF-8"}
        return kept | {f"BULKHEAD_{name.upper()}": str(value) for name, value in self.settings.items()}

    def manifest(self):
        with open(os.path.join(self.programs, "manifest.json"), encoding="utf-8") as file:
            return json.load(file)

    # -- life

    def install(self):
        done = subprocess.run([os.path.join(ROOT, "scripts/setup"), "install", BUILD, self.programs],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"scripts/setup install: {done.stdout}{done.stderr}")

    def start(self):
        if not os.path.exists(self.program):
            self.install()
        self.up()
        return self

    def up(self, check=True):
        done = self.run("up", "--detach", timeout=START_S)
        if check and done.returncode != 0:
            raise CommandFailed(["up", "--detach"], done)
        return done

    def down(self):
        return self.run("down", timeout=120)

    def stop(self):
        """Ends everything; the folder stays when BULKHEAD_KEEP is set, for a look at the logs."""
        try:
            if os.path.exists(self.program):
                self.down()
        finally:
            if not os.environ.get("BULKHEAD_KEEP"):
                shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    # -- the command line

    def run(self, *arguments, timeout=60, stdin=None, environment=None):
        return subprocess.run([self.program, *arguments], env=environment or self.environment,
                              capture_output=True, text=True, input=stdin, timeout=timeout, check=False,
                              cwd=self.folder)

    def cli(self, *arguments, stdin=None):
        """A command with --json: its answer."""
        done = self.run(*arguments, "--json", stdin=stdin)
        if done.returncode != 0:
            raise CommandFailed(arguments, done)
        return json.loads(done.stdout)

    def status(self):
        done = self.run("status", "--json")
        return json.loads(done.stdout)

    def process(self, name):
        """The row of a process in the status."""
        return next(row for row in self.status()["services"] if row["name"] == name)

    def is_ready(self):
        return self.status()["ready"]

    def kill(self, name, number=signal.SIGKILL):
        """Kills a process by its name in the status; its process id."""
        pid = self.process(name)["pid"]
        os.kill(pid, number)
        return pid

    def replaced(self, name, old, seconds=10):
        """Waits until another process of that name is ready; how long it took."""
        begin = time.monotonic()

        def ready():
            row = self.process(name)
            return row["state"] == "ready" and row["pid"] not in (None, old)
        until(ready, seconds, f"{name} ready again after its end")
        return time.monotonic() - begin

    def wait_ready(self, seconds=60):
        until(self.is_ready, seconds, "the platform ready", pause=0.1)

    # -- what tests need of it

    def tenant(self, name=None, mock=True, scopes=()):
        """A new tenant with a key; its default models are the scripted ones unless told otherwise."""
        self._names += 1
        row = self.cli("tenant", "create", name or f"tenant-{self._names}-{uuid.uuid4().hex[:8]}")
        words = [word for scope in scopes for word in ("--scope", scope)]
        key = self.cli("key", "create", "--tenant", row["id"], "--name", "test", *words)
        tenant = Tenant(self, row, key)
        if mock:
            assert self.mock is not None
            self.cli("model", "default", MOCK_CHAT, "--kind", "chat", "--tenant", row["id"])
            self.cli("model", "default", MOCK_EMBED, "--kind", "embedding", "--tenant", row["id"])
            # Documents are embedded by the platform's one model; a tenant's own of that name comes first.
            self.cli("model", "add", REAL_EMBED, "--url", self.mock.url + "/v1", "--upstream-model", MOCK_EMBED,
                     "--kind", "embedding", "--context", "256", "--dimensions", "384", "--no-probe",
                     "--price-in", "0", "--tenant", row["id"])
        return tenant

    @property
    def mock(self):
        """The scripted upstream, registered for everybody at its first use."""
        if self._mock is None:
            mock = Upstream()
            self.cli("model", "add", MOCK_CHAT, "--url", mock.url + "/v1", "--kind", "chat",
                     "--context", "8192", "--price-in", "1", "--price-out", "2")
            self.cli("model", "add", MOCK_EMBED, "--url", mock.url + "/v1", "--kind", "embedding",
                     "--context", "512", "--dimensions", "384", "--price-in", "0")
            self._mock = mock
        return self._mock

    def _psql(self, database, *words):
        return [os.path.join(self.manifest()["postgres"]["bin"], "psql"), "-X", "-q", "-A", "-t", "-F", "\t",
                "-v", "ON_ERROR_STOP=1", "-h", os.path.join(self.run_dir, "pg"), "-d", database,
                "-U", "bulkhead_setup", *words]

    @contextlib.contextmanager
    def transaction(self, statement):
        """Holds what this statement takes until the block is left."""
        with subprocess.Popen(self._psql("bulkhead"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              cwd="/", env={"LANG": "C.UTF-8", "PATH": "/usr/bin"}) as session:
            print(f"BEGIN; {statement}; SELECT 'held';", file=session.stdin, flush=True)
            assert any(line == "held\n" for line in iter(session.stdout.readline, "")), "psql ended"
            try:
                yield
            finally:
                print("COMMIT;", file=session.stdin)
                session.stdin.close()

    def script(self, text):
        """Runs statements one after another, each in its own transaction; what they print."""
        done = subprocess.run(self._psql("bulkhead"), input=text, capture_output=True, text=True, check=False,
                              cwd="/", env={"LANG": "C.UTF-8", "PATH": "/usr/bin"})
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return done.stdout

    def psql(self, query, database="bulkhead"):
        """Rows of a query as the set-up role, which row security does not bind; for looking only."""
        done = subprocess.run(self._psql(database, "-c", query), capture_output=True, text=True, check=False,
                              cwd="/", env={"LANG": "C.UTF-8", "PATH": "/usr/bin"})
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def rows_of(self, tenant):
        """Table → number of the tenant's rows, over every table of the catalogue but the index of the audit lines, which
        follows whatever is asked."""
        tables = [row[0] for row in self.psql(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' "
            "WHERE n.nspname = 'bulkhead' AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
            "AND c.relname NOT LIKE 'audit\\_%' ORDER BY 1")]
        union = " UNION ALL ".join(
            f"SELECT '{name}', count(*) FROM bulkhead.{name} WHERE tenant_id = '{tenant.id}'" for name in tables)
        return {name: int(count) for name, count in self.psql(union)}

    def audit(self, request=None):
        """The audit lines of all processes, of one request if named."""
        found = []
        for name in sorted(os.listdir(self.logs)):
            if not (name.startswith("audit-") and name.endswith(".jsonl")):
                continue
            with open(os.path.join(self.logs, name), encoding="utf-8") as file:
                for line in file:
                    if request is None or request in line:
                        found.append(json.loads(line) | {"file": name})
        return found

    def log_of(self, request):
        """What the services logged about one request."""
        found = []
        for name in sorted(os.listdir(self.logs)):
            with open(os.path.join(self.logs, name), encoding="utf-8", errors="replace") as file:
                found += [f"{name}: {line.strip()}" for line in file if ".log" in name and request in line]
        return found

    def log_tail(self, name, lines=40):
        path = os.path.join(self.logs, f"{name}.log")
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-lines:])
