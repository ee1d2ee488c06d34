# SPDX-License-Identifier: Apache-2.0
"""The console in a browser: when pages show, how long they take to answer to a hand, long lists, sizes, Lighthouse's scores.

The production export behind a gateway, with the data of `bulkhead demo seed`, in the distribution's Chromium, on a processor that
is four times slower. Each figure is there twice. Held against the target is what the page itself had to compute (the processor time
of its main thread from the start to the largest paint, or from an input to the paint after it), times four: on a shared machine
the clock tells about the neighbours. What the clock said, with the processor slowed by the browser, is told beside.
Ten thousand rows are filled in by SQL; the chat of a thousand messages is the one of console_chat.
"""
import json
import os
import subprocess

import console_chat
from instance import ROOT
from table import Row

LCP_MS, INP_MS, ROWS_MS = 1000, 100, 100
LOADS, ROWS, RUNS = 5, 10_000, 3
WEB, LIGHTHOUSE = os.path.join(ROOT, "web"), os.path.join(ROOT, "var/test-lighthouse")
SCORES = {"desktop": 98, "mobile": 90}
STAFF, PASSWORD = "bench-staff@example.com", "correct horse battery staple"

AUDIT = """
INSERT INTO bulkhead.audit_event (tenant_id, id, source, action, actor, object, request_id, status, staff, line)
SELECT '{tenant}', (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - i * 60000), 12, '0') || '7000a' || lpad(to_hex(i), 15, '0'))::uuid,
       'auth', action, md5('a' || i % 40)::uuid::text, object, md5('r' || i), 200, false,
       format('{{"time":"%s","event":"%s","service":"auth","request_id":"%s","tenant_id":"{tenant}","subject":"%s","actor":null,"credential":"%s",'
              '"method":"POST","path":"/api/keys","status":200,"error":null,"duration_ms":1.2,"complete":true,"object":"%s"}}',
              to_char(now() - i * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), action, md5('r' || i), md5('a' || i % 40)::uuid,
              md5('a' || i % 40)::uuid, object)
  FROM generate_series(1, {rows}) AS i,
       LATERAL (SELECT (ARRAY['key.create', 'key.delete', 'user.role', 'limit.set'])[1 + i % 4] AS action, md5('o' || i)::uuid::text AS object) AS w;
INSERT INTO bulkhead.audit_action SELECT '{tenant}', unnest(ARRAY['key.create', 'key.delete', 'user.role', 'limit.set']) ON CONFLICT DO NOTHING;
"""
# Copies of a file that was ingested, under names of their own.
FILES = """
WITH known AS (SELECT f.*, s.store_id, s.job_id FROM bulkhead.vector_store_file AS s JOIN bulkhead.file AS f
                   ON f.tenant_id = s.tenant_id AND f.id = s.file_id
                WHERE s.tenant_id = '{tenant}' AND s.store_id = '{store}' LIMIT 1),
     made AS (INSERT INTO bulkhead.file (tenant_id, id, filename, purpose, bytes, sha256, content_type, object_id)
              SELECT tenant_id, gen_random_uuid(), format('bench-%s.md', lpad(i::text, 5, '0')), purpose, bytes, sha256, content_type, object_id
                FROM known, generate_series(1, {rows}) AS i RETURNING id)
INSERT INTO bulkhead.vector_store_file (tenant_id, store_id, file_id, id, job_id, status, attributes, chunking, chunk_tokens, overlap_tokens,
       usage_bytes, stage, stage_done, stage_total, chunk_first, n_chunks)
SELECT tenant_id, store_id, made.id, made.id, job_id, 'completed', '{{}}', 'auto', 256, 0, 1793, 'done', 1, 1, 1, 1 FROM known, made;
"""


def node(script, *arguments, job=None, seconds=1800):
    """What a program of the console's says about the job."""
    done = subprocess.run([os.environ.get("BULKHEAD_NODE") or "node", f"scripts/{script}.mjs", *map(str, arguments)], cwd=WEB,
                          input=json.dumps(job or {}), capture_output=True, text=True, timeout=seconds, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def load():
    return f"machine's load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"


def people(instance):
    """The demonstration's owner, and one of the platform's staff."""
    made = instance.run("demo", "seed", "--json", "--yes", timeout=600)
    if made.returncode != 0:
        raise RuntimeError(f"demo seed: {made.stderr}")
    said = json.loads(made.stdout)
    with open(said["file"], encoding="utf-8") as file:
        kept = dict(line.rstrip("\n").split("=", 1) for line in file)
    if not any(row["email"] == STAFF for row in instance.cli("user", "list", "--tenant", "platform")["data"]):
        instance.cli("user", "create", STAFF, "--tenant", "platform", "--role", "superuser", "--password-stdin", stdin=PASSWORD + "\n")
    return {"owner": {"email": said["owner"], "password": kept["DEMO_PASSWORD"]}, "staff": {"email": STAFF, "password": PASSWORD}}


def acts(told):
    return ", ".join(f"{name} {ms}" for name, ms in told["acts"].items())


def pages(bench, job):
    bench.say("pages")
    told, rows = node("bench-pages", bench.instance.url, bench.pick(LOADS, 1), job=job), []
    for page in told["pages"]:
        work, clock, path = page["work"], page["clock"], page["path"]
        rows += [
            Row(f"{path} shows what it is about (LCP)", f"{work['lcp_ms']:,} ms", target=f"<= {LCP_MS:,} ms", met=work["lcp_ms"] <= LCP_MS,
                note=f"by the clock {clock['lcp_ms']:,} ms ({page['largest']}), shift {page['cls']:.3f}; {load()}"),
            Row(f"{path} answers to a hand (INP)", f"{work['inp_ms']} ms", target=f"<= {INP_MS} ms", met=work["inp_ms"] <= INP_MS,
                note=f"{acts(work)}; by the clock {clock['inp_ms']} ms"),
        ]
    return rows


def fill(instance, tenant, rows):
    """Ten thousand lines of audit and files of a store; the store's id."""
    client = tenant.client()
    store = client.vector_stores.create(name="Ten thousand files")
    client.vector_stores.files.upload_and_poll(vector_store_id=store.id, file=("first.md", b"# One\n\nA file that was read.\n"))
    instance.psql(AUDIT.format(tenant=tenant.id, rows=rows))
    instance.psql(FILES.format(tenant=tenant.id, store=store.id.removeprefix("vs_"), rows=rows))
    return store.id


def lists(bench, chat):
    bench.say("long lists")
    owner = {"email": console_chat.EMAIL, "password": console_chat.PASSWORD}
    count = bench.pick(ROWS, 1000)
    store = fill(bench.instance, chat["tenant"], count)
    titles = {"audit": f"audit log of {count:,} lines", "files": f"store of {count:,} files", "chat": "chat of 1,000 messages"}
    told, rows = node("bench-rows", bench.instance.url, job={"owner": owner, "store": store, "chat": chat["chat"]}), []
    for name, each in told["lists"].items():
        work, clock, title = each["work"], each["clock"], titles[name]
        slowest = max(work["acts"].values())
        rows += [
            Row(f"{title}: longest task while scrolled", f"{work['scroll']} ms", target=f"<= {ROWS_MS} ms",
                met=work["scroll"] <= ROWS_MS, note=f"{each['count']:,} rows are there; by the clock, longest frame {clock['scroll']} ms; {load()}"),
            Row(f"{title}: slowest interaction", f"{slowest} ms", target=f"<= {ROWS_MS} ms", met=slowest <= ROWS_MS,
                note=f"{acts(work)}; by the clock {acts(clock)}"),
        ]
    return rows


def sizes(bench):
    told, rows = node("bench-sizes"), []
    budgets, outside = told["budgets"], [page for page in told["pages"] if not page["route"].startswith("/docs/")]
    for page in outside:
        most = budgets.get(page["route"], budgets["route"])
        rows.append(Row(f"{page['route']}: JavaScript, gzipped", f"{page['js'] / 1000:.1f} kB", target=f"<= {most / 1000:.0f} kB", met=page["js"] <= most))
    rows.append(Row("the console's whole export, gzipped", f"{told['all'] / 1000:,.0f} kB", target=f"<= {budgets['all'] / 1000:,.0f} kB",
                    met=told["all"] <= budgets["all"]))
    return rows


def lighthouse(bench, job):
    if not os.path.exists(os.path.join(LIGHTHOUSE, ".complete")):
        bench.say("Lighthouse is not installed and its scores are left out; `scripts/setup test` installs it")
        return []
    bench.say("Lighthouse")
    told, rows = node("bench-lighthouse", bench.instance.url, LIGHTHOUSE, bench.pick(RUNS, 1), job=job), []
    for page in told["pages"]:
        scores, least = page["scores"], SCORES[page["form"]]
        rows.append(Row(f"{page['path']} by Lighthouse, {page['form']}", " / ".join(map(str, scores)), target=f">= {least}", met=min(scores) >= least,
                        note=f"performance, accessibility, best practices, search engines; LCP {page['lcp_ms']:,} ms, blocked {page['tbt_ms']} ms, "
                        f"shift {page['cls']:.3f}; {load()}" + (f"; failed: {', '.join(page['failed'])}" if page["failed"] else "")))
    return rows


def run(bench):
    if not os.path.exists(os.path.join(WEB, "out/index.html")):
        raise RuntimeError("the console is not built; `make web` builds it")
    job = people(bench.instance)
    rows = pages(bench, job) + lighthouse(bench, job) + sizes(bench)
    chat = [] if "console_chat" in bench.kept else console_chat.run(bench)
    return rows + chat + lists(bench, bench.kept["console_chat"])
