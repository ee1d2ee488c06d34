# SPDX-License-Identifier: Apache-2.0
"""What can be checked without a platform: sources, lock files, documents, and what is made from tables."""
import ast
import concurrent.futures
import fnmatch
import graphlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests/lib"))

import services  # noqa: E402

PROGRAM = services.PROGRAM
METHODS = {"get", "post", "put", "delete", "patch", "head", "options"}
# Answered by the gateway itself, in no service's table.
GATEWAY = {("GET", "/metrics"): "metrics:read"}


def tracked():
    """Files of the checkout that git does not ignore."""
    done = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                          capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split("\0") if name and os.path.isfile(os.path.join(ROOT, name))]


def text(name):
    with open(os.path.join(ROOT, name), encoding="utf-8", errors="replace") as file:
        return file.read()


def is_shell(name):
    with open(os.path.join(ROOT, name), "rb") as file:
        first = file.readline(200)
    return bool(re.match(rb"#!.*\b(ba|da)?sh\b", first))


class Shell(unittest.TestCase):
    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_shellcheck_has_nothing_to_say(self):
        files = [name for name in tracked() if is_shell(name)]
        self.assertTrue(files)
        done = subprocess.run(["shellcheck", *files], cwd=ROOT, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)


class Locks(unittest.TestCase):
    """Pinned by version and checksum; which host serves them is nobody's business here."""

    FILES = ("scripts/lock.json", "scripts/lock-tests.txt", "scripts/packages.txt")

    def test_they_name_no_host(self):
        for name in self.FILES:
            with self.subTest(name=name):
                self.assertNotRegex(text(name), r"https?://|\b[a-z0-9-]+\.(com|org|io|net|dev)\b")

    def test_every_download_has_a_version_and_a_checksum(self):
        for entry in json.loads(text("scripts/lock.json"))["packages"]:
            for part in entry.get("parts", [entry]):
                self.assertRegex(part["sha256"], r"^[0-9a-f]{64}$")
            self.assertTrue(entry["version"])
        wanted = re.findall(r"^(\S+==\S+)((?: \\\n +--hash=sha256:[0-9a-f]{64})+)", text("scripts/lock-tests.txt"), re.M)
        names = re.findall(r"^[a-z]\S+==", text("scripts/lock-tests.txt"), re.M)
        self.assertEqual(len(wanted), len(names))


    def test_packages_of_the_console_and_of_clients_are_exact_and_from_nowhere_in_particular(self):
        for folder in ("web", "scripts/clients"):
            packages = json.loads(text(f"{folder}/package-lock.json"))["packages"]
            asked = json.loads(text(f"{folder}/package.json"))
            for version in [*asked["dependencies"].values(), *asked.get("devDependencies", {}).values()]:
                self.assertRegex(version, r"^\d+\.\d+\.\d+$")
            for name, entry in packages.items():
                with self.subTest(folder=folder, package=name):
                    self.assertNotIn("resolved", entry)
                    self.assertTrue(name == "" or entry["integrity"].startswith("sha512-"))


class Description(unittest.TestCase):
    """api/openapi.yaml: valid, and exactly the public routes."""

    @classmethod
    def setUpClass(cls):
        cls.document = yaml.safe_load(text("api/openapi.yaml"))

    def operations(self):
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                if method in METHODS:
                    yield method.upper(), path, operation

    def routes(self):
        if not os.path.exists(PROGRAM):
            self.fail(f"{PROGRAM} is not built; run `make build`")
        done = subprocess.run([PROGRAM, "routes", "--json"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_it_is_a_valid_description(self):
        import jsonschema
        self.assertRegex(self.document["openapi"], r"^3\.1\.")
        self.assertTrue({"info", "paths", "components"} <= set(self.document))
        for method, path, operation in self.operations():
            with self.subTest(operation=f"{method} {path}"):
                self.assertTrue(operation["summary"] and operation["responses"] and operation["operationId"])
                # Asking for no credential is said in both ways or in neither.
                self.assertEqual(operation.get("security") == [], operation["x-bulkhead-scope"] == "none")
                named = {self.resolved(each)["name"] for each in operation.get("parameters", ())
                         if self.resolved(each)["in"] == "path"}
                self.assertEqual(named, set(re.findall(r"\{(\w+)\}", path)))
                self.assertIn("default", operation["responses"])
        for name, schema in self.document["components"]["schemas"].items():
            with self.subTest(schema=name):
                jsonschema.Draft202012Validator.check_schema(schema)

    def resolved(self, value):
        while "$ref" in value:
            place = self.document
            for name in value["$ref"].removeprefix("#/").split("/"):
                place = place[name]
            value = place
        return value

    def test_every_reference_leads_somewhere_and_every_part_is_used(self):
        used = set(re.findall(r"\$ref: '?(#/[\w/]+)", text("api/openapi.yaml")))
        for each in used:
            with self.subTest(reference=each):
                self.resolved({"$ref": each})
        for kind in ("schemas", "parameters", "responses"):
            for name in self.document["components"][kind]:
                with self.subTest(part=name):
                    self.assertIn(f"#/components/{kind}/{name}", used)

    def test_operation_ids_are_unique(self):
        names = [operation["operationId"] for _, _, operation in self.operations()]
        self.assertEqual(len(names), len(set(names)))

    def test_it_describes_every_public_route_and_nothing_else(self):
        routes = {(row["method"], row["path"]) for row in self.routes() if row["reach"] == "public"} | set(GATEWAY)
        described = {(method, path) for method, path, _ in self.operations()}
        self.assertEqual(sorted(routes - described), [], "routes that are not described")
        self.assertEqual(sorted(described - routes), [], "descriptions without a route")

    def test_scopes_and_streams_are_those_of_the_routes(self):
        rows = {(row["method"], row["path"]): row for row in self.routes() if row["reach"] == "public"}
        for method, path, operation in self.operations():
            with self.subTest(operation=f"{method} {path}"):
                row = rows.get((method, path))
                scope = GATEWAY.get((method, path)) or (row and row["scope"])
                self.assertEqual(operation["x-bulkhead-scope"], scope)
                content = operation["responses"].get("200", {}).get("content", {})
                self.assertEqual("text/event-stream" in content, bool(row and row["stream"]))

    def test_idempotency_keys_are_described_where_routes_honour_them(self):
        rows = {(row["method"], row["path"]): row for row in self.routes() if row["reach"] == "public"}
        for method, path, operation in self.operations():
            with self.subTest(operation=f"{method} {path}"):
                named = {self.resolved(each)["name"] for each in operation.get("parameters", ())}
                row = rows.get((method, path))
                self.assertEqual("Idempotency-Key" in named, bool(row and row["idempotent_key"]))


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


def skip_unless_meant(program, file):
    """Other versions of clang's tools judge otherwise; which one is meant stands in their file."""
    meant = re.search(program + r" (\d+)", text(file)).group(1)
    if not shutil.which(program):
        raise unittest.SkipTest(f"{program} is not installed")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    installed = re.search(r"version (\d+)", said).group(1)
    if installed != meant:
        raise unittest.SkipTest(f"{program} {meant} is meant, {installed} is installed")


class Clang(unittest.TestCase):
    """The C files are as clang-format leaves them, and clang-tidy finds nothing in those that read outside bytes first."""

    READERS = (
        "src/base/buf.c", "src/base/text.c", "src/base/uuid.c", "src/conf/conf.c", "src/json/json.c",
        "src/http/disposition.c", "src/http/multipart.c", "src/http/peer_head.c", "src/http/query.c", "src/http/sse.c",
        "src/object/s3_list.c", "src/object/s3_xml.c", "src/sec/claims.c", "src/sec/credential.c", "src/sec/jws.c",
        "extract/csv.c", "extract/package.c", "extract/sink.c", "extract/unicode.c")

    def test_clang_format_would_change_nothing(self):
        skip_unless_meant("clang-format", ".clang-format")
        files = [name for name in tracked() if name.endswith((".c", ".h"))]
        done = subprocess.run(["clang-format", "--dry-run", "-Werror", *files], cwd=ROOT, capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, "run `make fmt`:\n" + done.stderr[:4000])

    def test_clang_tidy_has_nothing_to_say(self):
        skip_unless_meant("clang-tidy", ".clang-tidy")
        build = os.environ.get("BULKHEAD_BUILD_ASAN") or os.path.join(ROOT, "build-asan")
        if not os.path.exists(os.path.join(build, "compile_commands.json")):
            self.skipTest(f"{build} is not set up; run `make build-asan`")
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for name, done in zip(self.READERS, pool.map(lambda name: subprocess.run(
                    ["clang-tidy", "-p", build, "--quiet", name], cwd=ROOT, capture_output=True, text=True, check=False),
                    self.READERS)):
                with self.subTest(name):
                    self.assertEqual(done.returncode, 0, done.stdout)


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


class Shapes(unittest.TestCase):
    """The objects of api/openapi.yaml and the tables they are read and written by say the same, both ways."""

    TYPES = {"text": "string", "id": "string", "date": "string", "money": "string", "choice": "string", "int": "integer",
             "time": "integer", "double": "number", "bool": "boolean", "words": "array", "array": "array",
             "metadata": "object", "object": "object"}
    # What a row leaves to its handler: too few words for a table, or a rule over several members.
    BOUNDS = {"int": ("minimum", "maximum"), "time": ("minimum", "maximum"), "double": ("minimum", "maximum"),
              "text": ("minLength", "maxLength"), "array": ("minItems", "maxItems")}

    @classmethod
    def setUpClass(cls):
        cls.document = yaml.safe_load(text("api/openapi.yaml"))
        done = subprocess.run([PROGRAM, "routes", "--json"], capture_output=True, text=True, check=True)
        cls.rows = [row for row in json.loads(done.stdout) if row["reach"] == "public"]

    resolved = Description.resolved

    def body(self, part):
        """The schema of a JSON body or answer, and its name."""
        schema = self.resolved(part)["content"]["application/json"]["schema"]
        return schema, schema.get("$ref", "").rpartition("/")[2]

    def test_routes_take_and_give_what_is_described(self):
        for row in self.rows:
            operation = self.document["paths"][row["path"]][row["method"].lower()]
            with self.subTest(route=f"{row['method']} {row['path']}"):
                if row["takes"]:
                    self.assertEqual(self.body(operation["requestBody"])[1], row["takes"]["name"])
                if row["gives"]:
                    status = next(each for each in operation["responses"] if each.startswith("2"))
                    schema, name = self.body(operation["responses"][status])
                    if name != row["gives"]["name"]:
                        name = self.resolved(schema)["properties"]["data"]["items"]["$ref"].rpartition("/")[2]
                    self.assertEqual(name, row["gives"]["name"])

    def test_members_are_those_of_the_tables(self):
        shapes = {(way, row[way]["name"]): row[way]["fields"] for row in self.rows for way in ("takes", "gives") if row[way]}
        self.assertGreater(len(shapes), 30)
        taken = {name for way, name in shapes if way == "takes"}
        for (way, name), fields in sorted(shapes.items()):
            schema = self.document["components"]["schemas"][name]
            for fault in self.compare(fields, schema, name, way == "takes" or name in taken):
                with self.subTest(member=fault):
                    self.fail(fault)

    def compare(self, fields, schema, at, taken):
        schema = self.resolved(schema)
        properties = dict(schema.get("properties", {}))
        for field in fields:
            place = f"{at}.{field['name']}"
            if field["type"] in ("ignored", "refused"):
                properties.pop(field["name"], None)
            elif field["name"] not in properties:
                if not (field["omitted"] and not taken):
                    yield f"{place} is not described"
            else:
                yield from self.compare_member(field, properties.pop(field["name"]), place, taken)
                always = field["required"] if taken else not field["omitted"]
                if always != (field["name"] in schema.get("required", ())) and not (field["required"] and not taken):
                    yield f"{place} is {'required' if always else 'not required'}"
        yield from (f"{at}.{name} is described only" for name in properties)

    def compare_member(self, field, schema, place, taken):
        choices = [self.resolved(each) for each in schema.get("anyOf", [schema])]
        nullable = any(each.get("type") == "null" for each in choices)
        choices = [each for each in choices if each.get("type") != "null"]
        if field["type"] in ("any", "ignored"):
            return
        if nullable != field["nullable"]:
            yield f"{place} {'cannot' if nullable else 'can'} be null"
        if len(choices) != 1 or "oneOf" in choices[0]:
            return
        schema = choices[0]
        if field["type"] == "const":
            if schema.get("const") != field["words"] and field["words"] not in schema.get("enum", ()):
                yield f"{place} is {field['words']}"
            return
        if "const" not in schema and schema.get("type") != self.TYPES[field["type"]]:
            yield f"{place} is of type {self.TYPES[field['type']]}"
        if field["type"] == "id" and schema.get("format" if not field["words"] else "pattern") != (
                f"^{field['words']}[0-9a-f]{{32}}$" if field["words"] else "uuid"):
            yield f"{place} is an id with prefix {field['words']}"
        if field["type"] == "choice" and set(schema.get("enum", ())) != set(field["words"].split()):
            yield f"{place} is one of {field['words']}"
        if field["fields"]:
            yield from self.compare(field["fields"], schema, place, taken)
        if field["element"]:
            yield from self.compare_member(field["element"], schema["items"], place + "[]", taken)
        if taken and field["type"] in self.BOUNDS:
            yield from self.compare_bounds(field, schema, place)

    def compare_bounds(self, field, schema, place):
        bounded = field["least"] or field["most"]
        wanted = (field["least"] if bounded else None, field["most"] if bounded and field["most"] >= field["least"] else None)
        for name, bound in zip(self.BOUNDS[field["type"]], wanted):
            if (schema.get(name) or None) != (bound or None):
                yield f"{place} has {name} {bound}"


class Tests(unittest.TestCase):
    """The integration tests themselves."""

    FOLDER = "tests/integration"
    ENGINE_TESTS_MAX = 16

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


class Layers(unittest.TestCase):
    """What a folder of src/ may include: itself, and what stands here."""

    COMMON = {"base": "", "text": "base", "cite": "base text", "conf": "base", "json": "base", "sec": "base conf json"}
    COMMON |= dict.fromkeys(("db", "http"), COMMON["sec"] + " sec")
    COMMON |= {"object": COMMON["http"] + " http"}
    COMMON |= {"queue": COMMON["db"] + " db http object", "service": COMMON["db"] + " db http object queue",
               "meter": COMMON["db"] + " db"}
    SERVICES = re.findall(r"^\t&(\w+)_service,", text("src/main.c"), re.M)

    def test_arrows_point_one_way(self):
        allowed = {name: set(below.split()) for name, below in self.COMMON.items()}
        allowed |= {name: set(self.COMMON) for name in self.SERVICES}
        wrong = [f"{name}: {found}" for name in tracked() if re.match(r"src/\w+/\w+\.[ch]$", name)
                 for folder in [name.split("/")[1]] if folder in allowed
                 for found in re.findall(r'^#include "(\w+)/', text(name), re.M)
                 if os.path.isdir(os.path.join(ROOT, "src", found)) and found not in allowed[folder] | {folder}]
        self.assertEqual(wrong, [])

    def test_the_agents_groups_include_only_those_above(self):
        """The groups stand in agent.h, `run*` for all that begin so; agent.h itself is everybody's."""
        groups = [re.split(r"[ ,]+", line) for line in re.findall(r"^ \*     .*  (\S.*)$", text("src/agent/agent.h"), re.M)]
        self.assertEqual(len(groups), 3)

        def place(name):
            return next(i for i, group in enumerate([["agent"]] + groups)
                        if any(fnmatch.fnmatch(name, each) for each in group))
        wrong = [f"{name}: {found}" for name in tracked() if re.match(r"src/agent/(?!test|fuzz)\w+\.[ch]$", name)
                 for found in re.findall(r'^#include "agent/(\w+)\.h"', text(name), re.M)
                 if place(found) > place(os.path.basename(name)[:-2])]
        self.assertEqual(wrong, [])


class Circles(unittest.TestCase):
    """A file and its header are one module, and none includes itself by way of others."""

    def test_there_is_none(self):
        files = {name for name in tracked() if re.match(r"(src|extract)/.*\.[ch]$", name)
                 and not re.search(r"/(test_|testing|fuzz_|simulated_)", name)}
        graph = {}
        for name in sorted(files):
            found = re.findall(r'^#include "(.+)"', text(name), re.M)
            places = {os.path.join(folder, each) for each in found for folder in ("src", os.path.dirname(name))}
            graph.setdefault(name[:-2], set()).update(each[:-2] for each in places & files if each[:-2] != name[:-2])
        self.assertGreater(len(graph), 200)
        try:
            graphlib.TopologicalSorter(graph).prepare()
        except graphlib.CycleError as error:
            self.fail(" → ".join(reversed(error.args[1])))


class Sentences(unittest.TestCase):
    """What people read is said as a technical writer would: forms that were translated word by word stay out."""

    # Each with a sentence in which it must be found.
    BANNED = (
        (r"(?<!there )\b(is|are|holds|sent) no (?!longer\b|more\b)\w", "The upstream's answer is no JSON."),
        (r"\bnothing that can\b", "This is nothing that can be included."),
        (r"\bas many as (it|they|there) may\b", "The tenant has 3 keys, as many as it may."),
        (r"\bcame free\b", "No connection came free."),
        (r"\bat the moment\b", "The service is not available at the moment."),
        (r"\bfor want of\b", "Credentials dropped for want of room."),
        (r"\bin vain\b", "30 tries in vain"),
        (r"\bgo(es)? on\b", "the gateway goes on as it was"),
        (r"\bputs? (\w+ )?aside\b", "put it aside"),
        (r"\b(nobody|somebody|whoever|everybody)\b", "Nobody grants a role above their own."),
        (r"(s|\d) a (second|minute|month)\b", "Limit reached: 5 requests a second."),
        (r"\bis over\b", "This time is over."),
        (r"\bof this name\b", "A tenant of this name exists."),
        (r"\bnot known\b", "The API key is not known."),
        (r"\bcut off\b", "the stream was cut off"),
        (r"\borgani[sz]ation\b", "The budget of your organisation is exhausted."),
        (r"\bexpects\b", "--lines expects a whole number"),
        (r"\b(anew|meanwhile)\b", "The password was changed meanwhile."),
        (r"\bis one of\b", "The role is one of user and assistant."),
        (r"\b(used up|under way)\b", "The quota is used up."),
    )
    LITERAL = r'"(?:\\.|[^"\\\n])*"'
    TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\\n])+'|" + LITERAL + r"(?:\s+" + LITERAL + ")*", re.S)

    def found(self, sentence):
        return [pattern for pattern, _ in self.BANNED if re.search(pattern, sentence, re.I)]

    def literals(self, source):
        """Adjacent literals are one; those without a blank are no sentences, and SQL is none."""
        for match in self.TOKEN.finditer(source):
            if match.group()[0] == '"':
                joined = "".join(piece[1:-1] for piece in re.findall(self.LITERAL, match.group()))
                if " " in joined and not re.search(r"\b(SELECT|INSERT|UPDATE|DELETE|COMMENT ON)\b", joined):
                    yield joined

    def described(self, value):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if name in ("description", "summary") and isinstance(inner, str):
                yield inner
            elif isinstance(inner, (dict, list)):
                yield from self.described(inner)

    def test_each_banned_form_is_found_where_it_is_planted(self):
        for pattern, sentence in self.BANNED:
            source = f'return bh_error_param(BH_E_INVALID, "name",\n\t"{sentence[:9]}"\n\t"{sentence[9:]}");'
            with self.subTest(pattern=pattern):
                self.assertIn(pattern, [each for literal in self.literals(source) for each in self.found(literal)])
                self.assertEqual(list(self.described({"a": [{"summary": sentence}]})), [sentence])

    def test_messages_are_said_without_them(self):
        sources = [name for name in tracked() if re.match(r"(src|extract|gateway)/.*\.(c|h|def)$", name)
                   and not re.search(r"/(test_|testing|fuzz_|simulated_)", name)]
        wrong = [f"{name}: {literal!r}: {self.found(literal)}" for name in sources
                 for literal in self.literals(text(name)) if self.found(literal)]
        self.assertGreater(sum(1 for _ in self.literals(text("src/base/errors.def"))), 50)
        self.assertEqual(wrong, [])

    def test_descriptions_are_said_without_them(self):
        sentences = list(self.described(yaml.safe_load(text("api/openapi.yaml"))))
        self.assertGreater(len(sentences), 150)
        self.assertEqual([f"{each!r}: {self.found(each)}" for each in sentences if self.found(each)], [])

    def test_an_error_ends_with_a_period(self):
        for sentence in re.findall(r'"([^"]+)"\)$', text("src/base/errors.def"), re.M):
            with self.subTest(sentence=sentence):
                self.assertRegex(sentence, r"^[A-Z].*\.$")


class Licence(unittest.TestCase):
    def test_every_source_file_names_it(self):
        """Migrations are known by their digest, so that those of before stay as they are."""
        wrong = [name for name in tracked()
                 if (name.endswith((".c", ".h", ".def", ".py", ".sql", "meson.build")) or is_shell(name)
                     or (name.startswith("web/") and name.endswith((".ts", ".tsx", ".mjs", ".js", ".css"))))
                 and not name.startswith(("db/migrations/", "tests/fuzz/corpus/"))
                 and "SPDX-License-Identifier: Apache-2.0" not in "".join(text(name).splitlines()[:2])]
        self.assertEqual(wrong, [])


class Words(unittest.TestCase):
    """What must not stand in a published checkout."""

    def test_no_unfinished_business_in_the_sources(self):
        for name in tracked():
            if name.endswith((".c", ".h")):
                found = re.search(r"\b(TODO|FIXME|XXX)\b", text(name))
                self.assertIsNone(found, f"{name}: {found}")

    def test_no_store_is_told_its_tenant_by_the_handle(self):
        """Row security's tenant comes from the handle, $1 from the caller: of one source, they were one lock."""
        folders = "|".join([*services.names(), "service", "queue"])
        wrong = [f"{name}: {found.group()}" for name in tracked()
                 if re.match(rf"src/({folders})/(?!test)", name) and name.endswith((".c", ".h"))
                 for found in re.finditer(r"&\w+(?:->|\.)(?:db\.|db->)?context\b|bh_uuid_param\(&[^)]*context\)", text(name))
                 if not re.search(r"&(entry|model|row|slot)\b", found.group())]
        self.assertEqual(wrong, [])

    def test_every_source_file_opens_with_what_it_is_for(self):
        # The gateway's module follows nginx's own style.
        wrong = [name for name in tracked() if name.endswith((".c", ".h")) and not name.startswith("gateway/ngx_")
                 and not re.match(r"/\* SPDX\S+ \S+ \*/\n/\* [\w-]+\.[ch]: ", text(name))]
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main(verbosity=1)
