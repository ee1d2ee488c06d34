# SPDX-License-Identifier: Apache-2.0
"""Pictures in chat and Responses: what models get of them, whoever sends them."""
import base64
import http.server
import io
import threading

import openai
from PIL import Image, ImageDraw, ImageFont

from base import MISSING, Instance, PlatformTest, main, until, wire

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
PLACE = b"GPS-HERE-48-8-13.7"


def picture(words="", size=(320, 200), form="PNG", colour=(200, 30, 30), **more):
    image = Image.new("RGB", size, colour)
    if words:
        ImageDraw.Draw(image).text((20, 20), words, fill=(255, 255, 255), font=ImageFont.truetype(FONT, 40))
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def with_place(jpeg):
    """The JPEG with a comment in front of its pixels, and bytes behind its end."""
    comment = b"\xff\xfe" + (len(PLACE) + 2).to_bytes(2, "big") + PLACE
    return jpeg[:2] + comment + jpeg[2:] + PLACE


def data_url(data, kind="image/png"):
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def asked(url, text="What is this?", **more):
    return [{"role": "user", "content": [{"type": "text", "text": text},
                                         {"type": "image_url", "image_url": {"url": url} | more}]}]


class VisionTest(PlatformTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tenant = cls.acme()
        cls.bh.cli("model", "add", "sees", "--url", cls.bh.mock.url + "/v1", "--vision", "--price-in", "1", "--price-out", "2",
                   "--tenant", tenant.id)

    def create(self, messages, model="sees", **body):
        self.client = self.acme().client()
        return self.client.chat.completions.create(model=model, messages=messages, **body)

    def chat(self, messages, model="sees", tenant=None):
        return (tenant or self.acme()).call("POST", "/v1/chat/completions", {"model": model, "messages": messages})

    def got(self):
        """The content of the last message that the upstream was sent."""
        return next(request for request in reversed(self.bh.mock.log)
                    if request["path"].endswith("/chat/completions"))["body"]["messages"][-1]["content"]

    def shown(self, index=1):
        """The picture that the upstream was sent, decoded."""
        url = self.got()[index]["image_url"]["url"]
        self.assertTrue(url.startswith("data:image/jpeg;base64,"), url[:40])
        data = base64.b64decode(url.split(",", 1)[1], validate=True)
        return data, Image.open(io.BytesIO(data))


class Chat(VisionTest):
    def test_a_model_gets_the_picture_written_anew(self):
        for form in ("PNG", "JPEG", "WEBP", "GIF"):
            with self.subTest(form):
                answer = self.create(asked(data_url(picture(form=form), "image/whatever")))
                wire.validate(self.client)
                self.assertIsNone((answer.model_extra or {}).get("bulkhead"))
                self.assertEqual(self.got()[0], {"type": "text", "text": "What is this?"})
                _, image = self.shown()
                self.assertEqual((image.format, image.size), ("JPEG", (320, 200)))
                red, green, blue = image.getpixel((160, 100))
                self.assertTrue(red > 170 and green < 60 and blue < 60, (red, green, blue))

    def test_what_is_hidden_in_a_picture_does_not_go_on(self):
        exif = Image.Exif()
        exif[0x0112] = 6  # turned by 90 degrees
        exif[0x010e] = PLACE.decode()
        self.create(asked(data_url(with_place(picture(form="JPEG", exif=exif)))))
        data, image = self.shown()
        self.assertNotIn(PLACE, data)
        self.assertEqual((image.size, len(image.getexif())), ((200, 320), 0))

    def test_a_large_picture_is_scaled_down_and_counts_by_its_tiles(self):
        large = picture(size=(4000, 1000))
        self.create(asked(data_url(large)))
        self.assertEqual(self.shown()[1].size, (2048, 512))
        self.create(asked(data_url(large), detail="low"))
        self.assertEqual(self.shown()[1].size, (512, 128))
        self.assertEqual(self.got()[1]["image_url"]["detail"], "low")

    def test_a_stream_and_several_pictures(self):
        messages = asked(data_url(picture(size=(64, 48))))
        messages[0]["content"] += [{"type": "image_url", "image_url": {"url": data_url(picture(size=(48, 64)))}}]
        chunks = list(self.create(messages, stream=True))
        wire.validate(self.client)
        self.assertTrue(any(chunk.choices and chunk.choices[0].delta.content for chunk in chunks))
        self.assertEqual((self.shown(1)[1].size, self.shown(2)[1].size), ((64, 48), (48, 64)))

    def test_a_model_without_vision_is_told_in_words_and_the_answer_says_so(self):
        url = data_url(picture("Harbour at noon", size=(640, 200)))
        answer = self.create(asked(url), "mock-chat")
        wire.validate(self.client)
        self.assertEqual(answer.model_extra["bulkhead"], {"images": "described"})
        told = self.got()
        self.assertIsInstance(told, str)
        for word in ("What is this?", "cannot see", "png, 640 x 200 pixels", "Harbour at noon"):
            self.assertIn(word, told)
        for chunk in self.create(asked(url), "mock-chat", stream=True):
            self.assertEqual(chunk.model_extra["bulkhead"], {"images": "described"})
        wire.validate(self.client)

    def test_a_text_alone_is_as_before(self):
        answer = self.create([{"role": "user", "content": "Hello"}], "mock-chat")
        self.assertIsNone((answer.model_extra or {}).get("bulkhead"))

    def test_what_cannot_be_read_is_refused_by_its_field(self):
        field = "messages.0.content.1.image_url"
        bomb = picture(size=(1, 1)).replace((1).to_bytes(4, "big") * 2, (30000).to_bytes(4, "big") * 2, 1)
        sent = len(self.bh.mock.log)
        for url, code in ((data_url(b"GIF89a"), "invalid_image"), (data_url(b""), "invalid_image"),
                          (data_url(b"<svg onload=alert(1)/>"), "invalid_image_format"), (data_url(b"%PDF-1.7"), "invalid_image_format"),
                          (data_url(bomb), "image_too_large"), ("data:image/png;base64,?", "invalid_value"),
                          ("data:image/png,x", "invalid_value"), ("", "invalid_value"), ("cat.png", "invalid_value"),
                          ("file:///etc/passwd", "invalid_value"), ("ftp://a.example/b", "invalid_value"),
                          ("https://127.0.0.1/a.png", "url_not_allowed"), ("https://169.254.169.254/latest", "url_not_allowed"),
                          ("https://[::1]/a.png", "url_not_allowed"), ("https://user:pw@example.com/a.png", "url_not_allowed"),
                          ("http://example.com/a.png", "url_not_allowed")):
            with self.subTest(url[:60]):
                self.refused(self.chat(asked(url)), 400, code, field)
        self.refused(self.chat(asked(data_url(picture())) * 17), 400, "out_of_range", "messages")
        self.refused(self.chat([asked(data_url(picture()))[0] | {"role": "system"}]), 400, "unsupported_parameter",
                     "messages.0.content.1")
        self.assertEqual(len(self.bh.mock.log), sent)

    def test_only_a_chat_model_has_vision(self):
        reply = self.bh.run("model", "add", "eyes", "--url", self.bh.mock.url, "--kind", "embedding", "--vision",
                            "--tenant", self.acme().id)
        self.assertNotEqual(reply.returncode, 0)
        self.assertIn("chat or moderation model", reply.stderr)
        model = self.ok(self.acme().call("GET", "/v1/models/sees"))
        self.assertIs(model["bulkhead"]["vision"], True)


class Files(VisionTest):
    def test_a_file_of_the_tenant(self):
        file = self.upload(self.acme(), picture(size=(50, 40)), "cat.png", "vision", "image/png")
        self.create(asked(file["id"]))
        self.assertEqual(self.shown()[1].size, (50, 40))

    def test_another_tenants_file_is_as_none(self):
        theirs = self.upload(self.other(), picture(), "cat.png", "vision", "image/png")
        sent = len(self.bh.mock.log)
        for id_ in (theirs["id"], "file-" + MISSING, "file-../../x", "file-"):
            error = self.refused(self.chat(asked(id_)), 404, "not_found", "messages.0.content.1.image_url")
            self.assertEqual(error["message"], f"File '{id_}' not found.")
        self.assertEqual(len(self.bh.mock.log), sent)

    def test_a_key_that_may_not_read_files_reads_none(self):
        file = self.upload(self.acme(), picture(), "cat.png", "vision", "image/png")
        key = self.acme().new_key("chat:write")["key"]
        reply = wire.Http(self.bh.address, key).call("POST", "/v1/chat/completions",
                                                     {"model": "sees", "messages": asked(file["id"])})
        self.refused(reply, 403, "insufficient_permissions", "messages.0.content.1.image_url")


class Responses(VisionTest):
    def create(self, content, model="sees", **body):
        self.client = self.acme().client()
        return self.client.responses.create(model=model, input=[{"role": "user", "content": content}], **body)

    def ask(self, image, text="What is this?", **body):
        return self.create([{"type": "input_text", "text": text}, {"type": "input_image"} | image], **body)

    def test_the_model_gets_the_picture_where_it_stood(self):
        response = self.ask({"image_url": data_url(picture(size=(90, 60))), "detail": "high"})
        wire.validate(self.client)
        self.assertEqual(response.status, "completed")
        self.assertIsNone((response.model_extra or {}).get("bulkhead"))
        self.assertEqual(self.got()[0], {"type": "text", "text": "What is this?"})
        self.assertEqual(self.shown()[1].size, (90, 60))
        self.assertEqual(self.got()[1]["image_url"]["detail"], "high")
        file = self.upload(self.acme(), picture(size=(50, 40)), "cat.png", "vision", "image/png")
        stream = list(self.ask({"file_id": file["id"]}, stream=True))
        wire.validate(self.client)
        self.assertEqual(stream[-1].type, "response.completed")
        self.assertEqual(self.shown()[1].size, (50, 40))

    def test_an_earlier_picture_stays_in_the_conversation(self):
        first = self.ask({"image_url": data_url(picture(size=(90, 60)))})
        items = self.client.responses.input_items.list(first.id).data
        self.assertEqual([part.type for part in items[0].content], ["input_text", "input_image"])
        second = self.create([{"type": "input_text", "text": "And now?"}], previous_response_id=first.id)
        self.assertEqual(second.status, "completed")
        messages = self.bh.mock.log[-1]["body"]["messages"]
        self.assertEqual([part["type"] for part in messages[0]["content"]], ["text", "image_url"])
        self.assertEqual(messages[-1]["content"], "And now?")

    def test_a_model_without_vision_is_told_in_words_and_the_response_says_so(self):
        response = self.ask({"image_url": data_url(picture("Harbour at noon", size=(640, 200)))}, model="mock-chat")
        wire.validate(self.client)
        self.assertEqual(response.model_extra["bulkhead"]["images"], "described")
        self.assertIn("Harbour at noon", self.got())
        self.assertEqual(self.client.responses.retrieve(response.id).model_extra["bulkhead"]["images"], "described")

    def test_what_cannot_be_read_is_refused(self):
        for image, status, code in (({"image_url": data_url(b"GIF89a")}, 400, "invalid_image"),
                                    ({"image_url": "https://127.0.0.1/a.png"}, 400, "url_not_allowed"),
                                    ({"file_id": "file-" + MISSING}, 404, "not_found"),
                                    ({}, 400, "missing_required_parameter"),
                                    ({"image_url": "x", "file_id": "y"}, 400, "invalid_value")):
            with self.subTest(image), self.assertRaises(openai.APIStatusError) as told:
                self.ask(image)
            self.assertEqual((told.exception.status_code, told.exception.code), (status, code))
        theirs = self.upload(self.other(), picture(), "cat.png", "vision", "image/png")
        with self.assertRaises(openai.NotFoundError) as told:
            self.ask({"file_id": theirs["id"]})
        self.assertIn(f"File '{theirs['id']}' not found.", told.exception.message)

    def test_a_run_in_the_background_tells_what_was_wrong_with_the_picture(self):
        made = self.ask({"image_url": data_url(b"GIF89a")}, background=True)
        done = until(lambda: (found := self.client.responses.retrieve(made.id)).status not in ("queued", "in_progress") and found)
        self.assertEqual((done.status, done.error.code), ("failed", "invalid_image"))

    def test_a_key_that_may_not_read_files_reads_none(self):
        file = self.upload(self.acme(), picture(), "cat.png", "vision", "image/png")
        key = self.acme().new_key("responses:write")["key"]
        body = {"model": "sees", "input": [{"role": "user", "content": [{"type": "input_image", "file_id": file["id"]}]}]}
        self.refused(wire.Http(self.bh.address, key).call("POST", "/v1/responses", body), 403, "insufficient_permissions", "input")


class Urls(PlatformTest):
    """An operator opens one address of this machine, where pictures lie."""

    @classmethod
    def setUpClass(cls):
        cls.served = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(handler):
                cls.served.append((handler.path, dict(handler.headers)))
                if handler.path == "/moved":
                    handler.send_response(302)
                    handler.send_header("Location", "/cat.png")
                elif handler.path == "/away":
                    handler.send_response(302)
                    handler.send_header("Location", "http://127.0.0.1:1/cat.png")
                elif handler.path == "/huge":
                    handler.send_response(200)
                    handler.send_header("Content-Length", "30000000")
                else:
                    handler.send_response(200 if handler.path in ("/cat.png", "/broken") else 404)
                handler.end_headers()
                if handler.path == "/broken":
                    handler.wfile.write(b"<html>no picture</html>")
                if handler.path == "/cat.png":
                    handler.wfile.write(picture(size=(96, 64)))

            def log_message(handler, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        cls.addClassCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cls.origin = f"http://127.0.0.1:{server.server_address[1]}"
        cls.bh = Instance(fetch_open=cls.origin)
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.bh.wait_ready()
        cls.bh.cli("model", "add", "sees", "--url", cls.bh.mock.url + "/v1", "--vision", "--price-in", "1", "--price-out", "2")

    def chat(self, path):
        return self.acme().call("POST", "/v1/chat/completions", {"model": "sees", "messages": asked(self.origin + path)})

    def test_pictures_by_url(self):
        for path in ("/cat.png", "/moved"):
            self.ok(self.chat(path))
            url = self.bh.mock.log[-1]["body"]["messages"][0]["content"][1]["image_url"]["url"]
            self.assertEqual(Image.open(io.BytesIO(base64.b64decode(url.split(",", 1)[1]))).size, (96, 64))
        self.assertFalse([name for _, headers in self.served for name in headers if name.lower() in ("authorization", "cookie")])
        field = "messages.0.content.1.image_url"
        sent = len(self.bh.mock.log)
        self.refused(self.chat("/none"), 400, "url_not_fetched", field)
        self.refused(self.chat("/huge"), 400, "image_too_large", field)
        self.refused(self.chat("/away"), 400, "url_not_allowed", field)
        self.assertEqual(len(self.bh.mock.log), sent)

    def edit(self, *paths):
        return self.acme().call("POST", "/v1/images/edits", {"prompt": "A hat", "size": "auto",
                                                             "images": [{"image_url": self.origin + path} for path in paths]})

    def test_pictures_to_edit_by_url(self):
        answer = self.ok(self.edit("/cat.png", "/moved"))
        self.assertEqual(Image.open(io.BytesIO(base64.b64decode(answer["data"][0]["b64_json"]))).size, (96, 64))
        self.assertFalse([name for _, headers in self.served for name in headers if name.lower() in ("authorization", "cookie")])
        for path, code in (("/none", "url_not_fetched"), ("/away", "url_not_allowed"), ("/broken", "invalid_image_format")):
            self.refused(self.edit("/cat.png", path), 400, code, "images[1]" if path != "/broken" else "image[1]")
        self.assertEqual(self.bh.psql(f"SELECT count(*) FROM bulkhead.image_job WHERE tenant_id = '{self.acme().id}'"), [["1"]])

    def analyse(self, path, **more):
        return self.acme().call("POST", "/v1/images/analyses", {"image": {"image_url": self.origin + path}, "include": []} | more)

    def test_pictures_by_url_are_analysed(self):
        for path in ("/cat.png", "/moved"):
            answer = self.ok(self.analyse(path, store=True))
            self.assertEqual((answer["width"], answer["height"], answer["bulkhead"]["stored"]), (96, 64, True))
        for path, code in (("/none", "url_not_fetched"), ("/huge", "url_not_fetched"), ("/away", "url_not_allowed")):
            self.refused(self.analyse(path), 400, code, "image.image_url")
        body = {"image_url": self.origin + "/cat.png"}
        self.assertEqual(len(self.ok(self.acme().call("POST", "/v1/images/search", body))["data"]), 0)


if __name__ == "__main__":
    main()
