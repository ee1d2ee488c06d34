# SPDX-License-Identifier: Apache-2.0
"""Stripe, as billing uses it: an owner subscribes on a page, invoices are collected, events are taken once, and while
Stripe is away nothing is lost. The other end is the platform's mock, which the official clients are tested against."""
import concurrent.futures
import contextlib
import hashlib
import hmac
import http.server
import json
import os
import random
import re
import threading
import time
import uuid

from base import Instance, PlatformTest, main, until, wire

from instance import CommandFailed
from stripe_mock import Mock

SELLER = {"billing_seller_name": "Bulkhead Hosting GmbH", "billing_seller_address": "Am Deich 1 / 20457 Hamburg",
          "billing_seller_country": "DE", "billing_seller_vat_id": "DE123456789"}
PAGES = {"success_url": "https://console.example/done", "cancel_url": "https://console.example/plans"}


class StripeTest(PlatformTest):
    """A platform with a seller; each test has a tenant of its own."""

    SETTINGS = {"billing_stripe_mock_pays": "true"}

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false", **SELLER, **cls.SETTINGS)
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.bh.cli("tax", "set", "DE", "--rate", "19", "--since", "2021-01-01")
        cls.mock = cls.enterClassContext(Mock(cls.bh))
        cls.api = cls.mock.client().v1

    def setUp(self):
        self.mock.faults()
        self.tenant = self.bh.tenant(scopes=("billing:read", "billing:write"))
        self.plan = self.bh.cli("plan", "create", f"plan-{uuid.uuid4().hex[:8]}", "--monthly", "49.00", "--public")

    def of(self, *words):
        return self.bh.cli(*words, "--tenant", self.tenant.id)

    def checkout(self, plan=None):
        return self.ok(self.tenant.call("POST", "/api/billing/checkout", {"plan": (plan or self.plan)["name"], **PAGES}))

    def pay(self, page, **form):
        return self.mock.page(page["url"], {"action": "pay", **form})

    def subscribe(self):
        page = self.checkout()
        self.assertEqual(self.pay(page).status, 303)
        until(lambda: self.state() == "active", 30, "the subscription")

    def state(self):
        try:
            return self.of("subscription", "show")["state"]
        except CommandFailed:
            return None

    def customer(self):
        """The mock's customer of this tenant."""
        found, = [each for each in self.api.customers.list({"limit": 100}).auto_paging_iter()
                  if each.metadata.to_dict().get("tenant_id") == self.tenant.id]
        return found

    def finalized(self, amount="10.00"):
        draft = self.of("invoice", "create", "--amount", amount, "--name", "Set-up")
        return self.of("invoice", "finalize", draft["id"])

    def invoice(self, invoice):
        return self.of("invoice", "show", invoice["id"])

    def collected(self, invoice):
        until(lambda: self.invoice(invoice)["status"] == "paid", 30, "the payment")
        theirs, = [each for each in self.api.invoices.list({"customer": self.customer().id}).data
                   if each.metadata.to_dict().get("id") == invoice["id"]]
        return theirs

    def event(self, body, secret=None, at=None):
        """A webhook through the gateway."""
        text = body if isinstance(body, bytes) else json.dumps(body, default=str).encode()
        at = int(time.time()) if at is None else at
        sign = hmac.new((secret or self.mock.hook_secret).encode(), f"{at}.".encode() + text, hashlib.sha256).hexdigest()
        return wire.Http(self.bh.address, None).call("POST", "/webhooks/stripe", text,
                                                     headers={"stripe-signature": f"t={at},v1={sign}"},
                                                     content_type="application/json")

    def wake(self, kind):
        """Makes a job of the tenant due, once it waits."""
        until(lambda: self.rows(f"SELECT count(*) FROM bulkhead.job WHERE tenant_id = $1 AND kind = '{kind}'"
                                " AND state = 'waiting'")[0][0] in (1, "1"), 30, f"the job {kind}")
        self.bh.psql(f"""SET search_path = bulkhead;
            UPDATE job_ready SET due_at = now(), fresh = true WHERE tenant_id = '{self.tenant.id}'
               AND job_id IN (SELECT id FROM job WHERE tenant_id = '{self.tenant.id}' AND kind = '{kind}')""")

    def rows(self, sql):
        return self.bh.psql(sql.replace("$1", f"'{self.tenant.id}'"))


class Life(StripeTest):
    def test_an_owner_subscribes_on_a_page_and_invoices_are_collected(self):
        page = self.checkout()
        self.assertFalse(page["livemode"])
        shown = self.mock.page(page["url"])
        self.assertEqual(shown.status, 200)
        text = shown.body.decode()
        self.assertIn("TEST", text)
        self.assertIn("49 EUR a month", text)
        self.assertIsNone(self.state())
        self.assertEqual(self.pay(page).status, 303)
        until(lambda: self.state() == "active", 30, "the subscription")
        self.assertEqual(self.of("subscription", "show")["plan"]["name"], self.plan["name"])

        invoice = self.finalized()
        theirs = self.collected(invoice)
        self.assertEqual((theirs.status, theirs.amount_paid, theirs.currency, theirs.livemode), ("paid", 1190, "eur", False))
        self.assertEqual(theirs.description, invoice["number"])
        row, = self.of("billing", "check")["data"]
        self.assertEqual((row["ok"], row["mismatches"]), (True, []))

    def test_a_second_checkout_for_the_plan_changes_nothing_and_for_another_changes_to_it(self):
        first, second = self.checkout(), self.checkout()
        self.pay(first)
        until(lambda: self.state() == "active", 30, "the subscription")
        before = self.of("subscription", "show")
        self.pay(second)
        until(lambda: self.rows("SELECT count(*) FROM bulkhead.stripe_event WHERE tenant_id = $1"
                                " AND type = 'checkout.session.completed' AND state = 'done'")[0][0] in (2, "2"), 30, "both events")
        self.assertEqual(self.of("subscription", "show")["id"], before["id"])
        other = self.bh.cli("plan", "create", f"plan-{uuid.uuid4().hex[:8]}", "--monthly", "99.00", "--public")
        self.pay(self.checkout(other))
        until(lambda: self.of("subscription", "show")["plan"]["name"] == other["name"], 30, "the change")

    def test_a_change_that_ends_the_period_waits_for_its_end(self):
        """Whoever changes to and fro gets what a period includes once."""
        self.subscribe()
        yearly = self.bh.cli("plan", "create", f"plan-{uuid.uuid4().hex[:8]}", "--yearly", "99.00", "--public")
        self.pay(self.checkout(yearly))
        until(lambda: self.of("subscription", "show")["next_plan"] == yearly["name"], 30, "the change to come")
        self.assertEqual(self.of("subscription", "show")["plan"]["name"], self.plan["name"])

    def test_what_is_not_owed_any_more_is_not_charged_later(self):
        self.subscribe()
        customer = self.customer()
        bad = self.api.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
        self.api.customers.update(customer.id, {"invoice_settings": {"default_payment_method": bad.id}})
        paid, void, lost, credited = (self.finalized(f"{n}.00") for n in (2, 3, 4, 5))

        def theirs():
            return {each.metadata.to_dict().get("id"): each.status for each in self.api.invoices.list({"customer": customer.id}).data}

        until(lambda: list(theirs().values()).count("open") == 4, 30, "the open invoices")
        self.of("invoice", "pay", paid["id"], "--reference", "bank 1")
        self.of("invoice", "void", void["id"])
        self.of("invoice", "write-off", lost["id"])
        self.of("invoice", "credit-note", credited["id"], "--note", "a mistake")
        until(lambda: set(theirs().values()) == {"void"}, 30, "the end of them")

    def test_a_tenant_that_is_deleted_is_not_charged_any_more(self):
        self.subscribe()
        customer = self.customer()
        bad = self.api.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
        self.api.customers.update(customer.id, {"invoice_settings": {"default_payment_method": bad.id}})
        self.finalized()

        def theirs():
            return [each.status for each in self.api.invoices.list({"customer": customer.id}).data]

        until(lambda: theirs() == ["open"], 30, "the open invoice")
        self.mock.faults(api__fault="error", api__calls=2)
        deletion = self.bh.cli("tenant", "delete", self.tenant.id, "--confirm", self.tenant.name)
        until(lambda: self.bh.cli("receipt", "show", deletion["id"])["status"] == "completed", 90, "the end of the deletion")
        self.assertEqual(theirs(), ["void"])

    def test_a_payment_brings_a_suspended_tenant_back(self):
        self.subscribe()
        self.mock.faults(webhooks__loss_percent=100)
        invoice = self.finalized("7.00")
        until(lambda: any(each.status == "paid" for each in self.api.invoices.list({"customer": self.customer().id}).data), 30,
              "the payment there")
        self.bh.psql(f"SET search_path = bulkhead; SET session_replication_role = replica; UPDATE invoice SET due_at = due_at - interval '400 days' WHERE id = '{invoice['id']}'")
        self.wake("nightly")
        until(lambda: self.state() == "suspended", 30, "the suspension")
        self.mock.faults()
        self.wake("stripe_reconcile")
        until(lambda: self.state() == "active", 30, "the way back")

    def test_a_declined_card_leaves_the_invoice_open_until_another_pays(self):
        self.subscribe()
        customer = self.customer()
        bad = self.api.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
        self.api.customers.update(customer.id, {"invoice_settings": {"default_payment_method": bad.id}})
        invoice = self.finalized()
        until(lambda: any(each.attempted for each in self.api.invoices.list({"customer": customer.id}).data), 30, "the attempt")
        self.assertEqual(self.invoice(invoice)["status"], "open")
        good = self.api.payment_methods.attach("pm_card_visa", {"customer": customer.id})
        self.api.customers.update(customer.id, {"invoice_settings": {"default_payment_method": good.id}})
        theirs, = [each for each in self.api.invoices.list({"customer": customer.id}).data if each.status == "open"]
        self.api.invoices.pay(theirs.id)
        self.collected(invoice)

    def test_the_portal_is_the_tenants_own(self):
        self.subscribe()
        page = self.ok(self.tenant.call("POST", "/api/billing/portal", {"return_url": "https://console.example/"}))
        self.assertIn(b"TEST", self.mock.page(page["url"]).body)

    def test_pages_lead_to_pages_only_and_name_a_plan(self):
        private = self.bh.cli("plan", "create", f"plan-{uuid.uuid4().hex[:8]}", "--monthly", "0.01")
        for body, param in (({"plan": "nosuch", **PAGES}, "plan"), ({"plan": private["name"], **PAGES}, "plan"),
                            ({"plan": self.plan["name"], **PAGES, "success_url": "javascript:alert(1)"}, "success_url"),
                            ({"plan": self.plan["name"], **PAGES, "cancel_url": "https://a b"}, "cancel_url")):
            self.refused(self.tenant.call("POST", "/api/billing/checkout", body), 400, "invalid_value", param)
        reader = self.tenant.new_key("billing:read")["key"]
        self.assertEqual(wire.Http(self.bh.address, reader).call("POST", "/api/billing/checkout", {"plan": "x", **PAGES}).status, 403)


class Webhooks(StripeTest):
    def made(self, **members):
        return {"id": f"evt_mock{uuid.uuid4().hex}", "object": "event", "type": "invoice.paid", "livemode": False,
                "created": int(time.time()), "data": {"object": {"id": "in_mock1", "object": "invoice",
                                                                 "customer": "cus_mockstranger"}}} | members

    def test_what_is_forged_stale_or_malformed_is_refused(self):
        event = self.made()
        self.refused(self.event(event, secret="whsec_other"), 400, "invalid_value")
        self.refused(self.event(event, at=int(time.time()) - 301), 400, "invalid_value")
        self.refused(self.event(event, at=int(time.time()) + 400), 400, "invalid_value")
        self.refused(self.event(b"{"), 400, "invalid_json")
        self.refused(self.event({"id": "evt_1"}), 400, "invalid_value")
        self.refused(self.event(self.made(livemode=True)), 400, "invalid_value")
        reply = wire.Http(self.bh.address, None).call("POST", "/webhooks/stripe", b"{}", content_type="application/json")
        self.refused(reply, 400, "invalid_value")

    def test_a_strangers_event_is_kept_and_ignored(self):
        event = self.made()
        self.ok(self.event(event))
        self.ok(self.event(event))
        rows = self.bh.psql(f"SELECT state FROM bulkhead.stripe_event WHERE id = '{event['id']}'")
        self.assertEqual([row[0] for row in rows], ["ignored"])

    def test_events_that_are_lost_repeated_and_shuffled_come_to_the_same(self):
        """Every event of a tenant's life again, some of them often, in a random order: nothing changes."""
        self.subscribe()
        invoices = [self.finalized(f"{n}.00") for n in range(1, 6)]
        for invoice in invoices:
            self.collected(invoice)
        customer = self.customer().id
        events = [each for each in self.api.events.list({"limit": 100}).auto_paging_iter()
                  if customer in json.dumps(each.to_dict(), default=str)]
        self.assertGreater(len(events), 10)
        before = (self.of("subscription", "show"), [self.invoice(each) for each in invoices],
                  self.of("billing", "check")["data"])
        seed = random.randrange(10**9)
        again = random.Random(seed)
        self.rows("DELETE FROM bulkhead.stripe_event WHERE tenant_id = $1")  # they are news again
        storm = [event for event in events for _ in range(again.choice((1, 1, 1, 2, 3)))]
        again.shuffle(storm)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(lambda each: self.event(each.to_dict()), storm))
        self.assertEqual({reply.status for reply in replies}, {200}, f"seed {seed}")
        until(lambda: self.rows("SELECT count(*) FROM bulkhead.stripe_event WHERE tenant_id = $1 AND state = 'waiting'")[0][0]
              in (0, "0"), 60, "all events")
        after = (self.of("subscription", "show"), [self.invoice(each) for each in invoices],
                 self.of("billing", "check")["data"])
        self.assertEqual(after, before, f"seed {seed}")


class Away(StripeTest):
    def test_what_is_owed_waits_and_arrives_once(self):
        self.subscribe()
        for fault in ("error", "rate_limit", "drop_before", "drop_after"):
            with self.subTest(fault=fault):
                self.mock.faults(api__fault=fault, api__calls=3)
                invoice = self.finalized("3.00")
                theirs = self.collected(invoice)
                self.assertEqual(theirs.amount_paid, 357)

    def test_what_stripe_refuses_is_told_and_sent_again_when_asked(self):
        self.subscribe()
        self.bh.psql(f"""SET search_path = bulkhead; INSERT INTO stripe_outbox (tenant_id, id, kind, reference, payload)
            VALUES ('{self.tenant.id}', '{uuid.uuid4()}', 'meter_event', 'x', '{{"meter": 11, "value": "5",
            "timestamp": 1}}')""")
        self.of("stripe", "retry")

        def refused():
            return [row for row in self.of("stripe", "outbox")["data"] if row["state"] == "refused"]

        until(refused, 30, "the refusal")
        row, = refused()
        self.assertRegex(row["error"], r"Stripe: 400 invalid_request_error")
        self.assertEqual(self.of("stripe", "retry")["rows"], 1)

    def test_use_is_reported_once_to_the_units(self):
        """What was used before the customer came is reported with its first report."""
        used = {"chat.input_tokens": 1200, "chat.output_tokens": 300}
        self.bh.psql(f"""
            SET search_path = bulkhead; SET bulkhead.tenant_id = '{self.tenant.id}'; SELECT meter_lock('{self.tenant.id}');
            INSERT INTO usage_day (tenant_id, day, kind, model_tenant_id, model_id, model, price_version, rate_version,
                batch, key_id, user_id, team_id, calls, input_tokens, output_tokens)
            SELECT '{self.tenant.id}', (now() AT TIME ZONE 'UTC')::date, 'chat', id, id, 'gpt', 3, 0, false, id, id, id, 2, 1200, 300
              FROM (VALUES ('{uuid.UUID(int=0)}'::uuid)) AS nobody (id)""")
        self.subscribe()
        customer = self.customer().id
        meters = {each.display_name: each.id for each in self.api.billing.meters.list({"limit": 100}).auto_paging_iter()}

        def seen():
            meters.update({each.display_name: each.id for each in self.api.billing.meters.list({"limit": 100}).auto_paging_iter()})
            now = int(time.time()) // 86400 * 86400
            return {name: sum(each.aggregated_value for each in self.api.billing.meters.event_summaries.list(
                meters[name], {"customer": customer, "start_time": now, "end_time": now + 86400}).data)
                for name in used if name in meters}

        until(lambda: seen() == used, 30, "the reports")

    def test_a_report_that_stripe_did_not_count_is_told(self):
        """As if 5 had been reported three days ago that Stripe knows nothing of."""
        self.subscribe()
        until(lambda: self.rows("SELECT count(*) FROM bulkhead.job WHERE tenant_id = $1 AND kind = 'stripe_reconcile'"
                                " AND state = 'waiting'")[0][0] in (1, "1"), 30, "the first comparison")
        self.bh.psql(f"""SET search_path = bulkhead;
            INSERT INTO stripe_reported VALUES ('{self.tenant.id}', (now() AT TIME ZONE 'UTC')::date - 2, 11, 5)""")
        self.wake("stripe_reconcile")
        log = os.path.join(self.bh.folder, "home/logs/billing.log")

        def told():
            with open(log, encoding="utf-8") as file:
                return f"Stripe counted 0 of chat.output_tokens for customer {self.customer().id}" in file.read()

        until(told, 30, "the difference")

    def test_a_key_of_the_mock_is_never_taken_for_stripes(self):
        for key in (self.mock.key, "sk_nonsense", "pk_live_x"):
            done = self.bh.run("stripe", "connect", "--api-key-stdin", stdin=f"{key}\nwhsec_x\n")
            self.assertNotEqual(done.returncode, 0)
            self.assertNotIn(key, done.stderr + done.stdout)
        self.assertEqual(self.bh.cli("stripe", "status")["mode"], "mock")


class Refunds(StripeTest):
    def refunds(self):
        """Of this tenant, at the mock: the amount in cents and the status."""
        intents = {each.id for each in self.api.payment_intents.list({"customer": self.customer().id, "limit": 100}).data}
        return sorted((each.amount, each.status) for each in self.api.refunds.list({"limit": 100}).auto_paging_iter()
                      if each.payment_intent in intents)

    def account(self, name):
        rows = self.rows(f"SELECT nanos FROM bulkhead.ledger_balance WHERE tenant_id = $1 AND account = '{name}'")
        return int(rows[0][0]) if rows else 0

    def proven(self):
        row, = self.of("billing", "check")["data"]
        self.assertEqual((row["ok"], row["mismatches"]), (True, []))

    def again(self, *types):
        """The events of these types once more, as if they had not come."""
        self.rows("DELETE FROM bulkhead.stripe_event WHERE tenant_id = $1")
        customer = self.customer().id
        intents = [each.id for each in self.api.payment_intents.list({"customer": customer, "limit": 100}).data]
        for event in self.api.events.list({"limit": 100}).auto_paging_iter():
            text = json.dumps(event.to_dict(), default=str)
            if event.type in types and any(word in text for word in (customer, *intents)):
                self.ok(self.event(event.to_dict()))
        until(lambda: self.rows("SELECT count(*) FROM bulkhead.stripe_event WHERE tenant_id = $1 AND state = 'waiting'")[0][0]
              in (0, "0"), 30, "all events")

    def test_a_credit_note_on_what_stripe_collected_is_paid_back_once(self):
        self.subscribe()
        invoice = self.finalized()
        self.collected(invoice)
        self.mock.faults(api__fault="drop_after", api__calls=6)
        self.of("invoice", "credit-note", invoice["id"], "--note", "a part", "--amount", "5")
        until(lambda: self.invoice(invoice)["amount_refunded"] == "5", 60, "the first refund")
        self.mock.faults()
        self.of("invoice", "credit-note", invoice["id"], "--note", "the rest")
        until(lambda: self.invoice(invoice)["amount_refunded"] == "11.9", 30, "the second refund")
        self.assertEqual(self.refunds(), [(500, "succeeded"), (690, "succeeded")])
        self.again("refund.created", "charge.refunded", "invoice.paid")
        self.assertEqual(self.invoice(invoice)["amount_refunded"], "11.9")
        self.assertEqual((self.account("cash"), self.account("refund")), (0, 0))
        self.assertEqual(len(self.refunds()), 2)
        self.proven()

    def test_a_payment_of_what_was_paid_otherwise_is_paid_back(self):
        self.subscribe()
        self.mock.faults(webhooks__loss_percent=100)
        invoice, part = self.finalized(), self.finalized("20.00")
        until(lambda: sum(each.status == "paid" for each in self.api.invoices.list({"customer": self.customer().id}).data) == 2,
              30, "the payments there")
        self.of("invoice", "pay", invoice["id"], "--reference", "bank 1")
        self.of("invoice", "pay", part["id"], "--reference", "bank 2", "--amount", "3.80")
        self.mock.faults()
        self.again("invoice.paid")
        until(lambda: (self.invoice(invoice)["amount_refunded"], self.invoice(part)["amount_refunded"]) == ("11.9", "3.8"), 30,
              "the refunds")
        self.again("invoice.paid", "refund.created", "charge.refunded")
        self.assertEqual(self.refunds(), [(380, "succeeded"), (1190, "succeeded")])
        self.assertEqual((self.invoice(part)["status"], self.invoice(part)["amount_paid"]), ("paid", "23.8"))
        self.assertEqual((self.account("cash"), self.account("refund")), (35_700_000_000, 0))
        self.proven()

    def test_a_refund_that_fails_is_owed_still_and_told(self):
        self.subscribe()
        customer = self.customer()
        card = self.api.payment_methods.attach("pm_card_refundFail", {"customer": customer.id})
        self.api.customers.update(customer.id, {"invoice_settings": {"default_payment_method": card.id}})
        invoice = self.finalized()
        self.collected(invoice)
        self.of("invoice", "credit-note", invoice["id"], "--note", "all of it")
        until(lambda: "could not refund" in self.bh.log_tail("billing", 400), 30, "the failure")
        until(lambda: self.rows("SELECT status FROM bulkhead.invoice_refund WHERE tenant_id = $1") == [["failed"]], 30, "the row")
        self.again("refund.created", "refund.updated", "refund.failed", "charge.refunded")
        self.assertEqual(self.invoice(invoice)["amount_refunded"], "0")
        self.assertEqual((self.account("cash"), self.account("refund")), (11_900_000_000, -11_900_000_000))
        self.proven()

    def test_a_bank_transfer_is_paid_back_by_hand(self):
        self.subscribe()
        self.mock.faults(api__fault="error", api__calls=1000)
        invoice = self.finalized()
        self.of("invoice", "pay", invoice["id"], "--reference", "bank 3")
        self.of("invoice", "credit-note", invoice["id"], "--note", "all of it")
        self.assertEqual(self.rows("SELECT count(*) FROM bulkhead.invoice_refund WHERE tenant_id = $1")[0][0] in (0, "0"), True)
        self.assertEqual(self.account("refund"), -11_900_000_000)
        self.mock.faults()
        self.proven()


class Lost(StripeTest):
    SETTINGS = {"billing_stripe_catch_up_s": "1", "billing_stripe_mock_pays": "true"}

    def test_what_no_webhook_brings_is_asked_for(self):
        self.mock.faults(webhooks__loss_percent=100)
        self.subscribe()
        self.assertEqual(self.collected(self.finalized("2.00")).amount_paid, 238)


class Outage(StripeTest):
    """A day without Stripe: no call is answered and no webhook comes. The day passes by what is owed becoming older."""

    SETTINGS = {"billing_stripe_catch_up_s": "1", "billing_stripe_mock_pays": "true"}

    def use(self, calls):
        self.bh.psql(f"""
            SET search_path = bulkhead; SET bulkhead.tenant_id = '{self.tenant.id}'; SELECT meter_lock('{self.tenant.id}');
            INSERT INTO usage_day (tenant_id, day, kind, model_tenant_id, model_id, model, price_version, rate_version,
                batch, key_id, user_id, team_id, calls, input_tokens, output_tokens)
            SELECT '{self.tenant.id}', (now() AT TIME ZONE 'UTC')::date, 'chat', id, id, 'gpt', 3, 0, false, id, id, id, 1, 400, 100
              FROM (VALUES ('{uuid.UUID(int=calls)}'::uuid)) AS one (id)""")

    def owed(self):
        return int(self.rows("SELECT count(*) FROM bulkhead.stripe_outbox WHERE tenant_id = $1 AND state = 'waiting'")[0][0])

    def theirs(self, kind, id=None):
        """The invoices at the mock that stand for something of this tenant."""
        return [each for each in self.api.invoices.list({"customer": self.customer().id, "limit": 100}).data
                if each.metadata.to_dict().get("kind") == kind and id in (None, each.metadata.to_dict()["id"])]

    def counted(self):
        now = int(time.time()) // 86400 * 86400
        return {each.display_name: sum(row.aggregated_value for row in self.api.billing.meters.event_summaries.list(
            each.id, {"customer": self.customer().id, "start_time": now - 86400, "end_time": now + 86400}).data)
            for each in self.api.billing.meters.list({"limit": 100}).auto_paging_iter()}

    def test_after_a_day_without_stripe_everything_is_there_once(self):
        self.use(1)
        self.subscribe()
        invoices = [self.finalized("1.00")]
        self.collected(invoices[0])
        # Some calls are done and nobody hears of it; then there is nobody.
        self.mock.faults(api__fault="drop_after", api__calls=2, webhooks__loss_percent=100)
        invoices.append(self.finalized("2.00"))
        until(lambda: self.mock.faults_now()["api"]["calls"] == 0, 30, "the last calls")
        self.mock.faults(api__fault="drop_before", api__calls=10**6, webhooks__loss_percent=100)
        self.use(2)
        self.wake("stripe_report")
        invoices += [self.finalized("3.00"), self.finalized("4.00")]
        self.ok(self.tenant.call("PUT", "/api/billing/profile", {"name": "Acme of the outage"}))
        top_up = self.ok(self.tenant.call("PUT", "/api/billing/top-up", {"below": "10", "amount": "50"}))
        self.assertTrue(top_up["status"].startswith("pending"))
        gone = self.finalized("5.00")
        self.of("invoice", "pay", gone["id"], "--reference", "bank 5")
        until(lambda: self.owed() >= 6, 30, "what is owed")
        self.assertEqual({self.invoice(each)["status"] for each in invoices[1:]}, {"open"})
        self.rows("UPDATE bulkhead.stripe_outbox SET created_at = created_at - interval '24 hours' WHERE tenant_id = $1")

        self.mock.faults()
        self.of("stripe", "retry")
        until(lambda: self.owed() == 0, 90, "an empty outbox")
        until(lambda: {self.invoice(each)["status"] for each in invoices} == {"paid"}, 60, "the payments")
        until(lambda: self.ok(self.tenant.call("GET", "/api/billing"))["balance"] == "50", 60, "the credit")
        for each in invoices:
            there, = self.theirs("invoice", each["id"])
            self.assertEqual((there.status, there.amount_paid * 10**7), ("paid", round(float(each["amount_due"]) * 10**9)))
        there, = self.theirs("top_up")
        self.assertEqual((there.status, there.amount_paid), ("paid", 5000))
        self.assertEqual([each.status for each in self.theirs("invoice", gone["id"])], [])
        self.assertEqual(self.customer().name, "Acme of the outage")
        until(lambda: (self.counted()["chat.input_tokens"], self.counted()["chat.output_tokens"]) == (800, 200), 60, "the use")
        payments = [each.amount_received for each in
                    self.api.payment_intents.list({"customer": self.customer().id, "limit": 100}).data]
        cash = int(self.rows("SELECT nanos FROM bulkhead.ledger_balance WHERE tenant_id = $1 AND account = 'cash'")[0][0])
        self.assertEqual(sum(payments) * 10**7 + 5_950_000_000, cash)
        self.assertEqual(len(payments), len(invoices) + 1)
        row, = self.of("billing", "check")["data"]
        self.assertEqual((row["ok"], row["mismatches"]), (True, []))


class FullDisk(StripeTest):
    """The database takes no more rows: what cannot be kept is refused, and done once when there is room."""

    @contextlib.contextmanager
    def full(self, table):
        self.bh.psql(f"""SET search_path = bulkhead;
            CREATE OR REPLACE FUNCTION test_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION USING ERRCODE = 'disk_full', MESSAGE = 'could not extend file: No space left on device'; END $$;
            CREATE TRIGGER test_full BEFORE INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION test_full()""")
        try:
            yield
        finally:
            self.bh.psql(f"DROP TRIGGER test_full ON bulkhead.{table}")

    def test_an_invoice_is_finalized_once_there_is_room(self):
        self.subscribe()
        draft = self.of("invoice", "create", "--amount", "10")
        for table in ("invoice_series", "ledger_entry", "ledger_line", "stripe_outbox"):
            with self.subTest(table=table), self.full(table):
                with self.assertRaises(CommandFailed) as caught:
                    self.of("invoice", "finalize", draft["id"])
                self.assertIn("temporarily", caught.exception.stderr)
                self.assertNotIn("extend file", caught.exception.stderr)
                self.assertEqual(self.invoice(draft)["status"], "draft")
        invoice = self.of("invoice", "finalize", draft["id"])
        self.assertEqual(invoice["number"][-6:], "000001")
        self.assertEqual(self.collected(invoice).amount_paid, 1190)
        row, = self.of("billing", "check")["data"]
        self.assertEqual((row["ok"], row["mismatches"]), (True, []))

    def test_a_webhook_is_refused_and_taken_once_when_it_comes_again(self):
        self.subscribe()
        self.mock.faults(webhooks__loss_percent=100)
        invoice = self.finalized()
        customer = self.customer().id
        paid = until(lambda: [each for each in self.api.events.list({"limit": 100, "type": "invoice.paid"}).data
                              if each.data.object["customer"] == customer], 30, "the payment there")[0].to_dict()
        for table in ("stripe_event", "job"):
            with self.subTest(table=table), self.full(table):
                reply = self.event(paid)
                self.refused(reply, 503, of_type="server_error")
                self.assertGreaterEqual(int(reply.headers["retry-after"]), 1)
        self.assertEqual(self.rows(f"SELECT count(*) FROM bulkhead.stripe_event WHERE id = '{paid['id']}'")[0][0] in (0, "0"), True)
        with self.full("invoice_payment"):
            self.ok(self.event(paid))
            until(lambda: "stripe_event" in self.bh.log_tail("billing", 100), 30, "the job's failure")
            self.assertEqual(self.invoice(invoice)["status"], "open")
        self.ok(self.event(paid))
        self.collected(invoice)
        self.assertEqual(self.rows("SELECT count(*), sum(nanos) FROM bulkhead.invoice_payment WHERE tenant_id = $1"),
                         [["1", "11900000000"]])
        row, = self.of("billing", "check")["data"]
        self.assertEqual((row["ok"], row["mismatches"]), (True, []))


class NoMoney(StripeTest):
    SETTINGS = {}

    def test_what_the_mock_collects_pays_nothing_unless_somebody_says_so(self):
        self.subscribe()
        invoice = self.finalized()
        until(lambda: any(each.status == "paid" for each in self.api.invoices.list({"customer": self.customer().id}).data), 30,
              "the payment at the mock")
        until(lambda: self.rows("SELECT count(*) FROM bulkhead.stripe_event WHERE tenant_id = $1 AND type = 'invoice.paid'"
                                " AND state = 'ignored'")[0][0] in (1, "1"), 30, "the event")
        self.assertEqual(self.invoice(invoice)["status"], "open")


class Account(http.server.BaseHTTPRequestHandler):
    """Knows a few keys and whose they are, and nothing else of Stripe."""

    KEYS = {"sk_test_one": "acct_1", "sk_test_two": "acct_1", "sk_test_other": "acct_2"}

    def do_GET(self):
        account = self.KEYS.get(self.headers["authorization"].removeprefix("Bearer "))
        body = json.dumps({"id": account, "object": "account"} if account else
                          {"error": {"type": "invalid_request_error", "message": "No such key."}}).encode()
        self.send_response(200 if account and self.path == "/v1/account" else 401)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


class Front(http.server.BaseHTTPRequestHandler):
    """Stripe as far as billing can tell: the mock behind keys that are none of a mock, an account for each."""

    ACCOUNTS = {"sk_test_first": "acct_first", "sk_test_second": "acct_second"}

    def answer(self):
        key = self.headers["authorization"].removeprefix("Bearer ")
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        kept = {name: self.headers[name] for name in ("content-type", "idempotency-key") if name in self.headers}
        if self.path == "/v1/account":
            status, text = 200, json.dumps({"id": self.ACCOUNTS[key], "object": "account"}).encode()
        else:
            reply = self.server.mock.call(self.command, self.path, body or None, **kept)
            status, text = reply.status_code, reply.content
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = answer

    def log_message(self, *words):
        pass


class Moving(StripeTest):
    SETTINGS = {}

    @classmethod
    def setUpClass(cls):
        cls.front = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Front)
        cls.addClassCleanup(cls.front.server_close)
        threading.Thread(target=cls.front.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.front.shutdown)
        cls.SETTINGS = {"billing_stripe_url": f"http://127.0.0.1:{cls.front.server_port}"}
        super().setUpClass()
        cls.front.mock = cls.mock

    def theirs(self, invoice):
        """At whichever customer: the invoices there that stand for this one."""
        return [each for each in self.api.invoices.list({"limit": 100}).auto_paging_iter()
                if each.metadata.to_dict().get("id") == invoice["id"]]

    def connect(self, key):
        done = self.bh.run("stripe", "connect", "--api-key-stdin", stdin=f"{key}\n{self.mock.hook_secret}\n")
        self.assertEqual(done.returncode, 0, done.stderr)

    def moved(self):
        for kind in ("stripe_move", "stripe_send"):
            until(lambda: self.rows(f"SELECT count(*) FROM bulkhead.job WHERE tenant_id = $1 AND kind = '{kind}'"
                                    " AND state IN ('waiting', 'running')")[0][0] in (0, "0"), 60, f"the job {kind}")
        until(lambda: self.rows("SELECT count(*) FROM bulkhead.stripe_outbox WHERE tenant_id = $1"
                                " AND state = 'waiting'")[0][0] in (0, "0"), 60, "an empty outbox")

    def test_what_is_open_goes_to_each_account_once(self):
        before = self.finalized("9.00")  # of a tenant that left no card yet, who pays by bank
        self.subscribe()
        invoices = opened, void, paid, part = [self.finalized(f"{n}.00") for n in range(1, 5)]
        until(lambda: all(len(self.theirs(each)) == 1 for each in invoices), 30, "the invoices at the mock")
        self.of("invoice", "void", void["id"])
        self.of("invoice", "pay", paid["id"], "--reference", "bank 1")
        self.of("invoice", "pay", part["id"], "--reference", "bank 2", "--amount", "1.76")
        # What the mock collected pays nothing; behind the front it would, were it looked up there.
        until(lambda: self.rows("SELECT count(*) FROM bulkhead.stripe_event WHERE tenant_id = $1 AND type = 'invoice.paid'"
                                " AND state = 'ignored'")[0][0] in (4, "4"), 30, "the mock's payments")
        until(lambda: self.rows("SELECT count(*) FROM bulkhead.stripe_event WHERE tenant_id = $1"
                                " AND state = 'waiting'")[0][0] in (0, "0"), 30, "the mock's events")
        self.moved()
        for number, key in enumerate(("sk_test_first", "sk_test_second", "sk_test_second"), 2):
            self.connect(key)
            self.moved()
            want = min(number, 3)
            self.assertEqual([len(self.theirs(each)) for each in invoices], [want, 1, 1, want],
                             (key, self.of("stripe", "outbox")["data"]))
        self.wake("stripe_reconcile")
        self.moved()
        self.assertEqual((len(self.theirs(opened)), len(self.theirs(before))), (3, 0))
        customers = {each.customer for each in self.theirs(opened)}
        self.assertEqual(len(customers), 3, "one in each account")
        newest = max(self.theirs(part), key=lambda each: each.created)
        self.assertEqual({each.amount_due for each in self.theirs(part)}, {476, 300}, newest)
        # The last account is where it is paid.
        customer = self.rows("SELECT theirs FROM bulkhead.stripe_link WHERE tenant_id = $1 AND kind = 'customer'"
                             " ORDER BY created_at DESC LIMIT 1")[0][0]
        card = self.api.payment_methods.attach("pm_card_visa", {"customer": customer})
        self.api.customers.update(customer, {"invoice_settings": {"default_payment_method": card.id}})
        for each in (opened, part):
            there, = [one for one in self.theirs(each) if one.customer == customer]
            self.api.invoices.pay(there.id)
            until(lambda: self.invoice(each)["status"] == "paid", 30, "the payment")
        row, = self.of("billing", "check")["data"]
        self.assertEqual((row["ok"], row["mismatches"]), (True, []))


class Connecting(PlatformTest):
    def test_an_account_is_connected_changes_its_key_and_is_gone_for_good(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Account)
        self.addCleanup(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        bh = Instance(engine_enabled="false", supervisor_quickstart="false",
                      billing_stripe_url=f"http://127.0.0.1:{server.server_port}", **SELLER)
        self.addCleanup(bh.stop)
        bh.start()
        tenant = bh.tenant(scopes=("billing:read", "billing:write"))
        plan = bh.cli("plan", "create", "p", "--monthly", "1", "--public")

        def connect(key):
            return bh.run("stripe", "connect", "--api-key-stdin", stdin=f"{key}\nwhsec_x\n")

        def row():
            return bh.psql("SELECT id, account FROM bulkhead.stripe_account")[0]

        self.assertIn("Stripe refused the key", connect("sk_test_wrong").stderr)
        self.assertEqual(bh.cli("stripe", "status")["mode"], "mock")
        self.assertEqual(connect("sk_test_one").returncode, 0)
        first = row()
        status = bh.cli("stripe", "status")
        self.assertEqual((status["mode"], status["account"]), ("test", "acct_1"))
        self.assertEqual(connect("sk_test_two").returncode, 0)
        self.assertEqual(row(), first, "the same account")
        self.assertEqual(connect("sk_test_other").returncode, 0)
        self.assertNotEqual(row(), first, "another account")
        bh.cli("stripe", "disconnect")
        self.assertEqual(bh.cli("stripe", "status")["mode"], "off")
        self.refused(tenant.call("POST", "/api/billing/checkout", {"plan": plan["name"], **PAGES}), 400, "invalid_state")


del StripeTest

if __name__ == "__main__":
    main()
