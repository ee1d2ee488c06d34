# SPDX-License-Identifier: Apache-2.0
"""What clients do all the time, each act written down with what was acknowledged. Whatever is refused is asked again with the same
key until it is answered, as the official clients do."""
import collections
import hashlib
import json
import random
import re
import threading
import time
import uuid

import wire
from instance import MOCK_CHAT

PASSWORD = "correct horse battery staple"
MARK = re.compile(r"zq[0-9a-f]{16}")
# What a platform that has a bad day may say; what a client does then is ask again.
PASSING = {None, 429, 502, 503, 504}
PATIENCE_S = 90
TIMEOUT_S = 25
CREDITS_MAX = 60
SENTENCE = "The keeper of the lighthouse at harbour {} is called {}. "


class Seen(list):
    """Stands for the upstream's log: how often each mark was asked about, and nothing else, for an hour's worth of requests."""

    def __init__(self):
        super().__init__()
        self.marks = collections.Counter()
        self.number = 0

    def append(self, request):
        self.number += 1
        if request["path"].endswith("/chat/completions"):
            self.marks.update(set(MARK.findall(json.dumps(request["body"]))))

    def __len__(self):
        return self.number


class Record:
    """The clients' side of it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.rows = collections.defaultdict(list)    # by kind of act: dicts
        self.strange = []                            # answers that no bad day excuses
        self.tries = collections.Counter()           # (tenant, kind, outcome)
        self.longest_s = 0.0

    def add(self, kind, **row):
        with self.lock:
            self.rows[kind].append(row | {"at": time.time()})

    def odd(self, **row):
        with self.lock:
            self.strange.append(row)

    def count(self, tenant, kind, outcome):
        with self.lock:
            self.tries[tenant, kind, outcome] += 1


class Refused(Exception):
    """The act was given up after its patience."""


class Broken(Exception):
    """A stream ended before its end."""


class Client(threading.Thread):
    """One of a tenant's clients."""

    ACTS = {"upload": 3, "document": 3, "batch": 1, "search": 5, "chat": 8, "stream": 5, "respond": 2, "background": 3, "sign_in": 1,
            "credit": 1, "look": 2, "delete": 1}

    def __init__(self, household, number):
        super().__init__(daemon=True)
        self.house, self.tenant, self.record = household, household.tenant, household.record
        self.chance = random.Random(f"{household.seed} {household.number} {number}")
        self.over = threading.Event()

    def run(self):
        while not self.over.is_set():
            kind = self.chance.choices(list(self.ACTS), list(self.ACTS.values()))[0]
            begin = time.monotonic()
            try:
                outcome = "done" if getattr(self, kind)() is not False else "nothing to do"
            except Refused:
                outcome = "given up"
            except (OSError, Broken, AssertionError, ValueError, KeyError) as error:
                outcome = "broken"
                if not isinstance(error, (OSError, Broken)):
                    self.record.odd(act=kind, tenant=self.tenant.id, error=repr(error))
            self.record.count(self.house.number, kind, outcome)
            self.record.longest_s = max(self.record.longest_s, time.monotonic() - begin)
            self.over.wait(0.05 + self.chance.random() * 0.2)

    # -- asking

    def ask(self, kind, call, mark=None, good=(200, 201)):
        """The first answer that is one; every refusal with its request is written down."""
        end = time.monotonic() + PATIENCE_S
        pause = 0.1
        while True:
            try:
                reply = call()
            except (OSError, wire.http.client.HTTPException):
                reply = None
            status = reply and reply.status
            if status in good:
                return reply
            if reply is not None:
                self.refusal(kind, reply, mark)
            if reply is not None and status not in PASSING:
                if not self.is_unknown(reply):
                    self.record.odd(act=kind, tenant=self.tenant.id, status=status, request=reply.request_id,
                                    body=reply.body[:300].decode(errors="replace"))
                raise Refused(kind)
            if time.monotonic() > end or self.over.is_set():
                raise Refused(kind)
            self.over.wait(pause)
            pause = min(pause * 1.5, 1.0)

    @staticmethod
    def is_unknown(reply):
        """A first attempt that was interrupted, told honestly."""
        return reply.status == 400 and reply.error["code"] == "idempotency_key_unknown"

    def refusal(self, kind, reply, mark):
        if reply.request_id:
            self.record.add("refused", tenant=self.tenant.id, act=kind, request=reply.request_id, status=reply.status, mark=mark)

    def post(self, kind, path, body, mark=None, http=None):
        key = [("Idempotency-Key", str(uuid.UUID(int=self.chance.getrandbits(128))))]
        return self.ask(kind, lambda: (http or self.tenant.http).call("POST", path, body, headers=key, timeout=TIMEOUT_S), mark)

    def get(self, kind, path):
        """Some of what is looked at is not a key's to see, and is refused as it should be."""
        return self.ask(kind, lambda: self.tenant.call("GET", path, timeout=TIMEOUT_S), good=(200, 403))

    def mark(self):
        return f"zq{self.chance.getrandbits(64):016x}"

    # -- documents

    def upload(self):
        self.house.add_file(self.new_file(self.chance.choice((1, 5, 60, 400))))

    def new_file(self, sentences):
        mark = self.mark()
        text = "".join(SENTENCE.format(at, mark) for at in range(sentences)).encode()
        key = [("Idempotency-Key", mark)]
        made = self.ask("upload", lambda: self.tenant.http.upload(f"{mark}.md", text, headers=key)).json()
        row = {"tenant": self.tenant.id, "id": made["id"], "mark": mark, "sha256": hashlib.sha256(text).hexdigest()}
        self.record.add("file", **row)
        return row

    def document(self):
        file = self.new_file(self.chance.choice((1, 5, 40)))
        store = self.house.store(self)
        made = self.post("document", f"/v1/vector_stores/{store}/files", {"file_id": file["id"]}).json()
        self.record.add("attached", tenant=self.tenant.id, store=store, file=made["id"], mark=file["mark"])

    def batch(self):
        files = [self.new_file(2) for _ in range(2)]
        store = self.house.store(self)
        made = self.post("batch", f"/v1/vector_stores/{store}/file_batches", {"file_ids": [file["id"] for file in files]}).json()
        self.record.add("batch", tenant=self.tenant.id, store=store, id=made["id"])
        for file in files:
            self.record.add("attached", tenant=self.tenant.id, store=store, file=file["id"], mark=file["mark"])

    def search(self):
        """Not repeated with a key: each is an act, and is written down when it was answered."""
        store, known = self.house.store(self), self.house.known(self.chance)
        body = {"query": known["mark"] if known else "harbour"}
        reply = self.ask("search", lambda: self.tenant.call("POST", f"/v1/vector_stores/{store}/search", body, timeout=TIMEOUT_S))
        self.record.add("search", tenant=self.tenant.id, request=reply.request_id)
        if known and known["id"] not in [hit["file_id"] for hit in reply.json()["data"]]:
            self.record.odd(act="search", tenant=self.tenant.id, request=reply.request_id, error=f"{known['id']} is not found")

    def delete(self):
        row = self.house.take_file(self.chance)
        if row is None:
            return False
        # Once it was asked for, nobody may count on the file, whatever is answered.
        self.record.add("doomed", tenant=row["tenant"], id=row["id"])
        self.ask("delete", lambda: self.tenant.call("DELETE", f"/v1/files/{row['id']}", timeout=TIMEOUT_S), good=(200, 404))
        self.record.add("deleted", tenant=row["tenant"], id=row["id"])
        return True

    # -- models

    def prompt(self, mark):
        slow = {"mode": "slow", "delay": 0.02}
        return f"What about {mark}? #mock {json.dumps(slow)}" if self.chance.random() < 0.4 else f"What about {mark}?"

    def body(self, mark, **more):
        return {"model": MOCK_CHAT, "max_tokens": 40, "messages": [{"role": "user", "content": self.prompt(mark)}]} | more

    def chat(self):
        mark = self.mark()
        reply = self.post("chat", "/v1/chat/completions", self.body(mark), mark)
        self.record.add("chat", tenant=self.tenant.id, request=self.first(reply), mark=mark)

    @staticmethod
    def first(reply):
        """The request whose work this answer is: a replay has the usage of its first; which one that was, only the audit log says."""
        return None if reply.headers.get("idempotent-replayed") else reply.request_id

    def stream(self):
        mark = self.mark()
        connection, answer = self.tenant.http.open("POST", "/v1/chat/completions", self.body(mark, stream=True), timeout=TIMEOUT_S)
        try:
            request = answer.getheader("x-request-id")
            if answer.status != 200:
                reply = wire.Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
                self.refusal("stream", reply, mark)
                if answer.status not in PASSING:
                    self.record.odd(act="stream", tenant=self.tenant.id, status=answer.status, request=request)
                raise Broken
            if [data for _, data in wire.live_events(answer)][-1:] != ["[DONE]"]:
                raise Broken
        except (AssertionError, wire.http.client.HTTPException) as error:
            raise Broken from error
        finally:
            connection.close()
            answer.close()
        self.record.add("chat", tenant=self.tenant.id, request=request, mark=mark)

    def respond(self, **more):
        mark = self.mark()
        body = {"model": MOCK_CHAT, "input": self.prompt(mark), "max_output_tokens": 40} | more
        if self.chance.random() < 0.4:
            body["tools"] = [{"type": "file_search", "vector_store_ids": [self.house.store(self)]}]
        made = self.post("respond", "/v1/responses", body, mark).json()
        self.record.add("run", tenant=self.tenant.id, id=made["id"], mark=mark, background=bool(more), told=made["status"])

    def background(self):
        self.respond(background=True)

    # -- people and money

    def sign_in(self):
        http = wire.Http(self.tenant.instance.address)
        body = {"email": self.house.email, "password": PASSWORD}
        tokens = self.ask("sign_in", lambda: http.call("POST", "/api/auth/sign-in", body, timeout=TIMEOUT_S)).json()
        signed = wire.Http(self.tenant.instance.address, tokens["access_token"])
        self.ask("sign_in", lambda: signed.call("GET", "/api/auth/me", timeout=TIMEOUT_S))
        self.ask("sign_in", lambda: signed.call("GET", "/api/usage/own/sums?group_by=model", timeout=TIMEOUT_S), good=(200, 400, 403))

    def credit(self):
        """The platform's staff gives one; its id is theirs to choose, so asking again is safe. A tenant may have 64."""
        if not self.house.may_have_credit():
            return False
        id = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        staff = wire.Http(self.tenant.instance.address, self.house.staff)
        amount = f"0.0{self.chance.randint(1, 9)}"
        body = {"id": id, "amount": amount, "category": "promotional"}
        path = f"/api/tenants/{self.tenant.id}/credits"
        self.ask("credit", lambda: staff.call("POST", path, body, timeout=TIMEOUT_S))
        self.record.add("credit", tenant=self.tenant.id, id=id, amount=amount)
        return True

    def look(self):
        self.get("look", self.chance.choice(("/api/billing/credits", "/api/billing", "/api/usage", "/v1/files?limit=5", "/v1/models",
                                             "/v1/vector_stores")))


class Household:
    """A tenant and its clients, and what they know together."""

    def __init__(self, instance, record, seed, number, staff, clients=3):
        self.tenant, self.record, self.seed, self.number, self.staff = instance.tenant(), record, seed, number, staff
        self.lock = threading.Lock()
        self.files, self.stores, self.found, self.credits = [], [], [], 0
        self.email = f"person-{number}-{uuid.uuid4().hex[:6]}@chaos.example"
        instance.cli("user", "create", self.email, "--tenant", self.tenant.id, "--role", "owner", "--password-stdin",
                     stdin=PASSWORD + "\n")
        if number % 2 == 0:
            self.tenant.limit(budget_month="100000")
        self.clients = [Client(self, at) for at in range(clients)]

    def prepare(self):
        """A store with a document that every later search must find."""
        client = self.clients[0]
        store = self.store(client)
        file = client.new_file(3)
        client.post("document", f"/v1/vector_stores/{store}/files", {"file_id": file["id"]})
        self.record.add("attached", tenant=self.tenant.id, store=store, file=file["id"], mark=file["mark"])
        end = time.monotonic() + 60
        while client.get("look", f"/v1/vector_stores/{store}/files/{file['id']}").json()["status"] != "completed":
            if time.monotonic() > end:
                raise AssertionError("the first document was not read")
            time.sleep(0.1)
        self.found.append(file)

    def store(self, client):
        with self.lock:
            if self.stores:
                return self.stores[0]
        made = client.post("store", "/v1/vector_stores", {"name": client.mark()}).json()["id"]
        with self.lock:
            self.stores.append(made)
            return self.stores[0]

    def may_have_credit(self):
        with self.lock:
            self.credits += 1
            return self.credits <= CREDITS_MAX

    def add_file(self, row):
        with self.lock:
            self.files.append(row)

    def take_file(self, chance):
        with self.lock:
            return self.files.pop(chance.randrange(len(self.files))) if len(self.files) > 4 else None

    def known(self, chance):
        with self.lock:
            return chance.choice(self.found) if self.found else None
