# SPDX-License-Identifier: Apache-2.0
"""A throw-away PostgreSQL cluster for tests: started in a folder of its own, gone afterwards.

    pg.py --pg-bin DIR start FOLDER      starts one there; prints its conninfo
    pg.py --pg-bin DIR stop FOLDER       stops and removes it
    pg.py --pg-bin DIR run COMMAND...    runs a command with BULKHEAD_TEST_DATABASE set
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

SETUP_ROLE = "bulkhead_setup"
UNPRIVILEGED = 65534
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}


class Cluster:
    """One cluster below `folder`; its socket lies there too. `settings` stand above ours; `access` is
    the text of pg_hba.conf where not everybody is trusted."""

    def __init__(self, pg_bin, folder=None, settings=None, access=None, superuser=SETUP_ROLE):
        self.pg_bin = os.path.abspath(pg_bin)
        self.settings = SETTINGS | (settings or {})
        self.access = access
        self.superuser = superuser
        # A short path: a socket's name ends at 107 bytes.
        self.folder = folder or tempfile.mkdtemp(prefix="bh-pg-", dir="/tmp")
        self.data = os.path.join(self.folder, "data")

    def conninfo(self, database="postgres", user=None):
        return f"host={self.folder} dbname={database} user={user or self.superuser}"

    def command(self, name, *args):
        """Runs a program of the server as a user it accepts: it refuses root."""
        identity = {}
        if os.geteuid() == 0:
            identity = {"user": UNPRIVILEGED, "group": UNPRIVILEGED, "extra_groups": []}
        done = subprocess.run([os.path.join(self.pg_bin, name), *args], capture_output=True,
                              text=True, cwd="/", check=False, **identity)
        if done.returncode != 0:
            raise RuntimeError(f"{name}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def start(self):
        os.makedirs(self.folder, mode=0o755, exist_ok=True)
        os.chmod(self.folder, 0o755)
        if os.geteuid() == 0:
            os.chown(self.folder, UNPRIVILEGED, UNPRIVILEGED)
        self.command("initdb", "-D", self.data, "-U", self.superuser, "--auth=trust", "-E", "UTF8",
                     "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync",
                     "--locale=C")
        with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="utf-8") as conf:
            conf.write(f"unix_socket_directories = '{self.folder}'\n")
            for name, value in self.settings.items():
                conf.write(f"{name} = '{value}'\n")
        if self.access:
            with open(os.path.join(self.data, "pg_hba.conf"), "w", encoding="utf-8") as access:
                access.write(self.access)
        self.resume()
        return self

    def resume(self):
        """Starts the server of a cluster that was paused."""
        self.command("pg_ctl", "-D", self.data, "-w", "-l", os.path.join(self.folder, "log"), "start")

    def pause(self, mode="immediate"):
        """Ends the server; the cluster stays."""
        if os.path.exists(os.path.join(self.data, "postmaster.pid")):
            self.command("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def stop(self):
        self.pause()
        shutil.rmtree(self.folder)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pg-bin", required=True, help="folder with postgres, initdb, pg_ctl, psql")
    parser.add_argument("action", choices=["start", "stop", "run"])
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    if args.action == "run":
        with Cluster(args.pg_bin) as cluster:
            environment = dict(os.environ, BULKHEAD_TEST_DATABASE=cluster.conninfo())
            return subprocess.run(args.rest, env=environment, check=False).returncode
    cluster = Cluster(args.pg_bin, os.path.abspath(args.rest[0]))
    if args.action == "start":
        print(cluster.start().conninfo())
    else:
        cluster.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
