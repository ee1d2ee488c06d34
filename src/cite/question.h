/* SPDX-License-Identifier: Apache-2.0 */
/* question.h: what a question asks for, and whether a sentence that a passage states is an answer to it.
 * Decided by words: "The salt has 32 bits." is true and answers no question about the nonce. */
#ifndef BH_CITE_QUESTION_H
#define BH_CITE_QUESTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "cite/slice.h"

enum bh_asked { BH_ASKED_ANYTHING, BH_ASKED_NUMBER, BH_ASKED_NAME };

/* Memory of the arena. */
struct bh_question {
	struct bh_words words;
	const struct bh_word **said; /* distinct content words */
	size_t n;
	enum bh_asked asked;
};

/* Reads a question as if it were in `language`. */
void bh_question_read(struct bh_arena *arena, enum bh_language language, const char *text,
	size_t len, struct bh_question *out);

/* The byte at which it begins, behind words that only ask for an answer ("Please tell me how …"); 0 without any. */
size_t bh_question_begin(const struct bh_question *question);

/* Whether it is not understood without what was said before: "And when was she appointed?", "Why?". */
bool bh_question_leans(const struct bh_question *question);

/* Share of the question's words that one of two texts holds, words apart that speak of the documents and that
 * neither holds; 1 for a question without any. */
double bh_question_share(const struct bh_question *question, const struct bh_slice *one,
	const struct bh_slice *other);

/* Whether a text holds what is asked for and the question does not hold itself: a number, a name. */
bool bh_question_is_met(const struct bh_question *question, const struct bh_slice *text);

/* Whether a sentence answers the question. `source` is what states it, with what stands around. */
bool bh_question_is_answered(const struct bh_question *question, const struct bh_slice *sentence,
	const struct bh_slice *source);

#endif
