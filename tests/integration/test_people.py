# SPDX-License-Identifier: Apache-2.0
"""People: invited by mail, joining a second tenant, changing and resetting passwords; and what tenants decide."""
import base64
import glob
import hashlib
import hmac
import os
import re
import struct
import threading
import time
import uuid

from base import PlatformTest, main, until, wire
from instance import Instance
from mail_sink import Mails

PASSWORD = "correct horse battery staple"
NEW = "a wholly different sentence"


def totp(secret):
    """The code that an authenticator app shows now (RFC 6238)."""
    mac = hmac.new(base64.b32decode(secret + "=" * (-len(secret) % 8)), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000:06}"


class People(PlatformTest):
    """A platform of its own, which writes mail to the test's own server."""

    @classmethod
    def setUpClass(cls):
        cls.mails = Mails()
        cls.addClassCleanup(cls.mails.close)
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false", mail_host="127.0.0.1",
                          mail_port=cls.mails.port, mail_tls="none", mail_from="platform@bulkhead.example",
                          gateway_public_url="https://ai.example.org", auth_tenant_invitations="4",
                          gateway_signin_per_minute="6000")
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()

    def setUp(self):
        self.tenant = self.bh.tenant()
        self.mails.refuses = False
        self.owner, self.owner_token = self.person(role="owner", name="Ada \"Admin\" Lovelace")

    # -- helpers

    def address(self):
        return f"{uuid.uuid4().hex[:10]}@people.example"

    def person(self, role="member", name=None, tenant=None):
        """Somebody with a password, and their token."""
        tenant = tenant or self.tenant
        email = self.address()
        named = ("--name", name) if name else ()
        self.bh.cli("user", "create", email, "--tenant", tenant.id, "--role", role, *named, "--password-stdin", stdin=PASSWORD + "\n")
        return email, self.ok(self.sign_in(email))["access_token"]

    def registered(self, tenant):
        """Somebody whom a tenant registered itself, as earlier versions let it."""
        email, _ = self.person(tenant=tenant)
        self.bh.psql(f"UPDATE bulkhead.account AS a SET managed_by_tenant_id = '{tenant.id}' FROM bulkhead.account_email AS e "
                     f"WHERE e.tenant_id = a.tenant_id AND e.account_id = a.id AND e.address = '{email}'")
        return email

    def call(self, method, path, body=None, token=None):
        return wire.Http(self.bh.address, token).call(method, path, body)

    def sign_in(self, email, password=PASSWORD, tenant=None):
        return self.call("POST", "/api/auth/sign-in", {"email": email, "password": password} | ({"tenant": tenant} if tenant else {}))

    def mail_to(self, email, number=1):
        """The newest mail to an address, once there are so many; its link's page and token."""
        def found():
            mine = [mail for _, to, mail in self.mails.seen if to == [email]]
            return mine if len(mine) >= number else None
        mail = until(found, 20, f"{number} mails to {email}")[-1]
        link = re.search(r"https://ai\.example\.org/(invite|reset)#(bh_ot_\w+)", mail.get_content())
        self.assertIsNotNone(link, mail.get_content())
        return mail, link[1], link[2]

    def invite(self, email, role="member", token=None):
        return self.call("POST", "/api/invitations", {"email": email, "role": role}, token or self.owner_token)

    def accept(self, token, **body):
        return self.call("POST", "/api/auth/invitation/accept", {"token": token, "password": PASSWORD} | body)

    def browse(self, method, path, cookie, body=None):
        """As a page of the console does it."""
        return wire.Http(self.bh.address).call(method, path, body, headers=[
            ("cookie", cookie), ("sec-fetch-site", "same-origin"), ("x-bulkhead-console", "1")])

    def browser(self, email, password=PASSWORD):
        reply = self.call("POST", "/api/auth/session", {"email": email, "password": password})
        self.ok(reply)
        return reply.headers["set-cookie"].partition(";")[0]

    # -- invitations

    def test_somebody_new_is_invited_and_signs_in(self):
        email = self.address()
        made = self.ok(self.invite(email.upper(), "admin"), 201)
        self.assertEqual((made["email"], made["role"], made["state"], made["user_id"]), (email, "admin", "pending", None))
        self.assertNotIn("bh_ot_", str(made))
        mail, page, token = self.mail_to(email)
        self.assertEqual((page, mail["subject"]), ("invite", "Invitation to Bulkhead"))
        self.assertIn(self.tenant.name, mail.get_content())
        self.assertNotIn('"Ada "Admin"', mail.get_content())
        view = self.ok(self.call("POST", "/api/auth/invitation", {"token": token}))
        self.assertEqual((view["tenant_name"], view["email"], view["role"], view["has_account"]),
                         (self.tenant.name, email, "admin", False))
        reply = self.accept(token, name="Grace")
        session = self.ok(reply)
        me = session["account"]
        self.assertEqual((me["email"], me["name"], session["tenant"]["id"], session["role"]), (email, "Grace", self.tenant.id, "admin"))
        self.assertEqual((me["locale"], me["theme"], me["time_zone"], me["shortcuts"]), ("en", "system", "UTC", True))
        cookie = reply.headers["set-cookie"].partition(";")[0]
        self.assertEqual(self.ok(self.browse("GET", "/api/auth/session", cookie))["id"], session["id"])
        self.refused(self.accept(token), 401)
        self.ok(self.sign_in(email))
        listed = self.ok(self.call("GET", "/api/invitations", token=self.owner_token))["data"]
        self.assertEqual([(row["state"], row["user_id"]) for row in listed], [("accepted", me["id"])])

    def test_somebody_with_an_account_joins_a_second_tenant_with_their_password(self):
        there = self.bh.tenant()
        email, _ = self.person(tenant=there)
        self.ok(self.invite(email, "viewer"), 201)
        _, _, token = self.mail_to(email)
        self.assertTrue(self.ok(self.call("POST", "/api/auth/invitation", {"token": token}))["has_account"])
        self.refused(self.accept(token, password="not the password"), 401)
        self.assertEqual(self.ok(self.accept(token))["tenant"]["id"], self.tenant.id)
        self.refused(self.sign_in(email), 400, "missing_required_parameter")
        self.assertEqual(self.ok(self.sign_in(email, tenant=there.id))["role"], "member")
        self.assertEqual(self.ok(self.sign_in(email, tenant=self.tenant.id))["role"], "viewer")

    def test_a_person_whom_another_tenant_registered_has_to_own_the_address_first(self):
        """That tenant may know the password, and could make a link: it would be a way into the second one."""
        there = self.bh.tenant()
        email = self.registered(there)
        self.ok(self.invite(email), 201)
        _, _, token = self.mail_to(email)
        self.refused(self.accept(token), 400, "invalid_state")
        old = self.bh.cli("user", "link", email, "--tenant", there.id)["url"].rpartition("#")[2]
        self.assertEqual(self.call("POST", "/api/auth/password/reset", {"email": email}).status, 202)
        _, page, reset = self.mail_to(email, 2)
        self.assertEqual(page, "reset")
        self.ok(self.call("POST", "/api/auth/link", {"token": reset, "password": NEW}))
        self.refused(self.call("POST", "/api/auth/link", {"token": old, "password": PASSWORD}), 401)
        self.assertEqual(self.ok(self.accept(token, password=NEW))["tenant"]["id"], self.tenant.id)

    def test_the_app_that_somebody_else_set_up_ends_when_the_person_owns_the_address(self):
        email = self.registered(self.bh.tenant())

        def set_up(password):
            cookie = self.browser(email, password)
            secret = self.ok(self.browse("POST", "/api/auth/totp", cookie, {}))["secret"]
            self.ok(self.browse("POST", "/api/auth/totp/confirm", cookie, {"code": totp(secret)}))

        def reset(password, number):
            self.assertEqual(self.call("POST", "/api/auth/password/reset", {"email": email}).status, 202)
            self.ok(self.call("POST", "/api/auth/link", {"token": self.mail_to(email, number)[2], "password": password}))
        set_up(PASSWORD)
        self.refused(self.sign_in(email), 401, "mfa_required")
        reset(NEW, 1)
        self.ok(self.sign_in(email, NEW))
        # The app of who owns the address stays, whoever has come to read their mail.
        set_up(NEW)
        reset(PASSWORD, 2)
        self.refused(self.sign_in(email), 401, "mfa_required")

    def of_all_kinds(self):
        """Addresses of nobody, and of people elsewhere in every state that an account can be in."""
        there = self.bh.tenant()
        bare, disabled, away = self.address(), self.person(tenant=there)[0], self.person(tenant=there)[0]
        with_app = self.person(name="Somebody Else", tenant=there)[0]
        self.bh.cli("user", "create", bare, "--tenant", there.id)
        self.bh.cli("user", "disable", disabled, "--everywhere")
        self.bh.cli("user", "disable", away, "--tenant", there.id)
        cookie = self.browser(with_app)
        secret = self.ok(self.browse("POST", "/api/auth/totp", cookie, {}))["secret"]
        self.ok(self.browse("POST", "/api/auth/totp/confirm", cookie, {"code": totp(secret)}))
        german = self.person(tenant=there)[0]
        self.ok(self.browse("PATCH", "/api/auth/profile", self.browser(german), {"locale": "de", "name": "Jemand"}))
        return {"nobody": self.address(), "without a password": bare, "disabled everywhere": disabled, "disabled there": away,
                "with an app": with_app, "another language": german, "registered": self.registered(there)}

    def told_of(self, reply):
        """What an answer with an invitation tells, without what differs from one to the next by itself."""
        row = reply.json()
        own = {name: row.pop(name) for name in ("id", "email", "created_at", "sent_at", "expires_at")}
        self.assertEqual(len(own["email"]), len(self.address()))
        return reply.status, row, own["sent_at"] - own["created_at"], own["expires_at"] - own["created_at"], sorted(reply.headers)

    def test_whoever_has_an_address_a_tenant_gets_the_same_answer(self):
        """Field by field, by each way to add somebody; and what it sees then, until the person has joined."""
        people, token = self.of_all_kinds(), self.owner_token
        told = {}
        for kind, email in people.items():
            for path in ("/api/users", "/api/invitations"):
                reply = self.call("POST", path, {"email": email, "role": "member"}, token)
                made = self.ok(reply, 201)
                listed = self.ok(self.call("GET", "/api/invitations?limit=1", token=token))["data"][0]
                self.assertEqual(listed, made, kind)
                told.setdefault(kind, []).append(self.told_of(reply))
                if path == "/api/users":
                    again = self.call("POST", f"/api/invitations/{made['id']}/resend", {}, token)
                    told[kind].append((again.status, self.told_of(again)[1]))
                self.assertEqual(self.call("DELETE", f"/api/invitations/{made['id']}", token=token).status, 204)
            users = self.ok(self.call("GET", "/api/users", token=token))["data"]
            self.assertEqual([user["email"] for user in users], [self.owner])
        for kind, each in told.items():
            self.assertEqual(each[0], each[2], kind)
            self.assertEqual(each, told["nobody"], kind)

    def test_a_tenant_sets_nobodys_password_and_changes_nobody_who_has_not_joined(self):
        there = self.bh.tenant()
        email, _ = self.person(tenant=there)
        somebody = self.ok(self.call("GET", "/api/auth/me", token=self.ok(self.sign_in(email))["access_token"]))["id"]
        body = {"email": self.address(), "role": "member"}
        for field in ({"password": PASSWORD}, {"name": "Grace"}):
            self.refused(self.call("POST", "/api/users", body | field, self.owner_token), 400, "unknown_parameter", *field)
        nobody = str(uuid.uuid4())
        for act, change in (("role", {"role": "viewer"}), ("disable", {}), ("enable", {}), ("link", {})):
            replies = [self.call("POST", f"/api/users/{id}/{act}", change, self.owner_token) for id in (somebody, nobody)]
            errors = [reply.json()["error"] for reply in replies]
            self.assertEqual([reply.status for reply in replies], [404, 404], act)
            self.assertEqual(errors[0], errors[1], act)

    def test_an_invitation_is_sent_again_and_taken_back(self):
        email = self.address()
        made = self.ok(self.invite(email), 201)
        _, _, first = self.mail_to(email)
        self.refused(self.invite(email), 400, "already_exists")
        self.ok(self.call("POST", f"/api/invitations/{made['id']}/resend", {}, self.owner_token))
        _, _, second = self.mail_to(email, 2)
        self.refused(self.accept(first), 401)
        self.ok(self.call("POST", "/api/auth/invitation", {"token": second}))
        self.assertEqual(self.call("DELETE", f"/api/invitations/{made['id']}", token=self.owner_token).status, 204)
        self.refused(self.accept(second), 401)
        self.refused(self.call("DELETE", f"/api/invitations/{made['id']}", token=self.owner_token), 400, "invalid_state")
        self.refused(self.call("POST", f"/api/invitations/{made['id']}/resend", {}, self.owner_token), 400, "invalid_state")

    def test_nobody_invites_above_their_role_and_nothing_is_left_of_who_is_disabled(self):
        admin_email, admin = self.person("admin")
        _, member = self.person("member")
        self.refused(self.invite(self.address(), "owner", admin), 403)
        self.refused(self.invite(self.address(), "superuser", self.owner_token), 400)
        self.refused(self.invite(self.address(), "viewer", member), 403)
        email = self.address()
        self.ok(self.invite(email, "admin", admin), 201)
        _, _, token = self.mail_to(email)
        self.bh.cli("user", "disable", admin_email, "--tenant", self.tenant.id)
        self.refused(self.accept(token), 401)

    def test_of_many_who_accept_at_once_one_does(self):
        email = self.address()
        self.ok(self.invite(email), 201)
        _, _, token = self.mail_to(email)
        statuses, lock = [], threading.Lock()

        def accept():
            reply = self.accept(token)
            with lock:
                statuses.append(reply.status)
        threads = [threading.Thread(target=accept) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(statuses.count(200), 1, statuses)
        self.assertLessEqual(set(statuses), {200, 400, 401, 503}, statuses)
        users = self.ok(self.call("GET", "/api/users", token=self.owner_token))["data"]
        self.assertEqual([user["email"] for user in users].count(email), 1)

    def test_a_link_is_good_for_what_it_was_made_for(self):
        email, _ = self.person()
        new = self.address()
        self.ok(self.invite(new), 201)
        _, _, invitation = self.mail_to(new)
        self.assertEqual(self.call("POST", "/api/auth/password/reset", {"email": email}).status, 202)
        _, _, reset = self.mail_to(email)
        self.refused(self.call("POST", "/api/auth/link", {"token": invitation, "password": NEW}), 401)
        self.refused(self.accept(reset), 401)
        self.refused(self.call("POST", "/api/auth/invitation", {"token": reset}), 401)
        self.refused(self.call("POST", "/api/auth/invitation", {"token": self.tenant.key}), 401)
        self.refused(self.call("GET", "/api/auth/me", token=invitation), 401)
        for address in ("a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "<a@b.example>", "a b@c.example"):
            with self.subTest(address=address):
                self.refused(self.invite(address), 400, "invalid_value", "email")

    def test_no_other_page_accepts_for_a_browser(self):
        email = self.address()
        self.ok(self.invite(email), 201)
        _, _, token = self.mail_to(email)
        reply = wire.Http(self.bh.address).call("POST", "/api/auth/invitation/accept", {"token": token, "password": PASSWORD},
                                                headers=[("sec-fetch-site", "cross-site")])
        self.refused(reply, 403, "csrf_failed")
        self.ok(self.accept(token))

    def test_staff_invites_with_a_proof_and_never_as_a_member(self):
        email = self.address()
        self.bh.cli("user", "create", email, "--tenant", "platform", "--role", "superuser", "--password-stdin", stdin=PASSWORD + "\n")
        cookie = self.browser(email)
        invitation = {"email": self.address(), "role": "superuser"}
        of_tenant = f"/api/tenants/{self.tenant.id}/invitations"
        for path, body in (("/api/invitations", invitation), (of_tenant, invitation | {"role": "owner"})):
            self.refused(self.browse("POST", path, cookie, body), 403, "elevation_required")
        reply = self.browse("POST", "/api/auth/session/elevate", cookie, {"password": PASSWORD})
        self.ok(reply)
        cookie = reply.headers["set-cookie"].partition(";")[0]
        self.ok(self.browse("POST", "/api/invitations", cookie, invitation), 201)
        reply = self.browse("POST", f"/api/tenants/{self.tenant.id}/impersonate", cookie, {"reason": "a test", "minutes": 5})
        self.ok(reply)
        cookie = reply.headers["set-cookie"].partition(";")[0]
        for method, path, body in (("POST", "/api/invitations", {"email": self.address(), "role": "owner"}),
                                   ("PATCH", "/api/tenant", {"mfa_required": False}), ("PATCH", "/api/auth/profile", {"name": "x"}),
                                   ("POST", "/api/auth/password", {"current": PASSWORD, "new": NEW})):
            with self.subTest(path=path):
                self.refused(self.browse(method, path, cookie, body), 403, "impersonation_not_allowed")
        self.ok(self.browse("GET", "/api/invitations", cookie))

    def test_members_and_open_invitations_have_their_number(self):
        self.refused(self.invite(self.owner), 400, "already_exists")
        for _ in range(4):
            self.ok(self.invite(self.address()), 201)
        self.refused(self.invite(self.address()), 400, "too_many_objects")

    def test_an_address_gets_a_few_mails_only(self):
        email = self.address()
        made = self.ok(self.invite(email), 201)
        path = f"/api/invitations/{made['id']}/resend"
        for _ in range(2):
            self.ok(self.call("POST", path, {}, self.owner_token))
        limited = self.call("POST", path, {}, self.owner_token)
        self.refused(limited, 429, "rate_limit_exceeded")
        self.assertGreater(int(limited.headers["retry-after"]), 60)

    def test_names_become_no_header_and_no_link(self):
        self.ok(self.call("PATCH", "/api/auth/profile", {"name": "Visit https://evil.example/now"}, self.owner_token))
        self.refused(self.call("PATCH", "/api/auth/profile", {"name": "A\r\nBcc: b@x.example"}, self.owner_token), 400, "invalid_value")
        name = f"www.evil{uuid.uuid4().hex[:6]}.example"
        self.ok(self.call("PATCH", "/api/tenant", {"name": name}, self.owner_token))
        email = self.address()
        self.ok(self.invite(email), 201)
        mail, _, _ = self.mail_to(email)
        self.assertEqual(mail["to"], email)
        self.assertIsNone(mail["bcc"])
        text = mail.get_content()
        self.assertEqual(re.findall(r"https?://[^/\s]+", text), ["https://ai.example.org"])
        self.assertNotIn("evil.example", text)
        self.assertNotIn(name, text)

    def test_a_mail_is_in_the_language_of_who_reads_it(self):
        self.ok(self.call("PATCH", "/api/auth/profile", {"locale": "de"}, self.owner_token))
        self.assertEqual(self.call("POST", "/api/auth/password/reset", {"email": self.owner}).status, 202)
        mail, _, _ = self.mail_to(self.owner)
        self.assertEqual(mail["subject"], "Passwort neu setzen")
        self.assertIn("Öffnen", mail.get_content())

    def test_what_the_mail_server_refuses_is_sent_later_and_no_link_is_logged(self):
        email = self.address()
        self.mails.refuses = True
        self.ok(self.invite(email), 201)
        row = until(lambda: self.outbox(email, lambda row: row["attempts"] > 0), 20, "a failed attempt")
        self.assertEqual(row["state"], "pending")
        self.assertIn("451", row["error"])
        self.mails.refuses = False
        self.hurry()
        _, _, token = self.mail_to(email)
        row = until(lambda: self.outbox(email, lambda row: row["state"] == "sent"), 20, "the mail sent")
        self.assertEqual(row["link"], "")
        for path in glob.glob(os.path.join(self.bh.logs, "*")):
            with open(path, encoding="utf-8", errors="replace") as file:
                self.assertNotIn(token[:40], file.read(), path)

    def hurry(self):
        """The wait of half a minute is over: the test owns the clock by the row that says when."""
        self.bh.psql("UPDATE bulkhead.job_ready SET due_at = now() WHERE queue = 'auth' AND tenant_id = "
                     f"'{self.tenant.id}'; UPDATE bulkhead.job_tenant SET look_at = now() WHERE queue = 'auth'")

    def outbox(self, email, is_so):
        """The mail to an address, once it is so."""
        rows = self.bh.cli("outbox", "--tenant", self.tenant.id)["data"]
        return next((row for row in rows if row["recipient"] == email and is_so(row)), None)

    # -- passwords

    def test_a_changed_password_ends_every_sign_in(self):
        email, token = self.person()
        other = self.ok(self.sign_in(email))
        body = {"current": PASSWORD, "new": NEW}
        self.refused(self.call("POST", "/api/auth/password", body | {"current": "wrong password"}, token), 400, param="current")
        self.refused(self.call("POST", "/api/auth/password", body | {"new": "short"}, token), 400)
        self.refused(self.call("POST", "/api/auth/password", body, self.tenant.key), 403)
        self.assertEqual(self.call("POST", "/api/auth/password", body, token).status, 204)
        until(lambda: self.call("GET", "/api/auth/me", token=token).status == 401, 5, "the old token dead")
        self.refused(self.call("POST", "/api/auth/refresh", {"refresh_token": other["refresh_token"]}), 401)
        self.refused(self.sign_in(email), 401)
        self.ok(self.sign_in(email, NEW))

    def test_a_browser_that_changes_the_password_stays_signed_in_and_no_other_does(self):
        email, _ = self.person()
        mine, other = self.browser(email), self.browser(email)
        reply = self.browse("POST", "/api/auth/password", mine, {"current": PASSWORD, "new": NEW})
        self.assertEqual(reply.status, 204, reply)
        renewed = reply.headers["set-cookie"].partition(";")[0]
        self.assertNotEqual(renewed, mine)
        self.ok(self.browse("GET", "/api/auth/session", renewed))
        for old in (mine, other):
            until(lambda old=old: self.browse("GET", "/api/auth/session", old).status == 401, 5, "the old cookie dead")
        self.assertEqual(len(self.ok(self.browse("GET", "/api/sessions", renewed))["data"]), 1)

    def test_a_second_factor_is_asked_for_on_joining_too(self):
        there = self.bh.tenant()
        email, _ = self.person(tenant=there)
        cookie = self.browser(email)
        secret = self.ok(self.browse("POST", "/api/auth/totp", cookie, {}))["secret"]
        codes = self.ok(self.browse("POST", "/api/auth/totp/confirm", cookie, {"code": totp(secret)}))["recovery_codes"]
        self.ok(self.invite(email), 201)
        _, _, token = self.mail_to(email)
        self.refused(self.accept(token), 401, "mfa_required")
        self.refused(self.accept(token, code="000000000"), 401)
        self.assertTrue(self.ok(self.accept(token, code=codes[0]))["mfa"]["verified"])

    def test_a_forgotten_password_is_reset_once_by_mail(self):
        email, token = self.person()
        self.assertEqual(self.call("POST", "/api/auth/password/reset", {"email": email}).status, 202)
        mail, page, link = self.mail_to(email)
        self.assertEqual((page, mail["subject"]), ("reset", "Reset your password"))
        self.ok(self.call("POST", "/api/auth/link", {"token": link, "password": NEW}))
        self.refused(self.call("POST", "/api/auth/link", {"token": link, "password": PASSWORD}), 401)
        until(lambda: self.call("GET", "/api/auth/me", token=token).status == 401, 5, "the old token dead")
        self.ok(self.sign_in(email, NEW))

    def test_who_asks_for_a_link_learns_nothing(self):
        email, _ = self.person()
        gone, _ = self.person()
        self.bh.cli("user", "disable", gone, "--tenant", self.tenant.id)
        answers = [self.call("POST", "/api/auth/password/reset", {"email": address}) for address in (email, gone, self.address())]
        self.assertEqual({(reply.status, reply.body) for reply in answers}, {(202, b"")})
        self.mail_to(email)
        until(lambda: self.bh.psql("SELECT count(*) FROM bulkhead.job WHERE queue = 'auth' AND state <> 'done'") == [["0"]],
              20, "the jobs done")
        self.assertEqual([to for _, to, _ in self.mails.seen if to == [gone]], [])

    def test_one_address_is_not_flooded_with_links(self):
        email, _ = self.person()
        statuses = [self.call("POST", "/api/auth/password/reset", {"email": email}).status for _ in range(8)]
        self.assertEqual(statuses, [202] * 5 + [429] * 3)
        until(lambda: self.bh.psql("SELECT count(*) FROM bulkhead.job WHERE queue = 'auth' AND state <> 'done'") == [["0"]],
              20, "the jobs done")
        self.assertLessEqual(len([1 for _, to, _ in self.mails.seen if to == [email]]), 3)

    # -- profile and settings

    def test_a_profile_keeps_what_is_not_named(self):
        _, token = self.person(name="Ada")
        profile = self.ok(self.call("GET", "/api/auth/profile", token=token))
        self.assertEqual((profile["name"], profile["locale"], profile["theme"], profile["time_zone"], profile["shortcuts"]),
                         ("Ada", "en", "system", "UTC", True))
        changed = self.ok(self.call("PATCH", "/api/auth/profile", {"time_zone": "Europe/Berlin", "shortcuts": False}, token))
        self.assertEqual(changed, profile | {"time_zone": "Europe/Berlin", "shortcuts": False})
        for wrong in ({"locale": "fr"}, {"theme": "pink"}, {"time_zone": "../etc"}, {"time_zone": ""}, {"email": "x@y.example"}):
            with self.subTest(wrong=wrong):
                self.assertEqual(self.call("PATCH", "/api/auth/profile", wrong, token).status, 400)
        self.assertEqual(self.ok(self.call("GET", "/api/auth/profile", token=token)), changed)
        self.refused(self.call("GET", "/api/auth/profile", token=self.tenant.new_key("account:read")["key"]), 404)

    def test_a_tenant_decides_about_itself(self):
        _, admin = self.person("admin")
        _, member = self.person("member")
        first = self.ok(self.call("GET", "/api/tenant", token=admin))
        self.assertEqual((first["name"], first["mfa_required"], first["session_idle_s"], first["session_max_s"]),
                         (self.tenant.name, False, 0, 0))
        changed = self.ok(self.call("PATCH", "/api/tenant", {"mfa_required": True, "session_idle_s": 900}, admin))
        self.assertEqual(changed, first | {"mfa_required": True, "session_idle_s": 900})
        self.assertEqual(self.ok(self.call("PATCH", "/api/tenant", {"session_idle_s": 0}, admin)), first | {"mfa_required": True})
        self.refused(self.call("PATCH", "/api/tenant", {"session_max_s": 5}, admin), 400, "out_of_range")
        self.refused(self.call("PATCH", "/api/tenant", {"name": self.bh.tenant().name}, admin), 400, "already_exists")
        self.refused(self.call("PATCH", "/api/tenant", {"name": "x"}, member), 403)
        self.refused(self.call("GET", "/api/tenant", token=member), 403)

    def test_the_last_owner_stays(self):
        me = self.ok(self.call("GET", "/api/auth/me", token=self.owner_token))["id"]
        for act, body in (("role", {"role": "admin"}), ("disable", {})):
            with self.subTest(act=act):
                self.refused(self.call("POST", f"/api/users/{me}/{act}", body, self.owner_token), 400, "invalid_state")


class Outbox(PlatformTest):
    """Without a mail server links wait for the operator."""

    def test_links_wait_for_the_operator_alone(self):
        tenant = self.acme()
        email = f"{uuid.uuid4().hex[:10]}@people.example"
        made = self.bh.cli("invitation", "create", email, "--tenant", tenant.id, "--role", "viewer")
        self.assertNotIn("bh_ot_", str(made))
        row = next(row for row in self.bh.cli("outbox")["data"] if row["recipient"] == email)
        self.assertEqual((row["tenant_id"], row["kind"], row["state"]), (tenant.id, "invitation", "local"))
        self.assertTrue(row["link"].startswith(self.bh.url + "/invite#bh_ot_"), row["link"])
        token = row["link"].partition("#")[2]
        for path in ("/api/outbox", f"/api/tenants/{tenant.id}/outbox"):
            self.assertEqual(tenant.call("GET", path).status, 404)
        self.assertEqual(wire.Http(self.bh.address).call(
            "POST", "/api/auth/invitation/accept", {"token": token, "password": PASSWORD}).status, 200)
        row = next(row for row in self.bh.cli("outbox", "--tenant", tenant.id)["data"] if row["recipient"] == email)
        self.assertEqual((row["state"], row["link"]), ("dead", ""))
        stored = self.bh.psql(f"SELECT encode(coalesce(body_sealed, ''), 'escape') FROM bulkhead.outbox_mail WHERE tenant_id = '{tenant.id}'")
        self.assertNotIn("bh_ot_", str(stored))


if __name__ == "__main__":
    main()
