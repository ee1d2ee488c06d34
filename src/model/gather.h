/* SPDX-License-Identifier: Apache-2.0 */
/* gather.h: a whole answer, from a stream's events or from what an upstream sent in one piece. */
#ifndef BH_MODEL_GATHER_H
#define BH_MODEL_GATHER_H

#include "model/chat.h"

/* Zeroed is ready. */
struct model_gather {
	struct model_normal normal; /* owned */
	struct bh_buf content;      /* owned */
	struct bh_buf refusal;      /* owned */
	struct bh_buf logprobs;     /* owned: entries, joined by commas */
	struct {
		struct bh_buf id, name, arguments; /* owned */
	} calls[MODEL_CALLS_MOST];
	size_t n_calls;
	const char *finish; /* NULL: it goes on */
	struct model_usage usage;
	bool is_behind;              /* a piece came after the usage was told */
	int64_t pieces, bytes;       /* of output, as it is counted */
	const struct bh_json *error; /* in place of a whole answer, whose it is; NULL: none */
};

/* Takes one event. BH_E_PROTOCOL for what is no chunk, BH_E_UPSTREAM with the upstream's error or too many
 * calls. */
BH_MUST_CHECK int model_gather_add(struct model_gather *gather, const struct bh_json *event);
/* After the last event: tells how it ended where none has. */
BH_MUST_CHECK int model_gather_end(struct model_gather *gather);
/* A whole answer. Errors as above. */
BH_MUST_CHECK int model_gather_whole(struct model_gather *gather, const struct bh_json *answer);

/* Writes the answer. It says what *usage says. */
void model_gather_write(const struct model_gather *gather, const struct model_answer_head *head,
	const struct model_usage *usage, struct bh_buf *out);

/* Drops what was said, which ended so. `finish` is static. */
void model_gather_empty(struct model_gather *gather, const char *finish);

void model_gather_close(struct model_gather *gather);

#endif
