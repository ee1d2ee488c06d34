# SPDX-License-Identifier: Apache-2.0
"""Reads the header of a GGUF model file: what the engine needs to be told, and whether it can chat.

The bytes are hostile until they were read here: every length is bounded before anything is read or kept, and the
number of values that are read in all.
"""
import os
import re
import struct

KEYS_MAX = 4096
KEY_BYTES_MAX = 512
TEXT_BYTES_MAX = 4 * 1024 * 1024
TEXTS_BYTES_MAX = 16 * 1024 * 1024
VALUES_MAX = 8_000_000
TENSORS_MAX = 100_000
DIMENSIONS_MAX = 4
ELEMENTS_MAX = 1 << 50
CONTEXT_LEAST, CONTEXT_MOST = 64, 1 << 26

NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<B", 10: "<Q", 11: "<q", 12: "<d"}
TEXT, LIST = 8, 9


class NotAModel(Exception):
    """Why the file cannot be used."""


class Reader:
    """The file as numbers and texts, none of them past its end."""

    def __init__(self, file):
        self.file = file
        self.left = os.fstat(file.fileno()).st_size
        self.values = self.kept = 0

    def bytes(self, count):
        if count > self.left:
            raise NotAModel("it ends within its header")
        read = self.file.read(count)
        self.left -= len(read)
        if len(read) != count:
            raise NotAModel("it ends within its header")
        return read

    def skip(self, count):
        if count > self.left:
            raise NotAModel("it ends within its header")
        self.file.seek(count, os.SEEK_CUR)
        self.left -= count

    def number(self, form):
        return struct.unpack(form, self.bytes(struct.calcsize(form)))[0]

    def text(self, most):
        length = self.number("<Q")
        if length > most:
            raise NotAModel("a text in its header is too long")
        return self.bytes(length).decode("utf-8", "replace")

    def count(self, values):
        self.values += values
        if self.values > VALUES_MAX:
            raise NotAModel("its header has too many values")

    def value(self, kind):
        """A number or a text; of a list only its length."""
        self.count(1)
        if kind in NUMBERS:
            return self.number(NUMBERS[kind])
        if kind == TEXT:
            text = self.text(TEXT_BYTES_MAX)
            self.kept += len(text)
            if self.kept > TEXTS_BYTES_MAX:
                raise NotAModel("the texts in its header are too long")
            return text
        if kind != LIST:
            raise NotAModel("its header has a value of an unknown kind")
        return self.skip_list()

    def skip_list(self):
        kind, length = self.number("<I"), self.number("<Q")
        if kind in NUMBERS:
            self.skip(length * struct.calcsize(NUMBERS[kind]))
        elif kind == TEXT:
            self.count(length)
            for _ in range(length):
                self.skip(self.number("<Q"))
        else:
            raise NotAModel("its header has a list of an unknown kind")
        return length


def read_members(reader, count):
    if count > KEYS_MAX:
        raise NotAModel("its header has too many members")
    members = {}
    for _ in range(count):
        name = reader.text(KEY_BYTES_MAX)
        if name in members:
            raise NotAModel("a member of its header stands there twice")
        members[name] = reader.value(reader.number("<I"))
    return members


def read_tensors(reader, count, alignment):
    """That each one begins within the file: a file that was cut short is not loaded."""
    if not 0 < count <= TENSORS_MAX:
        raise NotAModel("it holds no weights" if count == 0 else "it has too many tensors")
    furthest = 0
    for _ in range(count):
        reader.text(KEY_BYTES_MAX)
        dimensions = reader.number("<I")
        if not 0 < dimensions <= DIMENSIONS_MAX:
            raise NotAModel("a tensor has an impossible form")
        elements = 1
        for _ in range(dimensions):
            elements *= reader.number("<Q")
            if not 0 < elements <= ELEMENTS_MAX:
                raise NotAModel("a tensor has an impossible form")
        reader.number("<I")
        offset = reader.number("<Q")
        if offset % alignment != 0:
            raise NotAModel("a tensor does not lie at an aligned place")
        furthest = max(furthest, offset)
    if furthest >= reader.left:
        raise NotAModel("its weights are cut short")


def whole(members, name, least, most):
    value = members.get(name)
    return value if isinstance(value, int) and least <= value <= most else None


def is_text(members, name, pattern):
    value = members.get(name)
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def judge(members):
    """Whether it is one file with a model that can chat."""
    if not is_text(members, "general.architecture", r"[a-z0-9][a-z0-9_.-]{0,63}"):
        raise NotAModel("it does not name its architecture")
    if members.get("general.type", "model") != "model" or members["general.architecture"] == "clip":
        raise NotAModel("it is no model of its own but an addition to one")
    if members.get("split.count", 1) not in (0, 1):
        raise NotAModel("it is one part of a model in several files; only models in one file can be used")
    if "tokenizer.ggml.model" not in members:
        raise NotAModel("it has no tokenizer")
    if not isinstance(members.get("tokenizer.chat_template"), str) or not members["tokenizer.chat_template"].strip():
        raise NotAModel("it has no chat template: it is a base model, or one for embeddings")
    context = whole(members, members["general.architecture"] + ".context_length", CONTEXT_LEAST, CONTEXT_MOST)
    if context is None:
        raise NotAModel("it does not say how long its context is")
    return context


def read(path):
    """{architecture, context, licence}; NotAModel with the reason."""
    with open(path, "rb") as file:
        reader = Reader(file)
        if reader.left < 24 or reader.bytes(4) != b"GGUF":
            raise NotAModel("it is not a GGUF file")
        version = reader.number("<I")
        if version not in (2, 3):
            raise NotAModel("it is of a version of GGUF that the engine does not read")
        tensors, count = reader.number("<Q"), reader.number("<Q")
        members = read_members(reader, count)
        context = judge(members)
        alignment = whole(members, "general.alignment", 1, 65536) if "general.alignment" in members else 32
        if not alignment:
            raise NotAModel("its alignment is impossible")
        read_tensors(reader, tensors, alignment)
    licence = members["general.license"] if is_text(members, "general.license", r"[A-Za-z0-9 .+()_-]{1,64}") else None
    return {"architecture": members["general.architecture"], "context": context, "licence": licence}
