/* SPDX-License-Identifier: Apache-2.0 */
/* refusal.c: the forms in which servers say why they refuse. */
#include "model/refusal.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

enum {
	REASON_BYTES = 400,
	PLACE_MOST = 8 /* steps of a path in a reason */
};

/* One reason in a list: a text, or an object that says where and what. */
static void
add_reason(struct bh_buf *out, const struct bh_json *value)
{
	static const char *const names[] = {"message", "msg", "detail", "error", "description"};
	const struct bh_json *place = bh_json_get(value, "loc");
	const char *text = bh_json_string(value);

	for (size_t i = 0; text == NULL && i < BH_COUNT(names); i++)
		text = bh_json_get_string(value, names[i]);
	if (text == NULL || out->len >= REASON_BYTES)
		return;
	if (out->len > 0)
		bh_buf_text(out, "; ");
	for (size_t i = 0; i < bh_json_count(place) && i < PLACE_MOST; i++) {
		int64_t number;

		if (bh_json_int(bh_json_at(place, i), &number))
			bh_buf_int(out, number);
		else if (bh_json_string(bh_json_at(place, i)) != NULL)
			bh_buf_text(out, bh_json_string(bh_json_at(place, i)));
		bh_buf_text(out, i + 1 < bh_json_count(place) && i + 1 < PLACE_MOST ? "." : ": ");
	}
	bh_buf_text(out, text);
}

void
model_refusal_reason(const struct bh_json *told, struct bh_buf *out)
{
	static const char *const names[] = {"error", "message", "detail", "errors", "error_message",
		"error_description", "msg", "description", "reason", "title"};

	if (bh_json_kind(told) == BH_JSON_ARRAY)
		told = bh_json_at(told, 0);
	if (bh_json_kind(told) == BH_JSON_STRING)
		add_reason(out, told);
	for (size_t i = 0; out->len == 0 && i < BH_COUNT(names); i++) {
		const struct bh_json *value = bh_json_get(told, names[i]);

		if (bh_json_kind(value) == BH_JSON_ARRAY) {
			for (size_t j = 0; j < bh_json_count(value); j++)
				add_reason(out, bh_json_at(value, j));
		} else if (bh_json_kind(value) == BH_JSON_OBJECT) {
			add_reason(out, value);
			if (out->len == 0)
				add_reason(out, bh_json_get(value, "message"));
		} else {
			add_reason(out, value);
		}
	}
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

	text += strspn(text, " \t\r\n");
	if (*text != '<' && bh_text_is_utf8(text, strlen(text)))
		bh_buf_add(out, text, bh_text_cut(text, strlen(text), REASON_BYTES));
}

bool
model_refusal_names_cap(const struct bh_json *error, const char *words)
{
	static const char *const refusals[] = {"not supported", "unsupported", "unrecognized",
		"unknown", "unexpected", "extra", "not permitted", "not allowed"};
	const char *param = bh_json_get_string(error, "param");
	bool is_named = strstr(words, "max_tokens") != NULL ||
		strstr(words, "max_completion_tokens") != NULL ||
		(param != NULL && bh_text_has_word("max_tokens max_completion_tokens", param));

	return is_named && has_one(words, BH_LIST(refusals));
}
