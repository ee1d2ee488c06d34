/* SPDX-License-Identifier: Apache-2.0 */
/* head.c: a graph of three operators: the product with the output matrix, the loss of each row of logits, which become
 * its gradients, and the product back. */
#include "trainer/head.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "ggml-alloc.h"
#include "ggml-backend.h"
#include "ggml-cpu.h"
#include "ggml.h"
#include "trainer/base.h"
#include "trainer/frozen.h"
#include "trainer/loss.h"

/* The output matrix is decoded once for so many; as many logits are in memory. */
enum { TOKENS = 96 };

struct row {
	double log_probability;
	bool is_highest;
};

struct trainer_head {
	const struct trainer_base *base;
	trainer_compute *compute;
	void *compute_context;
	struct ggml_context *context;       /* owned */
	struct ggml_backend_buffer *buffer; /* owned */
	struct ggml_cgraph *score, *learn;
	struct ggml_tensor *hidden, *logits, *slope;

	/* Of the call under way: */
	const struct trainer_place *places;
	const double *weights;
	size_t count;
	struct row rows[TOKENS];
};

size_t
trainer_head_bytes(const struct trainer_base *base)
{
	return TOKENS * (size_t)(base->vocabulary + 2 * base->width) * sizeof(float);
}

/* Each thread takes rows. Of rows that are not to be learned the gradients are 0. */
static void
score_rows(struct ggml_tensor *node, int part, int parts, void *context)
{
	struct trainer_head *head = context;
	const size_t vocabulary = (size_t)head->base->vocabulary;

	for (size_t i = (size_t)part; i < head->count; i += (size_t)parts) {
		float *logits = (float *)node->data + i * vocabulary;
		struct row *row = &head->rows[i];
		double weight = head->weights == NULL ? 0 : head->weights[head->places[i].sequence];

		row->log_probability = trainer_log_probability(logits, vocabulary, head->places[i].target,
			weight, &row->is_highest);
		if (head->weights != NULL && weight == 0)
			memset(logits, 0, vocabulary * sizeof(float));
	}
}

static void
build(struct trainer_head *head, struct trainer_rooms *rooms)
{
	struct ggml_context *context = head->context;
	struct ggml_tensor *output = head->base->output, *rated;

	head->hidden = ggml_new_tensor_2d(context, GGML_TYPE_F32, head->base->width, TOKENS);
	head->logits = ggml_mul_mat(context, output, head->hidden);
	(void)trainer_frozen_forward(head->logits, rooms);
	rated = ggml_custom_inplace(context, head->logits, NULL, 0, score_rows, GGML_N_TASKS_MAX, head);
	head->slope = ggml_out_prod(context, output, ggml_transpose(context, rated));
	(void)trainer_frozen_back(head->slope, rooms);
	head->score = ggml_new_graph_custom(context, 16, false);
	ggml_build_forward_expand(head->score, rated);
	head->learn = ggml_new_graph_custom(context, 16, false);
	ggml_build_forward_expand(head->learn, head->slope);
}

int
trainer_head_open(const struct trainer_base *base, struct trainer_rooms *rooms,
	trainer_compute *compute, void *context, struct trainer_head **out)
{
	struct trainer_head *head = calloc(1, sizeof(*head));

	if (head == NULL)
		return bh_error(BH_E_INTERNAL, "out of memory");
	head->base = base;
	head->compute = compute;
	head->compute_context = context;
	head->context = ggml_init(
		(struct ggml_init_params){.mem_size = 2 * ggml_graph_overhead_custom(16, false) +
				8 * ggml_tensor_overhead(),
			.no_alloc = true});
	if (head->context != NULL) {
		build(head, rooms);
		head->buffer = ggml_backend_alloc_ctx_tensors_from_buft(head->context,
			ggml_backend_cpu_buffer_type());
	}
	if (head->buffer == NULL) {
		trainer_head_close(head);
		return bh_error(BH_E_INTERNAL, "out of memory");
	}
	*out = head;
	return 0;
}

void
trainer_head_close(struct trainer_head *head)
{
	if (head == NULL)
		return;
	ggml_backend_buffer_free(head->buffer);
	ggml_free(head->context);
	free(head);
}

/* Shares of about the same size: each decodes the whole matrix. */
int
trainer_head_score(struct trainer_head *head, const float *hidden,
	const struct trainer_place *places, size_t count, const double *weights,
	struct trainer_score *scores, float *slope)
{
	const size_t width = (size_t)head->base->width;
	float *in = head->hidden->data;
	size_t n;

	for (size_t first = 0; first < count; first += n) {
		size_t shares = (count - first + TOKENS - 1) / TOKENS;
		int rc;

		n = (count - first + shares - 1) / shares;
		head->places = places + first;
		head->count = n;
		head->weights = weights;
		/* The operators go over as many rows as their result has. */
		head->logits->ne[1] = head->slope->ne[1] = (int64_t)n;
		memcpy(in, hidden + first * width, n * width * sizeof(float));
		rc = head->compute(head->compute_context, weights == NULL ? head->score : head->learn);
		if (rc < 0)
			return rc;
		for (size_t i = 0; i < n; i++) {
			struct trainer_score *score = &scores[places[first + i].sequence];

			score->log_probability += head->rows[i].log_probability;
			score->highest += head->rows[i].is_highest;
			score->count++;
		}
		if (weights != NULL)
			memcpy(slope + first * width, head->slope->data, n * width * sizeof(float));
	}
	return 0;
}
