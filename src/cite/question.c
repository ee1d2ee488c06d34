/* SPDX-License-Identifier: Apache-2.0 */
/* question.c: the word that asks tells the kind of the answer, the others its matter. */
#include "cite/question.h"

#include <string.h>

#include "base/text.h"
#include "cite/floors.h"
#include "cite/lists.h"
#include "text/lists.h"

enum {
	QUANTITY_REACH = 2, /* words from "which" to "year" */
	MATTER_LEAST = 2    /* content words of a question that stands alone */
};

static bool
asks(const struct bh_word *word, const char *kind)
{
	const char *kinds = bh_lexicon_find(&bh_list_asked, word->folded);

	return kinds != NULL && bh_text_has_word(kinds, kind);
}

static bool
is_asking(const struct bh_word *word)
{
	const char *found = bh_lexicon_find(&bh_list_questions, word->folded);

	return found != NULL && bh_text_has_word(found, "asking");
}

static enum bh_asked
kind_of(const struct bh_words *words)
{
	for (size_t i = 0; i < words->n; i++) {
		if (asks(&words->list[i], "name"))
			return BH_ASKED_NAME;
		if (asks(&words->list[i], "number"))
			return BH_ASKED_NUMBER;
		if (!is_asking(&words->list[i]))
			continue;
		if (i + 1 < words->n && asks(&words->list[i + 1], "measure"))
			return BH_ASKED_NUMBER;
		for (size_t j = i + 1; j < words->n && j <= i + QUANTITY_REACH; j++) {
			if (asks(&words->list[j], "quantity"))
				return BH_ASKED_NUMBER;
		}
	}
	return BH_ASKED_ANYTHING;
}

void
bh_question_read(struct bh_arena *arena, enum bh_language language, const char *text, size_t len,
	struct bh_question *out)
{
	struct bh_question question = {0};

	bh_words_split_as(arena, language, text, len, &question.words);
	question.asked = kind_of(&question.words);
	question.said = bh_arena_array(arena, question.words.n + 1, sizeof(*question.said));
	for (size_t i = 0; i < question.words.n; i++) {
		const struct bh_word *word = &question.words.list[i];
		const struct bh_slice before = {question.words.list, i};

		if (bh_word_is_content(word) && !is_asking(word) && !asks(word, "measure") &&
			!bh_slice_has(&before, word->stem))
			question.said[question.n++] = word;
	}
	*out = question;
}

size_t
bh_question_begin(const struct bh_question *question)
{
	const struct bh_words *words = &question->words;
	bool begs = false;
	size_t i = 0;

	/* Up to the word that asks or says something: "Could you tell me | which …". One word alone may be a name. */
	for (; i < words->n && !is_asking(&words->list[i]); i++) {
		bool is_begging = bh_lexicon_find(&bh_list_begging, words->list[i].folded) != NULL;

		if (!is_begging && bh_word_is_content(&words->list[i]))
			break;
		begs = begs || is_begging;
	}
	return begs && i > 1 && i < words->n ? words->list[i].at.start : 0;
}

bool
bh_question_leans(const struct bh_question *question)
{
	const struct bh_words *words = &question->words;

	if (question->n < MATTER_LEAST)
		return true;
	for (size_t i = 0; i < words->n; i++) {
		const char *found = bh_lexicon_find(&bh_list_leaning, words->list[i].folded);

		if (found != NULL && (i == 0 || strcmp(found, "start") != 0))
			return true;
	}
	return false;
}

double
bh_question_share(const struct bh_question *question, const struct bh_slice *one,
	const struct bh_slice *other)
{
	size_t found = 0, counted = 0;

	for (size_t i = 0; i < question->n; i++) {
		const struct bh_word *word = question->said[i];
		bool held = bh_slice_has(one, word->stem) || bh_slice_has(other, word->stem);

		found += held;
		/* "What does the handbook say about …?": no part of the matter, unless the texts say it too. */
		counted += held || !bh_lexicon_has(&bh_list_framing, word->folded);
	}
	return counted > 0 ? (double)found / (double)counted : 1;
}

bool
bh_question_is_met(const struct bh_question *question, const struct bh_slice *text)
{
	const struct bh_slice own = {question->words.list, question->words.n};

	if (question->asked == BH_ASKED_ANYTHING)
		return true;
	for (size_t i = 0; i < text->n; i++) {
		const struct bh_word *word = &text->words[i];
		/* A sentence may begin with the name that is asked for. */
		bool is_name = word->name || (word->capital && !word->common && !word->number);

		if ((question->asked == BH_ASKED_NUMBER ? word->number : is_name) &&
			!bh_slice_has(&own, word->stem))
			return true;
	}
	return false;
}

bool
bh_question_is_answered(const struct bh_question *question, const struct bh_slice *sentence,
	const struct bh_slice *source)
{
	/* It says all that was asked, and something about it: "until", "once" are answers too. */
	if (bh_question_share(question, sentence, sentence) >= BH_CITE_ANSWER_WHOLE)
		return true;
	return bh_question_is_met(question, sentence) &&
		bh_question_share(question, sentence, source) >= BH_CITE_ANSWER_SHARE;
}
