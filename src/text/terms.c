/* SPDX-License-Identifier: Apache-2.0 */
/* terms.c: word boundaries by libunistring. */
#include "text/terms.h"

#include <stdbool.h>
#include <stdint.h>
#include <unictype.h>
#include <uniwbrk.h>

#include "base/text.h"
#include "text/fold.h"
#include "text/points.h"
#include "text/words.h"

static bool
has_alphanumeric(const char *word, size_t len)
{
	size_t bytes;

	for (size_t at = 0; at < len; at += bytes) {
		if (uc_is_alnum(bh_point_at(word, len, at, &bytes)))
			return true;
	}
	return false;
}

static void
keep(struct bh_arena *arena, const char *word, size_t len, struct bh_terms *terms)
{
	if (!has_alphanumeric(word, len))
		return;

	len = bh_words_without_possessive(word, len);
	terms->list[terms->n++] = bh_arena_copy(arena, word, bh_text_cut(word, len, BH_TERM_BYTES_MAX));
}

int
bh_terms_split(struct bh_arena *arena, const char *text, size_t len, struct bh_terms *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf folded = {0};
	BH_AUTO(bh_buf_close) struct bh_buf breaks = {0};
	struct bh_terms terms = {0};
	size_t start = 0;
	int rc = bh_fold(BH_FOLD_INDEX, text, len, &folded);

	if (rc < 0)
		return rc;
	if (folded.len > 0) {
		u8_wordbreaks((const uint8_t *)folded.data, folded.len, bh_buf_room(&breaks, folded.len));
		terms.list = bh_arena_array(arena, folded.len, sizeof(*terms.list));
	}
	for (size_t i = 1; i <= folded.len; i++) {
		if (i < folded.len && breaks.data[i] == 0)
			continue;
		keep(arena, folded.data + start, i - start, &terms);
		start = i;
	}
	*out = terms;
	return 0;
}
