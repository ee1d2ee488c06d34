# SPDX-License-Identifier: Apache-2.0
"""A migrated scratch database, made as an operator would: nothing that migrates or owns is a superuser."""

import os
import subprocess

import services

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAME = "bulkhead_isolation"
ADMINISTRATOR = "isolation_dba"

# Runs a statement as whoever calls and tells how it ended, so that one script can try many.
PROBE_SQL = """
CREATE SCHEMA probe;
GRANT USAGE ON SCHEMA probe TO PUBLIC;
CREATE FUNCTION probe.run(statement text) RETURNS text LANGUAGE plpgsql AS $probe$
DECLARE
	n bigint;
	state text;
	message text;
	named text;
BEGIN
	IF statement LIKE 'SELECT count%' THEN
		EXECUTE statement INTO n;
	ELSE
		EXECUTE statement;
		GET DIAGNOSTICS n = ROW_COUNT;
		SET CONSTRAINTS ALL IMMEDIATE;
	END IF;
	RETURN 'rows|' || n || '||';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		named = CONSTRAINT_NAME;
	RETURN 'error|' || state || '|' || named || '|' || replace(message, E'\\n', ' ');
END
$probe$;
"""


def files(folder):
    path = os.path.join(ROOT, "db", folder)
    return [os.path.join(path, name) for name in sorted(os.listdir(path)) if name.endswith(".sql")]


def text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Outcome:
    """What became of a statement: a count of rows, or an error."""

    def __init__(self, line):
        kind, value, self.constraint, self.message = line.split("|", 3)
        self.rows = int(value) if kind == "rows" else None
        self.state = value if kind == "error" else None

    def __str__(self):
        if self.state is None:
            return f"{self.rows} rows"
        return f"{self.state} {self.message}"


class Database:
    """The scratch database; psql runs as the cluster's set-up role unless a role is named."""

    def __init__(self, cluster):
        self.cluster = cluster

    def psql(self, script, role=None, database=NAME):
        """Runs a script; returns the lines it printed. An error ends it."""
        conninfo = self.cluster.conninfo(database, role) if role else self.cluster.conninfo(database)
        done = subprocess.run(
            [os.path.join(self.cluster.pg_bin, "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
             "-d", conninfo, "-f", "-"],
            input="SET search_path = bulkhead, public;\nSET client_min_messages = error;\n" + script,
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return [line for line in done.stdout.splitlines() if line]

    def probe(self, role, statements):
        """Tries statements, given as (tenant of the context or None, SQL), each rolled back."""
        if not statements:
            return []
        script = ""
        for context, sql in statements:
            script += f"BEGIN;\n{self.context(context)}\nSELECT probe.run($statement${sql}$statement$);\nROLLBACK;\n"
        return [Outcome(line) for line in self.psql(script, role)]

    @staticmethod
    def context(tenant):
        """What sets the tenant of a transaction's statements."""
        return f"SELECT set_config('bulkhead.tenant_id', '{tenant or ''}', true) AS unused \\gset"

    def create(self, before=None):
        """Roles, extension, schema, migrations and policies, with the least rights that `bulkhead migrate`
        needs: the administrator has run what it prints, and PUBLIC has no rights here. `before` names a migration:
        only those before it, and no policies."""
        told = f"SET bulkhead.services = '{services.text()}';"
        roles = text(os.path.join(ROOT, "db", "policies", "roles.sql"))
        self.psql(f"CREATE ROLE {ADMINISTRATOR} LOGIN;\nCREATE DATABASE {NAME} TEMPLATE template0;",
                  database="postgres")
        self.psql(f"REVOKE ALL ON DATABASE {NAME} FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC;\n"
                  f"CREATE EXTENSION vector SCHEMA public;\n{told}\n{roles}\n"
                  "CREATE SCHEMA bulkhead AUTHORIZATION bulkhead_owner;\n"
                  f"GRANT bulkhead_owner TO {ADMINISTRATOR} WITH INHERIT FALSE, SET TRUE;\n"
                  f"GRANT CONNECT ON DATABASE {NAME} TO {ADMINISTRATOR};")
        # Again, by the role that may make no role: it finds nothing to do.
        script = [told, roles, "SET ROLE bulkhead_owner;"]
        script += [self.script_of(path) for path in files("migrations")
                   if before is None or os.path.basename(path) < before]
        policies = [text(path) for path in files("policies") if before is None and not path.endswith("roles.sql")]
        # Twice: they have to be re-creatable.
        script += ["BEGIN;", *policies, *policies, "COMMIT;"]
        self.psql("\n".join(script), role=ADMINISTRATOR)
        if before is None:
            self.psql(PROBE_SQL)
        return self

    @staticmethod
    def script_of(path):
        """A migration as it is run: in a transaction, or by itself where it says so."""
        if text(path).startswith("-- online:"):
            return text(path) + f"\nSELECT register_patch('{os.path.basename(path)[:-4]}');"
        return "BEGIN;\n" + text(path) + "\nCOMMIT;"

    def migrate(self, name):
        """Runs one migration, as its owner."""
        self.psql(f"SET ROLE bulkhead_owner;\nBEGIN;\n{text(os.path.join(ROOT, 'db', 'migrations', name))}\nCOMMIT;",
                  role=ADMINISTRATOR)
