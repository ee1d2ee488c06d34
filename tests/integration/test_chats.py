# SPDX-License-Identifier: Apache-2.0
"""Chats: a person's responses that belong together, a tree that nobody else sees."""

from base import PlatformTest, main, marker, until, wire


class Chats(PlatformTest):
    def setUp(self):
        self.tenant = self.acme()

    def chat(self, **body):
        return self.ok(self.tenant.call("POST", "/api/chats", body), 201)

    def ask(self, chat, text="A question.", script=None, **body):
        return self.respond(self.tenant, text, script=script, bulkhead={"chat": chat["id"]}, **body)

    def turns(self, chat, query=""):
        return self.ok(self.tenant.call("GET", f"/api/chats/{chat['id']}/turns{query}"))

    def get(self, chat):
        return self.ok(self.tenant.call("GET", f"/api/chats/{chat['id']}"))

    def test_it_gets_its_title_from_the_first_question_and_holds_every_turn(self):
        chat = self.chat(settings={"model": "default", "stores": ["vs_1"]})
        self.assertEqual((chat["title"], chat["turns"], chat["latest_response_id"]), ("", 0, None))
        first = self.ok(self.ask(chat, "How fast\n is it?"))
        self.assertNotIn("chat", first.get("bulkhead") or {})
        second = self.ok(self.ask(chat, "And now?", previous_response_id=first["id"]))
        # The second question anew: another branch.
        other = self.ok(self.ask(chat, "And then?", previous_response_id=first["id"]))
        kept = self.get(chat)
        self.assertEqual((kept["title"], kept["turns"], kept["latest_response_id"]), ("How fast is it?", 3, other["id"]))
        self.assertEqual(kept["settings"], {"model": "default", "stores": ["vs_1"]})
        page = self.turns(chat)
        self.assertEqual([turn["response"] for turn in page["data"]], [other, second, first])
        self.assertEqual([turn["response"]["previous_response_id"] for turn in page["data"]], [first["id"], first["id"], None])
        self.assertEqual(page["data"][2]["input"][0]["content"][0]["text"], "How fast\n is it?")

    def test_a_turn_names_the_request_under_which_its_usage_stands(self):
        chat = self.chat()
        asked = self.ask(chat)
        self.ok(asked)
        turn = self.turns(chat)["data"][0]
        self.assertEqual(turn["request_id"], asked.headers["x-request-id"])
        self.assertEqual(len(self.tenant.settled(turn["request_id"])), 1)

    def test_turns_come_in_pages_both_ways(self):
        chat = self.chat()
        made = [self.ok(self.ask(chat, f"Question {at}."))["id"] for at in range(5)]

        def ids(query):
            page = self.turns(chat, query)
            return [turn["response"]["id"] for turn in page["data"]], page["has_more"]
        self.assertEqual(ids("?order=asc&limit=2"), (made[:2], True))
        self.assertEqual(ids(f"?order=asc&limit=2&after={made[1]}"), (made[2:4], True))
        self.assertEqual(ids(f"?limit=2&after={made[2]}"), (made[1::-1], False))
        self.assertEqual(ids(f"?order=asc&limit=2&before={made[4]}"), (made[2:4], True))
        self.refused(self.tenant.call("GET", f"/api/chats/{chat['id']}/turns?limit=51"), 400, param="limit")

    def test_the_most_recently_used_comes_first_and_is_found_by_its_words(self):
        word = marker()
        chats = [self.chat(title=f"{word} {name}") for name in ("one", "two", "three")]
        self.ok(self.ask(chats[0], f"Where is the {word}-Tide?"))

        def names(query):
            page = self.ok(self.tenant.call("GET", f"/api/chats?search={query}"))
            return [chat["title"].split()[-1] for chat in page["data"]]
        self.assertEqual(names(word.upper()), ["one", "three", "two"])
        self.assertEqual(names(f"{word}-tide"), ["one"])
        self.assertEqual(names(f"{word}&limit=1"), ["one"])
        self.assertEqual(names(f"{word}&limit=2&after={chats[0]['id']}"), ["three", "two"])
        self.assertEqual(names(f"{word}%25"), [])
        self.refused(self.tenant.call("GET", "/api/chats?search=" + "x" * 201), 400, param="search")

    def test_it_is_renamed_and_deleted_with_its_responses(self):
        chat = self.chat(title="before")
        asked = self.ok(self.ask(chat))
        renamed = self.ok(self.tenant.call("POST", f"/api/chats/{chat['id']}", {"title": "after"}))
        self.assertEqual((renamed["title"], renamed["turns"]), ("after", 1))
        running = self.ok(self.ask(chat, script={"mode": "slow", "delay": 0.3}, background=True))
        gone = self.ok(self.tenant.call("DELETE", f"/api/chats/{chat['id']}"))
        self.assertEqual((gone["id"], gone["object"], gone["deleted"]), (chat["id"], "chat", True))
        for id in (asked["id"], running["id"]):
            self.refused(self.tenant.call("GET", f"/v1/responses/{id}"), 404)
        self.refused(self.tenant.call("GET", f"/api/chats/{chat['id']}"), 404)
        job = "SELECT state FROM bulkhead.job WHERE tenant_id = '%s' AND queue = 'agent' AND state = 'running'"
        until(lambda: self.bh.psql(job % self.tenant.id) == [], 20, "the end of the run")

    def test_a_deleted_response_is_no_turn_any_more(self):
        chat = self.chat()
        first, second = (self.ok(self.ask(chat))["id"] for _ in range(2))
        self.ok(self.tenant.call("DELETE", f"/v1/responses/{first}"))
        self.assertEqual([turn["response"]["id"] for turn in self.turns(chat)["data"]], [second])

    def test_nobody_else_sees_it(self):
        chat = self.chat(title="mine")
        asked = self.ok(self.ask(chat))
        key = self.bh.cli("key", "create", "--tenant", self.tenant.id, "--name", marker())["key"]
        for who in (wire.Http(self.bh.address, key), self.bh.tenant().http):
            for verb, path, body in (("GET", "", None), ("POST", "", {"title": "x"}), ("DELETE", "", None), ("GET", "/turns", None)):
                self.refused(who.call(verb, f"/api/chats/{chat['id']}{path}", body), 404)
            self.assertNotIn(chat["id"], [each["id"] for each in self.ok(who.call("GET", "/api/chats"))["data"]])
            self.refused(who.call("POST", "/v1/responses", {
                "model": "default", "input": "x", "bulkhead": {"chat": chat["id"]}}), 404, param="bulkhead.chat")
            for verb, path in (("GET", ""), ("GET", "/input_items"), ("DELETE", ""), ("POST", "/cancel")):
                self.refused(who.call(verb, f"/v1/responses/{asked['id']}{path}"), 404)
            self.refused(who.call("POST", "/v1/responses", {
                "model": "default", "input": "x", "previous_response_id": asked["id"]}), 404, param="previous_response_id")
        self.assertEqual(self.get(chat)["turns"], 1)
        self.assertEqual(self.turns(chat)["data"][0]["response"]["id"], asked["id"])

    def test_what_is_refused(self):
        chat = self.chat()
        for body, param in (({"title": "x" * 201}, "title"), ({"title": "a\nb"}, "title"), ({"settings": []}, "settings"),
                            ({"settings": {"x": "y" * 16384}}, "settings"), ({"owner": "me"}, "owner")):
            with self.subTest(body=str(body)[:40]):
                self.refused(self.tenant.call("POST", "/api/chats", body), 400, param=param)
        self.refused(self.ask(chat, store=False), 400, param="bulkhead.chat")
        for id in ("chat_", "chat_" + "0" * 32, "resp_" + chat["id"][5:], "x"):
            self.refused(self.respond(self.tenant, bulkhead={"chat": id}), 404, param="bulkhead.chat")
            self.refused(self.tenant.call("GET", f"/api/chats/{id}"), 404)

    def test_an_empty_one_goes_when_it_is_old(self):
        old, used = self.chat(title="old"), self.chat(title="used")
        self.ok(self.ask(used))
        age = "UPDATE bulkhead.chat SET updated_at = now() - interval '31 days' WHERE tenant_id = '%s' AND title IN ('old', 'used')"
        self.bh.psql(age % self.tenant.id)
        self.bh.psql("UPDATE bulkhead.retention SET oldest_at = now() - interval '31 days'"
                     f" WHERE tenant_id = '{self.tenant.id}' AND kind = 'chat'")
        until(lambda: self.tenant.call("GET", f"/api/chats/{old['id']}").status == 404, 30, "the old chat's end", pause=0.3)
        self.ok(self.tenant.call("GET", f"/api/chats/{used['id']}"))


if __name__ == "__main__":
    main()
