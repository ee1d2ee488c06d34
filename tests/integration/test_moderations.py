# SPDX-License-Identifier: Apache-2.0
"""Moderation: the endpoint, by rules and by an upstream, and what the log keeps of it."""
import base64
import io
import json
import uuid

from PIL import Image

from base import Instance, PlatformTest, main, until, wire
from test_vision import data_url, picture

HARMS = {"hate", "hate/threatening", "harassment", "harassment/threatening", "illicit", "illicit/violent", "self-harm",
         "self-harm/intent", "self-harm/instructions", "sexual", "sexual/minors", "violence", "violence/graphic"}
PRICE_UNIT = 2000  # of a million
PASSWORD = "correct horse battery staple 9"


class ModerationTest(PlatformTest):
    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false")
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.mock = cls.bh.mock

    def setUp(self):
        self.mock.moderation_mode, self.mock.moderation_script = "plain", []
        self.tenant = self.bh.tenant()

    def tearDown(self):
        self.mock.release()

    def add(self, *words, tenant=None):
        name = f"judge-{uuid.uuid4().hex[:8]}"
        self.bh.cli("model", "add", name, "--url", self.mock.url + "/v1", "--kind", "moderation", "--price-out",
                    str(PRICE_UNIT), "--tenant", (tenant or self.tenant).id, *words)
        return name

    def ask(self, given, tenant=None, **body):
        return (tenant or self.tenant).call("POST", "/v1/moderations", {"input": given} | body)

    def sent(self):
        return [entry["body"] for entry in self.mock.log if entry["path"].endswith("/moderations")]

    @staticmethod
    def found(result):
        return {name for name, value in result["categories"].items() if value}


class Endpoint(ModerationTest):
    def test_the_official_client_gets_the_rules_verdict_in_openais_shape(self):
        client, before = self.tenant.client(), len(self.mock.log)
        answer = client.moderations.create(input="I want to kill them.")
        wire.validate(client)
        self.assertRegex(answer.id, "^modr-[0-9a-f]{32}$")
        self.assertEqual(answer.model, "bulkhead-rules")
        result = answer.results[0]
        self.assertTrue(result.flagged and result.categories.violence)
        self.assertFalse(result.categories.violence_graphic or result.categories.hate)
        self.assertEqual((result.category_scores.violence, result.category_scores.hate), (1, 0))
        self.assertEqual(result.category_applied_input_types.violence, ["text"])
        self.assertEqual(len(self.mock.log), before)

    def test_several_texts_are_judged_each_for_itself_and_parts_together(self):
        answer = self.ok(self.ask(["Good morning.", "Ich bringe dich um!", ""]))
        self.assertEqual(set(answer), {"id", "model", "results"})
        for result in answer["results"]:
            for member in ("categories", "category_scores", "category_applied_input_types"):
                self.assertEqual(set(result[member]), HARMS)
        self.assertEqual([self.found(result) for result in answer["results"]],
                         [set(), {"harassment", "harassment/threatening", "violence"}, set()])
        self.assertEqual([result["flagged"] for result in answer["results"]], [False, True, False])
        parts = [{"type": "text", "text": "Good morning."}, {"type": "text", "text": "I want to die"}]
        answer = self.ok(self.ask(parts))
        self.assertEqual([self.found(result) for result in answer["results"]], [{"self-harm", "self-harm/intent"}])

    def test_an_upstream_and_the_rules_judge_together(self):
        name = self.add()
        for mode in ("plain", "old"):
            self.mock.moderation_mode = mode
            with self.subTest(mode=mode):
                answer = self.ok(self.ask(["a zebra", "i want to die", "hello"], model=name))
                self.assertEqual(answer["model"], name)
                self.assertEqual([self.found(result) for result in answer["results"]],
                                 [{"violence"}, {"self-harm", "self-harm/intent"}, set()])
                self.assertEqual(answer["results"][0]["category_scores"]["violence"], 0.9)
        self.assertEqual(self.sent()[-1], {"model": name, "input": ["a zebra", "i want to die", "hello"]})

    def test_the_default_model_goes_before_the_rules(self):
        name = self.add()
        self.assertEqual(self.ok(self.ask("hello"))["model"], "bulkhead-rules")
        self.bh.cli("model", "default", name, "--kind", "moderation", "--tenant", self.tenant.id)
        until(lambda: self.ok(self.ask("hello"))["model"] == name, 10, "the default model")
        self.assertEqual(self.ok(self.ask("hello", model="bulkhead-rules"))["model"], "bulkhead-rules")

    def test_requests_that_are_wrong(self):
        for given, param in (([], "input"), (7, "input"), ([7], "input.0"), (["a", {"type": "text", "text": "b"}], "input.1"),
                             ([{"type": "text"}], "input.0.text"), ([{"type": "audio"}], "input.0.type"),
                             ([{"type": "text", "text": "a"}, "b"], "input.1.type"), (["a"] * 257, "input"),
                             ("a" * (256 * 1024 + 1), "input"),
                             ([{"type": "image_url", "image_url": "x"}], "input.0.image_url.url")):
            with self.subTest(given=str(given)[:60]):
                self.refused(self.ask(given), 400, param=param)
        self.refused(self.tenant.call("POST", "/v1/moderations", {}), 400, param="input")
        self.refused(self.ask("a", other=1), 400, param="other")
        for model in ("absent", "omni-moderation-latest", "mock-chat"):
            self.refused(self.ask("a", model=model), 404, "model_not_found", "model")
        self.refused(self.ask("a", tenant=self.bh.tenant(scopes=("chat:write",))), 403)

    def test_an_upstream_that_cannot_be_trusted_is_an_error_and_one_that_refuses_costs_nothing(self):
        name = self.add()
        for mode, status, units in (("few", 502, 1), ("beyond", 502, 1), ("text", 502, 1), ("garbage", 502, 1), ("away", 503, 0),
                                    ("limited", 429, 0), ("refused", 400, 0)):
            with self.subTest(mode=mode):
                self.mock.moderation_mode = mode
                reply = self.ask("hello", model=name)
                self.refused(reply, status)
                row = self.tenant.settled(reply.request_id, kind="moderation")[0]
                self.assertEqual((row["status"], row["completion_tokens"], row["cost_nanos"]),
                                 ("failed", units, units * PRICE_UNIT * 1000))

    def test_each_input_is_a_unit_on_the_bill_and_the_rules_are_free(self):
        name = self.add()
        for model, cost in ((name, 3 * PRICE_UNIT * 1000), ("bulkhead-rules", 0)):
            with self.subTest(model=model):
                reply = self.ask(["one", "two", "three"], model=model)
                self.ok(reply)
                row = self.tenant.settled(reply.request_id, kind="moderation")[0]
                self.assertEqual((row["status"], row["model"], row["completion_tokens"], row["cost_nanos"]),
                                 ("ok", model, 3, cost))

    def test_the_audit_log_has_the_categories_and_no_content(self):
        reply = self.ask(["I want to die on a xylophone", "hello"])
        self.ok(reply)
        lines = until(lambda: self.bh.audit(reply.request_id), 10, "the line")
        line = next(line for line in lines if "flagged" in line)
        self.assertEqual((line["flagged"], line["categories"]), (1, "self-harm,self-harm/intent"))
        self.assertNotIn("xylophone", json.dumps(lines))

    def test_a_model_of_another_tenant_is_as_one_that_does_not_exist(self):
        name, other = self.add(), self.bh.tenant()
        foreign = self.refused(self.ask("a", tenant=other, model=name), 404, "model_not_found")
        absent = self.refused(self.ask("a", tenant=other, model="absent"), 404, "model_not_found")
        self.assertEqual(foreign, absent)


class Images(ModerationTest):
    def setUp(self):
        super().setUp()
        self.sees = self.add("--vision")

    def parts(self, url):
        return [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": url}}]

    def test_a_model_that_takes_images_gets_them_written_anew(self):
        client = self.tenant.client()
        answer = client.moderations.create(model=self.sees, input=self.parts(data_url(picture(form="PNG"))))
        wire.validate(client)
        result = answer.results[0]
        self.assertEqual((len(answer.results), result.flagged, result.categories.sexual), (1, True, True))
        self.assertEqual(result.category_applied_input_types.sexual, ["text", "image"])
        self.assertEqual(result.category_applied_input_types.hate, ["text"])
        sent = self.sent()[-1]["input"]
        self.assertEqual(sent[0], {"type": "text", "text": "look"})
        self.assertTrue(sent[1]["image_url"]["url"].startswith("data:image/jpeg;base64,"))
        data = base64.b64decode(sent[1]["image_url"]["url"].split(",", 1)[1], validate=True)
        self.assertEqual(Image.open(io.BytesIO(data)).size, (320, 200))
        alone = self.ok(self.ask(self.parts(data_url(picture()))[1:], model=self.sees))["results"][0]
        self.assertEqual((alone["category_applied_input_types"]["sexual"], alone["category_applied_input_types"]["hate"]),
                         (["image"], []))

    def test_a_model_that_takes_none_and_the_rules_refuse_them(self):
        for name in (self.add(), "bulkhead-rules"):
            self.refused(self.ask(self.parts(data_url(picture())), model=name), 400, "unsupported_parameter", "input")

    def test_images_that_may_not_be_seen_or_read_are_refused_by_their_field(self):
        other = self.bh.tenant()
        file = self.upload(other, picture(), name="a.png", purpose="vision", content_type="image/png")["id"]
        before = len(self.mock.log)
        for url, status, code in (("data:image/png;base64,AAAA", 400, None), ("ftp://example.com/a", 400, None),
                                  ("http://127.0.0.1:1/a.png", 400, "url_not_allowed"),
                                  ("http://169.254.169.254/latest", 400, "url_not_allowed"), (file, 404, None)):
            with self.subTest(url=url[:40]):
                self.refused(self.ask(self.parts(url), model=self.sees), status, code, "input.1.image_url")
        self.assertEqual(len(self.mock.log), before)
        self.refused(self.ask(self.parts(data_url(picture()))[1:] * 100, model=self.sees), 400, param="input")


def asked(text, script=None):
    return [{"role": "user", "content": text + (f" #mock {json.dumps(script)}" if script else "")}]


class Policy(ModerationTest):
    """What is done about harmful content before and after generation. The model's answer stands in its script, which is
    part of the messages: tests of answers judge no messages."""
    CLEAN = "The sky is blue. The sea is green. All is well."
    HARMFUL = "The sky is blue. Then i want to kill them all. The end."

    def set(self, **settings):
        """As an administrator of the tenant does."""
        if not hasattr(self, "token"):
            email = f"{uuid.uuid4().hex[:10]}@people.example"
            self.bh.cli("user", "create", email, "--tenant", self.tenant.id, "--role", "admin", "--password-stdin",
                        stdin=PASSWORD + "\n")
            self.token = self.ok(wire.Http(self.bh.address).call("POST", "/api/auth/sign-in", {
                "email": email, "password": PASSWORD}))["access_token"]
        reply = self.change(settings)
        self.assertEqual(self.ok(reply), self.ok(reply) | settings)

    def change(self, settings):
        return wire.Http(self.bh.address, self.token).call("PATCH", "/api/tenant", settings)

    def chat(self, messages, **body):
        return self.tenant.call("POST", "/v1/chat/completions", {"model": "mock-chat", "messages": messages} | body)

    def stream(self, messages):
        """The texts of the chunks, and how it ended."""
        chunks = list(self.tenant.client().chat.completions.create(model="mock-chat", messages=messages, stream=True))
        texts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]
        ends = [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason]
        return texts, ends

    def noted(self, request, name):
        return until(lambda: [line[name] for line in self.bh.audit(request) if name in line], 10, name)[0]

    def judged(self, request):
        return self.tenant.settled(request, kind="moderation")

    def test_off_is_the_default_and_judges_nothing(self):
        reply = self.chat(asked("i want to kill them", {"text": self.HARMFUL}))
        self.assertEqual(self.ok(reply)["choices"][0]["message"]["content"], self.HARMFUL)
        self.tenant.settled(reply.request_id, kind="chat")
        self.assertEqual([row["kind"] for row in self.tenant.usage()], ["chat"])

    def test_the_settings_take_only_the_three_words_and_stay_apart(self):
        self.set(moderation_input="refuse")
        self.set(moderation_output="flag")
        self.set(mfa_required=False)
        shown = self.ok(wire.Http(self.bh.address, self.token).call("GET", "/api/tenant"))
        self.assertEqual((shown["moderation_input"], shown["moderation_output"]), ("refuse", "flag"))
        for wrong in ("on", "", None, 1):
            with self.subTest(wrong=wrong):
                self.assertEqual(self.change({"moderation_input": wrong}).status, 400)
        other = self.bh.tenant()
        self.ok(other.call("POST", "/v1/chat/completions", {"model": "mock-chat", "messages": asked("i want to kill them")}))

    def test_flag_lets_pass_and_is_noted_without_content(self):
        self.set(moderation_input="flag", moderation_output="flag")
        reply = self.chat(asked("i want to die on a xylophone", {"text": self.HARMFUL}))
        self.assertEqual(self.ok(reply)["choices"][0]["message"]["content"], self.HARMFUL)
        self.assertIn("self-harm/intent", self.noted(reply.request_id, "input_flagged"))
        self.assertEqual(self.noted(reply.request_id, "output_flagged"), "violence")
        self.assertNotIn("xylophone", json.dumps(self.bh.audit(reply.request_id)))
        self.assertEqual(len(self.judged(reply.request_id)), 2)
        texts, ends = self.stream(asked("hello", {"text": self.HARMFUL}))
        self.assertEqual(("".join(texts), ends), (self.HARMFUL, ["stop"]))

    def test_refuse_keeps_harmful_messages_from_the_model(self):
        self.set(moderation_input="refuse")
        before = len(self.mock.log)
        for messages in (asked("I want to kill them."), [{"role": "system", "content": "i want to die"}] + asked("hello"),
                         [{"role": "user", "content": [{"type": "text", "text": "Ich bringe dich um"}]}],
                         asked("a " * 9000 + "i want to kill them" + " a" * 20000),
                         asked("a" * 15800 + " i want to" + " " * 900 + "kill them" + " a" * 2000),
                         [{"role": "user", "content": [{"type": "text", "text": word} for word in ("I want to", "kill them.")]}],
                         [{"role": "user", "content": [{"type": "refusal", "refusal": "I want to kill them.", "text": "Hello"}]}],
                         asked("hello") + [{"role": "assistant", "content": "a", "refusal": "I want to kill them."}],
                         asked("hello") + [{"role": "assistant", "content": None, "tool_calls": [
                             {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{\"a\": \"i want to kill them\"}"}}]}]):
            for stream in (False, True):
                with self.subTest(messages=str(messages)[:60], stream=stream):
                    error = self.refused(self.chat(messages, stream=stream), 400, "content_policy_violation", "messages")
                    self.assertNotIn("kill", error["message"])
        tool = {"type": "function", "function": {"name": "f", "parameters": {
            "type": "object", "properties": {"a": {"type": "string", "description": "i want to kill them"}}}}}
        schema = {"name": "f", "schema": {"type": "object", "properties": {"i want to kill them": {"type": "string"}}}}
        for body in ({"tools": [tool]}, {"response_format": {"type": "json_schema", "json_schema": schema}}):
            with self.subTest(body=str(body)[:60]):
                self.refused(self.chat(asked("hello"), **body), 400, "content_policy_violation", "messages")
        self.assertEqual(len(self.mock.log), before)
        self.ok(self.chat(asked("hello")))

    def test_refuse_empties_a_harmful_answer(self):
        self.set(moderation_output="refuse")
        self.assertEqual(self.ok(self.chat(asked("hello", {"text": self.CLEAN})))["choices"][0]["message"]["content"],
                         self.CLEAN)
        reply = self.chat(asked("hello", {"text": self.HARMFUL}))
        choice = self.ok(reply)["choices"][0]
        self.assertEqual((choice["message"]["content"], choice["finish_reason"]), ("", "content_filter"))
        self.assertNotIn("kill", reply.text if hasattr(reply, "text") else json.dumps(reply.json()))
        self.assertEqual(self.noted(reply.request_id, "output_flagged"), "violence")
        self.assertGreater(self.tenant.settled(reply.request_id, kind="chat")[0]["completion_tokens"], 0)
        call = self.chat(asked("hello", {"tool_call": {"name": "say", "arguments": {"text": "i want to kill them"}}}),
                         tools=[{"type": "function", "function": {"name": "say"}}])
        choice = self.ok(call)["choices"][0]
        self.assertEqual((choice["message"].get("tool_calls"), choice["finish_reason"]), (None, "content_filter"))

    def test_of_a_stream_nothing_is_sent_before_it_was_judged(self):
        self.set(moderation_output="refuse")
        texts, ends = self.stream(asked("hello", {"text": self.CLEAN}))
        self.assertEqual(("".join(texts), ends), (self.CLEAN, ["stop"]))
        texts, ends = self.stream(asked("hello", {"text": self.HARMFUL}))
        self.assertEqual(ends, ["content_filter"])
        self.assertTrue(self.HARMFUL.startswith("".join(texts)))
        self.assertIn("The sky is blue.", "".join(texts))
        self.assertNotIn("kill", "".join(texts))

    def test_a_sentence_waits_for_the_models_verdict(self):
        name = self.add()
        self.bh.cli("model", "default", name, "--kind", "moderation", "--tenant", self.tenant.id)
        self.set(moderation_output="refuse")
        texts, ends = self.stream(asked("hello", {"text": "One is good. Two is a zebra. Three."}))
        self.assertEqual(ends, ["content_filter"])
        self.assertIn("One is good.", "".join(texts))
        self.assertNotIn("zebra", "".join(texts))
        self.assertGreater(len(self.sent()), 1)

    def test_where_nobody_can_judge_refuse_is_the_error_and_flag_lets_pass(self):
        name = self.add()
        self.bh.cli("model", "default", name, "--kind", "moderation", "--tenant", self.tenant.id)
        self.set(moderation_output="refuse")
        for mode, status in (("away", 503), ("limited", 429), ("garbage", 502)):
            with self.subTest(mode=mode):
                self.mock.moderation_mode = mode
                self.refused(self.chat(asked("hello")), status)
                reply = self.chat(asked("hello"), stream=True)
                self.refused(reply, status)
                # What the chat model has made is paid for all the same.
                self.assertGreater(self.tenant.settled(reply.request_id, kind="chat")[0]["completion_tokens"], 0)
        # In the middle of a stream too.
        self.mock.moderation_mode, self.mock.moderation_script = "away", ["plain"]
        reply = self.chat(asked("hello", {"text": self.CLEAN}), stream=True)
        self.assertEqual(reply.status, 200)
        self.assertIn(b"service_unavailable", reply.body)
        self.assertNotIn(b"well", reply.body)
        self.set(moderation_output="flag")
        until(lambda: self.chat(asked("hello")).status == 200, 10, "the other policy")
        reply = self.chat(asked("hello"))
        self.ok(reply)
        self.assertEqual(self.noted(reply.request_id, "moderation"), "failed")

    def test_images_of_a_chat_are_judged_where_both_models_take_them(self):
        name, sees = self.add("--vision"), f"sees-{uuid.uuid4().hex[:8]}"
        self.bh.cli("model", "default", name, "--kind", "moderation", "--tenant", self.tenant.id)
        self.bh.cli("model", "add", sees, "--url", self.mock.url + "/v1", "--vision", "--tenant", self.tenant.id)
        self.set(moderation_input="refuse")
        message = {"role": "user", "content": [{"type": "text", "text": "look"},
                                               {"type": "image_url", "image_url": {"url": data_url(picture())}}]}
        reply = self.chat([message], model=sees)
        self.refused(reply, 400, "content_policy_violation", "messages")
        self.assertEqual(self.noted(reply.request_id, "input_flagged"), "sexual")
        self.assertTrue(any("image_url" in json.dumps(body["input"]) for body in self.sent()))
        self.ok(self.chat(asked("look"), model=sees))

    def test_a_token_limit_in_the_middle_of_a_stream_is_an_error_of_the_stream(self):
        self.set(moderation_output="refuse")
        self.tenant.limit(tokens_per_minute="900")
        reply = self.chat(asked("hello", {"text": "Some words are here. " * 60}), stream=True, max_tokens=240)
        self.assertEqual(reply.status, 200)
        self.assertIn(b"rate_limit_exceeded", reply.body)
        self.assertNotIn(b"[DONE]", reply.body)
        self.ok(self.bh.tenant().call("POST", "/v1/chat/completions", {"model": "mock-chat", "messages": asked("hello")}))

    def test_responses_follow_the_same_policy(self):
        self.set(moderation_input="refuse", moderation_output="refuse")
        reply = self.tenant.call("POST", "/v1/responses", {"model": "mock-chat", "input": "i want to kill them"})
        self.assertIn(reply.status, (200, 400), reply)
        self.assertNotIn('"completed"', json.dumps(reply.json()))
        self.set(moderation_input="off")
        ask = {"model": "mock-chat", "input": asked("hello", {"text": self.HARMFUL})[0]["content"]}
        until(lambda: self.tenant.call("POST", "/v1/responses", ask).status == 200, 10, "the other policy")
        answer = self.ok(self.tenant.call("POST", "/v1/responses", ask))
        self.assertEqual((answer["status"], answer["incomplete_details"]), ("incomplete", {"reason": "content_filter"}))
        self.assertNotIn("kill", json.dumps(answer["output"]))


if __name__ == "__main__":
    main()
