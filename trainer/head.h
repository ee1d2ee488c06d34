/* SPDX-License-Identifier: Apache-2.0 */
/* head.h: from hidden states to scores and back, some tokens at a time: logits of a whole batch would be the largest
 * piece of memory by far. */
#ifndef TRAINER_HEAD_H
#define TRAINER_HEAD_H

#include "trainer/engine.h"

struct trainer_base;
struct trainer_head;
struct trainer_rooms;
struct ggml_cgraph;

/* Runs a graph. 0, or BH_E_BUSY. */
typedef int trainer_compute(void *context, struct ggml_cgraph *graph);

size_t trainer_head_bytes(const struct trainer_base *base);
/* The rooms are borrowed. */
BH_MUST_CHECK int trainer_head_open(const struct trainer_base *base, struct trainer_rooms *rooms,
	trainer_compute *compute, void *context, struct trainer_head **out);

/* One token that is scored: which, of which sequence. */
struct trainer_place {
	int32_t target;
	int32_t sequence;
};

/* `hidden`: width values a place. Adds to scores; `weights` and `slope` as trainer_engine_score says, or both NULL. */
BH_MUST_CHECK int trainer_head_score(struct trainer_head *head, const float *hidden,
	const struct trainer_place *places, size_t count, const double *weights,
	struct trainer_score *scores, float *slope);

void trainer_head_close(struct trainer_head *head);

#endif
