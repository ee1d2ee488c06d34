# SPDX-License-Identifier: Apache-2.0
"""What the tests of Stripe's mock share: its port, its official client, and what a customer is made of."""
import datetime
import uuid

from base import PlatformTest

import stripe
import stripe_spec
from stripe_mock import Mock

DAY, HOUR = 86400, 3600


def day(month, at=15):
    """The beginning of a day of the year in which all of it happens."""
    return int(datetime.datetime(2026, month, at, tzinfo=datetime.timezone.utc).timestamp())


START, FEBRUARY, MARCH, APRIL = (day(month) for month in (1, 2, 3, 4))


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
