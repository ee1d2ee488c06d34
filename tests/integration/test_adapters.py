# SPDX-License-Identifier: Apache-2.0
"""Adapters of tenants on the platform's own chat model: real files in the real engine."""
import contextlib
import os
import threading
import uuid

import base
from base import PlatformTest, until, uses_engine

import lora_file  # noqa: E402

MODEL = "smollm2-135m-instruct"
LOADED_S = 120
WORDS = "Name three colours of the rainbow and say where one sees them."


class Adapters(PlatformTest):
    """Rows are made as the trainer's service has them made; everything behind that is the platform's."""

    limit_s = 240

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = next(row for row in cls.bh.manifest()["chat_models"] if row["name"] == MODEL)

    def register(self, tenant, content, name=None, base_sha256=None, sha256=None, on=MODEL):
        """An adapter of the tenant's, from a file that it has uploaded; its name."""
        name = name or f"ft:{on}:t:{uuid.uuid4().hex[:8]}"
        file = self.upload(tenant, content, "adapter.gguf", purpose="user_data", content_type="application/octet-stream")
        self.bh.psql(
            "INSERT INTO bulkhead.model_adapter (tenant_id, id, name, base, base_sha256, file_id, sha256, bytes, license, state)"
            f" VALUES ('{tenant.id}', '{uuid.uuid4()}', '{name}', '{on}', '\\x{base_sha256 or self.model['sha256']}',"
            f" '{uuid.UUID(file['id'].removeprefix('file-'))}', '\\x{sha256 or lora_file.digest(content)}', {len(content)},"
            " 'Apache-2.0', 'loading')")
        return name

    def adapter(self, seed, **change):
        return lora_file.make(self.model["path"], seed, **change)

    def ask(self, tenant, name, **body):
        return self.chat(tenant, WORDS, model=name, temperature=0, max_tokens=12, **body)

    def text(self, tenant, name):
        return self.ok(self.ask(tenant, name))["choices"][0]["message"]["content"]

    def first(self, tenant, name):
        """The answer once the engine holds the adapter."""
        reply = until(lambda: (reply := self.ask(tenant, name)).status != 503 and reply, LOADED_S, f"{name} loaded", pause=0.5)
        return self.ok(reply)["choices"][0]["message"]["content"]

    @contextlib.contextmanager
    def load(self, tenant, names):
        """Streams and whole answers without a pause until the block is left; yields the failures."""
        failed, stop = [], threading.Event()

        def one(number):
            while not stop.is_set():
                name = names[number % len(names)]
                try:
                    if number % 2:
                        text = self.text(tenant, name)
                        if not text:
                            failed.append((name, "no words"))
                    else:
                        with tenant.client() as client:
                            stream = client.chat.completions.create(
                                model=name, messages=[{"role": "user", "content": WORDS}], max_tokens=8, stream=True)
                            if not any(chunk.choices and chunk.choices[0].finish_reason for chunk in stream):
                                failed.append((name, "a stream without its end"))
                except Exception as error:
                    failed.append((name, repr(error)))
        threads = [threading.Thread(target=one, args=(at,)) for at in range(2)]
        for thread in threads:
            thread.start()
        try:
            yield failed
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    @uses_engine
    def test_each_tenant_has_its_own_and_no_request_fails_as_the_engine_is_succeeded(self):
        acme, other = self.engine_tenant(), self.engine_tenant()
        plain = self.text(acme, "default")
        with self.load(acme, ["default"]) as failed:
            # Two restarts, the first of two adapters at once.
            mine, theirs = self.register(acme, self.adapter(1)), self.register(other, self.adapter(2))
            both = self.together(2, lambda at: self.first(*((acme, mine), (other, theirs))[at]))
            # The second without memory for two engines, as the supervisor sees it: the old one ends before the new one starts.
            pid = self.bh.process("chat")["pid"]
            with open(os.path.join(self.bh.home, "adapters", "large@another.gguf"), "wb") as file:
                file.truncate(1 << 42)
            self.addCleanup(os.unlink, file.name)
            third = self.register(acme, self.adapter(3))
            more = self.first(acme, third)
            self.assertNotEqual(self.bh.process("chat")["pid"], pid)
            with open(os.path.join(self.bh.logs, "supervisor.log"), encoding="utf-8") as file:
                self.assertIn("not enough memory for two", file.read())
        self.assertEqual(failed, [])
        self.assertEqual(len({plain, *both, more}), 4, (plain, both, more))

        # Interleaved, each answers as itself.
        whose = [(acme, "default", plain), (acme, mine, both[0]), (other, theirs, both[1]), (acme, third, more)] * 2
        answers = self.together(len(whose), lambda at: self.text(whose[at][0], whose[at][1]))
        self.assertEqual(answers, [expected for _, _, expected in whose])

        # Nobody else's name is known, by whatever way it is asked for.
        deleter = base.wire.Http(self.bh.address, acme.new_key("models:write")["key"])
        missing = self.refused(self.ask(acme, f"ft:{MODEL}:t:none"), 404, "model_not_found")
        for reply in (self.ask(acme, theirs), acme.call("GET", f"/v1/models/{theirs}"), deleter.call("DELETE", f"/v1/models/{theirs}"),
                      acme.call("POST", "/v1/responses", {"model": theirs, "input": "Hi"})):
            self.refused(reply, 404, "model_not_found")
        self.assertEqual(self.refused(self.ask(acme, theirs), 404)["message"], missing["message"])
        ids = [row["id"] for row in self.ok(acme.call("GET", "/v1/models"))["data"]]
        self.assertTrue(mine in ids and third in ids and theirs not in ids, ids)

        # The choice is the platform's: a client names no adapter by its number.
        self.refused(self.ask(acme, "default", lora=[{"id": 0, "scale": 1}]), 400, "unknown_parameter", "lora")

        shown = self.ok(acme.call("GET", f"/v1/models/{mine}"))
        self.assertEqual((shown["owned_by"], shown["bulkhead"]["base"], shown["bulkhead"]["adapter"], shown["bulkhead"]["default"]),
                         ("organization", MODEL, "ready", False))
        self.assertEqual(self.ok(acme.call("POST", "/v1/responses", {"model": mine, "input": "Hi", "max_output_tokens": 16}))["model"], mine)

        # What is deleted is gone, with its file, and others go on.
        file = self.bh.psql(f"SELECT file_id FROM bulkhead.model_adapter WHERE name = '{mine}'")[0][0].replace("-", "")
        gone = self.ok(deleter.call("DELETE", f"/v1/models/{mine}"))
        self.assertEqual((gone["id"], gone["object"], gone["deleted"]), (mine, "model", True))
        self.assertTrue(gone["bulkhead"]["receipt"]["id"])
        self.refused(self.ask(acme, mine), 404, "model_not_found")
        self.refused(acme.call("GET", f"/v1/files/file-{file}"), 404)
        self.assertEqual(self.text(acme, third), more)
        self.refused(deleter.call("DELETE", "/v1/models/default"), 403)
        self.refused(acme.call("DELETE", f"/v1/models/{third}"), 403)

    @uses_engine
    def test_what_cannot_be_served_says_why_and_harms_nobody(self):
        acme = self.engine_tenant()
        content = self.adapter(5)
        with open(f"{self.bh.home}/adapters/.part", "wb") as left:  # by a process that was killed
            left.write(content)
        pid = self.bh.process("chat")["pid"]
        cases = {
            "registered": self.register(acme, content, sha256="0" * 64),
            "another file": self.register(acme, content, base_sha256="0" * 64),
            "damaged": self.register(acme, content[:-4096]),
            "architecture": self.register(acme, self.adapter(6, architecture="qwen2")),
            "shape": self.register(acme, lora_file.head("llama", [("blk.0.attn_q.weight.lora_a", 8, 4), ("blk.0.attn_q.weight.lora_b", 4, 8)], 4.0)
                                   + bytes(256)),
            "unknown key": self.register(acme, self.adapter(7, layers=(0,), pairs=[("adapter.lora.prompt_prefix", "x")])),
            "GGUF": self.register(acme, b"no model at all"),
        }
        for words, name in cases.items():
            error = self.refused(until(lambda: (reply := self.ask(acme, name)).status != 503 and reply, LOADED_S, name), 400, "invalid_state")
            self.assertIn(words, error["message"])
            self.assertEqual(self.ok(acme.call("GET", f"/v1/models/{name}"))["bulkhead"]["adapter"], "failed")
        self.assertEqual(self.bh.process("chat")["pid"], pid)
        self.text(acme, "default")
        self.assertEqual([name for name in os.listdir(f"{self.bh.home}/adapters") if name.startswith(".part")], [])

    @uses_engine
    def test_twenty_share_a_restart_or_two(self):
        tenants = [self.engine_tenant(), self.engine_tenant()]
        names = [(tenants[at % 2], self.register(tenants[at % 2], self.adapter(100 + at, layers=(20, 21), size=0.3)))
                 for at in range(20)]
        before = self.bh.process("chat")["restarts"]
        answers = self.together(20, lambda at: self.first(*names[at]))
        self.assertTrue(all(isinstance(answer, str) for answer in answers), answers)
        self.assertLessEqual(self.bh.process("chat")["restarts"] - before, 4)


if __name__ == "__main__":
    base.main()
