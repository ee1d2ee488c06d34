/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_extract_lines.c: the document reader may have been taken over by its document: any bytes as
 * what it says. The functions are the file's own, hence its inclusion. */
#include "rag/extract_run.c"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
read_all(const uint8_t *data, size_t size, size_t step, struct run *run)
{
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < size; at += step) {
		size_t scanned = run->line.len;

		bh_buf_add(&run->line, data + at, size - at < step ? size - at : step);
		rc = take_lines(run, scanned);
	}
	return rc;
}

static void
check_blocks(const struct run *run)
{
	const struct rag_block *blocks = (const void *)run->blocks.data;

	for (size_t i = 0; i < run->blocks.len / sizeof(*blocks); i++) {
		if (blocks[i].start >= blocks[i].end || blocks[i].end > run->text.len ||
			blocks[i].header_end > run->text.len || (i > 0 && blocks[i].start < blocks[i - 1].end))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct rag_extract_conf conf = {.characters_max = 1000};
	struct bh_arena arena = {0};
	struct run whole = {.conf = &conf, .arena = &arena, .out_fd = -1, .err_fd = -1};
	struct run bytes = whole;
	int a = read_all(data, size, size > 0 ? size : 1, &whole);
	int b = read_all(data, size, 1, &bytes);

	check_blocks(&whole);
	if (a != b || whole.text.len != bytes.text.len || whole.blocks.len != bytes.blocks.len ||
		whole.ended != bytes.ended || whole.refused != bytes.refused)
		abort();
	run_close(&whole);
	run_close(&bytes);
	bh_arena_close(&arena);
	return 0;
}
