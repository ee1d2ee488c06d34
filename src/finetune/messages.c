/* SPDX-License-Identifier: Apache-2.0 */
/* messages.c: messages in the one form that chat templates read. */
#include <string.h>

#include "base/text.h"
#include "finetune/data.h"

static void
write_text(struct bh_buf *out, const struct bh_json *value)
{
	bh_text_json(out, bh_json_string(value), bh_json_string_len(value));
}

static void
write_content(struct bh_buf *out, const struct bh_json *content)
{
	struct bh_buf text = {0};

	if (bh_json_kind(content) == BH_JSON_STRING) {
		write_text(out, content);
		return;
	}
	for (size_t i = 0; i < bh_json_count(content); i++) {
		const struct bh_json *part = bh_json_get(bh_json_at(content, i), "text");

		bh_buf_add(&text, bh_json_string(part), bh_json_string_len(part));
	}
	bh_text_json(out, bh_buf_string(&text), text.len);
	bh_buf_close(&text);
}

static void
write_call(struct bh_buf *out, const struct bh_json *call)
{
	const struct bh_json *function = bh_json_get(call, "function");
	const struct bh_json *arguments = bh_json_get(function, "arguments");

	bh_buf_text(out, "{\"id\":");
	write_text(out, bh_json_get(call, "id"));
	bh_buf_text(out, ",\"type\":\"function\",\"function\":{\"name\":");
	write_text(out, bh_json_get(function, "name"));
	/* Checked to be an object when the line was read. */
	bh_buf_text(out, ",\"arguments\":");
	bh_buf_add(out, bh_json_string(arguments), bh_json_string_len(arguments));
	bh_buf_text(out, "}}");
}

static void
write_message(struct bh_buf *out, const struct bh_json *message)
{
	const struct bh_json *calls = bh_json_get(message, "tool_calls");
	const struct bh_json *name = bh_json_get(message, "name");
	const char *role = bh_json_get_string(message, "role");

	bh_buf_text(out, "{\"role\":");
	if (role != NULL && strcmp(role, "developer") == 0)
		bh_buf_text(out, "\"system\"");
	else
		write_text(out, bh_json_get(message, "role"));
	bh_buf_text(out, ",\"content\":");
	write_content(out, bh_json_get(message, "content"));
	if (bh_json_kind(name) == BH_JSON_STRING) {
		bh_buf_text(out, ",\"name\":");
		write_text(out, name);
	}
	for (size_t i = 0; i < bh_json_count(calls); i++) {
		bh_buf_text(out, i == 0 ? ",\"tool_calls\":[" : ",");
		write_call(out, bh_json_at(calls, i));
	}
	bh_buf_text(out, bh_json_count(calls) > 0 ? "]}" : "}");
}

void
finetune_messages_write(struct bh_buf *out, const struct bh_json *messages,
	const struct bh_json *answer)
{
	size_t count = bh_json_count(messages);

	bh_buf_char(out, '[');
	for (size_t i = 0; i < count + bh_json_count(answer); i++) {
		if (i > 0)
			bh_buf_char(out, ',');
		write_message(out, i < count ? bh_json_at(messages, i) : bh_json_at(answer, i - count));
	}
	bh_buf_char(out, ']');
}
