# SPDX-License-Identifier: Apache-2.0
"""Writes small models with random weights, in 32 bits, for tests of the trainer.

usage: testing_model.py ARCHITECTURE FILE
"""
import random
import struct
import sys

LAYERS, WIDTH, HEADS, HEADS_KV, INNER = 2, 64, 4, 2, 96
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
U32, F32, STRING, ARRAY, I32 = 4, 6, 8, 9, 5
TEMPLATE = ("{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}"
            "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}")


def bytes_to_letters():
    """The letters by which byte-level BPE writes bytes; source: GPT-2's encoder.py."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = (byte for byte in range(256) if byte not in plain)
    return [chr(byte) for byte in plain] + [chr(256 + at) for at, _ in enumerate(others)]


def text(value):
    return struct.pack("<Q", len(value.encode())) + value.encode()


def texts(values):
    return struct.pack("<IQ", STRING, len(values)) + b"".join(map(text, values))


def keys(architecture, tokens):
    ints = {"block_count": LAYERS, "embedding_length": WIDTH, "attention.head_count": HEADS,
            "attention.head_count_kv": HEADS_KV, "feed_forward_length": INNER, "context_length": 256,
            "vocab_size": len(tokens), "rope.dimension_count": WIDTH // HEADS}
    pairs = [("general.architecture", STRING, text(architecture))]
    pairs += [(f"{architecture}.{name}", U32, struct.pack("<I", value)) for name, value in ints.items()]
    pairs += [(f"{architecture}.attention.layer_norm_rms_epsilon", F32, struct.pack("<f", 1e-5)),
              (f"{architecture}.rope.freq_base", F32, struct.pack("<f", 10000.0)),
              ("tokenizer.ggml.model", STRING, text("gpt2")), ("tokenizer.ggml.pre", STRING, text("smollm")),
              ("tokenizer.ggml.tokens", ARRAY, texts(tokens)),
              ("tokenizer.ggml.token_type", ARRAY, struct.pack("<IQ", I32, len(tokens))
               + struct.pack(f"<{len(tokens)}i", *(3 if token in SPECIAL else 1 for token in tokens))),
              ("tokenizer.ggml.merges", ARRAY, texts(["t h", "th e", "i n"])),
              ("tokenizer.ggml.bos_token_id", U32, struct.pack("<I", 1)),
              ("tokenizer.ggml.eos_token_id", U32, struct.pack("<I", 2)),
              ("tokenizer.chat_template", STRING, text(TEMPLATE))]
    return pairs


def shapes(architecture, vocabulary):
    kv = WIDTH // HEADS * HEADS_KV
    yield "token_embd.weight", (WIDTH, vocabulary)
    yield "output_norm.weight", (WIDTH,)
    for layer in range(LAYERS):
        yield f"blk.{layer}.attn_norm.weight", (WIDTH,)
        yield f"blk.{layer}.ffn_norm.weight", (WIDTH,)
        for name, columns, rows in (("attn_q", WIDTH, WIDTH), ("attn_k", WIDTH, kv), ("attn_v", WIDTH, kv),
                                    ("attn_output", WIDTH, WIDTH), ("ffn_gate", WIDTH, INNER), ("ffn_up", WIDTH, INNER),
                                    ("ffn_down", INNER, WIDTH)):
            yield f"blk.{layer}.{name}.weight", (columns, rows)
            if architecture == "qwen2" and name in ("attn_q", "attn_k", "attn_v"):
                yield f"blk.{layer}.{name}.bias", (rows,)


def values(draw, name, shape):
    count = shape[0] * (shape[1] if len(shape) > 1 else 1)
    if name.endswith("norm.weight"):
        return [1 + draw.gauss(0, 0.1) for _ in range(count)]
    return [draw.gauss(0, 0.3 if len(shape) < 2 else 1 / shape[0] ** 0.5) for _ in range(count)]


def write(architecture, path):
    tokens = [*SPECIAL, *bytes_to_letters(), "th", "the", "in"]
    pairs = keys(architecture, tokens)
    tensors = list(shapes(architecture, len(tokens)))
    draw = random.Random(architecture)
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(pairs))
    head += b"".join(text(name) + struct.pack("<I", kind) + value for name, kind, value in pairs)
    data = b""
    for name, shape in tensors:
        head += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, len(data))
        numbers = values(draw, name, shape)
        data += struct.pack(f"<{len(numbers)}f", *numbers)
        data += bytes(-len(data) % 32)
    with open(path, "wb") as file:
        file.write(head + bytes(-len(head) % 32) + data)


if __name__ == "__main__":
    write(*sys.argv[1:])
