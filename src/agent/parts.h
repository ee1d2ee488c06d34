/* SPDX-License-Identifier: Apache-2.0 */
/* parts.h: a passage, with the chunks of which it and the text around it consist: where each stands in the text, and
 * that no text is there twice. */
#ifndef AGENT_PARTS_H
#define AGENT_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "text/sentences.h"

/* A chunk of a passage's text. */
struct agent_part {
	const char *chunk_id; /* NULL: not told */
	int64_t start, end;   /* code points of the document: the chunk */
	int64_t from, to;     /* what of it is in the text: what it shares with the one before is not */
	int64_t page_start, page_end;
	bool has_page_start, has_page_end;
	struct bh_span at; /* bytes of the text */
};

/* What was found, in the text around it. */
struct agent_passage {
	const char *file_id, *filename;
	const char *text;
	size_t len;
	struct agent_part *parts; /* in the arena; NULL: the text is the chunk */
	size_t n_parts;
	struct bh_span found; /* bytes of the text: what the search found of it; empty: all */
	double score;
	const char *chunk_id, *store_id; /* NULL: not told */
	const char *heading;             /* of its section; NULL: none */
	int64_t start, end; /* of the chunk: code points before it and its end in the document */
	int64_t page_start, page_end;
	bool has_end, has_page_start, has_page_end;
};

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
