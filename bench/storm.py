# SPDX-License-Identifier: Apache-2.0
"""A storm of webhooks: one tenant's events of Stripe, shuffled, some of them often, some late.

Two tenants live the same life: a subscription, and invoices that the mock of Stripe collects. The first one's events
come as the mock sends them. The second one's are held back, and then delivered through the gateway in a random order,
30 % of them twice and 10 % only at the end, as if they had been lost and sent again. Both must own the same
afterwards, and their books must add up.
"""
import concurrent.futures
import hashlib
import hmac
import json
import os
import random
import shutil
import time

from instance import until
from stripe_mock import Mock
from table import Row
import wire

EVENTS, LANES, AGAIN, LATE = 10_000, 8, 0.3, 0.1
PAGES = {"success_url": "https://console.example/done", "cancel_url": "https://console.example/plans"}
SELLER = {"billing_seller_name": "Bulkhead Hosting GmbH", "billing_seller_address": "Am Deich 1 / 20457 Hamburg",
          "billing_seller_country": "DE"}


class Life:
    """A tenant with a subscription whose invoices are collected."""

    def __init__(self, instance, mock, plan):
        self.instance, self.mock = instance, mock
        self.tenant = instance.tenant(scopes=("billing:read", "billing:write"))
        page = self.tenant.http.call("POST", "/api/billing/checkout", {"plan": plan, **PAGES}).json()
        mock.page(page["url"], {"action": "pay"})

    def rows(self, sql):
        return self.instance.psql(sql.replace("$1", f"'{self.tenant.id}'"))

    def subscribed(self):
        until(lambda: self.rows("SELECT 1 FROM bulkhead.subscription WHERE tenant_id = $1"), 60, "the subscription")

    def bill(self, invoices):
        for number in range(invoices):
            draft = self.instance.cli("invoice", "create", "--amount", f"{number + 1}.00", "--name", "Set-up", "--tenant", self.tenant.id)
            self.instance.cli("invoice", "finalize", draft["id"], "--tenant", self.tenant.id)

    def sent(self):
        until(lambda: not self.rows("SELECT 1 FROM bulkhead.stripe_outbox WHERE tenant_id = $1 AND state = 'waiting'"), 600,
              "what is owed", pause=0.5)

    def taken(self):
        until(lambda: not self.rows("SELECT 1 FROM bulkhead.stripe_event WHERE tenant_id = $1 AND state = 'waiting'"), 900,
              "the events", pause=0.5)

    def state(self):
        """What it owns and owes, without ids and times."""
        return (self.rows("SELECT subtotal, due, paid, status FROM bulkhead.invoice WHERE tenant_id = $1 ORDER BY 1, 2, 3, 4"),
                self.rows("SELECT account, nanos FROM bulkhead.ledger_balance WHERE tenant_id = $1 AND nanos <> 0 ORDER BY 1"),
                self.rows("SELECT state, number FROM bulkhead.subscription WHERE tenant_id = $1"),
                self.instance.cli("billing", "check", "--tenant", self.tenant.id)["data"][0]["mismatches"])


def events_of(mock, tenant):
    api = mock.client().v1
    customer, = [each.id for each in api.customers.list({"limit": 100}).auto_paging_iter()
                 if each.metadata.to_dict().get("tenant_id") == tenant.id]
    found = [json.dumps(each.to_dict(), default=str) for each in api.events.list({"limit": 100}).auto_paging_iter()]
    return [event for event in found if customer in event]


def deliver(address, secret, event):
    """As Stripe: until it is taken."""
    for _ in range(100):
        at = int(time.time())
        sign = hmac.new(secret.encode(), f"{at}.{event}".encode(), hashlib.sha256).hexdigest()
        reply = wire.Http(address, None).call("POST", "/webhooks/stripe", event.encode(), content_type="application/json",
                                              headers={"stripe-signature": f"t={at},v1={sign}"})
        if reply.status == 200:
            return
        if reply.status not in (429, 503):
            raise RuntimeError(f"a webhook was answered with {reply.status}: {reply.body[:200]}")
        time.sleep(0.1)
    raise RuntimeError("a webhook was not taken")


def storm(instance, mock, events, number, rand):
    number = max(number, len(events))
    shuffled = events * (number // len(events) + 1)
    base = shuffled[:number]
    rand.shuffle(base)
    late = base[:int(LATE * number)]
    first = base[len(late):] + rand.sample(base, int(AGAIN * number))
    rand.shuffle(first)
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
        for part in (first, late):
            list(pool.map(lambda event: deliver(instance.address, mock.hook_secret, event), part))
    return len(first) + len(late), time.monotonic() - begin


def run(bench):
    folder = os.path.join(bench.folder, "storm")
    instance = bench.start(folder, engine_enabled="false", billing_stripe_mock_pays="true",
                           gateway_tenant_requests_per_second="1000000", gateway_anonymous_per_minute="1000000", **SELLER)
    try:
        with Mock(instance) as mock:
            instance.cli("tax", "set", "DE", "--rate", "19", "--since", "2021-01-01")
            instance.cli("plan", "create", "storm", "--monthly", "49", "--public")
            return measure(bench, instance, mock)
    finally:
        instance.down()
        shutil.rmtree(folder, ignore_errors=True)


def measure(bench, instance, mock):
    number, invoices = bench.pick(EVENTS, 200), bench.pick(1430, 10)
    seed = random.randrange(10**9)
    ordered = Life(instance, mock, "storm")
    ordered.subscribed()
    ordered.bill(invoices)
    ordered.sent()
    until(lambda: int(ordered.rows("SELECT count(*) FROM bulkhead.invoice WHERE tenant_id = $1 AND status = 'paid'")[0][0]) == invoices,
          600, "the payments", pause=0.5)
    bench.say("the ordered life is over")
    other = Life(instance, mock, "storm")
    other.subscribed()
    mock.faults(webhooks__loss_percent=100)
    other.bill(invoices)
    other.sent()
    events = events_of(mock, other.tenant)
    # Those that had come before the storm are news again.
    other.rows("DELETE FROM bulkhead.stripe_event WHERE tenant_id = $1")
    bench.say(f"{len(events)} events of the other one, seed {seed}")
    deliveries, seconds = storm(instance, mock, events, number, random.Random(seed))
    other.taken()
    same = ordered.state() == other.state()
    return [Row(f"{deliveries:,} webhooks of {len(events):,} events, shuffled, 30 % of them twice, 10 % late: the final state",
                "equal to the ordered run, books add up" if same and not other.state()[3] else f"DIFFERS (seed {seed})",
                f"{deliveries / seconds:.0f} taken a second", target="equal", met=same and not other.state()[3])]
