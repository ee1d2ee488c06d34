/* SPDX-License-Identifier: Apache-2.0 */
/* loss.h: losses and their gradients, from logits. */
#ifndef TRAINER_LOSS_H
#define TRAINER_LOSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The logarithm of the probability of `target` among `count` logits, and whether no other is larger. If `weight` is
 * not 0, the logits become the gradient of weight * -log p by them; else they are left as they are. */
double trainer_log_probability(float *logits, size_t count, int32_t target, double weight,
	bool *out_is_highest);

/* A pair of answers, by the log probabilities of their tokens summed, of the policy and of the base model. Source:
 * Rafailov et al., Direct Preference Optimization, 2023, equation 7. */
struct trainer_pair {
	double preferred, rejected;           /* policy */
	double preferred_base, rejected_base; /* base model */
};

/* -log sigmoid(margin); out_slope is its derivative by the preferred answer's log probability, and with the opposite
 * sign by the rejected one's. out_margin: beta * ((preferred - base) - (rejected - base)). */
double trainer_pair_loss(const struct trainer_pair *pair, double beta, double *out_margin,
	double *out_slope);

#endif
