#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for stable-diffusion.cpp's sd-server, for tests of what surrounds it: it makes no image, but a flat colour.

It takes the options of the real one, listens where that does, and says what that says of weights that it cannot load: those
whose file does not begin with `GGUF`. A prompt with `held:PATH` is held while that file is there, and PATH.busy is made when
it is; `ends` ends the process in the middle; `strange` is answered by no image. A GET of /limits tells what holds the process.
"""
import base64
import http.server
import json
import os
import re
import resource
import socketserver
import struct
import sys
import threading
import time
import zlib

COLOUR = (200, 30, 90)
WORDS = "the prompt and all parameters"


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width, height):
    rows = (b"\0" + bytes(COLOUR) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"tEXt", b"parameters\0" + WORDS.encode())
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def address_string(self):
        return "unix"

    def reply(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        with open("/proc/self/oom_score_adj", encoding="ascii") as file:
            score = int(file.read())
        self.reply(200, {"address_space": resource.getrlimit(resource.RLIMIT_AS)[0], "oom_score": score, "pid": os.getpid(),
                         "stack": resource.getrlimit(resource.RLIMIT_STACK)[0], "argv": sys.argv})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path.endswith("/edits"):
            prompt, size = (re.search(rb'name="%s"\r\n\r\n(.*?)\r\n' % name, body).group(1).decode() for name in (b"prompt", b"size"))
            if not re.search(rb'name="image(\[\])?"', body):
                return self.reply(400, {"error": "at least one image[] required"})
        else:
            asked = json.loads(body)
            prompt, size = asked["prompt"], asked["size"]
        with self.server.lock:
            return self.make(prompt, *map(int, size.split("x")))

    def make(self, prompt, width, height):
        held = re.search(r"held:(\S+)", prompt)
        if held and os.path.exists(held[1]):
            with open(held[1] + ".busy", "w", encoding="ascii"):
                pass
            while os.path.exists(held[1]):
                time.sleep(0.02)
        if "ends" in prompt:
            print("[ERROR] ggml.c:1 - GGML_ASSERT: out of memory", file=sys.stderr, flush=True)
            os.abort()
        if "strange" in prompt:
            return self.reply(500, {"error": "generate_image returned no results"})
        return self.reply(200, {"created": 1, "data": [{"b64_json": base64.b64encode(png(width, height)).decode()}],
                                "output_format": "png"})


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    lock = threading.Lock()


def main():
    options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
    weights = options.get("--model") or options["--diffusion-model"]
    with open(weights, "rb") as file:
        good = file.read(4) == b"GGUF"
    if not good:
        print(f"[ERROR] model.cpp:300  - init model loader from file failed: '{weights}'", file=sys.stderr, flush=True)
        print("[ERROR] main.cpp:60   - new_sd_ctx_t failed", file=sys.stderr, flush=True)
        sys.exit(1)
    Server(options["--listen-ip"], Handler).serve_forever()


if __name__ == "__main__":
    main()
