#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""lexicon.py: makes C tables of word lists.

usage: lexicon.py PREFIX OUT.c LIST.txt ...

A line of a list is words divided by spaces, with `value:` before them where words have one; # begins a comment.
Words stand as people write them and are folded here as src/text/fold.c does (case, accents). data/units.txt
becomes `const struct bh_lexicon PREFIX_units`, sorted by word. A word may stand in a list once.
"""
import os
import sys
import unicodedata


def folded(word):
    plain = unicodedata.normalize("NFKD", word.casefold().replace("\u2019", "'"))
    return "".join(c for c in plain if not unicodedata.category(c).startswith("M"))


def read(path):
    """{folded word: value}."""
    rows = {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            value, colon, words = line.partition("#")[0].rpartition(":")
            if colon and not value.strip():
                sys.exit(f"{path}:{number}: no value before the colon")
            for word in map(folded, words.split()):
                if word in rows:
                    sys.exit(f"{path}:{number}: {word} is there already")
                rows[word] = value.strip()
    if not rows:
        sys.exit(f"{path}: no words")
    return rows


def quoted(text):
    """A C string; adjacent literals end an escape before a hex digit."""
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f'\\x{b:02x}""' for b in text.encode()) + '"'


def table(prefix, path):
    rows = read(path)
    name = prefix + "_" + os.path.splitext(os.path.basename(path))[0]
    lines = [f"static const struct bh_lexicon_row {name}_rows[] = {{"]
    lines += [f"\t{{{quoted(word)}, {quoted(rows[word])}}}," for word in sorted(rows, key=str.encode)]
    lines += ["};", f"extern const struct bh_lexicon {name};",
              f"const struct bh_lexicon {name} = {{{name}_rows, {len(rows)}}};", ""]
    return "\n".join(lines)


def main():
    prefix, out, *paths = sys.argv[1:]
    with open(out, "w", encoding="utf-8") as file:
        file.write('/* Made by lexicon.py. */\n#include "text/lexicon.h"\n\n')
        file.write("\n".join(table(prefix, path) for path in paths))


if __name__ == "__main__":
    main()
