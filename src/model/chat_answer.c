/* SPDX-License-Identifier: Apache-2.0 */
/* chat_answer.c: answers as the API has them, whole and in chunks, written from what normal.c made of them. */
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

/* llama-server tells what it has read of the prompt apart from what it had kept of it. */
static struct model_usage
timed(const struct bh_json *timings)
{
	struct model_usage found = {
		.present = true,
		.prompt_tokens = figure(timings, "prompt_n"),
		.cached_tokens = figure(timings, "cache_n"),
		.completion_tokens = figure(timings, "predicted_n"),
	};

	if (model_usage_in_range(&found))
		found.prompt_tokens += found.cached_tokens;
	return found;
}

void
model_usage_read(const struct bh_json *told, struct model_usage *out)
{
	const struct bh_json *usage = bh_json_get(told, "usage");
	const struct bh_json *timings = bh_json_get(told, "timings");
	struct model_usage found = {0};

	if (bh_json_kind(usage) == BH_JSON_OBJECT)
		found = (struct model_usage){
			.present = true,
			.prompt_tokens = figure(usage, "prompt_tokens"),
			.completion_tokens = figure(usage, "completion_tokens"),
			.cached_tokens = figure(bh_json_get(usage, "prompt_tokens_details"), "cached_tokens"),
			.reasoning_tokens = figure(bh_json_get(usage, "completion_tokens_details"),
				"reasoning_tokens"),
		};
	else if (bh_json_kind(timings) == BH_JSON_OBJECT)
		found = timed(timings);
	if (found.present && model_usage_in_range(&found))
		*out = found;
}

void
model_usage_follow(const struct bh_json *event, int64_t bytes, struct model_usage *usage,
	bool *is_behind)
{
	struct model_usage found = {0};

	model_usage_read(event, &found);
	if (found.present)
		*usage = found;
	*is_behind = !found.present && (*is_behind || bytes > 0);
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

/* ---- a whole answer ---- */

#define AT(member) offsetof(struct model_answer_call, member)

static const struct bh_field function_fields[] = {
	{"name", BH_FIELD_TEXT, AT(name)},
	{"arguments", BH_FIELD_TEXT, AT(arguments)},
};

static const struct bh_field call_fields[] = {
	{"id", BH_FIELD_TEXT, AT(id)},
	{"type", BH_FIELD_CONST, .words = "function"},
	{"function", BH_FIELD_OBJECT, 0, BH_FIELDS(function_fields)},
};

#undef AT

static const struct bh_field call_row = {"", BH_FIELD_OBJECT, BH_FIELDS(call_fields)};
static const struct bh_field nothing = {"", BH_FIELD_IGNORED};

#define AT(member) offsetof(struct model_choice, member)

static const struct bh_field message_fields[] = {
	{"role", BH_FIELD_CONST, .words = "assistant"},
	{"content", BH_FIELD_TEXT, AT(content), BH_NULLABLE},
	{"refusal", BH_FIELD_TEXT, AT(refusal), BH_NULLABLE},
	{"annotations", BH_FIELD_ARRAY, AT(annotations),
		BH_ELEMENTS(struct model_choice, annotations, n_annotations, &nothing)},
	{"tool_calls", BH_FIELD_ARRAY, AT(calls), BH_OMIT,
		.set = BH_SET(struct model_choice, has_calls),
		BH_ELEMENTS(struct model_choice, calls, n_calls, &call_row)},
};

static const struct bh_field choice_fields[] = {
	{"index", BH_FIELD_INT, AT(index)},
	{"message", BH_FIELD_OBJECT, 0, BH_FIELDS(message_fields)},
	{"logprobs", BH_FIELD_JSON, AT(logprobs), BH_NULLABLE},
	{"finish_reason", BH_FIELD_TEXT, AT(finish)},
};

#undef AT

static const struct bh_field choice_row = {"", BH_FIELD_OBJECT, BH_FIELDS(choice_fields)};

struct answer {
	struct model_answer_head head;
	const struct model_choice *choices;
	size_t n_choices;
	struct model_usage usage;
};

#define AT(member) offsetof(struct answer, member)

static const struct bh_field more_fields[] = {
	{"images", BH_FIELD_CONST, .words = "described"},
};

static const struct bh_field answer_fields[] = {
	{"id", BH_FIELD_TEXT, AT(head.id)},
	{"object", BH_FIELD_CONST, .words = "chat.completion"},
	{"created", BH_FIELD_INT, AT(head.created_s)},
	{"model", BH_FIELD_TEXT, AT(head.name)},
	{"choices", BH_FIELD_ARRAY, AT(choices),
		BH_ELEMENTS(struct answer, choices, n_choices, &choice_row)},
	{"usage", BH_FIELD_OBJECT, AT(usage), BH_FIELDS(usage_fields)},
	{"bulkhead", BH_FIELD_OBJECT, 0, BH_OMIT, .set = BH_SET(struct answer, head.in_words),
		BH_FIELDS(more_fields)},
};

#undef AT

const struct bh_shape model_chat_completion = BH_SHAPE("ChatCompletion", struct answer,
	answer_fields);

void
model_chat_answer(const struct model_choice *choice, const struct model_answer_head *head,
	const struct model_usage *usage, struct bh_buf *out)
{
	const struct answer answer = {*head, choice, 1, *usage};
	struct bh_write write = {.out = out};

	bh_fields_write(&write, BH_LIST(answer_fields), &answer);
}

/* ---- log probabilities: what is passed on of them; engines add members of their own ---- */

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

static const struct bh_field logprobs_row = {"logprobs", BH_FIELD_OBJECT,
	.flags = BH_PICKED | BH_NULLABLE | BH_OMIT, BH_FIELDS(logprobs_fields)};

void
model_chat_logprobs(const struct bh_json *logprobs, struct bh_buf *out)
{
	const struct bh_json *entries = bh_json_get(logprobs, "content");

	for (size_t i = 0; bh_json_kind(entries) == BH_JSON_ARRAY && i < bh_json_count(entries); i++) {
		struct bh_write write = {.out = out};

		if (bh_json_kind(bh_json_at(entries, i)) != BH_JSON_OBJECT)
			continue;
		if (out->len > 0)
			bh_buf_char(out, ',');
		bh_fields_pick(&write, &logprob, bh_json_at(entries, i));
	}
}

/* ---- chunks: the same beginning for all of a stream, then a choice, or none and the usage ---- */

void
model_chunk_head_init(struct model_chunk_head *head, const struct model_answer_head *answer)
{
	struct bh_write *write = &head->write;

	*head = (struct model_chunk_head){.write.out = &head->text};
	bh_write_object(write);
	bh_write_pair_text(write, "id", answer->id);
	bh_write_pair_text(write, "object", "chat.completion.chunk");
	bh_write_pair_int(write, "created", answer->created_s);
	bh_write_pair_text(write, "model", answer->name);
	if (answer->in_words) {
		bh_write_name(write, "bulkhead");
		bh_fields_write(write, BH_LIST(more_fields), answer);
	}
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

static void
write_call(struct bh_write *write, const struct model_call_piece *call)
{
	bh_write_object(write);
	bh_write_pair_int(write, "index", call->index);
	if (call->id != NULL) {
		bh_write_pair_text(write, "id", call->id);
		bh_write_pair_text(write, "type", "function");
	}
	bh_write_name(write, "function");
	bh_write_object(write);
	if (call->name != NULL)
		bh_write_pair_text(write, "name", call->name);
	if (call->arguments != NULL) {
		bh_write_name(write, "arguments");
		bh_write_bytes(write, call->arguments, call->arguments_len);
	}
	bh_write_end(write);
	bh_write_end(write);
}

static void
write_delta(struct bh_write *write, const struct model_piece *piece)
{
	bh_write_name(write, "delta");
	bh_write_object(write);
	if (piece->begins)
		bh_write_pair_text(write, "role", "assistant");
	if (piece->content != NULL) {
		bh_write_name(write, "content");
		bh_write_bytes(write, piece->content, piece->content_len);
	}
	if (piece->refusal != NULL) {
		bh_write_name(write, "refusal");
		bh_write_bytes(write, piece->refusal, piece->refusal_len);
	}
	if (piece->n_calls > 0) {
		bh_write_name(write, "tool_calls");
		bh_write_array(write);
		for (size_t i = 0; i < piece->n_calls; i++)
			write_call(write, &piece->calls[i]);
		bh_write_end(write);
	}
	bh_write_end(write);
}

void
model_chat_chunk(const struct model_piece *piece, const struct model_usage *usage,
	const struct model_chunk_head *head, struct bh_buf *out)
{
	struct bh_write write = begin_chunk(head, out);

	bh_write_object(&write);
	bh_write_pair_int(&write, "index", 0);
	write_delta(&write, piece);
	if (bh_json_kind(bh_json_get(piece->logprobs, "content")) == BH_JSON_ARRAY) {
		bh_write_name(&write, "logprobs");
		bh_fields_pick(&write, &logprobs_row, piece->logprobs);
	}
	bh_write_pair_text(&write, "finish_reason", piece->finish);
	bh_write_end(&write);
	bh_write_end(&write);
	if (usage != NULL)
		model_usage_write(&write, usage);
	bh_write_end(&write);
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
