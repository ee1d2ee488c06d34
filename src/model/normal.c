/* SPDX-License-Identifier: Apache-2.0 */
/* normal.c: the ways in which upstreams differ. Every rule here was needed for one that is in use. */
#include "model/normal.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

enum { PARTS_DEEP = 4, WORD_BYTES = 40 };

void
model_normal_close(struct model_normal *normal)
{
	bh_arena_close(&normal->arena);
	*normal = (struct model_normal){0};
}

/* ---- words ---- */

/* A word as upstreams mean it, whatever they write it like: FinishReason.MAX_TOKENS, max-tokens and maxTokens are one.
 * "" where it is too long for any that is known. */
static void
to_word(const char *text, char out[WORD_BYTES])
{
	const char *dot = strrchr(text, '.');
	size_t n = 0;

	text = dot != NULL ? dot + 1 : text;
	if (strncasecmp(text, "finish_reason_", 14) == 0)
		text += 14;
	for (const char *at = text; *at != '\0'; at++) {
		bool is_upper = *at >= 'A' && *at <= 'Z';

		if (n + 2 >= WORD_BYTES) {
			n = 0;
			break;
		}
		if (is_upper && at > text && at[-1] >= 'a' && at[-1] <= 'z')
			out[n++] = '_';
		out[n++] = *at == '-' || *at == ' ' ? '_' : is_upper ? (char)(*at + ('a' - 'A')) : *at;
	}
	out[n] = '\0';
}

/* ---- text ---- */

const char *
model_normal_text(const struct bh_json *object, const char *name)
{
	const char *text = bh_json_get_string(object, name);

	return text != NULL && text[0] != '\0' ? text : NULL;
}

/* What is joined of the parts of a content. */
struct parts {
	struct bh_buf text, refusal; /* owned */
	size_t hidden;               /* bytes of what is not passed on: thoughts */
};

static size_t
hidden_bytes(const struct bh_json *value, int deep)
{
	static const char *const names[] = {"thinking", "reasoning", "text", "summary"};
	size_t bytes = bh_json_string_len(value);

	for (size_t i = 0; deep > 0 && bh_json_kind(value) == BH_JSON_ARRAY && i < bh_json_count(value);
		 i++)
		bytes += hidden_bytes(bh_json_at(value, i), deep - 1);
	for (size_t i = 0; deep > 0 && bh_json_kind(value) == BH_JSON_OBJECT && i < BH_COUNT(names);
		 i++)
		bytes += hidden_bytes(bh_json_get(value, names[i]), deep - 1);
	return bytes;
}

static void
add_part(struct parts *parts, const struct bh_json *part)
{
	const char *type = bh_json_get_string(part, "type");
	const struct bh_json *text = bh_json_get(part, "text");
	const struct bh_json *refusal = bh_json_get(part, "refusal");
	char lower[WORD_BYTES];

	if (bh_json_kind(part) == BH_JSON_STRING)
		text = part;
	if (text == NULL)
		text = bh_json_get(part, "content");
	if (bh_json_kind(text) == BH_JSON_OBJECT)
		text = bh_json_get(text, "value");
	if (type != NULL)
		to_word(type, lower);
	if (type != NULL && !bh_text_has_word("text output_text input_text refusal", lower))
		parts->hidden += hidden_bytes(part, PARTS_DEEP);
	else if (bh_json_kind(refusal) == BH_JSON_STRING)
		bh_buf_add(&parts->refusal, bh_json_string(refusal), bh_json_string_len(refusal));
	else if (bh_json_kind(text) == BH_JSON_STRING)
		bh_buf_add(&parts->text, bh_json_string(text), bh_json_string_len(text));
}

/* Moves a text to where the piece may keep it; leaves *out alone where there is none. */
static void
take_joined(struct model_normal *normal, struct bh_buf *text, const char **out, size_t *out_len)
{
	if (text->len > 0) {
		*out = bh_arena_copy(&normal->arena, text->data, text->len);
		*out_len = text->len;
	}
	bh_buf_close(text);
}

/* Reasoning models tell text in parts, their thoughts among them. */
static void
take_parts(struct model_normal *normal, const struct bh_json *content, struct model_piece *piece)
{
	struct parts parts = {0};

	if (bh_json_kind(content) == BH_JSON_OBJECT)
		add_part(&parts, content);
	for (size_t i = 0; bh_json_kind(content) == BH_JSON_ARRAY && i < bh_json_count(content); i++)
		add_part(&parts, bh_json_at(content, i));
	piece->bytes += (int64_t)parts.hidden;
	take_joined(normal, &parts.text, &piece->content, &piece->content_len);
	take_joined(normal, &parts.refusal, &piece->refusal, &piece->refusal_len);
}

static void
take_text(struct model_normal *normal, const struct bh_json *message, struct model_piece *piece)
{
	const struct bh_json *content = bh_json_get(message, "content");
	const struct bh_json *refusal = bh_json_get(message, "refusal");
	enum bh_json_kind kind = bh_json_kind(content);

	if (kind == BH_JSON_STRING) {
		piece->content = bh_json_string(content);
		piece->content_len = bh_json_string_len(content);
	} else if (kind == BH_JSON_ARRAY || kind == BH_JSON_OBJECT) {
		take_parts(normal, content, piece);
	}
	/* "" says what null says. */
	if (bh_json_string_len(refusal) > 0) {
		piece->refusal = bh_json_string(refusal);
		piece->refusal_len = bh_json_string_len(refusal);
	}
	piece->bytes += (int64_t)(piece->content_len + piece->refusal_len +
		bh_json_string_len(bh_json_get(message, "reasoning_content")) +
		bh_json_string_len(bh_json_get(message, "reasoning")));
}

/* ---- how it ends ---- */

/* The API's word for an upstream's, whatever its case. */
static const char *
end_word(const char *reason)
{
	static const struct {
		const char *words, *end;
	} rows[] = {
		{"stop end_turn stop_sequence eos eos_token end complete completed finished", "stop"},
		{"length max_tokens max_output_tokens model_length max_length token_limit limit tokens "
		 "max_completion_tokens model_context_window_exceeded context_window_exceeded "
		 "context_length_exceeded budget",
			"length"},
		{"tool_calls tool_call tool_use function_call function_calls", "tool_calls"},
		{"content_filter content_filtered safety recitation blocklist prohibited_content spii "
		 "refusal sensitive image_safety language error_toxic guardrail_intervened guardrail "
		 "content_policy_violation moderation",
			"content_filter"},
	};
	char lower[WORD_BYTES];

	to_word(reason, lower);
	for (size_t i = 0; i < BH_COUNT(rows); i++) {
		if (bh_text_has_word(rows[i].words, lower))
			return rows[i].end;
	}
	return "stop";
}

/* Some tell a failure in the place of the word. */
static bool
is_failure(const char *reason)
{
	char lower[WORD_BYTES];

	to_word(reason, lower);
	return bh_text_has_word("error failed abort aborted insufficient_system_resource", lower);
}

/* Clients branch on it: an answer with calls in it ends with tool_calls, one without never does. */
static const char *
end_of(const struct model_normal *normal, const char *reason)
{
	const char *end = end_word(reason);

	if (strcmp(end, "stop") != 0 && strcmp(end, "tool_calls") != 0)
		return end;
	return normal->n_calls > 0 ? "tool_calls" : "stop";
}

static void
take_end(struct model_normal *normal, const char *reason, struct model_piece *piece)
{
	if (normal->has_ended)
		return;
	piece->finish = end_of(normal, reason);
	normal->has_ended = true;
	model_normal_fill(normal, strcmp(piece->finish, "tool_calls") != 0, piece);
}

/* ---- events ---- */

static bool
is_error(const struct bh_json *value)
{
	return (bh_json_kind(value) == BH_JSON_OBJECT && bh_json_count(value) > 0) ||
		bh_json_string_len(value) > 0;
}

/* An upstream's error in place of an answer, in the forms that servers use. */
static const struct bh_json *
error_of(const struct bh_json *event, const struct bh_json *choice)
{
	const char *object = bh_json_get_string(event, "object");
	const char *reason = model_normal_text(choice, "finish_reason");

	if (is_error(bh_json_get(event, "error")))
		return bh_json_get(event, "error");
	if (is_error(bh_json_get(choice, "error")))
		return bh_json_get(choice, "error");
	if (object != NULL && strcmp(object, "error") == 0)
		return event;
	/* Nothing of an answer, and words. */
	if (bh_json_get(event, "choices") == NULL &&
		(model_normal_text(event, "message") != NULL || bh_json_get(event, "detail") != NULL))
		return event;
	return reason != NULL && is_failure(reason) ? choice : NULL;
}

/* The choice that was asked for, which is the first that is told of: a server may answer with more. */
static const struct bh_json *
our_choice(struct model_normal *normal, const struct bh_json *choices)
{
	for (size_t i = 0; bh_json_kind(choices) == BH_JSON_ARRAY && i < bh_json_count(choices); i++) {
		const struct bh_json *choice = bh_json_at(choices, i);
		int64_t index = bh_json_get_int(choice, "index", 0);

		if (!normal->has_choice)
			normal->choice = index;
		normal->has_choice = true;
		if (index == normal->choice)
			return choice;
	}
	return NULL;
}

static void
begin_event(struct model_normal *normal)
{
	if (normal->arena.blocks != NULL)
		bh_arena_close(&normal->arena);
	normal->events++;
}

static int
take_message(struct model_normal *normal, const struct bh_json *choice, const char *name,
	struct model_piece *piece)
{
	const struct bh_json *message = bh_json_get(choice, name);
	int rc;

	take_text(normal, message, piece);
	rc = model_normal_calls(normal, message, strcmp(name, "message") == 0, piece);
	piece->logprobs = bh_json_get(choice, "logprobs");
	piece->begins = !normal->has_begun;
	normal->has_begun = true;
	return rc;
}

/* Some send the whole message as an event. Behind pieces of it, it would be told twice. */
static bool
takes_whole(struct model_normal *normal, const struct bh_json *choice)
{
	bool whole = bh_json_kind(bh_json_get(choice, "delta")) != BH_JSON_OBJECT &&
		bh_json_kind(bh_json_get(choice, "message")) == BH_JSON_OBJECT;

	if (whole && !normal->has_begun)
		normal->is_whole = true;
	return whole && normal->is_whole;
}

int
model_normal_event(struct model_normal *normal, const struct bh_json *event,
	struct model_piece *out)
{
	const struct bh_json *choices = bh_json_get(event, "choices");
	const struct bh_json *first = our_choice(normal, choices);
	struct model_piece piece = {.error = error_of(event, first)};
	bool had_ended = normal->has_ended;
	const char *reason;
	int rc = 0;

	begin_event(normal);
	/* Signs of life and the like: an answer of nothing else has no end and no beginning. */
	normal->strange += piece.error == NULL && bh_json_kind(choices) != BH_JSON_ARRAY &&
		bh_json_kind(bh_json_get(event, "usage")) != BH_JSON_OBJECT;
	/* Progress reports of the embedded engine carry nothing. */
	piece.is_empty = piece.error != NULL || first == NULL ||
		bh_json_get(event, "prompt_progress") != NULL;
	if (!piece.is_empty) {
		rc = take_message(normal, first, takes_whole(normal, first) ? "message" : "delta", &piece);
		reason = model_normal_text(first, "finish_reason");
		if (rc == 0 && reason != NULL)
			take_end(normal, reason, &piece);
		/* Told once more, or nothing at all behind the end. */
		if (had_ended && piece.bytes == 0)
			piece.is_empty = true;
	}
	if (rc == 0)
		*out = piece;
	return rc;
}

int
model_normal_whole(struct model_normal *normal, const struct bh_json *answer,
	struct model_piece *out)
{
	const struct bh_json *first = bh_json_at(bh_json_get(answer, "choices"), 0);
	struct model_piece piece = {.error = error_of(answer, first)};
	const char *reason = model_normal_text(first, "finish_reason");
	int rc;

	begin_event(normal);
	if (piece.error != NULL) {
		*out = piece;
		return 0;
	}
	if (bh_json_kind(bh_json_get(first, "message")) != BH_JSON_OBJECT)
		return bh_error(BH_E_PROTOCOL, "the upstream's response has no message");
	rc = take_message(normal, first, "message", &piece);
	if (rc < 0)
		return rc;
	take_end(normal, reason != NULL ? reason : "stop", &piece);
	*out = piece;
	return 0;
}

bool
model_normal_is_strange(const struct model_normal *normal)
{
	return !normal->has_begun && normal->strange > 0;
}

bool
model_normal_end(struct model_normal *normal, struct model_piece *out)
{
	struct model_piece piece = {.begins = !normal->has_begun};

	if (normal->has_ended || model_normal_is_strange(normal))
		return false;
	begin_event(normal);
	normal->has_begun = true;
	take_end(normal, "stop", &piece);
	*out = piece;
	return true;
}
