/* SPDX-License-Identifier: Apache-2.0 */
/* passages.h: what a search found: as shown in file_search_call.results, and as used in a prompt. */
#ifndef AGENT_PASSAGES_H
#define AGENT_PASSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/parts.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/macros.h"
#include "cite/focus.h"
#include "json/json.h"

#define AGENT_PASSAGES_MAX 50

struct agent_passages {
	struct bh_json_doc doc;     /* owned: the results, which the passages borrow from */
	struct agent_passage *list; /* in the arena */
	size_t n;
	const char *query; /* borrowed: what they were found with; NULL: not told */
};

/* Texts for a model to answer from. */
struct agent_excerpts {
	const char **list; /* in an arena */
	size_t n;
	bool sentences; /* single sentences, for a model that should repeat them */
};

/* Turns rag's answer into the array of results: file_id, filename, score, attributes, text, bulkhead. */
void agent_passages_results(const struct bh_json *answer, struct bh_buf *out);

/* Reads such an array; hits below the least score are left out, and no text is in it twice: what a better hit's
 * surroundings hold is no passage of its own. BH_E_JSON if it is malformed. */
BH_MUST_CHECK int agent_passages_read(struct bh_arena *arena, const char *results,
	double least_score, struct agent_passages *out);
void agent_passages_close(struct agent_passages *passages);

/* The passages, best first, as far as they are near the best and go into `tokens` tokens: with what is around them
 * in the first half of these, alone in the rest. The first always goes in, cut if need be. */
void agent_passages_whole(struct bh_arena *arena, const struct agent_passages *passages,
	int64_t tokens, struct agent_excerpts *out);

/* The same for cite/focus.h, in the arena. */
const struct bh_focus_passage *agent_passages_focus(struct bh_arena *arena,
	const struct agent_passages *passages);

/* A file_citation for the words quote_start to quote_end (bytes) of a passage's text, its mark at `index`
 * (code points of the message). The chunk is the one in which the words begin. */
void agent_passages_annotation(const struct agent_passage *passage, size_t index,
	size_t quote_start, size_t quote_end, struct bh_buf *out);

#endif
