#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run: bad days, proved. Load of every kind on a platform that runs apart, disturbances drawn from a seed, then the proof that what
was acknowledged is there exactly once, that the books hold, and that nothing leaks.

usage: run.py [--minutes M] [--seed N] [--plan]      an hour unless told otherwise; --plan prints what would be done
       run.py --short                                ninety seconds, as `tests/run chaos` does; a line of JSON per test

The same seed is the same day. On a failure the seed, the steps and the ids concerned are named, and the instance's folder stays.
"""
import argparse
import json
import os
import random
import signal
import statistics
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, *(os.path.join(os.path.dirname(HERE), name) for name in ("integration", "lib"))]

import plan  # noqa: E402

HOUSEHOLDS = 3
SHORT_S = 36
SAMPLE_S = 10
# Of a process that went on for half of the run: so much more in its last quarter than in its second is no growth.
SLOPE_FACTOR, SLOPE_MIB = 1.2, 16


class Samples(threading.Thread):
    """The resident size of each process, by its life."""

    def __init__(self, ground):
        super().__init__(daemon=True)
        self.ground, self.over, self.series = ground, threading.Event(), {}

    def run(self):
        from proof import usage_of
        while not self.over.wait(SAMPLE_S):
            for name in plan.MEMBERS:
                pid = self.ground.children[name].pid
                try:
                    self.series.setdefault((name, pid), []).append(usage_of(pid)["mib"])
                except (OSError, TypeError):
                    continue  # it has just ended

    def grown(self):
        found = []
        for (name, _), values in self.series.items():
            quarter = len(values) // 4
            if quarter < 6:
                continue
            early, late = (statistics.median(part) for part in (values[quarter:2 * quarter], values[-quarter:]))
            if late > early * SLOPE_FACTOR + SLOPE_MIB:
                found.append(f"{name}: resident size grew from {early:.0f} to {late:.0f} MiB")
        return found


class Day:
    """One run: its ground, its load, what was done to it, and what came of it."""

    def __init__(self, seed, steps, seconds, say):
        self.seed, self.steps, self.seconds, self.say = seed, steps, seconds, say
        self.begin = time.monotonic()
        self.ground, self.faults, self.rows = None, [], {}

    def log(self, text):
        self.say(f"[{time.monotonic() - self.begin:7.1f} s] {text}")

    def run(self):
        from clients import Household, Record, Seen
        from ground import Ground
        from proof import Proof, usage_of
        from strikes import Strikes
        self.ground = ground = Ground()
        try:
            ground.begin()
            self.log(f"the ground is ready in {ground.folder}, load {os.getloadavg()[0]:.1f}")
            record = Record()
            ground.mock.log = Seen()
            staff = ground.cli("key", "create", "--tenant", "platform", "--name", "chaos", "--scope", "tenants:write",
                               "--scope", "tenants:read")["key"]
            houses = [Household(ground, record, self.seed, number, staff) for number in range(HOUSEHOLDS)]
            for house in houses:
                house.prepare()
            before = {name: usage_of(ground.children[name].pid) for name in plan.FIRST}
            strikes, samples = Strikes(ground, self.log), Samples(ground)
            clients = [client for house in houses for client in house.clients]
            self.log(f"{len(clients)} clients begin")
            for each in (*clients, samples):
                each.start()
            try:
                strikes.run(self.steps, self.seconds)
                self.log("everything is left alone")
            finally:
                for each in (*clients, samples):
                    each.over.set()
                for each in clients:
                    each.join(120)
            proof = Proof(ground, record, houses, strikes, before)
            proof.wait()
            self.log("quiet")
            self.faults = proof.check() + samples.grown() + self.still_there(clients)
            self.faults += self.can_fail(proof)
            self.rows = self.summary(record, strikes) | proof.rows
            self.log("proved" if not self.faults else f"{len(self.faults)} faults")
        except BaseException as error:
            self.faults.append(f"the run broke off: {type(error).__name__}: {error}")
            raise
        finally:
            if self.faults:
                os.environ["BULKHEAD_KEEP"] = "1"
            ground.stop()

    @staticmethod
    def still_there(clients):
        return [f"{client.name} hangs" for client in clients if client.is_alive()]

    @staticmethod
    def can_fail(proof):
        """A proof that finds nothing must be able to: what nobody was ever told of is missed by name."""
        from proof import Proof
        chance = random.Random(1)
        fake = Proof(proof.bh, type(proof.record)(), proof.houses, proof.strikes, proof.before)
        fake.faults.clear()
        tenant = proof.houses[0].tenant.id
        id = f"{chance.getrandbits(128):032x}"
        row = {"tenant": tenant, "id": id, "request": id, "mark": "zq", "sha256": "", "file": id, "store": "", "background": False,
               "told": "completed"}
        for kind, check in (("file", fake.files), ("run", fake.runs), ("chat", fake.usage), ("credit", fake.credits)):
            fake.record.rows.clear()
            fake.record.add(kind, **row)
            before = len(fake.faults)
            check()
            if len(fake.faults) == before:
                return [f"the proof of {kind} does not miss what was never there"]
        return []

    def summary(self, record, strikes):
        outcomes = {}
        for (_, kind, outcome), number in sorted(record.tries.items()):
            outcomes.setdefault(kind, {}).setdefault(outcome, 0)
            outcomes[kind][outcome] += number
        rows = {"seed": str(self.seed), "disturbances": str(strikes.done), "longest act": f"{record.longest_s:.1f} s",
                "load at the end": f"{os.getloadavg()[0]:.1f}"}
        for kind, found in outcomes.items():
            rows[f"act {kind}"] = ", ".join(f"{number} {outcome}" for outcome, number in found.items())
        return rows


def table(day):
    width = max(map(len, day.rows), default=0)
    lines = [f"{name:{width}}  {value}" for name, value in day.rows.items()]
    if day.faults:
        lines += ["", f"seed {day.seed}: {len(day.faults)} faults; the instance's folder is {day.ground.folder}"]
        lines += [f"  - {fault}" for fault in day.faults]
    return "\n".join(lines)


def short(seed):
    """For tests/run: a line of JSON for each test."""
    def report(name, faults):
        print(json.dumps({"name": name, "outcome": "failed" if faults else "passed", "detail": "\n".join(faults)}), flush=True)
    steps = plan.short(seed, SHORT_S)
    report("the same seed is the same day", [] if steps == plan.short(seed, SHORT_S) and plan.long(seed, 600) == plan.long(seed, 600)
           and plan.long(seed, 600) != plan.long(seed + 1, 600) else ["two plans of one seed differ, or two seeds have one plan"])
    day = Day(seed, steps, SHORT_S, lambda text: print(text, flush=True))
    try:
        day.run()
    finally:
        print(table(day), flush=True)
        report("a short bad day", ([f"seed {seed}; folder {day.ground and day.ground.folder}"] + day.faults) if day.faults else [])
    return 1 if day.faults else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--plan", action="store_true")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    seed = asked.seed if asked.seed is not None else 1 if asked.short else int.from_bytes(os.urandom(3), "big")
    if asked.short and not asked.plan:
        return short(seed)
    seconds = SHORT_S if asked.short else asked.minutes * 60
    steps = plan.short(seed, seconds) if asked.short else plan.long(seed, seconds)
    print(f"seed {seed}, {len(steps)} disturbances in {seconds:.0f} s", flush=True)
    if asked.plan:
        print("\n".join(map(str, steps)))
        return 0
    day = Day(seed, steps, seconds, lambda text: print(text, flush=True))
    try:
        day.run()
    finally:
        print(table(day), flush=True)
    return 1 if day.faults else 0


if __name__ == "__main__":
    sys.exit(main())
