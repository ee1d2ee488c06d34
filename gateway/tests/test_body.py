# SPDX-License-Identifier: Apache-2.0
"""Bodies under way: so many bytes for each tenant, and always room for one who has none; uploads as they come."""

import contextlib
import fcntl
import glob
import os
import re
import signal
import struct
import termios
import unittest
import uuid

from harness import GatewayTest, answer, until

MIB = 1 << 20


class BodyTest(GatewayTest):
    """A tenant may have 10 MiB under way, an address 3, all together 20."""

    def edit(text):
        text, n = re.subn(r"bulkhead_bodies tenant=\d+ (pace=\d+) total=\d+;", r"bulkhead_bodies tenant=10 \1 total=20;", text)
        assert n == 1
        return re.sub(r"bulkhead_by_address bodies concurrency=\d+;", "bulkhead_by_address bodies concurrency=3;", text)

    def tenant(self):
        name = "key-" + uuid.uuid4().hex
        self.gateway.auth.add(name, tenant=str(uuid.uuid4()), credential=str(uuid.uuid4()))
        self.assertEqual(self.gateway.get("/v1/items", credential=name).status, 200)
        return name

    def bytes(self):
        return self.gateway.metrics()["bulkhead_gateway_bodies_bytes"]

    def begin(self, credential, size, target="/v1/upload", length=None):
        """Sends a head and a part of its body; the rest never comes."""
        before = self.bytes()
        client = self.gateway.client()
        self.addCleanup(client.close)
        lines = [f"POST {target} HTTP/1.1", "Host: x", length or f"Content-Length: {size}"]
        if credential:
            lines.append(f"Authorization: Bearer {credential}")
        client.send("\r\n".join(lines) + "\r\n\r\n")
        until(lambda: self.bytes() == before + -(-size // MIB) * MIB, what="the body counted")
        return client

    def upload(self, credential, size, target="/v1/upload"):
        return self.gateway.get(target, method="POST", body=b"x" * size, credential=credential)

    def refused(self, credential, size, target="/v1/upload", length=None):
        """What a head is answered; not a byte of the body is sent."""
        with contextlib.closing(self.gateway.client()) as client:
            lines = [f"POST {target} HTTP/1.1", "Host: x", length or f"Content-Length: {size}"]
            if credential:
                lines.append(f"Authorization: Bearer {credential}")
            client.send("\r\n".join(lines) + "\r\n\r\n")
            return client.reply()

    def tearDown(self):
        self.doCleanups()
        until(lambda: self.bytes() == 0, what="all room given back")


class Share(BodyTest):
    def test_a_tenant_has_a_share_of_the_bytes_under_way(self):
        busy, other = self.tenant(), self.tenant()
        clients = [self.begin(busy, 4 * MIB), self.begin(busy, 4 * MIB)]
        reply = self.refused(busy, 3 * MIB)
        self.assert_error(reply, 429, "bodies_exceeded")
        self.assertIn("10 MiB", reply.error["message"])
        self.assertTrue(0 < int(reply.headers["retry-after"]) <= 5)
        self.assertEqual(self.upload(busy, 2 * MIB).status, 200)
        self.assertEqual(self.upload(other, 2 * MIB).status, 200)
        # Small ones and requests without a body are not concerned.
        self.assertEqual(self.upload(busy, 65536).status, 200)
        self.assertEqual(self.gateway.get("/v1/items", credential=busy).status, 200)
        clients[0].close()
        until(lambda: self.upload(busy, 4 * MIB).status == 200, what="room given back")
        self.assertGreater(self.gateway.metrics()["bulkhead_gateway_bodies_refused_total"], 0)

    def test_a_body_larger_than_the_share_passes_alone(self):
        tenant = self.tenant()
        self.assertEqual(self.upload(tenant, 12 * MIB).status, 200)
        self.begin(tenant, 1 * MIB)
        self.assert_error(self.refused(tenant, 12 * MIB), 429, "bodies_exceeded")

    def test_the_last_room_is_the_newcomer_s(self):
        """Nobody has more under way than is left for all, so that there is always some left."""
        one, two, three = self.tenant(), self.tenant(), self.tenant()
        self.begin(one, 8 * MIB)
        self.begin(two, 6 * MIB)
        self.assert_error(self.refused(two, 1 * MIB), 503, "service_unavailable")
        self.assert_error(self.refused(one, 1 * MIB), 503, "service_unavailable")
        self.assertEqual(self.upload(three, 2 * MIB).status, 200)

    def test_a_chunked_body_counts_as_the_largest_there_may_be(self):
        reply = self.refused(self.tenant(), 0, length="Transfer-Encoding: chunked")
        self.assert_error(reply, 503, "service_unavailable")

    def test_without_a_credential_the_address_has_a_share(self):
        self.begin(None, 2 * MIB, "/v1/drop")
        reply = self.refused(None, 2 * MIB, "/v1/drop")
        self.assert_error(reply, 429, "bodies_exceeded")
        self.assertIn("3 MiB", reply.error["message"])
        self.assertEqual(self.upload(self.tenant(), 2 * MIB).status, 200)

    def test_a_killed_worker_gives_its_room_back(self):
        tenant = self.tenant()
        self.begin(tenant, 8 * MIB)
        for pid in self.gateway.worker_pids():
            os.kill(pid, signal.SIGKILL)

        def passes():
            try:
                return self.upload(tenant, 8 * MIB).status == 200
            except (OSError, EOFError):
                return False

        until(passes, what="the room of a dead worker")


class Unbuffered(BodyTest):
    def edit(text):
        return text

    def test_a_refusal_by_the_head_comes_before_the_body(self):
        """The service answers at once and drops what still comes, as ours do."""
        def early(target, connection):
            if "do=early" in target:
                answer(connection, 413, [("Content-Type", "application/json")], b'{"error":{"code":"over_quota"}}')

        self.gateway.service.server.head = early
        self.addCleanup(setattr, self.gateway.service.server, "head", None)
        reply = self.refused("good", 60 * MIB, "/v1/direct?do=early")
        self.assertEqual((reply.status, reply.json()["error"]["code"]), (413, "over_quota"))
        self.assertEqual(reply.headers["connection"], "close")

    def test_no_byte_of_it_lies_on_disk(self):
        for target, files in (("/v1/direct", 0), ("/v1/upload", 1)):
            client = self.begin("good", 4 * MIB, target)
            client.send(b"x" * 3 * MIB)
            sent = self.in_queue(client)
            until(lambda: len(self.spooled()) == files and sent() == 0, what="the body taken")
            client.send(b"x" * MIB)
            self.assertEqual(client.reply().json()["bytes"], 4 * MIB)

    @staticmethod
    def in_queue(client):
        """Bytes that the other end has not taken yet (SIOCOUTQ)."""
        return lambda: struct.unpack("i", fcntl.ioctl(client.socket, termios.TIOCOUTQ, b"\0" * 4))[0]

    def spooled(self):
        """Files that a worker has open below the spool folder; they have no name any more."""
        found = []
        for pid in self.gateway.worker_pids():
            for path in glob.glob(f"/proc/{pid}/fd/*"):
                with contextlib.suppress(OSError):
                    if "client_body" in (name := os.readlink(path)):
                        found.append(name)
        return found

    def test_a_service_that_breaks_off_is_502_and_no_retry(self):
        self.gateway.service.server.head = lambda target, connection: "close" if "do=gone" in target else None
        self.addCleanup(setattr, self.gateway.service.server, "head", None)
        reply = self.gateway.get("/v1/direct?do=gone", method="POST", body=b"x" * 100000)
        self.assert_error(reply, 502, "service_unavailable")
        self.assertEqual(reply.headers["x-should-retry"], "false")


if __name__ == "__main__":
    unittest.main()
