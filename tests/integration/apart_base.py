# SPDX-License-Identifier: Apache-2.0
"""A platform whose processes run apart, as children of whoever uses it: without a supervisor, each by itself."""
import http.client
import os
import socket
import ssl
import subprocess

from base import until
from test_operator_database import Private

import services
from ports import free_port

SERVICES = services.names()


def make_authority(folder, name):
    """An authority that vouches for itself, and a certificate for this machine that it has signed."""
    path = os.path.join(folder, name)
    new = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    with open(path + ".ext", "w", encoding="utf-8") as file:
        file.write("basicConstraints=CA:FALSE\nsubjectAltName=DNS:localhost\n")
    for command in (
            [*new, "-x509", "-days", "2", "-subj", f"/CN={name}", "-keyout", path + ".ca.key", "-out", path + ".ca.pem"],
            [*new, "-subj", "/CN=localhost", "-keyout", path + ".key", "-out", path + ".csr"],
            ["openssl", "x509", "-req", "-days", "2", "-in", path + ".csr", "-CA", path + ".ca.pem", "-CAkey",
             path + ".ca.key", "-CAcreateserial", "-extfile", path + ".ext", "-out", path + ".pem"]):
        subprocess.run(command, check=True, capture_output=True)
    os.chmod(path + ".key", 0o600)
    return path


class Local(http.client.HTTPConnection):
    """A connection to a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=20)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Apart(Private):
    """Over "http" or "https", on a port for each process, or over Unix sockets ("unix"); the service rag runs twice unless
    told otherwise."""

    def __init__(self, scheme, twice=True, **settings):
        super().__init__(**settings)
        self.scheme = scheme
        self.second = ("rag2",) if twice else ()
        self.children = {}
        self.ports = {name: free_port() for name in (*SERVICES, "rag2", "gateway")}
        self.secrets = os.path.join(self.folder, "secrets")
        self.authority = make_authority(self.folder, "ours") if scheme == "https" else None

    def address_of(self, name):
        if self.scheme == "unix":
            return f"unix:{self.run_dir}/{name}/http.sock"
        return f"{self.scheme}://localhost:{self.ports[name]}"

    @property
    def environment(self):
        return super().environment | {"BULKHEAD_SECRETS_DIR": self.secrets}

    def write_settings(self):
        peers = {name: self.address_of(name) for name in SERVICES}
        peers["rag"] = " ".join(map(self.address_of, ("rag", *self.second)))
        peers["gateway"] = self.address_of("gateway")
        lines = ["[database]", f"url = postgresql://bulkhead_{{service}}@127.0.0.1:{self.port_of_server}/bulkhead",
                 "[object]", f"folder = {self.folder}/objects",
                 "[peer]", *(f"{name} = {address}" for name, address in peers.items()),
                 *([f"ca_file = {self.authority}.ca.pem"] if self.authority else []),
                 "[listen]", *(f"{name} = {self.address_of(name)}" for name in SERVICES),
                 f"gateway_private = {self.address_of('gateway')}"]
        if self.authority:
            lines += [f"cert_file = {self.authority}.pem", f"key_file = {self.authority}.key"]
        os.makedirs(self.home, exist_ok=True)
        os.makedirs(os.path.join(self.folder, "objects"), exist_ok=True)
        with open(os.path.join(self.home, "bulkhead.conf"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def log_of_child(self, name):
        with open(os.path.join(self.folder, name + ".out"), encoding="utf-8") as file:
            return file.read()

    def spawn(self, name, command, environment):
        with open(os.path.join(self.folder, name + ".out"), "w", encoding="utf-8") as out:
            self.children[name] = subprocess.Popen(command, env=environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                                                   stdout=out, stderr=subprocess.STDOUT)
        return self.children[name]

    def serve(self, name, service=None, **settings):
        """One service; a second one has a home of its own, as on another machine."""
        service = service or name
        environment = self.environment | {f"BULKHEAD_{key.upper()}": value for key, value in self.texts(settings)}
        if name != service:
            home = os.path.join(self.folder, name)
            os.makedirs(os.path.join(home, "logs"), exist_ok=True)
            os.makedirs(os.path.join(home, "run"), exist_ok=True)
            with open(os.path.join(self.home, "bulkhead.conf"), encoding="utf-8") as file:
                text = file.read()
            with open(os.path.join(home, "bulkhead.conf"), "w", encoding="utf-8") as file:
                file.write(text)
            environment |= {"BULKHEAD_HOME": home, f"BULKHEAD_LISTEN_{service.upper()}": self.address_of(name)}
        return self.spawn(name, [self.program, "serve", service], environment)

    def start_gateway(self, **settings):
        environment = self.environment | {f"BULKHEAD_{key.upper()}": value for key, value in self.texts(settings)}
        self.spawn("nginx", [self.program, "serve", "gateway"], environment)

    @staticmethod
    def texts(settings):
        return [(key, str(value)) for key, value in settings.items()]

    def start_apart(self):
        self.write_settings()
        for command in (("secrets", "create", self.secrets), ("migrate",)):
            done = self.run(*command, timeout=300)
            if done.returncode != 0:
                raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")
        os.makedirs(os.path.join(self.home, "logs"), exist_ok=True)
        for name in SERVICES:
            self.serve(name)
        for name in self.second:
            self.serve(name, "rag")
        self.start_gateway()
        for name in (*SERVICES, *self.second, "gateway"):
            until(lambda name=name: self.is_ready_at(name), 60, f"{name} ready", pause=0.1)

    def wait_ready(self, seconds=60):
        """Each was waited for."""

    def call_at(self, name, path, headers=(), method="GET"):
        """A request past the gateway: status and body."""
        if self.scheme == "unix":
            connection = Local(f"{self.run_dir}/{name}/http.sock")
        elif self.authority:
            context = ssl.create_default_context(cafile=self.authority + ".ca.pem")
            connection = http.client.HTTPSConnection("localhost", self.ports[name], timeout=20, context=context)
        else:
            connection = http.client.HTTPConnection("localhost", self.ports[name], timeout=20)
        try:
            connection.request(method, path, headers=dict(headers))
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def is_ready_at(self, name):
        child = self.children["nginx" if name == "gateway" else name]
        if child.poll() is not None:
            raise AssertionError(f"{name} ended with {child.returncode}: {self.log_of_child(name)[-3000:]}")
        try:
            return self.call_at(name, "/readyz")[0] == 200
        except OSError:
            return False

    def wire(self):
        with open(os.path.join(self.secrets, "gateway/wire"), encoding="utf-8") as file:
            return file.read().strip()

    def stop(self):
        try:
            for child in self.children.values():
                if child.poll() is None:
                    child.kill()
                child.wait()
        finally:
            super().stop()
