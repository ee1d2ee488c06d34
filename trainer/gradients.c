/* SPDX-License-Identifier: Apache-2.0 */
/* gradients.c: holds the gradients of every matrix of an adapter against differences of losses.
 *
 * usage: bulkhead-train-gradients MODEL; a model in 32 bits with a small vocabulary, as testing_model.py writes it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "trainer/engine.h"
#include "trainer/order.h"

enum { SEQUENCES = 3, LENGTH = 11, EACH = 4 };

static bool
never(void *context)
{
	(void)context;
	return false;
}

struct batch {
	int32_t tokens[SEQUENCES][LENGTH];
	uint8_t learned[SEQUENCES][LENGTH];
	struct trainer_sequence sequences[SEQUENCES];
	const struct trainer_sequence *list[SEQUENCES];
};

/* Sequences of different lengths, of which some tokens are learned. */
static void
make_batch(int64_t vocabulary, struct trainer_random *random, struct batch *out)
{
	memset(out, 0, sizeof(*out));
	for (int i = 0; i < SEQUENCES; i++) {
		struct trainer_sequence *sequence = &out->sequences[i];

		*sequence = (struct trainer_sequence){out->tokens[i], out->learned[i], LENGTH - 2 * i, 0};
		for (int k = 0; k < sequence->count; k++) {
			out->tokens[i][k] = (int32_t)trainer_random_below(random, (uint64_t)vocabulary);
			out->learned[i][k] = k > 3 && (k + i) % 3 != 0;
			sequence->n_learned += out->learned[i][k];
		}
		out->list[i] = sequence;
	}
}

/* The sum of weight * -log probability. */
static double
loss(struct trainer_engine *engine, const struct batch *batch, const double *weights)
{
	struct trainer_score scores[SEQUENCES];
	double sum = 0;

	if (trainer_engine_forward(engine, batch->list, SEQUENCES, true, false) < 0 ||
		trainer_engine_score(engine, NULL, scores) < 0)
		exit(2);
	for (int i = 0; i < SEQUENCES; i++)
		sum -= weights[i] * scores[i].log_probability;
	return sum;
}

static int
check(struct trainer_engine *engine, struct trainer_random *random)
{
	static const double loss_weights[SEQUENCES] = {1, 0.5, -2};
	static const float step = 1e-2f;
	struct trainer_weights *weights = trainer_engine_weights(engine);
	const struct trainer_adapter *adapter = trainer_engine_adapter(engine);
	struct trainer_score scores[SEQUENCES];
	struct batch batch;
	double worst = 0;

	make_batch(trainer_engine_vocabulary(engine), random, &batch);
	/* With b at 0 the gradient of a would be 0 as well. */
	for (size_t i = 0; i < weights->count; i++)
		weights->values[i] += 0.2f * (trainer_random_unit(random) - 0.5f);
	if (trainer_engine_forward(engine, batch.list, SEQUENCES, true, true) < 0 ||
		trainer_engine_score(engine, loss_weights, scores) < 0 ||
		trainer_engine_backward(engine) < 0)
		return 2;
	for (size_t i = 0; i < EACH * adapter->n_matrices; i++) {
		const struct trainer_matrix *matrix = &adapter->matrices[i / EACH];
		size_t at = matrix->offset +
			(size_t)trainer_random_below(random, (uint64_t)(matrix->columns * matrix->rows));
		float kept = weights->values[at];
		double up, down, numeric, difference;

		weights->values[at] = kept + step;
		up = loss(engine, &batch, loss_weights);
		weights->values[at] = kept - step;
		down = loss(engine, &batch, loss_weights);
		weights->values[at] = kept;
		numeric = (up - down) / (2 * (double)step);
		difference = fabs(numeric - weights->gradients[at]) / (fabs(numeric) + 0.05);
		worst = difference > worst ? difference : worst;
		if (difference > 0.02)
			printf("%s[%zu]: %g by differences, %g\n", matrix->name, at - matrix->offset, numeric,
				weights->gradients[at]);
	}
	printf("%zu gradients, the largest difference is %.2f %%\n", EACH * adapter->n_matrices,
		worst * 100);
	return worst > 0.02;
}

int
main(int count, char **args)
{
	const struct trainer_tick tick = {never, NULL};
	struct trainer_job job = {.model = args[1],
		.model_hash = "",
		.rank = 3,
		.alpha = 6,
		.targets = TRAINER_TARGETS_ALL,
		.threads = 2,
		.seed = 3};
	struct trainer_engine *engine;
	struct trainer_random random;
	int result;

	if (count != 2)
		return 2;
	if (trainer_engine_open(&job, &tick, &engine) < 0) {
		fprintf(stderr, "%s%s\n", bh_error_detail(BH_E_INVALID), bh_error_detail(BH_E_UNSUPPORTED));
		return 2;
	}
	trainer_random_init(&random, 9, 9);
	result = check(engine, &random);
	trainer_engine_close(engine);
	return result;
}
