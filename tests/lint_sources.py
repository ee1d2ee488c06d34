# SPDX-License-Identifier: Apache-2.0
"""Checks of the sources: what includes what, what is said to people, and what each file opens with."""
import concurrent.futures
import fnmatch
import graphlib
import os
import re
import shutil
import subprocess
import unittest

import yaml

import services
from checkout import ROOT, is_shell, text, tracked


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
        "src/http/url.c",
        "src/object/s3_list.c", "src/object/s3_xml.c", "src/sec/claims.c", "src/sec/credential.c", "src/sec/jws.c",
        "extract/csv.c", "extract/package.c", "extract/sink.c", "extract/unicode.c",
        "picture/exif.c", "picture/head.c", "picture/head_gif.c", "picture/head_jpeg.c", "picture/head_png.c", "picture/head_webp.c",
        "audio/head.c", "audio/head_flac.c", "audio/head_mp3.c", "audio/head_ogg.c", "audio/head_wav.c")

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


class Layers(unittest.TestCase):
    """What a folder of src/ may include: itself, and what stands here."""

    COMMON = {"base": "", "text": "base", "cite": "base text", "conf": "base", "json": "base", "sec": "base conf json",
              "shared": "base conf", "picture": "base json"}
    COMMON |= dict.fromkeys(("db", "http"), COMMON["sec"] + " sec")
    COMMON |= {"object": COMMON["http"] + " http"}
    COMMON |= {"queue": COMMON["db"] + " db http object", "service": COMMON["db"] + " db http object queue shared",
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


class Fetching(unittest.TestCase):
    """An address that somebody outside has named is reached through http/fetch.c, which judges it. Whoever connects by other
    means stands here, with whose address that is."""

    OWN = {
        "src/billing/stripe_client.c": "Stripe's, or the mock's: a setting",
        "src/cli/call.c": "the platform's own, from the command line",
        "src/http/client_url.c": "the client itself",
        "src/http/fetch.c": "judged",
        "src/model/clients.c": "of a model: named by the platform's staff",
        "src/model/upstream.c": "of a model, which is read and not called",
        "src/object/s3.c": "the object store's: a setting",
        "src/service/runtime.c": "a peer's: a setting",
        "src/service/trace.c": "the collector's: a setting",
        "src/stripemock/send.c": "of a webhook of the mock: the operator's, who alone has its key",
        "src/supervisor/control.c": "a child's socket",
        "src/supervisor/operator.c": "a service's: a setting",
    }
    # Other ways out of a process, and the files that have them.
    WAYS = {
        # probe.c asks processes of the platform, and no others, whether they are ready.
        r"#include <curl/": {"src/cli/probe.c", "src/http/client_tls.c", "src/http/mail.c"},
        r"\bgetaddrinfo\(": {"src/cli/doctor_machine.c", "src/http/listen.c", "src/http/lookup.c", "src/http/peer_connect.c",
                                "src/nginx/names.c", "src/supervisor/lock.c"},
        r"\bgethostbyname|\bres_n?(query|search)\(": {"src/nginx/names.c"},
    }

    @staticmethod
    def sources():
        return [name for name in tracked() if re.match(r"src/.*\.c$", name)
                and not re.search(r"/(test_|testing|fuzz_|simulated_)", name)]

    def test_who_opens_a_client_says_whose_address_it_is(self):
        found = {name for name in self.sources() if re.search(r"\bbh_http_client_open\(", text(name))}
        self.assertEqual(sorted(found ^ set(self.OWN)), [], "use bh_fetch for what somebody outside has named")

    def test_there_is_no_other_way_out(self):
        for pattern, known in self.WAYS.items():
            with self.subTest(pattern=pattern):
                self.assertEqual({name for name in self.sources() if re.search(pattern, text(name))} - known, set())


class Circles(unittest.TestCase):
    """A file and its header are one module, and none includes itself by way of others."""

    def test_there_is_none(self):
        files = {name for name in tracked() if re.match(r"(src|extract|sandbox|picture|audio)/.*\.[ch]$", name)
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


class Built(unittest.TestCase):
    """A test that no build file names never runs."""

    def test_every_test_and_fuzz_target_is_built(self):
        lost = []
        for name in tracked():
            found = re.match(r"((?:src|extract|sandbox|picture|audio)(?:/\w+)?)/(?:test|fuzz)_(\w+)\.c$", name)
            if found and not re.search(rf"['_]{found[2]}(\.c)?'", text(("" if found[1] == "src" else found[1] + "/") + "meson.build")):
                lost.append(name)
        self.assertEqual(lost, [])


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
        sources = [name for name in tracked() if re.match(r"(src|extract|gateway|sandbox|picture|audio)/.*\.(c|h|def)$", name)
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
