# SPDX-License-Identifier: Apache-2.0
"""The files of this checkout, as checks of them read them."""
import os
import re
import subprocess

from services import PROGRAM, ROOT  # noqa: F401


def tracked():
    """Files of the checkout that git does not ignore."""
    done = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                          capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split("\0") if name and os.path.isfile(os.path.join(ROOT, name))]


def text(name):
    with open(os.path.join(ROOT, name), encoding="utf-8", errors="replace") as file:
        return file.read()


def is_shell(name):
    with open(os.path.join(ROOT, name), "rb") as file:
        first = file.readline(200)
    return bool(re.match(rb"#!.*\b(ba|da)?sh\b", first))
