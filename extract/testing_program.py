# SPDX-License-Identifier: Apache-2.0
"""bulkhead-extract as its tests run it: what it says of a document, and what holds for every answer."""
import json
import os
import subprocess
import tempfile
import unicodedata
import unittest

PROGRAM = os.environ.get("BULKHEAD_EXTRACT", "bulkhead-extract")  # main() of a test may name another
SHARED = os.environ.get("BULKHEAD_SHARED", "")


class Answer:
    """The lines of one run."""

    def __init__(self, run, lines):
        self.status = run.returncode
        self.stderr = run.stderr.decode(errors="replace")
        self.document = next((line for line in lines if line["type"] == "document"), None)
        self.progress = [line for line in lines if line["type"] == "progress"]
        self.blocks = [line for line in lines if line["type"] == "block"]
        self.last = lines[-1] if lines else {"type": "none"}
        self.text = "\n\n".join(block["text"] for block in self.blocks)

    @property
    def code(self):
        return self.last.get("code")

    def kinds(self, kind):
        return [block["text"] for block in self.blocks if block["kind"] == kind]


def extract(data, name, *args):
    with tempfile.TemporaryFile() as document:
        document.write(data)
        document.seek(0)
        run = subprocess.run([PROGRAM, "--name", name, *args], stdin=document,
                             capture_output=True, timeout=120, check=False)
    raw = run.stdout.split(b"\n")
    assert raw[-1] == b"", "the last line is not whole"
    assert all(len(line) < 65536 for line in raw)
    answer = Answer(run, [json.loads(line) for line in raw[:-1]])
    check(answer)
    return answer


def check(answer):
    """What holds for every answer."""
    assert answer.last["type"] == {0: "end", 3: "error"}.get(answer.status), (
        answer.status, answer.last, answer.stderr)
    for block in answer.blocks:
        text = block["text"]
        assert text.strip(), "an empty block"
        assert unicodedata.is_normalized("NFC", text)
        assert not any(ord(c) < 32 and c not in "\n\t" or 127 <= ord(c) < 160 for c in text)
        if block["kind"] == "code":
            assert 0 <= block["level"] <= 6
        else:
            assert (1 <= block["level"] <= 6) == (block["kind"] == "heading")
        assert len(text) <= 8000
    if answer.status == 0:
        assert answer.last["blocks"] == len(answer.blocks)
        assert answer.last["characters"] == sum(len(block["text"]) for block in answer.blocks)


def shared_path(*parts):
    for folder in ("data/documents", "documents"):
        path = os.path.join(SHARED, folder, *parts)
        if SHARED and os.path.exists(path):
            return path
    raise unittest.SkipTest("BULKHEAD_SHARED does not name the shared test data")


def shared(*parts):
    with open(shared_path(*parts), "rb") as document:
        return extract(document.read(), parts[-1])
