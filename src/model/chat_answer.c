/* SPDX-License-Identifier: Apache-2.0 */
/* chat_answer.c: engines' answers, whole and in chunks, rebuilt in the API's own shape. */
#include <string.h>

#include "base/error.h"
#include "json/fields.h"
#include "model/chat.h"

static int64_t
int_member(const struct bh_json *object, const char *name)
{
	int64_t value = 0;

	if (!bh_json_int(bh_json_get(object, name), &value) || value < 0)
		return 0;
	return value;
}

/* As it is told, negative or not; 0 where it is missing. */
static int64_t
figure(const struct bh_json *object, const char *name)
{
	int64_t value = 0;

	(void)bh_json_int(bh_json_get(object, name), &value);
	return value;
}

void
model_usage_read(const struct bh_json *usage, struct model_usage *out)
{
	struct model_usage found = {.present = true};

	if (bh_json_kind(usage) != BH_JSON_OBJECT)
		return;
	found.prompt_tokens = figure(usage, "prompt_tokens");
	found.completion_tokens = figure(usage, "completion_tokens");
	found.cached_tokens = figure(bh_json_get(usage, "prompt_tokens_details"), "cached_tokens");
	found.reasoning_tokens = figure(bh_json_get(usage, "completion_tokens_details"),
		"reasoning_tokens");
	if (model_usage_in_range(&found))
		*out = found;
}

void
model_usage_write(struct bh_write *write, const struct model_usage *usage)
{
	bh_write_name(write, "usage");
	bh_write_object(write);
	bh_write_pair_int(write, "prompt_tokens", usage->prompt_tokens);
	bh_write_pair_int(write, "completion_tokens", usage->completion_tokens);
	bh_write_pair_int(write, "total_tokens", usage->prompt_tokens + usage->completion_tokens);
	bh_write_name(write, "prompt_tokens_details");
	bh_write_object(write);
	bh_write_pair_int(write, "cached_tokens", usage->cached_tokens);
	bh_write_end(write);
	bh_write_name(write, "completion_tokens_details");
	bh_write_object(write);
	bh_write_pair_int(write, "reasoning_tokens", usage->reasoning_tokens);
	bh_write_end(write);
	bh_write_end(write);
}

static const char *
finish_reason(const struct bh_json *choice)
{
	static const char *const known[] = {"stop", "length", "tool_calls", "content_filter"};
	const char *reason = bh_json_string(bh_json_get(choice, "finish_reason"));

	for (size_t i = 0; reason != NULL && i < BH_COUNT(known); i++) {
		if (strcmp(reason, known[i]) == 0)
			return known[i];
	}
	return reason == NULL ? NULL : "stop";
}

static void
write_text_or_null(struct bh_write *write, const char *name, const struct bh_json *value)
{
	bh_write_name(write, name);
	if (bh_json_kind(value) == BH_JSON_STRING)
		bh_write_json(write, value);
	else
		bh_write_null(write);
}

/* Entries as the API describes them; engines add members of their own. */
static void
write_logprob_entry(struct bh_write *write, const struct bh_json *entry, bool top)
{
	const struct bh_json *alternatives = bh_json_get(entry, "top_logprobs");

	bh_write_object(write);
	bh_write_pair_json(write, "token", bh_json_get(entry, "token"));
	bh_write_pair_json(write, "logprob", bh_json_get(entry, "logprob"));
	bh_write_pair_json(write, "bytes", bh_json_get(entry, "bytes"));
	if (top) {
		bh_write_name(write, "top_logprobs");
		bh_write_array(write);
		for (size_t i = 0; i < bh_json_count(alternatives); i++)
			write_logprob_entry(write, bh_json_at(alternatives, i), false);
		bh_write_end(write);
	}
	bh_write_end(write);
}

static void
write_logprobs(struct bh_write *write, const struct bh_json *logprobs)
{
	const struct bh_json *content = bh_json_get(logprobs, "content");

	bh_write_name(write, "logprobs");
	if (bh_json_kind(content) != BH_JSON_ARRAY) {
		bh_write_null(write);
		return;
	}
	bh_write_object(write);
	bh_write_name(write, "content");
	bh_write_array(write);
	for (size_t i = 0; i < bh_json_count(content); i++)
		write_logprob_entry(write, bh_json_at(content, i), true);
	bh_write_end(write);
	bh_write_pair_null(write, "refusal");
	bh_write_end(write);
}

static void
write_tool_calls(struct bh_write *write, const struct bh_json *calls, bool streamed)
{
	bh_write_name(write, "tool_calls");
	bh_write_array(write);
	for (size_t i = 0; i < bh_json_count(calls); i++) {
		const struct bh_json *call = bh_json_at(calls, i);
		const struct bh_json *function = bh_json_get(call, "function");

		bh_write_object(write);
		if (streamed)
			bh_write_pair_int(write, "index", int_member(call, "index"));
		if (bh_json_kind(bh_json_get(call, "id")) == BH_JSON_STRING)
			bh_write_pair_json(write, "id", bh_json_get(call, "id"));
		if (!streamed || bh_json_get(call, "type") != NULL)
			bh_write_pair_text(write, "type", "function");
		bh_write_name(write, "function");
		bh_write_object(write);
		if (bh_json_kind(bh_json_get(function, "name")) == BH_JSON_STRING)
			bh_write_pair_json(write, "name", bh_json_get(function, "name"));
		if (bh_json_kind(bh_json_get(function, "arguments")) == BH_JSON_STRING)
			bh_write_pair_json(write, "arguments", bh_json_get(function, "arguments"));
		bh_write_end(write);
		bh_write_end(write);
	}
	bh_write_end(write);
}

static void
write_head(struct bh_write *write, const char *id, const char *object, int64_t created_s,
	const char *name)
{
	bh_write_pair_text(write, "id", id);
	bh_write_pair_text(write, "object", object);
	bh_write_pair_int(write, "created", created_s);
	bh_write_pair_text(write, "model", name);
}

int64_t
model_chat_output_bytes(const struct bh_json *message)
{
	static const char *const texts[] = {"content", "refusal", "reasoning_content", "reasoning"};
	const struct bh_json *calls = bh_json_get(message, "tool_calls");
	size_t bytes = 0;

	for (size_t i = 0; i < BH_COUNT(texts); i++)
		bytes += bh_json_string_len(bh_json_get(message, texts[i]));
	for (size_t i = 0; i < bh_json_count(calls); i++) {
		const struct bh_json *function = bh_json_get(bh_json_at(calls, i), "function");

		bytes += bh_json_string_len(bh_json_get(function, "name"));
		bytes += bh_json_string_len(bh_json_get(function, "arguments"));
	}
	return (int64_t)bytes;
}

const struct bh_json *
model_chat_message(const struct bh_json *answer)
{
	const struct bh_json *choice = bh_json_at(bh_json_get(answer, "choices"), 0);
	const struct bh_json *message = bh_json_get(choice, "message");

	return bh_json_kind(message) == BH_JSON_OBJECT ? message : NULL;
}

int
model_chat_answer(const struct bh_json *answer, const char *id, const char *name, int64_t created_s,
	const struct model_usage *usage, struct bh_buf *out)
{
	const struct bh_json *choice = bh_json_at(bh_json_get(answer, "choices"), 0);
	const struct bh_json *message = model_chat_message(answer);
	const struct bh_json *calls = bh_json_get(message, "tool_calls");
	struct bh_write write = {.out = out};
	const char *reason = finish_reason(choice);

	if (message == NULL)
		return bh_error(BH_E_PROTOCOL, "the upstream's response has no message");

	bh_write_object(&write);
	write_head(&write, id, "chat.completion", created_s, name);
	bh_write_name(&write, "choices");
	bh_write_array(&write);
	bh_write_object(&write);
	bh_write_pair_int(&write, "index", 0);
	bh_write_name(&write, "message");
	bh_write_object(&write);
	bh_write_pair_text(&write, "role", "assistant");
	write_text_or_null(&write, "content", bh_json_get(message, "content"));
	write_text_or_null(&write, "refusal", bh_json_get(message, "refusal"));
	bh_write_name(&write, "annotations");
	bh_write_array(&write);
	bh_write_end(&write);
	if (bh_json_count(calls) > 0)
		write_tool_calls(&write, calls, false);
	bh_write_end(&write);
	write_logprobs(&write, bh_json_get(choice, "logprobs"));
	bh_write_pair_text(&write, "finish_reason", reason == NULL ? "stop" : reason);
	bh_write_end(&write);
	bh_write_end(&write);
	model_usage_write(&write, usage);
	bh_write_end(&write);
	return 0;
}

static void
write_delta(struct bh_write *write, const struct bh_json *delta, struct model_chunk *chunk)
{
	const struct bh_json *content = bh_json_get(delta, "content");
	const struct bh_json *refusal = bh_json_get(delta, "refusal");
	const struct bh_json *calls = bh_json_get(delta, "tool_calls");

	bh_write_object(write);
	if (bh_json_kind(bh_json_get(delta, "role")) == BH_JSON_STRING)
		bh_write_pair_text(write, "role", "assistant");
	if (bh_json_kind(content) == BH_JSON_STRING)
		bh_write_pair_json(write, "content", content);
	if (bh_json_kind(refusal) == BH_JSON_STRING)
		bh_write_pair_json(write, "refusal", refusal);
	if (bh_json_count(calls) > 0)
		write_tool_calls(write, calls, true);
	bh_write_end(write);
	chunk->bytes = model_chat_output_bytes(delta);
	chunk->pieces = chunk->bytes > 0;
}

int
model_chat_chunk(const struct bh_json *event, const char *id, const char *name, int64_t created_s,
	struct bh_buf *out, struct model_chunk *out_chunk)
{
	const struct bh_json *choices = bh_json_get(event, "choices");
	struct bh_write write = {.out = out};
	struct model_chunk chunk = {0};

	if (bh_json_kind(bh_json_get(event, "error")) == BH_JSON_OBJECT) {
		out_chunk->error = true;
		return 0;
	}
	if (bh_json_kind(choices) != BH_JSON_ARRAY)
		return bh_error(BH_E_PROTOCOL, "an upstream chunk has no choices");
	model_usage_read(bh_json_get(event, "usage"), &chunk.usage);
	/* Only the first choice was asked for; progress reports of the embedded engine carry nothing. */
	chunk.empty = bh_json_count(choices) == 0 || bh_json_get(event, "prompt_progress") != NULL;
	if (!chunk.empty) {
		const struct bh_json *choice = bh_json_at(choices, 0);
		const char *reason = finish_reason(choice);

		bh_write_object(&write);
		write_head(&write, id, "chat.completion.chunk", created_s, name);
		bh_write_name(&write, "choices");
		bh_write_array(&write);
		bh_write_object(&write);
		bh_write_pair_int(&write, "index", 0);
		bh_write_name(&write, "delta");
		write_delta(&write, bh_json_get(choice, "delta"), &chunk);
		if (bh_json_get(choice, "logprobs") != NULL)
			write_logprobs(&write, bh_json_get(choice, "logprobs"));
		bh_write_pair_text(&write, "finish_reason", reason);
		bh_write_end(&write);
		bh_write_end(&write);
		bh_write_end(&write);
		chunk.finished = reason != NULL;
	}
	*out_chunk = chunk;
	return 0;
}
