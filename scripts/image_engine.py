# SPDX-License-Identifier: Apache-2.0
"""Compiles the image engine's server, stable-diffusion.cpp's sd-server, for the processor of this machine.

An interrupted compilation continues where it stopped. No weights come with it: an operator names a file (image.weights).
The result is used for as long as the machine has the processor features that it was compiled for.
"""
import contextlib
import os
import shutil
import subprocess

import native_engine
from pinned import STAMP, Failure, copy_if_changed, fetch_tree, package, say, tree_is_complete, tree_path, work_folder, \
    write_atomically

USE = "image-engine-source"
FOLDER = "image-engine"
SERVER = "sd-server"
RUNNER = "image_runner.py"
HERE = os.path.dirname(os.path.realpath(__file__))
SOURCE = "vendor/stable-diffusion.cpp"
LICENCES = (("LICENSE", "LICENSE.stable-diffusion.cpp"), ("ggml/LICENSE", "LICENSE.ggml"))
# No web page, no video, no other formats of images than PNG and JPEG: it listens on a Unix socket and serves one model.
OPTIONS = ("-DCMAKE_BUILD_TYPE=Release", "-DBUILD_SHARED_LIBS=OFF", f"-DGGML_NATIVE={native_engine.NATIVE}", "-DSD_WEBP=OFF",
           "-DSD_WEBM=OFF", "-DSD_SERVER_BUILD_FRONTEND=OFF")
# Its HTTP library can listen on a Unix socket; the program has no option for it.
LISTENS = "    svr.listen(svr_params.listen_ip, svr_params.listen_port);\n"
LISTENS_ON_PATH = """    if (svr_params.listen_ip[0] == '/') {
        svr.set_address_family(AF_UNIX);
    }
    if (!svr.listen(svr_params.listen_ip, svr_params.listen_port)) {
        LOG_ERROR("cannot listen");
        return 1;
    }
"""


def folder(programs, lock):
    return os.path.join(programs, FOLDER, package(lock, USE)["version"])


def described(programs, lock):
    """What the manifest says of it; None: it is not installed, or made for another processor or source."""
    entry, place = package(lock, USE), folder(programs, lock)
    with contextlib.suppress(OSError), open(os.path.join(place, STAMP), encoding="ascii") as file:
        pinned, *features = file.read().split()
        path = os.path.join(place, SERVER)
        if pinned == entry["sha256"] and set(features) <= native_engine.processor_features() and os.access(path, os.X_OK):
            return {"name": f"{entry['name']}, compiled here", "version": entry["version"], "licence": entry["licence"],
                    "runner": os.path.join(place, RUNNER), "server": path}
    return None


def refresh(programs, lock):
    """The runner beside the server is the one of this checkout."""
    if described(programs, lock) is not None:
        copy_if_changed(os.path.join(HERE, RUNNER), os.path.join(folder(programs, lock), RUNNER), 0o644)


def let_it_listen(tree):
    """Changes the one line of it that is changed. Repeated, it finds the change."""
    path = os.path.join(tree, SOURCE, "examples/server/main.cpp")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if LISTENS_ON_PATH in text:
        return
    if text.count(LISTENS) != 1:
        raise Failure("the image engine's source is not the one that this script knows")
    write_atomically(path, text.replace(LISTENS, LISTENS_ON_PATH))


def compile_server(tree):
    """The path of the compiled server."""
    objects = os.path.join(tree, "objects")
    let_it_listen(tree)
    if not os.path.isfile(os.path.join(objects, "build.ninja")):
        native_engine.run(["cmake", "-S", os.path.join(tree, SOURCE), "-B", objects, "-G", "Ninja", *OPTIONS], "the image engine")
    native_engine.run(["nice", "-n", "19", "ninja", "-C", objects, "-j", os.environ.get("JOBS") or "1", SERVER],
                      "the image engine")
    return os.path.join(objects, "bin", SERVER)


def check_starts(server):
    """It runs on this processor, and says no to what is no model."""
    version = subprocess.run([server, "--version"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    refusal = subprocess.run([server, "--model", os.devnull], stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)
    if version.returncode != 0 or refusal.returncode <= 0:
        raise Failure("the compiled image engine does not run; what is installed stays in use")


def build(programs, lock):
    entry = package(lock, USE)
    if described(programs, lock) is not None:
        say(f"the image engine of {entry['name']} {entry['version']} is compiled already")
        refresh(programs, lock)
        return
    missing = [name for name in ("cmake", "ninja", "c++", "nice") if shutil.which(name) is None]
    if missing:
        raise Failure(f"{' and '.join(missing)} not found; run `make image-engine`, which installs what compiling needs")
    if not tree_is_complete(programs, entry):
        with work_folder(programs) as work:
            fetch_tree(programs, entry, work)
    say("compiling the image engine; on two quiet cores it takes 20 minutes or more, once")
    tree, place = tree_path(programs, entry), folder(programs, lock)
    made = compile_server(tree)
    check_starts(made)
    copy_if_changed(made, os.path.join(place, SERVER), 0o755)
    for source, name in LICENCES:
        copy_if_changed(os.path.join(tree, SOURCE, source), os.path.join(place, name), 0o644)
    copy_if_changed(os.path.join(HERE, RUNNER), os.path.join(place, RUNNER), 0o644)
    # Last: without the stamp it is not used.
    write_atomically(os.path.join(place, STAMP), " ".join([entry["sha256"], *sorted(native_engine.processor_features())]) + "\n")
    shutil.rmtree(os.path.join(programs, USE), ignore_errors=True)
