# SPDX-License-Identifier: Apache-2.0
"""The one platform that the integration tests of a run share, and what most of them need."""
import atexit
import json
import os
import sys
import threading
import unittest
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lib"))

import openai_spec  # noqa: E402
import wire  # noqa: E402
from instance import SMALL_CHAT, Instance, until  # noqa: E402, F401

MISSING = "0" * 31 + "1"
OPERATORS_ORIGIN = "https://console.example"  # whose pages may read the answers of all tenants
_instance = None


def platform():
    """Started at its first use, stopped when the run ends."""
    global _instance
    if _instance is None:
        made = Instance(gateway_cors=f"tenants {OPERATORS_ORIGIN}", finetune_trainer="testing", finetune_checkpoint_steps="5",
                        finetune_silence_s="2", finetune_unfinished_max="12", finetune_turn_s="3")
        atexit.register(made.stop)
        _instance = made.start()
    return _instance


def adopt(instance):
    """The tests of this run use a platform that somebody else has started, and will stop."""
    global _instance
    _instance = instance


def uses_engine(test):
    """Marks a test that needs a real engine. They are slow: tests/lint.py counts them, and keeps them few."""
    test.uses_engine = True
    return test


class PlatformTest(unittest.TestCase):
    """A test against the running platform; every class has tenants of its own."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.bh = platform()
        cls.bh.wait_ready()

    @classmethod
    def acme(cls):
        """This class's main tenant."""
        if "_acme" not in cls.__dict__:
            cls._acme = cls.bh.tenant()
        return cls._acme

    @classmethod
    def other(cls):
        """Another tenant, which must see nothing of the main one."""
        if "_other" not in cls.__dict__:
            cls._other = cls.bh.tenant()
        return cls._other

    def engine_tenant(self, name=None):
        """A tenant whose models are the real engines; only for a test that is marked as using them."""
        self.assertTrue(getattr(getattr(self, self._testMethodName), "uses_engine", False),
                        "a test that is not marked with @uses_engine asks for the engines")
        return self.bh.tenant(name, mock=False)

    # -- answers

    def jobs(self, tenant):
        """Rows of jobs by table, without the books' own, which whatever is used begins."""
        return {table: int(self.bh.psql(f"SELECT count(*) FROM bulkhead.{table} WHERE tenant_id = '{tenant}'"
                                        " AND queue <> 'billing'")[0][0]) for table in ("job", "job_ready", "job_tenant")}

    def refused(self, reply, status, code=None, param=..., of_type=None):
        """An error in the API's one shape; answers its error object."""
        self.assertEqual(reply.status, status, reply)
        error = reply.error
        openai_spec.check("ErrorResponse", reply.json())
        self.assertRegex(reply.request_id or "", r"^[0-9a-f]{32}$")
        if code is not None:
            self.assertEqual(error["code"], code, error)
        if param is not ...:
            self.assertEqual(error["param"], param, error)
        if of_type is not None:
            self.assertEqual(error["type"], of_type, error)
        return error

    def ok(self, reply, status=200):
        self.assertEqual(reply.status, status, reply)
        return reply.json()

    @staticmethod
    def once_in(times, attempt):
        """`attempt()` holds a time limit. A busy machine may be late once; what is slow is late each time."""
        for left in range(times - 1, -1, -1):
            try:
                return attempt()
            except AssertionError:
                if left == 0:
                    raise

    # -- documents

    def upload(self, tenant, content, name="note.md", purpose="assistants", content_type="text/markdown"):
        if isinstance(content, str):
            content = content.encode()
        return self.ok(tenant.http.upload(name, content, purpose, content_type))

    def fine_tuned(self, tenant):
        """A fine-tuning job that has ended, and the name of its last checkpoint. Its result is worse than its base model and stays a
        file: no engine is to load what the trainer for tests makes."""
        question = 'Question %d? #trainer {"worse": true}'
        lines = [json.dumps({"messages": [{"role": "user", "content": question % at}, {"role": "assistant", "content": "Yes."}]})
                 for at in range(12)]
        file = self.upload(tenant, "\n".join(lines) + "\n", "examples.jsonl", "fine-tune")
        job = self.ok(tenant.call("POST", "/v1/fine_tuning/jobs", {"model": SMALL_CHAT, "training_file": file["id"]}))
        path = f"/v1/fine_tuning/jobs/{job['id']}"
        done = until(lambda: (row := self.ok(tenant.call("GET", path)))["finished_at"] and row, 60, "the end of a job", pause=0.1)
        return done, self.ok(tenant.call("GET", path + "/checkpoints"))["data"][0]["fine_tuned_model_checkpoint"]

    def ranges_of(self, tenant, content):
        """A file's content by ranges of its bytes, as RFC 9110 has them."""
        file = self.upload(tenant, content, "ranges.bin", content_type="application/octet-stream")
        path, size = f"/v1/files/{file['id']}/content", len(content)
        whole = tenant.call("GET", path)
        self.assertEqual((whole.status, whole.body, whole.headers["accept-ranges"]), (200, content, "bytes"))
        tag = whole.headers["etag"]
        for asked, start, end in (("0-0", 0, 1), ("2-4", 2, 5), ("5-", 5, size), ("-3", size - 3, size), (f"-{2 * size}", 0, size),
                                  (f"{size - 1}-{10 * size}", size - 1, size), ("0-", 0, size)):
            reply = tenant.call("GET", path, headers=[("Range", f"bytes={asked}"), ("If-Range", tag)])
            self.assertEqual((reply.status, reply.headers["content-range"], reply.body),
                             (206, f"bytes {start}-{end - 1}/{size}", content[start:end]), asked)
            self.assertEqual((reply.headers["content-length"], reply.headers["etag"]), (str(end - start), tag))
        for asked in (f"{size}-", "-0", f"{size}-{size + 1}"):
            reply = tenant.call("GET", path, headers=[("Range", f"bytes={asked}")])
            self.refused(reply, 416, "range_not_satisfiable")
            self.assertEqual(reply.headers["content-range"], f"bytes */{size}")
        for headers in ([("Range", "bytes=0-1,3-4")], [("Range", "lines=0-1")], [("Range", "bytes=4-2")],
                        [("Range", "bytes=0-1"), ("If-Range", '"another"')]):
            reply = tenant.call("GET", path, headers=headers)
            self.assertEqual((reply.status, reply.body, reply.headers.get("content-range")), (200, content, None), headers)
        reply = tenant.call("HEAD", path, headers=[("Range", "bytes=0-1")])
        self.assertEqual((reply.status, reply.headers["content-length"], reply.headers["accept-ranges"]), (200, str(size), "bytes"))

    def store(self, tenant, **body):
        return self.ok(tenant.call("POST", "/v1/vector_stores", {"name": "store"} | body))

    def attach(self, tenant, store_id, file_id, **body):
        path = f"/v1/vector_stores/{store_id}/files"
        return self.ok(tenant.call("POST", path, {"file_id": file_id} | body))

    def finished(self, tenant, store_id, file_id, seconds=120):
        """The store file, once it is no longer in progress."""
        def row():
            found = self.ok(tenant.call("GET", f"/v1/vector_stores/{store_id}/files/{file_id}"))
            return found if found["status"] != "in_progress" else None
        return until(row, seconds, f"the end of the ingestion of {file_id}", pause=0.2)

    def ingest(self, tenant, store_id, content, name="note.md", seconds=120, **body):
        """Upload, attach, wait: the finished store file."""
        file = self.upload(tenant, content, name)
        self.attach(tenant, store_id, file["id"], **body)
        return self.finished(tenant, store_id, file["id"], seconds)

    # -- calls of models

    def chat(self, tenant, text="Say something.", script=None, **body):
        """A chat completion; the script tells the upstream how to behave."""
        if script is not None:
            text = f"{text} #mock {json.dumps(script)}"
        return tenant.call("POST", "/v1/chat/completions",
                           {"model": "default", "messages": [{"role": "user", "content": text}]} | body)

    def respond(self, tenant, text="Say something.", script=None, **body):
        if script is not None:
            text = f"{text} #mock {json.dumps(script)}"
        return tenant.call("POST", "/v1/responses", {"model": "default", "input": text} | body)

    @staticmethod
    def together(number, call):
        """`call(i)` in as many threads at once; their results in order."""
        results = [None] * number
        barrier = threading.Barrier(number)

        def one(at):
            barrier.wait()
            try:
                results[at] = call(at)
            except Exception as error:
                results[at] = error
        threads = [threading.Thread(target=one, args=(at,)) for at in range(number)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results


def marker():
    """A word that occurs nowhere else."""
    return "zq" + uuid.uuid4().hex[:12]


def main():
    """For a test file that is run alone."""
    unittest.main(verbosity=2)


__all__ = ["MISSING", "Instance", "PlatformTest", "adopt", "main", "marker", "openai_spec", "platform", "until", "uses_engine", "wire"]
