/* fuzz_filter.c: a line with a file's attributes, then any JSON as a filter and as the values of a body
 * that routes read by hand. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rag/filter.h"
#include "rag/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_values(struct bh_arena *arena, const struct bh_json *value)
{
	struct rag_attach attach = {0};
	struct bh_json_doc doc = {0};
	struct bh_uuid id;
	const char *pairs;
	int64_t days = 0;

	if (rag_wire_pairs(arena, value, "attributes", false, &pairs) == 0 &&
		bh_json_parse(pairs, strlen(pairs), &doc) < 0)
		abort();
	bh_json_close(&doc);
	if (rag_wire_expiry(value, "expires_after", &days) == 0 && days < 0)
		abort();
	(void)!rag_wire_chunking(value, "chunking_strategy", &attach);
	(void)!rag_wire_body_id(value, "file_id", "file-", &id);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *end = size > 0 ? memchr(data, '\n', size) : NULL;
	struct bh_arena arena = {0};
	struct bh_json_doc doc = {0};
	struct rag_filter *filter = NULL;
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
		read_values(&arena, doc.root);
	}
	bh_json_close(&doc);
	bh_arena_close(&arena);
	return 0;
}
