/* SPDX-License-Identifier: Apache-2.0 */
/* frozen.c: ggml multiplies a quantised weight value by value of the result, with the other side quantised too, and on
 * the way back decodes it once a token. These operators take the place of both. */
#include "trainer/frozen.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "ggml-impl.h"
#include "ggml.h"
#include "trainer/product.h"

size_t
trainer_rooms_bytes(int threads)
{
	return (size_t)threads * trainer_product_room_bytes();
}

int
trainer_rooms_open(int threads, struct trainer_rooms *out)
{
	*out = (struct trainer_rooms){aligned_alloc(64, trainer_rooms_bytes(threads)), threads};
	return out->memory == NULL ? bh_error(BH_E_INTERNAL, "out of memory") : 0;
}

void
trainer_rooms_close(struct trainer_rooms *rooms)
{
	free(rooms->memory);
	*rooms = (struct trainer_rooms){0};
}

static void
copy(const void *from, float *to, int64_t count)
{
	memcpy(to, from, (size_t)count * sizeof(float));
}

bool
trainer_frozen_is_readable(const struct ggml_tensor *weight)
{
	const struct ggml_type_traits *traits = ggml_get_type_traits(weight->type);

	return weight->type == GGML_TYPE_F32 ||
		(traits->to_float != NULL && TRAINER_PRODUCT_DEPTH % traits->blck_size == 0);
}

static struct trainer_coded
code_of(const struct ggml_tensor *weight, const char *data)
{
	const struct ggml_type_traits *traits = ggml_get_type_traits(weight->type);

	return (struct trainer_coded){
		.data = data,
		.row_bytes = weight->nb[1],
		.rows = weight->ne[1],
		.columns = weight->ne[0],
		.group = traits->blck_size,
		.group_bytes = traits->type_size,
		.decode = weight->type == GGML_TYPE_F32 ? copy : traits->to_float,
	};
}

/* Where the matrix of `source` lies that belongs to that of `node`; fewer of them are used in turn, as ggml does. */
static char *
matrix_of(const struct ggml_tensor *node, const struct ggml_tensor *source, int64_t index)
{
	int64_t i2 = index % node->ne[2] / (node->ne[2] / source->ne[2]);
	int64_t i3 = index / node->ne[2] / (node->ne[3] / source->ne[3]);

	return (char *)source->data + (size_t)i2 * source->nb[2] + (size_t)i3 * source->nb[3];
}

typedef void multiply_matrix(struct ggml_tensor *node, int64_t index,
	const struct trainer_share *share);

static void
forward(struct ggml_tensor *node, int64_t index, const struct trainer_share *share)
{
	const struct trainer_coded weight = code_of(node->src[0], matrix_of(node, node->src[0], index));

	trainer_product_forward(&weight, (float *)matrix_of(node, node->src[1], index),
		(float *)matrix_of(node, node, index), node->ne[1], share);
}

static void
back(struct ggml_tensor *node, int64_t index, const struct trainer_share *share)
{
	const struct trainer_coded weight = code_of(node->src[0], matrix_of(node, node->src[0], index));

	trainer_product_back(&weight, (float *)matrix_of(node, node->src[1], index),
		(float *)matrix_of(node, node, index), node->ne[1], share);
}

static void
outer(struct ggml_tensor *node, int64_t index, const struct trainer_share *share)
{
	const struct ggml_tensor *a = node->src[0], *b = node->src[1];
	const bool is_b_low = b->ne[0] <= a->ne[0];
	const struct ggml_tensor *low = is_b_low ? b : a, *high = is_b_low ? a : b;
	const struct trainer_outer values = {(float *)matrix_of(node, low, index),
		(float *)matrix_of(node, high, index), low->ne[0], high->ne[0], a->ne[1], !is_b_low};

	trainer_product_outer(&values, (float *)matrix_of(node, node, index), share);
}

/* Threads share one matrix, or take several of them in turn. */
static void
each(struct ggml_tensor *node, int part, int parts, const struct trainer_rooms *rooms,
	multiply_matrix *multiply)
{
	const int64_t count = node->ne[2] * node->ne[3];
	struct trainer_share share = {part, parts,
		(float *)(rooms->memory + trainer_rooms_bytes(part))};
	int64_t first = 0, step = 1;

	if (count > 1) {
		share.part = 0;
		share.parts = 1;
		first = part;
		step = parts;
	}
	for (int64_t i = first; i < count; i += step)
		multiply(node, i, &share);
}

static void
run_forward(struct ggml_tensor *node, int part, int parts, void *rooms)
{
	each(node, part, parts, rooms, forward);
}

static void
run_back(struct ggml_tensor *node, int part, int parts, void *rooms)
{
	each(node, part, parts, rooms, back);
}

static void
run_outer(struct ggml_tensor *node, int part, int parts, void *rooms)
{
	each(node, part, parts, rooms, outer);
}

static void
set_operator(struct ggml_tensor *node, ggml_custom_op_t function, struct trainer_rooms *rooms)
{
	struct ggml_custom_op_params params = {function, rooms->threads, rooms};

	node->op = GGML_OP_CUSTOM;
	memset(node->op_params, 0, sizeof(node->op_params));
	memcpy(node->op_params, &params, sizeof(params));
}

/* Rows follow each other without a gap. */
static bool
is_dense(const struct ggml_tensor *tensor)
{
	return tensor->nb[0] == ggml_type_size(tensor->type) &&
		tensor->nb[1] == ggml_row_size(tensor->type, tensor->ne[0]);
}

static bool
are_values(const struct ggml_tensor *tensor)
{
	return tensor->type == GGML_TYPE_F32 && is_dense(tensor);
}

bool
trainer_frozen_forward(struct ggml_tensor *node, struct trainer_rooms *rooms)
{
	if (!is_dense(node->src[0]) || !are_values(node->src[1]) || !are_values(node))
		return false;
	set_operator(node, run_forward, rooms);
	return true;
}

bool
trainer_frozen_back(struct ggml_tensor *node, struct trainer_rooms *rooms)
{
	struct ggml_tensor *transposed = node->src[1], *values = transposed->src[0];

	if (transposed->op != GGML_OP_TRANSPOSE || !is_dense(node->src[0]) || !are_values(values) ||
		!are_values(node))
		return false;
	node->src[1] = values;
	/* It stays a source: what is seen through a view that nobody uses would keep its memory to the end of the graph. */
	node->src[2] = transposed;
	set_operator(node, run_back, rooms);
	return true;
}

bool
trainer_frozen_outer(struct ggml_tensor *node, struct trainer_rooms *rooms)
{
	if (!are_values(node->src[0]) || !are_values(node->src[1]) || !are_values(node))
		return false;
	set_operator(node, run_outer, rooms);
	return true;
}
