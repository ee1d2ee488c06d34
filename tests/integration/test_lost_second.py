# SPDX-License-Identifier: Apache-2.0
"""A primary is lost for good, and the standby that takes over does not have its last second: what was acknowledged in it is gone, and
nothing else is wrong."""
import os
import uuid

from base import PlatformTest, main, marker, until, wire
from test_across import PASSWORD, SELLER
from test_failover import Pair


class LostSecond(PlatformTest):
    """An asynchronous standby."""

    @classmethod
    def setUpClass(cls):
        cls.bh = Pair(**SELLER)
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start_server()
        cls.bh.install()
        cls.bh.new_secrets()
        cls.bh.psql("CREATE EXTENSION vector;")
        cls.bh.standby = cls.bh.follower(os.path.join(cls.bh.folder, "pg2"), cls.bh.port_of_standby)
        cls.bh.up()
        cls.bh.cli("tax", "set", "DE", "--rate", "19", "--since", "2021-01-01")
        cls.tenant = cls.bh.tenant()
        cls.staff = cls.bh.cli("key", "create", "--tenant", "platform", "--name", "staff", "--scope", "tenants:write",
                            "--scope", "tenants:read")["key"]
        cls.credits = f"/api/tenants/{cls.tenant.id}/credits"

    def give(self, id):
        self.ok(wire.Http(self.bh.address, self.staff).call("POST", self.credits, {"id": id, "amount": "5"}), 201)

    def on_standby(self, query):
        return self.bh.psql_of(self.bh.standby, self.bh.port_of_standby, query)

    def cut_off(self):
        """From now on the standby receives nothing; it has everything from before."""
        until(lambda: self.bh.psql("SELECT count(*) FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_flush_lsn();",
                                   "postgres") == [["1"]], 60, "a standby that has come so far")
        self.on_standby("ALTER SYSTEM SET primary_conninfo = '';")
        self.on_standby("SELECT pg_reload_conf();")
        until(lambda: self.bh.psql("SELECT count(*) FROM pg_stat_replication;", "postgres") == [["0"]], 20, "a standby without its primary")

    def post(self, path, body, key):
        return self.tenant.call("POST", path, body, headers=[("Idempotency-Key", key)], timeout=60)

    def chat_with(self, key):
        return self.post("/v1/chat/completions", {"model": "default", "messages": [{"role": "user", "content": "Hello"}]}, key)

    def person(self):
        email = f"{marker()}@lost.example"
        account = self.bh.cli("user", "create", email, "--tenant", self.tenant.id, "--role", "member", "--password-stdin",
                              stdin=PASSWORD + "\n")["id"]
        body = {"email": email, "password": PASSWORD}
        return account, self.ok(wire.Http(self.bh.address).call("POST", "/api/auth/sign-in", body))["access_token"]

    def me(self, token):
        return wire.Http(self.bh.address, token).call("GET", "/api/auth/me").status

    def test_what_is_lost_is_lost_alone(self):
        kept = self.store(self.tenant, name="kept")["id"]
        file = self.ingest(self.tenant, kept, f"The lamp is {marker()}.\n")
        self.assertEqual(file["status"], "completed")
        first = self.chat_with("before")
        self.tenant.settled(first.request_id)
        account, token = self.person()
        keys = [self.tenant.new_key("files:read", name=f"key-{at}") for at in range(4)]
        self.cut_off()
        lost = self.acknowledged(kept)
        for key in keys[:3]:
            self.bh.cli("key", "revoke", key["id"], "--tenant", self.tenant.id)
        self.assertEqual(self.me(token), 200)
        self.bh.fail_over()
        until(self.serves, 60, "the new primary serving", pause=0.2)
        self.are_gone(lost, kept)
        self.can_be_repeated(lost)
        self.a_revocation_counts_at_once(account, token, keys[3])
        self.holds_together(first.request_id)

    def acknowledged(self, store):
        """What clients and the operator were told in the last second."""
        file = self.upload(self.tenant, f"Nobody will know {marker()}.\n")
        self.attach(self.tenant, store, file["id"])
        made = self.ok(self.post("/v1/vector_stores", {"name": "lost"}, "store"))
        chat = self.chat_with("chat")
        self.assertEqual(chat.status, 200)
        self.tenant.settled(chat.request_id)
        run = self.ok(self.respond(self.tenant, "Hello", {"mode": "slow", "delay": 0.3}, background=True))
        credit = str(uuid.uuid4())
        self.give(credit)
        return {"file": file["id"], "store": made["id"], "chat": chat.request_id, "run": run["id"], "credit": credit}

    def serves(self):
        try:
            return (self.tenant.call("GET", "/v1/vector_stores").status == 200
                    and self.tenant.call("POST", "/v1/vector_stores", {"name": "after"}).status == 200)
        except OSError:
            return False

    def are_gone(self, lost, kept):
        """As if they had never been; what was there before is whole."""
        for path in (f"/v1/files/{lost['file']}", f"/v1/vector_stores/{lost['store']}", f"/v1/responses/{lost['run']}"):
            self.refused(self.tenant.call("GET", path), 404)
        self.assertEqual(self.tenant.usage(lost["chat"]), [])
        credits = self.ok(wire.Http(self.bh.address, self.staff).call("GET", self.credits))["data"]
        self.assertEqual([row for row in credits if row["id"] == lost["credit"]], [])
        counts = self.ok(self.tenant.call("GET", f"/v1/vector_stores/{kept}"))["file_counts"]
        self.assertEqual((counts["completed"], counts["in_progress"], counts["total"]), (1, 0, 1))

    def can_be_repeated(self, lost):
        """With the same keys, once more and no more than that."""
        made = [self.ok(self.post("/v1/vector_stores", {"name": "lost"}, "store"))["id"] for _ in range(2)]
        self.assertEqual(made[0], made[1])
        self.assertNotEqual(made[0], lost["store"])
        replies = [self.chat_with("chat") for _ in range(2)]
        self.assertEqual([reply.status for reply in replies], [200, 200])
        self.assertEqual(replies[1].headers.get("idempotent-replayed"), "true")
        self.assertEqual(len(self.tenant.settled(replies[0].request_id)), 1)
        # What was answered before is not done again.
        self.assertEqual(self.chat_with("before").headers.get("idempotent-replayed"), "true")
        self.give(lost["credit"])

    def a_revocation_counts_at_once(self, account, token, key):
        """Though services have read numbers of the log that the new primary never had."""
        self.assertEqual(self.me(token), 200)
        self.bh.cli("user", "disable", account, "--tenant", self.tenant.id)
        until(lambda: self.me(token) == 401, 5, "the person's token refused")
        other = wire.Http(self.bh.address, key["key"])
        self.assertEqual(other.call("GET", "/v1/files").status, 200)
        self.bh.cli("key", "revoke", key["id"], "--tenant", self.tenant.id)
        until(lambda: other.call("GET", "/v1/files").status == 401, 5, "the key refused")

    def holds_together(self, request):
        self.assertEqual(len(self.tenant.settled(request)), 1)
        until(lambda: self.bh.psql("SELECT count(*) FROM bulkhead.meter_reservation;") == [["0"]], 60, "nothing reserved", pause=0.3)
        self.assertEqual(self.bh.psql("SELECT count(*) FROM bulkhead.response WHERE status IN ('queued', 'in_progress');"), [["0"]])
        for command in (("billing", "check", "--tenant", self.tenant.id), ("audit", "verify")):
            done = self.bh.run(*command, timeout=120)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual({row["restarts"] for row in self.bh.status()["services"]}, {0})


if __name__ == "__main__":
    main()
