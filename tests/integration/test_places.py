# SPDX-License-Identifier: Apache-2.0
"""Places at engines: who gets the next one, who is refused, and what a tenant's many calls do to another's."""
import json
import threading
import uuid

from base import PlatformTest, main, until
from mock_upstream import Upstream


class Places(PlatformTest):
    """Each test has an upstream of its own, for everybody, that takes a bounded number of calls."""

    def setUp(self):
        self.upstream = Upstream()
        self.models, self.threads, self.replies = [], [], []

    def tearDown(self):
        self.upstream.release()
        for thread in self.threads:
            thread.join(60)
        for name in self.models:
            self.bh.cli("model", "remove", name)

    def model(self, concurrency, kind="chat", *more):
        name = f"bounded-{uuid.uuid4().hex[:8]}"
        self.bh.cli("model", "add", name, "--url", self.upstream.url + "/v1", "--kind", kind, "--concurrency",
                    str(concurrency), "--no-probe", "--price-in", "0", *more)
        self.models.append(name)
        return name

    def row(self, name):
        return next(row for row in self.bh.cli("model", "list")["data"] if row["name"] == name)

    def stands(self, name, **counts):
        """Waits until so many run and wait at the model's engine."""
        until(lambda: all(self.row(name)[key] == count for key, count in counts.items()), 30,
              f"{counts} at the engine: {self.row(name)}")

    def begin(self, tenant, path, body):
        """A call in a thread of its own."""
        def run():
            self.replies.append((tenant.id, tenant.call("POST", path, body, timeout=120)))
        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()

    def begin_chat(self, tenant, model, word="x", mode="hold"):
        text = f"{word} #mock {json.dumps({'mode': mode})}"
        self.begin(tenant, "/v1/chat/completions",
                   {"model": model, "messages": [{"role": "user", "content": text}], "max_tokens": 4})

    def words(self):
        """What the calls that reached the upstream began with, in their order."""
        return [call["body"]["messages"][0]["content"].split(" ", 1)[0] for call in list(self.upstream.log)]

    def all_fine(self, count):
        self.upstream.release()
        for thread in self.threads:
            thread.join(60)
        self.assertEqual([reply.status for _, reply in self.replies], [200] * count)

    def test_the_last_place_is_for_a_tenant_that_has_none(self):
        model = self.model(3)
        for at in range(8):
            self.begin_chat(self.acme(), model, "greedy")
        self.stands(model, running=2, waiting=6)
        self.begin_chat(self.other(), model, "light")
        self.stands(model, running=3, waiting=6)
        self.assertEqual(sorted(self.words()), ["greedy", "greedy", "light"])
        self.all_fine(9)

    def test_a_newcomer_is_next(self):
        model = self.model(1)
        self.begin_chat(self.acme(), model, "greedy")
        self.stands(model, running=1, waiting=0)
        for at in range(6):
            self.begin_chat(self.acme(), model, "greedy")
        self.stands(model, running=1, waiting=6)
        self.begin_chat(self.other(), model, "light")
        self.stands(model, running=1, waiting=7)
        self.all_fine(8)
        self.assertEqual(self.words(), ["greedy", "light"] + ["greedy"] * 6)

    def test_a_tenant_of_its_own_model_has_all_places(self):
        name = f"own-{uuid.uuid4().hex[:8]}"
        self.bh.cli("model", "add", name, "--url", self.upstream.url + "/v1", "--concurrency", "2", "--no-probe",
                    "--price-in", "0", "--tenant", self.acme().id)
        for at in range(3):
            self.begin_chat(self.acme(), name)
        until(lambda: self.upstream.open == 2, 30, "two calls at the upstream")
        self.all_fine(3)
        self.assertEqual(self.upstream.held_most, 2)

    def test_a_client_that_leaves_never_reaches_the_engine(self):
        model = self.model(1)
        self.begin_chat(self.acme(), model, "first")
        self.stands(model, running=1, waiting=0)
        body = {"model": model, "messages": [{"role": "user", "content": "gone"}]}
        link = self.acme().http.begin("POST", "/v1/chat/completions", body)
        self.stands(model, running=1, waiting=1)
        link.close()
        self.stands(model, running=1, waiting=0)
        self.begin_chat(self.acme(), model, "last")
        self.stands(model, running=1, waiting=1)
        self.all_fine(2)
        self.assertEqual(self.words(), ["first", "last"])

    def test_a_call_whose_key_is_revoked_while_it_waits_never_reaches_the_engine(self):
        model, tenant = self.model(1), self.bh.tenant()
        self.begin_chat(self.acme(), model, "first")
        self.stands(model, running=1, waiting=0)
        self.begin_chat(tenant, model, "revoked")
        self.stands(model, running=1, waiting=1)
        # A stream of the same key ends when the service knows.
        script = {"mode": "slow", "delay": 0.05, "text": "x " * 4000}
        connection, answer, events = tenant.http.stream("/v1/chat/completions", {
            "model": "default", "stream": True, "messages": [{"role": "user", "content": f"#mock {json.dumps(script)}"}]})
        next(events)
        self.bh.cli("key", "revoke", tenant.key_id, "--tenant", tenant.id)
        for _ in events:
            pass
        connection.close()
        answer.close()
        self.upstream.release()
        for thread in self.threads:
            thread.join(60)
        self.assertEqual(sorted(reply.status for _, reply in self.replies), [200, 401])
        self.assertEqual(self.words(), ["first"])
        self.assertEqual([row["model"] for row in until(tenant.usage, 20, "the stream's row")], ["mock-chat"])

    def test_a_full_queue_refuses_its_own_tenant_only_and_consumes_nothing(self):
        model = self.model(1)
        tenant = self.bh.tenant()
        tenant.limit(budget_month="10")
        for at in range(65):
            self.begin_chat(tenant, model, "many")
        self.stands(model, running=1, waiting=64)
        reply = self.chat(tenant, model=model)
        error = self.refused(reply, 429, "concurrency_exceeded")
        self.assertRegex(error["message"], "number 65 ")
        self.assertGreater(int(reply.headers["retry-after"]), 0)
        self.assertGreater(int(reply.headers["retry-after-ms"]), 0)
        self.begin_chat(self.other(), model, "other")
        self.stands(model, running=1, waiting=65)
        self.all_fine(66)
        self.assertEqual(self.words()[:2], ["many", "other"])
        until(lambda: len(tenant.usage()) == 65, 20, "65 usage rows")

    def test_one_text_passes_between_the_pieces_of_a_long_call(self):
        self.upstream.embed_mode = "hold"
        model = self.model(1, "embedding", "--dimensions", "384")
        long = {"model": model, "input": [f"long{at} " * 3000 for at in range(6)]}
        self.begin(self.acme(), "/v1/embeddings", long)
        self.stands(model, running=1, waiting=0)
        self.begin(self.acme(), "/v1/embeddings", long)
        self.stands(model, running=1, waiting=1)
        self.begin(self.other(), "/v1/embeddings", {"model": model, "input": "short"})
        self.stands(model, running=1, waiting=2)
        self.all_fine(3)
        sizes = [len(call["body"]["input"]) for call in self.upstream.log]
        self.assertEqual(sum(sizes), 13)
        self.assertEqual([call["body"]["input"][0].split(" ")[0] for call in self.upstream.log].index("short"), 1)
        answers = [json.loads(reply.body) for _, reply in self.replies if len(reply.body) > 20000]
        for answer in answers:
            self.assertEqual([item["index"] for item in answer["data"]], list(range(6)))
            self.assertEqual(answer["usage"]["total_tokens"], 6 * 3000)


if __name__ == "__main__":
    main()
