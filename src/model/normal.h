/* SPDX-License-Identifier: Apache-2.0 */
/* normal.h: what upstreams send of an answer, brought into the API's one form: tool calls with their own
 * index and id, arguments as text, content as a string, the API's words for how it ended. */
#ifndef BH_MODEL_NORMAL_H
#define BH_MODEL_NORMAL_H

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
	bool is_named;      /* the client has its name */
};

/* One answer while it comes. Zeroed is ready. */
struct model_normal {
	struct model_normal_call calls[MODEL_CALLS_MOST];
	size_t n_calls;
	size_t events;
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

/* An event of a stream. BH_E_PROTOCOL: it is none. BH_E_UPSTREAM: there are too many calls. */
BH_MUST_CHECK int model_normal_event(struct model_normal *normal, const struct bh_json *event,
	struct model_piece *out);

/* A whole answer, which always ends. Errors as above. */
BH_MUST_CHECK int model_normal_whole(struct model_normal *normal, const struct bh_json *answer,
	struct model_piece *out);

/* What a stream still lacks that came to its end mark: true with a last piece that tells how it ended. */
bool model_normal_end(struct model_normal *normal, struct model_piece *out);

/* Safe on a zeroed one, and twice. */
void model_normal_close(struct model_normal *normal);

#endif
