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


if __name__ == "__main__":
    main()
