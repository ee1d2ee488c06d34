# SPDX-License-Identifier: Apache-2.0
"""Tenants' adapters on one base: how many the engine holds, and what fails while it is succeeded ten times under load.

Method: 20 adapters of two tenants, of rank 4 on two layers of the smallest chat model, are registered as the trainer's
service has them registered, and each must answer otherwise than its neighbour. Then another is registered ten times, one
after another, each with a succession of the engine, while four threads of two tenants ask without a pause, half of them
streaming. A request fails if it is not answered with 200 and words, or its stream has no end. The baseline of a call is one
to the base, in the same run, while nothing else is asked.
"""
import os
import statistics
import sys
import threading
import time
import uuid

from instance import ROOT, SMALL_CHAT, until
from table import Row

sys.path.append(os.path.join(ROOT, "tests/lib"))
import lora_file  # noqa: E402

WORDS = "Name three colours of the rainbow."
SWAP_S = 300


class Ground:
    """Two tenants, and what they ask."""

    def __init__(self, bench):
        self.instance = bench.instance
        self.model = next(row for row in self.instance.manifest()["chat_models"] if row["name"] == SMALL_CHAT)
        self.tenants = [self.instance.tenant(mock=False), self.instance.tenant(mock=False)]
        self.seed = 0

    def register(self, tenant):
        self.seed += 1
        content = lora_file.make(self.model["path"], self.seed, layers=(20, 21), size=0.3)
        name = f"ft:{SMALL_CHAT}:bench:{uuid.uuid4().hex[:8]}"
        file = tenant.http.upload("adapter.gguf", content, "user_data", "application/octet-stream").json()
        self.instance.psql(
            "INSERT INTO bulkhead.model_adapter (tenant_id, id, name, base, base_sha256, file_id, sha256, bytes, license, state)"
            f" VALUES ('{tenant.id}', '{uuid.uuid4()}', '{name}', '{SMALL_CHAT}', '\\x{self.model['sha256']}',"
            f" '{uuid.UUID(file['id'].removeprefix('file-'))}', '\\x{lora_file.digest(content)}', {len(content)}, 'MIT', 'loading')")
        return name

    @staticmethod
    def ask(tenant, name):
        return tenant.call("POST", "/v1/chat/completions", {
            "model": name, "messages": [{"role": "user", "content": WORDS}], "max_tokens": 8, "temperature": 0}, timeout=180)

    def first(self, tenant, name):
        """The first answer, and how long it took from when it was asked for."""
        begin = time.monotonic()
        reply = until(lambda: (reply := self.ask(tenant, name)).status != 503 and reply, SWAP_S, name, pause=0.2)
        assert reply.status == 200, reply
        return reply.json()["choices"][0]["message"]["content"], time.monotonic() - begin


class Load:
    """Threads that ask until the block is left."""

    def __init__(self, ground, names):
        self.ground, self.names, self.over = ground, names, threading.Event()
        self.answered, self.failed = 0, []
        self.threads = [threading.Thread(target=self.run, args=(at,)) for at in range(4)]

    def stream(self, tenant, name):
        with tenant.client() as client:
            chunks = client.chat.completions.create(model=name, messages=[{"role": "user", "content": WORDS}], max_tokens=8, stream=True)
            return any(chunk.choices and chunk.choices[0].finish_reason for chunk in chunks)

    def run(self, at):
        tenant, name = self.names[at % len(self.names)]
        while not self.over.is_set():
            try:
                good = self.stream(tenant, name) if at % 2 else self.ground.ask(tenant, name).status == 200
            except Exception as error:
                good, name_of = False, repr(error)[:160]
            else:
                name_of = "no words or no end"
            if good:
                self.answered += 1
            else:
                self.failed.append(name_of)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()


def run(bench):
    ground = Ground(bench)
    number, swaps = bench.pick(20, 4), bench.pick(10, 2)
    begin = time.monotonic()
    base = [ground.first(ground.tenants[0], "default")[1] for _ in range(5)]
    names = [(ground.tenants[at % 2], ground.register(ground.tenants[at % 2])) for at in range(number)]
    texts = [None] * number
    threads = [threading.Thread(target=lambda at: texts.__setitem__(at, ground.first(*names[at])[0]), args=(at,)) for at in range(number)]
    bench.say(f"{number} adapters")
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    own = sum(text is not None for text in texts)
    yield Row("adapters on one base that answer", str(own), "", "", str(number), own == number,
              f"{len(set(texts))} different answers; loaded and answered within {time.monotonic() - begin:.0f} s")
    warm = [ground.first(*each)[1] for each in names[:5]]
    yield Row("a call to an adapter, nothing else asked", f"{statistics.median(warm) * 1000:.0f} ms",
              f"{statistics.median(base) * 1000:.0f} ms to the base", f"{statistics.median(warm) / statistics.median(base):.1f} x")
    took = []
    with Load(ground, [(ground.tenants[0], "default"), names[0], names[1], (ground.tenants[1], "default")]) as load:
        for at in range(swaps):
            bench.say(f"succession {at + 1} of {swaps}")
            tenant = ground.tenants[at % 2]
            pid = ground.instance.process("chat")["pid"]
            name = ground.register(tenant)
            took.append(ground.first(tenant, name)[1])
            assert ground.instance.process("chat")["pid"] != pid
            # The tenant's list is bounded.
            ground.instance.psql(f"DELETE FROM bulkhead.model_adapter WHERE name = '{name}'")
    yield Row(f"requests that failed during {swaps} successions under load", str(len(load.failed)), "", "", "0", not load.failed,
              f"{load.answered} were answered; the first failures: {load.failed[:3]}" if load.failed else f"{load.answered} were answered")
    yield Row("from an adapter's first call to its answer, under load", f"{statistics.median(took):.1f} s", "", "", "", None,
              f"median of {len(took)}; the longest {max(took):.1f} s")
