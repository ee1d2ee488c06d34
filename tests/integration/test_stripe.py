# SPDX-License-Identifier: Apache-2.0
"""Stripe, as billing uses it: an owner subscribes on a page, invoices are collected, and events are taken once. The other
end is the platform's mock, which the official clients are tested against."""
import concurrent.futures
import json
import random
import time
import uuid

from base import main, until, wire

from stripe_base import PAGES, StripeTest


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


if __name__ == "__main__":
    main()
