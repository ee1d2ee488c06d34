# SPDX-License-Identifier: Apache-2.0
"""A job that ends its process each time is given up, with what it serves; those beside it are not."""
import json

from base import PlatformTest, main, marker, until

LAPSES_MOST = 4


class GivenUp(PlatformTest):
    def tearDown(self):
        self.bh.mock.release()
        self.bh.mock.embed_delay = 0.0
        self.bh.wait_ready()

    def lease_ends(self, service):
        """Plays the passing of the time for which a dead process is waited for."""
        self.bh.psql("UPDATE bulkhead.job_ready SET due_at = now() - interval '1 second', fresh = true"
                     f" WHERE queue = '{service}' AND worker IS NOT NULL")

    def held(self, tenant):
        return [int(row[0]) for row in self.bh.psql(
            f"SELECT lapses FROM bulkhead.job_ready WHERE tenant_id = '{tenant.id}' AND worker IS NOT NULL")]

    def dies(self, service):
        old = self.bh.kill(service)
        self.bh.replaced(service, old, 60)
        self.lease_ends(service)

    def test_a_response_ends_and_the_one_beside_it_is_answered(self):
        guilty, beside = self.bh.tenant(), self.bh.tenant()
        self.bh.mock.hold()
        id = self.ok(self.respond(guilty, marker(), {"mode": "hang"}, background=True))["id"]
        innocent = self.ok(self.respond(beside, marker(), {"mode": "hold"}, background=True))["id"]
        until(lambda: self.held(beside) == [0], 60, "the run beside it", pause=0.1)
        for lapses in range(LAPSES_MOST):
            until(lambda: self.held(guilty) == [lapses], 60, f"the run after {lapses} deaths", pause=0.1)
            if lapses == 1:
                # It ran beside the other when the process died the first time, and ends before the second.
                until(lambda: self.held(beside) == [1], 60, "the run beside it", pause=0.1)
                self.bh.mock.release()
                done = until(lambda: self.over(beside, innocent), 60, "its end", pause=0.1)
                self.assertEqual(done["status"], "completed", done)
            self.dies("agent")
        row = until(lambda: self.over(guilty, id), 60, "the response's end", pause=0.1)
        self.assertEqual((row["status"], row["error"]["code"]), ("failed", "server_error"), row)
        self.assertIn("Every attempt", row["error"]["message"])
        events = [json.loads(line[6:]) for line in guilty.call("GET", f"/v1/responses/{id}?stream=true").body.decode()
                  .splitlines() if line.startswith("data: ")]
        self.assertEqual(events[-1]["type"], "response.failed")
        self.assertEqual([each["sequence_number"] for each in events], list(range(len(events))))
        self.assertEqual(self.held(guilty), [])

    def over(self, tenant, id):
        try:
            row = self.ok(tenant.call("GET", f"/v1/responses/{id}"))
        except OSError:
            return None
        return row if row["status"] not in ("queued", "in_progress") else None

    def test_a_file_fails_with_a_sentence(self):
        tenant = self.bh.tenant()
        store = self.store(tenant)
        self.bh.mock.embed_delay = 60
        file = self.upload(tenant, "Tugboats pull ships.")
        self.attach(tenant, store["id"], file["id"])
        for lapses in range(LAPSES_MOST):
            until(lambda: self.held(tenant) == [lapses], 60, f"the ingestion after {lapses} deaths", pause=0.1)
            self.dies("rag")
        row = self.finished(tenant, store["id"], file["id"])
        self.assertEqual((row["status"], row["last_error"]["code"]), ("failed", "server_error"), row)
        self.assertIn("failed at every attempt", row["last_error"]["message"])


if __name__ == "__main__":
    main()
