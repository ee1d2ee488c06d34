#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""schema_fixture.py NAME: keeps the data of a release, so that the tests of all later ones migrate it.

Run it when a version is released (`var/test-venv/bin/python scripts/schema_fixture.py 0.3.0`), on a build of that version, and
commit what it writes: tests/fixtures/schema/NAME.sql.gz, a dump of the demonstration's database, and NAME.json, what has to be
there after every migration. The instance is a throw-away one: its key and its master key open nothing else.

`--before SQL` is run as the owner before the dump.
"""
import argparse
import gzip
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests/lib"))

from instance import MOCK_CHAT, Instance, until  # noqa: E402
from schema_fixture import COUNTED, FOLDER, NAME, QUESTION, SELLER, add_embedding  # noqa: E402


def seed(platform):
    """The demonstration; a key of its tenant."""
    assert platform.mock is not None
    platform.cli("model", "default", MOCK_CHAT, "--kind", "chat", "--tenant", "platform")
    add_embedding(platform)
    platform.cli("tax", "set", "DE", "--rate", "19", "--since", "2021-01-01")
    done = platform.run("demo", "seed", "--yes", "--json", timeout=600)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    tenant = next(row for row in platform.cli("tenant", "list")["data"] if row["name"] == NAME)["id"]
    until(lambda: platform.psql("SELECT count(*) FROM bulkhead.vector_store_file WHERE status = 'in_progress'") == [["0"]], 120,
          "the documents read", pause=0.5)
    return tenant, platform.cli("key", "create", "--tenant", tenant, "--name", "fixture")


def dump(platform):
    """As text, so that a later server reads it, too; what is this server's own is left out."""
    program = os.path.join(platform.manifest()["postgres"]["bin"], "pg_dump")
    done = subprocess.run([program, "-h", os.path.join(platform.run_dir, "pg"), "-U", "bulkhead_setup", "-d", "bulkhead",
                           "--schema=bulkhead", "--no-comments"], capture_output=True, text=True, check=False, cwd="/",
                          env={"LANG": "C.UTF-8", "PATH": "/usr/bin"})
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return "\n".join(line for line in done.stdout.splitlines() if line and not line.startswith(("--", "\\restrict", "\\unrestrict",
                                                                                            "SET transaction_timeout"))) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name")
    parser.add_argument("--before", default="")
    options = parser.parse_args()
    with Instance(engine_enabled="false", supervisor_quickstart="false", **SELLER) as platform:
        tenant, key = seed(platform)
        if options.before:
            platform.script(options.before)
        with open(os.path.join(platform.home, "master.key"), "rb") as file:
            master = file.read().hex()
        told = {"tenant": tenant, "key": key["key"], "master": master, "question": QUESTION,
                "counts": {table: int(platform.psql(f"SELECT count(*) FROM bulkhead.{table} WHERE tenant_id = '{tenant}'")[0][0])
                           for table in COUNTED}}
        text = dump(platform)
    os.makedirs(FOLDER, exist_ok=True)
    path = os.path.join(FOLDER, options.name)
    with open(path + ".sql.gz", "wb") as file:
        file.write(gzip.compress(text.encode(), 9, mtime=0))
    with open(path + ".json", "w", encoding="utf-8") as file:
        json.dump(told, file, indent=1, sort_keys=True)
        file.write("\n")
    print(path, os.path.getsize(path + ".sql.gz"), told["counts"])


if __name__ == "__main__":
    main()
