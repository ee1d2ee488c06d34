# SPDX-License-Identifier: Apache-2.0
"""What an attacker works with: floods on loopback, bounded in connections and in time.

A flood runs from start() until stop(), at the longest LIMIT_S. With a credential it is wrk, which costs
little CPU beside the platform; without one it is asyncio, which chooses its own source address.
"""
import asyncio
import atexit
import contextlib
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys

import mock_upstream
from instance import MOCK_CHAT, REAL_EMBED

LIMIT_S = 90
# Clients and upstreams of an attacker have processors of their own; on this machine they take what is left.
# Where the kernel shares them out among sessions first (autogroup), a session's own niceness is what counts.
ELSEWHERE = ["setsid", "sh", "-c", 'echo 19 2>/dev/null >/proc/self/autogroup; exec nice -n 19 "$@"', "sh"]

WRK_REQUESTS = r"""
local requests, at = {}, 0
function init(args)
    for i, one in ipairs(list) do
        wrk.headers["Content-Type"] = one.kind
        requests[i] = wrk.format(one.method, one.path, nil, one.body)
    end
end
function request()
    at = at % #requests + 1
    return requests[at]
end
function delay()
    return @PAUSE@
end
"""


class Request:
    """One request of a flood."""

    def __init__(self, method, path, body=None, kind="application/json"):
        self.method, self.path, self.kind = method, path, kind
        self.body = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)

    @property
    def data(self):
        return self.body.encode() if isinstance(self.body, str) else self.body or b""


def lua_string(text):
    """Any bytes as a Lua literal."""
    data = text.encode() if isinstance(text, str) else text
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in (34, 92) else f"\\{b:03d}" for b in data) + '"'


class Wrk:
    """Sends these requests in turn on so many connections, each again when it is answered."""

    def __init__(self, folder, instance, key, requests, connections, pause_ms=0):
        rows = []
        for one in requests:
            body = "" if one.body is None else f", body={lua_string(one.body)}"
            rows.append(f"{{method={lua_string(one.method)}, path={lua_string(one.path)}, "
                        f"kind={lua_string(one.kind)}{body}}}")
        text = f'wrk.headers["Authorization"] = {lua_string("Bearer " + key)}\nlocal list = {{\n' + \
            ",\n".join(rows) + "}\n" + WRK_REQUESTS.replace("@PAUSE@", str(pause_ms))
        if not pause_ms:
            text = text.replace("function delay()\n    return 0\nend\n", "")
        self.path = os.path.join(folder, f"flood-{id(self)}.lua")
        with open(self.path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(text)
        self.command = ["wrk", "-t1", f"-c{connections}", f"-d{LIMIT_S}s", "--timeout", f"{LIMIT_S}s", "-s", self.path,
                        instance.url]
        self.process = None
        self.said, self.sockets = "", 0

    def start(self):
        self.process = subprocess.Popen([*ELSEWHERE, *self.command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True)

    def stop(self):
        if self.process is None:
            return
        self.sockets = self.count_sockets()
        self.process.send_signal(signal.SIGINT)  # it prints its counts and ends
        try:
            self.said, _ = self.process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.said, _ = self.process.communicate()
        os.unlink(self.path)

    def count_sockets(self):
        folder, count = f"/proc/{self.process.pid}/fd", 0
        for name in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError):  # closed since it was listed
                count += os.readlink(os.path.join(folder, name)).startswith("socket:")
        return count

    @property
    def under_way(self):
        return self.count_sockets() > 0

    @property
    def count(self):
        """Requests that were answered or, where each takes longer than the attack, connections."""
        found = re.search(r"(\d+) requests in", self.said)
        return int(found.group(1)) if found and int(found.group(1)) else self.sockets


class Anonymous:
    """asyncio connections from chosen loopback addresses, in a process of their own, so that they take no
    time from the victim's. `talk(number, reader, writer)` is what one does; it is begun again when it ends
    or its connection breaks."""

    def __init__(self, address, talk, connections, sources=("127.0.0.9",)):
        self.address, self.talk, self.connections, self.sources = address, talk, connections, sources
        self._count = multiprocessing.Value("q", 0)
        self.process = multiprocessing.get_context("fork").Process(target=self._main, daemon=True)

    @property
    def count(self):
        """Connections that were made."""
        return self._count.value

    @property
    def under_way(self):
        return self.count > 0

    def start(self):
        self.process.start()

    def stop(self):
        self.process.terminate()
        self.process.join()

    def _main(self):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.setsid()
        os.nice(19)
        with contextlib.suppress(OSError), open("/proc/self/autogroup", "w", encoding="ascii") as file:
            file.write("19")
        asyncio.run(self._run())

    async def _run(self):
        everything = asyncio.gather(*(self._one(at) for at in range(self.connections)))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(everything, LIMIT_S)

    async def _one(self, number):
        while True:
            writer = None
            try:
                source = self.sources[number % len(self.sources)]
                reader, writer = await asyncio.open_connection(*self.address, local_addr=(source, 0))
                self._count.value += 1
                await self.talk(number, reader, writer)
            except (OSError, EOFError):
                await asyncio.sleep(0.05)
            finally:
                if writer is not None:
                    writer.close()


class Engine:
    """A scripted upstream in a process of its own, which ends with this one."""

    def __init__(self, before=()):
        self.process = subprocess.Popen([*before, sys.executable, mock_upstream.__file__], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        atexit.register(self.stop)

    def serve(self, instance, tenant):
        """Makes its models the tenant's."""
        for name, kind, more in ((MOCK_CHAT, "chat", ("--context", "8192")),
                                 (REAL_EMBED, "embedding", ("--context", "256", "--dimensions", "384"))):
            instance.cli("model", "add", name, "--url", self.url + "/v1", "--kind", kind, "--no-probe",
                         "--price-in", "0", "--price-out", "0", "--tenant", tenant.id, *more)
            instance.cli("model", "default", name, "--kind", kind, "--tenant", tenant.id)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def head(method, path, length, kind="application/json", key=None):
    lines = [f"{method} {path} HTTP/1.1", "host: x", f"content-length: {length}", f"content-type: {kind}"]
    if key:
        lines.append(f"authorization: Bearer {key}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def answer(reader):
    """Reads one answer with a length; its status."""
    text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = next((int(line.split(":")[1]) for line in text.split("\r\n") if line.startswith("content-length:")), 0)
    await reader.readexactly(length)
    return int(text.split(" ", 2)[1])
