# SPDX-License-Identifier: Apache-2.0
"""What goes wrong when: drawn from a seed before anything has begun, so that the same seed is the same day."""
import dataclasses
import random

# Of machine 1: the first of each service, the gateway; of machine 2: the second ones.
FIRST = ("auth", "billing", "stripemock", "model", "rag", "multimodal", "finetune", "agent")
SECOND = ("model2", "rag2", "agent2")
MEMBERS = (*FIRST, *SECOND)
BACKING = ("database", "valkey")


@dataclasses.dataclass(frozen=True)
class Step:
    """From `at` for `seconds`."""
    number: int
    at: float
    seconds: float
    kind: str
    target: str = ""
    how: str = ""

    def __str__(self):
        words = " ".join(filter(None, (self.kind, self.target, self.how)))
        return f"{self.number:3d} {self.at:7.1f} s {self.seconds:5.1f} s  {words}"


def member(chance):
    return chance.choice(MEMBERS)


def link(chance):
    """Who does not reach whom: one edge, all that leads to one, or all that one asks of others."""
    form = chance.choice(("edge", "to", "from"))
    one, other = member(chance), chance.choice((*MEMBERS, *BACKING))
    if form == "edge":
        caller = chance.choice(("gateway", one))
        return f"{caller}>{other}"
    return f"*>{other}" if form == "to" else f"{one}>*"


# Kind: how often, how long (seconds from, to), target, and how.
KINDS = {
    "kill": (5, (0.5, 3), member, None),
    "term": (3, (0.5, 3), member, None),
    "stop": (3, (1, 9), member, None),
    "slow": (2, (4, 12), member, lambda chance: f"{chance.choice((5, 15, 30))}%"),
    "part": (6, (1, 14), link, lambda chance: chance.choice(("hold", "deaf", "cut", "half", "delay 60", "delay 400"))),
    "database": (2, (0.5, 3), lambda _: "", lambda chance: chance.choice(("fast", "immediate"))),
    "promote": (1, (1, 2), lambda _: "", None),
    "valkey": (2, (1, 10), lambda _: "", lambda chance: chance.choice(("flush", "kill"))),
    "objects": (2, (3, 15), lambda _: "", lambda chance: chance.choice(("PUT 403", "PUT 503", "all 503", "drop"))),
    "disk": (1, (3, 12), lambda _: "machine 2", None),
    "gateway": (2, (0, 0), lambda _: "", lambda chance: chance.choice(("reload", "kill a worker"))),
    "clock": (1, (10, 40), member, lambda chance: chance.choice(("+120", "-120"))),
    "password": (1, (1, 1), member, None),
    "lost": (1, (20, 30), lambda _: "machine 2", None),
}
# What takes the most room of an hour: not more often than this, in seconds.
APART_S = {"promote": 240, "lost": 240, "clock": 90, "password": 60}
FIRST_S, GAP_S = 3, (1.0, 8.0)
SHORT_KINDS = ("kill", "part", "stop", "valkey", "objects", "database", "clock", "gateway", "part", "promote", "term")


class Drawing:
    def __init__(self, seed):
        self.chance, self.steps, self.begun = random.Random(seed), [], {}

    def add(self, at, kind, shorter=1.0):
        _, span, target, how = KINDS[kind]
        self.begun[kind] = at
        seconds = round(self.chance.uniform(*span) * shorter, 2)
        self.steps.append(Step(len(self.steps) + 1, round(at, 2), seconds, kind, target(self.chance),
                               how(self.chance) if how else ""))
        return seconds

    def one_of(self, at):
        names = [name for name in KINDS if at - self.begun.get(name, -1e9) >= APART_S.get(name, 0)]
        return self.chance.choices(names, [KINDS[name][0] for name in names])[0]


def long(seed, seconds):
    """For so many seconds; what overlaps, overlaps."""
    drawing, at = Drawing(seed), FIRST_S
    while at < seconds - 20:
        kind = drawing.one_of(at)
        took = drawing.add(at, kind)
        # What takes a machine or the database away is alone.
        at += (took if kind in APART_S else took * drawing.chance.uniform(0.2, 1.2)) + drawing.chance.uniform(*GAP_S)
    return drawing.steps


def short(seed, seconds):
    """One of most kinds, in the order that the seed gives."""
    drawing = Drawing(seed)
    kinds = list(SHORT_KINDS)
    drawing.chance.shuffle(kinds)
    each = (seconds - FIRST_S) / len(kinds)
    for at, kind in enumerate(kinds):
        drawing.add(FIRST_S + at * each, kind, shorter=0.4)
    return drawing.steps
