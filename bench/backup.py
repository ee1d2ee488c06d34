# SPDX-License-Identifier: Apache-2.0
"""A backup, its proof and its restore, of a platform whose files are a gigabyte of random bytes, plain and encrypted.

A platform of its own without engines gets files of 10 MB. Timed are `backup create`, a second one in the same
folder, `backup verify`, and, after the platform's state was removed, `backup restore` and the following
`up --detach`; then the same again, encrypted by age, where that is installed (or unpacked in var/test-age), and
`verify` without the key as well. Each is run once; the files are in the page cache. The restored files are compared
with those uploaded.
"""
import hashlib
import os
import shutil
import subprocess
import time

from table import Row

FILE_BYTES = 10_000_000
TARGET_S = 120
LIMIT_S = 600
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PATH = os.pathsep.join((os.path.join(ROOT, "var/test-age/usr/bin"), os.environ["PATH"]))


def timed(instance, *words, environment=None):
    begin = time.perf_counter()
    done = instance.run(*words, timeout=LIMIT_S, environment=environment)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr}{done.stdout}")
    return time.perf_counter() - begin


def upload(tenant, count):
    """SHA-256 of each file by its id."""
    hashes = {}
    for number in range(count):
        content = os.urandom(FILE_BYTES)
        reply = tenant.http.upload(f"{number}.bin", content, "user_data", "application/octet-stream")
        hashes[reply.json()["id"]] = hashlib.sha256(content).hexdigest()
    return hashes


def drill(bench, instance, folder, check, identity=None, recipient=None):
    """Seconds of each step; `check` looks at the files when the platform is up again."""
    environment = {**instance.environment, "PATH": PATH} | ({"BULKHEAD_BACKUP_RECIPIENT": recipient} if recipient else {})
    create, opened = ["backup", "create", folder], ["--identity", identity] if identity else []
    if not recipient:
        create.append("--plain")
    bench.say(f"backing up, {'encrypted' if recipient else 'plain'}")
    took = {"create": timed(instance, *create, environment=environment),
            "again": timed(instance, *create, environment=environment)}
    if identity:
        took["complete"] = timed(instance, "backup", "verify", folder, environment=environment)
    took["verify"] = timed(instance, "backup", "verify", folder, *opened, environment=environment)
    instance.down()
    shutil.rmtree(instance.home)
    bench.say("restoring")
    took["restore"] = timed(instance, "backup", "restore", folder, *opened, environment=environment)
    took["up"] = timed(instance, "up", "--detach")
    check()
    return took


def new_identity(folder):
    program = shutil.which("age-keygen", path=PATH)
    if program is None:
        return None, None
    path = os.path.join(folder, "identity")
    done = subprocess.run([program, "-o", path], capture_output=True, text=True, check=True)
    return path, done.stderr.split()[-1]


def rows(took, size, how):
    named = [("create", f"backup of {size}, {how}"), ("again", f"another, in which no object is new, {how}"),
             ("complete", f"its completeness without the key (verify), {how}"), ("verify", f"its proof (verify), {how}"),
             ("restore", f"restore of {size}, {how}"), ("up", f"the start after it, until ready, {how}")]
    return [Row(text, f"{took[name]:.1f} s", **({"target": f"<= {TARGET_S} s", "met": took[name] <= TARGET_S}
                                                if name == "restore" else {}))
            for name, text in named if name in took]


def run(bench):
    instance = bench.start(os.path.join(bench.folder, "backup"), engine_enabled="false",
                           gateway_tenant_bodies_mib_per_second="100000")
    encrypted = {}
    try:
        count = bench.pick(100, 5)
        tenant = instance.tenant("backup", mock=False)
        hashes = upload(tenant, count)

        def check():
            for id, hash in hashes.items():
                got = tenant.call("GET", f"/v1/files/{id}/content")
                if hashlib.sha256(got.body).hexdigest() != hash:
                    raise RuntimeError(f"{id} is not what was uploaded")
        plain = drill(bench, instance, os.path.join(bench.folder, "backups"), check)
        shutil.rmtree(os.path.join(bench.folder, "backups"))
        identity, recipient = new_identity(bench.folder)
        if identity:
            encrypted = drill(bench, instance, os.path.join(bench.folder, "encrypted"), check, identity, recipient)
    finally:
        instance.down()
    size = f"{count * FILE_BYTES / 1e9:g} GB of files"
    return rows(plain, size, "plain") + (rows(encrypted, size, "encrypted") if encrypted else [])
