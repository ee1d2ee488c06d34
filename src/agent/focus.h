/* focus.h: the sentences of passages that come nearest to a question, for a model that reads slowly. */
#ifndef AGENT_FOCUS_H
#define AGENT_FOCUS_H

#include <stddef.h>
#include <stdint.h>

#include "agent/passages.h"
#include "base/arena.h"

/* Sentences of at most `tokens` tokens in all, the nearest last; it is always there, cut if it is too
 * long. A sentence brings what it cannot be understood without: the one before an "it", the list after
 * a colon. Text lives in the arena. */
void agent_focus_pick(struct bh_arena *arena, const struct agent_passages *passages,
	const char *question, int64_t tokens, struct agent_excerpts *out);

#endif
