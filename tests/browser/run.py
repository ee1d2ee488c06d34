# SPDX-License-Identifier: Apache-2.0
"""The console in a browser: as the gateway serves it, and over a made-up API. Writes a JSON line per test.

usage: run.py NODE [--only TEXT]
"""
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/lib"))

from instance import Instance  # noqa: E402


PASSWORD = "correct horse battery staple"


def account(platform, email, tenant, role, *more):
    platform.cli("user", "create", email, "--tenant", tenant.id, "--role", role, *more, "--password-stdin",
                 stdin=PASSWORD + "\n")
    return email


def people(platform):
    """An owner with a password, and somebody who gets a link to set one; and the people of two organisations whose
    models are the scripted ones: an owner each, and a viewer of the first."""
    tenant = platform.tenant("Northwind Research", mock=False)
    newcomer = "grace@console.example"
    made = {"password": PASSWORD, "newcomer": newcomer,
            "owner": account(platform, "ada@console.example", tenant, "owner", "--name", "Ada Lovelace")}
    platform.cli("user", "create", newcomer, "--tenant", tenant.id, "--role", "member")
    said = platform.run("user", "link", newcomer, "--tenant", tenant.id)
    link = re.search(r"https?://[^/\s]+(/\S+#\S+)", said.stdout + said.stderr)
    if link is None:
        raise RuntimeError(f"user link: {said.stdout}{said.stderr}")
    made["link"] = link[1]
    for name, roles in (("northwind", ("owner", "viewer")), ("harbour", ("owner",))):
        scripted = platform.tenant(name)
        for role in roles:
            made[f"{name}_{role}"] = account(platform, f"{role}@{name}.example", scripted, role)
    return made


def main(node, more):
    with Instance(engine_enabled="false", supervisor_quickstart="false") as platform:
        environment = {**os.environ, "BULKHEAD_PEOPLE": json.dumps(people(platform))}
        done = subprocess.run([node, "tests/browser/main.mjs", platform.url, *more], cwd=os.path.join(ROOT, "web"),
                              env=environment, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
