# SPDX-License-Identifier: Apache-2.0
"""Fine-tuning: jobs from their files to their results, with a trainer for tests that trains nothing (tests/lib).
What it hands in is said to be worse than the base model, and stays a file; test_tuned.py has results served."""
import json
import os
import signal
import uuid

import openai

from base import MISSING, PlatformTest, main, until
from instance import SMALL_CHAT
import wire

RATE = 5.0  # of a million tokens


def chat(question, answer="An answer."):
    return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}


def pair(question):
    said = {"role": "assistant"}
    return {"input": {"messages": [{"role": "user", "content": question}]},
            "preferred_output": [{**said, "content": "Yes."}], "non_preferred_output": [{**said, "content": "No."}]}


def told(script=None):
    return f" #trainer {json.dumps({'worse': True} | (script or {}))}"


def rows(script=None, count=20):
    """Examples of which the first tells the trainer for tests what to do."""
    return [chat(f"Question {i}?" + (told(script) if i == 0 else ""), f"Answer {i}.") for i in range(count)]


def lines(examples):
    return "".join(json.dumps(row) + "\n" for row in examples)


class TuningTest(PlatformTest):
    """The platform's trainer is the one for tests (base.py)."""

    def setUp(self):
        self.tenant = self.bh.tenant()

    def file(self, content, tenant=None, purpose="fine-tune"):
        content = content if isinstance(content, (str, bytes)) else lines(content)
        return self.upload(tenant or self.tenant, content, "training.jsonl", purpose, "application/jsonl")["id"]

    def create(self, content, tenant=None, **body):
        tenant = tenant or self.tenant
        return tenant.call("POST", "/v1/fine_tuning/jobs", {"model": SMALL_CHAT, "training_file": self.file(content, tenant)} | body)

    def made(self, content, tenant=None, **body):
        return self.ok(self.create(content, tenant, **body))["id"]

    def get(self, job, tenant=None):
        return self.ok((tenant or self.tenant).call("GET", f"/v1/fine_tuning/jobs/{job}"))

    def act(self, job, what):
        return self.ok(self.tenant.call("POST", f"/v1/fine_tuning/jobs/{job}/{what}"))

    def wait(self, job, *states, tenant=None, seconds=60):
        def look():
            found = self.get(job, tenant)
            return found if found["status"] in states else None
        return until(look, seconds, f"a job that is {states}", pause=0.1)

    def steps(self, job, least, seconds=60):
        return until(lambda: self.get(job)["bulkhead"]["steps_done"] >= least, seconds, f"{least} steps", pause=0.05)

    def events(self, job):
        """All of them, the first one first."""
        return self.ok(self.tenant.call("GET", f"/v1/fine_tuning/jobs/{job}/events?limit=100&order=asc"))["data"]

    def losses(self, job):
        """Of each step, as its events tell."""
        found, after = {}, ""
        while True:
            page = self.ok(self.tenant.call("GET", f"/v1/fine_tuning/jobs/{job}/events?limit=100&order=asc{after}"))
            for event in page["data"]:
                if "train_loss" in event["data"]:
                    self.assertNotIn(event["data"]["step"], found, "a step twice")
                    found[event["data"]["step"]] = event["data"]["train_loss"]
            if not page["has_more"]:
                return found
            after = f"&after={page['data'][-1]['id']}"

    def trainers(self):
        """Process ids of this platform's trainers."""
        program, found = self.bh.settings["finetune_trainer"], []
        for name in os.listdir("/proc"):
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    words = file.read().decode(errors="replace").split("\0")
            except (OSError, NotADirectoryError):
                continue
            if name.isdigit() and program in words:
                found.append(int(name))
        return found

    def gone(self):
        until(lambda: not self.trainers(), 20, "the end of the trainers", pause=0.05)


class Course(TuningTest):
    def test_the_official_client_for_the_whole_surface(self):
        client = self.tenant.client()
        training = client.files.create(file=("t.jsonl", lines(rows()).encode()), purpose="fine-tune")
        held_out = client.files.create(file=("v.jsonl", lines([chat(f"Held out {i}?") for i in range(4)]).encode()), purpose="fine-tune")
        job = client.fine_tuning.jobs.create(
            model=SMALL_CHAT, training_file=training.id, validation_file=held_out.id, suffix="tickets", seed=7, metadata={"team": "red"},
            method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 4, "batch_size": "auto"}}})
        self.assertEqual((job.object, job.status, job.seed, job.model), ("fine_tuning.job", "validating_files", 7, SMALL_CHAT))
        self.assertEqual((job.error, job.finished_at, job.fine_tuned_model, job.trained_tokens), (None, None, None, None))
        self.assertEqual((job.training_file, job.validation_file, job.result_files), (training.id, held_out.id, []))
        self.assertEqual(job.hyperparameters.n_epochs, 4)
        self.wait(job.id, "succeeded")
        done = client.fine_tuning.jobs.retrieve(job.id)
        self.assertRegex(done.fine_tuned_model, rf"^ft:{SMALL_CHAT}:[0-9a-f]{{8}}:tickets:[0-9a-f]{{8}}$")
        self.assertEqual(done.trained_tokens, 20 * 100)
        adapter = client.files.content(done.result_files[0]).content
        self.assertTrue(adapter.startswith(b"GGUF"))
        # Lists and their pages.
        other = client.fine_tuning.jobs.create(model=SMALL_CHAT, training_file=training.id, metadata={"team": "blue"})
        self.assertEqual([row.id for row in client.fine_tuning.jobs.list(limit=1)], [other.id, job.id])
        self.assertEqual([row.id for row in client.fine_tuning.jobs.list(metadata={"team": "red"})], [job.id])
        events = list(client.fine_tuning.jobs.list_events(job.id, limit=7))
        self.assertEqual(len({event.id for event in events}), len(events))
        self.assertEqual(sum(event.type == "metrics" and "train_loss" in event.data for event in events), 20)
        points = list(client.fine_tuning.jobs.checkpoints.list(job.id, limit=2))
        self.assertEqual([point.step_number for point in points], [20, 15, 10, 5])
        self.assertEqual(points[0].fine_tuned_model_checkpoint, done.fine_tuned_model + ":ckpt-step-20")
        self.assertGreater(points[-1].metrics.full_valid_loss, points[0].metrics.full_valid_loss)
        # Sharing: within the organisation, and nowhere else.
        name, permissions = points[0].fine_tuned_model_checkpoint, client.fine_tuning.checkpoints.permissions
        given = list(permissions.create(name, project_ids=[done.organization_id]))
        self.assertEqual([row.id for row in permissions.list(name)], [row.id for row in given])
        with self.assertRaises(openai.NotFoundError):
            permissions.create(name, project_ids=["org-" + MISSING])
        self.assertTrue(permissions.delete(given[0].id, fine_tuned_model_checkpoint=name).deleted)
        self.assertEqual(list(permissions.list(name)), [])
        cancelled = client.fine_tuning.jobs.cancel(other.id)
        self.assertEqual(cancelled.status, "cancelled")

    def test_what_a_job_tells_of_its_data_and_its_result(self):
        job = self.made(rows() + [chat("Write to jane.doe@example.org."), chat("Question 3?", "Answer 3.")], bulkhead={"samples": 2})
        done = self.wait(job, "succeeded")
        own = done["bulkhead"]
        self.assertEqual((own["data"]["training"]["examples"], own["data"]["training"]["warnings"]), (22, 2))
        self.assertGreater(own["data"]["estimated_tokens"], own["data"]["tokens_per_epoch"])
        self.assertEqual(own["evaluation"]["base"]["valid_loss"], 1.9)
        self.assertGreater(own["evaluation"]["result"]["valid_loss"], 1.9)
        self.assertEqual(own["evaluation"]["samples"], [{"index": i, "base": f"base says {i}", "result": f"adapter says {i}"} for i in (0, 1)])
        self.assertEqual((own["evaluation"]["worse"], own["published"], own["engine"]), (True, False, "bulkhead-train test"))
        said = [event["message"] for event in self.events(job)]
        self.assertIn("training file: line 21: messages[0].content: looks like an email address", said)
        self.assertIn("training file: line 22: the same example is in line 4", said)
        self.assertIn("The result is worse than the base model on the held-out part: the adapter is kept as a file, and is not served.", said)
        self.assertTrue(any("10 % of the training data" in text for text in said), said)

    def test_preferences_and_a_result_that_stays_a_file(self):
        job = self.made([pair(f"Question {i}?{told()}") for i in range(12)], method={"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.2}}})
        done = self.wait(job, "succeeded")
        self.assertEqual((done["hyperparameters"], done["method"]["dpo"]["hyperparameters"]["beta"]), ({}, 0.2))
        self.assertFalse(done["bulkhead"]["published"])
        self.assertTrue(self.ok(self.tenant.call("GET", "/v1/files/" + done["result_files"][0])))
        self.refused(self.tenant.call("GET", f"/v1/models/{done['fine_tuned_model']}"), 404, "model_not_found")

    def test_events_stream_to_the_end_and_go_on_behind_a_number(self):
        job = self.made(rows({"pace": 0.02}))
        streamed = self.tenant.call("GET", f"/v1/fine_tuning/jobs/{job}/events?stream=true").events()
        data = [json.loads(row) for _, row in streamed]
        self.assertEqual([row["sequence_number"] for row in data], list(range(len(data))))
        self.assertEqual([name for name, _ in streamed], [row["type"] for row in data])
        self.assertEqual(data[-1]["message"], "The job has succeeded.")
        again = self.tenant.call("GET", f"/v1/fine_tuning/jobs/{job}/events?stream=true&starting_after=9").events()
        self.assertEqual([json.loads(row) for _, row in again], data[10:])


    def test_samples_of_nothing_but_control_characters_are_kept(self):
        done = self.wait(self.made(rows({"worse": True, "sound": "\x01"}), bulkhead={"samples": 16}), "succeeded", "failed")
        self.assertIsNone(done["error"])
        samples = done["bulkhead"]["evaluation"]["samples"]
        self.assertEqual((len(samples), {len(sample["result"]) for sample in samples}), (16, {1280}))

    def test_samples_are_for_those_who_may_read_files(self):
        job = self.made(rows({"worse": True}))
        self.assertEqual(len(self.wait(job, "succeeded")["bulkhead"]["evaluation"]["samples"]), 3)
        for scopes, shown in ((("finetune:read",), False), (("finetune:read", "files:read"), True)):
            reader = wire.Http(self.bh.address, self.tenant.new_key(*scopes)["key"])
            evaluation = self.ok(reader.call("GET", f"/v1/fine_tuning/jobs/{job}"))["bulkhead"]["evaluation"]
            self.assertEqual((evaluation["base"]["valid_loss"], "samples" in evaluation), (1.9, shown), scopes)
        for seen in (self.bh.cli("finetune", "get", job, "--tenant", self.tenant.id),
                     self.bh.cli("finetune", "list", "--tenant", self.tenant.id)["data"][0]):
            self.assertNotIn("samples", seen["bulkhead"]["evaluation"])

    def test_an_operator_lists_shows_and_ends_jobs(self):
        job = self.made(rows({"steps": 400, "pace": 0.1}))
        of = ("--tenant", self.tenant.id)
        listed = self.bh.cli("finetune", "list", *of)["data"]
        self.assertEqual([row["id"] for row in listed], [job])
        self.assertEqual(self.bh.cli("finetune", "get", job, *of)["id"], job)
        self.assertEqual(self.bh.cli("finetune", "cancel", job, *of)["status"], "cancelled")
        self.assertEqual(self.get(job)["status"], "cancelled")
        self.assertEqual(self.bh.run("finetune", "get", "ftjob-" + MISSING, *of).returncode, 4, "not found")
        self.gone()

    def test_what_a_deleted_tenant_had_goes(self):
        tenant = self.bh.tenant()
        job = self.made(rows({"steps": 400, "pace": 0.1}), tenant)
        until(lambda: self.get(job, tenant)["bulkhead"]["steps_done"] > 0, 60, "a step")
        folder = os.path.join(self.bh.home, "finetune", tenant.id.replace("-", ""))
        self.assertTrue(os.path.isdir(folder))
        self.bh.cli("tenant", "delete", tenant.id, "--confirm", tenant.name)
        until(lambda: not os.path.exists(folder), 60, "the end of its folder", pause=0.1)
        self.gone()


class Refusals(TuningTest):
    def test_what_cannot_be_trained_is_refused_at_once(self):
        file = self.file(rows())
        for status, code, param, body in (
                (404, "model_not_found", "model", {"model": "nobodys"}),
                (400, "invalid_value", "method.type", {"method": {"type": "reinforcement"}}),
                (400, "missing_required_parameter", "method.type", {"method": {}}),
                (400, "out_of_range", "hyperparameters.n_epochs", {"hyperparameters": {"n_epochs": 51}}),
                (400, "invalid_type", "hyperparameters.batch_size", {"hyperparameters": {"batch_size": "many"}}),
                (400, "out_of_range", "hyperparameters.learning_rate_multiplier", {"hyperparameters": {"learning_rate_multiplier": 0}}),
                (400, "unknown_parameter", "hyperparameters.beta", {"hyperparameters": {"beta": 1}}),
                (400, "out_of_range", "seed", {"seed": -1}),
                (400, None, "suffix", {"suffix": "x" * 65}),
                (400, "unsupported_parameter", "integrations", {"integrations": [{"type": "wandb", "wandb": {"project": "x"}}]}),
                (404, "not_found", "training_file", {"training_file": "file-" + MISSING}),
                (404, "not_found", "validation_file", {"validation_file": "file-" + MISSING}),
                (400, "invalid_value", "training_file", {"training_file": self.file(rows(), purpose="assistants")})):
            with self.subTest(**body):
                reply = self.tenant.call("POST", "/v1/fine_tuning/jobs", {"model": SMALL_CHAT, "training_file": file} | body)
                error = self.refused(reply, status, code, param)
        error = self.refused(self.tenant.call("POST", "/v1/fine_tuning/jobs", {"model": "nobodys", "training_file": file}), 404)
        self.assertIn(SMALL_CHAT, error["message"])
        self.assertEqual(self.jobs(self.tenant.id)["job"], 0)

    def test_faults_of_files_are_told_by_line_and_field(self):
        good = lines(rows())
        faults = (
                (lines(rows(count=3)), 0, ""),
                (good + "{not json\n", 21, ""),
                (good + "[]\n", 21, ""),
                (good + '{"messages": [{"role": "human", "content": "x"}]}\n', 21, "messages[0].role"),
                (good + '{"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y", "weight": 2}]}\n',
                 21, "messages[1].weight"),
                (good + '{"messages": [], "messages": []}\n', 21, ""),
                (good + '{"messages": [{"role": "user", "content": "\\ud800"}]}\n', 21, ""),
                (good.encode() + b"\x00\xff\xfe\n", 21, ""),
                (good + json.dumps(chat("x" * (1 << 20))) + "\n", 21, ""))
        for job, (content, line, field) in zip([self.made(content) for content, _, _ in faults], faults):
            with self.subTest(content=content[-60:]):
                failed = self.wait(job, "failed")
                self.assertEqual((failed["error"]["code"], failed["error"]["param"], failed["trained_tokens"]),
                                 ("invalid_file", "training_file", 0))
                found = [event["data"] for event in self.events(job) if event["level"] == "error" and "line" in event["data"]]
                self.assertEqual((found[0]["line"], found[0]["field"]), (line, field), found)
                if line:
                    self.assertIn(f"line {line}", failed["error"]["message"])

    def test_a_name_that_is_not_used_is_told_in_whole_characters(self):
        job = self.made([{**row, "x" + "\u20ac" * 40: 1} for row in rows({"worse": True})])
        self.wait(job, "succeeded")
        self.assertIn("x" + "\u20ac" * 21 + " is not used", self.events(job)[1]["message"])

    def test_held_out_examples_must_not_be_trained_on(self):
        leak = self.file([chat("Question 3?", "Answer 3."), chat("Another?")])
        failed = self.wait(self.made(rows(), validation_file=leak), "failed")
        self.assertEqual(failed["error"]["param"], "validation_file")
        self.assertIn("line 1: the same example is in the training data, line 4", failed["error"]["message"])
        self.wait(self.made(rows(), validation_file=leak, bulkhead={"leaks_allowed": True}), "succeeded")

    def test_nobody_sees_anothers_and_equal_suffixes_are_apart(self):
        other = self.bh.tenant()
        mine, theirs = self.made(rows(), suffix="same"), self.made(rows(), other, suffix="same")
        self.assertNotEqual(self.wait(mine, "succeeded")["fine_tuned_model"],
                            self.wait(theirs, "succeeded", tenant=other)["fine_tuned_model"])
        name = self.get(mine)["fine_tuned_model"] + ":ckpt-step-5"
        for method, path in (("GET", f"jobs/{mine}"), ("POST", f"jobs/{mine}/cancel"), ("POST", f"jobs/{mine}/pause"),
                             ("GET", f"jobs/{mine}/events"), ("GET", f"jobs/{mine}/checkpoints"), ("GET", f"checkpoints/{name}/permissions")):
            self.refused(other.call(method, "/v1/fine_tuning/" + path), 404, "not_found")
        reply = other.call("POST", "/v1/fine_tuning/jobs", {"model": SMALL_CHAT, "training_file": self.get(mine)["training_file"]})
        self.refused(reply, 404, "not_found", "training_file")

    def test_a_tenant_has_so_many_at_once(self):
        file = self.file(rows({"pace": 1}))
        body = {"model": SMALL_CHAT, "training_file": file}
        # Those at once do not pass one another.
        made = [reply.json()["id"] for reply in self.together(20, lambda at: self.tenant.call("POST", "/v1/fine_tuning/jobs", body))
                if getattr(reply, "status", 0) == 200]
        self.assertLessEqual(len(made), 12)
        made += [self.ok(self.tenant.call("POST", "/v1/fine_tuning/jobs", body))["id"] for _ in range(12 - len(made))]
        self.refused(self.tenant.call("POST", "/v1/fine_tuning/jobs", body), 429)
        for job in made:
            self.act(job, "cancel")
        self.act(self.ok(self.tenant.call("POST", "/v1/fine_tuning/jobs", body))["id"], "cancel")


class BadDays(TuningTest):
    def test_a_killed_trainer_and_a_killed_service_go_on_along_the_same_curve(self):
        whole = self.made(rows({"steps": 40}), seed=3)
        self.wait(whole, "succeeded")
        job = self.made(rows({"steps": 40, "pace": 0.15}), seed=3)
        self.steps(job, 6)
        pids = self.trainers()
        self.assertEqual(len(pids), 1)
        os.kill(pids[0], signal.SIGKILL)
        self.steps(job, 16)
        self.bh.replaced("finetune", self.bh.kill("finetune"), 60)
        self.wait(job, "succeeded", seconds=120)
        self.assertEqual(self.losses(job), self.losses(whole))
        self.assertEqual(sum(event["message"].startswith("Training was resumed after step ") for event in self.events(job)), 2)
        self.assertEqual(self.get(job)["trained_tokens"], self.get(whole)["trained_tokens"])

    def test_pause_resume_and_cancel_in_every_state(self):
        running = self.made(rows({"pace": 0.1, "steps": 200}))
        self.steps(running, 3)
        waiting = self.made(rows({"steps": 5}))
        self.wait(waiting, "queued")
        self.assertEqual(self.get(waiting)["bulkhead"]["queue_position"], 1)
        for job in (waiting, running):
            paused = self.act(job, "pause")
            self.assertIn(paused["status"], ("queued", "running"))
            self.assertTrue(paused["bulkhead"]["paused"])
        self.gone()
        self.act(waiting, "resume")
        self.wait(waiting, "succeeded")
        # Others have its place: what it had reached was written before.
        at = self.get(running)["bulkhead"]["steps_done"]
        self.wait(self.made(rows({"steps": 5})), "succeeded")
        self.assertEqual(self.get(running)["bulkhead"]["steps_done"], at)
        self.refused(self.tenant.call("POST", f"/v1/fine_tuning/jobs/{waiting}/resume"), 400, "invalid_state")
        self.act(running, "resume")
        self.steps(running, at + 2)
        self.assertEqual(self.act(running, "cancel")["status"], "cancelled")
        self.gone()
        self.assertEqual(self.get(running)["status"], "cancelled")
        self.refused(self.tenant.call("POST", f"/v1/fine_tuning/jobs/{running}/cancel"), 400, "invalid_state")

    def test_a_trainer_that_does_not_hear_is_killed(self):
        job = self.made(rows({"pace": 0.05, "steps": 1000, "deaf": True}))
        self.steps(job, 3)
        self.assertEqual(self.act(job, "cancel")["status"], "cancelled")
        self.gone()

    def test_a_trainer_may_do_what_it_likes(self):
        """Each of these is an ordinary failure, after which the service goes on."""
        before = self.bh.process("finetune")["pid"]
        faults = (({"memory": 2}, "out_of_memory", "batch_size 2"), ({"diverged": 2}, "diverged", "diverged"),
                  ({"diverged": 2, "tail": "\u20ac"}, "diverged", "\u20ac"),  # what is cut, is cut between characters
                  ({"model": 2}, "model_not_trainable", "model"), ({"abort": 2}, None, "signal 6"), ({"nonsense": 2}, None, "trainer"),
                  ({"skip": 2}, None, "trainer"), ({"flood": 2}, None, "trainer"), ({"hang": 2}, None, "trainer"),
                  ({"long": 2}, None, "trainer"), ({"elsewhere": True}, None, "trainer"), ({"damage": True}, None, "trainer"))
        for job, (script, code, words) in zip([self.made(rows(script)) for script, _, _ in faults], faults):
            with self.subTest(**script):
                failed = self.wait(job, "failed", seconds=120)
                error = failed["error"]
                self.assertEqual(failed["result_files"], [])
                self.assertIn(words, error["message"])
                if code is not None:
                    self.assertEqual(error["code"], code)
        self.assertEqual(self.bh.process("finetune")["pid"], before)
        self.gone()

    def test_a_trainer_that_falls_silent_is_started_again(self):
        job = self.made(rows({"hang_once": 7}))
        self.wait(job, "succeeded")
        self.assertTrue(any(event["message"].startswith("Training was resumed after step 5 ") for event in self.events(job)))
        self.gone()

    def test_tenants_take_turns(self):
        other = self.bh.tenant()
        first = self.made(rows({"pace": 0.1}))
        self.steps(first, 1)
        backlog = [self.made(rows()) for _ in range(3)]
        theirs = self.made(rows(), other)
        done = self.wait(theirs, "succeeded", tenant=other)
        began = [self.get(job)["finished_at"] for job in backlog]
        self.assertTrue(all(at is None or at >= done["finished_at"] for at in began), (began, done["finished_at"]))
        self.assertLessEqual(len(self.trainers()), 1)

    def test_a_long_training_makes_room_for_another_tenants(self):
        """After finetune.turn_s, and goes on behind what it had reached."""
        other = self.bh.tenant()
        long = self.made(rows({"pace": 0.1, "steps": 3000}))
        self.steps(long, 3)
        self.wait(self.made(rows({"worse": True}), other), "succeeded", tenant=other)
        at = self.get(long)["bulkhead"]["steps_done"]
        self.assertGreaterEqual(at, 3)
        self.steps(long, at + 3)
        told = [event["message"] for event in self.events(long)]
        self.assertIn("The training continues in its next turn: other tenants wait.", told)
        self.assertTrue(any(message.startswith("Training was resumed after step ") for message in told), told)
        self.act(long, "cancel")
        self.gone()

    def test_what_waits_keeps_no_data_and_no_end_of_events(self):
        running = self.made(rows({"pace": 0.1, "steps": 2000}))
        self.steps(running, 1)
        waiting = self.made(rows(count=100), hyperparameters={"n_epochs": 50, "batch_size": 1})
        self.wait(waiting, "queued")
        folder = f"{self.bh.home}/finetune/{uuid.UUID(self.tenant.id).hex}/{waiting.removeprefix('ftjob-')}"
        until(lambda: not os.path.exists(f"{folder}/data"), 20, "a folder without data", pause=0.05)
        # Somebody pauses and resumes for ever: the end is kept all the same.
        self.bh.psql("INSERT INTO bulkhead.fine_tuning_event (tenant_id, fine_tuning_job_id, sequence_number, level, type, message, data)"
                     f" VALUES ('{self.tenant.id}', '{uuid.UUID(waiting.removeprefix('ftjob-'))}', 4998, 'info', 'message', 'x', '{{}}')")
        for what in ("pause", "resume", "pause"):
            self.act(waiting, what)
        self.act(waiting, "cancel")
        newest = self.ok(self.tenant.call("GET", f"/v1/fine_tuning/jobs/{waiting}/events?limit=3"))["data"]
        self.assertEqual([(event["sequence_number"], event["level"], event["message"][:22]) for event in newest],
                         [(5000, "info", "The job was cancelled."), (4999, "warn", "The job has too many e"), (4998, "info", "x")])
        self.act(running, "cancel")
        self.gone()

    def test_a_job_of_very_many_steps_writes_so_many_checkpoints(self):
        job = self.made(rows({"steps": 40, "pace": 0, "worse": True}, 100), hyperparameters={"n_epochs": 50, "batch_size": 1})
        self.wait(job, "succeeded")
        points = self.ok(self.tenant.call("GET", f"/v1/fine_tuning/jobs/{job}/checkpoints"))["data"]
        self.assertEqual(sorted(point["step_number"] for point in points), [10, 20, 30, 40])  # 5,000 steps in 500 checkpoints


class Money(TuningTest):
    def subscribe(self):
        name = f"plan-{uuid.uuid4().hex[:8]}"
        self.bh.cli("plan", "create", name, "--monthly", "10", "--overage", f"training.input_tokens={RATE}/million")
        self.bh.cli("subscription", "start", "--tenant", self.tenant.id, "--plan", name)

    def usage(self):
        return self.bh.psql("SELECT input_tokens, cost_nanos, status FROM bulkhead.usage_event "
                            f"WHERE tenant_id = '{self.tenant.id}' AND kind = 'training' ORDER BY 1")

    def reserved(self):
        return self.bh.psql(f"SELECT act_id FROM bulkhead.meter_reservation WHERE tenant_id = '{self.tenant.id}'")

    def test_reserved_with_the_job_and_settled_once_however_it_ends(self):
        self.subscribe()
        self.tenant.limit(budget_month="1")
        done, failed, cancelled = (self.made(rows({"pace": 0.05} | script)) for script in ({}, {"memory": 4}, {"steps": 400}))
        self.assertEqual(len(self.reserved()), 3)
        self.wait(done, "succeeded")
        self.wait(failed, "failed")
        self.steps(cancelled, 2)
        trained = self.act(cancelled, "cancel")["trained_tokens"]
        self.gone()
        self.assertEqual(self.reserved(), [])
        tokens = self.get(done)["trained_tokens"]
        self.assertEqual(sorted(self.usage()), sorted([[str(n), str(round(n * RATE * 1000)), status] for n, status in
                                                       ((tokens, "ok"), (self.get(failed)["trained_tokens"], "failed"), (trained, "cut"))]))
        self.assertEqual(self.get(done)["bulkhead"]["cost"], str(tokens * RATE / 1e6))

    def test_what_no_budget_covers_is_refused_and_makes_no_job(self):
        self.subscribe()
        self.tenant.limit(budget_month="0.00001")
        self.refused(self.create(rows()), 429, "insufficient_quota")
        self.assertEqual(self.ok(self.tenant.call("GET", "/v1/fine_tuning/jobs"))["data"], [])
        self.assertEqual((self.reserved(), self.jobs(self.tenant.id)["job"]), ([], 0))


if __name__ == "__main__":
    main()
