# SPDX-License-Identifier: Apache-2.0
"""The services of the program that was built, as it tells them itself."""
import functools
import json
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(os.environ.get("BULKHEAD_BUILD") or os.path.join(ROOT, "build"), "bulkhead")


@functools.cache
def text():
    """What `bulkhead services --json` prints; db/policies read it from the setting bulkhead.services."""
    return subprocess.run([PROGRAM, "services", "--json"], capture_output=True, text=True, check=True).stdout.strip()


def rows():
    return json.loads(text())["data"]


def names():
    return [row["name"] for row in rows()]


def roles():
    return [row["role"] for row in rows()]


def workers():
    """Roles of those that take jobs from a queue."""
    return [row["role"] for row in rows() if row["works_queue"]]
