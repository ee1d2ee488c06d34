# SPDX-License-Identifier: Apache-2.0
"""CPU time and memory of the platform's processes, from /proc.

CPU is user plus system time of a process with all its threads and of children it has waited for; a
process's living children are added. The kernel scales it from the scheduler's exact run time, so the
10 ms steps it is told in are all the error there is.
"""
import os

TICK = os.sysconf("SC_CLK_TCK")
OWN = ("supervisor", "service", "gateway")


def stat(pid):
    """(parent, seconds of CPU) or None for a process that has gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return int(fields[1]), sum(map(int, fields[11:15])) / TICK


def family(pids):
    """Each given process with its living descendants: {pid: [pids]}."""
    parents = {}
    for name in os.listdir("/proc"):
        found = stat(name) if name.isdigit() else None
        if found:
            parents.setdefault(found[0], []).append(int(name))
    families = {}
    for pid in pids:
        todo, found = [pid], []
        while todo:
            found.append(todo[0])
            todo += parents.get(todo.pop(0), [])
        families[pid] = found
    return families


def cpu_of(pid):
    """CPU seconds of one process and its descendants."""
    return sum(found[1] for member in family([pid])[pid] if (found := stat(member)))


def pss(pid):
    """Proportional set size in bytes: memory shared with others counts by its share."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
        for line in file:
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError(f"no Pss of {pid}")


class Platform:
    """The processes of one running instance, by the names its status gives them."""

    def __init__(self, instance):
        self.rows = [row for row in instance.status()["services"] if row["pid"]]

    def members(self, kinds):
        """{name: [pids]} of these kinds. The supervisor's children have rows of their own."""
        rows = [row for row in self.rows if row["kind"] in kinds]
        families = family([row["pid"] for row in rows])
        return {row["name"]: [row["pid"]] if row["kind"] == "supervisor" else families[row["pid"]]
                for row in rows}

    def cpu(self, kinds):
        """{name: CPU seconds so far}."""
        return {name: sum(found[1] for pid in pids if (found := stat(pid)))
                for name, pids in self.members(kinds).items()}

    def pss(self, kinds=OWN):
        return {name: sum(map(pss, pids)) for name, pids in self.members(kinds).items()}


def spent(before, after):
    return {name: after[name] - before[name] for name in after if name in before}
