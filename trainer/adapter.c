/* SPDX-License-Identifier: Apache-2.0 */
/* adapter.c: the head of a GGUF file. All of its numbers are little-endian, as x86-64 and arm64 hold them. */
#include "trainer/adapter.h"

#include <string.h>

enum { GGUF_VERSION = 3, GGUF_FLOAT32 = 6, GGUF_STRING = 8, GGML_F32 = 0 };

static void
add_u32(struct bh_buf *out, uint32_t value)
{
	bh_buf_add(out, &value, sizeof(value));
}

static void
add_u64(struct bh_buf *out, uint64_t value)
{
	bh_buf_add(out, &value, sizeof(value));
}

static void
add_string(struct bh_buf *out, const char *text)
{
	add_u64(out, strlen(text));
	bh_buf_text(out, text);
}

static void
add_pair(struct bh_buf *out, const char *name, const char *value)
{
	add_string(out, name);
	add_u32(out, GGUF_STRING);
	add_string(out, value);
}

static uint64_t
padded(uint64_t bytes)
{
	return (bytes + TRAINER_ADAPTER_ALIGN - 1) / TRAINER_ADAPTER_ALIGN * TRAINER_ADAPTER_ALIGN;
}

void
trainer_adapter_head(const struct trainer_adapter *adapter, struct bh_buf *out)
{
	uint64_t offset = 0;

	bh_buf_text(out, "GGUF");
	add_u32(out, GGUF_VERSION);
	add_u64(out, adapter->n_matrices);
	add_u64(out, 6);
	add_pair(out, "general.type", "adapter");
	add_pair(out, "general.architecture", adapter->architecture);
	add_pair(out, "adapter.type", "lora");
	add_pair(out, "bulkhead.base.sha256", adapter->base_hash);
	add_pair(out, "bulkhead.trainer", BH_VERSION);
	add_string(out, "adapter.lora.alpha");
	add_u32(out, GGUF_FLOAT32);
	bh_buf_add(out, &adapter->alpha, sizeof(adapter->alpha));
	for (size_t i = 0; i < adapter->n_matrices; i++) {
		const struct trainer_matrix *matrix = &adapter->matrices[i];

		add_string(out, matrix->name);
		add_u32(out, 2);
		add_u64(out, (uint64_t)matrix->columns);
		add_u64(out, (uint64_t)matrix->rows);
		add_u32(out, GGML_F32);
		add_u64(out, offset);
		offset += padded((uint64_t)(matrix->columns * matrix->rows) * sizeof(float));
	}
	while (out->len % TRAINER_ADAPTER_ALIGN != 0)
		bh_buf_char(out, '\0');
}
