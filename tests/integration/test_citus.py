# SPDX-License-Identifier: Apache-2.0
"""The whole platform on Citus: migrated, its tables spread over the cluster's servers, and the road over them.

Skipped where BULKHEAD_TEST_CITUS_URL names no coordinator: key=value words, a superuser who needs no password over TCP, a
database with the extensions citus and vector whose schema `bulkhead` may be thrown away (tests/lib/citus_cluster.py).
"""
import os
import subprocess
import unittest

from base import PlatformTest, main, marker, until

from instance import Instance

URL = os.environ.get("BULKHEAD_TEST_CITUS_URL", "")


def words(**more):
    """The URL with other words; the later of a name stands."""
    return " ".join([URL, *(f"{name}={value}" for name, value in more.items())])


class Spread(Instance):
    """An instance without engines and quickstart, on the cluster."""

    def __init__(self):
        super().__init__(engine_enabled="false", supervisor_quickstart="false", database_engine="citus",
                         database_url=words(user="bulkhead_{service}"), database_setup_url=URL)

    def psql_words(self):
        return [os.path.join(self.manifest()["postgres"]["bin"], "psql"), "-X", "-q", "-A", "-t", "-F", "\t", "-v",
                "ON_ERROR_STOP=1"]

    def psql(self, query, database=None, user=None):
        """As the cluster's superuser, on the coordinator."""
        done = subprocess.run([*self.psql_words(), "-d", words(user=user) if user else URL, "-f", "-"], input=query,
                              capture_output=True, text=True, check=False, cwd="/", env={"PATH": "/usr/bin"})
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]


@unittest.skipUnless(URL, "BULKHEAD_TEST_CITUS_URL names no coordinator of Citus")
class Citus(PlatformTest):
    """One road, in the order in which an operator walks it."""

    limit_s = 1800

    @classmethod
    def setUpClass(cls):
        cls.bh = Spread()
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.install()
        cls.bh.psql("SET client_min_messages = error; DROP SCHEMA IF EXISTS probe CASCADE;"
                    " DROP SCHEMA IF EXISTS bulkhead CASCADE;")

    def test_the_road(self):
        for command in (("migrate",), ("database", "distribute")):
            done = self.bh.run(*command, timeout=1200)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.bh.up()
        self.rows_lie_on_the_workers()
        self.the_owner_is_shut_out()
        self.serves()
        self.money_moves_once()
        self.what_triggers_want_becomes_jobs()
        self.comes_up_again()
        self.logs_are_clean()

    def rows_lie_on_the_workers(self):
        places = dict(self.bh.psql("SELECT CASE partmethod WHEN 'h' THEN 'distributed' ELSE 'reference' END, count(*)"
                                   " FROM pg_dist_partition WHERE logicalrelid::text LIKE 'bulkhead.%' GROUP BY 1"))
        self.assertGreater(int(places["distributed"]), 100)
        self.assertGreater(int(places["reference"]), 3)
        self.assertEqual(self.bh.psql("SELECT count(*) FROM pg_dist_partition WHERE logicalrelid IN ('bulkhead.job'::regclass,"
                                      " 'bulkhead.job_ready'::regclass, 'bulkhead.job_tenant'::regclass)"), [["0"]])

    def the_owner_is_shut_out(self):
        with self.assertRaisesRegex(RuntimeError, "pg_hba.conf"):
            self.bh.psql("SELECT 1", user="bulkhead_owner")

    def serves(self):
        self.tenant = self.bh.tenant()
        self.word = marker()
        self.vectors = self.store(self.tenant)
        row = self.ingest(self.tenant, self.vectors["id"], f"# Harbour\n\nThe lighthouse keeper is {self.word}.\n")
        self.assertEqual((row["status"], row["last_error"]), ("completed", None))
        self.is_found()
        reply = self.chat(self.tenant)
        self.assertEqual(self.ok(reply)["choices"][0]["message"]["role"], "assistant")
        self.assertEqual(len(self.tenant.settled(reply.request_id)), 1)
        # Its neighbour sees nothing of it.
        other = self.bh.tenant()
        self.refused(other.call("GET", f"/v1/vector_stores/{self.vectors['id']}"), 404)

    def is_found(self):
        page = self.ok(self.tenant.call("POST", f"/v1/vector_stores/{self.vectors['id']}/search", {"query": self.word}))
        self.assertIn(self.word, page["data"][0]["content"][0]["text"])

    def money_moves_once(self):
        """A limit refuses, and what was spent is what the events say."""
        before = len(self.tenant.usage())
        replies = [self.chat(self.tenant) for _ in range(5)]
        for reply in replies:
            self.ok(reply)
            self.tenant.settled(reply.request_id)
        self.assertEqual(len(self.tenant.usage()), before + 5)
        spent, events, reserved = self.bh.psql(
            "SELECT o.total_spent, (SELECT sum(cost_nanos) FROM bulkhead.usage_event WHERE tenant_id = o.tenant_id), o.reserved"
            f" FROM bulkhead.meter_owner o WHERE o.tenant_id = '{self.tenant.id}' AND o.id = '{self.tenant.id}'")[0]
        self.assertEqual((spent, reserved), (events, "0"))

    def what_triggers_want_becomes_jobs(self):
        """The first act of a tenant asks for its nightly job, on a server that has no queues."""
        def made():
            return self.bh.psql("SELECT count(*) FROM bulkhead.job WHERE queue = 'billing' AND kind = 'nightly'"
                                f" AND tenant_id = '{self.tenant.id}'") == [["1"]]
        until(made, 30, "the nightly job", pause=0.2)
        until(lambda: self.bh.psql("SELECT count(*) FROM bulkhead.job_wanted") == [["0"]], 30, "all that is wanted made")

    def comes_up_again(self):
        self.assertEqual(self.bh.down().returncode, 0)
        self.bh.up()
        self.is_found()

    def logs_are_clean(self):
        """No statement of any service was refused by Citus."""
        found = []
        for name in sorted(os.listdir(self.bh.logs)):
            if name.endswith(".log"):
                found += [f"{name}: {line}" for line in self.bh.log_tail(name[:-4], 100000).splitlines() if "0A000" in line]
        self.assertEqual(found, [])


if __name__ == "__main__":
    main()
