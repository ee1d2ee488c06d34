"""Runs beside each other: who gets a runner, what ends a run, and what a run outlives."""
import json
import time

from base import PlatformTest, main, marker, until

RUNNERS = 24  # of the agent's one process


class Runs(PlatformTest):
    def tearDown(self):
        self.bh.mock.release()
        self.bh.wait_ready()

    def background(self, tenant, script, word=None):
        """A run in the background; its id."""
        return self.ok(self.respond(tenant, word or marker(), script, background=True))["id"]

    def asked(self, word):
        """How often the upstream was asked for this."""
        return sum(word in json.dumps(each["body"]) for each in self.bh.mock.log)

    def row(self, tenant, id):
        return self.ok(tenant.call("GET", f"/v1/responses/{id}"))

    def ended(self, tenant, id, seconds=30):
        def over():
            found = self.row(tenant, id)
            return found if found["status"] not in ("queued", "in_progress") else None
        return until(over, seconds, f"the end of {id}", pause=0.1)

    def cancel(self, tenant, ids):
        for id in ids:
            tenant.call("POST", f"/v1/responses/{id}/cancel")

    # -- runners

    def test_one_tenants_background_leaves_runners_to_the_others(self):
        loud, quiet = self.bh.tenant(), self.bh.tenant()
        word = marker()
        ids = [self.background(loud, {"mode": "hang"}, word) for _ in range(RUNNERS)]
        try:
            until(lambda: self.asked(word) == RUNNERS // 3, 10, "its share at work")
            begin = time.monotonic()
            self.assertEqual(self.ok(self.respond(quiet))["status"], "completed")
            self.assertLess(time.monotonic() - begin, 5)
            # Its own people are served beside its background, too; which stays within its share.
            begin = time.monotonic()
            self.assertEqual(self.ok(self.respond(loud))["status"], "completed")
            self.assertLess(time.monotonic() - begin, 5)
            self.assertEqual(self.asked(word), RUNNERS // 3)
            self.assertEqual(self.row(loud, ids[-1])["status"], "queued")
            # Of those that end, the next take the place, whoever was served in between.
            self.cancel(loud, ids[:3])
            until(lambda: self.asked(word) == RUNNERS // 3 + 3, 10, "the next three")
        finally:
            self.cancel(loud, ids)

    def test_what_was_kept_back_is_done_in_the_end(self):
        tenant = self.bh.tenant()
        ids = [self.background(tenant, {"mode": "slow", "delay": 0.02, "text": "a b c"}) for _ in range(2 * RUNNERS)]
        for id in ids:
            self.assertEqual(self.ended(tenant, id)["status"], "completed")

    def test_the_background_of_many_leaves_runners_to_who_waits(self):
        crowd, quiet = [self.bh.tenant() for _ in range(3)], self.bh.tenant()
        word, made = marker(), []
        try:
            for tenant in crowd:
                made += [(tenant, self.background(tenant, {"mode": "hang"}, word)) for _ in range(RUNNERS // 3)]
            until(lambda: self.asked(word) >= RUNNERS * 2 // 3, 10, "two thirds of the runners at work")
            begin = time.monotonic()
            self.assertEqual(self.ok(self.respond(quiet))["status"], "completed")
            self.assertLess(time.monotonic() - begin, 5)
            self.assertEqual(self.asked(word), RUNNERS * 2 // 3)
        finally:
            for tenant, id in made:
                self.cancel(tenant, [id])


if __name__ == "__main__":
    main()
