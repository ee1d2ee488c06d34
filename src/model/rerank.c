/* SPDX-License-Identifier: Apache-2.0 */
/* rerank.c: reads what rerankers answer, none of which is trusted. */
#include "model/rerank.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"

enum {
	UNIT_DOCUMENTS = 100,
	UNIT_TOKENS = 500,
	UNITS_OFF = 4 /* a token may be a byte, and we count four */
};

/* What rounding may add to a score of 0 or of 1. */
static const double slack = 0.001;

static int
best_first(const void *left, const void *right)
{
	const struct model_ranked *x = left, *y = right;

	if (x->told > y->told || x->told < y->told)
		return x->told > y->told ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static const struct bh_json *
rows_of(const struct bh_json *answer)
{
	const struct bh_json *rows = bh_json_get(answer, "results");

	if (bh_json_kind(answer) == BH_JSON_ARRAY)
		return answer;
	return rows != NULL ? rows : bh_json_get(answer, "data");
}

static bool
is_unit(double told)
{
	return told >= -slack && told <= 1 + slack;
}

static int
read_score(const struct bh_json *row, enum model_score_form form, struct model_ranked *out)
{
	double told;

	if (!bh_json_number(bh_json_get(row, "relevance_score"), &told) &&
		!bh_json_number(bh_json_get(row, "score"), &told))
		return bh_error(BH_E_UPSTREAM, "the upstream's reranking has a row without a score");
	if (!isfinite(told))
		return bh_error(BH_E_UPSTREAM, "the upstream's reranking has a score that is not finite");
	if (form == MODEL_SCORE_UNIT && !is_unit(told))
		return bh_error(BH_E_UPSTREAM,
			"the upstream's reranking has the score %g, which is not between 0 and 1; if its "
			"scores "
			"are logits, add the model with --score-form logit",
			told);
	out->told = told;
	out->score = form == MODEL_SCORE_LOGIT ? 1 / (1 + exp(-told)) : fmin(fmax(told, 0), 1);
	return 0;
}

int
model_rerank_read(struct bh_arena *arena, const struct bh_json *answer, enum model_score_form form,
	size_t n, size_t top, struct model_ranked **out)
{
	const struct bh_json *list = rows_of(answer);
	size_t count = bh_json_kind(list) == BH_JSON_ARRAY ? bh_json_count(list) : 0;
	struct model_ranked *rows;
	bool *have;

	if (count < top || count > n)
		return bh_error(BH_E_UPSTREAM,
			"the upstream ranked %zu documents where %zu of %zu were wanted", count, top, n);
	rows = bh_arena_array(arena, count + 1, sizeof(*rows));
	have = bh_arena_array(arena, n + 1, sizeof(*have));
	for (size_t i = 0; i < count; i++) {
		const struct bh_json *row = bh_json_at(list, i);
		int64_t index;
		int rc;

		if (!bh_json_int(bh_json_get(row, "index"), &index) || index < 0 || index >= (int64_t)n ||
			have[index])
			return bh_error(BH_E_UPSTREAM,
				"the upstream's reranking has an index that is missing, out of range or doubled");
		have[index] = true;
		rows[i].index = (size_t)index;
		rc = read_score(row, form, &rows[i]);
		if (rc < 0)
			return rc;
	}
	qsort(rows, count, sizeof(*rows), best_first);
	*out = rows;
	return 0;
}

enum model_score_form
model_rerank_form(const struct model_ranked *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_unit(rows[i].told))
			return MODEL_SCORE_LOGIT;
	}
	return MODEL_SCORE_UNIT;
}

/* A whole number above 0, as 12 or 12.0; else 0. */
static int64_t
whole(const struct bh_json *object, const char *name)
{
	double value;

	if (!bh_json_number(bh_json_get(object, name), &value) || !(value >= 1) ||
		value > (double)MODEL_TOKENS_MOST || value != floor(value))
		return 0;
	return (int64_t)value;
}

void
model_rerank_usage(const struct bh_json *answer, int64_t units, struct model_usage *out)
{
	const struct bh_json *usage = bh_json_get(answer, "usage");
	const struct bh_json *meta = bh_json_get(answer, "meta");
	const struct bh_json *billed = bh_json_get(meta, "billed_units");
	const int64_t tokens[] = {whole(usage, "prompt_tokens"), whole(usage, "total_tokens"),
		whole(billed, "input_tokens"), whole(bh_json_get(meta, "tokens"), "input_tokens")};
	struct model_usage told = {.completion_tokens = whole(billed, "search_units")};

	for (size_t i = 0; i < BH_COUNT(tokens) && told.prompt_tokens == 0; i++)
		told.prompt_tokens = tokens[i];
	if (told.completion_tokens > UNITS_OFF * units)
		told.completion_tokens = 0;
	told.present = told.prompt_tokens > 0;
	*out = told;
}

int64_t
model_rerank_units(int64_t query, const int64_t *documents, size_t n)
{
	int64_t parts = 0;

	for (size_t i = 0; i < n; i++)
		parts += (query + documents[i] + UNIT_TOKENS - 1) / UNIT_TOKENS;
	return (parts + UNIT_DOCUMENTS - 1) / UNIT_DOCUMENTS;
}
