/* SPDX-License-Identifier: Apache-2.0 */
/* query.c: resolves a follow-up by words, without a model: what was asked before names the matter. */
#include "agent/query.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "cite/question.h"

enum {
	QUERY_BYTES_MAX = 4000,
	BEFORE_MAX = 3, /* questions before the last that are looked back to */
	NAMES_MAX = 6   /* of the last answer */
};

/* The person's message before `at`; prompt->n: none. */
static size_t
before(const struct agent_prompt *prompt, size_t at, const char *role)
{
	while (at-- > 0) {
		if (strcmp(prompt->messages[at].role, role) == 0 && prompt->messages[at].text[0] != '\0')
			return at;
	}
	return prompt->n;
}

static void
read_text(struct bh_arena *arena, enum bh_language language, const char *text,
	struct bh_question *out)
{
	bh_question_read(arena, language, text, bh_text_cut(text, strlen(text), QUERY_BYTES_MAX), out);
}

/* Adds a word as it is written, unless the query has it. */
static void
add_word(struct bh_arena *arena, enum bh_language language, const char *text,
	const struct bh_word *word, struct bh_buf *query)
{
	struct bh_words have;
	size_t len = word->at.end - word->at.start;

	if (query->len + len + 1 > QUERY_BYTES_MAX)
		return;
	bh_words_split_as(arena, language, query->data, query->len, &have);
	if (bh_slice_has(&(struct bh_slice){have.list, have.n}, word->stem))
		return;
	bh_buf_char(query, ' ');
	bh_buf_add(query, text + word->at.start, len);
}

static void
add_matter(struct bh_arena *arena, enum bh_language language, const char *text, bool names,
	struct bh_buf *query)
{
	struct bh_question said;
	size_t n = 0;

	read_text(arena, language, text, &said);
	for (size_t i = 0; i < said.n && n < (names ? NAMES_MAX : said.n); i++) {
		if (names && !said.said[i]->name)
			continue;
		add_word(arena, language, text, said.said[i], query);
		n++;
	}
}

/* What the conversation was about, as far back as a question that stands alone. */
static void
resolve(struct bh_arena *arena, const struct agent_prompt *prompt, enum bh_language language,
	struct bh_buf *query)
{
	size_t answer = before(prompt, prompt->question, "assistant");
	size_t at = prompt->question;

	for (size_t i = 0; i < BEFORE_MAX; i++) {
		struct bh_question asked;

		at = before(prompt, at, "user");
		if (at == prompt->n)
			break;
		add_matter(arena, language, prompt->messages[at].text, false, query);
		read_text(arena, language, prompt->messages[at].text, &asked);
		if (!bh_question_leans(&asked))
			break;
	}
	if (answer < prompt->n)
		add_matter(arena, language, prompt->messages[answer].text, true, query);
}

static void
add(struct agent_queries *queries, const char *text)
{
	if (text[0] == '\0')
		return;
	for (size_t i = 0; i < queries->n; i++) {
		if (strcmp(queries->list[i], text) == 0)
			return;
	}
	queries->list[queries->n++] = text;
}

/* Each of several questions apart, then the words alone. */
static void
add_more(struct bh_arena *arena, const char *text, const struct bh_question *question, size_t most,
	struct agent_queries *queries)
{
	struct bh_buf words = {0};
	struct bh_spans sentences;

	bh_sentences_split(arena, text, strlen(text), &sentences);
	for (size_t i = 0; sentences.n > 1 && i < sentences.n && queries->n < most; i++)
		add(queries,
			bh_arena_copy(arena, text + sentences.list[i].start,
				sentences.list[i].end - sentences.list[i].start));
	for (size_t i = 0; i < question->n; i++) {
		if (words.len > 0)
			bh_buf_char(&words, ' ');
		bh_buf_add(&words, text + question->said[i]->at.start,
			question->said[i]->at.end - question->said[i]->at.start);
	}
	if (queries->n < most)
		add(queries, bh_arena_copy(arena, bh_buf_string(&words), words.len));
	bh_buf_close(&words);
}

void
agent_query_make(struct bh_arena *arena, const struct agent_prompt *prompt, size_t most,
	struct agent_queries *out)
{
	struct agent_queries queries = {0};
	struct bh_question question;
	struct bh_words words;
	struct bh_buf query = {0};
	const char *text;

	if (prompt->question < prompt->n) {
		text = prompt->messages[prompt->question].text;
		if (text[strspn(text, " \t\r\n")] != '\0')
			queries.question = bh_arena_copy(arena, text,
				bh_text_cut(text, strlen(text), QUERY_BYTES_MAX));
	}
	*out = queries;
	if (queries.question == NULL)
		return;
	bh_words_split(arena, queries.question, strlen(queries.question), &words);
	read_text(arena, words.language, queries.question, &question);
	bh_buf_text(&query, queries.question);
	if (bh_question_leans(&question))
		resolve(arena, prompt, words.language, &query);
	add(&queries, bh_arena_copy(arena, query.data, query.len));
	bh_buf_close(&query);
	if (most > 1) {
		text = queries.list[0];
		read_text(arena, words.language, text, &question);
		add_more(arena, text, &question, most < AGENT_QUERIES_MAX ? most : AGENT_QUERIES_MAX,
			&queries);
	}
	*out = queries;
}
