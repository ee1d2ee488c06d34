# SPDX-License-Identifier: Apache-2.0
"""What the rules of moderation cost for 8 MiB of text, which is more than any request may bring.

Method: bench/moderation.c, processor time of one thread. Besides English, texts that are made to cost: beginnings of phrases, words
of one letter, marks, and a character that is spelled as eighteen. The baseline is bringing the same text into one spelling at once.
"""
import os
import subprocess

from instance import BUILD
from table import Row


def run(bench):
    helper = os.path.join(BUILD, "bench/bench_moderation")
    lines = [line.split() for line in subprocess.run([helper], capture_output=True, text=True, check=True).stdout.splitlines()]
    spent = {name: (float(rules), float(spelled)) for name, rules, spelled in lines}
    worst = max(spent, key=lambda name: spent[name][0])
    for title, name in (("English", "english"), (f"the costliest of {len(spent)} ({worst})", worst)):
        rules, spelled = spent[name]
        yield Row(f"moderation by rules, 8 MiB, {title}", f"{rules:.0f} ms", f"{spelled:.0f} ms", f"{rules / spelled:.2f} x", "<= 500 ms",
                  rules <= 500, f"{rules / 8192 * 1000:.0f} µs a KB; processor time of one thread")
