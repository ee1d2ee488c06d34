# SPDX-License-Identifier: Apache-2.0
"""A scripted provider that hears and speaks: `mode` says how the next calls are answered.

modes: plain, short (a transcript without times), away (503), refused (400), garbage, cut (half of the answer), hold
(until release()), endless (samples, until nobody takes them). `log` has each request: its path, its fields and the recording, or its JSON.
"""
import contextlib
import email.parser
import email.policy
import http.server
import json
import threading

SAID = "The crane lifts the container."
SECONDS = 2
SAMPLES = b"".join((1000 if i // 40 % 2 else -1000).to_bytes(2, "little", signed=True) for i in range(24000 * SECONDS))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        entry = {"path": self.path, "authorization": self.headers["authorization"]}
        if "multipart" in self.headers["content-type"]:
            head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
            form = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
            for part in form.iter_parts():
                name = part.get_param("name", header="content-disposition")
                entry.setdefault(name, part.get_payload(decode=True) if name == "file" else part.get_content().strip())
        else:
            entry["json"] = json.loads(body)
        self.server.log.append(entry)
        self.answer(entry, self.server.mode)

    def answer(self, entry, mode):
        if mode == "hold":
            self.server.gate.wait(30)
        if mode in ("away", "refused"):
            status = 503 if mode == "away" else 400
            return self.send(status, json.dumps({"error": {"message": "no such voice", "code": status}}).encode())
        if mode == "garbage":
            return self.send(200, b"<html>" * 100)
        if mode == "endless":
            return self.send_on_and_on()
        if entry["path"].endswith("/speech"):
            return self.send(200, SAMPLES, "application/octet-stream", cut=mode == "cut")
        value = {"text": SAID}
        if mode != "short" and entry.get("response_format") == "verbose_json":
            segment = {"id": 0, "seek": 0, "start": 0.25, "end": 1.5, "text": " " + SAID, "tokens": [1, 2], "temperature": 0,
                       "avg_logprob": -0.1, "compression_ratio": 1, "no_speech_prob": 0}
            words = [{"word": word, "start": 0.25 + i / 4, "end": 0.5 + i / 4} for i, word in enumerate(SAID.split())]
            value |= {"language": "english", "duration": 2, "segments": [segment], "words": words}
        return self.send(200, json.dumps(value).encode(), cut=mode == "cut")

    def send_on_and_on(self):
        self.send_response(200)
        self.send_header("content-type", "application/octet-stream")
        self.send_header("connection", "close")
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            for _ in range(3600 // SECONDS):
                self.wfile.write(SAMPLES)
        self.close_connection = True

    def send(self, status, data, kind="application/json", cut=False):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # a client that has left
            self.wfile.write(data[:len(data) // 2] if cut else data)
        if cut:
            self.close_connection = True


class MockSpeech(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.mode, self.log, self.gate = "plain", [], threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def release(self):
        self.gate.set()
