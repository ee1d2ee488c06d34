# SPDX-License-Identifier: Apache-2.0
"""The mock of Stripe: what its API refuses, repeats, and loses on request."""
import concurrent.futures
import uuid

from base import main

import requests
import stripe
from stripe_mock_base import START, StripeMockTest


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


if __name__ == "__main__":
    main()
