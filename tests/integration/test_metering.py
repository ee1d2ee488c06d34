# SPDX-License-Identifier: Apache-2.0
"""What is metered besides model calls: searches, and pages that are read."""
from base import PlatformTest, main, until
from test_files import PAGE

# The meter search.searches (src/meter/unit.h).
SEARCHES = 60
EACH = 3000


class Metering(PlatformTest):
    def setUp(self):
        self.tenant = self.bh.tenant()
        self.store_id = self.store(self.tenant)["id"]
        self.ingest(self.tenant, self.store_id, "The harbour has a lighthouse.")

    def search(self, **body):
        return self.tenant.call("POST", f"/v1/vector_stores/{self.store_id}/search", {"query": "lighthouse"} | body)

    def events(self, kind):
        """(units, cost in nano-units, status) of each, oldest first."""
        return [(int(units), int(cost), status) for units, cost, status in self.bh.psql(
            "SELECT units, cost_nanos, status FROM bulkhead.usage_event "
            f"WHERE tenant_id = '{self.tenant.id}' AND kind = '{kind}' ORDER BY arrived_at, id")]

    def in_context(self, sql):
        self.bh.psql(f"SELECT set_config('bulkhead.tenant_id', '{self.tenant.id}', false); {sql}")

    def test_a_search_is_one_event_and_free_without_a_rate(self):
        reply = self.search()
        self.ok(reply)
        self.refused(self.tenant.call("POST", f"/v1/vector_stores/vs_{'0' * 32}/search", {"query": "x"}), 404)
        until(lambda: len(self.events("search")) == 2, 10, "the events")
        self.assertEqual(self.events("search"), [(1, 0, "ok"), (0, 0, "failed")])
        row = self.tenant.usage(reply.request_id)
        self.assertEqual([(each["kind"], each["price_known"]) for each in row if each["kind"] == "search"], [("search", True)])

    def test_a_rate_makes_it_cost_and_a_keys_budget_stops_it(self):
        self.in_context("INSERT INTO bulkhead.meter_rate (tenant_id, meter, version, nanos) "
                        f"VALUES ('{self.tenant.id}', {SEARCHES}, 1, {EACH * 10 ** 6})")
        most = EACH * 4 - 1
        self.in_context(f"SELECT bulkhead.meter_limit('{self.tenant.id}', '{self.tenant.key_id}', 'key', false, NULL, false, "
                        f"NULL, true, {most}, NULL)")
        replies = self.together(8, lambda _: self.search())
        done = [reply for reply in replies if reply.status == 200]
        # Vectors of the query, which the model service counts, may have their part of it.
        self.assertIn(len(done), (1, 2, 3))
        for reply in replies:
            if reply not in done:
                error = self.refused(reply, 429, "insufficient_quota")
                self.assertIn("budget of this API key", error["message"])
        until(lambda: len(self.events("search")) >= len(done), 10, "the events")
        self.assertEqual(sum(cost for _, cost, _ in self.events("search")), EACH * len(done))

    def test_what_is_done_when_the_service_is_killed_is_counted_once(self):
        for _ in range(3):
            self.ok(self.search())
        old = self.bh.kill("rag")
        self.bh.replaced("rag", old)
        until(lambda: len(self.events("search")) == 3, 30, "the events")
        self.ok(until(lambda: (reply := self.search()).status == 200 and reply, 30, "a search"))
        until(lambda: len(self.events("search")) == 4, 10, "one more")

    def test_pages_of_a_file_are_counted_once(self):
        file = self.upload(self.tenant, PAGE, name="page.pdf", content_type="application/pdf")["id"]
        for store in (self.store_id, self.store(self.tenant)["id"]):
            self.attach(self.tenant, store, file)
            self.assertEqual(self.finished(self.tenant, store, file)["status"], "completed")
        until(lambda: self.events("page"), 10, "the event")
        self.assertEqual(self.events("page"), [(1, 0, "ok")])


class Storage(PlatformTest):
    def test_what_is_kept_is_noted_once_a_day(self):
        tenant = self.bh.tenant()
        self.upload(tenant, "x" * 5000)

        def days():
            return self.bh.psql("SELECT units >= 5000, cost_nanos FROM bulkhead.usage_event "
                                f"WHERE tenant_id = '{tenant.id}' AND kind = 'storage'")
        # It is looked at when the service starts, and every hour.
        for _ in range(2):
            self.bh.replaced("rag", self.bh.kill("rag"))
            until(days, 30, "the day's event")
        self.assertEqual(days(), [["t", "0"]])


if __name__ == "__main__":
    main()
