# SPDX-License-Identifier: Apache-2.0
"""Weights of no model: a file as a small Stable Diffusion 1 model has it (the shapes of its "tiny" U-Net), of which nothing was learned.

All of it is zero, and a hole in the file, but for the decoder, which is noise. What an engine makes of it is noise as well,
other noise for each seed. It is for tests of an engine that loads, works, is interrupted, and ends.
"""
import json
import math
import random
import struct

TEXT, TIME, VOCABULARY = 768, 1280, 49408
WIDTHS = (320, 640, 1280)
PIECE = 1 << 20


def linear(name, to, from_, bias=True):
    yield name + ".weight", (to, from_)
    if bias:
        yield name + ".bias", (to,)


def conv(name, to, from_, side=3):
    yield name + ".weight", (to, from_, side, side)
    yield name + ".bias", (to,)


def norm(name, width):
    yield name + ".weight", (width,)
    yield name + ".bias", (width,)


def text_encoder():
    top = "cond_stage_model.transformer.text_model."
    yield top + "embeddings.token_embedding.weight", (VOCABULARY, TEXT)
    yield top + "embeddings.position_embedding.weight", (77, TEXT)
    for i in range(12):
        layer = f"{top}encoder.layers.{i}."
        for each in ("q", "k", "v", "out"):
            yield from linear(f"{layer}self_attn.{each}_proj", TEXT, TEXT)
        yield from linear(layer + "mlp.fc1", 4 * TEXT, TEXT)
        yield from linear(layer + "mlp.fc2", TEXT, 4 * TEXT)
        yield from norm(layer + "layer_norm1", TEXT)
        yield from norm(layer + "layer_norm2", TEXT)
    yield from norm(top + "final_layer_norm", TEXT)


def step_of_u_net(name, from_, to):
    """A residual block, and attention to the text behind it."""
    yield from norm(name + ".0.in_layers.0", from_)
    yield from conv(name + ".0.in_layers.2", to, from_)
    yield from linear(name + ".0.emb_layers.1", to, TIME)
    yield from norm(name + ".0.out_layers.0", to)
    yield from conv(name + ".0.out_layers.3", to, to)
    if from_ != to:
        yield from conv(name + ".0.skip_connection", to, from_, 1)
    yield from norm(name + ".1.norm", to)
    yield from conv(name + ".1.proj_in", to, to, 1)
    yield from conv(name + ".1.proj_out", to, to, 1)
    block = name + ".1.transformer_blocks.0."
    for attention, width in (("attn1", to), ("attn2", TEXT)):
        yield from linear(f"{block}{attention}.to_q", to, to, bias=False)
        yield from linear(f"{block}{attention}.to_k", to, width, bias=False)
        yield from linear(f"{block}{attention}.to_v", to, width, bias=False)
        yield from linear(f"{block}{attention}.to_out.0", to, to)
    yield from linear(block + "ff.net.0.proj", 8 * to, to)
    yield from linear(block + "ff.net.2", to, 4 * to)
    for i in (1, 2, 3):
        yield from norm(f"{block}norm{i}", to)


def u_net():
    top = "model.diffusion_model."
    yield from linear(top + "time_embed.0", TIME, WIDTHS[0])
    yield from linear(top + "time_embed.2", TIME, TIME)
    yield from conv(top + "input_blocks.0.0", WIDTHS[0], 4)
    kept, width = [WIDTHS[0]], WIDTHS[0]
    for i, to in enumerate(WIDTHS):
        yield from step_of_u_net(f"{top}input_blocks.{3 * i + 1}", width, to)
        kept, width = [*kept, to], to
        if i < 2:
            yield from conv(f"{top}input_blocks.{3 * i + 3}.0.op", to, to)
            kept.append(to)
    for i, to in enumerate(reversed(WIDTHS)):
        for j in (0, 1):
            yield from step_of_u_net(f"{top}output_blocks.{3 * i + j}", width + kept.pop(), to)
            width = to
        if i < 2:
            yield from conv(f"{top}output_blocks.{3 * i + 2}.{i + 1}.conv", to, to)
    yield from norm(top + "out.0", WIDTHS[0])
    yield from conv(top + "out.2", 4, WIDTHS[0])


def residual(name, from_, to):
    yield from norm(name + ".norm1", from_)
    yield from conv(name + ".conv1", to, from_)
    yield from norm(name + ".norm2", to)
    yield from conv(name + ".conv2", to, to)
    if from_ != to:
        yield from conv(name + ".nin_shortcut", to, from_, 1)


def middle(name, width):
    yield from residual(name + ".block_1", width, width)
    yield from norm(name + ".attn_1.norm", width)
    for each in ("q", "k", "v", "proj_out"):
        yield from conv(f"{name}.attn_1.{each}", width, width, 1)
    yield from residual(name + ".block_2", width, width)


def encoder():
    top, width = "first_stage_model.encoder.", 128
    yield from conv(top + "conv_in", 128, 3)
    for i, to in enumerate((128, 256, 512, 512)):
        for j in (0, 1):
            yield from residual(f"{top}down.{i}.block.{j}", width, to)
            width = to
        if i < 3:
            yield from conv(f"{top}down.{i}.downsample.conv", to, to)
    yield from middle(top + "mid", 512)
    yield from norm(top + "norm_out", 512)
    yield from conv(top + "conv_out", 8, 512)
    yield from conv("first_stage_model.quant_conv", 8, 8, 1)


def decoder():
    top, width = "first_stage_model.decoder.", 512
    yield from conv("first_stage_model.post_quant_conv", 4, 4, 1)
    yield from conv(top + "conv_in", 512, 4)
    yield from middle(top + "mid", 512)
    for i, to in ((3, 512), (2, 512), (1, 256), (0, 128)):
        for j in range(3):
            yield from residual(f"{top}up.{i}.block.{j}", width, to)
            width = to
        if i > 0:
            yield from conv(f"{top}up.{i}.upsample.conv", to, to)
    yield from norm(top + "norm_out", 128)
    yield from conv(top + "conv_out", 3, 128)


def noise(source, count):
    """16-bit floats between 0.03 and 0.06, of either sign: as many bytes of chance, with the exponent fixed."""
    chance = bytearray(source.randbytes(2 * count))
    chance[1::2] = bytes(chance[1::2]).translate(bytes(each & 0x83 | 0x28 for each in range(256)))
    return chance


def write(path):
    """safetensors: a length in 64 bits, JSON, tensors."""
    shapes = [*text_encoder(), *u_net(), *encoder(), *decoder()]
    at, places = 0, {}
    for name, shape in shapes:
        size = 2 * math.prod(shape)
        places[name] = {"dtype": "F16", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    head = json.dumps(places).encode()
    source = random.Random(1)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        file.truncate(8 + len(head) + at)
        for name, shape in decoder():
            file.seek(8 + len(head) + places[name]["data_offsets"][0])
            if "norm" in name and name.endswith("weight"):
                file.write(struct.pack("<e", 1) * shape[0])
                continue
            left = math.prod(shape)
            while left:
                file.write(noise(source, min(left, PIECE)))
                left -= min(left, PIECE)
