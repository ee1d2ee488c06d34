/* SPDX-License-Identifier: Apache-2.0 */
/* engine.h: a base model with an adapter: scores of sequences, and gradients. The only part, with graph.c, base.c,
 * head.c and frozen.c, that knows ggml. */
#ifndef TRAINER_ENGINE_H
#define TRAINER_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "trainer/adapter.h"
#include "trainer/job.h"
#include "trainer/optimiser.h"

struct trainer_engine;

/* Tokens of one example, and which are learned: learned[i] says it of tokens[i]; the first never is. */
struct trainer_sequence {
	int32_t *tokens;
	uint8_t *learned;
	int32_t count;
	int32_t n_learned;
};

/* Of one sequence: its learned tokens' log probabilities summed, and how many of them no other token is likelier
 * than. */
struct trainer_score {
	double log_probability;
	int64_t highest, count;
};

/* Asked often while the engine works; true: stop. */
struct trainer_tick {
	bool (*function)(void *);
	void *context;
};

/* Opens the base model and an adapter by the job's rank, alpha and targets, of which the first matrices are drawn by
 * the job's seed and the second are 0. BH_E_UNSUPPORTED: not that model. */
BH_MUST_CHECK int trainer_engine_open(const struct trainer_job *job,
	const struct trainer_tick *tick, struct trainer_engine **out);

/* What it needs for that many sequences of up to that many tokens at once, the base model's pages included. Nothing
 * is allocated for it. */
size_t trainer_engine_bytes(struct trainer_engine *engine, int64_t sequences, int64_t length);

/* The adapter and its moments as they were after opening. */
void trainer_engine_reset(struct trainer_engine *engine, uint64_t seed);

/* Reads sequences as a batch, which stay the engine's until the next call. BH_E_BUSY: stopped in between. */
BH_MUST_CHECK int trainer_engine_forward(struct trainer_engine *engine,
	const struct trainer_sequence *const *sequences, size_t count, bool with_adapter,
	bool for_backward);
/* Scores what was read. With weights (one a sequence, else NULL) it also prepares the way back of the sum of
 * weight * -log_probability. */
BH_MUST_CHECK int trainer_engine_score(struct trainer_engine *engine, const double *weights,
	struct trainer_score *out);
/* Adds the gradients of that sum to those of the weights. */
BH_MUST_CHECK int trainer_engine_backward(struct trainer_engine *engine);

struct trainer_weights *trainer_engine_weights(struct trainer_engine *engine);
const struct trainer_adapter *trainer_engine_adapter(struct trainer_engine *engine);
int64_t trainer_engine_context(
	const struct trainer_engine *engine); /* tokens that the model reads at most */
int64_t trainer_engine_vocabulary(const struct trainer_engine *engine);

void trainer_engine_close(struct trainer_engine *engine); /* NULL is fine */

#endif
