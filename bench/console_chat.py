# SPDX-License-Identifier: Apache-2.0
"""How smooth the console's chat page is: an answer of 4,000 words as it is written, and a chat of 1,000 messages.

The scripted upstream writes 200 tokens a second. A browser notes every frame until the answer is complete; then it opens a chat of 500
turns and scrolls through it in jumps. Chromium renders without a graphics card here: what a frame takes is more than on a desk.
"""
import json
import os
import subprocess

from instance import MOCK_CHAT, ROOT
from table import Row

EMAIL, PASSWORD = "bench@example.com", "correct horse battery staple"
TOKENS_PER_S, WORDS = 200, 4000
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
    return [
        Row(f"chat page: longest frame of a {stream['words']:,}-word answer", f"{stream['longest_ms']} ms", target=f"<= {FRAME_MS} ms",
            met=stream["longest_ms"] <= FRAME_MS, note=f"median {stream['median_ms']} ms, p99 {stream['p99_ms']} ms, longest task "
            f"{stream['longest_task_ms']} ms, {stream['seconds']} s"),
        Row(f"chat page: longest scroll of {scroll['messages']:,} messages", f"{scroll['longest_scroll_ms']} ms", target=f"<= {SCROLL_MS} ms",
            met=scroll["longest_scroll_ms"] <= SCROLL_MS, note=f"shown after {scroll['first_shown_ms']} ms, all there after "
            f"{scroll['all_mounted_ms']} ms"),
    ]
