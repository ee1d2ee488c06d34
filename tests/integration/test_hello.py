# SPDX-License-Identifier: Apache-2.0
"""A service more by touching four places: docs/adding-a-service.md, done in a copy of the tree."""
import json
import os
import re
import shutil
import subprocess
import sys

from base import PlatformTest, main, marker, until

import wire
from copy_of_tree import CopyOfTree
from instance import ROOT, Instance

EXAMPLE = os.path.join(ROOT, "tests/hello")
# The folder, the list of services, migration and policies, the API's description.
PLACES = r"src/hello/.*|src/main\.c|db/(migrations/9000-hello|policies/hello)\.sql|api/openapi\.yaml"


def add_hello(tree):
    for folder in ("src", "db"):
        shutil.copytree(os.path.join(EXAMPLE, folder), tree.path(folder), dirs_exist_ok=True)
    tree.edit("src/main.c", ('#include "model/model.h"\n', '#include "hello/hello.h"\n'),
              ("\tNULL,\n", "\t&hello_service,\n"))
    with open(os.path.join(EXAMPLE, "openapi.yaml"), encoding="utf-8") as file:
        tree.edit("api/openapi.yaml", ("components:\n", file.read()))


class OfCopy(Instance):
    """An instance of what was built in the copy, without engines and quickstart."""

    def __init__(self, tree):
        super().__init__(engine_enabled="false", supervisor_quickstart="false", hello_word="Good day")
        self.tree = tree

    def install(self):
        self.tree.run("scripts/setup", "install", self.tree.build, self.programs)


class Hello(PlatformTest):
    """One after the other; building and starting come first."""

    @classmethod
    def setUpClass(cls):
        cls.tree = CopyOfTree()
        cls.addClassCleanup(cls.tree.close)
        add_hello(cls.tree)
        cls.tree.make("bulkhead")
        if os.geteuid() == 0:
            cls.addClassCleanup(subprocess.run, ["/usr/sbin/userdel", "bulkhead-hello"], capture_output=True, check=False)
        cls.bh = OfCopy(cls.tree)
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.mine, cls.theirs = cls.bh.tenant(), cls.bh.tenant()
        reply = cls.mine.call("POST", "/v1/greetings", {"name": "Ada"})
        assert reply.status == 200, reply
        cls.greeting, cls.request = reply.json(), reply.request_id
        cls.path = f"/v1/greetings/{cls.greeting['id']}"

    def test_four_places_were_touched(self):
        self.assertEqual([name for name in self.tree.changed() if not re.fullmatch(PLACES, name)], [])

    def test_it_is_started_as_the_others_are(self):
        row = self.bh.process("hello")
        self.assertEqual((row["kind"], row["state"]), ("service", "ready"))
        self.assertIn("hello.word = Good day", self.bh.run("doctor").stdout)
        if os.geteuid() == 0:
            with open(f"/proc/{row['pid']}/status", encoding="ascii") as file:
                uid = re.search(r"^Uid:\t(\d+)", file.read(), re.M).group(1)
            done = subprocess.run(["/usr/bin/id", "-u", "bulkhead-hello"], capture_output=True, text=True, check=True)
            self.assertEqual(uid, done.stdout.strip())

    def test_it_is_reached_and_its_job_is_done(self):
        self.assertEqual(self.greeting["name"], "Ada")
        text = until(lambda: self.ok(self.mine.call("GET", self.path))["text"], 10, "the greeting's text")
        self.assertEqual(text, "Good day, Ada.")
        self.refused(self.mine.call("POST", "/v1/greetings", {"name": ""}), 400)
        self.refused(wire.Http(self.bh.address).call("GET", self.path), 401)

    def test_another_tenants_greeting_is_as_one_that_does_not_exist(self):
        for path in (self.path, "/v1/greetings/greet_" + "0" * 31 + "1"):
            self.refused(self.theirs.call("GET", path), 404)
        narrow = self.mine.new_key("models:read")["key"]
        self.refused(wire.Http(self.bh.address, narrow).call("GET", self.path), 403)

    def test_its_scopes_are_those_of_roles_and_keys(self):
        self.assertEqual(self.row()["scopes"], [{"name": "greetings:read", "role": "viewer", "preset": True},
                                                {"name": "greetings:write", "role": "member", "preset": True}])
        self.assertLess({"greetings:read", "greetings:write"}, set(self.mine.new_key()["scopes"]))
        reader = wire.Http(self.bh.address, self.mine.new_key("greetings:read")["key"])
        self.assertEqual(reader.call("GET", self.path).status, 200)
        self.refused(reader.call("POST", "/v1/greetings", {"name": "Ada"}), 403)

    def test_it_is_audited(self):
        lines = until(lambda: {line["file"]: line for line in self.bh.audit(self.request)
                               if line["event"] == "greeting.create"}, 5, "the audit lines")
        self.assertIn("audit-hello.jsonl", lines)
        self.assertEqual(lines["audit-hello.jsonl"]["tenant_id"], self.mine.id)

    def test_it_is_counted(self):
        key = self.bh.cli("key", "create", "--tenant", "platform", "--name", marker(), "--scope", "metrics:read")["key"]
        gateway = wire.Http(self.bh.address, key).call("GET", "/metrics").body.decode()
        self.assertRegex(gateway, r'(?m)^bulkhead\w+_total\{[^}]*"/v1/greetings"[^}]*\} [1-9]')

    def test_its_description_is_held_against_its_routes(self):
        self.checked(sys.executable, "tests/lint.py", "Description")

    def test_its_table_has_its_walls(self):
        """The catalogue's rules, the matrix of its table, and every statement of its sources."""
        self.checked(sys.executable, "tests/isolation/run.py", "--pg-bin", self.bh.manifest()["postgres"]["bin"], "Lint",
                     "Statements", "Matrix.test_hello_on_greeting", "Matrix.test_hello_on_job", "Matrix.test_rag_on_greeting")

    def checked(self, *words):
        done = subprocess.run(words, cwd=self.tree.root, env=self.tree.environment(), capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def row(self):
        return next(row for row in json.loads(self.bh.run("services", "--json").stdout)["data"] if row["name"] == "hello")

    def test_its_row_says_it_all(self):
        row = self.row()
        self.assertEqual((row["user"], row["role"], row["works_queue"]), ("bulkhead-hello", "bulkhead_hello", True))
        self.assertEqual(self.bh.psql("SELECT rolbypassrls, rolsuper FROM pg_roles WHERE rolname = 'bulkhead_hello'"),
                         [["f", "f"]])


if __name__ == "__main__":
    main()
