# SPDX-License-Identifier: Apache-2.0
"""The console's sources: types against the API's description, lint, types, what is unused, unit tests.

usage: run.py NODE
"""
import os
import subprocess
import sys
import unittest

WEB = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "web")
NODE = sys.argv.pop(1) if len(sys.argv) > 1 else "node"


class Sources(unittest.TestCase):
    def succeeds(self, *command):
        done = subprocess.run([NODE, *command], cwd=WEB, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False,
                              env={**os.environ, "NO_COLOR": "1", "CI": "1"})
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_the_types_are_those_of_the_description(self):
        self.succeeds("scripts/types.mjs", "--check")

    def test_biome_has_nothing_to_say(self):
        self.succeeds("node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", ".")

    def test_the_types_agree(self):
        self.succeeds("node_modules/typescript/bin/tsc", "--noEmit", "-p", "tsconfig.check.json")

    def test_nothing_is_unused(self):
        self.succeeds("node_modules/knip/bin/knip.js")

    def test_the_units_do_what_they_say(self):
        self.succeeds("node_modules/vitest/vitest.mjs", "run")


if __name__ == "__main__":
    unittest.main()
