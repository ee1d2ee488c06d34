/* SPDX-License-Identifier: Apache-2.0 */
/* base.h: the base model's weights, frozen, as they lie in its file, and what its graph is made by. */
#ifndef TRAINER_BASE_H
#define TRAINER_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct ggml_context;
struct ggml_tensor;
struct gguf_context;
struct ggml_backend_buffer;

/* The seven linear weights that can have an adapter, in the order of the bits of enum trainer_target. */
enum { TRAINER_LINEARS = 7 };

struct trainer_layer {
	struct ggml_tensor *attn_norm, *ffn_norm;
	struct ggml_tensor *linear[TRAINER_LINEARS]; /* q, k, v, o, gate, up, down */
	struct ggml_tensor *bias[TRAINER_LINEARS];   /* NULL: none */
};

/* Zeroed is closed. */
struct trainer_base {
	char architecture[16]; /* "llama" or "qwen2" */
	int64_t layers, width, heads, heads_kv, head_width, inner_width, vocabulary, context;
	int rope_mode; /* ggml's: 0 pairs neighbours, 2 halves */
	float rope_base, norm_epsilon;
	struct ggml_tensor *embedding, *output_norm, *output;
	struct trainer_layer *layer; /* owned */

	struct gguf_context *gguf;            /* owned */
	struct ggml_context *context_weights; /* owned: of the tensors */
	struct ggml_backend_buffer *buffer;   /* owned: around `map` */
	void *map;                            /* owned: the file, read only */
	size_t map_bytes;
};

/* BH_E_UNSUPPORTED with a detail that says what of the model cannot be trained, or that it is damaged. */
BH_MUST_CHECK int trainer_base_open(const char *path, struct trainer_base *out);

void trainer_base_close(struct trainer_base *base);

#endif
