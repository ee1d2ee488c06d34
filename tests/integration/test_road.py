# SPDX-License-Identifier: Apache-2.0
"""The whole road with the official client, strict: a document in, a cited answer out, on the real engines."""
import json
import os
import re
import unittest

from base import PlatformTest, main, openai_spec, until, uses_engine, wire

from instance import ROOT, shared_file

HANDBOOK_QUESTION = "In which year was Acme Harbour Services founded?"
UNANSWERABLE = "What is the boiling point of tungsten hexafluoride in kelvin?"
PDF = ("documents", "pdf", "irs-publication-15-2013.pdf")
REQUIRED = {"id", "object", "created_at", "error", "incomplete_details", "instructions", "model", "tools",
            "output", "parallel_tool_calls", "metadata", "tool_choice", "temperature", "top_p"}
SEARCH_EVENTS = ["response.created", "response.in_progress", "response.output_item.added",
                 "response.file_search_call.in_progress", "response.file_search_call.searching",
                 "response.file_search_call.completed", "response.output_item.done",
                 "response.output_item.added", "response.content_part.added"]
END_EVENTS = ["response.output_text.done", "response.content_part.done", "response.output_item.done"]


class Road(PlatformTest):
    """Real engines; the tenant keeps the platform's default models."""

    limit_s = 600

    def setUp(self):
        """The handbook is read once for all the tests."""
        cls = type(self)
        if "file" in cls.__dict__:
            return
        cls.tenant = self.engine_tenant("Acme Road")
        cls.client = cls.tenant.client()
        cls.store = cls.client.vector_stores.create(name="Handbook")
        with open(os.path.join(ROOT, "scripts/sample.md"), "rb") as file:
            cls.file = cls.client.vector_stores.files.upload_and_poll(vector_store_id=cls.store.id, file=file)

    # -- the snippet

    @uses_engine
    @unittest.skipUnless(shared_file(*PDF), "the shared data's PDF is absent")
    def test_the_snippet_as_the_readme_has_it(self):
        client = self.tenant.client(timeout=600)
        with open(shared_file(*PDF), "rb") as document:
            store = client.vector_stores.create(name="Tax guide")
            file = client.vector_stores.files.upload_and_poll(vector_store_id=store.id, file=document)
            hits = client.vector_stores.search(store.id, query="When must I deposit payroll taxes?")
            stream = client.responses.create(model="default", stream=True,
                                             input="When must I deposit payroll taxes?",
                                             tools=[{"type": "file_search", "vector_store_ids": [store.id]}])
            events = list(stream)
        self.assertEqual(file.status, "completed", file.last_error)
        self.assertIsNone(file.last_error)
        self.assertGreater(len(hits.data), 0)
        self.assertIn("deposit", " ".join(hit.content[0].text.lower() for hit in hits.data[:5]))
        # The small model may go on until its cap.
        self.assertIn(events[-1].type, ("response.completed", "response.incomplete"))
        wire.validate(client)
        self.check_stream(client.exchanges[-1], store.id, ("response.completed", "response.incomplete"))
        self.check_citations(client, store.id, client.exchanges[-1])

    # -- the same with the project's own document

    @uses_engine
    def test_the_file_is_completed_and_found(self):
        self.assertEqual(self.file.status, "completed", self.file.last_error)
        kept = self.client.vector_stores.retrieve(self.store.id)
        self.assertEqual(kept.file_counts.completed, 1)
        self.assertEqual(kept.file_counts.total, 1)
        self.assertEqual(kept.status, "completed")
        hits = self.client.vector_stores.search(self.store.id, query=HANDBOOK_QUESTION)
        self.assertIn("1987", hits.data[0].content[0].text)
        self.assertTrue(all(0 <= hit.score <= 1 for hit in hits.data))
        self.assertEqual([hit.score for hit in hits.data], sorted((hit.score for hit in hits.data), reverse=True))
        wire.validate(self.client)
        # Each is cut out of the extracted text by its offsets.
        text = self.text_of(self.store.id, self.file.id)
        for hit in hits.data:
            place = hit.to_dict()["bulkhead"]
            self.assertEqual(hit.content[0].text, text[place["start"]:place["end"]])

    @uses_engine
    def test_nonsense_scores_low_and_a_threshold_rejects_it(self):
        good = self.client.vector_stores.search(self.store.id, query=HANDBOOK_QUESTION).data[0].score
        bad = self.client.vector_stores.search(self.store.id, query="zxqv blorf wibble krunk").data
        self.assertTrue(all(hit.score < good for hit in bad), [hit.score for hit in bad])
        self.assertEqual(self.client.vector_stores.search(
            self.store.id, query="zxqv blorf wibble krunk", ranking_options={"score_threshold": 0.5}).data, [])

    @uses_engine
    def test_an_answer_streams_with_its_citation(self):
        client = self.tenant.client()
        events = list(self.ask(client, HANDBOOK_QUESTION))
        wire.validate(client)
        exchange = client.exchanges[-1]
        # The small model may go on until its cap.
        self.check_stream(exchange, self.store.id, ("response.completed", "response.incomplete"))
        cited = self.check_citations(client, self.store.id, exchange)
        message = events[-1].response.output_text
        if "1987" in message:
            self.assertTrue(cited, f"a sentence taken from the document cites nothing: {message!r}")

    @uses_engine
    def test_a_question_the_document_does_not_answer_cites_nothing(self):
        client = self.tenant.client()
        events = list(self.ask(client, UNANSWERABLE))
        wire.validate(client)
        annotations = [event for event in events if event.type == "response.output_text.annotation.added"]
        self.assertEqual(annotations, [], events[-1].response.output_text)

    @uses_engine
    def test_usage_is_the_rows_of_the_request(self):
        client = self.tenant.client()
        events = list(self.ask(client, HANDBOOK_QUESTION))
        usage = events[-1].response.usage
        rows = self.tenant.settled(client.exchanges[-1].request_id)
        self.assertEqual(usage.input_tokens, sum(row["prompt_tokens"] for row in rows))
        self.assertEqual(usage.output_tokens, sum(row["completion_tokens"] for row in rows))
        self.assertEqual(usage.input_tokens_details.cached_tokens, sum(row["cached_tokens"] for row in rows))
        self.assertEqual(usage.total_tokens, usage.input_tokens + usage.output_tokens)
        self.assertEqual({row["source"] for row in rows}, {"reported"})
        self.assertEqual({row["status"] for row in rows}, {"ok"})

    @uses_engine
    def test_the_model_answers_plainly_too(self):
        client = self.tenant.client()
        answer = client.chat.completions.create(
            model="default", messages=[{"role": "user", "content": "Say hello."}], max_tokens=12, temperature=0)
        vectors = client.embeddings.create(model="default", input=["hello", "world"], encoding_format="float")
        wire.validate(client)
        self.assertTrue(answer.choices[0].message.content)
        self.assertEqual(answer.usage.completion_tokens, self.tenant.settled(client.exchanges[0].request_id)[0]
                         ["completion_tokens"])
        self.assertEqual([len(each.embedding) for each in vectors.data], [384, 384])

    # -- what the checks are made of

    def ask(self, client, question):
        return client.responses.create(
            model="default", stream=True, input=question, max_output_tokens=80, temperature=0,
            tools=[{"type": "file_search", "vector_store_ids": [self.store.id]}])

    def text_of(self, store_id, file_id):
        content = self.ok(self.tenant.call("GET", f"/v1/vector_stores/{store_id}/files/{file_id}/content"))
        self.assertEqual(len(content["data"]), 1)
        return content["data"][0]["text"]

    def check_stream(self, exchange, store_id, ends):
        """The order of events of wire.md's table, and what each must hold."""
        events = wire.response_events(wire.sse(exchange.body))
        kinds = [event["type"] for event in events]
        self.assertEqual(kinds[:len(SEARCH_EVENTS)], SEARCH_EVENTS)
        self.assertEqual(kinds[-4:-1], END_EVENTS)
        self.assertIn(kinds[-1], ends)
        middle = kinds[len(SEARCH_EVENTS):-4]
        self.assertTrue(set(middle) <= {"response.output_text.delta", "response.output_text.annotation.added"}, middle)
        self.assertNotIn("obfuscation", json.dumps(events))
        begun = events[0]["response"]
        self.assertTrue(REQUIRED <= set(begun))
        self.assertEqual((begun["status"], begun["output"]), ("in_progress", []))
        self.assertFalse({"usage", "user"} & set(begun))
        self.assertEqual(begun["tools"][0]["vector_store_ids"], [store_id])
        search, item = events[2]["item"], events[7]["item"]
        self.assertRegex(search["id"], r"^fs_[0-9a-f]{32}$")
        self.assertEqual((search["status"], search["results"]), ("in_progress", None))
        self.assertTrue(all(event["item_id"] == search["id"] for event in events[3:6]))
        self.assertEqual(events[6]["item"]["status"], "completed")
        self.assertTrue(events[6]["item"]["queries"])
        self.assertRegex(item["id"], r"^msg_[0-9a-f]{32}$")
        self.assertEqual((item["role"], item["status"], item["content"]), ("assistant", "in_progress", []))
        text = "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")
        self.assertEqual(events[-4]["text"], text)
        last = events[-1]["response"]
        self.assertEqual(last["id"], begun["id"])
        self.assertEqual([each["id"] for each in last["output"]], [search["id"], item["id"]])
        self.assertEqual(last["output"][1]["content"][0]["text"], text)
        self.assertEqual(last["output"][1], events[-2]["item"])
        self.assertTrue({"input_tokens_details", "output_tokens_details"} <= set(last["usage"]))

    def check_citations(self, client, store_id, exchange):
        """Every annotation cuts its passage, and its sentence, out of the text; their number."""
        events = wire.response_events(wire.sse(exchange.body))
        added = [event for event in events if event["type"] == "response.output_text.annotation.added"]
        part = events[-3]["part"]
        self.assertEqual(part["annotations"], [event["annotation"] for event in added])
        self.assertEqual([event["annotation_index"] for event in added], list(range(len(added))))
        for annotation in part["annotations"]:
            self.assertEqual(annotation["type"], "file_citation")
            self.assertTrue(0 <= annotation["index"] <= len(part["text"]))
            place = annotation["bulkhead"]
            text = self.text_of(store_id, annotation["file_id"])
            self.assertTrue(0 <= place["start"] < place["end"] <= len(text), place)
            passage = text[place["start"]:place["end"]]
            hits = client.vector_stores.search(store_id, query=events[6]["item"]["queries"][0], max_num_results=50)
            self.assertIn(passage, [hit.content[0].text for hit in hits.data])
        return len(part["annotations"])


class Trace(PlatformTest):
    """What a request leaves behind, and for whom: against the scripted upstream."""

    def test_every_request_leaves_its_lines_in_the_audit(self):
        reply = self.respond(self.acme())
        self.ok(reply)
        request = reply.request_id
        until(lambda: {"audit-gateway.jsonl", "audit-model.jsonl"} <=
              {line["file"] for line in self.bh.audit(request)}, 10, "audit lines of gateway and model")
        lines = self.bh.audit(request)
        first = next(line for line in lines if line["file"] == "audit-gateway.jsonl")
        self.assertEqual((first["event"], first["path"], first["status"], first["tenant_id"]),
                         ("response.create", "/v1/responses", 200, self.acme().id))
        self.assertEqual(first["request_id"], request)
        # Whoever asks auth about a key does not know yet whose it is.
        known = [line for line in lines if line["event"] != "auth.exchange"]
        self.assertTrue(all(line.get("tenant_id") == self.acme().id for line in known), lines)
        self.assertNotIn(self.acme().key, json.dumps(lines))

    def test_another_tenant_sees_none_of_it(self):
        stranger = self.other()
        store = self.store(self.acme())["id"]
        file = self.ingest(self.acme(), store, "Tugboats pull ships.")["id"]
        response = self.ok(self.respond(self.acme()))["id"]
        self.assertEqual([row["id"] for row in self.ok(stranger.call("GET", "/v1/vector_stores"))["data"]], [])
        self.assertEqual(self.ok(stranger.call("GET", "/v1/files"))["data"], [])
        for method, path, body in [
                ("GET", f"/v1/vector_stores/{store}", None),
                ("GET", f"/v1/vector_stores/{store}/files/{file}", None),
                ("GET", f"/v1/vector_stores/{store}/files/{file}/content", None),
                ("POST", f"/v1/vector_stores/{store}/search", {"query": "x"}),
                ("GET", f"/v1/files/{file}", None),
                ("GET", f"/v1/files/{file}/content", None),
                ("GET", f"/v1/responses/{response}", None),
                ("GET", f"/v1/responses/{response}/input_items", None),
                ("POST", "/v1/responses", {"model": "default", "input": "x", "tools": [
                    {"type": "file_search", "vector_store_ids": [store]}]})]:
            with self.subTest(method=method, path=path):
                theirs = stranger.call(method, path, body)
                gone = stranger.call(method, self.unknown(path), json.loads(self.unknown(json.dumps(body))))
                self.refused(theirs, 404)
                self.assertEqual(self.blank(theirs), self.blank(gone))

    @staticmethod
    def unknown(text):
        """The same with ids that nobody has."""
        return re.sub(r"((?:file-|vs_|resp_|vsfb_))[0-9a-f]{32}", r"\g<1>" + "0" * 31 + "1", text)

    @staticmethod
    def blank(reply):
        """Status, headers and body without what may differ: ids asked for, request id, time."""
        headers = {name: value for name, value in reply.headers.items() if name not in ("x-request-id", "date")}
        return reply.status, headers, re.sub(rb"[0-9a-f]{32}", b"#", reply.body)


@unittest.skipUnless(openai_spec.available(), "OpenAI's description is absent")
class Validator(unittest.TestCase):
    """The check itself can fail, and takes out its one key only where it may stand."""

    def test_a_missing_key_is_noticed(self):
        with self.assertRaises(AssertionError):
            openai_spec.check("ErrorResponse", {"error": {"message": "m", "type": "t", "param": None}})

    def test_the_extension_is_taken_from_search_results_and_nowhere_else(self):
        page = {"object": "vector_store.search_results.page", "search_query": ["x"], "has_more": False,
                "next_page": None, "data": [{"file_id": "f", "filename": "n", "score": 0.5, "attributes": {},
                                             "content": [{"type": "text", "text": "x"}], "bulkhead": {}}]}
        openai_spec.check("VectorStoreSearchResultsPage", page)
        page["data"][0]["other"] = 1
        with self.assertRaises(AssertionError):
            openai_spec.check("VectorStoreSearchResultsPage", page)

    def test_an_event_without_logprobs_is_noticed(self):
        with self.assertRaises(AssertionError):
            openai_spec.check_event({"type": "response.output_text.delta", "sequence_number": 0, "item_id": "m",
                                     "output_index": 0, "content_index": 0, "delta": "x"})


if __name__ == "__main__":
    main()
