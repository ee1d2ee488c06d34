# SPDX-License-Identifier: Apache-2.0
"""The data of every released version is migrated by this program, and is whole afterwards."""
import glob
import gzip
import json
import os
import unittest

from base import main

import wire
from instance import Instance
from mock_upstream import Upstream
from schema_fixture import FOLDER, SELLER


class Fixtures(unittest.TestCase):
    limit_s = 600

    def restored(self, name):
        """A platform that has found the database of that version, and what has to be in it."""
        with open(os.path.join(FOLDER, name + ".json"), encoding="utf-8") as file:
            told = json.load(file)
        upstream = Upstream()
        bh = Instance(engine_enabled="false", supervisor_quickstart="false", **SELLER)
        self.addCleanup(bh.stop)
        bh.start()
        with gzip.open(os.path.join(FOLDER, name + ".sql.gz"), "rt", encoding="utf-8") as file:
            # In one transaction: the services of the empty platform see the old schema, or that of the fixture.
            bh.script("\\set ON_ERROR_STOP on\nBEGIN;\nDROP SCHEMA bulkhead CASCADE;\n" + file.read()
                      + f"UPDATE bulkhead.model SET url = '{upstream.url}/v1';\nCOMMIT;\n")
        self.assertEqual(bh.down().returncode, 0)
        with open(os.path.join(bh.home, "master.key"), "r+b") as file:
            file.write(bytes.fromhex(told["master"]))
        bh.up()
        return bh, told

    def look(self, name):
        bh, told = self.restored(name)
        tenant = told["tenant"]
        counts = {table: int(bh.psql(f"SELECT count(*) FROM bulkhead.{table} WHERE tenant_id = '{tenant}'")[0][0])
                  for table in told["counts"]}
        self.assertEqual(counts, told["counts"])
        self.assertIn("migrations   0 would run", bh.run("upgrade", "--check").stdout)
        checked = bh.run("billing", "check", "--json")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.asks(bh, told)

    def test_each_is_migrated_and_whole(self):
        names = sorted(os.path.basename(path)[:-len(".sql.gz")] for path in glob.glob(os.path.join(FOLDER, "*.sql.gz")))
        self.assertTrue(names)
        for name in names:
            with self.subTest(fixture=name):
                self.look(name)

    def asks(self, bh, told):
        """Its key is known, and its documents are found."""
        client = wire.Http(bh.address, told["key"])
        self.assertEqual(client.call("GET", "/v1/files").status, 200)
        stores = client.call("GET", "/v1/vector_stores").json()["data"]
        self.assertEqual(len(stores), told["counts"]["vector_store"])
        reply = client.call("POST", f"/v1/vector_stores/{stores[0]['id']}/search", {"query": told["question"]})
        self.assertEqual(reply.status, 200, reply)
        self.assertTrue(any(told["question"] in part["text"].lower() for hit in reply.json()["data"] for part in hit["content"]),
                        reply)


if __name__ == "__main__":
    main()
