# SPDX-License-Identifier: Apache-2.0
"""The mock of Stripe: subscriptions from their trial to their last failed payment."""
from base import main

from stripe_mock_base import DAY, FEBRUARY, HOUR, MARCH, START, StripeMockTest, day


class Subscriptions(StripeMockTest):
    """Trials, first payments, changes in the middle of a period, ends."""

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

    def test_a_first_period_until_an_anchor(self):
        anchor = day(2, 1)
        for behavior, first in (("create_prorations", 1700), ("none", 0)):
            clock = self.clock()
            customer = self.customer(clock)
            body = {"customer": customer.id, "items": [{"price": self.price(3100).id}], "proration_behavior": behavior}
            made = self.api.subscriptions.create(body | {"billing_cycle_anchor": anchor})
            self.assertEqual(made.items.data[0].current_period_end, anchor)
            self.advance(clock, anchor + 2 * HOUR)
            self.assertEqual([invoice.amount_paid for invoice in self.invoices(customer)], [3100, first])
        self.refuses(400, None, self.api.subscriptions.create, body | {"billing_cycle_anchor": anchor + 31 * DAY})

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


if __name__ == "__main__":
    main()
