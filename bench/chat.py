# SPDX-License-Identifier: Apache-2.0
"""What the two chat figures share: a mock upstream too fast to matter, and two tenants before it."""
import os

import load

MODEL = "bench-chat"
PROMPT = ("Summarise the following notes in three sentences and keep every number that is named. " * 12)[:880]
ANSWER = ("The notes describe the work of the quarter, its costs and what is planned for the next one. " * 9)[:700]

REQUEST = {"model": MODEL, "messages": [{"role": "user", "content": PROMPT}], "max_tokens": 256,
           "temperature": 0.2}
COMPLETION = {
    "id": "chatcmpl-mock", "object": "chat.completion", "created": 1, "model": "mock",
    "choices": [{"index": 0, "finish_reason": "stop",
                 "message": {"role": "assistant", "content": ANSWER}}],
    "usage": {"prompt_tokens": 190, "completion_tokens": 150, "total_tokens": 340},
}
PATH = "/v1/chat/completions"


class Chat:
    """`sides` maps a side's name to (URL, wrk script): direct, proxy, without, with budget."""

    def __init__(self, bench):
        instance = bench.instance
        self.mock = load.static_answer(bench.folder, "mock", COMPLETION)
        self.proxy = load.bare_proxy(bench.folder, "bare-proxy", self.mock.port)
        bench.on_stop(self.proxy.stop)
        bench.on_stop(self.mock.stop)
        instance.cli("model", "add", MODEL, "--url", self.mock.url + "/v1", "--kind", "chat",
                     "--context", "8192", "--price-in", "1", "--price-out", "2")
        self.tenants = {"without": instance.tenant("bench-without", mock=False),
                        "with": instance.tenant("bench-with", mock=False)}
        self.tenants["with"].limit(budget_month="1000000")
        plain = load.post_script(os.path.join(bench.folder, "plain.lua"), [REQUEST])
        self.sides = {"direct": (self.mock.url + PATH, plain), "proxy": (self.proxy.url + PATH, plain)}
        for name, tenant in self.tenants.items():
            script = load.post_script(os.path.join(bench.folder, name + ".lua"), [REQUEST], tenant.key)
            self.sides[name] = (instance.url + PATH, script)

    def run(self, side, connections, seconds):
        return load.wrk(*self.sides[side], connections, seconds)

    def check_metered(self):
        """The calls left rows with the mock's own numbers: what was timed was the whole path. The calls
        that wrk left behind when its time was over are rows of their own kind (cut)."""
        for tenant in self.tenants.values():
            rows = [(row["prompt_tokens"], row["completion_tokens"], row["source"], row["status"])
                    for row in tenant.usage()]
            whole = rows.count((190, 150, "reported", "ok"))
            if whole < len(rows) / 2:
                raise RuntimeError(f"only {whole} of the last {len(rows)} usage rows are right: {rows[:3]}")


def prepare(bench):
    """One for both figures."""
    if "chat" not in bench.kept:
        bench.kept["chat"] = Chat(bench)
    return bench.kept["chat"]
