# SPDX-License-Identifier: Apache-2.0
"""The command line, command by command: JSON and tables, exit statuses, typing errors, what ends what."""
import json
import os
import pty
import re
import select
import subprocess
import uuid

from base import PlatformTest, main, marker, until, wire
from instance import REAL_EMBED

import services

ABSENT = "00000000-0000-4000-8000-000000000009"
OK, FAILED, USAGE, NOT_RUNNING, NOT_FOUND = 0, 1, 2, 3, 4


class Words(PlatformTest):
    def fails(self, status, *arguments, says=""):
        """Nothing on stdout, a sentence on stderr."""
        done = self.bh.run(*arguments)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.assertRegex(done.stderr, r"^bulkhead: .")
        self.assertIn(says, done.stderr)
        return done

    def lists(self, *arguments, tenant=None):
        named = ("--tenant", (tenant or self.acme()).id)
        return self.bh.cli(*arguments, *named)["data"]

    def commands(self):
        """(command, its help) of every command that is listed."""
        found = re.findall(r"^  ([a-z]+(?: [a-z][a-z-]*)?)(?: [A-Z\[]\S*)* {2,}", self.bh.run("help").stdout, re.M)
        self.assertGreater(len(found), 25)
        return [(command, self.bh.run("help", *command.split()).stdout) for command in found]

    def test_every_command_with_json_prints_one_value(self):
        tenant = self.bh.tenant()
        email = f"{marker()}@example.org"
        of = ("--tenant", tenant.name)
        self.bh.cli("user", "create", f"other-{email}", *of, "--role", "member")
        key = tenant.new_key()["id"]
        store = self.store(tenant)["id"]
        archive = os.path.join(os.path.dirname(__file__), "../fuzz/corpus/archive/whole.tar")
        gone = self.bh.tenant()
        delete = (gone.id, "--confirm", gone.name)
        listing = os.path.join(os.path.dirname(__file__), "../fuzz/corpus/price_file/tiers.json")
        plan = f"plan-{uuid.uuid4().hex[:8]}"
        model = ("--url", self.bh.mock.url + "/v1", *of)
        tried = {
            "status": (), "top": (), "env": (), "version": (), "services": (), "usage list": of, "usage costs": of,
            "usage correct": (), "team create": ("red", *of), "team list": of, "team rename": ("red", *of, "--name", "blue"),
            "team archive": ("blue", *of), "audit tail": ("--lines", "1"), "audit search": of, "audit verify": of,
            "ask": ("Who founded Acme?",), "object copy": ("--from", "fs", "--to", "s3"),
            "tenant create": (marker(),), "tenant list": (), "tenant set": (tenant.id,), "tenant suspend": (tenant.id,), "tenant resume": (tenant.id,),
            "user create": (email, *of, "--role", "viewer"), "user list": of, "user link": (email, *of),
            "user set-role": (email, *of, "--role", "member"), "user disable": (email, *of), "user enable": (email, *of),
            "invitation create": (f"new-{email}", *of), "invitation list": of, "invitation resend": (f"new-{email}", *of),
            "invitation revoke": (f"new-{email}", *of), "outbox": of,
            "key create": of, "key list": of, "key set": (key, *of, "--concurrency", "3"), "key revoke": (key, *of),
            "model add": ("shape", *model), "model list": of, "model default": ("shape", *of),
            "model pull": (), "model remove": ("shape", *of), "limit list": of, "limit set": ("--concurrency", "7", *of),
            "store list": of, "store set": (store, *of, "--embedding-model", REAL_EMBED), "store import": (archive, *of),
            "tenant delete": delete, "receipt show": (self.bh.cli("tenant", "delete", *delete)["id"],),
            "receipt list": of, "cors list": of, "cors set": ("https://a.example", *of),
            "price set": ("shape", *of, "--input", "1"), "price list": of,
            "price import": (listing, *of, "--currency", "EUR"),
            "plan create": (plan, "--monthly", "1"), "plan list": (), "plan show": (plan,), "plan revise": (plan, "--seats", "3"),
            "subscription start": (*of, "--plan", plan), "subscription show": of, "subscription list": of,
            "subscription change": (*of, "--plan", plan), "subscription pause": of, "subscription resume": of,
            "subscription cancel": of, "plan archive": (plan,), "stripe status": (), "stripe outbox": of, "stripe retry": of,
            "credit grant": ("5", *of), "credit list": of, "credit balance": of, "invoice list": of,
            "tax set": ("IS", *of, "--rate", "24"), "tax list": of, "billing check": of, "finetune list": of}
        # They need a seller, or something that waits: tried in test_invoices; a platform of their own: in test_backup; a job: in test_finetune.
        elsewhere = {"backup create", "backup list", "backup verify", "backup restore", "backup forget", "stripe connect", "stripe disconnect", "stripe-mock", "billing confirm-vat", "credit void", "credit collect", "demo seed", "demo reset", "finetune get", "finetune cancel",
                     *("invoice " + verb for verb in (
            "create", "show", "finalize", "pay", "void", "write-off", "credit-note", "remove"))}
        offered = {command for command, text in self.commands() if "--json" in text}
        self.assertEqual(offered - set(tried) - elsewhere, set(), "commands with --json that are not tried here")
        for command, arguments in tried.items():
            if command in ("ask", "object copy", "usage correct") or command not in offered:
                continue  # they need an engine, a store and an event: tried in test_cli, test_objects_move and test_usage
            with self.subTest(command=command):
                done = self.bh.run(*command.split(), *arguments, "--json")
                self.assertEqual(done.returncode, OK, done.stderr)
                self.assertIsInstance(json.loads(done.stdout), dict)

    def test_every_command_has_help_and_refuses_what_it_does_not_know(self):
        for command, text in self.commands():
            with self.subTest(command=command):
                self.assertTrue(text.startswith(f"usage: bulkhead {command}"), text)
                self.assertEqual(self.bh.run(*command.split(), "--help").stdout, text)
                self.fails(USAGE, *command.split(), "--nonsense", says="--nonsense")
                if " [OPTION]" in text and "--json" in text:
                    self.fails(USAGE, *command.split(), "--json=1", says="takes no value")
                self.fails(USAGE, *command.split(), *("one", "two", "three"))

    def test_typing_errors_are_answered_with_what_was_meant(self):
        for typed, meant in ((("tenannt", "list"), "tenant"), (("stauts",), "status"), (("key", "revok"), "key revoke"),
                             (("limit", "lst"), "limit list"), (("model", "defalt"), "model default")):
            with self.subTest(typed=typed):
                self.fails(USAGE, *typed, says=f"did you mean `{'bulkhead ' if ' ' in meant else ''}{meant}`")
        self.fails(USAGE, "key", says="bulkhead key revoke")
        self.fails(USAGE, "xyzzyplugh", says="bulkhead help")
        self.fails(USAGE, "help", "xyzzyplugh")
        self.fails(USAGE, "routes-and-more")

    def test_what_is_not_there(self):
        of = ("--tenant", self.acme().id)
        for arguments in (
                ("key", "list", "--tenant", "nobody"), ("key", "revoke", ABSENT, *of), ("key", "revoke", "nonsense", *of),
                ("user", "disable", "no@example.org", *of), ("user", "link", "no@example.org", *of),
                ("user", "set-role", "no@example.org", "--role", "admin", *of),
                ("model", "remove", "none", *of), ("model", "default", "none", *of), ("tenant", "suspend", ABSENT),
                ("tenant", "resume", "nobody"), ("limit", "list", "--tenant", "nobody"),
                ("usage", "--tenant", "nobody"), ("audit", "tail", "--tenant", "nobody"), ("restart", "nobody"),
                ("logs", "nobody"), ("serve", "nobody")):
            with self.subTest(arguments=arguments):
                self.fails(NOT_FOUND, *arguments)

    def test_values_that_are_wrong(self):
        of = ("--tenant", self.acme().id)
        url = ("--url", self.bh.mock.url + "/v1", *of)
        for status, arguments in (
                (USAGE, ("key", "create")), (USAGE, ("key", "create", *of, "--expires-days", "0")),
                (USAGE, ("key", "create", *of, "--expires-days", "soon")), (FAILED, ("key", "create", *of, "--scope", "x")),
                (USAGE, ("key", "list")), (USAGE, ("key", "revoke")), (USAGE, ("key", "list", *of, *of)),
                (USAGE, ("model", "add", "x")), (FAILED, ("model", "add", "x", "--url", "ftp://x", *of)),
                (FAILED, ("model", "add", "x", *url, "--kind", "poem")), (USAGE, ("model", "add", "x", *url, "--context", "0")),
                (FAILED, ("model", "add", "x", *url, "--price-in", "cheap")), (USAGE, ("model", "remove")),
                (NOT_FOUND, ("model", "default", "mock-chat", "--kind", "embedding", *of)),
                (USAGE, ("limit", "list")), (USAGE, ("limit", "set", *of, "--concurrency", "-1")),
                (USAGE, ("limit", "set", *of, "--requests-per-minute", "many")),
                (FAILED, ("limit", "set", *of, "--budget-month", "lots")), (USAGE, ("limit", "set", "--tenant")),
                (FAILED, ("user", "create", "no-address", *of, "--role", "member")),
                (FAILED, ("key", "create", *of, "--name", "a bell\033[31m")),
                (FAILED, ("tenant", "create", "")), (FAILED, ("tenant", "create", self.acme().name)),
                (USAGE, ("audit", "tail", "--lines", "x")), (USAGE, ("logs", "agent", "--lines", "-1")),
                (USAGE, ("restart",)), (USAGE, ("restart", "agent", "--reload", "more"))):
            with self.subTest(arguments=arguments):
                done = self.fails(status, *arguments)
                self.assertNotIn("Traceback", done.stderr)

    def test_colours_only_where_a_person_looks(self):
        def shown(environment):
            ours, theirs = pty.openpty()
            with subprocess.Popen([self.bh.program, "tenant", "list"], env=environment, stdout=theirs, cwd="/") as process:
                os.close(theirs)
                text = b""
                try:
                    while part := os.read(ours, 65536):
                        text += part
                except OSError:
                    pass  # how a terminal tells that the other side has closed
                process.wait()
            os.close(ours)
            return text
        plain = self.bh.environment
        self.assertNotIn(b"\033", shown(plain))
        coloured = {name: value for name, value in plain.items() if name != "NO_COLOR"}
        self.assertIn(b"\033[1m", shown(coloured))
        done = self.bh.run("tenant", "list", environment=coloured)
        self.assertNotIn("\033", done.stdout)

    def test_a_key_from_its_making_to_its_end(self):
        tenant = self.bh.tenant()
        made = self.bh.run("key", "create", "--tenant", tenant.name, "--name", "by hand", "--expires-days", "3")
        self.assertEqual(made.returncode, OK)
        self.assertIn("not be shown again", made.stderr)
        secret = re.search(r"^KEY +(bh_sk_\S+)$", made.stdout, re.M).group(1)
        row = next(each for each in self.lists("key", "list", tenant=tenant) if each["name"] == "by hand")
        self.assertEqual((row["revoked_at"], row["expires_at"] - row["created_at"]), (None, 3 * 86400))
        shown = self.bh.run("key", "list", "--tenant", tenant.id).stdout
        self.assertIn(row["id"], shown)
        self.assertNotIn(secret, shown)
        http = wire.Http(self.bh.address, secret)
        self.ok(http.call("GET", "/v1/models"))
        self.assertEqual(self.bh.run("key", "revoke", row["id"], "--tenant", tenant.id).returncode, OK)
        until(lambda: http.call("GET", "/v1/models").status == 401, 5, "the key refused")
        row = next(each for each in self.lists("key", "list", tenant=tenant) if each["id"] == row["id"])
        self.assertIsInstance(row["revoked_at"], int)
        self.fails(NOT_FOUND, "key", "revoke", row["id"], "--tenant", tenant.id)
        # Another tenant's name does not end it.
        self.fails(NOT_FOUND, "key", "revoke", tenant.key_id, "--tenant", self.acme().id)
        self.ok(tenant.call("GET", "/v1/models"))

    def test_a_model_from_its_adding_to_its_removal(self):
        tenant = self.bh.tenant()
        of, url = ("--tenant", tenant.id), ("--url", self.bh.mock.url + "/v1")
        self.assertIn("mine", self.bh.run("model", "add", "mine", *url, "--upstream-model", "theirs", *of).stdout)
        self.fails(FAILED, "model", "add", "mine", *url, *of)
        rows = {row["name"]: row for row in self.lists("model", "list", tenant=tenant)}
        self.assertEqual((rows["mine"]["tenant_id"], rows["mine"]["upstream_model"]), (tenant.id, "theirs"))
        self.assertIn("mock-chat", rows)
        self.assertNotIn("mine", self.bh.run("model", "list").stdout)
        self.bh.cli("model", "default", "mine", *of)
        self.assertEqual(self.ok(self.chat(tenant))["model"], "mine")
        self.bh.cli("model", "remove", "mine", *of)
        self.assertNotIn("mine", {row["name"] for row in self.lists("model", "list", tenant=tenant)})
        self.refused(self.chat(tenant, model="mine"), 404, "model_not_found", "model")
        # The public one of another's is not removed by naming a tenant.
        self.fails(NOT_FOUND, "model", "remove", "mock-chat", *of)
        self.assertIn("mock-chat", self.bh.run("model", "list").stdout)

    def test_a_user_out_and_in_again(self):
        email = f"{marker()}@example.org"
        of = ("--tenant", self.acme().id)
        row = self.bh.cli("user", "create", email, *of, "--role", "member", "--password-stdin",
                          stdin="correct horse battery staple\n")
        self.assertNotIn("correct horse", json.dumps(row))
        for name in (email, row["id"]):
            self.assertEqual(self.bh.cli("user", "disable", name, *of)["state"], "disabled")
            listed = {each["email"]: each["state"] for each in self.lists("user", "list")}
            self.assertEqual(listed[email], "disabled")
            self.assertEqual(self.bh.cli("user", "enable", name, *of)["state"], "active")
        link = self.bh.cli("user", "link", email, *of)["url"]
        self.assertRegex(link, rf"^{re.escape(self.bh.url)}/setup#bh_ot_\S+$")

    def test_limits_as_they_are(self):
        tenant = self.bh.tenant()
        fresh = self.bh.cli("limit", "list", "--tenant", tenant.name)
        self.assertEqual((fresh["tenant_id"], fresh["requests_per_minute"], fresh["tokens_per_minute"],
                          fresh["budget_month"]), (tenant.id, 0, 0, None))
        tenant.limit(requests_per_minute=100, budget_month="1.5")
        self.assertEqual(tenant.limits()["requests_per_minute"], 100)
        # One limit is set and the others stay.
        tenant.limit(tokens_per_minute=5000)
        self.assertEqual((tenant.limits()["requests_per_minute"], tenant.limits()["tokens_per_minute"],
                          float(tenant.limits()["budget_month"])), (100, 5000, 1.5))
        shown = self.bh.run("limit", "list", "--tenant", tenant.id).stdout
        self.assertRegex(shown, r"(?m)^REQUESTS PER MINUTE +100$")
        tenant.limit(budget_month="none")
        self.assertIsNone(tenant.limits()["budget_month"])

    def test_the_usage_of_one_request(self):
        replies = [self.chat(self.acme()) for _ in range(2)]
        for reply in replies:
            rows = self.acme().settled(reply.request_id)
            self.assertEqual([row["request_id"] for row in rows], [reply.request_id])
            everywhere = self.bh.cli("usage", "--request", reply.request_id)["data"]
            self.assertEqual([row["tenant_id"] for row in everywhere], [self.acme().id])
            shown = self.bh.run("usage", "--request", reply.request_id).stdout
            self.assertEqual(len(shown.splitlines()), 2, shown)
            self.assertIn(rows[0]["source"], shown)
        self.assertEqual(self.bh.cli("usage", "--request", "0" * 32)["data"], [])
        self.assertEqual(len(self.lists("usage", "--lines", "1")), 1)

    def test_usage_page_by_page(self):
        tenant = self.bh.tenant()
        for reply in [self.chat(tenant) for _ in range(5)]:
            tenant.settled(reply.request_id)
        ids = [row["id"] for row in tenant.usage()]
        words, seen = ("usage", "--tenant", tenant.id, "--lines", "2"), []
        more = ()
        for count in (2, 2, 1):
            rows = self.bh.cli(*words, *more)["data"]
            self.assertEqual(len(rows), count)
            seen += [row["id"] for row in rows]
            told = self.bh.run(*words, *more).stderr
            more = ("--before", seen[-1])
            self.assertEqual("--before " + seen[-1] in told, count == 2, told)
        self.assertEqual(seen, ids)
        self.assertEqual(self.bh.cli(*words, *more)["data"], [])
        for wrong in (("--before", ids[0]), ("--tenant", tenant.id, "--quarantined", "--before", ids[0])):
            self.assertEqual(self.bh.run("usage", *wrong).returncode, 2)
        self.assertEqual(self.bh.run("usage", "--tenant", tenant.id, "--before", "x").returncode, 1)

    def test_the_end_of_the_audit_log_and_what_comes(self):
        self.ok(self.acme().call("GET", "/v1/models"))
        tail = self.bh.run("audit", "tail", "--lines", "3").stdout.splitlines()
        self.assertEqual(len(tail), 3)
        self.assertTrue(all(re.match(r"\d{4}-\d\d-\d\dT\S+Z  ", line) for line in tail), tail)
        with subprocess.Popen([self.bh.program, "audit", "tail", "--follow", "--json", "--lines", "0", "--tenant",
                               self.acme().id], env=self.bh.environment, stdout=subprocess.PIPE, text=True,
                              cwd="/") as follower:
            try:
                # It prints what comes after it has looked once: asked again until a line is seen.
                until(lambda: self.acme().call("GET", "/v1/models") and self.readable(follower.stdout), 20,
                      "a line of the follower", pause=0.1)
                while (line := json.loads(follower.stdout.readline()))["event"] != "model.list":
                    self.assertEqual(line["tenant_id"], self.acme().id)
            finally:
                follower.terminate()

    @staticmethod
    def readable(stream):
        return bool(select.select([stream], [], [], 0)[0])

    def test_logs_of_one_and_of_all(self):
        everything = self.bh.run("logs", "--lines", "2000").stdout
        names = {line.partition(" ")[0] for line in everything.splitlines()}
        self.assertTrue({*services.names(), "supervisor"} <= names, names)
        one = self.bh.run("logs", "model", "--lines", "5").stdout.splitlines()
        self.assertTrue(one and len(one) <= 5)
        self.assertTrue(all(json.loads(line)["service"] == "model" for line in one))

    def test_the_environment_for_a_shell(self):
        script = f'eval "$("{self.bh.program}" env)"; printf "%s\\n" "$OPENAI_API_KEY" "$OPENAI_BASE_URL"'
        done = subprocess.run(["/bin/sh", "-c", script], env=self.bh.environment, capture_output=True, text=True,
                              check=True, cwd="/")
        key, url = done.stdout.splitlines()
        self.assertEqual(url, self.bh.url + "/v1")
        self.ok(wire.Http(self.bh.address, key).call("GET", "/v1/models"))
        given = self.bh.cli("env")
        self.assertEqual((given["OPENAI_API_KEY"], given["OPENAI_BASE_URL"]), (key, url))

    def test_doctor_tells_where_each_setting_comes_from(self):
        done = self.bh.run("doctor")
        self.assertEqual(done.returncode, OK, done.stdout)
        self.assertRegex(done.stdout, r"(?m)^ok +user ")
        self.assertIn("served by this instance", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^gateway\.workers = 2 +\[default\]")
        changed = self.bh.run("doctor", environment=self.bh.environment | {"BULKHEAD_GATEWAY_WORKERS": "3"})
        self.assertRegex(changed.stdout, r"(?m)^gateway\.workers = 3 +\[.*BULKHEAD_GATEWAY_WORKERS.*\]")

    def test_restart_of_one_leaves_the_others_alone(self):
        before = {row["name"]: row["pid"] for row in self.bh.status()["services"]}
        self.assertEqual(self.bh.run("restart", "rag").returncode, OK)
        after = {row["name"]: row["pid"] for row in self.bh.status()["services"]}
        self.assertNotEqual(before.pop("rag"), after.pop("rag"))
        self.assertEqual(before, after)
        # It came back ready: the command waits for that.
        self.ok(self.acme().call("GET", "/v1/vector_stores"))
        self.fails(USAGE, "restart", "auth", "--reload", says="gateway")


if __name__ == "__main__":
    main()
