/* SPDX-License-Identifier: Apache-2.0 */
/* chat_write.c: the engine's request, written anew from what was read and checked. */
#include <string.h>

#include "json/fields.h"
#include "model/chat.h"

/* The embedded engine reads its template's control marks out of any text, so that a passage or a
 * user could end the turn and speak as the system. A zero-width space breaks the mark. */
static void
write_content_text(struct bh_write *write, const char *text, size_t len, bool managed)
{
	struct bh_buf safe = {0};
	const char *at = text;
	const char *end = text + len;
	const char *mark;

	if (!managed || memmem(text, len, "<|", 2) == NULL) {
		bh_write_bytes(write, text, len);
		return;
	}
	while ((mark = memmem(at, (size_t)(end - at), "<|", 2)) != NULL) {
		bh_buf_add(&safe, at, (size_t)(mark - at));
		bh_buf_text(&safe, "<\xe2\x80\x8b|");
		at = mark + 2;
	}
	bh_buf_add(&safe, at, (size_t)(end - at));
	bh_write_bytes(write, safe.data, safe.len);
	bh_buf_close(&safe);
}

static void
write_content(struct bh_write *write, const struct bh_json *content, bool managed)
{
	struct bh_buf text = {0};

	if (bh_json_kind(content) == BH_JSON_STRING) {
		write_content_text(write, bh_json_string(content), bh_json_string_len(content), managed);
		return;
	}
	if (bh_json_kind(content) != BH_JSON_ARRAY) {
		bh_write_null(write);
		return;
	}
	for (size_t i = 0; i < bh_json_count(content); i++) {
		const struct bh_json *part = bh_json_at(content, i);
		const struct bh_json *value = bh_json_get(part, bh_json_string(bh_json_get(part, "type")));

		if (text.len > 0)
			bh_buf_char(&text, '\n');
		bh_buf_add(&text, bh_json_string(value), bh_json_string_len(value));
	}
	write_content_text(write, bh_buf_string(&text), text.len, managed);
	bh_buf_close(&text);
}

static void
write_string_member(struct bh_write *write, const char *name, const struct bh_json *object)
{
	const struct bh_json *value = bh_json_get(object, name);

	if (bh_json_kind(value) == BH_JSON_STRING)
		bh_write_pair_json(write, name, value);
}

static void
write_tool_calls(struct bh_write *write, const struct bh_json *calls)
{
	if (bh_json_count(calls) == 0)
		return;
	bh_write_name(write, "tool_calls");
	bh_write_array(write);
	for (size_t i = 0; i < bh_json_count(calls); i++) {
		const struct bh_json *call = bh_json_at(calls, i);
		const struct bh_json *function = bh_json_get(call, "function");

		bh_write_object(write);
		bh_write_pair_json(write, "id", bh_json_get(call, "id"));
		bh_write_pair_text(write, "type", "function");
		bh_write_name(write, "function");
		bh_write_object(write);
		bh_write_pair_json(write, "name", bh_json_get(function, "name"));
		bh_write_pair_json(write, "arguments", bh_json_get(function, "arguments"));
		bh_write_end(write);
		bh_write_end(write);
	}
	bh_write_end(write);
}

static void
write_messages(struct bh_write *write, const struct bh_json *messages, bool managed)
{
	bh_write_name(write, "messages");
	bh_write_array(write);
	for (size_t i = 0; i < bh_json_count(messages); i++) {
		const struct bh_json *message = bh_json_at(messages, i);
		const char *role = bh_json_string(bh_json_get(message, "role"));

		bh_write_object(write);
		/* Few engines know "developer"; all know what it replaced. */
		bh_write_pair_text(write, "role", strcmp(role, "developer") == 0 ? "system" : role);
		bh_write_name(write, "content");
		write_content(write, bh_json_get(message, "content"), managed);
		write_string_member(write, "refusal", message);
		write_string_member(write, "name", message);
		write_string_member(write, "tool_call_id", message);
		write_tool_calls(write, bh_json_get(message, "tool_calls"));
		bh_write_end(write);
	}
	bh_write_end(write);
}

static void
write_tools(struct bh_write *write, const struct bh_json *tools)
{
	bh_write_name(write, "tools");
	bh_write_array(write);
	for (size_t i = 0; i < bh_json_count(tools); i++) {
		const struct bh_json *function = bh_json_get(bh_json_at(tools, i), "function");

		bh_write_object(write);
		bh_write_pair_text(write, "type", "function");
		bh_write_name(write, "function");
		bh_write_object(write);
		bh_write_pair_json(write, "name", bh_json_get(function, "name"));
		write_string_member(write, "description", function);
		if (bh_json_kind(bh_json_get(function, "parameters")) == BH_JSON_OBJECT)
			bh_write_pair_json(write, "parameters", bh_json_get(function, "parameters"));
		if (bh_json_kind(bh_json_get(function, "strict")) == BH_JSON_BOOL)
			bh_write_pair_json(write, "strict", bh_json_get(function, "strict"));
		bh_write_end(write);
		bh_write_end(write);
	}
	bh_write_end(write);
}

static void
write_format(struct bh_write *write, const struct bh_json *format)
{
	const struct bh_json *schema = bh_json_get(format, "json_schema");

	bh_write_name(write, "response_format");
	bh_write_object(write);
	bh_write_pair_json(write, "type", bh_json_get(format, "type"));
	if (schema != NULL) {
		bh_write_name(write, "json_schema");
		bh_write_object(write);
		bh_write_pair_json(write, "name", bh_json_get(schema, "name"));
		write_string_member(write, "description", schema);
		bh_write_pair_json(write, "schema", bh_json_get(schema, "schema"));
		if (bh_json_kind(bh_json_get(schema, "strict")) == BH_JSON_BOOL)
			bh_write_pair_json(write, "strict", bh_json_get(schema, "strict"));
		bh_write_end(write);
	}
	bh_write_end(write);
}

static void
write_sampling(struct bh_write *write, const struct model_chat *chat)
{
	if (chat->has_temperature)
		bh_write_pair_double(write, "temperature", chat->temperature);
	if (chat->has_top_p)
		bh_write_pair_double(write, "top_p", chat->top_p);
	if (chat->has_frequency_penalty)
		bh_write_pair_double(write, "frequency_penalty", chat->frequency_penalty);
	if (chat->has_presence_penalty)
		bh_write_pair_double(write, "presence_penalty", chat->presence_penalty);
	if (chat->has_seed)
		bh_write_pair_int(write, "seed", chat->seed);
	if (chat->stop != NULL)
		bh_write_pair_json(write, "stop", chat->stop);
	if (chat->logit_bias != NULL)
		bh_write_pair_json(write, "logit_bias", chat->logit_bias);
	if (chat->logprobs)
		bh_write_pair_bool(write, "logprobs", true);
	if (chat->logprobs && chat->has_top_logprobs)
		bh_write_pair_int(write, "top_logprobs", chat->top_logprobs);
}

void
model_chat_write(const struct model_chat *chat, const struct model_entry *entry, int64_t output_cap,
	bool share_prompt_cache, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	bh_write_pair_text(&write, "model", entry->upstream_name);
	write_messages(&write, chat->messages, entry->managed);
	write_sampling(&write, chat);
	if (output_cap > 0)
		bh_write_pair_int(&write, "max_tokens", output_cap);
	if (bh_json_count(chat->tools) > 0) {
		write_tools(&write, chat->tools);
		if (chat->tool_choice != NULL)
			bh_write_pair_json(&write, "tool_choice", chat->tool_choice);
		if (chat->has_parallel_tool_calls)
			bh_write_pair_bool(&write, "parallel_tool_calls", chat->parallel_tool_calls);
	}
	if (chat->response_format != NULL)
		write_format(&write, chat->response_format);
	/* The embedded engine notices a client that left only while it writes, so it always streams,
	 * and tells its progress through the prompt. */
	if (chat->stream || entry->managed) {
		bh_write_pair_bool(&write, "stream", true);
		bh_write_name(&write, "stream_options");
		bh_write_object(&write);
		bh_write_pair_bool(&write, "include_usage", true);
		bh_write_end(&write);
	}
	if (entry->managed) {
		bh_write_pair_bool(&write, "return_progress", true);
		bh_write_pair_bool(&write, "cache_prompt", share_prompt_cache);
	}
	bh_write_end(&write);
}
