# SPDX-License-Identifier: Apache-2.0
"""Compiles bulkhead-train for the processor of this machine, on the pinned source that `make engine` compiles.

An interrupted compilation continues where it stopped.
"""
import os
import shutil

import native_engine
from pinned import STAMP, Failure, copy_if_changed, fetch_tree, package, say, tree_is_complete, tree_path, work_folder, \
    write_atomically

FOLDER = "trainer"
PROGRAM = "bulkhead-train"
GRADIENTS = "bulkhead-train-gradients"
HERE = os.path.dirname(os.path.realpath(__file__))
SOURCE = os.path.join(os.path.dirname(HERE), "trainer")


def compile_programs(tree, json_source):
    """The folder with the compiled programs."""
    objects = os.path.join(tree, "objects-trainer")
    native_engine.run(["cmake", "-S", SOURCE, "-B", objects, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                       f"-DGGML_NATIVE={native_engine.NATIVE}", f"-DLLAMA={os.path.join(tree, 'llama.cpp')}",
                       f"-DYYJSON={json_source}"], "the trainer")
    native_engine.run(["nice", "-n", "19", "ninja", "-C", objects, "-j", str(native_engine.compilers()), PROGRAM, GRADIENTS],
                      "the trainer")
    return objects


def build(programs, lock, json_source):
    entry = package(lock, native_engine.USE)
    missing = [name for name in ("cmake", "ninja", "c++", "nice") if shutil.which(name) is None]
    if missing:
        raise Failure(f"{' and '.join(missing)} not found; run `make trainer`, which installs what compiling needs")
    if not tree_is_complete(programs, entry):
        with work_folder(programs) as work:
            fetch_tree(programs, entry, work)
    say("compiling the trainer; on two cores it takes 10 minutes or more, once")
    objects = compile_programs(tree_path(programs, entry), json_source)
    for name in (PROGRAM, GRADIENTS):
        copy_if_changed(os.path.join(objects, name), os.path.join(programs, FOLDER, name), 0o755)
    # Last: without the stamp it is not used, and on a processor without these features it would not run.
    write_atomically(os.path.join(programs, FOLDER, STAMP),
                     " ".join([entry["sha256"], *sorted(native_engine.processor_features())]) + "\n")
