/* SPDX-License-Identifier: Apache-2.0 */
/* lora.h: the head of a GGUF file, read with every length bounded, and whether an adapter fits a base model.
 * Sources: ggml's docs/gguf.md, version 3, for the format; llama.cpp's src/llama-adapter.cpp for names and shapes. */
#ifndef BH_MODEL_LORA_H
#define BH_MODEL_LORA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

enum {
	MODEL_LORA_RANK_MOST = 256,
	MODEL_LORA_TENSORS_MOST = 8192,
	MODEL_LORA_PAIRS_MOST = 64, /* of an adapter's header */
	/* Of a file's beginning that is read: a base model's header holds its whole vocabulary. */
	MODEL_LORA_HEAD_MOST = 64 * 1024 * 1024
};

struct model_lora_tensor {
	char name[96];
	int64_t columns, rows; /* of a matrix; of anything else 0 */
	int64_t begin;         /* of its values, after the head */
	uint32_t form;         /* ggml's type: 0 F32, 1 F16 */
};

/* Zeroed is empty. */
struct model_lora_head {
	char architecture[32];
	char kind[16];         /* general.type: "adapter" */
	char adapter_kind[16]; /* "lora" */
	char base_sha256[65];  /* bulkhead.base.sha256; "": it does not say */
	char stranger[64];     /* the first key that no adapter has; "": there is none */
	int64_t pairs;
	int64_t values;                    /* where in the file they begin */
	struct model_lora_tensor *tensors; /* owned; by name, each once */
	size_t n_tensors;
};

/* Reads the head from the first `len` bytes of a file. BH_E_INVALID with a sentence. */
BH_MUST_CHECK int model_lora_read(const void *bytes, size_t len, struct model_lora_head *out);
void model_lora_close(struct model_lora_head *head); /* safe on a zeroed one, and twice */

/* The same of an open file; *out_bytes is its size. BH_E_INVALID, BH_E_IO. */
BH_MUST_CHECK int model_lora_read_file(int fd, struct model_lora_head *out, int64_t *out_bytes);

/* Whether the adapter, a file of `bytes`, holds nothing but LoRA matrices that fit the base. BH_E_INVALID with a
 * sentence for its owner. *out_rank: the largest. */
BH_MUST_CHECK int model_lora_check(const struct model_lora_head *adapter, int64_t bytes,
	const struct model_lora_head *base, int64_t *out_rank);

#endif
