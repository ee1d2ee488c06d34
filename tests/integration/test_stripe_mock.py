# SPDX-License-Identifier: Apache-2.0
"""The mock of Stripe, driven by the official clients: a customer's whole life by a test clock, and platforms without it."""
import json
import os
import subprocess
import time
import unittest
import uuid

from base import main

import stripe
from instance import ROOT, SHARED, Instance, until
from stripe_mock import Hooks, Mock
from stripe_mock_base import APRIL, DAY, FEBRUARY, HOUR, MARCH, START, StripeMockTest

NODE_FOLDER = os.path.join(ROOT, "var/test-node")


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
        meter = self.meter()
        basic, pro, usage = self.price(2000), self.price(5000), self.metered(meter)
        subscription = self.buys(customer, basic, usage)
        self.uses_and_has_credits(clock, customer, meter)
        subscription = self.takes_another_plan(clock, customer, subscription, basic, pro)
        self.card_fails(clock, customer, subscription)
        self.leaves(clock, customer, subscription)
        self.told(hooks, endpoint)

    def buys(self, customer, basic, usage):
        """A declined card leaves the session open; another one pays."""
        feature = self.api.entitlements.features.create({"name": "Search", "lookup_key": f"search-{uuid.uuid4().hex}"})
        self.api.products.features.create(basic.product, {"entitlement_feature": feature.id})
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
        item = self.item_of(subscription, basic)
        self.assertEqual((item.current_period_start, item.current_period_end), (START, FEBRUARY))
        first, = self.invoices(customer)
        self.assertEqual((first.status, first.amount_paid, first.billing_reason), ("paid", 2000, "subscription_create"))
        entitled, = self.api.entitlements.active_entitlements.list({"customer": customer.id}).data
        self.assertEqual(entitled.lookup_key, feature.lookup_key)
        return subscription

    @staticmethod
    def item_of(subscription, price):
        return next(item for item in subscription.items.data if item.price.id == price.id)

    def uses_and_has_credits(self, clock, customer, meter):
        """Usage is billed at the end of the period, credits are used first."""
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

    def takes_another_plan(self, clock, customer, subscription, basic, pro):
        """In the middle of the period: half of one is given back, half of the other is due."""
        half = FEBRUARY + (MARCH - FEBRUARY) // 2
        self.advance(clock, half)
        subscription = self.api.subscriptions.update(subscription.id, {
            "items": [{"id": self.item_of(subscription, basic).id, "price": pro.id}], "proration_behavior": "always_invoice"})
        change = self.api.invoices.retrieve(subscription.latest_invoice)
        self.assertEqual(sorted(line.amount for line in change.lines.data), [-1000, 2500])
        self.assertEqual((change.status, change.amount_paid, change.billing_reason), ("paid", 1500, "subscription_update"))
        self.assertEqual(self.api.entitlements.active_entitlements.list({"customer": customer.id}).data, [])
        return subscription

    def card_fails(self, clock, customer, subscription):
        """Past due, tried again, paid with a good one."""
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

    def leaves(self, clock, customer, subscription):
        """In the portal: cancelled for the end of the period, kept, cancelled again."""
        portal = self.api.billing_portal.sessions.create({"customer": customer.id, "return_url": "https://shop.example/"})
        self.assertIn(subscription.id.encode(), self.mock.page(portal.url).body)
        choice = {"subscription": subscription.id}
        for action, ends in (("cancel", True), ("keep", False), ("cancel", True)):
            self.assertEqual(self.mock.page(portal.url, {"action": action} | choice).status, 303)
            self.assertIs(self.api.subscriptions.retrieve(subscription.id).cancel_at_period_end, ends)
        self.advance(clock, APRIL + DAY)
        ended = self.api.subscriptions.retrieve(subscription.id)
        self.assertEqual((ended.status, ended.ended_at), ("canceled", APRIL))

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


if __name__ == "__main__":
    main()
