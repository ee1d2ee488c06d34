# SPDX-License-Identifier: Apache-2.0
"""Adapters for the tests: GGUF files with random LoRA matrices that fit a base model's file.

Formats: ggml's docs/gguf.md, version 3; names and shapes as llama.cpp's src/llama-adapter.cpp takes them.
"""
import hashlib
import random
import struct

ALIGN = 32
SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
STRING, ARRAY, F32 = 8, 9, 6


class Reader:
    """The head of a GGUF file that the set-up has installed."""

    def __init__(self, path):
        with open(path, "rb") as self.file:
            magic, _, n_tensors, n_pairs = struct.unpack("<4sIQQ", self.file.read(24))
            assert magic == b"GGUF", path
            self.pairs = {self.text(): self.value(self.u32()) for _ in range(n_pairs)}
            self.tensors = {}
            for _ in range(n_tensors):
                name, n = self.text(), self.u32()
                self.tensors[name] = struct.unpack(f"<{n}Q", self.file.read(8 * n))
                self.file.read(12)

    def u32(self):
        return struct.unpack("<I", self.file.read(4))[0]

    def u64(self):
        return struct.unpack("<Q", self.file.read(8))[0]

    def text(self):
        return self.file.read(self.u64()).decode("utf-8", "replace")

    def value(self, of_type):
        if of_type == STRING:
            return self.text()
        if of_type == ARRAY:
            inner, n = self.u32(), self.u64()
            if inner == STRING:
                return [self.text() for _ in range(n)]
            return self.file.read(SIZES[inner] * n)
        return self.file.read(SIZES[of_type])


def text(value):
    return struct.pack("<Q", len(value.encode())) + value.encode()


def pair(name, value):
    return text(name) + struct.pack("<I", STRING) + text(value)


def head(architecture, matrices, alpha, pairs=()):
    """All before the values; `matrices` are name, columns, rows."""
    rows = [pair("general.type", "adapter"), pair("general.architecture", architecture), pair("adapter.type", "lora"),
            *[pair(*row) for row in pairs], text("adapter.lora.alpha") + struct.pack("<If", F32, alpha)]
    out = struct.pack("<4sIQQ", b"GGUF", 3, len(matrices), len(rows)) + b"".join(rows)
    at = 0
    for name, columns, n_rows in matrices:
        out += text(name) + struct.pack("<IQQIQ", 2, columns, n_rows, 0, at)
        at += -(-columns * n_rows * 4 // ALIGN) * ALIGN
    return out + bytes(-len(out) % ALIGN)


def values(rng, n, size):
    data = struct.pack(f"<{n}f", *[rng.gauss(0, size) for _ in range(n)])
    return data + bytes(-len(data) % ALIGN)


def make(base, seed, rank=4, size=0.1, of=("attn_q", "attn_v"), layers=None, **change):
    """The bytes of an adapter for the model in the file `base`; another seed answers otherwise."""
    model, rng = Reader(base), random.Random(seed)
    matrices, data = [], []
    for name, shape in sorted(model.tensors.items()):
        parts = name.split(".")
        if len(parts) != 4 or parts[2] not in of or parts[3] != "weight" or (layers is not None and int(parts[1]) not in layers):
            continue
        matrices += [(f"{name}.lora_a", shape[0], rank), (f"{name}.lora_b", rank, shape[1])]
        data += [values(rng, shape[0] * rank, size), values(rng, rank * shape[1], size)]
    return head(change.get("architecture", model.pairs["general.architecture"]), matrices, float(rank), change.get("pairs", ())) + b"".join(data)


def digest(content):
    return hashlib.sha256(content).hexdigest()
