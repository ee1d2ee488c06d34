# SPDX-License-Identifier: Apache-2.0
"""A loopback proxy of many links, in a process of its own, that lets bytes through, or does what networks do on bad days.

Commands are lines of JSON on standard input, each answered by one on standard output:
    {"add": NAME, "port": N}              listens, leads to that port; answers {"port": M}
    {"set": [NAME...], "mode": MODE, "ms": N}

pass: as it comes. delay: each piece N ms later. hold: nothing comes through, either way, until it is let go, as when packets are
lost: nobody is told. deaf: what is asked arrives, and what is answered does not. cut: connections are reset, and new ones too.
half: the answer's direction is closed, the other stays open; new connections as well.
"""
import asyncio
import json
import socket
import struct
import sys

MODES = ("pass", "delay", "hold", "deaf", "cut", "half")


class Link:
    """One way between two parts."""

    def __init__(self, port):
        self.port_behind, self.mode, self.delay_s = port, "pass", 0.0
        self.free = asyncio.Event()
        self.free.set()
        self.pairs = set()

    def set(self, mode, ms):
        self.mode, self.delay_s = mode, ms / 1000 if mode == "delay" else 0.0
        if mode in ("hold", "deaf"):
            self.free.clear()
        else:
            self.free.set()
        if mode == "cut":
            for pair in list(self.pairs):
                reset(pair[0])
                reset(pair[1])
        if mode == "half":
            for client, _ in list(self.pairs):
                close_half(client)

    async def serve(self, reader, writer):
        if self.mode == "cut":
            reset(writer)
            return
        while self.mode == "hold":
            await self.free.wait()
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.port_behind)
        except OSError:
            reset(writer)
            return
        for each in (writer, back):
            each.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pair = (writer, back)
        self.pairs.add(pair)
        if self.mode == "half":
            close_half(writer)
        try:
            await asyncio.gather(self.pump(reader, back, False), self.pump(there, writer, True))
        finally:
            self.pairs.discard(pair)
            for each in pair:
                each.close()

    async def pump(self, reader, writer, is_answer):
        """Until the end of what comes; then the other side is told of that end."""
        try:
            while data := await reader.read(65536):
                while self.mode == "hold" or (self.mode == "deaf" and is_answer):
                    await self.free.wait()
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                if self.mode == "half" and is_answer:
                    continue
                writer.write(data)
                await writer.drain()
            while self.mode == "hold" or (self.mode == "deaf" and is_answer):
                await self.free.wait()
            close_half(writer)
        except OSError:
            reset(writer)


def close_half(writer):
    if writer.can_write_eof() and not writer.transport.is_closing():
        try:
            writer.write_eof()
        except OSError:
            pass


def reset(writer):
    """Closed without a goodbye: the other side sees a reset."""
    raw = writer.get_extra_info("socket")
    if raw is not None and raw.fileno() >= 0:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Proxy:
    def __init__(self):
        self.links, self.servers = {}, []

    async def add(self, name, port):
        link = self.links[name] = Link(port)
        server = await asyncio.start_server(link.serve, "127.0.0.1", 0)
        self.servers.append(server)
        return {"port": server.sockets[0].getsockname()[1]}

    async def obey(self, command):
        if "add" in command:
            return await self.add(command["add"], command["port"])
        for name in command["set"]:
            self.links[name].set(command["mode"], command.get("ms", 0))
        return {}

    async def run(self):
        loop = asyncio.get_running_loop()
        # A connection that is reset while it is written to is the point, and no news.
        loop.set_exception_handler(lambda *_: None)
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            print(json.dumps(await self.obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    asyncio.run(Proxy().run())
