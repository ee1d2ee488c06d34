/* SPDX-License-Identifier: Apache-2.0 */
/* query.h: what a file_search looks for: the person's question, made to stand alone. */
#ifndef AGENT_QUERY_H
#define AGENT_QUERY_H

#include <stddef.h>

#include "agent/prompt.h"
#include "agent/request.h"
#include "base/arena.h"

struct agent_queries {
	const char *question; /* the person's last message; NULL: nobody has asked anything */
	const char *list[AGENT_QUERIES_MAX];
	size_t n;
};

/* The first query is the question. One that is not understood alone ("And when was she appointed?") gets the
 * matter of the questions before it and the names of the last answer. With `most` above one the others are
 * its single questions, where it has several, and its words without those that only ask. */
void agent_query_make(struct bh_arena *arena, const struct agent_prompt *prompt, size_t most,
	struct agent_queries *out);

#endif
