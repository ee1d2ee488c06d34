# SPDX-License-Identifier: Apache-2.0
"""Compiles the engine's server, llama.cpp's llama-server, for the processor of this machine.

The wheel's engine runs on every processor; this one uses all that this one can do. Its source is pinned like
everything else. An interrupted compilation continues where it stopped. The result is used for as long as the
machine has the processor features that it was compiled for.
"""
import contextlib
import os
import re
import shutil
import subprocess
import sys

from pinned import (MIB, STAMP, Failure, copy_if_changed, fetch_tree, package, say, tree_is_complete, tree_path,
                    work_folder, write_atomically)

USE = "engine-source"
FOLDER = "engine-native"
SERVER = "llama-server"
# One compiler takes up to this much memory.
JOB_MB = 1500
# For this processor; OFF for others as well, in an image.
NATIVE = "OFF" if os.environ.get("BULKHEAD_ENGINE_NATIVE") == "OFF" else "ON"
# No web page, no TLS, no child processes, no downloads: it listens on a Unix socket and serves one file.
OPTIONS = ("-DCMAKE_BUILD_TYPE=Release", "-DBUILD_SHARED_LIBS=OFF", f"-DGGML_NATIVE={NATIVE}", "-DLLAMA_BUILD_TESTS=OFF",
           "-DLLAMA_BUILD_EXAMPLES=OFF", "-DLLAMA_BUILD_APP=OFF", "-DLLAMA_BUILD_UI=OFF",
           "-DLLAMA_USE_PREBUILT_UI=OFF", "-DLLAMA_OPENSSL=OFF", "-DLLAMA_SUBPROCESS=OFF")
SHOWN_LINES = 15


def processor_features():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        line = next((line for line in file if line.startswith(("flags", "Features"))), "")
    return set(line.partition(":")[2].split())


def server(programs, lock):
    """The compiled server that fits the pinned source and this machine, or None."""
    entry = package(lock, USE)
    folder = os.path.join(programs, FOLDER, entry["version"])
    with contextlib.suppress(OSError), open(os.path.join(folder, STAMP), encoding="ascii") as file:
        pinned, *features = file.read().split()
        path = os.path.join(folder, SERVER)
        if pinned == entry["sha256"] and set(features) <= processor_features() and os.access(path, os.X_OK):
            return path
    return None


def compilers():
    memory_mb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MIB
    asked = os.environ.get("JOBS", "")
    return int(asked) if asked.isdigit() and int(asked) > 0 else max(1, min(os.cpu_count() or 1, memory_mb // JOB_MB))


def tell(done, total, told):
    """On a terminal one line that changes; else a line for every tenth."""
    if sys.stdout.isatty():
        print(f"\r  {done} of {total} compiled", end="\n" if done == total else "", flush=True)
    elif done * 10 // total > told:
        say(f"  {done} of {total} compiled")
    return done * 10 // total


def run(command, what="the engine"):
    """Runs cmake or ninja quietly; its last words when it fails."""
    words = []
    told = 0
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", env={**os.environ, "NINJA_STATUS": "[%f/%t] "}) as process:
        for line in process.stdout:
            words = [*words[-200:], line]
            step = re.match(r"\[(\d+)/(\d+)\] ", line)
            if step:
                told = tell(int(step[1]), int(step[2]), told)
    if process.returncode != 0:
        failed = next((at for at, line in enumerate(words) if line.startswith("FAILED:")), -SHOWN_LINES)
        sys.stderr.write("".join(words[failed:][:SHOWN_LINES]))
        raise Failure(f"{what} was not compiled ({os.path.basename(command[0])} failed). What is installed stays in use. "
                      "What was compiled is kept: repeat the same command to continue.")


def compile_server(tree):
    """The path of the compiled server."""
    objects = os.path.join(tree, "objects")
    if not os.path.isfile(os.path.join(objects, "build.ninja")):
        run(["cmake", "-S", os.path.join(tree, "llama.cpp"), "-B", objects, "-G", "Ninja", *OPTIONS])
    run(["nice", "ninja", "-C", objects, "-j", str(compilers()), SERVER])
    return os.path.join(objects, "bin", SERVER)


def compiled(programs, lock):
    """The path of the server, made from its pinned source."""
    entry = package(lock, USE)
    missing = [name for name in ("cmake", "ninja", "c++", "nice") if shutil.which(name) is None]
    if missing:
        raise Failure(f"{' and '.join(missing)} not found; run `make engine`, which installs what compiling needs")
    if not tree_is_complete(programs, entry):
        with work_folder(programs) as work:
            fetch_tree(programs, entry, work)
    say("compiling the engine; on two cores it takes 10 minutes or more")
    return compile_server(tree_path(programs, entry))


def build(programs, lock):
    entry = package(lock, USE)
    if server(programs, lock) is not None:
        say(f"the engine of {entry['name']} {entry['version']} is compiled already")
        return
    made = compiled(programs, lock)
    if subprocess.run([made, "--version"], stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode != 0:
        raise Failure("the compiled engine does not run; the engine that is installed stays in use")
    folder = os.path.join(programs, FOLDER, entry["version"])
    copy_if_changed(made, os.path.join(folder, SERVER), 0o755)
    # Last: without the stamp it is not used.
    write_atomically(os.path.join(folder, STAMP), " ".join([entry["sha256"], *sorted(processor_features())]) + "\n")
    shutil.rmtree(os.path.join(programs, USE), ignore_errors=True)
