# SPDX-License-Identifier: Apache-2.0
"""What a victim with light use waits while a neighbour is at full allowance: p95 over its idle value.

The attacks are those of tests/neighbours: one for each class of routes, generated from the route tables,
and one for each shared resource. Each probe's idle value is measured in the same run, before and between
the attacks. The worst cell of each attack is a row; the whole table goes into the note.
"""
import os
import resource
import statistics
import sys

from table import Row

TARGET = 2.0
# Below this a ratio tells about the scheduler of a machine with two cores: such a cell is stated, not judged.
FLOOR_S = 0.005
# Light use: a round of some ten requests takes a tenth of what a tenant may send.
ROUND_S = 0.25


def prepare(bench):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "tests/neighbours"))
    import attacks
    from victim import Victim
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536), most))
    ground = attacks.Ground(bench.as_installed, bench.folder, bench.pick(2, 1))
    return ground, Victim(bench.as_installed)


def run(bench):
    ground, victim = prepare(bench)
    import attacks
    from duel import duel, probe
    rounds = bench.pick(30, 5)
    idle = {name: [] for name in victim.probes}
    for number, (name, make) in enumerate(attacks.all_attacks(ground).items()):
        bench.say(name)
        # Its client moves, since one address may not sign in as often as this takes.
        victim.address = f"127.0.1.{number + 1}"
        for cell in probe(victim, rounds, every_s=ROUND_S):
            idle[cell.probe].append(cell.p95)
        yield row(name, duel(make, ground, victim, rounds, every_s=ROUND_S), {probe: statistics.median(p95) for probe, p95 in idle.items()})


def row(name, cells, idle):
    ratios = {cell.probe: cell.p95 / idle[cell.probe] for cell in cells}
    worst = max(cells, key=lambda cell: ratios[cell.probe])
    errors = [error for cell in cells for error in cell.errors]
    bad = [cell for cell in cells if ratios[cell.probe] > TARGET and cell.p95 > FLOOR_S]
    note = "; ".join(f"{cell.probe} {idle[cell.probe] * 1000:.1f} → {cell.p95 * 1000:.1f} ms" for cell in cells)
    if errors:
        note += f"; {len(errors)} errors, the first: {errors[0][:200]}"
    return Row(f"neighbour: {name}; worst: {worst.probe}", f"{worst.p95 * 1000:.1f} ms",
               f"{idle[worst.probe] * 1000:.1f} ms idle", f"{ratios[worst.probe]:.1f} x", f"<= {TARGET:.0f} x, no error",
               not errors and not bad, note)
