# SPDX-License-Identifier: Apache-2.0
"""Two gateways and two model services on one database and one Valkey: limits and budgets are one figure."""
import http.client
import json
import os
import select
import shutil
import subprocess
import time
import unittest

from apart_base import SERVICES, Apart, Local
from base import PlatformTest, main, marker, until

import wire
from instance import Instance
from ports import free_port
from names import Names

SERVER = os.environ.get("BULKHEAD_TEST_VALKEY") or shutil.which("valkey-server") or shutil.which("redis-server")
HOLD = {"mode": "hold", "text": "one two three"}
PASSWORD = "of the shared limits"


def start_valkey(folder):
    path = os.path.join(folder, "valkey.sock")
    started = subprocess.Popen(
        [SERVER, "--port", "0", "--unixsocket", path, "--unixsocketperm", "777", "--save", "", "--appendonly", "no",
         "--requirepass", PASSWORD, "--dir", folder], stdout=subprocess.DEVNULL)
    until(lambda: os.path.exists(path), 20, "the server of shared limits")
    return started


class Two(Apart):
    """The model services have one name, and an address each; the gateways know the name."""

    def __init__(self):
        super().__init__("http", twice=False)
        self.names = Names("127.0.0.1")
        self.ports |= {"gateway2": free_port(), "public2": free_port()}
        self.valkey = None

    def start_valkey(self):
        self.valkey = start_valkey(self.folder)

    @property
    def environment(self):
        return super().environment | {"BULKHEAD_LIMITS_SHARED": f"unix:{self.folder}/valkey.sock",
                                      "BULKHEAD_LIMITS_SHARED_TIMEOUT_MS": "500"}

    def write_settings(self):
        super().write_settings()
        path = os.path.join(self.home, "bulkhead.conf")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        port = self.ports["model"]
        text = text.replace(f"model = http://localhost:{port}\n", f"model = http://127.0.0.1:{port} http://127.0.0.2:{port}\n", 1)
        text = text.replace(f"gateway = {self.address_of('gateway')}\n",
                            f"gateway = {self.address_of('gateway')} {self.address_of('gateway2')}\n", 1)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def start_apart(self):
        os.makedirs(self.secrets, exist_ok=True)
        for name in (*SERVICES, "gateway"):
            os.makedirs(os.path.join(self.secrets, name), exist_ok=True)
            with open(os.open(os.path.join(self.secrets, name, "shared"), os.O_WRONLY | os.O_CREAT, 0o600), "w",
                      encoding="utf-8") as file:
                file.write(PASSWORD + "\n")
        super().start_apart()

    def serve(self, name, service=None, **settings):
        if name == "model":
            settings["listen_model"] = f"http://127.0.0.1:{self.ports['model']}"
        child = super().serve(name, service, **settings)
        return child

    def start_second_model(self):
        """At the other address, with the same port."""
        home = os.path.join(self.folder, "model2")
        for folder in ("logs", "run"):
            os.makedirs(os.path.join(home, folder), exist_ok=True)
        shutil.copy(os.path.join(self.home, "bulkhead.conf"), home)
        environment = self.environment | {"BULKHEAD_HOME": home,
                                          "BULKHEAD_LISTEN_MODEL": f"http://127.0.0.2:{self.ports['model']}"}
        self.spawn("model2", [self.program, "serve", "model"], environment)
        until(lambda: self.probe("model", environment), 60, "model2 ready", pause=0.1)

    def probe(self, name, environment):
        return self.run("probe", name, environment=environment).returncode == 0

    def gateway_environment(self, home, number):
        second = "" if number == 1 else "2"
        return self.environment | {
            "BULKHEAD_HOME": home, "BULKHEAD_GATEWAY_RESOLVER": self.names.address,
            "BULKHEAD_PEER_MODEL": f"http://model.test:{self.ports['model']}",
            "BULKHEAD_LISTEN": f"127.0.0.1:{self.ports['public2'] if second else self.port}",
            "BULKHEAD_LISTEN_GATEWAY_PRIVATE": self.address_of("gateway" + second)}

    def start_gateway(self):
        self.spawn("nginx", [self.program, "serve", "gateway"], self.gateway_environment(self.home, 1))
        self.start_second_gateway()

    def start_second_gateway(self):
        home = os.path.join(self.folder, "gw2")
        os.makedirs(home, exist_ok=True)
        shutil.copy(os.path.join(self.home, "bulkhead.conf"), home)
        environment = self.gateway_environment(home, 2)
        self.spawn("gateway2", [self.program, "serve", "gateway"], environment)
        until(lambda: self.probe("gateway", environment), 60, "gateway2 ready", pause=0.1)

    @property
    def addresses(self):
        return [self.address, ("127.0.0.1", self.ports["public2"])]

    def calls_of(self, name):
        """How many chats a model service has answered, by its audit."""
        path = os.path.join(self.home if name == "model" else os.path.join(self.folder, name), "logs/audit-model.jsonl")
        with open(path, encoding="utf-8") as file:
            return sum("/v1/chat/completions" in line for line in file)

    def stop(self):
        try:
            super().stop()
        finally:
            self.names.close()
            if self.valkey:
                self.valkey.kill()
                self.valkey.wait()


class TwoOfEach(PlatformTest):
    @classmethod
    def setUpClass(cls):
        if not SERVER:
            raise unittest.SkipTest("neither valkey-server nor redis-server is installed")
        cls.bh = Two()
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start_server()
        cls.bh.install()
        cls.bh.new_secrets()
        cls.bh.psql("CREATE EXTENSION vector;")
        cls.bh.start_valkey()
        cls.bh.start_apart()
        cls.bh.start_second_model()
        cls.bh.tenant()
        # The name has a second address from here on.
        cls.bh.names.addresses = ["127.0.0.1", "127.0.0.2"]

    def setUp(self):
        self.tenant = self.bh.tenant()
        self.addCleanup(self.bh.mock.release)

    def get(self, number, key=None):
        return wire.Http(self.bh.addresses[number % 2], key or self.tenant.key).call("GET", "/v1/models")

    def send(self, number, script=None):
        """A chat through one of the gateways that is not waited for."""
        connection = http.client.HTTPConnection(*self.bh.addresses[number % 2], timeout=60)
        text = f"{marker()} #mock {json.dumps(script or HOLD)}"
        connection.request("POST", "/v1/chat/completions", json.dumps({
            "model": "default", "max_tokens": 16, "messages": [{"role": "user", "content": text}]}),
            {"Authorization": f"Bearer {self.tenant.key}", "Content-Type": "application/json"})
        self.addCleanup(connection.close)
        return connection

    def answered(self, connections, seconds=0.0):
        """Those that have an answer, or have lost their connection, with its status."""
        waiting = {each.sock: each for each in connections if each.sock is not None}
        found = {}
        for sock in select.select(list(waiting), [], [], seconds)[0]:
            answer = waiting[sock].getresponse()
            answer.read()
            found[waiting[sock]] = answer.status
        return found

    def test_a_name_that_gets_a_second_address_spreads_its_calls(self):
        for number in range(2):
            before = self.bh.calls_of("model2")

            def there():
                self.send(number, {"text": "one"}).getresponse().read()
                return self.bh.calls_of("model2") > before
            until(there, 30, "calls at the second address")
        begin = [self.bh.calls_of(name) for name in ("model", "model2")]
        for number in range(40):
            self.assertEqual(self.send(number, {"text": "one"}).getresponse().status, 200)
        until(lambda: sum(self.bh.calls_of(name) for name in ("model", "model2")) >= sum(begin) + 40, 10, "all in the audit")
        for name, before in zip(("model", "model2"), begin):
            self.assertGreaterEqual(self.bh.calls_of(name) - before, 10, name)

    def test_requests_a_minute_are_one_figure(self):
        self.tenant.limit(requests_per_minute=30)
        begin = time.monotonic()
        statuses = [self.get(number).status for number in range(60)]
        self.assertEqual(set(statuses), {200, 429})
        self.assertGreaterEqual(statuses.count(200), 30)
        self.assertLessEqual(statuses.count(200), 30 + (time.monotonic() - begin) / 2 + 1)

    def test_requests_at_once_are_one_figure(self):
        self.tenant.limit(concurrency=3)
        self.bh.mock.hold()
        connections = [self.send(number) for number in range(8)]
        refused = {}
        until(lambda: refused.update(self.answered([c for c in connections if c not in refused], 0.1)) or len(refused) == 5,
              20, "five refusals")
        self.assertEqual(set(refused.values()), {429})
        until(lambda: self.bh.mock.open == 3, 10, "three at the upstream")
        self.bh.mock.release()

    def test_a_revoked_key_is_refused_by_both(self):
        key = self.tenant.new_key("files:read")
        for number in range(2):
            self.assertNotEqual(self.get(number, key["key"]).status, 401)
        self.bh.cli("key", "revoke", key["id"], "--tenant", self.tenant.id)
        for number in range(2):
            until(lambda n=number: self.get(n, key["key"]).status == 401, 5, "the key refused")

    def test_exactly_as_many_as_the_budget_pays_for_with_a_service_killed(self):
        self.tenant.limit(budget_month="1000")
        self.bh.mock.hold()
        one = self.send(0)
        each = until(lambda: float(self.tenant.limits()["reserved"]) or None, 20, "a reservation")
        self.bh.mock.release()
        one.getresponse().read()
        until(lambda: float(self.tenant.limits()["reserved"]) == 0, 20, "it settled", pause=0.1)
        spent, wanted = float(self.tenant.limits()["spent"]), 6
        self.tenant.limit(budget_month=f"{spent + each * (wanted + 0.5):.9f}")
        self.bh.mock.hold()
        seen = len(self.bh.mock.log)
        connections, done = [self.send(number) for number in range(20)], {}

        def rest():
            done.update(self.answered([c for c in connections if c not in done], 0.1))
            return len(done) == 20 - wanted
        until(rest, 30, "all others refused")
        self.assertEqual(set(done.values()), {429})
        until(lambda: self.bh.mock.open == wanted, 10, "as many at the upstream")
        self.bh.children["model2"].kill()
        self.bh.children["model2"].wait()
        # What it had reserved is still reserved: nothing more is admitted anywhere.
        more = [self.send(number) for number in range(4)]
        late = {}
        until(lambda: late.update(self.answered([c for c in more if c not in late], 0.1)) or len(late) == 4, 60, "four more answers")
        self.assertEqual(set(late.values()), {429})
        self.assertEqual(len(self.bh.mock.log) - seen, wanted)
        self.bh.mock.release()
        self.bh.start_second_model()
        until(lambda: float(self.tenant.limits()["reserved"]) == 0, 60, "everything settled", pause=0.2)
        self.assertEqual(len(self.bh.mock.log) - seen, wanted)
        self.assertGreater(float(self.tenant.limits()["spent"]), spent)
        self.assertLessEqual(float(self.tenant.limits()["spent"]), spent + each * wanted)

    def test_no_secret_is_shown(self):
        for words in (("settings",), ("doctor",)):
            done = self.bh.run(*words)
            self.assertNotIn(PASSWORD, done.stdout + done.stderr)
        for name in ("nginx", "gateway2", "model"):
            self.assertNotIn(PASSWORD, self.bh.log_of_child(name))


class Supervised(PlatformTest):
    """One machine of several: the supervisor keeps the process that leases for its gateway."""

    @classmethod
    def setUpClass(cls):
        if not SERVER:
            raise unittest.SkipTest("neither valkey-server nor redis-server is installed")
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false")
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.settings |= {"limits_shared": f"unix:{cls.bh.folder}/valkey.sock",
                            "limits_shared_password_file": f"{cls.bh.folder}/password"}
        path = os.path.join(cls.bh.folder, "password")
        with open(path, "w", encoding="utf-8") as file:
            file.write(PASSWORD)
        os.chmod(path, 0o640)
        cls.valkey = start_valkey(cls.bh.folder)
        cls.addClassCleanup(cls.valkey.wait)
        cls.addClassCleanup(cls.valkey.kill)
        cls.bh.install()
        if os.geteuid() == 0:
            # As the operator does it: the services' group may read the file, nobody else.
            subprocess.run(["groupadd", "-f", "-r", "bulkhead"], check=True)
            shutil.chown(path, group="bulkhead")
        cls.bh.start()

    def metric(self, name):
        connection = Local(os.path.join(self.bh.run_dir, "gateway/http.sock"))
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return next(float(line.split()[1]) for line in text.splitlines() if line.startswith(f"bulkhead_gateway_{name} "))

    def test_it_is_kept_and_started_again(self):
        self.assertEqual(self.bh.process("gateway-limits")["kind"], "helper")
        until(lambda: self.metric("lease_away") == 0, 20, "limits that are shared")
        tenant = self.bh.tenant()
        tenant.limit(requests_per_minute=4)
        statuses = [tenant.call("GET", "/v1/models").status for _ in range(12)]
        # On a busy machine it may be away for a moment, and then there is one part, which is all of it here.
        self.assertIn(statuses.count(200), range(4, 10))
        self.assertEqual(statuses[-1], 429)
        old = self.bh.kill("gateway-limits")
        self.bh.replaced("gateway-limits", old)
        until(lambda: self.metric("lease_away") == 0, 20, "limits that are shared again")
        self.assertEqual(tenant.call("GET", "/v1/models").status, 429)
        # Without it a gateway goes on: killed as a whole, too.
        self.bh.kill("gateway-limits")
        other = self.bh.tenant()
        self.assertEqual(other.call("GET", "/v1/models").status, 200)


if __name__ == "__main__":
    main()
