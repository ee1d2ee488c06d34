# SPDX-License-Identifier: Apache-2.0
"""Two of each service behind one gateway, for what replaces them one after the other."""
import os

from apart_base import SERVICES, Apart
from base import until

from ports import free_port


class Pairs(Apart):
    """Each service twice; the second has a home of its own, as on another machine."""

    PAIRED = tuple(name for name in SERVICES if name != "stripemock")

    def __init__(self, scheme, **settings):
        super().__init__(scheme, twice=False, **settings)
        self.ports |= {name + "2": free_port() for name in self.PAIRED}

    def replicas(self):
        return [(name + number, name) for name in self.PAIRED for number in ("", "2")]

    def write_settings(self):
        super().write_settings()
        path = os.path.join(self.home, "bulkhead.conf")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for name in self.PAIRED:
            one = self.address_of(name)
            text = text.replace(
                f"\n{name} = {one}\n", f"\n{name} = {one} {self.address_of(name + '2')}\n", 1)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def start_apart(self):
        super().start_apart()
        for name in self.PAIRED:
            self.serve(name + "2", name)
        for name in self.PAIRED:
            until(lambda name=name: self.is_ready_at(name + "2"), 60, f"{name}2 ready", pause=0.1)

    def start_all(self):
        """With a server, the programs and everything else that it needs."""
        self.start_server()
        self.install()
        self.new_secrets()
        self.psql("CREATE EXTENSION vector;")
        self.start_apart()
