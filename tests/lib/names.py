# SPDX-License-Identifier: Apache-2.0
"""A small server of names: what it answers for every name can be changed at any time."""
import socket
import struct
import threading


class Names:
    """`addresses` are the IPv4 addresses that every question about an address gets; `asked` counts questions."""

    def __init__(self, *addresses, ttl=1):
        self.addresses, self.ttl, self.asked = list(addresses), ttl, 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self):
        self._socket.close()

    def _serve(self):
        while True:
            try:
                question, sender = self._socket.recvfrom(4096)
                self._socket.sendto(self._answer(question), sender)
            except OSError:
                return

    def _answer(self, question):
        self.asked += 1
        end = question.index(b"\0", 12) + 5
        kind = struct.unpack(">H", question[end - 4:end - 2])[0]
        found = self.addresses if kind == 1 else []
        head = question[:2] + struct.pack(">HHHHH", 0x8180, 1, len(found), 0, 0)
        return head + question[12:end] + b"".join(
            struct.pack(">HHHIH", 0xc00c, 1, 1, self.ttl, 4) + socket.inet_aton(each) for each in found)
