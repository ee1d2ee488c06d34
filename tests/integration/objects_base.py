# SPDX-License-Identifier: Apache-2.0
"""What the tests of S3 share: stores and platforms of their own, stopped with the module that opened them."""
import atexit
import unittest

from base import Instance, PlatformTest

import object_stores
import s3_front
from object_stores import BUCKET, SeaweedFS

STORE_MS = 1500   # the longest wait for the store
opened = []


def close_all():
    while opened:
        opened.pop().close()


def setUpModule():
    """For each module of tests: import it there."""
    unittest.addModuleCleanup(close_all)
    atexit.register(close_all)


class Platform:
    """A store, a front before it, and a platform that keeps its files there."""

    def __init__(self, kind, **settings):
        self.store = kind()
        self.front = self.bh = None
        opened.append(self)
        self.store.start()
        self.front = s3_front.Front(self.store)
        # What the store holds is compared with what was uploaded; test_objects_sealed has it sealed.
        settings = {"object_seal": "false"} | settings
        self.bh = Instance(engine_enabled="false", supervisor_quickstart="false", **self.settings(**settings))
        self.bh.start()

    def settings(self, **more):
        return self.store.settings(object_s3_endpoint=self.front.url, object_s3_timeout_ms=STORE_MS,
                                   object_s3_part_mib=5) | more

    def close(self):
        for each in (self.bh, self.front, self.store):
            if each is not None:
                each.close() if each is self.front else each.stop()


class OnStore(PlatformTest):
    """A platform on one kind of store."""

    kind, more = SeaweedFS, {}

    @classmethod
    def setUpClass(cls):
        if cls.kind in object_stores.missing():
            raise unittest.SkipTest(object_stores.missing()[cls.kind])
        cls.platform = Platform(cls.kind, **cls.more)
        cls.bh, cls.front, cls.outside = cls.platform.bh, cls.platform.front, cls.platform.store.admin

    @classmethod
    def tearDownClass(cls):
        opened.remove(cls.platform)
        cls.platform.close()

    @staticmethod
    def hex_of(tenant):
        return tenant.id.replace("-", "")

    def key_of(self, tenant, file):
        return f"{self.hex_of(tenant)}/{file['id'].removeprefix('file-')}"

    def keys(self, tenant):
        found = self.outside.list_objects_v2(Bucket=BUCKET, Prefix=self.hex_of(tenant) + "/")
        return {each["Key"]: each["Size"] for each in found.get("Contents", [])}

    def body(self, tenant, file):
        return tenant.call("GET", f"/v1/files/{file['id']}/content")
