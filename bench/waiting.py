# SPDX-License-Identifier: Apache-2.0
"""What 500 Responses that wait for their turn cost the database: transactions per second of the whole platform.

All runners are taken by Responses whose model never answers; 500 clients of five other tenants then stream
foreground Responses that wait. Transactions are counted by PostgreSQL itself (pg_stat_database) over some
seconds in which nothing else is asked. The baseline is the same platform without those who wait.
"""
import json
import socket
import time

from instance import until
from table import Row

TARGET = 50
RUNNERS = 24             # of the agent's one process; two thirds for the background
CLIENTS, TENANTS = 500, 5


class Client:
    """One request whose answer is not read beyond its head; leaves when closed."""

    def __init__(self, tenant, **body):
        host, port = tenant.instance.address
        text = 'Wait. #mock {"mode": "hang"}'
        data = json.dumps({"model": "default", "input": text, "stream": True} | body).encode()
        self.socket = socket.create_connection((host, port), timeout=60)
        self.socket.sendall(b"POST /v1/responses HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
                            + f"authorization: Bearer {tenant.key}\r\ncontent-length: {len(data)}\r\n\r\n".encode()
                            + data)

    def begun(self):
        found = self.socket.recv(65536)
        if b" 200 " not in found[:20]:
            raise RuntimeError(found[:500])
        return self

    def close(self):
        self.socket.close()


def transactions(instance, seconds):
    """Per second, all databases' own work included."""
    query = "SELECT sum(xact_commit + xact_rollback) FROM pg_stat_database WHERE datname = 'bulkhead'"
    time.sleep(2)        # backends report what they did after a second at most
    before, begin = int(instance.psql(query)[0][0]), time.monotonic()
    time.sleep(seconds)
    after = int(instance.psql(query)[0][0])
    return (after - before) / (time.monotonic() - begin)


def run(bench):
    instance = bench.instance
    seconds, number = bench.pick(20, 4), bench.pick(CLIENTS, 50)
    # Runs in the background of two tenants, and one of each of eight: the last runners are only for those.
    busy = [instance.tenant(f"bench-busy-{at}") for at in range(2 + RUNNERS // 3)]
    crowd = [instance.tenant(f"bench-crowd-{at}") for at in range(TENANTS)]
    clients = []
    try:
        for at in range(RUNNERS):
            own = at // 8 if at < RUNNERS * 2 // 3 else at - RUNNERS * 2 // 3 + 2
            clients.append(Client(busy[own], background=at < RUNNERS * 2 // 3).begun())
        held = "SELECT count(*) FROM bulkhead.job_ready WHERE worker IS NOT NULL AND queue = 'agent'"
        until(lambda: int(instance.psql(held)[0][0]) == RUNNERS, 60, "all runners taken", pause=0.2)
        bench.say("counting without those who wait")
        idle = transactions(instance, seconds)
        bench.say(f"{number} clients begin to wait")
        for at in range(number):
            clients.append(Client(crowd[at % TENANTS]).begun())
        waiting = transactions(instance, seconds)
    finally:
        for client in clients:
            client.close()
    yield Row(f"{number} Responses waiting: database transactions per second", f"{waiting:.1f}",
              f"{idle:.1f} with none waiting", f"+{waiting - idle:.1f}", f"<= {TARGET}", waiting <= TARGET)
