# SPDX-License-Identifier: Apache-2.0
"""What is said of pictures, the gallery of those that are kept, and how they are found."""
import base64
import hashlib
import io
import os
import random
import struct
import sys
import uuid

from PIL import Image, ImageDraw, ImageFont, ImageOps

from base import MISSING, PlatformTest, main, wire

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "picture"))
from test_program import code39  # noqa: E402
from testing_program import chunk, flat, gif, png, swapped_profile, tiff, with_segment  # noqa: E402

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
PATH = "/v1/images/analyses"
UNKNOWN = ["labels", "faces", "safety"]


def scene(seed, size=(240, 180)):
    """A picture that is like no other: soft shapes, as a photograph has them."""
    chance = random.Random(seed)
    small = Image.new("RGB", (12, 9))
    small.putdata([tuple(chance.randrange(256) for _ in range(3)) for _ in range(12 * 9)])
    return small.resize(size, Image.BICUBIC)


def saved(image, form="PNG", **more):
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def page(*lines, size=(900, 500)):
    image = Image.new("RGB", size, "white")
    for at, line in enumerate(lines):
        ImageDraw.Draw(image).text((40, 40 + 70 * at), line, fill="black", font=ImageFont.truetype(FONT, 40))
    return saved(image)


def data_url(data, kind="image/png"):
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


class PictureTest(PlatformTest):
    def setUp(self):
        self.tenant = self.bh.tenant()

    def analyse(self, data, tenant=None, **body):
        return (tenant or self.tenant).call("POST", PATH, {"image": {"image_url": data_url(data)}} | body)

    def keep(self, data, tenant=None, **body):
        answer = self.ok(self.analyse(data, tenant, store=True, include=[], **body))
        self.assertTrue(answer["bulkhead"]["stored"])
        return answer

    def listed(self, query="", tenant=None):
        return self.ok((tenant or self.tenant).call("GET", "/v1/images" + query))

    def search(self, tenant=None, **body):
        return self.ok((tenant or self.tenant).call("POST", "/v1/images/search", body))["data"]

    def form(self, *parts, tenant=None, headers=()):
        body, kind = wire.multipart(parts)
        return (tenant or self.tenant).call("POST", PATH, body, headers=headers, content_type=kind)


class Analyses(PictureTest):
    def test_everything_but_the_place_unless_it_is_asked_for(self):
        data = with_segment(saved(scene(1), "JPEG", quality=90), 0xE1, b"Exif\0\0" + tiff(6, place=True))
        reply = self.analyse(data)
        answer = self.ok(reply)
        self.assertEqual((answer["object"], answer["format"], answer["bytes"], answer["width"], answer["height"]),
                         ("image.analysis", "jpeg", len(data), 180, 240))
        self.assertEqual((answer["header"]["orientation"], answer["header"]["colour"], answer["header"]["media_type"]),
                         (6, "yuv", "image/jpeg"))
        self.assertEqual(answer["sha256"], hashlib.sha256(data).hexdigest())
        self.assertEqual((answer["exif"]["camera"], answer["exif"]["taken"], answer["exif"]["iso"]),
                         ("Keeper1", "2026-05-01T12:30:00", None))
        self.assertNotIn("place", answer)
        self.assertNotIn(b"48.13", reply.body)
        self.assertEqual(len(answer["hashes"]), 7)
        self.assertLessEqual(sum(each["share"] for each in answer["colours"]), 1.001)
        self.assertTrue(0 <= answer["sharpness"] <= 1)
        self.assertEqual((answer["near"], answer["id"], answer["file_id"]), ([], None, None))
        self.assertEqual(answer["bulkhead"], {"absent": UNKNOWN, "stored": False})
        answer = self.ok(self.analyse(data, include=["place"]))
        self.assertEqual((round(answer["place"]["latitude"], 4), round(answer["place"]["longitude"], 4), answer["place"]["altitude"]),
                         (48.1371, 11.5751, None))
        self.assertFalse({"exif", "hashes", "words", "colours", "codes", "near", "layout"} & set(answer))
        self.assertEqual(self.listed()["data"], [])

    def test_words_with_their_places_and_the_page_that_they_make(self):
        data = page("The lighthouse keeper is called", "Wilhelmina Osterhout.")
        answer = self.ok(self.analyse(data, include=["words", "layout"]))
        self.assertIn("lighthouse keeper", answer["text"])
        self.assertGreater(answer["text_confidence"], 80)
        self.assertTrue(answer["text_complete"])
        keeper = next(word for word in answer["words"] if word["text"] == "keeper")
        box = keeper["box"]
        self.assertTrue(40 < box["x"] < 500 and 20 < box["y"] < 110 and 50 < box["width"] < 300 and 15 < box["height"] < 80, box)
        self.assertGreater(keeper["confidence"], 60)
        lines = [line for block in answer["layout"] for line in block["lines"]]
        self.assertEqual([line["text"].split()[0] for line in lines], ["The", "Wilhelmina"])
        self.assertLess(lines[0]["box"]["y"], lines[1]["box"]["y"])
        self.assertEqual(sum(block["words"] for block in answer["layout"]), len(answer["words"]))
        for block in answer["layout"]:
            for line in block["lines"]:
                self.assertGreaterEqual(line["box"]["x"], block["box"]["x"])
                self.assertLessEqual(line["box"]["x"] + line["box"]["width"], block["box"]["x"] + block["box"]["width"])

    def test_a_bar_code(self):
        answer = self.ok(self.analyse(code39("BH-2026"), include=["codes"]))
        self.assertEqual([(code["kind"], code["text"]) for code in answer["codes"]], [("CODE-39", "BH-2026")])

    def test_the_ways_in_which_a_picture_comes(self):
        data = saved(scene(2))
        digest = hashlib.sha256(data).hexdigest()
        answer = self.ok(self.form(("include[]", None, None, b"exif"), ("include", None, None, b"blur"), ("image", "a.png", "image/png", data)))
        self.assertEqual(answer["sha256"], digest)
        self.assertTrue({"exif", "sharpness"} <= set(answer) and "words" not in answer)
        file = self.upload(self.tenant, data, "a.png", "vision", "image/png")
        client = self.tenant.client()
        answer = client.post("/images/analyses", cast_to=object, body={"image": {"file_id": file["id"]}, "include": ["hashes"]})
        self.assertEqual((answer["sha256"], answer["file_id"], answer["id"]), (digest, file["id"], None))
        body = {"image": {"file_id": file["id"]}, "include": []}
        theirs = self.bh.tenant()
        missing = {"image": {"file_id": "file-" + MISSING}, "include": []}
        for each in (body, missing):
            self.refused(theirs.call("POST", PATH, each), 404, "not_found", "image.file_id")
        key = self.tenant.new_key("images:write")["key"]
        self.refused(wire.Http(self.bh.address, key).call("POST", PATH, body), 403, "insufficient_permissions", "image.file_id")
        self.refused(self.tenant.call("POST", PATH, {"image": {"image_url": "https://127.0.0.1/a.png"}}), 400, "url_not_allowed",
                     "image.image_url")

    def test_requests_that_are_wrong(self):
        data = flat(8, 8, (1, 2, 3))
        url = data_url(data)
        for body, code, param in (({}, "missing_required_parameter", "image"),
                                  ({"image": {}}, "invalid_value", "image"),
                                  ({"image": {"image_url": url, "file_id": "x"}}, "invalid_value", "image"),
                                  ({"image": {"image_url": "cat.png"}}, "invalid_value", "image.image_url"),
                                  ({"image": {"image_url": "data:image/png,x"}}, "invalid_value", "image.image_url"),
                                  ({"image": {"image_url": "data:image/png;base64,!!"}}, "invalid_image", "image.image_url"),
                                  ({"image": {"image_url": url}, "include": ["souls"]}, "invalid_value", "include"),
                                  ({"image": {"image_url": url}, "include": [7]}, "invalid_type", "include"),
                                  ({"image": {"image_url": url}, "alt": "A cat"}, "invalid_value", "alt"),
                                  ({"image": {"image_url": url}, "store": True, "alt": "x" * 2001}, "out_of_range", "alt"),
                                  ({"image": {"image_url": url}, "size": 1}, "unknown_parameter", "size")):
            with self.subTest(body=str(body)[:80]):
                self.refused(self.tenant.call("POST", PATH, body), 400, code, param)
        picture = ("image", "a.png", "image/png", data)
        for parts, code, param in (((("store", None, None, b"true"),), "missing_required_parameter", "image"),
                                   ((picture, picture), "invalid_value", "image"),
                                   ((picture, ("store", None, None, b"yes")), "invalid_type", "store"),
                                   ((picture, ("alt", None, None, b"\xff")), "invalid_utf8", "alt"),
                                   ((picture, ("model", None, None, b"x")), "unknown_parameter", "model")):
            with self.subTest(param=param, code=code):
                self.refused(self.form(*parts), 400, code, param)
        viewer = self.tenant.new_key("images:read")["key"]
        self.refused(wire.Http(self.bh.address, viewer).call("POST", PATH, {"image": {"image_url": url}}), 403, "insufficient_permissions")

    def test_hostile_pictures_are_refused_and_leave_nothing(self):
        jpeg = saved(scene(3), "JPEG")
        for name, data, code in (("bomb", png(30000, 30000), "image_too_large"),
                                 ("frames", gif(10000), "image_too_large"),
                                 ("ratio", flat(4, 300, (1, 1, 1)), "image_too_large"),
                                 ("zeros", b"RIFF" + struct.pack("<I", 9_999_988) + b"WEBP" + bytes(9_999_980), "invalid_image"),
                                 ("svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "invalid_image_format"),
                                 ("html", b"<html><script>1</script>" + jpeg, "invalid_image_format"),
                                 ("pdf", b"%PDF-1.7\n" + jpeg, "invalid_image_format"),
                                 ("zip", b"PK\3\4" + jpeg, "invalid_image_format"),
                                 ("tiff", b"II*\0\x08\0\0\0", "invalid_image_format"),
                                 ("cut off", saved(scene(4), "WEBP")[:300], "invalid_image"),
                                 ("no pixels", jpeg[:20], "invalid_image"),
                                 ("empty", b"\0", "invalid_image_format")):
            with self.subTest(name):
                reply = self.form(("image", "a.png", "image/png", data), ("store", None, None, b"true"))
                self.refused(reply, 400, code, "image")
        self.assertEqual(self.listed()["data"], [])
        self.assertEqual(self.ok(self.tenant.call("GET", "/v1/files"))["data"], [])

    def test_odd_pictures_are_read(self):
        animated = io.BytesIO()
        scene(5).save(animated, "WEBP", save_all=True, append_images=[scene(6)], duration=100)
        deep = b"".join(b"\0" + b"".join(struct.pack(">3H", 257 * x, 1000, 40000) for x in range(64)) for _ in range(48))
        exif = bytearray(tiff(1))
        exif[8:10] = b"\xff\xff"  # more entries than there are bytes
        for name, data, head in (("16 bits", png(64, 48, deep, bits=16), {"bits": 16}),
                                 ("CMYK", saved(scene(7).convert("CMYK"), "JPEG"), {"colour": "cmyk"}),
                                 ("ICC", saved(scene(8), "JPEG", icc_profile=swapped_profile()), {"profile": True}),
                                 ("a broken ICC", saved(scene(8), "JPEG", icc_profile=b"nothing"), {}),
                                 ("a loop in EXIF", with_segment(saved(scene(9), "JPEG"), 0xE1, b"Exif\0\0" + bytes(exif)), {}),
                                 ("APNG", saved(scene(10), "PNG", save_all=True, append_images=[scene(11)]), {}),
                                 ("animated GIF", saved(scene(12).convert("P"), "GIF", save_all=True, append_images=[scene(13).convert("P")]),
                                  {"frames": 2}),
                                 ("animated WebP", animated.getvalue(), {"frames": 2}),
                                 ("behind its end", saved(scene(14)) + b"<script>alert(1)</script>" * 9, {}),
                                 ("in a chunk", flat(64, 64, (9, 9, 9), before=chunk(b"tEXt", b"x\0<script>")), {})):
            with self.subTest(name):
                answer = self.ok(self.form(("image", "a.png", "image/png", data), ("store", None, None, b"true"),
                                           ("include", None, None, b"colours")))
                self.assertEqual({name: answer["header"][name] for name in head}, head)
                kept = self.tenant.call("GET", f"/v1/files/{answer['file_id']}/content")
                self.assertEqual(kept.status, 200)
                self.assertNotIn(b"<script>", kept.body)
                self.assertNotIn(b"Exif", kept.body)
                self.assertEqual(Image.open(io.BytesIO(kept.body)).size, (answer["width"], answer["height"]))


class Gallery(PictureTest):
    def make(self, **body):
        return self.ok(self.tenant.call("POST", "/v1/images/generations", {"prompt": "A lighthouse", "size": "256x256"} | body))

    def test_what_was_made_and_what_was_kept_the_newest_first(self):
        made = self.make(n=2, quality="high", bulkhead={"seed": 7})["bulkhead"]["images"]
        kept = self.keep(saved(scene(20)), alt="A cat on a wall")
        rows = self.listed()["data"]
        self.assertEqual([row["file_id"] for row in rows], [kept["file_id"], made[1]["file_id"], made[0]["file_id"]])
        self.assertEqual({name: rows[0][name] for name in ("id", "object", "source", "prompt", "model", "seed", "quality", "alt", "expires_at")},
                         {"id": kept["id"], "object": "image", "source": "analysed", "prompt": None, "model": None, "seed": None,
                          "quality": None, "alt": "A cat on a wall", "expires_at": None})
        self.assertEqual({name: rows[1][name] for name in ("source", "prompt", "model", "seed", "quality", "alt", "width", "height", "format")},
                         {"source": "generated", "prompt": "A lighthouse", "model": "bulkhead-test-image", "seed": 7, "quality": "high",
                          "alt": None, "width": 256, "height": 256, "format": "png"})
        self.assertEqual(rows[1]["bytes"], made[1]["bytes"])
        first = self.listed("?limit=2")
        self.assertEqual((len(first["data"]), first["has_more"], first["last_id"]), (2, True, rows[1]["id"]))
        rest = self.listed(f"?limit=2&after={first['last_id']}")
        self.assertEqual(([row["id"] for row in rest["data"]], rest["has_more"]), ([rows[2]["id"]], False))
        self.assertEqual(self.ok(self.tenant.call("GET", f"/v1/images/{rows[1]['id']}")), rows[1])
        self.assertEqual(self.listed(tenant=self.other())["data"], [])

    def test_partial_pictures_and_pictures_to_edit_are_not_in_it(self):
        self.tenant.call("POST", "/v1/images/generations", {"prompt": "A cat", "size": "64x64", "stream": True, "partial_images": 2})
        url = data_url(flat(64, 64, (9, 9, 9)))
        self.ok(self.tenant.call("POST", "/v1/images/edits", {"prompt": "A hat", "images": [{"image_url": url}]}))
        self.assertEqual([row["prompt"] for row in self.listed()["data"]], ["A hat", "A cat"])

    def test_what_it_shows_may_be_said_and_unsaid(self):
        picture = self.keep(page("Harbour at noon"))["id"]
        path = f"/v1/images/{picture}"
        self.assertIn("Harbour", self.ok(self.tenant.call("GET", path))["text"])
        self.assertNotIn("text", self.listed()["data"][0])
        self.assertEqual(self.ok(self.tenant.call("POST", path, {"alt": "Schiffe im Hafen"}))["alt"], "Schiffe im Hafen")
        self.assertEqual([row["id"] for row in self.search(query="schiffe")], [picture])
        self.assertEqual(self.ok(self.tenant.call("POST", path, {"alt": None}))["alt"], None)
        self.assertEqual(self.search(query="schiffe"), [])
        self.assertEqual([row["id"] for row in self.search(query="harbour")], [picture])
        for body, code in (({}, "missing_required_parameter"), ({"alt": ""}, "out_of_range"), ({"alt": "x" * 2001}, "out_of_range"),
                           ({"alt": 3}, "invalid_type")):
            self.refused(self.tenant.call("POST", path, body), 400, code, "alt")
        for id in (picture, "img_" + MISSING, "cat"):
            for call in (("GET",), ("POST", {"alt": "x"}), ("DELETE",)):
                self.refused(self.other().call(call[0], f"/v1/images/{id}", *call[1:]), 404, "not_found")
        viewer = wire.Http(self.bh.address, self.tenant.new_key("images:read")["key"])
        self.refused(viewer.call("POST", path, {"alt": "x"}), 403, "insufficient_permissions")
        self.refused(viewer.call("DELETE", path), 403, "insufficient_permissions")
        self.assertEqual(viewer.call("GET", path).status, 200)

    def test_it_is_gone_with_its_file_and_takes_its_file_with_it(self):
        one, two = self.keep(saved(scene(21))), self.keep(saved(scene(22)))
        self.ok(self.tenant.call("DELETE", f"/v1/files/{one['file_id']}"))
        self.refused(self.tenant.call("GET", f"/v1/images/{one['id']}"), 404, "not_found")
        self.assertEqual(self.ok(self.tenant.call("DELETE", f"/v1/images/{two['id']}")),
                         {"id": two["id"], "object": "image", "deleted": True})
        self.refused(self.tenant.call("GET", f"/v1/files/{two['file_id']}"), 404)
        self.refused(self.tenant.call("DELETE", f"/v1/images/{two['id']}"), 404, "not_found")
        self.assertEqual(self.listed()["data"], [])
        self.assertEqual(self.bh.psql(f"SELECT count(*) FROM bulkhead.picture WHERE tenant_id = '{self.tenant.id}'"), [["0"]])

    def test_a_file_of_the_tenant_stays_its_own(self):
        file = self.upload(self.tenant, saved(scene(23)), "a.png", "vision", "image/png")
        body = {"image": {"file_id": file["id"]}, "store": True, "include": ["near"]}
        one = self.ok(self.tenant.call("POST", PATH, body | {"alt": "A wall"}))
        self.assertEqual((one["file_id"], one["near"]), (file["id"], []))
        again = self.ok(self.tenant.call("POST", PATH, body))
        self.assertEqual((again["id"], again["alt"], again["near"]), (one["id"], "A wall", []))
        self.assertEqual(len(self.listed()["data"]), 1)
        self.ok(self.tenant.call("DELETE", f"/v1/images/{one['id']}"))
        self.assertEqual(self.tenant.call("GET", f"/v1/files/{file['id']}").status, 200)

    def test_one_whose_file_expires_is_gone_when_that_is(self):
        kind = "image/png"
        body, content_type = wire.multipart([("purpose", None, None, b"vision"), ("expires_after[anchor]", None, None, b"created_at"),
                                             ("expires_after[seconds]", None, None, b"3600"), ("file", "a.png", kind, saved(scene(24)))])
        file = self.ok(self.tenant.call("POST", "/v1/files", body, content_type=content_type))
        kept = self.ok(self.tenant.call("POST", PATH, {"image": {"file_id": file["id"]}, "store": True, "include": []}))
        row = self.ok(self.tenant.call("GET", f"/v1/images/{kept['id']}"))
        self.assertEqual(row["expires_at"], file["expires_at"])
        for table in ("file", "picture"):
            self.bh.psql(f"UPDATE bulkhead.{table} SET expires_at = now() - interval '1 s' WHERE tenant_id = '{self.tenant.id}'")
        self.refused(self.tenant.call("GET", f"/v1/images/{kept['id']}"), 404, "not_found")
        self.assertEqual(self.listed()["data"], [])
        self.assertEqual(self.search(image_url=data_url(saved(scene(24)))), [])

    def test_a_request_that_is_repeated_keeps_one_picture(self):
        data = saved(scene(25))
        key = [("Idempotency-Key", uuid.uuid4().hex)]
        parts = (("image", "a.png", "image/png", data), ("store", None, None, b"true"), ("include", None, None, b"blur"))
        one, two = (self.form(*parts, headers=key) for _ in range(2))
        self.assertEqual((self.ok(one), two.headers.get("idempotent-replayed")), (self.ok(two), "true"))
        self.assertEqual(len(self.listed()["data"]), 1)


class Search(PictureTest):
    def test_words_of_the_prompt_the_alt_text_and_the_picture(self):
        self.ok(self.tenant.call("POST", "/v1/images/generations", {"prompt": "Three foxes running in snow", "size": "64x64"}))
        two = self.keep(saved(scene(30)), alt="A running dog")["id"]
        three = self.keep(page("Invoice 4711", "Foxes Limited"))["id"]
        one = self.listed()["data"][-1]["id"]
        found = self.search(query="running foxes")
        self.assertEqual((found[0]["id"], found[0]["score"]), (one, 1))
        self.assertEqual({row["id"]: row["score"] for row in found[1:]}, {two: 0.5, three: 0.5})
        self.assertEqual([row["id"] for row in self.search(query="run")][:1], [two])
        self.assertEqual([row["id"] for row in self.search(query="4711")], [three])
        self.assertEqual(len(self.search(query="running foxes", limit=1)), 1)
        self.assertEqual(self.search(query="zebra"), [])
        self.assertEqual(self.search(query="…"), [])
        self.assertEqual(self.search(self.other(), query="running foxes"), [])

    def test_a_picture_that_is_nearly_the_same(self):
        image = scene(31)
        kept = self.keep(saved(image))
        for seed in range(32, 37):
            self.keep(saved(scene(seed)))
        width, height = image.size
        for name, data in (("the same", saved(image)), ("compressed", saved(image, "JPEG", quality=30)),
                           ("halved", saved(ImageOps.scale(image, 0.5), "WEBP")),
                           ("cropped", saved(image.crop((width // 20, height // 20, width, height)), "JPEG"))):
            with self.subTest(name):
                found = self.search(image_url=data_url(data))
                self.assertEqual([row["id"] for row in found], [kept["id"]])
                self.assertLessEqual(found[0]["distance"], 12)
                near = self.ok(self.analyse(data, include=["near"]))["near"]
                self.assertEqual([(row["id"], row["file_id"]) for row in near], [(kept["id"], kept["file_id"])])
                self.assertEqual(self.search(self.other(), image_url=data_url(data)), [])
                self.assertEqual(self.ok(self.analyse(data, self.other(), include=["near"]))["near"], [])
        self.assertEqual(self.search(file_id=kept["file_id"])[0]["distance"], 0)
        self.refused(self.other().call("POST", "/v1/images/search", {"file_id": kept["file_id"]}), 404, "not_found", "file_id")
        again = self.keep(saved(image))
        self.assertEqual([row["id"] for row in self.search(image_url=data_url(saved(image)))], [again["id"], kept["id"]])
        self.ok(self.tenant.call("DELETE", f"/v1/images/{again['id']}"))
        self.assertEqual([row["id"] for row in self.search(image_url=data_url(saved(image)))], [kept["id"]])
        self.assertEqual(self.search(image_url=data_url(flat(64, 64, (9, 9, 9)))), [])

    def test_searches_that_are_wrong(self):
        for body, code, param in (({}, "invalid_value", "query"), ({"query": "a", "file_id": "b"}, "invalid_value", "query"),
                                  ({"query": ""}, "out_of_range", "query"), ({"query": "a", "limit": 51}, "out_of_range", "limit"),
                                  ({"file_id": "x"}, "not_found", "file_id"), ({"image_url": "x"}, "invalid_value", "image_url"),
                                  ({"image_url": data_url(b"GIF89a")}, "invalid_image", "image_url")):
            with self.subTest(body=body):
                self.refused(self.tenant.call("POST", "/v1/images/search", body), 404 if code == "not_found" else 400, code, param)


if __name__ == "__main__":
    main()
