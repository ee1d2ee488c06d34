# SPDX-License-Identifier: Apache-2.0
"""The public address with TLS: HTTP/2, the certificate's renewal, plain HTTP beside it, and the command line."""
import json
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile

from base import Instance, PlatformTest, main, until
from ports import free_port
from tls_front import make_certificate


def chat(delay):
    """The body of a streamed chat, `delay` seconds between its pieces."""
    script = json.dumps({"mode": "slow", "delay": delay})
    return json.dumps({"model": "default", "stream": True, "messages": [{"role": "user", "content": f"Say. #mock {script}"}]})


class Http2:
    """One connection, as much of RFC 9113 as these tests speak: names and values are sent as they are (RFC 7541, 6.2.2), and
    of an answer's head only the status is read, which stands first."""

    HEADERS, RST_STREAM, SETTINGS, PING, DATA = 1, 3, 4, 6, 0
    STATUS = {0x88: 200, 0x89: 204, 0x8b: 304, 0x8c: 400, 0x8d: 404, 0x8e: 500}

    def __init__(self, link, key):
        self.link, self.key, self.next, self.got = link, key, 1, {}
        link.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        # A window that no answer here fills.
        self.send(self.SETTINGS, 0, 0, struct.pack("!HI", 4, 2**31 - 1))
        self.send(8, 0, 0, struct.pack("!I", 2**30))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.link.close()

    def send(self, kind, flags, stream, payload):
        self.link.sendall(struct.pack("!I", len(payload))[1:] + bytes((kind, flags)) + struct.pack("!I", stream) + payload)

    def begin(self, method, path, body=""):
        fields = [(":method", method), (":scheme", "https"), (":path", path), (":authority", "x"), ("authorization", f"Bearer {self.key}")]
        if body:
            fields += [("content-type", "application/json"), ("content-length", str(len(body)))]
        stream, self.next = self.next, self.next + 2
        self.got[stream] = [None, b"", False]
        self.send(self.HEADERS, 0x4 | (0 if body else 0x1), stream,
                  b"".join(b"\0" + self.text(name) + self.text(value) for name, value in fields))
        if body:
            self.send(self.DATA, 0x1, stream, body.encode())
        return stream

    @staticmethod
    def text(value):
        """A length of seven bits and more, then the bytes."""
        size, head = len(value), b""
        if size < 127:
            return bytes((size,)) + value.encode()
        size, head = size - 127, b"\x7f"
        while size >= 128:
            size, head = size >> 7, head + bytes((size & 127 | 128,))
        return head + bytes((size,)) + value.encode()

    def reset(self, stream):
        self.send(self.RST_STREAM, 0, stream, struct.pack("!I", 8))

    def exactly(self, size):
        data = b""
        while len(data) < size:
            more = self.link.recv(size - len(data))
            if not more:
                raise EOFError("the connection was closed")
            data += more
        return data

    def step(self):
        head = self.exactly(9)
        size, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
        stream, payload = int.from_bytes(head[5:], "big"), self.exactly(size)
        if kind == self.SETTINGS and not flags & 1:
            self.send(self.SETTINGS, 1, 0, b"")
        elif kind == self.PING and not flags & 1:
            self.send(self.PING, 1, 0, payload)
        elif kind == 7:
            raise EOFError(f"GOAWAY: {payload!r}")
        elif stream in self.got:
            if kind == self.HEADERS and self.got[stream][0] is None:
                self.got[stream][0] = self.STATUS.get(payload[0], payload[:8])
            if kind == self.DATA:
                self.got[stream][1] += payload
            if kind == self.RST_STREAM or (kind in (self.HEADERS, self.DATA) and flags & 1):
                self.got[stream][2] = True

    def some(self, stream):
        while not self.got[stream][1]:
            self.step()

    def finish(self, stream):
        """Status and body."""
        while not self.got[stream][2]:
            self.step()
        return self.got[stream][:2]


class TlsTest(PlatformTest):

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="bh-tls-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        cls.certificate, cls.key = make_certificate(cls.folder, "site", "127.0.0.1")
        cls.acme = os.path.join(cls.folder, "acme")
        os.mkdir(cls.acme)
        for name in (cls.folder, cls.acme):
            os.chmod(name, 0o755)
        with open(os.path.join(cls.acme, "token-1"), "w", encoding="ascii") as file:
            file.write("token-1.thumbprint")
        cls.plain = free_port()
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false", gateway_cert_file=cls.certificate,
                          gateway_key_file=cls.key, gateway_redirect_listen=f"127.0.0.1:{cls.plain}", gateway_acme_dir=cls.acme,
                          gateway_connections_per_address="40")
        cls.bh.settings["gateway_public_url"] = f"https://127.0.0.1:{cls.bh.port}"
        cls.addClassCleanup(cls.bh.stop)
        cls.started = cls.bh.start()
        cls.tenant = cls.bh.tenant()

    # -- helpers

    def curl(self, *words, path="/v1/models", check=True, version="--http2"):
        done = subprocess.run(["curl", "-sS", "--cacert", self.certificate, version, "-H", f"Authorization: Bearer {self.tenant.key}",
                               *words, f"https://127.0.0.1:{self.bh.port}{path}"], capture_output=True, text=True, timeout=60, check=False)
        if check:
            self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def stream(self, delay):
        """A streamed chat under way, `delay` seconds between its pieces."""
        return subprocess.Popen(["curl", "-sSN", "--http2", "--cacert", self.certificate, "-H", f"Authorization: Bearer {self.tenant.key}",
                                 "-H", "Content-Type: application/json", "-d", chat(delay),
                                 f"https://127.0.0.1:{self.bh.port}/v1/chat/completions"], stdout=subprocess.PIPE, text=True)

    def connect(self, http2=True):
        """A TLS connection of its own; the certificate is looked at, not believed."""
        context = ssl.create_default_context()
        context.set_alpn_protocols(["h2", "http/1.1"] if http2 else ["http/1.1"])
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.bh.port), timeout=20))

    def served(self):
        with self.connect() as link:
            return link.getpeercert(binary_form=True)

    @staticmethod
    def der(path):
        with open(path, encoding="ascii") as file:
            return ssl.PEM_cert_to_DER_cert(file.read())

    @staticmethod
    def put(source, target):
        """As a client of an authority does: beside it, then under its name."""
        shutil.copyfile(source, target + ".new")
        os.rename(target + ".new", target)


class Tls(TlsTest):

    def test_both_versions_of_http_are_spoken(self):
        for version, number in (("--http2", "2"), ("--http1.1", "1.1")):
            said = self.curl("-D", "-", "-o", "/dev/null", "-w", "%{http_version} %{http_code}", version=version)
            self.assertTrue(said.endswith(f"{number} 200"), said)
            self.assertIn("strict-transport-security: max-age=31536000", said.lower())

    def test_old_versions_of_tls_are_refused(self):
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.bh.port}", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
        self.assertIn("no peer certificate available", done.stdout)
        self.assertEqual(self.curl("--tls-max", "1.2", "-o", "/dev/null", "-w", "%{http_code}"), "200")

    def test_many_requests_share_one_connection(self):
        """Three times as many as it may have at once."""
        with Http2(self.connect(), self.tenant.key) as link:
            for _ in range(3):
                streams = [link.begin("GET", "/v1/models") for _ in range(60)]
                self.assertEqual([link.finish(each)[0] for each in streams], [200] * 60)

    def test_of_two_streams_one_is_left_and_the_other_goes_on(self):
        with Http2(self.connect(), self.tenant.key) as link:
            left, kept = (link.begin("POST", "/v1/chat/completions", chat(0.5)) for _ in range(2))
            link.some(left)
            link.reset(left)
            status, body = link.finish(kept)
            self.assertEqual(status, 200)
            self.assertIn(b"data: [DONE]", body)
            self.assertEqual(link.finish(link.begin("GET", "/v1/models"))[0], 200)

    def test_an_answer_is_streamed_as_it_comes(self):
        with self.stream(0.3) as client:
            first = client.stdout.readline()
            self.assertIsNone(client.poll(), "the first line came when the answer was over")
            rest = client.stdout.read()
        self.assertRegex(first, r"^data: ")
        self.assertIn("data: [DONE]", rest)

    def test_a_client_that_leaves_a_stream_ends_its_call(self):
        with self.stream(1) as client:
            client.stdout.readline()
            client.send_signal(signal.SIGINT)
        until(lambda: self.bh.psql(f"SELECT count(*) FROM bulkhead.meter_reservation WHERE tenant_id = '{self.tenant.id}'") == [["0"]],
              10, "the call's end")

    def test_the_cookie_is_for_tls_alone(self):
        email = "tls@people.example"
        self.bh.cli("user", "create", email, "--tenant", self.tenant.id, "--password-stdin", stdin="correct horse battery staple\n")
        said = self.curl("-D", "-", "-H", "Authorization:", "-H", "Content-Type: application/json", "-H", "Sec-Fetch-Site: same-origin",
                         "-H", "X-Bulkhead-Console: 1", "-d", json.dumps({"email": email, "password": "correct horse battery staple"}),
                         path="/api/auth/session")
        self.assertRegex(said, r"(?im)^set-cookie: __Host-bulkhead=bh_ct_\w+; .*Secure")

    def test_the_command_line_needs_no_name_in_the_certificate(self):
        self.assertEqual(self.bh.status()["url"], self.bh.settings["gateway_public_url"])
        store = json.loads(self.curl("-H", "Content-Type: application/json", "-d", '{"name": "empty"}', path="/v1/vector_stores"))["id"]
        out = os.path.join(self.folder, "store.tar")
        done = self.bh.run("store", "export", store, "--tenant", self.tenant.id, "--out", out)
        self.assertEqual((done.returncode, os.path.exists(out)), (0, True), done.stderr)

    def test_plain_http_leads_to_tls_and_shows_the_authority_its_file(self):
        def get(path):
            done = subprocess.run(["curl", "-sS", "-D", "-", f"http://127.0.0.1:{self.plain}{path}"], capture_output=True, text=True,
                                  timeout=30, check=True)
            return done.stdout
        said = get("/v1/models?limit=1")
        self.assertIn(" 308 ", said)
        self.assertRegex(said, rf"(?im)^location: https://127.0.0.1:{self.bh.port}/v1/models\?limit=1\s*$")
        self.assertTrue(get("/.well-known/acme-challenge/token-1").endswith("\ntoken-1.thumbprint"))
        self.assertIn(" 404 ", get("/.well-known/acme-challenge/token-2"))
        os.symlink(self.key, os.path.join(self.acme, "link"))
        self.assertIn(" 403 ", get("/.well-known/acme-challenge/link"))

    def test_an_address_with_too_many_connections_is_turned_away_without_a_word(self):
        links = []
        try:
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                for _ in range(60):
                    links.append(self.connect())
            self.assertGreater(len(links), 20)
        finally:
            for link in links:
                link.close()
        until(lambda: self.curl("-o", "/dev/null", "-w", "%{http_code}", check=False) == "200", 10, "room again")


class Renewal(TlsTest):
    """One after the other: each puts other files there."""

    def test_1_a_renewed_certificate_is_served_while_a_stream_goes_on(self):
        with self.stream(2) as client:
            client.stdout.readline()
            certificate, key = make_certificate(self.folder, "renewed", "127.0.0.1")
            self.put(key, self.key)
            self.put(certificate, self.certificate)
            until(lambda: self.served() == self.der(certificate), 40, "the new certificate")
            rest = client.stdout.read()
        self.assertEqual(client.returncode, 0)
        self.assertIn("data: [DONE]", rest)

    def test_2_half_a_renewal_changes_nothing(self):
        before = self.served()
        certificate, key = make_certificate(self.folder, "half", "127.0.0.1")
        self.put(certificate, self.certificate)
        until(lambda: "is not the key of the first certificate" in self.bh.log_tail("supervisor"), 40, "the refusal in the log")
        self.assertEqual(self.served(), before)
        self.assertEqual(self.bh.run("restart", "gateway", "--reload").returncode, 1)
        self.put(key, self.key)
        until(lambda: self.served() == self.der(certificate), 40, "the new certificate")

    def test_3_an_expired_one_is_served_and_logged(self):
        made, key = make_certificate(self.folder, "old", "127.0.0.1")
        certificate = os.path.join(self.folder, "expired.pem")
        with open(certificate, "w", encoding="ascii") as file:
            subprocess.run(["openssl", "x509", "-in", made, "-signkey", key, "-days", "0"], check=True, stdout=file)
        self.put(key, self.key)
        self.put(certificate, self.certificate)
        until(lambda: self.served() == self.der(certificate), 40, "the old certificate")
        self.assertIn("has expired: clients refuse the connection", self.bh.log_tail("supervisor"))


class Refused(PlatformTest):
    """What cannot work is said before anything is started."""

    def test_settings_that_contradict_each_other(self):
        for settings, said in (({"cert_file": "/a.pem"}, "set together or not at all"),
                               ({"redirect_listen": "127.0.0.1:1"}, "needs gateway.public_url"),
                               ({"redirect_listen": "127.0.0.1:1", "public_url": "https://a.example"}, "without TLS there is nothing"),
                               ({"cert_file": "/a.pem", "key_file": "/a.key", "public_url": "http://a.example"}, "must begin with https://"),
                               ({"acme_dir": "/acme"}, "needs gateway.redirect_listen")):
            environment = self.bh.environment | {f"BULKHEAD_GATEWAY_{name.upper()}": value for name, value in settings.items()}
            done = self.bh.run("up", "--detach", environment=environment)
            with self.subTest(said=said):
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(said, done.stderr)


if __name__ == "__main__":
    main()
