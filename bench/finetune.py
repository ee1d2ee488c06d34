# SPDX-License-Identifier: Apache-2.0
"""Training of adapters by bulkhead-train: speed and losses beside PyTorch with PEFT, memory, kills, and what is learned.

Tokens a second are those of two cores that nobody else uses: two, by the CPU time of a token. With PEFT: the same
weights, tokens, order, first matrices and settings in the same run (trainer/testing_peft.py; without it these rows are
left out). Memory: what a job is told to need before its work, and what it needed. Kills: SIGKILL at random moments of a
small model's training, each time continued; every loss has to be that of an uninterrupted run to the last bit, and no
more steps may be repeated than lie between two checkpoints. What is learned: 200 letters to a shop's support and their
forms (scripts/ticket_examples.py), and 50 others, worded differently, answered by the model before and after.
Needs `make trainer`.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

from table import Row

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path[:0] = [os.path.join(ROOT, "trainer"), os.path.join(ROOT, "scripts")]

import testing_model  # noqa: E402
import testing_program  # noqa: E402
import ticket_examples  # noqa: E402
from testing_program import Run, chat, peft_python, write_lines  # noqa: E402

MODELS = {"smollm2-135m-instruct": "smollm2-135m-instruct-q4_1.gguf",
          "qwen2.5-coder-0.5b-instruct": "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"}
STORY = {"epochs": 1, "learning_rate": 1e-3, "batch_size": 8, "rank": 8, "context": 256, "checkpoint_steps": 25}
KILLS, KILL_INTERVAL = 50, 5
TICKS = os.sysconf("SC_CLK_TCK")


def model_path(name):
    return os.path.join(testing_program.PROGRAMS, "models", MODELS[name])


def installed():
    return [name for name in MODELS if os.path.isfile(model_path(name))]


def job(folder, model, training, **more):
    out = os.path.join(folder, "out")
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    return {"model": model, "training": training, "folder": out, "threads": 2, "seed": 1, "alpha": 16, "memory_bytes": 8 << 30, **more}


def cpu_seconds(process):
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Timed:
    """A run to its end, with the CPU time at each step."""

    def __init__(self, folder, settings, timeout=3600):
        begun = time.monotonic()
        self.marks, self.peak = [], 0
        self.run = Run(folder, settings)
        self.run.follow(self.mark, timeout=timeout)
        self.seconds = time.monotonic() - begun
        if self.run.last["type"] != "finished":
            raise RuntimeError(f"the training ended with {self.run.last}")

    def mark(self, line):
        if line["type"] == "progress":
            self.peak = max(self.peak, self.run.peak_bytes())
            self.marks.append((cpu_seconds(self.run.process), line["tokens"]))
        return False

    @property
    def cpu_ms_a_token(self):
        """From the first step on, which allocates."""
        return 1000 * (self.marks[-1][0] - self.marks[0][0]) / (self.marks[-1][1] - self.marks[0][1])

    @property
    def losses(self):
        return [line["train_loss"] for line in self.run.all("progress")]


def rate(cpu_ms):
    return f"{2000 / cpu_ms:.0f} tokens/s ({cpu_ms:.1f} ms of CPU a token)"


# -- beside PEFT, and memory ---------------------------------------------------------------------

def peft(python, settings_path, steps, timeout=7200):
    """What PEFT makes of a job that was done; threads that wait do not spin, as ours do not."""
    done = subprocess.run([python, "-B", os.path.join(ROOT, "trainer/testing_peft.py"), settings_path, str(steps)], check=False,
                          capture_output=True, text=True, timeout=timeout, env={**os.environ, "OMP_WAIT_POLICY": "passive"})
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout)


def beside_peft(bench, folder, name, steps):
    training, _ = ticket_examples.write(folder, 8 * steps, 1)
    settings = job(folder, model_path(name), training, epochs=1, batch_size=8, rank=8, context=256, held_out=0, warmup=0.03,
                   learning_rate=2e-4, weight_decay=0, gradient_norm_max=1, accumulate=1, checkpoint_steps=1,
                   checkpoints_kept=100, examples_min=1)
    bench.say(f"training {name} for {steps} steps")
    ours = Timed(folder, settings)
    told = ours.run.all("started")[0]["memory_bytes"]
    note = f"rank 8, 8 examples of up to {ours.run.all('started')[0]['longest']} tokens a step"
    yield Row(f"memory to train {name}", f"{ours.peak / 2**20:.0f} MB at most", f"{told / 2**20:.0f} MB told before",
              f"{ours.peak / told:.2f} x", "<= 1 x", ours.peak <= told, note)
    python = peft_python()
    if python is None:
        yield Row(f"training {name}", rate(ours.cpu_ms_a_token), note=note + "; no PEFT here: trainer/testing_peft.txt")
        return
    bench.say(f"training {name} by PEFT")
    theirs = peft(python, os.path.join(folder, "job.json"), steps)
    their_ms = 1000 * theirs["cpu_s"] / theirs["tokens"]
    yield Row(f"training {name}", rate(ours.cpu_ms_a_token), rate(their_ms) + " by PEFT", f"{their_ms / ours.cpu_ms_a_token:.2f} x",
              ">= 1 x", their_ms >= ours.cpu_ms_a_token,
              note + "; " + ", ".join(f"{part} {version}" for part, version in theirs["versions"].items()))
    apart = [abs(a / b - 1) for a, b in zip(ours.losses, theirs["losses"])]
    yield Row(f"loss of {name} after {steps} steps", f"{ours.losses[-1]:.4f}", f"{theirs['losses'][-1]:.4f} by PEFT",
              f"{100 * apart[-1]:.3f} %", "<= 2 %", apart[-1] <= 0.02, f"of any step at most {100 * max(apart):.3f} %")


# -- kills ---------------------------------------------------------------------------------------

def kill_loop(folder, kills, seed=1):
    """(kills, most steps that were repeated, whether all of every curve was right)."""
    model = os.path.join(folder, "small.gguf")
    testing_model.write("llama", model)
    rows = [chat(f"What is the colour of number {i}?", ("red", "green", "blue")[i % 3] * 2) for i in range(48)]
    settings = job(folder, model, write_lines(os.path.join(folder, "small.jsonl"), rows), epochs=12, batch_size=4, rank=4,
                   learning_rate=5e-3, context=128, checkpoint_steps=KILL_INTERVAL, threads=1)
    whole = Run(folder, settings).follow().curve()
    draw, done, repeated, same = random.Random(seed), 0, 0, True
    while done < kills:
        shutil.rmtree(settings["folder"])
        os.makedirs(settings["folder"])
        reached, run = 0, None
        while done < kills and (run is None or run.last["type"] != "finished"):
            at = reached + draw.randrange(1, 3 * KILL_INTERVAL)
            run = Run(folder, settings).follow(lambda line, at=at: line["type"] == "progress" and line["step"] >= at or line["type"] == "finished")
            # At any moment of the next step or of a checkpoint's write.
            time.sleep(draw.random() * 0.02)
            run.kill()
            done += 1
            repeated = max(repeated, reached - run.all("started")[0]["step"])
            same = same and all(whole[step] == values for step, values in run.curve().items())
            reached = max([reached, *run.curve()])
    last = Run(folder, settings).follow()
    same = same and last.last["type"] == "finished" and last.last["step"] == max(whole) and \
        all(whole[step] == values for step, values in last.curve().items())
    return done, repeated, same


# -- what is learned -----------------------------------------------------------------------------

def rated(run, held_out):
    """For the model before and after: (share of fields that are right, share of forms that are)."""
    with open(held_out, encoding="utf-8") as file:
        forms = [json.loads(line)["messages"][-1]["content"] for line in file]
    for of in ("base", "adapter"):
        right = [ticket_examples.right_fields(line["text"], forms[line["index"]]) for line in run.all("sample") if line["of"] == of]
        yield sum(right) / (4 * len(right)), sum(count == 4 for count in right) / len(right)


def learn(folder, name, n_training=200, n_held_out=50):
    training, held_out = ticket_examples.write(folder, n_training, n_held_out)
    timed = Timed(folder, job(folder, model_path(name), training, validation=held_out, samples=n_held_out, sample_tokens=48, **STORY))
    before, after = rated(timed.run, held_out)
    base, *adapter = [line["valid_loss"] for line in timed.run.all("evaluation")]
    return timed, base, min(adapter), before, after


def learned_rows(bench, folder, name, n_training, n_held_out):
    bench.say(f"teaching {name} {n_training} letters")
    timed, base, adapter, before, after = learn(folder, name, n_training, n_held_out)
    minutes = timed.seconds / 60
    yield Row(f"{n_training} examples, {name}", f"{minutes:.1f} min", "", "", "<= 15 min", minutes <= 15,
              f"{rate(timed.cpu_ms_a_token)}; from the start to the answers of both to {n_held_out} letters")
    yield Row(f"loss of held-out letters, {name}", f"{adapter:.3f}", f"{base:.3f} before", f"{adapter / base:.2f} x", "< 1 x", adapter < base)
    yield Row(f"fields of held-out letters that are right, {name}", f"{100 * after[0]:.0f} %", f"{100 * before[0]:.0f} % before", "",
              "more than before", after[0] > before[0], f"whole forms: {100 * after[1]:.0f} %, before {100 * before[1]:.0f} %")


def run(bench):
    if not os.access(testing_program.PROGRAM, os.X_OK):
        raise RuntimeError(f"{testing_program.PROGRAM} is not there; `make trainer` makes it")
    with tempfile.TemporaryDirectory(prefix="bh-bench-train-") as folder:
        kills = bench.pick(KILLS, 5)
        bench.say(f"killing it {kills} times")
        done, repeated, same = kill_loop(folder, kills)
        yield Row(f"training continued after {done} kills -9", "the same curve" if same else "ANOTHER CURVE", "an uninterrupted run",
                  f"{repeated} steps repeated at most", f"same, <= {KILL_INTERVAL} steps", same and repeated <= KILL_INTERVAL)
        for name in installed():
            yield from beside_peft(bench, folder, name, bench.pick(6, 2))
        for name in installed():
            yield from learned_rows(bench, folder, name, bench.pick(200, 16), bench.pick(50, 4))
