# SPDX-License-Identifier: Apache-2.0
"""What the tests of Stripe share: a platform with a seller and the mock, and a tenant that subscribes and is billed."""
import hashlib
import hmac
import json
import time
import uuid

from base import Instance, PlatformTest, until, wire

from instance import CommandFailed
from stripe_mock import Mock

SELLER = {"billing_seller_name": "Bulkhead Hosting GmbH", "billing_seller_address": "Am Deich 1 / 20457 Hamburg",
          "billing_seller_country": "DE", "billing_seller_vat_id": "DE123456789"}
PAGES = {"success_url": "https://console.example/done", "cancel_url": "https://console.example/plans"}


class StripeTest(PlatformTest):
    """A platform with a seller; each test has a tenant of its own."""

    SETTINGS = {"billing_stripe_mock_pays": "true"}

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false", **SELLER, **cls.SETTINGS)
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.bh.cli("tax", "set", "DE", "--rate", "19", "--since", "2021-01-01")
        cls.mock = cls.enterClassContext(Mock(cls.bh))
        cls.api = cls.mock.client().v1

    def setUp(self):
        self.mock.faults()
        self.tenant = self.bh.tenant(scopes=("billing:read", "billing:write"))
        self.plan = self.bh.cli("plan", "create", f"plan-{uuid.uuid4().hex[:8]}", "--monthly", "49.00", "--public")

    def of(self, *words):
        return self.bh.cli(*words, "--tenant", self.tenant.id)

    def checkout(self, plan=None):
        return self.ok(self.tenant.call("POST", "/api/billing/checkout", {"plan": (plan or self.plan)["name"], **PAGES}))

    def pay(self, page, **form):
        return self.mock.page(page["url"], {"action": "pay", **form})

    def subscribe(self):
        page = self.checkout()
        self.assertEqual(self.pay(page).status, 303)
        until(lambda: self.state() == "active", 30, "the subscription")

    def state(self):
        try:
            return self.of("subscription", "show")["state"]
        except CommandFailed:
            return None

    def customer(self):
        """The mock's customer of this tenant."""
        found, = [each for each in self.api.customers.list({"limit": 100}).auto_paging_iter()
                  if each.metadata.to_dict().get("tenant_id") == self.tenant.id]
        return found

    def finalized(self, amount="10.00"):
        draft = self.of("invoice", "create", "--amount", amount, "--name", "Set-up")
        return self.of("invoice", "finalize", draft["id"])

    def invoice(self, invoice):
        return self.of("invoice", "show", invoice["id"])

    def collected(self, invoice):
        until(lambda: self.invoice(invoice)["status"] == "paid", 30, "the payment")
        theirs, = [each for each in self.api.invoices.list({"customer": self.customer().id}).data
                   if each.metadata.to_dict().get("id") == invoice["id"]]
        return theirs

    def event(self, body, secret=None, at=None):
        """A webhook through the gateway."""
        text = body if isinstance(body, bytes) else json.dumps(body, default=str).encode()
        at = int(time.time()) if at is None else at
        sign = hmac.new((secret or self.mock.hook_secret).encode(), f"{at}.".encode() + text, hashlib.sha256).hexdigest()
        return wire.Http(self.bh.address, None).call("POST", "/webhooks/stripe", text,
                                                     headers={"stripe-signature": f"t={at},v1={sign}"},
                                                     content_type="application/json")

    def wake(self, kind):
        """Makes a job of the tenant due, once it waits."""
        until(lambda: self.rows(f"SELECT count(*) FROM bulkhead.job WHERE tenant_id = $1 AND kind = '{kind}'"
                                " AND state = 'waiting'")[0][0] in (1, "1"), 30, f"the job {kind}")
        self.bh.psql(f"""SET search_path = bulkhead;
            UPDATE job_ready SET due_at = now(), fresh = true WHERE tenant_id = '{self.tenant.id}'
               AND job_id IN (SELECT id FROM job WHERE tenant_id = '{self.tenant.id}' AND kind = '{kind}')""")

    def rows(self, sql):
        return self.bh.psql(sql.replace("$1", f"'{self.tenant.id}'"))
