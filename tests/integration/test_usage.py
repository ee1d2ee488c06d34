# SPDX-License-Identifier: Apache-2.0
"""What people and clients see of usage and costs."""
import json
import time
from decimal import Decimal

import openai
from base import PlatformTest, main, openai_spec
from books import Books

DAY = 86400


def today():
    return int(time.time()) // DAY * DAY


class Usage(PlatformTest):
    """Usage and costs in OpenAI's shapes."""

    def setUp(self):
        self.tenant = self.bh.tenant(mock=False, scopes=("usage:read",))
        self.books = Books(self.bh, self.tenant.id)
        self.other_key = self.bh.cli("key", "create", "--tenant", self.tenant.id)["id"]

    def ask(self, operation, **query):
        words = []
        for name, value in query.items():
            for each in value if isinstance(value, list) else [value]:
                words.append(f"{name}{'[]' if isinstance(value, list) else ''}={each}")
        reply = self.tenant.call("GET", f"/v1/organization/{operation}?{'&'.join(words)}")
        if reply.status == 200:
            openai_spec.check("UsageResponse", reply.json())
        return reply

    def results(self, operation, **query):
        """The groups of the one day asked for."""
        page = self.ok(self.ask(operation, start_time=today(), **query))
        self.assertEqual([(each["start_time"], each["end_time"]) for each in page["data"]], [(today(), today() + DAY)])
        return page["data"][0]["results"]

    def test_completions_are_summed_by_what_they_are_grouped_by(self):
        one, two = self.tenant.key_id, self.other_key
        self.books.settle(model="a", input=100, cached=40, written=10, output=7, key=one)
        self.books.settle(model="a", input=1, output=2, key=two, batch=True)
        self.books.settle(model="b", input=5, output=6, key=one)
        self.books.settle(kind="embedding", model="a", input=999, key=one)
        whole = self.results("usage/completions")
        self.assertEqual(whole, [{
            "object": "organization.usage.completions.result", "input_tokens": 106, "input_cached_tokens": 40,
            "input_cache_write_tokens": 10, "input_uncached_tokens": 56, "output_tokens": 15, "num_model_requests": 3,
            "project_id": None, "user_id": None, "api_key_id": None, "model": None, "batch": None}])
        by_model = self.results("usage/completions", group_by=["model"])
        self.assertEqual([(each["model"], each["input_tokens"]) for each in by_model], [("a", 101), ("b", 5)])
        both = self.results("usage/completions", group_by=["api_key_id", "batch"])
        self.assertEqual({(each["api_key_id"], each["batch"]): each["output_tokens"] for each in both},
                         {(one, False): 13, (two, True): 2})
        for query, tokens in (({"models": ["b"]}, [6]), ({"api_key_ids": [two]}, [2]), ({"batch": "false"}, [13]),
                              ({"api_key_ids": ["nobody"]}, []), ({"project_ids": ["nobody"]}, []),
                              ({"models": ["a", "b"], "batch": "true"}, [2])):
            with self.subTest(query=query):
                self.assertEqual([each["output_tokens"] for each in self.results("usage/completions", **query)], tokens)

    def test_each_operation_counts_its_own_kind(self):
        cases = (("embeddings", "embedding", {"input": 11}, {"input_tokens": 11, "num_model_requests": 1}),
                 ("images", "image", {"units": 3}, {"images": 3, "num_model_requests": 1}),
                 ("audio_speeches", "speech", {"units": 44}, {"characters": 44, "num_model_requests": 1}),
                 ("audio_transcriptions", "transcription", {"units": 9}, {"seconds": 9, "num_model_requests": 1}),
                 ("vector_stores", "storage", {"units": 4096}, {"usage_bytes": 4096}))
        for _, kind, figures, _ in cases:
            self.books.settle(kind=kind, **figures)
        for operation, _, _, shown in cases:
            with self.subTest(operation=operation):
                (result,) = self.results(f"usage/{operation}")
                self.assertEqual(result, result | shown)
        for operation in ("moderations", "code_interpreter_sessions"):
            self.assertEqual(self.results(f"usage/{operation}"), [])

    def test_days_without_usage_are_there_and_pages_follow_each_other(self):
        self.books.settle(input=1, price=3)
        self.books.move_days(4)
        self.books.settle(input=1, price=5)
        seen, page = [], None
        for _ in range(4):
            more = {} if page is None else {"page": page}
            answer = self.ok(self.ask("costs", start_time=today() - 6 * DAY, limit=2, **more))
            seen += answer["data"]
            page = answer["next_page"]
            self.assertEqual(answer["has_more"], page is not None)
            if page is None:
                break
        self.assertEqual([each["start_time"] for each in seen], [today() + day * DAY for day in range(-6, 1)])
        self.assertEqual([len(each["results"]) for each in seen], [0, 0, 1, 0, 0, 0, 1])

    def test_an_amount_is_exact_to_the_last_nano_unit(self):
        self.books.settle(model="a", input=3, price=123456789012)
        self.books.settle(model="a", input=1, price=1)
        self.books.settle(kind="page", model="", units=2, price=7)
        reply = self.ask("costs", start_time=today(), group_by=["line_item"])
        self.ok(reply)
        page = json.loads(reply.body, parse_float=Decimal)
        rows = {row["line_item"]: row for row in page["data"][0]["results"]}
        self.assertEqual(rows["a, chat"]["amount"], {"value": Decimal("370.370367037"), "currency": "eur"})
        self.assertEqual((rows["a, chat"]["quantity"], rows["a, chat"]["quantity_unit"]), (4, "tokens"))
        self.assertEqual(rows["page"]["amount"]["value"], Decimal("0.000000014"))
        self.assertEqual((rows["page"]["quantity"], rows["page"]["quantity_unit"]), (2, "pages"))

    def test_hours_and_minutes_come_from_the_acts(self):
        self.books.settle(input=8)
        for width, seconds in (("1m", 60), ("1h", 3600)):
            answer = self.ok(self.ask("usage/completions", start_time=int(time.time()) - 2 * seconds, bucket_width=width))
            self.assertTrue(all(each["start_time"] % seconds == 0 for each in answer["data"]))
            self.assertEqual(sum(row["input_tokens"] for each in answer["data"] for row in each["results"]), 8)

    def test_the_official_client_reads_both(self):
        self.books.settle(model="a", input=2, output=1, price=1000)
        client = openai.OpenAI(base_url=self.bh.url + "/v1", admin_api_key=self.tenant.key, api_key="none",
                               _strict_response_validation=True)
        usage = client.admin.organization.usage
        page = usage.completions(start_time=today(), group_by=["model", "batch"], models=["a"])
        self.assertEqual([(row.model, row.input_tokens, row.batch) for row in page.data[0].results], [("a", 2, False)])
        costs = usage.costs(start_time=today(), group_by=["line_item"])
        self.assertEqual([(row.line_item, row.amount.value, row.amount.currency) for row in costs.data[0].results],
                         [("a, chat", 0.000003, "eur")])

    def test_what_is_wrong_is_named(self):
        for query, code, param in (({}, "missing_required_parameter", "start_time"),
                                   ({"start_time": "x"}, "invalid_value", "start_time"),
                                   ({"start_time": 0, "nonsense": 1}, "unknown_parameter", "nonsense"),
                                   ({"start_time": 0, "group_by": ["user_id"]}, "invalid_value", "group_by"),
                                   ({"start_time": 0, "bucket_width": "1m"}, "invalid_value", "bucket_width")):
            with self.subTest(query=query):
                self.refused(self.ask("costs", **query), 400, code, param)

    def test_only_the_own_tenants_usage_is_seen_and_only_with_the_scope(self):
        self.books.settle(model="a", input=2, key=self.tenant.key_id)
        stranger = self.bh.tenant(mock=False, scopes=("usage:read",))
        path = f"/v1/organization/usage/completions?start_time={today()}&api_key_ids={self.tenant.key_id}"
        self.assertEqual(self.ok(stranger.call("GET", path))["data"][0]["results"], [])
        plain = self.bh.tenant(mock=False)
        self.refused(plain.call("GET", path), 403)


if __name__ == "__main__":
    main()
