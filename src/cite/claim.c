/* SPDX-License-Identifier: Apache-2.0 */
/* claim.c: takes off what surrounds a statement, and tells statements from talk about the documents. */
#include "cite/claim.h"

#include <string.h>

#include "base/text.h"
#include "cite/contrast.h"
#include "cite/lists.h"

enum {
	WORDS_MIN = 2,
	LEAD_IN_MAX = 10, /* words of "According to the document, " */
	DENIAL_REACH = 6, /* words between "the documents" and "do not say" */
	NEAR = 2          /* words between "no" and "information" */
};

/* Whether a word may stand at such a place of talk about the documents (data/reporting.txt). */
static bool
reports(const struct bh_word *word, const char *place)
{
	const char *places = bh_lexicon_find(&bh_list_reporting, word->folded);

	return places != NULL && bh_text_has_word(places, place);
}

/* ---- what surrounds a statement ---- */

/* "2. ", "- ", "**": a list's and a text's marks are no part of what is said. */
static size_t
list_mark(const char *text, size_t len)
{
	size_t at = strspn(text, "-*# \t"), digits = strspn(text + at, "0123456789");

	if (digits > 0 && digits < 3 && at + digits + 1 < len &&
		(text[at + digits] == '.' || text[at + digits] == ')') && text[at + digits + 1] == ' ')
		at += digits + 1;
	return at < len ? at : 0;
}

/* "[1]" behind a sentence is the model's own reference, not a number that it states. */
static void
blank_references(char *text)
{
	for (char *at = strchr(text, '['); at != NULL; at = strchr(at + 1, '[')) {
		size_t inner = strspn(at + 1, "0123456789, ");

		if (inner > 0 && at[1 + inner] == ']')
			memset(at, ' ', inner + 2);
	}
}

/* "The passage states that …", "According to the document, …", "The answer is: …": who says it is no
 * part of what is said. Returns how many words to pass over. */
static size_t
lead_in(const struct bh_words *words, const char *text)
{
	bool named = false;

	for (size_t i = 0; i < words->n && i < LEAD_IN_MAX; i++) {
		const struct bh_word *word = &words->list[i];
		char next = text[word->at.end];
		bool source = reports(word, "source");

		if (word->negates || (!source && !word->common && !reports(word, "lead")))
			return 0;
		named = named || source;
		if (named && (reports(word, "that") || next == ',' || next == ':'))
			return i + 1;
	}
	return 0;
}

static void
read_words(struct bh_arena *arena, enum bh_language language, const char *text, size_t len,
	struct bh_claim *out)
{
	char *own = bh_arena_copy(arena, text, len);
	size_t mark = list_mark(own, len), skipped;
	struct bh_words words;

	blank_references(own);
	bh_words_split_as(arena, language, own + mark, len - mark, &words);
	skipped = lead_in(&words, own + mark);
	words.list += skipped;
	words.n -= skipped;
	bh_slice_clauses(&words);
	*out = (struct bh_claim){.words = {words.list, words.n}};
	out->said = bh_arena_array(arena, words.n + 1, sizeof(*out->said));
	for (size_t i = 0; i < words.n; i++) {
		const struct bh_slice before = {words.list, i};

		if (!bh_word_is_content(&words.list[i]) || bh_slice_has(&before, words.list[i].stem))
			continue;
		out->said[out->n++] = &words.list[i];
		out->numbers += words.list[i].number;
	}
}

size_t
bh_claim_shares(const struct bh_claim *claim, const struct bh_slice *text)
{
	size_t found = 0;

	for (size_t i = 0; i < claim->n; i++)
		found += bh_slice_has(text, claim->said[i]->stem);
	return found;
}

/* ---- sentences that state nothing ---- */

/* "The passages do not say": about the documents, not from them. */
static bool
says_nothing(const struct bh_slice *claim)
{
	size_t topic = SIZE_MAX, denial = SIZE_MAX;

	for (size_t i = 0; i < claim->n; i++) {
		const struct bh_word *word = &claim->words[i];
		bool last = i + 1 == claim->n;

		if (reports(word, "topic")) {
			topic = i;
			if (denial != SIZE_MAX && denial + NEAR >= i && reports(&claim->words[denial], "no"))
				return true;
		}
		if (word->negates || reports(word, "unable"))
			denial = i;
		if (denial != SIZE_MAX && topic != SIZE_MAX && denial + DENIAL_REACH >= i &&
			topic + DENIAL_REACH >= denial && reports(word, "say"))
			return true;
		if (last && denial != SIZE_MAX && denial + NEAR >= i && reports(word, "final"))
			return true;
		/* German verbs come first: "sagen dazu nichts". */
		if (last && topic != SIZE_MAX && i <= topic + DENIAL_REACH && reports(word, "nothing"))
			return true;
	}
	return false;
}

/* A question claims nothing, and small models like to repeat it. */
static bool
is_question(const char *sentence, size_t len)
{
	while (len > 0 && (strchr("\"')]*_", sentence[len - 1]) != NULL))
		len--;
	if (len > 3 && memcmp(sentence + len - 3, "\xe2\x80\x9d", 3) == 0)
		len -= 3;
	return len > 0 && sentence[len - 1] == '?';
}

static bool
has_question_word(const struct bh_slice *question, const char *kind)
{
	for (size_t i = 0; i < question->n; i++) {
		const char *found = bh_lexicon_find(&bh_list_questions, question->words[i].folded);

		if (found != NULL && strcmp(found, kind) == 0)
			return true;
	}
	return false;
}

/* A question that a repetition of its words answers: "Is …?", "A or B?". */
static bool
is_closed_question(const struct bh_slice *question)
{
	const struct bh_slice first = {question->words, question->n > 0};

	return has_question_word(question, "choosing") ||
		(!has_question_word(question, "asking") && has_question_word(&first, "opening"));
}

/* Whether the claim says no more than one of the questions asked. What else the person wrote may well be
 * the answer: a quotation to be checked. */
static bool
repeats(struct bh_arena *arena, enum bh_language language, const struct bh_claim *claim,
	const char *question)
{
	struct bh_spans spans = {0};

	if (question != NULL)
		bh_sentences_split(arena, question, strlen(question), &spans);
	for (size_t i = 0; i < spans.n; i++) {
		const char *text = question + spans.list[i].start;
		size_t len = spans.list[i].end - spans.list[i].start;
		struct bh_words words;
		struct bh_slice asked;

		if (!is_question(text, len))
			continue;
		bh_words_split_as(arena, language, text, len, &words);
		asked = (struct bh_slice){words.list, words.n};
		if (bh_claim_shares(claim, &asked) == claim->n && !is_closed_question(&asked) &&
			!bh_contrast_negation(&claim->words, &asked))
			return true;
	}
	return false;
}

void
bh_claim_read(struct bh_arena *arena, enum bh_language language, const char *question,
	const char *sentence, size_t len, struct bh_claim *out)
{
	struct bh_claim claim = {0};

	if (!is_question(sentence, len))
		read_words(arena, language, sentence, len, &claim);
	claim.denies = says_nothing(&claim.words);
	if (claim.words.n < WORDS_MIN || claim.denies || repeats(arena, language, &claim, question))
		claim.n = 0;
	*out = claim;
}
