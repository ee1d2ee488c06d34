/* SPDX-License-Identifier: Apache-2.0 */
/* head.c: two graphs, each a product with the output matrix or its transposed copy. */
#include "trainer/head.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "ggml-alloc.h"
#include "ggml-backend.h"
#include "ggml-cpu.h"
#include "ggml.h"
#include "trainer/base.h"
#include "trainer/loss.h"

struct product {
	struct ggml_context *context;
	struct ggml_backend_buffer *buffer;
	struct ggml_cgraph *graph;
	struct ggml_tensor *in, *out;
};

struct trainer_head {
	const struct trainer_base *base;
	trainer_compute *compute;
	void *compute_context;
	struct product logits, slope;
};

size_t
trainer_head_bytes(const struct trainer_base *base)
{
	return 2 * TRAINER_HEAD_TOKENS * (size_t)(base->vocabulary + base->width) * sizeof(float);
}

static int
open_product(struct ggml_tensor *matrix, struct product *out)
{
	out->context = ggml_init(
		(struct ggml_init_params){.mem_size = ggml_graph_overhead_custom(8, false) +
				8 * ggml_tensor_overhead(),
			.no_alloc = true});
	out->graph = ggml_new_graph_custom(out->context, 8, false);
	out->in = ggml_new_tensor_2d(out->context, GGML_TYPE_F32, matrix->ne[0], TRAINER_HEAD_TOKENS);
	out->out = ggml_mul_mat(out->context, matrix, out->in);
	ggml_build_forward_expand(out->graph, out->out);
	out->buffer = ggml_backend_alloc_ctx_tensors_from_buft(out->context,
		ggml_backend_cpu_buffer_type());
	return out->buffer == NULL ? bh_error(BH_E_INTERNAL, "out of memory") : 0;
}

static void
close_product(struct product *product)
{
	ggml_backend_buffer_free(product->buffer);
	ggml_free(product->context);
}

int
trainer_head_open(const struct trainer_base *base, trainer_compute *compute, void *context,
	struct trainer_head **out)
{
	struct trainer_head *head = calloc(1, sizeof(*head));
	int rc;

	if (head == NULL)
		return bh_error(BH_E_INTERNAL, "out of memory");
	head->base = base;
	head->compute = compute;
	head->compute_context = context;
	rc = open_product(base->output, &head->logits);
	if (rc < 0) {
		trainer_head_close(head);
		return rc;
	}
	*out = head;
	return 0;
}

int
trainer_head_turn(struct trainer_head *head)
{
	return open_product(head->base->output->extra, &head->slope);
}

void
trainer_head_close(struct trainer_head *head)
{
	if (head == NULL)
		return;
	close_product(&head->slope);
	close_product(&head->logits);
	free(head);
}

/* Logits become the loss's gradients by them, of the rows that there are; the others become 0. */
static void
score_rows(struct trainer_head *head, const struct trainer_place *places, size_t count,
	const double *weights, struct trainer_score *scores)
{
	float *logits = head->logits.out->data;
	const size_t vocabulary = (size_t)head->base->vocabulary;

	for (size_t i = 0; i < count; i++) {
		struct trainer_score *score = &scores[places[i].sequence];
		bool is_highest;

		score->log_probability += trainer_log_probability(logits + i * vocabulary, vocabulary,
			places[i].target, weights == NULL ? 0 : weights[places[i].sequence], &is_highest);
		score->highest += is_highest;
		score->count++;
		if (weights != NULL && weights[places[i].sequence] == 0)
			memset(logits + i * vocabulary, 0, vocabulary * sizeof(float));
	}
	if (weights != NULL)
		memset(logits + count * vocabulary, 0,
			(TRAINER_HEAD_TOKENS - count) * vocabulary * sizeof(float));
}

int
trainer_head_score(struct trainer_head *head, const float *hidden,
	const struct trainer_place *places, size_t count, const double *weights,
	struct trainer_score *scores, float *slope)
{
	const size_t width = (size_t)head->base->width;
	int rc = 0;

	for (size_t first = 0; first < count && rc == 0; first += TRAINER_HEAD_TOKENS) {
		size_t n = count - first < TRAINER_HEAD_TOKENS ? count - first : TRAINER_HEAD_TOKENS;
		float *in = head->logits.in->data;

		memcpy(in, hidden + first * width, n * width * sizeof(float));
		memset(in + n * width, 0, (TRAINER_HEAD_TOKENS - n) * width * sizeof(float));
		rc = head->compute(head->compute_context, head->logits.graph);
		if (rc < 0)
			return rc;
		score_rows(head, places + first, n, weights, scores);
		if (weights == NULL)
			continue;
		memcpy(head->slope.in->data, head->logits.out->data, ggml_nbytes(head->logits.out));
		rc = head->compute(head->compute_context, head->slope.graph);
		memcpy(slope + first * width, head->slope.out->data, n * width * sizeof(float));
	}
	return rc;
}
