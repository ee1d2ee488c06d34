#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""capacity: how many machines a load needs, and which part is the first to be full.

usage: scripts/capacity.py [--json] [--cores N] [--memory GIB] [LOAD ...]

A LOAD is NAME=NUMBER; those that are not named are 0:

{loads}
The answer is a sum: what one act costs of processor time, measured by `bench/run scaling` and written below in COSTS, times
how often it happens, over what machines give. It does not say how long anything takes. Rates are taken to last all day, which makes
disks large: give a day's average for them, and the busiest minute's for processors. Machines are filled to
{share} % of their processors: above, waiting grows faster than the load. docs/scaling.md says what each part can be moved to.
"""
import argparse
import dataclasses
import json
import math

# A machine is planned to be this full.
SHARE = 0.6
DAY_S = 86_400


@dataclasses.dataclass(frozen=True)
class Cost:
    """Processor time of one act in ms: of our processes, of the database with all that follows (usage rows, audit index)."""
    own: float
    database: float


# Medians of `bench/run scaling`, on one machine of two cores; docs/scaling.md names the run.
COSTS = {
    "chats": Cost(0.14, 0.15),
    "chats_budget": Cost(0.22, 0.45),
    "searches": Cost(1.3, 10.3),
    "chunks": Cost(5.3, 8.3),
}
# A search reads all vectors of a store that has no table of its own: ms of the database for each 10,000 chunks.
SCAN_MS = 7.9
# Processor time of the embedding engine for a chunk, and of the chat engine for a token that it writes or reads, ms.
EMBED_MS = 280.0
DECODE_MS, PROMPT_MS = 2 * 1000 / 31, 2 * 1000 / 82
# Bytes on the database's disk, indexes included.
BYTES = {"chunk": 2400, "usage": 600, "audit": 1520}
# Resident: our processes, PostgreSQL without its cache, the engines of the default models.
BASE_GIB, ENGINES_GIB = 0.3, 0.9
# How long rows stay by default, days.
USAGE_DAYS, AUDIT_DAYS = 400, 400

LOADS = {
    "chats": "chat calls a second to upstreams, without a budget",
    "chats_budget": "the same under a budget",
    "searches": "searches a second",
    "store_chunks": "chunks of the store that such a search looks through (default 10,000)",
    "chunks": "chunks ingested a day",
    "stored_chunks": "chunks kept, of all tenants",
    "tokens_out": "tokens a second that the embedded chat model writes",
    "tokens_in": "tokens a second that it reads",
}


@dataclasses.dataclass
class Need:
    """Processors that are busy, by part; bytes on disk; GiB of memory that should be there."""
    processors: dict
    disk: float
    memory: float

    def machines(self, cores, memory):
        """By part: each can be given machines of its own."""
        need = {part: busy / (cores * SHARE) for part, busy in self.processors.items()}
        need["database"] = max(need["database"], self.memory / (memory * SHARE))
        return need


def need(load, costs=None):
    """What a load needs; `load` maps names of LOADS to numbers, `costs` replaces COSTS."""
    costs = costs or COSTS
    get = lambda name, default=0.0: load.get(name, default)
    rates = {name: get(name) for name in ("chats", "chats_budget", "searches")} | {"chunks": get("chunks") / DAY_S}
    services = sum(costs[name].own * rate for name, rate in rates.items()) / 1000
    beyond = max(0.0, get("store_chunks", 10_000) - 10_000) / 10_000
    database = (sum(costs[name].database * rate for name, rate in rates.items()) + SCAN_MS * beyond * rates["searches"]) / 1000
    engines = (EMBED_MS * rates["chunks"] + DECODE_MS * get("tokens_out") + PROMPT_MS * get("tokens_in")) / 1000
    acts = (get("chats") + get("chats_budget") + get("searches")) * DAY_S
    disk = get("stored_chunks") * BYTES["chunk"] + acts * (USAGE_DAYS * BYTES["usage"] + AUDIT_DAYS * BYTES["audit"])
    # What is searched should be in memory. Rows of usage and audit are added at their tables' ends: an hour of them.
    memory = (get("stored_chunks") * BYTES["chunk"] + acts / 24 * (BYTES["usage"] + BYTES["audit"])) / 2**30
    return Need({"services": services, "database": database, "engines": engines}, disk, memory + BASE_GIB)


def parse_loads(words, fail):
    load = {}
    for word in words:
        name, _, number = word.partition("=")
        if name not in LOADS:
            fail(f"there is no load {name!r}; there are {', '.join(LOADS)}")
        try:
            load[name] = float(number)
        except ValueError:
            fail(f"{word}: not a number")
        if not math.isfinite(load[name]) or load[name] < 0:
            fail(f"{word}: below 0 or not finite")
    return load


def main():
    doc = __doc__.format(loads="".join(f"    {name:14} {text}\n" for name, text in LOADS.items()), share=int(SHARE * 100))
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cores", type=int, default=16, help="processors of a machine (default 16)")
    parser.add_argument("--memory", type=int, default=64, help="memory of a machine in GiB (default 64)")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("load", nargs="*", metavar="LOAD")
    arguments = parser.parse_args()
    if arguments.cores < 1 or arguments.memory < 1:
        parser.error("a machine has at least one processor and 1 GiB")
    load = parse_loads(arguments.load, parser.error)
    found = need(load)
    machines = found.machines(arguments.cores, arguments.memory)
    together = sum(machines.values())
    if arguments.json:
        print(json.dumps({"processors": found.processors, "disk_bytes": round(found.disk), "memory_gib": round(found.memory, 2),
                          "machines": machines, "machines_together": math.ceil(together)}))
        return
    for part, busy in found.processors.items():
        print(f"{part:9} {busy:8.2f} processors busy   {machines[part]:6.2f} machines")
    print(f"memory    {found.memory:8.1f} GiB that the database should keep   disk {found.disk / 2**30:.1f} GiB")
    first = max(machines, key=machines.get)
    print(f"all in one place: {max(1, math.ceil(together))} machines of {arguments.cores} cores; the first part that is full: {first}")


if __name__ == "__main__":
    main()
