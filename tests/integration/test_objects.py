# SPDX-License-Identifier: Apache-2.0
"""Uploaded files in S3: seen from outside, held to their tenant by two locks, and under a store that fails."""
import base64
import hashlib
import http.client
import os
import re
import sys
import urllib.error
import urllib.request

import openai

from base import main, marker, until, wire

from checkout import ROOT
import object_stores
import s3_front
from object_stores import BUCKET, MinIO
from objects_base import OnStore, setUpModule  # noqa: F401

sys.path.append(os.path.join(ROOT, "picture"))
from testing_program import flat  # noqa: E402

PART = 5 << 20
SECRET = object_stores.PLATFORM[1]


class Cases:
    """What holds on every kind of store."""

    # -- as it should be

    def test_a_file_is_one_object_below_its_tenant_and_goes_with_it(self):
        tenant = self.bh.tenant()
        content = bytes(range(256)) * 300
        file = self.upload(tenant, content, "all.bin", "user_data", "application/octet-stream")
        key = self.key_of(tenant, file)
        self.assertEqual(self.keys(tenant), {key: len(content)})
        found = self.outside.get_object(Bucket=BUCKET, Key=key)
        self.assertEqual(found["Body"].read(), content)
        self.assertEqual(found["Metadata"]["sha256"], hashlib.sha256(content).hexdigest())
        self.assertEqual(self.body(tenant, file).body, content)
        self.ok(tenant.call("DELETE", f"/v1/files/{file['id']}"))
        self.assertEqual(self.keys(tenant), {})

    def test_the_other_client_sees_the_same(self):
        from minio import Minio
        tenant = self.bh.tenant()
        file = self.upload(tenant, b"seen twice", "a.txt")
        client = Minio(endpoint=f"127.0.0.1:{self.platform.store.port}", access_key=object_stores.ADMIN[0],
                       secret_key=object_stores.ADMIN[1], secure=False, region="us-east-1")
        listed = list(client.list_objects(BUCKET, prefix=self.hex_of(tenant) + "/"))
        self.assertEqual([(each.object_name, each.size) for each in listed], [(self.key_of(tenant, file), 10)])
        answer = client.get_object(BUCKET, listed[0].object_name)
        self.assertEqual(answer.read(), b"seen twice")
        answer.close()

    def test_a_large_file_goes_in_parts(self):
        tenant = self.bh.tenant()
        content = os.urandom(2 * PART + 12345)
        file = self.upload(tenant, content, "large.bin", "user_data", "application/octet-stream")
        self.assertEqual(self.keys(tenant), {self.key_of(tenant, file): len(content)})
        self.assertEqual(self.body(tenant, file).body, content)
        self.assertEqual(self.outside.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []), [])

    def test_a_document_is_read_and_found(self):
        tenant, word = self.bh.tenant(), marker()
        store = self.store(tenant)
        row = self.ingest(tenant, store["id"], f"The lighthouse keeper is called {word}.")
        self.assertEqual(row["status"], "completed", row)
        page = self.ok(tenant.call("POST", f"/v1/vector_stores/{store['id']}/search", {"query": word}))
        self.assertIn(word, page["data"][0]["content"][0]["text"])

    def test_a_vector_store_comes_back_from_its_archive_also_when_the_store_was_full(self):
        tenant, word = self.bh.tenant(), marker()
        store = self.store(tenant)
        self.ingest(tenant, store["id"], f"The lighthouse keeper is called {word}.")
        search = lambda id: [(hit["score"], hit["content"]) for hit in self.ok(
            tenant.call("POST", f"/v1/vector_stores/{id}/search", {"query": word}))["data"]]
        archive = tenant.call("GET", f"/v1/vector_stores/{store['id']}/export").body
        file = self.upload(tenant, archive, "store.tar", "user_data", "application/x-tar")
        other = self.bh.tenant()
        theirs = self.upload(other, archive, "store.tar", "user_data", "application/x-tar")
        look = lambda id: self.ok(other.call("GET", f"/v1/vector_stores/{id}"))["bulkhead"]["import"]
        with self.front.failing("PUT", s3_front.refuses(507, "InsufficientStorage")) as fault:
            copy = self.ok(other.call("POST", "/v1/vector_stores", {"bulkhead": {"import_file_id": theirs["id"]}}))
            until(lambda: fault.met > 0, 30, "an object refused")
            self.assertEqual(look(copy["id"])["status"], "in_progress")
        until(lambda: look(copy["id"])["status"] == "completed", 90, "the import")
        self.assertEqual(len(self.keys(other)), 2)
        copy = self.ok(tenant.call("POST", "/v1/vector_stores", {"bulkhead": {"import_file_id": file["id"]}}))
        until(lambda: self.ok(tenant.call("GET", f"/v1/vector_stores/{copy['id']}"))["status"] == "completed", 60, "the copy")
        self.assertEqual(search(copy["id"]), search(store["id"]))

    # -- two locks

    def test_the_stores_lock_alone(self):
        """Ours is away: whoever holds a tenant's session asks for another tenant's files."""
        one, two = self.bh.tenant(), self.bh.tenant()
        mine, theirs = self.upload(one, b"mine", "a.txt"), self.upload(two, b"theirs", "b.txt")
        session = self.platform.store.client(*self.front.sessions[self.hex_of(one)])
        self.assertEqual(session.get_object(Bucket=BUCKET, Key=self.key_of(one, mine))["Body"].read(), b"mine")
        key, own, prefix = self.key_of(two, theirs), self.key_of(one, mine), self.hex_of(two)
        source = {"Bucket": BUCKET, "Key": key}
        ways = {
            "get": lambda: session.get_object(Bucket=BUCKET, Key=key),
            "range": lambda: session.get_object(Bucket=BUCKET, Key=key, Range="bytes=0-0"),
            "head": lambda: session.head_object(Bucket=BUCKET, Key=key),
            "put": lambda: session.put_object(Bucket=BUCKET, Key=key, Body=b"x"),
            "delete": lambda: session.delete_object(Bucket=BUCKET, Key=key),
            "copy from": lambda: session.copy_object(Bucket=BUCKET, Key=own + "0", CopySource=source),
            "copy to": lambda: session.copy_object(Bucket=BUCKET, Key=key + "0", CopySource={"Bucket": BUCKET, "Key": own}),
            "multipart": lambda: session.create_multipart_upload(Bucket=BUCKET, Key=key),
            "uploads": lambda: session.list_multipart_uploads(Bucket=BUCKET),
            "uploads of theirs": lambda: session.list_multipart_uploads(Bucket=BUCKET, Prefix=prefix + "/"),
            "list": lambda: session.list_objects_v2(Bucket=BUCKET, Prefix=prefix + "/"),
            "list all": lambda: session.list_objects_v2(Bucket=BUCKET),
            "list tenants": lambda: session.list_objects_v2(Bucket=BUCKET, Delimiter="/"),
            "list half": lambda: session.list_objects_v2(Bucket=BUCKET, Prefix=self.hex_of(one)[:8]),
            "list v1": lambda: session.list_objects(Bucket=BUCKET, Prefix=prefix + "/"),
            "tags": lambda: session.get_object_tagging(Bucket=BUCKET, Key=key),
            "acl": lambda: session.put_object_acl(Bucket=BUCKET, Key=own, ACL="public-read"),
            "policy": lambda: session.put_bucket_policy(Bucket=BUCKET, Policy="{}"),
            "dots": lambda: session.get_object(Bucket=BUCKET, Key=f"{self.hex_of(one)}/../{key}"),
            "another bucket": lambda: session.create_bucket(Bucket="bulkhead-elsewhere"),
            "remove the bucket": lambda: session.delete_bucket(Bucket=BUCKET),
            "larger session": lambda: self.platform.store.client(
                *self.front.sessions[self.hex_of(one)], service="sts").assume_role(
                    RoleArn=self.platform.store.role, RoleSessionName="larger"),
        }
        from botocore.exceptions import ClientError
        for name, way in ways.items():
            with self.subTest(name):
                with self.assertRaises(ClientError) as refused:
                    way()
                self.assertIn(refused.exception.response["ResponseMetadata"]["HTTPStatusCode"], (400, 403, 404, 405, 501))
        deleted = session.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key}]})
        self.assertTrue(deleted.get("Errors"), deleted)
        link = session.generate_presigned_url("get_object", Params=source)
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(link, timeout=10)
        self.assertEqual(refused.exception.code, 403)
        self.assertEqual(self.body(two, theirs).body, b"theirs")

    def test_our_lock_alone(self):
        """The store's is away: every session is the whole role."""
        self.front.whole_role = True
        self.addCleanup(setattr, self.front, "whole_role", False)
        one, two = self.bh.tenant(), self.bh.tenant()
        mine, theirs = self.upload(one, b"mine", "a.txt"), self.upload(two, b"theirs", "b.txt")
        self.front.seen.clear()
        for path in (f"/v1/files/{theirs['id']}/content", f"/v1/files/{theirs['id']}",
                     f"/v1/files/file-{self.hex_of(two)}%2f{theirs['id'].removeprefix('file-')}/content",
                     f"/v1/files/..%2f{self.hex_of(two)}%2f{theirs['id'].removeprefix('file-')}/content"):
            self.refused(one.call("GET", path), 404)
        self.refused(one.call("DELETE", f"/v1/files/{theirs['id']}"), 404)
        self.assertEqual(self.body(one, mine).body, b"mine")
        self.assertEqual({re.match(r"/[^/]+/([0-9a-f]{32})/", path).group(1) for method, path in self.front.seen
                          if path.count("/") > 2}, {self.hex_of(one)})
        self.assertEqual(self.body(two, theirs).body, b"theirs")

    def test_the_platforms_own_key_opens_nothing(self):
        if self.kind is MinIO:
            self.skipTest("MinIO intersects a session's policy with the rights of the key: it must have them itself")
        from botocore.exceptions import ClientError
        tenant = self.bh.tenant()
        file = self.upload(tenant, b"mine", "a.txt")
        client = self.platform.store.client(*object_stores.PLATFORM)
        for way in (lambda: client.get_object(Bucket=BUCKET, Key=self.key_of(tenant, file)),
                    lambda: client.list_objects_v2(Bucket=BUCKET),
                    lambda: client.delete_object(Bucket=BUCKET, Key=self.key_of(tenant, file))):
            with self.assertRaises(ClientError):
                way()

    # -- a store that fails

    def unavailable(self, reply):
        self.refused(reply, 503, "service_unavailable", of_type="server_error")
        self.assertEqual(reply.headers["retry-after"], "1")
        return reply

    def upload_fails(self, tenant, content=b"never accepted"):
        return self.unavailable(tenant.http.upload("a.txt", content))

    def logged(self, reply, words):
        until(lambda: words in " ".join(self.bh.log_of(reply.request_id)), 10, f"`{words}` in the log")

    def nothing_is_visible(self, tenant):
        """Neither a row nor an object that is shorter than it should be."""
        self.assertEqual(self.ok(tenant.call("GET", "/v1/files"))["data"], [])
        self.assertEqual(self.keys(tenant), {})

    def test_an_upload_to_a_store_that_refuses(self):
        for status, code in ((403, "AccessDenied"), (500, "InternalError"), (503, "SlowDown"), (404, "NoSuchBucket"),
                             (400, "BadDigest"), (301, "PermanentRedirect")):
            with self.subTest(code):
                tenant = self.bh.tenant()
                with self.front.failing("PUT", s3_front.refuses(status, code)) as fault:
                    reply = self.upload_fails(tenant)
                self.assertGreaterEqual(fault.met, 1)
                self.assertLessEqual(fault.met, 3)
                self.nothing_is_visible(tenant)
                self.logged(reply, f"status {status} {code}")
                self.upload(tenant, b"accepted", "a.txt")

    def test_an_upload_to_a_full_store(self):
        tenant = self.bh.tenant()
        with self.front.failing("PUT", s3_front.refuses(507, "InsufficientStorage")):
            self.refused(tenant.http.upload("a.txt", b"x"), 503, "storage_full")
        self.nothing_is_visible(tenant)

    def test_an_upload_to_a_store_that_hangs_or_drops(self):
        for name, act in (("hangs", s3_front.hangs(self.front)), ("drops", s3_front.drops),
                          ("half arrives", s3_front.half_arrives), ("swallows", s3_front.swallows)):
            with self.subTest(name):
                tenant = self.bh.tenant()
                with self.front.failing("PUT", act) as fault:
                    self.upload_fails(tenant, os.urandom(300000))
                self.assertGreaterEqual(fault.met, 1)
                self.nothing_is_visible(tenant)

    def test_an_upload_in_parts_that_breaks(self):
        for name, act, times in (("a part is refused", s3_front.refuses(403, "AccessDenied"), None),
                                 ("a part is swallowed", s3_front.swallows, 1),
                                 ("half of a part arrives", s3_front.half_arrives, None)):
            with self.subTest(name):
                tenant = self.bh.tenant()
                with self.front.failing("PUT", act, pattern="partNumber=2", times=times) as fault:
                    self.upload_fails(tenant, os.urandom(2 * PART + 5))
                self.assertGreaterEqual(fault.met, 1)
                self.nothing_is_visible(tenant)
        self.assertEqual(self.outside.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []), [])

    def test_an_upload_whose_end_fails_in_the_answer(self):
        """S3 says 200 before it puts the parts together; a failure comes in the body."""
        tenant = self.bh.tenant()
        with self.front.failing("POST", s3_front.refuses(200, "InternalError"), pattern="uploadId="):
            self.upload_fails(tenant, os.urandom(PART + 5))
        self.nothing_is_visible(tenant)

    def test_a_file_is_downloaded_by_ranges(self):
        tenant, content = self.bh.tenant(), os.urandom(300_000)
        self.ranges_of(tenant, content)
        # What breaks is asked for from there on, to the end of the range only.
        file = self.upload(tenant, content, "again.bin")
        with self.front.failing("GET", s3_front.changed(lambda body: (body[:1000], len(body))), times=1) as fault:
            reply = tenant.call("GET", f"/v1/files/{file['id']}/content", headers=[("Range", "bytes=1000-200999")])
            self.assertEqual((reply.status, reply.body), (206, content[1000:201000]))
            self.assertEqual(fault.met, 1)

    def test_a_failure_that_passes_is_not_seen(self):
        tenant = self.bh.tenant()
        for name, act in (("busy", s3_front.refuses(503, "SlowDown")), ("dropped", s3_front.drops)):
            with self.subTest(name), self.front.failing("PUT", act, times=1) as fault:
                self.upload(tenant, b"accepted", "a.txt")
                self.assertEqual(fault.met, 1)

    def test_an_expired_session_is_renewed(self):
        tenant = self.bh.tenant()
        file = self.upload(tenant, b"mine", "a.txt")
        before = self.front.sessions[self.hex_of(tenant)]
        for status, code in ((400, "ExpiredToken"), (403, "InvalidAccessKeyId")):
            with self.front.failing("GET", s3_front.refuses(status, code), times=1):
                self.assertEqual(self.body(tenant, file).body, b"mine")
            self.assertNotEqual(self.front.sessions[self.hex_of(tenant)], before)
            before = self.front.sessions[self.hex_of(tenant)]

    def test_one_session_serves_many_requests(self):
        tenant = self.bh.tenant()
        self.front.seen.clear()
        replies = self.together(8, lambda _: tenant.http.upload("a.txt", b"x"))
        self.assertEqual({reply.status for reply in replies}, {200})
        self.assertEqual(self.front.seen.count(("POST", "/")), 1)

    def test_no_sessions_without_sts(self):
        tenant, known = self.bh.tenant(), self.bh.tenant()
        file = self.upload(known, b"mine", "a.txt")
        with self.front.failing("POST", s3_front.refuses(403, "AccessDenied"), pattern="^/$"):
            reply = self.upload_fails(tenant)
            self.logged(reply, "AssumeRole")
            self.assertEqual(self.body(known, file).body, b"mine")
        self.nothing_is_visible(tenant)

    def test_a_download_that_is_not_what_was_stored(self):
        tenant = self.bh.tenant()
        content = os.urandom(200000)
        file = self.upload(tenant, content, "a.bin", "user_data", "application/octet-stream")
        lies = {
            "shorter": lambda body: (body[:-1], None),
            "longer": lambda body: (body + b"x", None),
            "says less": lambda body: (body, len(body) - 1),
            "says more": lambda body: (body, len(body) + 1),
            "empty": lambda body: (b"", None),
        }
        for name, change in lies.items():
            with self.subTest(name), self.front.failing("GET", s3_front.changed(change)):
                self.unavailable(self.body(tenant, file))
        for name, act in (("403", s3_front.refuses(403, "AccessDenied")), ("hangs", s3_front.hangs(self.front))):
            with self.subTest(name), self.front.failing("GET", act):
                self.unavailable(self.body(tenant, file))
        self.assertEqual(self.body(tenant, file).body, content)

    def test_a_download_that_goes_wrong_on_its_way_never_looks_whole(self):
        tenant = self.bh.tenant()
        content = os.urandom(3000000)
        file = self.upload(tenant, content, "a.bin", "user_data", "application/octet-stream")
        for name, change in (("cut", lambda body: (body[:100000], len(body))),
                             ("the first byte", lambda body: (bytes([body[0] ^ 1]) + body[1:], None)),
                             ("the last byte", lambda body: (body[:-1] + bytes([body[-1] ^ 1]), None))):
            with self.subTest(name), self.front.failing("GET", s3_front.changed(change)):
                with self.assertRaises(http.client.IncompleteRead) as broken:
                    self.body(tenant, file)
                self.assertLess(len(broken.exception.partial), len(content))
        self.assertEqual(self.body(tenant, file).body, content)

    def test_a_store_that_drips_does_not_hold_up_who_reads(self):
        tenant, word = self.bh.tenant(), marker()
        store = self.store(tenant)
        file = self.upload(tenant, f"The lighthouse keeper is called {word}. " * 200, "slow.md")
        self.front.left.clear()
        with self.front.failing("GET", s3_front.drips(0.2), pattern=self.key_of(tenant, file)):
            self.attach(tenant, store["id"], file["id"])
            until(self.front.left.is_set, 20, "the service to leave a dripping answer")
        self.assertEqual(self.finished(tenant, store["id"], file["id"])["status"], "completed")

    def test_a_download_that_breaks_once(self):
        tenant = self.bh.tenant()
        content = os.urandom(2000000)
        file = self.upload(tenant, content, "a.bin", "user_data", "application/octet-stream")
        cut = s3_front.changed(lambda body: (body[:1000], len(body)))
        with self.front.failing("GET", cut, times=1) as fault:
            self.assertEqual(self.body(tenant, file).body, content)
        self.assertEqual(fault.met, 1)

    def test_an_object_that_is_forbidden_because_it_is_missing(self):
        """AWS says 403 instead of 404 where a session may list its own prefix only."""
        tenant = self.bh.tenant()
        file = self.upload(tenant, b"mine", "a.txt")
        self.outside.delete_object(Bucket=BUCKET, Key=self.key_of(tenant, file))
        with self.front.failing("GET", s3_front.refuses(403, "AccessDenied")):
            self.refused(self.body(tenant, file), 404)

    def test_a_document_waits_for_the_store(self):
        """What was accepted is not given up while the store is away."""
        tenant, word = self.bh.tenant(), marker()
        store, file = self.store(tenant), self.upload(tenant, f"The warden is called {word}.", "a.md")
        with self.front.failing("GET", s3_front.refuses(500, "InternalError")) as fault:
            self.attach(tenant, store["id"], file["id"])
            until(lambda: fault.met >= 3, 30, "three tries to read the document")
            row = self.ok(tenant.call("GET", f"/v1/vector_stores/{store['id']}/files/{file['id']}"))
            self.assertEqual(row["status"], "in_progress")
        self.assertEqual(self.finished(tenant, store["id"], file["id"])["status"], "completed")

    def test_a_deletion_is_done_later_when_the_store_is_away(self):
        tenant = self.bh.tenant()
        file = self.upload(tenant, b"mine", "a.txt")
        with self.front.failing("DELETE", s3_front.refuses(500, "InternalError")) as fault:
            self.ok(tenant.call("DELETE", f"/v1/files/{file['id']}"))
            until(lambda: fault.met >= 4, 30, "the job that removes the object")
        self.refused(self.body(tenant, file), 404)
        until(lambda: self.keys(tenant) == {}, 60, "the object's removal", pause=0.1)

    def test_a_tenant_that_is_deleted_leaves_no_object(self):
        tenant, other = self.bh.tenant(), self.bh.tenant()
        self.upload(other, b"theirs", "a.txt")
        for name in ("a.txt", "b.txt"):
            self.upload(tenant, os.urandom(1000), name)
        upload = self.ok(tenant.call("POST", "/v1/uploads", {
            "bytes": 100, "filename": "half.md", "mime_type": "text/markdown", "purpose": "assistants"}))
        body, kind = wire.multipart([("data", "blob", "application/octet-stream", b"half" * 10)])
        self.ok(tenant.call("POST", f"/v1/uploads/{upload['id']}/parts", body, content_type=kind))
        self.assertEqual(len(self.keys(tenant)), 3)
        theirs = self.keys(other)
        # While the store is away the deletion waits for it.
        with self.front.failing("DELETE", s3_front.refuses(500, "InternalError")) as fault:
            id = self.bh.cli("tenant", "delete", tenant.id, "--confirm", tenant.name)["id"]
            until(lambda: fault.met >= 4, 30, "the deletion of objects")
            self.assertEqual(self.bh.cli("receipt", "show", id)["status"], "in_progress")
        until(lambda: self.bh.cli("receipt", "show", id)["status"] == "completed", 60, "the deletion", pause=0.2)
        self.assertEqual((self.keys(tenant), self.keys(other)), ({}, theirs))
        removed = {each["part"]: each["n"] for each in self.bh.cli("receipt", "show", id)["receipt"]["removed"]}
        self.assertEqual((removed["object"], removed["object.bytes"]), (3, 2040))

    # -- no secret leaves

    def test_no_secret_is_anywhere(self):
        tenant = self.bh.tenant()
        self.upload(tenant, b"mine", "a.txt")
        token = self.front.sessions[self.hex_of(tenant)][2]
        secret = self.front.sessions[self.hex_of(tenant)][1]
        said = self.bh.run("doctor").stdout
        self.assertRegex(said, r"(?m)^ok +objects +s3: bulkhead-objects at http://")
        for name in os.listdir(self.bh.logs):
            with open(os.path.join(self.bh.logs, name), encoding="utf-8", errors="replace") as file:
                said += file.read()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            for what in ("cmdline", "environ"):
                try:
                    with open(f"/proc/{pid}/{what}", encoding="utf-8", errors="replace") as file:
                        text = file.read()
                except OSError:
                    continue
                if self.bh.folder in text:
                    said += text
        for each in (SECRET, secret, token):
            self.assertNotIn(each, said)


class InSeaweedFS(Cases, OnStore):
    def image(self, tenant, **body):
        return tenant.call("POST", "/v1/images/generations", {"prompt": "A cat", "size": "256x256"} | body)

    def test_a_picture_is_held_until_the_store_is_back(self):
        tenant = self.bh.tenant()
        with self.front.failing("PUT", s3_front.refuses(500, "InternalError")) as fault:
            reply = self.image(tenant, bulkhead={"detached": True})
            until(lambda: fault.met >= 3, 30, "three tries to keep the picture")
        path = f"/v1/images/jobs/{self.ok(reply)['id']}"
        job = until(lambda: (row if (row := self.ok(tenant.call("GET", path)))["completed_at"] else None), 60, "the job's end", pause=0.1)
        self.assertEqual((job["status"], job["done"]), ("completed", 1))
        self.assertEqual([row["completion_tokens"] for row in tenant.settled(reply.request_id, kind="image")], [1])
        self.assertEqual(len(self.keys(tenant)), 1)

    def test_pictures_to_edit_are_refused_while_the_store_is_away(self):
        tenant = self.bh.tenant()
        url = "data:image/png;base64," + base64.b64encode(flat(64, 64, (1, 2, 3))).decode()
        with self.front.failing("PUT", s3_front.refuses(500, "InternalError")):
            reply = tenant.call("POST", "/v1/images/edits", {"prompt": "A hat", "images": [{"image_url": url}, {"image_url": url}]})
            self.refused(reply, 503, of_type="server_error")
        for table in ("image_job", "image_charge"):
            self.assertEqual(self.bh.psql(f"SELECT count(*) FROM bulkhead.{table} WHERE tenant_id = '{tenant.id}'"), [["0"]])
        self.assertEqual((self.bh.rows_of(tenant).get("file", 0), tenant.usage(reply.request_id)), (0, []))


class InMinIO(Cases, OnStore):
    kind = MinIO


class Settings(OnStore):
    """With downloads directly from the store, and little space for files under way."""

    more = {"object_s3_timeout_ms": 15000, "object_s3_download_s": 60, "platform_spool_mib": 1024, "platform_tenant_percent": 5}

    def test_a_download_is_a_link_to_the_store(self):
        tenant, other = self.bh.tenant(), self.bh.tenant()
        file = self.upload(tenant, b"<script>mine</script>", "b\u00fccher \u201eliste\u201c.html", content_type="text/html")
        reply = self.body(tenant, file)
        self.assertEqual((reply.status, reply.body, reply.headers["cache-control"]), (307, b"", "no-store"))
        # The link is good for a GET only.
        head = tenant.call("HEAD", f"/v1/files/{file['id']}/content")
        self.assertEqual((head.status, head.headers["content-length"]), (200, "21"))
        link = reply.headers["location"]
        with urllib.request.urlopen(link, timeout=10) as found:
            self.assertEqual(found.read(), b"<script>mine</script>")
            self.assertEqual(found.headers["content-type"], "application/octet-stream")
            self.assertRegex(found.headers["content-disposition"], r"^attachment; filename\*=UTF-8''b%C3%BCcher")
        self.assertIn("X-Amz-Expires=60&", link)
        for change in (lambda text: text.replace("X-Amz-Expires=60", "X-Amz-Expires=600"),
                       lambda text: text.replace("octet-stream", "x-html"),
                       lambda text: text.replace("attachment", "inline"),
                       lambda text: text.replace(file["id"].removeprefix("file-"), "0" * 32),
                       lambda text: text.replace(self.hex_of(tenant), self.hex_of(other))):
            with self.subTest(change(link)), self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(change(link), timeout=10)
            self.assertEqual(refused.exception.code, 403)
        self.refused(self.body(other, file), 404)
        row = next(row for row in self.bh.audit(reply.request_id) if "link_s" in row)
        self.assertEqual(row["link_s"], 60)

    def test_the_official_client_follows_it(self):
        tenant = self.bh.tenant()
        file = self.upload(tenant, b"read by a client", "a.txt")
        client = openai.OpenAI(base_url=self.bh.url + "/v1", api_key=tenant.key)
        self.assertEqual(client.files.content(file["id"]).read(), b"read by a client")

    def test_a_file_under_way_counts_with_the_tenants_share_of_the_disk(self):
        """51 MiB: the form as it was received, and the file on its way to the store."""
        tenant = self.bh.tenant()
        self.ok(tenant.http.upload("a.bin", bytes(20 << 20)))
        reply = tenant.http.upload("a.bin", bytes(30 << 20))
        self.assertIn(reply.status, (413, 429), reply)
        self.ok(tenant.http.upload("a.bin", bytes(20 << 20)))


if __name__ == "__main__":
    main()
