/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_words.c: any text through the splitters; what they give must lie in the text, in order. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "text/sentences.h"
#include "text/tell.h"
#include "text/terms.h"
#include "text/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool holds)
{
	if (!holds)
		abort();
}

/* Not empty, behind `from`, on code points. Returns its end. */
static size_t
check_span(const char *text, size_t len, size_t from, const struct bh_span *span)
{
	check(from <= span->start && span->start < span->end && span->end <= len);
	check(bh_text_is_utf8(text + span->start, span->end - span->start));
	return span->end;
}

static void
check_sentences(struct bh_arena *arena, const char *text, size_t len)
{
	struct bh_spans spans;
	size_t end = 0, first;

	bh_sentences_split(arena, text, len, &spans);
	for (size_t i = 0; i < spans.n; i++)
		end = check_span(text, len, end, &spans.list[i]);
	for (size_t at = 0; at < len; at += first) {
		first = bh_sentences_first(text + at, len - at);
		check_span(text, len, at, &(struct bh_span){at, at + first});
	}
}

static void
check_words(struct bh_arena *arena, const char *text, size_t len)
{
	struct bh_words words, again;
	size_t end = 0;

	bh_words_split(arena, text, len, &words);
	bh_words_split_as(arena, words.language, text, len, &again);
	check(words.n == again.n);
	for (size_t i = 0; i < words.n; i++) {
		const struct bh_word *word = &words.list[i];

		end = check_span(text, len, end, &word->at);
		check(bh_text_is_utf8(word->folded, strlen(word->folded)));
		check(bh_text_is_utf8(word->stem, strlen(word->stem)));
		check(bh_word_equals(word, &again.list[i]));
		check(!word->number || word->stem[0] != '\0');
	}
}

static void
check_term_list(const struct bh_terms *terms)
{
	check(terms->words <= terms->n);
	for (size_t i = 0; i < terms->n; i++) {
		const struct bh_term *term = &terms->list[i];
		size_t bytes = strlen(term->text);

		check(bytes > 0 && bytes <= BH_TERM_BYTES_MAX && bh_text_is_utf8(term->text, bytes));
		check(i == 0 || term->group >= terms->list[i - 1].group);
		check((term->kind != BH_TERM_EXACT && term->kind != BH_TERM_VARIANT) ||
			(i > 0 && terms->list[i - 1].group == term->group));
	}
}

/* What a text's own words ask for is in its index: every word of the query is a term of the passage. */
static void
check_terms(struct bh_arena *arena, const char *text, size_t len)
{
	struct bh_terms terms, query;
	const char *line;
	size_t own = 0;

	check(bh_terms_split(arena, text, len, &terms) == 0);
	check_term_list(&terms);
	check(bh_terms_split_query(arena, BH_LANGUAGE_BIT(terms.language), text, len, &query) == 0);
	check_term_list(&query);
	/* Other spellings of its words are the question's alone. */
	for (size_t i = 0; i < query.n; i++)
		own += query.list[i].kind != BH_TERM_VARIANT;
	check(query.language == terms.language && own <= terms.n);
	check(bh_terms_line(arena, text, len, &line) == 0);
	check(bh_text_is_utf8(line, strlen(line)) && line[0] == ' ');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_arena arena = {0};
	char *text;

	/* The splitters are given text only, as the database holds it: UTF-8 without NUL. */
	if (!bh_text_is_utf8((const char *)data, size) || memchr(data, 0, size) != NULL)
		return 0;
	text = bh_arena_copy(&arena, data, size);
	check_sentences(&arena, text, size);
	check_words(&arena, text, size);
	check_terms(&arena, text, size);
	check(bh_tell_language(&arena, text, size) < BH_LANGUAGES);
	bh_arena_close(&arena);
	return 0;
}
