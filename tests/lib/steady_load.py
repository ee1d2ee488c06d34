# SPDX-License-Identifier: Apache-2.0
"""Chat calls at a steady rate over connections that are kept, plain and streaming by turns: whatever is not a whole
answer is a failure, a connection that ends under a request as well. Clients that try again would hide it."""
import http.client
import json
import threading
import time


class Load:
    """Between entering and leaving, `rate` calls a second are begun, as far as `threads` connections carry them.
    Every `slow_each`-th stream takes seconds."""

    def __init__(self, address, key, model, rate=60, threads=12, slow_each=0):
        self.address, self.key, self.model = address, key, model
        self.rate, self.threads, self.slow_each = rate, threads, slow_each
        self.done, self.failed, self.slow, self.latest = 0, [], 0, 0.0
        self._lock, self._stop, self.begin = threading.Lock(), threading.Event(), 0.0
        self._list = []

    def __enter__(self):
        self.begin = time.monotonic()
        self._list = [threading.Thread(target=self._run, args=(number,)) for number in range(self.threads)]
        for thread in self._list:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._list:
            thread.join()

    def per_second(self):
        return self.done / (time.monotonic() - self.begin)

    def _body(self, streams, slow):
        script = ' #mock {"mode": "slow", "delay": 0.2, "text": "one two three four five six seven eight nine ten eleven twelve"}' if slow else ""
        return json.dumps({"model": self.model, "stream": streams,
                           "messages": [{"role": "user", "content": "Say something." + script}]})

    def _call(self, connection, streams, slow):
        """None, or what was wrong with the answer."""
        connection.request("POST", "/v1/chat/completions", self._body(streams, slow),
                           {"Authorization": "Bearer " + self.key, "Content-Type": "application/json"})
        reply = connection.getresponse()
        body = reply.read()
        if reply.status != 200:
            return f"status {reply.status}: {body[:300]!r}"
        if streams and not body.rstrip().endswith(b"data: [DONE]"):
            return f"a stream was cut: …{body[-200:]!r}"
        return None if streams or b'"choices"' in body else f"not a completion: {body[:200]!r}"

    def _run(self, number):
        connection = http.client.HTTPConnection(*self.address, timeout=60)
        count = 0
        while not self._stop.is_set():
            due = self.begin + (count * self.threads + number) / self.rate
            self._stop.wait(max(0.0, due - time.monotonic()))
            if self._stop.is_set():
                break
            streams = (count + number) % 2 == 1
            slow = streams and self.slow_each > 0 and count % self.slow_each == 0
            begin = time.monotonic()
            try:
                wrong = self._call(connection, streams, slow)
            except (OSError, http.client.HTTPException) as error:
                wrong = f"{type(error).__name__}: {error}"
                connection.close()
            took = time.monotonic() - begin
            with self._lock:
                self.done += wrong is None
                self.slow += slow
                self.latest = self.latest if slow else max(self.latest, took)
                if wrong is not None:
                    self.failed.append((round(begin - self.begin, 2), "stream" if streams else "plain", wrong))
            count += 1
        connection.close()
