/* SPDX-License-Identifier: Apache-2.0 */
/* engine.c: the adapter's matrices, and passes over a graph that is built anew for the shape of each batch. */
#include "trainer/engine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "ggml-alloc.h"
#include "ggml-backend.h"
#include "ggml-cpu.h"
#include "ggml-impl.h"
#include "ggml.h"
#include "trainer/base.h"
#include "trainer/frozen.h"
#include "trainer/graph.h"
#include "trainer/head.h"
#include "trainer/order.h"

enum { VALUES_ALIGN = 16 }; /* of floats: 64 bytes */

struct trainer_engine {
	struct trainer_base base;
	struct trainer_tick tick;
	struct trainer_loras loras;         /* owned: .lora */
	struct ggml_context *context;       /* owned: of the adapter's matrices */
	struct ggml_backend_buffer *buffer; /* owned: around weights.values */
	struct trainer_weights weights;     /* owned */
	struct trainer_adapter adapter;
	struct trainer_matrix *matrices; /* owned */
	char base_hash[65];
	struct trainer_rooms rooms;      /* owned */
	struct trainer_head *head;       /* owned */
	struct ggml_threadpool *threads; /* owned */
	int n_threads;
	void *work; /* owned: of ggml's operators */
	size_t work_bytes;
	void *graph_memory; /* owned */
	struct trainer_graph graph;
	struct ggml_gallocr *allocator; /* owned: of graph's values */
	struct trainer_place *places;   /* owned: of the batch */
	size_t n_places;
	size_t n_sequences;
	float *slope; /* owned: of the loss by hidden */
};

/* -- the adapter ----------------------------------------------------------------------------- */

static struct ggml_tensor *
add_matrix(struct trainer_engine *engine, const struct ggml_tensor *weight, char part,
	int64_t columns, int64_t rows)
{
	struct trainer_matrix *matrix = &engine->matrices[engine->adapter.n_matrices++];
	struct ggml_tensor *tensor = ggml_new_tensor_2d(engine->context, GGML_TYPE_F32, columns, rows);

	snprintf(matrix->name, sizeof(matrix->name), "%.48s.lora_%c", weight->name, part);
	matrix->columns = columns;
	matrix->rows = rows;
	matrix->offset = engine->weights.count;
	engine->weights.count += ((size_t)(columns * rows) + VALUES_ALIGN - 1) / VALUES_ALIGN *
		VALUES_ALIGN;
	ggml_set_name(tensor, matrix->name);
	ggml_set_param(tensor);
	return tensor;
}

static float *
take_floats(size_t count)
{
	float *values = aligned_alloc(64, count * sizeof(float));

	if (values != NULL)
		memset(values, 0, count * sizeof(float));
	return values;
}

/* Uniform within 1/sqrt(columns), as PEFT begins; source: its LoraLayer.reset_lora_parameters. */
static void
draw(const struct trainer_matrix *matrix, float *values, struct trainer_random *random)
{
	float most = 1 / sqrtf((float)matrix->columns);

	for (int64_t i = 0; i < matrix->columns * matrix->rows; i++)
		values[matrix->offset + (size_t)i] = (2 * trainer_random_unit(random) - 1) * most;
}

static int
place_matrices(struct trainer_engine *engine, uint64_t seed)
{
	struct trainer_weights *weights = &engine->weights;
	struct ggml_tensor *tensor = ggml_get_first_tensor(engine->context);

	weights->values = take_floats(weights->count);
	weights->gradients = take_floats(weights->count);
	weights->means = take_floats(weights->count);
	weights->squares = take_floats(weights->count);
	if (weights->values == NULL || weights->gradients == NULL || weights->means == NULL ||
		weights->squares == NULL)
		return bh_error(BH_E_INTERNAL, "out of memory");
	engine->buffer = ggml_backend_cpu_buffer_from_ptr(weights->values,
		weights->count * sizeof(float));
	for (size_t i = 0; i < engine->adapter.n_matrices; i++) {
		ggml_backend_tensor_alloc(engine->buffer, tensor,
			weights->values + engine->matrices[i].offset);
		tensor = ggml_get_next_tensor(engine->context, tensor);
	}
	trainer_engine_reset(engine, seed);
	return 0;
}

void
trainer_engine_reset(struct trainer_engine *engine, uint64_t seed)
{
	struct trainer_weights *weights = &engine->weights;
	struct trainer_random random;

	memset(weights->values, 0, weights->count * sizeof(float));
	memset(weights->means, 0, weights->count * sizeof(float));
	memset(weights->squares, 0, weights->count * sizeof(float));
	trainer_random_init(&random, seed, TRAINER_STREAM_INIT);
	/* a and b take turns, and b is 0: the adapter begins without effect. */
	for (size_t i = 0; i < engine->adapter.n_matrices; i += 2)
		draw(&engine->matrices[i], weights->values, &random);
}

static int
make_adapter(struct trainer_engine *engine, const struct trainer_job *job)
{
	const int64_t linears = engine->base.layers * TRAINER_LINEARS;

	engine->context = ggml_init(
		(struct ggml_init_params){.mem_size = 2 * (size_t)linears * ggml_tensor_overhead(),
			.no_alloc = true});
	engine->loras.lora = calloc((size_t)linears, sizeof(*engine->loras.lora));
	engine->matrices = calloc(2 * (size_t)linears, sizeof(*engine->matrices));
	if (engine->context == NULL || engine->loras.lora == NULL || engine->matrices == NULL)
		return bh_error(BH_E_INTERNAL, "out of memory");
	engine->loras.scale = (float)job->alpha / (float)job->rank;
	for (int64_t i = 0; i < linears; i++) {
		const struct ggml_tensor *weight =
			engine->base.layer[i / TRAINER_LINEARS].linear[i % TRAINER_LINEARS];

		if ((job->targets >> (i % TRAINER_LINEARS) & 1) == 0)
			continue;
		engine->loras.lora[i].a = add_matrix(engine, weight, 'a', weight->ne[0], job->rank);
		engine->loras.lora[i].b = add_matrix(engine, weight, 'b', job->rank, weight->ne[1]);
	}
	snprintf(engine->base_hash, sizeof(engine->base_hash), "%s", job->model_hash);
	engine->adapter = (struct trainer_adapter){engine->base.architecture, engine->base_hash,
		(float)job->alpha, engine->matrices, engine->adapter.n_matrices};
	return place_matrices(engine, (uint64_t)job->seed);
}

/* -- running a graph ------------------------------------------------------------------------- */

static int
compute(void *context, struct ggml_cgraph *graph)
{
	struct trainer_engine *engine = context;
	struct ggml_cplan plan = ggml_graph_plan(graph, engine->n_threads, engine->threads);

	if (plan.work_size > engine->work_bytes) {
		free(engine->work);
		engine->work = aligned_alloc(64, (plan.work_size + 63) / 64 * 64);
		engine->work_bytes = engine->work == NULL ? 0 : plan.work_size;
		if (engine->work == NULL)
			return bh_error(BH_E_INTERNAL, "out of memory");
	}
	plan.work_data = engine->work;
	plan.abort_callback = engine->tick.function;
	plan.abort_callback_data = engine->tick.context;
	switch (ggml_graph_compute(graph, &plan)) {
	case GGML_STATUS_SUCCESS:
		return 0;
	case GGML_STATUS_ABORTED:
		return bh_error(BH_E_BUSY, "stopped");
	default:
		return bh_error(BH_E_INTERNAL, "a graph was not computed");
	}
}

static int
open_parts(struct trainer_engine *engine, const struct trainer_job *job)
{
	struct ggml_threadpool_params params = ggml_threadpool_params_default((int)job->threads);
	int rc = trainer_base_open(job->model, &engine->base);

	if (rc == 0)
		rc = make_adapter(engine, job);
	if (rc < 0)
		return rc;
	engine->n_threads = (int)job->threads;
	engine->threads = ggml_threadpool_new(&params);
	engine->graph_memory = malloc(trainer_graph_memory_bytes());
	engine->allocator = ggml_gallocr_new(ggml_backend_cpu_buffer_type());
	if (engine->threads == NULL || engine->graph_memory == NULL || engine->allocator == NULL)
		return bh_error(BH_E_INTERNAL, "out of memory");
	rc = trainer_rooms_open(engine->n_threads, &engine->rooms);
	if (rc < 0)
		return rc;
	return trainer_head_open(&engine->base, &engine->rooms, compute, engine, &engine->head);
}

int
trainer_engine_open(const struct trainer_job *job, const struct trainer_tick *tick,
	struct trainer_engine **out)
{
	struct trainer_engine *engine = calloc(1, sizeof(*engine));
	int rc;

	if (engine == NULL)
		return bh_error(BH_E_INTERNAL, "out of memory");
	ggml_cpu_init();
	engine->tick = *tick;
	rc = open_parts(engine, job);
	if (rc < 0) {
		trainer_engine_close(engine);
		return rc;
	}
	*out = engine;
	return 0;
}

void
trainer_engine_close(struct trainer_engine *engine)
{
	if (engine == NULL)
		return;
	trainer_graph_close(&engine->graph);
	ggml_gallocr_free(engine->allocator);
	free(engine->graph_memory);
	free(engine->work);
	if (engine->threads != NULL)
		ggml_threadpool_free(engine->threads);
	trainer_head_close(engine->head);
	trainer_rooms_close(&engine->rooms);
	ggml_backend_buffer_free(engine->buffer);
	ggml_free(engine->context);
	trainer_base_close(&engine->base);
	free(engine->weights.values);
	free(engine->weights.gradients);
	free(engine->weights.means);
	free(engine->weights.squares);
	free(engine->matrices);
	free(engine->loras.lora);
	free(engine->places);
	free(engine->slope);
	free(engine);
}

size_t
trainer_engine_bytes(struct trainer_engine *engine, int64_t sequences, int64_t length)
{
	const struct trainer_base *base = &engine->base;
	const struct trainer_shape shape = {sequences, length, sequences * length, true};
	struct ggml_gallocr *allocator = ggml_gallocr_new(ggml_backend_cpu_buffer_type());
	size_t values = 0;

	trainer_graph_close(&engine->graph);
	trainer_graph_build(base, &engine->loras, &shape, &engine->rooms, engine->graph_memory,
		&engine->graph);
	ggml_gallocr_reserve_n_size(allocator, engine->graph.graph, NULL, NULL, &values);
	ggml_gallocr_free(allocator);
	trainer_graph_close(&engine->graph);
	return values + base->map_bytes + trainer_head_bytes(base) +
		trainer_rooms_bytes(engine->n_threads) + 4 * engine->weights.count * sizeof(float) +
		trainer_graph_memory_bytes() + (size_t)(sequences * length * base->width) * sizeof(float) +
		64 * BH_MIB;
}

/* -- passes ---------------------------------------------------------------------------------- */

static int
take_places(struct trainer_engine *engine, size_t count, bool for_backward)
{
	free(engine->places);
	free(engine->slope);
	engine->places = calloc(count, sizeof(*engine->places));
	engine->slope = for_backward ? malloc(count * (size_t)engine->base.width * sizeof(float))
								 : NULL;
	engine->n_places = 0;
	if (engine->places == NULL || (for_backward && engine->slope == NULL))
		return bh_error(BH_E_INTERNAL, "out of memory");
	return 0;
}

/* The inputs of the graph: each sequence is filled up to the longest. What is behind its end is seen by none of its
 * tokens, since none sees those after it. */
static void
fill(struct trainer_engine *engine, const struct trainer_sequence *const *sequences, size_t count,
	int64_t length)
{
	int32_t *tokens = engine->graph.tokens->data, *positions = engine->graph.positions->data;
	int32_t *places = engine->graph.places->data;
	float *mask = engine->graph.mask->data;

	for (size_t i = 0; i < count; i++)
		for (int64_t k = 0; k < length; k++) {
			int64_t at = (int64_t)i * length + k;

			tokens[at] = k < sequences[i]->count ? sequences[i]->tokens[k] : 0;
			positions[at] = (int32_t)k;
			if (k + 1 >= sequences[i]->count || !sequences[i]->learned[k + 1])
				continue;
			places[engine->n_places] = (int32_t)at;
			engine->places[engine->n_places++] = (struct trainer_place){sequences[i]->tokens[k + 1],
				(int32_t)i};
		}
	for (int64_t row = 0; row < length; row++)
		for (int64_t column = 0; column < length; column++)
			mask[row * length + column] = column <= row ? 0 : -INFINITY;
}

int
trainer_engine_forward(struct trainer_engine *engine,
	const struct trainer_sequence *const *sequences, size_t count, bool with_adapter,
	bool for_backward)
{
	const struct trainer_loras none = {0};
	struct trainer_shape shape = {(int64_t)count, 0, 0, for_backward};
	struct ggml_cgraph way;
	int rc;

	for (size_t i = 0; i < count; i++) {
		shape.targets += sequences[i]->n_learned;
		if (sequences[i]->count > shape.length)
			shape.length = sequences[i]->count;
	}
	rc = take_places(engine, (size_t)shape.targets, for_backward);
	if (rc < 0)
		return rc;
	trainer_graph_close(&engine->graph);
	trainer_graph_build(&engine->base, with_adapter ? &engine->loras : &none, &shape,
		&engine->rooms, engine->graph_memory, &engine->graph);
	if (!ggml_gallocr_alloc_graph(engine->allocator, engine->graph.graph))
		return bh_error(BH_E_INTERNAL, "out of memory");
	engine->n_sequences = count;
	fill(engine, sequences, count, shape.length);
	way = ggml_graph_view(engine->graph.graph, 0, engine->graph.forward_nodes);
	return compute(engine, &way);
}

int
trainer_engine_score(struct trainer_engine *engine, const double *weights,
	struct trainer_score *out)
{
	memset(out, 0, engine->n_sequences * sizeof(*out));
	return trainer_head_score(engine->head, engine->graph.hidden->data, engine->places,
		engine->n_places, weights, out, engine->slope);
}

int
trainer_engine_backward(struct trainer_engine *engine)
{
	struct trainer_graph *graph = &engine->graph;
	struct ggml_tensor *loss = ggml_graph_node(graph->graph, graph->forward_nodes + 1);
	struct ggml_cgraph way;
	size_t at = 0;
	int rc;

	memcpy(graph->slope->data, engine->slope, ggml_nbytes(graph->slope));
	*(float *)ggml_graph_get_grad_acc(graph->graph, loss)->data = 1;
	way = ggml_graph_view(graph->graph, graph->forward_nodes, ggml_graph_n_nodes(graph->graph));
	rc = compute(engine, &way);
	if (rc < 0)
		return rc;
	for (struct ggml_tensor *each = ggml_get_first_tensor(engine->context); each != NULL;
		 each = ggml_get_next_tensor(engine->context, each)) {
		const float *gradient = ggml_graph_get_grad(graph->graph, each)->data;
		float *sum = engine->weights.gradients + engine->matrices[at++].offset;

		for (int64_t i = 0; i < ggml_nelements(each); i++)
			sum[i] += gradient[i];
	}
	return 0;
}

struct trainer_weights *
trainer_engine_weights(struct trainer_engine *engine)
{
	return &engine->weights;
}

const struct trainer_adapter *
trainer_engine_adapter(struct trainer_engine *engine)
{
	return &engine->adapter;
}

int64_t
trainer_engine_context(const struct trainer_engine *engine)
{
	return engine->base.context;
}

int64_t
trainer_engine_vocabulary(const struct trainer_engine *engine)
{
	return engine->base.vocabulary;
}
