# SPDX-License-Identifier: Apache-2.0
"""Budgets of keys, users, teams and tenants, and the teams themselves."""
import uuid

from base import MISSING, PlatformTest, main, wire
from books import Books

SCOPES = ("budgets:read", "budgets:write", "teams:read", "teams:write")


class Budgets(PlatformTest):

    def setUp(self):
        self.tenant = self.bh.tenant(scopes=SCOPES)
        self.books = Books(self.bh, self.tenant.id)
        self.key = self.bh.cli("key", "create", "--tenant", self.tenant.id, "--name", "spender")["id"]

    def person(self, tenant):
        return self.bh.cli("user", "create", f"{uuid.uuid4().hex[:10]}@people.example", "--tenant", tenant.id)["id"]

    def team(self, tenant, name="red"):
        return self.ok(tenant.call("POST", "/api/teams", {"name": name}), 201)["id"]

    def get(self, kind, id):
        return self.ok(self.tenant.call("GET", f"/api/budgets/{kind}/{id}"))

    def put(self, kind, id, **body):
        return self.tenant.call("PUT", f"/api/budgets/{kind}/{id}", body)

    def reserve(self, nanos, key=None):
        """What refuses an act of this cost: the owner's id and the window; None for nothing."""
        nobody = "00000000-0000-0000-0000-000000000000"
        ((owner, span),) = self.books.call(
            f"SELECT refused_owner, refused_span FROM bulkhead.meter_reserve('{self.tenant.id}', ARRAY['{uuid.uuid4()}']::uuid[], "
            f"ARRAY['{nobody}', '{nobody}', '{key or self.key}']::uuid[], ARRAY[1]::bigint[], ARRAY[{nanos}]::bigint[], "
            f"ARRAY[1000000, 0, 0, 0, 0]::bigint[], ARRAY[{nanos}, 0, 0, 0, 0]::bigint[], ARRAY[0]::bigint[], false)")
        return (owner, span) if span else None

    def test_every_owners_budget_is_kept_as_it_was_set(self):
        owners = (("key", self.key), ("user", self.person(self.tenant)), ("team", self.team(self.tenant)))
        for kind, id in owners:
            with self.subTest(kind=kind):
                fresh = self.get(kind, id)
                self.assertEqual((fresh["day"], fresh["month"], fresh["total"], fresh["thresholds"]), (None, None, None, [80, 100]))
                self.ok(self.put(kind, id, day="1.5", month="20", total="0.000000001", thresholds=[100, 50]))
                kept = self.get(kind, id)
                self.assertEqual((kept["kind"], kept["day"], kept["month"], kept["total"], kept["thresholds"]),
                                 (kind, "1.5", "20", "0.000000001", [50, 100]))
                self.assertEqual((kept["currency"], kept["day_spent"], kept["reserved"]), ("EUR", "0", "0"))
                self.ok(self.put(kind, id, month=None))
                kept = self.get(kind, id)
                self.assertEqual((kept["day"], kept["month"], kept["total"]), ("1.5", None, "0.000000001"))
        listed = self.ok(self.tenant.call("GET", "/api/budgets"))
        self.assertEqual({(row["kind"], row["id"]) for row in listed["data"]}, set(owners))
        self.assertEqual(self.get("key", self.key)["name"], "spender")

    def test_what_was_spent_counts_and_tells_when_it_frees(self):
        self.books.settle(input=3, price=1000, key=self.key)
        row = self.get("key", self.key)
        self.assertEqual((row["day_spent"], row["month_spent"], row["total_spent"]), ("0.000003",) * 3)
        self.assertEqual((row["day_ends_at"] % 86400, row["month_ends_at"] >= row["day_ends_at"]), (0, True))
        self.assertEqual([each["id"] for each in self.ok(self.tenant.call("GET", "/api/budgets?kind=key"))["data"]], [])
        everyone = self.ok(self.tenant.call("GET", "/api/budgets?all=true"))["data"]
        self.assertEqual({each["id"] for each in everyone}, {self.tenant.id, self.key})

    def test_a_budget_stops_at_its_limit_and_zero_stops_everything(self):
        self.ok(self.put("key", self.key, day="0.000000010"))
        self.assertIsNone(self.reserve(10))
        self.assertEqual(self.reserve(1), (self.key, "day"))
        self.ok(self.put("key", self.key, day=None))
        self.assertIsNone(self.reserve(1))
        self.ok(self.put("key", self.key, total="0"))
        self.assertEqual(self.reserve(1), (self.key, "total"))

    def test_a_foreign_owner_is_as_one_that_does_not_exist(self):
        other = self.bh.tenant(scopes=SCOPES)
        foreign = (("key", other.key_id), ("user", self.person(other)), ("team", self.team(other)), ("tenant", other.id))
        missing = str(uuid.UUID(MISSING))
        for kind, id in foreign:
            for method, body in (("GET", None), ("PUT", {"day": "1"})):
                with self.subTest(kind=kind, method=method):
                    seen = [self.refused(self.tenant.call(method, f"/api/budgets/{kind}/{each}", body), 404)
                            for each in (id, missing)]
                    self.assertEqual(seen[0], seen[1])
        self.refused(self.tenant.call("GET", f"/api/budgets/robot/{self.key}"), 404)
        self.assertEqual(self.books.instance.psql(
            f"SELECT count(*) FROM bulkhead.meter_owner WHERE tenant_id = '{other.id}'"), [["0"]])

    def test_nobody_lifts_what_binds_them(self):
        self.refused(self.put("tenant", self.tenant.id, day="1000"), 403)
        self.refused(self.put("key", self.tenant.key_id, day="1000"), 403)
        team = self.team(self.tenant)
        of_team = self.bh.cli("key", "create", "--tenant", self.tenant.id, "--team", "red", "--scope", "budgets:write")
        reply = wire.Http(self.bh.address, of_team["key"]).call("PUT", f"/api/budgets/team/{team}", {"day": "1000"})
        self.refused(reply, 403)
        self.ok(self.put("team", team, day="1000"))
        parent = self.bh.cli("key", "create", "--tenant", self.tenant.id, *(word for scope in (*SCOPES, "keys:write") for word in ("--scope", scope)))
        child = self.ok(wire.Http(self.bh.address, parent["key"]).call(
            "POST", "/api/keys", {"name": "child", "scopes": ["budgets:write", "keys:write"]}), 201)
        grandchild = self.ok(wire.Http(self.bh.address, child["key"]).call(
            "POST", "/api/keys", {"name": "grandchild", "scopes": ["budgets:write"]}), 201)
        for above in (parent, child, grandchild):
            reply = wire.Http(self.bh.address, grandchild["key"]).call("PUT", f"/api/budgets/key/{above['id']}", {"day": "1000"})
            self.refused(reply, 403)
        self.ok(wire.Http(self.bh.address, parent["key"]).call("PUT", f"/api/budgets/key/{grandchild['id']}", {"day": "1000"}))
        self.bh.cli("limit", "set", "--tenant", self.tenant.id, "--budget-day", "7")
        self.assertEqual(self.get("tenant", self.tenant.id)["day"], "7")

    def test_amounts_and_thresholds_are_checked(self):
        for body, param in (({"day": 1.5}, "day"), ({"day": "-1"}, "day"), ({"day": "1e3"}, "day"), ({"month": "1000000001"}, "month"),
                            ({"total": "0.0000000001"}, "total"), ({"thresholds": []}, "thresholds"),
                            ({"thresholds": [0]}, "thresholds.0"), ({"thresholds": [101]}, "thresholds.0"),
                            ({"thresholds": [50, 50]}, "thresholds"), ({"thresholds": list(range(1, 12))}, "thresholds"),
                            ({"week": "1"}, "week")):
            with self.subTest(body=body):
                self.refused(self.put("key", self.key, **body), 400, param=param)
        self.assertEqual(self.get("key", self.key)["day"], None)

    def test_the_command_line_sets_and_shows_them(self):
        team = self.team(self.tenant, "blue")
        of = ("limit", "set", "--tenant", self.tenant.id)
        self.bh.cli(*of, "--key", "spender", "--budget-day", "2", "--budget-month", "30", "--notify", "50,80,100")
        self.bh.cli(*of, "--team", "blue", "--budget-total", "0")
        self.bh.cli(*of, "--budget-total", "100", "--notify", "90")
        shown = self.tenant.limits()
        self.assertEqual((shown["budget_total"], shown["budget_day"], shown["notify"]), ("100", None, [90]))
        rows = {row["id"]: row for row in shown["budgets"]}
        self.assertEqual((rows[self.key]["day"], rows[self.key]["month"], rows[self.key]["thresholds"]), ("2", "30", [50, 80, 100]))
        self.assertEqual(rows[team]["total"], "0")
        self.bh.cli(*of, "--key", "spender", "--budget-day", "none")
        self.assertIsNone(self.get("key", self.key)["day"])
        plain = self.bh.run("limit", "list", "--tenant", self.tenant.id).stdout
        self.assertRegex(plain, r"BUDGET IN TOTAL +100\n")
        self.assertRegex(plain, r"team +\S+ +blue ")

    def test_the_scopes_are_needed(self):
        plain = self.bh.tenant()
        self.refused(plain.call("GET", "/api/budgets"), 403)
        self.refused(plain.call("GET", "/api/teams"), 403)


class Teams(PlatformTest):

    def setUp(self):
        self.tenant = self.bh.tenant(scopes=SCOPES)

    def make(self, name, status=201):
        return self.ok(self.tenant.call("POST", "/api/teams", {"name": name}), status)

    def test_a_team_is_made_renamed_and_archived(self):
        red = self.make("red")
        self.assertEqual((red["object"], red["name"], red["members"], red["archived_at"]), ("team", "red", 0, None))
        self.refused(self.tenant.call("POST", "/api/teams", {"name": "red"}), 400, param="name")
        self.assertEqual(self.ok(self.tenant.call("POST", f"/api/teams/{red['id']}", {"name": "crimson"}))["name"], "crimson")
        self.make("red")
        archived = self.ok(self.tenant.call("POST", f"/api/teams/{red['id']}/archive"))
        self.assertIsNotNone(archived["archived_at"])
        self.assertEqual(self.ok(self.tenant.call("POST", f"/api/teams/{red['id']}/archive")), archived)
        self.refused(self.tenant.call("POST", f"/api/teams/{red['id']}", {"name": "x"}), 404)
        names = lambda query: [row["name"] for row in self.ok(self.tenant.call("GET", "/api/teams" + query))["data"]]  # noqa: E731
        self.assertEqual(names(""), ["red"])
        self.assertEqual(names("?archived=true"), ["crimson", "red"])

    def test_members_are_people_of_the_tenant(self):
        team = self.make("red")["id"]
        person = self.bh.cli("user", "create", f"{uuid.uuid4().hex[:10]}@people.example", "--tenant", self.tenant.id)["id"]
        other = self.bh.tenant(scopes=SCOPES)
        stranger = self.bh.cli("user", "create", f"{uuid.uuid4().hex[:10]}@people.example", "--tenant", other.id)["id"]
        members = f"/api/teams/{team}/members"
        for _ in range(2):
            self.assertEqual(self.tenant.call("PUT", f"{members}/{person}").status, 204)
        self.refused(self.tenant.call("PUT", f"{members}/{stranger}"), 404)
        self.refused(other.call("PUT", f"{members}/{stranger}"), 404)
        self.refused(other.call("GET", members), 404)
        self.assertEqual([row["account_id"] for row in self.ok(self.tenant.call("GET", members))["data"]], [person])
        self.assertEqual(self.ok(self.tenant.call("GET", f"/api/teams/{team}"))["members"], 1)
        self.assertEqual(self.tenant.call("DELETE", f"{members}/{person}").status, 204)
        self.refused(self.tenant.call("DELETE", f"{members}/{person}"), 404)

    def test_a_key_carries_its_team_and_passes_it_on(self):
        team, other = self.make("red")["id"], self.make("other")["id"]
        row = self.bh.cli("key", "create", "--tenant", self.tenant.id, "--team", "red", "--scope", "keys:write", "--scope", "keys:read",
                          "--scope", "chat:write")
        self.assertEqual(row["team_id"], team)
        of_team = wire.Http(self.bh.address, row["key"])
        made = self.ok(of_team.call("POST", "/api/keys", {"scopes": ["chat:write"]}), 201)
        self.assertEqual(made["team_id"], team)
        self.refused(of_team.call("POST", "/api/keys", {"scopes": ["chat:write"], "team_id": other}), 403, param="team_id")
        self.assertIsNone(self.bh.cli("key", "create", "--tenant", self.tenant.id)["team_id"])
        stranger = self.ok(self.bh.tenant(scopes=SCOPES).call("POST", "/api/teams", {"name": "red"}), 201)["id"]
        maker = wire.Http(self.bh.address, self.tenant.new_key("keys:write", "chat:write")["key"])
        for id in (stranger, str(uuid.UUID(MISSING))):
            self.refused(maker.call("POST", "/api/keys", {"team_id": id}), 400, param="team_id")
        self.ok(self.tenant.call("POST", f"/api/teams/{other}/archive"))
        self.refused(maker.call("POST", "/api/keys", {"team_id": other}), 400, param="team_id")

    def test_the_command_line_does_the_same(self):
        self.bh.cli("team", "create", "green", "--tenant", self.tenant.id)
        self.bh.cli("team", "rename", "green", "--name", "olive", "--tenant", self.tenant.id)
        self.assertEqual([row["name"] for row in self.bh.cli("team", "list", "--tenant", self.tenant.id)["data"]], ["olive"])
        self.bh.cli("team", "archive", "olive", "--tenant", self.tenant.id)
        self.assertEqual(self.bh.cli("team", "list", "--tenant", self.tenant.id)["data"], [])


if __name__ == "__main__":
    main()
