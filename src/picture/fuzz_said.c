/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_said.c: the picture reader may have been taken over by its picture: any bytes as what it says. */
#include "picture/said.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
read_all(const uint8_t *data, size_t size, size_t step, struct bh_picture_said *said)
{
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < size; at += step) {
		size_t scanned = said->line.len;

		bh_buf_add(&said->line, data + at, size - at < step ? size - at : step);
		rc = bh_picture_said_take(said, scanned);
	}
	return rc;
}

/* What is made lies one behind the other, and nothing is counted beyond its room. */
static void
check(const struct bh_picture_said *said)
{
	int64_t at = 0;
	size_t n_words = 0;

	(void)bh_picture_said_words(said, &n_words);
	if (said->n_made > BH_PICTURE_MADE_MAX || said->n_heads > BH_PICTURE_HEADS_MAX ||
		said->n_codes > PICTURE_CODES_MAX || said->n_colours > PICTURE_COLOURS_MAX ||
		n_words > BH_PICTURE_WORDS_MAX)
		abort();
	for (size_t i = 0; i < said->n_made; i++) {
		if (said->made[i].offset != at || said->made[i].bytes < 1)
			abort();
		at += said->made[i].bytes;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_arena arena = {0};
	struct bh_picture_said *whole = calloc(1, sizeof(*whole)), *bytes = calloc(1, sizeof(*bytes));
	struct bh_buf text = {0};
	int a, b;

	if (whole == NULL || bytes == NULL)
		abort();
	whole->arena = bytes->arena = &arena;
	a = read_all(data, size, size > 0 ? size : 1, whole);
	b = read_all(data, size, 1, bytes);
	check(whole);
	bh_picture_said_text(whole, 100, &text);
	if (a != b || whole->n_made != bytes->n_made || whole->n_heads != bytes->n_heads ||
		whole->ended != bytes->ended || whole->refused != bytes->refused || text.len > 100)
		abort();
	bh_buf_close(&text);
	bh_picture_said_close(whole);
	bh_picture_said_close(bytes);
	free(whole);
	free(bytes);
	bh_arena_close(&arena);
	return 0;
}
