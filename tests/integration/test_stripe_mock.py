# SPDX-License-Identifier: Apache-2.0
"""The mock of Stripe, driven by the official clients: a customer's whole life by a test clock, and the rules of the API."""
import concurrent.futures
import datetime
import json
import os
import subprocess
import time
import unittest
import uuid

from base import PlatformTest, main

import requests
import stripe
import stripe_spec
from instance import ROOT, SHARED, Instance, until
from stripe_mock import Hooks, Mock

DAY, HOUR = 86400, 3600
START = int(datetime.datetime(2026, 1, 15, tzinfo=datetime.timezone.utc).timestamp())
FEBRUARY, MARCH, APRIL = (int(datetime.datetime(2026, month, 15, tzinfo=datetime.timezone.utc).timestamp())
                          for month in (2, 3, 4))
NODE_FOLDER = os.path.join(ROOT, "var/test-node")


class StripeMockTest(PlatformTest):
    """One port for a class; every test has customers of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mock = cls.enterClassContext(Mock(cls.bh))
        cls.checker = stripe_spec.Checker() if stripe_spec.EXAMPLES and stripe_spec.SCHEMAS else None
        cls.stripe = cls.mock.client(cls.checker)
        cls.api = cls.stripe.v1

    def tearDown(self):
        self.mock.faults()
        if self.checker is not None:
            errors, self.checker.errors = sorted(set(self.checker.errors)), []
            self.assertEqual(errors, [])

    def clock(self, at=START):
        return self.api.test_helpers.test_clocks.create({"frozen_time": at})

    def advance(self, clock, to):
        done = self.api.test_helpers.test_clocks.advance(clock.id, {"frozen_time": to})
        self.assertEqual((done.status, done.frozen_time), ("ready", to))

    def customer(self, clock=None, card="pm_card_visa", **params):
        if clock is not None:
            params["test_clock"] = clock.id
        made = self.api.customers.create({"name": "Acme", "email": "acme@example.com"} | params)
        if card:
            method = self.api.payment_methods.attach(card, {"customer": made.id})
            made = self.api.customers.update(made.id, {"invoice_settings": {"default_payment_method": method.id}})
        return made

    def price(self, amount=2000, interval="month", product=None, **params):
        product = product or self.api.products.create({"name": "Plan"}).id
        recurring = {"interval": interval} if interval else None
        body = {"currency": "usd", "product": product, "unit_amount": amount} | params
        if recurring and "recurring" not in params:
            body["recurring"] = recurring
        return self.api.prices.create(body)

    def meter(self, formula="sum"):
        return self.api.billing.meters.create({
            "display_name": "Tokens", "event_name": f"tokens_{uuid.uuid4().hex[:12]}",
            "default_aggregation": {"formula": formula}})

    def metered(self, meter, amount="0.5"):
        product = self.api.products.create({"name": "Usage"})
        return self.api.prices.create({
            "currency": "usd", "product": product.id, "unit_amount_decimal": amount,
            "recurring": {"interval": "month", "usage_type": "metered", "meter": meter.id}})

    def use(self, meter, customer, value, **params):
        return self.api.billing.meter_events.create({
            "event_name": meter.event_name, "payload": {"stripe_customer_id": customer.id, "value": str(value)}} | params)

    def refuses(self, status, code, call, *arguments, param=...):
        with self.assertRaises(stripe.StripeError) as raised:
            call(*arguments)
        error = raised.exception.json_body["error"]
        self.assertEqual((raised.exception.http_status, error.get("code")), (status, code), error)
        if param is not ...:
            self.assertEqual(error.get("param"), param)
        return raised.exception

    def invoices(self, customer, **params):
        return self.api.invoices.list({"customer": customer.id} | params).data


class Life(StripeMockTest):
    """A customer from the checkout page to the end."""

    def test_whole_life(self):
        with Hooks() as hooks:
            endpoint = self.api.webhook_endpoints.create({"url": hooks.url, "enabled_events": ["*"]})
            try:
                self.live(hooks, endpoint)
            finally:
                self.api.webhook_endpoints.delete(endpoint.id)

    def live(self, hooks, endpoint):
        clock = self.clock()
        customer = self.customer(clock, card=None)
        feature = self.api.entitlements.features.create({"name": "Search", "lookup_key": f"search-{uuid.uuid4().hex}"})
        basic = self.price(2000)
        self.api.products.features.create(basic.product, {"entitlement_feature": feature.id})
        pro = self.price(5000)
        meter = self.meter()
        usage = self.metered(meter)

        # A declined card leaves the session open; another one pays.
        session = self.api.checkout.sessions.create({
            "mode": "subscription", "customer": customer.id, "success_url": "https://shop.example/done?s={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://shop.example/back", "client_reference_id": "tenant-1",
            "line_items": [{"price": basic.id, "quantity": 1}, {"price": usage.id}],
            "subscription_data": {"metadata": {"tenant": "t1"}}})
        self.assertEqual((session.amount_total, session.payment_status, session.livemode), (2000, "unpaid", False))
        shown = self.mock.page(session.url)
        self.assertEqual(shown.status, 200)
        self.assertIn(b"TEST: this is a mock of Stripe. No money moves.", shown.body)
        self.assertNotIn(b"<script", shown.body)
        self.assertEqual(self.mock.page(session.url, {"action": "decline"}).status, 402)
        self.assertEqual(self.api.checkout.sessions.retrieve(session.id).status, "open")
        paid = self.mock.page(session.url, {"action": "pay", "card": "pm_card_visa"})
        self.assertEqual((paid.status, paid.headers["location"]), (303, f"https://shop.example/done?s={session.id}"))
        session = self.api.checkout.sessions.retrieve(session.id, {"expand": ["line_items", "subscription"]})
        self.assertEqual((session.status, session.payment_status), ("complete", "paid"))
        subscription = session.subscription
        self.assertEqual((subscription.status, subscription.metadata["tenant"]), ("active", "t1"))
        item = next(each for each in subscription.items.data if each.price.id == basic.id)
        self.assertEqual((item.current_period_start, item.current_period_end), (START, FEBRUARY))
        first, = self.invoices(customer)
        self.assertEqual((first.status, first.amount_paid, first.billing_reason), ("paid", 2000, "subscription_create"))
        entitled, = self.api.entitlements.active_entitlements.list({"customer": customer.id}).data
        self.assertEqual(entitled.lookup_key, feature.lookup_key)

        # Usage is billed at the end of the period, credits are used first.
        grant = self.api.billing.credit_grants.create({
            "customer": customer.id, "category": "promotional", "amount": {"type": "monetary",
                                                                            "monetary": {"currency": "usd", "value": 30}},
            "applicability_config": {"scope": {"price_type": "metered"}}, "expires_at": APRIL})
        self.use(meter, customer, 100)
        self.use(meter, customer, 101, timestamp=START + 60)
        self.advance(clock, FEBRUARY)
        draft = self.invoices(customer)[0]
        self.assertEqual((draft.status, draft.billing_reason, draft.subtotal), ("draft", "subscription_cycle", 2101))
        self.advance(clock, FEBRUARY + 2 * HOUR)
        second = self.api.invoices.retrieve(draft.id, {"expand": ["payments", "customer"]})
        self.assertEqual((second.status, second.subtotal, second.total, second.amount_paid), ("paid", 2101, 2071, 2071))
        self.assertEqual(second.total_pretax_credit_amounts[0].amount, 30)
        self.assertEqual(second.payments.data[0].status, "paid")
        balance = self.api.billing.credit_balance_summary.retrieve({
            "customer": customer.id, "filter": {"type": "credit_grant", "credit_grant": grant.id}})
        self.assertEqual(balance.balances[0].available_balance.monetary.value, 0)
        debit, = self.api.billing.credit_balance_transactions.list({"customer": customer.id}).data
        self.assertEqual((debit.type, debit.debit.amount.monetary.value), ("debit", 30))

        # Another plan in the middle of the period: half of one is given back, half of the other is due.
        half = FEBRUARY + (MARCH - FEBRUARY) // 2
        self.advance(clock, half)
        subscription = self.api.subscriptions.update(subscription.id, {
            "items": [{"id": item.id, "price": pro.id}], "proration_behavior": "always_invoice"})
        change = self.api.invoices.retrieve(subscription.latest_invoice)
        self.assertEqual(sorted(line.amount for line in change.lines.data), [-1000, 2500])
        self.assertEqual((change.status, change.amount_paid, change.billing_reason), ("paid", 1500, "subscription_update"))
        self.assertEqual(self.api.entitlements.active_entitlements.list({"customer": customer.id}).data, [])

        # A card that fails: past due, tried again, paid with a good one.
        bad = self.api.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
        good = subscription.default_payment_method
        self.api.subscriptions.update(subscription.id, {"default_payment_method": bad.id})
        self.advance(clock, MARCH + 2 * HOUR)
        self.assertEqual(self.api.subscriptions.retrieve(subscription.id).status, "past_due")
        failed = self.invoices(customer)[0]
        self.assertEqual((failed.status, failed.attempt_count), ("open", 1))
        self.assertEqual(failed.next_payment_attempt, MARCH + HOUR + 3 * DAY)
        declined = self.refuses(402, "card_declined", self.api.invoices.pay, failed.id)
        self.assertIsInstance(declined, stripe.CardError)
        self.assertEqual(declined.json_body["error"]["payment_intent"]["status"], "requires_payment_method")
        self.assertEqual(self.api.invoices.retrieve(failed.id).attempt_count, 2)
        self.api.subscriptions.update(subscription.id, {"default_payment_method": good})
        self.assertEqual(self.api.invoices.pay(failed.id).status, "paid")
        self.assertEqual(self.api.subscriptions.retrieve(subscription.id).status, "active")

        # The portal: cancelled for the end of the period, kept, cancelled again.
        portal = self.api.billing_portal.sessions.create({"customer": customer.id, "return_url": "https://shop.example/"})
        self.assertIn(subscription.id.encode(), self.mock.page(portal.url).body)
        choice = {"subscription": subscription.id}
        for action, ends in (("cancel", True), ("keep", False), ("cancel", True)):
            self.assertEqual(self.mock.page(portal.url, {"action": action} | choice).status, 303)
            self.assertIs(self.api.subscriptions.retrieve(subscription.id).cancel_at_period_end, ends)
        self.advance(clock, APRIL + DAY)
        ended = self.api.subscriptions.retrieve(subscription.id)
        self.assertEqual((ended.status, ended.ended_at), ("canceled", APRIL))
        self.told(hooks, endpoint)

    def told(self, hooks, endpoint):
        """Every webhook is signed with the endpoint's secret, and each kind of event came."""
        hooks.wait("customer.subscription.deleted")
        for kind in ("checkout.session.completed", "customer.subscription.created", "invoice.created", "invoice.finalized",
                     "invoice.paid", "invoice.payment_failed", "payment_intent.succeeded", "payment_intent.payment_failed",
                     "customer.subscription.updated", "billing.credit_grant.created",
                     "entitlements.active_entitlement_summary.updated"):
            self.assertTrue(hooks.events(kind), kind)
        for body, headers in hooks.received:
            event = stripe.Webhook.construct_event(body, headers["stripe-signature"], endpoint.secret)
            self.assertFalse(event["livemode"])
            if self.checker is not None:
                self.checker.check(json.loads(body))
        body, headers = hooks.received[0]
        for wrong in (body + b" ", body[:-1]):
            with self.assertRaises(stripe.SignatureVerificationError):
                stripe.Webhook.construct_event(wrong, headers["stripe-signature"], endpoint.secret)
        kept = self.api.events.retrieve(json.loads(body)["id"])
        self.assertEqual(kept.type, json.loads(body)["type"])
        if self.checker is None:
            self.skipTest(f"the shapes of objects were not checked: there are no examples in {SHARED}")
        self.assertLessEqual({"customer", "product", "price", "subscription", "subscription_item", "invoice", "line_item",
                              "payment_intent", "checkout.session", "event", "billing.meter_event", "billing.credit_grant",
                              "billing.credit_balance_summary", "entitlements.active_entitlement_summary",
                              "test_helpers.test_clock", "webhook_endpoint"}, self.checker.seen.keys())


class Rules(StripeMockTest):
    """What is refused, repeated, and goes wrong on request."""

    def test_keys_and_marks(self):
        reply = self.mock.call("GET", "/v1/customers", key="sk_test_mock_" + "0" * 48)
        self.assertEqual((reply.status_code, reply.json()["error"]["type"]), (401, "invalid_request_error"))
        reply = self.mock.call("GET", "/v1/customers", stripe_version="2026-08-21")
        self.assertEqual((reply.status_code, reply.headers["x-bulkhead-mock"], reply.headers["stripe-version"]),
                         (200, "stripe", "2026-08-21"))
        self.assertTrue(reply.headers["request-id"].startswith("req_mock"))
        self.assertTrue(self.mock.key.startswith("sk_test_mock_"))
        basic = requests.get(self.mock.url + "/v1/customers", auth=(self.mock.key, ""), timeout=30)
        self.assertEqual(basic.status_code, 200)
        self.assertIn("No money moves", self.bh.run("stripe-mock").stdout)
        self.assertNotIn(self.mock.key, self.bh.run("stripe-mock").stdout)
        self.assertTrue(self.customer().id.startswith("cus_mock"))
        self.assertEqual(self.mock.call("GET", "/v1/charges").status_code, 404)
        self.assertEqual(self.mock.call("GET", "/api/stripe-mock").status_code, 401)
        through = self.mock.page("http://x/v1/customers")
        self.assertNotIn(b"cus_mock", through.body)
        self.assertNotIn(self.mock.key, self.bh.log_tail("stripemock", 100000))

    def test_parameters(self):
        create = self.api.customers.create
        self.refuses(400, "parameter_unknown", create, {"nmae": "x"}, param="nmae")
        self.refuses(400, "parameter_unknown", create, {"address": {"planet": "x"}}, param="address[planet]")
        self.refuses(400, "parameter_invalid_integer", create, {"balance": "ten"}, param="balance")
        self.refuses(400, "parameter_missing", self.api.products.create, {}, param="name")
        self.refuses(400, "parameter_invalid_boolean", self.api.products.create, {"name": "x", "active": "maybe"},
                     param="active")
        self.refuses(400, "parameter_invalid_empty", self.api.products.create, {"name": ""}, param="name")
        self.refuses(404, "resource_missing", self.api.customers.retrieve, "cus_mockabsent", param="id")
        self.refuses(400, "resource_missing", self.api.subscriptions.create,
                     {"customer": "cus_mockabsent", "items": [{"price": "x"}]}, param="customer")
        self.refuses(400, None, self.api.customers.retrieve, self.customer(card=None).id, {"expand": ["shoe"]}, param="expand")

    def test_pages(self):
        clock = self.clock()
        made = [self.customer(clock, card=None, email=f"{i}@example.com").id for i in range(5)]
        page = self.api.customers.list({"limit": 2, "test_clock": clock.id})
        self.assertEqual(([each.id for each in page.data], page.has_more), (made[:2:-1], True))
        self.assertEqual([each.id for each in page.auto_paging_iter()], made[::-1])
        before = self.api.customers.list({"limit": 2, "test_clock": clock.id, "ending_before": made[0]})
        self.assertEqual(([each.id for each in before.data], before.has_more), ([made[2], made[1]], True))
        self.assertEqual(self.api.customers.list({"test_clock": clock.id, "created": {"gt": START}}).data, [])
        self.assertEqual(len(self.api.customers.list({"test_clock": clock.id, "created": {"gte": START}}).data), 5)

    def test_metadata_is_merged(self):
        customer = self.customer(card=None, metadata={"a.b": "1", "c": "2"})
        changed = self.api.customers.update(customer.id, {"metadata": {"c": "", "_d": "3"}})
        self.assertEqual(changed.metadata.to_dict(), {"a.b": "1", "_d": "3"})
        deleted = self.api.customers.delete(customer.id)
        self.assertTrue(deleted.deleted)
        self.assertTrue(self.api.customers.retrieve(customer.id).deleted)

    def test_idempotency(self):
        key = uuid.uuid4().hex
        first = self.api.customers.create({"name": "Once"}, {"idempotency_key": key})
        again = self.api.customers.create({"name": "Once"}, {"idempotency_key": key})
        self.assertEqual(first.id, again.id)
        self.assertEqual(self.stripe.transport.headers["idempotent-replayed"], "true")
        with self.assertRaises(stripe.IdempotencyError):
            self.api.customers.create({"name": "Twice"}, {"idempotency_key": key})
        long = self.mock.call("POST", "/v1/customers", {"name": "x"}, idempotency_key="k" * 256)
        self.assertEqual((long.status_code, long.json()["error"]["type"]), (400, "idempotency_error"))

    def test_many_at_the_same_time(self):
        """One key makes one object, and no change to one customer is lost."""
        key = uuid.uuid4().hex
        customer = self.customer(card=None)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda _: self.mock.call("POST", "/v1/customers", {"name": "x"}, idempotency_key=key).json()["id"],
                                 range(16)))
            changed = list(pool.map(lambda i: self.mock.call("POST", f"/v1/customers/{customer.id}",
                                                             {f"metadata[k{i}]": "v"}).status_code, range(16)))
        self.assertEqual((len(set(made)), set(changed)), (1, {200}))
        self.assertEqual(len(self.api.customers.retrieve(customer.id).metadata.to_dict()), 16)

    def test_a_declined_payment_is_kept_and_repeated(self):
        key = uuid.uuid4().hex
        body = {"amount": 500, "currency": "usd", "confirm": True, "payment_method": "pm_card_chargeDeclinedInsufficientFunds"}
        ids = set()
        for _ in range(2):
            with self.assertRaises(stripe.CardError) as raised:
                self.api.payment_intents.create(body, {"idempotency_key": key})
            error = raised.exception.json_body["error"]
            self.assertEqual((error["code"], error["decline_code"]), ("card_declined", "insufficient_funds"))
            ids.add(error["payment_intent"]["id"])
        self.assertEqual(len(ids), 1)
        kept = self.api.payment_intents.retrieve(ids.pop())
        self.assertEqual((kept.status, kept.last_payment_error.code), ("requires_payment_method", "card_declined"))
        self.assertEqual(self.api.payment_intents.confirm(kept.id, {"payment_method": "pm_card_visa"}).status, "succeeded")

    def test_faults_of_the_api(self):
        for fault, kind in (("error", stripe.APIError), ("rate_limit", stripe.RateLimitError),
                            ("drop_before", stripe.APIConnectionError), ("drop_after", stripe.APIConnectionError)):
            with self.subTest(fault):
                name = uuid.uuid4().hex
                self.mock.faults(api__fault=fault, api__calls=1)
                with self.assertRaises(kind):
                    self.api.customers.create({"email": f"{name}@example.com"})
                found = self.api.customers.list({"email": f"{name}@example.com"}).data
                self.assertEqual(len(found), 1 if fault == "drop_after" else 0)

    def test_a_retry_after_a_lost_answer_makes_one_object(self):
        retrying = self.mock.client(self.checker, retries=2)
        email = f"{uuid.uuid4().hex}@example.com"
        self.mock.faults(api__fault="drop_after", api__calls=1)
        retrying.v1.customers.create({"email": email})
        self.assertEqual(len(self.api.customers.list({"email": email}).data), 1)

    def test_pages_refuse_forms_of_other_sites(self):
        session = self.api.checkout.sessions.create({"mode": "setup", "success_url": "https://shop.example/"})
        pay = {"action": "pay"}
        self.assertEqual(self.mock.page(session.url, pay, referer="https://evil.example/page").status, 403)
        self.assertEqual(self.mock.page(session.url, pay, **{"sec-fetch-site": "cross-site"}).status, 403)
        self.assertEqual(self.mock.page(session.url + "0", pay).status, 404)
        for url in ("javascript:alert(1)", "https://shop.example/\r\nx-y: z", "/done"):
            self.refuses(400, "url_invalid", self.api.checkout.sessions.create, {"mode": "setup", "success_url": url})
            self.refuses(400, "url_invalid", self.api.billing_portal.sessions.create,
                         {"customer": self.customer(card=None).id, "return_url": url})
        policy = self.mock.page(session.url).headers["content-security-policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertIn("form-action 'self' https://shop.example", policy)
        product = self.api.products.create({"name": "<b>\"Bold\"</b>"})
        price = self.price(100, None, product.id)
        session = self.api.checkout.sessions.create({"mode": "payment", "success_url": "https://shop.example/",
                                                     "line_items": [{"price": price.id, "quantity": 2}]})
        self.assertIn(b"&lt;b&gt;&quot;Bold&quot;&lt;/b&gt;", self.mock.page(session.url).body)
        own = self.mock.page(session.url, pay, **{"sec-fetch-site": "same-origin"})
        self.assertEqual(own.status, 303)
        done = self.api.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
        self.assertEqual((done.payment_status, done.payment_intent.amount_received), ("paid", 200))


class Meters(StripeMockTest):
    """Usage: its rules, its sums, and what is told later."""

    def test_one_call_at_a_time_for_a_customer_and_meter(self):
        meter, customer = self.meter(), self.customer(card=None)
        lock = ("SELECT pg_advisory_xact_lock(hashtextextended('00000000-0000-0000-0000-000000000001' || "
                f"'{meter.id}' || ' ' || '{customer.id}', 0))")
        with self.bh.transaction(lock):
            error = self.refuses(429, "lock_timeout", self.use, meter, customer, 1)
        self.assertIsInstance(error, stripe.RateLimitError)
        self.use(meter, customer, 1)

    def test_time_window_and_identifiers(self):
        meter, customer = self.meter(), self.customer(self.clock(), card=None)
        self.use(meter, customer, 1, timestamp=START - 35 * DAY)
        self.use(meter, customer, 2, timestamp=START + 300, identifier="one")
        with self.assertRaises(stripe.InvalidRequestError):
            self.use(meter, customer, 1, timestamp=START - 35 * DAY - 1)
        with self.assertRaises(stripe.InvalidRequestError):
            self.use(meter, customer, 1, timestamp=START + 301)
        self.refuses(400, "resource_already_exists", lambda: self.use(meter, customer, 2, identifier="one"))
        span = {"customer": customer.id, "start_time": START - 35 * DAY, "end_time": START + DAY}
        def summed():
            return [row.aggregated_value for row in self.api.billing.meters.event_summaries.list(meter.id, span).data]
        self.assertEqual(summed(), [3])
        self.api.billing.meter_event_adjustments.create({"event_name": meter.event_name, "type": "cancel",
                                                         "cancel": {"identifier": "one"}})
        self.assertEqual(summed(), [1])

    def test_errors_come_later_as_events(self):
        meter, customer = self.meter(), self.customer(card=None)
        with Hooks() as hooks:
            kinds = ["v1.billing.meter.error_report_triggered", "v1.billing.meter.no_meter_found"]
            endpoint = self.api.webhook_endpoints.create({"url": hooks.url, "enabled_events": kinds})
            self.use(meter, customer, "1.5")
            self.use(meter, self.api.customers.delete(self.customer(card=None).id), 1)
            self.api.billing.meter_events.create({"event_name": "absent", "payload": {"stripe_customer_id": customer.id,
                                                                                     "value": "1"}})
            reports = hooks.wait(kinds[0], 2) + hooks.wait(kinds[1])
            self.api.webhook_endpoints.delete(endpoint.id)
        codes = {report["data"]["reason"]["error_types"][0]["code"] for report in reports}
        self.assertEqual(codes, {"meter_event_invalid_value", "meter_event_customer_not_found", "no_meter"})
        self.assertEqual(reports[0]["related_object"]["id"], meter.id)
        self.assertEqual(self.stripe.v2.core.events.retrieve(reports[0]["id"]).type, kinds[0])

    def test_the_path_of_api_v2(self):
        meter, customer = self.meter(), self.customer(card=None)
        made = self.stripe.v2.billing.meter_events.create({
            "event_name": meter.event_name, "payload": {"stripe_customer_id": customer.id, "value": "7"}})
        self.assertEqual((made.object, made.livemode), ("v2.billing.meter_event", False))
        now = int(datetime.datetime.fromisoformat(str(made.timestamp).replace("Z", "+00:00")).timestamp())
        rows = self.api.billing.meters.event_summaries.list(meter.id, {
            "customer": customer.id, "start_time": now // 60 * 60, "end_time": now // 60 * 60 + 60}).data
        self.assertEqual([row.aggregated_value for row in rows], [7])


    def test_many_in_a_call_of_a_session(self):
        meter, customer = self.meter(), self.customer(self.clock(), card=None)
        session = self.stripe.v2.billing.meter_event_session.create()
        self.assertEqual(self.bh.psql("SELECT count(*) FROM bulkhead.stripemock_answer WHERE body LIKE '%ses_mock%'"), [["0"]])
        stream = self.mock.client(self.checker, key=session.authentication_token).v2.billing.meter_event_stream
        def event(identifier, value=1):
            return {"event_name": meter.event_name, "identifier": identifier,
                    "payload": {"stripe_customer_id": customer.id, "value": str(value)}}
        stream.create({"events": [event(f"e{i}", i) for i in range(100)]})
        self.refuses(400, "resource_already_exists", stream.create, {"events": [event("new"), event("e7")]})
        self.refuses(400, "parameter_missing", stream.create, {"events": [event(f"f{i}") for i in range(101)]})
        rows = self.api.billing.meters.event_summaries.list(meter.id, {
            "customer": customer.id, "start_time": START // 60 * 60, "end_time": START + DAY}).data
        self.assertEqual([row.aggregated_value for row in rows], [4950])
        for key in (self.mock.key, session.authentication_token[:-1] + "x", "ses_mock1_" + "0" * 64):
            reply = self.mock.call("POST", "/v2/billing/meter_event_stream", key=key)
            self.assertEqual(reply.status_code, 401)
        self.assertEqual(self.mock.call("GET", "/v1/customers", key=session.authentication_token).status_code, 401)


class Billing(StripeMockTest):
    """Prices, trials, taxes, invoices by hand, credits."""

    def test_tiers(self):
        meter, clock = self.meter(), self.clock()
        customer = self.customer(clock)
        product = self.api.products.create({"name": "Tiered"})
        price = self.api.prices.create({
            "currency": "usd", "product": product.id, "billing_scheme": "tiered", "tiers_mode": "graduated",
            "tiers": [{"up_to": 100, "unit_amount": 10}, {"up_to": "inf", "unit_amount_decimal": "2.5", "flat_amount": 100}],
            "recurring": {"interval": "month", "usage_type": "metered", "meter": meter.id}}, )
        shown = self.api.prices.retrieve(price.id, {"expand": ["tiers"]})
        self.assertEqual([(tier.up_to, str(tier.unit_amount_decimal)) for tier in shown.tiers],
                         [(100, "10"), (None, "2.5")])
        self.api.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}]})
        self.use(meter, customer, 105)
        self.advance(clock, FEBRUARY + 2 * HOUR)
        self.assertEqual(self.invoices(customer)[0].total, 100 * 10 + 100 + 13)

    def test_a_trial_ends(self):
        clock = self.clock()
        customer = self.customer(clock)
        price = self.price(900)
        subscription = self.api.subscriptions.create({"customer": customer.id, "items": [{"price": price.id, "quantity": 2}],
                                                      "trial_period_days": 7})
        self.assertEqual((subscription.status, subscription.trial_end), ("trialing", START + 7 * DAY))
        self.advance(clock, START + 7 * DAY + 2 * HOUR)
        self.assertEqual(self.api.subscriptions.retrieve(subscription.id).status, "active")
        self.assertEqual([invoice.amount_paid for invoice in self.invoices(customer)], [1800, 0])
        told = [event.type for event in self.api.events.list({"limit": 100}).data]
        self.assertIn("customer.subscription.trial_will_end", told)

    def test_a_trial_without_a_card_pauses_and_resumes(self):
        clock = self.clock()
        customer = self.customer(clock, card=None)
        subscription = self.api.subscriptions.create({
            "customer": customer.id, "items": [{"price": self.price().id}], "trial_end": START + DAY,
            "trial_settings": {"end_behavior": {"missing_payment_method": "pause"}}})
        self.advance(clock, START + 2 * DAY)
        self.assertEqual(self.api.subscriptions.retrieve(subscription.id).status, "paused")
        method = self.api.payment_methods.attach("pm_card_visa", {"customer": customer.id})
        self.api.customers.update(customer.id, {"invoice_settings": {"default_payment_method": method.id}})
        self.assertEqual(self.api.subscriptions.resume(subscription.id).status, "active")
        self.assertEqual(self.invoices(customer)[0].amount_paid, 2000)

    def test_an_incomplete_subscription(self):
        customer = self.customer(card=None)
        price = self.price()
        self.refuses(400, "resource_missing", self.api.subscriptions.create,
                     {"customer": customer.id, "items": [{"price": price.id}]})
        subscription = self.api.subscriptions.create({
            "customer": customer.id, "items": [{"price": price.id}], "payment_behavior": "default_incomplete",
            "expand": ["latest_invoice.confirmation_secret", "latest_invoice.payments"]})
        self.assertEqual(subscription.status, "incomplete")
        invoice = subscription.latest_invoice
        intent = invoice.payments.data[0].payment.payment_intent
        self.assertTrue(invoice.confirmation_secret.client_secret.startswith(intent))
        self.api.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"})
        self.assertEqual(self.api.subscriptions.retrieve(subscription.id).status, "active")
        self.assertEqual(self.api.invoices.retrieve(invoice.id).status, "paid")
        failing = self.customer(card="pm_card_chargeCustomerFail")
        self.refuses(402, "card_declined", self.api.subscriptions.create, {
            "customer": failing.id, "items": [{"price": price.id}], "payment_behavior": "error_if_incomplete"})
        self.assertEqual(self.api.subscriptions.list({"customer": failing.id, "status": "all"}).data, [])

    def test_the_last_failed_try_ends_a_subscription(self):
        clock = self.clock()
        customer = self.customer(clock)
        subscription = self.api.subscriptions.create({"customer": customer.id, "items": [{"price": self.price().id}]})
        bad = self.api.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
        self.api.customers.update(customer.id, {"invoice_settings": {"default_payment_method": bad.id}})
        self.advance(clock, FEBRUARY + 10 * DAY)
        ended = self.api.subscriptions.retrieve(subscription.id)
        self.assertEqual((ended.status, ended.cancellation_details.reason), ("canceled", "payment_failed"))
        self.assertEqual(self.invoices(customer)[0].attempt_count, 4)

    def test_an_invoice_that_is_sent_and_paid_late(self):
        clock = self.clock()
        customer = self.customer(clock, card=None)
        subscription = self.api.subscriptions.create({
            "customer": customer.id, "items": [{"price": self.price().id}], "collection_method": "send_invoice",
            "days_until_due": 7})
        self.assertEqual(subscription.status, "active")
        invoice, = self.invoices(customer)
        self.assertEqual((invoice.status, invoice.due_date), ("open", START + 7 * DAY))
        self.advance(clock, START + 8 * DAY)
        self.assertEqual(self.api.subscriptions.retrieve(subscription.id).status, "past_due")
        told = [event.type for event in self.api.events.list({"limit": 20}).data]
        self.assertEqual(told.count("invoice.overdue"), 1)
        self.api.invoices.pay(invoice.id, {"paid_out_of_band": True})
        self.assertEqual(self.api.subscriptions.retrieve(subscription.id).status, "active")

    def test_pausing_collection(self):
        clock = self.clock()
        customer = self.customer(clock)
        subscription = self.api.subscriptions.create({"customer": customer.id, "items": [{"price": self.price().id}]})
        self.api.subscriptions.update(subscription.id, {"pause_collection": {"behavior": "void"}})
        self.advance(clock, FEBRUARY + 2 * HOUR)
        self.assertEqual(self.invoices(customer)[0].status, "void")
        resumed = self.api.subscriptions.update(subscription.id, {"pause_collection": ""})
        self.assertIsNone(resumed.pause_collection)
        self.advance(clock, MARCH + 2 * HOUR)
        self.assertEqual(self.invoices(customer)[0].status, "paid")

    def test_taxes_and_an_invoice_by_hand(self):
        customer = self.customer()
        rate = self.api.tax_rates.create({"display_name": "VAT", "percentage": 8.25, "inclusive": False, "country": "DE",
                                          "tax_type": "vat"})
        self.api.invoice_items.create({"customer": customer.id, "amount": 1000, "currency": "usd", "description": "Work"})
        invoice = self.api.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include",
                                            "default_tax_rates": [rate.id]})
        self.assertEqual((invoice.status, invoice.subtotal, invoice.total), ("draft", 1000, 1083))
        self.assertEqual(invoice.total_taxes[0].amount, 83)
        invoice = self.api.invoices.finalize_invoice(invoice.id)
        self.assertEqual((invoice.status, invoice.amount_remaining), ("open", 1083))
        note = self.api.credit_notes.create({"invoice": invoice.id, "amount": 83, "reason": "order_change"})
        self.assertEqual((note.status, note.amount), ("issued", 83))
        self.assertEqual(self.api.invoices.retrieve(invoice.id).amount_remaining, 1000)
        paid = self.api.invoices.pay(invoice.id)
        self.assertEqual((paid.status, paid.amount_paid), ("paid", 1000))
        self.refuses(400, None, self.api.invoices.pay, invoice.id)
        other = self.api.invoices.create({"customer": customer.id, "collection_method": "send_invoice", "days_until_due": 30})
        self.api.invoice_items.create({"customer": customer.id, "invoice": other.id, "amount": 5, "currency": "usd"})
        self.assertEqual(self.api.invoices.send_invoice(other.id).status, "open")
        self.assertEqual(self.api.invoices.mark_uncollectible(other.id).status, "uncollectible")
        self.assertEqual(self.api.invoices.void_invoice(other.id).status, "void")

    def test_credits_by_priority_expiry_and_void(self):
        clock, meter = self.clock(), self.meter()
        customer = self.customer(clock)
        usage = self.metered(meter, "1")
        def grant(value, **params):
            return self.api.billing.credit_grants.create({
                "customer": customer.id, "amount": {"type": "monetary", "monetary": {"currency": "usd", "value": value}},
                "applicability_config": {"scope": {"price_type": "metered"}}} | params)
        late, first = grant(100, priority=50), grant(40, priority=10)
        gone = grant(70, expires_at=START + DAY)
        self.api.billing.credit_grants.void_grant(grant(9).id)
        self.api.subscriptions.create({"customer": customer.id, "items": [{"price": usage.id}]})
        self.use(meter, customer, 60)
        self.advance(clock, FEBRUARY + 2 * HOUR)
        invoice = self.invoices(customer)[0]
        self.assertEqual((invoice.subtotal, invoice.total, invoice.status), (60, 0, "paid"))
        used = {row.credit_grant: row.debit.amount.monetary.value for row in
                self.api.billing.credit_balance_transactions.list({"customer": customer.id}).data}
        self.assertEqual(used, {first.id: 40, late.id: 20, gone.id: 70})
        summary = self.api.billing.credit_balance_summary.retrieve({
            "customer": customer.id, "filter": {"type": "applicability_scope", "applicability_scope": {"price_type": "metered"}}})
        self.assertEqual(summary.balances[0].available_balance.monetary.value, 80)

    def test_items_of_a_subscription(self):
        clock = self.clock()
        customer = self.customer(clock)
        one, two = self.price(1000), self.price(3000)
        subscription = self.api.subscriptions.create({"customer": customer.id, "items": [{"price": one.id}]})
        self.advance(clock, START + (FEBRUARY - START) // 2)
        added = self.api.subscription_items.create({"subscription": subscription.id, "price": two.id, "quantity": 2})
        self.assertEqual((added.price.id, added.quantity), (two.id, 2))
        waiting = self.api.invoice_items.list({"customer": customer.id, "pending": True}).data
        self.assertEqual([(item.amount, item.proration) for item in waiting], [(3000, True)])
        self.assertTrue(self.api.subscription_items.delete(added.id, {"proration_behavior": "none"}).deleted)
        self.advance(clock, FEBRUARY + 2 * HOUR)
        self.assertEqual(self.invoices(customer)[0].total, 1000 + 3000)
        self.api.subscriptions.cancel(subscription.id, {"invoice_now": True, "prorate": True})
        self.assertEqual(self.api.subscriptions.list({"customer": customer.id}).data, [])


class Width(StripeMockTest):
    """Calls that no other test makes."""

    def test_a_card_is_saved_by_a_checkout_page(self):
        session = self.api.checkout.sessions.create({"mode": "setup", "success_url": "https://shop.example/",
                                                     "customer_email": "new@example.com"})
        self.assertEqual(self.mock.page(session.url, {"action": "pay"}).status, 303)
        session = self.api.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent", "customer"]})
        self.assertEqual((session.status, session.customer.email), ("complete", "new@example.com"))
        intent = session.setup_intent
        method = self.api.payment_methods.retrieve(intent.payment_method)
        self.assertEqual((intent.status, method.customer, method.card.last4), ("succeeded", session.customer.id, "4242"))
        listed = self.api.customers.payment_methods.list(session.customer.id).data
        self.assertEqual([each.id for each in listed], [method.id])
        self.assertIsNone(self.api.payment_methods.detach(method.id).customer)
        gone = self.api.checkout.sessions.create({"mode": "setup", "success_url": "https://shop.example/"})
        self.assertEqual(self.api.checkout.sessions.expire(gone.id).status, "expired")
        self.assertEqual(self.mock.page(self.bh.url + f"/mock-stripe/checkout/{gone.id}", {"action": "pay"}).status, 402)

    def test_the_portal_of_one_customer(self):
        mine, other = self.customer(), self.customer()
        price = self.price()
        theirs = self.api.subscriptions.create({"customer": other.id, "items": [{"price": price.id}]})
        session = self.api.billing_portal.sessions.create({"customer": mine.id})
        self.assertEqual(self.mock.page(session.url, {"action": "cancel", "subscription": theirs.id}).status, 404)
        self.assertFalse(self.api.subscriptions.retrieve(theirs.id).cancel_at_period_end)
        self.assertNotIn(theirs.id.encode(), self.mock.page(session.url).body)
        card = {"action": "card", "card": "pm_card_chargeCustomerFail"}
        self.assertEqual(self.mock.page(session.url, card).status, 303)
        method = self.api.customers.retrieve(mine.id, {"expand": ["invoice_settings.default_payment_method"]})
        self.assertEqual(method.invoice_settings.default_payment_method.card.last4, "0341")
        self.assertEqual(self.mock.page(session.url, card | {"card": "pm_card_chargeDeclined"}).status, 402)
        self.assertEqual(self.mock.page(session.url, {}).status, 400)

    def test_credit_notes_and_payments_elsewhere(self):
        customer = self.customer()
        self.api.invoice_items.create({"customer": customer.id, "unit_amount_decimal": "12.5", "quantity": 3, "currency": "usd"})
        invoice = self.api.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})
        self.assertEqual(self.api.invoices.update(invoice.id, {"description": "d"}).total, 38)
        invoice = self.api.invoices.finalize_invoice(invoice.id)
        note = self.api.credit_notes.create({"invoice": invoice.id, "lines": [
            {"type": "custom_line_item", "description": "x", "quantity": 2, "unit_amount": 4}]})
        self.assertEqual(note.amount, 8)
        self.assertEqual(self.api.credit_notes.void_credit_note(note.id).status, "void")
        self.refuses(400, None, self.api.credit_notes.create, {"invoice": invoice.id, "amount": 39})
        paid = self.api.invoices.pay(invoice.id, {"paid_out_of_band": True})
        self.assertEqual((paid.status, paid.amount_remaining), ("paid", 0))
        payment, = self.api.invoice_payments.list({"invoice": invoice.id}).data
        self.assertEqual(payment.status, "canceled")
        self.assertEqual(self.api.payment_intents.retrieve(payment.payment.payment_intent).status, "canceled")
        self.api.credit_notes.create({"invoice": invoice.id, "amount": 10})
        self.assertEqual(self.api.customers.retrieve(customer.id).balance, -10)
        self.api.invoice_items.create({"customer": customer.id, "amount": 25, "currency": "usd"})
        after = self.api.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})
        after = self.api.invoices.finalize_invoice(after.id)
        self.assertEqual((after.total, after.amount_due, after.starting_balance, after.ending_balance), (25, 15, -10, 0))
        self.refuses(400, "invoice_not_editable", self.api.invoices.delete, after.id)
        draft = self.api.invoices.create({"customer": customer.id})
        self.assertTrue(self.api.invoices.delete(draft.id).deleted)

    def test_grants_that_end_and_configurations(self):
        customer = self.customer(card=None)
        grant = self.api.billing.credit_grants.create({
            "customer": customer.id, "amount": {"type": "monetary", "monetary": {"currency": "usd", "value": 5}},
            "applicability_config": {"scope": {"prices": [{"id": self.metered(self.meter()).id}]}}})
        ended = self.api.billing.credit_grants.expire(grant.id)
        self.assertIsNotNone(ended.expires_at)
        self.refuses(400, None, self.api.billing.credit_grants.void_grant, grant.id)
        made = self.api.billing_portal.configurations.create({"features": {"invoice_history": {"enabled": False}}})
        self.assertFalse(made.features.invoice_history.enabled)
        session = self.api.billing_portal.sessions.create({"customer": customer.id, "configuration": made.id})
        self.assertEqual(session.configuration, made.id)
        meter = self.meter()
        self.assertEqual(self.api.billing.meters.deactivate(meter.id).status, "inactive")
        self.assertEqual(self.api.billing.meters.reactivate(meter.id).status, "active")

    def test_prices_and_products_change(self):
        key = uuid.uuid4().hex
        product = self.api.products.create({"name": "P", "default_price_data": {"currency": "usd", "unit_amount": 5}})
        self.assertIsNotNone(product.default_price)
        old = self.price(100, product=product.id, lookup_key=key)
        self.refuses(400, None, lambda: self.price(200, product=product.id, lookup_key=key), param="lookup_key")
        new = self.price(200, product=product.id, lookup_key=key, transfer_lookup_key=True)
        self.assertEqual([price.id for price in self.api.prices.list({"lookup_keys": [key]}).data], [new.id])
        self.assertFalse(self.api.prices.update(old.id, {"active": False}).active)
        customer = self.customer()
        self.refuses(400, None, self.api.subscriptions.create, {"customer": customer.id, "items": [{"price": old.id}]})
        self.refuses(400, None, self.api.products.delete, product.id)
        self.assertTrue(self.api.products.delete(self.api.products.create({"name": "Q"}).id).deleted)

    def test_a_first_period_until_an_anchor(self):
        anchor = int(datetime.datetime(2026, 2, 1, tzinfo=datetime.timezone.utc).timestamp())
        for behavior, first in (("create_prorations", 1700), ("none", 0)):
            clock = self.clock()
            customer = self.customer(clock)
            body = {"customer": customer.id, "items": [{"price": self.price(3100).id}], "proration_behavior": behavior}
            made = self.api.subscriptions.create(body | {"billing_cycle_anchor": anchor})
            self.assertEqual(made.items.data[0].current_period_end, anchor)
            self.advance(clock, anchor + 2 * HOUR)
            self.assertEqual([invoice.amount_paid for invoice in self.invoices(customer)], [3100, first])
        self.refuses(400, None, self.api.subscriptions.create, body | {"billing_cycle_anchor": anchor + 31 * DAY})

    def test_another_interval_begins_a_period(self):
        clock = self.clock()
        customer = self.customer(clock)
        month, year = self.price(1000), self.price(12000, "year")
        subscription = self.api.subscriptions.create({"customer": customer.id, "items": [{"price": month.id}]})
        half = START + (FEBRUARY - START) // 2
        self.advance(clock, half)
        item = subscription.items.data[0]
        subscription = self.api.subscriptions.update(subscription.id, {"items": [{"id": item.id, "price": year.id}]})
        self.assertEqual((subscription.billing_cycle_anchor, subscription.items.data[0].current_period_start), (half, half))
        self.assertEqual(self.invoices(customer)[0].amount_paid, 12000 - 500)
        preview = self.api.invoices.create_preview({"subscription": subscription.id})
        self.assertEqual(preview.total, 12000)
        self.assertEqual(len(self.invoices(customer)), 2)


class Webhooks(StripeMockTest):
    """Sent again, twice, in another order, with two secrets."""

    def endpoint(self, hooks, *kinds):
        made = self.api.webhook_endpoints.create({"url": hooks.url, "enabled_events": list(kinds)})
        self.addCleanup(self.api.webhook_endpoints.delete, made.id)
        return made

    def test_a_failed_webhook_is_sent_again(self):
        with Hooks() as hooks:
            self.endpoint(hooks, "customer.created")
            hooks.fail = 1
            self.customer(card=None)
            first, second = hooks.wait("customer.created", 2)
        self.assertEqual(first["id"], second["id"])

    def test_nothing_is_lost_when_the_service_is_killed(self):
        with Hooks() as hooks:
            self.endpoint(hooks, "customer.created")
            self.mock.faults(webhooks__delay_ms=1500)
            made = [self.customer(card=None).id for _ in range(3)]
            self.bh.replaced("stripemock", self.bh.kill("stripemock"))
            self.assertEqual(self.mock.state()["secret_key"], self.mock.key)
            self.assertEqual(self.mock.state()["faults"]["webhooks"]["delay_ms"], 0)
            told = hooks.wait("customer.created", 3)
        self.assertEqual({event["data"]["object"]["id"] for event in told}, set(made))
        self.assertEqual([self.api.customers.retrieve(id).id for id in made], made)

    def test_a_secret_is_rotated(self):
        with Hooks() as hooks:
            old = self.endpoint(hooks, "customer.created")
            new = self.mock.call("POST", f"/v1/mock/webhook_endpoints/{old.id}/rotate_secret", {"expires_in": 3600}).json()
            self.assertNotEqual(new["secret"], old.secret)
            self.customer(card=None)
            hooks.wait("customer.created")
            body, headers = hooks.received[0]
        self.assertEqual(headers["stripe-signature"].count("v1="), 2)
        for secret in (old.secret, new["secret"]):
            self.assertEqual(stripe.Webhook.construct_event(body, headers["stripe-signature"], secret)["type"],
                             "customer.created")

    def test_a_socket_of_this_machine(self):
        path = os.path.join(self.bh.folder, "hook.sock")
        with Hooks(path) as hooks:
            endpoint = self.endpoint(hooks, "customer.created")
            self.assertEqual(endpoint.secret, self.mock.hook_secret)
            self.customer(card=None)
            hooks.wait("customer.created")
            body, headers = hooks.received[0]
        os.unlink(path)
        stripe.Webhook.construct_event(body, headers["stripe-signature"], self.mock.hook_secret)

    def test_the_secret_of_an_endpoint_is_kept_nowhere(self):
        key = uuid.uuid4().hex
        body = {"url": "https://shop.example/hooks", "enabled_events": ["invoice.paid"]}
        made = [self.api.webhook_endpoints.create(body, {"idempotency_key": key}) for _ in range(2)]
        self.addCleanup(self.api.webhook_endpoints.delete, made[0].id)
        self.assertEqual((made[0].id, made[0].secret), (made[1].id, made[1].secret))
        self.assertNotIn("secret", self.api.webhook_endpoints.retrieve(made[0].id).to_dict())
        for table, column in (("stripemock_answer", "body"), ("stripemock_object", "body::text"), ("stripemock_event", "body::text")):
            found = self.bh.psql(f"SELECT count(*) FROM bulkhead.{table} WHERE {column} LIKE '%{made[0].secret[11:]}%'")
            self.assertEqual(found, [["0"]], table)

    def test_events_come_late_and_in_another_order(self):
        orders = []
        for _ in range(2):
            with Hooks() as hooks:
                endpoint = self.api.webhook_endpoints.create({"url": hooks.url, "enabled_events": ["*"]})
                customer, price = self.customer(), self.price()
                hooks.wait("price.created")
                before = len(hooks.received)
                self.mock.faults(webhooks__reorder="true", webhooks__delay_ms=300, seed=11)
                self.api.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}]})
                waiting = [event for event in self.api.events.list({"limit": 10}).data if event.pending_webhooks]
                hooks.wait("invoice.paid")
                until(lambda: len(hooks.received) == before + len(waiting), 15, "all webhooks")
                orders.append([event["type"] for event in hooks.events()[before:]])
                made = [event.type for event in waiting][::-1]
                self.mock.faults()
                self.api.webhook_endpoints.delete(endpoint.id)
            self.assertEqual(sorted(orders[-1]), sorted(made))
            self.assertNotEqual(orders[-1], made)
        self.assertEqual(orders[0], orders[1])

    def test_doubled_lost_and_shuffled_by_a_seed(self):
        with Hooks() as hooks:
            self.endpoint(hooks, "product.created")
            self.mock.faults(webhooks__duplicate_percent=100, seed=7)
            self.api.products.create({"name": "Twice"})
            first, second = hooks.wait("product.created", 2)
            self.assertEqual(first["id"], second["id"])
            self.mock.faults(webhooks__loss_percent=100, seed=7)
            lost = self.api.products.create({"name": "Lost"})
            event = next(event for event in self.api.events.list({"type": "product.created"}).data
                         if event.data.object.id == lost.id)
            self.assertEqual(event.pending_webhooks, 1)
            self.mock.faults()
            found = hooks.wait("product.created", 3)
        self.assertEqual(found[2]["data"]["object"]["id"], lost.id)


class Off(unittest.TestCase):
    """A platform without the mock."""

    def test_it_answers_nothing(self):
        with Instance(engine_enabled="false", supervisor_quickstart="false",
                      stripemock_enabled="false") as instance, Mock(instance) as mock:
            self.assertFalse(mock.state()["enabled"])
            self.assertEqual(mock.call("GET", "/v1/customers").status_code, 404)
            self.assertEqual(mock.call("POST", "/v1/customers", {"name": "x"}).status_code, 404)
            self.assertEqual(mock.page("http://x/mock-stripe/checkout/cs_test_mock1").status, 404)


class Full(unittest.TestCase):
    """A platform whose mock keeps few objects."""

    def test_what_does_not_fit_is_refused(self):
        with Instance(engine_enabled="false", supervisor_quickstart="false", stripemock_objects_max=100) as instance, \
                Mock(instance) as mock:
            # Its trial ends in a moment, and its invoice does not fit: it waits.
            soon = mock.client().v1
            price = soon.prices.create({"currency": "usd", "unit_amount": 1, "product_data": {"name": "x"},
                                        "recurring": {"interval": "day"}})
            customer = soon.customers.create()
            trial = soon.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}],
                                               "trial_end": int(time.time()) + 3, "collection_method": "send_invoice",
                                               "days_until_due": 1})
            kept = sum(mock.state()["objects"].values())
            made = [mock.call("POST", "/v1/customers").json()["id"] for _ in range(100 - kept)]
            refused = mock.call("POST", "/v1/customers")
            self.assertEqual((refused.status_code, refused.json()["error"]["code"]), (400, "mock_full"))
            product = mock.call("POST", "/v1/products", {"name": "x"})
            self.assertEqual(product.status_code, 400)
            self.assertEqual(sum(mock.state()["objects"].values()), 100)
            self.assertEqual(len(set(made)), 100 - kept)
            def put_off():
                return instance.psql("SELECT body->>'_put_off_until' FROM bulkhead.stripemock_object "
                                     f"WHERE id = '{trial.id}'")[0][0]
            until(put_off, 20, "what does not fit to be put off")
            self.assertEqual(soon.subscriptions.retrieve(trial.id).status, "trialing")


class Node(StripeMockTest):
    """The official client for Node."""

    def test_a_life_in_short(self):
        node = os.path.join(NODE_FOLDER, "node")
        if not os.access(node, os.X_OK):
            raise unittest.SkipTest("var/test-node is absent: run scripts/setup test")
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        with Hooks() as hooks:
            endpoint = self.api.webhook_endpoints.create({"url": hooks.url, "enabled_events": ["invoice.paid"]})
            self.addCleanup(self.api.webhook_endpoints.delete, endpoint.id)
            self.customer_with_invoice()
            hooks.wait("invoice.paid")
            body, headers = hooks.received[0]
        done = subprocess.run([node, os.path.join(ROOT, "tests/clients/stripe_node.mjs")], capture_output=True, text=True,
                              timeout=120, check=False, env=kept | {
                                  "STRIPE_KEY": self.mock.key, "STRIPE_PORT": str(self.mock.port), "NODE_FOLDER": NODE_FOLDER,
                                  "BODY": body.decode(), "SIGNATURE": headers["stripe-signature"], "SECRET": endpoint.secret})
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        got = json.loads(done.stdout.strip().splitlines()[-1])
        self.assertEqual(got, {"subscription": "active", "renewed": [2000, 2000], "declined": "card_declined",
                               "usage": 5, "event": "invoice.paid", "forged": "StripeSignatureVerificationError",
                               "missing": 404, "canceled": "canceled"})

    def customer_with_invoice(self):
        customer = self.customer()
        self.api.subscriptions.create({"customer": customer.id, "items": [{"price": self.price().id}]})


if __name__ == "__main__":
    main()
