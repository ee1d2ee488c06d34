# SPDX-License-Identifier: Apache-2.0
"""Attacks of a neighbour: for each class of routes, generated from the route tables, and for each shared resource.

Every attack has tenants of its own with all that an ordinary key or an ordinary owner has, or nobody's
credential and a client address of its own. It is at its full allowance from start() to stop().
"""
import asyncio
import json
import os
import random
import re
import threading

import wire
from instance import MOCK_CHAT
from means import ELSEWHERE, Anonymous, Engine, Request, Wrk, answer, head
from victim import PASSWORD

MISSING = "0" * 31 + "1"
OPERATOR = "operator"
FLOOD = 64          # connections of one flood, of the 512 that a tenant may have
MIB = 1 << 20


class Ground:
    """What attacks are made on: the instance, a folder, and how large to be (1 in the tests)."""

    def __init__(self, instance, folder, scale=1):
        self.bh, self.folder, self.scale = instance, folder, scale
        self._owners = 0
        self._engine = Engine(ELSEWHERE)

    def tenant(self):
        """A tenant of an attacker's; all of them share an upstream that the victim does not use."""
        made = self.bh.tenant(mock=False)
        self._engine.serve(self.bh, made)
        return made

    def routes(self):
        return json.loads(self.bh.run("routes", "--json").stdout)

    def owner(self, tenant):
        """An access token with every right of the tenant's owner."""
        self._owners += 1
        email = f"o{self._owners}-{tenant.id[:8]}@example.org"
        self.bh.cli("user", "create", email, "--tenant", tenant.id, "--role", "owner", "--password-stdin",
                    stdin=PASSWORD + "\n")
        reply = wire.Http(self.bh.address).call("POST", "/api/auth/sign-in", {"email": email, "password": PASSWORD})
        return reply.json()["access_token"]

    def wrk(self, key, requests, connections=FLOOD, pause_ms=0):
        return Wrk(self.folder, self.bh, key, requests, connections, pause_ms)

    def anonymous(self, talk, connections, sources=("127.0.0.9",)):
        return Anonymous(self.bh.address, talk, connections, sources)


class Objects:
    """One object of each kind that a route's path can name."""

    def __init__(self, ground, tenant):
        self.tenant = tenant
        self.file = self.ok(tenant.http.upload("a.md", b"Some words of the attacker.", content_type="text/markdown"))["id"]
        self.store = self.ok(tenant.call("POST", "/v1/vector_stores", {"name": "s", "file_ids": [self.file]}))["id"]
        self.batch = self.ok(tenant.call("POST", f"/v1/vector_stores/{self.store}/file_batches",
                                         {"file_ids": [self.file]}))["id"]
        self.response = self.ok(tenant.call("POST", "/v1/responses", {"model": "default", "input": "x"}))["id"]
        self.upload = self.ok(tenant.call("POST", "/v1/uploads", {"filename": "u.md", "purpose": "assistants", "bytes": 9,
                                                                  "mime_type": "text/markdown"}))["id"]
        gone = self.ok(tenant.http.upload("b.md", b"Other words.", content_type="text/markdown"))["id"]
        receipt = self.ok(tenant.call("DELETE", f"/v1/files/{gone}"))["bulkhead"]["receipt"]["id"]
        self.ids = {"file": self.file, "store": self.store, "batch": self.batch, "response": self.response,
                    "upload": self.upload, "receipt": receipt,
                    "model": MOCK_CHAT, "tenant": tenant.id, "id": tenant.key_id, "kind": "key"}

    @staticmethod
    def ok(reply):
        if reply.status != 200:
            raise RuntimeError(f"an attack could not be prepared: {reply}")
        return reply.json()

    def path(self, row):
        """With ids of the attacker's own; what is deleted is not there, so that it can be asked again."""
        gone = row["method"] == "DELETE"

        def fill(match):
            name = match.group(1)
            if not gone:
                return self.ids.get(name, "00000000-0000-4000-8000-000000000009")
            prefix = {"file": "file-", "store": "vs_", "batch": "vsfb_", "response": "resp_"}.get(name)
            return prefix + MISSING if prefix else "00000000-0000-4000-8000-000000000009"
        return re.sub(r"\{([^}]+)\}", fill, row["path"])


def body_of(row, objects):
    """A right body for a route; {} where none is known, which is refused after the credential's checks."""
    known = {
        "/v1/chat/completions": {"model": "default", "messages": [{"role": "user", "content": "x"}]},
        "/v1/embeddings": {"model": "default", "input": ["some words"] * 8},
        "/v1/responses": {"model": "default", "input": "x"},
        "/v1/vector_stores": {"name": "more"},
        "/v1/vector_stores/{store}": {"name": "changed"},
        "/v1/vector_stores/{store}/search": {"query": "words of the attacker"},
        "/v1/vector_stores/{store}/files": {"file_id": objects.file},
        "/v1/vector_stores/{store}/files/{file}": {"attributes": {"a": "b"}},
        "/v1/vector_stores/{store}/file_batches": {"file_ids": [objects.file]},
        "/api/keys": {"name": "more"},
    }
    return known.get(row["path"], {})


def request_of(row, objects):
    if row["path"] == "/v1/files" and row["method"] == "POST":
        body, kind = wire.multipart([("purpose", None, None, b"assistants"), ("file", "n.md", "text/markdown", b"words " * 50)])
        return Request("POST", objects.path(row), body, kind)
    body = body_of(row, objects) if row["method"] in ("POST", "PUT") else None
    return Request(row["method"], objects.path(row), body)


class ByMeans:
    """One flood."""

    def start(self):
        self.means.start()

    def stop(self):
        self.means.stop()

    @property
    def count(self):
        return self.means.count

    @property
    def under_way(self):
        return self.means.under_way


class Flood(ByMeans):
    """All routes of a service that share a limits class, in turn, on FLOOD connections."""

    def __init__(self, ground, rows, credential):
        tenant = ground.tenant()
        objects = Objects(ground, tenant)
        key = {"owner": lambda: ground.owner(tenant), "key": lambda: tenant.key}[credential]()
        self.means = ground.wrk(key, [request_of(row, objects) for row in rows])


def route_classes(ground):
    """Name → how to make its flood, a row for each service and limits class with a credential."""
    classes = {}
    for row in ground.routes():
        if row["reach"] != "public" or row["scope"] in ("none", OPERATOR):
            continue
        if row["path"].startswith(("/api/tenants", "/api/accounts")):
            continue
        classes.setdefault(f"{row['service']} {row['limits']} routes", []).append(row)
    return {name: lambda ground, rows=rows: Flood(ground, rows, "owner" if name.startswith("auth") else "key")
            for name, rows in sorted(classes.items())}


# -- one for each shared resource -------------------------------------------------------------------


class Filters(ByMeans):
    """Searches whose filter has as many elements as it may have, in as many parts."""

    def __init__(self, ground):
        tenant = ground.tenant()
        store = Objects.ok(tenant.call("POST", "/v1/vector_stores", {"name": "many"}))["id"]
        for number in range(30):
            file = Objects.ok(tenant.http.upload(f"{number}.md", f"Some words, number {number}.".encode()))["id"]
            Objects.ok(tenant.call("POST", f"/v1/vector_stores/{store}/files",
                                   {"file_id": file, "attributes": {"kind": f"value-{number}"}}))
        values = [f"value-{number:06}-of-a-long-list-{'x' * 200}" for number in range(990)]
        parts = [{"type": "nin", "key": "kind", "value": values[at::90]} for at in range(90)]
        body = {"query": "words", "filters": {"type": "and", "filters": parts}}
        self.means = ground.wrk(tenant.key, [Request("POST", f"/v1/vector_stores/{store}/search", body)], 16)


class OneRow(ByMeans):
    """Hundreds of connections that change one row."""

    def __init__(self, ground):
        tenant = ground.tenant()
        objects = Objects(ground, tenant)
        self.means = ground.wrk(tenant.key, [Request("POST", f"/v1/vector_stores/{objects.store}", {"name": "again"})], 400)


class Bodies(ByMeans):
    """Large bodies of small JSON values."""

    def __init__(self, ground):
        tenant = ground.tenant()
        body = '{"model":"default","messages":[' + "{}," * (7 * MIB // 3) + "{}]}"
        self.means = ground.wrk(tenant.key, [Request("POST", "/v1/chat/completions", body)], 32)


class Uploads(ByMeans):
    """Large files, many at once."""

    def __init__(self, ground):
        tenant = ground.tenant()
        body, kind = wire.multipart([("purpose", None, None, b"assistants"),
                                     ("file", "n.txt", "text/plain", os.urandom(MIB).hex().encode() * 4)])
        self.means = ground.wrk(tenant.key, [Request("POST", "/v1/files", body, kind)], 16)


class Invitations(ByMeans):
    """An administrator invites people without end; most are over the limit of open invitations."""

    def __init__(self, ground):
        tenant = ground.tenant()
        rows = [{"email": f"u{number}-{tenant.id[:8]}@example.org", "role": "member"} for number in range(2000)]
        self.means = ground.wrk(ground.owner(tenant), [Request("POST", "/api/users", row) for row in rows], 32)


class Keys(ByMeans):
    """Keys are made without end."""

    def __init__(self, ground):
        tenant = ground.tenant()
        self.means = ground.wrk(ground.owner(tenant), [Request("POST", "/api/keys", {"name": "one more"})], 32)


class Revocations:
    """Keys are made and revoked without end."""

    @property
    def under_way(self):
        return self.count > 0

    def __init__(self, ground):
        tenant = ground.tenant()
        self.http = wire.Http(ground.bh.address, ground.owner(tenant))
        self.count = 0
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(8)]

    def run(self):
        while not self.over.is_set():
            try:
                reply = self.http.call("POST", "/api/keys", {"name": "short"})
                if reply.status in (200, 201):
                    self.http.call("DELETE", f"/api/keys/{reply.json()['id']}")
                    self.count += 1
                else:
                    self.over.wait(0.1)
            except OSError:
                self.over.wait(0.1)

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


class ManyKeys:
    """One tenant uses many credentials, each of which has state of its own."""

    def __init__(self, ground):
        tenant = ground.tenant()
        keys = [tenant.new_key(name=f"k{number}")["key"] for number in range(16 * ground.scale)]
        self.floods = [ground.wrk(key, [Request("GET", "/v1/models")], 4) for key in keys]

    def start(self):
        for flood in self.floods:
            flood.start()

    def stop(self):
        for flood in self.floods:
            flood.stop()

    @property
    def count(self):
        return sum(flood.count for flood in self.floods)

    @property
    def under_way(self):
        return all(flood.under_way for flood in self.floods)


class SlowModel(ByMeans):
    """A tenant's own work that takes long: calls held by a slow upstream, in every place there is."""

    words = "Say something. #mock " + json.dumps({"mode": "slow", "delay": 0.2})


class SlowChats(SlowModel):
    """As many chats at once as a tenant may have, each some seconds long."""

    def __init__(self, ground):
        tenant = ground.tenant()
        body = {"model": "default", "messages": [{"role": "user", "content": self.words}]}
        self.means = ground.wrk(tenant.key, [Request("POST", "/v1/chat/completions", body)], 200)


class Background(SlowModel):
    """More Responses in the background than there are threads to run them."""

    def __init__(self, ground):
        tenant = ground.tenant()
        body = {"model": "default", "input": self.words, "background": True}
        self.means = ground.wrk(tenant.key, [Request("POST", "/v1/responses", body)], 4, pause_ms=50)


class Waiting(SlowModel):
    """Open streams of Responses that wait their turn."""

    def __init__(self, ground):
        tenant = ground.tenant()
        body = {"model": "default", "input": self.words, "stream": True}
        self.means = ground.wrk(tenant.key, [Request("POST", "/v1/responses", body)], 200)


class Ingestion:
    """A backlog of long documents."""

    under_way = True  # once start() has returned

    def __init__(self, ground):
        self.tenant, self.count = ground.tenant(), 0
        paragraph = "Paragraph {} tells at length about one thing and about many others besides. " * 12
        self.text = "\n\n".join(paragraph.replace("{}", str(at)) for at in range(300)).encode()

    def start(self):
        for number in range(12):
            file = Objects.ok(self.tenant.http.upload(f"long-{number}.txt", self.text + str(number).encode()))["id"]
            Objects.ok(self.tenant.call("POST", "/v1/vector_stores", {"name": "long", "file_ids": [file]}))
            self.count += 1

    def stop(self):
        pass


class ByStranger(ByMeans):
    """Without a credential, from another client address than the victim's."""


class SignIns(ByStranger):
    """Sign-ins with addresses that nobody has."""

    def __init__(self, ground):
        self.means = ground.anonymous(self.talk, 100)

    async def talk(self, number, reader, writer):
        while True:
            body = json.dumps({"email": f"x{random.random()}@example.org", "password": "wrong horse battery"}).encode()
            writer.write(head("POST", "/api/auth/sign-in", len(body)) + body)
            if await answer(reader) in (429, 503):
                await asyncio.sleep(0.05)


class Lockout(ByStranger):
    """Sign-ins with the victim's own address and wrong passwords."""

    def __init__(self, ground):
        self.means = ground.anonymous(self.talk, 4)
        self.email = None

    def aim(self, victim):
        self.email = victim.email

    async def talk(self, number, reader, writer):
        while True:
            body = json.dumps({"email": self.email, "password": "wrong horse battery"}).encode()
            writer.write(head("POST", "/api/auth/sign-in", len(body)) + body)
            if await answer(reader) in (429, 503):
                await asyncio.sleep(0.05)


class SlowBodies(ByStranger):
    """Connections whose bodies come a byte at a time."""

    def __init__(self, ground):
        self.means = ground.anonymous(self.talk, 1200 * ground.scale, [f"127.0.0.{9 + number}" for number in range(8)])

    async def talk(self, number, reader, writer):
        writer.write(head("POST", "/api/auth/sign-in", 4000))
        while not reader.at_eof():
            writer.write(b" ")
            await writer.drain()
            try:
                await asyncio.wait_for(reader.read(4096), 1)
            except TimeoutError:
                pass


class SlowHeads(ByStranger):
    """Connections whose heads never end."""

    def __init__(self, ground):
        self.means = ground.anonymous(self.talk, 1200 * ground.scale, [f"127.0.0.{9 + number}" for number in range(8)])

    async def talk(self, number, reader, writer):
        writer.write(b"GET /v1/models HTTP/1.1\r\nhost: x\r\n")
        while not reader.at_eof():
            writer.write(b"x-more: 1\r\n")
            await writer.drain()
            try:
                await asyncio.wait_for(reader.read(4096), 1)
            except TimeoutError:
                pass


class Nothing(ByStranger):
    """Requests without a credential, each of which could be a line of the audit."""

    def __init__(self, ground):
        self.means = ground.anonymous(self.talk, 16)

    async def talk(self, number, reader, writer):
        while True:
            writer.write(head("GET", f"/v1/nothing-{random.random()}", 0))
            if await answer(reader) in (429, 503):
                await asyncio.sleep(0.05)


class RandomKeys(ByStranger):
    """Keys that nobody has: none is known, and each has to be looked up."""

    ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    def __init__(self, ground):
        self.means = ground.anonymous(self.talk, 32)

    async def talk(self, number, reader, writer):
        while True:
            key = "bh_sk_" + "".join(random.choices(self.ALPHABET, k=93))
            writer.write(head("GET", "/v1/models", 0, key=key))
            if await answer(reader) in (429, 503):
                await asyncio.sleep(0.05)


RESOURCES = {
    "filters": Filters,
    "one row": OneRow,
    "large bodies": Bodies,
    "uploads": Uploads,
    "invitations": Invitations,
    "new keys": Keys,
    "many keys": ManyKeys,
    "revocations": Revocations,
    "slow chats": SlowChats,
    "background Responses": Background,
    "waiting Responses": Waiting,
    "ingestion": Ingestion,
    "strangers' sign-ins": SignIns,
    "lockout": Lockout,
    "slow bodies": SlowBodies,
    "slow heads": SlowHeads,
    "unknown paths": Nothing,
    "random keys": RandomKeys,
}


def all_attacks(ground):
    """Name → maker, the generated ones first."""
    return route_classes(ground) | RESOURCES
