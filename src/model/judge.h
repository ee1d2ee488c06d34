/* SPDX-License-Identifier: Apache-2.0 */
/* judge.h: one call of a moderation model, or of the rules where there is none, for what may be harmful. */
#ifndef BH_MODEL_JUDGE_H
#define BH_MODEL_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"
#include "model/moderation.h"

struct bh_request;

/* A text, or a picture as a data URL. Borrowed. */
struct model_input {
	bool is_image;
	const char *text;
	size_t len;
};

/* Judges n inputs: each for itself into n verdicts, or all of them together into one. It takes a place at the model
 * and its money, an input being a unit, and is on the tenant's bill like any other call. Texts are also judged by the
 * rules. `manner`: enum model_manner. Errors as model_place_take, model_call_begin and model_upstream_post. */
BH_MUST_CHECK int model_judge(struct bh_request *req, const struct model_entry *entry,
	const struct model_input *inputs, size_t n, bool together, unsigned manner,
	struct model_verdict *out);

#endif
