# SPDX-License-Identifier: Apache-2.0
"""A copy of the checkout that is changed and built anew, with what was compiled here already."""
import configparser
import json
import os
import shutil
import subprocess
import tempfile

from instance import BUILD, ROOT


def listed(root):
    """Files that git knows, or would take."""
    done = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root,
                          capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split("\0") if name and os.path.isfile(os.path.join(root, name))]


class CopyOfTree:
    """Its root and build folder; close() removes it. Times of change are kept, so that Ninja sees what is the same."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="bh-tree-", dir=os.environ.get("BULKHEAD_TEST_FOLDER") or "/tmp")
        os.chmod(self.folder, 0o755)
        self.root = os.path.join(self.folder, "tree")
        self.build = os.path.join(self.root, "build")
        self.names = listed(ROOT)
        for name in self.names:
            os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
            shutil.copy2(os.path.join(ROOT, name), self.path(name))

    def path(self, name):
        return os.path.join(self.root, name)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def changed(self):
        """Names of files that are others, or new."""
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if os.path.join(folder, name) != self.build]
            for name in names:
                path = os.path.join(folder, name)
                relative = os.path.relpath(path, self.root)
                if relative not in self.names or self.differs(relative):
                    found.append(relative)
        return sorted(found)

    def differs(self, name):
        with open(self.path(name), "rb") as ours, open(os.path.join(ROOT, name), "rb") as theirs:
            return ours.read() != theirs.read()

    def edit(self, name, *changes):
        """Puts text before a mark, once each."""
        with open(self.path(name), encoding="utf-8") as file:
            text = file.read()
        for mark, more in changes:
            assert text.count(mark) == 1, f"{name}: {mark!r} is there {text.count(mark)} times"
            text = text.replace(mark, more + mark)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def environment(self):
        programs = subprocess.run([os.path.join(ROOT, "scripts/setup"), "programs"], capture_output=True, text=True,
                                  check=True).stdout.strip()
        with open(os.path.join(BUILD, "meson-info/intro-targets.json"), encoding="utf-8") as file:
            compilers = [source["compiler"] for target in json.load(file) for source in target["target_sources"]
                         if source.get("language") == "c"]
        return os.environ | {"BULKHEAD_PROGRAMS": programs, "BULKHEAD_BUILD": self.build, "CC": " ".join(compilers[0])}

    def make(self, *targets):
        """Configures as the checkout's own build folder was, and builds these targets."""
        options = configparser.ConfigParser()
        options.read(os.path.join(BUILD, "meson-private/cmd_line.txt"))
        words = [f"-D{name}={value}" for name, value in options["options"].items()]
        self.run("/usr/bin/meson", "setup", "build", *words)
        for folder, _, names in os.walk(BUILD):
            relative = os.path.relpath(folder, BUILD)
            if relative.startswith(("meson-", "gateway/nginx")):
                continue
            for name in names:
                if name.endswith((".o", ".a", ".so")) or name in (".ninja_log", ".ninja_deps", "bulkhead-extract", "bulkhead-ocr",
                                                                 "bulkhead-picture", "bulkhead-picture-ocr", "bulkhead-audio"):
                    os.makedirs(os.path.join(self.build, relative), exist_ok=True)
                    shutil.copy2(os.path.join(folder, name), os.path.join(self.build, relative, name))
        self.run("ninja", "-C", "build", "-j", "2", *targets)

    def run(self, *words):
        done = subprocess.run(words, cwd=self.root, env=self.environment(), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}: {(done.stdout + done.stderr)[-4000:]}")
        return done.stdout
