# SPDX-License-Identifier: Apache-2.0
"""A repeated Idempotency-Key: one call upstream, one object, one row of usage, and the same answer twice."""
import json
import threading
import uuid

import openai

from base import PlatformTest, main, marker, openai_spec, until, wire

STREAMED = {"mode": "slow", "delay": 0.1, "text": "a b c d e f g h"}


def fresh():
    """As the official Node client writes one."""
    return f"stainless-node-retry-{uuid.uuid4()}"


class KeyTest(PlatformTest):
    def setUp(self):
        self.tenant = self.acme()

    def post(self, path, body, key, tenant=None):
        return (tenant or self.tenant).call("POST", path, body, headers={"Idempotency-Key": key})

    def chat_with(self, key, text, script=None, http=None, **body):
        """A chat completion with a key; `text` finds it in the upstream's log."""
        if script is not None:
            text = f"{text} #mock {json.dumps(script)}"
        body = {"model": "default", "messages": [{"role": "user", "content": text}]} | body
        return (http or self.tenant.http).call("POST", "/v1/chat/completions", body, {"Idempotency-Key": key})

    def respond_with(self, key, text, script=None, **body):
        if script is not None:
            text = f"{text} #mock {json.dumps(script)}"
        return self.post("/v1/responses", {"model": "default", "input": text} | body, key)

    def arrived(self, word):
        """The requests with this word that the upstream has seen."""
        return [each for each in list(self.bh.mock.log) if word in json.dumps(each["body"])]

    def replayed(self, reply, first):
        """The first answer once more, under a request id of its own."""
        self.assertEqual((reply.status, reply.body), (first.status, first.body))
        self.assertEqual(reply.headers.get("idempotent-replayed"), "true")
        self.assertNotEqual(reply.request_id, first.request_id)
        self.assertEqual(reply.headers["content-type"], first.headers["content-type"])


class Chat(KeyTest):
    def test_the_official_client_asks_twice_and_the_upstream_hears_it_once(self):
        tenant, word = self.bh.tenant(), marker()
        client = tenant.client()
        answers = [client.chat.completions.create(
            model="default", messages=[{"role": "user", "content": word}],
            extra_headers={"Idempotency-Key": f"key-{word}"}) for _ in range(2)]
        wire.validate(client)
        self.assertEqual(answers[0].to_dict(), answers[1].to_dict())
        self.assertEqual([each.headers.get("idempotent-replayed") for each in client.exchanges], [None, "true"])
        self.assertEqual(len(self.arrived(word)), 1)
        tenant.settled(client.exchanges[0].request_id)
        self.assertEqual(tenant.usage(client.exchanges[1].request_id), [])
        self.assertEqual(len(tenant.usage()), 1)

    def test_the_repeats_audit_line_leads_to_the_first(self):
        key, word = fresh(), marker()
        first, second = (self.chat_with(key, word) for _ in range(2))

        def line():
            return next((row for row in self.bh.audit(second.request_id)
                         if row["event"] == "chat.create" and "repeats" in row), None)
        self.assertEqual(until(line, 10, "the audit line")["repeats"], first.request_id)

    def test_another_request_with_the_key_is_refused(self):
        key, word = fresh(), marker()
        self.ok(self.chat_with(key, word))
        error = self.refused(self.chat_with(key, word + " and more"), 400, "idempotency_key_reused", "Idempotency-Key")
        self.assertIn("another request", error["message"])
        self.assertEqual(len(self.arrived(word)), 1)

    def test_a_key_that_is_none_is_refused(self):
        word = marker()
        for key in ("", "x" * 256, "two words", '""'):
            with self.subTest(key=key):
                self.refused(self.chat_with(key, word), 400, "invalid_value", "Idempotency-Key")
        self.assertEqual(self.arrived(word), [])

    def test_a_key_is_its_tenants_and_its_credentials_own(self):
        key, word = fresh(), marker()
        others = [self.other().http, wire.Http(self.bh.address, self.tenant.new_key()["key"])]
        for http in (self.tenant.http, *others):
            reply = self.chat_with(key, word, http=http)
            self.ok(reply)
            self.assertNotIn("idempotent-replayed", reply.headers)
        self.assertEqual(len(self.arrived(word)), 3)
        for http in others:
            self.assertEqual(self.chat_with(key, word, http=http).headers.get("idempotent-replayed"), "true")
        self.assertEqual(len(self.arrived(word)), 3)

    def test_eight_at_once_are_one_call(self):
        key, word = fresh(), marker()
        replies = self.together(8, lambda _: self.chat_with(key, word, {"mode": "slow", "delay": 0.05}))
        self.assertEqual({(reply.status, reply.body) for reply in replies}, {(200, replies[0].body)})
        self.assertEqual(sum("idempotent-replayed" in reply.headers for reply in replies), 7)
        self.assertEqual(len(self.arrived(word)), 1)

    def test_a_stream_is_replayed_as_it_was(self):
        key, word = fresh(), marker()
        first = self.chat_with(key, word, STREAMED, stream=True, stream_options={"include_usage": True})
        second = self.chat_with(key, word, STREAMED, stream=True, stream_options={"include_usage": True})
        wire.chat_chunks(second.events())
        self.replayed(second, first)
        self.assertEqual(len(self.arrived(word)), 1)

    def test_a_stream_whose_client_left_is_a_new_call(self):
        key, word = fresh(), marker()
        script = STREAMED | {"text": "x " * 100}
        body = {"model": "default", "stream": True,
                "messages": [{"role": "user", "content": f"{word} #mock {json.dumps(script)}"}]}
        connection, answer = self.tenant.http.open("POST", "/v1/chat/completions", body, {"Idempotency-Key": key})
        next(wire.live_events(answer))
        answer.close()
        connection.close()
        number = self.arrived(word)[0]["number"]
        until(lambda: number in self.bh.mock.left, 5, "the upstream's socket closed")
        connection, answer = self.tenant.http.open("POST", "/v1/chat/completions", body, {"Idempotency-Key": key})
        self.assertEqual(answer.status, 200)
        self.assertIsNone(answer.getheader("idempotent-replayed"))
        answer.close()
        connection.close()
        self.assertEqual(len(self.arrived(word)), 2)

    def test_what_failed_is_tried_again(self):
        for script in ({"mode": "status", "status": 500}, {"mode": "status", "status": 429},
                       {"mode": "cut", "bytes": 30}):
            for stream in (False, True):
                with self.subTest(script=script, stream=stream):
                    key, word = fresh(), marker()
                    for count in (1, 2):
                        reply = self.chat_with(key, word, script, stream=stream)
                        self.assertNotIn("idempotent-replayed", reply.headers)
                        self.assertEqual(len(self.arrived(word)), count)

    def test_vectors_too(self):
        word = marker()
        client = self.tenant.client()
        pages = [client.embeddings.create(model=self.embedding_model(), input=word, encoding_format="float",
                                          extra_headers={"Idempotency-Key": f"key-{word}"}) for _ in range(2)]
        self.assertEqual(pages[0].data[0].embedding, pages[1].data[0].embedding)
        self.assertEqual(client.exchanges[1].headers.get("idempotent-replayed"), "true")
        self.assertEqual(len(self.arrived(word)), 1)

    def embedding_model(self):
        self.assertTrue(self.bh.mock.url)
        return "mock-embed"


class Documents(KeyTest):
    def test_a_store_made_twice_is_one(self):
        tenant = self.bh.tenant()
        client = tenant.client()
        made = [client.vector_stores.create(name="one", extra_headers={"Idempotency-Key": "make-it"})
                for _ in range(2)]
        wire.validate(client)
        self.assertEqual(made[0].id, made[1].id)
        self.assertEqual([each.id for each in client.vector_stores.list()], [made[0].id])
        with self.assertRaises(openai.BadRequestError) as caught:
            client.vector_stores.create(name="two", extra_headers={"Idempotency-Key": "make-it"})
        self.assertEqual((caught.exception.code, caught.exception.param), ("idempotency_key_reused", "Idempotency-Key"))
        # Another path is another request: the same key may stand for it.
        store = client.vector_stores.update(made[0].id, name="new", extra_headers={"Idempotency-Key": "make-it"})
        self.assertEqual((store.id, store.name), (made[0].id, "new"))

    def test_a_file_sent_twice_is_one(self):
        tenant, key = self.bh.tenant(), fresh()
        client = tenant.client()
        made = [client.files.create(file=("note.md", b"# A note\n" * 40000), purpose="assistants",
                                    extra_headers={"Idempotency-Key": key}) for _ in range(2)]
        wire.validate(client)
        # The client made up another boundary: what counts is what the parts say.
        self.assertEqual(made[0].id, made[1].id)
        self.assertEqual([each.id for each in client.files.list()], [made[0].id])
        with self.assertRaises(openai.BadRequestError) as caught:
            client.files.create(file=("note.md", b"# A note\n" * 39999 + b"# Anothr\n"), purpose="assistants",
                                extra_headers={"Idempotency-Key": key})
        self.assertEqual(caught.exception.code, "idempotency_key_reused")

    def test_attached_twice_is_attached_once(self):
        store = self.store(self.tenant)
        file = self.upload(self.tenant, "A text.")
        replies = [self.post(f"/v1/vector_stores/{store['id']}/files", {"file_id": file["id"]}, "attach")
                   for _ in range(2)]
        self.replayed(replies[1], replies[0])
        batches = [self.post(f"/v1/vector_stores/{store['id']}/file_batches", {"file_ids": [file["id"]]}, "attach")
                   for _ in range(2)]
        self.replayed(batches[1], batches[0])

    def test_what_was_refused_changed_nothing_and_may_come_right(self):
        store = self.store(self.tenant)
        path = f"/v1/vector_stores/{store['id']}/files"
        missing = "file-" + "0" * 32
        self.assertEqual(self.post(path, {"file_id": missing}, "try").status, 404)
        file = self.upload(self.tenant, "A text.")
        self.ok(self.post(path, {"file_id": file["id"]}, "try"))

    def test_a_secret_is_never_kept(self):
        """Where an answer holds one the header is ignored: the secret is shown once."""
        rows = [row for row in self.bh.cli("routes") if row["idempotent_key"]]
        self.assertTrue(rows)
        for row in rows:
            self.assertEqual((row["method"], row["reach"]), ("POST", "public"))
            self.assertNotRegex(row["path"], r"/keys|/link|/auth/|/internal/|/search$")


class Responses(KeyTest):
    def test_a_repeated_response_is_the_same(self):
        key, word = fresh(), marker()
        first, second = (self.respond_with(key, word) for _ in range(2))
        openai_spec.check("Response", self.ok(second))
        self.assertEqual(second.json(), self.ok(first))
        self.assertEqual(second.headers.get("idempotent-replayed"), "true")
        self.assertEqual(len(self.arrived(word)), 1)
        self.refused(self.respond_with(key, word + " more"), 400, "idempotency_key_reused", "Idempotency-Key")

    def test_a_repeated_stream_begins_with_event_0(self):
        key, word = fresh(), marker()
        first, second = (self.respond_with(key, word, stream=True) for _ in range(2))
        events = wire.response_events(second.events())
        self.assertEqual(events, wire.response_events(first.events()))
        self.assertEqual(len(self.arrived(word)), 1)

    def test_a_client_that_lost_its_stream_follows_the_same_run(self):
        key, word = fresh(), marker()
        script = STREAMED | {"text": "a b c d e f g h i j k l m n o p"}
        body = {"model": "default", "stream": True, "input": f"{word} #mock {json.dumps(script)}"}
        connection, answer = self.tenant.http.open("POST", "/v1/responses", body, {"Idempotency-Key": key})
        events = wire.live_events(answer)
        seen = [next(events) for _ in range(8)]
        answer.close()
        connection.close()
        again = self.post("/v1/responses", body, key).events()
        self.assertEqual(again[:8], seen)
        done = wire.response_events(again)[-1]
        self.assertEqual(done["type"], "response.completed")
        self.assertEqual(done["response"]["output"][-1]["content"][0]["text"], script["text"])
        self.assertEqual(len(self.arrived(word)), 1)

    def test_both_wait_for_the_same_end(self):
        key, word = fresh(), marker()
        replies = self.together(4, lambda _: self.respond_with(key, word, STREAMED))
        self.assertEqual(len({self.ok(reply)["id"] for reply in replies}), 1)
        self.assertEqual({reply.json()["status"] for reply in replies}, {"completed"})
        self.assertEqual(len(self.arrived(word)), 1)

    def test_a_deleted_response_is_not_made_again(self):
        key, word = fresh(), marker()
        made = self.ok(self.respond_with(key, word))
        self.ok(self.tenant.call("DELETE", f"/v1/responses/{made['id']}"))
        self.refused(self.respond_with(key, word), 400, "idempotency_reply_not_kept", "Idempotency-Key")
        self.assertEqual(len(self.arrived(word)), 1)

    def test_a_refused_one_frees_its_key(self):
        key, word = fresh(), marker()
        body = {"model": "default", "input": word, "previous_response_id": "resp_" + "0" * 32}
        self.assertEqual(self.post("/v1/responses", body, key).status, 404)
        self.assertEqual(self.ok(self.respond_with(key, word))["status"], "completed")


class Killed(KeyTest):
    """kill -9 between the effect and the answer."""

    def in_a_thread(self, call):
        thread = threading.Thread(target=call)
        thread.start()
        self.addCleanup(thread.join)
        return thread

    def test_a_call_that_was_cut_off_is_not_made_again(self):
        key, word = fresh(), marker()
        thread = self.in_a_thread(lambda: self.chat_with(key, word, {"mode": "hang"}))
        until(lambda: self.arrived(word), 10, "the call at the upstream")
        old = self.bh.kill("model")
        self.bh.replaced("model", old)
        thread.join(30)

        def answered():
            reply = self.chat_with(key, word, {"mode": "hang"})
            return reply if reply.status not in (502, 503) else None
        self.refused(until(answered, 30, "an answer of the new process"), 400, "idempotency_key_unknown",
                     "Idempotency-Key")
        self.assertEqual(len(self.arrived(word)), 1)
        # A new key is a new call.
        self.ok(self.chat_with(fresh(), marker()))

    def test_a_response_outlives_the_process_that_made_it(self):
        key, word = fresh(), marker()
        script = STREAMED | {"text": "a b c d e f g h i j k l m n o p q r s t"}
        body = {"model": "default", "stream": True, "input": f"{word} #mock {json.dumps(script)}"}
        connection, answer = self.tenant.http.open("POST", "/v1/responses", body, {"Idempotency-Key": key})
        first = json.loads(next(wire.live_events(answer))[1])
        old = self.bh.kill("agent")
        answer.close()
        connection.close()
        self.bh.replaced("agent", old)

        def answered():
            reply = self.post("/v1/responses", body, key)
            return reply if reply.status not in (502, 503) else None
        events = wire.response_events(until(answered, 30, "an answer of the new process").events())
        self.assertEqual(events[0], first)
        self.assertIn(events[-1]["type"], ("response.completed", "response.failed"))


if __name__ == "__main__":
    main()
