# SPDX-License-Identifier: Apache-2.0
"""Uploading and reading a file of 10 MB, and 1 KB from its middle: objects in S3 against a folder on the same disk, and in
either sealed under a key of the tenant against not.

Platforms without engines, alike but for `object.driver` and `object.seal`; the store is SeaweedFS from the tests'
packages, in the same temporary folder as the platforms. All go through the gateway as clients do. Each round uploads
one file and reads it back, on all platforms in turn, in another order each time; the file is deleted outside of
the measured time. Shown are medians. The store is a process of its own, which shares the processors.
"""
import os
import statistics
import time

import object_stores
from table import Row

FILE_BYTES = 10_000_000
PART = (FILE_BYTES // 2, 1000)
TARGET, SEALED_TARGET = 1.5, 1.3
MEASURED = ("upload of 10 MB", "read of 10 MB", "read of 1 KB from its middle")


class Side:
    def __init__(self, instance):
        self.tenant = instance.tenant("objects", mock=False)
        self.times = {name: [] for name in MEASURED}

    def round(self, content, count):
        begin = time.perf_counter()
        reply = self.tenant.http.upload("a.bin", content, "user_data", "application/octet-stream")
        sent = time.perf_counter()
        id = reply.json()["id"]
        got = self.tenant.call("GET", f"/v1/files/{id}/content")
        read = time.perf_counter()
        start, size = PART
        part = self.tenant.call("GET", f"/v1/files/{id}/content", headers=[("Range", f"bytes={start}-{start + size - 1}")])
        end = time.perf_counter()
        if got.body != content or part.body != content[start:start + size]:
            raise RuntimeError("the file is not what was uploaded")
        if self.tenant.call("DELETE", f"/v1/files/{id}").status != 200:
            raise RuntimeError("the file could not be deleted")
        if count:
            for name, seconds in zip(MEASURED, (sent - begin, read - sent, end - read)):
                self.times[name].append(seconds * 1000)


def row(name, what, one, words, other, target):
    measured, baseline = statistics.median(one.times[name]), statistics.median(other.times[name])
    ratio = measured / baseline
    return Row(f"{name}, {what}", f"{measured:.1f} ms", f"{words} {baseline:.1f} ms", f"{ratio:.2f}",
               f"<= {target} x" if target else "", ratio <= target if target else None)


def run(bench):
    folder = os.path.join(bench.folder, "store")
    os.makedirs(folder)
    store = object_stores.SeaweedFS(folder)
    bench.on_stop(store.stop)
    store.start()
    alike = {"engine_enabled": "false", "gateway_tenant_bodies_mib_per_second": "100000"}
    plain = {"object_seal": "false"}
    instances = [bench.start(os.path.join(bench.folder, name), **alike, **settings) for name, settings in (
        ("s3", store.settings()), ("fs", {}), ("s3-plain", store.settings() | plain), ("fs-plain", plain))]
    try:
        sides = [Side(instance) for instance in instances]
        for number in range(bench.pick(40, 8)):
            content = os.urandom(FILE_BYTES)
            for at in range(len(sides)):
                sides[(at + number) % len(sides)].round(content, number > 1)
    finally:
        for instance in instances:
            instance.down()
    s3, fs, s3_plain, fs_plain = sides
    whole = MEASURED[:2]
    return [*(row(name, "objects in S3 (SeaweedFS)", s3, "a folder", fs, TARGET) for name in whole),
            *(row(name, "sealed, in a folder", fs, "not sealed", fs_plain, SEALED_TARGET if name in whole else None)
              for name in MEASURED),
            *(row(name, "sealed, in S3 (SeaweedFS)", s3, "not sealed", s3_plain, SEALED_TARGET if name in whole else None)
              for name in MEASURED)]
