# SPDX-License-Identifier: Apache-2.0
"""Grounding: what of an answer is sent, quoted and marked; against the scripted upstream."""
import json

from base import PlatformTest, main, openai_spec, until

STATED = "The lighthouse keeper of the north harbour tower is called Wilhelmina Brandt."
INVENTED = "Penguins fly."
# The script of the answer is a part of what is asked, and searched for.
QUESTION = "The lighthouse keeper of the north harbour tower, called Wilhelmina."


class Grounding(PlatformTest):
    def setUp(self):
        self.tenant = self.acme()

    def library(self):
        store = self.store(self.tenant)
        row = self.ingest(self.tenant, store["id"], f"{STATED} Her tower is forty metres high.\n\nFog is frequent.")
        return store["id"], row["id"]

    def ask(self, store, question, answer=None, grounding="strict", **body):
        script = None if answer is None else {"text": answer}
        if grounding is not None:
            body["bulkhead"] = {"grounding": grounding}
        if script is not None:
            question = f"{question} #mock {json.dumps(script)}"
        made = self.ok(self.post(input=question, tools=[{"type": "file_search", "vector_store_ids": [store]}], **body))
        openai_spec.check("Response", made)
        return made

    def post(self, **body):
        return self.tenant.call("POST", "/v1/responses", {"model": "default"} | body)

    def part(self, made):
        return made["output"][-1]["content"][0]

    def test_only_what_a_passage_states_is_sent(self):
        store, file = self.library()
        made = self.ask(store, QUESTION, f"{INVENTED} {STATED} {INVENTED}")
        part = self.part(made)
        self.assertEqual(part["text"], STATED)
        self.assertEqual([(each["file_id"], each["index"]) for each in part["annotations"]], [(file, len(STATED))])
        self.assertEqual(made["bulkhead"], {"grounding": "strict", "queries": 1})
        for grounding, cited in (("mark", 1), ("off", 0)):
            part = self.part(self.ask(store, QUESTION, f"{INVENTED} {STATED}", grounding))
            self.assertEqual((part["text"], len(part["annotations"])), (f"{INVENTED} {STATED}", cited))

    def test_where_nothing_is_stated_the_nearest_place_is_quoted(self):
        store, file = self.library()
        for question, answer, begin in ((STATED, INVENTED, "\u201c"), (
                f"{STATED} Frequent fog, forty metres high?", "The documents do not say.", "The documents do not say this directly.")):
            part = self.part(self.ask(store, question, answer))
            self.assertTrue(part["text"].startswith(begin), part["text"])
            self.assertIn(STATED, part["text"])
            [annotation] = part["annotations"]
            self.assertEqual((annotation["file_id"], annotation["index"]), (file, len(part["text"])))
            text = self.ok(self.tenant.call("GET", f"/v1/vector_stores/{store}/files/{file}/content"))["data"][0]["text"]
            place = annotation["bulkhead"]
            self.assertIn(STATED, text[place["quote_start"]:place["quote_end"]])

    def test_what_a_model_thinks_aloud_is_no_answer(self):
        store, _ = self.library()
        for thought in (STATED, f"{INVENTED} " * 8, "", f"{STATED} Fog is frequent. \n"):
            with self.subTest(thought=thought):
                self.bh.mock.scripts["thinks"] = {"text": f"<think>{thought}</think>\n\n{STATED}"}
                part = self.part(self.ask(store, f'{QUESTION} #mock "thinks"'))
                self.assertEqual((part["text"], len(part["annotations"])), (STATED, 1))

    def stopped(self, store, sentences, enough):
        """The Response to a model that would say all these, of which it has said `enough` and a word."""
        self.bh.mock.scripts["stepped"] = {"mode": "stepped", "text": " ".join(sentences)}
        words = len(" ".join(sentences[:enough]).split(" ")) + 1
        for _ in range(words):
            self.bh.mock.step()
        made = self.ask(store, f'{QUESTION} #mock "stepped"')
        self.assertEqual((made["status"], made["usage"]["output_tokens"]), ("completed", words))
        self.assertEqual(made["output"][-1]["status"], "completed")
        return made

    def test_a_model_of_which_nothing_more_can_come_is_stopped(self):
        rambling = [f"Penguin {name} sleeps on the moon." for name in ("Anna", "Bert", "Carl", "Dora", "Emil", "Fred")]
        repeating = [INVENTED] * 8
        for sentences, enough, begin in ((rambling, 4, "\u201c"), ([STATED] + rambling, 4, STATED), (repeating, 3, "\u201c"),
                                         ([STATED] * 8, 3, STATED)):
            with self.subTest(sentences=sentences):
                left, tenant = len(self.bh.mock.left), self.bh.tenant()
                self.tenant = tenant
                store, _ = self.library()
                made = self.stopped(store, sentences, enough)
                self.assertTrue(self.part(made)["text"].startswith(begin), self.part(made)["text"])
                self.assertEqual(self.part(made)["text"].count(STATED), 1)
                until(lambda: len(self.bh.mock.left) > left, 10, "the upstream's socket closed")
                row = until(lambda: [row for row in tenant.usage() if row["kind"] == "chat"], 20, "the row of the call")[0]
                self.assertEqual((row["status"], row["source"], row["prompt_tokens"], row["completion_tokens"]),
                                 ("cut", "reported", made["usage"]["input_tokens"], made["usage"]["output_tokens"]))

    def test_a_sentence_without_end_is_stopped(self):
        store, _ = self.library()
        self.bh.mock.scripts["loop"] = {"mode": "slow", "delay": 0.02, "text": "Penguins" + " waddle on" * 200}
        made = self.ask(store, f'{QUESTION} #mock "loop"')
        self.assertEqual(made["status"], "completed")
        self.assertLess(made["usage"]["output_tokens"], 200)

    def test_one_that_does_not_tell_its_usage_is_read_to_its_end(self):
        store, _ = self.library()
        text = " ".join(f"Penguin number {at} sleeps." for at in range(9))
        self.bh.mock.scripts["late"] = {"text": text, "late_usage": True}
        made = self.ask(store, f'{QUESTION} #mock "late"')
        self.assertEqual((made["status"], made["usage"]["output_tokens"]), ("completed", len(text.split(" "))))

    def test_a_cap_that_takes_nothing_from_the_answer_leaves_it_complete(self):
        store, _ = self.library()
        for text, words, status in ((f"{INVENTED} {INVENTED[:-1]} and swim well.", 5, "completed"),
                                    (f"{INVENTED} {STATED}", 10, "incomplete"), (f"{STATED} {STATED}", 20, "incomplete"),
                                    ("Penguins fly in summer and in winter.", 4, "incomplete")):
            with self.subTest(text=text):
                self.bh.mock.scripts["capped"] = {"text": text}
                made = self.ask(store, f'{STATED} #mock "capped"', max_output_tokens=words)
                self.assertEqual((made["status"], made["output"][-1]["status"]), (status, status))
                self.assertEqual(made["incomplete_details"], None if status == "completed" else {"reason": "max_output_tokens"})

    def test_what_stands_beside_a_passage_is_cited_where_it_stands(self):
        store = self.store(self.tenant)["id"]
        beside = [f"Fog number {at} was reported by the seventh pilot of Quay {at}." for at in range(40)]
        file = self.ingest(self.tenant, store, "# Harbour\n\n" + " ".join(beside[:20] + [STATED] + beside[20:]), chunking_strategy={
            "type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 30}})["id"]
        path = f"/v1/vector_stores/{store}/files/{file}"
        text = self.ok(self.tenant.call("GET", f"{path}/content"))["data"][0]["text"]
        chunks = {row["id"]: row for row in self.ok(self.tenant.call("GET", f"{path}/chunks?limit=100"))["data"]}
        said = [beside[15], STATED, beside[26]]
        self.bh.mock.scripts["beside"] = {"text": " ".join(said)}
        made = self.ok(self.post(input=f'{QUESTION} #mock "beside"', bulkhead={"grounding": "mark"}, include=["file_search_call.results"],
                                 tools=[{"type": "file_search", "vector_store_ids": [store], "max_num_results": 1}]))
        [hit] = made["output"][0]["results"]
        self.assertTrue(all(sentence not in hit["text"] for sentence in (said[0], said[2])), hit["text"])
        places = [each["bulkhead"] for each in self.part(made)["annotations"]]
        self.assertEqual([text[place["quote_start"]:place["quote_end"]] for place in places], said)
        for place in places:
            chunk = chunks[place["chunk_id"]]
            self.assertEqual((place["start"], place["end"]), (chunk["start"], chunk["end"]))
            self.assertTrue(place["start"] <= place["quote_start"] < place["end"])
        self.assertEqual(len({place["chunk_id"] for place in places}), 3)
        # The model read it once, with what stands around.
        asked = [request["body"]["messages"][-1]["content"] for request in self.bh.mock.log if "messages" in (request["body"] or {})]
        [prompt] = [text for text in asked if '#mock "beside"' in text]
        self.assertTrue(all(prompt.count(sentence) == 1 for sentence in said), prompt)

    def test_where_nothing_is_found_the_answer_says_so_without_the_model(self):
        store = self.store(self.tenant)["id"]
        asked = len(self.bh.mock.log)
        for question, said in (("Where do penguins live?", "The documents do not say anything about this."),
                               ("Wo leben die Pinguine?", "Die Dokumente sagen dazu nichts."),
                               ("Où vivent les manchots ?", "Les documents ne disent rien à ce sujet."),
                               ("Где живут пингвины?", "В документах об этом ничего не сказано."),
                               ("أين تعيش البطاريق؟", "لا تذكر المستندات شيئًا عن هذا الأمر.")):
            made = self.ask(store, question)
            self.assertEqual((self.part(made)["text"], self.part(made)["annotations"]), (said, []))
            self.assertEqual(made["usage"]["total_tokens"], 0)
        self.assertEqual([each for each in self.bh.mock.log[asked:] if "messages" in each["body"]], [])

    def test_a_quotation_has_the_marks_of_the_questions_language(self):
        store, _ = self.library()
        for question, begin, end in (("Wilhelmina Brandt, lighthouse keeper, north harbour tower : qui est-ce ?", "«\u202f", "\u202f»"),
                                     ("¿Quién es la lighthouse keeper Wilhelmina Brandt, north harbour tower?", "«", "»")):
            self.bh.mock.scripts["invented"] = {"text": INVENTED}
            text = self.part(self.ask(store, f'{question} #mock "invented"'))["text"]
            self.assertIn(f"{begin}{STATED}{end}", text)

    def test_a_stream_holds_sentences_back_and_keeps_the_order_of_events(self):
        store, _ = self.library()
        body = {"model": "default", "input": f"{QUESTION} #mock " + json.dumps(
            {"text": f"{INVENTED} {STATED}"}), "tools": [{"type": "file_search", "vector_store_ids": [store]}],
            "extra_body": {"bulkhead": {"grounding": "strict"}}}
        with self.tenant.client().responses.stream(**body) as stream:
            events = list(stream)
        kinds = [event.type for event in events]
        text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
        self.assertEqual(text, STATED)
        order = ["response.content_part.added", "response.output_text.delta",
                 "response.output_text.annotation.added", "response.output_text.done", "response.completed"]
        self.assertEqual(sorted(order, key=kinds.index), order)

    def test_the_tenants_default_holds_where_the_request_does_not_say(self):
        store, _ = self.library()
        self.assertEqual(self.ask(store, QUESTION, INVENTED, None)["bulkhead"]["grounding"], "mark")
        try:
            self.assertEqual(self.bh.cli("tenant", "set", self.tenant.id, "--grounding", "strict")["grounding"], "strict")
            made = self.ask(store, STATED, INVENTED, None)
            self.assertEqual(made["bulkhead"]["grounding"], "strict")
            self.assertIn(STATED, self.part(made)["text"])
            # Sentences of JSON are not checked.
            form = {"format": {"type": "json_object"}}
            self.assertEqual(self.ask(store, "Tell.", "{}", None, text=form)["bulkhead"]["grounding"], "mark")
        finally:
            self.assertIsNone(self.bh.cli("tenant", "set", self.tenant.id, "--grounding", "default")["grounding"])

    def test_what_cannot_be_is_refused(self):
        store = self.store(self.tenant)["id"]
        tools = [{"type": "file_search", "vector_store_ids": [store]}]
        for body, param in (({"bulkhead": {"grounding": "loose"}}, "bulkhead.grounding"),
                            ({"bulkhead": {"queries": 5}}, "bulkhead.queries"),
                            ({"bulkhead": {"strict": True}}, "bulkhead.strict"),
                            ({"bulkhead": {"grounding": "strict"}, "text": {"format": {"type": "json_object"}}},
                             "bulkhead.grounding")):
            self.refused(self.post(input="Hi.", tools=tools, **body), 400, param=param)

    def test_a_follow_up_is_searched_for_with_what_was_asked_before(self):
        store, _ = self.library()
        first = self.ask(store, QUESTION)
        made = self.ask(store, "How high is she?", previous_response_id=first["id"])
        self.assertEqual(made["output"][0]["queries"], ["How high is she? lighthouse keeper north harbour tower called Wilhelmina Brandt"])
        made = self.ok(self.post(input="Who keeps it? How high is the tower?", bulkhead={"queries": 3}, tools=[
            {"type": "file_search", "vector_store_ids": [store]}]))
        self.assertEqual(made["output"][0]["queries"][1:], ["Who keeps it?", "How high is the tower?"])


if __name__ == "__main__":
    main()
