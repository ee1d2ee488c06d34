# SPDX-License-Identifier: Apache-2.0
"""Counts of what test programs said, whichever framework they were written with."""
import os
import re
import signal
import subprocess
import time


class Outcome:
    """What one program, or a whole group, came to."""

    def __init__(self):
        self.passed = 0
        self.failed = []     # (name, output)
        self.skipped = []    # (name, reason)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        return self

    def line(self):
        return f"{self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped"


def failure(name, output):
    outcome = Outcome()
    outcome.failed.append((name, output))
    return outcome


def skip(name, reason):
    outcome = Outcome()
    outcome.skipped.append((name, reason))
    return outcome


def passed(count=1):
    outcome = Outcome()
    outcome.passed = count
    return outcome


def run(command, seconds, **options):
    """The exit status and everything said; at the time limit the whole process group is ended."""
    try:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, start_new_session=True, **options) as process:
            try:
                output, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                end_group(process)
                output, _ = process.communicate()
                return None, output.decode(errors="replace") + f"\n(ended after {seconds} s)\n"
            except BaseException:
                end_group(process)
                raise
    except OSError as error:
        return 127, str(error)
    return process.returncode, output.decode(errors="replace")


def end_group(process):
    """First asks, so that a test program can take down what it started."""
    for number, seconds in ((signal.SIGINT, 20), (signal.SIGKILL, 5)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        end = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < end:
            time.sleep(0.1)


# What a program exits with that lacks something to test with; its last line says what.
SKIPPED = 77

CMOCKA = re.compile(r"^\[\s*(OK|FAILED|SKIPPED)\s*\] ([^\s:]+)", re.M)


def cmocka(name, status, output):
    """cmocka names failed and skipped tests twice: in their place and at the end."""
    said = {"OK": set(), "FAILED": set(), "SKIPPED": set()}
    for word, test in CMOCKA.findall(output):
        said[word].add(test)
    if status == SKIPPED and not any(said.values()):
        return skip(name, output.strip().rpartition("\n")[2].removeprefix("skipped: "))
    outcome = passed(len(said["OK"]))
    for test in sorted(said["FAILED"]):
        outcome.failed.append((f"{name}: {test}", output))
    for test in sorted(said["SKIPPED"]):
        outcome.skipped.append((f"{name}: {test}", reason_near(output, test)))
    if status != 0 and not outcome.failed:
        outcome.failed.append((name, f"exit status {status}\n{output}"))
    if status == 0 and not any(said.values()):
        outcome.failed.append((name, f"ran no test\n{output}"))
    return outcome


def reason_near(output, test):
    """What a skipped cmocka test said before it left."""
    match = re.search(rf"^\[ RUN\s*\] {re.escape(test)}\n(.*?)^\[", output, re.M | re.S)
    words = match.group(1).strip().splitlines() if match else []
    return words[-1] if words else "skipped by the test"


UNITTEST_RAN = re.compile(r"^Ran (\d+) tests? in", re.M)
UNITTEST_FAILED = re.compile(r"^(?:FAIL|ERROR): (\S+ \([^)]*\)|\S+)", re.M)
UNITTEST_SKIPPED = re.compile(r"^(?:OK|FAILED) \(.*?skipped=(\d+)", re.M)


def unittest_output(name, status, output):
    """From unittest's own summary. A test with several failing parts is one failed test."""
    ran = UNITTEST_RAN.search(output)
    if ran is None and status == SKIPPED:
        return skip(name, output.strip())
    if ran is None:
        return failure(name, f"exit status {status}\n{output}")
    outcome = Outcome()
    for test in sorted(set(UNITTEST_FAILED.findall(output))):
        outcome.failed.append((f"{name}: {test}", output))
    skipped = sum(map(int, UNITTEST_SKIPPED.findall(output)))
    outcome.skipped = [(name, "see its output")] * skipped
    outcome.passed = max(0, int(ran.group(1)) - len(outcome.failed) - skipped)
    if status != 0 and not outcome.failed:
        outcome.failed.append((name, f"exit status {status}\n{output}"))
    return outcome
