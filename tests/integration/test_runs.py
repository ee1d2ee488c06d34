# SPDX-License-Identifier: Apache-2.0
"""Runs beside each other: who gets a runner, what ends a run, and what a run outlives."""
import json
import time

from base import PlatformTest, main, marker, until, wire

RUNNERS = 24  # of the agent's one process


class Runs(PlatformTest):
    def tearDown(self):
        self.bh.mock.release()
        self.bh.wait_ready()

    def background(self, tenant, script, word=None):
        """A run in the background; its id."""
        return self.ok(self.respond(tenant, word or marker(), script, background=True))["id"]

    def asked(self, word):
        """How often the upstream was asked for this."""
        return sum(word in json.dumps(each["body"]) for each in self.bh.mock.log)

    def row(self, tenant, id):
        return self.ok(tenant.call("GET", f"/v1/responses/{id}"))

    def ended(self, tenant, id, seconds=30):
        def over():
            found = self.row(tenant, id)
            return found if found["status"] not in ("queued", "in_progress") else None
        return until(over, seconds, f"the end of {id}", pause=0.1)

    def cancel(self, tenant, ids):
        for id in ids:
            tenant.call("POST", f"/v1/responses/{id}/cancel")

    # -- models that are full

    def test_what_waits_for_a_full_model_in_the_background_has_no_runner(self):
        tenant = self.bh.tenant()
        word = marker()
        full = {"mode": "status", "status": 429, "headers": {"retry-after": "5"}}
        ids = [self.background(tenant, full, word) for _ in range(RUNNERS // 3)]
        try:
            until(lambda: self.asked(word) == len(ids), 30, "each asked once")
            until(lambda: not self.bh.psql(
                f"SELECT FROM bulkhead.job_ready WHERE tenant_id = '{tenant.id}' AND worker IS NOT NULL"),
                  30, "the runners given back", pause=0.1)
            # Its background is at its share no longer; and a wait is no failure, nor an attempt.
            done = self.background(tenant, {"mode": "plain"})
            self.assertEqual(self.ended(tenant, done)["status"], "completed")
            self.assertEqual({self.row(tenant, id)["status"] for id in ids}, {"in_progress"})
            self.assertEqual({row[0] for row in self.bh.psql(
                "SELECT attempts FROM bulkhead.job JOIN bulkhead.response USING (tenant_id)"
                f" WHERE job.id = job_id AND tenant_id = '{tenant.id}' AND status = 'in_progress'"
                " AND state = 'waiting'")} - {"0"}, set())
            # Who cancels one does not wait for its time.
            stopped = self.ok(tenant.call("POST", f"/v1/responses/{ids[0]}/cancel"))
            self.assertEqual(stopped["status"], "cancelled")
        finally:
            self.cancel(tenant, ids)

    # -- runners

    def test_one_tenants_background_leaves_runners_to_the_others(self):
        loud, quiet = self.bh.tenant(), self.bh.tenant()
        word = marker()
        ids = [self.background(loud, {"mode": "hang"}, word) for _ in range(RUNNERS)]
        try:
            until(lambda: self.asked(word) == RUNNERS // 3, 10, "its share at work")
            begin = time.monotonic()
            self.assertEqual(self.ok(self.respond(quiet))["status"], "completed")
            self.assertLess(time.monotonic() - begin, 20)
            # Its own people are served beside its background, too; which stays within its share.
            begin = time.monotonic()
            self.assertEqual(self.ok(self.respond(loud))["status"], "completed")
            self.assertLess(time.monotonic() - begin, 20)
            self.assertEqual(self.asked(word), RUNNERS // 3)
            self.assertEqual(self.row(loud, ids[-1])["status"], "queued")
            # Of those that end, the next take the place, whoever was served in between.
            self.cancel(loud, ids[:3])
            until(lambda: self.asked(word) == RUNNERS // 3 + 3, 10, "the next three")
        finally:
            self.cancel(loud, ids)

    def test_what_was_kept_back_is_done_in_the_end(self):
        tenant = self.bh.tenant()
        ids = [self.background(tenant, {"mode": "slow", "delay": 0.02, "text": "a b c"}) for _ in range(2 * RUNNERS)]
        for id in ids:
            self.assertEqual(self.ended(tenant, id)["status"], "completed")

    def test_the_background_of_many_leaves_runners_to_who_waits(self):
        crowd, quiet = [self.bh.tenant() for _ in range(3)], self.bh.tenant()
        word, made = marker(), []
        try:
            for tenant in crowd:
                made += [(tenant, self.background(tenant, {"mode": "hang"}, word)) for _ in range(RUNNERS // 3)]
            until(lambda: self.asked(word) >= RUNNERS * 2 // 3, 10, "two thirds of the runners at work")
            begin = time.monotonic()
            self.assertEqual(self.ok(self.respond(quiet))["status"], "completed")
            self.assertLess(time.monotonic() - begin, 20)
            self.assertEqual(self.asked(word), RUNNERS * 2 // 3)
        finally:
            for tenant, id in made:
                self.cancel(tenant, [id])

    def test_nobody_is_asked_for_a_client_that_left_while_it_waited(self):
        tenant, loud = self.bh.tenant(), [self.bh.tenant() for _ in range(2 + 8)]
        hanging, word = marker(), marker()
        made = [(each, self.background(each, {"mode": "hang"}, hanging)) for each in loud[:2] for _ in range(8)]
        # The last runners are only for tenants that have none: one each.
        streams = [each.http.open("POST", "/v1/responses", {"model": "default", "stream": True, "store": False,
                                  "input": hanging + ' #mock {"mode": "hang"}'}) for each in loud[2:]]
        try:
            until(lambda: self.asked(hanging) == RUNNERS, 20, "all runners at work", pause=0.1)
            left, stays = (tenant.http.open("POST", "/v1/responses", {"model": "default", "stream": True, "input": each})
                           for each in (word, word + " again"))
            self.leave(left)
            gone = f" FROM bulkhead.job_ready WHERE tenant_id = '{tenant.id}' AND watched_at < now() - interval '6 s'"
            until(lambda: self.bh.psql("SELECT 1" + gone), 60, "the other one noted as there, this one not", pause=0.2)
            # Plays the rest of the time that a client has to come back in.
            self.bh.psql("UPDATE bulkhead.job_ready SET watched_at = now() - interval '1 hour'"
                         f" WHERE tenant_id = '{tenant.id}'")
            self.cancel(loud[0], [made.pop(0)[1]])
            until(lambda: self.asked(word + " again") == 1, 20, "the turn of who stays", pause=0.1)
            self.assertEqual(self.asked(word), 1)
            self.assertIn(b"response.completed", stays[1].read())
            states = [row[0] for row in self.bh.psql("SELECT status FROM bulkhead.response"
                                                     f" WHERE tenant_id = '{tenant.id}' ORDER BY status")]
            self.assertEqual(states, ["cancelled", "completed"])
        finally:
            for stream in streams:
                self.leave(stream)
            for each, id in made:
                self.cancel(each, [id])

    @staticmethod
    def leave(opened):
        for each in reversed(opened):
            each.close()

    # -- revocation

    def assert_revoked(self, tenant, id, seconds=5):
        ended = self.ended(tenant, id, seconds)
        self.assertEqual((ended["status"], ended["error"]["code"]), ("failed", "server_error"))
        self.assertIn("revoked", ended["error"]["message"])

    def revoked_key_ends_its_runs(self, tenant, key, waiting=4):
        """Those that run end within a moment, and those that wait never begin."""
        word, asker = marker(), wire.Http(self.bh.address, key["key"])
        body = {"model": "default", "background": True, "input": f"{word} #mock {json.dumps({'mode': 'hang'})}"}
        ids = [self.ok(asker.call("POST", "/v1/responses", body))["id"] for _ in range(RUNNERS // 3 + waiting)]
        until(lambda: self.asked(word) == RUNNERS // 3, 10, "the runs at work")
        self.bh.cli("key", "revoke", key["id"], "--tenant", tenant.id)
        begin = time.monotonic()
        for id in ids:
            self.assert_revoked(tenant, id)
        self.assertLess(time.monotonic() - begin, 15)
        self.assertEqual(self.asked(word), RUNNERS // 3)

    def test_a_revoked_keys_background_ends_and_begins_no_more(self):
        tenant = self.bh.tenant()
        self.revoked_key_ends_its_runs(tenant, tenant.new_key())

    def test_an_expired_keys_background_ends(self):
        tenant, word = self.bh.tenant(), marker()
        key = tenant.new_key()
        body = {"model": "default", "background": True, "input": f"{word} #mock {json.dumps({'mode': 'hang'})}"}
        id = self.ok(wire.Http(self.bh.address, key["key"]).call("POST", "/v1/responses", body))["id"]
        until(lambda: self.asked(word), 10, "the run at work")
        row = self.bh.cli("key", "create", "--tenant", "platform", "--name", word, "--scope", "tenants:write")
        self.ok(wire.Http(self.bh.address, row["key"]).call(
            "POST", f"/api/tenants/{tenant.id}/keys/{key['id']}", {"expires_at": int(time.time()) + 2}))
        self.assert_revoked(tenant, id, 5)

    def test_a_key_revoked_long_ago_begins_nothing(self):
        tenant, word = self.bh.tenant(), marker()
        _, session, _ = self.signed_in(tenant)
        key = self.ok(session.call("POST", "/api/keys", {"name": "own"}), 201)
        before = [self.background(tenant, {"mode": "hang"}) for _ in range(RUNNERS // 3)]
        body = {"model": "default", "background": True, "input": word}
        id = self.ok(wire.Http(self.bh.address, key["key"]).call("POST", "/v1/responses", body))["id"]
        self.assertEqual(self.row(tenant, id)["status"], "queued")
        self.bh.cli("key", "revoke", key["id"], "--tenant", tenant.id)
        # As after an hour: the log is pruned, and a new process has never read it.
        self.bh.psql(f"DELETE FROM bulkhead.revocation WHERE target_id = '{key['id']}'")
        self.bh.replaced("agent", self.bh.kill("agent"))
        self.cancel(tenant, before)
        self.assert_revoked(tenant, id, 30)
        self.assertEqual(self.asked(word), 0)

    def test_a_persons_revoked_keys_background_ends_too(self):
        tenant = self.bh.tenant()
        _, session, _ = self.signed_in(tenant)
        key = self.ok(session.call("POST", "/api/keys", {"name": "own"}), 201)
        self.revoked_key_ends_its_runs(tenant, key)

    def signed_in(self, tenant):
        """A new member's row, HTTP with the access token of their session, and its refresh token."""
        email, password = f"{marker()}@runs.example", "Passw0rd-" + marker()
        person = json.loads(self.bh.run("user", "create", email, "--tenant", tenant.id, "--role", "member",
                                        "--password-stdin", "--json", stdin=password + "\n").stdout)
        made = self.ok(wire.Http(self.bh.address).call("POST", "/api/auth/sign-in",
                                                       {"email": email, "password": password}))
        return person, wire.Http(self.bh.address, made["access_token"]), made["refresh_token"]

    def test_signing_out_leaves_the_background_and_being_disabled_does_not(self):
        tenant = self.bh.tenant()
        person, session, refresh = self.signed_in(tenant)
        word = marker()
        body = {"model": "default", "background": True, "input": f"{word} #mock {json.dumps({'mode': 'hang'})}"}
        id = self.ok(session.call("POST", "/v1/responses", body))["id"]
        until(lambda: self.asked(word), 10, "the run at work")
        self.assertIn(session.call("POST", "/api/auth/sign-out", {"refresh_token": refresh}).status, (200, 204))
        until(lambda: session.call("GET", "/v1/models").status == 401, 5, "the session's end")
        time.sleep(1)
        self.assertEqual(self.row(tenant, id)["status"], "in_progress")
        self.bh.cli("user", "disable", person["id"], "--tenant", tenant.id)
        self.assert_revoked(tenant, id)

    # -- what a run outlives

    def test_an_answer_without_a_word_yet_outlives_the_model_service(self):
        tenant, word = self.bh.tenant(), marker()
        id = self.background(tenant, {"mode": "slow", "delay": 2, "text": "late words"}, word)
        until(lambda: self.asked(word) == 1, 10, "the call at the upstream")
        time.sleep(0.5)  # the stream has begun, and its first word is far
        old = self.bh.kill("model")
        self.bh.replaced("model", old)
        ended = self.ended(tenant, id)
        self.assertEqual((ended["status"], ended["error"]), ("completed", None))
        self.assertEqual(ended["output"][0]["content"][0]["text"], "late words")
        self.assertEqual(self.asked(word), 2)
        whole = tenant.call("GET", f"/v1/responses/{id}?stream=true").events()
        wire.response_events(whole)

    def test_a_whole_answer_outlives_a_lost_connection_at_its_end(self):
        tenant, word = self.bh.tenant(), marker()
        id = self.background(tenant, {"mode": "slow", "delay": 1, "text": "a whole answer"}, word)
        until(lambda: self.row(tenant, id)["status"] == "in_progress", 10, "the run begun")
        # The row's end waits, its words do not; and whoever waits loses the connection, again and again.
        lock = f"SELECT FROM bulkhead.response WHERE id = '{id.removeprefix('resp_')}' FOR NO KEY UPDATE"
        cut = ("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'bulkhead_agent' "
               "AND wait_event_type = 'Lock' AND query LIKE 'UPDATE response%'")
        with self.bh.transaction(lock):
            lost = 0
            while lost < 7:
                lost += until(lambda: int(self.bh.psql(cut)[0][0]), 15, "the last commit waiting")
        ended = self.ended(tenant, id)
        self.assertEqual((ended["status"], ended["error"]), ("completed", None))
        self.assertEqual(ended["output"][0]["content"][0]["text"], "a whole answer")
        self.assertEqual(self.asked(word), 1)


if __name__ == "__main__":
    main()
