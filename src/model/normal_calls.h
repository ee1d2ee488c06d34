/* SPDX-License-Identifier: Apache-2.0 */
/* normal_calls.h: an answer while it comes, and its tool calls; normal.h has what others call. */
#ifndef BH_MODEL_NORMAL_CALLS_H
#define BH_MODEL_NORMAL_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "json/json.h"

enum { MODEL_CALLS_MOST = 64 };

/* A tool call as far as an answer has come with it. */
struct model_normal_call {
	int64_t index;     /* the upstream's own; -1: it gave none */
	uint64_t id, name; /* hashes of what it called them; 0: it has not */
	size_t event;      /* the last one that told of it */
	unsigned depth;    /* of its arguments: open brackets */
	bool in_string, is_escaped;
	bool has_arguments; /* more than blanks */
	bool is_nested;     /* they are an object or a list */
	bool is_none;       /* they said that there are none, so far */
	bool is_named;      /* the client has its name */
};

/* One answer while it comes. Zeroed is ready. */
struct model_normal {
	struct model_normal_call calls[MODEL_CALLS_MOST];
	size_t n_calls;
	size_t events, strange;    /* of these, neither an answer's nor an error */
	int64_t choice;            /* the index of the one that is passed on */
	bool has_choice, is_whole; /* is_whole: messages come in place of deltas */
	bool has_begun, has_ended; /* its first piece, and how it ended, were told */
	struct bh_arena arena;     /* owned: what the last piece has that is not the event's */
};

/* More of a tool call. */
struct model_call_piece {
	int64_t index;
	const char *id;        /* only the first piece has it; NULL */
	const char *name;      /* only one has it; NULL */
	const char *arguments; /* NULL: no more of them */
	size_t arguments_len;
};

/* What an event tells of the answer. Borrowed from the event and from the normaliser, until its next call. */
struct model_piece {
	bool is_empty;                 /* nothing of the answer: usage, progress */
	bool begins;                   /* the answer's first */
	const char *content, *refusal; /* NULL: none */
	size_t content_len, refusal_len;
	struct model_call_piece *calls;
	size_t n_calls;
	const struct bh_json *logprobs;
	const char *finish;          /* stop, length, tool_calls, content_filter; NULL: it goes on */
	int64_t bytes;               /* of output, what is not passed on included */
	const struct bh_json *error; /* the upstream's, instead of an answer; NULL: none */
};

/* Adds what a message or a delta tells of tool calls to the piece. is_whole: each is a call of its own.
 * BH_E_UPSTREAM: there are too many. */
BH_MUST_CHECK int model_normal_calls(struct model_normal *normal, const struct bh_json *message,
	bool is_whole, struct model_piece *piece);

/* A call without arguments has "{}": "" is no JSON, and clients parse it. Where the answer was cut off, nobody knows
 * what they would have been, unless the upstream said that there are none. */
void model_normal_fill(struct model_normal *normal, bool is_cut, struct model_piece *piece);

/* A member that is a text and not "", which says what null says; else NULL. */
const char *model_normal_text(const struct bh_json *object, const char *name);

#endif
