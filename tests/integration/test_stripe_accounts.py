# SPDX-License-Identifier: Apache-2.0
"""A platform's account at Stripe: connected, its key changed, left for another, and gone."""
import http.server
import json
import threading

from base import Instance, PlatformTest, main, until

from stripe_base import PAGES, SELLER, StripeTest


class Account(http.server.BaseHTTPRequestHandler):
    """Knows a few keys and whose they are, and nothing else of Stripe."""

    KEYS = {"sk_test_one": "acct_1", "sk_test_two": "acct_1", "sk_test_other": "acct_2"}

    def do_GET(self):
        account = self.KEYS.get(self.headers["authorization"].removeprefix("Bearer "))
        body = json.dumps({"id": account, "object": "account"} if account else
                          {"error": {"type": "invalid_request_error", "message": "No such key."}}).encode()
        self.send_response(200 if account and self.path == "/v1/account" else 401)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


class Front(http.server.BaseHTTPRequestHandler):
    """Stripe as far as billing can tell: the mock behind keys that are none of a mock, an account for each."""

    ACCOUNTS = {"sk_test_first": "acct_first", "sk_test_second": "acct_second"}

    def answer(self):
        key = self.headers["authorization"].removeprefix("Bearer ")
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        kept = {name: self.headers[name] for name in ("content-type", "idempotency-key") if name in self.headers}
        if self.path == "/v1/account":
            status, text = 200, json.dumps({"id": self.ACCOUNTS[key], "object": "account"}).encode()
        else:
            reply = self.server.mock.call(self.command, self.path, body or None, **kept)
            status, text = reply.status_code, reply.content
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = answer

    def log_message(self, *words):
        pass


class Moving(StripeTest):
    SETTINGS = {}

    @classmethod
    def setUpClass(cls):
        cls.front = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Front)
        cls.addClassCleanup(cls.front.server_close)
        threading.Thread(target=cls.front.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.front.shutdown)
        cls.SETTINGS = {"billing_stripe_url": f"http://127.0.0.1:{cls.front.server_port}"}
        super().setUpClass()
        cls.front.mock = cls.mock

    def theirs(self, invoice):
        """At whichever customer: the invoices there that stand for this one."""
        return [each for each in self.api.invoices.list({"limit": 100}).auto_paging_iter()
                if each.metadata.to_dict().get("id") == invoice["id"]]

    def connect(self, key):
        done = self.bh.run("stripe", "connect", "--api-key-stdin", stdin=f"{key}\n{self.mock.hook_secret}\n")
        self.assertEqual(done.returncode, 0, done.stderr)

    def moved(self):
        for kind in ("stripe_move", "stripe_send"):
            until(lambda: self.rows(f"SELECT count(*) FROM bulkhead.job WHERE tenant_id = $1 AND kind = '{kind}'"
                                    " AND state IN ('waiting', 'running')")[0][0] in (0, "0"), 60, f"the job {kind}")
        until(lambda: self.rows("SELECT count(*) FROM bulkhead.stripe_outbox WHERE tenant_id = $1"
                                " AND state = 'waiting'")[0][0] in (0, "0"), 60, "an empty outbox")

    def test_what_is_open_goes_to_each_account_once(self):
        before = self.finalized("9.00")  # of a tenant that left no card yet, who pays by bank
        self.subscribe()
        invoices = opened, void, paid, part = [self.finalized(f"{n}.00") for n in range(1, 5)]
        until(lambda: all(len(self.theirs(each)) == 1 for each in invoices), 30, "the invoices at the mock")
        self.of("invoice", "void", void["id"])
        self.of("invoice", "pay", paid["id"], "--reference", "bank 1")
        self.of("invoice", "pay", part["id"], "--reference", "bank 2", "--amount", "1.76")
        # What the mock collected pays nothing; behind the front it would, were it looked up there.
        until(lambda: self.rows("SELECT count(*) FROM bulkhead.stripe_event WHERE tenant_id = $1 AND type = 'invoice.paid'"
                                " AND state = 'ignored'")[0][0] in (4, "4"), 30, "the mock's payments")
        until(lambda: self.rows("SELECT count(*) FROM bulkhead.stripe_event WHERE tenant_id = $1"
                                " AND state = 'waiting'")[0][0] in (0, "0"), 30, "the mock's events")
        self.moved()
        for number, key in enumerate(("sk_test_first", "sk_test_second", "sk_test_second"), 2):
            self.connect(key)
            self.moved()
            want = min(number, 3)
            self.assertEqual([len(self.theirs(each)) for each in invoices], [want, 1, 1, want],
                             (key, self.of("stripe", "outbox")["data"]))
        self.wake("stripe_reconcile")
        self.moved()
        self.assertEqual((len(self.theirs(opened)), len(self.theirs(before))), (3, 0))
        customers = {each.customer for each in self.theirs(opened)}
        self.assertEqual(len(customers), 3, "one in each account")
        newest = max(self.theirs(part), key=lambda each: each.created)
        self.assertEqual({each.amount_due for each in self.theirs(part)}, {476, 300}, newest)
        # The last account is where it is paid.
        customer = self.rows("SELECT theirs FROM bulkhead.stripe_link WHERE tenant_id = $1 AND kind = 'customer'"
                             " ORDER BY created_at DESC LIMIT 1")[0][0]
        card = self.api.payment_methods.attach("pm_card_visa", {"customer": customer})
        self.api.customers.update(customer, {"invoice_settings": {"default_payment_method": card.id}})
        for each in (opened, part):
            there, = [one for one in self.theirs(each) if one.customer == customer]
            self.api.invoices.pay(there.id)
            until(lambda: self.invoice(each)["status"] == "paid", 30, "the payment")
        row, = self.of("billing", "check")["data"]
        self.assertEqual((row["ok"], row["mismatches"]), (True, []))


class Connecting(PlatformTest):
    def test_an_account_is_connected_changes_its_key_and_is_gone_for_good(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Account)
        self.addCleanup(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        bh = Instance(engine_enabled="false", supervisor_quickstart="false",
                      billing_stripe_url=f"http://127.0.0.1:{server.server_port}", **SELLER)
        self.addCleanup(bh.stop)
        bh.start()
        tenant = bh.tenant(scopes=("billing:read", "billing:write"))
        plan = bh.cli("plan", "create", "p", "--monthly", "1", "--public")

        def connect(key):
            return bh.run("stripe", "connect", "--api-key-stdin", stdin=f"{key}\nwhsec_x\n")

        def row():
            return bh.psql("SELECT id, account FROM bulkhead.stripe_account")[0]

        self.assertIn("Stripe refused the key", connect("sk_test_wrong").stderr)
        self.assertEqual(bh.cli("stripe", "status")["mode"], "mock")
        self.assertEqual(connect("sk_test_one").returncode, 0)
        first = row()
        status = bh.cli("stripe", "status")
        self.assertEqual((status["mode"], status["account"]), ("test", "acct_1"))
        self.assertEqual(connect("sk_test_two").returncode, 0)
        self.assertEqual(row(), first, "the same account")
        self.assertEqual(connect("sk_test_other").returncode, 0)
        self.assertNotEqual(row(), first, "another account")
        bh.cli("stripe", "disconnect")
        self.assertEqual(bh.cli("stripe", "status")["mode"], "off")
        self.refused(tenant.call("POST", "/api/billing/checkout", {"plan": plan["name"], **PAGES}), 400, "invalid_state")


if __name__ == "__main__":
    main()
