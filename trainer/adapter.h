/* SPDX-License-Identifier: Apache-2.0 */
/* adapter.h: an adapter as a GGUF file, as llama.cpp's server loads it by --lora.
 * Source of the format: ggml's docs/gguf.md, version 3; of the names: llama.cpp's src/llama-adapter.cpp. */
#ifndef TRAINER_ADAPTER_H
#define TRAINER_ADAPTER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { TRAINER_NAME_SIZE = 64 };

/* One matrix: `columns` values in a row. */
struct trainer_matrix {
	char name[TRAINER_NAME_SIZE]; /* "blk.0.attn_q.weight.lora_a" */
	int64_t columns, rows;
	size_t offset; /* of its first value among all */
};

struct trainer_adapter {
	const char *architecture; /* of the base model, as its GGUF says: "llama" */
	const char *base_hash;    /* SHA-256 of its file in hex, or "" */
	float alpha;
	const struct trainer_matrix *matrices; /* borrowed */
	size_t n_matrices;
};

/* All before the values of the first matrix. Values follow in the order of the matrices, each filled up with zeros to
 * a multiple of TRAINER_ADAPTER_ALIGN bytes. */
void trainer_adapter_head(const struct trainer_adapter *adapter, struct bh_buf *out);

enum { TRAINER_ADAPTER_ALIGN = 32 };

#endif
