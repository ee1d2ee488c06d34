# SPDX-License-Identifier: Apache-2.0
"""Sign-ins while strangers, and neighbours, do what they can against them."""
import collections
import itertools
import threading
import time

from base import PlatformTest, main, marker, until, wire

PASSWORD = "correct horse battery staple"
HOME = "127.0.7.1"


class SignIn(PlatformTest):
    addresses = itertools.count(1)

    def sign_in(self, email, source, password=PASSWORD):
        return wire.Http(self.bh.address, source=source).call("POST", "/api/auth/sign-in",
                                                              {"email": email, "password": password})

    def person(self, tenant, role="member"):
        email = f"{marker()}@signin.example"
        self.bh.cli("user", "create", email, "--tenant", tenant.id, "--role", role, "--password-stdin",
                    stdin=PASSWORD + "\n")
        return email

    def strange(self):
        """An address that nobody has come from yet."""
        number = next(self.addresses)
        return f"127.{8 + number // 200}.0.{1 + number % 200}"

    def crowd(self, many, act, meanwhile):
        """`act(i)` again and again in so many threads, for as long as `meanwhile()` takes; the statuses of all."""
        done, statuses, lock = threading.Event(), collections.Counter(), threading.Lock()

        def go(number):
            while not done.is_set():
                status = act(number).status
                with lock:
                    statuses[status] += 1
                if status == 429:
                    time.sleep(0.05)

        threads = [threading.Thread(target=go, args=(number,)) for number in range(many)]
        for thread in threads:
            thread.start()
        try:
            until(lambda: sum(statuses.values()) >= many, 10, "the crowd at work")
            meanwhile()
        finally:
            done.set()
            for thread in threads:
                thread.join()
        return statuses

    def test_a_flood_of_invented_addresses_leaves_good_sign_ins(self):
        old, new = self.person(self.acme()), self.person(self.acme())
        self.ok(self.sign_in(old, HOME))
        places = [self.strange() for _ in range(25)]

        def good():
            for _ in range(20):
                self.ok(self.sign_in(old, HOME))
            for _ in range(3):
                self.ok(self.sign_in(new, self.strange()))

        statuses = self.crowd(50, lambda number: self.sign_in(f"{marker()}@nobody.example",
                                                              places[number % len(places)]), good)
        self.assertLessEqual(set(statuses), {401, 429, 503})
        self.assertGreater(statuses[401], 20)

    def test_strangers_cannot_lock_anybody_out_who_has_been_there(self):
        """A known address costs strangers their own tries and those of all strangers, never the owner's."""
        email = self.person(self.acme())
        self.ok(self.sign_in(email, HOME))
        statuses = collections.Counter()
        for _ in range(15):
            place = self.strange()
            statuses.update(self.sign_in(email, place, "wrong, as all of them").status for _ in range(9))
        self.assertEqual(set(statuses), {401, 429})
        self.assertLessEqual(statuses[401], 102)
        limited = self.sign_in(email, self.strange(), PASSWORD)
        self.assertEqual(limited.status, 429, limited)
        self.assertGreater(int(limited.headers["retry-after"]), 0)
        for _ in range(3):
            self.ok(self.sign_in(email, HOME))

    def test_ones_own_tries_are_counted_and_come_back_with_the_password(self):
        email, place = self.person(self.acme()), self.strange()
        for _ in range(2):
            for _ in range(9):
                self.refused(self.sign_in(email, place, "wrong, as all of them"), 401)
            self.ok(self.sign_in(email, place))
        statuses = [self.sign_in(email, place, "wrong, as all of them").status for _ in range(11)]
        self.assertEqual(statuses, [401] * 10 + [429])
        self.assertEqual(self.sign_in(email, place).status, 429)

    def test_an_unknown_address_is_counted_like_a_known_one(self):
        place, statuses = self.strange(), []
        for email in (self.person(self.acme()), f"{marker()}@nobody.example"):
            statuses.append([self.sign_in(email, place, "wrong, as all of them").status for _ in range(12)])
        self.assertEqual(statuses[0], statuses[1])
        self.assertEqual(statuses[0], [401] * 10 + [429] * 2)

    def newcomers(self, tenant, many):
        """Tokens of links with which people of a tenant set their first password."""
        of, links = ("--tenant", tenant.id), []
        for _ in range(many):
            email = f"{marker()}@signin.example"
            self.bh.cli("user", "create", email, *of, "--role", "viewer")
            links.append(self.bh.cli("user", "link", email, *of)["url"].rpartition("#")[2])
        return links

    def test_a_tenants_new_passwords_leave_sign_ins_and_other_tenants(self):
        """All of a tenant's people set theirs at once, again and again: of a link that was used, nothing is hashed."""
        mine, theirs = self.newcomers(self.acme(), 40), self.newcomers(self.other(), 5)
        email = self.person(self.other())
        self.ok(self.sign_in(email, HOME))

        def redeem(link, source):
            return wire.Http(self.bh.address, source=source).call("POST", "/api/auth/link", {"token": link, "password": PASSWORD})

        places = [self.strange() for _ in mine]

        def good():
            for _ in range(10):
                self.ok(self.sign_in(email, HOME))
            for link in theirs:
                self.ok(redeem(link, HOME))

        statuses = self.crowd(len(mine), lambda number: redeem(mine[number], places[number]), good)
        self.assertLessEqual(set(statuses), {200, 401, 429, 503})
        self.assertGreater(statuses[200], 0)

    def test_a_person_has_a_bounded_number_of_sign_ins(self):
        tenant = self.acme()
        email = self.person(tenant)
        first = self.ok(self.sign_in(email, HOME))
        self.bh.psql("INSERT INTO bulkhead.session (tenant_id, id, account_id, method, created_at, expires_at) "
                     "SELECT tenant_id, gen_random_uuid(), account_id, method, created_at, expires_at "
                     f"FROM bulkhead.session, generate_series(1, 99) WHERE id = '{first['session_id']}'")
        http = wire.Http(self.bh.address, first["access_token"])
        self.ok(http.call("GET", "/api/auth/me"))
        last = self.ok(self.sign_in(email, HOME))
        count = self.bh.psql("SELECT count(*) FROM bulkhead.session WHERE revoked_at IS NULL "
                             f"AND account_id = '{last['user_id']}'")
        self.assertEqual(int(count[0][0]), 100)
        self.ok(wire.Http(self.bh.address, last["access_token"]).call("GET", "/api/auth/me"))


if __name__ == "__main__":
    main()
