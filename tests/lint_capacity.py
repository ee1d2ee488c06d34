# SPDX-License-Identifier: Apache-2.0
"""scripts/capacity.py: sums that can be checked by hand, and refusals."""
import json
import subprocess
import sys
import unittest

from checkout import ROOT


class Capacity(unittest.TestCase):
    @staticmethod
    def run_script(*words):
        return subprocess.run([sys.executable, "-B", f"{ROOT}/scripts/capacity.py", "--json", *words], capture_output=True, text=True, check=False)

    def ask(self, *words):
        done = self.run_script(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_nothing_needs_one_machine(self):
        found = self.ask()
        self.assertEqual((found["machines_together"], found["disk_bytes"]), (1, 0))
        self.assertEqual(set(found["processors"].values()), {0.0})

    def test_twice_the_load_needs_twice_the_processors(self):
        one, two = self.ask("chats=500", "searches=20"), self.ask("chats=1000", "searches=40")
        for part in ("services", "database"):
            self.assertGreater(one["processors"][part], 0)
            self.assertAlmostEqual(two["processors"][part], 2 * one["processors"][part])

    def test_the_engines_are_the_first_to_be_full_where_they_write(self):
        found = self.ask("--cores", "2", "tokens_out=31", "chats=1")
        self.assertAlmostEqual(found["processors"]["engines"], 2.0)
        self.assertEqual(max(found["machines"], key=found["machines"].get), "engines")

    def test_a_larger_store_costs_the_database_more(self):
        small, large = (self.ask("searches=10", f"store_chunks={size}")["processors"]["database"] for size in (10_000, 40_000))
        self.assertGreater(large, small)

    def test_what_is_kept_needs_disk_and_memory(self):
        found = self.ask("--memory", "1", "stored_chunks=10000000")
        self.assertGreater(found["machines"]["database"], 10)

    def test_what_it_does_not_know_is_refused(self):
        for word in ("chat=1", "chats", "chats=-1", "chats=nan", "chats=many"):
            done = self.run_script(word)
            self.assertEqual(done.returncode, 2, word)
            self.assertIn(word.partition("=")[0], done.stderr)
