/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_rerank.c: any JSON as a reranker's answer. What is taken of it names each document at most once, best first, by
 * scores from 0 to 1. */
#include <stdint.h>
#include <stdlib.h>

#include "model/rerank.h"

enum { DOCUMENTS = 5 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_hold(const struct model_ranked *rows, size_t top)
{
	bool have[DOCUMENTS] = {0};

	for (size_t i = 0; i < top; i++) {
		if (rows[i].index >= DOCUMENTS || have[rows[i].index])
			abort();
		have[rows[i].index] = true;
		if (!(rows[i].score >= 0 && rows[i].score <= 1))
			abort();
		if (i > 0 && rows[i].score > rows[i - 1].score)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_arena arena = {0};
	struct bh_json_doc doc = {0};
	struct model_ranked *rows;
	struct model_usage usage;

	if (bh_json_parse((const char *)data, size, &doc) < 0)
		return 0;
	for (size_t top = 1; top <= DOCUMENTS; top++) {
		bool is_unit = model_rerank_read(&arena, doc.root, MODEL_SCORE_UNIT, DOCUMENTS, top,
						   &rows) == 0;

		if (is_unit)
			must_hold(rows, top);
		if (model_rerank_read(&arena, doc.root, MODEL_SCORE_LOGIT, DOCUMENTS, top, &rows) == 0)
			must_hold(rows, top);
		else if (is_unit)
			abort();
	}
	model_rerank_usage(doc.root, 3, &usage);
	if (!model_usage_in_range(&usage) || usage.present != (usage.prompt_tokens > 0))
		abort();
	bh_arena_close(&arena);
	bh_json_close(&doc);
	return 0;
}
