# SPDX-License-Identifier: Apache-2.0
"""kill -9 of each process during an ingestion: served again at once, and nothing accepted is lost."""
import json
import os
import random
import signal
import socket
import subprocess
import threading

from base import PlatformTest, main, marker, until, uses_engine

import services

# The promise is two seconds, and bench/recovery.py measures it. Here the machine is busy with an ingestion.
SOON_S = 15
SENTENCE = "Harbour {} has cranes, tugboats and a lighthouse that is kept by a person called {}. "


def children(pid):
    """Processes whose parent this is."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(each) for each in file.read().split()]


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Kill(PlatformTest):
    """Runs last: it leaves a platform that has been through everything."""

    def setUp(self):
        self.tenant = self.acme()
        self.vector_store = self.store(self.tenant)
        self.started = []
        # Long enough for every kill to come in the middle.
        self.bh.mock.embed_delay = 0.2

    def tearDown(self):
        self.bh.mock.embed_delay = 0.0
        self.bh.wait_ready()

    def begin_ingestion(self, number=3, sentences=600):
        """Files that take a while; each has a word of its own."""
        for _ in range(number):
            word = marker()
            text = "".join(SENTENCE.format(at, word if at == sentences // 2 else "Ada") for at in range(sentences))
            file = self.upload(self.tenant, text)
            self.attach(self.tenant, self.vector_store["id"], file["id"])
            self.started.append((file["id"], word))

    def all_is_there(self, seconds=180):
        for id, word in self.started:
            # The poll itself may meet the platform while it comes back.
            self.bh.mock.embed_delay = 0.0
            row = until(lambda: self.quiet_row(id), seconds, f"the ingestion of {id}", pause=0.3)
            self.assertEqual((row["status"], row["last_error"]), ("completed", None))
            page = self.ok(self.tenant.call("POST", f"/v1/vector_stores/{self.vector_store['id']}/search",
                                            {"query": word}))
            self.assertIn(id, [hit["file_id"] for hit in page["data"]])
        counts = self.ok(self.tenant.call("GET", f"/v1/vector_stores/{self.vector_store['id']}"))["file_counts"]
        self.assertEqual((counts["completed"], counts["total"]), (len(self.started), len(self.started)))

    def quiet_row(self, id):
        try:
            reply = self.tenant.call("GET", f"/v1/vector_stores/{self.vector_store['id']}/files/{id}")
        except OSError:
            return None
        return reply.status == 200 and reply.json()["status"] != "in_progress" and reply.json()

    def serves(self, path="/v1/vector_stores"):
        try:
            return self.tenant.call("GET", path, timeout=5).status == 200
        except OSError:
            return False

    def restarts(self):
        return {row["name"]: row["restarts"] for row in self.bh.status()["services"]}

    def test_each_service(self):
        self.begin_ingestion()
        for name in services.names():
            with self.subTest(service=name):
                before = self.restarts()
                old = self.bh.kill(name)
                self.bh.replaced(name, old)
                until(self.serves, SOON_S, "an answer")
                # It came back at the first attempt, and took nobody else with it.
                self.assertEqual(self.restarts(), before | {name: before[name] + 1})
        self.all_is_there()

    def test_anything_at_random_moments(self):
        """Files, background runs and calls on a budget, while whatever serves them is killed again and again."""
        seed = int.from_bytes(os.urandom(4), "big")
        chance = random.Random(seed)
        self.tenant = self.bh.tenant()
        self.vector_store = self.store(self.tenant)
        self.tenant.limit(budget_month="1000")
        self.begin_ingestion(3, 400)
        runs, refused, over = [], [], threading.Event()

        def work():
            """Whatever is refused meanwhile is refused honestly; what is accepted is looked at in the end."""
            while not over.wait(0.05):
                try:
                    self.chat(self.tenant, max_tokens=8)
                    made = self.respond(self.tenant, script={"mode": "slow", "delay": 0.02}, background=True)
                except OSError:
                    continue
                if made.status == 200:
                    runs.append(made.json()["id"])
                elif made.status not in (429, 502, 503, 504):
                    refused.append((made, self.bh.log_of(made.request_id)))
        killed, worker = [], threading.Thread(target=work)
        worker.start()
        try:
            for _ in range(8):
                killed.append(chance.choice([*services.names(), "gateway", "postgres"]))
                row = self.bh.process(killed[-1])
                if row["pid"]:
                    os.kill(row["pid"], signal.SIGKILL)
                over.wait(chance.uniform(0.1, 1.5))
        finally:
            over.set()
            worker.join()
        with self.subTest(seed=seed, killed=killed):
            self.bh.wait_ready()
            until(self.serves, SOON_S, "an answer")
            self.assertEqual(refused, [])
            self.assertTrue(runs, "nothing was ever accepted")
            self.all_is_there()
            for id in runs:
                ended = until(lambda: self.over(id), 90, f"the end of {id}", pause=0.2)
                self.assertIn(ended["status"], ("completed", "failed"))
                whole = self.tenant.call("GET", f"/v1/responses/{id}?stream=true").events()
                numbers = [json.loads(data)["sequence_number"] for _, data in whole]
                self.assertEqual(numbers, list(range(len(whole))))
            until(lambda: float(self.tenant.limits()["reserved"]) == 0, 60, "nothing reserved", pause=0.3)

    def test_rag_again_and_again(self):
        self.begin_ingestion(2, 1500)
        for _ in range(4):
            old = self.bh.kill("rag")
            self.bh.replaced("rag", old)
            until(self.serves, SOON_S, "an answer")
        self.all_is_there()

    def test_the_gateways_master_and_one_worker(self):
        self.begin_ingestion(1)
        master = self.bh.process("gateway")["pid"]
        workers = until(lambda: children(master), 5, "its workers")
        os.kill(workers[0], signal.SIGKILL)
        until(lambda: self.serves("/v1/models"), SOON_S, "an answer after a worker's end")
        workers = children(master)
        os.kill(master, signal.SIGKILL)
        self.bh.replaced("gateway", master)
        until(lambda: self.serves("/v1/models"), SOON_S, "an answer after the master's end")
        until(lambda: not any(alive(each) for each in workers), 5, "the old workers gone")
        # A key revoked afterwards is dead: no worker of before goes on answering.
        key = self.tenant.new_key()
        self.bh.cli("key", "revoke", key["id"], "--tenant", self.tenant.id)
        self.all_is_there()

    def test_the_database(self):
        self.begin_ingestion()
        old = self.bh.kill("postgres")
        reply = None
        try:
            reply = self.tenant.call("GET", "/v1/vector_stores", timeout=10)
        except OSError:
            self.fail("the gateway did not answer while the database was away")
        if reply.status != 200:
            self.refused(reply, 503)
            self.assertLessEqual(int(reply.headers["retry-after"]), 5)
        self.bh.replaced("postgres", old, 60)
        until(self.serves, SOON_S, "an answer after the database's end")
        self.all_is_there()

    @uses_engine
    def test_the_engines(self):
        tenant = self.engine_tenant()
        store = self.store(tenant)
        file = self.upload(tenant, "".join(SENTENCE.format(at, "Ada") for at in range(300)))
        self.attach(tenant, store["id"], file["id"])
        for name in ("embed", "chat"):
            old = self.bh.kill(name)
            self.bh.replaced(name, old, 60)
        self.assertEqual(self.finished(tenant, store["id"], file["id"], 180)["status"], "completed")
        self.ok(tenant.call("POST", "/v1/chat/completions", {
            "model": "default", "max_tokens": 4, "messages": [{"role": "user", "content": "Hi"}]}))

    @uses_engine
    def test_an_engine_that_is_away_is_said_so(self):
        tenant = self.engine_tenant()
        body = {"model": "default", "max_tokens": 4, "messages": [{"role": "user", "content": "Hi"}]}
        self.ok(tenant.call("POST", "/v1/chat/completions", body))
        old = self.bh.kill("chat")
        until(lambda: not alive(old), 5, "the engine's end")
        reply = tenant.call("POST", "/v1/chat/completions", body)
        if reply.status != 200:
            self.refused(reply, 503)
            self.assertLessEqual(int(reply.headers["retry-after"]), 5)
        # What does not need the engine goes on.
        self.ok(tenant.call("GET", "/v1/models"))
        self.bh.replaced("chat", old, 60)
        self.ok(tenant.call("POST", "/v1/chat/completions", body))

    def test_a_stream_whose_agent_is_killed_is_read_on(self):
        script = {"mode": "slow", "delay": 0.1, "text": " ".join(str(at) for at in range(30))}
        connection, answer, events = self.tenant.http.stream("/v1/responses", {
            "model": "default", "stream": True, "background": True, "input": f"#mock {json.dumps(script)}"})
        seen = [next(events) for _ in range(12)]
        id = json.loads(seen[0][1])["response"]["id"]
        old = self.bh.kill("agent")
        try:
            seen += list(events)
        except ConnectionError:
            pass  # the stream broke off, as it must
        connection.close()
        answer.close()
        self.bh.replaced("agent", old)
        ended = until(lambda: self.over(id), 90, "the run's end", pause=0.3)
        whole = self.tenant.call("GET", f"/v1/responses/{id}?stream=true").events()
        self.assertEqual(whole[:len(seen)], seen)
        self.assertIn(ended["status"], ("completed", "failed"))
        numbers = [json.loads(data)["sequence_number"] for _, data in whole]
        self.assertEqual(numbers, list(range(len(whole))))

    def over(self, id):
        try:
            reply = self.tenant.call("GET", f"/v1/responses/{id}")
        except OSError:
            return None
        return reply.status == 200 and reply.json()["status"] not in ("queued", "in_progress") and reply.json()

    def test_the_supervisor(self):
        self.begin_ingestion()
        status = self.bh.status()
        pids = [row["pid"] for row in status["services"] if row["pid"]]
        supervisor = next(row["pid"] for row in status["services"] if row["kind"] == "supervisor")
        os.kill(supervisor, signal.SIGKILL)
        until(lambda: not any(alive(pid) for pid in pids), 20, "everything ended with the supervisor")
        with self.assertRaises(OSError):
            socket.create_connection(self.bh.address, timeout=2).close()
        self.bh.up()
        self.bh.wait_ready()
        self.all_is_there()

    def test_down_and_up_again(self):
        self.begin_ingestion(1, 300)
        pids = [row["pid"] for row in self.bh.status()["services"] if row["pid"]]
        done = self.bh.down()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse(any(alive(pid) for pid in pids))
        self.assertFalse(self.bh.status()["ready"])
        self.bh.up()
        self.all_is_there()

    def test_a_second_start_names_the_first(self):
        pid = next(row["pid"] for row in self.bh.status()["services"] if row["kind"] == "supervisor")
        done = self.bh.run("up")
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(pid), done.stderr)
        again = self.bh.up()
        self.assertEqual(again.returncode, 0)
        self.assertEqual(next(row["pid"] for row in self.bh.status()["services"] if row["kind"] == "supervisor"), pid)

    def test_a_port_that_is_taken_names_its_holder(self):
        self.bh.down()
        try:
            # A process of its own, so that the holder is not the one who asks.
            code = ("import socket, sys; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1);"
                    f"s.bind(('127.0.0.1', {self.bh.port})); s.listen(); print('here', flush=True); sys.stdin.read()")
            with subprocess.Popen(["/usr/bin/python3", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  text=True) as holder:
                holder.stdout.readline()
                done = self.bh.up(check=False)
                holder.stdin.close()
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(str(holder.pid), done.stderr + done.stdout)
                self.assertIn(str(self.bh.port), done.stderr + done.stdout)
        finally:
            self.bh.up()


if __name__ == "__main__":
    main()
