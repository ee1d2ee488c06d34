/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_attributes.c: any text as a file's attributes, against filters with every operator. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rag/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char filters[] =
	"{\"type\":\"or\",\"filters\":[{\"type\":\"eq\",\"key\":\"a\",\"value\":\"x\"},"
	"{\"type\":\"and\",\"filters\":[{\"type\":\"nin\",\"key\":\"a\",\"value\":[1,\"b\",2.5]},"
	"{\"type\":\"lt\",\"key\":\"b\",\"value\":7}]},{\"type\":\"gte\",\"key\":\"c\",\"value\":\"z\"}"
	"]}";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_arena arena = {0};
	struct bh_json_doc doc = {0};
	struct rag_filter *filter = NULL;
	char *text = bh_arena_copy(&arena, data, size);
	bool matches = false;

	if (bh_json_parse(filters, strlen(filters), &doc) < 0 ||
		rag_filter_compile(doc.root, "filters", &arena, &filter) < 0)
		abort();
	if (rag_filter_match(filter, text, &arena, &matches) < 0 && matches)
		abort();
	bh_json_close(&doc);
	bh_arena_close(&arena);
	return 0;
}
