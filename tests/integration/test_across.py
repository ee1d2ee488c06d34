# SPDX-License-Identifier: Apache-2.0
"""What the platform's staff sees of all tenants at once, and what people keep of the lists that they look at."""
import json
import secrets

from base import Instance, PlatformTest, main, wire

from books import Books
from instance import MOCK_CHAT, CommandFailed

PASSWORD = "correct horse battery staple"
SELLER = {"billing_seller_name": "Bulkhead Hosting GmbH", "billing_seller_address": "Am Deich 1 / 20457 Hamburg",
          "billing_seller_country": "DE", "billing_seller_vat_id": "DE123456789"}


class Across(PlatformTest):
    """A platform with a seller."""

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false", **SELLER)
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.bh.cli("tax", "set", "DE", "--rate", "19", "--since", "2021-01-01")
        cls.mark = secrets.token_hex(4)
        cls.tenants = [cls.bh.tenant(f"{cls.mark} {name}") for name in ("Cedar", "ash", "Birch")]
        made = cls.bh.cli("key", "create", "--tenant", "platform", "--name", cls.mark, "--scope", "tenants:read",
                          "--scope", "platform:read")
        cls.staff = made["key"]

    def ask(self, path, key=None):
        return wire.Http(self.bh.address, key or self.staff).call("GET", path)

    def names(self, query):
        rows = self.ok(self.ask(f"/api/platform/tenants?text={self.mark}&{query}"))["data"]
        return [row["name"].split()[-1] for row in rows]

    def test_tenants_are_listed_with_what_they_have_and_use(self):
        cedar, ash, birch = self.tenants
        self.bh.cli("user", "create", f"one-{self.mark}@example.org", "--tenant", ash.id, "--role", "owner")
        self.bh.cli("user", "create", f"two-{self.mark}@example.org", "--tenant", ash.id, "--role", "member")
        for n in range(3):
            Books(self.bh, birch.id).settle(model=f"m{n}", input=500, price=1000)
        Books(self.bh, cedar.id).settle(input=9_000_000, price=1000)
        rows = {row["id"]: row for row in self.ok(self.ask(f"/api/platform/tenants?text={self.mark.upper()}"))["data"]}
        self.assertEqual(set(rows), {cedar.id, ash.id, birch.id})
        self.assertEqual([rows[each.id]["plan"] for each in self.tenants], [None] * 3)
        self.assertEqual(rows[ash.id]["members"] - rows[birch.id]["members"], 2)
        self.assertEqual([(rows[each.id]["month_spent"], rows[each.id]["requests_today"]) for each in self.tenants],
                         [("9", 1), ("0", 0), ("0.0015", 3)])
        self.assertEqual(self.names("sort=month_spent&order=desc"), ["Cedar", "Birch", "ash"])
        self.assertEqual(self.names("sort=requests_today&order=desc"), ["Birch", "Cedar", "ash"])
        self.assertEqual(self.names("sort=members&order=desc")[0], "ash")
        # As every other list of the tenant says it.
        self.assertEqual(self.ok(self.ask(f"/api/tenants/{birch.id}/budgets/tenant/{birch.id}"))["month_spent"], "0.0015")

    def test_pages_follow_in_the_order_that_was_asked_for(self):
        for order, wanted in (("asc", ["ash", "Birch", "Cedar"]), ("desc", ["Cedar", "Birch", "ash"])):
            found, after = [], ""
            while True:
                page = self.ok(self.ask(f"/api/platform/tenants?text={self.mark}&sort=name&order={order}&limit=1{after}"))
                found += [row["name"].split()[-1] for row in page["data"]]
                if not page["has_more"]:
                    break
                after = f"&after={page['data'][-1]['id']}"
            self.assertEqual(found, wanted)
        self.assertEqual(self.names("sort=created_at"), ["Cedar", "ash", "Birch"])

    def test_no_two_tenants_look_alike(self):
        mark = secrets.token_hex(4)
        made = self.bh.tenant(f"{mark} Harbour")
        for name in (f"{mark}  HARBOUR", f"{mark} Harb\u200bour", f"{mark} \uff28arbour", f"{mark} Harb\u043eur"):
            with self.assertRaises(CommandFailed) as caught:
                self.bh.cli("tenant", "create", name)
            self.assertIn("already exists", caught.exception.stderr)
        with self.assertRaises(CommandFailed) as caught:
            self.bh.cli("tenant", "create", f"{mark} Harb\u202eruo")
        self.assertIn("marks of direction", caught.exception.stderr)
        owner = f"owner-{mark}@example.org"
        self.bh.cli("user", "create", owner, "--tenant", made.id, "--role", "owner", "--password-stdin", stdin=PASSWORD + "\n")
        tokens = self.ok(wire.Http(self.bh.address).call("POST", "/api/auth/sign-in", {"email": owner, "password": PASSWORD}))
        call = wire.Http(self.bh.address, tokens["access_token"]).call
        self.refused(call("PATCH", "/api/tenant", {"name": f"{self.mark} CEDAR"}), 400, "already_exists", "name")
        self.assertEqual(self.ok(call("PATCH", "/api/tenant", {"name": f"{mark} HARBOUR"}))["name"], f"{mark} HARBOUR")

    def test_what_makes_no_sense_is_refused(self):
        for query, param in (("sort=password", "sort"), ("order=up", "order"), ("text=" + "a" * 129, "text"), ("after=x", "after")):
            self.refused(self.ask(f"/api/platform/tenants?{query}"), 400, param=param)
        self.refused(self.ask("/api/platform/invoices?state=late"), 400, param="state")
        self.refused(self.ask("/api/platform/outbox?state=lost"), 400, param="state")

    def test_no_tenant_sees_any_of_it(self):
        for path in ("tenants", "invoices", "outbox", "audit/export"):
            self.refused(self.ask(f"/api/platform/{path}", self.tenants[0].key), 403)

    def test_open_invoices_of_all_tenants_until_they_are_paid(self):
        cedar, ash, _ = self.tenants
        made = []
        for tenant, amount in ((cedar, "12.50"), (ash, "3.00")):
            draft = self.bh.cli("invoice", "create", "--tenant", tenant.id, "--amount", amount)
            self.bh.cli("invoice", "finalize", draft["id"], "--tenant", tenant.id)
            made.append(draft["id"])

        def owed(query="state=open"):
            rows = self.ok(self.ask(f"/api/platform/invoices?limit=100&{query}"))["data"]
            return {row["id"]: row for row in rows}
        rows = owed()
        self.assertEqual([(rows[id]["tenant_id"], rows[id]["tenant_name"]) for id in made],
                         [(each.id, each.name) for each in (cedar, ash)])
        one = self.ok(self.ask(f"/api/tenants/{cedar.id}/invoices/{made[0]}"))
        self.assertEqual({name: rows[made[0]][name] for name in ("number", "total", "amount_remaining", "due_at", "currency")},
                         {name: one[name] for name in ("number", "total", "amount_remaining", "due_at", "currency")})
        self.bh.cli("invoice", "pay", made[0], "--tenant", cedar.id, "--reference", "transfer")
        self.assertNotIn(made[0], owed())
        self.assertIn(made[1], owed())
        self.assertEqual(owed("state=paid")[made[0]]["amount_remaining"], "0")

    def test_mail_is_told_of_without_what_it_opens(self):
        who = f"guest-{self.mark}@example.org"
        self.bh.cli("invitation", "create", who, "--tenant", self.tenants[0].id, "--role", "member")
        reply = self.ask("/api/platform/outbox?state=local&limit=100")
        mail, = [row for row in self.ok(reply)["data"] if row["recipient"] == who]
        self.assertEqual((mail["kind"], mail["tenant_name"], mail["error"]), ("invitation", self.tenants[0].name, None))
        self.assertEqual(set(mail), {"id", "object", "tenant_id", "tenant_name", "kind", "recipient", "state", "error",
                                     "attempts", "created_at", "expires_at"})
        self.assertNotIn("bh_", reply.body.decode())
        self.assertNotIn(who, self.ask("/api/platform/outbox").body.decode())

    def engines(self):
        return {row["model"]: row for row in self.ok(self.ask("/api/platform/engines"))["data"]}

    def test_engines_are_told_of_by_their_last_calls(self):
        tenant = self.bh.tenant()
        lost = f"lost-{self.mark}"
        self.bh.cli("model", "add", lost, "--url", "http://127.0.0.1:9/v1", "--kind", "chat", "--context", "4096", "--no-probe",
                    "--price-in", "0", "--price-out", "0", "--tenant", "platform")
        self.assertEqual((self.engines()[lost]["state"], self.engines()[lost]["error"]), ("unknown", None))
        for model in (MOCK_CHAT, lost):
            tenant.call("POST", "/v1/chat/completions", {"model": model, "messages": [{"role": "user", "content": "Hello"}]})
        engines = self.engines()
        self.assertEqual((engines[MOCK_CHAT]["state"], engines[MOCK_CHAT]["error"]), ("ready", None))
        self.assertIsNotNone(engines[MOCK_CHAT]["answered_at"])
        self.assertEqual((engines[lost]["state"], engines[lost]["error"]), ("failed", "It could not be reached."))
        self.assertEqual((engines[lost]["running"], engines[lost]["waiting"]), (0, 0))
        self.refused(wire.Http(self.bh.address, tenant.key).call("GET", "/api/platform/engines"), 403)

    def test_the_export_has_the_lines_of_the_list_and_no_others(self):
        path = "/api/platform/audit"
        query = f"action=tenant.create&object={self.tenants[1].id}"
        listed = self.ok(self.ask(f"{path}?{query}"))["data"]
        exported = self.ask(f"{path}/export?{query}")
        self.assertEqual(exported.status, 200)
        self.assertEqual([json.loads(line)["id"] for line in exported.body.decode().splitlines()], [row["id"] for row in listed])
        head, *lines = self.ask(f"{path}/export?{query}&format=csv").body.decode().splitlines()
        self.assertTrue(head.startswith("id,"))
        self.assertEqual(len(lines), len(listed))


class Views(PlatformTest):
    def person(self, tenant, name, role="member"):
        email = f"{name}-{secrets.token_hex(4)}@example.org"
        self.bh.cli("user", "create", email, "--tenant", tenant.id, "--role", role, "--password-stdin", stdin=PASSWORD + "\n")
        tokens = self.ok(wire.Http(self.bh.address).call("POST", "/api/auth/sign-in", {"email": email, "password": PASSWORD}))
        return wire.Http(self.bh.address, tokens["access_token"]).call

    def test_a_view_is_its_owners_alone(self):
        ada, bob, eve = (self.person(tenant, name) for tenant, name in
                         ((self.acme(), "ada"), (self.acme(), "bob"), (self.other(), "eve")))
        body = {"page": "/audit/", "name": "Löschungen", "query": "action=key.&span=week"}
        made = self.ok(ada("POST", "/api/auth/views", body), 201)
        self.assertEqual({name: made[name] for name in body}, body)
        self.ok(ada("POST", "/api/auth/views", {**body, "page": "/usage/"}), 201)
        self.refused(ada("POST", "/api/auth/views", body), 400, "already_exists", "name")
        self.assertEqual(self.ok(ada("GET", "/api/auth/views?page=/audit/"))["data"], [made])
        self.assertEqual(len(self.ok(ada("GET", "/api/auth/views"))["data"]), 2)
        for other in (bob, eve):
            self.assertEqual(self.ok(other("GET", "/api/auth/views"))["data"], [])
            theirs, none = (other("DELETE", f"/api/auth/views/{id}") for id in
                            (made["id"], "00000000-0000-4000-8000-000000000001"))
            self.assertEqual((theirs.status, theirs.error["message"]), (404, none.error["message"]))
        self.assertEqual(ada("DELETE", f"/api/auth/views/{made['id']}").status, 204)
        self.assertEqual(self.ok(ada("GET", "/api/auth/views?page=/audit/"))["data"], [])

    def test_what_is_no_page_or_no_query_is_refused(self):
        ada = self.person(self.acme(), "ada")
        for change, param in (({"page": "https://elsewhere.example"}, "page"), ({"page": "//elsewhere"}, "page"),
                              ({"page": "/a?b"}, "page"), ({"query": "a=1#b"}, "query"), ({"query": "a b"}, "query"),
                              ({"name": "n" * 61}, "name"), ({"name": "a\nb"}, "name"), ({"query": "q" * 2045}, "query")):
            body = {"page": "/usage/", "name": "mine", "query": "", **change}
            self.refused(ada("POST", "/api/auth/views", body), 400, param=param)

    def test_there_are_fifty_at_most_and_none_after_the_person_is_gone(self):
        ada = self.person(self.acme(), "ada")
        for n in range(50):
            self.ok(ada("POST", "/api/auth/views", {"page": "/usage/", "name": f"v{n}", "query": ""}), 201)
        reply = ada("POST", "/api/auth/views", {"page": "/usage/", "name": "one more", "query": ""})
        self.assertIn("50", self.refused(reply, 400, "too_many_objects")["message"])
        account = self.ok(ada("GET", "/api/auth/me"))["id"]
        self.bh.psql(f"DELETE FROM bulkhead.account WHERE id = '{account}'")
        left = self.bh.psql(f"SELECT count(*) FROM bulkhead.saved_view WHERE account_id = '{account}'")
        self.assertEqual(left, [["0"]])

    def test_a_key_keeps_none(self):
        self.refused(self.acme().call("POST", "/api/auth/views", {"page": "/usage/", "name": "x", "query": ""}), 403)


if __name__ == "__main__":
    main()
