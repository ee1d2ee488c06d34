/* SPDX-License-Identifier: Apache-2.0 */
/* moderation.c: what the rules of moderation cost for 8 MiB of text. A line per text: its name, the milliseconds of processor
 * time that the rules take (median of ROUNDS), and those for bringing it into the same spelling at once, as an index is written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/macros.h"
#include "model/moderation.h"
#include "text/clean.h"
#include "text/fold.h"

enum { BYTES = 8 * 1024 * 1024, ROUNDS = 5 };

static double
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int
by_value(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b;
}

static double
median_of_rules(const struct bh_buf *text)
{
	double spent[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		struct model_verdict verdict = {0};
		double since = now_ms();

		if (model_moderation_rules(text->data, text->len, &verdict) < 0 || verdict.flagged)
			exit(1);
		spent[i] = now_ms() - since;
	}
	qsort(spent, ROUNDS, sizeof(spent[0]), by_value);
	return spent[ROUNDS / 2];
}

static double
once_spelled(const struct bh_buf *text)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(bh_buf_close) struct bh_buf folded = {0}, bare = {0};
	struct bh_clean clean = {0};
	double since = now_ms();

	if (bh_clean_text(&arena, text->data, text->len, &clean) < 0 ||
		bh_clean_fold(clean.points, clean.n, &folded) < 0 ||
		bh_fold(BH_FOLD_BARE, folded.data, folded.len, &bare) < 0)
		exit(1);
	return now_ms() - since;
}

int
main(void)
{
	static const struct {
		const char *name, *piece;
	} texts[] = {
		{"english",
			"The harbour opens at noon, and the keeper walks along the wall with his dog. "},
		{"beginnings", "how to make how to build i will i want to are you "},
		{"short-words", "i a i you "},
		{"accents", "\xc3\xa9\xc3\xa4\xcc\x81 "},
		{"long-forms", "\xef\xb7\xba"},
	};

	for (size_t i = 0; i < BH_COUNT(texts); i++) {
		BH_AUTO(bh_buf_close) struct bh_buf text = {0};

		while (text.len < BYTES)
			bh_buf_text(&text, texts[i].piece);
		printf("%s %.1f %.1f\n", texts[i].name, median_of_rules(&text), once_spelled(&text));
	}
	return 0;
}
