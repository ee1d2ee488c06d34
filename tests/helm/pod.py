# SPDX-License-Identifier: Apache-2.0
"""What a pod of the chart sees, without Kubernetes: a container of the template with its volumes, its user and no rights, in a
mount and a network namespace of its own. The kubelet's ways are followed: links to files of mode 0440 for the pod's group."""
import os
import shlex
import shutil
import subprocess
import tempfile

from instance import until

TOOLS = ("unshare", "setpriv", "nsenter", "chroot", "ip", "curl")
FROM_HOST = ("usr", "bin", "sbin", "lib", "lib64", "proc", "dev")
PROGRAMS, DATABASE, POSTGRESQL = "/opt/bulkhead", "/srv/database", "/srv/postgresql"


def address_of(number):
    return f"10.99.0.{number + 10}"


def tree_of(pg_bin):
    """PostgreSQL's programs with the libraries that lie beside them."""
    return os.path.abspath(os.path.join(pg_bin, "../../.."))


def missing():
    if os.geteuid() != 0:
        return "namespaces need root"
    absent = [name for name in TOOLS if shutil.which(name) is None]
    if absent:
        return f"absent: {', '.join(absent)}"
    done = subprocess.run(["unshare", "--mount", "--net", "true"], capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"no namespaces here: {done.stderr.strip()}"


class Network:
    """A bridge between pods, in a namespace of its own: the machine's own network is not touched."""

    OWN = "10.99.0.1"  # where what is outside of the chart listens

    def __init__(self):
        self.child = subprocess.Popen(["unshare", "--net", "sh", "-ec", "ip link add br0 type bridge; ip link set br0 up;"
                                       f"ip address add {self.OWN}/24 dev br0; echo up; exec cat"],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.child.stdout.readline()
        self.ends, self.others = 0, []

    def attach(self, inner):
        # An end goes some time after its pod, so that no name is used again.
        self.ends += 1
        for words in (f"link add v{self.ends} type veth peer name eth0 netns {inner}", f"link set v{self.ends} master br0 up"):
            subprocess.run(["nsenter", "--target", str(self.child.pid), "--net", "ip", *words.split()], check=True)

    def start(self, *words):
        """A program on the bridge; it ends with the network at the latest."""
        self.others.append(subprocess.Popen(["nsenter", "--target", str(self.child.pid), "--net", *words], stdout=subprocess.DEVNULL))
        return self.others[-1]

    def close(self):
        for each in self.others:
            each.kill()
            each.wait()
        self.child.stdin.close()
        self.child.wait()
        self.child.stdout.close()


class Pod:
    """Its volumes last until it is closed; `files` gives what Secrets and ConfigMaps hold, by their names; `hosts` are pairs of a
    name and an address, as DNS would tell them."""

    def __init__(self, template, programs, database, files, hosts, network=None, number=None):
        self.network, self.number = network, number
        self.template, self.programs, self.database, self.files = template, programs, database, files
        self.spec = template["spec"]
        self.folder = tempfile.mkdtemp(prefix="bh-pod-")
        self.child = self.log = None
        for volume in self.spec["volumes"]:
            self.make_volume(volume)
        with open(os.path.join(self.folder, "hosts"), "w", encoding="utf-8") as file:
            file.write("127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in hosts))

    def volume(self, name):
        return os.path.join(self.folder, "volumes", name)

    def make_volume(self, volume):
        path, group = self.volume(volume["name"]), self.spec["securityContext"]["fsGroup"]
        os.makedirs(path)
        os.chown(path, 0, group)
        os.chmod(path, 0o2777)
        if "emptyDir" in volume or "persistentVolumeClaim" in volume:
            return
        source = volume.get("secret") or volume["configMap"]
        mode = source.get("defaultMode", 0o644)
        os.mkdir(os.path.join(path, "..now"))
        os.symlink("..now", os.path.join(path, "..data"))
        wanted = {each["key"]: each["path"] for each in source.get("items", [])}
        for key, text in self.files[source.get("secretName") or source["name"]].items():
            if wanted and key not in wanted:
                continue
            name = wanted.get(key, key)
            target = os.path.join(path, "..now", name)
            with open(target, "w", encoding="utf-8") as file:
                file.write(text)
            os.chown(target, 0, group)
            os.chmod(target, mode)
            os.symlink(f"..data/{name}", os.path.join(path, name))

    def script(self, container):
        root = os.path.join(self.folder, "root")
        # A line on standard input says that the network is there.
        lines = ["read -r _", "ip link set lo up", f"mkdir -p {root}", f"mount -t tmpfs none {root}"]
        if self.network:
            lines[2:2] = [f"ip address add {address_of(self.number)}/24 dev eth0", "ip link set eth0 up"]

        def bind(what, where, *options):
            lines.append(f"{'touch' if os.path.isfile(what) else 'mkdir -p'} {root}{where}")
            lines.append(f"mount --rbind {what} {root}{where}")
            lines.extend(f"mount -o remount,bind,{option} {root}{where}" for option in options)
        for name in FROM_HOST:
            if os.path.islink("/" + name):
                lines.append(f"ln -s {os.readlink('/' + name)} {root}/{name}")
            elif os.path.isdir("/" + name):
                bind("/" + name, "/" + name)
        lines.append(f"mkdir -p {root}/etc/ssl {root}/run {root}/var/lib")
        lines.append(f"for each in passwd group nsswitch.conf localtime; do cp -L /etc/$each {root}/etc/ || true; done")
        # A name may stand for several addresses, as those of pods do.
        lines.append(f"echo multi on >{root}/etc/host.conf")
        bind("/etc/ssl", "/etc/ssl")
        bind(os.path.join(self.folder, "hosts"), "/etc/hosts")
        bind(self.programs, PROGRAMS, "ro")
        bind(self.database.folder, DATABASE)
        bind(tree_of(self.database.pg_bin), POSTGRESQL, "ro")
        for mount in sorted(container["volumeMounts"], key=lambda each: each["mountPath"]):
            what = os.path.realpath(os.path.join(self.volume(mount["name"]), mount.get("subPath", "")))
            bind(what, mount["mountPath"], *(["ro"] if mount.get("readOnly") else []))
        lines.append(f"mount -o remount,bind,ro {root}")
        lines.append(f"exec chroot {root} {shlex.join(self.command(container))}")
        return "\n".join(lines)

    def command(self, container):
        security = self.spec["securityContext"]
        variables = {each["name"]: each.get("value", "pod-0") for each in container.get("env", [])}
        program = container.get("command") or [f"{PROGRAMS}/bin/bulkhead"]
        return ["/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", f"BULKHEAD_PROGRAMS={PROGRAMS}",
                *(f"{name}={value}" for name, value in variables.items()),
                "/usr/bin/setpriv", f"--reuid={security['runAsUser']}", f"--regid={security['runAsGroup']}",
                f"--groups={security['fsGroup']}", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--",
                *program, *container.get("args", [])]

    def start(self, container):
        with open(os.path.join(self.folder, "log"), "a", encoding="utf-8") as log:
            self.child = subprocess.Popen(["unshare", "--mount", "--net", "--fork", "--kill-child", "sh", "-ec", self.script(container)],
                                          stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT)
        if self.network:
            self.network.attach(until(self.inner, 30, "the container's process"))
        self.child.stdin.write(b"\n")
        self.child.stdin.close()
        return self

    def run(self, container, seconds=120):
        """To its end: the status."""
        return self.start(container).child.wait(seconds)

    def inner(self):
        """The number of the container's process; None before there is one."""
        with open(f"/proc/{self.child.pid}/task/{self.child.pid}/children", encoding="ascii") as file:
            children = file.read().split()
        return int(children[0]) if children else None

    def get(self, port, path, *options, scheme="https"):
        """Status and text, as the kubelet's probe has it; None while nobody listens."""
        inner = self.inner()
        if inner is None:
            return None
        done = subprocess.run(["nsenter", "--target", str(inner), "--net", "curl", "-sk", "-w", "\n%{http_code}", "--max-time", "5",
                               *options, f"{scheme}://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=False)
        text, _, status = done.stdout.rpartition("\n")
        return None if done.returncode != 0 else (int(status), text)

    def said(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8") as file:
            return file.read()

    def close(self):
        if self.child is not None and self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
