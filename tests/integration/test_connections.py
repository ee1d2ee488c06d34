# SPDX-License-Identifier: Apache-2.0
"""Strangers who connect and send slowly: who has a credential does not notice, and others still sign in."""
import contextlib
import resource
import socket
import unittest

from base import PlatformTest, main, until
from instance import Instance
import wire

SLOW_BODY = b"POST /api/auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n{"
SLOW_HEAD = b"GET /v1/models HTTP/1.1\r\nHost: x\r\nX-Slow: "
CONNECTIONS = 600
SHARE = 400
PASSWORD = "correct horse battery staple"
FILES = 8192  # those of all three crowds, closed at the end of the test


class SlowStrangers(PlatformTest):
    """Two workers of 600 connections each, and 2,400 strangers of eight addresses."""

    @classmethod
    def setUpClass(cls):
        # One end of each of the strangers' connections is open here: more files than an ordinary user's soft limit.
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if 0 <= hard < FILES:
            raise unittest.SkipTest(f"this user may not open {FILES} files")
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft if soft < 0 else max(soft, FILES), hard))
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false", gateway_connections=CONNECTIONS,
                          gateway_connections_per_address=SHARE)
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()

    def crowd(self, data, number=2400):
        for at in range(number):
            link = socket.socket()
            self.addCleanup(link.close)
            link.bind((f"127.0.5.{at % 8 + 1}", 0))
            link.settimeout(5)
            with contextlib.suppress(OSError):
                link.connect(self.bh.address)
                link.sendall(data)

    def member(self, tenant):
        """Somebody with a password."""
        email = f"{tenant.id}@example.org"
        self.bh.cli("user", "create", email, "--tenant", tenant.id, "--role", "member", "--password-stdin",
                    stdin=PASSWORD + "\n")
        return {"email": email, "password": PASSWORD}

    def test_requests_of_others_all_pass(self):
        tenant = self.acme()
        member = self.member(tenant)
        self.ok(tenant.call("GET", "/v1/models"))
        for data in (SLOW_BODY, SLOW_HEAD, b""):
            with self.subTest(data[:20]):
                self.crowd(data)
                for _ in range(12):
                    self.ok(tenant.call("GET", "/v1/models"))
                self.ok(wire.Http(self.bh.address).call("POST", "/api/auth/sign-in", member))
                newcomer = self.bh.tenant()
                self.ok(newcomer.call("GET", "/v1/models"))

    def test_one_address_has_its_share_only(self):
        tenant = self.acme()
        links = []
        for _ in range(SHARE + 10):
            link = socket.create_connection(self.bh.address, timeout=5, source_address=("127.0.5.99", 0))
            self.addCleanup(link.close)
            links.append(link)
        link = links[-1]
        answer = until(lambda: link.recv(4096), 5, "the answer of the gateway")
        self.assertTrue(answer.startswith(b"HTTP/1.1 429 "), answer)
        self.ok(tenant.call("GET", "/v1/models"))


if __name__ == "__main__":
    main()
