# SPDX-License-Identifier: Apache-2.0
"""What must hold when everything was left alone: what clients were told, compared with what the platform knows."""
import collections
import hashlib
import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import exposition
import wire
from clients import Record
from instance import CommandFailed
from ground import MEMBERS, SERVICE_OF, until

QUIET_S = 240
SHARE_MIN = 0.4       # of the successes that a tenant would have by equal shares


def uuid_of(id):
    """As the database keeps it, of an id of the API: file-0123…, resp_0123…."""
    text = re.sub(r"^[a-z]+[-_]", "", id).replace("-", "")
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Proof:
    """Faults are sentences; an empty list is a proof."""

    def __init__(self, ground, record: Record, households, strikes, before):
        self.bh, self.record, self.houses, self.strikes, self.before = ground, record, households, strikes, before
        self.faults, self.rows = list(strikes.faults), {}
        self.tenants = {house.tenant.id: house for house in households}

    def fault(self, text):
        self.faults.append(text)

    # -- quiet

    def wait(self):
        """Everything is served again, and nothing is left to do."""
        for what, condition in (("every process ready", self.all_ready), ("no file in ingestion", self.none_ingested),
                                ("no run unfinished", self.none_running), ("no job left but those of later", self.no_jobs),
                                ("nothing reserved", self.none_reserved), ("no slot in use", self.no_slots)):
            begin = time.monotonic()
            try:
                until(condition, QUIET_S, what, pause=0.3)
            except (AssertionError, RuntimeError) as error:
                self.fault(f"{what}: {error}; {self.why(what)}")
            self.rows[f"waited for: {what}"] = f"{time.monotonic() - begin:.1f} s"

    def why(self, what):
        queries = {
            "no file in ingestion": "SELECT tenant_id, store_id, file_id, stage, changed_at FROM bulkhead.vector_store_file"
                                    " WHERE status = 'in_progress' LIMIT 5",
            "no run unfinished": "SELECT tenant_id, id, status, created_at FROM bulkhead.response"
                                 " WHERE status IN ('queued', 'in_progress') LIMIT 5",
            "no job left but those of later": "SELECT r.tenant_id, r.job_id, r.queue, j.kind, r.due_at, r.worker, j.state, j.attempts"
                                              " FROM bulkhead.job_ready AS r JOIN bulkhead.job AS j"
                                              " ON (j.tenant_id, j.id) = (r.tenant_id, r.job_id)"
                                              " WHERE r.queue IN ('rag', 'agent') LIMIT 5",
            "nothing reserved": "SELECT tenant_id, act_id, instance_id, renewed_at FROM bulkhead.meter_reservation"
                                " WHERE expired_on IS NULL LIMIT 5"}
        try:
            return str(self.bh.psql(queries[what] + ";")) if what in queries else ""
        except RuntimeError as error:
            return str(error)

    def all_ready(self):
        return all(self.bh.is_up(name) for name in (*MEMBERS, "gateway"))

    def count(self, query):
        return int(self.bh.psql(f"SELECT count(*) FROM bulkhead.{query};")[0][0])

    def none_ingested(self):
        return self.count("vector_store_file WHERE status = 'in_progress'") == 0

    def none_running(self):
        return self.count("response WHERE status IN ('queued', 'in_progress')") == 0

    def no_jobs(self):
        return self.count("job_ready WHERE queue IN ('rag', 'agent') AND due_at < now() + interval '1 minute'") == 0

    def none_reserved(self):
        return self.count("meter_reservation WHERE expired_on IS NULL") == 0

    def no_slots(self):
        try:
            return all(value == 0 for name in MEMBERS for value in [self.gauge(name, "slots_used")] if value is not None)
        except (OSError, RuntimeError, CommandFailed):
            return False

    def gauge(self, name, ending):
        status, body = self.bh.metrics_of(name)
        if status != 200:
            raise RuntimeError(f"/metrics of {name}: {status}")
        found = [value for metric, _, value in exposition.samples(body.decode()) if metric.endswith(ending)]
        return found[0] if found else None

    # -- what was acknowledged

    def check(self):
        for each in (self.strange, self.files, self.attached, self.batches, self.runs, self.usage, self.uncharged, self.credits,
                     self.books, self.audit, self.leaks, self.shares, self.processes):
            try:
                each()
            except (RuntimeError, OSError, AssertionError, subprocess.SubprocessError) as error:
                self.fault(f"{each.__name__}: {type(error).__name__}: {error}")
        return self.faults

    def strange(self):
        by = collections.Counter()
        for row in self.record.strange:
            by[row["act"], row.get("status"), row.get("error")] += 1
            if by[row["act"], row.get("status"), row.get("error")] <= 3:
                self.fault(f"an answer that no bad day excuses: {row}")

    def wanted(self, kind):
        doomed = {row["id"] for row in self.record.rows["doomed"]}
        return [row for row in self.record.rows[kind] if row.get("file", row.get("id")) not in doomed]

    def once(self, kind, ids, query):
        """Each of the ids is in the query's rows (id, …), exactly once; the rows by id."""
        rows = self.bh.psql(query + ";")
        counts = collections.Counter(row[0] for row in rows)
        for id in ids:
            if counts[id] != 1:
                self.fault(f"{kind} {id}: acknowledged, and there {counts[id]} times")
        return {row[0]: row for row in rows}

    def files(self):
        wanted = self.wanted("file")
        there = self.once("file", [uuid_of(row["id"]) for row in wanted], "SELECT id FROM bulkhead.file")
        marks = collections.Counter(row[0] for row in self.bh.psql("SELECT filename FROM bulkhead.file WHERE filename LIKE 'zq%';"))
        for name, number in marks.items():
            if number > 1:
                self.fault(f"file {name}: uploaded once, there {number} times")
        for row in self.record.rows["deleted"]:
            if uuid_of(row["id"]) in there:
                self.fault(f"file {row['id']}: its deletion was acknowledged, and it is there")

        def read(row):
            reply = self.tenants[row["tenant"]].tenant.call("GET", f"/v1/files/{row['id']}/content", timeout=60)
            if reply.status != 200 or hashlib.sha256(reply.body).hexdigest() != row["sha256"]:
                self.fault(f"file {row['id']}: its bytes are not what was sent: {reply.status}, {len(reply.body)} bytes")
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(read, wanted))
        self.rows["files"] = f"{len(wanted)} acknowledged, {len(self.record.rows['deleted'])} deleted"

    def attached(self):
        wanted = self.wanted("attached")
        rows = self.once("attached file", [uuid_of(row["file"]) for row in wanted],
                         "SELECT file_id, status, coalesce(error_message, '') FROM bulkhead.vector_store_file")
        for row in wanted:
            found = rows.get(uuid_of(row["file"]))
            if found and found[1] != "completed":
                self.fault(f"attached file {row['file']} of {row['tenant']}: {found[1]}: {found[2]}")
        # Every word is found: chunks and postings are there, not only the row that says so.
        for row in wanted[-20:]:
            body = {"query": row["mark"]}
            reply = self.tenants[row["tenant"]].tenant.call("POST", f"/v1/vector_stores/{row['store']}/search", body, timeout=60)
            if reply.status != 200 or row["file"] not in [hit["file_id"] for hit in reply.json()["data"]]:
                self.fault(f"attached file {row['file']}: its word {row['mark']} is not found: {reply}")
        self.rows["ingested"] = str(len(wanted))

    def batches(self):
        wanted = self.record.rows["batch"]
        for row in wanted:
            reply = self.tenants[row["tenant"]].tenant.call("GET", f"/v1/vector_stores/{row['store']}/file_batches/{row['id']}", timeout=60)
            if reply.status != 200 or reply.json()["file_counts"]["completed"] != 2:
                self.fault(f"batch {row['id']}: {reply}")
        self.rows["batches"] = str(len(wanted))

    def runs(self):
        wanted = self.record.rows["run"]
        rows = self.once("run", [uuid_of(row["id"]) for row in wanted],
                         "SELECT id, status, coalesce(error_code, ''), coalesce(error_message, '') FROM bulkhead.response")
        ends = collections.Counter()
        for row in wanted:
            found = rows.get(uuid_of(row["id"]))
            if found:
                ends[found[1]] += 1
                if found[1] not in ("completed", "failed", "incomplete"):
                    self.fault(f"run {row['id']}: {found[1:]}")
                if not row["background"] and found[1] != row["told"]:
                    self.fault(f"run {row['id']} was answered as {row['told']}, and is {found[1:]}")
        for name, count, last in self.bh.psql(
                "SELECT response_id, count(*), max(sequence_number) FROM bulkhead.response_event GROUP BY 1;"):
            if int(count) != int(last) + 1:
                self.fault(f"run {name}: {count} events, the last has number {last}")
        self.rows["runs"] = ", ".join(f"{number} {name}" for name, number in sorted(ends.items()))

    # -- money

    def lost_with_a_machine(self, act):
        """Whether a machine was lost about the time of this act: what had not been written went with it."""
        at = act.get("at", 0)
        return any(begin <= at <= end for begin, end in self.strikes.lost_at)

    def usage(self):
        total = 0
        for kind, name in (("chat", "chat"), ("search", "search")):
            events = collections.Counter(row[0] for row in self.bh.psql(
                f"SELECT request_id FROM bulkhead.usage_event WHERE kind = '{kind}' AND corrects IS NULL;"))
            gone = 0
            for row in self.record.rows[name]:
                if row["request"] is None:
                    continue
                total += 1
                if events[row["request"]] == 0 and self.lost_with_a_machine(row):
                    gone += 1
                elif events[row["request"]] != 1:
                    self.fault(f"{kind} of request {row['request']}: answered, and in the books {events[row['request']]} times")
            if gone:
                self.rows[f"{kind}: not written when a machine was lost"] = str(gone)
        unpaid = self.bh.psql(
            "SELECT r.id, r.request_id, extract(epoch FROM r.completed_at) FROM bulkhead.response AS r WHERE r.status = 'completed'"
            " AND NOT EXISTS (SELECT FROM bulkhead.usage_event AS e WHERE e.tenant_id = r.tenant_id AND e.request_id = r.request_id"
            " AND e.kind = 'chat');")
        for id, request, at in unpaid:
            if not self.lost_with_a_machine({"at": float(at)}):
                self.fault(f"run {id} of request {request} is completed, and no call of it is in the books")
        doubled = self.bh.psql("SELECT id, count(*) FROM bulkhead.usage_event GROUP BY tenant_id, id HAVING count(*) > 1;")
        for row in doubled:
            self.fault(f"usage event {row[0]}: {row[1]} times")
        self.rows["usage rows of answered calls"] = str(total)

    def uncharged(self):
        """A call that was refused costs nothing unless the upstream was asked; nobody pays for more calls than there were."""
        marks = self.bh.mock.log.marks
        cost = {row[0]: int(row[1]) for row in self.bh.psql(
            "SELECT request_id, sum(cost_nanos) FROM bulkhead.usage_event WHERE kind = 'chat' GROUP BY 1;")}
        for row in self.record.rows["refused"]:
            if row["mark"] and cost.get(row["request"]) and not marks[row["mark"]]:
                self.fault(f"request {row['request']} was refused with {row['status']}, reached no upstream, and costs "
                           f"{cost[row['request']]}")
        asked = sum(marks.values())
        billed = self.count("usage_event WHERE kind = 'chat' AND cost_nanos > 0")
        if billed > asked:
            self.fault(f"{billed} calls are billed, and the upstream was asked {asked} times")
        self.rows["refused"] = str(len(self.record.rows["refused"]))
        self.rows["calls billed of calls made"] = f"{billed} of {asked}"

    def credits(self):
        wanted = self.record.rows["credit"]
        self.once("credit", [row["id"] for row in wanted], "SELECT id FROM bulkhead.credit_grant")
        entries = collections.Counter(row[0] for row in self.bh.psql("SELECT reference FROM bulkhead.ledger_entry WHERE kind = 'grant';"))
        for row in wanted:
            found = entries[row["id"]] + entries[row["id"].replace("-", "")]
            if found != 1:
                self.fault(f"credit {row['id']}: {found} entries of the ledger")
        self.rows["credits"] = str(len(wanted))

    def books(self):
        for tenant in self.tenants:
            done = self.bh.run("billing", "check", "--tenant", tenant, timeout=120)
            if done.returncode != 0:
                self.fault(f"billing check of {tenant}: {done.stdout.strip()} {done.stderr.strip()}")
        wrong = self.bh.psql("SELECT entry_id, sum(nanos) FROM bulkhead.ledger_line GROUP BY tenant_id, entry_id HAVING sum(nanos) <> 0;")
        for row in wrong:
            self.fault(f"ledger entry {row[0]}: its lines sum up to {row[1]}")

    def audit(self):
        staff, proved = wire.Http(self.bh.address, self.houses[0].staff), 0
        for tenant in self.tenants:
            reply = staff.call("GET", f"/api/tenants/{tenant}/audit/check", timeout=60)
            found = reply.json() if reply.status == 200 else {"findings": repr(reply)}
            proved += found.get("events", 0)
            if found["findings"]:
                self.fault(f"audit check of {tenant}: {found}")
        self.rows["audit events proved"] = str(proved)

    # -- leaks

    def leaks(self):
        self.counters()
        self.folders()
        self.database()
        self.shared()

    def counters(self):
        """Threads and descriptors of a process that went through everything are those of one that did nothing."""
        for name in MEMBERS:
            pid = self.bh.children[name].pid
            now = usage_of(pid)
            before = self.before.get(SERVICE_OF[name])
            for what, slack in (("threads", 20), ("descriptors", 40)):
                if before and now[what] > before[what] + slack:
                    self.fault(f"{name}: {now[what]} {what}, {before[what]} at the start")
            self.rows[f"{name}: threads, descriptors, MiB"] = f"{now['threads']}, {now['descriptors']}, {now['mib']}"

    def folders(self):
        for home in self.bh.homes.values():
            for name in os.listdir(os.path.join(home, "tmp")) if os.path.isdir(os.path.join(home, "tmp")) else ():
                left = [os.path.join(at, each) for at, _, names in os.walk(os.path.join(home, "tmp", name)) for each in names]
                if left:
                    self.fault(f"left in tmp/{name}: {left[:5]}")

    def database(self):
        queries = {
            "temporary tables": "SELECT relname FROM pg_class WHERE relpersistence = 't'",
            "advisory locks of sessions": "SELECT l.objid, a.usename, a.query FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)"
                                          " WHERE l.locktype = 'advisory' AND a.state = 'idle'",
            "transactions left open": "SELECT usename, query FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
                                      " AND state_change < now() - interval '5 s'",
            "idempotency keys still running": " UNION ALL ".join(
                f"SELECT '{name}', request_id FROM bulkhead.idempotency_{name} WHERE state = 'running' AND leased_until > now()"
                for name in ("auth", "model", "rag", "agent"))}
        for what, query in queries.items():
            rows = self.bh.psql(query + ";")
            if rows:
                self.fault(f"{what}: {rows[:5]}")

    def shared(self):
        if self.bh.valkey is None:
            return
        keys = self.bh.valkey.say("KEYS", "*") or []
        # The mark tells that nothing was flushed (docs/replicas.md).
        forever = [key for key in keys if key != "{}:mark" and self.bh.valkey.say("TTL", key) == -1]
        if forever:
            self.fault(f"Valkey keys that never expire: {forever[:5]}")
        self.rows["Valkey keys"] = str(len(keys))

    # -- everybody

    def shares(self):
        done = collections.Counter()
        for (tenant, _, outcome), number in self.record.tries.items():
            done[tenant] += number if outcome == "done" else 0
        each = sum(done.values()) / max(len(self.houses), 1)
        for house in self.houses:
            if done[house.number] < SHARE_MIN * each:
                self.fault(f"tenant {house.number} had {done[house.number]} successes, {each:.0f} on the average")
            if wire.Http(self.bh.address, house.tenant.key).call("GET", "/v1/models", timeout=30).status != 200:
                self.fault(f"tenant {house.number} is not served")
        self.rows["successes by tenant"] = ", ".join(str(done[house.number]) for house in self.houses)

    def processes(self):
        for name, status, at in self.bh.ended:
            # -9, -15 and 0: as it was told. Where its disk is full, it cannot start, and says so.
            full = status > 0 and any(begin <= at <= end for begin, end in self.strikes.full_at)
            if status not in (0, -9, -15) and not full:
                self.fault(f"{name} ended by itself with {status}: {self.bh.log_of_child(name)[-600:]}")
        for name in (*MEMBERS, "nginx"):
            text = self.bh.log_of_child(name)
            for word in ("assertion", "AddressSanitizer", "Segmentation", "corrupt"):
                if word in text:
                    line = next(line for line in text.splitlines() if word in line)
                    self.fault(f"{name} says {word!r}: {line[:300]}")


def usage_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        text = file.read()
    return {"threads": int(re.search(r"Threads:\s+(\d+)", text)[1]), "mib": int(re.search(r"VmRSS:\s+(\d+)", text)[1]) // 1024,
            "descriptors": len(os.listdir(f"/proc/{pid}/fd"))}
