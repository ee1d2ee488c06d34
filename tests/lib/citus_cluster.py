# SPDX-License-Identifier: Apache-2.0
"""A coordinator and two workers of Citus, for the tests that run where PostgreSQL has it.

    citus_cluster.py --pg-bin DIR FOLDER          starts one below FOLDER; prints its conninfo (BULKHEAD_TEST_CITUS_URL)
    citus_cluster.py --pg-bin DIR FOLDER --stop   stops and removes it

DIR holds the programs of a PostgreSQL with the extensions citus and vector. The database is `bulkhead`; the superuser
signs in over TCP and by socket. bulkhead_owner may sign in on the workers, and on the coordinator by IPv6 only, which is how
the servers know it here: as it may from their own addresses in a real cluster, and from nowhere else.
"""
import argparse
import os
import subprocess
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "isolation")]

from ports import free_port  # noqa: E402
from pg import SETUP_ROLE, Cluster  # noqa: E402

DATABASE = "bulkhead"
COORDINATOR = """local all all trust
host all all ::1/128 trust
host all bulkhead_owner all reject
host all all 127.0.0.1/32 trust
"""
WORKER = """local all all trust
host all all 127.0.0.1/32 trust
"""
SETTINGS = {"listen_addresses": "127.0.0.1,::1", "shared_preload_libraries": "citus", "max_prepared_transactions": "200",
            "max_connections": "300", "citus.node_conninfo": "sslmode=disable", "citus.shard_count": "8",
            "citus.skip_advisory_lock_permission_checks": "on",
            "log_min_messages": "error"}


class CitusCluster:
    """Three servers below `folder`."""

    def __init__(self, pg_bin, folder):
        self.folder = folder
        self.nodes = [self.node(pg_bin, name) for name in ("c", "w1", "w2")]

    def node(self, pg_bin, name):
        cluster = Cluster(pg_bin, os.path.join(self.folder, name), access=COORDINATOR if name == "c" else WORKER)
        cluster.port = free_port()
        cluster.settings = cluster.settings | SETTINGS | {"port": str(cluster.port)}
        return cluster

    def sql(self, node, text, database=DATABASE):
        done = subprocess.run([os.path.join(node.pg_bin, "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d",
                               f"{node.conninfo(database)} port={node.port}", "-f", "-"], input=text, capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.splitlines()

    def start(self):
        os.makedirs(self.folder, mode=0o755, exist_ok=True)
        for node in self.nodes:
            node.start()
            self.sql(node, f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8';", "postgres")
            self.sql(node, "CREATE EXTENSION citus;")
        coordinator, *workers = self.nodes
        self.sql(coordinator, f"SELECT citus_set_coordinator_host('::1', {coordinator.port});")
        for worker in workers:
            self.sql(coordinator, f"SELECT citus_add_node('127.0.0.1', {worker.port});")
        self.sql(coordinator, "CREATE EXTENSION vector SCHEMA public;")
        return self

    def conninfo(self):
        return f"host=127.0.0.1 port={self.nodes[0].port} dbname={DATABASE} user={SETUP_ROLE}"

    def stop(self):
        for node in self.nodes:
            node.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pg-bin", required=True, help="folder with postgres, initdb, pg_ctl, psql")
    parser.add_argument("folder")
    parser.add_argument("--stop", action="store_true")
    args = parser.parse_args()
    cluster = CitusCluster(args.pg_bin, os.path.abspath(args.folder))
    if args.stop:
        cluster.stop()
    else:
        print(cluster.start().conninfo())


if __name__ == "__main__":
    main()
