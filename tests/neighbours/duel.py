"""One attack against one victim: what the victim's acts took, and what errors it saw."""
import statistics

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


def probe(victim, rounds, names=None):
    """Each probe so many times, in turn, one after the other."""
    times = {name: [] for name in names or victim.probes}
    errors = {name: [] for name in times}
    for _ in range(rounds):
        for name, found in times.items():
            try:
                found.append(victim.time(name))
            except Unjust as error:
                errors[name].append(str(error))
    return [Cell(name, times[name], errors[name]) for name in times]


def duel(make, ground, victim, rounds, names=None):
    """The cells of one attack; it is over when this returns."""
    attack = make(ground)
    if hasattr(attack, "aim"):
        attack.aim(victim)
    attack.start()
    try:
        until(lambda: attack.under_way, 20, "the attack's beginning")
        cells = probe(victim, rounds, names)
    finally:
        attack.stop()
    if attack.count == 0:
        raise RuntimeError("the attack did nothing, so it proves nothing")
    return cells
