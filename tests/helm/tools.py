#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The programs that the chart is tested with, built once from pinned Go modules into a folder of their own.

usage: tools.py [NAME]…      builds them all, or the named, and prints where they are

Go checks each module against its public log of checksums. What cannot be built is not needed: its tests say so and skip.
"""
import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

FOLDER = os.environ.get("BULKHEAD_KUBE_TOOLS") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "bulkhead-kube")

# Package, version of its module, and the module where the package is not the module's own.
HELM = ("helm.sh/helm/v3/cmd/helm", "v3.20.0", "helm.sh/helm/v3")
SERVER = ("k8s.io/kubernetes/cmd/kube-apiserver", "v1.37.2", "k8s.io/kubernetes")
STORE = ("go.etcd.io/etcd/server/v3", "v3.7.3", "go.etcd.io/etcd/server/v3")
PROGRAMS = {"helm": HELM, "etcd": STORE, "kube-apiserver": SERVER}
# Kinds that clusters have from elsewhere: module, version, and the definition in it.
KINDS = {
    "httproutes": ("sigs.k8s.io/gateway-api", "v1.5.0", "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml"),
    "certificates": ("github.com/cert-manager/cert-manager", "v1.21.2", "deploy/crds/cert-manager.io_certificates.yaml"),
    "servicemonitors": ("github.com/prometheus-operator/prometheus-operator", "v0.85.0",
                        "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml"),
}
ALL = (*PROGRAMS, *KINDS)


def go():
    """The compiler, or None."""
    path = shutil.which("go") or "/usr/local/go/bin/go"
    return path if os.access(path, os.X_OK) else None


def path_of(name):
    if name in KINDS:
        return os.path.join(FOLDER, f"{name}-{KINDS[name][1]}.yaml")
    return os.path.join(FOLDER, f"{name}-{PROGRAMS[name][1]}")


def find(name):
    """Where something is that was made before; None where it was not."""
    return path_of(name) if os.access(path_of(name), os.R_OK if name in KINDS else os.X_OK) else None


def run(command, folder, **more):
    done = subprocess.run(["nice", "-n", "19", *command], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, env={**os.environ, "GOFLAGS": "-trimpath -buildvcs=false", **more})
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr[-2000:]}")
    return done.stdout


def replaced(text, version):
    """The modules that a go.mod replaces by folders beside it: published, they bear the version that goes with its own."""
    sibling = "v0" + version[2:] if "./staging/" in text else version
    return [f"{name}={name}@{sibling}" for name in re.findall(r"^\s*(?:replace )?(\S+) => \.{1,2}/", text, re.M)]


def stamped(name):
    """What a release's own build says of its version; a chart asks for it."""
    if name != "kube-apiserver":
        return ""
    version = PROGRAMS[name][1]
    major, minor, _ = version[1:].split(".")
    at = "k8s.io/component-base/version"
    return f"-X {at}.gitVersion={version} -X {at}.gitMajor={major} -X {at}.gitMinor={minor}"


def build(name):
    """In a module of its own: `go install` refuses modules that replace others, and heeds none of what they replace."""
    package, version, module = PROGRAMS[name]
    with tempfile.TemporaryDirectory(prefix="bulkhead-kube-") as folder:
        run([go(), "mod", "init", "tools"], folder)
        listed = run([go(), "mod", "download", "-json", f"{module}@{version}"], folder)
        with open(re.search(r'"GoMod": "(.*)"', listed).group(1), encoding="utf-8") as file:
            text = file.read()
        with contextlib.suppress(AttributeError):
            run([go(), "mod", "edit", "-go", re.search(r"^go (\S+)", text, re.M).group(1)], folder)
        for each in replaced(text, version):
            run([go(), "mod", "edit", "-replace", each], folder)
        run([go(), "mod", "edit", "-require", f"{module}@{version}"], folder)
        made = os.path.join(folder, "made")
        # One process at a time: the linker of the largest takes more than a gigabyte.
        run([go(), "build", "-mod=mod", "-p", "1", f"-ldflags=-s -w {stamped(name)}", "-o", made, package], folder)
        os.replace(shutil.move(made, path_of(name) + ".new"), path_of(name))


def copy_kind(name):
    module, version, inside = KINDS[name]
    with tempfile.TemporaryDirectory(prefix="bulkhead-kube-") as folder:
        listed = json.loads(run([go(), "mod", "download", "-json", f"{module}@{version}"], folder))
    shutil.copyfile(os.path.join(listed["Dir"], inside), path_of(name) + ".new")
    os.replace(path_of(name) + ".new", path_of(name))


def make(names):
    """Builds what is missing. What failed, by name."""
    failed = {}
    if go() is None:
        return {name: "Go is not installed" for name in names if find(name) is None}
    os.makedirs(FOLDER, exist_ok=True)
    with open(os.path.join(FOLDER, ".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in names:
            if find(name) is not None:
                continue
            print(f"getting {os.path.basename(path_of(name))} (programs take minutes, once)", flush=True)
            try:
                (copy_kind if name in KINDS else build)(name)
            except (OSError, RuntimeError) as error:
                failed[name] = str(error)
    return failed


def main(names):
    unknown = [name for name in names if name not in ALL]
    if unknown:
        sys.exit(f"{__doc__}\nno such program: {' '.join(unknown)}")
    for name, reason in make(names or ALL).items():
        print(f"{name}: not to be had: {reason}", file=sys.stderr)
    for name in names or ALL:
        print(name, find(name) or "absent")


if __name__ == "__main__":
    main(sys.argv[1:])
