/* SPDX-License-Identifier: Apache-2.0 */
/* chunk.h: cuts a document into chunks along its structure. */
#ifndef RAG_CHUNK_H
#define RAG_CHUNK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "rag/rag.h"

struct rag_chunk_conf {
	/* Most tokens of a chunk: of its text when `by_size`, else heading path and the model's own marks
	 * included. */
	size_t tokens;
	size_t overlap;        /* most tokens shared with the chunk before; only when `by_size` */
	bool by_size;          /* OpenAI's static strategy: sizes count, headings do not divide */
	double factor;         /* this document's tokens per estimated token */
	const int64_t *counts; /* tokens of each atom, as the model counts; NULL: estimated */
};

/* An estimate of the tokens of a text for a WordPiece-like vocabulary. Never 0 for a word. */
size_t rag_chunk_estimate(const char *text, size_t len);

/* The texts that chunks are filled with, in order: sentences, or parts of those that are long for a chunk or
 * for the overlap. To be counted by whoever wants exact sizes. In the arena. */
void rag_chunk_atoms(struct bh_arena *arena, const struct rag_document *document,
	const struct rag_chunk_conf *conf, const char *const **out, size_t *out_n);

/* Cuts a document. Chunks are in the order of the text, start and end on code points, hold no
 * leading or trailing blanks, and (unless by_size) do not overlap. In the arena. */
void rag_chunk_document(struct bh_arena *arena, const struct rag_document *document,
	const struct rag_chunk_conf *conf, struct rag_piece **out, size_t *out_n);

/* Cuts one text longer than the model reads at a word near its middle: bytes of the first half. */
size_t rag_chunk_halve(const char *text, size_t len);

#endif
