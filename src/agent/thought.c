/* SPDX-License-Identifier: Apache-2.0 */
/* thought.c: two marks are looked for, however they are cut into pieces. */
#include "agent/thought.h"

#include <string.h>

static const char open_mark[] = "<think>", close_mark[] = "</think>";

enum { OPEN_LEN = sizeof(open_mark) - 1, CLOSE_LEN = sizeof(close_mark) - 1 };

static enum agent_thought
begin(struct bh_buf *held)
{
	size_t blanks = 0, len;

	while (blanks < held->len && strchr(" \t\r\n", held->data[blanks]) != NULL)
		blanks++;
	len = held->len - blanks;
	if (len > 0 && memcmp(held->data + blanks, open_mark, len < OPEN_LEN ? len : OPEN_LEN) != 0)
		return AGENT_THOUGHT_IS_OVER;
	if (len < OPEN_LEN)
		return AGENT_THOUGHT_MAY_BEGIN;
	bh_buf_shift(held, blanks + OPEN_LEN);
	return AGENT_THOUGHT_GOES_ON;
}

static enum agent_thought
go_on(struct bh_buf *held)
{
	const char *end = held->len > 0 ? memmem(held->data, held->len, close_mark, CLOSE_LEN) : NULL;

	if (end != NULL) {
		bh_buf_shift(held, (size_t)(end - held->data) + CLOSE_LEN);
		return AGENT_THOUGHT_IS_OVER;
	}
	/* The end may hold the beginning of the mark. */
	if (held->len >= CLOSE_LEN)
		bh_buf_shift(held, held->len - (CLOSE_LEN - 1));
	return AGENT_THOUGHT_GOES_ON;
}

bool
agent_thought_skip(enum agent_thought *state, struct bh_buf *held)
{
	if (*state == AGENT_THOUGHT_MAY_BEGIN)
		*state = begin(held);
	if (*state == AGENT_THOUGHT_GOES_ON)
		*state = go_on(held);
	return *state == AGENT_THOUGHT_IS_OVER;
}
