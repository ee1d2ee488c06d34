# SPDX-License-Identifier: Apache-2.0
"""run: no neighbour can hurt another: every attack against a victim, which sees no error that is not its own.

usage: run.py [ATTACK]...    all when none is named

How long the victim waits is measured by `make bench`; here nothing depends on time but the bounds that
the platform itself keeps (a request that is not answered within a minute is an error).
"""
import os
import resource
import shutil
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lib")]

import attacks  # noqa: E402
from duel import duel  # noqa: E402
from instance import Instance  # noqa: E402
from victim import Victim  # noqa: E402

ROUNDS = 8


class Neighbours(unittest.TestCase):
    """A test for each attack, added below."""

    @classmethod
    def setUpClass(cls):
        cls.victim = Victim(GROUND.bh)


def attack_test(make):
    def test(self):
        cells = duel(make, GROUND, self.victim, ROUNDS)
        self.assertEqual([], [error for cell in cells for error in cell.errors])
    return test


def main():
    global GROUND
    # Slow connections have a descriptor each on this side, too.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536), most))
    folder = tempfile.mkdtemp(prefix="bh-neighbours-")
    instance = Instance(supervisor_quickstart="false")
    try:
        instance.start()
        GROUND = attacks.Ground(instance, folder)
        wanted = sys.argv[1:]
        for name, make in attacks.all_attacks(GROUND).items():
            if not wanted or name in wanted:
                setattr(Neighbours, "test_" + name, attack_test(make))
        unittest.main(argv=[sys.argv[0]], verbosity=2)
    finally:
        instance.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
