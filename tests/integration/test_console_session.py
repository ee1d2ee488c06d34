# SPDX-License-Identifier: Apache-2.0
"""Console sessions from the browser's side: what the cookie opens, and what ends it."""
import base64
import hashlib
import hmac
import re
import struct
import time
import urllib.parse
import uuid
import zlib

from base import MISSING, PlatformTest, main, marker, until, wire

PASSWORD = "correct horse battery staple"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
OWN_PAGE = {"Sec-Fetch-Site": "same-origin", "X-Bulkhead-Console": "1"}


class Browser:
    """Keeps the cookie and sends what the console's own page sends, unless told otherwise."""

    def __init__(self, address, source=None):
        self.address, self.source, self.cookie, self.set_cookie = address, source, None, None

    def call(self, method, path, body=None, headers=None, key=None, cookie=...):
        headers = dict(OWN_PAGE if headers is None else headers)
        cookie = self.cookie if cookie is ... else cookie
        if cookie:
            headers["Cookie"] = "theme=dark; bulkhead=" + cookie
        reply = wire.Http(self.address, key, self.source).call(method, path, body, headers)
        self.set_cookie = reply.headers.get("set-cookie")
        if self.set_cookie:
            self.cookie = self.set_cookie.split(";")[0].partition("=")[2] or None
        return reply

    def get(self, path, **options):
        return self.call("GET", path, **options)


class App:
    """An authenticator app: each code is shown for a step that was not shown before."""

    def __init__(self, uri):
        parts = urllib.parse.urlsplit(uri)
        self.secret = base64.b32decode(dict(urllib.parse.parse_qsl(parts.query))["secret"])
        self.last = 0

    def code(self):
        self.last = max(self.last + 1, int(time.time()) // 30)
        mac = hmac.new(self.secret, struct.pack(">Q", self.last), hashlib.sha1).digest()
        at = mac[-1] & 15
        return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000:06}"


def base62(number, digits):
    out = ""
    for _ in range(digits):
        number, rest = divmod(number, 62)
        out = ALPHABET[rest] + out
    return out


def forged(tenant, session):
    """A cookie of the right form with any tenant and session, and a secret of nobody's."""
    text = "bh_ct_" + base62(uuid.UUID(tenant).int, 22) + base62(uuid.UUID(session).int, 22) + base62(1 << 200, 43)
    return text + base62(zlib.crc32(text.encode()), 6)


class ConsoleSession(PlatformTest):
    number = 0

    def browser(self):
        """From an address that nobody has come from: no test uses up another's tries."""
        ConsoleSession.number += 1
        return Browser(self.bh.address, f"127.77.{self.number // 200}.{1 + self.number % 200}")

    def person(self, tenant="platform", role="superuser"):
        email = f"{marker()}@console.example"
        row = self.bh.cli("user", "create", email, "--tenant", getattr(tenant, "id", tenant), "--role", role,
                          "--password-stdin", stdin=PASSWORD + "\n")
        return email, row["id"]

    def sign_in(self, email, browser=None, **body):
        browser = browser or self.browser()
        session = self.ok(browser.call("POST", "/api/auth/session", {"email": email, "password": PASSWORD} | body, cookie=None))
        return browser, session

    def signed_in(self, tenant="platform", role="superuser"):
        email, _ = self.person(tenant, role)
        return self.sign_in(email)

    def over(self, reply):
        self.refused(reply, 401, "invalid_api_key")

    def aged(self, session, column, back):
        """A session of long ago, of somebody whose password is older."""
        self.bh.psql(f"UPDATE bulkhead.account SET password_set_at = '2020-01-01' WHERE id = '{session['account']['id']}'")
        self.bh.psql(f"UPDATE bulkhead.session SET {column} = {column} - interval '{back}' WHERE id = '{session['id']}'")

    def elevate(self, browser, **proof):
        return self.ok(browser.call("POST", "/api/auth/session/elevate", proof or {"password": PASSWORD}))

    # -- in and out

    def test_a_cookie_that_no_script_reads_opens_the_session(self):
        browser, session = self.signed_in(self.acme(), "admin")
        for part in ("; Path=/", "; HttpOnly", "; SameSite=Lax", "; Max-Age="):
            self.assertIn(part, browser.set_cookie)
        self.assertTrue(browser.cookie.startswith("bh_ct_"))
        self.assertNotIn("Secure", browser.set_cookie)
        self.assertNotIn("Domain", browser.set_cookie)
        again = self.ok(browser.get("/api/auth/session"))
        self.assertIsNone(browser.set_cookie)
        self.assertEqual(again, session)
        self.assertEqual((session["tenant"], session["role"]),
                         ({"id": self.acme().id, "name": self.acme().name, "is_platform": False}, "admin"))
        self.assertEqual(session["tenants"], [{"id": self.acme().id, "name": self.acme().name, "role": "admin"}])
        self.assertEqual(session["mfa"], {"enabled": False, "required": False, "verified": False})
        self.assertIsNone(session["elevated_until"])
        self.assertIsNone(session["impersonation"])
        self.assertLessEqual(session["idle_expires_at"], session["expires_at"])
        self.assertNotIn(browser.cookie, str(session))
        self.ok(browser.get("/v1/files"))

    def test_a_stolen_cookie_is_worth_nothing_after_the_sign_out(self):
        browser, _ = self.signed_in(self.acme(), "member")
        stolen = browser.cookie
        self.ok(browser.get("/v1/files"))
        self.assertEqual(browser.call("DELETE", "/api/auth/session").status, 204)
        self.assertIsNone(browser.cookie)
        self.assertIn("Max-Age=0", browser.set_cookie)
        for path in ("/api/auth/session", "/v1/files"):
            self.over(browser.get(path, cookie=stolen))

    def test_two_tabs_sign_out(self):
        browser, _ = self.signed_in(self.acme(), "member")
        cookie = browser.cookie
        replies = self.together(2, lambda _: Browser(self.bh.address, browser.source).call("DELETE", "/api/auth/session",
                                                                                           cookie=cookie))
        self.assertLessEqual({reply.status for reply in replies}, {204, 401})
        self.assertIn(204, {reply.status for reply in replies})
        self.over(browser.get("/api/auth/session", cookie=cookie))

    def test_several_tenants_are_listed_once_the_password_is_right(self):
        email, account = self.person(self.acme(), "member")
        self.bh.cli("user", "create", email, "--tenant", self.other().id, "--role", "viewer")
        browser = self.browser()
        reply = browser.call("POST", "/api/auth/session", {"email": email, "password": PASSWORD})
        self.assertEqual(reply.status, 400)
        self.assertEqual({each["id"] for each in reply.json()["error"]["tenants"]}, {self.acme().id, self.other().id})
        self.assertIsNone(browser.cookie)
        self.refused(browser.call("POST", "/api/auth/session", {"email": email, "password": "wrong, as all"}), 401)
        browser, session = self.sign_in(email, browser, tenant=self.acme().id)
        self.assertEqual({each["role"] for each in session["tenants"]}, {"member", "viewer"})
        old = browser.cookie
        moved = self.ok(browser.call("POST", "/api/auth/session/switch", {"tenant": self.other().name}))
        self.assertEqual((moved["tenant"]["id"], moved["role"], moved["account"]["id"]), (self.other().id, "viewer", account))
        self.assertLessEqual(moved["expires_at"], session["expires_at"])
        self.over(browser.get("/api/auth/session", cookie=old))
        stranger = self.bh.tenant()
        self.refused(browser.call("POST", "/api/auth/session/switch", {"tenant": stranger.id}), 403)
        self.ok(browser.get("/api/auth/session"))

    # -- whose requests they are

    def test_other_peoples_pages_change_nothing(self):
        browser, _ = self.signed_in(self.acme(), "owner")
        form = {"Content-Type": "text/plain"}
        for headers in ({}, form, {"Sec-Fetch-Site": "cross-site", "X-Bulkhead-Console": "1"}, {"X-Bulkhead-Console": "1"},
                        {"Sec-Fetch-Site": "same-origin"}, {"Origin": "https://evil.example", "X-Bulkhead-Console": "1"}):
            with self.subTest(headers):
                self.refused(browser.call("POST", "/api/keys", {"name": "evil"}, headers=headers), 403, "csrf_failed")
                self.refused(browser.call("DELETE", "/api/auth/session", headers=headers), 403, "csrf_failed")
        origin = f"http://127.0.0.1:{self.bh.port}"
        self.ok(browser.call("POST", "/api/keys", {"name": "own"}, headers={"Origin": origin, "X-Bulkhead-Console": "1"}), 201)

    def test_no_foreign_page_signs_anybody_in(self):
        email, _ = self.person(self.acme(), "member")
        for site in ("cross-site", "same-site", "none"):
            reply = self.browser().call("POST", "/api/auth/session", {"email": email, "password": PASSWORD},
                                        headers={"Sec-Fetch-Site": site})
            self.refused(reply, 403, "csrf_failed")
            self.assertNotIn("set-cookie", reply.headers)

    def test_beside_a_bearer_the_cookie_counts_for_nothing(self):
        browser, session = self.signed_in(self.acme(), "owner")
        me = self.ok(browser.get("/api/auth/me", key=self.other().key))
        self.assertEqual(me["tenant_id"], self.other().id)
        self.over(browser.get("/api/auth/me", key="bh_sk_nobody"))
        self.over(browser.get("/api/auth/session", key=self.other().key))
        self.over(Browser(self.bh.address).get("/api/auth/me", key=browser.cookie))
        self.assertEqual(self.ok(browser.get("/api/auth/me"))["tenant_id"], session["tenant"]["id"])

    def test_a_forged_cookie_opens_nothing_whichever_tenant_it_names(self):
        browser, session = self.signed_in(self.acme(), "owner")
        for tenant in (self.acme().id, self.other().id, str(uuid.uuid4()), "00000000-0000-0000-0000-000000000001"):
            self.over(self.browser().get("/api/auth/session", cookie=forged(tenant, session["id"])))
        self.ok(browser.get("/api/auth/session"))

    # -- what ends or lessens it

    def test_a_lower_role_takes_effect_while_the_session_is_in_use(self):
        email, account = self.person(self.acme(), "admin")
        browser, _ = self.sign_in(email)
        self.ok(browser.get("/api/users"))
        self.bh.cli("user", "set-role", email, "--tenant", self.acme().id, "--role", "viewer")
        until(lambda: browser.get("/api/users").status == 403, 1, "the lower role")
        self.assertEqual(self.ok(browser.get("/api/auth/session"))["role"], "viewer")
        self.bh.cli("user", "disable", email, "--tenant", self.acme().id)
        until(lambda: browser.get("/api/auth/session").status == 401, 1, "the end of a disabled user's session")
        self.assertTrue(account)

    def test_a_suspended_tenants_sessions_wait_for_it(self):
        tenant = self.bh.tenant()
        browser, _ = self.signed_in(tenant, "owner")
        self.ok(browser.get("/api/auth/session"))
        self.bh.cli("tenant", "suspend", tenant.id)
        until(lambda: browser.get("/api/auth/session").status == 403, 1, "the suspension")
        self.refused(browser.get("/v1/files"), 403, "tenant_suspended")
        self.bh.cli("tenant", "resume", tenant.id)
        until(lambda: browser.get("/api/auth/session").status == 200, 5, "the end of the suspension")

    def test_idle_and_absolute_ends(self):
        for column, back in (("last_used_at", "12 hours"), ("proved_at", "7 days"), ("expires_at", "8 days")):
            with self.subTest(column):
                browser, session = self.signed_in(self.acme(), "member")
                self.aged(session, column, back)
                self.over(browser.get("/api/auth/session"))

    def test_a_session_is_listed_and_ended_from_another_browser(self):
        email, _ = self.person(self.acme(), "member")
        (here, session), (there, lost) = self.sign_in(email), self.sign_in(email)
        self.ok(there.get("/v1/files"))
        rows = {row["id"]: row for row in self.ok(here.get("/api/sessions"))["data"]}
        self.assertEqual({id: row["current"] for id, row in rows.items()}, {session["id"]: True, lost["id"]: False})
        self.assertEqual({row["method"] for row in rows.values()}, {"console"})
        self.assertEqual(here.call("DELETE", f"/api/sessions/{lost['id']}").status, 204)
        until(lambda: there.get("/v1/files").status == 401, 1, "the end of the lost session")
        self.ok(here.get("/v1/files"))

    def test_a_new_password_ends_every_session_and_elevation(self):
        email, _ = self.person()
        browser, _ = self.sign_in(email)
        self.elevate(browser)
        link = self.bh.cli("user", "link", email, "--tenant", "platform")["url"].rpartition("#")[2]
        self.ok(wire.Http(self.bh.address).call("POST", "/api/auth/link", {"token": link, "password": PASSWORD + "!"}))
        until(lambda: browser.get("/api/auth/session").status == 401, 1, "the end of the session")

    # -- step-up

    def test_grave_acts_need_a_recent_proof(self):
        tenant = self.bh.tenant()
        browser, _ = self.signed_in()
        suspend = f"/api/tenants/{tenant.id}/suspend"
        self.refused(browser.call("POST", suspend, {}), 403, "elevation_required")
        self.refused(browser.call("POST", "/api/auth/session/elevate", {"password": "wrong, as all"}), 403, "incorrect_proof")
        self.refused(browser.call("POST", "/api/auth/session/elevate", {}), 400, param="password")
        self.refused(browser.call("POST", "/api/auth/session/elevate", {"code": "123456"}), 400)
        old = browser.cookie
        session = self.elevate(browser)
        self.assertGreater(session["elevated_until"], time.time() + 500)
        self.assertNotEqual(browser.cookie, old)
        self.over(browser.get("/api/auth/session", cookie=old))
        self.ok(browser.call("POST", suspend, {}))
        # A key of the platform is not asked.
        key = self.bh.cli("key", "create", "--tenant", "platform", "--name", "staff", "--scope", "tenants:write")["key"]
        self.ok(wire.Http(self.bh.address, key).call("POST", f"/api/tenants/{tenant.id}/resume", {}))
        self.ok(wire.Http(self.bh.address, key).call("POST", suspend, {}))
        # Another browser of the same person has proved nothing.
        elsewhere, _ = self.sign_in(session["account"]["email"])
        self.refused(elsewhere.call("POST", suspend, {}), 403, "elevation_required")
        self.aged(session, "elevated_until", "10 minutes")
        self.elevate(elsewhere)
        self.ok(elsewhere.call("POST", suspend, {}))

    def test_whatever_staff_changes_of_a_tenant_needs_a_recent_proof(self):
        tenant = self.bh.tenant()
        browser, _ = self.signed_in()
        routes = [route for route in self.bh.cli("routes")
                  if route["operator"] and route["method"] != "GET" and route["reach"] == "public"]
        self.assertGreater(len(routes), 40)
        for route in routes:
            path = re.sub(r"\{\w+\}", MISSING, route["path"].replace("{tenant}", tenant.id))
            with self.subTest(route=f"{route['method']} {route['path']}"):
                self.refused(browser.call(route["method"], path, {} if route["body_bytes_max"] else None), 403, "elevation_required")

    def test_staff_makes_no_lasting_means_without_a_proof(self):
        """A key or a superuser would go round every later question."""
        browser, session = self.signed_in()
        account = session["account"]["id"]
        acts = (("/api/keys", {"name": "x", "scopes": ["tenants:write"]}),
                ("/api/users", {"email": f"{marker()}@console.example", "role": "superuser"}),
                (f"/api/users/{account}/role", {"role": "superuser"}))
        for path, body in acts:
            self.refused(browser.call("POST", path, body), 403, "elevation_required")
        self.elevate(browser)
        for path, body in acts:
            self.assertNotIn(b"elevation_required", browser.call("POST", path, body).body, path)
        owner, _ = self.signed_in(self.acme(), "owner")
        self.ok(owner.call("POST", "/api/keys", {"name": "x"}), 201)

    # -- second factor

    def enrolled(self, tenant=None, role="member"):
        email, account = self.person(tenant or self.acme(), role)
        browser, _ = self.sign_in(email)
        begun = self.ok(browser.call("POST", "/api/auth/totp", {}))
        app = App(begun["uri"])
        self.assertIn(begun["secret"], begun["uri"])
        codes = self.ok(browser.call("POST", "/api/auth/totp/confirm", {"code": app.code()}))["recovery_codes"]
        self.assertEqual(len(set(codes)), 10)
        return email, browser, app, codes, account

    def test_codes_are_asked_for_and_good_once(self):
        email, browser, app, codes, account = self.enrolled()
        self.assertEqual(self.ok(browser.get("/api/auth/session"))["mfa"],
                         {"enabled": True, "required": False, "verified": True})
        body = {"email": email, "password": PASSWORD}
        for path in ("/api/auth/session", "/api/auth/sign-in"):
            away = self.browser()
            self.refused(away.call("POST", path, body), 401, "mfa_required")
            self.refused(away.call("POST", path, body | {"password": "wrong, as all"}), 401, "invalid_api_key")
            self.refused(away.call("POST", path, body | {"code": "000000"}), 401, "mfa_incorrect")
            self.assertIsNone(away.cookie)
        code = app.code()
        self.sign_in(email, code=code)
        self.refused(self.browser().call("POST", "/api/auth/session", body | {"code": code}), 401, "mfa_incorrect")
        self.sign_in(email, code=codes[0].upper().replace("-", " "))
        self.refused(self.browser().call("POST", "/api/auth/session", body | {"code": codes[0]}), 401, "mfa_incorrect")
        self.ok(self.browser().call("POST", "/api/auth/sign-in", body | {"code": codes[1]}))
        rows = self.bh.psql(f"SELECT secret_sealed FROM bulkhead.account_totp WHERE account_id = '{account}'")
        self.assertNotIn(app.secret.hex(), rows[0][0])

    def test_a_code_is_not_lost_by_having_to_name_the_tenant(self):
        email, _, _, codes, _ = self.enrolled()
        self.bh.cli("user", "create", email, "--tenant", self.other().id, "--role", "viewer")
        body = {"email": email, "password": PASSWORD, "code": codes[0]}
        self.assertEqual(self.browser().call("POST", "/api/auth/session", body).status, 400)
        self.sign_in(email, code=codes[0], tenant=self.other().id)

    def test_codes_are_not_guessed(self):
        email, _, _, codes, _ = self.enrolled()
        away, statuses = self.browser(), []
        for _ in range(7):
            reply = away.call("POST", "/api/auth/session", {"email": email, "password": PASSWORD, "code": "000000"})
            statuses.append(reply.status)
        self.assertEqual(statuses, [401] * 5 + [429] * 2)
        self.assertGreater(int(reply.headers["retry-after"]), 0)
        self.sign_in(email, code=codes[0])

    def test_the_app_is_elevations_proof_and_can_be_removed(self):
        email, browser, _, codes, _ = self.enrolled()
        self.refused(browser.call("DELETE", "/api/auth/totp"), 403, "elevation_required")
        self.refused(browser.call("POST", "/api/auth/session/elevate", {"password": PASSWORD}), 400, param="code")
        self.refused(browser.call("POST", "/api/auth/session/elevate", {"code": "000000"}), 403, "incorrect_proof")
        self.elevate(browser, code=codes[0])
        renewed = self.ok(browser.call("POST", "/api/auth/totp/recovery-codes", {}))["recovery_codes"]
        self.assertFalse(set(renewed) & set(codes))
        self.refused(self.browser().call("POST", "/api/auth/session",
                                         {"email": email, "password": PASSWORD, "code": codes[1]}), 401, "mfa_incorrect")
        self.assertEqual(browser.call("DELETE", "/api/auth/totp").status, 204)
        self.sign_in(email)

    def test_an_app_is_not_set_up_with_an_old_session_alone(self):
        browser, session = self.signed_in(self.acme(), "member")
        self.aged(session, "proved_at", "11 minutes")
        self.refused(browser.call("POST", "/api/auth/totp", {}), 403, "elevation_required")
        self.elevate(browser)
        self.ok(browser.call("POST", "/api/auth/totp", {}))

    def test_no_key_sets_up_an_app(self):
        for method, path in (("POST", "/api/auth/totp"), ("DELETE", "/api/auth/totp"), ("GET", "/api/auth/session")):
            key = self.acme().new_key("account:read", "account:write")["key"]
            self.refused(wire.Http(self.bh.address, key).call(method, path, {} if method == "POST" else None), 401)

    def test_where_a_factor_is_required_nothing_else_works_without(self):
        tenant = self.bh.tenant()
        email, _ = self.person(tenant, "owner")
        self.bh.psql(f"INSERT INTO bulkhead.tenant_setting (tenant_id, mfa_required) VALUES ('{tenant.id}', true)")
        self.refused(self.browser().call("POST", "/api/auth/sign-in", {"email": email, "password": PASSWORD}), 403, "mfa_required")
        browser, session = self.sign_in(email)
        self.assertEqual(session["mfa"], {"enabled": False, "required": True, "verified": False})
        self.assertEqual(set(session["scopes"]), {"account:read", "account:write"})
        self.refused(browser.get("/v1/files"), 403)
        app = App(self.ok(browser.call("POST", "/api/auth/totp", {}))["uri"])
        self.ok(browser.call("POST", "/api/auth/totp/confirm", {"code": app.code()}))
        self.ok(browser.get("/v1/files"))

    def test_staff_helps_somebody_who_has_lost_the_app(self):
        email, _, _, _, account = self.enrolled()
        staff, _ = self.signed_in()
        self.refused(staff.call("DELETE", f"/api/accounts/{account}/totp"), 403, "elevation_required")
        self.elevate(staff)
        self.assertEqual(staff.call("DELETE", f"/api/accounts/{account}/totp").status, 204)
        self.refused(staff.call("DELETE", f"/api/accounts/{account}/totp"), 404)
        self.sign_in(email)

    # -- impersonation

    def acting(self, tenant, **body):
        email, staff = self.person()
        browser, own = self.sign_in(email)
        path = f"/api/tenants/{tenant.id}/impersonate"
        body = {"reason": "A question about an invoice.", "minutes": 5} | body
        self.refused(browser.call("POST", path, body), 403, "elevation_required")
        self.elevate(browser)
        return browser, own, staff, self.ok(browser.call("POST", path, body))

    def lines(self, event, session):
        def found():
            return [line for line in self.bh.audit(session) if line["event"] == event]
        return until(found, 10, f"the line {event}")

    def test_staff_acts_as_the_owner_and_the_log_says_so(self):
        tenant = self.bh.tenant()
        _, owner = self.person(tenant, "owner")
        browser, own, staff, session = self.acting(tenant)
        self.assertEqual((session["tenant"]["id"], session["role"], session["account"]["id"]), (tenant.id, "owner", owner))
        self.assertEqual(session["impersonation"]["by"], own["account"]["email"])
        self.assertEqual(session["impersonation"]["reason"], "A question about an invoice.")
        begun, = self.lines("impersonation.begin", session["id"])
        self.assertEqual((begun["tenant_id"], begun["impersonator"], begun["target_user_id"]), (tenant.id, staff, owner))

        reply = browser.get("/v1/files")
        self.ok(reply)
        line = until(lambda: [each for each in self.bh.audit(reply.request_id) if each["event"] == "file.list"
                              and each["file"] != "audit-gateway.jsonl"], 10, "the line of the act")[0]
        self.assertEqual((line["tenant_id"], line["subject"], line["impersonator"]), (tenant.id, owner, staff))
        for method, path, body in (("POST", "/api/keys", {"name": "x"}),
                                   ("POST", "/api/users", {"email": "x@y.example", "role": "owner"}),
                                   ("POST", "/api/auth/totp", {}), ("POST", "/api/auth/session/elevate", {"password": PASSWORD}),
                                   ("POST", "/api/auth/session/switch", {"tenant": tenant.id})):
            self.refused(browser.call(method, path, body), 403, "impersonation_not_allowed")
        self.refused(browser.get("/api/tenants"), 403, "insufficient_permissions")

        acting = browser.cookie
        self.assertEqual(browser.call("DELETE", "/api/auth/session").status, 204)
        back = self.ok(browser.get("/api/auth/session"))
        self.assertEqual((back["id"], back["impersonation"], back["elevated_until"]), (own["id"], None, None))
        self.over(browser.get("/api/auth/session", cookie=acting))
        ended, = self.lines("impersonation.end", session["id"])
        self.assertEqual((ended["tenant_id"], ended["cause"]), (tenant.id, "left"))

    def test_an_impersonation_ends_by_time_and_with_the_staffs_session(self):
        tenant = self.bh.tenant()
        self.person(tenant, "owner")
        browser, _, _, session = self.acting(tenant)
        self.ok(browser.get("/v1/files"))
        self.bh.psql(f"UPDATE bulkhead.impersonation SET until_at = now() WHERE id = '{session['id']}'")
        until(lambda: browser.get("/v1/files").status == 401, 5, "the end of the impersonation")
        self.assertEqual(self.lines("impersonation.end", session["id"])[0]["cause"], "time")

        browser, own, _, session = self.acting(tenant)
        self.ok(browser.get("/v1/files"))
        self.bh.cli("user", "disable", own["account"]["email"], "--tenant", "platform")
        until(lambda: browser.get("/v1/files").status in (401, 403), 2, "the end with the staff's rights")
        self.assertEqual(self.lines("impersonation.end", session["id"])[0]["cause"], "signed_out")

    def test_whom_nobody_acts_as(self):
        email, _ = self.person()
        browser, _ = self.sign_in(email)
        self.elevate(browser)
        tenant = self.bh.tenant()
        platform = "00000000-0000-0000-0000-000000000001"
        body = {"reason": "x", "minutes": 5}
        self.refused(browser.call("POST", f"/api/tenants/{platform}/impersonate", body), 403)
        self.refused(browser.call("POST", f"/api/tenants/{tenant.id}/impersonate", body), 400, "invalid_state")
        self.refused(browser.call("POST", f"/api/tenants/{uuid.uuid4()}/impersonate", body), 404)
        _, stranger = self.person(self.acme(), "owner")
        self.refused(browser.call("POST", f"/api/tenants/{tenant.id}/impersonate", body | {"account_id": stranger}), 404)
        for wrong in ({"minutes": 61}, {"minutes": 0}, {"reason": ""}):
            self.refused(browser.call("POST", f"/api/tenants/{tenant.id}/impersonate", body | wrong), 400)
        owner, _ = self.signed_in(self.acme(), "owner")
        self.refused(owner.call("POST", f"/api/tenants/{self.acme().id}/impersonate", body), 403, "insufficient_permissions")
        key = self.bh.cli("key", "create", "--tenant", "platform", "--name", "staff", "--scope", "tenants:write")["key"]
        self.refused(wire.Http(self.bh.address, key).call("POST", f"/api/tenants/{self.acme().id}/impersonate", body), 401)


if __name__ == "__main__":
    main()
