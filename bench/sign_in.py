# SPDX-License-Identifier: Apache-2.0
"""How sign-ins fare while strangers try invented addresses, and revocations while hundreds are made at once.

A hundred connections from fifty loopback addresses try addresses that nobody has, as fast as they are answered.
Meanwhile one person signs in from a familiar place, one sign-in after the other; the same without the crowd is
the baseline. Then thirty clients delete ten keys each at once.
"""
import itertools
import statistics
import threading
import time
import uuid

from table import Row
from wire import Http

PASSWORD = "correct horse battery staple"
CONNECTIONS, PLACES, GOOD = 100, 50, 20
CLIENTS, KEYS_EACH = 30, 10
HOME = "127.0.7.1"
RATIO = 2
REVOKED_S = 1


class Attack:
    """Connections that try invented addresses until it is over."""

    def __init__(self, instance):
        self.instance, self.over, self.tries = instance, threading.Event(), itertools.count()
        self.threads = [threading.Thread(target=self.go, args=(f"127.9.0.{1 + number % PLACES}",))
                        for number in range(CONNECTIONS)]

    def go(self, source):
        http = Http(self.instance.address, source=source)
        while not self.over.is_set():
            body = {"email": f"{uuid.uuid4().hex}@nobody.example", "password": PASSWORD}
            try:
                status = http.call("POST", "/api/auth/sign-in", body).status
            except OSError:
                status = 0
            next(self.tries)
            if status in (0, 429):
                time.sleep(0.2)  # a busier crowd only takes the machine from the platform that it shares

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        time.sleep(1)
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()


def sign_ins(instance, email):
    """Seconds of each that was answered with 200."""
    http, times = Http(instance.address, source=HOME), []
    for _ in range(GOOD):
        begin = time.monotonic()
        try:
            answered = http.call("POST", "/api/auth/sign-in", {"email": email, "password": PASSWORD}).status == 200
        except OSError:
            answered = False
        if answered:
            times.append(time.monotonic() - begin)
    return times


def flood(bench):
    tenant = bench.instance.tenant("bench-sign-in", mock=True)
    email = f"{uuid.uuid4().hex}@sign-in.example"
    bench.instance.cli("user", "create", email, "--tenant", tenant.id, "--role", "member", "--password-stdin",
                       stdin=PASSWORD + "\n")
    sign_ins(bench.instance, email)
    idle = sign_ins(bench.instance, email)
    with Attack(bench.instance) as attack:
        crowded = sign_ins(bench.instance, email)
        tries = next(attack.tries)
    if not crowded or not idle:
        return [Row("good sign-ins beside 100 connections with invented addresses", f"{len(crowded)} of {GOOD}",
                    f"{len(idle)} of {GOOD}", "", f"{GOOD} of {GOOD}", False)]
    middle, worst = [statistics.median(times) * 1000 for times in (idle, crowded)], max(crowded) * 1000
    ratio = middle[1] / middle[0]
    return [Row(f"good sign-ins beside {CONNECTIONS} connections with invented addresses",
                f"{len(crowded)} of {GOOD}, {middle[1]:.0f} ms, longest {worst:.0f} ms",
                f"{len(idle)} of {GOOD}, {middle[0]:.0f} ms", f"{ratio:.1f}",
                f"all, <= {RATIO}", len(crowded) == GOOD and ratio <= RATIO,
                f"{tries} tries of the crowd, whose clients share the machine")]


def deletions(bench):
    tenant = bench.instance.tenant("bench-revoke", mock=True)
    row = bench.instance.cli("key", "create", "--tenant", "platform", "--name", "bench", "--scope", "tenants:write",
                             "--scope", "keys:write", "--scope", "models:read")
    http, path = Http(bench.instance.address, row["key"]), f"/api/tenants/{tenant.id}/keys"
    ids = [http.call("POST", path, {"scopes": ["models:read"]}).json()["id"] for _ in range(CLIENTS * KEYS_EACH)]
    times, statuses = [], []

    def go(own):
        for id in own:
            begin = time.monotonic()
            statuses.append(http.call("DELETE", f"{path}/{id}").status)
            times.append(time.monotonic() - begin)

    threads = [threading.Thread(target=go, args=(ids[number::CLIENTS],)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    late = len(ids) - statuses.count(204)
    return [Row(f"{len(ids)} keys deleted by {CLIENTS} clients at once", f"longest {max(times):.2f} s, {late} refused",
                "", "", f"<= {REVOKED_S} s, none", late == 0 and max(times) <= REVOKED_S,
                f"median {statistics.median(times) * 1000:.0f} ms; the answer comes once the gateway has forgotten the key")]


def run(bench):
    return flood(bench) + deletions(bench)
