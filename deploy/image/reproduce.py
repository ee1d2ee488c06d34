#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that images built from the same packages are the same, byte for byte.

usage: reproduce.py digest IMAGE...     the digest of the root file system of each
       reproduce.py compare ONE OTHER   status 0 if they are the same; else the first paths that differ

What counts is each path's type, rights, owner, time, link and content, after all layers. Not: the order in a layer's
archive, and the empty files that Docker puts where it mounts its own (names, hosts, resolver).
"""
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile

DOCKERS_OWN = ("etc/hostname", "etc/hosts", "etc/resolv.conf", "etc/mtab", ".dockerenv")
SHOWN = 20
PIECE = 1024 * 1024


def content(archive, member):
    digest = hashlib.sha256()
    with archive.extractfile(member) as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def lay(tree, archive):
    """One layer over those before; a name with .wh. takes away what it names."""
    for member in archive:
        path = member.name.removeprefix("./").strip("/")
        folder, name = os.path.split(path)
        if name.startswith(".wh."):
            gone = folder + "/" if name == ".wh..wh..opq" else os.path.join(folder, name.removeprefix(".wh."))
            for each in [each for each in tree if each == gone or each.startswith(gone.rstrip("/") + "/")]:
                del tree[each]
            continue
        if path in DOCKERS_OWN:
            continue
        row = [member.type.decode("latin-1"), f"{member.mode:o}", member.uid, member.gid, int(member.mtime), member.linkname]
        if member.isfile():
            row.append(content(archive, member))
        elif member.islnk():
            # A second name is the first one's file.
            row = tree.get(member.linkname.removeprefix("./"), row)
        tree[path] = row


def tree_of(image):
    tree = {}
    with tempfile.TemporaryDirectory(prefix="reproduce-") as folder:
        saved = os.path.join(folder, "image.tar")
        subprocess.run(["docker", "save", "-o", saved, image], check=True)
        with tarfile.open(saved) as outer:
            manifest = json.load(outer.extractfile("manifest.json"))[0]
            for layer in manifest["Layers"]:
                member = outer.getmember(layer)
                if member.issym():
                    member = outer.getmember(os.path.normpath(os.path.join(os.path.dirname(layer), member.linkname)))
                with tarfile.open(fileobj=outer.extractfile(member)) as archive:
                    lay(tree, archive)
    tree.pop("", None)
    return tree


def digest_of(tree):
    text = "".join(json.dumps([path, tree[path]]) + "\n" for path in sorted(tree))
    return hashlib.sha256(text.encode()).hexdigest()


def compare(one, other):
    trees = tree_of(one), tree_of(other)
    if not trees[0]:
        sys.exit(f"{one} has no files")
    digests = [digest_of(tree) for tree in trees]
    if digests[0] == digests[1]:
        print(f"{one} and {other}: the same, {len(trees[0])} paths, sha256:{digests[0]}")
        return 0
    every = sorted({*trees[0], *trees[1]})
    different = [path for path in every if trees[0].get(path) != trees[1].get(path)]
    print(f"{one} and {other} differ in {len(different)} of {len(every)} paths:")
    for path in different[:SHOWN]:
        print(f"  {path}\n    {trees[0].get(path)}\n    {trees[1].get(path)}")
    return 1


def main(arguments):
    match arguments:
        case ["digest", *images] if images:
            for image in images:
                print(f"sha256:{digest_of(tree_of(image))}  {image}")
            return 0
        case ["compare", one, other]:
            return compare(one, other)
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
