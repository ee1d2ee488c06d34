# SPDX-License-Identifier: Apache-2.0
"""Responses: kept, replayed, cancelled, chained; against the scripted upstream."""
import json
import time

from base import PlatformTest, main, marker, openai_spec, until, wire
from mock_upstream import WORDS

TEXT = " ".join(WORDS)
FUNCTION = {"type": "function", "name": "weather", "description": "Weather of a town.", "strict": True, "parameters": {
    "type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"], "additionalProperties": False}}
CALL = {"name": "weather", "arguments": {"town": "Westerhaven"}}


def output_text(response):
    return "".join(part["text"] for item in response["output"] if item["type"] == "message"
                   for part in item["content"])


class Responses(PlatformTest):
    def setUp(self):
        self.tenant = self.acme()

    def ask(self, **body):
        return self.tenant.call("POST", "/v1/responses", {"model": "default", "input": "A question."} | body)

    def created(self, reply):
        response = self.ok(reply)
        openai_spec.check("Response", response)
        return response

    def get(self, id, query=""):
        return self.tenant.call("GET", f"/v1/responses/{id}{query}")

    def ended(self, id, seconds=30):
        def row():
            found = self.ok(self.get(id))
            return found if found["status"] not in ("queued", "in_progress") else None
        return until(row, seconds, "the run's end", pause=0.1)

    def sent(self, word):
        return next(request["body"] for request in reversed(self.bh.mock.log) if word in json.dumps(request["body"]))

    def test_create_get_items_delete(self):
        made = self.created(self.respond(self.tenant, "A question."))
        self.assertEqual((made["status"], output_text(made)), ("completed", TEXT))
        self.assertEqual((made["usage"]["input_tokens"], made["usage"]["output_tokens"]), (11, len(WORDS)))
        kept = self.created(self.get(made["id"]))
        self.assertEqual(kept, made)
        items = self.ok(self.tenant.call("GET", f"/v1/responses/{made['id']}/input_items"))
        openai_spec.check("ResponseItemList", items)
        self.assertEqual(items["data"][0]["content"][0]["text"], "A question.")
        gone = self.ok(self.tenant.call("DELETE", f"/v1/responses/{made['id']}"))
        self.assertEqual((gone["id"], gone["deleted"]), (made["id"], True))
        for path in ("", "/input_items"):
            self.refused(self.tenant.call("GET", f"/v1/responses/{made['id']}{path}"), 404)
        self.refused(self.tenant.call("DELETE", f"/v1/responses/{made['id']}"), 404)

    def test_what_may_be_included_is_the_same_everywhere(self):
        made = self.created(self.respond(self.tenant))
        for path in ("", "/input_items"):
            path = f"/v1/responses/{made['id']}{path}"
            for query in ("include[]=file_search_call.results", "include=message.output_text.logprobs",
                          "include[0]=file_search_call.results&include[1]=reasoning.encrypted_content"):
                self.ok(self.tenant.call("GET", f"{path}?{query}"))
            for query in ("include=bogus", "include[]=bogus", "include=", "include",
                          "include[]=file_search_call.results&include[]=bogus"):
                with self.subTest(path=path, query=query):
                    self.refused(self.tenant.call("GET", f"{path}?{query}"), 400, param="include")

    def test_the_official_client_streams_and_reads_back(self):
        client = self.tenant.client()
        with client.responses.stream(model="default", input="A question.") as stream:
            kinds = [event.type for event in stream]
            final = stream.get_final_response()
        self.assertEqual(kinds[0], "response.created")
        self.assertEqual(final.output_text, TEXT)
        self.assertEqual(client.responses.retrieve(final.id).output_text, TEXT)
        wire.validate(client)

    def test_store_false_leaves_nothing(self):
        before, kept = self.bh.rows_of(self.tenant), self.tenant.limits()["responses_used_bytes"]
        made = self.created(self.respond(self.tenant, store=False))
        self.assertIs(made.get("store", False), False)
        self.refused(self.get(made["id"]), 404)
        until(lambda: all(count == before[name] for name, count in self.bh.rows_of(self.tenant).items()
                          if name.startswith("response") and name != "response_change"),
              30, "no row of it left", pause=0.3)
        # Its own bytes are counted no more, and the changes were folded into what others keep.
        self.assertEqual(self.tenant.limits()["responses_used_bytes"], kept)
        self.assertLessEqual(self.bh.rows_of(self.tenant)["response_change"], 1)

    def aged(self, response, hours):
        """Makes a response so much older, as time would."""
        id = response["id"].removeprefix("resp_")
        with self.bh.transaction(
                "SET search_path = bulkhead;"
                f"UPDATE response SET completed_at = now() - interval '{hours} hours' WHERE id = '{id}';"
                f"UPDATE retention SET oldest_at = '-infinity' WHERE tenant_id = '{self.tenant.id}'"):
            pass

    def test_what_is_old_is_gone_and_a_conversation_says_so(self):
        first = self.created(self.respond(self.tenant, marker()))
        second = self.created(self.respond(self.tenant, marker(), previous_response_id=first["id"]))
        path = f"/v1/responses/{first['id']}"
        self.aged(first, 25)
        reply = until(lambda: (lambda found: found if found.status != 200 else None)(
            self.tenant.call("GET", path + "?stream=true")), 30, "its events gone", pause=0.3)
        self.refused(reply, 400, "invalid_state", "stream")
        self.assertEqual(self.ok(self.tenant.call("GET", path))["output"], first["output"])
        self.aged(first, 31 * 24)
        reply = until(lambda: (lambda found: found if found.status != 200 else None)(
            self.tenant.call("GET", path)), 30, "the response gone", pause=0.3)
        self.refused(reply, 404)
        for previous in first, second:
            self.refused(self.respond(self.tenant, marker(), previous_response_id=previous["id"]), 404,
                         param="previous_response_id")
        self.ok(self.tenant.call("GET", f"/v1/responses/{second['id']}"))

    def test_the_next_turn_has_the_one_before(self):
        word = marker()
        first = self.created(self.respond(self.tenant, f"Remember {word}."))
        question = marker()
        second = self.created(self.respond(self.tenant, question, previous_response_id=first["id"],
                                           instructions="Be brief."))
        self.assertEqual(second["previous_response_id"], first["id"])
        messages = self.sent(question)["messages"]
        self.assertEqual([each["role"] for each in messages if each["role"] != "system"],
                         ["user", "assistant", "user"])
        self.assertIn(word, json.dumps(messages))
        self.assertIn("Be brief.", json.dumps(messages[0]))

    def test_our_own_output_is_taken_back_as_input(self):
        first = self.created(self.respond(self.tenant, "Hello."))
        word = marker()
        items = [{"role": "user", "content": "Hello."}, *first["output"],
                 {"type": "file_search_call", "id": "fs_" + "0" * 32, "status": "completed", "queries": ["x"],
                  "results": None},
                 {"type": "message", "role": "user", "content": [{"type": "input_text", "text": word}]}]
        self.created(self.tenant.call("POST", "/v1/responses", {
            "model": "default", "input": items, "reasoning": {"effort": "none"}, "text": {"verbosity": "low"}}))
        self.assertIn(TEXT, json.dumps(self.sent(word)["messages"]))

    def test_nothing_is_repeated_that_the_description_refuses(self):
        store = self.store(self.tenant)
        search = {"type": "file_search", "vector_store_ids": [store["id"]]}
        schema = {"type": "json_schema", "name": "a", "schema": {}}
        for body, param in (
                ({"reasoning": {"effort": "bogus"}}, "reasoning.effort"),
                ({"reasoning": {"summary": ["x"]}}, "reasoning.summary"),
                ({"text": {"format": schema | {"description": 7}}}, "text.format.description"),
                ({"text": {"format": schema | {"strict": "yes"}}}, "text.format.strict"),
                ({"tools": [search | {"ranking_options": {"ranker": 7}}]}, "tools.0.ranking_options.ranker"),
                ({"tools": [search | {"filters": {"type": "in", "key": "a", "value": [True]}}]},
                 "tools.0.filters.value"),
                ({"input": [{"role": "assistant", "content": [
                    {"type": "output_text", "text": "x", "annotations": [{"type": "zz"}]}]}]},
                 "input.0.content.0.annotations.0.type")):
            with self.subTest(body=body):
                self.refused(self.ask(**body), 400, param=param)
        nothing = {"ranker": None, "score_threshold": None, "hybrid_search": None}
        made = self.created(self.ask(
            text={"format": schema | {"description": None, "strict": None}},
            reasoning={"effort": "none", "summary": None}, tools=[
                search | {"ranking_options": nothing, "filters": {"type": "in", "key": "a", "value": ["x", 1]}}]))
        self.assertEqual(made["tools"][0]["ranking_options"], {})

    def test_a_function_call_and_its_output(self):
        made = self.created(self.respond(self.tenant, script={"tool_call": CALL}, tools=[FUNCTION]))
        call = made["output"][-1]
        self.assertEqual((call["type"], call["name"], call["status"]), ("function_call", "weather", "completed"))
        self.assertEqual(json.loads(call["arguments"]), CALL["arguments"])
        self.assertRegex(call["call_id"], r"^call_")
        word = marker()
        done = self.created(self.tenant.call("POST", "/v1/responses", {
            "model": "default", "previous_response_id": made["id"], "tools": [FUNCTION], "input": [
                {"type": "function_call_output", "call_id": call["call_id"], "output": f"12 degrees {word}"}]}))
        self.assertEqual(output_text(done), TEXT)
        messages = self.sent(word)["messages"]
        self.assertEqual(messages[-1]["role"], "tool")
        self.assertEqual(messages[-2]["tool_calls"][0]["id"], messages[-1]["tool_call_id"])

    def test_a_function_call_without_its_output_is_refused(self):
        made = self.created(self.respond(self.tenant, script={"tool_call": CALL}, tools=[FUNCTION]))
        id = made["output"][-1]["call_id"]
        call = {"type": "function_call", "call_id": id, "name": "weather", "arguments": "{}"}
        output = {"type": "function_call_output", "call_id": id, "output": "12 degrees"}
        user = {"role": "user", "content": "Go on."}
        for body in ({"input": "Go on.", "previous_response_id": made["id"]}, {"input": [user, call]},
                     {"input": [call, user]}):
            with self.subTest(body=body):
                error = self.refused(self.ask(**body), 400, param="input")
                self.assertEqual(error["message"], f"No tool output found for function call {id}.")
        self.refused(self.ask(input=[call, call, output]), 400, param="input.1.call_id")
        for body in ({"input": [output, user], "previous_response_id": made["id"]}, {"input": [user, call, output]}):
            self.assertEqual(output_text(self.created(self.ask(**body))), TEXT)

    def test_a_function_call_as_a_stream(self):
        events = self.streamed({"tool_call": CALL}, tools=[FUNCTION])
        kinds = [event["type"] for event in events]
        self.assertIn("response.function_call_arguments.delta", kinds)
        done = next(event for event in events if event["type"] == "response.function_call_arguments.done")
        self.assertEqual(json.loads(done["arguments"]), CALL["arguments"])
        joined = "".join(event["delta"] for event in events if event["type"] == "response.function_call_arguments.delta")
        self.assertEqual(joined, done["arguments"])

    def streamed(self, script=None, text="Say something.", **body):
        reply = self.respond(self.tenant, text, script, stream=True, **body)
        self.assertEqual(reply.status, 200, reply)
        self.assertTrue(reply.headers["content-type"].startswith("text/event-stream"))
        return wire.response_events(reply.events())

    def test_reaching_the_output_cap_is_incomplete(self):
        whole = self.created(self.respond(self.tenant, script={"text": "one two three"}, max_output_tokens=20))
        self.assertEqual((whole["status"], whole["incomplete_details"]), ("completed", None))
        events = self.streamed({"text": "word " * 50}, max_output_tokens=20)
        self.assertEqual(events[-1]["type"], "response.incomplete")
        self.assertEqual(events[-1]["response"]["incomplete_details"], {"reason": "max_output_tokens"})
        self.assertEqual(events[-1]["response"]["status"], "incomplete")

    def test_a_replay_is_the_stream_byte_for_byte(self):
        reply = self.respond(self.tenant, stream=True)
        events = wire.response_events(reply.events())
        id = events[0]["response"]["id"]
        blocks = self.blocks(reply.body)
        whole = self.get(id, "?stream=true")
        self.assertEqual(self.blocks(whole.body), blocks)
        for at in (0, 1, 5, len(events) - 2):
            rest = self.get(id, f"?stream=true&starting_after={at}")
            self.assertEqual(self.blocks(rest.body), blocks[at + 1:], f"after {at}")
            wire.response_events(rest.events(), at + 1)
        self.assertEqual(self.blocks(self.get(id, f"?stream=true&starting_after={len(events) - 1}").body), [])

    @staticmethod
    def blocks(body):
        """The events' bytes, without comments."""
        return [block for block in body.split(b"\n\n") if block and not block.startswith(b":")]

    def test_a_client_that_returns_reads_on(self):
        script = {"mode": "slow", "delay": 0.1, "text": "a b c d e f g h i j k l m n o p"}
        connection, answer, events = self.tenant.http.stream("/v1/responses", {
            "model": "default", "stream": True, "input": f"#mock {json.dumps(script)}"})
        self.assertEqual(answer.status, 200)
        seen = [next(events) for _ in range(9)]
        connection.close()
        answer.close()
        id = json.loads(seen[0][1])["response"]["id"]
        last = json.loads(seen[-1][1])["sequence_number"]
        rest = self.get(id, f"?stream=true&starting_after={last}")
        self.assertEqual(rest.status, 200)
        whole = self.get(id, "?stream=true").events()
        self.assertEqual(seen + rest.events(), whole)
        self.assertEqual(json.loads(whole[-1][1])["response"]["status"], "completed")
        self.assertEqual(output_text(json.loads(whole[-1][1])["response"]), script["text"])

    def test_a_stream_ends_properly_when_its_response_is_deleted(self):
        script = {"mode": "slow", "delay": 0.2, "text": "x " * 300}
        for background in (True, False):
            with self.subTest(background=background):
                connection, answer, events = self.tenant.http.stream("/v1/responses", {
                    "model": "default", "stream": True, "background": background,
                    "input": f"#mock {json.dumps(script)}"})
                seen = [next(events) for _ in range(6)]
                id = json.loads(seen[0][1])["response"]["id"]
                self.ok(self.tenant.call("DELETE", f"/v1/responses/{id}"))
                seen += events
                answer.close()
                connection.close()
                last = wire.response_events(seen)[-1]
                self.assertEqual((last["type"], last["code"]), ("error", "response_deleted"))

    def test_in_the_background(self):
        script = {"mode": "slow", "delay": 0.05}
        made = self.created(self.respond(self.tenant, script=script, background=True))
        self.assertIn(made["status"], ("queued", "in_progress"))
        self.assertEqual(output_text(self.ended(made["id"])), TEXT)

    def test_a_background_run_goes_on_without_its_client(self):
        script = {"mode": "slow", "delay": 0.1}
        connection, answer, events = self.tenant.http.stream("/v1/responses", {
            "model": "default", "stream": True, "background": True, "input": f"#mock {json.dumps(script)}"})
        id = json.loads(next(events)[1])["response"]["id"]
        connection.close()
        answer.close()
        self.assertEqual(self.ended(id)["status"], "completed")

    def test_a_background_run_is_cancelled(self):
        word = marker()
        made = self.created(self.respond(self.tenant, word, {"mode": "slow", "delay": 0.2, "text": "x " * 300},
                                         background=True))
        until(lambda: any(word in json.dumps(each["body"]) for each in self.bh.mock.log), 10, "the call at the upstream")
        stopped = self.created(self.tenant.call("POST", f"/v1/responses/{made['id']}/cancel"))
        self.assertEqual(stopped["status"], "cancelled")
        number = next(each["number"] for each in self.bh.mock.log if word in json.dumps(each["body"]))
        until(lambda: number in self.bh.mock.left, 5, "the upstream's socket closed")
        self.assertEqual(self.ok(self.get(made["id"]))["status"], "cancelled")

    def test_a_foreground_run_is_not_cancelled(self):
        made = self.created(self.respond(self.tenant))
        self.refused(self.tenant.call("POST", f"/v1/responses/{made['id']}/cancel"), 400)

    def test_an_upstream_that_fails_ends_in_failed(self):
        for script in ({"mode": "cut", "bytes": 700}, {"mode": "garbage"}, {"mode": "error"}):
            with self.subTest(script=script):
                events = self.streamed(script)
                self.assertEqual(events[-1]["type"], "response.failed")
                error = events[-1]["response"]["error"]
                self.assertIn(error["code"], ("server_error", "rate_limit_exceeded"))
                self.assertTrue(error["message"])

    def test_a_limit_ends_in_failed_with_its_code(self):
        tenant = self.bh.tenant()
        tenant.limit(budget_month="0")
        for stream in (False, True):
            reply = self.respond(tenant, stream=stream)
            self.refused(reply, 429, "insufficient_quota", of_type="insufficient_quota")
            self.assertEqual(reply.headers["x-should-retry"], "false")
        made = self.ok(self.respond(tenant, background=True))
        ended = until(lambda: (row := self.ok(tenant.call("GET", f"/v1/responses/{made['id']}")))["status"] == "failed" and row,
                      30, "the run's end")
        self.assertEqual(ended["error"]["code"], "insufficient_quota")

    def test_a_file_search_with_results_included(self):
        store = self.store(self.tenant)
        row = self.ingest(self.tenant, store["id"], "The lighthouse keeper is called Wilhelmina.\n\nFog is frequent.")
        self.assertEqual(row["status"], "completed")
        answer = "The lighthouse keeper is called Wilhelmina."
        body = {"tools": [{"type": "file_search", "vector_store_ids": [store["id"]], "max_num_results": 3}],
                "include": ["file_search_call.results"]}
        made = self.created(self.respond(self.tenant, "Who keeps the lighthouse?", {"text": answer}, **body))
        search, message = made["output"]
        self.assertIn("Wilhelmina", search["results"][0]["text"])
        part = message["content"][0]
        self.assertEqual(part["text"], answer)
        self.assertEqual(len(part["annotations"]), 1, part)
        annotation = part["annotations"][0]
        self.assertEqual((annotation["type"], annotation["file_id"]), ("file_citation", row["id"]))
        text = self.ok(self.tenant.call("GET", f"/v1/vector_stores/{store['id']}/files/{row['id']}/content"))
        text = text["data"][0]["text"]
        self.assertIn("Wilhelmina", text[annotation["bulkhead"]["start"]:annotation["bulkhead"]["end"]])
        # A sentence that no passage supports, and one with another number or name, cite nothing.
        for wrong in ("The moon is made of green cheese.", "Penguins live at the south pole in 1911."):
            made = self.created(self.respond(self.tenant, "Who keeps the lighthouse?", {"text": wrong}, **body))
            self.assertEqual(made["output"][-1]["content"][0]["annotations"], [], wrong)

    def test_only_the_supporting_chunk_is_cited(self):
        store = self.store(self.tenant)
        rows = [self.ingest(self.tenant, store["id"], text, name) for name, text in (
            ("a.md", "The north quay was built in 1911 by Ada Brandt."),
            ("b.md", "The mill quay was built in 1954 by Jon Falk."))]
        answer = "The mill quay was built in 1954 by Jon Falk."
        made = self.created(self.respond(self.tenant, "Who built the mill quay?", {"text": answer}, tools=[
            {"type": "file_search", "vector_store_ids": [store["id"]]}]))
        cited = [each["file_id"] for each in made["output"][-1]["content"][0]["annotations"]]
        self.assertEqual(cited, [rows[1]["id"]])

    def test_usage_is_the_rows_of_the_request(self):
        reply = self.respond(self.tenant)
        usage = self.created(reply)["usage"]
        rows = self.tenant.settled(reply.request_id)
        self.assertEqual((usage["input_tokens"], usage["output_tokens"]),
                         (sum(row["prompt_tokens"] for row in rows), sum(row["completion_tokens"] for row in rows)))

    def test_a_foreground_run_waits_for_its_client_and_then_stops(self):
        word = marker()
        script = {"mode": "slow", "delay": 0.2, "text": "x " * 400}
        connection, answer, events = self.tenant.http.stream("/v1/responses", {
            "model": "default", "stream": True, "input": f"{word} #mock {json.dumps(script)}"})
        id = json.loads(next(events)[1])["response"]["id"]
        number = until(lambda: next((each["number"] + 1 for each in self.bh.mock.log
                                     if word in json.dumps(each["body"])), None), 10, "the call at the upstream")
        connection.close()
        answer.close()
        begin = time.monotonic()
        until(lambda: number - 1 in self.bh.mock.left, 25, "the upstream's socket closed")
        self.assertGreater(time.monotonic() - begin, 10)
        self.assertIn(self.ended(id)["status"], ("cancelled", "incomplete", "failed"))


if __name__ == "__main__":
    main()
