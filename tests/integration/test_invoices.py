# SPDX-License-Identifier: Apache-2.0
"""Credits, invoices and the proof of the books, through the command line and the API of a whole platform."""
import gc
import io
import json
import os
import uuid

from base import Instance, PlatformTest, main, until

from instance import CommandFailed

SCOPES = ("billing:read", "billing:write")
SELLER = {"billing_seller_name": "Bulkhead Hosting GmbH", "billing_seller_address": "Am Deich 1 / 20457 Hamburg",
          "billing_seller_country": "DE", "billing_seller_vat_id": "DE123456789"}
NO_ID = str(uuid.UUID(int=1))


class Money(PlatformTest):
    """A platform with a seller."""

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false", **SELLER)
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.bh.cli("tax", "set", "DE", "--rate", "19", "--since", "2021-01-01")

    def new(self):
        return self.bh.tenant(scopes=SCOPES)

    def used(self, tenant, euros, days_ago=1, covered=0):
        """As if acts of that cost had been settled then: what the meter's own functions leave behind."""
        nanos, paid = int(euros * 10**9), int(covered * 10**9)
        self.bh.psql(f"""
            SET search_path = bulkhead;
            SET bulkhead.tenant_id = '{tenant.id}';
            SELECT meter_lock('{tenant.id}');
            INSERT INTO usage_day (tenant_id, day, kind, model_tenant_id, model_id, model, price_version, rate_version,
                batch, key_id, user_id, team_id, calls, input_tokens, output_tokens, cost_nanos, covered_nanos)
            SELECT '{tenant.id}', (now() AT TIME ZONE 'UTC')::date - {days_ago}, 'chat', id, id, 'gpt', 3, 0, false, id, id,
                id, 2, 1200, 300, {nanos}, {paid} FROM (VALUES ('{uuid.UUID(int=0)}'::uuid)) AS nobody (id);
            INSERT INTO meter_day (tenant_id, owner_id, day, spent)
            VALUES ('{tenant.id}', '{tenant.id}', (now() AT TIME ZONE 'UTC')::date - {days_ago}, {nanos});
            UPDATE meter_owner AS o SET total_spent = total_spent + {nanos}, month_spent = (SELECT coalesce(sum(d.spent)
                FILTER (WHERE date_trunc('month', d.day) = o.month), 0) FROM meter_day AS d
                WHERE d.tenant_id = o.tenant_id AND d.owner_id = o.id)
             WHERE tenant_id = '{tenant.id}' AND id = '{tenant.id}';""")

    def cli(self, tenant, *words):
        return self.bh.cli(*words, "--tenant", tenant.id)

    def fails(self, status, tenant, *words):
        with self.assertRaises(CommandFailed) as caught:
            self.cli(tenant, *words)
        self.assertEqual(caught.exception.status, status, caught.exception)
        return caught.exception.stderr

    def finalized(self, tenant, *words):
        draft = self.cli(tenant, "invoice", "create", *words)
        return self.cli(tenant, "invoice", "finalize", draft["id"])

    def proven(self, tenant):
        row, = self.cli(tenant, "billing", "check")["data"]
        self.assertEqual((row["ok"], row["mismatches"]), (True, []))
        return row


class Credits(Money):
    def test_a_credit_is_given_listed_and_taken_back(self):
        tenant = self.new()
        credit = self.cli(tenant, "credit", "grant", "25.50", "--category", "paid", "--kinds", "chat,embedding",
                          "--expires-days", "30")
        self.assertEqual((credit["amount"], credit["remaining"], credit["kinds"]), ("25.5", "25.5", ["chat", "embedding"]))
        self.assertEqual(self.ok(tenant.call("GET", "/api/billing"))["balance"], "25.5")
        self.assertEqual([row["id"] for row in self.ok(tenant.call("GET", "/api/billing/credits"))["data"]], [credit["id"]])
        self.proven(tenant)
        self.assertEqual(self.cli(tenant, "credit", "void", credit["id"])["status"], "void")
        self.assertEqual(self.cli(tenant, "credit", "balance")["balance"], "0")
        self.fails(1, tenant, "credit", "void", credit["id"])
        self.proven(tenant)

    def test_wrong_amounts_are_refused_by_name(self):
        tenant = self.new()
        for amount in ("-1", "1e3", "0", "0.0000000001", "9999999999999", "NaN", ""):
            with self.subTest(amount=amount):
                done = self.bh.run("credit", "grant", "--tenant", tenant.id, "--", amount)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("amount", done.stderr)
        self.assertIn("currency", self.fails(1, tenant, "credit", "grant", "5", "--currency", "USD"))
        self.assertIn("kinds", self.fails(1, tenant, "credit", "grant", "5", "--kinds", "teleport"))
        self.assertEqual(self.cli(tenant, "credit", "list")["data"], [])

    def test_a_low_balance_waits_for_a_payment_method(self):
        tenant = self.new()
        row = self.ok(tenant.call("PUT", "/api/billing/top-up", {"below": "10", "amount": "50", "month_max": "60"}))
        self.assertEqual(row["pending_amount"], "50")
        self.assertTrue(row["status"].startswith("pending"))
        again = self.ok(tenant.call("PUT", "/api/billing/top-up", {"below": "10", "amount": "50"}))
        self.assertEqual(again["pending_id"], row["pending_id"])
        self.assertEqual(self.ok(tenant.call("GET", "/api/billing"))["balance"], "0")
        self.refused(tenant.call("PUT", "/api/billing/top-up", {"below": "10", "amount": "0"}), 400, param="amount")
        credit = self.cli(tenant, "credit", "collect")
        self.assertEqual((credit["id"], credit["category"], credit["amount"]), (row["pending_id"], "paid", "50"))
        self.fails(4, tenant, "credit", "collect")
        self.assertEqual(self.ok(tenant.call("GET", "/api/billing/top-up"))["status"], "on")
        self.assertEqual(self.ok(tenant.call("GET", "/api/billing"))["balance"], "50")
        self.proven(tenant)


class Invoices(Money):
    def test_from_usage_to_payment(self):
        tenant = self.new()
        self.used(tenant, 1.5, covered=0)
        invoice = self.finalized(tenant)
        self.assertEqual((invoice["status"], invoice["subtotal"], invoice["tax"], invoice["amount_due"],
                          invoice["carried_out"]), ("open", "1.5", "0.285", "1.79", "-0.005"))
        self.assertRegex(invoice["number"], r"^INV-[0-9A-F]{8}-\d{4}-000001$")
        line, = invoice["lines"]
        self.assertEqual((line["kind"], line["model"], line["price_version"], line["calls"]), ("usage", "gpt", 3, 2))
        self.assertEqual([(q["meter"], q["quantity"], q["included"]) for q in line["quantities"]],
                         [("chat.input_tokens", 1200, 0), ("chat.output_tokens", 300, 0)])
        self.assertEqual(self.proven(tenant)["open_invoices"], "1.79")
        self.assertEqual(self.ok(tenant.call("GET", f"/api/billing/invoices/{invoice['id']}")), invoice)
        self.assertEqual([row["number"] for row in self.ok(tenant.call("GET", "/api/billing/invoices?status=open"))["data"]],
                         [invoice["number"]])
        paid = self.cli(tenant, "invoice", "pay", invoice["number"], "--reference", "bank-1")
        self.assertEqual((paid["status"], paid["amount_remaining"]), ("paid", "0"))
        self.fails(1, tenant, "invoice", "pay", invoice["id"], "--reference", "bank-2")
        self.proven(tenant)

    def test_numbers_follow_one_another_and_drafts_have_none(self):
        tenant = self.new()
        draft = self.cli(tenant, "invoice", "create", "--amount", "5")
        self.assertIsNone(draft["number"])
        self.assertEqual(self.cli(tenant, "invoice", "remove", draft["id"]), {})
        numbers = [self.finalized(tenant, "--amount", "5")["number"] for _ in range(3)]
        self.assertEqual([number[-6:] for number in numbers], ["000001", "000002", "000003"])
        note = self.cli(tenant, "invoice", "credit-note", numbers[0], "--note", "a mistake")
        self.assertEqual((note["object"], note["number"][:3], note["number"][-6:]), ("credit_note", "CN-", "000001"))
        self.assertEqual(self.cli(tenant, "invoice", "show", numbers[0])["status"], "paid")
        void = self.cli(tenant, "invoice", "void", numbers[1])
        self.assertEqual(void["status"], "void")
        # What it billed by hand waits in a draft that takes its place.
        again, = self.ok(tenant.call("GET", "/api/billing/invoices?status=draft"))["data"]
        self.assertEqual(again["corrects"], void["id"])
        self.assertEqual(self.cli(tenant, "invoice", "finalize", again["id"])["subtotal"], "5")
        self.fails(1, tenant, "invoice", "void", numbers[1])
        self.assertEqual(self.cli(tenant, "invoice", "write-off", numbers[2])["status"], "uncollectible")
        self.proven(tenant)

    def test_a_buyer_in_the_union_owes_the_tax_once_its_number_is_confirmed(self):
        tenant, number = self.new(), "ESX1234567L"
        self.refused(tenant.call("PUT", "/api/billing/profile", {"vat_id": "ESX1234567X"}), 400, param="vat_id")
        self.refused(tenant.call("PUT", "/api/billing/profile", {"vat_confirmed_by": "me"}), 400, param="vat_confirmed_by")
        self.ok(tenant.call("PUT", "/api/billing/profile", {"name": "Cliente SA", "country": "ES", "vat_id": number,
                                                            "address": "Calle Mayor 1\n28013 Madrid"}))
        # Nobody confirmed it: Spain's rate, which the operator has to know.
        self.assertIn("ES", self.fails(1, tenant, "invoice", "create", "--amount", "10"))
        self.cli(tenant, "tax", "set", "ES", "--rate", "21", "--name", "IVA")
        invoice = self.finalized(tenant, "--amount", "10")
        self.assertEqual((invoice["tax"], invoice["reverse_charge"]), ("2.1", False))
        self.assertIn("not confirmed", invoice["tax_note"])
        self.fails(1, tenant, "billing", "confirm-vat", "ESX1234567X", "--note", "jane")
        self.fails(2, tenant, "billing", "confirm-vat", number)
        confirmed = self.cli(tenant, "billing", "confirm-vat", number, "--note", "jane, VIES WAPIAAA")
        self.assertEqual(confirmed["vat_confirmed_by"], "jane, VIES WAPIAAA")
        self.ok(tenant.call("PUT", "/api/billing/profile", {"email": "a@example.com"}))
        invoice = self.finalized(tenant, "--amount", "10")
        self.assertTrue(invoice["reverse_charge"])
        self.assertEqual((invoice["tax"], invoice["amount_due"], invoice["buyer"]["vat_id"], invoice["seller"]["vat_id"],
                          invoice["buyer"]["vat_confirmed_by"], invoice["tax_note"]),
                         ("0", "10", number, "DE123456789", "jane, VIES WAPIAAA", ""))
        # Another number is nobody's word, nor is the first one when it comes back.
        self.assertIsNone(self.ok(tenant.call("PUT", "/api/billing/profile", {"vat_id": "ESN3543719C"}))["vat_confirmed_at"])
        self.ok(tenant.call("PUT", "/api/billing/profile", {"vat_id": number}))
        self.assertFalse(self.finalized(tenant, "--amount", "10")["reverse_charge"])

    def test_the_file_is_the_same_each_time(self):
        tenant, other = self.new(), self.new()
        self.used(tenant, 2)
        invoice = self.finalized(tenant)
        path = f"/api/billing/invoices/{invoice['id']}/pdf"
        first, second = tenant.call("GET", path), tenant.call("GET", path)
        self.assertEqual((first.status, first.headers["content-type"]), (200, "application/pdf"))
        self.assertIn(f'filename="{invoice["number"]}.pdf"', first.headers["content-disposition"])
        self.assertTrue(first.body.startswith(b"%PDF-1.4"))
        self.assertIn(b"<pdfaid:part>1</pdfaid:part>", first.body)
        self.assertEqual(first.body, second.body)
        file = os.path.join(self.bh.folder, "invoice.pdf")
        done = self.bh.run("invoice", "pdf", invoice["number"], "--tenant", tenant.id, "--out", file)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(file, "rb") as written:
            self.assertEqual(written.read(), first.body)
        self.refused(other.call("GET", path), 404)

    def test_the_file_is_pdf_a(self):
        """By a validator that passes only what it knows to conform."""
        import pikepdf
        from pikepdf import pdfa
        tenant = self.new()
        self.ok(tenant.call("PUT", "/api/billing/profile", {"name": "Žlutý kůň & Söhne", "address": "Straße 1 — “Hof”"}))
        self.used(tenant, 2)
        invoice = self.finalized(tenant, "--amount", "3", "--note", "Vielen Dank für Ihr Vertrauen: 5 € Rabatt")
        note = self.cli(tenant, "invoice", "credit-note", invoice["id"], "--note", "Versehen", "--amount", "1")
        for made in (invoice, note):
            # The buyer's name is not within Windows-1252, so nothing is claimed.
            body = tenant.call("GET", f"/api/billing/invoices/{made['id']}/pdf").body
            self.assertNotIn(b"pdfaid:part>", body)
        self.ok(tenant.call("PUT", "/api/billing/profile", {"name": "Käufer & Söhne"}))
        invoice = self.finalized(tenant, "--amount", "3", "--note", "Vielen Dank: 5 € Rabatt")
        note = self.cli(tenant, "invoice", "credit-note", invoice["id"], "--note", "Versehen", "--amount", "1")
        for made in (invoice, note):
            body = tenant.call("GET", f"/api/billing/invoices/{made['id']}/pdf").body
            # The validator takes every warning of this process for one of its own.
            gc.collect()
            with pikepdf.open(io.BytesIO(body)) as file:
                self.assertEqual(pdfa.check(file, "1b").findings, [])

    def test_wrong_input_is_refused_by_name(self):
        tenant = self.new()
        self.refused(tenant.call("PUT", "/api/billing/profile", {"country": "XX"}), 400, param="country")
        self.refused(tenant.call("PUT", "/api/billing/profile", {"vat_id": "12"}), 400, param="vat_id")
        self.refused(tenant.call("GET", "/api/billing/invoices?status=lost"), 400, param="status")
        self.fails(1, tenant, "invoice", "create", "--amount", "-5")
        self.fails(1, tenant, "invoice", "create", "--until", "2026-13-45")
        for words in (["pay", NO_ID, "--reference", "x"], ["finalize", NO_ID], ["show", NO_ID], ["void", NO_ID]):
            self.fails(4, tenant, "invoice", *words)

    def test_a_tenant_sees_only_its_own(self):
        mine, other = self.new(), self.new()
        invoice = self.finalized(mine, "--amount", "5")
        missing = self.refused(other.call("GET", f"/api/billing/invoices/{NO_ID}"), 404)
        foreign = self.refused(other.call("GET", f"/api/billing/invoices/{invoice['id']}"), 404)
        self.assertEqual(foreign, missing)
        self.assertEqual(self.ok(other.call("GET", "/api/billing/invoices"))["data"], [])
        self.fails(4, other, "invoice", "show", invoice["id"])
        self.refused(self.bh.tenant().call("GET", "/api/billing/invoices"), 403)


class Deaths(Money):
    def test_numbers_have_no_gap_when_the_service_is_killed(self):
        tenant = self.new()
        self.cli(tenant, "credit", "grant", "5")
        drafts = [self.cli(tenant, "invoice", "create", "--amount", "5")["id"] for _ in range(12)]
        old = self.bh.process("billing")["pid"]

        def act(at):
            if at == 0:
                self.bh.kill("billing")
                return
            for draft in drafts[at - 1::4]:
                self.bh.run("invoice", "finalize", draft, "--tenant", tenant.id)
        for result in self.together(5, act):
            self.assertIsNone(result)
        self.bh.replaced("billing", old)
        # Whatever became of each call: those that are drafts still are finalized now.
        for draft in drafts:
            if self.cli(tenant, "invoice", "show", draft)["status"] == "draft":
                self.cli(tenant, "invoice", "finalize", draft)
        numbers = sorted(row["number"] for row in self.cli(tenant, "invoice", "list")["data"])
        self.assertEqual([int(number[-6:]) for number in numbers], list(range(1, 13)))
        self.proven(tenant)


class Deletion(Money):
    def test_what_is_owed_is_given_up_and_the_receipt_says_how_much(self):
        tenant = self.new()
        invoice = self.finalized(tenant, "--amount", "10")
        paid = self.finalized(tenant, "--amount", "1")
        self.cli(tenant, "invoice", "pay", paid["id"], "--reference", "bank")
        self.cli(tenant, "invoice", "create", "--amount", "3")
        self.used(tenant, 2)  # and not posted yet
        deletion = self.bh.cli("tenant", "delete", tenant.id, "--confirm", tenant.name)

        def ended():
            found = self.bh.cli("receipt", "show", deletion["id"])
            return found if found["status"] == "completed" else None
        removed = {row["part"]: row["n"] for row in until(ended, 90, "the end of the deletion")["receipt"]["removed"]
                   if row["service"] == "billing"}
        self.assertEqual({part: n for part, n in removed.items() if "." in part},
                         {"written_off.unbilled_nanos": 2 * 10**9, "written_off.open_invoices_nanos": 11_900_000_000,
                          "invoice.draft": 1, "books.closed": 1})
        self.assertEqual(removed["usage_day"], 1)
        accounts = dict(self.bh.psql(f"SELECT account, nanos FROM bulkhead.ledger_balance WHERE tenant_id = '{tenant.id}'"))
        self.assertEqual({name: int(accounts[name]) for name in ("unbilled", "receivable", "bad_debt", "cash")},
                         {"unbilled": 0, "receivable": 0, "bad_debt": 13_900_000_000, "cash": 1_190_000_000})
        states = dict(self.bh.psql(f"SELECT id, status FROM bulkhead.invoice WHERE tenant_id = '{tenant.id}'"))
        self.assertEqual(states, {invoice["id"]: "uncollectible", paid["id"]: "paid"})


class Proof(Money):
    def test_damage_is_found_named_and_alarming(self):
        tenant = self.new()
        self.cli(tenant, "credit", "grant", "25")
        self.proven(tenant)
        self.bh.psql("SET search_path = bulkhead; UPDATE ledger_balance SET nanos = nanos + 7"
                     f" WHERE tenant_id = '{tenant.id}' AND account = 'promotional'")
        done = self.bh.run("billing", "check", "--tenant", tenant.id, "--json")
        self.assertEqual(done.returncode, 1, done.stderr)
        row, = json.loads(done.stdout)["data"]
        self.assertEqual((row["ok"], row["mismatches"]), (False, [
            {"check": "balance", "subject": "promotional", "expected": 25000000000, "found": 25000000007}]))
        self.assertIn(tenant.id, self.bh.log_tail("billing"))
        done = self.bh.run("billing", "check")
        self.assertEqual(done.returncode, 1)
        self.assertIn("promotional", done.stderr)


del Money


if __name__ == "__main__":
    main()
