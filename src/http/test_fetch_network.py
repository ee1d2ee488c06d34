# SPDX-License-Identifier: Apache-2.0
"""Fetches in two networks of their own: one with the fetcher and a server of names, and one that is "the internet", in
which every address of the matrix, private ones included, has a listener that would answer.

    python3 test_fetch_network.py PATH-OF-TESTING_FETCH
"""
import http.server
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../tests/lib"))

from names import Names  # noqa: E402

SKIP = 77
PUBLIC, OTHER, PUBLIC6 = "93.184.216.34", "93.184.216.35", "2606:2800:220:1::34"
# Addresses of "the internet" that nobody may reach, beside names that lead to them.
CLOSED = {"10.0.0.5": "ten", "172.16.0.5": "seventeen", "192.168.7.5": "home", "100.64.0.5": "carrier",
          "169.254.169.254": "metadata", "192.0.0.9": "protocols", "192.0.2.5": "documentation", "198.18.0.5": "bench",
          "203.0.113.5": "documentation3", "fd00:ec2::254": "ula", "fec0::5": "site", "64:ff9b::a00:5": "nat64",
          "2002:a00:5::1": "sixtofour", "2001:db8::5": "documentation6", "2001::5": "teredo"}
NAMES = {
    "good.test": [[PUBLIC]], "six.test": [[PUBLIC6]], "both.test": [[PUBLIC, PUBLIC6]], "other.test": [[OTHER]],
    "mixed.test": [[PUBLIC, "10.0.0.5"]], "mixed6.test": [[PUBLIC, "fd00:ec2::254"]], "self.test": [["127.0.0.1"]],
    "mapped.test": [["::ffff:10.0.0.5"]], "own.test": [["93.184.216.1"]], "nothing.test": [[]], "zero.test": [["0.0.0.0"]],
    "many.test": [[f"93.184.216.{i}" for i in range(40, 60)]],
    # The second question about it is answered with an address of the inner network.
    "rebind.test": [[PUBLIC], ["10.0.0.5"]],
    **{f"{name}.test": [[address]] for address, name in CLOSED.items()},
    "wiki.corp.test": [["10.0.0.5"]],
}


# ---- the internet ----

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        length = int(self.headers.get("content-length", 0))
        seen = {"at": self.connection.getsockname()[0], "path": self.path, "method": self.command, "host": self.headers["host"],
                "body": self.rfile.read(length).decode(), "headers": {name.lower(): value for name, value in self.headers.items()}}
        with open(os.environ["SEEN"], "a", encoding="utf-8") as file:
            file.write(json.dumps(seen) + "\n")
        if self.path.startswith("/to/"):
            status, _, location = self.path[4:].partition("/")
            self.answer(int(status), location=location)
        elif self.path.startswith("/drip"):
            self.send_response(200)
            self.send_header("content-length", "1000")
            self.end_headers()
            for _ in range(1000):
                self.wfile.write(b"x")
                time.sleep(0.05)
        else:
            self.answer(200, f"{seen['at']} {self.path}".encode())

    do_POST = do_GET

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
    daemon_threads = True

    def handle_error(self, *_):
        """A client that leaves is what the tests are about."""

    def get_request(self):
        """Who connects is noted, even if it says nothing then."""
        found = super().get_request()
        with open(os.environ["SEEN"] + ".connections", "a", encoding="utf-8") as file:
            file.write(found[0].getsockname()[0] + "\n")
        return found

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


def internet(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    for port, tls in ((80, False), (443, True), (8443, True)):
        server = Server(("::", port), Handler)
        if tls:
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()


# ---- the tests ----

def command(*words):
    subprocess.run(words, check=True, capture_output=True)


class Network:
    def __init__(self, folder):
        self.folder = folder
        self.certificate, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
        self.seen_path = os.path.join(folder, "seen")
        alternatives = ",".join([f"DNS:{name}" for name in NAMES] + [f"IP:{PUBLIC}", f"IP:{PUBLIC6}"] +
                                [f"IP:{address}" for address in CLOSED])
        command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=good.test", "-addext", f"subjectAltName={alternatives}", "-keyout", key, "-out", self.certificate)
        command("ip", "link", "set", "lo", "up")
        self.other = subprocess.Popen(
            ["unshare", "--net", sys.executable, "-B", os.path.abspath(__file__), "--internet", self.certificate, key],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "SEEN": self.seen_path})
        self.other.stdout.readline()
        command("ip", "link", "add", "in0", "type", "veth", "peer", "name", "out0")
        command("ip", "link", "set", "out0", "netns", str(self.other.pid))
        for line in ("addr add 93.184.216.1/24 dev in0", "-6 addr add 2606:2800:220:1::1/64 dev in0 nodad", "link set in0 up",
                     f"route add default via {PUBLIC}", f"-6 route add default via {PUBLIC6}"):
            command("ip", *line.split())
        inside = [f"-6 addr add {PUBLIC6}/64 dev out0 nodad", f"addr add {PUBLIC}/24 dev out0", f"addr add {OTHER}/24 dev out0",
                  "link set lo up", "link set out0 up"]
        inside += [f"-6 addr add {each}/128 dev out0 nodad" if ":" in each else f"addr add {each}/32 dev out0" for each in CLOSED]
        for line in inside:
            command("nsenter", "--net", "--target", str(self.other.pid), "ip", *line.split())
        for path, content in (("/etc/resolv.conf", "nameserver 127.0.0.1\nsearch corp.test\noptions timeout:1 attempts:1\n"),
                              ("/etc/hosts", "127.0.0.1 localhost\n10.0.0.5 listed.test\n"),
                              ("/etc/nsswitch.conf", "hosts: files dns\n")):
            mine = os.path.join(folder, os.path.basename(path))
            with open(mine, "w", encoding="utf-8") as file:
                file.write(content)
            command("mount", "--bind", mine, path)
        self.names = Names(port=53, named=NAMES)

    def seen(self):
        if not os.path.exists(self.seen_path):
            return []
        with open(self.seen_path, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def forget(self):
        for path in (self.seen_path, self.seen_path + ".connections"):
            if os.path.exists(path):
                os.unlink(path)

    def close(self):
        self.other.stdin.close()
        self.other.wait(10)


class Fetching(unittest.TestCase):
    network: Network

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="bh-fetch-")
        cls.addClassCleanup(folder.cleanup)
        cls.network = Network(folder.name)
        cls.addClassCleanup(cls.network.close)

    def setUp(self):
        self.network.names.turns.clear()
        self.network.forget()

    def fetch(self, *words):
        done = subprocess.run([PROGRAM, f"ca={self.network.certificate}", *words], capture_output=True, text=True, check=True,
                              timeout=60)
        return done.stdout

    def good(self, *words):
        said = self.fetch(*words)
        self.assertTrue(said.startswith("200 "), said)
        return said

    def refused(self, *words, code="BH_E_URL_REFUSED", said="not public"):
        answer = self.fetch(*words)
        self.assertTrue(answer.startswith(code + " "), answer)
        self.assertIn(said, answer)

    def untouched(self):
        self.assertFalse(os.path.exists(self.network.seen_path + ".connections"))

    def test_the_listeners_would_answer(self):
        """So that what follows proves something: opened, the inner network is reached."""
        for address in ("10.0.0.5", "192.168.7.5", "[fd00:ec2::254]", "100.64.0.5"):
            self.good(f"open=https://{address}", f"https://{address}/")
        self.assertEqual(len(self.network.seen()), 4)
        self.good("private=1", "https://ten.test/")

    def test_public_addresses_are_fetched_by_name_and_address(self):
        for host in ("good.test", "six.test", "both.test", "GOOD.test.", PUBLIC, f"[{PUBLIC6}]"):
            with self.subTest(host=host):
                self.good(f"https://{host}/a?b=c")
        self.good("https://good.test:8443/")
        self.assertEqual(self.network.seen()[0]["host"], "good.test")
        self.assertEqual(self.network.seen()[-1]["host"], "good.test:8443")

    def test_names_and_addresses_of_inner_networks_are_refused(self):
        for address, name in CLOSED.items():
            host = f"[{address}]" if ":" in address else address
            for each in (host, f"{name}.test"):
                for scheme in ("https", "http"):
                    with self.subTest(host=each, scheme=scheme):
                        self.refused("plain=1", f"{scheme}://{each}/")
        self.untouched()

    def test_ipv4_in_every_form_that_the_library_takes(self):
        for host in ("167772165", "0x0a000005", "012.0.0.5", "0x0a.0.0.5", "10.5", "10.0.5", "01200000005", "2852039166",
                     "0xa9fea9fe", "0251.0376.0251.0376", "[::ffff:10.0.0.5]", "[::ffff:a00:5]", "[::10.0.0.5]"):
            with self.subTest(host=host):
                self.refused("plain=1", f"http://{host}/")
        self.untouched()

    def test_one_closed_answer_among_open_ones_refuses_the_name(self):
        for name in ("mixed.test", "mixed6.test", "self.test", "zero.test", "own.test"):
            with self.subTest(name=name):
                self.refused(f"https://{name}/")
        # glibc gives a mapped address as what it is.
        self.assertNotIn("200", self.fetch("https://mapped.test/").split()[0])
        self.untouched()

    def test_what_this_network_adds_to_names_is_not_asked(self):
        """The search domain would make wiki.corp.test of it, and the list of hosts has the other."""
        self.refused("https://wiki/")
        self.refused("https://listed.test/", code="BH_E_CONNECT", said="resolve")
        self.refused("https://nothing.test/", code="BH_E_CONNECT", said="resolve")
        self.untouched()
        self.good("open=https://wiki.corp.test", "https://wiki.corp.test/")

    def test_a_name_with_too_many_addresses_is_not_judged_by_half(self):
        self.refused("https://many.test/", code="BH_E_CONNECT", said="more than 16")

    def test_a_name_that_changes_its_answer_gains_nothing(self):
        said = self.good("https://rebind.test/x")
        self.assertIn(PUBLIC, said)
        self.assertEqual(self.network.names.turns["rebind.test", 1], 1)
        self.network.names.turns.clear()
        self.refused("https://rebind.test/to/302//again")
        self.assertEqual([(each["at"], each["path"]) for each in self.network.seen()],
                         [(f"::ffff:{PUBLIC}", "/x"), (f"::ffff:{PUBLIC}", "/to/302//again")])

    def test_redirects_are_judged_like_the_first_address(self):
        self.good("https://good.test/to/302/https://other.test/y")
        before = len(self.network.seen())
        for status in (301, 302, 303, 307, 308):
            for target in ("https://10.0.0.5/", "https://ten.test/", "https://metadata.test/latest", "//[fd00:ec2::254]/",
                           "https://2852039166/", "https://mixed.test/", "https://localhost/"):
                with self.subTest(status=status, target=target):
                    self.refused(f"https://good.test/to/{status}/{target}")
        self.refused("https://good.test/to/302/http://good.test/", said="from https to http")
        self.refused("https://good.test/to/302/http://good.test/", "plain=1", said="from https to http")
        self.refused("https://good.test/to/302/file:///etc/passwd", code="BH_E_INVALID", said="must begin with https")
        self.refused("https://good.test/to/302/https://u:p@good.test/", code="BH_E_INVALID", said="user or a password")
        self.assertTrue(all(each["path"].startswith("/to/") for each in self.network.seen()[before:]))
        self.assertEqual(self.good("https://good.test/to/302/https://good.test/to/302/https://good.test/z", "hops=2").split()[2],
                         "https://good.test/z")
        self.refused("https://good.test/to/302/https://good.test/to/302/https://good.test/z", "hops=1", said="too often")

    def test_another_origin_is_told_no_secret(self):
        self.good("header=authorization:Bearer x", "header=x-key:y", "header=accept:image/*",
                  "https://good.test/to/302/https://other.test/y")
        first, second = self.network.seen()
        self.assertEqual((first["headers"]["authorization"], first["headers"]["x-key"]), ("Bearer x", "y"))
        self.assertEqual(second["headers"]["accept"], "image/*")
        self.assertFalse({"authorization", "x-key", "cookie"} & set(second["headers"]))
        self.refused("method=POST", "body=secret", "https://good.test/to/307/https://other.test/y", said="a body to another host")

    def test_a_certificate_of_another_name_is_refused(self):
        self.network.names.named["stranger.test"] = [[PUBLIC]]
        self.refused("https://stranger.test/", code="BH_E_CONNECT", said="stranger.test")
        self.assertEqual(self.network.seen(), [])

    def test_dripping_ends_with_the_total_time(self):
        began = time.monotonic()
        self.refused("total=1500", "https://good.test/drip", code="BH_E_UPSTREAM_TIMEOUT", said="good.test")
        self.assertLess(time.monotonic() - began, 20)

    def test_a_server_of_names_that_is_silent_ends_with_the_total_time(self):
        command("ip", "addr", "add", "127.0.0.9/8", "dev", "lo")
        path = os.path.join(self.network.folder, "resolv.conf")
        with open(path, encoding="utf-8") as file:
            before = file.read()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.9", 53))
            try:
                with open(path, "w", encoding="utf-8") as file:
                    file.write("nameserver 127.0.0.9\noptions timeout:5 attempts:2\n")
                began = time.monotonic()
                self.refused("total=800", "https://good.test/", code="BH_E_UPSTREAM_TIMEOUT", said="not resolved in time")
                self.assertLess(time.monotonic() - began, 8)
            finally:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(before)


def isolated():
    """This process again, where it may have networks and mounts of its own; else it is skipped."""
    own = ["unshare", "--mount", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount", "--net"]
    probe = subprocess.run([*own, "ip", "link", "add", "a0", "type", "veth", "peer", "name", "b0"], capture_output=True,
                           check=False) if all(os.path.exists(f"/usr/bin/{each}") for each in ("unshare", "nsenter")) else None
    if probe is None or probe.returncode != 0:
        print("networks of its own are not allowed here")
        sys.exit(SKIP)
    os.environ["FETCH_INSIDE"] = "1"
    os.execvp(own[0], [*own, sys.executable, "-B", *sys.argv])


if __name__ == "__main__":
    if sys.argv[1] == "--internet":
        internet(*sys.argv[2:])
    elif "FETCH_INSIDE" not in os.environ:
        isolated()
    else:
        PROGRAM = sys.argv[1]
        unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
