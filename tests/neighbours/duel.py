# SPDX-License-Identifier: Apache-2.0
"""One attack against one victim: what the victim's acts took, and what errors it saw."""
import statistics
import time

from instance import until
from victim import Unjust


class Cell:
    """One probe under one attack."""

    def __init__(self, probe, seconds, errors):
        self.probe, self.seconds, self.errors = probe, seconds, errors

    @property
    def p95(self):
        """Of few samples the second largest, of one the only one."""
        if len(self.seconds) < 2:
            return self.seconds[0] if self.seconds else float("inf")
        return statistics.quantiles(self.seconds, n=20, method="inclusive")[-1]


def probe(victim, rounds, names=None, every_s=0):
    """Each probe so many times, in turn, one after the other; a round at least so long after the last began."""
    times = {name: [] for name in names or victim.probes}
    errors = {name: [] for name in times}
    for _ in range(rounds):
        begin = time.monotonic()
        for name, found in times.items():
            try:
                found.append(victim.time(name))
            except Unjust as error:
                errors[name].append(str(error))
        time.sleep(max(0, begin + every_s - time.monotonic()))
    return [Cell(name, times[name], errors[name]) for name in times]


def duel(make, ground, victim, rounds, names=None, every_s=0):
    """The cells of one attack; it is over when this returns."""
    attack = make(ground)
    if hasattr(attack, "aim"):
        attack.aim(victim)
    attack.start()
    try:
        until(lambda: attack.under_way, 20, "the attack's beginning")
        cells = probe(victim, rounds, names, every_s)
    finally:
        attack.stop()
    if attack.count == 0:
        raise RuntimeError("the attack did nothing, so it proves nothing")
    return cells
