# SPDX-License-Identifier: Apache-2.0
"""What one act costs of processor time with all that follows it, and whether scripts/capacity.py foretells a mixture of them.

Each kind of act alone, then two mixtures. Until the processes are as quiet as before the load, what follows an act (usage rows,
the audit index and its chain, statistics) is charged to it; what an idle platform uses anyway is taken off. The mixture's prediction is made
from the costs of this run and, beside, from those written in the script. Processor time only: clocks tell about the neighbours.
"""
import os
import statistics
import sys
import threading
import time

import chat
import load
import process
import search
from instance import ROOT, until
from table import Row

sys.path.insert(0, os.path.join(ROOT, "scripts"))

import capacity  # noqa: E402

CONNECTIONS = 4
# The prediction may be wrong by a quarter.
LEAST, MOST = 0.8, 1.25
QUIET_S, QUIET_LIMIT_S = 1.0, 90.0
PARTS = {"own": process.OWN, "database": ("database",), "engine": ("engine",)}
TEXT_WORDS = 6_000
# Of a table, or of its partitions.
SIZE = """
SELECT coalesce((SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('bulkhead.{table}')),
                pg_total_relation_size('bulkhead.{table}'))::bigint
"""


class Meter:
    """Processor time of the platform by part, in seconds since it was made, without what it uses when idle."""

    def __init__(self, instance):
        self.platform = process.Platform(instance)
        self.idle = {part: 0.0 for part in PARTS}
        self.wait()
        begin, before = time.monotonic(), self.read()
        time.sleep(10)
        passed, after = time.monotonic() - begin, self.read()
        self.idle = {part: (after[part] - before[part]) / passed for part in PARTS}

    def read(self):
        return {part: sum(self.platform.cpu(kinds).values()) for part, kinds in PARTS.items()}

    def wait(self):
        """Until two seconds in a row used hardly more than an idle one."""
        end, calm, before = time.monotonic() + QUIET_LIMIT_S, 0, self.read()
        while calm < 2:
            if time.monotonic() > end:
                raise RuntimeError(f"the platform was not quiet within {QUIET_LIMIT_S:.0f} s")
            time.sleep(QUIET_S)
            after = self.read()
            used = sum(after.values()) - sum(before.values())
            calm = calm + 1 if used < QUIET_S * (sum(self.idle.values()) + 0.05) else 0
            before = after

    def of(self, act):
        """(what act returned, CPU seconds by part)."""
        self.wait()
        begin, before = time.monotonic(), self.read()
        result = act()
        self.wait()
        passed, after = time.monotonic() - begin, self.read()
        return result, {part: max(0.0, after[part] - before[part] - self.idle[part] * passed) for part in PARTS}


class Acts:
    """What can be asked for: each does some for some seconds and returns how many."""

    def __init__(self, bench):
        self.instance, self.files = bench.instance, 0
        self.common = chat.prepare(bench)
        self.tenant, self.made = self.instance.tenant("bench-capacity", mock=False), []
        store = search.fill(bench, self.tenant)
        queries = search.make_queries()
        search.query_vectors(self.tenant, queries, os.path.join(bench.folder, "capacity.f32"))
        self.path = f"/v1/vector_stores/{store}/search"
        self.script = load.post_script(os.path.join(bench.folder, "capacity.lua"), [{"query": query} for query in queries], self.tenant.key)
        self.into = self.ok("POST", "/v1/vector_stores", {"name": "grows"})["id"]

    def chats(self, seconds):
        return self.common.run("without", CONNECTIONS, seconds).requests

    def chats_budget(self, seconds):
        return self.common.run("with", CONNECTIONS, seconds).requests

    def searches(self, seconds):
        return load.wrk(self.instance.url + self.path, self.script, 2, seconds).requests

    def ok(self, method, path, body=None):
        answer = self.tenant.call(method, path, body)
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer}")
        return answer.json()

    def chunks(self, _seconds):
        """A text of its own, embedded by the engine; returns the number of its chunks."""
        self.files += 1
        words = " ".join(search.word((i * 7919 + self.files * 104729) % search.VOCABULARY) for i in range(TEXT_WORDS))
        file = self.tenant.http.upload(f"text-{self.files}.txt", words.encode())
        path = f"/v1/vector_stores/{self.into}/files"
        self.ok("POST", path, {"file_id": file.json()["id"]})
        until(lambda: self.ok("GET", f"{path}/{file.json()['id']}")["status"] == "completed", 600, "the text's ingestion", pause=0.2)
        return self.rows("chunk", self.tenant.id) - search.CHUNKS - sum(self.made)

    def rows(self, table, tenant):
        return int(self.instance.psql(f"SELECT count(*) FROM bulkhead.{table} WHERE tenant_id = '{tenant}'")[0][0])

    def bytes_of(self, *tables):
        """Of tables with their partitions, indexes and what lies beside; and their rows."""
        size, rows = 0, 0
        for table in tables:
            size += int(self.instance.psql(SIZE.format(table=table))[0][0])
            rows = max(rows, int(self.instance.psql(f"SELECT count(*) FROM bulkhead.{table}")[0][0]))
        return size / rows if rows else 0.0


def costs_of(used, count):
    return capacity.Cost(used["own"] / count * 1000, used["database"] / count * 1000)


def mixed(acts, names, seconds):
    """All at once; {name: how many}."""
    counts = {}
    threads = [threading.Thread(target=lambda name=name: counts.update({name: getattr(acts, name)(seconds)})) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(counts) != len(names):
        raise RuntimeError("an act of the mixture failed, see above")
    return counts


def foretold(counts, costs):
    """Seconds of CPU of our processes and the database."""
    return sum((costs[name].own + costs[name].database) * count for name, count in counts.items()) / 1000


def run(bench):
    acts, seconds = Acts(bench), bench.pick(6, 2)
    meter = Meter(bench.instance)
    found, embed = {name: [] for name in capacity.COSTS}, []
    for number in range(bench.pick(3, 1)):
        bench.say(f"round {number + 1}: each act alone")
        for name, measured in found.items():
            count, used = meter.of(lambda name=name: getattr(acts, name)(seconds))
            measured.append(costs_of(used, count))
            if name == "chunks":
                acts.made.append(count)
                embed.append(used["engine"] / count * 1000)
    costs = {name: capacity.Cost(statistics.median(one.own for one in each), statistics.median(one.database for one in each))
             for name, each in found.items()}
    for name, cost in costs.items():
        yield Row(f"capacity, CPU of one of {name}", f"{cost.own:.3f} ms ours, {cost.database:.3f} ms PostgreSQL",
                  f"{capacity.COSTS[name].own:.3f} and {capacity.COSTS[name].database:.3f} ms in scripts/capacity.py", "", "", None,
                  f"with the rows that follow; {capacity.LOADS[name]}")
    yield Row("capacity, CPU of the embedding engine for a chunk", f"{statistics.median(embed):.1f} ms", f"{capacity.EMBED_MS:.1f} ms in the script")
    for name, tables in (("chunk", ("chunk", "chunk_vector_384")), ("usage", ("usage_event",)), ("audit", ("audit_event",))):
        yield Row(f"capacity, bytes on disk for a row of {name}", f"{acts.bytes_of(*tables):.0f}", f"{capacity.BYTES[name]} in the script")
    for names in (("chats", "searches"), ("chats_budget", "searches", "chunks")):
        bench.say(f"together: {', '.join(names)}")
        counts, used = meter.of(lambda names=names: mixed(acts, names, seconds))
        acts.made.append(counts.get("chunks", 0))
        real = used["own"] + used["database"]
        ratio = foretold(counts, costs) / real
        shipped = foretold(counts, capacity.COSTS) / real
        yield Row(f"capacity, {' with '.join(names)}: foretold", f"{foretold(counts, costs):.2f} s of CPU", f"{real:.2f} s were used",
                  f"{ratio:.2f} x", f"{LEAST} to {MOST} x", LEAST <= ratio <= MOST,
                  f"by the script's own costs {shipped:.2f} x; {', '.join(f'{count} {name}' for name, count in counts.items())}; "
                  f"load {os.getloadavg()[0]:.0f}")
