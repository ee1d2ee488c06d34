# SPDX-License-Identifier: Apache-2.0
"""The command line: shapes of its answers, exit statuses, what it says when something is wrong."""
import json
import os
import re
import stat
import subprocess
import unittest

from base import PlatformTest, main, marker, until, uses_engine, wire

import instance
import services


class Commands(PlatformTest):
    def test_status(self):
        status = self.bh.status()
        self.assertIs(status["ready"], True)
        self.assertEqual(status["url"], self.bh.url)
        for row in status["services"]:
            self.assertTrue({"name", "kind", "state", "pid", "rss_bytes", "restarts", "ready_ms"} <= set(row), row)
            self.assertIn(row["kind"], ("service", "gateway", "supervisor", "database", "engine", "step"))
        kinds = {row["name"]: row["kind"] for row in status["services"]}
        for name, kind in {**dict.fromkeys(services.names(), "service"), "gateway": "gateway", "postgres": "database",
                           "chat": "engine", "embed": "engine"}.items():
            self.assertEqual(kinds[name], kind)
        self.assertIn("supervisor", kinds.values())
        self.assertEqual(self.bh.run("status").returncode, 0)

    def test_tenants(self):
        name = f"Tenant {marker()}"
        row = self.bh.cli("tenant", "create", name)
        self.assertRegex(row["id"], r"^[0-9a-f-]{36}$")
        self.assertEqual(row["name"], name)
        self.assertIn(row["id"], [each["id"] for each in self.bh.cli("tenant", "list")["data"]])
        self.assertNotEqual(self.bh.run("tenant", "create", name, "--json").returncode, 0)
        key = self.bh.cli("key", "create", "--tenant", name, "--name", "by name")
        self.assertEqual(key["tenant_id"], row["id"])

    def test_users(self):
        tenant = self.acme()
        email = f"{marker()}@example.org"
        row = self.bh.cli("user", "create", email, "--tenant", tenant.id, "--role", "member")
        self.assertEqual((row["email"], row["tenant_id"], row["role"]), (email, tenant.id, "member"))
        self.assertEqual(self.bh.cli("user", "set-role", email, "--tenant", tenant.id, "--role", "admin")["role"], "admin")
        listed = {each["email"]: each for each in self.bh.cli("user", "list", "--tenant", tenant.id)["data"]}
        self.assertEqual(listed[email]["role"], "admin")
        done = self.bh.run("user", "create", "not-an-address", "--tenant", tenant.id, "--role", "member", "--json")
        self.assertNotEqual(done.returncode, 0)
        self.assertNotEqual(self.bh.run("user", "create", f"x{email}", "--tenant", tenant.id, "--role", "king",
                                        "--json").returncode, 0)

    def test_keys(self):
        tenant = self.acme()
        row = self.bh.cli("key", "create", "--tenant", tenant.id, "--name", "n", "--scope", "models:read")
        self.assertTrue({"id", "key", "tenant_id", "prefix"} <= set(row))
        self.assertTrue(row["prefix"].startswith("bh_sk_") and row["key"].startswith("bh_sk_"))
        # What is shown is a part of the row's id, which is in the key and is no secret.
        self.assertIn(row["prefix"].removeprefix("bh_sk_"), row["key"])
        http = wire.Http(self.bh.address, row["key"])
        self.ok(http.call("GET", "/v1/models"))
        self.refused(http.call("GET", "/v1/files"), 403)
        listed = self.bh.run("key", "list", "--tenant", tenant.id, "--json").stdout
        self.assertIn(row["id"], listed)
        self.assertNotIn(row["key"], listed)
        logs = "".join(open(os.path.join(self.bh.logs, name), encoding="utf-8", errors="replace").read()
                       for name in os.listdir(self.bh.logs))
        self.assertNotIn(row["key"], logs)
        self.assertNotEqual(self.bh.run("key", "create", "--tenant", tenant.id, "--scope", "everything",
                                        "--json").returncode, 0)

    def test_models(self):
        tenant = self.acme()
        name = "m-" + marker()
        row = self.bh.cli("model", "add", name, "--url", self.bh.mock.url + "/v1", "--upstream-model", "theirs",
                          "--kind", "chat", "--context", "4096", "--tenant", tenant.id, "--api-key-stdin",
                          "--price-in", "0.15", "--price-out", "0.60", stdin="sk-upstream-secret\n")
        self.assertEqual((row["name"], row["price_in"], row["context"]), (name, "0.15", 4096))
        listed = self.bh.run("model", "list", "--tenant", tenant.id, "--json").stdout
        self.assertIn(name, listed)
        self.assertNotIn("sk-upstream-secret", listed)
        word = marker()
        self.ok(self.chat(tenant, word, model=name))
        sent = next(each for each in reversed(self.bh.mock.log) if word in json.dumps(each["body"]))
        self.assertEqual((sent["headers"]["authorization"], sent["body"]["model"]),
                         ("Bearer sk-upstream-secret", "theirs"))
        found = self.bh.psql(f"SELECT * FROM bulkhead.model WHERE name = '{name}'")
        self.assertNotIn("sk-upstream-secret", str(found))
        self.bh.cli("model", "remove", name, "--tenant", tenant.id)

    def test_limits_and_usage(self):
        tenant = self.bh.tenant()
        row = tenant.limit(requests_per_minute=600, tokens_per_minute=100000, concurrency=20, budget_month="12.5")
        self.assertEqual((row["requests_per_minute"], row["tokens_per_minute"], row["concurrency"]), (600, 100000, 20))
        self.assertEqual(float(row["budget_month"]), 12.5)
        self.assertEqual(tenant.limits(), row)
        reply = self.chat(tenant)
        rows = tenant.settled(reply.request_id)
        self.assertTrue({"tenant_id", "request_id", "model", "kind", "prompt_tokens", "completion_tokens", "source",
                         "cost"} <= set(rows[0]))
        everywhere = self.bh.cli("usage", "--request", reply.request_id)["data"]
        self.assertEqual([each["tenant_id"] for each in everywhere], [tenant.id])

    def test_audit(self):
        reply = self.acme().call("GET", "/v1/models")

        def lines():
            done = self.bh.run("audit", "tail", "--request", reply.request_id, "--json")
            return [json.loads(line) for line in done.stdout.splitlines()]
        found = until(lambda: [line for line in lines() if line["event"] == "model.list"], 5, "the request's audit line")
        self.assertEqual(found[0]["tenant_id"], self.acme().id)
        tail = self.bh.run("audit", "tail", "--tenant", self.acme().id, "--json").stdout.splitlines()
        # What the platform's staff did to the tenant belongs to it too.
        self.assertTrue(tail)
        for line in map(json.loads, tail):
            self.assertIn(self.acme().id, (line["tenant_id"], line.get("target_tenant_id")))

    def test_operators_acts_are_audited_with_whom_they_concern(self):
        row = self.bh.cli("tenant", "create", f"Audited {marker()}")
        self.bh.cli("tenant", "suspend", row["id"])
        until(lambda: any(line.get("event") == "tenant.suspend" and line.get("target_tenant_id") == row["id"]
                          and "operator" in json.dumps(line) for line in self.bh.audit()), 5, "the audit line")

    def test_metrics(self):
        self.acme().call("GET", "/v1/models")
        self.refused(self.acme().call("GET", "/metrics"), 403)
        self.refused(wire.Http(self.bh.address).call("GET", "/metrics"), 401)
        key = self.bh.cli("key", "create", "--tenant", "platform", "--name", "metrics", "--scope", "metrics:read")
        reply = wire.Http(self.bh.address, key["key"]).call("GET", "/metrics")
        self.assertEqual(reply.status, 200, reply)
        text = reply.body.decode()
        self.assertRegex(text, r'bulkhead_gateway_requests_total\{route="/v1/models".*\} [1-9]')
        self.assertNotIn(self.acme().id, text)
        self.assertNotIn(self.acme().name, text)

    def test_help_version_and_typos(self):
        self.assertRegex(self.bh.run("version").stdout, r"\d+\.\d+")
        helped = self.bh.run("help")
        self.assertEqual(helped.returncode, 0)
        for word in ("tenant", "model", "limit", "usage", "audit", "ask", "doctor"):
            self.assertIn(word, helped.stdout)
        self.assertNotIn("BULKHEAD_SECRETS", helped.stdout)
        typo = self.bh.run("tenannt", "list")
        self.assertEqual(typo.returncode, 2)
        self.assertIn("tenant", typo.stderr)
        self.assertEqual(self.bh.run("tenant", "list", "--nonsense").returncode, 2)
        self.assertEqual(self.bh.run("tenant", "create").returncode, 2)

    def test_things_that_are_not_there(self):
        for arguments in (("key", "list", "--tenant", "nobody-at-all"),
                          ("tenant", "suspend", "00000000-0000-4000-8000-000000000009"),
                          ("key", "revoke", "00000000-0000-4000-8000-000000000009", "--tenant", self.acme().id),
                          ("user", "disable", "no@example.org", "--tenant", self.acme().id),
                          ("model", "remove", "no-such", "--tenant", self.acme().id)):
            with self.subTest(arguments=arguments):
                done = self.bh.run(*arguments, "--json")
                self.assertNotEqual(done.returncode, 0)
                self.assertTrue(done.stderr.strip())
                self.assertEqual(done.stdout.strip(), "")

    def test_doctor_and_env(self):
        doctor = self.bh.run("doctor")
        self.assertIn("gateway.listen", doctor.stdout)
        self.assertIn("BULKHEAD_LISTEN", doctor.stdout + doctor.stderr)
        env = self.bh.run("env")
        self.assertEqual(env.returncode, 0, env.stderr)
        for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_DEFAULT_MODEL", "OPENAI_AGENTS_DISABLE_TRACING",
                     "VECTOR_STORE_ID"):
            self.assertIn(name, env.stdout)

    def test_restart_and_logs(self):
        old = self.bh.process("agent")["pid"]
        done = self.bh.run("restart", "agent")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.bh.replaced("agent", old)
        self.assertNotEqual(self.bh.run("restart", "nobody").returncode, 0)
        logs = self.bh.run("logs", "agent", "--lines", "20")
        self.assertEqual(logs.returncode, 0)
        self.assertLessEqual(len(logs.stdout.splitlines()), 20)
        self.assertTrue(logs.stdout)
        reload = self.bh.run("restart", "gateway", "--reload")
        self.assertEqual(reload.returncode, 0, reload.stderr)
        self.ok(self.acme().call("GET", "/v1/models"))

    def test_a_start_over_an_older_home_moves_the_engines_models(self):
        """Their addresses and contexts may be others than they were; the defaults still mean them."""
        before = self.bh.psql("SELECT kind, model_id FROM bulkhead.model_default ORDER BY kind")
        urls = self.bh.psql("SELECT name, url FROM bulkhead.model WHERE managed ORDER BY name")
        self.bh.psql("UPDATE bulkhead.model SET url = 'unix:/of/old.sock', context = 128 WHERE managed")
        self.bh.down()
        self.bh.up()
        self.assertEqual(self.bh.psql("SELECT name, url FROM bulkhead.model WHERE managed ORDER BY name"), urls)
        self.assertEqual(self.bh.psql("SELECT kind, model_id FROM bulkhead.model_default ORDER BY kind"), before)
        self.assertEqual(self.bh.psql("SELECT count(*) FROM bulkhead.model WHERE context = 128"), [["0"]])

    @uses_engine
    def test_ask(self):
        path = os.path.join(self.bh.home, "quickstart.env")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(path, encoding="utf-8") as file:
            names = dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line and not line.startswith("#"))
        self.assertEqual({name.removeprefix("export ") for name in names}, {
            "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_DEFAULT_MODEL", "OPENAI_AGENTS_DISABLE_TRACING",
            "VECTOR_STORE_ID"})
        done = self.bh.run("ask", "In which year was Acme Harbour Services founded?", timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.strip())

    def test_a_fresh_link_sets_the_admins_password_once(self):
        done = self.bh.run("up", "--detach")
        link = re.search(r"http://\S+/setup#(\S+)", done.stdout + done.stderr)
        self.assertTrue(link, done.stdout + done.stderr)
        page = wire.Http(self.bh.address).call("GET", "/setup")
        self.assertEqual(page.status, 200)
        self.assertIn("content-security-policy", page.headers)
        nobody = wire.Http(self.bh.address)
        token = link.group(1).split("=")[-1]
        weak = nobody.call("POST", "/api/auth/link", {"token": token, "password": "short"})
        self.refused(weak, 400, param="password")
        row = self.ok(nobody.call("POST", "/api/auth/link", {"token": token, "password": "correct horse battery"}))
        self.refused(nobody.call("POST", "/api/auth/link", {"token": token, "password": "another good password"}), 401)
        tokens = self.ok(nobody.call("POST", "/api/auth/sign-in", {"email": row["email"],
                                                                   "password": "correct horse battery"}))
        self.assertEqual(tokens["role"], "superuser")
        admin = wire.Http(self.bh.address, tokens["access_token"])
        self.ok(admin.call("GET", "/api/tenants"))
        self.assertEqual(admin.call("GET", "/metrics").status, 200)

    def test_state_and_secrets_are_nobody_elses_to_read(self):
        loose = []
        for folder, _, names in os.walk(self.bh.home):
            for name in names:
                path = os.path.join(folder, name)
                try:
                    mode = os.stat(path, follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if stat.S_ISREG(mode.st_mode) and mode.st_mode & 0o002:
                    loose.append(path)
                if "secret" in name or "key" in name or name.endswith(".env") or name.startswith("audit"):
                    if stat.S_ISREG(mode.st_mode) and mode.st_mode & 0o007:
                        loose.append(path)
        self.assertEqual(loose, [])

    @unittest.skipUnless(os.geteuid() == 0, "one user is every process")
    def test_no_process_can_listen_where_another_does(self):
        users = {"pg": "db", "chat": "engine", "embed": "engine", "gateway": "gw", **{name: name for name in services.names()}}
        for user in set(users.values()):
            # Its own folder is writable: else the refusals would prove nothing.
            own = next(name for name, whose in users.items() if whose == user)
            self.assertEqual(self.touched(user, own), "")
            for folder in ("", *(name for name, whose in users.items() if whose != user)):
                with self.subTest(user=user, folder=folder):
                    self.assertIn("Permission denied", self.touched(user, folder))

    def touched(self, user, folder):
        """What a process of that user is told when it makes a file in a folder of the run folder."""
        path = os.path.join(self.bh.run_dir, folder, "squatter")
        done = subprocess.run(["/usr/bin/touch", path], user=f"bulkhead-{user}", group=f"bulkhead-{user}",
                              extra_groups=["bulkhead"], capture_output=True, text=True, check=False, cwd="/")
        if os.path.exists(path):
            os.unlink(path)
        return done.stderr

    def test_only_the_gateway_listens_on_the_network(self):
        owners = {}
        for row in self.bh.status()["services"]:
            for pid in self.group(row["pid"]):
                owners[pid] = row["name"]
        inodes = {}
        for pid, name in owners.items():
            try:
                for fd in os.listdir(f"/proc/{pid}/fd"):
                    inodes[os.readlink(f"/proc/{pid}/fd/{fd}")] = name
            except (FileNotFoundError, PermissionError):
                continue
        listening = set()
        for table in ("tcp", "tcp6"):
            with open(f"/proc/net/{table}", encoding="ascii") as file:
                for line in file.readlines()[1:]:
                    words = line.split()
                    if words[3] == "0A" and f"socket:[{words[9]}]" in inodes:
                        listening.add((inodes[f"socket:[{words[9]}]"], int(words[1].rpartition(":")[2], 16)))
        self.assertEqual(listening, {("gateway", self.bh.port)})

    @staticmethod
    def group(pid):
        """A process and all below it."""
        found, wait = [], [pid] if pid else []
        while wait:
            at = wait.pop()
            found.append(at)
            try:
                with open(f"/proc/{at}/task/{at}/children", encoding="ascii") as file:
                    wait += [int(each) for each in file.read().split()]
            except FileNotFoundError:
                continue
        return found


class WrongSettings(unittest.TestCase):
    """A start that cannot be right stops with its place named."""

    def setUp(self):
        self.bh = instance.Instance()
        self.addCleanup(self.bh.stop)
        self.bh.install()

    def said(self, environment=None):
        done = self.bh.run("up", "--detach", environment=environment)
        self.assertNotEqual(done.returncode, 0)
        return done.stderr

    def test_a_wrong_line_in_the_file(self):
        os.mkdir(self.bh.home)
        path = os.path.join(self.bh.home, "bulkhead.conf")
        for text, words in (("[gateway]\nlisten = 127.0.0.1:1\nworkerz = 2\n", ("line 3", "workerz")),
                            ("[gateway]\nworkers = many\n", ("line 2", "workers")),
                            ("[model]\nidle_ms = 1\n", ("line 2", "idle_ms")), ("[nothing]\na = 1\n", ("nothing",))):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            said = self.said()
            for word in words:
                self.assertIn(word, said, text)

    def test_an_unknown_or_wrong_variable(self):
        self.assertIn("BULKHEAD_NONSENSE", self.said(self.bh.environment | {"BULKHEAD_NONSENSE": "1"}))
        self.assertIn("BULKHEAD_GATEWAY_WORKERS",
                      self.said(self.bh.environment | {"BULKHEAD_GATEWAY_WORKERS": "many"}))
        self.assertTrue(self.said(self.bh.environment | {"BULKHEAD_LISTEN": "nowhere"}))

    def test_nothing_runs(self):
        status = self.bh.run("status", "--json")
        self.assertEqual(status.returncode, 3)
        self.assertIs(json.loads(status.stdout)["ready"], False)
        self.assertEqual(self.bh.run("tenant", "list").returncode, 3)
        self.assertEqual(self.bh.run("down").returncode, 0)


if __name__ == "__main__":
    main()
