# SPDX-License-Identifier: Apache-2.0
"""A token is with the client before the next one is produced: paced streams through chat and Responses.

The mock makes a token every 100 ms and notes when; the client, in the same process and on the same
clock, notes when the text has grown by it. The baseline is the same stream taken from the mock directly.
"""
import json
import statistics
import threading
import time

from instance import MOCK_CHAT
from table import Row
from wire import Http

DELAY_S = 0.1


def chat_text(event):
    if event == "[DONE]":
        return ""
    choices = json.loads(event)["choices"]
    return (choices[0]["delta"].get("content") or "") if choices else ""


def response_text(event):
    found = json.loads(event)
    return found["delta"] if found["type"] == "response.output_text.delta" else ""


class Stream(threading.Thread):
    """One client; `arrived[i]` is when token i was complete."""

    def __init__(self, address, key, path, words, text_of):
        super().__init__()
        self.http, self.path, self.words, self.text_of = Http(address, key), path, words, text_of
        self.arrived, self.error = {}, None

    def body(self):
        script = {"mode": "slow", "delay": DELAY_S, "text": " ".join(self.words), "prompt_tokens": 5}
        content = "Count. #mock " + json.dumps(script)
        if self.path.endswith("/responses"):
            return {"model": MOCK_CHAT, "input": content, "stream": True}
        return {"model": MOCK_CHAT, "messages": [{"role": "user", "content": content}], "stream": True}

    def run(self):
        try:
            self.read()
        except Exception as error:  # told by the thread that waits
            self.error = error

    def read(self):
        connection, answer, events = self.http.stream(self.path, self.body())
        if answer.status != 200:
            raise RuntimeError(f"{self.path}: {answer.status} {answer.read()[:500]}")
        text = ""
        for _, data in events:
            text += self.text_of(data)
            now = time.monotonic()
            for index in range(len(self.arrived), len(text.split())):
                self.arrived[index] = now
        connection.close()
        if text.split() != self.words:
            raise RuntimeError(f"{self.path}: the text came out otherwise: {text[:200]!r}")


def produced(mock, first):
    """When the mock made each token of the stream whose first word this is."""
    for request in list(mock.log):
        if request["body"] and f'"{first} ' in json.dumps(request["body"]).replace('\\"', '"'):
            times = {index: at for number, index, at in list(mock.sent) if number == request["number"]}
            if times:
                return times
    raise RuntimeError(f"the mock saw no stream that begins with {first}")


def judge(mock, stream):
    """(violations, lags in ms): token i late means it came when token i + 1 was made already."""
    made = produced(mock, stream.words[0])
    count = len(stream.words)
    late = sum(1 for i in range(count - 1) if stream.arrived[i] >= made[i + 1])
    return late, [(stream.arrived[i] - made[i]) * 1000 for i in range(count)]


def run(bench):
    count = bench.pick(120, 30)
    instance = bench.instance
    tenant = instance.tenant("bench-pace", mock=True)
    mock = instance.mock
    sides = [("directly", ("127.0.0.1", int(mock.url.rsplit(":", 1)[1])), None, "/v1/chat/completions", chat_text),
             ("/v1/chat/completions", instance.address, tenant.key, "/v1/chat/completions", chat_text),
             ("/v1/responses", instance.address, tenant.key, "/v1/responses", response_text)]
    streams = {}
    for number, (name, address, key, path, text_of) in enumerate(sides):
        words = [f"{'abc'[number]}{index}" for index in range(count)]
        streams[name] = Stream(address, key, path, words, text_of)
        streams[name].start()
    for stream in streams.values():
        stream.join()
        if stream.error:
            raise stream.error
    _, direct = judge(mock, streams.pop("directly"))
    base = statistics.median(direct)
    for name, stream in streams.items():
        late, lags = judge(mock, stream)
        lag = statistics.median(lags)
        yield Row(f"paced stream, {name}", f"{late} of {count} tokens late", f"{base:.2f} ms lag directly",
                  f"+{lag - base:.2f} ms", "0 late", late == 0,
                  f"median lag {lag:.2f} ms, longest {max(lags):.1f} ms at {DELAY_S * 1000:.0f} ms a token")
