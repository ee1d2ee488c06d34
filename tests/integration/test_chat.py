# SPDX-License-Identifier: Apache-2.0
"""Chat, embeddings and models, against an upstream that does as it is told."""
import base64
import http.client
import json
import math
import struct

import openai

from base import PlatformTest, main, marker, until, wire
from mock_upstream import WORDS

TEXT = " ".join(WORDS)
SCHEMA = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": {
    "type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}}}
TOOL = {"type": "function", "function": {"name": "weather", "description": "Weather of a town.", "parameters": {
    "type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]}}}


class ChatTest(PlatformTest):
    """What the chat tests share: one tenant whose models are scripted."""

    def create(self, script=None, text=None, **body):
        """The official client's call, with its exchange recorded."""
        self.client = self.acme().client()
        text = text or "Say something."
        if script is not None:
            text += f" #mock {json.dumps(script)}"
        return self.client.chat.completions.create(
            model="default", messages=[{"role": "user", "content": text}], **body)

    def streamed(self, script=None, text=None, **body):
        chunks = list(self.create(script, text, stream=True, **body))
        wire.validate(self.client)
        return chunks

    def row(self):
        return self.acme().settled(self.client.exchanges[-1].request_id)[0]

    def sent(self, word):
        """What the upstream was sent in the request with this word in it."""
        return next(request for request in reversed(self.bh.mock.log)
                    if word in json.dumps(request["body"]))

    @staticmethod
    def text_of(chunks):
        return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


class Chat(ChatTest):
    def test_an_answer_in_one_piece(self):
        answer = self.create()
        wire.validate(self.client)
        self.assertEqual(answer.choices[0].message.content, TEXT)
        self.assertEqual(answer.choices[0].finish_reason, "stop")
        self.assertEqual(answer.model, "mock-chat")
        self.assertRegex(answer.id, r"^chatcmpl-[0-9a-f]{32}$")
        self.assertEqual((answer.usage.prompt_tokens, answer.usage.completion_tokens), (11, len(WORDS)))
        row = self.row()
        self.assertEqual((row["source"], row["status"], row["prompt_tokens"], row["completion_tokens"]),
                         ("reported", "ok", 11, len(WORDS)))

    def test_an_answer_as_a_stream(self):
        chunks = self.streamed()
        self.assertEqual(self.text_of(chunks), TEXT)
        self.assertEqual(len({chunk.id for chunk in chunks}), 1)
        self.assertEqual({chunk.model for chunk in chunks}, {"mock-chat"})
        self.assertEqual(chunks[-1].choices[0].finish_reason, "stop")
        self.assertTrue(all(chunk.usage is None for chunk in chunks))
        self.assertTrue(self.row()["streamed"])

    def test_a_stream_with_its_usage_when_asked(self):
        chunks = self.streamed(stream_options={"include_usage": True})
        self.assertEqual(chunks[-1].choices, [])
        self.assertEqual(chunks[-1].usage.completion_tokens, len(WORDS))
        self.assertEqual(chunks[-1].usage.total_tokens, 11 + len(WORDS))

    def test_parameters_reach_the_upstream(self):
        word = marker()
        self.create(text=word, temperature=0.25, top_p=0.5, seed=7, stop=["x"], max_tokens=5,
                    presence_penalty=0.5, response_format=SCHEMA, tools=[TOOL], tool_choice="auto")
        body = self.sent(word)["body"]
        self.assertEqual((body["temperature"], body["top_p"], body["seed"], body["stop"]), (0.25, 0.5, 7, ["x"]))
        self.assertEqual(body["response_format"], SCHEMA)
        self.assertEqual(body["tools"], [TOOL])
        self.assertEqual(body.get("max_tokens") or body.get("max_completion_tokens"), 5)

    def test_the_clients_credential_does_not_reach_the_upstream(self):
        word = marker()
        self.create(text=word)
        request = self.sent(word)
        self.assertNotIn(self.acme().key, json.dumps(request))
        self.assertNotIn("x-stainless-lang", request["headers"])

    def test_fields_without_effect_are_accepted(self):
        answer = self.create(user="someone", metadata={"a": "b"}, store=True, reasoning_effort="low")
        self.assertEqual(answer.choices[0].message.content, TEXT)

    def test_a_tool_call_in_one_piece_and_its_answer_back(self):
        call = {"name": "weather", "arguments": {"town": "Westerhaven"}}
        answer = self.create({"tool_call": call}, tools=[TOOL])
        wire.validate(self.client)
        self.assertEqual(answer.choices[0].finish_reason, "tool_calls")
        made = answer.choices[0].message.tool_calls[0]
        self.assertEqual(json.loads(made.function.arguments), call["arguments"])
        client = self.acme().client()
        word = marker()
        client.chat.completions.create(model="default", tools=[TOOL], messages=[
            {"role": "user", "content": word}, answer.choices[0].message.to_dict(),
            {"role": "tool", "tool_call_id": made.id, "content": "12 degrees"}])
        sent = self.sent(word)["body"]["messages"]
        self.assertEqual(sent[1]["tool_calls"][0]["function"]["name"], "weather")
        self.assertEqual(sent[2]["tool_call_id"], made.id)

    def test_a_tool_call_as_a_stream(self):
        call = {"name": "weather", "arguments": {"town": "Westerhaven"}}
        chunks = self.streamed({"tool_call": call}, tools=[TOOL])
        parts = [part for chunk in chunks if chunk.choices for part in chunk.choices[0].delta.tool_calls or []]
        self.assertEqual(parts[0].function.name, "weather")
        self.assertEqual(json.loads("".join(part.function.arguments or "" for part in parts)), call["arguments"])
        self.assertEqual(chunks[-1].choices[0].finish_reason, "tool_calls")

    def test_delta_i_is_here_before_token_i_plus_1_is_made(self):
        """The upstream makes the next token only once the one before has come through."""
        connection, answer = self.acme().http.open("POST", "/v1/chat/completions", {
            "model": "default", "stream": True,
            "messages": [{"role": "user", "content": '#mock {"mode": "stepped"}'}]}, timeout=20)
        self.assertEqual(answer.status, 200)
        events = wire.live_events(answer)
        arrived = ""
        for word in WORDS:
            self.bh.mock.step()
            wanted = f"{arrived} {word}".strip()
            while arrived != wanted:
                arrived += json.loads(next(events)[1])["choices"][0]["delta"].get("content") or ""
        self.assertEqual(list(events)[-1][1], "[DONE]")
        connection.close()

    def test_a_client_that_leaves_closes_the_upstream(self):
        """Long before its answer would have come to an end; how soon is a figure of bench."""
        for mode, stream in (("hang", True), ("slow", True)):
            with self.subTest(mode=mode, stream=stream):
                word = marker()
                text = f'{word} #mock {{"mode": "{mode}", "delay": 0.2, "text": "{"x " * 200}"}}'
                connection, answer = None, None
                body = {"model": "default", "stream": stream, "messages": [{"role": "user", "content": text}]}
                if mode == "slow":
                    connection, answer = self.acme().http.open("POST", "/v1/chat/completions", body)
                    answer.read1(10)
                else:
                    connection = self.half_sent(body)
                number = until(lambda: self.number_of(word), 10, "the request at the upstream")
                if mode == "slow":
                    until(lambda: (number - 1, 2) in {each[:2] for each in self.bh.mock.sent}, 10, "some words")
                connection.close()
                if answer is not None:
                    answer.close()
                until(lambda: number - 1 in self.bh.mock.left, 10, "the upstream's socket closed")
                if answer is not None:
                    row = self.acme().settled(answer.headers["x-request-id"])[0]
                    self.assertEqual(row["status"], "cut")
                    self.assertGreater(row["completion_tokens"], 0)
        lines = until(lambda: [line for line in self.bh.audit() if line.get("error") == "client_gone"
                               and line["tenant_id"] == self.acme().id], 10, "the audit line of one that left")
        self.assertEqual({(line["status"], line["outcome"]) for line in lines}, {(499, "cut")})
        self.assertNotIn("BH_E_GONE", self.bh.log_tail("model"))

    def test_a_cut_stream_of_large_chunks_is_billed_by_its_bytes(self):
        tenant = self.bh.tenant()
        script = {"mode": "slow", "delay": 0.2, "text": " ".join(["x" * 4000] * 50)}
        connection, answer = tenant.http.open("POST", "/v1/chat/completions", {
            "model": "default", "stream": True,
            "messages": [{"role": "user", "content": f"Go on. #mock {json.dumps(script)}"}]})
        read = 0
        while read < 11000:
            read += len(answer.read1(65536))
        connection.close()
        answer.close()
        row = until(tenant.usage, 20, "the row of the call")[0]
        self.assertEqual((row["status"], row["source"]), ("cut", "counted"))
        self.assertGreaterEqual(row["completion_tokens"], 8000 // 3)

    def test_a_cut_stream_that_told_its_usage_is_billed_by_it(self):
        tenant, words = self.bh.tenant(), 7
        script = {"mode": "stepped", "text": "word " * 50, "prompt_tokens": 321}
        for _ in range(words):
            self.bh.mock.step()
        connection, answer = tenant.http.open("POST", "/v1/chat/completions", {
            "model": "default", "stream": True, "stream_options": {"include_usage": True, "continuous_usage_stats": True},
            "messages": [{"role": "user", "content": f"Go on. #mock {json.dumps(script)}"}]})
        events, told = wire.live_events(answer), []
        while len(told) < words + 1:
            told.append(json.loads(next(events)[1])["usage"])
        self.assertEqual([usage["completion_tokens"] for usage in told[1:]], list(range(1, words + 1)))
        self.assertEqual({usage["total_tokens"] - usage["completion_tokens"] for usage in told[1:]}, {321})
        connection.close()
        answer.close()
        row = until(tenant.usage, 20, "the row of the call")[0]
        self.assertEqual((row["status"], row["source"], row["prompt_tokens"], row["completion_tokens"]), ("cut", "reported", 321, words))

    def test_an_upstream_that_does_not_know_a_running_usage_is_not_asked_again(self):
        tenant, name = self.bh.tenant(), f"picky-{marker()}"
        # What a server refuses is remembered by its address.
        self.bh.cli("model", "add", name, "--url", self.bh.mock.url.replace("127.0.0.1", "localhost") + "/v1", "--no-probe")
        options = {"include_usage": True, "continuous_usage_stats": True}
        script = {"mode": "picky", "refused": "continuous_usage_stats"}
        for sent in ([True, None], [None]):
            word = marker()
            chunks = list(tenant.client().chat.completions.create(model=name, stream=True, stream_options=options, messages=[
                {"role": "user", "content": f"{word} #mock {json.dumps(script)}"}]))
            self.assertEqual([chunk.usage for chunk in chunks[:-1]], [None] * (len(chunks) - 1))
            self.assertEqual(chunks[-1].usage.completion_tokens, len(WORDS))
            self.assertEqual([request["body"]["stream_options"].get("continuous_usage_stats") for request in self.bh.mock.log
                              if word in json.dumps(request["body"])], sent)

    def test_a_plain_answer_whose_client_left_is_read_and_billed(self):
        """The provider works on and is paid for it, so what it reports is billed."""
        tenant, word = self.bh.tenant(), marker()
        self.bh.mock.hold()
        text = f'{word} #mock {{"mode": "hold"}}'
        connection = self.half_sent({"model": "default", "messages": [{"role": "user", "content": text}]}, tenant)
        until(lambda: self.number_of(word), 10, "the request at the upstream")
        connection.close()
        self.bh.mock.release()
        row = until(tenant.usage, 20, "the row of the call")[0]
        self.assertEqual((row["source"], row["completion_tokens"]), ("reported", len(WORDS)))

    def number_of(self, word):
        """The upstream's number of the request with this word, plus one; None before it came."""
        for request in self.bh.mock.log:
            if request["body"] and word in json.dumps(request["body"]):
                return request["number"] + 1
        return None

    def half_sent(self, body, tenant=None):
        """A connection on which the request was sent and no answer was waited for."""
        connection = http.client.HTTPConnection(*self.bh.address)
        connection.request("POST", "/v1/chat/completions", json.dumps(body), {
            "Authorization": f"Bearer {(tenant or self.acme()).key}", "Content-Type": "application/json"})
        return connection


class Misbehaviour(ChatTest):
    """The client gets an honest end and the row is settled, whatever the upstream does."""

    def test_usage_that_is_missing_is_counted_or_estimated(self):
        for script, stream in (({"mode": "no_usage"}, False), ({"mode": "no_usage"}, True)):
            with self.subTest(stream=stream):
                if stream:
                    self.assertEqual(self.text_of(self.streamed(script)), TEXT)
                else:
                    self.assertEqual(self.create(script).choices[0].message.content, TEXT)
                row = self.row()
                self.assertIn(row["source"], ("counted", "estimated"))
                self.assertGreater(row["prompt_tokens"], 0)
                self.assertGreater(row["completion_tokens"], 0)

    def test_usage_of_zero_for_a_whole_answer_is_not_believed(self):
        self.create({"mode": "zero_usage"})
        row = self.row()
        self.assertIn(row["source"], ("counted", "estimated"))
        self.assertGreater(row["completion_tokens"], 0)

    def test_usage_from_before_the_last_words_is_not_believed(self):
        early = {"usage": {"prompt_tokens": 11, "completion_tokens": 1, "total_tokens": 12}}
        events = [{"choices": [{"index": 0, "delta": {"content": "x"}}]} | early,
                  {"choices": [{"index": 0, "delta": {"content": "x" * 59}}]},
                  {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]
        for stream in (True, False):
            with self.subTest(stream=stream):
                script = {"mode": "raw", "events": events}
                if stream:
                    self.assertEqual(self.text_of(self.streamed(script)), "x" * 60)
                else:
                    self.assertEqual(self.create(script).choices[0].message.content, "x" * 60)
                row = self.row()
                self.assertEqual((row["source"], row["completion_tokens"]), ("counted", 20))

    def test_an_answer_cut_off_is_an_error_not_half_an_answer(self):
        with self.assertRaises(openai.APIStatusError) as raised:
            self.create({"mode": "cut", "bytes": 40})
        self.assertEqual(raised.exception.status_code, 502)
        self.assertEqual(raised.exception.response.headers["x-should-retry"], "false")
        self.assertEqual(self.row()["status"], "failed")

    def test_a_stream_cut_off_ends_with_an_error_event(self):
        with self.assertRaises(openai.APIError):
            list(self.create({"mode": "cut", "bytes": 700}, stream=True))
        row = self.row()
        self.assertEqual(row["status"], "truncated")
        self.assertNotEqual(row["source"], "reported")

    def test_a_stream_with_an_error_in_it_ends_with_an_error(self):
        with self.assertRaises(openai.APIError):
            list(self.create({"mode": "error"}, stream=True))
        self.assertEqual(self.row()["status"], "truncated")

    def test_a_stream_that_told_how_it_ended_is_whole_without_its_end_mark(self):
        self.assertEqual(self.text_of(self.streamed({"mode": "no_done"})), TEXT)
        self.assertEqual(self.row()["status"], "ok")

    def test_a_line_of_megabytes_ends_the_stream_not_the_service(self):
        pid = self.bh.process("model")["pid"]
        with self.assertRaises(openai.APIError):
            list(self.create({"mode": "giant_line"}, stream=True))
        self.assertEqual(self.bh.process("model")["pid"], pid)
        self.row()

    def test_answers_that_are_no_json_or_compressed_unasked(self):
        for mode in ("garbage", "gzip"):
            with self.subTest(mode=mode), self.assertRaises(openai.APIStatusError) as raised:
                self.create({"mode": mode})
            self.assertEqual(raised.exception.status_code, 502)

    def test_a_limit_of_the_upstream_is_passed_on_as_one(self):
        with self.assertRaises(openai.RateLimitError) as raised:
            self.create({"mode": "status", "status": 429, "headers": {"retry-after": "7"},
                         "body": {"error": {"message": "secret-detail", "code": 429}}})
        answer = raised.exception.response
        self.assertEqual(answer.headers["retry-after"], "7")
        self.assertEqual(answer.headers["retry-after-ms"], "7000")
        self.assertEqual(answer.json()["error"]["code"], "upstream_rate_limited")

    def test_waiting_times_of_an_upstream_are_read_with_care(self):
        for status, headers, wanted in ((429, {"retry-after": "1.25"}, "1250"), (429, {"retry-after": "1e99"}, "3600000"),
                                        (429, {"retry-after": "-5"}, "1000"), (429, {"retry-after": "5 or so"}, "1000"),
                                        (429, {"retry-after-ms": "40", "retry-after": "9"}, "40"),
                                        (503, {"retry-after": "4"}, "4000"), (503, {}, "2000")):
            with self.subTest(status=status, headers=headers):
                reply = self.chat(self.acme(), script={"mode": "status", "status": status, "headers": headers})
                self.assertEqual(reply.status, status, reply)
                self.assertEqual(reply.headers.get("retry-after-ms"), wanted)

    def test_an_upstreams_words_come_without_its_key(self):
        key = "a-word-that-is.no-ones/business"
        tenant = self.bh.tenant()
        self.bh.cli("model", "add", "keyed", "--url", self.bh.mock.url + "/v1", "--upstream-model", "theirs",
                    "--no-probe", "--price-in", "0", "--api-key-stdin", "--tenant", tenant.id, stdin=key + "\n")
        for status in (400, 422):
            reply = self.chat(tenant, model="keyed", script={
                "mode": "status", "status": status,
                "body": {"error": {"message": f"Key {key} (no-ones/bus…) or sk-live-12345 may not use this model."}}})
            message = self.refused(reply, 400)["message"]
            self.assertIn("may not use this model", message)
            self.assertEqual(message.count("[removed]"), 3, message)
            self.assertNotIn("business", message)
            for line in self.bh.log_of(reply.request_id) + [json.dumps(line) for line in self.bh.audit(reply.request_id)]:
                self.assertNotIn("no-ones", line)

    def test_other_refusals_of_the_upstream(self):
        for status, expected in ((500, 502), (503, 503), (401, 502), (404, 502)):
            with self.subTest(status=status), self.assertRaises(openai.APIStatusError) as raised:
                self.create({"mode": "status", "status": status})
            self.assertIn(raised.exception.status_code, (expected, 502), status)
            error = raised.exception.response.json()["error"]
            self.assertTrue({"message", "type", "param", "code"} <= set(error))

    def test_an_upstream_that_is_not_there_is_an_honest_failure(self):
        tenant = self.bh.tenant()
        self.bh.cli("model", "add", "nobody", "--url", "http://127.0.0.1:9/v1", "--no-probe", "--tenant", tenant.id)
        reply = tenant.call("POST", "/v1/chat/completions",
                            {"model": "nobody", "messages": [{"role": "user", "content": "x"}]})
        self.assertIn(reply.status, (502, 503), reply)
        self.refused(reply, reply.status)


class Embeddings(ChatTest):
    def test_vectors_as_numbers(self):
        client = self.acme().client()
        answer = client.embeddings.create(model="default", input=["red house", "green tree"], encoding_format="float")
        wire.validate(client)
        self.assertEqual([each.index for each in answer.data], [0, 1])
        self.assertEqual({len(each.embedding) for each in answer.data}, {384})
        for text, each in zip(("red house", "green tree"), answer.data):
            for ours, theirs in zip(each.embedding, self.bh.mock.vector(text)):
                self.assertAlmostEqual(ours, theirs, places=5)
        self.assertEqual(answer.usage.prompt_tokens, 4)
        row = self.acme().settled(client.exchanges[-1].request_id, kind="embedding")[0]
        self.assertEqual(row["prompt_tokens"], 4)

    def test_base64_holds_the_same_numbers(self):
        body = {"model": "default", "input": "red house"}
        plain = self.ok(self.acme().call("POST", "/v1/embeddings", body | {"encoding_format": "float"}))
        packed = self.ok(self.acme().call("POST", "/v1/embeddings", body | {"encoding_format": "base64"}))
        raw = base64.b64decode(packed["data"][0]["embedding"], validate=True)
        values = struct.unpack(f"<{len(raw) // 4}f", raw)
        self.assertEqual(len(values), 384)
        for one, other in zip(values, plain["data"][0]["embedding"]):
            self.assertAlmostEqual(one, other, places=6)

    def test_the_clients_own_default_works(self):
        client = self.acme().client(strict=False)
        vector = client.embeddings.create(model="default", input="red house").data[0].embedding
        self.assertAlmostEqual(math.sqrt(sum(value * value for value in vector)), 1.0, places=4)

    def test_a_dimension_the_model_does_not_have(self):
        self.ok(self.acme().call("POST", "/v1/embeddings", {"model": "default", "input": "x", "dimensions": 384}))
        reply = self.acme().call("POST", "/v1/embeddings", {"model": "default", "input": "x", "dimensions": 77})
        self.refused(reply, 400, param="dimensions")

    def test_token_ids_are_refused_with_advice(self):
        for value in ([1, 2, 3], [[1, 2], [3]]):
            reply = self.acme().call("POST", "/v1/embeddings", {"model": "default", "input": value})
            error = self.refused(reply, 400, param="input")
            self.assertIn("check_embedding_ctx_length=False", error["message"])


    def test_an_upstream_whose_vectors_are_none(self):
        self.addCleanup(setattr, self.bh.mock, "embed_mode", "plain")
        body = {"model": "default", "input": ["red house", "green tree"], "encoding_format": "float"}
        for mode, status in (("few", 502), ("nan", 502), ("garbage", 502), ("cut", 502), ("away", 503), ("limited", 429)):
            with self.subTest(mode=mode):
                self.bh.mock.embed_mode = mode
                reply = self.acme().call("POST", "/v1/embeddings", body)
                self.refused(reply, status)
                if status != 502:
                    self.assertGreaterEqual(int(reply.headers["retry-after"]), 1)
                row = self.acme().settled(reply.request_id, kind="embedding")[0]
                self.assertEqual(row["status"], "failed")


class Models(ChatTest):
    def test_the_list_and_one_of_it(self):
        client = self.acme().client()
        names = [each.id for each in client.models.list()]
        self.assertIn("default", names)
        self.assertIn("mock-chat", names)
        self.assertEqual(client.models.retrieve("mock-chat").id, "mock-chat")
        self.assertEqual(client.models.retrieve("default").object, "model")
        wire.validate(client)

    def test_a_name_with_a_slash(self):
        tenant = self.bh.tenant()
        self.bh.cli("model", "add", "org/some-model", "--url", self.bh.mock.url + "/v1", "--tenant", tenant.id)
        self.assertEqual(self.ok(tenant.call("GET", "/v1/models/org%2Fsome-model"))["id"], "org/some-model")
        answer = self.ok(tenant.call("POST", "/v1/chat/completions", {
            "model": "org/some-model", "messages": [{"role": "user", "content": "x"}]}))
        self.assertEqual(answer["model"], "org/some-model")

    def test_a_tenants_own_model_is_nobody_elses(self):
        tenant = self.bh.tenant()
        self.bh.cli("model", "add", "secret-model", "--url", self.bh.mock.url + "/v1", "--tenant", tenant.id)
        self.assertIn("secret-model", self.names(tenant))
        self.assertNotIn("secret-model", self.names(self.acme()))
        theirs = self.acme().call("GET", "/v1/models/secret-model")
        none = self.acme().call("GET", "/v1/models/absent-model")
        self.refused(theirs, 404, "model_not_found", "model")
        self.assertEqual(theirs.body.replace(b"secret-model", b"absent-model"), none.body)
        self.bh.cli("model", "remove", "secret-model", "--tenant", tenant.id)
        self.refused(tenant.call("GET", "/v1/models/secret-model"), 404, "model_not_found")

    def test_a_model_is_probed_before_it_is_saved(self):
        done = self.bh.run("model", "add", "dead", "--url", "http://127.0.0.1:9/v1", "--json")
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn("dead", self.names(self.acme()))

    def test_an_unknown_model_names_the_usable_ones(self):
        error = self.refused(self.acme().call("POST", "/v1/chat/completions", {
            "model": "no-such", "messages": [{"role": "user", "content": "x"}]}), 404, "model_not_found", "model")
        self.assertIn("mock-chat", error["message"])

    def names(self, tenant):
        return [each["id"] for each in self.ok(tenant.call("GET", "/v1/models"))["data"]]


if __name__ == "__main__":
    main()
