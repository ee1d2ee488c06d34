/* SPDX-License-Identifier: Apache-2.0 */
/* step.h: losses of examples, with their gradients or without. */
#ifndef TRAINER_STEP_H
#define TRAINER_STEP_H

#include "trainer/examples.h"

/* Sums over examples. */
struct trainer_sums {
	double loss;   /* over tokens; with DPO over pairs */
	double margin; /* with DPO */
	int64_t
		right; /* tokens that no other is likelier than; with DPO pairs whose preferred answer is rated higher */
	int64_t count;  /* tokens or pairs */
	int64_t tokens; /* that were read */
	int64_t learned;
};

enum trainer_pass {
	TRAINER_OF_BASE,    /* without the adapter */
	TRAINER_OF_ADAPTER, /* with it */
	TRAINER_TO_LEARN    /* with it, adding the gradients of the sum to those of the weights */
};

/* Reads `count` examples, at most job->batch_size, at once, and adds to `sums`. BH_E_BUSY: stopped. */
BH_MUST_CHECK int trainer_step(struct trainer_engine *engine, const struct trainer_job *job,
	const struct trainer_example *const *examples, size_t count, enum trainer_pass pass,
	struct trainer_sums *sums);

#endif
