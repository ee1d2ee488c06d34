#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who of the platform speaks to whom, from the tables of the program that was built.

usage: edges.py [--write]    prints deploy/helm/bulkhead/files/edges.json as it should be, or writes it
"""
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/lib"))

import services  # noqa: E402

FILE = os.path.join(ROOT, "deploy/helm/bulkhead/files/edges.json")
ISSUER, GATEWAY = "auth", "gateway"


def routes():
    done = subprocess.run([services.PROGRAM, "routes", "--json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def derive():
    """The rules stand in words in docs/kubernetes.md; the tables say the rest."""
    rows = services.rows()
    names = [row["name"] for row in rows]
    public = {row["service"] for row in routes() if row["reach"] == "public"}
    edges = {(row["name"], call["name"]) for row in rows for call in row["calls"]}
    # The issuer gives everybody tokens and keys, tells the gateways what no longer holds, and has a tenant erased.
    edges |= {(name, ISSUER) for name in names} | {(ISSUER, name) for name in (*names, GATEWAY)}
    edges |= {(GATEWAY, name) for name in names if name in public}
    return {"services": names,
            "edges": [{"from": one, "to": other} for one, other in sorted(edges) if one != other]}


def text():
    return json.dumps(derive(), indent=1) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        with open(FILE, "w", encoding="utf-8") as file:
            file.write(text())
    else:
        sys.stdout.write(text())
