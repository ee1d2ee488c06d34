# SPDX-License-Identifier: Apache-2.0
"""A Kubernetes API server with its etcd, on the loopback and in a folder of its own: what accepts or refuses, without nodes."""
import contextlib
import json
import os
import secrets
import shutil
import signal
import ssl
import subprocess
import tempfile
import urllib.error
import urllib.request

import yaml

import tools
from instance import until
from ports import free_port

NEEDED = ("helm", "etcd", "kube-apiserver")
READY_S = 120


def missing():
    return [name for name in NEEDED if tools.find(name) is None]


class Cluster:
    """To be stopped by whoever started it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="bh-kube-")
        self.token = secrets.token_hex(16)
        self.children = []
        self.port = free_port()
        self.address = f"https://127.0.0.1:{self.port}"

    def path(self, name):
        return os.path.join(self.folder, name)

    def spawn(self, name, *words):
        with open(self.path(name + ".log"), "w", encoding="utf-8") as log:
            self.children.append(subprocess.Popen([tools.find(name), *words], stdin=subprocess.DEVNULL, stdout=log,
                                                  stderr=subprocess.STDOUT, cwd=self.folder))

    def start(self):
        store, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        with open(os.open(self.path("tokens"), os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(f"{self.token},tester,tester,system:masters\n")
        subprocess.run(["openssl", "genrsa", "-out", self.path("accounts.key"), "2048"], check=True, capture_output=True)
        self.spawn("etcd", "--data-dir", self.path("data"), "--listen-client-urls", store, "--advertise-client-urls", store,
                   "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
                   "--unsafe-no-fsync")
        self.spawn("kube-apiserver", "--etcd-servers", store, "--bind-address", "127.0.0.1", "--secure-port", str(self.port),
                   "--cert-dir", self.path("certificates"), "--token-auth-file", self.path("tokens"),
                   "--authorization-mode", "RBAC", "--endpoint-reconciler-type", "none", "--service-cluster-ip-range", "10.96.0.0/16",
                   "--service-account-issuer", "https://kubernetes.default.svc",
                   "--service-account-key-file", self.path("accounts.key"),
                   "--service-account-signing-key-file", self.path("accounts.key"))

        def is_ready():
            if any(child.poll() is not None for child in self.children):
                raise RuntimeError(f"the API server ended: {self.tail('kube-apiserver')}{self.tail('etcd')}")
            return self.status("/readyz") == 200
        until(is_ready, READY_S, "the API server ready", pause=0.2)

    def tail(self, name):
        with open(self.path(name + ".log"), encoding="utf-8") as file:
            return file.read()[-2000:]

    def stop(self):
        for child in reversed(self.children):
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, path, body=None):
        """Status, answer, and what the server warns of."""
        request = urllib.request.Request(self.address + path, method=method, data=None if body is None else json.dumps(body).encode(),
                                         headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        context = ssl.create_default_context()
        # Its certificate is of its own making, for this run; it is the loopback.
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with urllib.request.urlopen(request, timeout=60, context=context) as reply:
                return reply.status, json.loads(reply.read() or b"{}"), reply.headers.get_all("Warning") or []
        except urllib.error.HTTPError as error:
            text = error.read()
            with contextlib.suppress(ValueError):
                return error.code, json.loads(text), []
            return error.code, {"message": text.decode(errors="replace")}, []

    def status(self, path):
        try:
            with contextlib.suppress(ValueError):
                return self.call("GET", path)[0]
        except OSError:
            return None
        return 200

    def define(self, path):
        """A kind from elsewhere, by its definition."""
        with open(path, encoding="utf-8") as file:
            definition = yaml.safe_load(file)
        root = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        status, reply, _ = self.call("POST", root, definition)
        if status != 201:
            raise RuntimeError(reply)

        def is_served():
            found = self.call("GET", f"{root}/{definition['metadata']['name']}")[1]
            conditions = found.get("status", {}).get("conditions") or []
            return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)
        until(is_served, 30, f"{path} served", pause=0.1)
        spec = definition["spec"]
        version = next(each["name"] for each in spec["versions"] if each["served"] and each.get("storage"))
        until(lambda: self.status(f"/apis/{spec['group']}/{version}") == 200, 30, f"{spec['group']} discovered", pause=0.1)

    def names_of_kinds(self, group):
        """Kind to the name in paths, of a group and version, as the server tells them."""
        root = f"/api/{group}" if "/" not in group else f"/apis/{group}"
        return root, {each["kind"]: each["name"] for each in self.call("GET", root)[1]["resources"] if "/" not in each["name"]}

    def create(self, thing, namespace, really=False):
        """Creates it, or only says whether it could; whatever it does not know is refused."""
        root, names = self.names_of_kinds(thing["apiVersion"])
        query = "fieldValidation=Strict" + ("" if really else "&dryRun=All")
        return self.call("POST", f"{root}/namespaces/{namespace}/{names[thing['kind']]}?{query}", thing)
