# SPDX-License-Identifier: Apache-2.0
"""Budgets and limits: exactly as many as fit, refused as clients expect, settled whatever happens."""
import http.client
import json
import math
import select
import time

import openai

from base import Instance, PlatformTest, main, marker, until

HOLD = {"mode": "hold", "text": "one two three"}
NANO = 10 ** 9
# As docs/operations.md has it.
MEND = """
WITH mended AS (DELETE FROM bulkhead.usage_quarantine RETURNING record)
INSERT INTO bulkhead.usage_event
SELECT (jsonb_populate_record(NULL::bulkhead.usage_event, record)).* FROM mended;
"""


class LimitTest(PlatformTest):
    """Each test has a tenant of its own, since limits are a tenant's."""

    def setUp(self):
        self.tenant = self.bh.tenant()
        self.addCleanup(self.bh.mock.release)

    def send(self, script=None, stream=False, max_tokens=16):
        """A call that is sent and not waited for."""
        connection = http.client.HTTPConnection(*self.bh.address, timeout=60)
        text = f"{marker()} #mock {json.dumps(script or HOLD)}"
        connection.request("POST", "/v1/chat/completions", json.dumps({
            "model": "default", "max_tokens": max_tokens, "stream": stream,
            "messages": [{"role": "user", "content": text}]}),
            {"Authorization": f"Bearer {self.tenant.key}", "Content-Type": "application/json"})
        return connection


class Limits(LimitTest):
    def one_call(self):
        """What one capped call reserves: found by asking with the call held at the upstream."""
        self.tenant.limit(budget_month="1000")
        self.bh.mock.hold()
        connection = self.send()
        reserved = until(lambda: float(self.tenant.limits()["reserved"]) or None, 10, "a reservation")
        self.bh.mock.release()
        connection.getresponse().read()
        connection.close()
        self.unreserved()
        return reserved

    def unreserved(self):
        until(lambda: float(self.tenant.limits()["reserved"]) == 0, 20, "everything settled", pause=0.1)

    def test_of_n_calls_on_a_budget_for_k_exactly_k_are_admitted(self):
        each = self.one_call()
        spent = float(self.tenant.limits()["spent"])
        wanted, number = 3, 9
        # A little more than k calls' worth, and well under k + 1.
        self.tenant.limit(budget_month=f"{spent + each * (wanted + 0.5):.9f}")
        self.bh.mock.hold()
        connections = [self.send() for _ in range(number)]
        until(lambda: self.bh.mock.held_most >= wanted, 10, f"{wanted} calls at the upstream")
        refused = self.refusals(connections, number - wanted)
        self.assertEqual(self.bh.mock.open, wanted)
        self.bh.mock.release()
        admitted = [each for each in connections if each not in refused]
        for connection in admitted:
            self.assertEqual(connection.getresponse().status, 200)
        self.assertEqual(self.bh.mock.held_most, wanted)
        for connection in connections:
            connection.close()
        self.unreserved()
        # Settled to what was used, which is less than was reserved.
        self.assertLess(float(self.tenant.limits()["spent"]), spent + each * wanted)
        self.assertGreater(float(self.tenant.limits()["spent"]), spent)

    def refusals(self, connections, number, said="The monthly budget of the tenant"):
        """The connections that are answered while the others are held."""
        found = []
        end = time.monotonic() + 15
        while len(found) < number and time.monotonic() < end:
            waiting = {each.sock: each for each in connections if each not in found}
            for sock in select.select(list(waiting), [], [], 0.2)[0]:
                connection = waiting[sock]
                answer = connection.getresponse()
                error = json.loads(answer.read())["error"]
                self.assertEqual((answer.status, error["type"], error["code"]),
                                 (429, "insufficient_quota", "insufficient_quota"))
                self.assertEqual(answer.headers["x-should-retry"], "false")
                self.assertIn(said, error["message"])
                found.append(connection)
        self.assertEqual(len(found), number, "refused at once")
        return found

    def limit_key(self, key, **nanos):
        """Limits of one API key, as the billing service sets them."""
        words = ", ".join(f"{name in nanos}, {nanos.get(name, 'NULL')}" for name in ("day", "month", "total"))
        self.bh.psql(f"SELECT set_config('bulkhead.tenant_id', '{self.tenant.id}', false), "
                     f"bulkhead.meter_limit('{self.tenant.id}', '{key}', 'key', {words}, NULL)")

    def test_first_calls_at_once_of_a_key_that_nobody_has_seen(self):
        """The budget pays for none of them: that no call has been counted yet lets nobody through."""
        self.limit_key(self.tenant.key_id, total=1)
        replies = self.together(8, lambda _: self.chat(self.tenant, max_tokens=64))
        for reply in replies:
            error = self.refused(reply, 429, "insufficient_quota", of_type="insufficient_quota")
            self.assertIn("The total budget of this API key (0.000000001)", error["message"])
            self.assertEqual(reply.headers["x-should-retry"], "false")
        self.assertEqual(self.bh.psql("SELECT count(*) FROM bulkhead.usage_event "
                                      f"WHERE tenant_id = '{self.tenant.id}'"), [["0"]])
        self.limit_key(self.tenant.key_id, total=10 ** 12)
        until(lambda: self.chat(self.tenant).status == 200, 5, "the raised budget")

    def test_calls_at_once_on_a_keys_day_are_as_many_as_fit(self):
        each = round(self.one_call() * NANO)
        key = self.tenant.key_id
        spent = until(lambda: self.bh.psql("SELECT day_spent FROM bulkhead.meter_owner "
                                           f"WHERE tenant_id = '{self.tenant.id}' AND id = '{key}'"), 10, "the key's row")
        self.limit_key(key, day=int(spent[0][0]) + 3 * each + each // 2)
        self.bh.mock.hold()
        connections = [self.send() for _ in range(9)]
        until(lambda: self.bh.mock.held_most >= 3, 10, "three calls at the upstream")
        refused = self.refusals(connections, 6, "The daily budget of this API key")
        self.assertEqual(self.bh.mock.open, 3)
        self.bh.mock.release()
        for connection in connections:
            if connection not in refused:
                self.assertEqual(connection.getresponse().status, 200)
            connection.close()
        self.unreserved()

    def test_a_keys_budget_binds_what_a_service_calls_for_it(self):
        body = {"model": "default", "input": f"{marker()} x"}
        self.ok(self.tenant.call("POST", "/v1/responses", body))
        self.limit_key(self.tenant.key_id, day=0)

        def refused():
            reply = self.tenant.call("POST", "/v1/responses", body)
            return reply.status == 429 and reply

        error = self.refused(until(refused, 5, "the refusal"), 429, "insufficient_quota")
        self.assertIn("The daily budget of this API key", error["message"])

    def test_a_budget_of_nothing_admits_nothing(self):
        self.tenant.limit(budget_month="0")
        self.refused(self.chat(self.tenant), 429, "insufficient_quota")
        self.tenant.limit(budget_month="none")
        self.ok(self.chat(self.tenant))

    def test_cost_is_counted_in_integers_and_rounded_up_once(self):
        self.tenant.limit(budget_month="1000")
        reply = self.chat(self.tenant)
        row = self.tenant.settled(reply.request_id)[0]
        # One unit per million tokens in, two out: 1000 and 2000 nano-units a token.
        self.assertEqual(row["cost_nanos"], row["prompt_tokens"] * 1000 + row["completion_tokens"] * 2000)
        self.unreserved()
        self.assertEqual(math.ceil(float(self.tenant.limits()["spent"]) * NANO - 0.5), row["cost_nanos"])

    def test_an_unknown_price_is_refused_under_a_budget(self):
        self.bh.cli("model", "add", "unpriced", "--url", self.bh.mock.url + "/v1", "--tenant", self.tenant.id)
        body = {"model": "unpriced"}
        self.ok(self.chat(self.tenant, **body))
        self.tenant.limit(budget_month="1000")
        reply = self.chat(self.tenant, **body)
        self.assertIn(reply.status, (400, 403, 429), reply)

    def test_the_official_client_raises_what_it_should(self):
        self.tenant.limit(budget_month="0")
        with self.assertRaises(openai.RateLimitError) as raised:
            self.tenant.client(max_retries=2).chat.completions.create(
                model="default", messages=[{"role": "user", "content": "x"}])
        self.assertEqual(raised.exception.code, "insufficient_quota")

    def test_requests_per_minute(self):
        self.tenant.limit(requests_per_minute=5)
        replies = self.together(12, lambda _: self.tenant.call("GET", "/v1/models"))
        admitted = [reply for reply in replies if reply.status == 200]
        limited = [reply for reply in replies if reply.status == 429]
        self.assertEqual(len(admitted) + len(limited), 12, replies)
        self.assertLessEqual(len(admitted), 6)
        self.assertGreaterEqual(len(admitted), 1)
        error = self.refused(limited[0], 429, "rate_limit_exceeded", of_type="rate_limit_error")
        self.assertIn("minute", error["message"])
        self.assertGreaterEqual(int(limited[0].headers["retry-after"]), 1)
        self.assertGreater(int(limited[0].headers["retry-after-ms"]), 0)
        self.tenant.limit(requests_per_minute=0)
        until(lambda: self.tenant.call("GET", "/v1/models").status == 200, 2, "the limit lifted")

    def test_concurrency(self):
        self.tenant.limit(concurrency=2)
        self.bh.mock.hold()
        held = [self.send() for _ in range(2)]
        until(lambda: self.bh.mock.open == 2, 10, "two calls at the upstream")
        error = self.refused(self.tenant.call("GET", "/v1/models"), 429, of_type="rate_limit_error")
        self.assertIn("concurren", (error["message"] + error["code"]).lower())
        self.bh.mock.release()
        for connection in held:
            self.assertEqual(connection.getresponse().status, 200)
            connection.close()
        until(lambda: self.tenant.call("GET", "/v1/models").status == 200, 5, "a free place")

    def test_one_tenants_limit_is_not_anothers(self):
        self.tenant.limit(requests_per_minute=1)
        other = self.bh.tenant()
        for _ in range(5):
            self.tenant.call("GET", "/v1/models")
        self.ok(other.call("GET", "/v1/models"))

    def test_tokens_per_minute(self):
        self.tenant.limit(tokens_per_minute=60)
        statuses = []
        for _ in range(12):
            reply = self.chat(self.tenant, max_tokens=20)
            statuses.append(reply.status)
            if reply.status == 429:
                break
        self.assertEqual(statuses[-1], 429, statuses)
        self.assertEqual(statuses[0], 200, statuses)
        error = self.refused(reply, 429, "rate_limit_exceeded")
        self.assertIn("token", error["message"].lower())

    def test_a_reservation_that_comes_after_its_call_was_settled(self):
        """The statement of a killed service waits in the database and goes on after its successor has settled."""
        self.tenant.limit(budget_month="1000")
        self.ok(self.chat(self.tenant))
        self.unreserved()
        with self.bh.transaction(f"SELECT 1 FROM bulkhead.meter_owner WHERE tenant_id = '{self.tenant.id}' AND id = tenant_id FOR UPDATE"):
            connection = self.send({"text": "one"})
            until(lambda: self.waiting() >= 1, 10, "the reservation waiting for the row")
            old = self.bh.kill("model")
            self.bh.replaced("model", old)
            until(lambda: self.waiting() >= 2, 20, "the successor waiting for the row")
        connection.close()
        until(lambda: any(row["status"] == "lost" for row in self.tenant.usage()), 20, "the lost call's row")
        self.unreserved()

    def test_a_tenant_waits_when_its_rows_pile_up_and_no_other_does(self):
        """While no row can be written a tenant is held at some number of calls. None of them goes unbilled."""
        other = self.bh.tenant()
        for tenant in (self.tenant, other):
            self.ok(self.chat(tenant))
        with self.bh.transaction("LOCK TABLE bulkhead.usage_event IN SHARE MODE"):
            answered = sum(self.together(8, lambda _: self.calls_until_refused(400)))
            self.ok(self.chat(other))
        self.assertGreaterEqual(answered, 512)
        until(lambda: self.chat(self.tenant).status == 200, 30, "calls after the rows can be written")
        until(lambda: self.rows(other) >= 2 and self.rows(self.tenant) >= answered + 2, 30, "their rows", pause=0.2)
        self.assertEqual(self.rows(self.tenant), answered + 2)

    def test_a_usage_beyond_reason_is_not_believed(self):
        other = self.bh.tenant()
        for tenant in (self.tenant, other):
            tenant.limit(budget_month="1000")
        reply = self.chat(self.tenant, script={"prompt_tokens": 9 * 10 ** 18, "text": "one two"})
        body = self.ok(reply)
        self.assertLess(body["usage"]["total_tokens"], 1000)
        row = self.tenant.settled(reply.request_id)[0]
        self.assertNotEqual(row["source"], "reported")
        reply = self.chat(other)
        self.ok(reply)
        other.settled(reply.request_id)
        self.unreserved()

    def test_a_name_of_four_bytes_a_character_stays_whole(self):
        name = "🐋" * 64
        self.bh.cli("model", "add", name, "--url", self.bh.mock.url + "/v1", "--upstream-model", "m", "--no-probe",
                    "--price-in", "1", "--tenant", self.tenant.id)
        replies = [self.ok_reply(self.chat(self.tenant, model=each)) for each in (name, "default")]
        rows = [self.tenant.settled(reply.request_id)[0] for reply in replies]
        self.assertEqual(rows[0]["model"], name)

    def test_a_row_that_is_refused_holds_up_no_other(self):
        """It lies in quarantine with its money settled; doctor tells, and a repeated call is served."""
        other = self.bh.tenant()
        self.tenant.limit(budget_month="1000")
        self.bh.psql("ALTER TABLE bulkhead.usage_event ADD CONSTRAINT refusal "
                     f"CHECK (tenant_id <> '{self.tenant.id}' OR output_tokens <> 2) NOT VALID")
        try:
            refused = [self.ok_reply(self.chat(self.tenant, script={"text": "one two"})) for _ in range(3)]
            written = [self.ok_reply(self.chat(tenant)) for tenant in (self.tenant, other)]
            for tenant, reply in zip((self.tenant, other), written):
                tenant.settled(reply.request_id)
            lain = until(lambda: len(rows := self.quarantined()) == 3 and rows, 20, "three rows in quarantine")
            self.assertEqual({row["record"]["request_id"] for row in lain}, {reply.request_id for reply in refused})
            self.unreserved()
            spent = float(self.tenant.limits()["spent"])
            self.assertAlmostEqual(spent, sum(float(row["cost"]) for row in lain + self.tenant.usage()), places=9)
            done = self.bh.run("doctor")
            self.assertEqual(done.returncode, 1)
            self.assertIn("usage rows are in quarantine (tenants: 1)", done.stdout)
        finally:
            self.bh.psql("ALTER TABLE bulkhead.usage_event DROP CONSTRAINT refusal")
        self.bh.psql(MEND)
        self.assertEqual(self.quarantined(), [])
        self.assertEqual(len(self.tenant.usage()), 4)
        self.assertEqual(float(self.tenant.limits()["spent"]), spent)
        self.assertIn("settlement", self.bh.run("doctor").stdout)

    def quarantined(self):
        return self.bh.cli("usage", "--tenant", self.tenant.id, "--quarantined")["data"]

    def ok_reply(self, reply):
        self.ok(reply)
        return reply

    def test_changes_at_once_both_stand(self):
        changes = ({"budget_month": "25"}, {"tokens_per_minute": 1000}, {"requests_per_minute": 700}, {"concurrency": 9})
        for _ in range(4):
            tenant = self.bh.tenant()
            self.together(4, lambda at, tenant=tenant: tenant.limit(**changes[at]))
            limits = tenant.limits()
            self.assertEqual((float(limits["budget_month"]), *(limits[each] for each in (
                "tokens_per_minute", "requests_per_minute", "concurrency"))), (25.0, 1000, 700, 9))

    def calls_until_refused(self, most):
        for number in range(most):
            reply = self.chat(self.tenant)
            if reply.status != 200:
                self.refused(reply, 503, "service_unavailable")
                self.assertGreater(int(reply.headers["retry-after"]), 0)
                return number
        return most

    def rows(self, tenant):
        return int(self.bh.psql(f"SELECT count(*) FROM bulkhead.usage_event WHERE tenant_id = '{tenant.id}'")[0][0])

    def waiting(self):
        """Statements that wait for a row of the budgets."""
        return int(self.bh.psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                                "AND usename = 'bulkhead_model'")[0][0])

    def test_calls_in_flight_when_the_service_is_killed_are_settled(self):
        self.tenant.limit(budget_month="1000")
        self.bh.mock.hold()
        held = [self.send(stream=at % 2 == 1) for at in range(4)]
        until(lambda: self.bh.mock.open == 4, 10, "four calls at the upstream")
        self.assertGreater(float(self.tenant.limits()["reserved"]), 0)
        old = self.bh.kill("model")
        for connection in held:
            connection.close()
        self.bh.replaced("model", old)
        self.bh.mock.release()
        until(lambda: float(self.tenant.limits()["reserved"]) == 0, 60, "the reservations settled", pause=0.2)
        rows = until(lambda: (found := self.tenant.usage()) and len(found) >= 4 and found, 30, "their rows", pause=0.2)
        self.assertTrue(any(row["status"] == "lost" for row in rows), rows)
        self.ok(self.chat(self.tenant))


class Ceiling(LimitTest):
    """Whatever a tenant's own limit says, the platform keeps room for the others."""

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false", auth_tenant_concurrency="3")
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()

    def held(self, number):
        """Calls of the tenant that are kept at the upstream."""
        self.bh.mock.hold()
        connections = [self.send() for _ in range(number)]
        until(lambda: self.bh.mock.open == number, 10, f"{number} calls at the upstream")
        return connections

    def let_go(self, connections):
        self.bh.mock.release()
        for connection in connections:
            self.assertEqual(connection.getresponse().status, 200)
            connection.close()

    def test_a_tenant_without_a_limit_leaves_room(self):
        for limit in (None, 100):
            with self.subTest(limit=limit):
                if limit is not None:
                    self.tenant.limit(concurrency=limit)
                connections = self.held(3)
                self.refused(self.tenant.call("GET", "/v1/models"), 429, "concurrency_exceeded")
                self.ok(self.bh.tenant().call("GET", "/v1/models"))
                self.let_go(connections)
                until(lambda: self.tenant.call("GET", "/v1/models").status == 200, 5, "a free place")

    def test_a_tenants_own_limit_below_it_holds(self):
        self.tenant.limit(concurrency=1)
        connections = self.held(1)
        self.refused(self.tenant.call("GET", "/v1/models"), 429, "concurrency_exceeded")
        self.let_go(connections)


if __name__ == "__main__":
    main()
