# SPDX-License-Identifier: Apache-2.0
"""The mock of Stripe: reports of usage."""
import datetime

from base import main

import stripe
from stripe_mock import Hooks
from stripe_mock_base import DAY, START, StripeMockTest


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


if __name__ == "__main__":
    main()
