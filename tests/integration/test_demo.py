# SPDX-License-Identifier: Apache-2.0
"""bulkhead demo seed and reset: what is made, that it is made once, and that nothing else is touched."""
import os
import stat
import unittest

from base import main
from instance import MOCK_CHAT, Instance, until

NAME = "Northwind Demo"


SELLER = {"billing_seller_name": "Bulkhead Hosting GmbH", "billing_seller_address": "Am Deich 1 / 20457 Hamburg",
          "billing_seller_country": "DE"}


class Demonstration(unittest.TestCase):
    """A platform of its own: whether others are there decides what is refused."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(supervisor_quickstart="false", **SELLER)
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.bh.cli("tax", "set", "DE", "--rate", "19", "--since", "2021-01-01")

    def password(self):
        path = os.path.join(self.bh.home, "demo.env")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(path, encoding="utf-8") as file:
            return dict(line.rstrip("\n").split("=", 1) for line in file)["DEMO_PASSWORD"]

    def seed(self, *more):
        return self.bh.run("demo", "seed", "--json", *more, timeout=240)

    def shown(self):
        """What can be counted of it."""
        counted = {}
        for noun in ("user", "key", "team", "invitation", "invoice", "store"):
            counted[noun] = len(self.bh.cli(noun, "list", "--tenant", NAME)["data"])
        counted["acts"] = int(self.bh.psql("SELECT count(*) FROM bulkhead.usage_event WHERE subject = 'demonstration'")[0][0])
        counted["chats"] = int(self.bh.psql(
            "SELECT count(*) FROM bulkhead.chat AS c JOIN bulkhead.tenant AS t ON t.id = c.tenant_id "
            f"WHERE t.name = '{NAME}'")[0][0])
        return counted

    def test_a_demonstration_is_made_once_can_be_looked_at_and_is_removed(self):
        assert self.bh.mock is not None
        self.bh.cli("model", "default", MOCK_CHAT, "--kind", "chat", "--tenant", "platform")
        self.bh.tenant("Somebody real")
        refused = self.seed()
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--yes", refused.stderr)
        self.assertNotIn(NAME, [row["name"] for row in self.bh.cli("tenant", "list")["data"]])
        taken = self.seed("--yes", "--tenant", "Somebody real")
        self.assertEqual(taken.returncode, 1)
        self.assertIn("not a demonstration", taken.stderr)

        done = self.seed("--yes")
        self.assertEqual(done.returncode, 0, done.stderr)
        first = self.shown()
        self.assertEqual(first | {"acts": 0}, {"user": 4, "key": 2, "team": 1, "invitation": 1, "invoice": 1, "store": 1,
                                               "acts": 0, "chats": 3})
        self.assertGreater(first["acts"], 500)
        self.assertNotIn(self.password(), done.stdout + done.stderr)
        self.assertEqual({row["role"] for row in self.bh.cli("user", "list", "--tenant", NAME)["data"]},
                         {"owner", "admin", "member", "viewer"})
        (invoice,) = self.bh.cli("invoice", "list", "--tenant", NAME)["data"]
        self.assertTrue(invoice["number"])
        self.assertGreater(float(invoice["total"]), 1)
        self.books_agree()

        again = self.seed("--yes")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(self.shown(), first)

        gone = self.bh.run("demo", "reset", "--json")
        self.assertEqual(gone.returncode, 0, gone.stderr)
        self.assertEqual(self.bh.run("demo", "reset", "--json").returncode, 0)
        until(lambda: NAME not in [row["name"] for row in self.bh.cli("tenant", "list")["data"]], 60, "the tenant removed",
              pause=0.2)
        self.assertIn("Somebody real", [row["name"] for row in self.bh.cli("tenant", "list")["data"]])
        anew = self.seed("--yes")
        self.assertEqual(anew.returncode, 0, anew.stderr)
        self.assertEqual(self.shown()["chats"], 3)

    def books_agree(self):
        """Events, days and sums are the same money; nothing of the past counts today."""
        checked = self.bh.run("billing", "check", "--tenant", NAME)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        ((events, days, sums),) = self.bh.psql(
            "SELECT (SELECT sum(cost_nanos) FROM bulkhead.usage_event WHERE subject = 'demonstration'), "
            "(SELECT sum(cost_nanos) FROM bulkhead.usage_day AS d WHERE d.model LIKE 'demo-%'), "
            "(SELECT count(DISTINCT day) FROM bulkhead.usage_day AS d WHERE d.model LIKE 'demo-%' "
            "AND day < (now() AT TIME ZONE 'UTC')::date)")
        self.assertEqual(events, days)
        self.assertEqual(sums, "90")


if __name__ == "__main__":
    main()
