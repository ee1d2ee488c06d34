# SPDX-License-Identifier: Apache-2.0
"""A receiver of syslog of the tests' own: a process that keeps what it reads at once, and that can be killed.

    syslog_sink.py FOLDER PORT [CERTIFICATE KEY] [--rate BYTES]     reads so many bytes a second; 0: all there is
"""
import argparse
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

# RFC 5424, 6: the header, structured data with its escapes, and the message.
MESSAGE = re.compile(
    rb'<(?P<pri>\d{1,3})>1 (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z) (?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48})'
    rb' (?P<process>[!-~]{1,128}) (?P<id>[!-~]{1,32})'
    rb' (?P<data>-|(?:\[[!#-<>-\\^-~]{1,32}(?: [!#-<>-\\^-~]{1,32}="(?:[^"\\\]]|\\["\\\]])*")*\])+) (?P<text>.*)', re.DOTALL)


def frames(data):
    """Whole messages in what came over one connection; what is cut off is none."""
    while data:
        length, blank, rest = data.partition(b" ")
        assert length.isdigit() and not length.startswith(b"0"), data[:80]
        if not blank or len(rest) < int(length):
            return
        yield rest[:int(length)]
        data = rest[int(length):]


def parse(frame):
    """A message by its parts; what is no message of RFC 5424 fails."""
    found = MESSAGE.fullmatch(frame)
    assert found, frame[:300]
    message = {name: value.decode() for name, value in found.groupdict().items()}
    return message | {"event": json.loads(found["text"])}


class Receiver:
    """The process, and what it and those before it have read."""

    def __init__(self, folder, port, certificate=None, key=None):
        self.folder, self.port = folder, port
        self.pair = [certificate, key] if certificate else []
        self.process = None

    def start(self, rate=0):
        assert self.process is None
        self.process = subprocess.Popen([sys.executable, "-B", os.path.abspath(__file__), self.folder, str(self.port),
                                         *self.pair, "--rate", str(rate)], stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"listening\n"
        return self

    def kill(self):
        """As a machine that dies: what it has not read is lost."""
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process.stdout.close()
        self.process = None

    def connections(self):
        """What each connection brought, in their order."""
        found = []
        for name in sorted(os.listdir(self.folder)):
            with open(os.path.join(self.folder, name), "rb") as file:
                found.append([parse(frame) for frame in frames(file.read())])
        return found

    def messages(self, tenant=None):
        return [each for connection in self.connections() for each in connection
                if tenant is None or each["event"]["tenant_id"] == tenant]

    def positions(self, tenant):
        return [each["event"]["position"] for each in self.messages(tenant)]


def keep(connection, path, rate):
    with connection, open(path, "ab", buffering=0) as file:
        while True:
            data = connection.recv(4096 if rate else 65536)
            if not data:
                return
            file.write(data)
            if rate:
                time.sleep(len(data) / rate)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("port", type=int)
    parser.add_argument("pair", nargs="*")
    parser.add_argument("--rate", type=int, default=0)
    args = parser.parse_args()
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if args.rate:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    server.bind(("127.0.0.1", args.port))
    server.listen(8)
    context = None
    if args.pair:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*args.pair)
    print("listening", flush=True)
    while True:
        connection, _ = server.accept()
        path = os.path.join(args.folder, f"{time.time_ns():020d}")

        def serve(connection=connection, path=path):
            try:
                keep(context.wrap_socket(connection, server_side=True) if context else connection, path, args.rate)
            except OSError:
                pass  # the other side is gone, or trusts us not: what it sent before is kept
        threading.Thread(target=serve, daemon=True).start()


if __name__ == "__main__":
    main()
