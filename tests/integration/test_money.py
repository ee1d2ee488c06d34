# SPDX-License-Identifier: Apache-2.0
"""What is billed when an answer never comes, comes in part, or is not to be believed."""
import http.client
import json
import uuid

from base import PlatformTest, main, until
from instance import Instance

WORDS_A_TEXT = 3500
TEXT = "word " * WORDS_A_TEXT  # more than half of what a provider is sent at once
TEXT_ESTIMATE = len(TEXT) // 4 + 2


class Money(PlatformTest):
    """A platform of its own, which does not wait long for answers that nobody reads."""

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false", model_finish_ms="300",
                          model_first_byte_ms="6000")
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.bh.mock  # registers the models

    def setUp(self):
        self.tenant = self.bh.tenant()

    def tearDown(self):
        self.bh.mock.release()
        self.bh.mock.embed_script = []

    def row(self):
        return until(self.tenant.usage, 30, "the row of the call")[0]

    def leave(self, **body):
        """Sends a call that is kept at the upstream, and hangs up when it is there."""
        self.bh.mock.hold()
        before = self.bh.mock.open
        connection = http.client.HTTPConnection(*self.bh.address)
        connection.request("POST", "/v1/chat/completions", json.dumps(
            {"model": "default", "messages": [{"role": "user", "content": '#mock {"mode": "hold"}'}]} | body), {
                "Authorization": f"Bearer {self.tenant.key}", "Content-Type": "application/json"})
        until(lambda: self.bh.mock.open == before + 1, 20, "the call at the upstream")
        connection.close()

    def test_a_plain_answer_that_does_not_come_in_time_is_billed_as_the_most_it_may_be(self):
        """The upstream holds it for ever: that the row comes shows that the hang-up was noticed, not the answer."""
        for budget, cap, billed in ((None, 77, 77), ("10", None, 1024), (None, None, 1024)):
            with self.subTest(budget=budget, cap=cap):
                self.tenant = self.bh.tenant()
                if budget is not None:
                    self.tenant.limit(budget_month=budget)
                self.leave(**({} if cap is None else {"max_tokens": cap}))
                row = self.row()
                self.assertEqual((row["status"], row["source"], row["completion_tokens"]), ("cut", "estimated", billed))
                self.assertGreater(row["prompt_tokens"], 0)
                until(lambda: float(self.tenant.limits()["reserved"]) == 0, 20, "nothing reserved")
                self.assertEqual(float(self.tenant.limits()["spent"]), float(row["cost"]))
                self.assertGreater(self.bh.mock.open, 0)

    def test_a_plain_answer_that_is_given_up_is_billed_like_one_whose_client_left(self):
        self.bh.mock.hold()
        reply = self.chat(self.tenant, script={"mode": "hold"}, max_tokens=33)
        self.refused(reply, 504)
        row = self.tenant.settled(reply.request_id)[0]
        self.assertEqual((row["status"], row["source"], row["completion_tokens"]), ("failed", "estimated", 33))

    def test_a_tenant_whose_rows_cannot_be_written_holds_up_nobody_else(self):
        other = self.bh.tenant()
        for tenant in (self.tenant, other):
            tenant.settled(self.chat(tenant).request_id)
        with self.bh.transaction(f"SELECT FROM bulkhead.meter_owner WHERE tenant_id = '{self.tenant.id}' AND id = tenant_id FOR UPDATE"):
            late = self.chat(self.tenant).request_id
            other.settled(self.chat(other).request_id)
            self.assertEqual(self.tenant.usage(late), [])
        self.tenant.settled(late)

    def bounded(self):
        """A model of vectors that is sent one text of this test at a time."""
        name = f"pieces-{uuid.uuid4().hex[:8]}"
        self.bh.cli("model", "add", name, "--url", self.bh.mock.url + "/v1", "--kind", "embedding", "--concurrency",
                    "1", "--dimensions", "384", "--no-probe", "--price-in", "1", "--tenant", self.tenant.id)
        return name

    def test_each_piece_of_a_long_call_is_paid_once_if_it_was_sent(self):
        self.tenant.limit(budget_month="10")
        model = self.bounded()
        cases = (
            # the upstream's answers     status  tokens                              source       pieces sent
            (["plain"] * 3,              200,    3 * WORDS_A_TEXT,                   "reported",   3),
            (["plain", "away"],          503,    WORDS_A_TEXT,                       "reported",   2),
            (["plain", "wide"],          502,    2 * WORDS_A_TEXT,                   "reported",   2),
            (["plain", "cut"],           502,    WORDS_A_TEXT + TEXT_ESTIMATE,       "estimated",  2),
            (["wide"],                   502,    WORDS_A_TEXT,                       "reported",   1),
            (["cut"],                    502,    TEXT_ESTIMATE,                      "estimated",  1),
            (["away"],                   503,    0,                                  "reported",   1),
            (["no_usage", "away"],       503,    TEXT_ESTIMATE,                      "estimated",  2),
            (["plain", "absurd_usage"],  200,    2 * WORDS_A_TEXT + TEXT_ESTIMATE,   "estimated",  3),
        )
        spent = 0
        for number, (script, status, tokens, source, sent) in enumerate(cases, 1):
            with self.subTest(script=script):
                self.bh.mock.embed_script = list(script)
                before = len(self.bh.mock.log)
                reply = self.tenant.call("POST", "/v1/embeddings", {"model": model, "input": [TEXT] * 3})
                self.assertEqual(reply.status, status, reply)
                self.assertEqual(len(self.bh.mock.log) - before, sent)
                row = self.tenant.settled(reply.request_id, kind="embedding")[0]
                self.assertEqual((row["prompt_tokens"], row["source"]), (tokens, source))
                spent += row["cost_nanos"]
                self.assertEqual(len(self.tenant.usage()), number)
        limits = self.tenant.limits()
        self.assertEqual((round(float(limits["spent"]) * 1e9), float(limits["reserved"])), (spent, 0))


if __name__ == "__main__":
    main()
