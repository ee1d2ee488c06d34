/* SPDX-License-Identifier: Apache-2.0 */
/* said.h: a line of a trainer, read strictly: the program works on a tenant's data, and may have been taken over by it.
 *
 * Source of the lines: trainer/protocol.h. */
#ifndef BH_FINETUNE_SAID_H
#define BH_FINETUNE_SAID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "json/json.h"

enum finetune_said_type {
	FINETUNE_SAID_BEGUN,
	FINETUNE_SAID_FOUND,
	FINETUNE_SAID_STARTED,
	FINETUNE_SAID_PROGRESS,
	FINETUNE_SAID_EVALUATION,
	FINETUNE_SAID_CHECKPOINT,
	FINETUNE_SAID_SAMPLE,
	FINETUNE_SAID_ALIVE,
	FINETUNE_SAID_FINISHED,
	FINETUNE_SAID_STOPPED,
	FINETUNE_SAID_ERROR
};

/* Strings are the document's, "" if they are not there; numbers are NAN, integers -1. Close it. */
struct finetune_said {
	int type; /* enum finetune_said_type */
	const char *version, *level, *file, *code, *field, *message, *of, *path, *best_path, *sha256,
		*command, *text;
	int64_t protocol, line, other_line, step, steps, best_step, examples, held_out, tokens,
		trained_tokens, longest, cut, parameters, memory_bytes, threads, bytes, index;
	double epoch, train_loss, token_accuracy, learning_rate, gradient_norm, margin, valid_loss,
		tokens_per_s;
	struct bh_json_doc doc; /* owned */
};

/* BH_E_PROTOCOL with a detail: no such line, or one that makes no sense by itself. */
BH_MUST_CHECK int finetune_said_read(const char *line, size_t len, struct finetune_said *out);
void finetune_said_close(struct finetune_said *said);

#endif
