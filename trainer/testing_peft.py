# SPDX-License-Identifier: Apache-2.0
"""PyTorch with PEFT on the job that bulkhead-train did: the same weights, tokens, order, first matrices and settings.

usage: testing_peft.py JOB STEPS    prints {"losses": […], "cpu_s": X, "tokens": N, "seconds": X, "versions": {…}}

STEPS: how many steps are taken; the first is not timed. The folder of the job has to have the checkpoint of step 1, as
`checkpoint_steps` 1 writes it: its first matrices are those that were drawn, since the second ones are 0 until then and
give them no gradient. Tokens are made by Hugging Face's tokenizers from what the model's file says, weights are decoded
by the package gguf, the order is drawn anew: whatever the trainer does wrong, it does not do here.

Needs torch, transformers, peft, tokenizers and gguf; testing_peft.txt says how to have them. Exit status 77: one is
missing.
"""
import json
import os
import resource
import sys
import time

try:
    import gguf
    import numpy
    import peft
    import tokenizers
    import torch
    import transformers
except ImportError as missing:
    print(f"{missing}; see trainer/testing_peft.txt", file=sys.stderr)
    sys.exit(77)

MASK = 2 ** 64 - 1
STREAM_EPOCH = 1000
LINEARS = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
           "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}
QWEN_WORDS = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


# -- order: SplitMix64 and xoshiro256**, by their authors' C ------------------------------------

def split_mix(state):
    state = (state + 0x9e3779b97f4a7c15) & MASK
    z = ((state ^ state >> 30) * 0xbf58476d1ce4e5b9) & MASK
    z = ((z ^ z >> 27) * 0x94d049bb133111eb) & MASK
    return state, z ^ z >> 31


def rotate(value, bits):
    return (value << bits | value >> 64 - bits) & MASK


def numbers(seed, stream):
    _, apart = split_mix(seed)
    apart ^= stream
    state = []
    for _ in range(4):
        apart, drawn = split_mix(apart)
        state.append(drawn)
    while True:
        yield rotate(state[1] * 5 & MASK, 7) * 9 & MASK
        kept = state[1] << 17 & MASK
        state[2] ^= state[0]
        state[3] ^= state[1]
        state[1] ^= state[2]
        state[0] ^= state[3]
        state[2] ^= kept
        state[3] = rotate(state[3], 45)


def order_of(seed, epoch, count):
    drawn, order = numbers(seed, STREAM_EPOCH + epoch), list(range(count))
    for i in range(count, 1, -1):
        number = next(drawn)
        while number < 2 ** 64 % i:
            number = next(drawn)
        order[i - 1], order[number % i] = order[number % i], order[i - 1]
    return order


# -- tokens ------------------------------------------------------------------------------------

def value(reader, name):
    field = reader.fields.get(name)
    return None if field is None else field.contents()


def tokenizer_of(reader):
    words = value(reader, "tokenizer.ggml.tokens")
    kinds = value(reader, "tokenizer.ggml.token_type")
    merges = [tuple(merge.split(" ")) for merge in value(reader, "tokenizer.ggml.merges")]
    made = tokenizers.Tokenizer(tokenizers.models.BPE(dict(zip(words, range(len(words)))), merges))
    by_bytes = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=value(reader, "tokenizer.ggml.pre") != "qwen2")
    first = tokenizers.pre_tokenizers.Split(tokenizers.Regex(QWEN_WORDS), "isolated") \
        if value(reader, "tokenizer.ggml.pre") == "qwen2" else tokenizers.pre_tokenizers.Digits(individual_digits=True)
    made.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([first, by_bytes])
    made.add_special_tokens([word for word, kind in zip(words, kinds) if kind == 3])
    return made


def example(made, messages, context):
    """Tokens of a chat in ChatML, and which are learned: the answers and the ends of their turns."""
    tokens, learned = [], []
    for message in messages:
        head = made.encode(f"<|im_start|>{message['role']}\n").ids
        body = made.encode(message["content"] + "<|im_end|>").ids
        rest = made.encode("\n").ids
        tokens += head + body + rest
        learned += [False] * len(head) + [message["role"] == "assistant"] * len(body) + [False] * len(rest)
    return tokens[:context], learned[:context]


# -- the model -----------------------------------------------------------------------------------

def halves(weight, heads):
    """Rows of a head as transformers has them: llama's converter has interleaved their halves."""
    return weight.reshape(heads, weight.shape[0] // heads // 2, 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def config_of(reader):
    name = value(reader, "general.architecture")

    def key(last):
        return value(reader, f"{name}.{last}")

    kind = transformers.LlamaConfig if name == "llama" else transformers.Qwen2Config
    return name, kind(
        vocab_size=len(value(reader, "tokenizer.ggml.tokens")), hidden_size=key("embedding_length"),
        intermediate_size=key("feed_forward_length"), num_hidden_layers=key("block_count"),
        num_attention_heads=key("attention.head_count"), num_key_value_heads=key("attention.head_count_kv"),
        max_position_embeddings=key("context_length"), rms_norm_eps=key("attention.layer_norm_rms_epsilon"),
        rope_theta=key("rope.freq_base") or 10000.0, use_cache=False, tie_word_embeddings=False, attn_implementation="eager")


def base_model(reader):
    name, config = config_of(reader)
    kind = transformers.LlamaForCausalLM if name == "llama" else transformers.Qwen2ForCausalLM
    model = kind(config)
    weights = {}
    for tensor in reader.tensors:
        weights[tensor.name] = numpy.ascontiguousarray(gguf.quants.dequantize(tensor.data, tensor.tensor_type), dtype=numpy.float32)
    found = {"model.embed_tokens.weight": weights["token_embd.weight"], "model.norm.weight": weights["output_norm.weight"],
             "lm_head.weight": weights.get("output.weight", weights["token_embd.weight"])}
    for layer in range(config.num_hidden_layers):
        for norm, theirs in (("attn_norm", "input_layernorm"), ("ffn_norm", "post_attention_layernorm")):
            found[f"model.layers.{layer}.{theirs}.weight"] = weights[f"blk.{layer}.{norm}.weight"]
        for linear, theirs in LINEARS.items():
            for part in ("weight", "bias"):
                matrix = weights.get(f"blk.{layer}.{linear}.{part}")
                if matrix is not None and name == "llama" and linear in ("attn_q", "attn_k"):
                    matrix = halves(matrix, config.num_attention_heads if linear == "attn_q" else config.num_key_value_heads)
                if matrix is not None:
                    found[f"model.layers.{layer}.{theirs}.{part}"] = matrix
    missing = set(model.state_dict()) - set(found)
    if missing:
        raise ValueError(f"the file does not have {sorted(missing)}")
    model.load_state_dict({key: torch.from_numpy(matrix.copy()) for key, matrix in found.items()}, strict=False)
    return model


def with_adapter(model, job, folder):
    config = peft.LoraConfig(r=job["rank"], lora_alpha=job["alpha"], lora_dropout=0.0, bias="none", task_type="CAUSAL_LM",
                             target_modules=[name.rsplit(".", 1)[1] for name in LINEARS.values()])
    model = peft.get_peft_model(model, config)
    drawn = {tensor.name: tensor.data for tensor in gguf.GGUFReader(os.path.join(folder, "step-00000001/adapter.gguf")).tensors}
    with torch.no_grad():
        for layer in range(model.config.num_hidden_layers):
            for linear, theirs in LINEARS.items():
                module = model.base_model.model.model.layers[layer].get_submodule(theirs)
                matrix = numpy.array(drawn[f"blk.{layer}.{linear}.weight.lora_a"], dtype=numpy.float32)
                module.lora_A["default"].weight.copy_(torch.from_numpy(matrix))
                module.lora_B["default"].weight.zero_()
    return model.train()


# -- training ------------------------------------------------------------------------------------

def batch_loss(model, batch, learned_tokens):
    """Of a step's batch, as a share of the mean over all that the step learns."""
    longest = max(len(tokens) for tokens, _ in batch)
    ids = torch.zeros((len(batch), longest), dtype=torch.long)
    labels = torch.full((len(batch), longest), -100)
    mask = torch.zeros((len(batch), longest), dtype=torch.long)
    for row, (tokens, learned) in enumerate(batch):
        ids[row, :len(tokens)] = torch.tensor(tokens)
        mask[row, :len(tokens)] = 1
        labels[row, :len(tokens)] = torch.where(torch.tensor(learned), ids[row, :len(tokens)], torch.tensor(-100))
    logits = model(input_ids=ids, attention_mask=mask).logits[:, :-1]
    return torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), labels[:, 1:].reshape(-1), ignore_index=-100,
                                             reduction="sum") / learned_tokens


def rate_of(job, step, steps):
    rising = -int(-(job["warmup"] * steps) // 1)
    if step <= rising:
        return job["learning_rate"] * step / rising
    return job["learning_rate"] * 0.5 * (1 + numpy.cos(numpy.pi * (step - rising - 1) / (steps - rising)))


def train(model, job, examples, most):
    parameters = [each for each in model.parameters() if each.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=job["learning_rate"], betas=(0.9, 0.999), eps=1e-8, weight_decay=job["weight_decay"])
    a_step = job["batch_size"] * job["accumulate"]
    steps_per_epoch = -(-len(examples) // a_step)
    steps, losses, tokens = job["epochs"] * steps_per_epoch, [], 0
    begun = None
    for step in range(1, min(steps, most) + 1):
        epoch, at = divmod(step - 1, steps_per_epoch)
        chosen = [examples[i] for i in order_of(job["seed"], epoch, len(examples))[at * a_step:(at + 1) * a_step]]
        learned_tokens = sum(sum(learned) for _, learned in chosen)
        optimiser.zero_grad()
        loss = 0.0
        for first in range(0, len(chosen), job["batch_size"]):
            part = batch_loss(model, chosen[first:first + job["batch_size"]], learned_tokens)
            part.backward()
            loss += part.item()
        torch.nn.utils.clip_grad_norm_(parameters, job["gradient_norm_max"])
        optimiser.param_groups[0]["lr"] = rate_of(job, step, steps)
        optimiser.step()
        losses.append(loss)
        if step == 1:
            begun = (time.monotonic(), resource.getrusage(resource.RUSAGE_SELF))
        else:
            tokens += sum(len(each) for each, _ in chosen)
    used, before = resource.getrusage(resource.RUSAGE_SELF), begun[1]
    return {"losses": losses, "tokens": tokens, "seconds": time.monotonic() - begun[0],
            "cpu_s": used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime, "memory_bytes": used.ru_maxrss * 1024}


def main(path, most):
    with open(path, encoding="utf-8") as file:
        job = json.load(file)
    torch.set_num_threads(job["threads"])
    reader = gguf.GGUFReader(job["model"])
    made = tokenizer_of(reader)
    with open(job["training"], encoding="utf-8") as file:
        examples = [example(made, json.loads(line)["messages"], job["context"]) for line in file]
    model = with_adapter(base_model(reader), job, job["folder"])
    result = train(model, job, examples, most)
    result["epoch_tokens"] = sum(len(tokens) for tokens, _ in examples)
    result["epoch_learned"] = sum(sum(learned) for _, learned in examples)
    result["versions"] = {each.__name__: each.__version__ for each in (torch, transformers, peft)}
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
