# SPDX-License-Identifier: Apache-2.0
"""While Stripe, its webhooks or the room for rows are away, nothing is lost and nothing is done twice."""
import contextlib
import os
import time
import uuid

from base import main, until

from instance import CommandFailed
from stripe_base import StripeTest


class Away(StripeTest):
    def test_what_is_owed_waits_and_arrives_once(self):
        self.subscribe()
        for fault in ("error", "rate_limit", "drop_before", "drop_after"):
            with self.subTest(fault=fault):
                self.mock.faults(api__fault=fault, api__calls=3)
                invoice = self.finalized("3.00")
                theirs = self.collected(invoice)
                self.assertEqual(theirs.amount_paid, 357)

    def test_what_stripe_refuses_is_told_and_sent_again_when_asked(self):
        self.subscribe()
        self.bh.psql(f"""SET search_path = bulkhead; INSERT INTO stripe_outbox (tenant_id, id, kind, reference, payload)
            VALUES ('{self.tenant.id}', '{uuid.uuid4()}', 'meter_event', 'x', '{{"meter": 11, "value": "5",
            "timestamp": 1}}')""")
        self.of("stripe", "retry")

        def refused():
            return [row for row in self.of("stripe", "outbox")["data"] if row["state"] == "refused"]

        until(refused, 30, "the refusal")
        row, = refused()
        self.assertRegex(row["error"], r"Stripe: 400 invalid_request_error")
        self.assertEqual(self.of("stripe", "retry")["rows"], 1)

    def test_use_is_reported_once_to_the_units(self):
        """What was used before the customer came is reported with its first report."""
        used = {"chat.input_tokens": 1200, "chat.output_tokens": 300}
        self.bh.psql(f"""
            SET search_path = bulkhead; SET bulkhead.tenant_id = '{self.tenant.id}'; SELECT meter_lock('{self.tenant.id}');
            INSERT INTO usage_day (tenant_id, day, kind, model_tenant_id, model_id, model, price_version, rate_version,
                batch, key_id, user_id, team_id, calls, input_tokens, output_tokens)
            SELECT '{self.tenant.id}', (now() AT TIME ZONE 'UTC')::date, 'chat', id, id, 'gpt', 3, 0, false, id, id, id, 2, 1200, 300
              FROM (VALUES ('{uuid.UUID(int=0)}'::uuid)) AS nobody (id)""")
        self.subscribe()
        customer = self.customer().id
        meters = {each.display_name: each.id for each in self.api.billing.meters.list({"limit": 100}).auto_paging_iter()}

        def seen():
            meters.update({each.display_name: each.id for each in self.api.billing.meters.list({"limit": 100}).auto_paging_iter()})
            now = int(time.time()) // 86400 * 86400
            return {name: sum(each.aggregated_value for each in self.api.billing.meters.event_summaries.list(
                meters[name], {"customer": customer, "start_time": now, "end_time": now + 86400}).data)
                for name in used if name in meters}

        until(lambda: seen() == used, 30, "the reports")

    def test_a_report_that_stripe_did_not_count_is_told(self):
        """As if 5 had been reported three days ago that Stripe knows nothing of."""
        self.subscribe()
        until(lambda: self.rows("SELECT count(*) FROM bulkhead.job WHERE tenant_id = $1 AND kind = 'stripe_reconcile'"
                                " AND state = 'waiting'")[0][0] in (1, "1"), 30, "the first comparison")
        self.bh.psql(f"""SET search_path = bulkhead;
            INSERT INTO stripe_reported VALUES ('{self.tenant.id}', (now() AT TIME ZONE 'UTC')::date - 2, 11, 5)""")
        self.wake("stripe_reconcile")
        log = os.path.join(self.bh.folder, "home/logs/billing.log")

        def told():
            with open(log, encoding="utf-8") as file:
                return f"Stripe counted 0 of chat.output_tokens for customer {self.customer().id}" in file.read()

        until(told, 30, "the difference")

    def test_a_key_of_the_mock_is_never_taken_for_stripes(self):
        for key in (self.mock.key, "sk_nonsense", "pk_live_x"):
            done = self.bh.run("stripe", "connect", "--api-key-stdin", stdin=f"{key}\nwhsec_x\n")
            self.assertNotEqual(done.returncode, 0)
            self.assertNotIn(key, done.stderr + done.stdout)
        self.assertEqual(self.bh.cli("stripe", "status")["mode"], "mock")


class Lost(StripeTest):
    SETTINGS = {"billing_stripe_catch_up_s": "1", "billing_stripe_mock_pays": "true"}

    def test_what_no_webhook_brings_is_asked_for(self):
        self.mock.faults(webhooks__loss_percent=100)
        self.subscribe()
        self.assertEqual(self.collected(self.finalized("2.00")).amount_paid, 238)


class Outage(StripeTest):
    """A day without Stripe: no call is answered and no webhook comes. The day passes by what is owed becoming older."""

    SETTINGS = {"billing_stripe_catch_up_s": "1", "billing_stripe_mock_pays": "true"}

    def use(self, calls):
        self.bh.psql(f"""
            SET search_path = bulkhead; SET bulkhead.tenant_id = '{self.tenant.id}'; SELECT meter_lock('{self.tenant.id}');
            INSERT INTO usage_day (tenant_id, day, kind, model_tenant_id, model_id, model, price_version, rate_version,
                batch, key_id, user_id, team_id, calls, input_tokens, output_tokens)
            SELECT '{self.tenant.id}', (now() AT TIME ZONE 'UTC')::date, 'chat', id, id, 'gpt', 3, 0, false, id, id, id, 1, 400, 100
              FROM (VALUES ('{uuid.UUID(int=calls)}'::uuid)) AS one (id)""")

    def owed(self):
        return int(self.rows("SELECT count(*) FROM bulkhead.stripe_outbox WHERE tenant_id = $1 AND state = 'waiting'")[0][0])

    def theirs(self, kind, id=None):
        """The invoices at the mock that stand for something of this tenant."""
        return [each for each in self.api.invoices.list({"customer": self.customer().id, "limit": 100}).data
                if each.metadata.to_dict().get("kind") == kind and id in (None, each.metadata.to_dict()["id"])]

    def counted(self):
        now = int(time.time()) // 86400 * 86400
        return {each.display_name: sum(row.aggregated_value for row in self.api.billing.meters.event_summaries.list(
            each.id, {"customer": self.customer().id, "start_time": now - 86400, "end_time": now + 86400}).data)
            for each in self.api.billing.meters.list({"limit": 100}).auto_paging_iter()}

    def test_after_a_day_without_stripe_everything_is_there_once(self):
        self.use(1)
        self.subscribe()
        invoices = [self.finalized("1.00")]
        self.collected(invoices[0])
        # Some calls are done and nobody hears of it; then there is nobody.
        self.mock.faults(api__fault="drop_after", api__calls=2, webhooks__loss_percent=100)
        invoices.append(self.finalized("2.00"))
        until(lambda: self.mock.faults_now()["api"]["calls"] == 0, 30, "the last calls")
        self.mock.faults(api__fault="drop_before", api__calls=10**6, webhooks__loss_percent=100)
        self.use(2)
        self.wake("stripe_report")
        invoices += [self.finalized("3.00"), self.finalized("4.00")]
        self.ok(self.tenant.call("PUT", "/api/billing/profile", {"name": "Acme of the outage"}))
        top_up = self.ok(self.tenant.call("PUT", "/api/billing/top-up", {"below": "10", "amount": "50"}))
        self.assertTrue(top_up["status"].startswith("pending"))
        gone = self.finalized("5.00")
        self.of("invoice", "pay", gone["id"], "--reference", "bank 5")
        until(lambda: self.owed() >= 6, 30, "what is owed")
        self.assertEqual({self.invoice(each)["status"] for each in invoices[1:]}, {"open"})
        self.rows("UPDATE bulkhead.stripe_outbox SET created_at = created_at - interval '24 hours' WHERE tenant_id = $1")

        self.mock.faults()
        self.of("stripe", "retry")
        until(lambda: self.owed() == 0, 90, "an empty outbox")
        until(lambda: {self.invoice(each)["status"] for each in invoices} == {"paid"}, 60, "the payments")
        until(lambda: self.ok(self.tenant.call("GET", "/api/billing"))["balance"] == "50", 60, "the credit")
        for each in invoices:
            there, = self.theirs("invoice", each["id"])
            self.assertEqual((there.status, there.amount_paid * 10**7), ("paid", round(float(each["amount_due"]) * 10**9)))
        there, = self.theirs("top_up")
        self.assertEqual((there.status, there.amount_paid), ("paid", 5000))
        self.assertEqual([each.status for each in self.theirs("invoice", gone["id"])], [])
        self.assertEqual(self.customer().name, "Acme of the outage")
        until(lambda: (self.counted()["chat.input_tokens"], self.counted()["chat.output_tokens"]) == (800, 200), 60, "the use")
        payments = [each.amount_received for each in
                    self.api.payment_intents.list({"customer": self.customer().id, "limit": 100}).data]
        cash = int(self.rows("SELECT nanos FROM bulkhead.ledger_balance WHERE tenant_id = $1 AND account = 'cash'")[0][0])
        self.assertEqual(sum(payments) * 10**7 + 5_950_000_000, cash)
        self.assertEqual(len(payments), len(invoices) + 1)
        row, = self.of("billing", "check")["data"]
        self.assertEqual((row["ok"], row["mismatches"]), (True, []))


class FullDisk(StripeTest):
    """The database takes no more rows: what cannot be kept is refused, and done once when there is room."""

    @contextlib.contextmanager
    def full(self, table):
        self.bh.psql(f"""SET search_path = bulkhead;
            CREATE OR REPLACE FUNCTION test_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION USING ERRCODE = 'disk_full', MESSAGE = 'could not extend file: No space left on device'; END $$;
            CREATE TRIGGER test_full BEFORE INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION test_full()""")
        try:
            yield
        finally:
            self.bh.psql(f"DROP TRIGGER test_full ON bulkhead.{table}")

    def test_an_invoice_is_finalized_once_there_is_room(self):
        self.subscribe()
        draft = self.of("invoice", "create", "--amount", "10")
        for table in ("invoice_series", "ledger_entry", "ledger_line", "stripe_outbox"):
            with self.subTest(table=table), self.full(table):
                with self.assertRaises(CommandFailed) as caught:
                    self.of("invoice", "finalize", draft["id"])
                self.assertIn("temporarily", caught.exception.stderr)
                self.assertNotIn("extend file", caught.exception.stderr)
                self.assertEqual(self.invoice(draft)["status"], "draft")
        invoice = self.of("invoice", "finalize", draft["id"])
        self.assertEqual(invoice["number"][-6:], "000001")
        self.assertEqual(self.collected(invoice).amount_paid, 1190)
        row, = self.of("billing", "check")["data"]
        self.assertEqual((row["ok"], row["mismatches"]), (True, []))

    def test_a_webhook_is_refused_and_taken_once_when_it_comes_again(self):
        self.subscribe()
        self.mock.faults(webhooks__loss_percent=100)
        invoice = self.finalized()
        customer = self.customer().id
        paid = until(lambda: [each for each in self.api.events.list({"limit": 100, "type": "invoice.paid"}).data
                              if each.data.object["customer"] == customer], 30, "the payment there")[0].to_dict()
        for table in ("stripe_event", "job"):
            with self.subTest(table=table), self.full(table):
                reply = self.event(paid)
                self.refused(reply, 503, of_type="server_error")
                self.assertGreaterEqual(int(reply.headers["retry-after"]), 1)
        self.assertEqual(self.rows(f"SELECT count(*) FROM bulkhead.stripe_event WHERE id = '{paid['id']}'")[0][0] in (0, "0"), True)
        with self.full("invoice_payment"):
            self.ok(self.event(paid))
            until(lambda: "stripe_event" in self.bh.log_tail("billing", 100), 30, "the job's failure")
            self.assertEqual(self.invoice(invoice)["status"], "open")
        self.ok(self.event(paid))
        self.collected(invoice)
        self.assertEqual(self.rows("SELECT count(*), sum(nanos) FROM bulkhead.invoice_payment WHERE tenant_id = $1"),
                         [["1", "11900000000"]])
        row, = self.of("billing", "check")["data"]
        self.assertEqual((row["ok"], row["mismatches"]), (True, []))


if __name__ == "__main__":
    main()
