/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint.h: all that a run needs to go on as if it had not stopped, in a folder that appears whole or not at all.
 *
 * A checkpoint is the folder "step-NNNNNNNN" with adapter.gguf and state.bin. state.bin is a struct of 64-bit numbers,
 * the parameters, their two moments, and the SHA-256 of all before it. The order of the examples is a function of seed
 * and epoch, so that the number of the step is both position and state of the random numbers. */
#ifndef TRAINER_CHECKPOINT_H
#define TRAINER_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "trainer/adapter.h"
#include "trainer/optimiser.h"

struct trainer_position {
	int64_t step;           /* steps that were taken */
	int64_t tokens;         /* read so far */
	int64_t trained_tokens; /* of these, learned */
	int64_t best_step; /* of the checkpoint with the least loss on held-out data; 0: none yet */
	double best_loss;
	char digest[65]; /* of what the losses depend on; another one is another job */
};

struct trainer_written {
	char path[4096 + 64]; /* of the folder */
	char sha256[65];      /* of adapter.gguf */
	int64_t bytes;
};

/* Writes aside, syncs, renames, and syncs the folder around it. A failure leaves nothing behind but the checkpoints
 * that were there. BH_E_STORAGE. */
BH_MUST_CHECK int trainer_checkpoint_write(const char *folder,
	const struct trainer_position *position, const struct trainer_adapter *adapter,
	const struct trainer_weights *weights, struct trainer_written *out);

/* Reads the newest checkpoint that is whole, into `weights` of the right count. BH_E_NOT_FOUND if there is none, and
 * BH_E_STATE if it is of another digest than out->digest. Damaged ones are passed over with a line on fd 2. */
BH_MUST_CHECK int trainer_checkpoint_read(const char *folder, struct trainer_position *out,
	struct trainer_weights *weights);

/* Removes all but the newest `kept` and that of best_step, and what an interrupted write left. */
void trainer_checkpoint_prune(const char *folder, int64_t kept, int64_t best_step);

/* The path of a step's checkpoint. */
void trainer_checkpoint_path(const char *folder, int64_t step, char *out, size_t size);

#endif
