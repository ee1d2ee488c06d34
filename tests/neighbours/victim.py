# SPDX-License-Identifier: Apache-2.0
"""A tenant with light use: one request of each kind now and then, and how long each takes.

Each probe is one act with whatever it takes to be right. What it answers is checked: an error that is not
the victim's own is what these tests are about.
"""
import http.client
import time

import wire
from means import Engine

PASSWORD = "correct horse battery staple"
TEXT = "The ferry to the northern island leaves from the third pier at nine in the morning. " * 4


class Unjust(AssertionError):
    """The victim saw an error that is not its own."""


class Victim:
    """Made before any attack begins; `probes` maps a name to a call."""

    def __init__(self, instance, real_engines=False):
        self.bh = instance
        self.address = "127.0.0.1"  # of its client
        self.tenant = instance.tenant(mock=False)
        if not real_engines:
            # Its own: what a neighbour's model is busy with is not the platform's doing.
            Engine().serve(instance, self.tenant)
        self.email = f"v-{self.tenant.id[:8]}@example.org"
        instance.cli("user", "create", self.email, "--tenant", self.tenant.id, "--role", "owner", "--password-stdin",
                     stdin=PASSWORD + "\n")
        self.reader = self.tenant.new_key("keys:read")["key"]
        self.store = self.ask("POST", "/v1/vector_stores", {"name": "victim"})["id"]
        self.file = self.put("ferry.md")["id"]
        self.ask("POST", f"/v1/vector_stores/{self.store}/files", {"file_id": self.file})
        self.wait_for(lambda: self.ask("GET", f"/v1/vector_stores/{self.store}")["file_counts"]["completed"] == 1)
        self.probes = {
            "models": lambda: self.ask("GET", "/v1/models"),
            "keys": lambda: self.ask("GET", "/api/keys", key=self.reader),
            "files": lambda: self.ask("GET", "/v1/files?limit=20"),
            "search": self.search,
            "chat": self.chat,
            "response": self.respond,
            "sign-in": self.sign_in,
            "upload": lambda: self.put("note.md"),
        }
        if real_engines:
            self.probes = {"search": self.search_anew, "chat": self.chat, "embedding": self.embed}
        self._word = 0

    @staticmethod
    def wait_for(condition, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise Unjust("the victim's own document was not read in time")
            time.sleep(0.1)

    def checked(self, what, call):
        try:
            reply = call()
        except (OSError, http.client.HTTPException) as error:
            raise Unjust(f"{what}: {type(error).__name__}: {error}") from error
        if reply.status not in (200, 201):
            raise Unjust(f"{what}: {reply.status} {reply.body[:300]!r}")
        return reply.json()

    def ask(self, method, path, body=None, key=None):
        asks = wire.Http(self.bh.address, self.tenant.key if key is None else key, self.address)
        return self.checked(f"{method} {path}", lambda: asks.call(method, path, body, timeout=60))

    def put(self, name):
        return self.checked("upload", lambda: self.tenant.http.upload(name, TEXT.encode(), content_type="text/markdown"))

    def search(self, query="When does the ferry leave?"):
        page = self.ask("POST", f"/v1/vector_stores/{self.store}/search", {"query": query})
        if not page["data"]:
            raise Unjust("search: nothing was found")
        return page

    def search_anew(self):
        """A question whose vector is not kept, so that the engine is asked."""
        self._word += 1
        return self.search(f"When does ferry number {self._word} leave?")

    def chat(self):
        return self.ask("POST", "/v1/chat/completions", {
            "model": "default", "max_tokens": 8, "messages": [{"role": "user", "content": "Say something."}]})

    def embed(self):
        return self.ask("POST", "/v1/embeddings", {"model": "default", "input": "A single short text."})

    def respond(self):
        made = self.ask("POST", "/v1/responses", {"model": "default", "input": "Say something."})
        if made["status"] != "completed":
            raise Unjust(f"response: {made['status']} {made['error']}")
        return made

    def sign_in(self):
        return self.ask("POST", "/api/auth/sign-in", {"email": self.email, "password": PASSWORD}, key="")

    def time(self, name):
        """Seconds of one act."""
        begin = time.monotonic()
        self.probes[name]()
        return time.monotonic() - begin
