# SPDX-License-Identifier: Apache-2.0
"""What an operator meets: people refused everywhere, keys changed, logs put aside, a port that is root's."""
import contextlib
import importlib.util
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import uuid

from base import MISSING, PlatformTest, main, marker, until, wire

import instance

PASSWORD = "correct horse battery staple"


class Persons(PlatformTest):
    def member(self, email, *tenants):
        """A person with a password in each of the tenants; the row of the last."""
        for tenant in tenants:
            first = tenant is tenants[0]
            words = ("--password-stdin",) if first else ()
            row = self.bh.cli("user", "create", email, "--tenant", tenant.id, "--role", "admin", *words,
                              stdin=PASSWORD + "\n" if first else None)
        return row

    def sign_in(self, email, tenant):
        return wire.Http(self.bh.address).call("POST", "/api/auth/sign-in", {
            "email": email, "password": PASSWORD, "tenant": tenant.id})

    def test_a_person_is_refused_in_every_tenant_within_a_second(self):
        self.once_in(3, self.refuse_a_person)

    def refuse_a_person(self):
        a, b = self.acme(), self.other()
        email, stays = f"{marker()}@example.org", f"{marker()}@example.org"
        row = self.member(email, a, b)
        self.member(stays, a)
        tokens = [self.ok(self.sign_in(email, tenant)) for tenant in (a, b)]
        sessions = [wire.Http(self.bh.address, each["access_token"]) for each in tokens]
        own = self.ok(sessions[0].call("POST", "/api/keys", {"name": "own"}), 201)
        key = wire.Http(self.bh.address, own["key"])
        other = wire.Http(self.bh.address, self.ok(self.sign_in(stays, a))["access_token"])
        for each in (*sessions, other):
            self.ok(each.call("GET", "/api/auth/me"))
        self.ok(key.call("GET", "/v1/models"))

        account = self.bh.cli("user", "disable", email, "--everywhere")
        self.assertEqual((account["id"], account["state"]), (row["id"], "disabled"))
        self.assertEqual({each["id"] for each in account["tenants"]}, {a.id, b.id})
        begin = time.monotonic()
        for each in sessions:
            until(lambda each=each: each.call("GET", "/api/auth/me").status == 401, 10, "the token refused")
        until(lambda: key.call("GET", "/v1/models").status in (401, 403), 10, "the person's key refused")
        self.assertLess(time.monotonic() - begin, 10)
        self.refused(self.sign_in(email, b), 401)
        for each in tokens:
            reply = wire.Http(self.bh.address).call("POST", "/api/auth/refresh",
                                                    {"refresh_token": each["refresh_token"]})
            self.assertEqual(reply.status, 401, reply)
        # Nobody else notices.
        self.ok(other.call("GET", "/api/auth/me"))
        self.ok(a.call("GET", "/v1/models"))
        users = self.bh.cli("user", "list", "--tenant", a.id)["data"]
        shown = {each["email"]: (each["state"], each["account_state"]) for each in users}
        self.assertEqual((shown[email], shown[stays]), (("active", "disabled"), ("active", "active")))

        self.assertEqual(self.bh.cli("user", "enable", email, "--everywhere")["state"], "active")
        until(lambda: key.call("GET", "/v1/models").status == 200, 3, "the person's key again")
        self.ok(self.sign_in(email, b))
        self.refused(sessions[0].call("GET", "/api/auth/me"), 401)
        found = [line for line in self.bh.audit() if line.get("event") == "account.disable"
                 and line.get("target_user_id") == row["id"]]
        self.assertTrue(found)

    def test_sign_ins_come_in_pages_newest_first(self):
        a = self.acme()
        email = f"{marker()}@example.org"
        self.member(email, a)
        for _ in range(3):
            http = wire.Http(self.bh.address, self.ok(self.sign_in(email, a))["access_token"])
        everything = self.ok(http.call("GET", "/api/sessions"))
        self.assertEqual((len(everything["data"]), everything["has_more"]), (3, False))
        self.assertIs(everything["data"][0]["current"], True)
        first = self.ok(http.call("GET", "/api/sessions?limit=2"))
        self.assertEqual((first["data"], first["has_more"]), (everything["data"][:2], True))
        rest = self.ok(http.call("GET", f"/api/sessions?limit=2&after={first['data'][-1]['id']}"))
        self.assertEqual((rest["data"], rest["has_more"]), (everything["data"][2:], False))
        self.refused(http.call("GET", "/api/sessions?limit=0"), 400, param="limit")

    def test_only_the_platform_may(self):
        a = self.acme()
        email = f"{marker()}@example.org"
        row = self.member(email, a)
        http = wire.Http(self.bh.address, self.ok(self.sign_in(email, a))["access_token"])
        for path in (f"/api/accounts/{row['id']}/disable", f"/api/accounts/{row['id']}/enable"):
            self.refused(http.call("POST", path, {}), 403)
        self.refused(http.call("GET", f"/api/accounts?email={email}"), 403)

    def test_a_wrong_name_is_said(self):
        for words, status in ((("nobody@example.org", "--everywhere"), 4), (("no address", "--everywhere"), 1),
                              (("x@example.org", "--everywhere", "--tenant", "platform"), 2)):
            with self.subTest(words=words):
                done = self.bh.run("user", "disable", *words)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertTrue(done.stderr.strip())


class Keys(PlatformTest):
    def limited(self, http):
        return http.call("GET", "/v1/models").status == 429

    def test_limits_of_a_key_change_while_it_is_used(self):
        a = self.acme()
        row = self.bh.cli("key", "create", "--tenant", a.id, "--name", marker(), "--requests-per-minute", "1")
        self.assertEqual(row["requests_per_minute"], 1)
        http = wire.Http(self.bh.address, row["key"])
        until(lambda: self.limited(http), 5, "the key's limit")
        changed = self.bh.cli("limit", "set", "--tenant", a.id, "--key", row["name"], "--requests-per-minute", "0")
        self.assertEqual((changed["id"], changed["requests_per_minute"]), (row["id"], 0))
        until(lambda: not self.limited(http), 1, "the limit gone")
        self.bh.cli("key", "set", row["id"], "--tenant", a.id, "--requests-per-minute", "1", "--name", "slow again")
        until(lambda: self.limited(http), 5, "the limit again")
        listed = {each["id"]: each for each in self.bh.cli("key", "list", "--tenant", a.id)["data"]}
        self.assertEqual(listed[row["id"]]["name"], "slow again")

    def test_an_act_is_found_by_whom_it_concerned_however_that_was_spelled(self):
        a = self.acme()
        row = self.bh.cli("key", "create", "--tenant", "platform", "--name", marker(), "--scope", "limits:write",
                          "--scope", "tenants:write")
        staff = wire.Http(self.bh.address, row["key"])
        put = staff.call("PUT", f"/api/tenants/{a.id.upper()}/limits", {"concurrency": 0})
        self.ok(put)
        key = a.new_key("models:read")
        change = staff.call("POST", f"/api/tenants/{a.id.upper()}/keys/{key['id'].upper()}", {"name": "new"})
        self.ok(change)
        for reply, members in ((put, {"target_tenant_id": a.id}),
                               (change, {"target_tenant_id": a.id, "target_key_id": key["id"]})):
            line = until(lambda: next((line for line in self.bh.audit(reply.request_id) if "target_tenant_id" in line),
                                      None), 5, "its audit line")
            self.assertEqual({name: line[name] for name in members}, members)

    def test_a_key_ends_at_its_new_end(self):
        a = self.acme()
        row = self.bh.cli("key", "create", "--tenant", a.id, "--name", marker())
        http = wire.Http(self.bh.address, row["key"])
        self.ok(http.call("GET", "/v1/models"))
        owner = wire.Http(self.bh.address, a.new_key("keys:write")["key"])
        path = f"/api/keys/{row['id']}"
        self.refused(owner.call("POST", path, {"expires_at": 1}), 400, param="expires_at")
        self.refused(owner.call("POST", path, {"expires_at": "soon"}), 400, param="expires_at")
        # In milliseconds the last one would come round to next year.
        for past in (0, -1, -2**63, int(time.time()) + 31_536_000 - 2**64 // 1000):
            self.refused(owner.call("POST", path, {"expires_at": past}), 400, param="expires_at")
        self.refused(owner.call("POST", path, {"scopes": ["tenants:write"]}), 400)
        self.refused(owner.call("POST", f"/api/keys/00000000-0000-4000-8000-{MISSING[-12:]}", {}), 404)

    def test_an_end_is_kept_by_the_gateway_too(self):
        a = self.acme()
        row = self.bh.cli("key", "create", "--tenant", a.id, "--name", marker())
        http = wire.Http(self.bh.address, row["key"])
        self.ok(http.call("GET", "/v1/models"))
        key = self.bh.cli("key", "create", "--tenant", "platform", "--name", "ops", "--scope", "tenants:write")
        operator = wire.Http(self.bh.address, key["key"])
        self.ok(operator.call("POST", f"/api/tenants/{a.id}/keys/{row['id']}", {"expires_at": int(time.time()) + 3}))
        self.ok(http.call("GET", "/v1/models"))
        until(lambda: http.call("GET", "/v1/models").status == 401, 6, "the key's end", pause=0.2)
        self.ok(operator.call("POST", f"/api/tenants/{a.id}/keys/{row['id']}", {"expires_at": None}))
        until(lambda: http.call("GET", "/v1/models").status == 200, 2, "the key without an end")


# What the role of a viewer may.
VIEWER = "account:read account:write models:read files:read images:read finetune:read vector_stores:read responses:read limits:read cors:read usage:own"


class KeysOfKeys(PlatformTest):
    """A credential that leaks lifts no limit that it was given, neither its own nor through another."""

    def test_a_key_gives_no_more_than_it_has(self):
        a = self.acme()
        row = self.bh.cli("key", "create", "--tenant", a.id, "--name", "bound", "--scope", "keys:write",
                          "--scope", "keys:read", "--scope", "models:read", "--requests-per-minute", "1000",
                          "--expires-days", "9")
        key = wire.Http(self.bh.address, row["key"])
        self.refused(key.call("POST", f"/api/keys/{row['id']}", {"requests_per_minute": 0}), 403)
        child = self.ok(key.call("POST", "/api/keys", {"name": "child", "scopes": ["models:read"]}), 201)
        self.assertEqual((child["requests_per_minute"], child["expires_at"]), (1000, row["expires_at"]))
        for more in ({"requests_per_minute": 1001}, {"expires_at": row["expires_at"] + 1}):
            (name,) = more
            self.refused(key.call("POST", "/api/keys", {"name": "more"} | more), 403, param=name)
            self.refused(key.call("POST", f"/api/keys/{child['id']}", more), 403, param=name)
        self.refused(key.call("POST", f"/api/keys/{child['id']}", {"expires_at": None}), 403)
        # Only what it made itself: raising another's limit would be a way around its own.
        slow = self.bh.cli("key", "create", "--tenant", a.id, "--name", marker(), "--requests-per-minute", "1")
        self.refused(key.call("POST", f"/api/keys/{slow['id']}", {"requests_per_minute": 900}), 403)

    def test_keys_that_a_key_made_spend_its_requests(self):
        a = self.acme()
        row = self.bh.cli("key", "create", "--tenant", a.id, "--name", marker(), "--scope", "keys:write",
                          "--scope", "models:read", "--requests-per-minute", "12")
        key = wire.Http(self.bh.address, row["key"])
        children = [self.ok(key.call("POST", "/api/keys", {"scopes": ["models:read"]}), 201) for _ in range(4)]
        self.assertEqual({child["parent_id"] for child in children}, {row["id"]})
        each = [wire.Http(self.bh.address, child["key"]) for child in children]
        statuses = [http.call("GET", "/v1/models").status for _ in range(3) for http in each]
        self.assertEqual(statuses.count(200), 8)
        limited = next(reply for reply in (http.call("GET", "/v1/models") for http in each) if reply.status == 429)
        self.assertIn(f"key {row['id']}", limited.error["message"])
        self.bh.cli("key", "revoke", row["id"], "--tenant", a.id)
        until(lambda: all(http.call("GET", "/v1/models").status == 401 for http in each), 1, "the end of its keys")

    def test_a_limit_set_above_a_key_is_not_lifted_from_below(self):
        """The child has no limit of its own; the one its parent was given later binds it like one."""
        a = self.acme()
        top = a.new_key("keys:write", "models:read")
        child = self.ok(wire.Http(self.bh.address, top["key"]).call("POST", "/api/keys",
                                                                    {"scopes": ["keys:write", "models:read"]}), 201)
        self.bh.cli("key", "set", top["id"], "--tenant", a.id, "--requests-per-minute", "500")
        http = wire.Http(self.bh.address, child["key"])
        self.refused(http.call("POST", f"/api/keys/{top['id']}", {"requests_per_minute": 0}), 403)
        other = a.new_key("models:read")
        self.refused(http.call("POST", f"/api/keys/{other['id']}", {"requests_per_minute": 0}), 403)
        below = self.ok(http.call("POST", "/api/keys", {"scopes": ["models:read"]}), 201)
        self.assertEqual(below["requests_per_minute"], 500)

    def test_a_key_with_limits_makes_nobody_without_them(self):
        a = self.acme()
        row = self.bh.cli("key", "create", "--tenant", a.id, "--name", marker(), "--requests-per-minute", "500",
                          *(word for scope in VIEWER.split() for word in ("--scope", scope)),
                          "--scope", "users:write", "--scope", "users:read")
        key = wire.Http(self.bh.address, row["key"])
        person = {"email": f"{marker()}@acme.test", "role": "viewer"}
        self.refused(key.call("POST", "/api/users", person), 403)
        self.bh.cli("key", "set", row["id"], "--tenant", a.id, "--requests-per-minute", "0")
        self.ok(key.call("POST", "/api/users", person), 201)

    def test_a_key_made_in_the_platforms_tenant_ends_with_its_maker_by_either_route(self):
        row = self.bh.cli("key", "create", "--tenant", "platform", "--name", marker(), "--scope", "tenants:write",
                          "--scope", "tenants:read", "--scope", "keys:write")
        ops = wire.Http(self.bh.address, row["key"])
        body = {"scopes": ["tenants:read"]}
        children = [self.ok(ops.call("POST", path, body), 201)
                    for path in ("/api/keys", f"/api/tenants/{row['tenant_id']}/keys")]
        self.assertEqual([child["parent_id"] for child in children], [row["id"]] * 2)
        self.bh.cli("key", "revoke", row["id"], "--tenant", "platform")
        for child in children:
            http = wire.Http(self.bh.address, child["key"])
            until(lambda: http.call("GET", "/api/tenants").status == 401, 1, "the end of its keys")

    def test_no_key_of_a_tenant_reaches_others_whoever_made_it(self):
        a = self.acme()
        scopes = ("tenants:read", "tenants:write", "limits:write", "metrics:read")
        row = self.bh.cli("key", "create", "--tenant", "platform", "--name", marker(), "--scope", "models:read",
                          *(word for scope in scopes for word in ("--scope", scope)))
        staff = wire.Http(self.bh.address, row["key"])
        for scope in scopes:
            self.refused(staff.call("POST", f"/api/tenants/{a.id}/keys", {"scopes": ["models:read", scope]}), 400,
                         param="scopes")
        # Nor one that an earlier version made.
        made = self.ok(staff.call("POST", f"/api/tenants/{a.id}/keys", {"scopes": ["models:read"]}), 201)
        self.bh.psql(f"UPDATE bulkhead.api_key SET scopes = 'models:read {' '.join(scopes)}' WHERE id = '{made['id']}'")
        key = wire.Http(self.bh.address, made["key"])
        self.ok(key.call("GET", "/v1/models"))
        self.refused(key.call("GET", "/api/tenants"), 403)
        self.refused(key.call("PUT", f"/api/tenants/{a.id}/limits", {"concurrency": 0}), 403)

    def test_a_key_makes_nobody_greater_than_itself(self):
        """Not by a new person or a role: with users:write alone it cannot become an owner."""
        a = self.acme()
        key = wire.Http(self.bh.address, a.new_key("users:write", "users:read")["key"])
        person = {"email": f"{marker()}@example.org"}
        for role in ("owner", "admin", "member", "viewer"):
            self.refused(key.call("POST", "/api/users", person | {"role": role}), 403)
        viewer = self.bh.cli("user", "create", f"{marker()}@example.org", "--tenant", a.id, "--role", "viewer")
        self.refused(key.call("POST", f"/api/users/{viewer['id']}/role", {"role": "owner"}), 403)
        row = self.bh.cli("key", "create", "--tenant", "platform", "--name", marker(), "--scope", "tenants:write")
        staff = wire.Http(self.bh.address, row["key"])
        self.refused(staff.call("POST", f"/api/tenants/{a.id}/users", person | {"role": "owner"}), 403)
        self.refused(staff.call("POST", f"/api/tenants/{a.id}/users/{viewer['id']}/link", {}), 403)
        self.refused(staff.call("POST", f"/api/tenants/{a.id}/keys", {"scopes": ["chat:write"]}), 400, param="scopes")


class Commands(PlatformTest):
    def test_links_lead_to_the_running_platform(self):
        """Whatever address the operator's shell names."""
        a = self.acme()
        email = f"{marker()}@example.org"
        self.bh.cli("user", "create", email, "--tenant", a.id)
        elsewhere = self.bh.environment | {"BULKHEAD_LISTEN": "127.0.0.1:9"}
        done = self.bh.run("user", "link", email, "--tenant", a.id, environment=elsewhere)
        self.assertIn(self.bh.url + "/setup#", done.stdout)

    def test_a_refused_reload_is_said_and_changes_nothing(self):
        module = os.path.join(self.bh.programs, "lib/ngx_http_bulkhead_module.so")
        pid = self.bh.process("gateway")["pid"]
        os.rename(module, module + ".away")
        try:
            done = self.bh.run("restart", "gateway", "--reload")
        finally:
            os.rename(module + ".away", module)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("keeps its old configuration", done.stderr)
        self.assertEqual(wire.Http(self.bh.address).call("GET", "/v1/models").status, 401)
        done = self.bh.run("restart", "gateway", "--reload")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(wire.Http(self.bh.address).call("GET", "/v1/models").status, 401)
        self.assertEqual(self.bh.process("gateway")["pid"], pid)

    def test_wrong_settings_hinder_neither_looking_nor_stopping(self):
        path = os.path.join(self.bh.home, "bulkhead.conf")
        self.assertFalse(os.path.exists(path))
        self.addCleanup(os.unlink, path)
        with open(path, "w", encoding="utf-8") as file:
            file.write("[gatway]\nlisten = 127.0.0.1:1\n")
        self.assertEqual(self.bh.run("status").returncode, 0)
        self.assertEqual(self.bh.run("logs", "auth").returncode, 0)
        self.assertEqual(self.bh.run("audit", "tail").returncode, 0)
        # What would start something with them says so first, and leaves alone what runs.
        pid = self.bh.process("agent")["pid"]
        for words in (("up", "--detach"), ("restart", "agent"), ("doctor",)):
            done = self.bh.run(*words)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("line 1: unknown section [gatway]", done.stderr)
        self.assertEqual(self.bh.process("agent")["pid"], pid)

    def test_what_does_not_exist_is_said(self):
        for words, status, said in (
                (("logs", "nosuch"), 4, "'nosuch' not found"), (("status", "--jsn"), 2, "--json"),
                (("limit", "set", "--tenant", "platform"), 2, "no limit specified"),
                (("key", "revoke", "nosuch", "--tenant", "platform"), 4, "nosuch"),
                (("key", "set", "nosuch", "--tenant", "platform", "--name", "x"), 4, "nosuch")):
            with self.subTest(words=words):
                done = self.bh.run(*words)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertIn(said, done.stderr)
                self.assertEqual(done.stdout, "")

    def test_nothing_is_read_or_set_for_a_tenant_that_does_not_exist(self):
        """By whichever service: the skeleton of each looks the tenant up."""
        nobody = ("--tenant", str(uuid.uuid4()))
        for words in (("key", "list"), ("model", "list"), ("usage",), ("limit", "list"),
                      ("limit", "set", "--tokens-per-minute", "5"), ("limit", "set", "--storage", "5")):
            with self.subTest(words=words):
                self.assertEqual(self.bh.run(*words, *nobody).returncode, 4)


class Memory(PlatformTest):
    def test_a_large_body_leaves_its_memory_to_others(self):
        a = self.acme()
        path = "/v1/embeddings"

        def body(element):
            return b'{"model":"default","input":[' + b",".join([element] * (8_000_000 // (len(element) + 1))) + b"]}"
        self.ok(a.call("POST", path, {"model": "default", "input": "hi"}))
        before = self.bh.process("model")["rss_bytes"]
        for element in (b"105", b"{}", b"0"):
            many = body(element)
            for reply in self.together(4, lambda _, many=many: a.call("POST", path, many)):
                self.refused(reply, 400)
        self.assertLess(self.bh.process("model")["rss_bytes"] - before, 64 << 20)


class Stopping(unittest.TestCase):
    limit_s = 180

    def test_down_waits_for_no_restart(self):
        with instance.Instance(engine_enabled="false") as bh:
            # Stopped, it is still there until its time to end is over; a service would have a successor long before.
            pid = bh.kill("gateway", signal.SIGSTOP)
            try:
                words = {"cwd": bh.folder, "env": bh.environment, "text": True, "stderr": subprocess.PIPE}
                with subprocess.Popen([bh.program, "restart", "gateway"], **words) as restart:
                    until(lambda: bh.process("gateway")["state"] != "ready", 20, "the restart under way")
                    with subprocess.Popen([bh.program, "down"], **words) as down:
                        said = restart.communicate(timeout=10)[1]
                        os.kill(pid, signal.SIGCONT)
                        down.communicate(timeout=30)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
            self.assertEqual((restart.returncode, down.returncode), (1, 0), said)
            self.assertIn("stopping", said)


class Stores(PlatformTest):
    def test_a_store_whose_file_goes_meanwhile_is_not_made(self):
        a = self.acme()
        file = self.upload(a, "Soon gone.")
        replies = []

        def create():
            replies.append(a.call("POST", "/v1/vector_stores", {"name": "x", "file_ids": [file["id"]]}))
        thread = threading.Thread(target=create)
        waiting = ("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                   "AND query LIKE 'INSERT INTO vector_store %'")
        # The file goes after the look at it and before it is attached.
        with self.bh.transaction("LOCK TABLE bulkhead.vector_store IN SHARE MODE; DELETE FROM bulkhead.file "
                                 f"WHERE id = '{uuid.UUID(file['id'].removeprefix('file-'))}'"):
            thread.start()
            until(lambda: self.bh.psql(waiting), 20, "the store's row waited for")
        thread.join(60)
        self.refused(replies[0], 404, "not_found", "file_ids")
        self.assertEqual(self.ok(a.call("GET", "/v1/vector_stores"))["data"], [])


class Logs(unittest.TestCase):
    limit_s = 240

    def test_no_audit_line_is_lost_while_files_are_put_aside(self):
        with instance.Instance(engine_enabled="false", log_rotate_bytes=65536, log_keep=2) as bh:
            row = bh.cli("tenant", "create", "Acme")
            key = bh.cli("key", "create", "--tenant", row["id"], "--name", "x")["key"]
            follow = subprocess.Popen([bh.program, "audit", "tail", "-f", "--json", "-n", "0"], env=bh.environment,
                                      stdout=subprocess.PIPE, text=True)
            seen = {}

            def read():
                for line in follow.stdout:
                    said = json.loads(line)
                    seen.setdefault(said["request_id"], []).append(said["service"])
            reader = threading.Thread(target=read)
            reader.start()
            try:
                self.assertTrue(self.go_on(bh, key, seen))
            finally:
                follow.send_signal(signal.SIGTERM)
                reader.join(10)
                follow.wait(10)
                follow.stdout.close()

    def go_on(self, bh, key, seen):
        http = wire.Http(bh.address, key)
        ids = []
        until(lambda: bool(seen) or ids.append(http.call("GET", "/v1/models").request_id), 10, "the first line")
        ids.clear()

        def call():
            reply = http.call("GET", "/v1/models")
            self.assertEqual(reply.status, 200)
            ids.append(reply.request_id)
            return os.path.exists(os.path.join(bh.logs, "audit-gateway.jsonl.3")) and \
                os.path.exists(os.path.join(bh.logs, "audit-model.jsonl.3"))
        until(call, 60, "files put aside", pause=0)
        until(lambda: all(len(seen.get(each, ())) >= 2 for each in ids), 10, "both lines of every request")
        # On disk each line is whole and there once.
        lines = {}
        for name in sorted(os.listdir(bh.logs)):
            if name.startswith(("audit-gateway.jsonl", "audit-model.jsonl")):
                with open(os.path.join(bh.logs, name), encoding="utf-8") as file:
                    for line in file:
                        lines.setdefault(json.loads(line)["request_id"], []).append(name.split(".")[0])
        for each in ids:
            self.assertEqual(sorted(lines[each]), ["audit-gateway", "audit-model"])
        # A search goes back over all of them.
        done = bh.run("audit", "tail", "--request", ids[0], "--json")
        self.assertEqual(len(done.stdout.splitlines()), 2, done.stdout)
        return True


class SetUp(unittest.TestCase):
    def test_a_taken_port_is_said_before_anything_is_done(self):
        with socket.create_server(("127.0.0.1", 0)) as taken, tempfile.TemporaryDirectory() as folder:
            programs = os.path.join(folder, "programs")
            done = subprocess.run(
                [os.path.join(instance.ROOT, "scripts/setup"), "up"], capture_output=True, text=True, check=False,
                env=os.environ | {"BULKHEAD_LISTEN": "127.0.0.1:%d" % taken.getsockname()[1],
                                  "BULKHEAD_PROGRAMS": programs, "BULKHEAD_HOME": os.path.join(folder, "home")})
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn("is in use by another program", done.stderr)
            self.assertFalse(os.path.exists(programs))

    def test_a_failed_download_has_a_reason(self):
        spec = importlib.util.spec_from_file_location("programs", os.path.join(instance.ROOT, "scripts/pinned.py"))
        programs = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(programs)
        self.assertIn("checksum", programs.why_not("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM"))
        self.assertIn("network", programs.why_not("Failed to establish a new connection: [Errno 111] Connection refused"))
        self.assertIn("disk", programs.why_not("OSError: [Errno 28] No space left on device"))
        self.assertIsNone(programs.why_not("something nobody has seen"))


class LowPort(unittest.TestCase):
    limit_s = 120

    def test_root_serves_below_1024(self):
        if os.geteuid() != 0:
            self.skipTest("needs root")
        with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii") as file:
            if int(file.read()) < 900:
                self.skipTest("this machine lets everybody listen there")
        bh = instance.Instance(engine_enabled="false")
        bh.port = low_port()
        with bh:
            self.assertEqual(wire.Http(bh.address).call("GET", "/v1/models").status, 401)
            self.assertEqual(bh.run("restart", "gateway", "--reload").returncode, 0)
            old = bh.kill("gateway")
            bh.replaced("gateway", old)
            self.assertEqual(wire.Http(bh.address).call("GET", "/v1/models").status, 401)


def low_port():
    for port in range(901, 1000):
        with socket.socket() as link:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                link.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise unittest.SkipTest("no port below 1024 is free")


if __name__ == "__main__":
    main()
