# SPDX-License-Identifier: Apache-2.0
"""A Docker daemon of the tests' own, beside one that may run: its folder, its socket, its addresses.

DOCKERD_ROOT names a folder into which `scripts/setup compose` has unpacked Debian's packages of it; without, those that are
installed are used.
"""
import atexit
import contextlib
import glob
import os
import shutil
import subprocess
import time

NICE = ("nice", "-n", "19")
NEEDED = ("dockerd", "docker", "containerd", "runc", "iptables-nft", "iptables-nft-save", "iptables-nft-restore", "debootstrap")
START_S = 60


class Missing(Exception):
    """What is not there, for whoever skips."""


class Engine:
    """Use as a context manager."""

    def __init__(self, folder):
        root = os.environ.get("DOCKERD_ROOT", "/")
        libraries = os.path.join(root, "usr/lib/x86_64-linux-gnu")
        self.folder = folder
        self.host = f"unix://{folder}/docker.sock"
        self.environment = {
            **os.environ, "DOCKER_HOST": self.host, "DOCKER_BUILDKIT": "0", "COMPOSE_DOCKER_CLI_BUILD": "1",
            "DOCKER_CONFIG": os.path.join(folder, "config"),
            "PATH": ":".join([os.path.join(folder, "bin"), f"{root}/usr/sbin", f"{root}/usr/bin", f"{root}/sbin", os.environ["PATH"],
                              "/usr/sbin", "/sbin"])}
        if root != "/":
            self.environment |= {"LD_LIBRARY_PATH": libraries, "XTABLES_LIBDIR": os.path.join(libraries, "xtables"),
                                 "DEBOOTSTRAP_DIR": os.path.join(root, "usr/share/debootstrap")}
        self.daemon = None
        self.rules = ""
        self.check(root)

    def check(self, root):
        if os.geteuid() != 0:
            raise Missing("a Docker daemon needs root")
        absent = [name for name in NEEDED if shutil.which(name, path=self.environment["PATH"]) is None]
        if absent:
            raise Missing(f"{' '.join(absent)} not found")
        plugins = glob.glob(os.path.join(root, "usr/lib*/docker/cli-plugins/docker-compose"))
        if not plugins:
            raise Missing("the plugin docker-compose is not installed")
        self.plugin = plugins[0]

    def run(self, *command, timeout=120, check=True, **options):
        done = subprocess.run([*NICE, *command], env=self.environment, capture_output=True, text=True, timeout=timeout,
                              check=False, **options)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: status {done.returncode}: {(done.stdout + done.stderr)[-4000:]}")
        return done

    def prepare(self):
        for name in ("bin", "config/cli-plugins", "data", "exec"):
            os.makedirs(os.path.join(self.folder, name), exist_ok=True)
        shutil.copy2(self.plugin, os.path.join(self.folder, "config/cli-plugins/docker-compose"))
        # The daemon asks for iptables; this is the form that the kernel has without more modules.
        nft = shutil.which("xtables-nft-multi", path=self.environment["PATH"])
        for name in ("iptables", "ip6tables"):
            path = os.path.join(self.folder, "bin", name)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            os.symlink(nft, path)

    def __enter__(self):
        self.prepare()
        if self.run("docker", "info", check=False).returncode == 0:
            raise Missing(f"the daemon of an earlier run is still there; end it: kill $(cat {self.folder}/pid)")
        # An interrupt takes no other way out.
        atexit.register(self.__exit__)
        self.rules = self.run("iptables-nft-save").stdout
        with open(os.path.join(self.folder, "dockerd.log"), "w", encoding="utf-8") as log:
            self.daemon = subprocess.Popen(
                [*NICE, "dockerd", "--data-root", f"{self.folder}/data", "--exec-root", f"{self.folder}/exec",
                 "--pidfile", f"{self.folder}/pid", "-H", self.host, "--default-ulimit", "nofile=20000:20000",
                 "--bip", "172.30.99.1/24", "--default-address-pool", "base=172.30.0.0/18,size=24"],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        end = time.monotonic() + START_S
        while self.run("docker", "info", check=False).returncode != 0:
            if self.daemon.poll() is not None or time.monotonic() > end:
                with open(os.path.join(self.folder, "dockerd.log"), encoding="utf-8") as log:
                    said = log.read()
                self.__exit__()
                raise Missing(f"the daemon does not start: {said[-1500:]}")
            time.sleep(0.2)
        return self

    def __exit__(self, *_):
        """The daemon leaves its rules, the policy of FORWARD among them, and its bridge."""
        if self.daemon is None:
            return
        if self.daemon.poll() is None:
            self.daemon.terminate()
        self.daemon.wait(60)
        self.run("umount", f"{self.folder}/data", check=False)
        self.run("ip", "link", "delete", "docker0", check=False)
        self.run("iptables-nft", "-P", "FORWARD", "ACCEPT", check=False)
        for table in ("filter", "nat"):
            self.run("iptables-nft", "-t", table, "-F", check=False)
            self.run("iptables-nft", "-t", table, "-X", check=False)
        self.run("iptables-nft-restore", input=self.rules)
        self.daemon = None
