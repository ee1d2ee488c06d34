/* SPDX-License-Identifier: Apache-2.0 */
/* loss.c: softmax over the vocabulary, once a token. */
#include "trainer/loss.h"

#include <math.h>

double
trainer_log_probability(float *logits, size_t count, int32_t target, double weight,
	bool *out_is_highest)
{
	float chosen = logits[target];
	float highest = logits[0];
	double sum = 0;
	double log_sum;

	for (size_t i = 1; i < count; i++)
		highest = logits[i] > highest ? logits[i] : highest;
	for (size_t i = 0; i < count; i++)
		sum += expf(logits[i] - highest);
	log_sum = log(sum) + highest;
	*out_is_highest = chosen >= highest;
	if (weight != 0) {
		float scale = (float)(weight / sum);

		for (size_t i = 0; i < count; i++)
			logits[i] = expf(logits[i] - highest) * scale;
		logits[target] -= (float)weight;
	}
	return chosen - log_sum;
}

double
trainer_pair_loss(const struct trainer_pair *pair, double beta, double *out_margin,
	double *out_slope)
{
	double margin = beta *
		((pair->preferred - pair->preferred_base) - (pair->rejected - pair->rejected_base));

	*out_margin = margin;
	/* Neither exponential overflows. */
	*out_slope = -beta * (margin >= 0 ? exp(-margin) / (1 + exp(-margin)) : 1 / (1 + exp(margin)));
	return margin >= 0 ? log1p(exp(-margin)) : log1p(exp(margin)) - margin;
}
