/* SPDX-License-Identifier: Apache-2.0 */
/* attributes.c: reads one flat JSON object, value by value. */
#include "rag/attributes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

struct reader {
	const char *at;
	struct bh_arena *arena;
};

static int
malformed(void)
{
	return bh_error(BH_E_DB, "the attributes of a file are not a flat object");
}

static void
skip_blanks(struct reader *reader)
{
	reader->at += strspn(reader->at, " \t\r\n");
}

static bool
take(struct reader *reader, char c)
{
	skip_blanks(reader);
	if (*reader->at != c)
		return false;
	reader->at++;
	return true;
}

/* The value of four hexadecimal digits; negative if they are none. */
static int
hex4(const char *at)
{
	int value = 0, i;

	for (i = 0; i < 4; i++) {
		int digit = bh_text_hex_digit(at[i]);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* jsonb escapes quotes, backslashes and control characters, and nothing else. */
static bool
unescape(const char **at, char *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found = **at != '\0' ? strchr(from, **at) : NULL;
	int code;

	if (found != NULL) {
		*out = to[found - from];
		(*at)++;
		return true;
	}
	code = **at == 'u' ? hex4(*at + 1) : -1;
	if (code <= 0 || code >= 0x80)
		return false;
	*out = (char)code;
	*at += 5;
	return true;
}

static int
read_escaped(struct reader *reader, const char *start, const char **out, size_t *out_len)
{
	const char *at = start;
	char *text;
	size_t len = 0;

	while (*at != '\0' && *at != '"')
		at += *at == '\\' && at[1] != '\0' ? 2 : 1;
	text = bh_arena_alloc(reader->arena, (size_t)(at - start) + 1);
	for (at = start; *at != '"';) {
		char c = *at++;

		if (c == '\0' || (c == '\\' && !unescape(&at, &c)))
			return malformed();
		text[len++] = c;
	}
	reader->at = at + 1;
	*out = text;
	*out_len = len;
	return 0;
}

static int
read_string(struct reader *reader, const char **out, size_t *out_len)
{
	const char *start;
	size_t len;

	if (!take(reader, '"'))
		return malformed();
	start = reader->at;
	len = strcspn(start, "\"\\");
	if (start[len] == '\\')
		return read_escaped(reader, start, out, out_len);
	if (start[len] == '\0')
		return malformed();
	reader->at = start + len + 1;
	*out = start;
	*out_len = len;
	return 0;
}

/* Read as a filter's number is, or no two fractions would be equal: whole ones exactly as far as they are
 * 64 bits long, all others as the nearest double. */
static int
read_number(struct reader *reader, struct rag_attribute *out)
{
	/* strtod would take more: names, hexadecimal digits. */
	size_t len = strspn(reader->at, "+-0123456789.eE");
	bool whole = strcspn(reader->at, ".eE") >= len;
	char *end = NULL;

	out->kind = RAG_ATTRIBUTE_NUMBER;
	errno = 0;
	if (whole)
		out->number = (long double)strtoll(reader->at, &end, 10);
	if (!whole || errno == ERANGE)
		out->number = (long double)strtod(reader->at, &end);
	if (len == 0 || end != reader->at + len)
		return malformed();
	reader->at = end;
	return 0;
}

static bool
take_word(struct reader *reader, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(reader->at, word, len) != 0)
		return false;
	reader->at += len;
	return true;
}

static int
read_value(struct reader *reader, struct rag_attribute *out)
{
	skip_blanks(reader);
	if (*reader->at == '"') {
		out->kind = RAG_ATTRIBUTE_TEXT;
		return read_string(reader, &out->text, &out->len);
	}
	if (take_word(reader, "true")) {
		*out = (struct rag_attribute){.kind = RAG_ATTRIBUTE_BOOL, .number = 1};
		return 0;
	}
	if (take_word(reader, "false")) {
		*out = (struct rag_attribute){.kind = RAG_ATTRIBUTE_BOOL};
		return 0;
	}
	return read_number(reader, out);
}

static int
read_pair(struct reader *reader, const char *const *keys, size_t n_keys, struct rag_attribute *out)
{
	struct rag_attribute value = {0};
	const char *key = NULL;
	size_t len = 0, i;
	int rc = read_string(reader, &key, &len);

	if (rc < 0)
		return rc;
	if (!take(reader, ':'))
		return malformed();
	rc = read_value(reader, &value);
	for (i = 0; rc == 0 && i < n_keys; i++)
		if (strncmp(keys[i], key, len) == 0 && keys[i][len] == '\0')
			out[i] = value;
	return rc;
}

int
rag_attributes_read(const char *json, const char *const *keys, size_t n_keys,
	struct bh_arena *arena, struct rag_attribute *out)
{
	struct reader reader = {json, arena};
	int rc = 0;

	if (!take(&reader, '{'))
		return malformed();
	if (!take(&reader, '}')) {
		do
			rc = read_pair(&reader, keys, n_keys, out);
		while (rc == 0 && take(&reader, ','));
		if (rc < 0)
			return rc;
		if (!take(&reader, '}'))
			return malformed();
	}
	skip_blanks(&reader);
	return *reader.at == '\0' ? 0 : malformed();
}

static int
order_of_texts(const struct rag_attribute *left, const struct rag_attribute *right)
{
	size_t len = left->len < right->len ? left->len : right->len;
	int order = len > 0 ? memcmp(left->text, right->text, len) : 0;

	return order != 0 ? order : left->len < right->len ? -1 : left->len > right->len;
}

int
rag_attribute_order(const struct rag_attribute *left, const struct rag_attribute *right)
{
	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	switch (left->kind) {
	case RAG_ATTRIBUTE_BOOL:
	case RAG_ATTRIBUTE_NUMBER:
		return left->number < right->number ? -1 : left->number > right->number;
	case RAG_ATTRIBUTE_TEXT:
		return order_of_texts(left, right);
	default:
		return 0;
	}
}
