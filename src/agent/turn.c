/* SPDX-License-Identifier: Apache-2.0 */
/* turn.c: finds the question in an input. */
#include "agent/turn.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

static bool
is_text(const struct bh_json *value, const char *text)
{
	const char *string = bh_json_string(value);

	return string != NULL && strcmp(string, text) == 0;
}

/* The text of a message's content: a string, or parts of which those of text count. */
static void
gather(const struct bh_json *content, struct bh_buf *out)
{
	if (bh_json_string(content) != NULL)
		bh_buf_text(out, bh_json_string(content));
	for (size_t i = 0; i < bh_json_count(content); i++) {
		const struct bh_json *part = bh_json_at(content, i);
		const char *text = bh_json_string(bh_json_get(part, "text"));

		if (text == NULL)
			continue;
		if (out->len > 0)
			bh_buf_char(out, ' ');
		bh_buf_text(out, text);
	}
}

/* Runs of blanks, line ends and other control characters become one blank each. */
static void
lay_flat(const char *text, struct bh_buf *out)
{
	for (; *text != '\0'; text++) {
		bool blank = (unsigned char)*text <= ' ' || *text == 0x7f;

		if (!blank)
			bh_buf_char(out, *text);
		else if (out->len > 0 && out->data[out->len - 1] != ' ')
			bh_buf_char(out, ' ');
	}
	if (out->len > 0 && out->data[out->len - 1] == ' ')
		out->len--;
}

const char *
agent_turn_question(struct bh_arena *arena, const struct bh_json *input)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0}, flat = {0};
	const char *asked;

	if (bh_json_string(input) != NULL)
		bh_buf_text(&text, bh_json_string(input));
	else
		for (size_t i = bh_json_count(input); i > 0 && text.len == 0; i--) {
			const struct bh_json *item = bh_json_at(input, i - 1);

			if (is_text(bh_json_get(item, "role"), "user"))
				gather(bh_json_get(item, "content"), &text);
		}
	lay_flat(bh_buf_string(&text), &flat);
	asked = bh_buf_string(&flat);
	/* As bytes no more than as many characters. */
	return bh_arena_copy(arena, asked, bh_text_cut(asked, flat.len, AGENT_QUESTION_MOST));
}
