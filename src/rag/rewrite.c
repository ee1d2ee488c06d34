/* SPDX-License-Identifier: Apache-2.0 */
/* rewrite.c: takes questions apart by words, without a model. */
#include "rag/rewrite.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "cite/question.h"
#include "text/sentences.h"

enum { QUERY_BYTES_MAX = 4000 };

struct rewriting {
	struct bh_arena *arena;
	const char **list; /* room for `most` */
	size_t n, most;
};

/* One query on its way. */
struct query {
	const char *text;
	enum bh_language language;
	const char **questions; /* room for a question a sentence */
	size_t n;
	const char *
		before; /* what stands before it, as far back as a sentence that stands alone; NULL: nothing */
	size_t before_len;
};

static bool
ends_with_mark(const char *text, size_t len)
{
	static const char *const marks[] = {"?", "\xef\xbc\x9f", "\xd8\x9f", "\xcd\xbe"};

	for (size_t i = 0; i < BH_COUNT(marks); i++) {
		size_t mark = strlen(marks[i]);

		if (len >= mark && memcmp(text + len - mark, marks[i], mark) == 0)
			return true;
	}
	return false;
}

/* The sentence with the content words of what stands before it, which it lacks. */
static const char *
with_matter(const struct rewriting *rewriting, const struct query *query, const char *text)
{
	struct bh_question matter;
	struct bh_words have;
	struct bh_buf out = {0};
	const char *made;

	bh_question_read(rewriting->arena, query->language, query->before, query->before_len, &matter);
	bh_words_split_as(rewriting->arena, query->language, text, strlen(text), &have);
	bh_buf_text(&out, text);
	for (size_t i = 0; i < matter.n; i++) {
		const struct bh_word *word = matter.said[i];
		size_t len = word->at.end - word->at.start;

		if (bh_slice_has(&(struct bh_slice){have.list, have.n}, word->stem) ||
			out.len + len + 1 > QUERY_BYTES_MAX)
			continue;
		bh_buf_char(&out, ' ');
		bh_buf_add(&out, query->before + word->at.start, len);
	}
	made = bh_arena_copy(rewriting->arena, bh_buf_string(&out), out.len);
	bh_buf_close(&out);
	return made;
}

/* What a sentence that leans leans on is longer by it, within reason; any other begins anew. */
static void
put_before(struct query *query, const char *text, size_t len, bool leans)
{
	size_t longer = query->before != NULL && query->before < text
		? (size_t)(text + len - query->before)
		: SIZE_MAX;

	if (leans && longer <= QUERY_BYTES_MAX) {
		query->before_len = longer;
		return;
	}
	query->before = text;
	query->before_len = len;
}

static void
add_sentence(const struct rewriting *rewriting, struct query *query, const char *text, size_t len)
{
	struct bh_question question;
	const char *alone;
	size_t begin;
	bool leans;

	bh_question_read(rewriting->arena, query->language, text, len, &question);
	begin = bh_question_begin(&question);
	if (question.n == 0 && query->before == NULL)
		return;
	leans = bh_question_leans(&question);
	if (ends_with_mark(text, len) || begin > 0) {
		alone = bh_arena_copy(rewriting->arena, text + begin, len - begin);
		if (leans && query->before != NULL)
			alone = with_matter(rewriting, query, alone);
		query->questions[query->n++] = alone;
	}
	put_before(query, text, len, leans);
}

static void
rewrite(struct rewriting *rewriting, const char *text, size_t room)
{
	struct query query = {.text = text};
	struct bh_spans sentences;
	struct bh_words words;

	bh_sentences_split(rewriting->arena, text, strlen(text), &sentences);
	bh_words_split(rewriting->arena, text, strlen(text), &words);
	query.language = words.language;
	query.questions = bh_arena_array(rewriting->arena, sentences.n + 1, sizeof(*query.questions));
	for (size_t i = 0; i < sentences.n && query.n <= room; i++)
		add_sentence(rewriting, &query, text + sentences.list[i].start,
			sentences.list[i].end - sentences.list[i].start);
	if (query.n == 0 || query.n > room) {
		query.questions[0] = text;
		query.n = 1;
	}
	memcpy(rewriting->list + rewriting->n, query.questions, query.n * sizeof(*query.questions));
	rewriting->n += query.n;
}

/* Twice the same question is asked once. */
static size_t
unique(const char **list, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		size_t at = 0;

		while (at < kept && strcmp(list[at], list[i]) != 0)
			at++;
		if (at == kept)
			list[kept++] = list[i];
	}
	return kept;
}

size_t
rag_rewrite_queries(struct bh_arena *arena, const char *const *queries, size_t n, size_t most,
	const char *const **out)
{
	struct rewriting rewriting = {.arena = arena, .most = most};

	rewriting.list = bh_arena_array(arena, most + 1, sizeof(*rewriting.list));
	for (size_t i = 0; i < n; i++)
		rewrite(&rewriting, queries[i], most - rewriting.n - (n - i - 1));
	*out = rewriting.list;
	return unique(rewriting.list, rewriting.n);
}
