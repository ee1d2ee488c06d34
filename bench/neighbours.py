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


def prepare(bench):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "tests/neighbours"))
    import attacks
    from victim import Victim
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536), most))
    ground = attacks.Ground(bench.instance, bench.folder, bench.pick(2, 1))
    return ground, Victim(bench.instance)


def run(bench):
    ground, victim = prepare(bench)
    import attacks
    from duel import duel, probe
    rounds = bench.pick(20, 3)
    idle = {cell.probe: [cell.p95] for cell in probe(victim, 2 * rounds)}
    for name, make in attacks.all_attacks(ground).items():
        bench.say(name)
        cells = duel(make, ground, victim, rounds)
        for cell in probe(victim, max(5, rounds // 2)):
            idle[cell.probe].append(cell.p95)
        yield row(name, cells, {probe: statistics.median(values) for probe, values in idle.items()})


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
