# SPDX-License-Identifier: Apache-2.0
"""What Stripe collected and is not owed goes back once, and what cannot go back stays owed."""
import json

from base import main, until

from stripe_base import StripeTest


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


if __name__ == "__main__":
    main()
