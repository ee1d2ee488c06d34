/* SPDX-License-Identifier: Apache-2.0 */
/* optimiser.c: in one order of additions, so that a resumed run has the sums of an uninterrupted one. */
#include "trainer/optimiser.h"

#include <math.h>

double
trainer_clip(struct trainer_weights *weights, double most)
{
	double sum = 0;
	double norm;

	for (size_t i = 0; i < weights->count; i++)
		sum += (double)weights->gradients[i] * weights->gradients[i];
	norm = sqrt(sum);
	if (isfinite(norm) && most > 0 && norm > most)
		for (size_t i = 0; i < weights->count; i++)
			weights->gradients[i] = (float)(weights->gradients[i] * (most / norm));
	return norm;
}

void
trainer_adamw(struct trainer_weights *weights, int64_t step, double learning_rate, double decay)
{
	double whole1 = 1 - pow(TRAINER_BETA1, (double)step);
	double whole2 = 1 - pow(TRAINER_BETA2, (double)step);

	for (size_t i = 0; i < weights->count; i++) {
		double gradient = weights->gradients[i];
		double mean = TRAINER_BETA1 * weights->means[i] + (1 - TRAINER_BETA1) * gradient;
		double square = TRAINER_BETA2 * weights->squares[i] +
			(1 - TRAINER_BETA2) * gradient * gradient;
		double value = weights->values[i] * (1 - learning_rate * decay);

		value -= learning_rate * (mean / whole1) / (sqrt(square / whole2) + TRAINER_EPSILON);
		weights->means[i] = (float)mean;
		weights->squares[i] = (float)square;
		weights->values[i] = (float)value;
	}
}

double
trainer_learning_rate(double highest, double warmup, int64_t step, int64_t steps)
{
	int64_t rising = (int64_t)ceil(warmup * (double)steps);

	if (step <= rising)
		return highest * (double)step / (double)rising;
	return highest * 0.5 * (1 + cos(M_PI * (double)(step - rising - 1) / (double)(steps - rising)));
}
