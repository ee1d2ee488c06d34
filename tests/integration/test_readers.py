# SPDX-License-Identifier: Apache-2.0
"""A reader that the kernel kills for memory: its document is read once more alone, and then it is told why."""
import os
import pathlib

from base import Instance, PlatformTest, main, until

# As the kernel does it. What is read, the file's own words say: "twice" dies each time, "once" at its first try.
READER = """#!/bin/sh
words=$(head -c 200 /dev/stdin)
case $words in
*twice*) kill -KILL $$ ;;
*once*) mkdir %(folder)s/once 2>/dev/null && kill -KILL $$ ;;
esac
exec %(program)s "$@"
"""


class Readers(PlatformTest):
    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(supervisor_quickstart="false")
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.install()
        folder = pathlib.Path(cls.bh.folder, "reader")
        folder.mkdir()
        folder.chmod(0o777)
        reader = folder / "reader"
        reader.write_text(READER % {"folder": folder, "program": os.path.join(cls.bh.programs, "bin/bulkhead-extract")})
        reader.chmod(0o755)
        cls.bh.settings["rag_extract_path"] = str(reader)
        cls.bh.start()
        cls.bh.wait_ready()

    def test_once_more_alone_and_then_the_reason(self):
        tenant = self.bh.tenant()
        store = self.store(tenant)["id"]
        row = self.ingest(tenant, store, "It dies once, and is read by Wilhelmina.", "a.txt")
        self.assertEqual((row["status"], row["last_error"]), ("completed", None))
        row = self.ingest(tenant, store, "It dies twice.", "b.txt")
        self.assertEqual((row["status"], row["last_error"]["code"]), ("failed", "invalid_file"))
        self.assertIn("more memory", row["last_error"]["message"])
        # Each was given back once, and nobody else's document suffers.
        self.assertEqual(self.bh.psql("SELECT attempts FROM bulkhead.job WHERE kind = 'ingest'"
                                      f" AND tenant_id = '{tenant.id}' ORDER BY created_at"), [["2"], ["2"]])
        other = self.bh.tenant()
        self.assertEqual(self.ingest(other, self.store(other)["id"], "Plain words.")["status"], "completed")
        self.assertTrue(until(lambda: "ran out of memory" in "".join(
            self.bh.log_tail("rag", 400)), 5, "the line in the log"))


if __name__ == "__main__":
    main()
