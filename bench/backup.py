# SPDX-License-Identifier: Apache-2.0
"""A backup, its proof and its restore, of a platform whose files are a gigabyte of random bytes.

A platform of its own without engines gets files of 10 MB. Timed are `backup create`, a second one in the same
folder, `backup verify`, and, after the platform's state was removed, `backup restore` and the following
`up --detach`. Each is run once; the files are in the page cache. The restored files are compared with those uploaded.
"""
import hashlib
import os
import shutil
import time

from table import Row

FILE_BYTES = 10_000_000
TARGET_S = 120
LIMIT_S = 600


def timed(instance, *words):
    begin = time.perf_counter()
    done = instance.run(*words, timeout=LIMIT_S)
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


def run(bench):
    instance = bench.start(os.path.join(bench.folder, "backup"), engine_enabled="false",
                           gateway_tenant_bodies_mib_per_second="100000")
    try:
        folder = os.path.join(bench.folder, "backups")
        count = bench.pick(100, 5)
        tenant = instance.tenant("backup", mock=False)
        hashes = upload(tenant, count)
        bench.say("backing up")
        create = timed(instance, "backup", "create", folder, "--plain")
        again = timed(instance, "backup", "create", folder, "--plain")
        verify = timed(instance, "backup", "verify", folder)
        instance.down()
        shutil.rmtree(instance.home)
        bench.say("restoring")
        restore = timed(instance, "backup", "restore", folder)
        up = timed(instance, "up", "--detach")
        for id, hash in hashes.items():
            got = tenant.call("GET", f"/v1/files/{id}/content")
            if hashlib.sha256(got.body).hexdigest() != hash:
                raise RuntimeError(f"{id} is not what was uploaded")
    finally:
        instance.down()
    size = f"{count * FILE_BYTES / 1e9:g} GB of files"
    return [
        Row(f"backup of {size}", f"{create:.1f} s"),
        Row("another, in which no object is new", f"{again:.1f} s"),
        Row("its proof (verify)", f"{verify:.1f} s"),
        Row(f"restore of {size}", f"{restore:.1f} s", target=f"<= {TARGET_S} s", met=restore <= TARGET_S),
        Row("the start after it, until ready", f"{up:.1f} s"),
    ]
