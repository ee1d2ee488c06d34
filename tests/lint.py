# SPDX-License-Identifier: Apache-2.0
"""What can be checked without a platform: sources, lock files, documents, and what is made from tables."""
import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

from checkout import PROGRAM, ROOT, is_shell, text, tracked  # noqa: E402
# Their cases too: unittest finds them here, or the one that is named, as in `tests/lint.py Description`.
from lint_capacity import Capacity  # noqa: E402, F401
from lint_described import Description, Shapes  # noqa: E402, F401
from lint_migrations import Migrations  # noqa: E402, F401
from lint_sources import Built, Circles, Clang, Fetching, Layers, Licence, Sentences, Words  # noqa: E402, F401


class Shell(unittest.TestCase):
    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_shellcheck_has_nothing_to_say(self):
        files = [name for name in tracked() if is_shell(name)]
        self.assertTrue(files)
        done = subprocess.run(["shellcheck", *files], cwd=ROOT, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)


class Locks(unittest.TestCase):
    """Pinned by version and checksum; which host serves them is nobody's business here."""

    FILES = ("scripts/lock.json", "scripts/lock-speech.json", "scripts/lock-tests.txt", "scripts/packages.txt")

    def test_they_name_no_host(self):
        for name in self.FILES:
            with self.subTest(name=name):
                self.assertNotRegex(text(name), r"https?://|\b[a-z0-9-]+\.(com|org|io|net|dev)\b")

    def test_every_download_has_a_version_and_a_checksum(self):
        for entry in [each for name in ("scripts/lock.json", "scripts/lock-speech.json") for each in json.loads(text(name))["packages"]]:
            for part in entry.get("parts") or entry.get("pythons", {"": entry}).values():
                self.assertRegex(part["sha256"], r"^[0-9a-f]{64}$")
            self.assertTrue(entry["version"])
        wanted = re.findall(r"^(\S+==\S+)((?: \\\n +--hash=sha256:[0-9a-f]{64})+)", text("scripts/lock-tests.txt"), re.M)
        names = re.findall(r"^[a-z]\S+==", text("scripts/lock-tests.txt"), re.M)
        self.assertEqual(len(wanted), len(names))


    def test_packages_of_the_console_and_of_clients_are_exact_and_from_nowhere_in_particular(self):
        for folder in ("web", "scripts/clients", "bench/lighthouse"):
            self.assertNotRegex(text(f"{folder}/package-lock.json"), r"https?://")
            packages = json.loads(text(f"{folder}/package-lock.json"))["packages"]
            asked = json.loads(text(f"{folder}/package.json"))
            for version in [*asked["dependencies"].values(), *asked.get("devDependencies", {}).values()]:
                self.assertRegex(version, r"^\d+\.\d+\.\d+$")
            for name, entry in packages.items():
                with self.subTest(folder=folder, package=name):
                    self.assertNotIn("resolved", entry)
                    self.assertTrue(name == "" or entry["integrity"].startswith("sha512-"))


class Commands(unittest.TestCase):
    """What is made from the command table: the manual page and completion."""

    @classmethod
    def setUpClass(cls):
        cls.manual, cls.completion, cls.help = (cls.say(word) for word in ("man", "completion", "help"))
        cls.names = [" ".join(re.findall(r"^[a-z0-9-]+(?: [a-z0-9-]+)?", line.strip())) for line in cls.help.splitlines()
                     if line.startswith("  ")]

    @staticmethod
    def say(*words):
        done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"bulkhead {words}: {done.stderr}")
        return done.stdout

    def complete(self, *words):
        """What bash offers for the last of the words."""
        script = (self.completion + "COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1))\n_bulkhead\n"
                  "printf '%s\\n' \"${COMPREPLY[@]}\"\n")
        done = subprocess.run(["bash", "-u", "-c", script, "bash", "bulkhead", *words], capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), words)
        return done.stdout.split()

    def test_the_manual_page_has_every_command_and_option(self):
        plain = self.manual.replace("\\-", "-")
        self.assertGreater(len(self.names), 20)
        for name in self.names:
            with self.subTest(command=name):
                self.assertRegex(plain, rf'(?m)^\.SS "bulkhead {name}[ "]')
                section = re.search(rf'(?ms)^\.SS "bulkhead {name}[ "].*?(?=^\.S[SH])', plain).group()
                options = re.findall(r"^  --([a-z0-9-]+)", self.say("help", *name.split()), re.M)
                self.assertEqual(re.findall(r"--([a-z0-9-]+)\\fR", section), options)

    @unittest.skipUnless(shutil.which("man"), "man is not installed")
    def test_the_manual_page_is_read_without_a_warning(self):
        with tempfile.NamedTemporaryFile("w", suffix=".1") as file:
            file.write(self.manual)
            file.flush()
            done = subprocess.run(["man", "--warnings", "-l", file.name], capture_output=True, text=True, check=False,
                                  env={**os.environ, "MANPAGER": "cat", "MANWIDTH": "100", "LC_ALL": "C.UTF-8"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("bulkhead tenant create NAME", done.stdout)

    def test_bash_completes_nouns_verbs_options_and_values(self):
        nouns = {name.split()[0] for name in self.names}
        self.assertEqual(set(self.complete("")), nouns | {"help"})
        self.assertEqual(set(self.complete("help", "")), nouns | {"help"})
        self.assertEqual(self.complete("ten"), ["tenant"])
        for noun in nouns:
            verbs = {name.split()[1] for name in self.names if name.split()[0] == noun and " " in name}
            with self.subTest(noun=noun):
                self.assertEqual(set(self.complete(noun, "")), verbs)
                self.assertEqual(set(self.complete("help", noun, "")), verbs)
        for name in self.names:
            with self.subTest(command=name):
                options = re.findall(r"^  (--[a-z0-9-]+)", self.say("help", *name.split()), re.M)
                self.assertEqual(set(self.complete(*name.split(), "-")), {*options, "--help"})
        self.assertEqual(self.complete("model", "add", "m", "--kind", "e"), ["embedding"])
        self.assertEqual(self.complete("key", "list", "--tenant", ""), [])

    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_shellcheck_has_nothing_to_say_of_the_completion(self):
        done = subprocess.run(["shellcheck", "-"], input=self.completion, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_both_are_installed(self):
        with tempfile.TemporaryDirectory() as prefix:
            done = subprocess.run([os.path.join(ROOT, "scripts/setup"), "install", os.path.dirname(PROGRAM), prefix],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            for place, made in (("share/man/man1/bulkhead.1", self.manual),
                                ("share/bash-completion/completions/bulkhead", self.completion)):
                with open(os.path.join(prefix, place), encoding="utf-8") as file:
                    self.assertEqual(file.read(), made)


class Versions(unittest.TestCase):
    def test_build_description_and_changelog_name_the_same_one(self):
        version = re.search(r"(?m)^  version: '([^']*)'", text("meson.build")).group(1)
        self.assertRegex(version, r"^\d+\.\d+\.\d+$")
        self.assertEqual(re.search(r"(?m)^  version: (.*)$", text("api/openapi.yaml")).group(1), version)
        self.assertEqual(re.search(r"(?m)^## (\S+)", text("CHANGELOG.md")).group(1), version)


class Documents(unittest.TestCase):
    def test_the_index_names_every_document(self):
        for folder in ("docs", "docs/decisions"):
            index = text(f"{folder}/README.md")
            for name in tracked():
                if os.path.dirname(name) == folder and name.endswith(".md") and not name.endswith("/README.md"):
                    self.assertIn(f"]({os.path.basename(name)})", index, f"{folder}/README.md does not name {name}")

    def test_links_lead_to_files(self):
        for name in tracked():
            if not name.endswith(".md") or name.startswith(("tests/", "scripts/")):
                continue
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text(name)):
                if "://" not in target:
                    path = os.path.join(ROOT, os.path.dirname(name), target)
                    self.assertTrue(os.path.exists(path), f"{name}: {target}")


class Tests(unittest.TestCase):
    """The integration tests themselves."""

    FOLDER = "tests/integration"
    ENGINE_TESTS_MAX = 22

    def modules(self):
        for name in tracked():
            if name.startswith(self.FOLDER + "/") and name.endswith(".py"):
                yield os.path.basename(name), ast.parse(text(name))

    def test_few_use_the_real_engines(self):
        marked = [f"{module}: {node.name}" for module, tree in self.modules() for node in ast.walk(tree)
                  if isinstance(node, ast.FunctionDef) and "uses_engine" in map(ast.unparse, node.decorator_list)]
        self.assertTrue(marked)
        self.assertLessEqual(len(marked), self.ENGINE_TESTS_MAX, marked)

    def test_the_engines_are_had_in_one_way_only(self):
        """By PlatformTest.engine_tenant, which looks for the mark."""
        for module, tree in self.modules():
            calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)
                     and any(word.arg == "mock" for word in node.keywords)]
            self.assertEqual(len(calls), 1 if module == "base.py" else 0, module)


class Image(unittest.TestCase):
    """What the Dockerfile copies, which is not built on every run, is what the build reads."""

    def test_the_build_finds_every_folder(self):
        folders = set(re.findall(r"(?m)^ *subdir\('(\w+)'\)$", text("meson.build"))) - {"bench"}
        copied = set(re.findall(r"(?m)^COPY (\w+)/ /src/\1/$", text("deploy/image/Dockerfile")))
        self.assertGreater(len(folders), 4)
        self.assertEqual(folders - copied, set())


class Units(unittest.TestCase):
    """What systemd says of the units, which may do as little as docs/systemd.md states."""

    EXPOSURE = 1.7

    def test_their_exposure_is_what_the_document_states(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not installed")
        self.assertIn(f"gives it {self.EXPOSURE} ", text("docs/systemd.md"))
        for name in (name for name in tracked() if name.startswith("deploy/systemd/") and name.endswith(".service")):
            done = subprocess.run(["systemd-analyze", "security", "--offline=true", os.path.join(ROOT, name)],
                                  capture_output=True, text=True, timeout=60, check=False)
            said = re.search(r"exposure level for .*: ([\d.]+)", done.stdout)
            self.assertIsNotNone(said, done.stdout + done.stderr)
            # Each version of systemd knows of more.
            self.assertLessEqual(float(said[1]), self.EXPOSURE + 0.3, done.stdout)

if __name__ == "__main__":
    unittest.main(verbosity=1)
