# SPDX-License-Identifier: Apache-2.0
"""A soak: mixed work for an hour with random kills and compressed retention; nothing may grow for ever.

Tenants chat, answer, upload, ingest, search, delete, make and revoke keys, all the time, while a
process of the platform is killed with -9 every few seconds. Every half minute the rows and bytes of each
table, the files and bytes below the state folder (the database's own apart) and the resident size of each
process are noted. After the first quarter none may grow: the most of the last quarter is held against the
most of the second. Ages of retention are minutes here, so that what is kept is as much as it will ever be.

It runs only when it is named. --quick takes three minutes instead of an hour.
"""
import contextlib
import json
import os
import random
import signal
import sys
import threading
import time
import uuid

import process
import services
import wire
from instance import Instance, until
from table import Row

SAMPLE_S, KILL_S = 30, 20
WORKERS = 3
KILLED = (*services.names(), "gateway", "postgres")
# Ages of minutes, and logs that are full after some: what is kept is soon as much as it will ever be.
COMPRESSED = {
    "agent_keep_response_s": 240, "agent_keep_journal_s": 60, "agent_keep_job_s": 120, "rag_keep_job_s": 120,
    "rag_keep_batch_s": 120, "model_keep_usage_s": 240, "auth_keep_session_s": 120, "auth_keep_link_s": 120,
    "log_rotate_bytes": 1 << 20, "log_keep": 2, "audit_bytes_max": 16 << 20, "audit_anonymous_keep": 2,
}
# Kept for an hour whatever is set, which is as long as this takes: no growth can be told from that.
NOT_JUDGED = {("rows", "revocation"), ("bytes", "revocation")}
# Of a small number a tenth is nothing: so much more is no growth.
SLACK = {"rows": 200, "bytes": 4 << 20, "files": 50, "resident": 16 << 20}
FACTOR = 1.15


class Worker(threading.Thread):
    """One tenant's mixed work; errors while something restarts are counted, not raised."""

    def __init__(self, instance, engine, number):
        super().__init__(daemon=True)
        self.bh, self.chance = instance, random.Random(number)
        self.tenant = instance.tenant(mock=False)
        engine.serve(instance, self.tenant)
        self.over = threading.Event()
        self.done, self.failed, self.chats, self.left = 0, 0, 0, []
        self.acts = [self.chat, self.chat, self.stream, self.respond, self.background, self.document, self.cancelled,
                     self.expiring, self.key, self.leave]

    def ask(self, method, path, body=None, key=None):
        reply = wire.Http(self.bh.address, key or self.tenant.key).call(method, path, body, timeout=30)
        if reply.status >= 400:
            raise ConnectionError(f"{method} {path}: {reply}")
        return reply.json() if reply.body else None

    def make(self, method, path, body, kind):
        """Makes an object that this worker removes in the end, whatever happens to the act that made it."""
        made = self.ask(method, path, body)
        self.left.append(f"{kind}/{made['id']}")
        return made["id"]

    def remove(self, kind, id):
        self.ask("DELETE", f"{kind}/{id}")
        self.left.remove(f"{kind}/{id}")

    def sweep(self):
        """Removes what acts have left that failed amid a kill."""
        while self.left:
            reply = wire.Http(self.bh.address, self.tenant.key).call("DELETE", self.left[0], timeout=30)
            if reply.status not in (200, 404):
                raise ConnectionError(f"DELETE {self.left[0]}: {reply}")
            self.left.pop(0)

    def run(self):
        while not self.over.is_set():
            try:
                self.sweep()
                self.chance.choice(self.acts)()
                self.done += 1
            except (OSError, ValueError, KeyError, AssertionError):
                self.failed += 1
            self.over.wait(0.1)

    def chat(self):
        self.ask("POST", "/v1/chat/completions", {"model": "default", "messages": [{"role": "user", "content": "Hello."}]})
        self.chats += 1

    def stream(self):
        connection, _, events = wire.Http(self.bh.address, self.tenant.key).stream("/v1/chat/completions", {
            "model": "default", "stream": True, "messages": [{"role": "user", "content": "Hello."}]})
        for _ in events:
            pass
        connection.close()

    def leave(self):
        """A client that goes away in the middle."""
        connection, _, events = wire.Http(self.bh.address, self.tenant.key).stream("/v1/responses", {
            "model": "default", "stream": True, "input": "Hello."})
        next(events)
        connection.close()

    def respond(self):
        made = self.ask("POST", "/v1/responses", {"model": "default", "input": "Hello."})
        if self.chance.random() < 0.5:
            self.ask("DELETE", f"/v1/responses/{made['id']}")

    def background(self):
        made = self.ask("POST", "/v1/responses", {"model": "default", "input": "Hello.", "background": True})
        if self.chance.random() < 0.3:
            self.ask("POST", f"/v1/responses/{made['id']}/cancel")

    def upload(self, words=200):
        text = " ".join(uuid.uuid4().hex[:6] for _ in range(words))
        id = wire.Http(self.bh.address, self.tenant.key).upload("note.txt", text.encode()).json()["id"]
        self.left.append(f"/v1/files/{id}")
        return id

    def document(self):
        file = self.upload()
        store = self.make("POST", "/v1/vector_stores", {"name": "s", "file_ids": [file]}, "/v1/vector_stores")
        until(lambda: self.ask("GET", f"/v1/vector_stores/{store}")["file_counts"]["in_progress"] == 0, 30, "the file")
        self.ask("POST", f"/v1/vector_stores/{store}/search", {"query": "words"})
        self.remove("/v1/vector_stores", store)
        self.remove("/v1/files", file)

    def cancelled(self):
        file = self.upload(2000)
        store = self.make("POST", "/v1/vector_stores", {"name": "s"}, "/v1/vector_stores")
        batch = self.ask("POST", f"/v1/vector_stores/{store}/file_batches", {"file_ids": [file]})["id"]
        self.ask("POST", f"/v1/vector_stores/{store}/file_batches/{batch}/cancel")
        self.remove("/v1/files", file)
        self.remove("/v1/vector_stores", store)

    def expiring(self):
        store = self.make("POST", "/v1/vector_stores", {
            "name": "s", "expires_after": {"anchor": "last_active_at", "days": 1}}, "/v1/vector_stores")
        self.ask("POST", f"/v1/vector_stores/{store}", {"expires_after": {"anchor": "last_active_at", "days": 2}})
        self.remove("/v1/vector_stores", store)

    def key(self):
        made = self.bh.cli("key", "create", "--tenant", self.tenant.id, "--name", "short")
        self.ask("GET", "/v1/models", key=made["key"])
        self.bh.cli("key", "revoke", made["id"], "--tenant", self.tenant.id)


class Samples:
    """Series by name, each a list of numbers in the order of time."""

    def __init__(self, instance):
        self.bh, self.series = instance, {}

    def add(self, kind, name, value):
        self.series.setdefault((kind, name), []).append(value)

    def take(self):
        for name, rows, size in self.tables():
            self.add("rows", name, rows)
            self.add("bytes", name, size)
        for folder in sorted(os.listdir(self.bh.home)):
            path = os.path.join(self.bh.home, folder)
            if folder in ("db", "run") or not os.path.isdir(path):
                continue
            files = [os.path.join(at, file) for at, _, names in os.walk(path) for file in names]
            sizes = []
            for file in files:
                with contextlib.suppress(FileNotFoundError):  # gone since it was listed
                    sizes.append(os.path.getsize(file))
            self.add("files", folder, len(sizes))
            self.add("bytes", folder, sum(sizes))
        for row in self.bh.status()["services"]:
            if row["kind"] in process.OWN and row["rss_bytes"]:
                self.add("resident", row["name"], row["rss_bytes"])

    def tables(self):
        names = [row[0] for row in self.bh.psql(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'bulkhead' "
            "AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1")]
        query = " UNION ALL ".join(
            f"SELECT '{name}', (SELECT count(*) FROM bulkhead.{name}), (SELECT coalesce(sum(pg_total_relation_size(relid)), 0) "
            f"FROM pg_partition_tree('bulkhead.{name}'))" for name in names)
        return [(name, int(rows), int(size)) for name, rows, size in self.bh.psql(query)]

    def grown(self):
        """What the last quarter has more of than the second, with both."""
        found = []
        for (kind, name), values in sorted(self.series.items()):
            quarter = len(values) // 4
            if quarter == 0 or (kind, name) in NOT_JUDGED:
                continue
            early, late = max(values[quarter:2 * quarter]), max(values[-quarter:])
            if late > early * FACTOR + SLACK[kind]:
                found.append(f"{kind} of {name}: {early} → {late}")
        return found


def kill_one(instance, chance):
    name = chance.choice(KILLED)
    try:
        row = instance.process(name)
        if row["pid"] and row["state"] == "ready":
            os.kill(row["pid"], signal.SIGKILL)
            return name
    except (ProcessLookupError, StopIteration, json.JSONDecodeError):
        pass
    return None


def run(bench):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "tests/neighbours"))
    from means import Engine
    seconds = bench.pick(3600, 180)
    with Instance(supervisor_quickstart="false", **COMPRESSED) as instance:
        workers = [Worker(instance, Engine(), number) for number in range(WORKERS)]
        samples, killed, chance = Samples(instance), 0, random.Random(1)
        for worker in workers:
            worker.start()
        begin = sampled = killed_at = time.monotonic()
        while time.monotonic() - begin < seconds:
            time.sleep(1)
            now = time.monotonic()
            if now - killed_at > KILL_S:
                killed_at = now
                killed += kill_one(instance, chance) is not None
            if now - sampled > min(SAMPLE_S, seconds / 24):
                sampled = now
                try:
                    samples.take()
                except (RuntimeError, ValueError):
                    continue  # the database was just killed
                bench.say(f"{sum(worker.done for worker in workers)} acts, {killed} kills")
        for worker in workers:
            worker.over.set()
        for worker in workers:
            worker.join(60)
            worker.sweep()
        grown = samples.grown()
        try:
            until(lambda: all(instance.psql(f"SELECT count(*) FROM bulkhead.{name}")[0][0] == "0"
                              for name in ("file", "vector_store", "chunk", "posting")), 60, "all that was made is gone")
        except AssertionError as error:
            grown.append(str(error))
        yield Row(f"soak of {seconds // 60} minutes: what grows after the first quarter", str(len(grown)), "",
                  "", "= 0", not grown,
                  f"{sum(worker.done for worker in workers)} acts done, {sum(worker.failed for worker in workers)} failed "
                  f"amid {killed} kills; {len(samples.series)} series of {len(next(iter(samples.series.values())))} samples; "
                  + "; ".join(grown))
