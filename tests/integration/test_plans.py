# SPDX-License-Identifier: Apache-2.0
"""Plans and subscriptions: what a plan includes is what its tenants can use, everywhere within a second."""
import contextlib
import http.client
import json
import os
import socket
import time
import uuid

from base import PlatformTest, main, until, wire
from instance import CommandFailed

EVERYWHERE_S = 1.0


class Control(http.client.HTTPConnection):
    """HTTP over the control socket."""

    def __init__(self, path):
        super().__init__("control", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class PlanTest(PlatformTest):
    """Each test has a tenant and plans of its own."""

    def setUp(self):
        self.tenant = self.bh.tenant()

    def plan(self, *words, price="10.00", name=None):
        return self.bh.cli("plan", "create", name or f"plan-{uuid.uuid4().hex[:8]}", "--monthly", price, *words)

    def subscribe(self, plan, *words, tenant=None):
        return self.bh.cli("subscription", "start", "--tenant", (tenant or self.tenant).id, "--plan", plan["name"], *words)

    def change(self, plan, *words):
        return self.bh.cli("subscription", "change", "--tenant", self.tenant.id, "--plan", plan["name"], *words)

    def step(self, verb, *words):
        return self.bh.cli("subscription", verb, "--tenant", self.tenant.id, *words)

    def refused_by(self, text, *words):
        """A command that fails with this in what it says."""
        with self.assertRaises(CommandFailed) as caught:
            self.bh.cli(*words)
        self.assertIn(text, caught.exception.stderr)

    def operator(self, method, path, body=None):
        """A request over the control socket, as the command line makes them."""
        link = Control(os.path.join(self.bh.run_dir, "control.sock"))
        try:
            link.request(method, "/api/billing/api/" + path, None if body is None else json.dumps(body),
                         {"Content-Type": "application/json"} if body is not None else {})
            answer = link.getresponse()
            return wire.Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            link.close()

    def own_view(self, tenant=None):
        """The subscription as whoever may read the tenant's billing sees it."""
        key = (tenant or self.tenant).new_key("billing:read")["key"]
        return wire.Http(self.bh.address, key).call("GET", "/api/billing/subscription")

    def embed(self, tenant=None):
        return (tenant or self.tenant).call("POST", "/v1/embeddings", {"model": "default", "input": "x"})


class Entitlements(PlanTest):
    def test_what_a_plan_does_not_include_is_refused_within_a_second_and_back(self):
        chat = self.plan("--entitle", "chat")
        both = self.plan("--entitle", "chat,embeddings")
        self.ok(self.embed())
        self.subscribe(chat)
        begin = time.monotonic()
        until(lambda: self.embed().status == 403, EVERYWHERE_S, "the refusal")
        self.assertLess(time.monotonic() - begin, EVERYWHERE_S)
        error = self.refused(self.embed(), 403, "entitlement_required", None, "permission_error")
        self.assertIn("'embeddings'", error["message"])
        self.assertIn(chat["name"], error["message"])
        self.ok(self.chat(self.tenant))
        self.change(both)
        until(lambda: self.embed().status == 200, EVERYWHERE_S, "the admission")

    def test_a_tenant_without_a_subscription_can_use_everything(self):
        self.ok(self.embed())
        self.ok(self.chat(self.tenant))
        self.refused(self.own_view(), 404, "not_found")

    def test_what_is_there_can_be_read_and_removed(self):
        store = self.store(self.tenant)
        self.subscribe(self.plan("--entitle", "chat"))
        until(lambda: self.tenant.call("POST", "/v1/vector_stores", {"name": "x"}).status == 403, EVERYWHERE_S, "a refusal")
        self.ok(self.tenant.call("GET", f"/v1/vector_stores/{store['id']}"))
        self.ok(self.tenant.call("GET", "/v1/vector_stores"))
        self.ok(self.tenant.call("DELETE", f"/v1/vector_stores/{store['id']}"))

    def test_a_change_in_the_middle_of_a_stream_leaves_it_alone(self):
        self.subscribe(self.plan("--entitle", "*"))
        small = self.plan("--entitle", "embeddings")
        connection, events = self.begin()
        self.change(small)
        until(lambda: self.chat(self.tenant).status == 403, EVERYWHERE_S, "the refusal of new calls")
        rest = self.rest(connection, events)
        self.assertIn('"finish_reason":"stop"', rest)
        self.assertIn("[DONE]", rest)

    def test_a_cancellation_ends_what_runs(self):
        self.subscribe(self.plan())
        connection, events = self.begin("word " * 1000)
        self.step("cancel")
        seen = []

        def ended():
            self.bh.mock.step()
            event = next(events, None)
            seen.append(event and event[1])
            return event is None
        with contextlib.closing(connection):
            until(ended, 2, "the end of the stream")
        self.assertNotIn("[DONE]", seen)
        self.assertIn('"error"', seen[-2])

    def begin(self, text="one two three"):
        """A stream that has begun, and whose upstream waits for its next steps."""
        self.bh.mock.step()
        script = json.dumps({"mode": "stepped", "text": text})
        connection, answer, events = self.tenant.http.stream("/v1/chat/completions", {
            "model": "default", "stream": True, "messages": [{"role": "user", "content": f"#mock {script}"}]})
        self.assertEqual(answer.status, 200)
        return connection, events

    def rest(self, connection, events):
        """What else comes of it."""
        self.bh.mock.step()
        self.bh.mock.step()
        with contextlib.closing(connection):
            return "\n".join(data for _, data in events)

    def test_limits_of_the_plan_are_those_of_the_gateway(self):
        self.subscribe(self.plan("--requests-per-minute", "77", "--concurrency", "5"))
        limits = self.tenant.limits()
        self.assertEqual((limits["requests_per_minute"], limits["concurrency"]), (77, 5))

    def test_a_limit_of_the_operators_comes_before_the_plans_and_stays_after_it(self):
        self.limit("--requests-per-minute", "900")
        self.subscribe(self.plan("--requests-per-minute", "77", "--concurrency", "5"))
        self.assertEqual(self.limits(), (900, 5))
        self.change(self.plan("--requests-per-minute", "66", "--concurrency", "4"))
        self.assertEqual(self.limits(), (900, 4))
        self.limit("--concurrency", "9")
        self.assertEqual(self.limits(), (900, 9))
        # What the operator takes back is the plan's again.
        self.limit("--requests-per-minute", "0")
        self.assertEqual(self.limits(), (66, 9))
        self.limit("--requests-per-minute", "900")
        self.step("cancel")
        self.assertEqual(self.limits(), (900, 9))

    def test_the_limits_of_a_plan_end_with_it(self):
        self.subscribe(self.plan("--requests-per-minute", "77", "--concurrency", "5"))
        self.step("cancel")
        self.assertEqual(self.limits(), (0, 0))

    def test_the_gateway_counts_by_the_operators_limit_not_the_plans(self):
        self.limit("--requests-per-minute", "5")
        self.subscribe(self.plan("--requests-per-minute", "1000"))
        until(lambda: self.tenant.call("GET", "/v1/models").status == 429, 5, "the operator's limit")

    def limit(self, *words):
        self.bh.cli("limit", "set", "--tenant", self.tenant.id, *words)

    def limits(self):
        limits = self.tenant.limits()
        return limits["requests_per_minute"], limits["concurrency"]

    def test_seats_bound_the_users(self):
        self.subscribe(self.plan("--seats", "1"))
        self.bh.cli("user", "create", f"a-{uuid.uuid4().hex[:8]}@example.test", "--tenant", self.tenant.id, "--role", "owner")
        self.refused_by("1 users", "user", "create", f"b-{uuid.uuid4().hex[:8]}@example.test", "--tenant", self.tenant.id)


class States(PlanTest):
    def test_a_pause_refuses_with_its_own_code_and_a_resumption_lets_go_on(self):
        self.subscribe(self.plan())
        self.step("pause")
        until(lambda: self.embed().status == 403, EVERYWHERE_S, "the refusal")
        self.refused(self.embed(), 403, "subscription_paused", None)
        shown = self.ok(self.own_view())
        self.assertEqual(shown["state"], "paused")
        self.assertEqual(self.step("resume")["state"], "active")
        until(lambda: self.embed().status == 200, EVERYWHERE_S, "the admission")

    def test_a_cancellation_refuses_and_a_new_subscription_serves_again(self):
        plan = self.plan()
        self.subscribe(plan)
        self.assertEqual(self.step("cancel")["state"], "canceled")
        until(lambda: self.embed().status == 403, EVERYWHERE_S, "the refusal")
        self.refused(self.embed(), 403, "subscription_canceled", None)
        self.subscribe(plan)
        until(lambda: self.embed().status == 200, EVERYWHERE_S, "the admission")
        self.assertEqual([row["state"] for row in self.step("list")["data"]], ["active", "canceled"])

    def test_a_cancellation_at_the_end_changes_nothing_before(self):
        self.subscribe(self.plan())
        self.assertTrue(self.step("cancel", "--when", "period_end")["cancel_at_period_end"])
        self.ok(self.embed())
        self.assertFalse(self.step("resume")["cancel_at_period_end"])

    def test_a_trial_is_told_and_can_be_left_out(self):
        plan = self.plan("--trial-days", "14")
        shown = self.subscribe(plan)
        self.assertEqual(shown["state"], "trialing")
        self.assertEqual(shown["trial_until"] - shown["started_at"], 14 * 86400)
        other = self.bh.tenant()
        self.assertEqual(self.subscribe(plan, "--no-trial", tenant=other)["state"], "active")

    def test_a_subscription_is_one_at_a_time(self):
        plan = self.plan()
        self.subscribe(plan)
        self.refused_by("has a subscription", "subscription", "start", "--tenant", self.tenant.id, "--plan", plan["name"])


class Owners(PlanTest):
    """What the tenant does itself."""

    def setUp(self):
        self.tenant = self.bh.tenant()
        self.owners = {}

    def own(self, verb, body=None, tenant=None):
        return self.owner(tenant).call("POST", f"/api/billing/subscription/{verb}", body)

    def owner(self, tenant=None):
        tenant = tenant or self.tenant
        if tenant.id not in self.owners:
            key = tenant.new_key("billing:read", "billing:write")["key"]
            self.owners[tenant.id] = wire.Http(self.bh.address, key)
        return self.owners[tenant.id]

    def pair(self):
        return self.plan("--public"), self.plan("--public", price="30.00")

    def test_a_change_waits_for_the_end_and_can_be_taken_back(self):
        one, two = self.pair()
        self.subscribe(one)
        shown = self.ok(self.own("change", {"plan": two["name"]}))
        self.assertEqual((shown["plan"]["name"], shown["next_plan"]), (one["name"], two["name"]))
        self.assertIsNone(self.ok(self.own("change", {"plan": one["name"]}))["next_plan"])

    def test_a_dearer_plan_begins_now_with_both_parts(self):
        one, two = self.pair()
        self.subscribe(one)
        shown = self.ok(self.own("change", {"plan": two["name"], "when": "now"}))
        self.assertEqual(shown["plan"]["name"], two["name"])
        self.assertEqual([line["plan"] for line in shown["period_lines"]], [one["name"]])
        # And not back: what it includes could be used and not paid.
        self.refused(self.own("change", {"plan": one["name"], "when": "now"}), 400, "invalid_value", "when")

    def test_a_cancellation_comes_at_the_end_and_can_be_taken_back(self):
        self.subscribe(self.pair()[0])
        shown = self.ok(self.own("cancel"))
        self.assertEqual((shown["state"], shown["cancel_at_period_end"]), ("active", True))
        self.ok(self.embed())
        self.assertFalse(self.ok(self.own("resume"))["cancel_at_period_end"])

    def test_what_was_agreed_with_the_operator_is_the_operators(self):
        one, two = self.pair()
        self.subscribe(self.plan())
        for verb, body in [("change", {"plan": two["name"]}), ("cancel", None), ("resume", None)]:
            self.refused(self.own(verb, body), 400, "invalid_state", None)
        page = {"plan": two["name"], "success_url": "https://a.example/", "cancel_url": "https://a.example/"}
        self.refused(self.owner().call("POST", "/api/billing/checkout", page), 400, "invalid_state", None)
        self.change(one)
        self.step("pause")
        self.refused(self.owner().call("POST", "/api/billing/checkout", page), 400, "invalid_state", None)
        for verb, body in [("change", {"plan": two["name"]}), ("cancel", None), ("resume", None)]:
            self.refused(self.own(verb, body), 400, "invalid_state", None)
        self.assertEqual(self.step("show")["state"], "paused")

    def test_a_plan_that_is_not_public_is_none(self):
        self.subscribe(self.pair()[0])
        hidden, gone = self.plan(price="30.00"), self.plan("--public", price="30.00")
        self.bh.cli("plan", "archive", gone["name"])
        said = set()
        for name in (hidden["name"], gone["name"], "no-such-plan", hidden["id"][:31]):
            for when in ("now", "period_end"):
                said.add(self.refused(self.own("change", {"plan": name, "when": when}), 400, "invalid_value", "plan")["message"])
        self.assertEqual(len(said), 1)

    def test_the_plans_that_can_be_chosen_are_listed(self):
        one, two = self.pair()
        hidden, gone = self.plan(price="30.00"), self.plan("--public", price="30.00")
        self.bh.cli("plan", "archive", gone["name"])
        page = self.ok(self.owner().call("GET", "/api/billing/plans"))
        shown = {plan["name"]: plan for plan in page["data"]}
        self.assertLessEqual({one["name"], two["name"]}, set(shown))
        self.assertFalse({hidden["name"], gone["name"]} & set(shown))
        self.assertEqual(shown[two["name"]]["price"], two["price"])
        self.refused(self.tenant.call("GET", "/api/billing/plans"), 403)

    def test_only_who_may_and_only_its_own(self):
        one, two = self.pair()
        self.subscribe(one)
        other = self.bh.tenant()
        reader = wire.Http(self.bh.address, self.tenant.new_key("billing:read")["key"])
        for verb, body in [("change", {"plan": two["name"]}), ("cancel", None), ("resume", None)]:
            self.refused(self.own(verb, body, tenant=other), 404, "not_found")
            self.refused(reader.call("POST", f"/api/billing/subscription/{verb}", body), 403, "insufficient_permissions")
        shown = self.step("show")
        self.assertEqual((shown["next_plan"], shown["cancel_at_period_end"]), (None, False))
        self.ok(self.own("cancel"))

    def test_a_suspended_tenant_can_still_cancel(self):
        self.subscribe(self.pair()[0])
        self.bh.psql(f"UPDATE bulkhead.subscription SET state = 'suspended' WHERE tenant_id = '{self.tenant.id}'")
        self.assertTrue(self.ok(self.own("cancel"))["cancel_at_period_end"])
        self.refused(self.own("resume"), 400, "invalid_state", None)

    def test_what_it_does_is_in_the_audit(self):
        one, two = self.pair()
        self.subscribe(one)
        reply = self.own("change", {"plan": two["name"]})
        self.ok(reply)

        def told():
            """The line is written behind the answer."""
            lines = self.bh.audit(reply.headers["x-request-id"])
            return [line for line in lines if line["event"] == "billing.subscription.change" and line.get("plan") == two["name"]]

        until(told, 10, "the line of the change")


class Periods(PlanTest):
    def test_a_period_that_has_ended_is_rolled_over_by_its_job(self):
        plan = self.plan("--include", "chat.output_tokens=1000")
        first = self.subscribe(plan)
        of = f"WHERE tenant_id = '{self.tenant.id}'"
        self.bh.psql(f"UPDATE bulkhead.subscription SET from_at = from_at - interval '31 days',"
                     f" segment_at = segment_at - interval '31 days', until_at = now() - interval '1 second' {of};"
                     f"UPDATE bulkhead.job_ready SET due_at = now() {of} AND queue = 'billing'")
        rolled = until(lambda: (lambda row: row["period"] == 1 and row)(self.step("show")), 15, "the next period")
        self.assertEqual(rolled["id"], first["id"])
        self.assertEqual(rolled["state"], "active")
        lines = self.bh.psql(f"SELECT number, nanos FROM bulkhead.subscription_line {of}")
        self.assertEqual(lines, [["0", "10000000000"]])
        self.ok(self.embed())

    def test_what_is_included_and_charged_beyond_is_in_the_books(self):
        plan = self.plan("--include", "chat.output_tokens=1000", "--overage", "chat.output_tokens=0.60/million")
        self.subscribe(plan)
        of = f"WHERE tenant_id = '{self.tenant.id}'"
        self.assertEqual(self.bh.psql(f"SELECT amounts, prepaid FROM bulkhead.meter_funds {of}"), [["{1000}", "f"]])
        self.assertEqual(self.bh.psql(f"SELECT nanos FROM bulkhead.meter_rate {of}"), [["600000000"]])
        self.step("cancel")
        self.assertEqual(self.bh.psql(f"SELECT amounts FROM bulkhead.meter_funds {of}"), [["{}"]])
        self.assertEqual(self.bh.psql(f"SELECT FROM bulkhead.meter_rate {of}"), [])


    def test_what_a_killed_process_did_not_tell_is_told_by_its_job(self):
        self.subscribe(self.plan())
        self.ok(self.embed())
        tenant = f"'{self.tenant.id}'"
        # As a kill leaves it between the commit and the call to auth.
        self.bh.psql(f"UPDATE bulkhead.tenant_plan SET entitlements = 'chat', sequence = sequence + 1 WHERE tenant_id = {tenant};"
                     "WITH one AS (INSERT INTO bulkhead.job (tenant_id, id, queue, kind, subject, payload)"
                     f" VALUES ({tenant}, gen_random_uuid(), 'billing', 'entitle', {tenant}, '{{}}')"
                     " ON CONFLICT DO NOTHING RETURNING tenant_id, id)"
                     " INSERT INTO bulkhead.job_ready (tenant_id, job_id, queue) SELECT tenant_id, id, 'billing' FROM one")
        until(lambda: self.embed().status == 403, 15, "the refusal")
        self.refused(self.embed(), 403, "entitlement_required")
        self.assertEqual(self.bh.psql(f"SELECT applied = sequence FROM bulkhead.tenant_plan WHERE tenant_id = {tenant}"), [["t"]])


class Versions(PlanTest):
    def test_a_revision_is_for_those_who_come_or_are_moved(self):
        plan = self.plan("--entitle", "chat")
        self.subscribe(plan)
        revised = self.bh.cli("plan", "revise", plan["name"], "--monthly", "20.00", "--entitle", "chat,embeddings")
        self.assertEqual((revised["version"], revised["price"]), (2, "20"))
        kept = self.step("show")["plan"]
        self.assertEqual((kept["version"], kept["price"], kept["entitlements"]), (1, "10", ["chat"]))
        self.refused(self.embed(), 403, "entitlement_required")
        other = self.bh.tenant()
        self.assertEqual(self.subscribe(plan, tenant=other)["plan"]["version"], 2)
        moved = self.change(plan)
        self.assertEqual(moved["plan"]["version"], 2)
        self.assertEqual(len(moved["period_lines"]), 1)
        until(lambda: self.embed().status == 200, EVERYWHERE_S, "the admission")

    def test_an_archived_plan_is_kept_by_who_has_it(self):
        plan = self.plan()
        self.subscribe(plan)
        self.assertIsNotNone(self.bh.cli("plan", "archive", plan["name"])["archived_at"])
        self.ok(self.embed())
        self.assertEqual(self.step("show")["plan"]["name"], plan["name"])
        other = self.bh.tenant()
        self.refused_by("archived", "subscription", "start", "--tenant", other.id, "--plan", plan["name"])
        self.refused_by("archived", "plan", "revise", plan["name"], "--monthly", "11")

    def test_a_revision_changes_only_what_it_names(self):
        plan = self.plan("--include", "chat.output_tokens=2000000", "--overage", "chat.output_tokens=0.60/million")
        revised = self.bh.cli("plan", "revise", plan["name"], "--seats", "9")
        self.assertEqual(revised["included"], {"chat.output_tokens": 2000000})
        self.assertEqual(revised["overage"], {"chat.output_tokens": "0.6/million"})
        self.assertEqual(revised["seats"], 9)
        bare = self.bh.cli("plan", "revise", plan["name"], "--overage", "chat.input_tokens=1/thousand")
        self.assertEqual(bare["overage"], {"chat.input_tokens": "1000/million"})
        self.assertEqual(bare["included"], {"chat.output_tokens": 2000000})

    def test_a_change_at_the_end_is_told_before(self):
        one, two = self.plan(), self.plan(price="30.00")
        self.subscribe(one)
        waiting = self.change(two, "--when", "period_end")
        self.assertEqual((waiting["plan"]["name"], waiting["next_plan"]), (one["name"], two["name"]))
        self.assertIsNone(self.change(one)["next_plan"])


class BadInput(PlanTest):
    BODY = {"name": "p", "interval": "month", "price": "1.00"}

    def test_bad_plans_are_refused_with_what_is_wrong(self):
        cases = [({"price": 49.0}, "invalid_type", "price"), ({"price": 49}, "invalid_type", "price"),
                 ({"price": "-1"}, "invalid_value", "price"), ({"price": "1e3"}, "invalid_value", "price"),
                 ({"price": "1.0000000001"}, "invalid_value", "price"), ({"price": "9999999999"}, None, "price"),
                 ({"price": "1000000001"}, "out_of_range", "price"), ({"price": "NaN"}, "invalid_value", "price"),
                 ({"currency": "USD"}, "invalid_value", "currency"), ({"interval": "week"}, "invalid_value", "interval"),
                 ({"billing": "later"}, "invalid_value", "billing"), ({"credit": "-1"}, "invalid_value", "credit"),
                 ({"trial_days": -1}, "out_of_range", "trial_days"), ({"trial_days": 1.5}, "invalid_type", "trial_days"),
                 ({"included": {"chat.words": 1}}, "invalid_value", "included.chat.words"),
                 ({"included": {"chat.output_tokens": -1}}, "out_of_range", "included.chat.output_tokens"),
                 ({"included": {"chat.output_tokens": 1.5}}, "invalid_type", "included.chat.output_tokens"),
                 ({"included": {"chat.output_tokens": 10 ** 18 + 1}}, "out_of_range", "included.chat.output_tokens"),
                 ({"overage": {"chat.output_tokens": "1e3"}}, "invalid_value", "overage.chat.output_tokens"),
                 ({"overage": {"chat.output_tokens": 0.6}}, "invalid_type", "overage.chat.output_tokens"),
                 ({"overage": {"chat.output_tokens": "-1/million"}}, "invalid_value", "overage.chat.output_tokens"),
                 ({"overage": {"chat.output_tokens": "1/dozen"}}, "invalid_value", "overage.chat.output_tokens"),
                 ({"entitlements": []}, "out_of_range", "entitlements"),
                 ({"entitlements": ["chatting"]}, "invalid_value", "entitlements"),
                 ({"entitlements": ["model:"]}, "invalid_value", "entitlements"),
                 ({"name": "UPPER"}, "invalid_value", "name"), ({"name": "default"}, "invalid_value", "name"),
                 ({"colour": "red"}, "unknown_parameter", "colour")]
        for change, code, param in cases:
            with self.subTest(change=change):
                reply = self.operator("POST", "plans", self.BODY | change)
                self.assertEqual((reply.status, reply.error["param"]), (400, param), reply)
                if code:
                    self.assertEqual(reply.error["code"], code)

    def test_unknown_plans_versions_and_tenants(self):
        plan = self.plan()
        path = f"tenants/{self.tenant.id}/subscription"
        for body, param in [({"plan": "nosuch"}, "plan"), ({"plan": str(uuid.uuid4())}, "plan"),
                            ({"plan": plan["name"], "version": 7}, "version"), ({}, "plan"),
                            ({"plan": plan["name"], "trial": "no"}, "trial")]:
            reply = self.operator("POST", path, body)
            self.assertEqual((reply.status, reply.error["param"]), (400, param), reply)
        self.assertEqual(self.operator("POST", path + "/change", {"plan": plan["name"]}).status, 404)
        self.assertEqual(self.operator("POST", path + "/pause", {}).status, 404)
        self.assertEqual(self.operator("GET", f"tenants/{uuid.uuid4()}/subscription").status, 404)
        self.assertEqual(self.operator("GET", f"plans/{uuid.uuid4()}").status, 404)
        reply = self.operator("POST", path + "/change", {"plan": plan["name"], "when": "tomorrow"})
        self.assertEqual((reply.status, reply.error["param"]), (400, "when"), reply)

    def test_a_name_is_taken_once(self):
        plan = self.plan()
        reply = self.operator("POST", "plans", self.BODY | {"name": plan["name"]})
        self.assertEqual((reply.status, reply.error["code"], reply.error["param"]), (400, "already_exists", "name"))

    def test_a_tenant_sees_only_its_own(self):
        self.subscribe(self.plan())
        other = self.bh.tenant()
        self.refused(self.own_view(other), 404, "not_found")
        narrow = wire.Http(self.bh.address, self.tenant.new_key("chat:write")["key"])
        self.refused(narrow.call("GET", "/api/billing/subscription"), 403, "insufficient_permissions")


if __name__ == "__main__":
    main()
