/* SPDX-License-Identifier: Apache-2.0 */
/* base.c: a GGUF file mapped into memory, checked against what the graph expects. */
#include "trainer/base.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "ggml-alloc.h"
#include "ggml-backend.h"
#include "ggml-cpu.h"
#include "ggml.h"
#include "gguf.h"
#include "trainer/frozen.h"

static int64_t
find_key(const struct trainer_base *base, const char *name, enum gguf_type type)
{
	char key[96];
	int64_t id;

	snprintf(key, sizeof(key), "%s.%s", base->architecture, name);
	id = gguf_find_key(base->gguf, key);
	return id >= 0 && gguf_get_kv_type(base->gguf, id) == type ? id : -1;
}

static int64_t
get_int(const struct trainer_base *base, const char *name, int64_t preset)
{
	int64_t id = find_key(base, name, GGUF_TYPE_UINT32);

	return id < 0 ? preset : (int64_t)gguf_get_val_u32(base->gguf, id);
}

static float
get_float(const struct trainer_base *base, const char *name, float preset)
{
	int64_t id = find_key(base, name, GGUF_TYPE_FLOAT32);

	return id < 0 ? preset : gguf_get_val_f32(base->gguf, id);
}

static int
read_architecture(struct trainer_base *base)
{
	int64_t id = gguf_find_key(base->gguf, "general.architecture");
	const char *name = "";

	if (id >= 0 && gguf_get_kv_type(base->gguf, id) == GGUF_TYPE_STRING)
		name = gguf_get_val_str(base->gguf, id);
	if (strcmp(name, "llama") != 0 && strcmp(name, "qwen2") != 0)
		return bh_error(BH_E_UNSUPPORTED,
			"models of architecture %.32s cannot be trained; llama and qwen2 can", name);
	strcpy(base->architecture, name);
	/* How the two store the weights of queries and keys: llama's converter has interleaved their halves. */
	base->rope_mode = strcmp(name, "llama") == 0 ? GGML_ROPE_TYPE_NORMAL : GGML_ROPE_TYPE_NEOX;
	return 0;
}

static int
read_sizes(struct trainer_base *base)
{
	base->layers = get_int(base, "block_count", 0);
	base->width = get_int(base, "embedding_length", 0);
	base->heads = get_int(base, "attention.head_count", 0);
	base->heads_kv = get_int(base, "attention.head_count_kv", base->heads);
	base->inner_width = get_int(base, "feed_forward_length", 0);
	base->context = get_int(base, "context_length", 0);
	base->rope_base = get_float(base, "rope.freq_base", 10000);
	base->norm_epsilon = get_float(base, "attention.layer_norm_rms_epsilon", 0);
	if (base->layers < 1 || base->layers > 1024 || base->width < 1 || base->heads < 1 ||
		base->heads_kv < 1 || base->heads % base->heads_kv != 0 || base->width % base->heads != 0 ||
		base->inner_width < 1 || base->context < 1 || !(base->norm_epsilon > 0))
		return bh_error(BH_E_UNSUPPORTED, "the model's file does not say its sizes");
	base->head_width = base->width / base->heads;
	if (get_int(base, "expert_count", 0) > 0)
		return bh_error(BH_E_UNSUPPORTED, "a mixture of experts cannot be trained");
	if (get_int(base, "attention.key_length", base->head_width) != base->head_width ||
		get_int(base, "rope.dimension_count", base->head_width) != base->head_width ||
		ggml_get_tensor(base->context_weights, "rope_freqs.weight") != NULL ||
		find_key(base, "rope.scaling.type", GGUF_TYPE_STRING) >= 0)
		return bh_error(BH_E_UNSUPPORTED, "a model with scaled positions cannot be trained");
	return 0;
}

/* A tensor of that shape; rows 0: a vector in 32 bits. NULL: another shape, or none. */
static struct ggml_tensor *
get_tensor(const struct trainer_base *base, const char *name, int64_t columns, int64_t rows)
{
	struct ggml_tensor *tensor = ggml_get_tensor(base->context_weights, name);

	if (tensor == NULL || tensor->ne[0] != columns || tensor->ne[1] != (rows > 0 ? rows : 1) ||
		tensor->ne[2] != 1 || tensor->ne[3] != 1)
		return NULL;
	if (rows == 0)
		return tensor->type == GGML_TYPE_F32 ? tensor : NULL;
	return trainer_frozen_is_readable(tensor) ? tensor : NULL;
}

static int
read_layer(struct trainer_base *base, int64_t index)
{
	static const char *const names[] = {"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate",
		"ffn_up", "ffn_down"};
	const int64_t kv = base->heads_kv * base->head_width;
	const int64_t columns[] = {base->width, base->width, base->width, base->width, base->width,
		base->width, base->inner_width};
	const int64_t rows[] = {base->width, kv, kv, base->width, base->inner_width, base->inner_width,
		base->width};
	struct trainer_layer *layer = &base->layer[index];
	char name[64];
	bool whole;

	snprintf(name, sizeof(name), "blk.%lld.attn_norm.weight", (long long)index);
	layer->attn_norm = get_tensor(base, name, base->width, 0);
	snprintf(name, sizeof(name), "blk.%lld.ffn_norm.weight", (long long)index);
	layer->ffn_norm = get_tensor(base, name, base->width, 0);
	whole = layer->attn_norm != NULL && layer->ffn_norm != NULL;
	for (int i = 0; i < TRAINER_LINEARS; i++) {
		snprintf(name, sizeof(name), "blk.%lld.%s.weight", (long long)index, names[i]);
		layer->linear[i] = get_tensor(base, name, columns[i], rows[i]);
		snprintf(name, sizeof(name), "blk.%lld.%s.bias", (long long)index, names[i]);
		layer->bias[i] = get_tensor(base, name, rows[i], 0);
		whole = whole && layer->linear[i] != NULL;
	}
	if (!whole)
		return bh_error(BH_E_UNSUPPORTED, "layer %lld of the model is not a plain one",
			(long long)index);
	return 0;
}

static int
read_tensors(struct trainer_base *base)
{
	struct ggml_tensor *embedding = ggml_get_tensor(base->context_weights, "token_embd.weight");
	int rc = 0;

	base->vocabulary = embedding == NULL ? 0 : embedding->ne[1];
	base->embedding = get_tensor(base, "token_embd.weight", base->width, base->vocabulary);
	base->output_norm = get_tensor(base, "output_norm.weight", base->width, 0);
	base->output = ggml_get_tensor(base->context_weights, "output.weight") == NULL
		? base->embedding
		: get_tensor(base, "output.weight", base->width, base->vocabulary);
	if (base->vocabulary < 1 || base->embedding == NULL || base->output_norm == NULL ||
		base->output == NULL || ggml_get_tensor(base->context_weights, "output.bias") != NULL)
		return bh_error(BH_E_UNSUPPORTED, "the model's embedding or output is not a plain one");
	base->layer = calloc((size_t)base->layers, sizeof(*base->layer));
	if (base->layer == NULL)
		return bh_error(BH_E_INTERNAL, "out of memory");
	for (int64_t i = 0; i < base->layers && rc == 0; i++)
		rc = read_layer(base, i);
	return rc;
}

/* The tensors lie where the file is mapped: pages that the engine on this machine has in memory already. */
static int
map_weights(struct trainer_base *base, const char *path)
{
	size_t start = gguf_get_data_offset(base->gguf);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat file;

	if (fd >= 0 && fstat(fd, &file) == 0 && file.st_size > 0) {
		base->map_bytes = (size_t)file.st_size;
		base->map = mmap(NULL, base->map_bytes, PROT_READ, MAP_SHARED, fd, 0);
	}
	if (fd >= 0)
		close(fd);
	if (base->map == NULL || base->map == MAP_FAILED) {
		base->map = NULL;
		return bh_error(BH_E_UNSUPPORTED, "the model cannot be read: %m");
	}
	base->buffer = ggml_backend_cpu_buffer_from_ptr(base->map, base->map_bytes);
	for (int64_t i = 0; i < gguf_get_n_tensors(base->gguf); i++) {
		struct ggml_tensor *tensor = ggml_get_tensor(base->context_weights,
			gguf_get_tensor_name(base->gguf, i));
		size_t offset = start + gguf_get_tensor_offset(base->gguf, i);

		if (tensor == NULL || offset > base->map_bytes ||
			ggml_nbytes(tensor) > base->map_bytes - offset)
			return bh_error(BH_E_UNSUPPORTED, "the model's file is cut off");
		ggml_backend_tensor_alloc(base->buffer, tensor, (char *)base->map + offset);
	}
	return 0;
}

int
trainer_base_open(const char *path, struct trainer_base *out)
{
	struct trainer_base base = {0};
	int rc;

	base.gguf = gguf_init_from_file(path,
		(struct gguf_init_params){.no_alloc = true, .ctx = &base.context_weights});
	if (base.gguf == NULL)
		return bh_error(BH_E_UNSUPPORTED, "the model cannot be read");
	rc = read_architecture(&base);
	if (rc == 0)
		rc = read_sizes(&base);
	if (rc == 0)
		rc = map_weights(&base, path);
	if (rc == 0)
		rc = read_tensors(&base);
	if (rc < 0) {
		trainer_base_close(&base);
		return rc;
	}
	*out = base;
	return 0;
}

void
trainer_base_close(struct trainer_base *base)
{
	ggml_backend_buffer_free(base->buffer);
	ggml_free(base->context_weights);
	gguf_free(base->gguf);
	if (base->map != NULL)
		munmap(base->map, base->map_bytes);
	free(base->layer);
	*base = (struct trainer_base){0};
}
