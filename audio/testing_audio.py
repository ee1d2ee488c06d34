# SPDX-License-Identifier: Apache-2.0
"""bulkhead-audio as its tests run it, and recordings that they make."""
import array
import contextlib
import fcntl
import io
import json
import math
import os
import struct
import subprocess
import tempfile
import wave

PROGRAM = os.environ.get("BULKHEAD_AUDIO", "bulkhead-audio")  # main() of a test may name another


class Answer:
    """The lines of one run, and what it wrote to descriptor 3."""

    def __init__(self, status, said, stderr, output):
        self.status, self.stderr, self.output = status, stderr.decode(errors="replace"), output
        self.raw = said
        self.lines = [json.loads(line) for line in said.splitlines()]
        self.last = self.lines[-1] if self.lines else {"type": "none"}

    def one(self, kind):
        found = [line for line in self.lines if line["type"] == kind]
        assert len(found) == 1, (kind, self.lines, self.stderr)
        return found[0]

    @property
    def code(self):
        return self.last.get("code")

    def samples(self):
        """Of bare ones."""
        return array.array("h", self.output)


def run(data, *args, as_pipe=False):
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(tempfile.TemporaryFile())
        high = fcntl.fcntl(output.fileno(), fcntl.F_DUPFD, 60)
        stack.callback(os.close, high)
        source = {"input": data}
        if not as_pipe:
            spool = stack.enter_context(tempfile.TemporaryFile())
            spool.write(data)
            spool.seek(0)
            source = {"stdin": spool}
        done = subprocess.run(["/bin/bash", "-c", f'exec 3<&{high}; exec "$0" "$@"', PROGRAM, *args], capture_output=True,
                              pass_fds=[high], timeout=170, check=False, **source)
        output.seek(0)
        answer = Answer(done.returncode, done.stdout, done.stderr, output.read())
    check(answer)
    return answer


def check(answer):
    """What holds for every answer."""
    assert answer.raw.endswith(b"\n"), (answer.raw, answer.stderr, answer.status)
    assert answer.last["type"] == {0: "end", 3: "error"}.get(answer.status), (answer.status, answer.last, answer.stderr)
    assert answer.lines[0] == {"type": "begun", "protocol": 1}
    if answer.status == 3:
        assert answer.last["message"].endswith("."), answer.last
    elif any(line["type"] == "made" for line in answer.lines):
        assert answer.one("made")["bytes"] == len(answer.output)


def decode(data, *args, to="pcm"):
    return run(data, "--decode", to, *args)


def encode(samples, form, rate=24000):
    return run(samples.tobytes(), "--encode", form, "--rate", str(rate), as_pipe=True)


# -- recordings ---------------------------------------------------------------------------------


def tone(seconds, rate=24000, hertz=440, loud=0.5):
    return array.array("h", (round(32767 * loud * math.sin(2 * math.pi * hertz * i / rate)) for i in range(int(seconds * rate))))


def wav(samples, rate=24000, channels=1):
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(samples.tobytes())
    return file.getvalue()


def loudness(samples):
    """Of a tone the root of its mean square, of full scale."""
    return math.sqrt(sum(each * each for each in samples) / max(1, len(samples))) / 32768


def pitch(samples, rate):
    """In hertz, by the times that it passes zero upwards."""
    passed = [i for i in range(1, len(samples)) if samples[i - 1] < 0 <= samples[i]]
    return (len(passed) - 1) * rate / (passed[-1] - passed[0])


def flac_that_lies(flac, samples):
    """The same file with another number of samples in its header; 0: it does not say."""
    head = bytearray(flac)
    head[21] = head[21] & 0xF0 | samples >> 32 & 15
    head[22:26] = struct.pack(">I", samples & 0xFFFFFFFF)
    return bytes(head)
