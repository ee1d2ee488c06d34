# SPDX-License-Identifier: Apache-2.0
"""Uploaded files that move from a folder to S3 and back under a running platform."""
import os
import threading
import unittest

from base import Instance, PlatformTest, main

import object_stores
from object_stores import BUCKET, SeaweedFS
from objects_base import opened, setUpModule  # noqa: F401


class Move(PlatformTest):
    """From a folder to S3 while people upload, read and delete."""

    @classmethod
    def setUpClass(cls):
        if SeaweedFS in object_stores.missing():
            raise unittest.SkipTest(object_stores.missing()[SeaweedFS])
        cls.s3 = SeaweedFS()
        cls.bh = None
        opened.append(cls)
        cls.s3.start()
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false",
                          **cls.s3.settings(object_driver="fs", object_seal="false"))
        cls.bh.start()

    @classmethod
    def close(cls):
        for each in (cls.bh, cls.s3):
            if each is not None:
                each.stop()

    @classmethod
    def tearDownClass(cls):
        opened.remove(cls)
        cls.close()

    def copy(self, source, target):
        return self.bh.cli("object", "copy", "--from", source, "--to", target)

    def switch(self, **settings):
        """The platform with other settings."""
        self.bh.down()
        self.bh.settings |= settings
        self.bh.up()
        self.bh.wait_ready()

    def whole(self, tenant, kept):
        for id, content in kept.items():
            self.assertEqual(tenant.call("GET", f"/v1/files/{id}/content").body, content)

    def put(self, tenant, kept, size=2000):
        content = os.urandom(size)
        kept[self.upload(tenant, content, "a.bin", "user_data", "application/octet-stream")["id"]] = content

    def busy(self, tenant, kept, gone, stop):
        """Uploads, reads and deletes until it is told to stop."""
        while not stop.is_set():
            self.put(tenant, kept)
            self.put(tenant, kept)
            id = next(iter(kept))
            if tenant.call("GET", f"/v1/files/{id}/content").body != kept[id]:
                raise AssertionError("a file is not what was uploaded")
            del kept[id]
            self.ok(tenant.call("DELETE", f"/v1/files/{id}"))
            gone.append(id)

    def test_a_running_platform_moves_without_loss(self):
        tenant, other = self.bh.tenant(), self.bh.tenant()
        kept, gone, others = {}, [], {}
        for _ in range(10):
            self.put(tenant, kept)
        self.put(tenant, kept, 7 << 20)
        self.put(other, others)

        # While the folder is in use: once, with people at work, and once more.
        stop, failed = threading.Event(), []

        def work():
            try:
                self.busy(tenant, kept, gone, stop)
            except BaseException as error:
                failed.append(error)
        worker = threading.Thread(target=work)
        worker.start()
        first = self.copy("fs", "s3")
        stop.set()
        worker.join()
        self.assertEqual(failed, [])
        self.assertGreaterEqual(first["copied"], 1)
        self.assertEqual(first["failed"], 0)
        again = self.copy("fs", "s3")
        self.assertEqual((again["failed"], again["copied"] + again["present"]), (0, len(kept) + len(others)))
        self.assertGreater(again["present"], 0)

        # The switch: what is not there yet is read from the folder.
        late = {}
        self.put(tenant, late)
        self.switch(object_driver="s3", object_previous="fs")
        new = {}
        self.put(tenant, new)
        self.whole(tenant, kept | late | new)
        doomed = next(iter(late))
        self.ok(tenant.call("DELETE", f"/v1/files/{doomed}"))
        del late[doomed]
        last = self.copy("fs", "s3")
        self.assertEqual((last["failed"], last["deleted"]), (0, 0))

        # The folder is let go.
        self.switch(object_previous="")
        os.rename(os.path.join(self.bh.home, "rag/objects"), os.path.join(self.bh.home, "rag/gone"))
        self.whole(tenant, kept | late | new)
        self.whole(other, others)
        for id in [*gone, doomed]:
            self.refused(tenant.call("GET", f"/v1/files/{id}/content"), 404)
        keys = {each["Key"] for each in self.s3.admin.list_objects_v2(Bucket=BUCKET)["Contents"]}
        wanted = {f"{owner.id.replace('-', '')}/{id.removeprefix('file-')}" for owner, ids in (
            (tenant, kept | late | new), (other, others)) for id in ids}
        self.assertLessEqual(wanted, keys)
        self.assertNotIn(f"{tenant.id.replace('-', '')}/{doomed.removeprefix('file-')}", keys)

        # And back.
        back = self.copy("s3", "fs")
        self.assertEqual(back["failed"], 0)
        self.switch(object_driver="fs")
        self.whole(tenant, kept | late | new)
        self.ok(tenant.call("DELETE", f"/v1/files/{next(iter(kept))}"))

    def test_a_wrong_word_copies_nothing(self):
        for words in ((), ("--from", "fs"), ("--from", "fs", "--to", "fs"), ("--from", "fs", "--to", "tape")):
            done = self.bh.run("object", "copy", *words)
            self.assertNotEqual(done.returncode, 0, words)
            self.assertTrue(done.stderr)


if __name__ == "__main__":
    main()
