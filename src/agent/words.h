/* words.h: sentences and words of a text, for comparing an answer with its sources. */
#ifndef AGENT_WORDS_H
#define AGENT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* A range of bytes. */
struct agent_span {
	size_t start, end;
};

struct agent_word {
	struct agent_span at;
	const char *stem; /* folded, without marks and common endings; a number in one spelling */
	bool number;      /* in digits or, from two on, in words */
	bool common;      /* carries no content: "the", "is" */
	bool negates;     /* "not", "never", "doesn't" */
	bool name;        /* written with a capital that no sentence's beginning explains */
	bool capital;
	bool parted;     /* a mark or an "and" stands before it: another clause may begin here */
	size_t sentence; /* numbered by the caller, and so are clauses */
	size_t clause;
};

struct agent_words {
	struct agent_word *list;
	size_t n;
};

struct agent_spans {
	struct agent_span *list;
	size_t n;
};

/* Sentences of valid UTF-8, trimmed, their final mark included. A line break alone ends none (texts of
 * PDF are wrapped), an empty line and the beginning of a list item do. */
void agent_words_sentences(struct bh_arena *arena, const char *text, size_t len,
	struct agent_spans *out);

/* Words and numbers of valid UTF-8, in order; ideographs count one by one, and so do signs that are
 * read as words (%, $). */
void agent_words_split(struct bh_arena *arena, const char *text, size_t len,
	struct agent_words *out);

#endif
