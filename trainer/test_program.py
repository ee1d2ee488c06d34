#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""bulkhead-train itself, on small models with random weights, and once on the smallest chat model.

usage: test_program.py CLASS…; exit status 77: `make trainer` was not run.
"""
import glob
import hashlib
import json
import os
import random
import sys
import tempfile
import time
import unittest

import testing_model
import testing_program
from testing_program import Run, chat, pair, write_lines

SMALLEST = os.path.join(testing_program.PROGRAMS, "models/smollm2-135m-instruct-q4_1.gguf")
QUESTION = "Who wrote the last ticket?"
COLOURS = ("red", "green", "blue", "black", "white", "brown", "grey", "pink")


class Small(unittest.TestCase):
    """A model of 2 layers, whose steps take milliseconds."""

    architecture = "llama"

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="bh-test-train-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.model = os.path.join(self.folder, "model.gguf")
        testing_model.write(self.architecture, self.model)

    def job(self, rows=None, name="out", **more):
        os.makedirs(os.path.join(self.folder, name), exist_ok=True)
        rows = rows or [chat(f"What is the colour of number {i}?", COLOURS[i % 8] * 2) for i in range(24)]
        return {"model": self.model, "training": write_lines(os.path.join(self.folder, "training.jsonl"), rows),
                "folder": os.path.join(self.folder, name), "epochs": 4, "batch_size": 3, "accumulate": 2, "rank": 4,
                "learning_rate": 5e-3, "checkpoint_steps": 3, "seed": 11, "context": 128, "threads": 1, **more}

    def run_to_end(self, job, **more):
        run = Run(self.folder, job, **more).follow()
        self.assertEqual((run.status, run.last["type"]), (0, "finished"), run.lines[-3:])
        return run

    def fails(self, job, code, **more):
        run = Run(self.folder, job, **more).follow()
        self.assertEqual((run.status, run.last["type"], run.last.get("code")), (3, "error", code), run.lines[-3:])
        return run


class Training(Small):
    def test_gradients_agree_with_differences(self):
        for architecture in ("llama", "qwen2"):
            path = os.path.join(self.folder, architecture)
            testing_model.write(architecture, path)
            done = testing_program.subprocess.run([testing_program.GRADIENTS, path], capture_output=True, text=True,
                                                  timeout=300, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_loss_falls_and_the_lines_tell_it(self):
        run = self.run_to_end(self.job(epochs=12))
        losses = [line["train_loss"] for line in run.all("progress")]
        self.assertLess(losses[-1], losses[0] * 0.8)
        started = run.all("started")[0]
        self.assertEqual((started["examples"], started["held_out"], started["steps"]), (22, 2, 48))
        base, *after = run.all("evaluation")
        self.assertEqual((base["of"], base["step"]), ("base", 0))
        self.assertLess(min(line["valid_loss"] for line in after), base["valid_loss"])
        self.assertEqual(run.all("progress")[-1]["trained_tokens"], 12 * started["trained_tokens"])
        newest = run.all("checkpoint")[-1]
        with open(os.path.join(newest["path"], "adapter.gguf"), "rb") as file:
            data = file.read()
        self.assertEqual((hashlib.sha256(data).hexdigest(), len(data)), (newest["sha256"], newest["bytes"]))
        self.assertEqual((newest["path"], newest["step"]), (run.last["path"], 48))

    def test_only_what_the_assistant_says_is_learned(self):
        """The tokens that are learned are those of the answers and of the ends of their turns."""
        rows = [chat("a" * (10 + i), "b" * 5) for i in range(12)]
        started = self.run_to_end(self.job(rows, held_out=0, epochs=1)).all("started")[0]
        self.assertEqual(started["trained_tokens"], 12 * 6)

    def test_preferences_are_learned(self):
        rows = [pair(f"Number {i}?", "yes " + COLOURS[i % 8], "no " + COLOURS[i % 7]) for i in range(20)]
        run = self.run_to_end(self.job(rows, method="dpo", epochs=6))
        first, last = run.all("progress")[0], run.all("progress")[-1]
        self.assertAlmostEqual(first["train_loss"], 0.6931, places=3)
        self.assertLess(last["train_loss"], 0.5)
        self.assertGreater(last["margin"], 0.5)

    def test_qwen2_is_trained_too(self):
        testing_model.write("qwen2", self.model)
        losses = [line["train_loss"] for line in self.run_to_end(self.job(epochs=12)).all("progress")]
        self.assertLess(losses[-1], losses[0] * 0.9)


class Interrupted(Small):
    def test_killed_at_any_step_it_goes_on_along_the_same_curve(self):
        whole = self.run_to_end(self.job(name="whole")).curve()
        draw = random.Random(5)
        job = self.job(name="killed")
        for _ in range(6):
            at = draw.randrange(1, len(whole))
            run = Run(self.folder, job).follow(lambda line, at=at: line.get("step", 0) >= at or line["type"] == "finished")
            run.kill()
            started = run.all("started")[0]["step"]
            self.assertEqual(started % 3, 0)
            for step, values in run.curve().items():
                self.assertEqual(values, whole[step])
        rest = self.run_to_end(job)
        self.assertEqual({**whole, **rest.curve()}, whole)
        with open(os.path.join(self.folder, "killed/step-00000016/adapter.gguf"), "rb") as file:
            killed = file.read()
        with open(os.path.join(self.folder, "whole/step-00000016/adapter.gguf"), "rb") as file:
            self.assertEqual(killed, file.read())

    def test_pause_and_cancel_leave_a_checkpoint_within_two_seconds(self):
        job = self.job(epochs=50, checkpoint_steps=1000)
        reached = 0
        for command in ("pause", "cancel"):
            run = Run(self.folder, job).follow(lambda line, reached=reached: line.get("step", 0) > reached + 3)
            asked = time.monotonic()
            run.command(command)
            run.follow()
            self.assertLess(time.monotonic() - asked, 2)
            self.assertEqual((run.status, run.last["type"], run.last["command"]), (5, "stopped", command))
            self.assertTrue(os.path.isfile(os.path.join(run.last["path"], "state.bin")))
            self.assertEqual(run.all("started")[0]["step"], reached)
            reached = run.last["step"]

    def test_what_lies_behind_the_context_takes_no_time(self):
        turns = [{"role": role, "content": role[0] * 200} for role in ("user", "assistant")]
        long = {"messages": chat("q", "a")["messages"] + 1000 * turns}
        run = Run(self.folder, self.job([chat(f"q{i}", "a") for i in range(12)] + [long], epochs=1))
        self.addCleanup(run.process.kill)
        # To write each of its 1,000 prefixes takes a minute, in which nobody can stop it.
        run.follow(lambda line: line["type"] == "started", timeout=30)
        self.assertEqual((run.last["type"], run.last["cut"]), ("started", 1))
        self.assertEqual((run.follow().status, run.last["type"]), (0, "finished"))

    def test_a_checkpoint_of_another_job_is_refused(self):
        self.run_to_end(self.job(epochs=1))
        self.fails(self.job(epochs=1, learning_rate=1e-3), "resume")
        self.fails(self.job([chat(f"Other {i}", "data") for i in range(12)], epochs=1), "resume")

    def test_a_full_disk_is_said_and_leaves_no_half_checkpoint(self):
        run = self.fails(self.job(), "disk", prefix=("prlimit", "--fsize=30000"))
        self.assertEqual(len(run.all("checkpoint")), 0)
        self.assertEqual(os.listdir(os.path.join(self.folder, "out")), [])


class Refused(Small):
    def test_faults_of_the_data_are_told_by_line_and_field(self):
        rows = [chat(f"q{i}", "a") for i in range(12)]
        rows[3] = {"messages": [{"role": "human", "content": "x"}]}
        run = self.fails(self.job(rows), "data")
        found = [line for line in run.all("finding") if line["level"] == "error"]
        self.assertEqual((found[0]["line"], found[0]["field"]), (4, "messages[0].role"))

    def test_memory_is_checked_before_the_work_and_a_batch_size_named(self):
        rows = [chat("x" * 100, "y" * 20 + str(i)) for i in range(64)]
        base = {"rows": rows, "epochs": 1, "context": 256}
        small = self.run_to_end(self.job(**base, batch_size=1, name="small")).all("started")[0]["memory_bytes"]
        run = self.fails(self.job(**base, batch_size=48, memory_bytes=small + 30 * 2**20, name="large"), "memory")
        self.assertEqual(run.all("progress"), [])
        size = int(run.last["message"].rsplit("batch_size ", 1)[1])
        self.assertLess(size, 48)
        self.run_to_end(self.job(**base, batch_size=size, memory_bytes=small + 30 * 2**20, name="tried"))

    def test_wrong_jobs_and_models_are_refused(self):
        self.fails(self.job(rank=0), "job")
        self.fails(self.job(surprise=1), "job")
        self.fails(self.job(model=__file__), "model")
        with open(self.model, "r+b") as file:
            file.truncate(os.path.getsize(self.model) - 4096)
        self.fails(self.job(), "model")

    def test_it_writes_nothing_but_its_folder(self):
        """A folder that is a link to elsewhere is the one it was given; its neighbours stay as they are."""
        self.run_to_end(self.job(epochs=1))
        self.assertEqual(sorted(os.listdir(self.folder)), ["job.json", "model.gguf", "out", "stderr", "training.jsonl"])


class Chat(Small):
    """The smallest chat model, whose answers an adapter changes."""

    def setUp(self):
        super().setUp()
        if not os.path.isfile(SMALLEST):
            self.skipTest(f"{SMALLEST} is not installed")
        self.model = SMALLEST

    def test_an_adapter_changes_the_answers(self):
        rows = [chat(QUESTION if i == 0 else f"Who wrote ticket {i}?", "The night shift of Castle Rock.") for i in range(16)]
        held_out = write_lines(os.path.join(self.folder, "held-out.jsonl"), [rows.pop(0)])
        run = Run(self.folder, self.job(rows, epochs=3, batch_size=4, accumulate=1, learning_rate=1e-3, rank=8,
                                        validation=held_out, checkpoint_steps=50, samples=1, sample_tokens=12))
        peaks = []
        run.follow(lambda line: peaks.append(run.peak_bytes() if line["type"] == "progress" else 0), timeout=540)
        self.assertEqual((run.status, run.last["type"]), (0, "finished"), run.lines[-3:])
        self.assertLess(max(peaks), run.all("started")[0]["memory_bytes"])
        self.assertGreater(max(peaks), 0.5 * run.all("started")[0]["memory_bytes"])
        losses = [line["train_loss"] for line in run.all("progress")]
        self.assertLess(losses[-1], losses[0] / 2)
        base, adapter = run.all("sample")
        self.assertEqual((base["of"], adapter["of"]), ("base", "adapter"))
        self.assertNotEqual(base["text"], adapter["text"])
        self.assertIn("Castle Rock", adapter["text"])
        self.assert_served(run.last["path"], adapter["text"], base["text"])
        print(f"{sum(line['tokens_per_s'] for line in run.all('progress')) / len(losses):.0f} tokens/s,"
              f" {max(peaks) // 2**20} MB", file=sys.stderr)

    def assert_served(self, path, with_adapter, without):
        """The engine's server, to which the adapter is given as by --lora, says what the trainer's samples say."""
        found = sorted(glob.glob(os.path.join(testing_program.PROGRAMS, "engine/*/xllamacpp")))
        if not found:
            self.skipTest("no engine is installed")
        done = testing_program.subprocess.run(
            [sys.executable, "-B", os.path.join(os.path.dirname(os.path.abspath(__file__)), "testing_server.py"), os.path.dirname(found[-1]),
             self.model, os.path.join(path, "adapter.gguf"), os.path.join(self.folder, "engine.sock"), QUESTION],
            capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        self.assertEqual(json.loads(done.stdout), [without, with_adapter])


class Peft(Small):
    """Another implementation, of whose tokens, weights, order and arithmetic nothing is ours, has the same losses."""

    def compare(self, architecture):
        testing_model.write(architecture, self.model)
        rows = [chat(f"What is the colour of number {i}?", COLOURS[i % 8] * 2) for i in range(22)]
        job = self.job(rows, name=architecture, held_out=0, epochs=6, alpha=8, warmup=0.03, weight_decay=0, gradient_norm_max=1,
                       checkpoint_steps=1, checkpoints_kept=100)
        run = self.run_to_end(job)
        done = testing_program.subprocess.run([self.python, "-B", os.path.join(os.path.dirname(os.path.abspath(__file__)), "testing_peft.py"),
                                               os.path.join(self.folder, "job.json"), "1000"], capture_output=True, text=True,
                                              timeout=200, check=False)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        theirs, started = json.loads(done.stdout), run.all("started")[0]
        self.assertEqual((started["tokens"], started["trained_tokens"]), (theirs["epoch_tokens"], theirs["epoch_learned"]))
        ours = [line["train_loss"] for line in run.all("progress")]
        self.assertEqual(len(ours), len(theirs["losses"]))
        for mine, other in zip(ours, theirs["losses"]):
            self.assertAlmostEqual(mine / other, 1, delta=0.002)

    def test_losses_are_those_of_peft(self):
        self.python = testing_program.peft_python()
        if self.python is None:
            self.skipTest("no Python here has PEFT; trainer/testing_peft.txt says how to have it")
        for architecture in ("llama", "qwen2"):
            self.compare(architecture)


if __name__ == "__main__":
    if not os.access(testing_program.PROGRAM, os.X_OK):
        print(f"{testing_program.PROGRAM} is not there; `make trainer` makes it", file=sys.stderr)
        sys.exit(77)
    unittest.main()
