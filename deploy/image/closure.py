#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Collects what an image without a distribution holds: programs, the libraries that they load, and data.

usage: closure.py OUT NAME PATH[=TARGET]...

OUT/root becomes what root owns, OUT/own the folders that the image's user may write. A PATH keeps its place, with the
symbolic links on the way to it, or goes to TARGET. OUT/root/usr/share/doc/bulkhead/sbom.spdx.json says which packages
everything comes from (SPDX 2.3). All times are SOURCE_DATE_EPOCH, so that the same packages give the same bytes.
"""
import json
import os
import shutil
import stat
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import sbom  # noqa: E402

USER = 10001
PASSWD = ("root:x:0:0:root:/nonexistent:/nonexistent\n"
          f"bulkhead:x:{USER}:{USER}:bulkhead:/nonexistent:/nonexistent\n")
GROUP = f"root:x:0:\nbulkhead:x:{USER}:\n"
OWN = ("var/lib/bulkhead/logs", "run/bulkhead", "objects", "secrets")
# Where `secrets create` and the database's passwords put those of each; volumes take their owner from here.
SECRETS_BESIDE = ("gateway", "supervisor", "setup")
BULKHEAD = "/opt/bulkhead/bin/bulkhead"
SBOM = "usr/share/doc/bulkhead/sbom.spdx.json"


class Closure:
    """What is copied, by its place in the image."""

    def __init__(self, root):
        self.root = root
        self.sources = {}  # where each file comes from

    def add(self, path, target=None):
        if os.path.isdir(path) and target is None:
            self.add_folder(path)
            return
        place = self.place(path) if target is None else target
        source = os.path.realpath(path)
        if place in self.sources:
            return
        self.sources[place] = source
        copy = self.root + place
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copyfile(source, copy)
        os.chmod(copy, 0o755 if os.access(source, os.X_OK) else 0o644)
        if is_program(source):
            for library in libraries(source):
                self.add(library)

    def add_folder(self, folder):
        place = self.place(folder)
        os.makedirs(self.root + place, exist_ok=True)
        for name in sorted(os.listdir(place)):
            self.add(os.path.join(place, name))

    def place(self, path):
        """Where a path leads; the links on the way are made in the image too."""
        at = "/"
        parts = [part for part in path.split("/") if part]
        while parts:
            part = parts.pop(0)
            if part == "..":
                at = os.path.dirname(at)
                continue
            step = os.path.join(at, part)
            if not os.path.islink(step):
                at = step
                continue
            target = os.readlink(step)
            if not os.path.lexists(self.root + step):
                os.makedirs(os.path.dirname(self.root + step), exist_ok=True)
                os.symlink(target, self.root + step)
            at = "/" if target.startswith("/") else at
            parts = [each for each in target.split("/") if each and each != "."] + parts
        return at


def is_program(path):
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def libraries(path):
    """As the loader finds them, itself among them; a library that is missing is an error."""
    done = subprocess.run(["ldd", path], capture_output=True, text=True, check=False)
    if "not found" in done.stdout:
        sys.exit(f"closure: {path}: {done.stdout}")
    for line in done.stdout.splitlines():
        words = line.replace("=>", " ").split()
        found = next((word for word in words if word.startswith("/")), None)
        if found:
            yield found


def write(root, place, text):
    path = os.path.join(root, place)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o644)


def make_own(own):
    os.makedirs(own)
    if not os.path.exists(BULKHEAD):
        return
    listed = json.loads(subprocess.run([BULKHEAD, "services", "--json"], capture_output=True, check=True).stdout)
    names = [*(row["name"] for row in listed["data"]), *SECRETS_BESIDE]
    for place in (*OWN, *(f"secrets/{name}" for name in names)):
        os.makedirs(os.path.join(own, place), exist_ok=True)
    for at, folders, _ in os.walk(own):
        for name in folders:
            inner = os.path.relpath(os.path.join(at, name), own)
            if inner not in ("var", "var/lib", "run"):
                os.chmod(os.path.join(at, name), 0o700)


def settle(folder, epoch):
    """The same rights and times, whoever built it and when."""
    for at, folders, names in os.walk(folder, topdown=False):
        for name in (*names, *folders):
            path = os.path.join(at, name)
            if stat.S_ISDIR(os.lstat(path).st_mode) and not folder.endswith("/own"):
                os.chmod(path, 0o755)
            os.utime(path, (epoch, epoch), follow_symlinks=False)


def main(out, name, paths):
    os.umask(0o022)
    root, own = os.path.join(out, "root"), os.path.join(out, "own")
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or 0)
    closure = Closure(root)
    for path in paths:
        closure.add(*path.split("=", 1))
    write(root, "etc/passwd", PASSWD)
    write(root, "etc/group", GROUP)
    write(root, "etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")
    for place in ("tmp", "run", "var/lib"):
        os.makedirs(os.path.join(root, place), exist_ok=True)
    make_own(own)
    write(root, SBOM, sbom.document(name, closure.sources, root, epoch))
    settle(root, epoch)
    settle(own, epoch)
    os.chmod(os.path.join(root, "tmp"), 0o1777)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
