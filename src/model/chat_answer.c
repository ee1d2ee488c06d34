/* SPDX-License-Identifier: Apache-2.0 */
/* chat_answer.c: engines' answers, whole and in chunks, rebuilt in the API's own shape. */
#include "base/error.h"
#include "base/text.h"
#include "model/chat.h"
#include "model/http.h"

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

#define AT(member) offsetof(struct model_usage, member)

static int64_t
total_of(const void *row)
{
	const struct model_usage *usage = row;

	return usage->prompt_tokens + usage->completion_tokens;
}

static const struct bh_field prompt_fields[] = {
	{"cached_tokens", BH_FIELD_INT, AT(cached_tokens)},
};

static const struct bh_field completion_fields[] = {
	{"reasoning_tokens", BH_FIELD_INT, AT(reasoning_tokens)},
};

static const struct bh_field usage_fields[] = {
	{"prompt_tokens", BH_FIELD_INT, AT(prompt_tokens)},
	{"completion_tokens", BH_FIELD_INT, AT(completion_tokens)},
	{"total_tokens", BH_FIELD_INT, .number_of = total_of},
	{"prompt_tokens_details", BH_FIELD_OBJECT, 0, BH_FIELDS(prompt_fields)},
	{"completion_tokens_details", BH_FIELD_OBJECT, 0, BH_FIELDS(completion_fields)},
};

#undef AT

void
model_usage_write(struct bh_write *write, const struct model_usage *usage)
{
	bh_write_name(write, "usage");
	bh_fields_write(write, BH_LIST(usage_fields), usage);
}

/* What is passed on of an engine's answer; engines add members of their own. */
static const struct bh_field function_fields[] = {
	{"name", BH_FIELD_TEXT, .flags = BH_OMIT},
	{"arguments", BH_FIELD_TEXT, .flags = BH_OMIT},
};

static const struct bh_field call_fields[] = {
	{"id", BH_FIELD_TEXT, .flags = BH_OMIT},
	{"type", BH_FIELD_CONST, .words = "function"},
	{"function", BH_FIELD_OBJECT, BH_FIELDS(function_fields)},
};

static const struct bh_field call_row = {"", BH_FIELD_OBJECT, BH_FIELDS(call_fields)};

static const struct bh_field delta_call_fields[] = {
	{"index", BH_FIELD_INT},
	{"id", BH_FIELD_TEXT, .flags = BH_OMIT},
	{"type", BH_FIELD_CONST, .words = "function", .flags = BH_OMIT},
	{"function", BH_FIELD_OBJECT, BH_FIELDS(function_fields)},
};

static const struct bh_field delta_call_row = {"", BH_FIELD_OBJECT, BH_FIELDS(delta_call_fields)};

static const struct bh_field nothing = {"", BH_FIELD_IGNORED};

static const struct bh_field message_fields[] = {
	{"role", BH_FIELD_CONST, .words = "assistant"},
	{"content", BH_FIELD_TEXT, .flags = BH_NULLABLE},
	{"refusal", BH_FIELD_TEXT, .flags = BH_NULLABLE},
	{"annotations", BH_FIELD_ARRAY, .element = &nothing},
	{"tool_calls", BH_FIELD_ARRAY, .flags = BH_OMIT, .element = &call_row},
};

static const struct bh_field delta_fields[] = {
	{"role", BH_FIELD_CONST, .words = "assistant", .flags = BH_OMIT},
	{"content", BH_FIELD_TEXT, .flags = BH_OMIT},
	{"refusal", BH_FIELD_TEXT, .flags = BH_OMIT},
	{"tool_calls", BH_FIELD_ARRAY, .flags = BH_OMIT, .element = &delta_call_row},
};

#define LOGPROB \
	{"token", BH_FIELD_ANY}, {"logprob", BH_FIELD_ANY}, \
	{ \
		"bytes", BH_FIELD_ANY \
	}

static const struct bh_field alternative_fields[] = {LOGPROB};
static const struct bh_field alternative = {"", BH_FIELD_OBJECT, BH_FIELDS(alternative_fields)};
static const struct bh_field logprob_fields[] = {
	LOGPROB,
	{"top_logprobs", BH_FIELD_ARRAY, .element = &alternative},
};
static const struct bh_field logprob = {"", BH_FIELD_OBJECT, BH_FIELDS(logprob_fields)};

static const struct bh_field logprobs_fields[] = {
	{"content", BH_FIELD_ARRAY, .flags = BH_REQUIRED, .element = &logprob},
	{"refusal", BH_FIELD_IGNORED},
};

struct choice {
	int64_t index;
	const struct bh_json *message, *logprobs; /* the engine's; in a chunk the delta */
	const char *finish_reason;
};

#define AT(member) offsetof(struct choice, member)

static const struct bh_field choice_fields[] = {
	{"index", BH_FIELD_INT, AT(index)},
	{"message", BH_FIELD_OBJECT, AT(message), BH_PICKED, BH_FIELDS(message_fields)},
	{"logprobs", BH_FIELD_OBJECT, AT(logprobs), BH_PICKED | BH_NULLABLE,
		BH_FIELDS(logprobs_fields)},
	{"finish_reason", BH_FIELD_TEXT, AT(finish_reason)},
};

static const struct bh_field delta_choice_fields[] = {
	{"index", BH_FIELD_INT, AT(index)},
	{"delta", BH_FIELD_OBJECT, AT(message), BH_PICKED, BH_FIELDS(delta_fields)},
	{"logprobs", BH_FIELD_OBJECT, AT(logprobs), BH_PICKED | BH_NULLABLE | BH_OMIT,
		BH_FIELDS(logprobs_fields)},
	{"finish_reason", BH_FIELD_TEXT, AT(finish_reason), BH_NULLABLE},
};

#undef AT

static const struct bh_field choice_row = {"", BH_FIELD_OBJECT, BH_FIELDS(choice_fields)};

struct answer {
	const char *id, *model;
	int64_t created_s;
	const struct choice *choices;
	size_t n_choices;
	struct model_usage usage;
};

#define AT(member) offsetof(struct answer, member)

static const struct bh_field answer_fields[] = {
	{"id", BH_FIELD_TEXT, AT(id)},
	{"object", BH_FIELD_CONST, .words = "chat.completion"},
	{"created", BH_FIELD_INT, AT(created_s)},
	{"model", BH_FIELD_TEXT, AT(model)},
	{"choices", BH_FIELD_ARRAY, AT(choices),
		BH_ELEMENTS(struct answer, choices, n_choices, &choice_row)},
	{"usage", BH_FIELD_OBJECT, AT(usage), BH_FIELDS(usage_fields)},
};

#undef AT

const struct bh_shape model_chat_completion = BH_SHAPE("ChatCompletion", struct answer,
	answer_fields);

/* As the API knows it; NULL where there is none yet. */
static const char *
finish_reason(const struct bh_json *choice)
{
	const char *reason = bh_json_string(bh_json_get(choice, "finish_reason"));

	if (reason == NULL || bh_text_has_word("stop length tool_calls content_filter", reason))
		return reason;
	return "stop";
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
	const struct bh_json *first = bh_json_at(bh_json_get(answer, "choices"), 0);
	const struct choice choice = {
		.message = model_chat_message(answer),
		.logprobs = bh_json_get(first, "logprobs"),
		.finish_reason = finish_reason(first) == NULL ? "stop" : finish_reason(first),
	};
	const struct answer rebuilt = {id, name, created_s, &choice, 1, *usage};
	struct bh_write write = {.out = out};

	if (choice.message == NULL)
		return bh_error(BH_E_PROTOCOL, "the upstream's response has no message");
	bh_fields_write(&write, BH_LIST(answer_fields), &rebuilt);
	return 0;
}

/* ---- chunks: the same beginning for all of a stream, then a choice, or none and the usage ---- */

void
model_chunk_head_init(struct model_chunk_head *head, const char *id, const char *name,
	int64_t created_s)
{
	struct bh_write *write = &head->write;

	*head = (struct model_chunk_head){.write.out = &head->text};
	bh_write_object(write);
	bh_write_pair_text(write, "id", id);
	bh_write_pair_text(write, "object", "chat.completion.chunk");
	bh_write_pair_int(write, "created", created_s);
	bh_write_pair_text(write, "model", name);
	bh_write_name(write, "choices");
	bh_write_array(write);
}

/* Writes on where the head ends. */
static struct bh_write
begin_chunk(const struct model_chunk_head *head, struct bh_buf *out)
{
	struct bh_write write = head->write;

	write.out = out;
	bh_buf_add(out, head->text.data, head->text.len);
	return write;
}

int
model_chat_chunk(const struct bh_json *event, const struct model_chunk_head *head,
	struct bh_buf *out, struct model_chunk *out_chunk)
{
	const struct bh_json *choices = bh_json_get(event, "choices");
	const struct bh_json *first = bh_json_at(choices, 0);
	const struct choice choice = {
		.message = bh_json_get(first, "delta"),
		.logprobs = bh_json_get(first, "logprobs"),
		.finish_reason = finish_reason(first),
	};
	struct model_chunk chunk = {0};
	struct bh_write write;

	if (bh_json_kind(bh_json_get(event, "error")) == BH_JSON_OBJECT) {
		*out_chunk = (struct model_chunk){.error = true};
		return 0;
	}
	if (bh_json_kind(choices) != BH_JSON_ARRAY)
		return bh_error(BH_E_PROTOCOL, "an upstream chunk has no choices");
	model_usage_read(bh_json_get(event, "usage"), &chunk.usage);
	/* Only the first choice was asked for; progress reports of the embedded engine carry nothing. */
	chunk.empty = bh_json_count(choices) == 0 || bh_json_get(event, "prompt_progress") != NULL;
	if (!chunk.empty) {
		write = begin_chunk(head, out);
		bh_fields_write(&write, BH_LIST(delta_choice_fields), &choice);
		bh_write_end(&write);
		bh_write_end(&write);
		chunk.bytes = model_chat_output_bytes(choice.message);
		chunk.pieces = chunk.bytes > 0;
	}
	*out_chunk = chunk;
	return 0;
}

void
model_chat_usage_chunk(const struct model_usage *usage, const struct model_chunk_head *head,
	struct bh_buf *out)
{
	struct bh_write write = begin_chunk(head, out);

	bh_write_end(&write);
	model_usage_write(&write, usage);
	bh_write_end(&write);
}
