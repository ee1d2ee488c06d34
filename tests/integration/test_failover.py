# SPDX-License-Identifier: Apache-2.0
"""An operator's primary is killed under load and its synchronous standby promoted: nothing lost, nothing done twice."""
import os
import signal
import socket
import threading
import time
import uuid

from base import PlatformTest, main, marker, until

from ports import free_port
from test_operator_database import ACCESS, Cluster, Private

REPLICATION = "local replication dba trust\n" + ACCESS
# The tests' clusters answer before they have written; here an answer is a promise.
DURABLE = {"synchronous_commit": "on", "wal_level": "replica", "hot_standby": "on", "listen_addresses": "127.0.0.1"}
WORKERS = 6
# Nobody hangs: how long it takes on a calm machine is said, and stands in docs/figures.md.
WAITED_S_MAX = 60


class Pair(Private):
    """An instance on a primary with one standby, and a port at which nobody ever answers."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.port_of_standby = free_port()
        self.standby = None
        self.hole = socket.create_server(("127.0.0.1", 0))
        ports = (self.hole.getsockname()[1], self.port_of_standby, self.port_of_server)
        self.settings["database_url"] = (
            "postgresql://bulkhead_{service}@" + ",".join(f"127.0.0.1:{port}" for port in ports)
            + "/bulkhead?target_session_attrs=read-write")

    def start_server(self):
        self.server = Cluster(self.postgres_bin(), os.path.join(self.folder, "pg"),
                              DURABLE | {"port": str(self.port_of_server)}, REPLICATION, "dba").start()

    def follower(self, folder, port):
        """A copy of the primary that follows it, running in a folder of its own."""
        made = Cluster(self.server.pg_bin, folder, access=REPLICATION, superuser="dba")
        os.makedirs(made.folder, mode=0o755)
        if os.geteuid() == 0:
            os.chown(made.folder, 65534, 65534)
        made.command("pg_basebackup", "-D", made.data, "-h", self.server.folder, "-p", str(self.port_of_server),
                     "-U", "dba", "-R", "-X", "stream", "-c", "fast")
        with open(os.path.join(made.data, "postgresql.conf"), "a", encoding="utf-8") as conf:
            conf.write(f"port = {port}\nunix_socket_directories = '{made.folder}'\n")
        made.resume()
        return made

    def start_standby(self):
        """A copy of the primary that follows it, and whose confirmation every commit waits for from now on."""
        self.standby = self.follower(os.path.join(self.folder, "pg2"), self.port_of_standby)
        self.wait_for_standby()

    def wait_for_standby(self):
        self.psql("ALTER SYSTEM SET synchronous_standby_names = '*';", "postgres")
        self.psql("SELECT pg_reload_conf();", "postgres")
        until(lambda: self.psql("SELECT sync_state FROM pg_stat_replication", "postgres") == [["sync"]], 20, "a synchronous standby")

    def passwords(self, **roles):
        with open(os.open(self.passfile, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            for name, password in roles.items():
                file.write(f"127.0.0.1:*:*:bulkhead_{name}:{password}\n")

    def fail_over(self):
        """kill -9 of every process of the primary, then the standby is promoted."""
        with open(os.path.join(self.server.data, "postmaster.pid"), encoding="ascii") as file:
            parent = int(file.readline())
        with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as file:
            children = [int(each) for each in file.read().split()]
        for pid in (parent, *children):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it has ended with its parent
        until(lambda: not os.path.exists(f"/proc/{parent}") or not self.answers(self.port_of_server), 10, "the end of the primary")
        self.standby.command("pg_ctl", "-D", self.standby.data, "-w", "promote")
        self.server, self.port_of_server = self.standby, self.port_of_standby

    @staticmethod
    def answers(port):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self):
        try:
            super().stop()
        finally:
            if self.standby is not None and os.path.exists(self.standby.data):
                self.standby.pause()
            self.hole.close()


class Load:
    """Clients that repeat what was refused, with the same key, until it is answered."""

    def __init__(self, tenant, call):
        self.tenant, self.call = tenant, call
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.acknowledged, self.unexpected, self.waited_s = [], [], []
        self.threads = [threading.Thread(target=self.work) for _ in range(WORKERS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def count(self):
        with self.lock:
            return len(self.acknowledged)

    def work(self):
        while not self.over.is_set():
            name, begin = marker(), time.monotonic()
            key = str(uuid.uuid4())
            while True:
                status, said = self.attempt(name, key)
                if status == 200 or self.is_unknown(status, said):
                    break
                # 409: the first attempt's outcome is not settled yet.
                if status not in (None, 409, 503) or time.monotonic() - begin > 60:
                    with self.lock:
                        self.unexpected.append((name, status, said))
                    return
                self.over.wait(0.05)
            with self.lock:
                if status == 200:
                    self.acknowledged.append((name, said))
                self.waited_s.append(time.monotonic() - begin)

    @staticmethod
    def is_unknown(status, said):
        """An interrupted first attempt, told honestly: not acknowledged, and not repeated."""
        return status == 400 and said.error["code"] == "idempotency_key_unknown"

    def attempt(self, name, key):
        try:
            reply = self.call(name, key)
        except OSError as error:
            return None, str(error)
        return reply.status, reply


class Failover(PlatformTest):
    """The road over two servers of which one dies."""

    @classmethod
    def setUpClass(cls):
        cls.bh = Pair.of(cls)

    def test_a_primary_dies_under_load(self):
        self.bh.new_secrets()
        self.bh.psql("CREATE EXTENSION vector;")
        self.bh.start_standby()
        self.bh.up()
        self.tenant = self.bh.tenant()
        vectors = self.store(self.tenant)
        word = marker()
        self.assertEqual(self.ingest(self.tenant, vectors["id"], f"The keeper is {word}.\n")["status"], "completed")
        with Load(self.tenant, self.make_store) as stores, Load(self.tenant, self.ask) as chats:
            until(lambda: stores.count() > 20 and chats.count() > 20, 60, "load before the end of the primary")
            before = stores.count(), chats.count()
            self.bh.fail_over()
            until(lambda: stores.count() > before[0] + 40 and chats.count() > before[1] + 20, 60, "load on the new primary")
            # In the middle of this an ingestion begins.
            file = self.upload(self.tenant, f"The lamp is {word}.\n")
        self.attach(self.tenant, vectors["id"], file["id"])
        self.finished(self.tenant, vectors["id"], file["id"])
        self.assertEqual((stores.unexpected, chats.unexpected), ([], []))
        self.nothing_is_lost_or_doubled(stores, chats)
        longest = max(stores.waited_s + chats.waited_s)
        print(f"    {len(stores.acknowledged)} stores and {len(chats.acknowledged)} calls acknowledged,"
              f" longest wait {longest:.2f} s, load {os.getloadavg()[0]:.1f}", flush=True)
        self.assertLessEqual(longest, WAITED_S_MAX)
        self.assertEqual({row["restarts"] for row in self.bh.status()["services"]}, {0})
        self.assertTrue(self.bh.is_ready())

    def make_store(self, name, key):
        return self.tenant.call("POST", "/v1/vector_stores", {"name": name}, headers=[("Idempotency-Key", key)], timeout=40)

    def ask(self, name, key):
        return self.tenant.call("POST", "/v1/chat/completions",
                                {"model": "default", "max_tokens": 4, "messages": [{"role": "user", "content": name}]},
                                headers=[("Idempotency-Key", key)], timeout=40)

    def nothing_is_lost_or_doubled(self, stores, chats):
        acknowledged = sorted(name for name, _ in stores.acknowledged)
        rows = self.bh.psql(f"SELECT name, count(*) FROM bulkhead.vector_store WHERE tenant_id = '{self.tenant.id}'"
                            " AND name LIKE 'zq%' GROUP BY 1")
        self.assertEqual({name for name, count in rows if count != "1"}, set())
        self.assertEqual(set(acknowledged) - {name for name, _ in rows}, set())
        wanted = {reply.request_id for _, reply in chats.acknowledged}
        self.assertEqual(len(wanted), len(chats.acknowledged))

        def settled():
            return dict(self.bh.psql(f"SELECT request_id, count(*) FROM bulkhead.usage_event WHERE tenant_id = '{self.tenant.id}'"
                                     " AND kind = 'chat' GROUP BY 1"))
        until(lambda: wanted <= set(settled()), 30, "every acknowledged call in the books", pause=0.2)
        self.assertEqual({count for count in settled().values()}, {"1"})
        checked = self.bh.run("billing", "check", "--tenant", self.tenant.id)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)


class Replica(PlatformTest):
    """Searches go to a standby that knows what the primary knew when they began, and to the primary otherwise."""

    @classmethod
    def setUpClass(cls):
        cls.bh = Pair.of(cls)
        cls.bh.settings["database_replica_url"] = (
            f"postgresql://bulkhead_{{service}}@127.0.0.1:{cls.bh.port_of_standby}/bulkhead")

    def test_no_answer_is_older_than_the_question(self):
        self.bh.new_secrets()
        self.bh.psql("CREATE EXTENSION vector;")
        self.bh.start_standby()
        self.bh.up()
        self.tenant = self.bh.tenant()
        self.vectors = self.store(self.tenant)
        self.is_answered_by_the_standby()
        self.is_fresh_while_the_replay_is_paused()
        self.is_answered_by_the_standby()
        self.is_answered_while_the_standby_is_away()

    def learn(self):
        """A word that is in the store once the upload has ended."""
        word = marker()
        row = self.ingest(self.tenant, self.vectors["id"], f"The lighthouse keeper is {word}.\n")
        self.assertEqual((row["status"], row["last_error"]), ("completed", None))
        return word

    def found(self, word):
        page = self.ok(self.tenant.call("POST", f"/v1/vector_stores/{self.vectors['id']}/search", {"query": word}))
        return any(word in part["text"] for hit in page["data"] for part in hit["content"])

    def on_standby(self, query):
        return self.bh.psql_of(self.bh.standby, self.bh.port_of_standby, query)

    def searches_there(self):
        """How many of the standby's connections have served a leg of a search."""
        return int(self.on_standby("SELECT count(*) FROM pg_stat_activity WHERE usename = 'bulkhead_rag'"
                                   " AND query LIKE '%chunk%'")[0][0])

    def is_answered_by_the_standby(self):
        word = self.learn()

        def once():
            self.assertTrue(self.found(word))
            return self.searches_there()
        # What others write meanwhile may keep it behind for a moment.
        until(once, 30, "a search on the standby", pause=0.1)

    def is_fresh_while_the_replay_is_paused(self):
        self.on_standby("SELECT pg_wal_replay_pause();")
        until(lambda: self.on_standby("SELECT pg_get_wal_replay_pause_state()") == [["paused"]], 10, "a paused replay")
        for _ in range(3):
            self.assertTrue(self.found(self.learn()))
        self.on_standby("SELECT pg_wal_replay_resume();")

    def is_answered_while_the_standby_is_away(self):
        self.bh.psql("ALTER SYSTEM SET synchronous_standby_names = '';", "postgres")
        self.bh.psql("SELECT pg_reload_conf();", "postgres")
        word = self.learn()
        self.bh.standby.pause()
        self.assertTrue(self.found(word))
        self.assertTrue(self.found(self.learn()))


if __name__ == "__main__":
    main()
