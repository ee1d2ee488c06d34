# SPDX-License-Identifier: Apache-2.0
"""The image engine as a process of the platform: started, asked, left, killed, without memory and without weights.

Most of it is tried on a stand-in for stable-diffusion.cpp's server (tests/lib/stand_in_sd_server.py), which makes no image.
The real server is tried where `make image-engine` installed it.
"""
import base64
import contextlib
import importlib.util
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from PIL import Image
import openai

from base import PlatformTest, main, until
from instance import ROOT, Instance
import made_up_model
import stand_in_sd_server

sys.path.insert(0, os.path.join(ROOT, "picture"))
from testing_program import flat, pixels  # noqa: E402

RUNNER = os.path.join(ROOT, "scripts/image_runner.py")
STAND_IN = stand_in_sd_server.__file__
GOOD, BAD = b"GGUF\3\0\0\0" + bytes(100), b"\x20\0\0\0\0\0\0\0{\"a\":1}" + bytes(100)
FORM = ('--b\r\ncontent-disposition: form-data; name="prompt"\r\n\r\n%s\r\n'
        '--b\r\ncontent-disposition: form-data; name="size"\r\n\r\n32x32\r\n'
        '--b\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\ncontent-type: image/png\r\n\r\nPNG\r\n--b--\r\n')


def asked(path, method, where, body=b"", kind="application/json"):
    """Status and JSON of a request on a Unix socket."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(30)
        peer.connect(path)
        peer.sendall(f"{method} {where} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {kind}\r\n"
                     f"content-length: {len(body)}\r\n\r\n".encode() + body)
        head, _, content = b"".join(iter(lambda: peer.recv(65536), b"")).partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(content)


def is_alive(pid):
    """Whether a process runs; one that has ended and was not collected does not."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rpartition(")")[2].split()[0] not in "ZX"
    return False


class Pieces:
    """Either side of a connection: what is read of it comes in pieces of one size."""

    def __init__(self, content, size):
        self.content, self.size, self.left = content, size, len(content)
        self.path, self.headers = "/v1/images/edits", {"content-type": "multipart/form-data; boundary=b"}

    def read(self, _):
        piece, self.content = self.content[:self.size], self.content[self.size:]
        self.left -= len(piece)
        return piece

    def sendall(self, _):
        pass


class Runner(unittest.TestCase):
    """The process alone."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="bh-ie-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.socket, self.server = os.path.join(self.folder, "http.sock"), os.path.join(self.folder, "sd.sock")
        self.weights = os.path.join(self.folder, "weights.gguf")
        self.write(GOOD)

    def write(self, content):
        with open(self.weights, "wb") as file:
            file.write(content)

    def start(self, *words, state="ready"):
        process = subprocess.Popen([sys.executable, "-I", "-B", RUNNER, "--socket", self.socket, "--server", STAND_IN, "--weights",
                                    self.weights, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), "ready\n")
        self.until_state(state)
        return process

    def until_state(self, state):
        until(lambda: asked(self.socket, "GET", "/health")[1]["state"] == state, 30, f"the engine {state}", pause=0.05)

    def make(self, prompt="A cat", **more):
        return asked(self.socket, "POST", "/v1/images/generations", json.dumps({"prompt": prompt, "size": "32x16"} | more).encode())

    def pid(self):
        return asked(self.server, "GET", "/limits")[1]["pid"]

    def note(self):
        with contextlib.suppress(FileNotFoundError), open(os.path.join(self.folder, "note"), encoding="utf-8") as file:
            return file.read()
        return None

    def test_a_model_in_several_files(self):
        parts = {name: os.path.join(self.folder, name) for name in ("vae", "t5xxl")}
        words = [word for name, path in parts.items() for word in ("--" + name, path)]
        process = self.start(*words, state="failed")
        self.assertEqual(self.note(), f"The image weights {parts['vae']} are not there.")
        for path in parts.values():
            shutil.copy(self.weights, path)
        self.assertEqual(self.make()[0], 200)
        argv = asked(self.server, "GET", "/limits")[1]["argv"]
        self.assertEqual((argv[5:7], argv[-4:]), (["--diffusion-model", self.weights], words))
        process.terminate()
        self.assertEqual(process.wait(20), 0)

    def test_what_is_asked_is_made_within_limits_and_nothing_else_passed_on(self):
        process = self.start("--memory-mib", "512", "--threads", "3", "--steps", "4", "--guidance", "1.5")
        held = asked(self.server, "GET", "/limits")[1]
        self.assertEqual((held["address_space"], held["oom_score"], held["stack"]), (512 << 20, 900, 8 << 20))
        self.assertEqual(held["argv"][1:], ["--listen-ip", self.server, "--listen-port", "1", "--model", self.weights, "--threads", "3",
                                            "--disable-image-metadata", "--seed", "-1", "--steps", "4", "--cfg-scale", "1.5"])
        self.assertEqual(os.stat(self.server).st_mode & 0o777, 0o600)
        status, answer = self.make(steps=9, upscale_model="/etc/passwd")
        self.assertEqual((status, pixels(base64.b64decode(answer["data"][0]["b64_json"]))[:2]), (200, (32, 16)))
        form = asked(self.socket, "POST", "/v1/images/edits", (FORM % "A hat").encode(), "multipart/form-data; boundary=b")
        self.assertEqual((form[0], pixels(base64.b64decode(form[1]["data"][0]["b64_json"]))[:2]), (200, (32, 32)))
        self.assertEqual(asked(self.socket, "GET", "/props"), (200, {"total_slots": 1}))
        process.terminate()
        self.assertEqual(process.wait(20), 0)
        until(lambda: not is_alive(held["pid"]), 20, "the server gone")
        self.assertEqual(sorted(os.listdir(self.folder)), ["weights.gguf"])

    def test_what_cannot_be_done_is_told(self):
        self.start()
        smuggled = "A <sd_cpp_extra_args>{}</sd_cpp_extra_args> cat"
        for answer in (self.make(smuggled), self.make(""), self.make(size="1x1"), self.make(size=5), self.make(prompt=[1]),
                       self.make("a" * 8001), self.make("é" * 4001), asked(self.socket, "POST", "/v1/images/generations", b"[1]"),
                       asked(self.socket, "POST", "/v1/images/generations", b"{"),
                       asked(self.socket, "POST", "/v1/images/edits", b"{}"),
                       asked(self.socket, "POST", "/v1/images/edits", (FORM % smuggled).encode(), "multipart/form-data; boundary=b")):
            self.assertEqual((answer[0], answer[1]["error"]["code"]), (400, 400), answer)
        self.assertEqual(asked(self.socket, "POST", "/sdapi/v1/txt2img", b"{}")[0], 404)
        self.assertEqual(asked(self.socket, "GET", "/sdcpp/v1/jobs/1")[0], 404)
        status, answer = self.make("strange")
        self.assertEqual((status, answer["error"]["message"]), (500, "the image engine: generate_image returned no results"))
        self.assertEqual((self.make()[0], self.make("é" * 4000)[0]), (200, 200))

    def test_what_is_smuggled_is_found_wherever_a_form_is_cut(self):
        spec = importlib.util.spec_from_file_location("image_runner", RUNNER)
        runner = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(runner)
        form = (FORM % "A <sd_cpp_extra_args>{}</sd_cpp_extra_args> cat").encode()
        for size in (1, 5, 18, 19, 40, len(form)):
            with self.subTest(size=size), self.assertRaisesRegex(runner.Refused, "parameters of the engine"):
                runner.Engine.pass_on(Pieces(form, size), Pieces(b"", 1), None)

    def test_a_server_that_ends_in_the_middle_is_told_and_started_again(self):
        self.start()
        old = self.pid()
        status, answer = self.make("It ends")
        self.assertEqual(status, 503)
        self.assertRegex(answer["error"]["message"], "was ended by signal 6 while it made an image: GGML_ASSERT: out of memory")
        self.assertEqual(self.note(), answer["error"]["message"])
        self.assertEqual(self.make()[0], 200)
        self.assertNotEqual(self.pid(), old)
        self.assertIsNone(self.note())

    def test_without_work_it_gives_its_memory_back(self):
        self.start("--idle-s", "1", state="resting")
        until(lambda: not os.path.exists(self.server), 20, "the server gone")
        self.assertEqual(self.make()[0], 200)
        self.until_state("resting")

    def test_the_server_dies_with_its_parent(self):
        process, server = self.start(), self.pid()
        process.kill()
        until(lambda: not is_alive(server), 20, "the server gone")

    def test_weights_that_are_mended_are_loaded(self):
        self.write(BAD)
        self.start(state="failed")
        self.assertRegex(self.note(), f"^The image weights {self.weights} could not be loaded: the engine ended with status 1: ")
        self.assertEqual(self.make(), (500, {"error": {"message": self.note(), "code": 500}}))
        os.unlink(self.weights)
        self.assertRegex(self.make()[1]["error"]["message"], "are not there")
        self.write(GOOD)
        self.assertEqual(self.make()[0], 200)
        self.assertIsNone(self.note())

    def test_a_client_that_has_gone_ends_the_work(self):
        self.start()
        server, gate = self.pid(), os.path.join(self.folder, "gate")
        with open(gate, "w", encoding="ascii"):
            pass
        body = json.dumps({"prompt": f"held:{gate}", "size": "32x32"}).encode()
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(self.socket)
            peer.sendall(b"POST /v1/images/generations HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
            until(lambda: os.path.exists(gate + ".busy"), 20, "the image in the making")
        until(lambda: not is_alive(server), 20, "the server gone")
        os.unlink(gate)
        self.assertEqual(self.make()[0], 200)


class Platform(PlatformTest):
    """A platform with the stand-in in the place of the server."""

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false", image_memory_mib="1024")
        cls.addClassCleanup(cls.bh.stop)
        cls.weights = os.path.join(cls.bh.folder, "Tiny_Model.gguf")
        cls.bh.settings["image_weights"] = cls.weights
        cls.gates = os.path.join(cls.bh.folder, "gates")
        os.mkdir(cls.gates)
        os.chmod(cls.gates, 0o777)  # noqa: S103 the engine's user writes there
        cls.put(GOOD)
        cls.bh.install()
        cls.install_stand_in()
        cls.bh.start()

    @classmethod
    def put(cls, content):
        with open(cls.weights, "wb") as file:
            file.write(content)
        os.chmod(cls.weights, 0o644)

    @classmethod
    def install_stand_in(cls):
        folder = os.path.join(cls.bh.programs, "image-engine")
        os.makedirs(folder, exist_ok=True)
        for source, mode in ((RUNNER, 0o644), (STAND_IN, 0o755)):
            os.chmod(shutil.copy(source, folder), mode)
        manifest = cls.bh.manifest() | {"image": {
            "name": "a stand-in", "version": "1", "runner": os.path.join(folder, os.path.basename(RUNNER)),
            "server": os.path.join(folder, os.path.basename(STAND_IN))}}
        with open(os.path.join(cls.bh.programs, "manifest.json"), "w", encoding="utf-8") as file:
            json.dump(manifest, file)

    def setUp(self):
        self.tenant = self.bh.tenant()
        self.gate = os.path.join(self.gates, self.id().rpartition(".")[2])

    def hold(self):
        with open(self.gate, "w", encoding="ascii"):
            pass
        self.addCleanup(self.release)

    def release(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.gate)

    def make(self, **body):
        return self.tenant.call("POST", "/v1/images/generations", {"prompt": "A cat", "size": "64x64"} | body, timeout=120)

    def begin(self, **body):
        """A job that is at the engine."""
        self.hold()
        reply = self.make(prompt=f"A cat held:{self.gate}", bulkhead={"detached": True}, **body)
        self.assertEqual(reply.status, 200, reply)
        until(lambda: os.path.exists(self.gate + ".busy"), 30, "the image in the making")
        return reply

    def wait(self, reply, *states):
        def look():
            job = self.ok(self.tenant.call("GET", f"/v1/images/jobs/{reply.json()['id']}"))
            return job if job["status"] in states else None
        return until(look, 60, f"a job that is {states}", pause=0.1)

    def server(self):
        """The process of the server: the engine's only child."""
        with open(f"/proc/{self.bh.process('image')['pid']}/task/{self.bh.process('image')['pid']}/children", encoding="ascii") as file:
            return int(file.read())

    def paid(self, request, images):
        """One call was made for it that counts, and nothing of it costs anything."""
        rows = self.tenant.settled(request, kind="image")
        self.assertEqual((sum(row["completion_tokens"] for row in rows), {row["cost"] for row in rows}), (images, {"0"}))
        self.assertEqual(sum(row["status"] == "ok" for row in rows), 1 if images else 0, rows)

    def test_it_is_the_default_and_writes_no_words_into_an_image(self):
        reply = self.make()
        answer = self.ok(reply)
        self.assertEqual((answer["bulkhead"]["model"], answer["bulkhead"]["test_backend"]), ("tiny_model", False))
        png = base64.b64decode(answer["data"][0]["b64_json"])
        self.assertEqual(pixels(png)[:2], (64, 64))
        self.assertNotIn(stand_in_sd_server.WORDS.encode(), png)
        self.assertNotIn(b"tEXt", png)
        self.paid(reply.request_id, 1)
        listed = next(row for row in self.bh.cli("model", "list")["data"] if row["name"] == "tiny_model")
        self.assertEqual((listed["kind"], listed["managed"], listed["is_default"]), ("image", True, True))
        row = self.bh.process("image")
        self.assertEqual((row["kind"], row["state"], "note" in row), ("engine", "ready", False))

    def test_an_image_is_edited(self):
        client = self.tenant.client()
        answer = client.images.edit(image=("a.png", flat(64, 64, (1, 2, 3)), "image/png"), prompt="A hat", model="tiny_model",
                                    size="1024x1024")
        self.assertEqual(pixels(base64.b64decode(answer.data[0].b64_json))[:2], (1024, 1024))

    def test_killed_in_the_middle_it_makes_the_image_again(self):
        for name, pid in (("engine", lambda: self.bh.process("image")["pid"]), ("server", self.server)):
            with self.subTest(killed=name):
                reply = self.begin(n=2)
                os.kill(pid(), signal.SIGKILL)
                self.release()
                job = self.wait(reply, "completed", "failed")
                self.assertEqual((job["status"], job["done"]), ("completed", 2), job)
                self.paid(reply.request_id, 2)
                os.unlink(self.gate + ".busy")

    def test_cancelled_it_stops_working(self):
        reply = self.begin()
        server, begin = self.server(), time.monotonic()
        self.ok(self.tenant.call("POST", f"/v1/images/jobs/{reply.json()['id']}/cancel", {}))
        until(lambda: not is_alive(server), 20, "the server gone")
        print(f"\n    cancelled in {time.monotonic() - begin:.2f} s", file=sys.stderr)
        self.assertEqual(self.wait(reply, "cancelled")["done"], 0)
        self.paid(reply.request_id, 0)
        self.release()
        self.ok(self.make())

    def test_one_that_always_ends_is_told_and_costs_nothing(self):
        reply = self.make(prompt="It ends")
        self.refused(reply, 503, "service_unavailable")
        self.paid(reply.request_id, 0)
        self.assertRegex(self.bh.process("image")["note"], "signal 6 while it made an image")
        self.ok(self.make())
        self.assertNotIn("note", self.bh.process("image"))

    def test_a_prompt_that_the_server_cannot_divide_is_refused_before_it(self):
        server = self.server()
        for prompt in ("A cat " * 1400, "é" * 4001):
            self.refused(self.make(prompt=prompt), 400, "out_of_range", param="prompt")
            with self.assertRaises(openai.BadRequestError):
                self.tenant.client(max_retries=0).images.edit(image=("a.png", flat(64, 64, (1, 2, 3)), "image/png"), prompt=prompt,
                                                              model="tiny_model", size="1024x1024")
        self.ok(self.make(prompt="é" * 4000))
        self.assertEqual(self.server(), server)

    def test_others_wait_for_their_turn(self):
        reply, replies = self.begin(), []
        other = threading.Thread(target=lambda: replies.append(self.make()))
        other.start()
        until(lambda: next(row for row in self.bh.cli("model", "list")["data"] if row["name"] == "tiny_model")["waiting"] == 1, 30,
              "a call that waits")
        self.release()
        other.join(60)
        self.ok(replies[0])
        self.wait(reply, "completed")

    def test_without_it_the_backend_for_tests_answers(self):
        self.addCleanup(self.bh.run, "restart", "image")
        self.assertEqual(self.bh.run("model", "remove", "tiny_model").returncode, 0)
        until(lambda: self.ok(self.make())["bulkhead"]["test_backend"], 30, "the backend for tests")
        self.assertEqual(self.bh.run("restart", "image").returncode, 0)
        until(lambda: self.ok(self.make())["bulkhead"]["model"] == "tiny_model", 30, "the engine's model")

    def test_weights_that_are_damaged_stop_nothing_else(self):
        self.addCleanup(self.bh.run, "restart", "image")
        self.addCleanup(self.put, GOOD)
        self.put(BAD)
        self.assertEqual(self.bh.run("restart", "image").returncode, 0)
        until(lambda: "note" in self.bh.process("image"), 30, "a note")
        self.assertTrue(self.bh.is_ready())
        said = self.bh.run("status").stdout
        self.assertRegex(said, f"image: The image weights {self.weights} could not be loaded")
        self.assertRegex(self.bh.run("doctor").stdout, "FAIL +image engine +The image weights")
        reply = self.make()
        self.refused(reply, 502, "upstream_error")
        self.paid(reply.request_id, 0)
        self.put(b"<html>")
        self.assertRegex(self.bh.run("doctor").stdout, f"FAIL +image model +image.weights: {self.weights} is damaged")
        self.put(GOOD)
        self.ok(self.make())
        self.assertNotIn("FAIL  image", self.bh.run("doctor").stdout)


class RealEngine(PlatformTest):
    """stable-diffusion.cpp's server itself, on weights of which nothing was learned: what it makes is noise.

    It stands behind whatever else the machine does: what takes seconds takes minutes beside compilers."""

    limit_s = 1200

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false", image_steps="1", image_guidance="1",
                          model_first_byte_ms="600000", multimodal_resume_ms="600000")
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.install()
        if "image" not in cls.bh.manifest():
            raise unittest.SkipTest("the image engine is not installed: make image-engine")
        cls.weights = cls.bh.settings["image_weights"] = os.path.join(cls.bh.folder, "made-up.safetensors")
        made_up_model.write(cls.weights)
        os.chmod(cls.weights, 0o644)
        cls.bh.start()
        cls.tenant = cls.bh.tenant()

    def make(self, **body):
        return self.tenant.call("POST", "/v1/images/generations", {"prompt": "A cat", "size": "64x64"} | body, timeout=900)

    def test_it_makes_images_is_cancelled_and_says_what_is_wrong_with_weights(self):
        reply = self.make(n=2)
        answer = self.ok(reply)
        self.assertEqual((answer["bulkhead"]["model"], answer["bulkhead"]["test_backend"]), ("made-up", False))
        images = [base64.b64decode(each["b64_json"]) for each in answer["data"]]
        for png in images:
            self.assertEqual(pixels(png)[:2], (64, 64))
            self.assertNotIn(b"tEXt", png)
            with Image.open(io.BytesIO(png)) as image:
                self.assertGreater(len(set(image.convert("RGB").getdata())), 100)
        self.assertTrue(images[0] != images[1], "the same image twice")
        rows = self.tenant.settled(reply.request_id, kind="image")
        self.assertEqual([(row["status"], row["completion_tokens"], row["cost"]) for row in rows], [("ok", 2, "0")])

        begun = self.make(size="1024x1024", bulkhead={"detached": True}).json()
        pid = self.bh.process("image")["pid"]
        until(lambda: next(row for row in self.bh.cli("model", "list")["data"] if row["name"] == "made-up")["running"] == 1, 60,
              "an image in the making", pause=0.1)
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            server = int(file.read())
        self.ok(self.tenant.call("POST", f"/v1/images/jobs/{begun['id']}/cancel", {}))
        until(lambda: not is_alive(server), 20, "the server gone")

        with open(self.weights, "r+b") as file:
            file.truncate(os.path.getsize(self.weights) // 2)
        self.refused(self.make(), 502, "upstream_error")
        self.assertRegex(self.bh.process("image")["note"], f"The image weights {self.weights} could not be loaded")
        self.assertTrue(self.bh.is_ready())


if __name__ == "__main__":
    main()
