# SPDX-License-Identifier: Apache-2.0
"""The walls between tenants, tried from the catalogue: a new table or statement is covered at once.

    run.py --pg-bin DIR [unittest arguments]

Makes a cluster of its own with the PostgreSQL programs in DIR, applies db/ as on an operator's database,
where nothing that migrates or owns is a superuser, and tries table x {select, insert, update, delete, foreign key, unique key} x {own,
other, none} as each service's role, with the two locks crossed as well.
"""

import argparse
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lib")]

import matrix  # noqa: E402
import taken  # noqa: E402
from erasure import Erasure  # noqa: E402, F401
from functions import Books, OwnVectors  # noqa: E402, F401
from ground import GROUND  # noqa: E402
from matrix import Matrix  # noqa: E402, F401
from moves import Moves  # noqa: E402, F401
from rules import Files, Least, Lint, LintNotices, Statements  # noqa: E402, F401
from spread import URL  # noqa: E402
from taken import Taken  # noqa: E402, F401


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pg-bin", required=True, help="folder with postgres, initdb, pg_ctl, psql")
    parser.add_argument("--citus", action="store_true", help="on the coordinator that BULKHEAD_TEST_CITUS_URL names")
    args, rest = parser.parse_known_args()
    if args.citus and not URL:
        sys.exit("BULKHEAD_TEST_CITUS_URL is not set")
    try:
        GROUND.open(args.pg_bin, args.citus)
        matrix.generate()
        if args.citus:
            taken.generate()
        if args.citus and not rest:
            rest = ["Taken", "Matrix", "Erasure", "Books"]
        unittest.main(argv=[sys.argv[0], *rest], verbosity=1)
    finally:
        GROUND.close()


if __name__ == "__main__":
    main()
