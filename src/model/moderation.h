/* SPDX-License-Identifier: Apache-2.0 */
/* moderation.h: whether text and pictures are harmful, in OpenAI's 13 categories: what our own rules find in a text, and
 * what an upstream's answer says. */
#ifndef BH_MODEL_MODERATION_H
#define BH_MODEL_MODERATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/macros.h"
#include "json/json.h"

enum model_harm {
	MODEL_HATE,
	MODEL_HATE_THREATENING,
	MODEL_HARASSMENT,
	MODEL_HARASSMENT_THREATENING,
	MODEL_ILLICIT,
	MODEL_ILLICIT_VIOLENT,
	MODEL_SELF_HARM,
	MODEL_SELF_HARM_INTENT,
	MODEL_SELF_HARM_INSTRUCTIONS,
	MODEL_SEXUAL,
	MODEL_SEXUAL_MINORS,
	MODEL_VIOLENCE,
	MODEL_VIOLENCE_GRAPHIC,
	MODEL_HARMS
};

/* Kinds of input, OR-ed. */
enum model_judged { MODEL_JUDGED_TEXT = 1, MODEL_JUDGED_IMAGE = 2 };

/* What is said of one input. Zeroed: nothing is wrong with it. */
struct model_verdict {
	bool flagged;
	bool harms[MODEL_HARMS];
	double scores[MODEL_HARMS]; /* from 0 to 1 */
	unsigned applied;           /* enum model_judged: what it was judged by */
};

/* "self-harm/intent"; "" for none. */
const char *model_harm_name(enum model_harm harm);

/* Whether pictures are judged in it; text is in all of them. */
bool model_harm_has_images(enum model_harm harm);

/* Reads the answer to a request with n inputs into n verdicts. What a category lacks is false and 0: the older
 * form has 11 of them. BH_E_UPSTREAM: there are too few results or too many, or one has no categories, a category that
 * is no boolean, or a score outside 0 to 1. */
BH_MUST_CHECK int model_moderation_read(const struct bh_json *answer, size_t n,
	struct model_verdict *out);

/* Takes over what another verdict of the same input says beyond this one. */
void model_verdict_add(struct model_verdict *verdict, const struct model_verdict *other);

/* Appends the names of what was found, divided by commas. */
void model_verdict_names(const struct model_verdict *verdict, struct bh_buf *out);

/* moderation_rules.c: adds what the phrases of our own rules find in a text. They know English and German, and
 * only what is written out: a floor, no judgement. Errors as bh_clean_text. */
BH_MUST_CHECK int model_moderation_rules(const char *text, size_t len,
	struct model_verdict *verdict);

#endif
