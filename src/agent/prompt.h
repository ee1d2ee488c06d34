/* SPDX-License-Identifier: Apache-2.0 */
/* prompt.h: the messages a model gets: conversation, question and passages, fitted to its context. */
#ifndef AGENT_PROMPT_H
#define AGENT_PROMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/agent.h"
#include "agent/passages.h"
#include "base/arena.h"
#include "base/macros.h"
#include "json/fields.h"

/* A part of a message with pictures: a text or, with `url`, a picture. */
struct agent_piece {
	const char *text;
	const char *url; /* a URL, or the id of a file */
	const char *detail;
};

/* One message. Text lives in the arena. */
struct agent_message {
	const char *role;
	const char *text;
	const struct agent_piece
		*pieces; /* of a message with pictures; `text` is the texts among them */
	size_t n_pieces;
	const char *call_id;          /* tool results, and calls */
	const char *name, *arguments; /* calls */
	int64_t tokens;               /* estimated, or counted where that was needed */
	bool kept;                    /* not dropped to fit */
};

struct agent_prompt {
	struct agent_message *messages;
	size_t n;
	size_t question;          /* index of the last user message; n if there is none */
	const char *instructions; /* NULL: none */
	int64_t instructions_tokens;
};

/* Reads the conversation's items, oldest first. */
BH_MUST_CHECK int agent_prompt_read(struct bh_arena *arena, const struct agent_item *items,
	size_t n, const char *instructions, struct agent_prompt *out);

/* Tokens from bytes, on the safe side for most scripts. */
int64_t agent_prompt_estimate(const char *text);

/* Tokens of all kept messages and instructions as they stand. */
int64_t agent_prompt_tokens(const struct agent_prompt *prompt);

/* Drops the oldest messages until the rest takes at most `room` tokens; never the question, what
 * follows it, nor the instructions. False if that is not enough. */
bool agent_prompt_fit(struct agent_prompt *prompt, int64_t room);

/* Writes the member `messages`. With excerpts (NULL: nothing was searched), the question is asked of
 * them. */
void agent_prompt_write(const struct agent_prompt *prompt, const struct agent_excerpts *excerpts,
	struct bh_write *write);

#endif
