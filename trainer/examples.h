/* SPDX-License-Identifier: Apache-2.0 */
/* examples.h: the job's data as sequences of tokens, checked. */
#ifndef TRAINER_EXAMPLES_H
#define TRAINER_EXAMPLES_H

#include "trainer/engine.h"
#include "trainer/job.h"
#include "trainer/say.h"

/* One to learn: a chat, or with DPO the preferred answer and the rejected one, each behind what it answers. */
struct trainer_example {
	struct trainer_sequence sequence;
	struct trainer_sequence rejected; /* count 0 in a chat */
};

struct trainer_set {
	struct trainer_example *examples; /* owned */
	size_t count;
	int64_t tokens, learned;
	int64_t longest;
	int64_t cut;
};

struct trainer_examples {
	struct trainer_set training, held_out;
	char digest[65]; /* of the job and of the bytes of both files and of the template */
};

/* Reads, checks and splits. Findings are said on `line`. BH_E_INVALID: there were errors; BH_E_BUSY: stopped;
 * BH_E_UNSUPPORTED: the model's tokenizer or template cannot be used; BH_E_NOT_FOUND: a file cannot be opened. */
BH_MUST_CHECK int trainer_examples_open(const struct trainer_job *job, int64_t context,
	struct trainer_line *line, struct trainer_examples *out);
void trainer_examples_close(struct trainer_examples *examples);

#endif
