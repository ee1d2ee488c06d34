# SPDX-License-Identifier: Apache-2.0
"""The console in a browser: as the gateway serves it, and over a made-up API. Writes a JSON line per test.

usage: run.py NODE [--only TEXT]
"""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/lib"))

from instance import Instance  # noqa: E402


def main(node, more):
    with Instance() as platform:
        done = subprocess.run([node, "tests/browser/main.mjs", platform.url, *more], cwd=os.path.join(ROOT, "web"), check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
