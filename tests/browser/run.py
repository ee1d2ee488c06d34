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

from books import Books  # noqa: E402
from instance import Instance  # noqa: E402


PASSWORD = "correct horse battery staple"
SELLER = {"billing_seller_name": "Bulkhead Hosting GmbH", "billing_seller_address": "Am Deich 1 / 20457 Hamburg",
          "billing_seller_country": "DE", "billing_seller_vat_id": "DE123456789"}


def account(platform, email, tenant, role, *more):
    platform.cli("user", "create", email, "--tenant", tenant.id, "--role", role, *more, "--password-stdin",
                 stdin=PASSWORD + "\n")
    return email


def people(platform):
    """An owner with a password, and somebody who gets a link to set one; and the people of two organisations whose
    models are the scripted ones: an owner each, a viewer of the first, and
    an admin of the third, of which bad days are made."""
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
    money(platform, tenant)
    southwind = platform.tenant("Southwind", mock=False)
    account(platform, "owner@southwind.example", southwind, "owner")
    made["tenant"], made["staff"] = southwind.id, staff(platform)
    for name, roles in (("northwind", ("owner", "viewer")), ("harbour", ("owner",)),
                        ("breakwater", ("owner", "admin"))):
        scripted = platform.tenant(name)
        made[name] = scripted.id
        for role in roles:
            made[f"{name}_{role}"] = account(platform, f"{role}@{name}.example", scripted, role)
    return made


def staff(platform):
    """One of the platform's staff, and a tenant whose name would like to be more than text."""
    platform.tenant("<script>alert(1)</script> GmbH", mock=False)
    email = "olga@console.example"
    platform.cli("user", "create", email, "--tenant", "platform", "--role", "superuser", "--name", "Olga Ops",
                 "--password-stdin", stdin=PASSWORD + "\n")
    return email


def money(platform, tenant):
    """Usage of two models, a plan that can be chosen, and an invoice."""
    books = Books(platform, tenant.id)
    books.settle(model="journey-model", input=1200, output=300, price=2000, key=tenant.key_id)
    books.settle(model="other-model", input=100, output=30, price=1000)
    platform.cli("plan", "create", "journey", "--monthly", "49.00", "--public", "--entitle", "*")
    platform.cli("subscription", "start", "--tenant", tenant.id, "--plan", "journey")
    platform.cli("tax", "set", "DE", "--rate", "19", "--since", "2021-01-01")
    draft = platform.cli("invoice", "create", "--tenant", tenant.id, "--amount", "12.50")
    platform.cli("invoice", "finalize", draft["id"], "--tenant", tenant.id)


def main(node, more):
    with Instance(engine_enabled="false", supervisor_quickstart="false", **SELLER) as platform:
        environment = {**os.environ, "BULKHEAD_PEOPLE": json.dumps(people(platform))}
        done = subprocess.run([node, "tests/browser/main.mjs", platform.url, *more], cwd=os.path.join(ROOT, "web"),
                              env=environment, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
