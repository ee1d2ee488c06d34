# SPDX-License-Identifier: Apache-2.0
"""How smooth the console's chat page is: an answer of 4,000 words as it is written, and a chat of 1,000 messages.

The scripted upstream writes 200 tokens a second. A browser notes every frame until the answer is complete; then it opens a chat of 500
turns and scrolls through it in jumps. Held against the targets is what the page's main thread itself took for its longest task, which
a frame has to wait for; what a whole frame took, without a graphics card and with neighbours on the machine, is told beside.
"""
import json
import os
import subprocess

from instance import MOCK_CHAT, ROOT
from table import Row

EMAIL, PASSWORD = "bench@example.com", "correct horse battery staple"
TOKENS_PER_S, WORDS = 200, 4300  # of which some are only syntax
FRAME_MS, SCROLL_MS = 50, 100
SENTENCE = "The **north** harbour has a tower, and its `keeper` counts the ships that pass by day and night."
TABLE = "| Ship | Day |\n|---|---|\n| Anna | Monday |\n| Otto | Friday |"
CODE = "```python\ndef passes(day):\n    return day in DAYS  # counted\n```"
LIST = "- one ship\n- another one\n- and a third"


def long_text():
    """Headings, lists, tables and code now and then, as answers have them."""
    parts, words, at = [], 0, 0
    while words < WORDS:
        here = [text for every, rest, text in ((5, 0, f"## Part {at}"), (6, 3, TABLE), (7, 4, CODE), (4, 2, LIST)) if at % every == rest]
        here.append(" ".join([SENTENCE] * 4))
        parts += here
        words += sum(len(text.split()) for text in here)
        at += 1
    return "\n\n".join(parts)


SCRIPTS = {
    "console-long": {"mode": "slow", "delay": 1 / TOKENS_PER_S, "text": long_text()},
    "console-short": {"text": f"{SENTENCE}\n\n{LIST}\n\nAnd so on."},
}


def run(bench):
    if "console_chat" in bench.kept:  # measured by console already
        return []
    instance = bench.instance
    tenant = instance.tenant()
    instance.cli("model", "default", MOCK_CHAT, "--kind", "chat", "--tenant", tenant.id)
    instance.cli("user", "create", EMAIL, "--tenant", tenant.id, "--role", "owner", "--password-stdin", stdin=PASSWORD + "\n")
    instance.mock.scripts.update(SCRIPTS)
    # BULKHEAD_CONSOLE names an origin that serves the export before this instance, where its gateway does not.
    done = subprocess.run([os.environ.get("BULKHEAD_NODE") or "node", "scripts/bench-chat.mjs", os.environ.get("BULKHEAD_CONSOLE") or instance.url,
                           EMAIL, PASSWORD], cwd=os.path.join(ROOT, "web"), capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])
    told = json.loads(done.stdout.splitlines()[-1])
    stream, scroll = told["stream"], told["scroll"]
    bench.kept["console_chat"] = {"tenant": tenant, "chat": told["chat"]}
    return [
        Row(f"chat page: longest task of a {stream['words']:,}-word answer", f"{stream['longest_task_cpu_ms']} ms CPU", target=f"<= {FRAME_MS} ms",
            met=stream["longest_task_cpu_ms"] <= FRAME_MS, note=f"{stream['frames']:,} frames in {stream['seconds']} s: median {stream['median_ms']} ms, "
            f"p99 {stream['p99_ms']} ms, longest {stream['longest_ms']} ms"),
        Row(f"chat page: longest task in {scroll['messages']:,} messages", f"{scroll['longest_task_cpu_ms']} ms CPU", target=f"<= {SCROLL_MS} ms",
            met=scroll["longest_task_cpu_ms"] <= SCROLL_MS, note=f"shown after {scroll['first_shown_ms']} ms, all there after "
            f"{scroll['all_mounted_ms']} ms; longest jump {scroll['longest_scroll_ms']} ms"),
    ]
