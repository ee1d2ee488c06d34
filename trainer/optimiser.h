/* SPDX-License-Identifier: Apache-2.0 */
/* optimiser.h: AdamW with clipping, and its learning rate over the steps. */
#ifndef TRAINER_OPTIMISER_H
#define TRAINER_OPTIMISER_H

#include <stddef.h>
#include <stdint.h>

/* Source: Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019; the constants of PyTorch's AdamW. */
#define TRAINER_BETA1 0.9
#define TRAINER_BETA2 0.999
#define TRAINER_EPSILON 1e-8

/* Parameters and their moments; `count` of each, owned by the caller. */
struct trainer_weights {
	size_t count;
	float *values, *gradients;
	float *means, *squares; /* of gradients, decaying */
};

/* The norm of the gradients, after which they are at most `most` (0: any). Not finite if one of them is not; they
 * are left alone then. */
double trainer_clip(struct trainer_weights *weights, double most);

/* One step, the first is 1. */
void trainer_adamw(struct trainer_weights *weights, int64_t step, double learning_rate,
	double decay);

/* Of a step from 1 to steps: rises evenly over the first `warmup` of them, then falls by half a cosine to 0 behind
 * the last. */
double trainer_learning_rate(double highest, double warmup, int64_t step, int64_t steps);

#endif
