# SPDX-License-Identifier: Apache-2.0
"""Crossed thresholds on their way to people: signed webhooks and mail."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import ssl
import tempfile
import threading
import time
import uuid

from base import PlatformTest, main, until
from books import Books
from instance import Instance
from mail_sink import Mails
from tls_front import make_certificate

SCOPES = ("budgets:read", "budgets:write", "notices:read", "notices:write")


class Hooks:
    """An https server that keeps what it is sent and answers as it is told."""

    def __init__(self, folder):
        hooks = self
        self.seen, self.statuses = [], []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                hooks.seen.append((self.path, dict(self.headers.items()), body))
                status = hooks.statuses.pop(0) if hooks.statuses else 204
                self.send_response(status)
                if status // 100 == 3:
                    self.send_header("location", "/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass
        self.certificate, key = make_certificate(folder, "hooks", "127.0.0.1")
        os.chmod(self.certificate, 0o644)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def signature(secret, id, timestamp, body):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()).decode()


class Notices(PlatformTest):
    """A platform of its own, whose webhooks may lead to this machine."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="bh-hooks-")
        cls.addClassCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        cls.hooks, cls.mails = Hooks(folder.name), Mails()
        cls.addClassCleanup(cls.hooks.close)
        cls.addClassCleanup(cls.mails.close)
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false", billing_webhook_private="true",
                          billing_webhook_ca_file=cls.hooks.certificate, mail_host="127.0.0.1",
                          mail_port=cls.mails.port, mail_tls="none", mail_from="platform@bulkhead.example")
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()

    def setUp(self):
        self.tenant = self.bh.tenant(scopes=SCOPES)
        self.books = Books(self.bh, self.tenant.id)
        self.path = "/" + uuid.uuid4().hex
        self.hooks.statuses.clear()
        self.mails.refuses = False

    def endpoint(self, **body):
        return self.ok(self.tenant.call("PUT", "/api/notice-endpoint", {"url": self.hooks.url + self.path} | body))

    def budget(self, *thresholds):
        key = self.tenant.key_id
        self.books.limit(key, "key", day=100)
        self.books.call(f"UPDATE bulkhead.meter_owner SET notice_percent = '{{{','.join(map(str, thresholds))}}}' "
                        f"WHERE tenant_id = '{self.tenant.id}' AND id = '{key}'")
        return key

    def spend(self, nanos):
        self.books.settle(input=nanos, price=1, key=self.tenant.key_id)

    def received(self, count=1):
        return until(lambda: (found := [each for each in self.hooks.seen if each[0] == self.path]) and len(found) >= count and found,
                     30, f"{count} webhooks")

    def notices(self):
        return self.ok(self.tenant.call("GET", "/api/notices"))["data"]

    def settled(self, **wanted):
        return until(lambda: [row for row in self.notices() if row == row | wanted], 30, f"a notice with {wanted}")

    def retry_now(self):
        """Once the attempt before has ended."""
        until(lambda: self.books.call(
            "UPDATE bulkhead.job_ready AS r SET due_at = now(), fresh = true FROM bulkhead.job AS j"
            " WHERE j.tenant_id = r.tenant_id AND j.id = r.job_id AND j.kind = 'notice'"
            f" AND r.tenant_id = '{self.tenant.id}' AND r.worker IS NULL AND r.due_at > now() RETURNING 1"), 30, "the end of the attempt")

    def test_each_threshold_is_told_once_with_a_signature(self):
        secret = self.endpoint()["secret"]
        key = self.budget(50, 80)
        self.spend(49)
        self.spend(2)
        self.spend(1)
        ((_, headers, body),) = self.received()
        data = json.loads(body)
        self.assertEqual((data["type"], data["data"]["owner_id"], data["data"]["owner_kind"], data["data"]["percent"],
                          data["data"]["limit"], data["data"]["spent"]),
                         ("budget.threshold_crossed", key, "key", 50, "0.0000001", "0.000000051"))
        self.assertEqual(headers["webhook-signature"],
                         signature(secret, headers["webhook-id"], headers["webhook-timestamp"], body))
        self.assertAlmostEqual(int(headers["webhook-timestamp"]), time.time(), delta=120)
        (row,) = self.settled(webhook="sent", mail="off")
        self.assertEqual((row["id"], row["span"], row["mail"], row["mail_error"]),
                         (headers["webhook-id"], "day", "off", "no mail server or no address is set"))
        self.spend(40)
        self.received(2)
        self.settled(webhook="sent", percent=80)
        self.assertEqual([each["percent"] for each in self.notices()], [80, 50])

    def test_what_is_not_taken_is_sent_again_with_the_same_id(self):
        self.endpoint()
        self.budget(50)
        self.hooks.statuses[:] = [500, 302]
        self.spend(60)
        self.received(1)
        self.settled(webhook="pending", webhook_error="the endpoint answered with HTTP status 500")
        self.retry_now()
        self.received(2)
        self.settled(webhook="pending", webhook_error="the endpoint answered with HTTP status 302")
        self.retry_now()
        ids = {headers["webhook-id"] for _, headers, _ in self.received(3)}
        (row,) = self.settled(webhook="sent")
        self.assertEqual((ids, row["attempts"], row["webhook_error"]), ({row["id"]}, 3, None))
        self.assertFalse(any(path == "/elsewhere" for path, _, _ in self.hooks.seen))

    def test_after_three_days_it_is_dead_and_shown(self):
        self.endpoint()
        self.budget(50)
        self.hooks.statuses[:] = [500, 500]
        self.spend(60)
        self.settled(webhook="pending", attempts=1)
        self.books.call(f"UPDATE bulkhead.notice SET crossed_at = crossed_at - interval '3 days' WHERE tenant_id = '{self.tenant.id}'")
        self.retry_now()
        self.settled(webhook="dead", attempts=2)
        self.assertEqual(self.books.call("SELECT count(*) FROM bulkhead.job_ready AS r JOIN bulkhead.job AS j"
                                         " ON j.tenant_id = r.tenant_id AND j.id = r.job_id"
                                         f" WHERE j.kind = 'notice' AND r.tenant_id = '{self.tenant.id}'"), [["0"]])

    def test_for_a_day_after_a_rotation_two_secrets_sign(self):
        old = self.endpoint()["secret"]
        self.assertNotIn("secret", self.ok(self.tenant.call("GET", "/api/notice-endpoint")))
        self.assertNotIn("secret", self.endpoint())
        rotated = self.ok(self.tenant.call("POST", "/api/notice-endpoint/rotate"))
        self.assertAlmostEqual(rotated["previous_secret_until"], time.time() + 86400, delta=120)
        self.budget(50)
        self.spend(60)
        ((_, headers, body),) = self.received()
        self.assertEqual(headers["webhook-signature"].split(" "),
                         [signature(each, headers["webhook-id"], headers["webhook-timestamp"], body)
                          for each in (rotated["secret"], old)])
        kept = self.bh.psql(f"SELECT url, secret_sealed FROM bulkhead.notice_endpoint WHERE tenant_id = '{self.tenant.id}'")
        self.assertNotIn(base64.b64decode(rotated["secret"].removeprefix("whsec_")).hex(), kept[0][1])
        other = self.bh.tenant(scopes=SCOPES)
        self.refused(other.call("POST", "/api/notice-endpoint/rotate"), 400, "invalid_state")

    def test_mail_says_it_in_words_and_is_kept_until_it_is_taken(self):
        addresses = [f"{uuid.uuid4().hex}@people.example", f"{uuid.uuid4().hex}@people.example"]
        self.endpoint(url=None, emails=addresses)
        self.budget(80)
        self.mails.refuses = True
        self.spend(85)
        (row,) = until(lambda: [each for each in self.notices() if each["mail_error"]], 30, "the first attempt")
        self.assertEqual((row["mail"], row["attempts"]), ("pending", 1))
        # The class of failure is the tenant's to know, what the operator's server said is not.
        self.assertEqual(row["mail_error"], "the mail server did not take the mail")
        self.assertTrue([line for line in self.bh.log_tail("billing", 200).splitlines() if "send a mail" in line and "451" in line])
        self.assertEqual((row["webhook"], row["webhook_error"]), ("off", "no webhook is set"))
        self.mails.refuses = False
        self.retry_now()
        (row,) = self.settled(mail="sent")
        ((sender, to, message),) = [each for each in self.mails.seen if each[1] == addresses]
        self.assertEqual((sender, message["subject"]), ("platform@bulkhead.example", "80 % of a daily budget is spent"))
        self.assertIn(f"key {self.tenant.key_id} reached 80 %", message.get_content().replace("\n", " "))
        self.assertEqual(message["message-id"], f"<{uuid.UUID(row['id']).hex}@bulkhead.example>")

    def test_many_crossings_of_a_day_are_kept_without_being_sent(self):
        self.endpoint()
        self.books.call(
            "INSERT INTO bulkhead.meter_notice (tenant_id, owner_id, span, starts, percent, limit_nanos, spent_nanos) "
            f"SELECT '{self.tenant.id}', '{self.tenant.id}', 'day', date '2026-01-01' + n, 80, 1, 1 FROM generate_series(1, 203) AS n")
        ((off, jobs),) = self.books.call(
            f"SELECT count(*) FILTER (WHERE webhook = 'off'), count(*) FROM bulkhead.notice WHERE tenant_id = '{self.tenant.id}'")
        self.assertEqual((off, jobs), ("3", "203"))
        self.received(200)

    def test_an_endpoint_is_checked(self):
        for body, param in (({"url": "http://a.example/"}, "url"), ({"url": "https://u:p@a.example/"}, "url"),
                            ({"url": "https://a.example/#x"}, "url"), ({"url": "https://a.example/\r\nx"}, "url"),
                            ({"emails": ["nobody"]}, "emails.0"), ({"emails": ["a@b.example\r\nBcc: c@d.example"]}, "emails.0"),
                            ({"emails": ["a@b.example"] * 11}, "emails"), ({"secret": "x"}, "secret")):
            with self.subTest(body=body):
                self.refused(self.tenant.call("PUT", "/api/notice-endpoint", body), 400, param=param)
        self.assertIsNone(self.ok(self.tenant.call("GET", "/api/notice-endpoint"))["url"])


class Private(PlatformTest):

    def test_a_webhook_does_not_reach_this_machine_unless_it_may(self):
        tenant = self.bh.tenant(scopes=SCOPES)
        for host in ("127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254"):
            with self.subTest(host=host):
                self.ok(tenant.call("PUT", "/api/notice-endpoint", {"url": f"https://{host}:{self.bh.port}/"}))
                Books(self.bh, tenant.id).call(
                    "INSERT INTO bulkhead.meter_notice (tenant_id, owner_id, span, starts, percent, limit_nanos, spent_nanos) "
                    f"VALUES ('{tenant.id}', '{uuid.uuid4()}', 'day', date '2026-01-01', 80, 1, 1)")
                row = until(lambda: (rows := self.ok(tenant.call("GET", "/api/notices"))["data"]) and rows[0]["attempts"]
                            and rows[0]["webhook_error"] and rows[0], 30, "the first attempt")
                self.assertIn("not public", row["webhook_error"])


if __name__ == "__main__":
    main()
