# SPDX-License-Identifier: Apache-2.0
"""A small server of names: what it answers for every name can be changed at any time."""
import ipaddress
import socket
import struct
import threading

KINDS = {1: 4, 28: 6}  # A and AAAA


class Names:
    """`addresses` are those that every question about an address gets; `asked` counts questions.

    `named` has names of their own: each a list of answers, which are lists of addresses. Every question about the name
    gets the next one, and the last one from then on.
    """

    def __init__(self, *addresses, ttl=1, port=0, named=None):
        self.addresses, self.ttl, self.asked = list(addresses), ttl, 0
        self.named, self.turns = named or {}, {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
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

    def _found(self, name, kind):
        answers = self.named.get(name)
        if answers is None:
            return self.addresses
        turn = self.turns.get((name, kind), 0)
        self.turns[name, kind] = turn + 1
        return answers[min(turn, len(answers) - 1)]

    def _answer(self, question):
        self.asked += 1
        end = question.index(b"\0", 12) + 5
        kind = struct.unpack(">H", question[end - 4:end - 2])[0]
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode("latin-1").lower())
            at += 1 + question[at]
        found = [address.packed for each in self._found(".".join(labels), kind)
                 if (address := ipaddress.ip_address(each)).version == KINDS.get(kind)]
        head = question[:2] + struct.pack(">HHHHH", 0x8180, 1, len(found), 0, 0)
        return head + question[12:end] + b"".join(
            struct.pack(">HHHIH", 0xc00c, kind, 1, self.ttl, len(each)) + each for each in found)
