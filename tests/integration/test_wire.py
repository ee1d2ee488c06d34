# SPDX-License-Identifier: Apache-2.0
"""The wire: answers of upstreams that differ, refusals with a status, file names, HEAD, pages of other origins."""
import json

import openai

from base import OPERATORS_ORIGIN, PlatformTest, main, marker, openai_spec, until, wire

NAMES = ("f", "g")
TOOLS = [{"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {}}}} for name in NAMES]
FLAT = [{"type": "function", "name": name, "parameters": {"type": "object", "properties": {}}} for name in NAMES]


def call(name, arguments, **more):
    return more | {"type": "function", "function": {"name": name, "arguments": arguments}}


def delta(value, reason=None):
    return {"id": "theirs", "object": "chat.completion.chunk", "created": 1, "model": "theirs",
            "choices": [{"index": 0, "delta": value, "finish_reason": reason}]}


def whole(message, reason="stop"):
    return {"id": "theirs", "object": "chat.completion", "created": 1, "model": "theirs",
            "choices": [{"index": 0, "message": {"role": "assistant"} | message, "finish_reason": reason}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}}


class WireTest(PlatformTest):
    def setUp(self):
        self.tenant = self.acme()

    def events(self, *events, **script):
        """The official client's chunks of a stream that the upstream sends so."""
        client = self.tenant.client()
        chunks = list(client.chat.completions.create(
            model="default", stream=True, tools=TOOLS,
            messages=[{"role": "user", "content": "#mock " + json.dumps({"mode": "raw", "events": events} | script)}]))
        wire.validate(client)
        return chunks

    def told(self, *events, **script):
        """What the client's own accumulation makes of it: text, calls, reasons."""
        text, calls, reasons = "", {}, []
        for chunk in self.events(*events, **script):
            for choice in chunk.choices:
                text += choice.delta.content or ""
                for part in choice.delta.tool_calls or []:
                    at = calls.setdefault(part.index, ["", "", ""])
                    for i, value in enumerate((part.id, part.function.name, part.function.arguments)):
                        at[i] += value or ""
                reasons += [choice.finish_reason] if choice.finish_reason else []
        self.assertEqual(sorted(calls), list(range(len(calls))))
        return text, [tuple(calls[i][1:]) for i in sorted(calls)], reasons

    def answer(self, message, reason="stop", **script):
        reply = self.chat(self.tenant, "", {"mode": "raw", "type": "application/json", "raw": json.dumps(whole(message, reason))} | script,
                          tools=TOOLS)
        answer = self.ok(reply)
        openai_spec.check("CreateChatCompletionResponse", answer)
        return answer["choices"][0]

    def response(self, *events, done=True, **body):
        return self.respond(self.tenant, "", {"mode": "raw", "events": events, "done": done}, **body)

    def made(self, *events, **body):
        made = self.ok(self.response(*events, **body))
        openai_spec.check("Response", made)
        return made


class Upstreams(WireTest):
    def test_calls_are_told_apart_however_they_are_numbered(self):
        one, two = call("f", '{"x":1}', id="call_a"), call("g", '{"y":2}', id="call_b")
        want = [("f", '{"x":1}'), ("g", '{"y":2}')]
        for events in ([delta({"role": "assistant", "tool_calls": [one, two]})],
                       [delta({"tool_calls": [one]}), delta({"tool_calls": [two]})],
                       [delta({"tool_calls": [{"index": 0} | one]}), delta({"tool_calls": [{"index": 0} | two]})],
                       [delta({"tool_calls": [{"index": 1} | one]}), delta({"tool_calls": [{"index": 2} | two]})],
                       [delta({"tool_calls": [call("f", {"x": 1}), call("g", {"y": 2})]})]):
            for end in ("tool_calls", "stop", "STOP"):
                with self.subTest(events=events, end=end):
                    text, calls, reasons = self.told(*events, delta({}, end))
                    self.assertEqual((text, [(name, json.loads(value)) for name, value in calls], reasons),
                                     ("", [(name, json.loads(value)) for name, value in want], ["tool_calls"]))
            made = self.made(*events, delta({}, "tool_calls"), tools=FLAT)
            got = [(item["name"], json.loads(item["arguments"])) for item in made["output"]]
            self.assertEqual(got, [(name, json.loads(value)) for name, value in want])
            self.assertEqual(len({item["call_id"] for item in made["output"]}), 2)

    def test_arguments_are_always_json_text(self):
        for sent, want in (({"x": 1}, {"x": 1}), ("", {}), (None, {}), ('{"x":1}', {"x": 1}), ({}, {})):
            with self.subTest(sent=sent):
                got = self.answer({"content": "", "tool_calls": [call("f", sent, id="c")]})
                self.assertEqual((json.loads(got["message"]["tool_calls"][0]["function"]["arguments"]), got["finish_reason"]),
                                 (want, "tool_calls"))
                self.assertIsNone(got["message"]["content"])
                _, calls, _ = self.told(delta({"tool_calls": [call("f", sent, index=0, id="c")]}), delta({}, "tool_calls"))
                self.assertEqual([(name, json.loads(value)) for name, value in calls], [("f", want)])
                made = self.made(delta({"tool_calls": [call("f", sent, index=0, id="c")]}), delta({}, "stop"), tools=FLAT)
                self.assertEqual([json.loads(item["arguments"]) for item in made["output"]], [want])

    def test_content_in_parts_becomes_text(self):
        parts = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Oslo"}, {"type": "text", "text": " it is"}]
        self.assertEqual(self.answer({"content": parts})["message"]["content"], "Oslo it is")
        self.assertEqual(self.told(delta({"content": parts}), delta({}, "stop"))[0], "Oslo it is")
        made = self.made(delta({"content": parts}), delta({}, "stop"))
        self.assertEqual(made["output"][0]["content"][0]["text"], "Oslo it is")

    def test_how_an_answer_ended(self):
        for sent, want in (("stop", "stop"), ("eos", "stop"), ("MAX_TOKENS", "length"), ("content_filter", "content_filter"),
                           ("tool_calls", "stop"), ("", "stop")):
            with self.subTest(sent=sent):
                self.assertEqual(self.answer({"content": "a"}, sent)["finish_reason"], want)
                self.assertEqual(self.told(delta({"content": "a"}, ""), delta({}, sent))[2], [want])

    def test_an_answer_that_told_its_end_is_whole(self):
        for script in ({"done": False}, {"done": False, "cut": True}):
            with self.subTest(script=script):
                self.assertEqual(self.told(delta({"content": "hi"}), delta({}, "stop"), **script)[0::2], ("hi", ["stop"]))
        self.assertEqual(self.made(delta({"content": "hi"}), delta({}, "stop"), done=False)["status"], "completed")
        # The last event without its empty line, and an end mark alone.
        raw = f"data: {json.dumps(delta({'content': 'hi'}))}\n\ndata: {json.dumps(delta({}, 'stop'))}"
        self.assertEqual(self.told(raw=raw, events=[])[0::2], ("hi", ["stop"]))
        self.assertEqual(self.told(delta({"content": "hi"}))[0::2], ("hi", ["stop"]))
        with self.assertRaises(openai.APIError):
            self.told(delta({"content": "hi"}), done=False)
        self.assertEqual(self.response(delta({"content": "hi"}), done=False).json()["status"], "failed")

    def test_an_answer_of_the_other_kind_than_was_asked_for(self):
        text, calls, reasons = self.told(raw=json.dumps(whole({"content": "one piece"})), type="application/json")
        self.assertEqual((text, calls, reasons), ("one piece", [], ["stop"]))
        got = self.answer({}, raw=f"data: {json.dumps(delta({'content': 'streamed'}))}\n\ndata: {json.dumps(delta({}, 'stop'))}\n\n",
                          type="text/event-stream")
        self.assertEqual(got["message"]["content"], "streamed")

    def test_an_error_in_place_of_an_answer_has_a_status(self):
        for error, status, code in (({"message": "slow down", "code": 429}, 429, "upstream_rate_limited"),
                                    ({"message": "the prompt is too long: 9 > 8", "code": 400}, 400, "context_length_exceeded"),
                                    ({"message": "no such voice", "code": 422}, 400, "invalid_value"),
                                    ("overloaded", 502, "upstream_error")):
            script = {"mode": "raw", "raw": f"data: {json.dumps({'error': error})}\n\n"}
            with self.subTest(error=error):
                self.refused(self.chat(self.tenant, "", script, stream=True), status, code)
                self.refused(self.respond(self.tenant, "", script), status, code)
                script = {"mode": "raw", "raw": json.dumps({"error": error}), "type": "application/json"}
                self.refused(self.chat(self.tenant, "", script), status, code)

    def test_the_reason_of_a_refusal_is_told(self):
        word = "unsupported guided grammar"
        for status, body in ((422, {"detail": [{"loc": ["body", "x", 0], "msg": word}]}), (400, {"object": "error", "message": word}),
                             (422, {"detail": word}), (400, {"error": word}), (400, {"error": {"message": word}}),
                             (400, {"errors": [{"message": word}]}), (400, [{"error": {"message": word}}]),
                             (415, {"msg": word}), (413, {"error": {"message": {"message": word}}}), (400, {"detail": {"message": word}})):
            with self.subTest(body=body):
                script = {"mode": "status", "status": status, "body": body}
                for reply in (self.chat(self.tenant, "", script), self.chat(self.tenant, "", script, stream=True),
                              self.respond(self.tenant, "", script)):
                    self.assertIn(word, self.refused(reply, 400)["message"])

    def test_a_cap_has_the_name_that_the_client_used_and_then_the_other(self):
        for name, other in (("max_tokens", "max_completion_tokens"), ("max_completion_tokens", "max_tokens")):
            word = marker()
            self.ok(self.chat(self.tenant, word, **{name: 9}))
            sent = [request["body"] for request in self.bh.mock.log if word in json.dumps(request["body"])]
            self.assertEqual([(name in body, other in body) for body in sent], [(True, False)])
            word = marker()
            answer = self.ok(self.chat(self.tenant, word, {"mode": "picky", "refused": name}, **{name: 3}))
            self.assertEqual(answer["choices"][0]["finish_reason"], "length")
            sent = [request["body"] for request in self.bh.mock.log if word in json.dumps(request["body"])]
            self.assertEqual([(body.get(name), body.get(other)) for body in sent], [(3, None), (None, 3)])
        made = self.ok(self.respond(self.tenant, "", {"mode": "picky", "refused": "max_completion_tokens"}, max_output_tokens=3))
        self.assertEqual((made["status"], made["incomplete_details"]), ("incomplete", {"reason": "max_output_tokens"}))


class Responses(WireTest):
    def test_a_filter_and_a_cap_are_told_apart(self):
        for reason, want in (("content_filter", "content_filter"), ("length", "max_output_tokens")):
            made = self.made(delta({"content": "abc"}), delta({}, reason))
            self.assertEqual((made["status"], made["incomplete_details"]), ("incomplete", {"reason": want}))

    def test_a_refusal_is_kept(self):
        events = delta({"refusal": "I must"}), delta({"refusal": " decline."}), delta({}, "stop")
        made = self.made(*events)
        self.assertEqual(made["output"][0]["content"], [{"type": "refusal", "refusal": "I must decline."}])
        self.assertEqual(self.ok(self.tenant.call("GET", f"/v1/responses/{made['id']}"))["output"], made["output"])
        pairs = self.response(*events, stream=True).events()
        told = wire.response_events(pairs)
        self.assertEqual([event["type"] for event in told if "refusal." in event["type"]],
                         ["response.refusal.delta", "response.refusal.delta", "response.refusal.done"])
        self.assertEqual(told[-1]["response"]["output"][0]["content"], made["output"][0]["content"])
        # The client sends it back with its next question.
        self.ok(self.respond(self.tenant, "Why?", previous_response_id=made["id"]))

    def test_no_limit_is_set_that_nobody_asked_for(self):
        word = marker()
        made = self.ok(self.respond(self.tenant, word))
        sent = next(request["body"] for request in self.bh.mock.log if word in json.dumps(request["body"]))
        self.assertIsNone(made["max_output_tokens"])
        self.assertEqual({name for name in sent if name.startswith("max_")}, set())

    def test_a_refusal_before_the_first_word_has_the_status_of_a_chat(self):
        for script, status, code in (
                ({"status": 400, "body": {"error": {"message": "maximum context length is 10", "code": "context_length_exceeded"}}},
                 400, "context_length_exceeded"),
                ({"status": 400, "body": {"error": {"message": "bad"}}}, 400, "invalid_value"),
                ({"status": 429, "headers": {"retry-after": "7"}}, 429, "upstream_rate_limited"),
                ({"status": 500}, 502, "upstream_error")):
            script = {"mode": "status"} | script
            with self.subTest(script=script):
                chat = self.chat(self.tenant, "", script)
                for reply in (self.respond(self.tenant, "", script), self.respond(self.tenant, "", script, stream=True)):
                    error = self.refused(reply, status, code)
                    self.assertEqual(error["message"], chat.error["message"])
                    for name in ("retry-after", "retry-after-ms", "x-should-retry"):
                        self.assertEqual(reply.headers.get(name), chat.headers.get(name), name)
        with self.assertRaises(openai.BadRequestError):
            self.tenant.client().responses.create(model="default", input='#mock {"mode": "status", "status": 400}')

    def test_in_the_background_and_after_the_first_word_it_ends_as_failed(self):
        made = self.ok(self.respond(self.tenant, "", {"mode": "status", "status": 400}, background=True))

        def ended():
            row = self.ok(self.tenant.call("GET", f"/v1/responses/{made['id']}"))
            return row if row["status"] not in ("queued", "in_progress") else None
        row = until(ended, 30, "the run's end")
        self.assertEqual((row["status"], row["error"]["code"]), ("failed", "invalid_prompt"))
        reply = self.respond(self.tenant, "", {"mode": "cut", "bytes": 700})
        self.assertEqual(self.ok(reply)["status"], "failed")

    def test_a_refused_request_may_be_repeated_with_its_key(self):
        key = {"Idempotency-Key": marker()}
        body = {"model": "default", "input": '#mock {"mode": "status", "status": 429}'}
        for _ in range(2):
            reply = self.tenant.call("POST", "/v1/responses", body, headers=key)
            self.refused(reply, 429)
            self.assertNotIn("idempotent-replayed", reply.headers)

    def test_a_response_that_is_not_stored_is_refused_too(self):
        reply = self.respond(self.tenant, "", {"mode": "status", "status": 400}, store=False)
        self.refused(reply, 400)


class Names(WireTest):
    def upload_as(self, disposition):
        body = (b'--X\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nassistants\r\n--X\r\n'
                b'Content-Disposition: form-data; name="file"; ' + disposition +
                b"\r\nContent-Type: text/plain\r\n\r\nThe dog ran to Bergen.\r\n--X--\r\n")
        return self.tenant.call("POST", "/v1/files", body, content_type="multipart/form-data; boundary=X")

    def test_an_encoded_file_name_counts(self):
        star = b"filename*=UTF-8''%E6%8A%A5%E5%91%8A.txt"
        for disposition in (star, b'filename="=?utf-8?B?5oql5ZGKLnR4dA==?="; ' + star, star + b'; filename="??.txt"',
                            b'filename="\xe4\xe4.txt"; ' + star):
            with self.subTest(disposition=disposition):
                file = self.ok(self.upload_as(disposition))
                self.assertEqual(file["filename"], "报告.txt")
        self.assertEqual(self.ok(self.upload_as(b"filename=a.txt; filename*=UTF-8''%zz"))["filename"], "a.txt")
        long = "%C3%A4" * 125 + ".txt"
        self.assertEqual(self.ok(self.upload_as(f"filename*=UTF-8''{long}".encode()))["filename"], "ä" * 125 + ".txt")
        for disposition in (b"filename*=UTF-8''%zz", b"filename*=UTF-8''" + b"%C3%A4" * 128):
            self.refused(self.upload_as(disposition), 400)

    def test_head_is_answered_wherever_get_is(self):
        file = self.upload(self.tenant, "Some text.")
        made = self.ok(self.respond(self.tenant))
        for path in ("/v1/models", "/v1/files", f"/v1/files/{file['id']}", f"/v1/files/{file['id']}/content",
                     f"/v1/responses/{made['id']}", f"/v1/responses/{made['id']}?stream=true", "/api/auth/me", "/api/limits",
                     "/.well-known/jwks.json"):
            with self.subTest(path=path):
                head, get = (self.tenant.call(method, path) for method in ("HEAD", "GET"))
                self.assertEqual((head.status, head.body), (get.status, b""))
                for name in ("content-type", "content-disposition"):
                    self.assertEqual(head.headers.get(name), get.headers.get(name))
                self.assertIn(head.headers.get("content-length"), (get.headers.get("content-length"), None))
        self.assertEqual(self.tenant.call("HEAD", "/v1/files/file-" + "0" * 32).status, 404)
        self.assertEqual(self.tenant.call("HEAD", "/v1/chat/completions").status, 405)
        self.assertEqual(wire.Http(self.bh.address).call("HEAD", "/v1/models").status, 401)


class Pages(WireTest):
    """The platform of these tests has gateway.cors with one origin and the word tenants."""

    def origin_of(self, reply):
        return reply.headers.get("access-control-allow-origin")

    def ask(self, tenant, origin, path="/v1/models"):
        return self.origin_of(tenant.call("GET", path, headers={"Origin": origin}))

    def test_a_tenant_decides_on_its_own_credentials(self):
        ours, theirs = "https://app.acme.example", "https://app.other.example"
        self.assertEqual(self.ask(self.tenant, OPERATORS_ORIGIN), OPERATORS_ORIGIN)
        self.assertIsNone(self.ask(self.tenant, ours))
        shown = self.bh.cli("cors", "set", ours, "http://localhost:3000", "--tenant", self.tenant.id)
        self.assertEqual(shown, {"object": "cors", "origins": [ours, "http://localhost:3000"]})
        self.assertEqual(self.bh.cli("cors", "list", "--tenant", self.tenant.id), shown)
        self.bh.cli("cors", "set", theirs, "--tenant", self.other().id)
        self.assertEqual((self.ask(self.tenant, ours), self.ask(self.tenant, theirs)), (ours, None))
        self.assertEqual((self.ask(self.other(), ours), self.ask(self.other(), theirs)), (None, theirs))
        # Errors, streams and refusals of the gateway too.
        script = {"mode": "status", "status": 400}
        for body in ({"stream": True}, {"input": "#mock " + json.dumps(script)}):
            reply = self.tenant.call("POST", "/v1/responses", {"model": "default", "input": "x"} | body, headers={"Origin": ours})
            self.assertEqual(self.origin_of(reply), ours)
        self.assertEqual(self.ask(self.tenant, ours, "/v1/files/file-x"), ours)
        # What is taken away counts from the next request on.
        self.bh.cli("cors", "set", "none", "--tenant", self.tenant.id)
        self.assertIsNone(self.ask(self.tenant, ours))
        self.assertEqual(self.bh.cli("cors", "list", "--tenant", self.tenant.id)["origins"], [])

    def test_an_administrator_sets_them_and_others_do_not(self):
        key = self.tenant.new_key("cors:write", "cors:read", "chat:write")["key"]
        http = wire.Http(self.bh.address, key)
        self.assertEqual(self.ok(http.call("PUT", "/api/cors", {"origins": ["https://a.example"] * 3}))["origins"], ["https://a.example"])
        self.assertEqual(self.ok(http.call("GET", "/api/cors"))["origins"], ["https://a.example"])
        self.refused(self.tenant.call("PUT", "/api/cors", {"origins": []}), 403)
        for origins, param in ((["*"], "origins.0"), (["https://a.example", "null"], "origins.1"), (["https://a.example/"], "origins.0"),
                               (["https://a.example\r\nx: y"], "origins.0"), (["https://" + "a" * 250], "origins.0"),
                               ([f"https://{i}.example" for i in range(33)], "origins"), ("https://a.example", "origins"),
                               ([f"https://{'a' * 200}{i}.example" for i in range(12)], "origins")):
            with self.subTest(param=param):
                self.refused(http.call("PUT", "/api/cors", {"origins": origins}), 400, param=param)
        self.assertEqual(self.ok(http.call("GET", "/api/cors"))["origins"], ["https://a.example"])
        self.assertNotEqual(self.bh.run("cors", "set", "*", "--tenant", self.tenant.id).returncode, 0)

    def test_the_longest_list_works(self):
        origins = [f"https://{'a' * 40}{i:02}.example" for i in range(32)]
        self.bh.cli("cors", "set", *origins, "--tenant", self.other().id)
        self.assertEqual(self.ask(self.other(), origins[31]), origins[31])

    def test_a_preflight_has_no_credential(self):
        preflight = wire.Http(self.bh.address).call("OPTIONS", "/v1/chat/completions", headers={
            "Origin": "https://anybody.example", "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,x-stainless-os"})
        self.assertEqual((preflight.status, self.origin_of(preflight)), (204, "https://anybody.example"))
        self.assertIn("x-stainless-os", preflight.headers["access-control-allow-headers"])
        self.assertEqual(wire.Http(self.bh.address).call("OPTIONS", "/v1/chat/completions").status, 405)


if __name__ == "__main__":
    main()
