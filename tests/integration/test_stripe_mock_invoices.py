# SPDX-License-Identifier: Apache-2.0
"""The mock of Stripe: what stands on an invoice, how it is paid, and credits."""
from base import main

from stripe_mock_base import DAY, FEBRUARY, HOUR, START, StripeMockTest


class Invoices(StripeMockTest):
    """Tiers, taxes, invoices by hand, notes and grants of credit."""

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


if __name__ == "__main__":
    main()
