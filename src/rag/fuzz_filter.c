/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_filter.c: a line with a file's attributes, then any JSON as a filter and as a chunking strategy. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rag/filter.h"
#include "rag/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *end = size > 0 ? memchr(data, '\n', size) : NULL;
	struct bh_arena arena = {0};
	struct bh_json_doc doc = {0};
	struct rag_filter *filter = NULL;
	struct rag_attach attach = {0};
	bool matches = false;
	size_t len;

	if (end == NULL)
		return 0;
	len = (size_t)(end - (const char *)data);
	if (bh_json_parse(end + 1, size - len - 1, &doc) == 0) {
		if (rag_filter_compile(doc.root, "filters", &arena, &filter) == 0 &&
			rag_filter_match(filter, bh_arena_copy(&arena, data, len), &arena, &matches) < 0 &&
			matches)
			abort();
		(void)!rag_wire_chunking(doc.root, "chunking_strategy", &attach);
	}
	bh_json_close(&doc);
	bh_arena_close(&arena);
	return 0;
}
