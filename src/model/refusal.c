/* SPDX-License-Identifier: Apache-2.0 */
/* refusal.c: the forms in which servers say why they refuse. */
#include "model/refusal.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "json/mend.h"

enum {
	REASON_BYTES = 400,
	REASON_DEEP = 7,
	PLACE_MOST = 8 /* steps of a path in a reason */
};

/* Members that hold a reason, or what holds one; the first that has words is taken. */
static const char *const names[] = {"message", "error", "detail", "msg", "errors", "details",
	"error_message", "error_description", "error_msg", "description", "reason", "status_msg",
	"base_resp", "faultstring", "fault", "Message", "title"};

static void
add_place(const struct bh_json *place, struct bh_buf *out)
{
	for (size_t i = 0; i < bh_json_count(place) && i < PLACE_MOST; i++) {
		int64_t number;

		if (bh_json_int(bh_json_at(place, i), &number))
			bh_buf_int(out, number);
		else if (bh_json_string(bh_json_at(place, i)) != NULL)
			bh_buf_text(out, bh_json_string(bh_json_at(place, i)));
		bh_buf_text(out, i + 1 < bh_json_count(place) && i + 1 < PLACE_MOST ? "." : ": ");
	}
}

static void add_reason(struct bh_buf *out, const struct bh_json *value, const struct bh_json *place,
	int deep);

/* What a router passes on of the provider that it asked: JSON as text, or text. */
static void
add_raw(struct bh_buf *out, const struct bh_json *object, int deep)
{
	const char *raw = bh_json_get_string(bh_json_get(object, "metadata"), "raw");
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf inner = {0};

	if (raw == NULL || bh_json_parse_mended(raw, strlen(raw), &doc) < 0)
		return;
	add_reason(&inner, doc.root, NULL, deep);
	if (inner.len == 0 || (out->len > 0 && strstr(out->data, inner.data) != NULL))
		return;
	bh_buf_text(out, out->len > 0 ? ": " : "");
	bh_buf_text(out, inner.data);
}

static void
add_members(struct bh_buf *out, const struct bh_json *object, int deep)
{
	size_t before = out->len;
	const struct bh_json *value, *member;
	const char *name;
	void *cursor = NULL;

	for (size_t i = 0; out->len == before && i < BH_COUNT(names); i++) {
		value = bh_json_get(object, names[i]);
		add_reason(out, value, bh_json_get(object, "loc"), deep - 1);
		/* {"errors": {"field": ["why"]}} */
		if (out->len == before && bh_json_kind(value) == BH_JSON_OBJECT)
			while (bh_json_next(value, &cursor, &name, &member))
				if (bh_json_kind(member) == BH_JSON_ARRAY)
					add_reason(out, member, NULL, deep - 1);
	}
	add_raw(out, object, deep - 1);
}

/* A text, an object that has words somewhere, or a list of them. */
static void
add_reason(struct bh_buf *out, const struct bh_json *value, const struct bh_json *place, int deep)
{
	if (deep <= 0 || out->len >= REASON_BYTES)
		return;
	if (bh_json_kind(value) == BH_JSON_OBJECT) {
		add_members(out, value, deep);
	} else if (bh_json_kind(value) == BH_JSON_ARRAY) {
		for (size_t i = 0; i < bh_json_count(value) && out->len < REASON_BYTES; i++)
			add_reason(out, bh_json_at(value, i), NULL, deep - 1);
	} else if (bh_json_string_len(value) > 0) {
		if (out->len > 0)
			bh_buf_text(out, "; ");
		add_place(place, out);
		bh_buf_text(out, bh_json_string(value));
	}
}

void
model_refusal_reason(const struct bh_json *told, struct bh_buf *out)
{
	add_reason(out, told, NULL, REASON_DEEP);
}

const struct bh_json *
model_refusal_object(const struct bh_json *told)
{
	const struct bh_json *error;

	if (bh_json_kind(told) == BH_JSON_ARRAY)
		told = bh_json_at(told, 0);
	error = bh_json_get(told, "error");
	return bh_json_kind(error) == BH_JSON_OBJECT ? error : told;
}

static bool
has_one(const char *text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcasestr(text, words[i]) != NULL)
			return true;
	}
	return false;
}

bool
model_refusal_is_context(const struct bh_json *error, const char *words)
{
	static const char *const phrases[] = {"maximum context length", "context length exceeded",
		"exceeds the available context", "exceeds the context", "context window",
		"prompt is too long", "input is too long", "longer than the model's context"};
	const char *code = bh_json_get_string(error, "code");
	const char *type = bh_json_get_string(error, "type");

	return (code != NULL && strcmp(code, "context_length_exceeded") == 0) ||
		(type != NULL && strcmp(type, "exceed_context_size_error") == 0) ||
		has_one(words, BH_LIST(phrases));
}

/* The field at fault, where the provider names one and it is a name. */
static const char *
param_of(const struct bh_json *error)
{
	const char *param = bh_json_get_string(error, "param");

	if (param == NULL || param[0] == '\0' || strlen(param) > 64 ||
		param[strspn(param,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.[]")] != '\0')
		return NULL;
	return param;
}

int
model_refusal_client(const struct bh_json *error, const char *words)
{
	const char *param = param_of(error);

	if (model_refusal_is_context(error, words))
		return bh_error_param(BH_E_CONTEXT_LENGTH, "messages",
			"The input exceeds the model's context length: %.300s", words);
	if (words[0] == '\0')
		words = "no reason given.";
	return param != NULL
		? bh_error_param(BH_E_INVALID, param, "The model provider rejected the request: %.400s",
			  words)
		: bh_error(BH_E_INVALID, "The model provider rejected the request: %.400s", words);
}

bool
model_refusal_is_client(int64_t status)
{
	return status == 400 || status == 413 || status == 415 || status == 422;
}

void
model_refusal_plain(const struct bh_buf *body, struct bh_buf *out)
{
	const char *text = bh_buf_string(body);
	size_t len;

	text += strspn(text, " \t\r\n");
	if (*text == '<')
		return;
	len = bh_text_cut(text, strlen(text), REASON_BYTES);
	if (bh_text_is_utf8(text, len)) {
		bh_buf_add(out, text, len);
		return;
	}
	/* In some other encoding: what is the same in all of them. */
	for (size_t i = 0; i < len; i++)
		bh_buf_char(out, (unsigned char)text[i] < 0x80 ? text[i] : '?');
}

/* Whether the words, or the field at fault, name one of two things. */
static bool
is_about(const struct bh_json *error, const char *words, const char *one, const char *other)
{
	const char *param = bh_json_get_string(error, "param");

	return strstr(words, one) != NULL || strstr(words, other) != NULL ||
		(param != NULL && (strcmp(param, one) == 0 || strcmp(param, other) == 0));
}

enum model_unknown
model_refusal_unknown(const struct bh_json *error, const char *words)
{
	static const char *const refusals[] = {"not supported", "unsupported", "unrecognized",
		"unknown", "unexpected", "extra", "not permitted", "not allowed"};

	if (!has_one(words, BH_LIST(refusals)))
		return 0;
	if (is_about(error, words, "continuous_usage_stats", "stream_options.continuous_usage_stats"))
		return MODEL_UNKNOWN_RUNNING;
	return is_about(error, words, "max_tokens", "max_completion_tokens") ? MODEL_UNKNOWN_CAP : 0;
}
