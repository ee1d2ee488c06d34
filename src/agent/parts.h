/* SPDX-License-Identifier: Apache-2.0 */
/* parts.h: the chunks of which a passage and the text around it consist: where each stands in the text, and that
 * no text is there twice. */
#ifndef AGENT_PARTS_H
#define AGENT_PARTS_H

#include "agent/passages.h"

/* Lays a passage into the text around it, which consists of its parts: they get their places, the passage gets text
 * and parts. Left as it is where the text is not made of them, or they do not hold the passage's own chunk. */
void agent_parts_lay(struct agent_passage *passage, const char *around, struct agent_part *parts,
	size_t n);

/* Takes off what a better passage of the same document (there are n) holds already. False when that is all of the
 * passage that was found: the better one stands for both. Text that is cut goes into the arena. */
BH_MUST_CHECK bool agent_parts_cut(struct bh_arena *arena, struct agent_passage *better, size_t n,
	struct agent_passage *passage);

/* The part of a passage in which a byte of its text stands, or the last before it; NULL when it has none. */
const struct agent_part *agent_parts_at(const struct agent_passage *passage, size_t byte);

/* The document's code point at which a byte of the text stands. */
int64_t agent_parts_point(const struct agent_passage *passage, size_t byte);

#endif
