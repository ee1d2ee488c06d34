# SPDX-License-Identifier: Apache-2.0
"""bulkhead-train as its tests run it."""
import json
import os
import select
import signal
import subprocess
import time

PROGRAMS = os.environ.get("BULKHEAD_PROGRAMS", "/opt/bulkhead")
PROGRAM = os.environ.get("BULKHEAD_TRAIN", os.path.join(PROGRAMS, "trainer/bulkhead-train"))
GRADIENTS = PROGRAM + "-gradients"


def chat(question, answer):
    return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}


def pair(question, good, bad):
    answer = {"role": "assistant"}
    return {"input": {"messages": [{"role": "user", "content": question}]},
            "preferred_output": [{**answer, "content": good}], "non_preferred_output": [{**answer, "content": bad}]}


def write_lines(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def peft_python():
    """A Python that has what testing_peft.py needs, or None."""
    checkout = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for python in (os.environ.get("BULKHEAD_PEFT_PYTHON"), os.path.join(checkout, "var/test-peft/bin/python"), "/usr/bin/python3"):
        if python and os.access(python, os.X_OK) and subprocess.run(
                [python, "-c", "import torch, transformers, peft, tokenizers, gguf"], capture_output=True, check=False).returncode == 0:
            return python
    return None


class Run:
    """One run; its lines come as they are said."""

    def __init__(self, folder, job, prefix=()):
        path = os.path.join(folder, "job.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(job, file)
        with open(os.path.join(folder, "stderr"), "ab") as errors:
            self.process = subprocess.Popen(["/bin/sh", "-c", 'exec "$@" 3<"$0"', path, *prefix, PROGRAM], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=errors)
        self.lines = []

    def follow(self, until=None, timeout=240):
        """Reads lines to the end, or to the first for which `until` is true."""
        limit = time.monotonic() + timeout
        while True:
            ready, _, _ = select.select([self.process.stdout], [], [], limit - time.monotonic())
            assert ready, f"nothing was said for {timeout} s after {self.lines[-1:]}"
            line = self.process.stdout.readline()
            if not line.endswith(b"\n"):
                self.close()
                return self
            self.lines.append(json.loads(line))
            if until is not None and until(self.lines[-1]):
                return self

    def command(self, name):
        self.process.stdin.write(json.dumps({"command": name}).encode() + b"\n")
        self.process.stdin.flush()

    def peak_bytes(self):
        """The most memory that it has had so far."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next((int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM")), 0)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.close()

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.status = self.process.wait(timeout=60)

    @property
    def last(self):
        return self.lines[-1]

    def all(self, kind):
        return [line for line in self.lines if line["type"] == kind]

    def curve(self):
        """Of each step what has to be the same in every run, to the last bit."""
        return {line["step"]: (line["train_loss"], line["gradient_norm"], line["learning_rate"], line["tokens"])
                for line in self.all("progress")}
