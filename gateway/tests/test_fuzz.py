# SPDX-License-Identifier: Apache-2.0
"""Any bytes as a request: the corpus and changes of it, always the same; the worker lives and goes on answering."""

import contextlib
import os
import random
import unittest

from harness import GatewayTest

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/fuzz/corpus/gateway")
ROUNDS = 30
INTERESTING = (b"\r\n", b"\0", b" ", b":", b",", b"%", b"/../", b"\xff", b"A" * 9000, b"X-Forwarded-For: ", b"Bearer ",
               b"Origin: https://a", b"x-stainless-", b"Content-Length: 99999999999999999999\r\n", b"Transfer-Encoding: chunked\r\n", b"::ffff:", b"\t",
               b"Cookie: bulkhead=bh_ct_", b"; bulkhead=", b";;", b"Sec-Fetch-Site: same-origin\r\n")


def changed(data, chance):
    """The bytes with a few of them cut, doubled, flipped or joined by others."""
    data = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(data))
        match chance.randint(0, 3):
            case 0:
                del data[at:at + chance.randint(1, 8)]
            case 1:
                data[at:at] = chance.choice(INTERESTING)
            case 2:
                data[at:at] = data[max(0, at - chance.randint(1, 40)):at]
            case 3:
                if at < len(data):
                    data[at] ^= 1 << chance.randint(0, 7)
    return bytes(data)


class Fuzz(GatewayTest):
    def edit(text):
        """Believes the client's word of where it comes from, and answers its pages, so that both are read."""
        return text.replace("bulkhead_zone", "bulkhead_trusted_proxy 127.0.0.1;\n"
                            "\tbulkhead_cors tenants https://console.example;\n\tbulkhead_zone", 1)

    def send(self, data):
        """What comes back until the gateway closes or falls silent, which it may."""
        said = b""
        with contextlib.closing(self.gateway.client()) as client:
            client.socket.settimeout(0.03)
            with contextlib.suppress(OSError):
                client.send(data)
                while piece := client.socket.recv(65536):
                    said += piece
        return said

    def test_no_request_ends_the_worker(self):
        chance = random.Random(1)
        workers = self.gateway.worker_pids()
        for name in sorted(os.listdir(CORPUS)):
            with open(os.path.join(CORPUS, name), "rb") as file:
                seed = file.read()
            for data in [seed] + [changed(seed, chance) for _ in range(ROUNDS)]:
                said = self.send(data)
                if said and not said.startswith((b"HTTP/1.", b"{")):
                    self.fail(f"{data!r} was answered {said[:200]!r}")
            with self.subTest(name):
                self.assertEqual(self.gateway.worker_pids(), workers)
                self.assertEqual(self.gateway.get("/v1/items").status, 200)


if __name__ == "__main__":
    unittest.main()
