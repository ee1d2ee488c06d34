#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""said.py: makes the C table of what a Response says itself.

usage: said.py SAID.txt OUT.c

The head of data/said.txt says how it is written. The rows stand in the file's order; said.c finds them by their code.
"""
import re
import sys

MEMBERS = ("nothing", "nearest", "marks")


def read(path):
    """Rows of {code, nothing, nearest, open, close}."""
    rows = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            if found := re.fullmatch(r"\[([a-z]{2})\]", line):
                rows.append({"code": found[1]})
                continue
            name, _, value = line.partition(": ")
            if not rows or name not in MEMBERS or name in rows[-1] or not value:
                sys.exit(f"{path}:{number}: not as its head says")
            rows[-1][name] = value
    for row in rows:
        if set(row) != {"code", *MEMBERS} or row["marks"].count("|") != 1:
            sys.exit(f"{path}: [{row['code']}] is not complete")
        row["open"], row["close"] = row.pop("marks").split("|")
    if len({row["code"] for row in rows}) != len(rows):
        sys.exit(f"{path}: a language stands there twice")
    return rows


def quoted(text):
    """A C string; adjacent literals end an escape before a hex digit."""
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f'\\x{b:02x}""' for b in text.encode()) + '"'


def main():
    path, out = sys.argv[1:]
    rows = read(path)
    with open(out, "w", encoding="utf-8") as file:
        file.write('/* Made by said.py. */\n#include "agent/said.h"\n\nconst struct agent_said agent_said_rows[] = {\n')
        for row in rows:
            values = ", ".join(quoted(row[name]) for name in ("code", "nothing", "nearest", "open", "close"))
            file.write(f"\t{{{values}}},\n")
        file.write(f"}};\nconst size_t agent_said_n = {len(rows)};\n")


if __name__ == "__main__":
    main()
