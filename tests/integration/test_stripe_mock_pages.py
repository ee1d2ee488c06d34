# SPDX-License-Identifier: Apache-2.0
"""The mock of Stripe: its pages of checkout and of a customer's own affairs."""
from base import main

from stripe_mock_base import StripeMockTest


class Pages(StripeMockTest):
    """What people see and send, and what other sites may not."""

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


if __name__ == "__main__":
    main()
