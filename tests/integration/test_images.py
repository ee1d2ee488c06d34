# SPDX-License-Identifier: Apache-2.0
"""The Images API: pictures made and edited, as one answer, as a stream, as jobs; what is paid for, and what is refused."""
import base64
import concurrent.futures
import contextlib
import http.client
import io
import json
import os
import re
import signal
import socket
import struct
import sys
import time
import uuid
import zlib

import openai
from PIL import Image

from base import PlatformTest, main, until, wire
from instance import Instance

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "..", "picture"))
from testing_program import chunk, flat, pixels  # noqa: E402

PRICE = 2000.0  # of a million pictures
SECRET = b"the prompt that was in the picture"


def text_chunk(words):
    return chunk(b"tEXt", b"parameters\0" + words)


def mask(width, height, alpha=0):
    rows = b"".join(b"\0" + b"\xff\xff\xff" .join([b""]) + b"\xff\xff\xff\xff" * (width // 2) +
                    b"\xff\xff\xff" .join([b""]) + bytes((255, 255, 255, alpha)) * (width - width // 2) for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def chunks(png):
    at, names = 8, []
    while at < len(png):
        size, name = struct.unpack(">I4s", png[at:at + 8])
        names.append(name)
        at += size + 12
    return names


class ImageTest(PlatformTest):
    """A platform of its own, without engines; its main model is the scripted upstream's."""

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false", multimodal_resume_ms="4000",
                          multimodal_edit_bytes_max=str(3 << 20), multimodal_unfinished_max="6",
                          multimodal_pictures_max="11")
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.mock = cls.bh.mock

    def setUp(self):
        self.mock.image_mode, self.mock.image_script = "plain", []
        self.mock.picture = flat(64, 64, (10, 200, 30), after=text_chunk(SECRET))
        self.mock.hold()
        self.tenant = self.bh.tenant()

    def tearDown(self):
        self.mock.release()

    def add(self, *words, upstream="theirs"):
        name = f"image-{uuid.uuid4().hex[:8]}"
        self.bh.cli("model", "add", name, "--url", self.mock.url + "/v1", "--kind", "image", "--price-out", str(PRICE),
                    "--upstream-model", upstream, "--tenant", self.tenant.id, *words)
        return name

    def make(self, tenant=None, **body):
        return (tenant or self.tenant).call("POST", "/v1/images/generations", {"prompt": "A cat", "size": "256x256"} | body)

    def job(self, reply):
        return f"/v1/images/jobs/{reply.json()['id']}"

    def wait(self, path, *states):
        def look():
            reply = self.tenant.call("GET", path)
            return reply.json() if reply.status == 200 and reply.json()["status"] in states else None
        return until(look, 25, f"a job that is {states}", pause=0.1)

    def images(self, request, count=1):
        """How many pictures the usage rows of a request tell, and what they cost."""
        rows = self.tenant.settled(request, count, kind="image")
        self.assertEqual(len(rows), count, rows)
        return sum(row["completion_tokens"] for row in rows), sum(row["cost_nanos"] for row in rows)


class TestBackend(ImageTest):
    def test_it_says_that_it_is_none(self):
        answer = self.ok(self.make(n=2))
        self.assertEqual(len(answer["data"]), 2)
        own = answer["bulkhead"]
        self.assertEqual((own["test_backend"], own["model"]), (True, "bulkhead-test-image"))
        for data, kept in zip(answer["data"], own["images"]):
            png = base64.b64decode(data["b64_json"])
            self.assertEqual(pixels(png)[:2], (256, 256))
            self.assertEqual((kept["width"], kept["height"], kept["bytes"]), (256, 256, len(png)))
            self.assertIn(b"trainedAlgorithmicMedia", png)
            file = self.tenant.call("GET", f"/v1/files/{kept['file_id']}/content")
            self.assertEqual(file.body, png)
        self.assertNotEqual(answer["data"][0], answer["data"][1])

    def test_it_is_the_same_for_the_same_seed(self):
        one, two, other = (self.ok(self.make(bulkhead={"seed": seed}))["data"] for seed in (7, 7, 8))
        self.assertEqual(one, two)
        self.assertNotEqual(one, other)

    def test_formats_and_a_transparent_background(self):
        for format, begin in (("png", b"\x89PNG"), ("jpeg", b"\xff\xd8\xff"), ("webp", b"RIFF")):
            answer = self.ok(self.make(output_format=format))
            self.assertTrue(base64.b64decode(answer["data"][0]["b64_json"]).startswith(begin), format)
        answer = self.ok(self.make(background="transparent"))
        self.assertEqual((answer["background"], pixels(base64.b64decode(answer["data"][0]["b64_json"]))[2]), ("transparent", 4))

    def test_the_official_client_plain_streamed_and_edited(self):
        client = self.tenant.client()
        answer = client.images.generate(prompt="A cat", model="default", size="1024x1024", quality="low")
        self.assertTrue(base64.b64decode(answer.data[0].b64_json).startswith(b"\x89PNG"))
        self.assertEqual((answer.size, answer.quality, answer.usage.total_tokens), ("1024x1024", "low", 0))
        events = list(client.images.generate(prompt="A cat", model="default", size="1024x1024", stream=True, partial_images=2))
        self.assertEqual([event.type for event in events], ["image_generation.partial_image"] * 2 + ["image_generation.completed"])
        self.assertEqual([getattr(event, "partial_image_index", None) for event in events], [0, 1, None])
        images = [("a.png", flat(128, 96, (1, 2, 3)), "image/png")] * 16
        answer = client.images.edit(image=images, mask=("m.png", mask(128, 96), "image/png"), prompt="A hat", model="default")
        self.assertEqual(pixels(base64.b64decode(answer.data[0].b64_json))[:2], (128, 96))
        events = list(client.images.edit(image=images[0], prompt="A hat", model="default", size="1024x1024", stream=True))
        self.assertEqual([event.type for event in events], ["image_edit.completed"])

    def test_parameters_of_an_engine_are_taken_out_of_the_prompt(self):
        model = self.add()
        block = "<sd_cpp_extra_args>{\"steps\": 1}</sd_cpp_extra_args>"
        answer = self.ok(self.make(model=model, prompt=f"A {block}cat"))
        self.assertEqual(answer["bulkhead"]["removed"], ["sd_cpp_extra_args"])
        self.assertEqual(self.mock.log[-1]["body"]["prompt"], "A cat")
        self.refused(self.make(prompt=block), 400, "invalid_value", "prompt")

    def test_a_link_in_place_of_the_picture(self):
        answer = self.ok(self.make(response_format="url"))
        url = answer["data"][0]["url"]
        self.assertTrue(url.startswith(self.bh.url + "/v1/images/links/"), url)
        path = url[len(self.bh.url):]
        anybody = self.bh.tenant()
        reply = anybody.call("GET", path)
        self.assertEqual((reply.status, reply.headers["content-type"], reply.headers["x-content-type-options"]),
                         (200, "image/png", "nosniff"))
        self.assertTrue(reply.body.startswith(b"\x89PNG"))
        self.refused(anybody.call("GET", path[:-2] + ("aa" if path[-2:] != "aa" else "bb")), 404, "not_found")
        self.ok(self.tenant.call("DELETE", f"/v1/files/{answer['bulkhead']['images'][0]['file_id']}"))
        self.refused(anybody.call("GET", path), 404, "not_found")

    def test_a_gallery_that_is_full_loses_no_picture(self):
        self.make(n=10, size="64x64")
        made = self.ok(self.make(n=2, size="64x64"))["bulkhead"]["images"]
        rows = self.ok(self.tenant.call("GET", "/v1/images?limit=100"))["data"]
        self.assertEqual((len(rows), rows[0]["file_id"]), (11, made[0]["file_id"]))
        self.assertEqual(self.tenant.call("GET", f"/v1/files/{made[1]['file_id']}/content").status, 200)
        url = "data:image/png;base64," + base64.b64encode(flat(9, 9, (1, 2, 3))).decode()
        body = {"image": {"image_url": url}, "include": []}
        self.refused(self.tenant.call("POST", "/v1/images/analyses", body | {"store": True}), 400, "too_many_objects")
        self.ok(self.tenant.call("POST", "/v1/images/analyses", body))
        self.ok(self.tenant.call("DELETE", f"/v1/images/{rows[5]['id']}"))
        self.ok(self.tenant.call("POST", "/v1/images/analyses", body | {"store": True}))


class Upstream(ImageTest):
    def test_what_comes_is_written_anew(self):
        model = self.add()
        answer = self.ok(self.make(model=model))
        png = base64.b64decode(answer["data"][0]["b64_json"])
        self.assertNotIn(SECRET, png)
        self.assertEqual([name for name in chunks(png) if name == b"tEXt"], [])
        self.assertEqual((answer["data"][0]["revised_prompt"], answer["bulkhead"]["test_backend"]), ("A better one", False))
        self.assertEqual(self.mock.log[-1]["body"]["response_format"], "b64_json")

    def test_a_gpt_model_is_streamed(self):
        model = self.add(upstream="gpt-image-1")
        reply = self.make(model=model, stream=True, partial_images=3)
        events = [json.loads(line[6:]) for line in reply.body.decode().splitlines() if line.startswith("data: ")]
        self.assertEqual([(event["type"].split(".")[1], event["sequence_number"]) for event in events],
                         [("partial_image", 0), ("partial_image", 1), ("partial_image", 2), ("completed", 3)])
        self.assertNotIn("response_format", self.mock.log[-1]["body"])
        self.assertNotIn(SECRET, base64.b64decode(events[-1]["b64_json"]))

    def test_pictures_to_edit_arrive_written_anew(self):
        model = self.add()
        picture = flat(64, 48, (9, 9, 9), after=text_chunk(SECRET) + b"") + b"trailing"
        client = self.tenant.client()
        client.images.edit(image=[("a.png", picture), ("b.png", picture)], mask=("m.png", mask(64, 48)), prompt="A hat", model=model,
                           size="1024x1024")
        form = self.mock.log[-1]["body"]
        self.assertEqual((form["prompt"], form["model"], len(form["image[]"]), len(form["mask"])), ([b"A hat"], [b"theirs"], 2, 1))
        for sent in form["image[]"]:
            self.assertEqual(pixels(sent)[:2], (64, 48))
            self.assertNotIn(SECRET, sent)
            self.assertNotIn(b"trailing", sent)

    def test_edits_as_json(self):
        model = self.add()
        picture = flat(64, 48, (9, 9, 9))
        file = self.tenant.client().files.create(file=("a.png", picture), purpose="vision")
        url = "data:image/png;base64," + base64.b64encode(picture).decode()
        body = {"prompt": "A hat", "model": model, "images": [{"file_id": file.id}, {"image_url": url}]}
        self.ok(self.tenant.call("POST", "/v1/images/edits", body))
        self.assertEqual(len(self.mock.log[-1]["body"]["image[]"]), 2)
        self.refused(self.bh.tenant().call("POST", "/v1/images/edits", body), 404, None, "images[0]")
        self.refused(self.tenant.call("POST", "/v1/images/edits", body | {"images": [{"image_url": "ftp://127.0.0.1/x"}]}), 400,
                     "invalid_value", "images[0]")
        before = len(self.mock.log)
        for url in ("https://127.0.0.1/a.png", "https://169.254.169.254/latest", "https://[::1]/a.png", "https://[::ffff:10.0.0.5]/a.png",
                    "https://user:pw@example.com/a.png", "http://example.com/a.png", "https://localhost/a.png", "https://0x7f.1/a.png"):
            for field in ({"images": [{"image_url": url}]}, {"mask": {"image_url": url}}):
                with self.subTest(url, field=field):
                    self.refused(self.tenant.call("POST", "/v1/images/edits", body | field), 400, "url_not_allowed",
                                 "mask" if "mask" in field else "images[0]")
        self.assertEqual(len(self.mock.log), before)

    def test_the_strongest_compression_is_passed_on(self):
        model = self.add(upstream="gpt-image-1")
        for value in (0, 70):
            self.ok(self.make(model=model, output_format="jpeg", output_compression=value))
            self.assertEqual(self.mock.log[-1]["body"]["output_compression"], value)

    def test_an_upstream_that_tells_too_much(self):
        self.mock.image_mode = "chatty"
        answer = self.ok(self.make(model=self.add()))
        revised = answer["data"][0]["revised_prompt"]
        self.assertTrue(revised.startswith("ein schöneres"), revised[:40])
        self.assertLessEqual(len(revised.encode()), 4 * 32000)
        reply = self.make(model=self.add(upstream="gpt-image-1"), stream=True, partial_images=2)
        events = [json.loads(line[6:]) for line in reply.body.decode().splitlines() if line.startswith("data: ")]
        self.assertEqual([event["type"].split(".")[1] for event in events], ["partial_image", "partial_image", "completed"])

    def test_a_file_by_its_id_is_for_who_may_read_files(self):
        file = self.tenant.client().files.create(file=("a.png", flat(64, 64, (9, 9, 9))), purpose="vision")
        body = {"prompt": "A hat", "model": self.add(), "images": [{"file_id": file.id}]}
        for scopes, status in ((["images:write"], 403), (["images:write", "files:read"], 200)):
            http = wire.Http(self.bh.address, self.tenant.new_key(*scopes)["key"])
            reply = http.call("POST", "/v1/images/edits", body)
            self.assertEqual(reply.status, status, reply)
        self.refused(wire.Http(self.bh.address, self.tenant.new_key("images:write")["key"]).call("POST", "/v1/images/edits", body), 403,
                     None, "images[0]")

    def test_base64_is_read_strictly(self):
        picture = base64.b64encode(flat(64, 64, (9, 9, 9)) + bytes(3 * 65536)).decode()
        for text in (picture[:-1], picture[:65535] + "=" + picture[65536:], picture[:70000] + "!" + picture[70001:]):
            body = {"prompt": "A hat", "images": [{"image_url": "data:image/png;base64," + text}]}
            self.refused(self.tenant.call("POST", "/v1/images/edits", body), 400, "invalid_image", "images[0]")

    @staticmethod
    def noise():
        """A small JPEG that becomes a large PNG."""
        noise = io.BytesIO()
        Image.frombytes("RGB", (512, 512), os.urandom(512 * 512 * 3)).save(noise, "JPEG", quality=10)
        return noise.getvalue()

    def test_pictures_that_become_too_large(self):
        client, noise, before = self.tenant.client(max_retries=0), self.noise(), len(self.mock.log)
        with self.assertRaises(openai.BadRequestError) as told:
            client.images.edit(image=[("a.jpg", noise)] * 8, prompt="A hat", model=self.add())
        self.assertEqual(told.exception.code, "image_too_large")
        self.assertRegex(told.exception.param, r"^image\[[3-6]\]$")
        self.assertEqual(len(self.mock.log), before)
        self.assertEqual(self.bh.psql(f"SELECT count(*) FROM bulkhead.file WHERE tenant_id = '{self.tenant.id}'"), [["0"]])

    def spooled(self, service):
        if not hasattr(type(self), "observer"):
            type(self).observer = self.bh.cli("key", "create", "--tenant", "platform", "--name", "metrics", "--scope", "metrics:read")["key"]
        text = wire.Http(self.bh.address, self.observer).call("GET", f"/metrics/{service}").body.decode()
        return int(re.search(rf'service_held\{{service="{service}",account="spool"\}} (\d+)', text)[1])

    def test_what_pictures_take_on_disk_is_counted(self):
        noise = self.noise()
        url = "data:image/jpeg;base64," + base64.b64encode(noise).decode()
        body = {"prompt": "A hat", "model": self.add(), "images": [{"image_url": url}]}
        self.mock.image_mode = "hold"
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            reply = pool.submit(self.tenant.call, "POST", "/v1/images/edits", body)
            until(lambda: self.mock.open == 1, 10, "the picture is being made")
            size, counted = len(self.mock.log[-1]["body"]["image"][0]), self.spooled("model")
            self.assertGreaterEqual(self.spooled("multimodal"), size)  # as the form that is sent to the model
            self.mock.release()
            self.ok(reply.result())
        self.assertGreater(size, 4 * len(noise))
        self.assertGreaterEqual(counted, size)
        for service in ("model", "multimodal"):
            until(lambda: self.spooled(service) == 0, 20, "nothing is held")

    def test_what_a_job_has_on_disk_is_counted(self):
        """Without a request that waits for it: the files' service stands still, so that its picture cannot be kept."""
        self.mock.image_mode = "hold"
        reply = self.make(model=self.add(), bulkhead={"detached": True})
        until(lambda: self.mock.open == 1, 20, "the picture is being made")
        self.assertEqual(self.spooled("multimodal"), 0)
        rag = self.bh.process("rag")["pid"]
        os.kill(rag, signal.SIGSTOP)
        try:
            self.mock.release()
            until(lambda: self.spooled("multimodal") >= 4 * 256 * 256, 20, "the picture is counted")
        finally:
            os.kill(rag, signal.SIGCONT)
        self.wait(self.job(reply), "completed")
        until(lambda: self.spooled("multimodal") == 0, 20, "nothing is held")

    def test_answers_that_are_no_pictures(self):
        model = self.add()
        for mode in ("garbage", "text", "link"):
            self.mock.image_mode = mode
            self.refused(self.make(model=model), 502, "upstream_error")
        self.mock.image_mode = "limited"
        self.refused(self.make(model=model), 429, "upstream_rate_limited")
        self.mock.image_mode = "refused"
        self.refused(self.make(model=model), 400)

    def test_an_upstream_that_is_away_for_a_moment(self):
        model = self.add()
        self.mock.image_script = ["away"]
        self.ok(self.make(model=model))


class Money(ImageTest):
    def test_a_picture_is_a_unit(self):
        reply = self.make(model=self.add(), n=3)
        self.ok(reply)
        self.assertEqual(self.images(reply.request_id), (3, int(3 * PRICE * 1000)))

    def test_size_and_quality_have_prices(self):
        model = self.add()
        path = os.path.join(self.bh.folder, f"{model}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({f"high/256-x-256/{model}": {"output_cost_per_image": 0.009}}, file)
        self.bh.cli("price", "import", path, "--tenant", self.tenant.id, "--currency", "EUR")
        for quality, price in (("high", 9000), ("low", PRICE)):
            told = self.ok(self.tenant.call("GET", f"/v1/models/{model}?size=256x256&quality={quality}"))
            self.assertEqual(float(told["bulkhead"]["price"]["units"]), price)
            reply = self.make(model=model, quality=quality)
            self.ok(reply)
            self.assertEqual(self.images(reply.request_id), (1, int(price * 1000)))
        told = self.ok(self.tenant.call("GET", f"/v1/models/{model}"))
        self.assertEqual(float(told["bulkhead"]["price"]["units"]), PRICE)
        self.refused(self.tenant.call("GET", f"/v1/models/{model}?size={'1' * 17}"), 400, param="size")

    def test_ten_pictures_on_a_small_budget(self):
        model = self.add()
        self.tenant.limit(budget_month="0.005")
        before = len(self.mock.log)
        self.refused(self.make(model=model, n=10), 429, "insufficient_quota")
        self.assertEqual(len(self.mock.log), before)
        self.ok(self.make(model=model, n=2))

    def test_ten_of_the_largest_on_a_small_budget(self):
        model = self.add()
        path = os.path.join(self.bh.folder, f"{model}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({f"high/3840-x-2160/{model}": {"output_cost_per_image": 0.25}}, file)
        self.bh.cli("price", "import", path, "--tenant", self.tenant.id, "--currency", "EUR")
        self.tenant.limit(budget_month="2.4")
        before = len(self.mock.log)
        largest = {"model": model, "size": "3840x2160", "quality": "high"}
        self.refused(self.make(n=10, **largest), 429, "insufficient_quota")
        self.assertEqual((len(self.mock.log), self.bh.rows_of(self.tenant).get("file", 0)), (before, 0))
        reply = self.make(n=9, **largest)
        self.ok(reply)
        self.assertEqual(self.images(reply.request_id), (9, 9 * 250_000_000))

    def test_what_failed_costs_nothing(self):
        model = self.add()
        self.mock.image_script = ["plain", "refused"]
        reply = self.make(model=model, n=2)
        self.assertEqual(reply.status, 502, reply)
        self.assertEqual(self.images(reply.request_id)[0], 1)
        self.mock.image_script = ["refused"]
        reply = self.make(model=model)
        self.assertEqual(self.images(reply.request_id), (0, 0))


class Jobs(ImageTest):
    def detached(self, **body):
        reply = self.make(bulkhead={"detached": True}, **body)
        self.ok(reply)
        return reply

    def test_a_detached_one_goes_on_and_is_found(self):
        reply = self.detached(n=2)
        job = self.wait(self.job(reply), "completed")
        self.assertEqual((job["n"], job["done"], len(job["images"]), job["queue_position"]), (2, 2, 2, 0))
        listed = self.ok(self.tenant.call("GET", "/v1/images/jobs"))
        self.assertEqual([each["id"] for each in listed["data"]], [job["id"]])
        self.refused(self.bh.tenant().call("GET", self.job(reply)), 404)

    def test_whoever_comes_back_reads_on(self):
        reply = self.detached(n=3)
        self.wait(self.job(reply), "completed")
        numbers = {}
        for after in (-1, 0, 2):
            events = self.tenant.call("GET", f"{self.job(reply)}/events?starting_after={after}").body.decode()
            numbers[after] = [json.loads(line[6:])["sequence_number"] for line in events.splitlines() if line.startswith("data: ")]
        self.assertEqual(numbers, {-1: [0, 1, 2], 0: [1, 2], 2: []})

    def test_a_detached_one_has_its_drafts_in_its_events(self):
        reply = self.detached(partial_images=2)
        self.wait(self.job(reply), "completed")
        events = self.tenant.call("GET", f"{self.job(reply)}/events").body.decode()
        said = [json.loads(line[6:]) for line in events.splitlines() if line.startswith("data: ")]
        self.assertEqual([each["type"].split(".")[1] for each in said], ["partial_image"] * 2 + ["completed"])
        self.assertEqual([each.get("partial_image_index") for each in said], [0, 1, None])

    def test_cancelled_while_it_is_made(self):
        self.mock.image_script = ["plain", "hold"]
        reply = self.detached(model=self.add(), n=2)
        until(lambda: self.mock.open == 1, 10, "the second picture is being made")
        asked = time.monotonic()
        self.ok(self.tenant.call("POST", self.job(reply) + "/cancel", {}))
        job = self.wait(self.job(reply), "cancelled")
        until(lambda: self.mock.open == 0, 5, "the upstream was left")
        self.assertLess(time.monotonic() - asked, 10)
        self.assertEqual((job["done"], job["error"]), (1, None))
        self.assertEqual(self.images(reply.request_id)[0], 1)
        self.refused(self.tenant.call("POST", self.job(reply) + "/cancel", {}), 400, "invalid_state")

    def test_cancelled_when_it_was_seen_in_part(self):
        self.mock.image_script = ["half"]
        reply = self.detached(model=self.add(upstream="gpt-image-1"), partial_images=3)
        until(lambda: len(self.drafts()) == 3, 20, "all partial images are there")
        self.ok(self.tenant.call("POST", self.job(reply) + "/cancel", {}))
        job = self.wait(self.job(reply), "cancelled")
        self.assertEqual((job["done"], self.images(reply.request_id)), (0, (1, int(PRICE * 1000))))

    def test_one_that_failed_when_it_was_seen_in_part_costs_nothing(self):
        self.mock.image_script = ["cut"]
        reply = self.detached(model=self.add(upstream="gpt-image-1"), partial_images=2)
        self.wait(self.job(reply), "failed")
        self.assertEqual((len(self.drafts()), self.images(reply.request_id)), (2, (0, 0)))
        rows = self.bh.psql(f"SELECT count(*) FROM bulkhead.image_charge WHERE tenant_id = '{self.tenant.id}'")
        self.assertEqual(rows, [["0"]])

    def drafts(self):
        return self.bh.psql("SELECT sequence_number FROM bulkhead.image_event"
                            f" WHERE tenant_id = '{self.tenant.id}' AND partial > 0")

    def test_cancelled_before_it_is_begun(self):
        self.mock.image_mode = "hold"
        model = self.add()
        begun = [self.detached(model=model) for _ in range(4)]  # as many as a tenant may have in the background
        until(lambda: self.mock.open == 4, 10, "all that may be made are made")
        reply = self.detached(model=model)
        self.assertEqual(self.ok(self.tenant.call("GET", self.job(reply)))["queue_position"], 1)
        job = self.ok(self.tenant.call("POST", self.job(reply) + "/cancel", {}))
        self.assertEqual((job["status"], job["queue_position"], job["completed_at"] is not None), ("cancelled", 0, True))
        self.assertIn("cancelled", self.tenant.call("GET", self.job(reply) + "/events").body.decode())
        before = len(self.mock.log)
        self.mock.release()
        for each in begun:
            self.wait(self.job(each), "completed")
        self.assertEqual(self.ok(self.tenant.call("GET", self.job(reply)))["status"], "cancelled")
        self.assertEqual((len(self.mock.log), self.tenant.usage(reply.request_id)), (before, []))

    def test_as_many_as_may_be_unfinished(self):
        self.mock.image_mode = "hold"
        model = self.add()
        jobs = [self.detached(model=model) for _ in range(6)]
        self.refused(self.make(model=model), 429, "concurrency_exceeded")
        with self.assertRaises(openai.RateLimitError):
            self.tenant.client(max_retries=0).images.edit(image=("a.png", flat(64, 64, (9, 9, 9))), prompt="A hat", model=model)
        self.assertEqual(self.bh.psql(f"SELECT count(*) FROM bulkhead.file WHERE tenant_id = '{self.tenant.id}'"), [["0"]])
        for job in jobs:
            self.ok(self.tenant.call("POST", self.job(job) + "/cancel", {}))
            self.wait(self.job(job), "cancelled")
        self.mock.image_mode = "plain"
        self.ok(self.make(model=model))

    def test_a_client_that_left(self):
        self.mock.image_mode = "hold"
        model = self.add()
        with self.assertRaises(openai.APITimeoutError):
            self.tenant.client(timeout=1, max_retries=0).images.generate(prompt="A cat", model=model, size="1024x1024")
        job = self.ok(self.tenant.call("GET", "/v1/images/jobs"))["data"][0]
        self.wait(f"/v1/images/jobs/{job['id']}", "cancelled")
        until(lambda: self.mock.open == 0, 5, "the upstream was left")

    def test_a_client_of_a_stream_that_left_pays_for_what_was_made(self):
        self.mock.image_script = ["plain", "hold"]
        body = json.dumps({"prompt": "A cat", "size": "256x256", "model": self.add(), "n": 3, "stream": True}).encode()
        connection = http.client.HTTPConnection(*self.bh.address, timeout=30)
        connection.request("POST", "/v1/images/generations", body,
                           {"authorization": f"Bearer {self.tenant.key}", "content-type": "application/json"})
        reply = connection.getresponse()
        request = reply.headers["x-request-id"]
        self.assertIn(b"image_generation.completed", reply.readline())
        until(lambda: self.mock.open == 1, 20, "the second picture is being made")
        reply.close()
        connection.close()
        job = self.ok(self.tenant.call("GET", "/v1/images/jobs"))["data"][0]
        job = self.wait(f"/v1/images/jobs/{job['id']}", "cancelled")
        until(lambda: self.mock.open == 0, 20, "the upstream was left")
        self.assertEqual((job["done"], self.images(request)), (1, (1, int(PRICE * 1000))))

    def test_a_client_that_leaves_as_it_sends(self):
        head = (b"--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\n" + flat(64, 64, (9, 9, 9)))
        sent = (f"POST /v1/images/edits HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.tenant.key}\r\n"
                "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 10000000\r\n\r\n").encode() + head
        with socket.create_connection(self.bh.address, timeout=30) as client:
            client.sendall(sent)
        self.ok(self.make())  # the service goes on
        self.assertEqual(len(self.ok(self.tenant.call("GET", "/v1/images/jobs"))["data"]), 1)
        self.assertEqual(self.bh.rows_of(self.tenant)["file"], 1)

    def test_killed_in_the_middle(self):
        self.mock.image_script = ["plain", "hold"]
        reply = self.detached(model=self.add(), n=3)
        until(lambda: self.mock.open == 1, 10, "the second picture is being made")
        until(lambda: self.ok(self.tenant.call("GET", self.job(reply)))["done"] == 1, 10, "the first one was kept")
        self.bh.kill("multimodal")
        until(lambda: self.mock.open == 0, 10, "the upstream was left")  # what it tells before that is paid for
        self.mock.release()
        job = self.wait(self.job(reply), "completed")
        self.assertEqual((job["done"], len({image["file_id"] for image in job["images"]})), (3, 3))
        self.assertEqual(self.images(reply.request_id, 2), (3, int(3 * PRICE * 1000)))

    def charged(self, reply):
        job = uuid.UUID(reply.json()["id"].removeprefix("imgjob_"))
        return int(self.bh.psql(f"SELECT count(*) FROM bulkhead.image_charge WHERE image_job_id = '{job}'")[0][0])

    def test_killed_with_a_picture_that_is_not_kept_yet(self):
        """It is made again, and was paid for: the files' service stands still while its bytes are on their way."""
        self.mock.image_script = ["plain", "hold"]
        before = len(self.mock.log)
        reply = self.detached(model=self.add(), n=3)
        until(lambda: self.mock.open == 1, 20, "the second picture is being made")
        until(lambda: self.ok(self.tenant.call("GET", self.job(reply)))["done"] == 1, 20, "the first one was kept")
        rag = self.bh.process("rag")["pid"]
        os.kill(rag, signal.SIGSTOP)
        try:
            self.mock.release()
            until(lambda: self.charged(reply) >= 2, 20, "the second picture counts")
            self.bh.kill("multimodal")
        finally:
            os.kill(rag, signal.SIGCONT)
        job = self.wait(self.job(reply), "completed")
        self.assertEqual((job["done"], len({image["file_id"] for image in job["images"]})), (3, 3))
        self.assertGreaterEqual(len(self.mock.log) - before, 4)
        self.assertEqual(self.images(reply.request_id, 2), (3, int(3 * PRICE * 1000)))

    def test_killed_with_a_file_that_has_no_row_yet(self):
        self.mock.image_script = ["hold"]
        reply = self.detached(model=self.add())
        until(lambda: self.mock.open == 1, 20, "the picture is being made")
        with self.bh.transaction("LOCK TABLE bulkhead.image IN SHARE MODE"):
            self.mock.release()
            until(lambda: self.bh.rows_of(self.tenant)["file"] == 1, 20, "its file is written")
            self.bh.kill("multimodal")
        job = self.wait(self.job(reply), "completed")
        self.assertEqual((len(job["images"]), self.bh.rows_of(self.tenant)["file"]), (1, 1))
        self.ok(self.tenant.call("GET", f"/v1/files/{job['images'][0]['file_id']}"))
        self.assertEqual(self.images(reply.request_id, 2), (1, int(PRICE * 1000)))

    def test_what_was_paid_for_is_made_again_without_a_budget(self):
        self.mock.image_script = ["hold"]
        model = self.add()
        self.tenant.limit(budget_month="0.002")
        reply = self.detached(model=model)
        until(lambda: self.mock.open == 1, 20, "the picture is being made")
        rag = self.bh.process("rag")["pid"]
        os.kill(rag, signal.SIGSTOP)
        try:
            self.mock.release()
            until(lambda: self.charged(reply) == 1, 20, "it counts")
            self.bh.kill("multimodal")
        finally:
            os.kill(rag, signal.SIGCONT)
        self.assertEqual(self.wait(self.job(reply), "completed", "failed")["status"], "completed")
        self.assertEqual(self.images(reply.request_id, 2), (1, int(PRICE * 1000)))
        self.refused(self.make(model=model), 429, "insufficient_quota")

    def test_the_models_service_killed_in_the_middle(self):
        self.mock.image_script = ["plain", "hold"]
        reply = self.detached(model=self.add(), n=2)
        until(lambda: self.mock.open == 1, 10, "the second picture is being made")
        self.bh.kill("model")
        self.mock.release()
        self.wait(self.job(reply), "completed")
        self.assertEqual(self.images(reply.request_id, 2), (2, int(2 * PRICE * 1000)))

    def test_files_that_cannot_be_kept_for_a_while(self):
        self.mock.image_script = ["hold"]
        before = len(self.mock.log)
        reply = self.detached(model=self.add())
        until(lambda: self.mock.open == 1, 10, "the picture is being made")
        over = time.monotonic() + 6
        self.bh.kill("rag")
        self.mock.release()
        while time.monotonic() < over:
            with contextlib.suppress(KeyError, OSError, TypeError):  # it is being started again
                self.bh.kill("rag")
            time.sleep(0.1)
        self.addCleanup(self.bh.wait_ready)
        self.wait(self.job(reply), "completed")
        self.assertEqual(len(self.mock.log) - before, 1)
        self.assertEqual(self.images(reply.request_id), (1, int(PRICE * 1000)))

    def test_a_repeated_request_is_one_job(self):
        replies = [self.tenant.call("POST", "/v1/images/generations", {"prompt": "A cat", "size": "256x256"},
                                    headers=[("Idempotency-Key", "once")]) for _ in range(2)]
        self.assertEqual(self.ok(replies[0])["bulkhead"], self.ok(replies[1])["bulkhead"])
        self.assertEqual(len(self.ok(self.tenant.call("GET", "/v1/images/jobs"))["data"]), 1)


class Refused(ImageTest):
    def test_fields(self):
        for body, param in (({"prompt": "x" * 32001}, "prompt"), ({"size": "100x100"}, "size"), ({"size": "3840x3840"}, "size"),
                            ({"size": "1600x256"}, "size"), ({"size": "1024x01024"}, "size"), ({"size": "1024x+1024"}, "size"),
                            ({"size": "1024x 1024"}, "size"), ({"size": "1024x1024x"}, "size"), ({"size": "4294968320x1024"}, "size"),
                            ({"n": 11}, "n"), ({"quality": "best"}, "quality"),
                            ({"output_format": "gif"}, "output_format"), ({"background": "transparent", "output_format": "jpeg"}, "background"),
                            ({"partial_images": 2}, "partial_images"), ({"strange": 1}, "strange")):
            self.refused(self.make(**body), 400, None, param)
        self.refused(self.make(model="nobodys"), 404, "model_not_found", "model")

    def test_a_prompt_of_a_character_too_many(self):
        url = "data:image/png;base64," + base64.b64encode(flat(64, 64, (9, 9, 9))).decode()
        for letter in ("x", "\u00e4", "\U0001f431"):
            for prompt, ends in ((letter * 32001, 400), (letter * 32000, 200)):
                with self.subTest(letter=letter, characters=len(prompt)):
                    for reply in (self.make(prompt=prompt),
                                  self.tenant.call("POST", "/v1/images/edits", {"prompt": prompt, "images": [{"image_url": url}]})):
                        if ends == 200:
                            self.ok(reply)
                        else:
                            self.refused(reply, 400, "out_of_range", "prompt")
        self.assertEqual(self.edit(("a.png", flat(64, 64, (9, 9, 9))), prompt="x" * 32001), (400, "out_of_range", "prompt"))

    def edit(self, image, **more):
        client = self.tenant.client(max_retries=0)
        with self.assertRaises(openai.APIStatusError) as told:
            client.images.edit(**{"image": image, "prompt": "A hat", "model": "default"} | more)
        return told.exception.status_code, told.exception.code, told.exception.param

    def test_pictures(self):
        good = flat(64, 48, (9, 9, 9))
        bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0)) + chunk(b"IDAT", b"")
        self.assertEqual(self.edit(("a.png", bomb)), (400, "image_too_large", "image"))
        self.assertEqual(self.edit([("a.png", good), ("b.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>")]),
                         (400, "invalid_image_format", "image[1]"))
        self.assertEqual(self.edit(("a.png", b"")), (400, "invalid_image", "image"))
        self.assertEqual(self.edit(("a.png", b"\x89PNG\r\n\x1a\n" + bytes(50)))[:2], (400, "invalid_image"))
        self.assertEqual(self.edit([("a.png", good)] * 17), (400, "out_of_range", "image"))
        self.assertEqual(self.edit(("a.png", good), mask=("m.png", mask(48, 64))), (400, "invalid_value", "mask"))
        self.assertEqual(self.edit(("a.png", good), mask=("m.png", mask(64, 48, 255))), (400, "invalid_value", "mask"))
        self.assertEqual(self.bh.psql(f"SELECT count(*) FROM bulkhead.image_job WHERE tenant_id = '{self.tenant.id}'"), [["0"]])
        self.assertEqual(self.bh.psql(f"SELECT count(*) FROM bulkhead.file WHERE tenant_id = '{self.tenant.id}'"), [["0"]])

    def test_storage_that_is_full(self):
        self.tenant.limit(storage="1000")
        before, reply = len(self.mock.log), self.make(model=self.add())
        self.refused(reply, 403, "storage_quota_exceeded")
        self.assertEqual((len(self.mock.log), self.tenant.usage(reply.request_id)), (before, []))


class Variations(ImageTest):
    def test_they_are_not_offered(self):
        with self.assertRaises(openai.NotFoundError) as told:
            self.tenant.client().images.create_variation(image=("cat.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 100000, "image/png"))
        self.assertIn("/v1/images/edits", told.exception.message)
        self.refused(self.tenant.call("POST", "/v1/images/variations"), 404, "not_found", None)


if __name__ == "__main__":
    main()
