#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A trainer for tests only: it trains nothing. It speaks trainer/protocol.h, takes steps of a given length whose losses follow
from the seed alone, writes checkpoints, and goes on behind the last one. The first example tells it to misbehave:
a message that holds `#trainer {"abort": 3}` and so on. `{"adapter": PATH}` has it hand in the adapter of that file, and
`{"program": PATH}` leaves the job to the program that trains."""
import ctypes
import hashlib
import json
import os
import re
import select
import signal
import struct
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1


def say(kind, **members):
    sys.stdout.write(json.dumps({"type": kind, **members}) + "\n")
    sys.stdout.flush()


def script_of(text):
    row = json.loads(text)
    found = re.search(r"#trainer (\{.*?\})", str((row.get("messages") or row["input"]["messages"])[0]["content"]))
    return json.loads(found.group(1)) if found else {}


def adapter(step, seed):
    """A GGUF file with the two texts that tell what it is, and a few bytes instead of tensors."""
    def text(value):
        return struct.pack("<Q", len(value)) + value
    pairs = b"".join(text(key) + struct.pack("<I", 8) + text(value)
                     for key, value in ((b"general.type", b"adapter"), (b"general.architecture", b"llama")))
    return b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + pairs + struct.pack("<QQ", seed, step)


def commands():
    ready, _, _ = select.select([0], [], [], 0)
    line = os.read(0, 4096).decode() if ready else ""
    return json.loads(line.splitlines()[0])["command"] if line else None


class Trainer:
    def __init__(self, job, lines):
        self.job, self.script = job, script_of(lines[0])
        held_out = 0 if job["validation"] else int(len(lines) * job["held_out"])
        self.examples, self.held_out = len(lines) - held_out, held_out or 3
        per_epoch = -(-self.examples // job["batch_size"])
        self.steps = self.script.get("steps") or per_epoch * job["epochs"]
        done = sorted(name for name in os.listdir(job["folder"]) if name.startswith("step-"))
        self.step = int(done[-1][5:]) if done else 0
        self.first = self.step

    def loss(self, step):
        """Falls, with a little noise that depends on nothing but seed and step."""
        noise = hashlib.sha256(f"{self.job['seed']} {step}".encode()).digest()[0] / 2550
        return 2 / (1 + step / 10) + noise

    def evaluate(self, of):
        loss = 1.9 if of == "base" else self.loss(self.step)
        if of == "adapter" and self.script.get("worse"):
            loss += 2
        say("evaluation", of=of, step=self.step, valid_loss=loss, token_accuracy=0.5, tokens=100)

    def adapter(self):
        if "adapter" not in self.script:
            return adapter(self.step, self.job["seed"])
        with open(self.script["adapter"], "rb") as file:
            return file.read()

    def keep(self):
        self.evaluate("adapter")
        path = f"{self.job['folder']}/step-{self.step:08d}"
        os.makedirs(path, exist_ok=True)
        data = self.adapter()
        for name, content in (("state.bin", b"state"), ("adapter.gguf", data)):
            with open(f"{path}/{name}", "wb") as file:
                file.write(content)
        if self.script.get("damage"):
            with open(f"{path}/adapter.gguf", "r+b") as file:
                file.write(b"XXXX")
        digest = hashlib.sha256(data).hexdigest()
        path = "/etc/ssl" if self.script.get("elsewhere") else path
        say("checkpoint", step=self.step, path=path, sha256=digest, bytes=len(data))
        return path, digest

    def misbehave(self):
        def now(name):
            return self.script.get(name) == self.step and self.first < self.step
        if now("abort"):
            os.kill(os.getpid(), signal.SIGABRT)
        if now("hang") or (now("hang_once") and self.first == 0):
            time.sleep(3600)
        while now("flood"):
            say("alive")
        if now("nonsense"):
            sys.stdout.write("\x00\xff what\n" * 3)
            sys.stdout.flush()
        if now("long"):
            sys.stdout.write("x" * (1 << 20))
            sys.stdout.flush()
            time.sleep(3600)
        if now("skip"):
            self.step += 7
        for code in ("memory", "model", "diverged"):
            if now(code):
                say("error", code=code, message="There is not enough memory; try batch_size 2" if code == "memory" else f"It is the {code}.{self.script.get('tail', '') * 300}")
                sys.exit(3)

    def stop(self, command):
        path = self.keep()[0] if self.step and not self.script.get("deaf") else None
        say("stopped", command=command, step=self.step, path=path)
        sys.exit(5)

    def run(self):
        say("started", step=self.step, steps=self.steps, examples=self.examples, held_out=self.held_out, tokens=self.examples * 20,
            trained_tokens=self.examples * 10, longest=20, cut=0, parameters=1000, memory_bytes=1 << 20, threads=1)
        if self.step == 0:
            self.evaluate("base")
        path = digest = None
        while self.step < self.steps:
            command = commands()
            if command and not self.script.get("deaf"):
                self.stop(command)
            time.sleep(self.script.get("pace", 0.01))
            self.step += 1
            self.misbehave()
            say("progress", step=self.step, steps=self.steps, epoch=self.step / self.steps, train_loss=self.loss(self.step),
                token_accuracy=0.4, learning_rate=1e-4, gradient_norm=1.0, tokens=self.step * 100, trained_tokens=self.step * 50,
                tokens_per_s=1000.0)
            if self.step % self.job["checkpoint_steps"] == 0 or self.step == self.steps:
                path, digest = self.keep()
        for index in range(self.job["samples"]):
            for of in ("base", "adapter"):
                say("sample", of=of, index=index, prompt_tokens=5, tokens=5, text=self.script.get("sound", "") * 4096 or f"{of} says {index}")
        say("finished", step=self.step, steps=self.steps, path=path, sha256=digest, best_step=self.step, best_path=path)


def relay(program):
    """Runs the program that trains; it is alive less often than tests wait."""
    os.lseek(3, 0, os.SEEK_SET)
    with subprocess.Popen(["bulkhead-train"], executable=program, stdout=subprocess.PIPE, pass_fds=(3,)) as process:
        speaks, text = False, b""
        while True:
            if not select.select([process.stdout], [], [], 0.5)[0]:
                if speaks:
                    say("alive")
                continue
            piece = os.read(process.stdout.fileno(), 65536)
            if not piece:
                return process.wait()
            *lines, text = (text + piece).split(b"\n")
            for line in lines:
                sys.stdout.write(line.decode() + "\n")
                speaks = json.loads(line)["type"] not in ("finished", "stopped", "error")
            sys.stdout.flush()


def main():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    with open(os.dup(3), encoding="utf-8") as file:
        job = json.load(file)
    with open(job["training"], encoding="utf-8") as file:
        lines = file.read().splitlines()
    program = script_of(lines[0]).get("program")
    if program:
        sys.exit(relay(program))
    say("begun", protocol=1, version="test")
    Trainer(job, lines).run()


if __name__ == "__main__":
    main()
