/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_rewrite.c: any text as a query that is taken apart: there is always something to search for, and never too
 * much. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "rag/rewrite.h"

enum { MOST = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_arena arena = {0};
	const char *const *list = NULL;
	const char *query;
	size_t n;

	/* As a request's JSON leaves it: valid, without a NUL. */
	if (size == 0 || !bh_text_is_utf8((const char *)data, size) || memchr(data, 0, size) != NULL)
		return 0;
	query = bh_arena_copy(&arena, (const char *)data, size);
	n = rag_rewrite_queries(&arena, &query, 1, MOST, &list);
	if (n < 1 || n > MOST)
		abort();
	for (size_t i = 0; i < n; i++) {
		if (list[i][0] == '\0' || !bh_text_is_utf8(list[i], strlen(list[i])))
			abort();
	}
	bh_arena_close(&arena);
	return 0;
}
