/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_extract_lines.c: the document reader may have been taken over by its document: any bytes as
 * what it says. */
#include "rag/extract_lines.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
read_all(const uint8_t *data, size_t size, size_t step, struct rag_extract_lines *lines)
{
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < size; at += step) {
		size_t scanned = lines->line.len;

		bh_buf_add(&lines->line, data + at, size - at < step ? size - at : step);
		rc = rag_extract_lines_take(lines, scanned);
	}
	return rc;
}

static void
check_blocks(const struct rag_extract_lines *lines)
{
	const struct rag_block *blocks = (const void *)lines->blocks.data;

	for (size_t i = 0; i < lines->blocks.len / sizeof(*blocks); i++) {
		if (blocks[i].start >= blocks[i].end || blocks[i].end > lines->text.len ||
			blocks[i].header_end > lines->text.len ||
			(i > 0 && blocks[i].start < blocks[i - 1].end))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct rag_extract_conf conf = {.characters_max = 1000};
	struct bh_arena arena = {0};
	struct rag_extract_lines whole = {.conf = &conf, .arena = &arena};
	struct rag_extract_lines bytes = whole;
	int a = read_all(data, size, size > 0 ? size : 1, &whole);
	int b = read_all(data, size, 1, &bytes);

	check_blocks(&whole);
	if (a != b || whole.text.len != bytes.text.len || whole.blocks.len != bytes.blocks.len ||
		whole.ended != bytes.ended || whole.refused != bytes.refused)
		abort();
	rag_extract_lines_close(&whole);
	rag_extract_lines_close(&bytes);
	bh_arena_close(&arena);
	return 0;
}
