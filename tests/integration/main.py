# SPDX-License-Identifier: Apache-2.0
"""Runs the integration tests against one platform and writes a line of report per test.

    main.py [MODULE]...            modules such as test_chat, or test_chat.Chat; all without any, the kills last
    main.py --without MODULE...    all but these
"""
import faulthandler
import glob
import json
import os
import signal
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

FIRST, LAST = ["test_cli", "test_road"], ["test_kill"]
LIMIT_S = 240


def modules():
    """Every test file: the plainest first, so that what is broken for everybody is said by its own test."""
    found = {os.path.basename(path)[:-3] for path in glob.glob(os.path.join(HERE, "test_*.py"))}
    return FIRST + sorted(found - {*FIRST, *LAST}) + LAST


def too_long(*_):
    raise TimeoutError("the test took longer than it may")


class Report(unittest.TextTestResult):
    """unittest's own, and a JSON line per test for whoever counts."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        path = os.environ.get("TESTS_REPORT")
        self._file = open(path, "a", encoding="utf-8") if path else None
        self._failed = {}
        self._begin = 0.0

    def _write(self, test, outcome, detail=""):
        if self._file:
            row = {"name": test.id() if hasattr(test, "id") else str(test), "outcome": outcome, "detail": detail,
                   "seconds": round(time.monotonic() - self._begin, 2)}
            self._file.write(json.dumps(row) + "\n")
            self._file.flush()

    def startTest(self, test):
        self._begin = time.monotonic()
        signal.alarm(getattr(test, "limit_s", LIMIT_S))
        super().startTest(test)

    def stopTest(self, test):
        signal.alarm(0)
        # A test with several failing parts is one failed test.
        if self._failed.get(test.id()):
            self._write(test, "failed", "\n".join(self._failed.pop(test.id())))
        seconds = time.monotonic() - self._begin
        if seconds > 5:
            self.stream.writeln(f"    ({seconds:.0f} s)")
        super().stopTest(test)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._write(test, "passed")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._write(test, "skipped", reason)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._failed.setdefault(test.id(), []).append(self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        if isinstance(test, unittest.TestCase):
            self._failed.setdefault(test.id(), []).append(self.errors[-1][1])
        else:
            self._write(test, "failed", self.errors[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            text = f"{subtest}\n{self._exc_info_to_string(err, test)}"
            self._failed.setdefault(test.id(), []).append(text)


def main(names):
    faulthandler.enable()
    # Whoever ends the run early, the platform is taken down.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGALRM, too_long)
    if names[:1] == ["--without"]:
        names = [name for name in modules() if name not in names]
    loader = unittest.TestLoader()
    suite = unittest.TestSuite(loader.loadTestsFromName(name) for name in names or modules())
    result = unittest.TextTestRunner(verbosity=2, resultclass=Report).run(suite)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
