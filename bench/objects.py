# SPDX-License-Identifier: Apache-2.0
"""Uploading and reading a file of 10 MB with the objects in S3, against a folder on the same disk.

Two platforms without engines, alike but for `object.driver`; the store is SeaweedFS from the tests' packages, in
the same temporary folder as the platforms. Both ways go through the gateway as clients do. Each round uploads
one file and reads it back, on both platforms in turn, which begins alternates; the file is deleted outside of
the measured time. Shown are medians. The store is a process of its own, which shares the processors.
"""
import os
import statistics
import time

import object_stores
from table import Row

FILE_BYTES = 10_000_000
TARGET = 1.5


class Side:
    def __init__(self, instance):
        self.tenant = instance.tenant("objects", mock=False)
        self.uploads, self.reads = [], []

    def round(self, content, count):
        begin = time.perf_counter()
        reply = self.tenant.http.upload("a.bin", content, "user_data", "application/octet-stream")
        sent = time.perf_counter()
        id = reply.json()["id"]
        got = self.tenant.call("GET", f"/v1/files/{id}/content")
        end = time.perf_counter()
        if got.body != content:
            raise RuntimeError("the file is not what was uploaded")
        if self.tenant.call("DELETE", f"/v1/files/{id}").status != 200:
            raise RuntimeError("the file could not be deleted")
        if count:
            self.uploads.append((sent - begin) * 1000)
            self.reads.append((end - sent) * 1000)


def row(name, s3, fs):
    measured, baseline = statistics.median(s3), statistics.median(fs)
    ratio = measured / baseline
    return Row(f"{name} of 10 MB, objects in S3 (SeaweedFS)", f"{measured:.1f} ms", f"a folder {baseline:.1f} ms",
               f"{ratio:.2f}", f"<= {TARGET} x", ratio <= TARGET)


def run(bench):
    folder = os.path.join(bench.folder, "store")
    os.makedirs(folder)
    store = object_stores.SeaweedFS(folder)
    bench.on_stop(store.stop)
    store.start()
    alike = {"engine_enabled": "false", "gateway_tenant_bodies_mib_per_second": "100000"}
    instances = [bench.start(os.path.join(bench.folder, name), **alike, **settings)
                 for name, settings in (("s3", store.settings()), ("fs", {}))]
    try:
        sides = [Side(instance) for instance in instances]
        for number in range(bench.pick(40, 8)):
            content = os.urandom(FILE_BYTES)
            for side in sides if number % 2 else reversed(sides):
                side.round(content, number > 1)
    finally:
        for instance in instances:
            instance.down()
    s3, fs = sides
    return [row("upload", s3.uploads, fs.uploads), row("read", s3.reads, fs.reads)]
