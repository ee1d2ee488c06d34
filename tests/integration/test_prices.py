# SPDX-License-Identifier: Apache-2.0
"""The price book: a public list read into it, versions, what tenants see of it, and what is refused."""
import json
import os
import time
import uuid

from base import main, wire
import test_plans


class PriceTest(test_plans.PlanTest):
    def setUp(self):
        super().setUp()
        self.mark = uuid.uuid4().hex[:8]

    def name(self, model):
        return f"{model}-{self.mark}"

    def listing(self, models):
        """A file in the list's form; costs are texts, so that they are written as they are."""
        path = os.path.join(self.bh.folder, f"prices-{self.mark}.json")
        rows = ",\n".join(f"{json.dumps(self.name(name))}: {{{', '.join(f'{json.dumps(k)}: {v}' for k, v in row.items())}}}"
                          for name, row in models.items())
        with open(path, "w", encoding="utf-8") as file:
            file.write("{" + rows + "}")
        return path

    def take(self, path, *words):
        return self.bh.cli("price", "import", path, *words)

    def in_force(self, model, tenant=None):
        words = ("--tenant", tenant.id) if tenant else ()
        rows = [row for row in self.bh.cli("price", "list", *words)["data"] if row["item"] == self.name(model)]
        return rows[0] if rows else None


class Import(PriceTest):
    def test_a_list_is_read_exactly_and_once(self):
        path = self.listing({
            "big": {"input_cost_per_token": "1.25e-06", "output_cost_per_token": "1e-05",
                    "cache_read_input_token_cost": "3.125e-07", "cache_creation_input_token_cost": "1.625e-06",
                    "input_cost_per_token_above_200k_tokens": "2.5e-06", "output_cost_per_token_batches": "5e-06",
                    "input_cost_per_token_priority": "2e-06", "max_tokens": "8192", "mode": '"chat"'},
            "picture": {"output_cost_per_image": "0.04"},
            "free": {"mode": '"chat"'}})
        words = ("--currency", "EUR")
        told = self.take(path, *words, "--dry-run")
        self.assertEqual((told["changed"], told["unpriced"], told["dry_run"]), (2, 1, True))
        self.assertEqual({row["item"] for row in told["items"]}, {self.name("big"), self.name("picture")})
        self.assertIsNone(self.in_force("big"))
        done = self.take(path, *words)
        self.assertEqual((done["changed"], done["unchanged"], done["rounded"]), (2, 0, 0))
        self.assertEqual(done["unused"], [{"member": "input_cost_per_token_priority", "models": 1}])
        again = self.take(path, *words)
        self.assertEqual((again["changed"], again["unchanged"]), (0, 2))
        row = self.in_force("big")
        self.assertEqual(row["version"], 1)
        self.assertEqual(row["source"], os.path.basename(path))
        self.assertEqual(row["prices"], {
            "input": "1.25", "cached": "0.3125", "cache_write": "1.625", "output": "10", "input_above_200k": "2.5",
            "output_batch": "5"})
        self.assertEqual(self.in_force("picture")["prices"], {"units": "40000"})

    def test_what_changed_is_a_new_version(self):
        words = ("--currency", "EUR")
        self.take(self.listing({"a": {"input_cost_per_token": "1e-06"}, "b": {"input_cost_per_token": "1e-06"}}), *words)
        done = self.take(self.listing({"a": {"input_cost_per_token": "2e-06"}, "b": {"input_cost_per_token": "1e-06"}}), *words)
        self.assertEqual(done["items"], [{"item": self.name("a"), "version": 2}])
        self.assertEqual(self.in_force("a")["prices"], {"input": "2"})

    def test_another_currency_needs_a_rate(self):
        path = self.listing({"a": {"input_cost_per_token": "1.5e-07"}})
        self.refused_by("--rate", "price", "import", path)
        self.refused_by("--rate", "price", "import", path, "--rate", "0")
        self.refused_by("--rate", "price", "import", path, "--rate", "1e-1")
        self.refused_by("--rate", "price", "import", path, "--currency", "EUR", "--rate", "0.9")
        self.assertIsNone(self.in_force("a"))
        self.take(path, "--rate", "0.9215")
        self.assertEqual(self.in_force("a")["prices"], {"input": "0.138225"})

    def test_a_bad_list_changes_nothing(self):
        for cost, said in [("-1e-06", "between"), ('"1e-06"', "between"), ("1e10", "between"), ("1e-06,", "line")]:
            path = self.listing({"a": {"output_cost_per_token": "1"}, "b": {"input_cost_per_token": cost}})
            self.refused_by(said, "price", "import", path, "--currency", "EUR")
        self.refused_by("cannot read", "price", "import", path + ".not", "--currency", "EUR")
        self.assertIsNone(self.in_force("a"))


class Book(PriceTest):
    def test_a_tenant_sees_its_own_and_the_platforms(self):
        other = self.bh.tenant()
        self.bh.cli("price", "set", self.name("public"), "--input", "1.5", "--output", "2")
        self.bh.cli("price", "set", self.name("own"), "--tenant", self.tenant.id, "--units", "40000")
        key = self.tenant.new_key("billing:read")["key"]
        seen = self.ok(wire.Http(self.bh.address, key).call("GET", "/api/billing/prices?limit=1000"))["data"]
        seen = {row["item"]: row["prices"] for row in seen}
        self.assertEqual(seen[self.name("public")], {"input": "1.5", "output": "2"})
        self.assertEqual(seen[self.name("own")], {"units": "40000"})
        self.assertIsNone(self.in_force("own", other))
        self.assertIsNone(self.in_force("own"))

    def test_a_price_that_comes_later_is_not_in_force_yet(self):
        item = self.name("later")
        self.bh.cli("price", "set", item, "--input", "1")
        self.operator("PUT", "tenants/00000000-0000-0000-0000-000000000001/prices",
                      {"item": item, "effective_at": 4000000000, "prices": {"input": "2"}})
        self.assertEqual(self.in_force("later")["prices"], {"input": "1"})
        path = f"tenants/00000000-0000-0000-0000-000000000001/prices?item={item}&at=4000000000"
        self.assertEqual(self.operator("GET", path).json()["data"][0]["prices"], {"input": "2"})

    def test_a_models_price_is_a_version_and_its_list_shows_what_is_in_force(self):
        name, tenant = self.name("model"), ("--tenant", self.tenant.id)

        def add(*words):
            return self.bh.cli("model", "add", name, "--url", self.bh.mock.url + "/v1", "--upstream-model", "theirs",
                               *tenant, *words)

        def listed():
            rows = self.bh.cli("model", "list", *tenant)["data"]
            row = next(row for row in rows if row["name"] == name)
            return row["price_in"], row["price_out"]

        add("--price-in", "0.15")
        row = self.in_force("model", self.tenant)
        self.assertEqual((row["version"], row["source"], row["prices"]), (1, "model add", {"input": "0.15", "output": "0"}))
        self.assertAlmostEqual(row["effective_at"], time.time(), delta=600)
        self.assertIsNone(self.in_force("model"))
        self.assertEqual(listed(), ("0.15", "0"))
        self.bh.cli("price", "set", name, *tenant, "--input", "0.3", "--output", "0.6")
        self.assertEqual(listed(), ("0.3", "0.6"))
        # The book goes by names: what it says of this one holds for whoever bears it next.
        self.bh.cli("model", "remove", name, *tenant)
        add()
        self.assertEqual(listed(), ("0.3", "0.6"))
        self.bh.cli("model", "remove", name, *tenant)
        add("--price-in", "0.3", "--price-out", "0.6")
        self.assertEqual(self.in_force("model", self.tenant)["version"], 2)

    def test_bad_prices_are_refused_with_what_is_wrong(self):
        path = f"tenants/{self.tenant.id}/prices"
        good = {"item": "m", "prices": {"input": "1"}}
        for change, code, param in [({"prices": {"input": 1.5}}, "invalid_type", "prices.input"),
                                    ({"prices": {"input": "-1"}}, "invalid_value", "prices.input"),
                                    ({"prices": {"input": "1e3"}}, "invalid_value", "prices.input"),
                                    ({"prices": {"input": "1000000001"}}, "out_of_range", "prices.input"),
                                    ({"prices": {"words": "1"}}, "unknown_parameter", "prices.words"),
                                    ({"prices": {}}, "missing_required_parameter", "prices"),
                                    ({"item": ""}, "out_of_range", "item"), ({"effective_at": -1}, "out_of_range", "effective_at")]:
            with self.subTest(change=change):
                reply = self.operator("PUT", path, good | change)
                self.assertEqual((reply.status, reply.error["param"]), (400, param), reply)
                self.assertEqual(reply.error["code"], code)
        reply = self.operator("POST", path + "/import", {"source": "x", "items": [good, good | {"prices": {"input": 1}}]})
        self.assertEqual((reply.status, reply.error["param"]), (400, "items.1.prices.input"))


if __name__ == "__main__":
    main()
