# SPDX-License-Identifier: Apache-2.0
"""The mock of Stripe: its webhooks."""
import os
import uuid

from base import main

import stripe
from instance import until
from stripe_mock import Hooks
from stripe_mock_base import StripeMockTest


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


if __name__ == "__main__":
    main()
