# SPDX-License-Identifier: Apache-2.0
"""Tools with the managed model that calls them, through its template; skipped where that model is not installed."""
import json
import os
import subprocess
import unittest

from base import PlatformTest, main, uses_engine, wire

import instance

MODEL = "qwen2.5-coder-1.5b-instruct"
WEATHER = {"name": "get_weather", "description": "Current weather of a city", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}
ORDER = {"name": "find_order", "description": "Finds an order of the shop by its number", "parameters": {
    "type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]}}
CHAT_TOOLS = [{"type": "function", "function": each} for each in (WEATHER, ORDER)]
TOOLS = [{"type": "function", **each} for each in (WEATHER, ORDER)]
PARIS, TWO = "What is the weather in Paris?", "What is the weather in Paris, and what is it in Rome?"


def is_installed():
    programs = subprocess.run([os.path.join(instance.ROOT, "scripts/setup"), "programs"], capture_output=True, text=True,
                              check=True).stdout.strip()
    with open(os.path.join(programs, "manifest.json"), encoding="utf-8") as file:
        return any(model["name"] == MODEL and "template" in model for model in json.load(file)["chat_models"])


class Tools(PlatformTest):
    limit_s = 900

    @classmethod
    def setUpClass(cls):
        if not is_installed():
            raise unittest.SkipTest(f"the chat model {MODEL} is not installed")
        # The tools' descriptions are read once, not for every call.
        cls.bh = instance.Instance(engine_chat_model=MODEL, supervisor_quickstart="false", model_share_prompt_cache="true")
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()

    def chat(self, client, *messages, **more):
        made = client.chat.completions.create(model="default", temperature=0, max_tokens=120, timeout=600, messages=[
            {"role": "user", "content": each} if isinstance(each, str) else each for each in messages], **more)
        return made.choices[0]

    @staticmethod
    def calls(choice):
        return [(call.function.name, json.loads(call.function.arguments)) for call in choice.message.tool_calls or []]

    @uses_engine
    def test_chat_completions(self):
        client = self.engine_tenant("Acme Tools").client(timeout=600)
        made = self.chat(client, PARIS, tools=CHAT_TOOLS)
        self.assertEqual((self.calls(made), made.finish_reason), ([("get_weather", {"city": "Paris"})], "tool_calls"))
        call = made.message.tool_calls[0]
        self.assertTrue(call.id)
        told = self.chat(client, PARIS, made.message.model_dump(exclude_none=True),
                         {"role": "tool", "tool_call_id": call.id, "content": '{"degrees": 12, "sky": "cloudy"}'},
                         tools=CHAT_TOOLS)
        self.assertEqual((self.calls(told), told.finish_reason), ([], "stop"))
        self.assertIn("12", told.message.content)

        for choice, question, expected in (
                ("required", "Order 4711, please.", [("find_order", {"number": 4711})]), ("none", PARIS, []),
                ({"type": "function", "function": {"name": "get_weather"}}, "Tell me something about Oslo.",
                 [("get_weather", {"city": "Oslo"})])):
            with self.subTest(choice=choice):
                made = self.chat(client, question, tools=CHAT_TOOLS, tool_choice=choice)
                self.assertEqual(self.calls(made), expected, made)

        both = self.chat(client, TWO, tools=CHAT_TOOLS, parallel_tool_calls=True)
        self.assertEqual(self.calls(both), [("get_weather", {"city": "Paris"}), ("get_weather", {"city": "Rome"})])
        self.assertEqual(len({call.id for call in both.message.tool_calls}), 2)

        fence = self.chat(client, "Write the JSON object with the name Ann and the age 7 in a code block.")
        self.assertEqual((self.calls(fence), fence.finish_reason), ([], "stop"))
        self.assertIn("```json", fence.message.content)

        deltas = [delta for chunk in client.chat.completions.create(
            model="default", temperature=0, max_tokens=120, stream=True, messages=[{"role": "user", "content": PARIS}],
            tools=CHAT_TOOLS) if chunk.choices for delta in chunk.choices[0].delta.tool_calls or []]
        self.assertEqual([delta.function.name for delta in deltas if delta.function.name], ["get_weather"])
        self.assertEqual(json.loads("".join(delta.function.arguments or "" for delta in deltas)), {"city": "Paris"})
        self.assertGreater(len(deltas), 2, "the arguments came in one piece")
        wire.validate(client)

    @uses_engine
    def test_responses(self):
        client = self.engine_tenant("Acme Tools too").client(timeout=600)

        def respond(text, **more):
            return client.responses.create(model="default", input=text, temperature=0, max_output_tokens=120, tools=TOOLS,
                                           **more)

        def calls(made):
            return [(item.name, json.loads(item.arguments)) for item in made.output if item.type == "function_call"]

        made = respond(PARIS)
        self.assertEqual((calls(made), made.status), ([("get_weather", {"city": "Paris"})], "completed"))
        told = respond([{"type": "function_call_output", "call_id": made.output[0].call_id,
                         "output": '{"degrees": 12, "sky": "cloudy"}'}], previous_response_id=made.id)
        self.assertEqual(calls(told), [])
        self.assertIn("12", told.output_text)
        self.assertEqual(calls(respond("Order 4711, please.", tool_choice="required")), [("find_order", {"number": 4711})])
        self.assertEqual(calls(respond(PARIS, tool_choice="none")), [])
        self.assertEqual([name for name, _ in calls(respond(
            "Tell me something about Oslo.", tool_choice={"type": "function", "name": "get_weather"}))], ["get_weather"])
        events = list(respond(PARIS, stream=True))
        pieces = [event.delta for event in events if event.type == "response.function_call_arguments.delta"]
        self.assertEqual(json.loads("".join(pieces)), {"city": "Paris"})
        self.assertEqual(events[-1].type, "response.completed")
        wire.validate(client)


if __name__ == "__main__":
    main()
