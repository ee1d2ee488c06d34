# SPDX-License-Identifier: Apache-2.0
"""Models that an operator adds: listed, fetched, continued, refused, used and removed."""
import hashlib
import http.server
import importlib.util
import json
import os
import random
import re
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import unittest

from base import PlatformTest, main, until, uses_engine, wire

import instance
from tls_front import make_certificate

SCRIPTS = os.path.join(instance.ROOT, "scripts")


def text(value):
    value = value.encode()
    return struct.pack("<Q", len(value)) + value


def member(name, value):
    if isinstance(value, str):
        return text(name) + struct.pack("<I", 8) + text(value)
    if isinstance(value, list):
        return text(name) + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))
    return text(name) + struct.pack("<II", 4, value)


MEMBERS = {"general.architecture": "llama", "general.type": "model", "general.license": "apache-2.0",
           "llama.context_length": 2048, "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.tokens": ["a", "b"],
           "tokenizer.chat_template": "{{ messages }}"}


def gguf(weights=3 << 20, version=3, tensors=1, offset=0, **changed):
    """A file that has the form of a model, and no sense."""
    members = {name: value for name, value in {**MEMBERS, **changed}.items() if value is not None}
    head = b"GGUF" + struct.pack("<IQQ", version, tensors, len(members))
    head += b"".join(member(name, value) for name, value in members.items())
    head += (text("w") + struct.pack("<IQIQ", 1, weights // 4, 0, offset)) * tensors
    return head + bytes(-len(head) % 32) + random.Random(7).randbytes(weights)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class Header(unittest.TestCase):
    """The header's reader, on bytes that nobody vouches for."""

    @classmethod
    def setUpClass(cls):
        spec = importlib.util.spec_from_file_location("gguf", os.path.join(SCRIPTS, "models/gguf.py"))
        cls.gguf = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(cls.gguf)

    def read(self, content):
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            return self.gguf.read(file.name)

    def test_it_says_what_the_engine_needs(self):
        self.assertEqual(self.read(gguf()), {"architecture": "llama", "context": 2048, "licence": "apache-2.0"})

    def test_what_cannot_chat_has_a_reason(self):
        for content, reason in (
                (b"", "not a GGUF"), (b"GGUF", "not a GGUF"), (b"<!doctype html>" * 9, "not a GGUF"),
                (gguf(version=1), "version"), (gguf(version=0x03000000), "version"),
                (gguf(**{"tokenizer.chat_template": None}), "no chat template"),
                (gguf(**{"tokenizer.chat_template": " "}), "no chat template"),
                (gguf(**{"general.type": "adapter"}), "addition"), (gguf(**{"general.architecture": "clip"}), "addition"),
                (gguf(**{"split.count": 3}), "several files"), (gguf(**{"llama.context_length": 0}), "context"),
                (gguf(**{"llama.context_length": "long"}), "context"), (gguf(**{"general.architecture": "../x"}), "archit"),
                (gguf(**{"tokenizer.ggml.model": None}), "tokenizer"), (gguf(tensors=0), "no weights"),
                (gguf(offset=8 << 20), "cut short"), (gguf(offset=3), "aligned"), (gguf()[:200], "ends within"),
                (gguf(**{"general.alignment": 0}), "alignment")):
            with self.subTest(reason=reason), self.assertRaisesRegex(self.gguf.NotAModel, reason):
                self.read(content)

    def test_lengths_are_bounded_before_anything_is_kept(self):
        head = b"GGUF" + struct.pack("<IQQ", 3, 1, 1)
        huge = 1 << 62
        for content in (
                b"GGUF" + struct.pack("<IQQ", 3, 1, huge), head + struct.pack("<Q", huge),
                head + text("a") + struct.pack("<IQ", 8, huge), head + text("a") + struct.pack("<IIQ", 9, 8, huge),
                head + text("a") + struct.pack("<IIQ", 9, 0, huge), head + text("a") + struct.pack("<IIQ", 9, 9, 1),
                head + text("a") + struct.pack("<I", 99), gguf(tensors=1).replace(text("w"), struct.pack("<Q", huge) + b"w")):
            with self.subTest(content=content[:60]), self.assertRaises(self.gguf.NotAModel):
                self.read(content + bytes(64))

    def test_what_is_kept_of_all_texts_is_bounded(self):
        long = "x" * (4 << 20)
        self.assertEqual(self.read(gguf(**{f"long.{at}": long for at in range(3)}))["context"], 2048)
        with self.assertRaisesRegex(self.gguf.NotAModel, "too long"):
            self.read(gguf(**{f"long.{at}": long for at in range(5)}))

    def test_damaged_headers_are_read_or_refused(self):
        chance, whole = random.Random(11), gguf(weights=4096)
        head = len(whole) - 4096
        refused = 0
        for _ in range(1500):
            damaged = bytearray(whole[:chance.choice((head, len(whole), chance.randrange(1, head)))])
            for _ in range(chance.randrange(4)):
                damaged[chance.randrange(min(head, len(damaged)))] = chance.choice((0, 1, 9, 127, 255, chance.randrange(256)))
            try:
                self.read(bytes(damaged))
            except self.gguf.NotAModel:
                refused += 1
        self.assertGreater(refused, 500)


class Server(http.server.ThreadingHTTPServer):
    """An HTTPS server of one file, whose behaviour a test sets."""

    daemon_threads = True

    def __init__(self, folder, name):
        super().__init__(("127.0.0.1", 0), Handler)
        self.certificate, key = make_certificate(folder, name, "127.0.0.1")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server_address[1]}"
        self.begin(b"")
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def begin(self, content, **how):
        self.content, self.how, self.seen = content, how, []
        self.resume = threading.Event()

    def handle_error(self, request, client_address):
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        how, content = self.server.how, self.server.content
        self.server.seen.append((self.path, dict(self.headers)))
        if self.path.startswith("/again"):
            return self.redirect(self.path + "x")
        if self.path.startswith("/to/"):
            return self.redirect(how["to"])
        if how.get("token") and self.headers.get("Authorization") != f"Bearer {how['token']}":
            self.send_response(401)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        first = self.first(how, len(content))
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {how.get('lie_first', first)}-{len(content) - 1}/{len(content)}")
        if how.get("tag"):
            self.send_header("ETag", how["tag"])
        if not how.get("no_length"):
            self.send_header("Content-Length", str(how.get("lie_length", len(content) - first)))
        self.end_headers()
        body = content[first:how.get("cut", len(content))]
        self.wfile.write(body[:1 << 20])
        if how.get("wait"):
            self.server.resume.wait(30)
        self.wfile.write(body[1 << 20:])
        return None

    def first(self, how, length):
        """Where the answer begins: a range counts only for the version that it names."""
        known = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if not known or how.get("no_range") or self.headers.get("If-Range") != how.get("tag"):
            return 0
        return min(int(known[1]), length)

    def redirect(self, place):
        self.send_response(302)
        self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Pull(unittest.TestCase):
    """`bulkhead model pull` on an instance that does not run."""

    @classmethod
    def setUpClass(cls):
        cls.bh = instance.Instance()
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.install()
        cls.server = Server(cls.bh.folder, "models")
        cls.addClassCleanup(cls.server.shutdown)
        cls.models = os.path.join(cls.bh.home, "models")

    def pull(self, *words, stdin="", status=0):
        done = self.bh.run("model", "pull", *words, stdin=stdin,
                           environment=self.bh.environment | {"SSL_CERT_FILE": self.server.certificate})
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def there(self, name):
        """The files of a model, whole or begun."""
        names = os.listdir(self.models) if os.path.isdir(self.models) else []
        return sorted(each.removeprefix(name) for each in names if each.startswith(name + "."))

    def listed(self, name):
        return next((row for row in json.loads(self.pull("--json"))["data"] if row["name"] == name), None)

    def test_without_a_name_it_lists_what_is_known(self):
        found = [row for row in json.loads(self.pull("--json"))["data"] if row["for"] != "added here"]
        self.assertGreaterEqual(len(found), 12)
        for row in found:
            self.assertRegex(row["sha256"], r"^[0-9a-f]{64}$")
            self.assertTrue(row["licence"] and row["for"] and row["bytes"] > 0 and row["memory_mb"] > 0)
        self.assertEqual([row["name"] for row in found if row["in_use"]], [instance.SMALL_CHAT])
        table = self.pull()
        self.assertRegex(table, r"(?m)^NAME +SIZE +MEMORY +LICENCE +INSTALLED +FOR$")
        self.assertRegex(table, rf"(?m)^{instance.SMALL_CHAT} .* in use ")

    def test_a_file_is_installed_with_its_owner_and_mode_and_removed(self):
        content = gguf()
        path = os.path.join(self.bh.folder, "Some.Model-Q4.gguf")
        with open(path, "wb") as file:
            file.write(content)
        said = self.pull(path, status=1)
        self.assertIn(sha256(content), said)
        self.assertEqual(self.there("some.model-q4"), [])
        self.pull(path, "--sha256", sha256(content).upper())
        with open(os.path.join(self.models, "some.model-q4.json"), encoding="utf-8") as file:
            made = json.load(file)
        self.assertEqual((made["context"], made["slots"], made["licence"]), (2048, 2, "apache-2.0"))
        for end in ("gguf", "json"):
            about = os.stat(os.path.join(self.models, f"some.model-q4.{end}"))
            self.assertEqual((about.st_mode & 0o777, about.st_uid), (0o644, os.geteuid()))
        self.assertTrue(self.listed("some.model-q4")["installed"])
        self.assertIn("already", self.pull(path, "--sha256", sha256(content)))
        self.pull("some.model-q4", "--remove")
        self.assertEqual(self.there("some.model-q4"), [])
        self.pull("some.model-q4", "--remove", status=4)

    def test_an_interrupted_download_continues(self):
        content = gguf()
        words = (f"{self.server.url}/resumed.gguf?secret=1", "--sha256", sha256(content))
        self.server.begin(content, tag='"v1"', cut=2 << 20)
        self.assertIn("Repeat the same command", self.pull(*words, status=1))
        self.assertEqual(self.there("resumed"), [".gguf.part", ".gguf.part.json"])
        self.assertNotIn("resumed", self.pull())
        self.server.begin(content, tag='"v1"')
        said = self.pull(*words)
        self.assertIn("continuing", said)
        self.assertNotIn("secret", said)
        headers = self.server.seen[0][1]
        self.assertEqual((headers["Range"], headers["If-Range"]), (f"bytes={2 << 20}-", '"v1"'))
        self.assertEqual(self.there("resumed"), [".gguf", ".json"])
        self.pull("resumed", "--remove")

    def test_one_that_was_killed_continues(self):
        content = gguf()
        words = ("model", "pull", f"{self.server.url}/killed.gguf", "--sha256", sha256(content))
        self.server.begin(content, tag='"v1"', wait=True)
        part = os.path.join(self.models, "killed.gguf.part")
        with subprocess.Popen([self.bh.program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              env=self.bh.environment | {"SSL_CERT_FILE": self.server.certificate}) as process:
            until(lambda: os.path.exists(part) and os.path.getsize(part) > 0, 30, "the first bytes")
            process.kill()
        self.assertNotIn(".gguf", self.there("killed"))
        self.server.resume.set()
        self.server.begin(content, tag='"v1"')
        self.assertIn("continuing", self.pull(*words[2:]))
        self.pull("killed", "--remove")

    def test_a_file_that_changed_meanwhile_begins_anew(self):
        old, new = gguf(), gguf(version=2)
        words = (f"{self.server.url}/changed.gguf", "--sha256", sha256(new))
        self.server.begin(old, tag='"v1"', cut=2 << 20)
        self.pull(*words, status=1)
        self.server.begin(new, tag='"v2"')
        self.pull(*words)
        with open(os.path.join(self.models, "changed.gguf"), "rb") as file:
            self.assertEqual(sha256(file.read()), sha256(new))
        self.pull("changed", "--remove")

    def test_a_wrong_download_is_never_there(self):
        content = gguf()
        for how, body, reason in (
                ({}, content[:-1] + b"x", "not the file that was meant"), ({"no_length": True}, content, "how long"),
                ({"lie_length": 1 << 58}, content, "MB are needed"), ({"lie_length": 0}, content, "0 bytes"),
                ({"cut": 1 << 20}, content, "the connection ended")):
            with self.subTest(reason=reason):
                self.server.begin(body, **how)
                self.assertIn(reason, self.pull(f"{self.server.url}/wrong.gguf", "--sha256", sha256(content), status=1))
                self.assertFalse({".gguf", ".json"} & set(self.there("wrong")))
        self.server.begin(content, tag='"v1"', cut=1 << 20)
        self.pull(f"{self.server.url}/wrong.gguf", "--sha256", sha256(content), status=1)
        self.server.begin(content, tag='"v1"', lie_first=7)
        self.assertIn("another part", self.pull(f"{self.server.url}/wrong.gguf", "--sha256", sha256(content), status=1))
        self.pull("wrong", "--remove")
        html = b"<html>Please sign in</html>" * 99
        self.server.begin(html)
        self.assertIn("not a GGUF", self.pull(f"{self.server.url}/page.gguf", "--sha256", sha256(html), status=1))
        self.assertEqual(self.there("page"), [])

    def test_redirects_are_few_and_stay_with_https(self):
        content = gguf()
        words = ("--sha256", sha256(content), "--name", "moved")
        self.server.begin(content, to=f"{self.server.url}/elsewhere.gguf")
        self.pull(f"{self.server.url}/to/x.gguf", *words)
        self.pull("moved", "--remove")
        for to in (f"http://127.0.0.1:{self.server.server_address[1]}/x", "file:///etc/passwd", "ftp://127.0.0.1/x"):
            self.server.begin(content, to=to)
            self.pull(f"{self.server.url}/to/x.gguf", *words, status=1)
        self.server.begin(content)
        self.pull(f"{self.server.url}/again", *words, status=1)
        self.assertLess(len(self.server.seen), 10)
        for address in ("http://127.0.0.1/x.gguf", "https://user:pass@127.0.0.1/x", "https:///x", "https://a b/x",
                        "file:///etc/passwd"):
            self.pull(address, *words, status=1)
        self.assertEqual(self.there("moved"), [])

    def test_a_token_is_sent_to_its_host_only_and_never_shown(self):
        content, token = gguf(), "hf_secret123"
        words = ("--sha256", sha256(content), "--name", "private", "--token-stdin")
        self.server.begin(content, token=token)
        self.assertIn("token", self.pull(f"{self.server.url}/a.gguf", *words[:-1], status=1))
        said = self.pull(f"{self.server.url}/a.gguf", *words, stdin=token + "\n")
        self.assertNotIn(token, said)
        self.pull("private", "--remove")
        other = Server(self.bh.folder, "other")
        self.addCleanup(other.shutdown)
        other.begin(content)
        self.server.begin(content, to=f"{other.url}/b.gguf")
        with open(self.server.certificate, encoding="ascii") as one, open(other.certificate, encoding="ascii") as two:
            both = one.read() + two.read()
        with open(os.path.join(self.bh.folder, "both.pem"), "w", encoding="ascii") as file:
            file.write(both)
        done = self.bh.run("model", "pull", f"{self.server.url}/to/a.gguf", *words, stdin=token,
                           environment=self.bh.environment | {"SSL_CERT_FILE": file.name})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([each[1].get("Authorization") for each in (*self.server.seen, *other.seen)],
                         [f"Bearer {token}", None])
        for bad in ("", "two words", "x" * 5000):
            self.pull(f"{self.server.url}/a.gguf", *words, stdin=bad, status=1)
        self.pull("private", "--remove")

    def test_nothing_is_installed_without_a_checksum(self):
        self.server.begin(gguf())
        self.assertIn("--sha256 is missing", self.pull(f"{self.server.url}/x.gguf", status=1))
        self.assertEqual(self.server.seen, [])
        for bad in ("abc", "g" * 64, ""):
            self.assertIn("64 hexadecimal", self.pull(f"{self.server.url}/x.gguf", f"--sha256={bad}", status=1))
        os.mkfifo(os.path.join(self.bh.folder, "pipe.gguf"))
        for path in (os.path.join(self.bh.folder, "pipe.gguf"), self.bh.folder, "/dev/zero"):
            self.assertIn("no plain file", self.pull(path, status=1))
        self.assertIn("another checksum", self.pull("phi-4", "--sha256", "0" * 64, status=1))

    def test_a_run_that_was_ended_before_its_last_step_is_finished(self):
        content = gguf()
        words = (f"{self.server.url}/last.gguf", "--sha256", sha256(content))
        self.server.begin(content)
        self.pull(*words)
        os.unlink(os.path.join(self.models, "last.json"))
        self.assertFalse((self.listed("last") or {"installed": False})["installed"])
        self.server.begin(b"")
        self.pull(*words)
        self.assertEqual((self.there("last"), self.server.seen), ([".gguf", ".json"], []))
        for damaged in ("", "[]", "{"):
            with open(os.path.join(self.models, "last.json"), "w", encoding="utf-8") as file:
                file.write(damaged)
            self.assertIsNone(self.listed("last"))
        self.pull("last", "--remove")

    def test_names_are_names(self):
        content = gguf()
        self.server.begin(content)
        for name in ("../x", "a/b", ".x", "-x", "A", "x" * 65, "", "a\nb", "a.gguf.part"):
            self.pull(f"{self.server.url}/x.gguf", "--sha256", sha256(content), f"--name={name}", status=1)
        self.assertIn("did you mean phi-4?", self.pull("phi4", status=4))
        self.pull("--remove", status=2)
        self.pull("../../etc/passwd", "--remove", status=4)
        self.assertIn("belongs to the set-up", self.pull(instance.SMALL_CHAT, "--remove", status=1))
        self.assertIn("another file is installed", self.pull(
            f"{self.server.url}/x.gguf", "--sha256", sha256(content), "--name", instance.SMALL_CHAT, status=1))

    def test_what_the_settings_name_and_nobody_pulled_is_said_with_the_way(self):
        bh = instance.Instance(engine_chat_model="nobody")
        self.addCleanup(bh.stop)
        bh.install()
        done = bh.up(check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("`bulkhead model pull` lists and fetches models", done.stderr)
        self.assertEqual(bh.run("model", "pull").returncode, 0)


class Named(instance.Instance):
    """Its settings file names the chat model, and no variable."""

    @property
    def environment(self):
        return {name: value for name, value in super().environment.items() if name != "BULKHEAD_ENGINE_CHAT_MODEL"}

    def name_model(self, name):
        os.makedirs(self.home, exist_ok=True)
        with open(os.path.join(self.home, "bulkhead.conf"), "w", encoding="utf-8") as file:
            file.write(f"[engine]\nchat_model = {name}\n")


class Use(PlatformTest):
    """A model that was added, as the engine's."""

    limit_s = 600

    @classmethod
    def setUpClass(cls):
        cls.bh = Named(supervisor_quickstart="false")
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.name_model(instance.SMALL_CHAT)
        cls.bh.start()

    @uses_engine
    def test_a_restart_of_the_engine_is_all_that_another_model_needs(self):
        bh = self.bh
        model = next(each for each in bh.manifest()["chat_models"] if each["name"] == instance.SMALL_CHAT)
        bh.cli("model", "pull", model["path"], "--sha256", model["sha256"], "--name", "pulled")
        self.assertNotIn("pulled", bh.run("doctor").stdout)
        bh.name_model("pulled")
        tenant = self.engine_tenant()
        old = bh.process("chat")["pid"]
        self.assertEqual(bh.run("restart", "chat", timeout=300).returncode, 0)
        self.assertNotEqual(bh.process("chat")["pid"], old)
        names = {row["id"] for row in tenant.call("GET", "/v1/models").json()["data"]}
        self.assertIn("pulled", names)
        self.assertNotIn(instance.SMALL_CHAT, names)
        answer = tenant.call("POST", "/v1/chat/completions", {
            "model": "default", "max_tokens": 4, "messages": [{"role": "user", "content": "Hi"}]}, timeout=300)
        self.assertEqual((answer.status, answer.json()["model"]), (200, "pulled"), answer)
        line = next(line for line in bh.run("doctor").stdout.splitlines() if " chat model " in line)
        for part in ("pulled", model["licence"], model["sha256"], "a file of the operator"):
            self.assertIn(part, line)
        self.assertEqual(bh.run("model", "pull", "pulled", "--remove").returncode, 1)
        # Settings that cannot be read leave the engine with those of the start.
        bh.name_model("nobody")
        old = bh.kill("chat")
        bh.replaced("chat", old, 300)
        self.assertIn("the model nobody is not installed", bh.log_tail("supervisor"))


class Compiled(PlatformTest):
    """The engine that `make engine` compiled, if it did."""

    limit_s = 600

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "server" not in cls.bh.manifest()["engine"]:
            raise unittest.SkipTest("the engine was not compiled here (`make engine`)")

    def servers(self):
        """The process ids of the compiled servers below this platform's runners."""
        runners = {str(self.bh.process(name)["pid"]) for name in ("chat", "embed")}
        found = subprocess.run(["pgrep", "-P", ",".join(runners)], capture_output=True, text=True, check=False)
        return {int(word) for word in found.stdout.split()}

    @uses_engine
    def test_it_answers_ends_with_its_runner_and_comes_back(self):
        tenant = self.engine_tenant("Acme Compiled")
        client = tenant.client(timeout=300)
        servers = self.servers()
        self.assertEqual(len(servers), 2)
        for server in servers:
            self.assertEqual(os.readlink(f"/proc/{server}/exe"), self.bh.manifest()["engine"]["server"])
        self.assertIn("compiled here", self.bh.run("doctor").stdout)
        for _ in range(2):
            answer = client.chat.completions.create(model="default", max_tokens=8, temperature=0, messages=[
                {"role": "user", "content": "Say hello."}])
            self.assertTrue(answer.choices[0].message.content)
            self.assertEqual(tenant.settled(client.exchanges[-1].request_id)[0]["source"], "reported")
            vectors = client.embeddings.create(model="default", input=["hello", "world"], encoding_format="float")
            self.assertEqual([len(each.embedding) for each in vectors.data], [384, 384])
            wire.validate(client)
            old = self.bh.kill("chat")
            self.bh.replaced("chat", old, 300)
        self.assertEqual(len(self.servers()), 2)
        for server in servers - self.servers():
            self.assertFalse(os.path.exists(f"/proc/{server}"), "a server outlived its runner")


if __name__ == "__main__":
    main()
