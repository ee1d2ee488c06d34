/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_usage.c: a line that names an operation, then any query string: what is accepted lies at the edges of
 * buckets and is bounded. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "billing/usage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct billing_usage_query *query)
{
	if (query->from_s < query->start_s || query->to_s > query->end_s || query->from_s > query->to_s)
		abort();
	if ((query->to_s - query->from_s) / query->width_s > 1440 ||
		query->from_s % query->width_s != 0 || query->to_s % query->width_s != 0)
		abort();
	if (query->teams.n > BILLING_LIST_MAX || query->n_models > BILLING_LIST_MAX ||
		(query->groups & ~query->of->groups) != 0)
		abort();
	for (size_t i = 0; i < query->n_models; i++) {
		if (!bh_text_is_utf8(query->models[i], strlen(query->models[i])))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_arena arena = {0};
	struct billing_usage_query query;
	const struct billing_usage_of *of;
	char *text = bh_arena_copy(&arena, data, size);
	char *at = text + strcspn(text, "\n");

	if (*at != '\0')
		*at++ = '\0';
	of = billing_usage_find(text);
	if (of != NULL && billing_usage_read(&arena, of, at, 1800000000, &query) == 0)
		check(&query);
	bh_arena_close(&arena);
	return 0;
}
