# SPDX-License-Identifier: Apache-2.0
"""The platform that the bad days come over: every process by itself, two machines' worth of them, two database servers, an S3
store and Valkey; whatever asks another does so through a link of its own that can be disturbed."""
import collections
import http.client
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), name) for name in ("integration", "lib")]

import object_stores  # noqa: E402
import s3_front  # noqa: E402
from apart_base import SERVICES, Apart  # noqa: E402
from base import until  # noqa: E402
from disk import Disk  # noqa: E402
from ports import free_port  # noqa: E402
from plan import FIRST, MEMBERS, SECOND  # noqa: E402
from test_failover import Pair  # noqa: E402

VALKEY = next(filter(None, map(shutil.which, ("valkey-server", "redis-server"))), None)
DISK_MIB = 96
SERVICE_OF = {name: name.rstrip("2") for name in MEMBERS}


class Proxy:
    """The links' process, and their names: `caller>callee`."""

    def __init__(self):
        self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "proxy.py")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.lock = threading.Lock()
        self.ports = {}

    def ask(self, **command):
        with self.lock:
            print(json.dumps(command), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        return json.loads(line)

    def port(self, name, behind):
        if name not in self.ports:
            self.ports[name] = self.ask(add=name, port=behind)["port"]
        return self.ports[name]

    def named(self, pattern):
        caller, _, callee = pattern.partition(">")
        return [name for name in self.ports if (caller in ("*", name.partition(">")[0]))
                and (callee in ("*", name.partition(">")[2].partition(":")[0]))]

    def set(self, pattern, mode, ms=0):
        self.ask(set=self.named(pattern), mode=mode, ms=ms)

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class Valkey:
    """One server on a port of its own, without persistence, as docs/replicas.md wants it."""

    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None
        os.makedirs(folder, exist_ok=True)

    def start(self):
        if self.process is not None:
            return
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(
                [VALKEY, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", self.folder],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(lambda: self.say("PING"), 20, "Valkey ready", pause=0.05)

    def say(self, *words):
        """The answer's first line and what follows; None where nobody answers."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as link, link.makefile("rb") as file:
                link.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(each), each.encode()) for each in words))
                return self.read(file)
        except OSError:
            return None

    def read(self, file):
        line = file.readline().rstrip(b"\r\n").decode()
        kind, rest = line[:1], line[1:]
        if kind == "*":
            return [self.read(file) for _ in range(int(rest))]
        if kind == "$":
            return file.read(int(rest) + 2)[:-2].decode() if int(rest) >= 0 else None
        return int(rest) if kind == ":" else rest

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


class Ground(Apart, Pair):
    """Started by begin(), ended by stop()."""

    def __init__(self):
        super().__init__("http", twice=False)
        self.ports |= {name: free_port() for name in MEMBERS if name not in self.ports}
        self.settings["database_url"] = self.database_url(self.port_of_server, self.port_of_standby)
        self.servers = {}               # by port: which cluster
        self.homes = {1: self.home, 2: os.path.join(self.folder, "two")}
        self.lives = 1                  # of machine 2
        self.proxy = self.valkey = self.store = self.front = self.disk = None
        self.away = collections.Counter()               # members that nobody is to start meanwhile
        self.begun = {}                 # starts of each member
        self.watch, self.over = None, threading.Event()
        self.lock = threading.RLock()
        self.scraper = None
        self.ended = []                 # (member, status) of ends that nobody asked for

    # -- where things are

    @staticmethod
    def database_url(*ports):
        return ("postgresql://bulkhead_{service}@" + ",".join(f"127.0.0.1:{port}" for port in ports)
                + "/bulkhead?target_session_attrs=read-write")

    @staticmethod
    def machine_of(name):
        return 2 if name in SECOND else 1

    def address_of(self, name):
        return f"http://127.0.0.1:{self.ports[name]}"

    def address_for(self, caller, name):
        """Where this caller finds that one: at a link of its own."""
        return f"http://127.0.0.1:{self.proxy.port(f'{caller}>{name}', self.ports[name])}"

    def database_for(self, caller):
        both = sorted((self.first_port, self.second_port))
        return self.database_url(*(self.proxy.port(f"{caller}>database:{port}", port) for port in both))

    def clock_file(self, name):
        return os.path.join(self.folder, f"{name}.clock")

    def set_clock(self, name, seconds):
        with open(self.clock_file(name), "r+b") as file:
            file.write(struct.pack("=i", seconds))

    # -- the start

    def begin(self):
        self.first_port, self.second_port = self.port_of_server, self.port_of_standby
        self.proxy = Proxy()
        self.start_server()
        self.install()
        self.compile_clock()
        self.new_secrets()
        self.psql("CREATE EXTENSION vector;")
        self.servers[self.port_of_server] = self.server
        self.start_backing()
        self.write_settings()
        self.checked("secrets", "create", self.secrets)
        if self.store:
            self.write_object_key()
        self.checked("migrate")
        self.start_standby()
        self.servers[self.port_of_standby] = self.standby
        for name in MEMBERS:
            self.make_member(name)
        for name in (*MEMBERS, "gateway"):
            self.start_member(name)
        for name in (*MEMBERS, "gateway"):
            until(lambda name=name: self.is_ready_at(name), 120, f"{name} ready", pause=0.1)
        self.watch = threading.Thread(target=self.look_after, daemon=True)
        self.watch.start()

    def checked(self, *command):
        done = self.run(*command, timeout=300)
        if done.returncode != 0:
            raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")

    def compile_clock(self):
        self.clock_library = os.path.join(self.folder, "clock.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-O2", "-o", self.clock_library, os.path.join(HERE, "clock.c")],
                       check=True)

    def start_backing(self):
        self.disk = Disk(self.homes[2], DISK_MIB)
        if VALKEY:
            self.valkey = Valkey(os.path.join(self.folder, "valkey"))
            self.valkey.start()
        if object_stores.SeaweedFS not in object_stores.missing():
            self.store = object_stores.SeaweedFS(self.folder)
            self.store.start()
            self.front = s3_front.Front(self.store)
            self.settings |= self.store.settings(object_s3_endpoint=self.front.url, object_s3_timeout_ms=3000)

    def write_object_key(self):
        path = os.path.join(self.secrets, "rag", "object")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(" ".join(object_stores.PLATFORM) + "\n")

    def write_settings(self):
        """For commands, which are nobody's machine: they ask directly."""
        super().write_settings()
        path = os.path.join(self.home, "bulkhead.conf")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for service in ("model", "rag", "agent"):
            text = text.replace(f"{service} = {self.address_of(service)}\n",
                                f"{service} = {self.address_of(service)} {self.address_of(service + '2')}\n", 1)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def make_member(self, name):
        home = self.homes[self.machine_of(name)]
        for folder in ("logs", "run"):
            os.makedirs(os.path.join(home, folder), exist_ok=True)
        with open(self.clock_file(name), "wb") as file:
            file.write(struct.pack("=i", 0))

    def environment_of(self, name):
        home = self.homes[self.machine_of(name)]
        machine = "one" if self.machine_of(name) == 1 else f"two-{self.lives}"
        made = self.environment | {
            "BULKHEAD_HOME": home, "BULKHEAD_INSTANCE": machine, "BULKHEAD_DATABASE_URL": self.database_for(name)}
        for service in SERVICES:
            members = [each for each in MEMBERS if SERVICE_OF[each] == service]
            made[f"BULKHEAD_PEER_{service.upper()}"] = " ".join(self.address_for(name, each) for each in members)
        made["BULKHEAD_PEER_GATEWAY"] = self.address_for(name, "gateway")
        if self.valkey:
            made["BULKHEAD_LIMITS_SHARED"] = f"redis://127.0.0.1:{self.proxy.port(f'{name}>valkey', self.valkey.port)}"
        if name in SERVICE_OF:
            made[f"BULKHEAD_LISTEN_{SERVICE_OF[name].upper()}"] = self.address_of(name)
            made |= {"LD_PRELOAD": self.clock_library, "CHAOS_CLOCK": self.clock_file(name)}
        return made

    def start_member(self, name):
        with self.lock:
            if self.machine_of(name) == 2:
                self.write_conf_of_machine_2()
            self.begun[name] = self.begun.get(name, 0) + 1
            child = "nginx" if name == "gateway" else name
            self.spawn_on(child, [self.program, "serve", SERVICE_OF.get(name, "gateway")], self.environment_of(name))

    def spawn_on(self, name, command, environment):
        """Appends to its output: what an earlier life of it said stays."""
        with open(os.path.join(self.folder, name + ".out"), "a", encoding="utf-8") as out:
            self.children[name] = subprocess.Popen(command, env=environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                                                   stdout=out, stderr=subprocess.STDOUT)

    def write_conf_of_machine_2(self):
        path = os.path.join(self.homes[2], "bulkhead.conf")
        if not os.path.exists(path):
            shutil.copyfile(os.path.join(self.home, "bulkhead.conf"), path)

    # -- who starts what has ended, as an orchestrator does

    def look_after(self):
        while not self.over.wait(0.2):
            with self.lock:
                for name in (*MEMBERS, "gateway"):
                    child = self.children["nginx" if name == "gateway" else name]
                    if child.poll() is None or self.away[name] > 0:
                        continue
                    self.ended.append((name, child.returncode, time.time()))
                    try:
                        self.start_member(name)
                    except OSError:  # its disk is full
                        continue

    def kill(self, name, number=signal.SIGKILL):
        """Ends or stops it; it stays away until bring_back."""
        child = self.children["nginx" if name == "gateway" else name]
        if child.poll() is None:
            child.send_signal(number)
        return child

    def hold_down(self, name):
        with self.lock:
            self.away[name] += 1

    def bring_back(self, name):
        with self.lock:
            self.away[name] -= 1

    def is_up(self, name):
        try:
            return self.is_ready_at(name)
        except AssertionError:
            return False  # it has just ended, and is started again

    def metrics_of(self, name):
        """Of one process, past the gateway."""
        if self.scraper is None:
            self.scraper = self.cli("key", "create", "--tenant", "platform", "--name", "scraper", "--scope", "metrics:read")["key"]
        wire = {"X-Bulkhead-Wire": self.wire()}
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["auth"], timeout=20)
        try:
            connection.request("GET", "/internal/exchange", headers=wire | {"Authorization": f"Bearer {self.scraper}"})
            token = connection.getresponse().getheader("x-bulkhead-token")
        finally:
            connection.close()
        return self.call_at(name, "/metrics", wire | {"Authorization": f"Bearer {token}"})

    # -- the databases

    def fail_over(self):
        """The primary is killed, its synchronous standby promoted; then it waits for no confirmation any more."""
        super().fail_over()
        self.psql("ALTER SYSTEM RESET synchronous_standby_names;", "postgres")
        self.psql("SELECT pg_reload_conf();", "postgres")

    def change_password(self, service, password):
        with open(self.passfile, encoding="utf-8") as file:
            lines = [line for line in file if f":bulkhead_{service}:" not in line]
        with open(self.passfile + ".new", "w", encoding="utf-8") as file:
            file.writelines([*lines, f"127.0.0.1:*:*:bulkhead_{service}:{password}\n"])
        os.chmod(self.passfile + ".new", 0o600)
        os.replace(self.passfile + ".new", self.passfile)

    def rebuild_standby(self):
        """The server that was lost is made anew, as a follower of the one that took over."""
        lost = self.first_port if self.port_of_server == self.second_port else self.second_port
        folder = self.servers[lost].folder
        shutil.rmtree(folder)
        self.port_of_standby, self.standby = lost, self.follower(folder, lost)
        self.servers[lost] = self.standby
        self.wait_for_standby()

    def stop(self):
        self.over.set()
        if self.watch is not None:
            self.watch.join()
        for child in self.children.values():
            if child.poll() is None:
                child.send_signal(signal.SIGCONT)
        if self.proxy is not None:
            self.proxy.set("*>*", "cut")
        try:
            super().stop()
        finally:
            for each in (self.front, self.proxy, self.disk):
                if each is not None:
                    each.close()
            if self.valkey:
                self.valkey.kill()
            if self.store:
                self.store.stop()


__all__ = ["FIRST", "MEMBERS", "SECOND", "SERVICE_OF", "VALKEY", "Ground", "until"]
