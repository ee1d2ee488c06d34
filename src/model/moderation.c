/* SPDX-License-Identifier: Apache-2.0 */
/* moderation.c: categories, and what upstreams answer about them, none of which is trusted. */
#include "model/moderation.h"

#include <math.h>

#include "base/error.h"

static const struct {
	const char *name;
	bool has_images;
} harms[MODEL_HARMS] = {
	[MODEL_HATE] = {"hate", false},
	[MODEL_HATE_THREATENING] = {"hate/threatening", false},
	[MODEL_HARASSMENT] = {"harassment", false},
	[MODEL_HARASSMENT_THREATENING] = {"harassment/threatening", false},
	[MODEL_ILLICIT] = {"illicit", false},
	[MODEL_ILLICIT_VIOLENT] = {"illicit/violent", false},
	[MODEL_SELF_HARM] = {"self-harm", true},
	[MODEL_SELF_HARM_INTENT] = {"self-harm/intent", true},
	[MODEL_SELF_HARM_INSTRUCTIONS] = {"self-harm/instructions", true},
	[MODEL_SEXUAL] = {"sexual", true},
	[MODEL_SEXUAL_MINORS] = {"sexual/minors", false},
	[MODEL_VIOLENCE] = {"violence", true},
	[MODEL_VIOLENCE_GRAPHIC] = {"violence/graphic", true},
};

const char *
model_harm_name(enum model_harm harm)
{
	return harm < MODEL_HARMS ? harms[harm].name : "";
}

bool
model_harm_has_images(enum model_harm harm)
{
	return harm < MODEL_HARMS && harms[harm].has_images;
}

static int
strange(const char *what)
{
	return bh_error(BH_E_UPSTREAM, "the upstream's moderation has %s", what);
}

static int
read_harm(const struct bh_json *categories, const struct bh_json *scores, enum model_harm harm,
	struct model_verdict *out)
{
	const struct bh_json *found = bh_json_get(categories, harms[harm].name);
	const struct bh_json *score = bh_json_get(scores, harms[harm].name);
	enum bh_json_kind kind = bh_json_kind(found);

	if (found != NULL && kind != BH_JSON_NULL && kind != BH_JSON_BOOL)
		return strange("a category that is not a boolean");
	(void)bh_json_bool(found, &out->harms[harm]);
	if (score == NULL || bh_json_kind(score) == BH_JSON_NULL)
		return 0;
	if (!bh_json_number(score, &out->scores[harm]) || !(out->scores[harm] >= 0) ||
		!(out->scores[harm] <= 1))
		return strange("a score that is not between 0 and 1");
	return 0;
}

int
model_moderation_read(const struct bh_json *answer, size_t n, struct model_verdict *out)
{
	const struct bh_json *results = bh_json_get(answer, "results");

	if (bh_json_kind(results) != BH_JSON_ARRAY || bh_json_count(results) != n)
		return strange("another number of results than there were inputs");
	for (size_t i = 0; i < n; i++) {
		const struct bh_json *result = bh_json_at(results, i);
		const struct bh_json *categories = bh_json_get(result, "categories");
		const struct bh_json *scores = bh_json_get(result, "category_scores");
		struct model_verdict verdict = {0};
		int rc = 0;

		if (bh_json_kind(categories) != BH_JSON_OBJECT || bh_json_kind(scores) != BH_JSON_OBJECT)
			return strange("a result without categories or scores");
		(void)bh_json_bool(bh_json_get(result, "flagged"), &verdict.flagged);
		for (int harm = 0; rc == 0 && harm < MODEL_HARMS; harm++) {
			rc = read_harm(categories, scores, (enum model_harm)harm, &verdict);
			verdict.flagged = verdict.flagged || verdict.harms[harm];
		}
		if (rc < 0)
			return rc;
		out[i] = verdict;
	}
	return 0;
}

void
model_verdict_add(struct model_verdict *verdict, const struct model_verdict *other)
{
	verdict->flagged = verdict->flagged || other->flagged;
	verdict->applied |= other->applied;
	for (int harm = 0; harm < MODEL_HARMS; harm++) {
		verdict->harms[harm] = verdict->harms[harm] || other->harms[harm];
		verdict->scores[harm] = fmax(verdict->scores[harm], other->scores[harm]);
	}
}

void
model_verdict_names(const struct model_verdict *verdict, struct bh_buf *out)
{
	const char *divider = "";

	for (int harm = 0; harm < MODEL_HARMS; harm++) {
		if (!verdict->harms[harm])
			continue;
		bh_buf_text(out, divider);
		bh_buf_text(out, harms[harm].name);
		divider = ",";
	}
}
