/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_moderation.c: any bytes as a text for the rules, and as an upstream's answer. Scores lie between 0 and 1, and what is
 * found is flagged. */
#include <stdint.h>
#include <stdlib.h>

#include "model/moderation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_hold(const struct model_verdict *verdict)
{
	for (int harm = 0; harm < MODEL_HARMS; harm++) {
		if (!(verdict->scores[harm] >= 0 && verdict->scores[harm] <= 1))
			abort();
		if (verdict->harms[harm] && !verdict->flagged)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct model_verdict by_rules = {0}, told[2];
	struct bh_json_doc doc = {0};

	if (model_moderation_rules((const char *)data, size, &by_rules) == 0)
		must_hold(&by_rules);
	if (bh_json_parse((const char *)data, size, &doc) < 0)
		return 0;
	for (size_t n = 1; n <= 2; n++) {
		if (model_moderation_read(doc.root, n, told) < 0)
			continue;
		for (size_t i = 0; i < n; i++)
			must_hold(&told[i]);
	}
	bh_json_close(&doc);
	return 0;
}
