# SPDX-License-Identifier: Apache-2.0
"""What goes over the wire: plain HTTP that may be malformed, the official client recorded, event streams."""
import http.client
import json
import re
import socket

import openai_spec

TIMEOUT_S = 120
ERROR_KEYS = {"message", "type", "param", "code"}


class Reply:
    """One HTTP answer."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    @property
    def request_id(self):
        return self.headers.get("x-request-id")

    @property
    def error(self):
        """The error object, held against its shape."""
        error = self.json()["error"]
        assert ERROR_KEYS <= set(error), f"an error needs {ERROR_KEYS}: {error}"
        assert isinstance(error["message"], str) and error["message"], error
        return error

    def events(self):
        return sse(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:500]!r}>"


class Http:
    """Requests with one credential; each on a connection of its own, from another loopback address if wanted."""

    def __init__(self, address, key=None, source=None):
        self.address = address
        self.key = key
        self.source = source and (source, 0)

    def call(self, method, path, body=None, headers=(), timeout=TIMEOUT_S, content_type="application/json"):
        connection, answer = self.open(method, path, body, headers, timeout, content_type)
        try:
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def begin(self, method, path, body):
        """The connection of a request whose answer nobody waits for yet."""
        data = json.dumps(body).encode()
        link = socket.create_connection(self.address, timeout=TIMEOUT_S)
        link.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.key}\r\n"
                     f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
        return link

    def open(self, method, path, body=None, headers=(), timeout=TIMEOUT_S, content_type="application/json"):
        """The connection and the answer whose body is still to be read."""
        connection = http.client.HTTPConnection(*self.address, timeout=timeout, source_address=self.source)
        fields = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None and content_type:
            fields["Content-Type"] = content_type
        connection.request(method, path, body, fields | dict(headers))
        return connection, connection.getresponse()

    def raw(self, request, timeout=30):
        """Sends bytes as they are; everything that comes back until the server closes."""
        with socket.create_connection(self.address, timeout=timeout) as link:
            link.sendall(request)
            answer = b""
            while part := link.recv(65536):
                answer += part
            return answer

    def upload(self, name, content, purpose="assistants", content_type="text/plain", headers=(), chunked=False):
        body, kind = multipart([("purpose", None, None, purpose.encode()),
                                ("file", name, content_type, content)])
        headers = dict(headers)
        if chunked:
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
            headers["Transfer-Encoding"] = "chunked"
        return self.call("POST", "/v1/files", body, headers, content_type=kind)

    def stream(self, path, body):
        """The events of a POST that is answered by a stream, as (event name, data) one by one."""
        connection, answer = self.open("POST", path, body)
        return connection, answer, live_events(answer)


def multipart(parts, boundary="----tests-boundary"):
    """A form of (name, filename or None, type or None, bytes) and its content type."""
    out = b""
    for name, filename, kind, content in parts:
        out += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'.encode()
        if filename is not None:
            out += b'; filename="' + filename.encode() + b'"'
        if kind is not None:
            out += f"\r\nContent-Type: {kind}".encode()
        out += b"\r\n\r\n" + content + b"\r\n"
    return out + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def sse(body):
    """(event name or None, data) of a finished stream, refusing what official clients stumble over."""
    text = body.decode("utf-8")
    assert text.endswith("\n\n"), f"the stream breaks off: …{text[-200:]!r}"
    found = []
    for block in text.split("\n\n")[:-1]:
        event = _block(block)
        if event is not None:
            found.append(event)
    return found


def _block(block):
    name, data = None, []
    for line in block.split("\n"):
        if line.startswith(":") or not line:
            continue
        field, _, value = line.partition(":")
        assert field in ("event", "data"), f"a field that breaks clients: {line!r}"
        if field == "event":
            name = value.strip()
        else:
            data.append(value.removeprefix(" "))
    if name is None and not data:
        return None
    assert data, f"an event without data: {block!r}"
    return name, "\n".join(data)


def live_events(answer):
    """The same while it comes; reads as little ahead as it can."""
    buffer = b""
    while True:
        while b"\n\n" not in buffer:
            try:
                part = answer.read1(65536)
            except http.client.HTTPException as error:
                raise ConnectionError("the stream breaks off") from error
            if not part:
                assert not buffer.strip(), f"the stream breaks off: {buffer[-200:]!r}"
                return
            buffer += part
        block, _, buffer = buffer.partition(b"\n\n")
        event = _block(block.decode("utf-8"))
        if event is not None:
            yield event


def response_events(pairs, first=0):
    """The events of a Response's stream as objects: names, numbering and shapes checked."""
    found = []
    for number, (name, data) in enumerate(pairs, first):
        event = json.loads(data)
        assert name == event["type"], f"event: {name}, but type: {event['type']}"
        assert event["sequence_number"] == number, \
            f"{event['type']} has number {event['sequence_number']}, expected {number}"
        openai_spec.check_event(event)
        found.append(event)
    return found


def chat_chunks(pairs):
    """The chunks of a chat stream: shapes checked, the end marked."""
    assert pairs and pairs[-1][1] == "[DONE]", f"no [DONE] at the end: {pairs[-1:]}"
    chunks = []
    for name, data in pairs[:-1]:
        assert name is None, f"a chat chunk has no event name: {name}"
        chunk = json.loads(data)
        openai_spec.check("CreateChatCompletionStreamResponse", chunk)
        chunks.append(chunk)
    return chunks


# -- the official client, recorded ------------------------------------------------------------


class Exchange:
    """One request of the client and what it got."""

    def __init__(self, method, path, sent):
        self.method = method
        self.path = path
        self.sent = sent
        self.status = None
        self.headers = {}
        self.body = b""

    @property
    def request_id(self):
        return self.headers.get("x-request-id")

    def validate(self):
        """Body or every event against OpenAI's description."""
        assert self.request_id and re.fullmatch(r"[0-9a-f]{32}", self.request_id), self.request_id
        kind = self.headers.get("content-type", "")
        if kind.startswith("text/event-stream"):
            pairs = sse(self.body)
            if self.path.endswith("/chat/completions"):
                chat_chunks(pairs)
            else:
                response_events(pairs, json.loads(pairs[0][1])["sequence_number"])
        elif kind.startswith("application/json"):
            path = template(self.path)
            if path is None or (path.endswith("/embeddings") and b'"base64"' in self.sent):
                return
            openai_spec.check_answer(self.method, path, self.status, json.loads(self.body))


def template(path):
    """The path's template in OpenAI's description, or None."""
    if not openai_spec.available():
        return None
    path = path.partition("?")[0].removeprefix("/v1")
    fitting = [each for each in openai_spec.document()["paths"]
               if re.fullmatch(re.sub(r"\{[^/]+\}", "[^/]+", each), path)]
    return min(fitting, key=lambda each: each.count("{")) if fitting else None


def client(base_url, key, **options):
    """OpenAI(…) with strict validation; `.exchanges` holds what went over the wire."""
    import httpx2
    import openai

    class Tee(httpx2.SyncByteStream):
        def __init__(self, stream, exchange):
            self.stream = stream
            self.exchange = exchange

        def __iter__(self):
            for part in self.stream:
                self.exchange.body += part
                yield part

        def close(self):
            self.stream.close()

    class Recorder(httpx2.HTTPTransport):
        def __init__(self):
            super().__init__()
            self.exchanges = []

        def handle_request(self, request):
            try:
                sent = request.content
            except httpx2.RequestNotRead:
                sent = b""
            exchange = Exchange(request.method, request.url.raw_path.decode(), sent)
            answer = super().handle_request(request)
            exchange.status = answer.status_code
            exchange.headers = {name.lower(): value for name, value in answer.headers.items()}
            self.exchanges.append(exchange)
            return httpx2.Response(answer.status_code, headers=answer.headers,
                                   stream=Tee(answer.stream, exchange), extensions=answer.extensions)

    recorder = Recorder()
    # Strict validation takes the client's own default for embeddings, base64, for an error.
    strict = options.pop("strict", True)
    options.setdefault("max_retries", 0)
    options.setdefault("timeout", TIMEOUT_S)
    made = openai.OpenAI(base_url=base_url, api_key=key, _strict_response_validation=strict,
                         http_client=httpx2.Client(transport=recorder), **options)
    made.exchanges = recorder.exchanges
    return made


def validate(made):
    """Every exchange of a recorded client against the description."""
    for exchange in made.exchanges:
        try:
            exchange.validate()
        except AssertionError as error:
            raise AssertionError(f"{exchange.method} {exchange.path} → {exchange.status}: {error}") from error
