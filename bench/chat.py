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


# Limits of all kinds for the tenant and its key, two quantities included, three credits, prepaid: the billing service's
# own calls, in the tenant's context.
SCOPES = """
SELECT set_config('bulkhead.tenant_id', '{tenant}', false);
SELECT bulkhead.meter_limit('{tenant}', id, kind, true, 1000000000000000, true, 1000000000000000, true, 1000000000000000, NULL)
FROM (VALUES ('{tenant}'::uuid, 'tenant'), ('{key}', 'key')) AS owner (id, kind);
SELECT bulkhead.meter_fund('{tenant}', gen_random_uuid(), meter, -1, priority, 'infinity', now(), amount)
FROM (VALUES (8, 0, 1000), (11, 0, 1000), (-1, 1, 1000000000), (-1, 2, 1000000000000), (-1, 3, 1000000000000000))
  AS fund (meter, priority, amount);
SELECT bulkhead.meter_prepaid('{tenant}', true, NULL);
"""


class Chat:
    """`sides` maps a side's name to (URL, wrk script): direct, proxy, without, with a budget, with all scopes."""

    def __init__(self, bench):
        instance = bench.instance
        self.mock = load.static_answer(bench.folder, "mock", COMPLETION)
        self.proxy = load.bare_proxy(bench.folder, "bare-proxy", self.mock.port)
        bench.on_stop(self.proxy.stop)
        bench.on_stop(self.mock.stop)
        instance.cli("model", "add", MODEL, "--url", self.mock.url + "/v1", "--kind", "chat",
                     "--context", "8192", "--price-in", "1", "--price-out", "2")
        self.tenants = {"without": instance.tenant("bench-without", mock=False),
                        "with": instance.tenant("bench-with", mock=False),
                        "all": instance.tenant("bench-all", mock=False)}
        self.tenants["with"].limit(budget_month="1000000")
        instance.psql(SCOPES.format(tenant=self.tenants["all"].id, key=self.tenants["all"].key_id))
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
