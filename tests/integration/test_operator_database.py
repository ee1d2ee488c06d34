# SPDX-License-Identifier: Apache-2.0
"""The operator's own PostgreSQL in place of the embedded one: set up in both ways, lost and found again."""
import json
import os
import subprocess
import sys
import unittest

from base import PlatformTest, main, marker, until

import services
from instance import ROOT, Instance
from ports import free_port
from tls_front import TlsFront, make_certificate

sys.path.insert(0, os.path.join(ROOT, "tests/isolation"))

from pg import Cluster  # noqa: E402

SERVICES = services.names()
ROLES = [f"bulkhead_{name}" for name in (*SERVICES, "maintenance", "owner", "setup")]
ACCESS = """local all dba trust
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
"""
# What an operator may have set for everybody, and what must not reach us.
BITING = """
ALTER DATABASE bulkhead SET statement_timeout = '1ms';
ALTER DATABASE bulkhead SET default_transaction_isolation = 'serializable';
ALTER DATABASE bulkhead SET search_path = pg_catalog;
ALTER DATABASE bulkhead SET datestyle = 'German';
ALTER DATABASE bulkhead SET client_encoding = 'LATIN1';
REVOKE ALL ON DATABASE bulkhead FROM PUBLIC;
"""


class Private(Instance):
    """An instance without engines and quickstart, on an operator's server."""

    def __init__(self, **settings):
        super().__init__(engine_enabled="false", supervisor_quickstart="false", **settings)
        self.server = None
        self.port_of_server = self.port_called = free_port()

    @classmethod
    def of(cls, tests):
        """One for a class of tests, installed and not started, beside its server."""
        made = cls()
        tests.addClassCleanup(made.stop)
        made.start_server()
        made.install()
        return made

    @staticmethod
    def postgres_bin():
        folder = subprocess.run([os.path.join(ROOT, "scripts/setup"), "programs"], capture_output=True, text=True,
                                check=True).stdout.strip()
        with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
            return json.load(file)["postgres"]["bin"]

    def start_server(self):
        settings = {"listen_addresses": "127.0.0.1", "port": str(self.port_of_server)}
        self.server = Cluster(self.postgres_bin(), os.path.join(self.folder, "pg"), settings, ACCESS, "dba").start()

    def stop(self):
        try:
            if self.server is not None and os.path.exists(self.program):
                self.down()
            if self.server is not None:
                self.server.pause()
        finally:
            super().stop()

    @property
    def passfile(self):
        return os.path.join(self.folder, "pgpass")

    @property
    def environment(self):
        # A password of the shell that runs the tests is not ours.
        kept = {name: value for name, value in super().environment.items() if not name.startswith("PG")}
        return kept | ({"PGPASSFILE": self.passfile} if os.path.exists(self.passfile) else {})

    def passwords(self, **roles):
        """Writes the password file: role (without its prefix) → password."""
        with open(os.open(self.passfile, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            for name, password in roles.items():
                file.write(f"127.0.0.1:{self.port_called}:*:bulkhead_{name}:{password}\n")

    def psql(self, query, database="bulkhead"):
        """As the database's administrator."""
        return self.psql_of(self.server, self.port_of_server, query, database)

    @staticmethod
    def psql_of(server, port, query, database="bulkhead"):
        done = subprocess.run(
            [os.path.join(server.pg_bin, "psql"), "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1",
             "-d", server.conninfo(database) + f" port={port}", "-f", "-"],
            input=query, capture_output=True, text=True, check=False, cwd="/",
            env={"PATH": "/usr/bin", "PGOPTIONS": "-c statement_timeout=0"})
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def new_database(self, roles="", encoding="UTF8"):
        """A database as if none had been there, and no role of ours in the whole server."""
        self.psql("DROP DATABASE IF EXISTS bulkhead WITH (FORCE);", "postgres")
        self.psql("".join(f"DROP ROLE IF EXISTS {role};" for role in ROLES) + roles, "postgres")
        owner = "OWNER bulkhead_setup" if "bulkhead_setup" in roles else ""
        self.psql(f"CREATE DATABASE bulkhead {owner} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'"
                  " LOCALE_PROVIDER libc;", "postgres")

    def new_secrets(self):
        """A database whose set-up role may make the others; a password for each, written down and answered."""
        secrets = {name: marker() for name in ("setup", *SERVICES)}
        self.new_database(f"CREATE ROLE bulkhead_setup LOGIN CREATEROLE BYPASSRLS PASSWORD '{secrets['setup']}';")
        self.passwords(**secrets)
        return secrets

    def secrets_are_kept(self, *passwords):
        """No log, no process's arguments and no answer holds a password."""
        found = []
        for folder, _, names in os.walk(self.logs):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    found += [name for password in passwords if password.encode() in file.read()]
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    line = file.read()
            except OSError:
                continue
            found += [line for password in passwords if password.encode() in line]
        for arguments in (("doctor",), ("status",), ("status", "--json")):
            done = self.run(*arguments)
            found += [arguments for password in passwords if password in done.stdout + done.stderr]
        return found


class OperatorDatabase(PlatformTest):
    """The road over TCP, with a password for each role in a password file."""

    @classmethod
    def setUpClass(cls):
        cls.bh = Private.of(cls)
        port = cls.bh.port_of_server
        cls.bh.settings["database_url"] = \
            f"postgresql://bulkhead_{{service}}@127.0.0.1:{port}/bulkhead?sslmode=prefer"

    def test_the_road(self):
        secrets = self.bh.new_secrets()
        self.bh.psql("CREATE EXTENSION vector;" + BITING)
        self.bh.psql("REVOKE ALL ON SCHEMA public FROM PUBLIC;")
        self.comes_up_while_the_server_is_away()
        self.serves()
        self.is_saved()
        self.outlives_the_server()
        self.outlives_a_changed_password(secrets)
        self.assertEqual(self.bh.secrets_are_kept(*secrets.values()), [])

    def comes_up_while_the_server_is_away(self):
        self.bh.server.pause("fast")
        with subprocess.Popen([self.bh.program, "up", "--detach"], env=self.bh.environment, stderr=subprocess.PIPE,
                              text=True, cwd=self.bh.folder) as up:
            said = up.stderr.readline() + up.stderr.readline()
            self.assertIn("external database", said)
            self.assertIn("waiting for the database", said)
            self.assertFalse(self.bh.status()["ready"])
            self.assertEqual(self.bh.process("postgres")["state"], "unreachable")
            self.bh.server.resume()
            said += up.stderr.read()
        self.assertEqual(up.returncode, 0, said)
        row = self.bh.process("postgres")
        self.assertEqual((row["state"], row["kind"], row["external"], row["pid"]), ("ready", "database", True, None))
        self.assertFalse(os.path.exists(os.path.join(self.bh.home, "db/data")))
        self.assertEqual(self.bh.psql("SELECT DISTINCT rolname, rolsuper FROM pg_class JOIN pg_roles r ON"
                                      " r.oid = relowner WHERE relnamespace = 'bulkhead'::regnamespace"),
                         [["bulkhead_owner", "f"]])
        users = {row[0] for row in self.bh.psql("SELECT usename FROM pg_stat_activity WHERE datname = 'bulkhead'"
                                                " AND usename <> 'dba'")}
        self.assertLessEqual(users, {f"bulkhead_{name}" for name in SERVICES})

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

    def is_found(self):
        page = self.ok(self.tenant.call("POST", f"/v1/vector_stores/{self.vectors['id']}/search", {"query": self.word}))
        self.assertIn(self.word, page["data"][0]["content"][0]["text"])

    def is_saved(self):
        """A backup by the role that is there for it holds every tenant's rows."""
        secret = marker()
        self.bh.psql(f"ALTER ROLE bulkhead_maintenance PASSWORD '{secret}';")
        done = subprocess.run(
            [os.path.join(self.bh.server.pg_bin, "pg_dump"), "-E", "UTF8", "-h", "127.0.0.1",
             "-p", str(self.bh.port_of_server), "-U", "bulkhead_maintenance", "bulkhead"],
            capture_output=True, text=True, check=False, cwd="/",
            env={"PATH": "/usr/bin", "PGPASSWORD": secret, "PGOPTIONS": "-c statement_timeout=0"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(self.word, done.stdout)
        self.assertIn("FORCE ROW LEVEL SECURITY", done.stdout)

    def outlives_the_server(self):
        self.bh.server.pause("fast")
        reply = self.tenant.call("GET", "/v1/files")
        self.refused(reply, 503)
        self.assertGreaterEqual(int(reply.headers["retry-after"]), 1)
        self.assertEqual(self.bh.process("postgres")["state"], "unreachable")
        self.assertFalse(self.bh.is_ready())
        self.bh.server.resume()
        until(lambda: self.tenant.call("GET", "/v1/files").status == 200, 10, "files listed again")
        self.assertEqual({row["restarts"] for row in self.bh.status()["services"]}, {0})

    def outlives_a_changed_password(self, secrets):
        """A second start finds everything; a password that is no longer right is told by its role's name."""
        self.bh.down()
        secrets["rag"] = marker()
        self.bh.psql(f"ALTER ROLE bulkhead_rag PASSWORD '{secrets['rag']}';")
        done = self.bh.up(check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("bulkhead_rag cannot sign in", done.stderr)
        self.bh.passwords(**secrets)
        self.bh.up()
        self.is_found()


class OverTls(PlatformTest):
    """Every connection is encrypted, and only to the server that the address's certificate vouches for."""

    @classmethod
    def setUpClass(cls):
        cls.bh = Private.of(cls)
        cls.certificates = {name: make_certificate(cls.bh.folder, name, "127.0.0.1") for name in ("right", "wrong")}
        cls.front = TlsFront(*cls.certificates["right"], cls.bh.port_of_server)
        cls.addClassCleanup(cls.front.close)
        cls.bh.port_called = cls.front.port

    def trust(self, name):
        self.bh.settings["database_url"] = (
            f"postgresql://bulkhead_{{service}}@127.0.0.1:{self.front.port}/bulkhead"
            f"?sslmode=verify-full&sslrootcert={self.certificates[name][0]}")

    def test_only_the_server_of_the_certificate_is_spoken_to(self):
        secrets = self.bh.new_secrets()
        self.bh.psql("CREATE EXTENSION vector;")
        self.trust("wrong")
        done = self.bh.run("migrate")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("certificate", done.stderr)
        self.trust("right")
        self.bh.up()
        tenant = self.bh.tenant()
        reply = self.chat(tenant)
        self.ok(reply)
        tenant.settled(reply.request_id)
        self.assertGreater(self.front.served, len(SERVICES))
        self.assertEqual(self.front.plain, 0)
        self.assertEqual(self.bh.secrets_are_kept(*secrets.values()), [])


class Administrator(unittest.TestCase):
    """What `bulkhead migrate` says to an operator, and what an administrator can run instead of us."""

    @classmethod
    def setUpClass(cls):
        cls.bh = Private.of(cls)
        # A password in the settings file, over the Unix socket.
        os.makedirs(cls.bh.home)
        with open(os.path.join(cls.bh.home, "bulkhead.conf"), "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(f"[database]\nurl = host={cls.bh.server.folder} port={cls.bh.port_of_server} dbname=bulkhead"
                       " user=bulkhead_{service} password=opensesame\n")

    def migrate(self, *arguments):
        done = self.bh.run("migrate", *arguments)
        self.assertNotIn("opensesame", done.stdout + done.stderr)
        return done

    def refused(self, *words):
        done = self.migrate()
        self.assertNotEqual(done.returncode, 0)
        for word in words:
            self.assertIn(word, done.stderr)

    def migrated(self):
        done = self.migrate()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("database up to date", done.stdout)
        return done.stdout

    def passwords(self, *names):
        for name in names:
            self.bh.psql(f"ALTER ROLE bulkhead_{name} PASSWORD 'opensesame';")

    def test_an_administrator_makes_the_roles(self):
        self.bh.new_database()
        self.bh.psql("REVOKE ALL ON DATABASE bulkhead FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC;")
        sql = self.migrate("--print-roles").stdout
        for _ in range(2):
            self.bh.psql(sql)
        self.passwords("setup", *SERVICES)
        self.assertIn("(0 new migrations)", (self.migrated(), self.migrated())[1])
        self.assertEqual(self.bh.psql("SELECT rolcreaterole, rolbypassrls, rolsuper FROM pg_roles"
                                      " WHERE rolname = 'bulkhead_setup'"), [["f", "f", "f"]])
        up = self.bh.up()
        self.assertEqual(up.returncode, 0)
        self.assertIn("ready", self.bh.run("status").stdout)
        self.assertIn("user=bulkhead_{service}", self.bh.run("doctor").stdout)
        self.assertEqual(self.bh.secrets_are_kept("opensesame"), [])
        self.bh.down()

    def test_a_role_that_may_not_make_roles_is_told_what_to_do(self):
        self.bh.new_database("CREATE ROLE bulkhead_setup LOGIN PASSWORD 'opensesame';")
        self.bh.psql("CREATE EXTENSION vector;")
        self.refused("permission denied to create role", "bulkhead migrate --print-roles")
        self.assertEqual(self.bh.psql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'bulkhead%'"), [["1"]])

    def test_pgvector_is_the_administrators_to_add(self):
        self.bh.new_database("CREATE ROLE bulkhead_setup LOGIN CREATEROLE BYPASSRLS PASSWORD 'opensesame';")
        self.refused("pgvector is not installed in this database", "CREATE EXTENSION vector SCHEMA public;")
        self.bh.psql("CREATE EXTENSION vector;")
        version = self.bh.psql("SELECT extversion FROM pg_extension WHERE extname = 'vector'")[0][0]
        self.bh.psql("UPDATE pg_extension SET extversion = '0.8.5' WHERE extname = 'vector';")
        self.refused("pgvector 0.8.5 is too old", "0.8.6")
        self.bh.psql(f"UPDATE pg_extension SET extversion = '{version}' WHERE extname = 'vector';")
        self.migrated()

    def test_roles_that_exist_are_looked_at(self):
        self.bh.new_database("CREATE ROLE bulkhead_setup LOGIN CREATEROLE BYPASSRLS PASSWORD 'opensesame';"
                             "CREATE ROLE bulkhead_rag LOGIN BYPASSRLS;")
        self.bh.psql("CREATE EXTENSION vector;")
        self.refused("bulkhead_rag", "NOBYPASSRLS")
        self.bh.psql("ALTER ROLE bulkhead_rag NOBYPASSRLS; GRANT pg_read_all_data TO bulkhead_rag;")
        self.refused("bulkhead_rag", "pg_read_all_data")
        self.bh.psql("REVOKE pg_read_all_data FROM bulkhead_rag;")
        self.migrated()
        # A role that was there keeps the password it had: none. Those that were made have theirs.
        self.assertEqual(self.bh.psql("SELECT rolname FROM pg_authid WHERE rolname LIKE 'bulkhead%'"
                                      " AND rolpassword LIKE 'SCRAM%' ORDER BY 1"),
                         [[role] for role in sorted({"bulkhead_setup", *services.roles()} - {"bulkhead_rag"})])

    def test_another_encoding_is_refused(self):
        self.bh.new_database("CREATE ROLE bulkhead_setup LOGIN CREATEROLE BYPASSRLS PASSWORD 'opensesame';", "LATIN1")
        self.refused("encoding must be UTF8")

    def test_a_missing_database_is_told(self):
        self.bh.new_database("CREATE ROLE bulkhead_setup LOGIN CREATEROLE BYPASSRLS PASSWORD 'opensesame';")
        self.bh.psql("DROP DATABASE bulkhead;", "postgres")
        self.refused("bulkhead does not exist and cannot be created")

    def test_wishes_about_tls_reach_libpq(self):
        environment = self.bh.environment | {"BULKHEAD_DATABASE_URL": "postgresql://bulkhead_{service}:opensesame@"
                                             f"127.0.0.1:{self.bh.port_of_server}/bulkhead?sslmode=require"}
        done = self.bh.run("migrate", environment=environment)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("SSL", done.stderr)
        self.assertNotIn("opensesame", done.stderr)


if __name__ == "__main__":
    main()
