# SPDX-License-Identifier: Apache-2.0
"""Audit events on their way to tenants' webhooks: signed, in order, at least once, from where the receiver got to."""
import json
import os
import signal
import tempfile
import uuid

from base import PlatformTest, main, until
from instance import Instance
from test_notices import Hooks, signature

SCOPES = ("audit:read", "files:read", "settings:read", "settings:write")


class AuditStream(PlatformTest):
    """A platform of its own, whose webhooks may lead to this machine."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="bh-hooks-")
        cls.addClassCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        cls.hooks = Hooks(folder.name)
        cls.addClassCleanup(cls.hooks.close)
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false", auth_webhook_private="true",
                          auth_webhook_ca_file=cls.hooks.certificate)
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()

    def setUp(self):
        self.tenant = self.bh.tenant(scopes=SCOPES)
        self.path = "/" + uuid.uuid4().hex
        self.hooks.statuses.clear()

    def stream(self, **body):
        return self.ok(self.tenant.call("PUT", "/api/audit/stream", {"url": self.hooks.url + self.path} | body))

    def got(self):
        """What came for this test: headers and body of each."""
        return [(headers, body) for path, headers, body in list(self.hooks.seen) if path == self.path]

    def positions(self):
        return [event["position"] for _, body in self.got() for event in json.loads(body)["data"]["events"]]

    def state(self):
        return self.ok(self.tenant.call("GET", "/api/audit/stream"))

    def ask(self, count):
        for _ in range(count):
            self.ok(self.tenant.call("GET", "/v1/files"))

    def test_events_come_signed_and_in_order(self):
        made = self.stream(position=0)
        self.assertTrue(made["secret"].startswith("whsec_"))
        self.assertNotIn("secret", self.stream())
        self.ask(20)
        until(lambda: len(set(self.positions())) >= 20, 30, "the events", pause=0.2)
        self.assertEqual(sorted(set(self.positions())), self.positions())
        self.assertEqual(self.positions()[0], 0)
        for headers, body in self.got():
            self.assertEqual(headers["webhook-signature"],
                             signature(made["secret"], headers["webhook-id"], headers["webhook-timestamp"], body))
            data = json.loads(body)["data"]
            self.assertEqual(data["tenant_id"], self.tenant.id)
            self.assertEqual({event["tenant_id"] for event in data["events"]}, {self.tenant.id})
            self.assertEqual((data["from"], data["to"]),
                             (data["events"][0]["position"], data["events"][-1]["position"] + 1))
        # they are what an export proves
        export = [json.loads(line) for line in self.tenant.call("GET", "/api/audit/export").body.decode().splitlines()[1:-1]]
        sent = {event["position"]: event for _, body in self.got() for event in json.loads(body)["data"]["events"]}
        self.assertEqual([sent[event["position"]] for event in export if event["position"] in sent][:20], export[:20])
        rotated = self.ok(self.tenant.call("POST", "/api/audit/stream/rotate"))
        before = len(self.got())
        self.ask(1)
        until(lambda: len(self.got()) > before, 30, "an event after the rotation", pause=0.2)
        headers, body = self.got()[before]
        self.assertEqual(set(headers["webhook-signature"].split()),
                         {signature(secret, headers["webhook-id"], headers["webhook-timestamp"], body)
                          for secret in (made["secret"], rotated["secret"])})

    def test_a_receiver_that_fails_is_told_of_and_gets_all_later(self):
        other, path = self.bh.tenant(scopes=SCOPES), "/" + uuid.uuid4().hex
        self.ok(self.tenant.call("PUT", "/api/audit/stream", {"url": "https://127.0.0.1:9/", "position": 0}))
        self.ask(3)
        failing = until(lambda: (lambda state: state if state["attempts"] else None)(self.state()), 30, "a failure", pause=0.2)
        self.assertTrue(failing["error"])
        self.assertIsInstance(failing["next_attempt_at"], int)
        self.assertEqual(failing["position"], 0)
        # others get theirs meanwhile
        self.ok(other.call("PUT", "/api/audit/stream", {"url": self.hooks.url + path}))
        self.ok(other.call("GET", "/v1/files"))
        until(lambda: any(seen[0] == path for seen in list(self.hooks.seen)), 30, "another tenant's event", pause=0.2)
        # a refusal is none either; another address is tried at once
        self.hooks.statuses[:] = [500] * 20  # the other tenant's take some of them
        self.stream()
        until(lambda: self.state()["attempts"] == 1, 30, "a refusal", pause=0.2)
        self.hooks.statuses.clear()
        self.assertIn("500", self.state()["error"])
        self.stream()
        until(lambda: self.state()["position"] >= 3, 30, "the events", pause=0.2)
        self.assertEqual((self.state()["error"], self.state()["attempts"]), (None, 0))
        self.assertLessEqual({0, 1, 2}, set(self.positions()))

    def test_it_goes_on_where_it_was_over_kills(self):
        self.stream(position=0)
        for _ in range(2):
            self.ask(5)
            self.bh.replaced("auth", self.bh.kill("auth", signal.SIGKILL), 30)
        self.ask(5)
        # who was killed while it sent holds its turn for a minute
        until(lambda: self.state()["position"] >= 15, 100, "all positions", pause=0.5)
        end = self.state()["position"]
        self.assertLessEqual(set(range(15)), set(self.positions()))
        self.assertLessEqual(len(self.positions()), end + 200)
        self.assertEqual(self.tenant.call("DELETE", "/api/audit/stream").status, 204)
        self.assertIsNone(self.state()["url"])

    def test_who_may_and_what_is_refused(self):
        reader = self.bh.tenant(scopes=("audit:read",))
        self.refused(reader.call("PUT", "/api/audit/stream", {"url": "https://a.example/"}), 403)
        self.assertIsNone(self.ok(reader.call("GET", "/api/audit/stream"))["url"])
        for body, param in (({"url": "http://a.example/"}, "url"), ({"url": "https://a:b@c.example/"}, "url"), ({}, "url"),
                            ({"url": "https://a.example/", "position": -1}, "position")):
            self.refused(self.tenant.call("PUT", "/api/audit/stream", body), 400, param=param)
        self.refused(self.tenant.call("POST", "/api/audit/stream/rotate"), 400)


class Guarded(PlatformTest):
    """As it is set up by default: nothing of this machine or its network is reached."""

    def test_private_addresses_are_not_reached(self):
        with Instance(engine_enabled="false", supervisor_quickstart="false") as bh:
            tenant = bh.tenant(scopes=SCOPES)
            self.ok(tenant.call("PUT", "/api/audit/stream", {"url": f"https://127.0.0.1:{bh.port}/", "position": 0}))
            self.ok(tenant.call("GET", "/v1/files"))
            state = until(lambda: (lambda row: row if row["attempts"] else None)(
                self.ok(tenant.call("GET", "/api/audit/stream"))), 30, "a failure", pause=0.2)
            self.assertEqual(state["position"], 0)
            self.assertIn("not public", state["error"])


if __name__ == "__main__":
    main()
