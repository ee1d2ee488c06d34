# SPDX-License-Identifier: Apache-2.0
"""Fine-tuning from the upload to the answer: results that the model service has the real engine load."""
import hashlib
import os
import unittest
import uuid

import openai

from base import main, until, uses_engine, wire
from instance import SMALL_CHAT
from test_finetune import RATE, TuningTest, lines, rows

import lora_file  # noqa: E402

SERVED_S = 120
GONE = "The model was deleted before it was served, with its file."


class TunedTest(TuningTest):
    limit_s = 480

    def name_of(self, job, tenant=None):
        """What the model of a job without a suffix will be called."""
        return f"ft:{SMALL_CHAT}:{(tenant or self.tenant).id.replace('-', '')[-8:]}::{job[-8:]}"

    def adapters(self, tenant=None):
        """Names, states and ids of the tenant's adapters."""
        return self.bh.psql(f"SELECT name, state, id FROM bulkhead.model_adapter WHERE tenant_id = '{(tenant or self.tenant).id}' ORDER BY 1")

    def copies(self, tenant=None):
        """Names of the files that an engine has of them."""
        return [name for name in os.listdir(os.path.join(self.bh.home, "adapters")) if (tenant or self.tenant).id.replace("-", "") in name]

    def results(self, tenant=None):
        """The tenant's files that a job has made."""
        files = self.ok((tenant or self.tenant).call("GET", "/v1/files?purpose=fine-tune"))["data"]
        return [row["id"] for row in files if row["filename"].endswith(".gguf")]

    def deleter(self):
        """With a key that may delete the tenant's models."""
        return wire.Http(self.bh.address, self.tenant.new_key("models:write")["key"])


class Real(TunedTest):
    def program(self):
        """The trainer that set-up has compiled, beside the engine's runner."""
        programs = os.path.dirname(os.path.dirname(os.path.dirname(self.bh.manifest()["engine"]["runner"])))
        program = os.path.join(programs, "trainer/bulkhead-train")
        if not os.path.isfile(program):
            raise unittest.SkipTest("no trainer is installed: make trainer")
        return program

    @uses_engine
    def test_a_model_is_trained_served_to_its_tenant_alone_and_deleted(self):
        program = self.program()
        self.tenant, other = self.engine_tenant(), self.engine_tenant()
        plan = f"plan-{uuid.uuid4().hex[:8]}"
        self.bh.cli("plan", "create", plan, "--monthly", "10", "--overage", f"training.input_tokens={RATE}/million")
        self.bh.cli("subscription", "start", "--tenant", self.tenant.id, "--plan", plan)
        client = self.tenant.client()
        file = client.files.create(file=("t.jsonl", lines(rows({"program": program}, 12)).encode()), purpose="fine-tune")
        job = client.fine_tuning.jobs.create(
            model="default", training_file=file.id, suffix="Answers", seed=1, extra_body={"bulkhead": {"publish_worse": True, "samples": 1}},
            method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 1, "learning_rate_multiplier": 5}}})
        self.assertEqual(job.model, SMALL_CHAT)
        done = self.wait(job.id, "succeeded", "failed", seconds=400)
        self.assertEqual((done["status"], done["bulkhead"]["published"]), ("succeeded", True), done)
        self.assertRegex(done["bulkhead"]["engine"], r"^bulkhead-train \d")
        measured, name = done["bulkhead"]["evaluation"], done["fine_tuned_model"]
        self.assertGreater(measured["base"]["valid_loss"], 0)
        self.assertNotEqual(measured["result"]["valid_loss"], measured["base"]["valid_loss"])
        self.assertRegex(name, rf"^ft:{SMALL_CHAT}:[0-9a-f]{{8}}:answers:{job.id[-8:]}$")

        # Its file is the one that was trained. Tokens are paid once, and no more of them than were set aside.
        content = client.files.content(done["result_files"][0]).content
        points = self.bh.psql(f"SELECT sha256 FROM bulkhead.fine_tuning_checkpoint WHERE tenant_id = '{self.tenant.id}'")
        self.assertIn(hashlib.sha256(content).hexdigest(), "".join(row[0] for row in points))
        self.assertGreater(done["trained_tokens"], 0)
        paid = min(done["trained_tokens"], done["bulkhead"]["reserved_tokens"])
        self.assertEqual(done["bulkhead"]["cost"], f"{paid * RATE / 1e6:.9f}".rstrip("0"))
        self.assertEqual(self.bh.psql(f"SELECT count(*) FROM bulkhead.meter_reservation WHERE tenant_id = '{self.tenant.id}'"), [["0"]])

        # It is the tenant's model, and nobody else's.
        self.assertIn(name, [row.id for row in client.models.list()])
        self.assertEqual((client.models.retrieve(name).owned_by, client.models.retrieve(name).model_extra["bulkhead"]["base"]),
                         ("organization", SMALL_CHAT))
        said = client.chat.completions.create(model=name, messages=[{"role": "user", "content": "Question 3?"}], max_tokens=8)
        self.assertEqual((said.model, bool(said.choices[0].message.content)), (name, True))
        self.assertEqual(client.responses.create(model=name, input="Question 3?", max_output_tokens=16).model, name)
        for reply in (self.chat(other, model=name), other.call("POST", "/v1/responses", {"model": name, "input": "Hi"}),
                      other.call("GET", f"/v1/models/{name}"), other.call("GET", "/v1/files/" + done["result_files"][0])):
            self.refused(reply, 404)

        deleted = self.ok(self.deleter().call("DELETE", f"/v1/models/{name}"))
        self.assertTrue(deleted["bulkhead"]["receipt"]["id"])
        with self.assertRaises(openai.NotFoundError):
            client.chat.completions.create(model=name, messages=[{"role": "user", "content": "Hi"}])
        self.refused(self.tenant.call("GET", "/v1/files/" + done["result_files"][0]), 404)
        self.assertEqual((self.copies(), self.adapters(), self.results()), ([], [], []))


class Published(TunedTest):
    """The trainer for tests hands in adapters that were made for the engine, or what is none."""

    def served(self, seed, **script):
        """Examples whose result is an adapter that the engine can load."""
        model = next(row for row in self.bh.manifest()["chat_models"] if row["name"] == SMALL_CHAT)
        path = os.path.join(self.bh.folder, f"adapter-{seed}.gguf")
        with open(path, "wb") as file:
            file.write(lora_file.make(model["path"], seed, layers=(0,), size=0.01))
        return rows({"worse": False, "adapter": path} | script)

    def loading(self, job):
        """It has been given to the model service, which has it loaded."""
        until(lambda: self.get(job)["bulkhead"]["stage"] == "publish" and self.adapters(), 60, "an adapter that is loaded", pause=0.05)

    def test_killed_services_publish_once_and_a_deleted_tenant_leaves_no_copy(self):
        job = self.made(self.served(1))
        self.loading(job)
        for name, pid in [(name, self.bh.kill(name)) for name in ("model", "finetune")]:
            self.bh.replaced(name, pid, 60)
        done = self.wait(job, "succeeded", seconds=SERVED_S)
        self.assertTrue(done["bulkhead"]["published"])
        self.assertEqual([row[:2] for row in self.adapters()], [[self.name_of(job), "ready"]])
        self.assertEqual((self.results(), len(self.copies())), (done["result_files"], 1))
        self.assertEqual(self.bh.psql("SELECT count(*) FROM bulkhead.usage_event "
                                      f"WHERE tenant_id = '{self.tenant.id}' AND kind = 'training'"), [["1"]])
        self.bh.cli("tenant", "delete", self.tenant.id, "--confirm", self.tenant.name)
        until(lambda: not self.copies() and not self.adapters(), 60, "the end of the tenant's adapters", pause=0.1)

    def test_who_cancels_or_deletes_while_it_is_loaded_keeps_nothing(self):
        tenant, cancelled = self.tenant, self.made(self.served(2))
        self.tenant = self.bh.tenant()
        deleted = self.made(self.served(3))
        self.loading(deleted)
        self.ok(self.deleter().call("DELETE", "/v1/models/" + self.name_of(deleted)))
        done = self.wait(deleted, "succeeded", seconds=SERVED_S)
        self.assertEqual((done["bulkhead"]["published"], done["result_files"]), (False, []))
        self.assertIn(GONE, [event["message"] for event in self.events(deleted)])
        self.assertEqual((self.adapters(), self.results()), ([], []))

        self.tenant = tenant
        self.loading(cancelled)
        self.assertEqual(self.act(cancelled, "cancel")["status"], "cancelled")
        until(lambda: not self.adapters() and not self.results() and not self.copies(), 60, "the end of what was kept", pause=0.1)
        self.refused(self.tenant.call("GET", "/v1/models/" + self.name_of(cancelled)), 404, "model_not_found")

    def test_what_no_engine_can_load_fails_and_stays_a_file(self):
        failed = self.wait(self.made(rows({"worse": False})), "failed", seconds=SERVED_S)
        self.assertEqual(failed["error"]["code"], "adapter_not_loaded")
        self.assertRegex(failed["error"]["message"], r"^The adapter is kept as a file, but could not be loaded: The .+\.$")
        self.assertEqual(failed["result_files"], self.results())
        self.assertEqual(self.adapters()[0][:2], [failed["fine_tuned_model"], "failed"])
        self.assertEqual(self.copies(), [])

    def test_a_name_that_is_taken_and_a_tenant_that_has_its_fill(self):
        def add(name, of=1):
            self.bh.psql("INSERT INTO bulkhead.model_adapter (tenant_id, id, name, base, base_sha256, file_id, sha256, bytes, license, state)"
                         f" SELECT '{self.tenant.id}', gen_random_uuid(), '{name}' || CASE WHEN i > 1 THEN i::text ELSE '' END,"
                         f" '{SMALL_CHAT}', '', gen_random_uuid(), '\\x{'00' * 32}', 1, '', 'failed' FROM generate_series(1, {of}) AS i")

        taken = self.made(self.served(4, pace=0.3))
        add(self.name_of(taken))
        failed = self.wait(taken, "failed", seconds=SERVED_S)
        self.assertEqual((failed["error"]["code"], failed["error"]["message"]), ("name_taken", "Another adapter has this name."))
        self.assertEqual(failed["result_files"], self.results())

        add("ft:more", 16)
        full = self.wait(self.made(self.served(5)), "succeeded", seconds=SERVED_S)
        self.assertFalse(full["bulkhead"]["published"])
        self.assertTrue(any("not served: The tenant has 16 adapters already" in event["message"] for event in self.events(full["id"])))
        self.assertIn(full["result_files"][0], self.results())


if __name__ == "__main__":
    main()
