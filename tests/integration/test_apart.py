# SPDX-License-Identifier: Apache-2.0
"""A platform whose processes run apart: each by itself, reached over TCP, without a supervisor."""
import contextlib
import glob
import http.client
import json
import os
import signal
import socket
import stat
import threading
import unittest

from apart_base import SERVICES, Apart, make_authority
from base import PlatformTest, main, marker, until
from test_operator_database import Private

from ports import free_port

ISSUER = "auth"


class OverTcp(PlatformTest):
    """Plain, over the loopback."""

    scheme = "http"

    @classmethod
    def setUpClass(cls):
        cls.bh = Apart(cls.scheme)
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start_server()
        cls.bh.install()
        cls.bh.new_secrets()
        cls.bh.psql("CREATE EXTENSION vector;")
        cls.bh.start_apart()
        cls.tenant = cls.bh.tenant()

    # -- the road

    def library(self):
        word = marker()
        stated = f"The keeper of the lighthouse is called {word} and lives beside the harbour."
        store = self.store(self.tenant)["id"]
        row = self.ingest(self.tenant, store, f"# Harbour\n\n{stated}\n")
        self.assertEqual((row["status"], row["last_error"]), ("completed", None))
        return store, row["id"], word, stated

    def test_the_road(self):
        store, file, word, stated = self.library()
        page = self.ok(self.tenant.call("POST", f"/v1/vector_stores/{store}/search", {"query": word}))
        self.assertIn(word, page["data"][0]["content"][0]["text"])
        made = self.ok(self.respond(self.tenant, "What is the keeper of the lighthouse called?", {"text": stated},
                                    tools=[{"type": "file_search", "vector_store_ids": [store]}]))
        part = made["output"][-1]["content"][0]
        self.assertEqual((part["text"], [each["file_id"] for each in part["annotations"]]), (stated, [file]))

    def test_a_revoked_key_is_refused_at_once(self):
        """Auth tells the gateway, which would go on with what it has kept."""
        key = self.tenant.new_key("files:read")
        other = type(self.tenant)(self.bh, {"id": self.tenant.id, "name": ""}, key)
        self.assertEqual(other.call("GET", "/v1/files").status, 200)
        self.bh.cli("key", "revoke", key["id"], "--tenant", self.tenant.id)
        until(lambda: other.call("GET", "/v1/files").status == 401, 5, "the key refused")

    # -- who may speak

    def test_strangers_are_told_nothing(self):
        token = "Bearer " + self.tenant.key
        for name in (*SERVICES, "gateway"):
            for method, path, headers in (
                    ("GET", "/healthz", {}), ("GET", "/metrics", {}), ("GET", "/nothing", {}),
                    ("GET", "/v1/files", {"Authorization": token}), ("GET", "/.well-known/jwks.json", {}),
                    ("POST", "/internal/token", {"X-Bulkhead-Service": "rag", "Authorization": "Bearer " + "0" * 64}),
                    ("GET", "/internal/exchange", {"Authorization": token}),
                    ("POST", f"/internal/forget?kind=tenant&id={self.tenant.id}", {}),
                    ("GET", "/healthz", {"X-Bulkhead-Wire": "0" * 64}), ("GET", "/healthz", {"X-Bulkhead-Wire": ""})):
                with self.subTest(name=name, path=path, headers=headers):
                    status, body = self.bh.call_at(name, path, headers, method)
                    self.assertIn(status, (401, 404))
                    self.assertNotIn(b"bulkhead_", body)
            with self.subTest(name=name):
                self.assertEqual(self.bh.call_at(name, "/livez"), (200, self.bh.call_at(name, "/readyz")[1]))

    def test_members_are_asked_for_their_right_too(self):
        wire = {"X-Bulkhead-Wire": self.bh.wire()}
        self.assertEqual(self.bh.call_at(ISSUER, "/.well-known/jwks.json", wire)[0], 200)
        self.assertEqual(self.bh.call_at("rag", "/v1/files", wire)[0], 401)
        self.assertEqual(self.bh.call_at("rag", "/metrics", wire)[0], 401)
        proof = wire | {"X-Bulkhead-Service": "rag", "Authorization": "Bearer " + "0" * 64}
        self.assertEqual(self.bh.call_at(ISSUER, "/internal/token", proof, "POST")[0], 401)

    def test_clients_cannot_show_the_secret_to_the_gateway(self):
        reply = self.tenant.http.call("GET", "/v1/files", headers=[("X-Bulkhead-Wire", "0" * 64)])
        self.assertNotEqual(reply.status, 401, reply)

    # -- several addresses

    def test_one_of_two_is_killed_under_load(self):
        store, file, word, _ = self.library()
        failed, done, stop = [], [], threading.Event()

        def load(path, body=None):
            while not stop.is_set():
                reply = self.tenant.call("POST" if body else "GET", path, body)
                (done if reply.status == 200 else failed).append((path, reply.status, reply.body))
        searching = {"model": "default", "input": f"What about {word}?", "max_output_tokens": 16,
                     "tools": [{"type": "file_search", "vector_store_ids": [store]}]}
        threads = [threading.Thread(target=load, args=arguments) for arguments in (
            (f"/v1/files/{file}",), (f"/v1/vector_stores/{store}/files",), (f"/v1/vector_stores/{store}",),
            ("/v1/responses", searching), ("/v1/responses", searching))]
        for thread in threads:
            thread.start()
        try:
            until(lambda: len(done) > 30, 60, "calls before the kill")
            # Both were at work.
            self.assertGreater(os.path.getsize(os.path.join(self.bh.folder, "rag2/logs/audit-rag.jsonl")), 0)
            self.bh.children["rag2"].kill()
            self.bh.children["rag2"].wait()
            before = len(done)
            until(lambda: len(done) > before + 60, 120, "calls after the kill")
            self.bh.serve("rag2", "rag")
            until(lambda: self.bh.is_ready_at("rag2"), 60, "rag2 ready again", pause=0.1)
            before = len(done)
            until(lambda: len(done) > before + 30, 120, "calls after it is back")
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(failed, [])

    # -- the end of a process

    def test_a_service_that_stops_finishes_what_it_answers(self):
        child = self.bh.children["model"]
        self.addCleanup(self.bring_back, "model")
        replies = []
        thread = threading.Thread(target=lambda: replies.append(self.chat(self.tenant, script={"mode": "hold"})))
        thread.start()
        try:
            until(lambda: self.bh.mock.open > 0 or replies, 30, "the call at the upstream")
            child.send_signal(signal.SIGTERM)

            def refuses():
                try:
                    socket.create_connection(("localhost", self.bh.ports["model"]), 5).close()
                    return False
                except ConnectionRefusedError:
                    return True
                except OSError:
                    return False  # caught while it closes
            until(refuses, 5, "no more connections")
            self.assertIsNone(child.poll())
        finally:
            self.bh.mock.release()
            thread.join()
        self.assertEqual(replies[0].status, 200, replies[0])
        self.assertEqual(child.wait(20), 0)
        lines = [json.loads(line) for line in self.bh.log_of_child("model").splitlines()]
        self.assertEqual(lines[-1]["message"], "stopped")
        self.bring_back("model")
        self.ok(self.chat(self.tenant))

    def bring_back(self, name):
        """Whatever a test did to a service, the next one finds it."""
        if self.bh.children[name].poll() is not None:
            self.bh.serve(name)
        until(lambda: self.bh.is_ready_at(name), 60, f"{name} ready again", pause=0.1)

    # -- files that grow

    def restart(self, name, **settings):
        child = self.bh.children["nginx" if name == "gateway" else name]
        child.terminate()
        child.wait(30)
        if name == "gateway":
            self.bh.start_gateway(**settings)
        else:
            self.bh.serve(name, **settings)
        until(lambda: self.bh.is_ready_at(name), 60, f"{name} ready again", pause=0.1)

    def keepers(self):
        """Children of the gateway that are not nginx's."""
        nginx = self.bh.children["nginx"].pid
        found = []
        for path in glob.glob("/proc/[0-9]*/stat"):
            with contextlib.suppress(OSError), open(path, encoding="utf-8") as file:
                name, _, rest = file.read().partition("(")[2].rpartition(")")
                if (name, int(rest.split()[1])) == ("keeper", nginx):
                    found.append(os.path.dirname(path))
        return found

    def test_grown_files_are_put_aside_and_no_line_is_lost(self):
        for name in ("rag", "gateway"):
            self.addCleanup(self.restart, name)
            self.restart(name, log_rotate_bytes=65536)
        logs, made = os.path.join(self.bh.home, "logs"), []

        def both():
            for _ in range(20):
                reply = self.tenant.call("POST", "/v1/vector_stores", {"name": marker()})
                self.assertEqual(reply.status, 200, reply)
                made.append(reply.request_id)
            return all(os.path.exists(os.path.join(logs, f"audit-{name}.jsonl.1")) for name in ("rag", "gateway"))
        until(both, 120, "files put aside")
        made.append(self.tenant.call("POST", "/v1/vector_stores", {"name": "last"}).request_id)

        def written():
            text = ""
            for path in glob.glob(os.path.join(logs, "audit-gateway.jsonl*")):
                with open(path, encoding="utf-8") as file:
                    text += file.read()
            return [each for each in made if each not in text] == []
        until(written, 30, "every request in a file of the gateway", pause=0.2)
        # nginx writes under the old name again.
        until(lambda: os.path.exists(os.path.join(logs, "audit-gateway.jsonl")), 10, "the new file of the gateway")
        # What looks after the files is started again when it was killed, and goes with the gateway.
        killed = self.keepers()
        self.assertEqual(len(killed), 1)
        os.kill(int(os.path.basename(killed[0])), signal.SIGKILL)
        keepers = until(lambda: [each for each in self.keepers() if each not in killed], 10, "another keeper")
        self.assertEqual(self.keepers(), keepers)
        self.restart("gateway")
        until(lambda: not os.path.exists(keepers[0]), 10, "the keeper gone")
        self.assertEqual(len(self.keepers()), 1)

    def test_a_probe_asks_where_the_process_listens(self):
        for name in (*SERVICES, "gateway"):
            with self.subTest(name=name):
                done = self.bh.run("probe", name)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        nowhere = self.bh.address_of("model").replace(str(self.bh.ports["model"]), str(free_port()))
        done = self.bh.run("probe", "model", environment=self.bh.environment | {"BULKHEAD_LISTEN_MODEL": nowhere})
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"model at {nowhere}: ", done.stderr)
        self.assertEqual(self.bh.run("probe", "nobody").returncode, 4)

    def test_readiness_names_what_is_missing(self):
        self.bh.server.pause("fast")
        try:
            def missing():
                status, body = self.bh.call_at("billing", "/readyz")
                return status == 503 and "database" in json.loads(body)["missing"].split()
            until(missing, 20, "the database missed")
            done = self.bh.run("probe", "billing")
            self.assertEqual(done.returncode, 1)
            self.assertIn("database", done.stderr)
            self.assertEqual(self.bh.call_at("billing", "/livez")[0], 200)
        finally:
            self.bh.server.resume()
        for name in SERVICES:
            until(lambda name=name: self.bh.is_ready_at(name), 60, f"{name} ready again", pause=0.1)


class OverTls(OverTcp):
    """The same, encrypted, and only with those whom the platform's authority has signed."""

    scheme = "https"

    def test_a_server_of_another_authority_is_not_spoken_to(self):
        other = make_authority(self.bh.folder, "theirs")
        done = self.bh.run("tenant", "list", environment=self.bh.environment | {
            "BULKHEAD_PEER_CA_FILE": other + ".ca.pem"})
        self.assertNotEqual(done.returncode, 0)
        self.bh.ports["billing2"] = free_port()
        child = self.bh.serve("billing2", "billing", peer_ca_file=other + ".ca.pem")

        def answer():
            try:
                return self.bh.call_at("billing2", "/readyz")
            except OSError:
                return None
        try:
            # It listens when it has waited long enough for the keys of the issuer.
            status, body = until(answer, 30, "an answer of billing2", pause=0.1)
            self.assertEqual((status, json.loads(body)["missing"]), (503, "issuer"))
        finally:
            child.kill()
            child.wait()

    def test_the_gateway_asks_for_the_right_authority(self):
        other = make_authority(self.bh.folder, "else")
        path = os.path.join(self.bh.folder, "wrong.conf")
        port = free_port()
        environment = self.bh.environment | {
            "BULKHEAD_PEER_CA_FILE": other + ".ca.pem", "BULKHEAD_LISTEN": f"127.0.0.1:{port}",
            "BULKHEAD_HOME": os.path.join(self.bh.folder, "wrong"),
            "BULKHEAD_LISTEN_GATEWAY_PRIVATE": f"https://localhost:{free_port()}"}
        os.makedirs(environment["BULKHEAD_HOME"], exist_ok=True)
        with open(os.path.join(self.bh.home, "bulkhead.conf"), encoding="utf-8") as file:
            text = file.read()
        with open(os.path.join(environment["BULKHEAD_HOME"], "bulkhead.conf"), "w", encoding="utf-8") as file:
            file.write(text)
        done = self.bh.run("gateway-conf", path, environment=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        child = self.bh.spawn("wrong", [self.bh.manifest()["nginx"], "-e", "stderr", "-c", path], environment)
        try:
            def answers():
                try:
                    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                    connection.request("GET", "/.well-known/jwks.json")
                    return connection.getresponse().status
                except OSError:
                    return None
            self.assertIn(until(answers, 20, "an answer"), (502, 503))
        finally:
            child.terminate()
            child.wait()


class Secrets(unittest.TestCase):
    """What `bulkhead secrets create` makes, and what a service says to a folder that is not right."""

    @classmethod
    def setUpClass(cls):
        cls.bh = Private()
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.install()
        cls.folder = os.path.join(cls.bh.folder, "secrets")
        cls.create()

    @classmethod
    def create(cls):
        done = cls.bh.run("secrets", "create", cls.folder)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def files(self):
        return {os.path.relpath(os.path.join(folder, name), self.folder): os.path.join(folder, name)
                for folder, _, names in os.walk(self.folder) for name in names}

    def read(self):
        found = {}
        for name, path in self.files().items():
            with open(path, encoding="utf-8") as file:
                found[name] = file.read()
        return found

    def refused(self, name, *words):
        environment = self.bh.environment | {"BULKHEAD_SECRETS_DIR": self.folder, "BULKHEAD_RUN": self.bh.run_dir}
        done = self.bh.run("serve", name, environment=environment)
        self.assertEqual(done.returncode, 2, done)
        for word in words:
            self.assertIn(word, done.stdout)
        for text in self.read().values():
            self.assertFalse(text.strip() and text.strip() in done.stdout + done.stderr)

    def test_nothing_is_ever_overwritten(self):
        made = self.read()
        self.assertEqual(set(made), {
            "gateway/wire", "supervisor/service", "supervisor/wire", f"{ISSUER}/peer-supervisor",
            *(f"{name}/{kind}" for name in SERVICES for kind in ("service", "data", "wire")),
            *(f"{ISSUER}/peer-{name}" for name in SERVICES)})
        self.assertEqual({stat.S_IMODE(os.stat(path).st_mode) for path in self.files().values()}, {0o600})
        self.assertEqual(len({made[f"{name}/wire"] for name in (*SERVICES, "gateway", "supervisor")}), 1)
        self.assertEqual(self.create(), [])
        self.assertEqual(self.read(), made)
        os.remove(self.files()["rag/wire"])
        self.assertEqual([os.path.relpath(path, self.folder) for path in self.create()], ["rag/wire"])
        self.assertEqual(self.read(), made)

    def test_what_is_wrong_with_a_file_is_said(self):
        path = os.path.join(self.folder, "rag/data")
        with open(path, encoding="utf-8") as file:
            right = file.read()

        def put(text, mode=0o600):
            if os.path.exists(path):
                os.remove(path)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT, mode), "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(path, mode)
        try:
            put("")
            self.refused("rag", path, "is empty")
            put("0" * 600)
            self.refused("rag", path, "longer than")
            put("0" * 63)
            self.refused("rag", path, "64 hex digits")
            put("a\nb\n")
            self.refused("rag", path, "one line")
            put(right, 0o604)
            self.refused("rag", path, "chmod o=")
            os.remove(path)
            self.refused("rag", path, "missing")
        finally:
            put(right)

    def test_without_any_it_is_said_where_they_come_from(self):
        done = self.bh.run("serve", "rag", environment=self.bh.environment | {"BULKHEAD_RUN": self.bh.run_dir})
        self.assertEqual(done.returncode, 2)
        self.assertIn("BULKHEAD_SECRETS_DIR", done.stdout)

    def test_the_supervisor_does_not_start_what_runs_apart(self):
        done = self.bh.run("up", environment=self.bh.environment | {"BULKHEAD_LISTEN_RAG": "http://127.0.0.1:1"})
        self.assertEqual(done.returncode, 2)
        self.assertIn("bulkhead serve", done.stderr)


if __name__ == "__main__":
    main()
