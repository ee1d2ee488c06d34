# SPDX-License-Identifier: Apache-2.0
"""What people and clients see of usage and costs."""
import csv
import io
import json
import time
import uuid
from decimal import Decimal

import openai
from base import PlatformTest, main, openai_spec, wire
from books import Books, new_id

DAY = 86400


def today():
    return int(time.time()) // DAY * DAY


class Usage(PlatformTest):
    """Usage and costs in OpenAI's shapes."""

    def setUp(self):
        self.tenant = self.bh.tenant(scopes=("usage:read",))
        self.books = Books(self.bh, self.tenant.id)
        self.day = today()
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
        """The groups of the day on which the test began, and of the next if that has begun meanwhile."""
        page = self.ok(self.ask(operation, start_time=self.day, **query))
        self.assertEqual((page["data"][0]["start_time"], page["data"][0]["end_time"]), (self.day, self.day + DAY))
        return [row for each in page["data"] for row in each["results"]]

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
                 ("file_search_calls", "search", {"units": 1}, {"num_requests": 1}),
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
        stranger = self.bh.tenant(scopes=("usage:read",))
        path = f"/v1/organization/usage/completions?start_time={today()}&api_key_ids={self.tenant.key_id}"
        self.assertEqual(self.ok(stranger.call("GET", path))["data"][0]["results"], [])
        plain = self.bh.tenant()
        self.refused(plain.call("GET", path), 403)

    def test_sums_hold_every_kind_of_act_with_its_cost(self):
        self.books.settle(model="a", input=100, output=7, price=3, key=self.tenant.key_id)
        self.books.settle(kind="search", model="", units=2, price=5)
        page = self.ok(self.tenant.call("GET", f"/api/usage/sums?start_time={self.day}&group_by=line_item"))
        rows = {each["kind"]: each for bucket in page["data"] for each in bucket["results"]}
        self.assertEqual(set(rows), {"chat", "search"})
        chat = rows["chat"]
        self.assertEqual((chat["model"], chat["calls"], chat["input_tokens"], chat["output_tokens"]), ("a", 1, 100, 7))
        self.assertEqual(Decimal(str(chat["amount"]["value"])), Decimal("0.000000321"))
        self.assertEqual((rows["search"]["units"], rows["search"]["user_id"]), (2, None))

    def test_a_member_sees_the_own_usage_and_nobody_elses(self):
        member, other = (self.bh.cli("user", "create", f"{uuid.uuid4().hex}@example.com", "--tenant", self.tenant.id,
                                     "--role", "member", "--password-stdin", stdin="correct horse battery\n")
                         for _ in range(2))
        self.books.settle(model="a", input=2, user=member["id"])
        self.books.settle(model="a", input=30, user=other["id"])
        token = self.ok(wire.Http(self.bh.address).call("POST", "/api/auth/sign-in", {
            "email": member["email"], "password": "correct horse battery"}))["access_token"]
        own = wire.Http(self.bh.address, token)
        for query in ("", f"&user_ids={other['id']}", f"&user_ids[]={member['id']}&user_ids[]={other['id']}"):
            page = self.ok(own.call("GET", f"/api/usage/own/sums?start_time={self.day}{query}"))
            self.assertEqual([each["input_tokens"] for bucket in page["data"] for each in bucket["results"]], [2])
        for query in ("", f"?user_id={other['id']}"):
            rows = self.ok(own.call("GET", f"/api/usage/own{query}"))["data"]
            self.assertEqual([each["user_id"] for each in rows], [member["id"]])
        sheet = own.call("GET", f"/api/usage/own?format=csv&user_id={other['id']}").body.decode()
        self.assertEqual([row["user_id"] for row in csv.DictReader(io.StringIO(sheet))], [member["id"]])
        for path in (f"/api/usage/sums?start_time={self.day}", "/api/usage"):
            self.refused(own.call("GET", path), 403)

    def test_a_key_without_an_owner_has_no_own_usage(self):
        self.books.settle(model="a", input=2, key=self.tenant.key_id)
        key = self.tenant.new_key("usage:own")["key"]
        own = wire.Http(self.bh.address, key)
        self.assertEqual(self.ok(own.call("GET", "/api/usage/own"))["data"], [])
        page = self.ok(own.call("GET", f"/api/usage/own/sums?start_time={self.day}"))
        self.assertEqual([each for bucket in page["data"] for each in bucket["results"]], [])


class Events(PlatformTest):
    """Usage events as rows, and their corrections."""

    def setUp(self):
        self.tenant = self.bh.tenant(scopes=("usage:read",))
        self.books = Books(self.bh, self.tenant.id)

    def rows(self, query=""):
        return self.ok(self.tenant.call("GET", f"/api/usage{query}"))

    def correct(self, act, status=201, tenant=None, **body):
        """Through the operator's socket, as the command does; the event, or the refusal."""
        words = [word for name, value in body.items() for word in (f"--{name.replace('_', '-')}={value}",)]
        done = self.bh.run("usage", "correct", act, "--tenant", tenant or self.tenant.id, *words, "--json")
        if status is None:
            self.assertNotEqual(done.returncode, 0, done.stdout)
            return done.stderr
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_rows_are_paged_in_both_directions_and_filtered(self):
        other = self.bh.cli("key", "create", "--tenant", self.tenant.id)["id"]
        made = [self.books.settle(model=f"m{at}", input=at, key=other if at == 3 else self.tenant.key_id,
                                  request=f"{at:032x}") for at in range(5)]
        newest = list(reversed(made))
        first = self.rows("?limit=2")
        self.assertEqual(([row["id"] for row in first["data"]], first["has_more"]), (newest[:2], True))
        rest = self.rows(f"?limit=3&after={newest[1]}")
        self.assertEqual(([row["id"] for row in rest["data"]], rest["has_more"]), (newest[2:], False))
        back = self.rows(f"?limit=2&before={newest[2]}")
        self.assertEqual([row["id"] for row in back["data"]], newest[:2])
        self.assertEqual([row["id"] for row in self.rows("?order=asc&limit=2")["data"]], made[:2])
        now = int(time.time())
        for query, found in ((f"?request_id={4:032x}", [made[4]]), (f"?api_key_id={other}", [made[3]]), ("?model=m1", [made[1]]),
                             ("?kind=image", []), ("?user_id=x", []), (f"?project_id={uuid.uuid4()}", []),
                             (f"?end_time={now - 3600}", []), (f"?start_time={now - 3600}&end_time={now + 3600}", newest)):
            with self.subTest(query=query):
                self.assertEqual([row["id"] for row in self.rows(query)["data"]], found)
        self.refused(self.tenant.call("GET", "/api/usage?after=x"), 400, param="after")
        self.refused(self.tenant.call("GET", "/api/usage?limit=10001"), 400, param="limit")
        self.assertEqual(self.bh.tenant(scopes=("usage:read",)).call("GET", "/api/usage").json()["data"], [])

    def test_all_rows_come_as_csv(self):
        """More than one piece of them, with a name that a spreadsheet would run."""
        self.books.settle(model='=1+1,"x"', input=1, price=5)
        more = ", ".join(f"'{new_id()}'" for _ in range(1200))
        self.books.call("INSERT INTO bulkhead.usage_event SELECT tenant_id, more.id, corrects, request_id, kind, "
                        "model_tenant_id, model_id, model, subject, actor, credential_id, user_id, key_id, team_id, status, source, "
                        "started_at, ended_at, arrived_at, streamed, batch, input_tokens, cached_tokens, cache_write_tokens, "
                        "output_tokens, units, included, price_known, price_version, rate_version, cost_nanos, covered_nanos "
                        f"FROM bulkhead.usage_event, unnest(ARRAY[{more}]::uuid[]) AS more (id) WHERE tenant_id = '{self.tenant.id}'")
        reply = self.tenant.call("GET", "/api/usage?format=csv")
        self.assertEqual((reply.status, reply.headers["content-type"]), (200, "text/csv; charset=utf-8; header=present"))
        rows = list(csv.DictReader(io.StringIO(reply.body.decode(), newline=""), strict=True))
        self.assertEqual(len({row["id"] for row in rows}), 1201)
        self.assertEqual({(row["model"], row["cost"], row["prompt_tokens"]) for row in rows}, {("'=1+1,\"x\"", "0.000000005", "1")})
        self.assertEqual([row["id"] for row in rows], sorted((row["id"] for row in rows), reverse=True))
        few = self.tenant.call("GET", "/api/usage?limit=3", headers={"accept": "text/csv"})
        self.assertEqual(few.body.count(b"\r\n"), 4)
        self.refused(self.tenant.call("GET", "/api/usage?format=xml"), 400, param="format")

    def test_a_correction_is_a_further_event_and_counts_once(self):
        key = self.tenant.key_id
        act = self.books.settle(model="m", input=100, output=10, price=1000, key=key)
        id = str(uuid.uuid4())
        made = self.correct(act, id=id, input=-40, output=5, cost="-0.00002", reason="counted twice")
        self.assertEqual((made["corrects"], made["prompt_tokens"], made["completion_tokens"], made["cost"]),
                         (act, -40, 5, "-0.00002"))
        self.assertEqual(self.correct(act, id=id, input=-40, output=5, cost="-0.00002", reason="counted twice"), made)
        self.assertIn("Another correction", self.correct(act, None, id=id, input=-1, reason="counted twice"))
        self.assertEqual(self.books.sums(), (90000, 0))
        day = self.ok(self.tenant.call(
            "GET", f"/v1/organization/usage/completions?start_time={today()}"))["data"][0]["results"][0]
        self.assertEqual((day["input_tokens"], day["output_tokens"], day["num_model_requests"]), (60, 15, 1))
        ((spent,),) = self.books.call(
            f"SELECT total_spent FROM bulkhead.meter_owner WHERE tenant_id = '{self.tenant.id}' AND id = '{key}'")
        self.assertEqual(int(spent), 90000)

    def test_the_same_correction_sent_at_once_is_made_once(self):
        act, id = self.books.settle(input=10, price=10), str(uuid.uuid4())
        made = self.together(4, lambda _: self.correct(act, id=id, input=-1, cost="-0.00000001", reason="x"))
        self.assertEqual(len({each["id"] for each in made}), 1, made)
        self.assertEqual(self.books.sums(), (90, 0))

    def test_no_sum_goes_below_zero_and_none_is_corrected_that_is_not_there(self):
        act = self.books.settle(input=10, cached=4, price=10)
        for body in ({"input": -11}, {"cached": -5}, {"cost": "-0.000000101"}, {"cached": 7}, {"units": -1}, {"output": -1}):
            with self.subTest(body=body):
                self.assertIn("below zero", self.correct(act, None, reason="x", **body))
        made = self.correct(act, input=-6, cost="-0.0000001", reason="x")
        self.assertIn("below zero", self.correct(act, None, cost="-0.000000001", reason="x"))
        self.assertIn("Object not found", self.correct(made["id"], None, cost="0.1", reason="a correction of a correction"))
        self.assertIn("Object not found", self.correct(str(uuid.uuid4()), None, cost="0.1", reason="x"))
        other = self.bh.tenant()
        self.assertIn("Object not found", self.correct(act, None, other.id, cost="0.1", reason="x"))
        for body in ({"cost": "lots"}, {"cost": "1000001"}, {"cost": "0"}, {"input": "x"}):
            with self.subTest(body=body):
                self.correct(act, None, reason="x", **body)
        self.assertEqual(self.books.sums(), (0, 0))

    def test_billing_itself_corrects_only_in_the_context_of_the_tenant(self):
        act = self.books.settle(input=10, price=10)
        other = self.bh.tenant()
        call = (f"SELECT done FROM bulkhead.usage_correct('{self.tenant.id}', gen_random_uuid(), '{act}', '{new_id()}', 1, "
                "ARRAY[-1, 0, 0, 0, 0, -1]::bigint[], 'x', 'x')")
        for context in (other.id, ""):
            with self.assertRaisesRegex(RuntimeError, "not the tenant of the context"):
                self.bh.psql(f"SET ROLE bulkhead_billing; SELECT set_config('bulkhead.tenant_id', '{context}', false); {call}")
        self.assertEqual(self.bh.psql(
            f"SET ROLE bulkhead_billing; SELECT set_config('bulkhead.tenant_id', '{self.tenant.id}', false); {call}")[-1], ["ok"])

    def test_what_an_act_costs_less_goes_back_to_credits_and_what_it_costs_more_is_drawn(self):
        self.books.fund(1000)
        act = self.books.settle(input=700, price=1)
        self.assertEqual(self.books.funds(), (300, 0, 0))
        self.correct(act, cost="-0.0000002", reason="less")
        self.assertEqual((self.books.funds(), self.books.sums()), ((500, 0, 0), (500, 500)))
        self.correct(act, cost="0.0000006", reason="more than there is")
        self.assertEqual((self.books.funds(), self.books.sums()), ((0, 0, 0), (1100, 1000)))
        self.correct(act, cost="-0.0000002", reason="first what was not covered")
        self.assertEqual((self.books.funds(), self.books.sums()), ((100, 0, 0), (900, 900)))

    def test_of_a_prepaid_tenant_what_is_owed_falls_first(self):
        """Whatever is corrected: cost = covered + owed + repaid."""
        self.books.prepaid()
        self.books.fund(100)
        act = self.books.settle(input=150, price=1)
        self.assertEqual((self.books.funds(), self.books.sums()), ((0, 50, 0), (150, 100)))
        self.correct(act, cost="-0.00000003", reason="less")
        self.assertEqual((self.books.funds(), self.books.sums()), ((0, 20, 0), (120, 100)))
        self.books.fund(50)
        self.assertEqual(self.books.funds(), (30, 0, 20))
        self.correct(act, cost="-0.00000006", reason="less still")
        self.assertEqual((self.books.funds(), self.books.sums()), ((90, 0, 0), (60, 60)))
        other = self.books.settle(input=200, price=1)
        self.assertEqual(self.books.funds(), (0, 110, 0))
        self.correct(act, cost="-0.00000001", reason="what comes back repays what another act owes")
        self.assertEqual((self.books.funds(), self.books.sums()), ((0, 100, 10), (250, 140)))
        self.correct(other, cost="0.000000005", reason="more")
        self.assertEqual((self.books.funds(), self.books.sums()), ((0, 105, 10), (255, 140)))


if __name__ == "__main__":
    main()
