# SPDX-License-Identifier: Apache-2.0
"""Rerank models: the endpoint, what its upstreams may not do, and what is paid for it."""
import math
import uuid

from base import PlatformTest, main, until
from instance import CommandFailed, Instance

QUERY = "how deep is the harbour of riga"
TEXTS = ["Cranes lift containers.", "The harbour of Riga is deep.", "How deep is the lake?"]
ORDER = [1, 2, 0]
SCORES = [6 / 7, 4 / 7, 0]  # the scripted upstream's: the share of the query's words
WORDS = sum(len(f"{QUERY} {text}".split()) for text in TEXTS)
ESTIMATE = sum(len(QUERY) // 4 + 2 + len(text) // 4 + 2 for text in TEXTS)
PRICE_IN, PRICE_UNIT = 3, 2000  # of a million


class RerankTest(PlatformTest):
    """A platform of its own, without engines."""

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false", rag_rerank_ms="1500",
                          rag_rerank_auto="true", rag_rerank_depth="20")
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.mock = cls.bh.mock

    def setUp(self):
        self.mock.rerank_mode, self.mock.rerank_script, self.mock.rerank_units = "plain", [], 1
        self.tenant = self.bh.tenant()
        self.model = self.add()

    def tearDown(self):
        self.mock.release()

    def add(self, *words, tenant=None, url=None):
        name = f"rerank-{uuid.uuid4().hex[:8]}"
        self.bh.cli("model", "add", name, "--url", url or self.mock.url + "/v1", "--kind", "rerank", "--price-in",
                    str(PRICE_IN), "--price-out", str(PRICE_UNIT), "--tenant", (tenant or self.tenant).id, *words)
        return name

    def rerank(self, tenant=None, **body):
        return (tenant or self.tenant).call("POST", "/v1/rerank", {
            "model": self.model, "query": QUERY, "documents": TEXTS} | body)

    def sent(self):
        return [entry for entry in self.mock.log if entry["path"].endswith("/rerank")][-1]


class Rerank(RerankTest):
    def test_the_best_documents_come_first_with_their_scores(self):
        answer = self.ok(self.rerank())
        self.assertEqual([row["index"] for row in answer["results"]], ORDER)
        for row, score in zip(answer["results"], SCORES):
            self.assertAlmostEqual(row["relevance_score"], score)
            self.assertNotIn("document", row)
        self.assertEqual((answer["object"], answer["model"]), ("list", self.model))
        self.assertEqual(answer["usage"], {"prompt_tokens": WORDS, "total_tokens": WORDS})
        self.assertEqual(answer["meta"], {"api_version": {"version": "1"}, "billed_units": {"search_units": 1},
                                          "tokens": {"input_tokens": WORDS}})
        self.assertRegex(answer["id"], "^rerank-[0-9a-f]{32}$")

    def test_documents_may_be_objects_and_come_back_when_asked_for(self):
        answer = self.ok(self.rerank(documents=[{"text": text, "title": "x"} for text in TEXTS], top_n=2,
                                     return_documents=True, rank_fields=["text"], max_chunks_per_doc=10))
        self.assertEqual([row["document"] for row in answer["results"]], [{"text": TEXTS[at]} for at in ORDER[:2]])
        self.assertEqual(self.sent()["body"], {"model": self.model, "query": QUERY, "documents": TEXTS, "top_n": 2,
                                               "return_documents": False})
        self.assertEqual(len(self.ok(self.rerank(top_n=50))["results"]), len(TEXTS))

    def test_long_documents_are_cut_to_what_is_asked_for_and_to_what_the_model_reads(self):
        self.ok(self.rerank(documents=["ä" * 5000, "short"], max_tokens_per_doc=100))
        self.assertEqual(self.sent()["body"]["documents"], ["ä" * 152, "short"])
        self.model = self.add("--context", "64")
        self.ok(self.rerank(documents=["word " * 1000, "short"]))
        self.assertLess(len(self.sent()["body"]["documents"][0]), 64 * 4)
        self.refused(self.rerank(query="word " * 100), 400, "context_length_exceeded", "query")

    def test_clients_of_coheres_second_api_find_it_too(self):
        body = {"model": self.model, "query": QUERY, "documents": TEXTS, "max_tokens_per_doc": 4096}
        first, second = (self.ok(self.tenant.call("POST", path, body)) for path in ("/v1/rerank", "/v2/rerank"))
        self.assertEqual(first["results"], second["results"])

    def test_requests_that_are_wrong(self):
        for body, param in (({"documents": []}, "documents"), ({"documents": ["a"] * 1001}, "documents"),
                            ({"documents": "a"}, "documents"), ({"documents": [7]}, "documents.0"),
                            ({"documents": [{"title": "a"}]}, "documents.0.text"), ({"documents": [""]}, "documents.0"),
                            ({"query": ""}, "query"), ({"query": None}, "query"), ({"top_n": 0}, "top_n"),
                            ({"rank_fields": ["title"]}, "rank_fields"), ({"max_tokens_per_doc": 0}, "max_tokens_per_doc"),
                            ({"other": 1}, "other")):
            with self.subTest(body=str(body)[:60]):
                self.refused(self.rerank(**body), 400, param=param)
        for model in ("mock-chat", "mock-embed", "absent", "default"):
            self.refused(self.rerank(model=model), 404, "model_not_found", "model")
        self.refused(self.tenant.call("POST", "/v1/embeddings", {"model": self.model, "input": "x"}), 404)

    def test_each_shape_of_an_upstream_gives_the_same_answer(self):
        for mode in ("plain", "cohere", "data", "array", "unsorted", "no_usage"):
            with self.subTest(mode=mode):
                self.mock.rerank_mode = mode
                answer = self.ok(self.rerank(top_n=2))
                self.assertEqual([row["index"] for row in answer["results"]], ORDER[:2])
                self.assertAlmostEqual(answer["results"][0]["relevance_score"], SCORES[0])

    def test_coheres_second_version_is_asked_in_its_own_words(self):
        self.mock.rerank_mode = "cohere"
        self.model = self.add(url=self.mock.url + "/v2")
        self.ok(self.rerank())
        self.assertEqual(self.sent()["path"], "/v2/rerank")
        self.assertNotIn("return_documents", self.sent()["body"])

    def test_logits_are_told_when_a_model_is_added_and_become_scores(self):
        self.mock.rerank_mode = "logit"
        self.model = self.add()
        answer = self.ok(self.rerank())
        for row, score in zip(answer["results"], SCORES):
            self.assertAlmostEqual(row["relevance_score"], 1 / (1 + math.exp(5 - 10 * score)))
        # Alone it has the score that it had beside others.
        alone = self.ok(self.rerank(documents=[TEXTS[2]]))["results"][0]["relevance_score"]
        self.assertEqual(alone, answer["results"][1]["relevance_score"])

    def test_an_upstream_that_cannot_be_trusted_is_an_error_and_paid_for(self):
        spent = 0
        self.tenant.limit(budget_month="10")
        for mode, tokens, source in (
                ("few", WORDS, "reported"), ("doubled", WORDS, "reported"), ("outside", WORDS, "reported"),
                ("missing", WORDS, "reported"), ("text", WORDS, "reported"), ("beyond", WORDS, "reported"),
                ("garbage", ESTIMATE, "counted"), ("cut", ESTIMATE, "counted"), ("huge", ESTIMATE, "counted")):
            with self.subTest(mode=mode):
                self.mock.rerank_mode = mode
                reply = self.rerank()
                self.refused(reply, 502)
                row = self.tenant.settled(reply.request_id, kind="rerank")[0]
                self.assertEqual((row["status"], row["prompt_tokens"], row["completion_tokens"], row["source"]),
                                 ("failed", tokens, 1, source))
                self.assertEqual(row["cost_nanos"], (tokens * PRICE_IN + PRICE_UNIT) * 1000)
                spent += row["cost_nanos"]
        limits = self.tenant.limits()
        self.assertEqual((round(float(limits["spent"]) * 1e9), float(limits["reserved"])), (spent, 0))

    def test_what_an_upstream_refuses_costs_nothing(self):
        for mode, status in (("away", 503), ("limited", 429), ("refused", 400)):
            with self.subTest(mode=mode):
                self.mock.rerank_mode = mode
                reply = self.rerank()
                self.refused(reply, status)
                row = self.tenant.settled(reply.request_id, kind="rerank")[0]
                self.assertEqual((row["status"], row["prompt_tokens"], row["completion_tokens"], row["cost_nanos"]),
                                 ("failed", 0, 0, 0))

    def test_search_units_are_billed_as_told_or_as_counted(self):
        for mode, told, documents, tokens, units, source in (
                ("cohere", 3, TEXTS, ESTIMATE, 3, "counted"), ("cohere", 500, TEXTS, ESTIMATE, 1, "counted"),
                ("absurd_usage", 0, TEXTS, ESTIMATE, 1, "counted"), ("plain", 0, TEXTS * 34, 34 * WORDS, 2, "reported")):
            with self.subTest(mode=mode, told=told):
                self.mock.rerank_mode, self.mock.rerank_units = mode, told
                reply = self.rerank(documents=documents)
                self.assertEqual(self.ok(reply)["meta"]["billed_units"], {"search_units": units})
                row = self.tenant.settled(reply.request_id, kind="rerank")[0]
                self.assertEqual((row["prompt_tokens"], row["completion_tokens"], row["source"]), (tokens, units, source))
                self.assertEqual(row["cost_nanos"], (tokens * PRICE_IN + units * PRICE_UNIT) * 1000)

    def test_a_budget_and_a_token_limit_are_the_tenants_own(self):
        poor, rich = self.tenant, self.bh.tenant()
        self.model = f"shared-{uuid.uuid4().hex[:8]}"
        self.bh.cli("model", "add", self.model, "--url", self.mock.url + "/v1", "--kind", "rerank", "--price-out", "2000")
        poor.limit(budget_month="0.001")
        before = len(self.mock.log)
        self.refused(self.rerank(tenant=poor), 429, "insufficient_quota")
        self.assertEqual(len(self.mock.log), before)
        self.ok(self.rerank(tenant=rich))
        poor.limit(budget_month="none", tokens_per_minute="50")
        self.ok(self.rerank(tenant=poor, documents=TEXTS * 20))  # the whole burst of a minute
        self.refused(self.rerank(tenant=poor, documents=TEXTS * 20), 429, "rate_limit_exceeded")
        self.ok(self.rerank(tenant=rich, documents=TEXTS * 20))

    def test_a_model_of_another_tenant_is_as_one_that_does_not_exist(self):
        other = self.bh.tenant()
        foreign = self.refused(self.rerank(tenant=other), 404, "model_not_found")
        absent = self.refused(self.rerank(tenant=other, model="absent"), 404, "model_not_found")
        self.assertEqual(foreign, absent)

    def test_a_default_and_a_scope(self):
        self.bh.cli("model", "default", self.model, "--kind", "rerank", "--tenant", self.tenant.id)
        self.assertEqual(self.ok(self.rerank(model="default"))["model"], self.model)
        narrow = self.bh.tenant(scopes=("embeddings:write",))
        self.refused(self.rerank(tenant=narrow), 403)
        self.assertIn(self.model, [row["id"] for row in self.ok(self.tenant.call("GET", "/v1/models"))["data"]])
        self.assertEqual(self.ok(self.tenant.call("GET", f"/v1/models/{self.model}"))["id"], self.model)

    def test_a_model_is_saved_only_if_it_answers_like_a_reranker(self):
        for mode in ("few", "doubled", "garbage", "refused", "text"):
            with self.subTest(mode=mode):
                self.mock.rerank_mode = mode
                with self.assertRaises(CommandFailed):
                    self.add()

    def test_a_call_that_is_sent_again_is_answered_once(self):
        key = {"Idempotency-Key": uuid.uuid4().hex}
        body = {"model": self.model, "query": QUERY, "documents": TEXTS}
        first = self.tenant.call("POST", "/v1/rerank", body, headers=key)
        again = self.tenant.call("POST", "/v1/rerank", body, headers=key)
        self.assertEqual(self.ok(first), self.ok(again))
        until(self.tenant.usage, 30, "the row of the call")
        self.assertEqual(len(self.tenant.usage()), 1)


FILES = {"one.md": "The harbour of Riga is deep.", "two.md": "Riga has a harbour.", "three.md": "Riga is a town.",
         "four.md": "Cranes lift containers."}


class RankedSearch(RerankTest):
    def setUp(self):
        super().setUp()
        self.vector_store = self.store(self.tenant)["id"]
        for name, text in FILES.items():
            self.ingest(self.tenant, self.vector_store, text, name)
        self.mock.rerank_mode = "reverse"

    def find(self, ranker=None, tenant=None, **body):
        options = {"ranking_options": {"ranker": ranker} | body.pop("ranking", {})}
        return (tenant or self.tenant).call("POST", f"/v1/vector_stores/{self.vector_store}/search",
                                            {"query": QUERY} | options | body)

    def page(self, *args, **body):
        return self.ok(self.find(*args, **body))

    @staticmethod
    def names(page):
        return [hit["filename"] for hit in page["data"]]

    def calls(self):
        return [entry for entry in self.mock.log if entry["path"].endswith("/rerank")]

    def test_a_named_reranker_orders_the_hits_by_its_scores(self):
        plain, before = self.page("none"), len(self.calls())
        self.assertNotIn("bulkhead", plain)
        ranked = self.page(self.model)
        self.assertEqual(ranked["bulkhead"], {"reranker": {"model": self.model, "applied": True, "reason": None,
                                                           "passages": len(plain["data"])}})
        scores = [hit["score"] for hit in ranked["data"]]
        self.assertEqual(scores, sorted(scores, reverse=True))
        self.assertEqual(self.names(ranked)[-1], self.names(plain)[0])
        for hit in ranked["data"]:
            self.assertAlmostEqual(hit["score"], 1 - self.mock.relevance(QUERY, hit["content"][0]["text"]))
        self.assertEqual(len(self.calls()), before + 1)
        # A passage's score does not depend on how many others are shown, and the threshold counts by it.
        self.assertEqual(self.page(self.model, max_num_results=2)["data"], ranked["data"][:2])
        least = ranked["data"][1]["score"]
        self.assertEqual(self.page(self.model, ranking={"score_threshold": least})["data"],
                         [hit for hit in ranked["data"] if hit["score"] >= least])

    def test_a_default_is_used_where_no_ranker_is_named(self):
        before = len(self.calls())
        for ranker in (None, "auto", "default-2024-11-15"):
            self.assertNotIn("bulkhead", self.page(ranker))
        self.assertEqual(len(self.calls()), before)
        self.bh.cli("model", "default", self.model, "--kind", "rerank", "--tenant", self.tenant.id)
        for ranker in (None, "auto", "default-2024-11-15", "default_2024_08_21"):
            until(lambda: self.page(ranker).get("bulkhead"), 5, "the default")
            self.assertTrue(self.page(ranker)["bulkhead"]["reranker"]["applied"])
        self.assertNotIn("bulkhead", self.page("none"))

    def test_a_ranker_that_fails_leaves_the_fused_order(self):
        plain = self.page("none")
        for mode, reason in (("away", "service_unavailable"), ("limited", "upstream_rate_limited"),
                             ("refused", "invalid_value"), ("garbage", "upstream_error"), ("few", "upstream_error"),
                             ("doubled", "upstream_error"), ("outside", "upstream_error"), ("beyond", "upstream_error"),
                             ("text", "upstream_error"), ("cut", "upstream_error"), ("hold", "upstream_timeout")):
            with self.subTest(mode=mode):
                self.mock.hold()
                self.mock.rerank_mode = mode
                page = self.page(self.model)
                self.assertEqual(page["data"], plain["data"])
                self.assertEqual(page["bulkhead"]["reranker"], {
                    "model": self.model, "applied": False, "reason": reason, "passages": len(plain["data"])})

    def test_a_budget_that_is_used_up_leaves_the_fused_order(self):
        plain = self.page("none")
        self.tenant.limit(budget_month="0.000001")
        reply = self.find(self.model)
        page = self.ok(reply)
        self.assertEqual(page["data"], plain["data"])
        self.assertEqual(page["bulkhead"]["reranker"]["reason"], "insufficient_quota")
        self.assertEqual([row["kind"] for row in self.tenant.usage(reply.request_id)], [])

    def test_a_reranking_is_paid_by_who_searches(self):
        self.tenant.limit(budget_month="10")
        reply = self.find(self.model)
        sent = self.ok(reply)["bulkhead"]["reranker"]["passages"]
        row = self.tenant.settled(reply.request_id, kind="rerank")[0]
        words = sum(len(f"{QUERY} {text}".split()) for text in self.sent()["body"]["documents"])
        self.assertEqual((row["prompt_tokens"], row["completion_tokens"]), (words, 1))
        self.assertEqual(row["cost_nanos"], (words * PRICE_IN + PRICE_UNIT) * 1000)
        self.assertEqual(sent, len(self.sent()["body"]["documents"]))
        limits = self.tenant.limits()
        self.assertEqual((round(float(limits["spent"]) * 1e9), float(limits["reserved"])), (row["cost_nanos"], 0))

    def test_a_ranker_that_does_not_exist_is_an_error(self):
        other = self.bh.tenant()
        foreign = self.add(tenant=other)
        for ranker in ("absent", "mock-chat", "auto none", "..", "a/b", "a?kind=chat", "%2e%00", "\U0001F600" * 256, foreign):
            with self.subTest(ranker=ranker):
                self.refused(self.find(ranker), 404, "model_not_found", "ranking_options.ranker")

    def test_of_several_queries_each_has_its_passages_read_and_shown(self):
        self.mock.rerank_mode = "plain"
        before = len(self.calls())
        page = self.page(self.model, query=["harbour of Riga is deep", "cranes lift containers"], max_num_results=2)
        self.assertEqual(set(self.names(page)), {"one.md", "four.md"})
        calls = self.calls()[before:]
        self.assertEqual([call["body"]["query"] for call in calls], page["search_query"])
        self.assertEqual(sum(len(call["body"]["documents"]) for call in calls), len(FILES))

    def test_rewriting_takes_a_query_apart(self):
        for query, searched in (
                ("Please tell me how deep the harbour is.", ["how deep the harbour is."]),
                ("How deep is the harbour? What do cranes lift?", ["How deep is the harbour?", "What do cranes lift?"]),
                (["harbour depth", "How deep is the harbour? Thank you!"], ["harbour depth", "How deep is the harbour?"])):
            with self.subTest(query=query):
                self.assertEqual(self.page("none", query=query, rewrite_query=True)["search_query"], searched)
                asked = query if isinstance(query, list) else [query]
                self.assertEqual(self.page("none", query=query, rewrite_query=False)["search_query"], asked)
        page = self.page("none", query="How deep is the harbour? What do cranes lift?", rewrite_query=True)
        self.assertIn("four.md", self.names(page)[:2])

    def test_a_response_searches_with_a_ranker(self):
        def respond(ranker):
            return self.respond(self.tenant, QUERY, include=["file_search_call.results"], tools=[
                {"type": "file_search", "vector_store_ids": [self.vector_store], "ranking_options": {"ranker": ranker}}])

        def names(reply):
            return [row["filename"] for row in self.ok(reply)["output"][0]["results"]]
        plain, ranked = names(respond("none")), respond(self.model)
        self.assertEqual(names(ranked)[-1], plain[0])
        self.assertEqual(self.ok(ranked)["tools"][0]["ranking_options"], {"ranker": self.model})
        self.mock.rerank_mode = "garbage"
        self.assertEqual(names(respond(self.model)), plain)
        self.refused(respond("absent"), 404, "model_not_found", "tools.0.ranking_options.ranker")

    def test_two_tenants_at_once_have_their_own_model_and_bill(self):
        name = f"both-{uuid.uuid4().hex[:8]}"
        other = self.bh.tenant()
        for tenant in (self.tenant, other):
            self.bh.cli("model", "add", name, "--url", self.mock.url + "/v1", "--upstream-model", tenant.id, "--kind",
                        "rerank", "--price-out", "1", "--tenant", tenant.id)
        stores = {self.tenant.id: self.vector_store, other.id: self.store(other)["id"]}
        self.ingest(other, stores[other.id], "The harbour of the other is deep.", "other.md")
        for tenant in (self.tenant, other):
            reply = tenant.call("POST", f"/v1/vector_stores/{stores[tenant.id]}/search",
                                {"query": QUERY, "ranking_options": {"ranker": name}})
            self.assertTrue(self.ok(reply)["bulkhead"]["reranker"]["applied"])
            self.assertEqual(self.sent()["body"]["model"], tenant.id)
            self.assertEqual(len(tenant.settled(reply.request_id, kind="rerank")), 1)
        self.refused(other.call("POST", f"/v1/vector_stores/{self.vector_store}/search", {
            "query": QUERY, "ranking_options": {"ranker": name}}), 404)


class ByItself(PlatformTest):
    def test_without_the_setting_a_default_orders_nothing(self):
        tenant, name = self.bh.tenant(), f"rerank-{uuid.uuid4().hex[:8]}"
        self.bh.cli("model", "add", name, "--url", self.bh.mock.url + "/v1", "--kind", "rerank", "--tenant", tenant.id)
        self.bh.cli("model", "default", name, "--kind", "rerank", "--tenant", tenant.id)
        store = self.store(tenant)["id"]
        self.ingest(tenant, store, "The harbour of Riga is deep.")
        path = f"/v1/vector_stores/{store}/search"
        for options in ({}, {"ranking_options": {"ranker": "auto"}}):
            self.assertNotIn("bulkhead", self.ok(tenant.call("POST", path, {"query": QUERY} | options)))
        named = self.ok(tenant.call("POST", path, {"query": QUERY, "ranking_options": {"ranker": "default"}}))
        self.assertEqual(named["bulkhead"]["reranker"], {"model": name, "applied": True, "reason": None, "passages": 1})


if __name__ == "__main__":
    main()
