/* SPDX-License-Identifier: Apache-2.0 */
/* gather.h: assembles a streamed response, for clients that did not request a stream. */
#ifndef BH_MODEL_GATHER_H
#define BH_MODEL_GATHER_H

#include "model/chat.h"

enum { MODEL_GATHER_CALLS = 32 };

/* Zeroed is ready. */
struct model_gather {
	struct bh_buf content;  /* owned */
	struct bh_buf logprobs; /* owned: entries, joined by commas */
	struct {
		struct bh_buf id, name, arguments; /* owned */
	} calls[MODEL_GATHER_CALLS];
	size_t n_calls;
	char reason[32];
	struct model_usage usage;
	int64_t pieces, bytes; /* of output, as it is counted */
	bool error;
};

/* Takes one event. BH_E_PROTOCOL for what is no chunk. */
BH_MUST_CHECK int model_gather_add(struct model_gather *gather, const struct bh_json *event);

/* The answer as an engine would have sent it whole; model_chat_answer rebuilds it from there. */
void model_gather_write(const struct model_gather *gather, struct bh_buf *out);

void model_gather_close(struct model_gather *gather);

#endif
