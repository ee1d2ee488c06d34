# SPDX-License-Identifier: Apache-2.0
"""The scratch database on Citus: the one that BULKHEAD_TEST_CITUS_URL names, its tables spread over the cluster's servers.

The URL (key=value words) is of a superuser on the coordinator, in a database with the extensions citus and vector whose
schema `bulkhead` may be thrown away; tests/lib/citus_cluster.py starts such a cluster.
"""

import os
import re
import subprocess

import services
from database import PROBE_SQL, ROOT, Database, files, text

URL = os.environ.get("BULKHEAD_TEST_CITUS_URL", "")
# What triggers raise in the name of a constraint.
RAISED = {"an invoice begins as a draft": "invoice_numbered",
          "the lines of a ledger entry do not add up to 0": "ledger_line_balanced",
          "numbers are given one by one, from 1": "invoice_series_last_check"}
# Put one after another, in one transaction, as `bulkhead database distribute` does.
DISTRIBUTE = """
BEGIN;
SET LOCAL citus.enable_unsafe_triggers = on;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
SELECT command FROM distribution_commands() ORDER BY number \\gexec
COMMIT;
"""


class SpreadDatabase(Database):
    """As Database, on the coordinator of a cluster that is there already."""

    def __init__(self, pg_bin):
        super().__init__(None)
        self.pg_bin = pg_bin

    def conninfo(self, _database, role):
        return URL + (f" user={role}" if role else "")

    def psql(self, script, role=None, database=None):
        done = subprocess.run(
            [os.path.join(self.pg_bin, "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
             "-d", self.conninfo(None, role), "-f", "-"],
            input="SET search_path = bulkhead, public;\nSET client_min_messages = error;\n" + script,
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return [line for line in done.stdout.splitlines() if line]

    def probe(self, role, statements):
        """An error of another server does not name the constraint, but says it, with the shard's number behind."""
        outcomes = super().probe(role, statements)
        for outcome in outcomes:
            # Whoever asks, no row changes its server: refused before row security is asked.
            if outcome.message == "modifying the partition value of rows is not allowed":
                outcome.state = "42501"
            if outcome.state and not outcome.constraint:
                said = re.search(r'constraint "(\w+?)(?:_\d{6,})?"', outcome.message)
                outcome.constraint = said.group(1) if said else RAISED.get(outcome.message, "")
        return outcomes

    @staticmethod
    def context(tenant):
        """As src/db/pipeline.c sets it: Citus hands on SET LOCAL, not set_config."""
        return f"SET LOCAL citus.propagate_set_commands = 'local';\nSET LOCAL bulkhead.tenant_id = '{tenant or ''}';"

    def create(self, before=None):
        told = f"SET bulkhead.services = '{services.text()}';\nSET bulkhead.engine = 'citus';"
        roles = text(os.path.join(ROOT, "db", "policies", "roles.sql"))
        self.psql("DROP SCHEMA IF EXISTS probe CASCADE; DROP SCHEMA IF EXISTS bulkhead CASCADE;")
        self.psql(f"{told}\n{roles}\nCREATE SCHEMA bulkhead AUTHORIZATION bulkhead_owner;")
        script = [told, "SET ROLE bulkhead_owner;"]
        script += ["BEGIN;\n" + text(path) + "\nCOMMIT;" for path in files("migrations")]
        policies = [text(path) for path in files("policies") if not path.endswith("roles.sql")]
        self.psql("\n".join([*script, "BEGIN;", *policies, "COMMIT;"]))
        self.psql(DISTRIBUTE)
        self.psql(PROBE_SQL)
        return self
