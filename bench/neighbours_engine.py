# SPDX-License-Identifier: Apache-2.0
"""What a tenant with light use waits at the embedded engines while another keeps them busy: p95 over idle.

A running call is not interrupted, so the target is twice the idle value or the length of one running piece
more: one chat of the neighbour's, or about 64 tokens of its texts.
"""
import os
import sys
import threading
import time

from table import Row

CHATS, CHAT_TOKENS = 60, 64
CALLS, TEXTS = 12, 128
TEXT = "Paragraph {} of the neighbour's tells at some length about one thing and another."


class Crowd:
    """So many threads of one tenant, each of which calls again and again until it is over."""

    def __init__(self, tenant, number, path, body):
        self.tenant, self.path, self.body = tenant, path, body
        self.over = threading.Event()
        self.seconds, self.refused = [], 0
        self.threads = [threading.Thread(target=self.run) for _ in range(number)]

    def run(self):
        while not self.over.is_set():
            begin = time.monotonic()
            reply = self.tenant.call("POST", self.path, self.body, timeout=180)
            if reply.status == 200:
                self.seconds.append(time.monotonic() - begin)
            else:
                self.refused += 1
                self.over.wait(1)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.over.wait(3)  # until the engine is full
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()


def chats(tenant, number=CHATS):
    return Crowd(tenant, number, "/v1/chat/completions",
                 {"model": "default", "max_tokens": CHAT_TOKENS,
                  "messages": [{"role": "user", "content": "Tell me a story about a lighthouse."}]})


def embeddings(tenant, number=CALLS, texts=TEXTS):
    return Crowd(tenant, number, "/v1/embeddings",
                 {"model": "default", "input": [TEXT.format(at) for at in range(texts)]})


def piece(crowd):
    """What one call of it takes alone, the longest of ten: victims are judged by their p95, too."""
    times = []
    for _ in range(10):
        begin = time.monotonic()
        reply = crowd.tenant.call("POST", crowd.path, crowd.body)
        assert reply.status == 200, reply
        times.append(time.monotonic() - begin)
    return max(times)


def run(bench):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "tests/neighbours"))
    from duel import probe
    from victim import Victim
    victim = Victim(bench.instance, real_engines=True)
    greedy = bench.instance.tenant(mock=False)
    rounds = bench.pick(20, 3)
    idle = {cell.probe: cell.p95 for cell in probe(victim, rounds)}
    # About as many of these texts as make a piece.
    pieces = {"chat": piece(chats(greedy)), "embedding": piece(embeddings(greedy, texts=3))}
    for name, crowd, of in ((f"{CHATS} chats of one key", chats(greedy), "chat"),
                            (f"{CALLS} embedding calls of {TEXTS} texts", embeddings(greedy), "embedding")):
        bench.say(name)
        with crowd:
            cells = probe(victim, rounds)
        for cell in cells:
            yield row(name, cell, idle[cell.probe], pieces[of], crowd)


def row(name, cell, idle, one, crowd):
    errors = f"; {len(cell.errors)} errors, the first: {cell.errors[0][:160]}" if cell.errors else ""
    return Row(f"neighbour at the engine: {name}; victim's {cell.probe}", f"{cell.p95 * 1000:.0f} ms",
               f"{idle * 1000:.0f} ms idle", f"{cell.p95 / idle:.1f} x", f"<= 2 x or + {one * 1000:.0f} ms",
               not cell.errors and cell.p95 <= max(2 * idle, idle + one),
               f"{len(crowd.seconds)} of the neighbour's calls were answered meanwhile, {crowd.refused} refused{errors}")
