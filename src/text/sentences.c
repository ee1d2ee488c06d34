/* SPDX-License-Identifier: Apache-2.0 */
/* sentences.c: a sentence ends at a mark that is no abbreviation's, or where the layout ends it. */
#include "text/sentences.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "text/lists.h"
#include "text/points.h"

enum { ABBREVIATION_BYTES_MAX = 15 };

/* Whether the dot at `at` belongs to an abbreviation, an initial or a numbered item's head. */
static bool
is_abbreviation(const char *text, size_t start, size_t at)
{
	char word[ABBREVIATION_BYTES_MAX + 1];
	size_t from = at, n;

	while (from > start && !isspace((unsigned char)text[from - 1]) && text[from - 1] != '(')
		from--;
	n = at - from;
	if (n == 0 || n > ABBREVIATION_BYTES_MAX)
		return false;
	if (n == 1 && isalpha((unsigned char)text[from]))
		return true;
	/* "3. Deposit": a number alone at the start of the sentence. */
	if (from == start && strspn(text + from, "0123456789") >= n)
		return true;
	for (size_t i = 0; i < n; i++)
		word[i] = (char)tolower((unsigned char)text[from + i]);
	word[n] = '\0';
	return bh_lexicon_has(&bh_list_abbreviations, word);
}

bool
bh_sentences_item(const char *text, size_t len, size_t at)
{
	size_t bytes;
	uint32_t c = bh_point_at(text, len, at, &bytes);

	return c == 0x2022 || ((c == '-' || c == '*') && at + 1 < len && text[at + 1] == ' ');
}

bool
bh_sentences_break(const char *text, size_t len, size_t at)
{
	size_t next = at + 1;

	while (next < len && (text[next] == ' ' || text[next] == '\t' || text[next] == '\r'))
		next++;
	return next >= len || text[next] == '\n' || bh_sentences_item(text, len, next);
}

static void
add_span(struct bh_buf *spans, const char *text, size_t start, size_t end)
{
	struct bh_span span = {start, end};

	while (span.start < span.end && isspace((unsigned char)text[span.start]))
		span.start++;
	while (span.end > span.start && isspace((unsigned char)text[span.end - 1]))
		span.end--;
	if (span.end > span.start)
		bh_buf_add(spans, &span, sizeof(span));
}

/* A small letter goes on with the sentence: the dot was an abbreviation's. */
static bool
goes_on(const char *text, size_t len, size_t at)
{
	size_t bytes;

	while (at < len && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r'))
		at++;
	return bh_point_is_lower(bh_point_at(text, len, at, &bytes));
}

/* The end of the sentence whose mark stands at `at`, or 0 if none ends there. */
static size_t
sentence_end(const char *text, size_t len, size_t start, size_t at)
{
	size_t bytes, end = at;
	uint32_t first = bh_point_at(text, len, at, &bytes), c = first;

	if (first == '.' && is_abbreviation(text, start, at))
		return 0;
	while (bh_point_is_stop(c) || bh_point_is_closing(c)) {
		end += bytes;
		c = bh_point_at(text, len, end, &bytes);
	}
	if (end < len && first == '.' && goes_on(text, len, end))
		return 0;
	return end >= len || bh_point_is_space(c) || bh_point_is_wide_stop(first) ? end : 0;
}

void
bh_sentences_split(struct bh_arena *arena, const char *text, size_t len, struct bh_spans *out)
{
	struct bh_buf spans = {0};
	size_t start = 0, at = 0, bytes, end;

	while (at < len) {
		uint32_t c = bh_point_at(text, len, at, &bytes);

		end = 0;
		if (bh_point_is_stop(c))
			end = sentence_end(text, len, start, at);
		else if (c == '\n' && bh_sentences_break(text, len, at))
			end = at + 1;
		if (end > 0) {
			add_span(&spans, text, start, end);
			start = at = end;
		} else {
			at += bytes;
		}
	}
	add_span(&spans, text, start, len);
	out->n = spans.len / sizeof(struct bh_span);
	out->list = (struct bh_span *)(void *)bh_arena_copy(arena, bh_buf_string(&spans), spans.len);
	bh_buf_close(&spans);
}

/* ---- cutting ---- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

size_t
bh_sentences_first(const char *text, size_t len)
{
	size_t bytes;

	for (size_t at = 0; at < len; at += bytes) {
		uint32_t c = bh_point_at(text, len, at, &bytes);

		if (c == '\n' || bh_point_is_wide_stop(c))
			return at + bytes;
		/* Not the dot of "1. ", which stands by what it numbers. */
		if (bh_point_is_stop(c) && bytes == 1 && at > 2 && at + 1 < len && is_blank(text[at + 1]))
			return at + 1;
	}
	return len;
}
