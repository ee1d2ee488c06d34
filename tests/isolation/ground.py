# SPDX-License-Identifier: Apache-2.0
"""What the tests of isolation stand on: a cluster, a database, its catalogue and the rows of two tenants."""

import uuid

import catalogue as catalogues
from database import Database
from pg import Cluster
from rows import Maker
from spread import SpreadDatabase

A = str(uuid.uuid4())
B = str(uuid.uuid4())


class Ground:
    """Cluster, database, catalogue and the two tenants' rows: made once."""

    def __init__(self):
        self.cluster = self.database = self.catalogue = self.maker = self.rows = None

    def open(self, pg_bin, citus=False):
        if citus:
            self.database = SpreadDatabase(pg_bin).create()
        else:
            self.cluster = Cluster(pg_bin).start()
            self.database = Database(self.cluster).create()
        self.catalogue = catalogues.read(self.database)
        Maker(self.database, self.catalogue).own_partitions([A, B])
        self.catalogue = catalogues.read(self.database)
        self.maker = Maker(self.database, self.catalogue)
        self.rows = self.maker.seed([A, B])

    def close(self):
        if self.cluster is not None:
            self.cluster.stop()

    def states(self, role, context, *statements):
        """What each statement is refused with (SQLSTATE), None where it is not."""
        return [outcome.state for outcome in self.database.probe(role, [(context, statement) for statement in statements])]


GROUND = Ground()  # opened by run.py before any test
