#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Converts the all-MiniLM-L6-v2 embedding model from safetensors to a GGUF file for the engine.

usage: convert_minilm.py --gguf DIR --model DIR --output FILE [--type f16|f32]

DIR of --gguf is the unpacked wheel `gguf`, DIR of --model holds model.safetensors, config.json and
vocab.txt. The same input gives the same bytes, so the result has a checksum in the lock file.
"""
import argparse
import json
import os
import struct
import sys

import numpy

POSITIONS_NAME = "embeddings.position_embeddings.weight"
TYPES_NAME = "embeddings.token_type_embeddings.weight"
# The sentence encoder pools the last layer itself: the pooler head of plain BERT is not part of it.
UNUSED = ("embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias")


def read_safetensors(path):
    """Yields (name, float32 array), in the order of the file."""
    with open(path, "rb") as file:
        (header_bytes,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(header_bytes))
        header.pop("__metadata__", None)
        start = 8 + header_bytes
        for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
            if name in UNUSED:
                continue
            if entry["dtype"] != "F32":
                sys.exit(f"{path}: {name} is {entry['dtype']}, expected F32")
            first, last = entry["data_offsets"]
            file.seek(start + first)
            data = numpy.frombuffer(file.read(last - first), dtype="<f4")
            yield name, data.reshape(entry["shape"])


def engine_token(token):
    """WordPiece marks continuations with ##; the engine marks beginnings with U+2581 instead."""
    if token.startswith("[") and token.endswith("]"):
        return token
    if token.startswith("##"):
        return token[2:]
    return "\u2581" + token


def add_vocabulary(writer, gguf, path):
    with open(path, encoding="utf-8") as file:
        tokens = [line.rstrip("\n") for line in file]
    special = {name: tokens.index(f"[{name}]") for name in ("PAD", "UNK", "CLS", "SEP", "MASK")}
    types = [
        gguf.TokenType.CONTROL if i in special.values()
        else gguf.TokenType.UNUSED if token.startswith("[unused")
        else gguf.TokenType.NORMAL
        for i, token in enumerate(tokens)
    ]
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_type_count(2)
    writer.add_token_list([engine_token(token) for token in tokens])
    writer.add_token_types(types)
    writer.add_pad_token_id(special["PAD"])
    writer.add_unk_token_id(special["UNK"])
    writer.add_bos_token_id(special["CLS"])
    writer.add_sep_token_id(special["SEP"])
    writer.add_eos_token_id(special["SEP"])
    writer.add_mask_token_id(special["MASK"])
    # Without these an accented letter becomes an unknown token, and unrelated words look alike.
    writer.add_bool("tokenizer.ggml.normalizer.lowercase", True)
    writer.add_bool("tokenizer.ggml.normalizer.strip_accents", True)
    return len(tokens)


def add_architecture(writer, gguf, config):
    writer.add_name("all-MiniLM-L6-v2")
    writer.add_license("apache-2.0")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_vocab_size(config["vocab_size"])


def convert(gguf, model, output, weight_type):
    with open(os.path.join(model, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    if config["model_type"] != "bert":
        sys.exit(f"{model}: a {config['model_type']} model, expected bert")

    writer = gguf.GGUFWriter(output, "bert")
    add_architecture(writer, gguf, config)
    writer.add_file_type(
        gguf.LlamaFileType.MOSTLY_F16 if weight_type == "f16" else gguf.LlamaFileType.ALL_F32)
    if add_vocabulary(writer, gguf, os.path.join(model, "vocab.txt")) != config["vocab_size"]:
        sys.exit(f"{model}: vocab.txt does not have {config['vocab_size']} lines")

    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.BERT, config["num_hidden_layers"])
    for name, data in read_safetensors(os.path.join(model, "model.safetensors")):
        target = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if target is None:
            sys.exit(f"{model}: no place for tensor {name}")
        # The engine adds these to activations, for which it wants full width.
        full = data.ndim == 1 or name in (POSITIONS_NAME, TYPES_NAME)
        writer.add_tensor(target, data if full or weight_type == "f32" else data.astype("<f2"))

    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file(progress=False)
    writer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gguf", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--type", choices=("f16", "f32"), default="f16")
    args = parser.parse_args()
    sys.path.insert(0, args.gguf)
    import gguf
    convert(gguf, args.model, args.output, args.type)


if __name__ == "__main__":
    main()
