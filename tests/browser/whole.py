# SPDX-License-Identifier: Apache-2.0
"""The console with a whole platform behind it, engines included: the road from the one-time link of `make up` to the
spend, two organisations beside each other, and every page with the demonstration's data. Writes a JSON line per test.

usage: whole.py NODE [--only TEXT]
       whole.py NODE --record      keeps what the platform answers, for the pictures (web/tests/shots/)
"""
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/lib"))

from instance import Instance  # noqa: E402


def one_time_link(said):
    """What a first start tells the operator."""
    found = re.search(r"https?://[^/\s]+(/\S*#bh_ot_\S+)", said)
    if found is None:
        raise RuntimeError(f"the start told no one-time link: {said}")
    return found[1]


def demonstration(platform):
    """Its owner's sign-in, as an operator finds it."""
    made = platform.run("demo", "seed", "--json", timeout=400)
    if made.returncode != 0:
        raise RuntimeError(f"demo seed: {made.stderr}")
    said = json.loads(made.stdout)
    with open(said["file"], encoding="utf-8") as file:
        kept = dict(line.rstrip("\n").split("=", 1) for line in file)
    return {"email": said["owner"], "password": kept["DEMO_PASSWORD"], "tenant": said["tenant"]}


def main(node, more):
    platform = Instance()
    try:
        platform.install()
        link = one_time_link(platform.up().stdout)
        whole = {"link": link, "demo": demonstration(platform), "program": platform.program, "folder": platform.folder}
        script = "tests/shots/record.mjs" if more == ["--record"] else "tests/whole/main.mjs"
        done = subprocess.run([node, script, platform.url, *more], cwd=os.path.join(ROOT, "web"), check=False,
                              env={**platform.environment, "CONSOLE_WHOLE": json.dumps(whole)})
    finally:
        platform.stop()
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
