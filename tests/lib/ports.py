# SPDX-License-Identifier: Apache-2.0
"""Ports of 127.0.0.1 for servers that the tests start."""
import fcntl
import os
import random
import socket
import tempfile

# Above what servers listen on by themselves.
FIRST = 10240


def free_port():
    """A port that nobody listens on, this process's until it ends.

    Below those that the kernel gives to outgoing connections: one of these could take it before its server binds it,
    and again while that server is restarted. Claimed by a lock on a file, for tests that run at the same time.
    """
    folder = os.path.join(tempfile.gettempdir(), f"bulkhead-test-ports-{os.getuid()}")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        end = int(file.read().split()[0])
    for port in random.sample(range(FIRST, end), end - FIRST):
        if claim(os.path.join(folder, str(port))) and is_free(port):
            return port
    raise AssertionError(f"no port between {FIRST} and {end} is free")


def claim(path):
    """Whether this process has the lock now; it keeps it."""
    held = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return False
    return True


def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
