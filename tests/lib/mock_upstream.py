# SPDX-License-Identifier: Apache-2.0
"""A scripted OpenAI-compatible upstream that answers, or misbehaves, as the test says.

The script travels in the last user message: `… #mock {"mode": "cut", …}`, or its name in `scripts`, where the
message is searched for: `… #mock "name"`. Without one the answer is
plain. The attributes and methods of `Upstream` are the test's side of it.

modes: plain, no_usage, zero_usage, cut (after `bytes`), no_done, error (in-band), slow (`delay` s a
token), stepped (a token for each call of step()), status (`status`, `headers`, `body`), hang, hold
(until release()), gzip, giant_line, garbage, raw (`raw`: the body as it is, or `events` and `done`; `cut`: its
end is missing), picky (refuses the parameter `refused`); with `late_usage` the usage comes at the end only

Calls for vectors carry no script; `embed_mode` says how all of them are answered: plain, away (503),
limited (429), few (one vector is missing), wide (of other dimensions), nan, garbage, cut, hold (until
release()), no_usage, absurd_usage. `embed_script` is the modes of the next ones, each for one call.

Rerankings have a script of the same kind, `rerank_mode` and `rerank_script`: plain (Jina's shape; the score is the
share of the query's words that a document has), reverse (1 less that), cohere, data, array (other shapes), logit, unsorted, few, doubled,
outside, missing (an index), text (a score), beyond (a score of 3), huge, away, limited, refused (400), garbage, cut,
hold, no_usage, absurd_usage. `rerank_units` is what cohere says that it billed.

Calls for images are answered by `image_mode` and `image_script`: plain, chatty, hold, away, limited, refused, garbage (no picture),
text (no base64), link (a URL in its place), cut (a stream without its end), half (one that waits before its end until release());
streamed where the call says so.

Moderations find violence in every text with the word "zebra" and something sexual in every picture, by
`moderation_mode` and `moderation_script`: plain, old (without what is newer), hold, away, limited, refused, few, garbage,
beyond (a score of 3), text (a category that is a word).
"""
import asyncio
import base64
import email
import gzip
import hashlib
import json
import math
import re
import struct
import sys
import threading
import time

WORDS = "The answer comes from a scripted upstream and has some words in it.".split(" ")


class Upstream:
    """Runs in a thread of its own; `url` is its base address."""

    def __init__(self, port=0, host="127.0.0.1"):
        self.log = []           # every request as parsed
        self.left = []          # requests whose client went away before the end
        self.sent = []          # (request number, token index, time) of paced streams
        self.open = 0           # calls held at the moment
        self.held_most = 0
        self.embed_delay = 0.0  # seconds that each call for vectors takes
        self.embed_mode = "plain"
        self.dimensions = {}  # by the name of the model; 384 otherwise
        self.embed_script = []
        self.scripts = {}
        self.image_mode = "plain"
        self.image_script = []
        self.picture = b""  # what every call for an image is answered with
        self.moderation_mode = "plain"
        self.moderation_script = []
        self.rerank_mode = "plain"
        self.rerank_script = []
        self.rerank_units = 1
        self._ready = threading.Event()
        self._port = port
        self._host = host
        self._loop = None
        self._gate = None
        self._steps = None
        threading.Thread(target=self._run, daemon=True).start()
        self._ready.wait(10)

    @property
    def url(self):
        return f"http://{self._host}:{self._port}"

    def _run(self):
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self._gate = asyncio.Event()
        self._steps = asyncio.Semaphore(0)

        async def start():
            server = await asyncio.start_server(self._serve, self._host, self._port)
            self._port = server.sockets[0].getsockname()[1]
            self._ready.set()

        self._loop.run_until_complete(start())
        self._loop.run_forever()

    def release(self):
        """Lets every held call go on, and those that come later."""
        self._loop.call_soon_threadsafe(self._gate.set)

    def hold(self):
        self._loop.call_soon_threadsafe(self._gate.clear)
        self.held_most = 0

    def step(self):
        """Lets a stepped stream make its next token."""
        self._loop.call_soon_threadsafe(self._steps.release)

    async def _serve(self, reader, writer):
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _one(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        method, path, _ = lines[0].split(" ", 2)
        headers = {k.strip().lower(): v.strip() for k, _, v in (l.partition(":") for l in lines[1:] if l)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        request = {"method": method, "path": path, "headers": headers, "time": time.monotonic(),
                   "body": self._body(headers, body), "number": len(self.log)}
        self.log.append(request)
        if path.endswith("/embeddings"):
            return await self._embeddings(request, writer)
        if path.endswith("/rerank"):
            return await self._rerank(request, writer)
        if path.endswith("/moderations"):
            return await self._moderation(request, writer)
        if path.endswith("/chat/completions"):
            return await self._chat(request, reader, writer)
        if path.endswith(("/images/generations", "/images/edits")):
            return await self._image(request, reader, writer)
        return await self._json(writer, 404, {"error": {"message": "no such path", "code": 404}})

    @staticmethod
    def _body(headers, body):
        """JSON, or the parts of a form by name."""
        if not body or not headers.get("content-type", "").startswith("multipart/"):
            return json.loads(body) if body else None
        message = email.message_from_bytes(b"content-type: " + headers["content-type"].encode() + b"\r\n\r\n" + body)
        form = {}
        for part in message.get_payload():
            form.setdefault(part.get_param("name", header="content-disposition"), []).append(part.get_payload(decode=True))
        return form

    async def _wait(self, request, reader):
        """Until release(); false: the client left before."""
        held = asyncio.ensure_future(self._gate.wait())
        gone = asyncio.ensure_future(reader.read(1))
        self.open += 1
        await asyncio.wait({held, gone}, return_when=asyncio.FIRST_COMPLETED)
        self.open -= 1
        held.cancel()
        if gone.done():
            self.left.append(request["number"])
            return False
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        return True

    async def _image(self, request, reader, writer):
        body = request["body"]
        mode = self.image_script.pop(0) if self.image_script else self.image_mode
        if mode == "hold" and not await self._wait(request, reader):
            return False
        if mode in ("away", "limited", "refused"):
            status = {"away": 503, "limited": 429, "refused": 400}[mode]
            return await self._json(writer, status, {"error": {"message": "scripted", "code": status}})
        picture = base64.b64encode(self.picture).decode()
        if mode == "garbage":
            picture = base64.b64encode(b"GIF89a" + bytes(100)).decode()
        if mode == "text":
            picture = "not base64!"
        revised = "A better one" if mode != "chatty" else "ein schöneres" * 100_000
        answer = {"created": 1, "data": [{"b64_json": picture, "revised_prompt": revised}]}
        if mode == "link":
            answer["data"] = [{"url": "http://127.0.0.1:1/picture.png"}]
        if not (isinstance(body, dict) and body.get("stream") is True):
            return await self._json(writer, 200, answer)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        times = 30 if mode == "chatty" else 1
        for index in [*range(body["partial_images"])] * times + [3, -1] * (times - 1):
            self._event(writer, {"type": "image_generation.partial_image", "partial_image_index": index, "b64_json": picture})
        await writer.drain()
        if mode == "half" and not await self._wait(request, reader):
            return False
        if mode != "cut":
            self._event(writer, {"type": "image_generation.completed", "b64_json": picture})
        await writer.drain()
        return False

    @staticmethod
    def _event(writer, data):
        writer.write(f"event: {data['type']}\ndata: {json.dumps(data)}\n\n".encode())

    async def _json(self, writer, status, value, extra=()):
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        head = [f"HTTP/1.1 {status} X", "content-type: application/json", f"content-length: {len(data)}"]
        head += [f"{k}: {v}" for k, v in extra]
        writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + data)
        await writer.drain()
        return True

    @staticmethod
    def vector(text, dimensions=384):
        """Deterministic: words hashed to directions, so that texts with common words are close."""
        values = [0.0] * dimensions
        for word in re.findall(r"\w+", text.lower()):
            digest = hashlib.sha256(word.encode()).digest()
            for at in range(0, 16, 2):
                values[int.from_bytes(digest[at:at + 2], "big") % dimensions] += 1.0 if digest[16 + at // 2] & 1 else -1.0
        norm = math.sqrt(sum(v * v for v in values)) or 1.0
        return [v / norm for v in values]

    async def _embeddings(self, request, writer):
        body = request["body"]
        await asyncio.sleep(self.embed_delay)
        inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
        mode = self.embed_script.pop(0) if self.embed_script else self.embed_mode
        if mode == "hold":
            await self._gate.wait()
        if mode in ("away", "limited"):
            status = {"away": 503, "limited": 429}[mode]
            return await self._json(writer, status, {"error": {"message": "scripted", "code": status}})
        data = []
        for index, text in enumerate(inputs):
            vector = self.vector(text, 7 if mode == "wide" else self.dimensions.get(body["model"], 384))
            if mode == "nan":
                vector[0] = math.nan
            if body.get("encoding_format") == "base64":
                vector = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
            data.append({"object": "embedding", "index": index, "embedding": vector})
        tokens = sum(len(t.split()) for t in inputs)
        if mode == "few":
            data.pop()
        if mode == "absurd_usage":
            tokens = 10 ** 8
        answer = {"object": "list", "data": data, "model": body["model"]}
        if mode != "no_usage":
            answer["usage"] = {"prompt_tokens": tokens, "total_tokens": tokens}
        answer = json.dumps(answer).encode()
        if mode == "garbage":
            answer = b"<html>not json</html>"
        if mode == "cut":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                         b"content-length: %d\r\n\r\n" % len(answer) + answer[:40])
            await writer.drain()
            return False
        return await self._json(writer, 200, answer)

    @staticmethod
    def relevance(query, text):
        """The share of the query's words that a text has."""
        asked = set(re.findall(r"\w+", query.lower()))
        return len(asked & set(re.findall(r"\w+", text.lower()))) / max(len(asked), 1)

    HARMS = ("hate", "hate/threatening", "harassment", "harassment/threatening", "self-harm", "self-harm/intent",
             "self-harm/instructions", "sexual", "sexual/minors", "violence", "violence/graphic", "illicit",
             "illicit/violent")

    async def _moderation(self, request, writer):
        given = request["body"]["input"]
        mode = self.moderation_script.pop(0) if self.moderation_script else self.moderation_mode
        if mode == "hold":
            await self._gate.wait()
        if mode in ("away", "limited", "refused"):
            status = {"away": 503, "limited": 429, "refused": 400}[mode]
            return await self._json(writer, status, {"error": {"message": "scripted"}})
        if mode == "garbage":
            return await self._json(writer, 200, b"<html>not json</html>")
        results = []
        for one in [given] if isinstance(given[0], dict) else given:
            parts = one if isinstance(one, list) else [{"type": "text", "text": one}]
            scores = dict.fromkeys(self.HARMS[:11 if mode == "old" else 13], 0.01)
            if any("zebra" in part.get("text", "") for part in parts):
                scores["violence"] = 0.9
            if any(part["type"] == "image_url" for part in parts):
                scores["sexual"] = 0.8
            categories = {name: score > 0.5 for name, score in scores.items()}
            results.append({"flagged": any(categories.values()), "categories": categories, "category_scores": scores})
        if mode == "few":
            results.pop()
        if mode == "beyond":
            results[0]["category_scores"]["hate"] = 3
        if mode == "text":
            results[0]["categories"]["hate"] = "no"
        return await self._json(writer, 200, {"id": "modr-1", "model": request["body"]["model"], "results": results})

    async def _rerank(self, request, writer):
        body = request["body"]
        texts = body["documents"]
        mode = self.rerank_script.pop(0) if self.rerank_script else self.rerank_mode
        if mode == "hold":
            await self._gate.wait()
        if mode in ("away", "limited", "refused"):
            status = {"away": 503, "limited": 429, "refused": 400}[mode]
            return await self._json(writer, status, {"message": "scripted"})
        scores = [self.relevance(body["query"], text) for text in texts]
        if mode == "reverse":
            scores = [1 - score for score in scores]
        if mode == "logit":
            scores = [10 * score - 5 for score in scores]
        rows = [{"index": index, "relevance_score": score} for index, score in enumerate(scores)]
        if mode != "unsorted":
            rows.sort(key=lambda row: -row["relevance_score"])
            rows = rows[:body.get("top_n") or len(rows)]
        if mode == "few":
            rows.pop()
        if mode == "doubled":
            rows[-1]["index"] = rows[0]["index"]
        if mode == "outside":
            rows[0]["index"] = len(texts)
        if mode == "missing":
            del rows[0]["index"]
        if mode == "text":
            rows[0]["relevance_score"] = "0.9"
        if mode == "beyond":
            rows[0]["relevance_score"] = 3
        if mode == "huge":
            rows[0]["document"] = {"text": "x" * 40_000_000}
        return await self._ranking(writer, mode, body, rows)

    async def _ranking(self, writer, mode, body, rows):
        tokens = sum(len(f"{body['query']} {text}".split()) for text in body["documents"])
        if mode == "absurd_usage":
            tokens = 10 ** 8
        answer = {"model": "theirs", "object": "list", "results": rows}
        if mode == "data":
            answer["data"] = answer.pop("results")
        if mode == "array":
            answer = [{"index": row["index"], "score": row["relevance_score"]} for row in rows]
        elif mode == "cohere":
            answer = {"id": "theirs", "results": rows, "meta": {
                "api_version": {"version": "2"}, "billed_units": {"search_units": self.rerank_units}}}
        elif mode != "no_usage":
            answer["usage"] = {"prompt_tokens": tokens, "total_tokens": tokens}
        data = json.dumps(answer).encode()
        if mode == "garbage":
            data = b"<html>not json</html>"
        if mode == "cut":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                         b"content-length: %d\r\n\r\n" % len(data) + data[:40])
            await writer.drain()
            return False
        return await self._json(writer, 200, data)

    def _script(self, body):
        """Of the last turn only: what a tool answered, or a turn without a script, is answered plainly."""
        for message in reversed(body["messages"]):
            if message["role"] == "tool":
                return {}
            if message["role"] != "user":
                continue
            content = message.get("content")
            if isinstance(content, list):
                content = "".join(part.get("text", "") for part in content)
            if "#mock " not in content:
                return {}
            script = json.JSONDecoder().raw_decode(content.split("#mock ", 1)[1])[0]
            return script if isinstance(script, dict) else self.scripts[script]
        return {}

    async def _chat(self, request, reader, writer):
        body = request["body"]
        script = self._script(body)
        mode = script.get("mode", "plain")
        if mode == "status":
            return await self._json(writer, script["status"], script.get("body", {"error": {"message": "scripted"}}),
                                    script.get("headers", {}).items())
        if mode == "raw":
            return await self._raw(writer, script)
        if mode == "picky" and (script["refused"] in body or script["refused"] in (body.get("stream_options") or {})):
            return await self._json(writer, 400, {"error": {
                "message": f"Unsupported parameter: '{script['refused']}' is not supported with this model.",
                "type": "invalid_request_error", "param": script["refused"], "code": "unsupported_parameter"}})
        if mode == "hang":
            await self._until_left(request, reader)
            return False
        if mode == "hold":
            self.open += 1
            self.held_most = max(self.held_most, self.open)
            try:
                await self._gate.wait()
            finally:
                self.open -= 1
        words = script["text"].split(" ") if "text" in script else WORDS
        cap = body.get("max_completion_tokens") or body.get("max_tokens") or len(words)
        reason = "length" if cap < len(words) else "stop"
        words = words[:cap]
        usage = {"prompt_tokens": script.get("prompt_tokens", 11), "completion_tokens": len(words),
                 "total_tokens": script.get("prompt_tokens", 11) + len(words)}
        if mode == "zero_usage":
            usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
        if mode == "no_usage":
            usage = None
        if body.get("stream"):
            return await self._stream(request, reader, writer, script, mode, words, usage, reason)
        text = " ".join(words)
        message = {"role": "assistant", "content": text}
        if script.get("tool_call"):
            call = script["tool_call"]
            message = {"role": "assistant", "content": None, "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": call["name"], "arguments": json.dumps(call["arguments"])}}]}
            reason = "tool_calls"
        answer = {"id": "theirs", "object": "chat.completion", "created": 1, "model": "theirs", "system_fingerprint": "x",
                  "choices": [{"index": 0, "message": message, "finish_reason": reason}]}
        if usage:
            answer["usage"] = usage
        data = json.dumps(answer).encode()
        if mode == "garbage":
            data = b"<html>not json</html>"
        if mode == "cut":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(data))
            writer.write(data[:script.get("bytes", 20)])
            await writer.drain()
            return False
        if mode == "gzip":
            return await self._json(writer, 200, gzip.compress(data), [("content-encoding", "gzip")])
        return await self._json(writer, 200, data)

    @staticmethod
    async def _raw(writer, script):
        """Bytes as another server would send them."""
        text = script.get("raw")
        if text is None:
            events = [event if isinstance(event, str) else json.dumps(event) for event in script["events"]]
            text = "".join(f"data: {event}\n\n" for event in events)
            text += "data: [DONE]\n\n" if script.get("done", True) else ""
        data = (text if isinstance(text, str) else json.dumps(text)).encode()
        writer.write(f"HTTP/1.1 200 OK\r\ncontent-type: {script.get('type', 'text/event-stream')}\r\n"
                     "transfer-encoding: chunked\r\nconnection: close\r\n\r\n".encode())
        writer.write(b"%x\r\n" % len(data) + data + b"\r\n" + (b"" if script.get("cut") else b"0\r\n\r\n"))
        await writer.drain()
        return False

    async def _stream(self, request, reader, writer, script, mode, words, usage, reason):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n"
                     b"connection: close\r\n\r\n")
        budget = script.get("bytes", 10 ** 9) if mode == "cut" else 10 ** 9

        async def event(text):
            nonlocal budget
            data = f"data: {text}\n\n".encode()
            if len(data) > budget:
                data = data[:budget]
            budget -= len(data)
            if data:
                writer.write(b"%x\r\n" % len(data) + data + b"\r\n")
                await writer.drain()
            if budget <= 0:
                raise ConnectionError("cut by script")

        running = usage and not script.get("late_usage") and (request["body"].get("stream_options") or {}).get("continuous_usage_stats")

        def chunk(delta, reason=None, words=0):
            so_far = {"usage": usage | {"completion_tokens": words, "total_tokens": usage["prompt_tokens"] + words}} if running else {}
            return json.dumps({"id": "theirs", "object": "chat.completion.chunk", "created": 1, "model": "theirs",
                               "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]} | so_far)

        gone = asyncio.ensure_future(reader.read(1))
        try:
            await event(chunk({"role": "assistant", "content": ""}))
            if script.get("tool_call"):
                call = script["tool_call"]
                await event(chunk({"tool_calls": [{"index": 0, "id": "call_1", "type": "function",
                                                   "function": {"name": call["name"], "arguments": ""}}]}))
                arguments = json.dumps(call["arguments"])
                for at in range(0, len(arguments), 5):
                    await event(chunk({"tool_calls": [{"index": 0, "function": {"arguments": arguments[at:at + 5]}}]}))
                words = []
            for index, word in enumerate(words):
                if mode == "slow":
                    await asyncio.sleep(script.get("delay", 0.1))
                if mode == "stepped":
                    await self._step_or(gone)
                if gone.done():
                    raise ConnectionError("client left")
                if mode == "error" and index == 3:
                    await event(json.dumps({"error": {"message": "scripted failure", "type": "server_error"}}))
                    raise ConnectionError("error by script")
                if mode == "garbage" and index == 3:
                    await event("<html>not json</html>")
                if mode == "giant_line" and index == 3:
                    await event(chunk({"content": "x" * 4_000_000}))
                self.sent.append((request["number"], index, time.monotonic()))
                await event(chunk({"content": word if index == 0 else " " + word}, words=index + 1))
            await event(chunk({}, "tool_calls" if script.get("tool_call") else reason, len(words)))
            if usage and (body_usage := (request["body"].get("stream_options") or {}).get("include_usage")):
                await event(json.dumps({"id": "theirs", "object": "chat.completion.chunk", "created": 1,
                                        "model": "theirs", "choices": [], "usage": usage}))
                del body_usage
            if mode != "no_done":
                await event("[DONE]")
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        except ConnectionError:
            if gone.done():
                self.left.append(request["number"])
            return False
        finally:
            gone.cancel()
        return False

    async def _step_or(self, gone):
        """Waits for the test, or for the client's leaving, which must not take a later stream's step."""
        step = asyncio.ensure_future(self._steps.acquire())
        await asyncio.wait({step, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not step.done():
            step.cancel()

    async def _until_left(self, request, reader):
        await reader.read(1)
        self.left.append(request["number"])


if __name__ == "__main__":
    upstream = Upstream(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(upstream.url, flush=True)
    threading.Event().wait()
