/* SPDX-License-Identifier: Apache-2.0 */
/* graph.c: llama's and qwen2's layers with adapters, in operators that ggml can differentiate. */
#include "trainer/graph.h"

#include <math.h>

#include "ggml-impl.h"
#include "ggml.h"
#include "trainer/frozen.h"
#include "trainer/job.h"

/* 30 layers take about 6,500 nodes with the way back. */
enum { NODES_MAX = 65536 };

enum { Q, K, V, O, GATE, UP, DOWN };

struct build {
	struct ggml_context *context;
	const struct trainer_base *base;
	const struct trainer_loras *loras;
	const struct trainer_shape *shape;
	struct trainer_rooms *rooms;
	struct trainer_graph *out;
};

size_t
trainer_graph_memory_bytes(void)
{
	return ggml_graph_overhead_custom(NODES_MAX, true) + NODES_MAX * ggml_tensor_overhead();
}

static struct ggml_tensor *
norm(struct build *b, struct ggml_tensor *x, struct ggml_tensor *weight)
{
	return ggml_mul(b->context, ggml_rms_norm(b->context, x, b->base->norm_epsilon), weight);
}

static struct ggml_tensor *
linear(struct build *b, int64_t layer, int which, struct ggml_tensor *x)
{
	const struct trainer_layer *weights = &b->base->layer[layer];
	struct ggml_tensor *y = ggml_mul_mat(b->context, weights->linear[which], x);
	const struct trainer_lora *lora;

	if (weights->bias[which] != NULL)
		y = ggml_add(b->context, y, weights->bias[which]);
	if (b->loras->lora == NULL)
		return y;
	lora = &b->loras->lora[layer * TRAINER_LINEARS + which];
	if (lora->a == NULL)
		return y;
	x = ggml_mul_mat(b->context, lora->b, ggml_mul_mat(b->context, lora->a, x));
	return ggml_add(b->context, y, ggml_scale(b->context, x, b->loras->scale));
}

/* [head_width, heads, tokens] with positions → [head_width, length, heads, sequences]. */
static struct ggml_tensor *
by_head(struct build *b, struct ggml_tensor *x, int64_t heads)
{
	const struct trainer_base *base = b->base;

	x = ggml_reshape_3d(b->context, x, base->head_width, heads,
		b->shape->sequences * b->shape->length);
	x = ggml_rope_ext(b->context, x, b->out->positions, NULL, (int)base->head_width,
		base->rope_mode, 0, base->rope_base, 1, 0, 1, 0, 0);
	x = ggml_reshape_4d(b->context, x, base->head_width, heads, b->shape->length,
		b->shape->sequences);
	return ggml_cont(b->context, ggml_permute(b->context, x, 0, 2, 1, 3));
}

/* Keys and values are repeated for the queries that share them: ggml's way back through a product that broadcasts
 * knows one sequence only. */
static struct ggml_tensor *
shared(struct build *b, struct ggml_tensor *x)
{
	const struct trainer_base *base = b->base;
	const int64_t group = base->heads / base->heads_kv;

	x = ggml_reshape_4d(b->context, x, x->ne[0], x->ne[1], 1, base->heads_kv * b->shape->sequences);
	return group == 1 ? x
					  : ggml_repeat_4d(b->context, x, x->ne[0], x->ne[1], group,
							base->heads_kv * b->shape->sequences);
}

static struct ggml_tensor *
attention(struct build *b, int64_t layer, struct ggml_tensor *x)
{
	const struct trainer_base *base = b->base;
	const int64_t sequences = b->shape->sequences, length = b->shape->length;
	const int64_t group = base->heads / base->heads_kv;
	struct ggml_tensor *q = by_head(b, linear(b, layer, Q, x), base->heads);
	struct ggml_tensor *k = by_head(b, linear(b, layer, K, x), base->heads_kv);
	struct ggml_tensor *v = linear(b, layer, V, x);
	struct ggml_tensor *weights;

	v = ggml_reshape_4d(b->context, v, base->head_width, base->heads_kv, length, sequences);
	v = ggml_cont(b->context, ggml_permute(b->context, v, 1, 2, 0, 3));
	q = ggml_reshape_4d(b->context, q, base->head_width, length, group, base->heads_kv * sequences);
	weights = ggml_mul_mat(b->context, shared(b, k), q);
	weights = ggml_soft_max_ext(b->context, weights, b->out->mask,
		1 / sqrtf((float)base->head_width), 0);
	x = ggml_mul_mat(b->context, shared(b, v), weights);
	x = ggml_reshape_4d(b->context, x, base->head_width, length, base->heads, sequences);
	x = ggml_cont(b->context, ggml_permute(b->context, x, 0, 2, 1, 3));
	x = ggml_reshape_2d(b->context, x, base->width, length * sequences);
	return linear(b, layer, O, x);
}

static struct ggml_tensor *
layers(struct build *b, struct ggml_tensor *x)
{
	const struct trainer_base *base = b->base;

	for (int64_t i = 0; i < base->layers; i++) {
		struct ggml_tensor *y = attention(b, i, norm(b, x, base->layer[i].attn_norm));

		x = ggml_add(b->context, x, y);
		/* From here on tokens do not see each other, and only those that are scored matter. */
		if (i == base->layers - 1)
			x = ggml_get_rows(b->context, x, b->out->places);
		y = norm(b, x, base->layer[i].ffn_norm);
		y = ggml_swiglu_split(b->context, linear(b, i, GATE, y), linear(b, i, UP, y));
		x = ggml_add(b->context, x, linear(b, i, DOWN, y));
	}
	return norm(b, x, base->output_norm);
}

static struct ggml_tensor *
input(struct build *b, enum ggml_type type, int64_t columns, int64_t rows, const char *name)
{
	struct ggml_tensor *tensor = ggml_new_tensor_2d(b->context, type, columns, rows);

	ggml_set_name(tensor, name);
	ggml_set_input(tensor);
	return tensor;
}

static bool
is_parameter(const struct ggml_tensor *tensor)
{
	return (tensor->flags & GGML_TENSOR_FLAG_PARAM) != 0;
}

static bool
is_frozen(const struct build *b, const struct ggml_tensor *tensor)
{
	const char *data = tensor->data, *map = b->base->map;

	return data != NULL && data >= map && data < map + b->base->map_bytes;
}

/* The operators of ours that are quicker. Of the adapter's products forward only the second has few values to sum;
 * ggml's own does well on the first, and on those of attention. */
static void
use_products(struct build *b)
{
	struct ggml_cgraph *graph = b->out->graph;

	for (int i = 0; i < ggml_graph_n_nodes(graph); i++) {
		struct ggml_tensor *node = ggml_graph_node(graph, i);

		if (node->op == GGML_OP_MUL_MAT &&
			(is_frozen(b, node->src[0]) ||
				(is_parameter(node->src[0]) && node->src[0]->ne[0] < node->src[0]->ne[1])))
			(void)trainer_frozen_forward(node, b->rooms);
		else if (node->op == GGML_OP_OUT_PROD && !trainer_frozen_back(node, b->rooms))
			(void)trainer_frozen_outer(node, b->rooms);
	}
}

static void
add_way_back(struct build *b)
{
	struct trainer_graph *out = b->out;
	struct ggml_tensor *loss;

	out->slope = input(b, GGML_TYPE_F32, b->base->width, b->shape->targets, "slope");
	/* Its gradient by `hidden` is `slope`, which is known once the loss is. */
	loss = ggml_sum(b->context, ggml_mul(b->context, out->hidden, out->slope));
	ggml_set_loss(loss);
	ggml_build_forward_expand(out->graph, loss);
	ggml_build_backward_expand(b->context, out->graph, NULL);
	ggml_set_input(ggml_graph_get_grad_acc(out->graph, loss));
	for (int64_t i = 0; i < b->base->layers * TRAINER_LINEARS; i++) {
		const struct trainer_lora *lora = &b->loras->lora[i];

		if (lora->a == NULL)
			continue;
		ggml_set_output(ggml_graph_get_grad(out->graph, lora->a));
		ggml_set_output(ggml_graph_get_grad(out->graph, lora->b));
	}
}

void
trainer_graph_build(const struct trainer_base *base, const struct trainer_loras *loras,
	const struct trainer_shape *shape, struct trainer_rooms *rooms, void *memory,
	struct trainer_graph *out)
{
	struct build b = {.base = base, .loras = loras, .shape = shape, .rooms = rooms, .out = out};
	const int64_t tokens = shape->sequences * shape->length;

	*out = (struct trainer_graph){0};
	b.context = out->context = ggml_init(
		(struct ggml_init_params){.mem_size = trainer_graph_memory_bytes(),
			.mem_buffer = memory,
			.no_alloc = true});
	out->graph = ggml_new_graph_custom(b.context, NODES_MAX, shape->backward);
	out->tokens = input(&b, GGML_TYPE_I32, tokens, 1, "tokens");
	out->positions = input(&b, GGML_TYPE_I32, tokens, 1, "positions");
	out->mask = input(&b, GGML_TYPE_F32, shape->length, shape->length, "mask");
	out->places = input(&b, GGML_TYPE_I32, shape->targets, 1, "places");
	out->hidden = layers(&b, ggml_get_rows(b.context, base->embedding, out->tokens));
	ggml_set_output(out->hidden);
	ggml_build_forward_expand(out->graph, out->hidden);
	out->forward_nodes = ggml_graph_n_nodes(out->graph);
	if (shape->backward)
		add_way_back(&b);
	use_products(&b);
}

void
trainer_graph_close(struct trainer_graph *graph)
{
	ggml_free(graph->context);
	*graph = (struct trainer_graph){0};
}
