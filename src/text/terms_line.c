/* SPDX-License-Identifier: Apache-2.0 */
/* terms_line.c: the words of a text in their order, for phrases. */
#include "base/macros.h"
#include "text/clean.h"
#include "text/points.h"
#include "text/terms.h"

int
bh_terms_line(struct bh_arena *arena, const char *text, size_t len, const char **out)
{
	BH_AUTO(bh_buf_close) struct bh_buf line = {0}, folded = {0};
	BH_AUTO(bh_arena_close) struct bh_arena own = {0};
	struct bh_clean clean;
	size_t at = 0, end;
	int rc = bh_clean_text(&own, text, len, &clean);

	bh_buf_char(&line, ' ');
	while (rc == 0 && at < clean.n) {
		uint32_t c = clean.points[at];

		end = at + 1;
		if (bh_clean_is_unspaced(c)) {
			end = bh_clean_unit_end(&clean, at);
		} else if (bh_point_is_letter(c) || bh_point_is_digit(c)) {
			while (end < clean.n && !bh_clean_is_unspaced(clean.points[end]) &&
				(bh_point_is_letter(clean.points[end]) || bh_point_is_digit(clean.points[end])))
				end++;
		} else {
			at++;
			continue;
		}
		bh_buf_reset(&folded);
		rc = bh_clean_fold(clean.points + at, end - at, &folded);
		if (rc == 0)
			rc = bh_clean_bare(bh_buf_string(&folded), folded.len, &line);
		bh_buf_char(&line, ' ');
		at = end;
	}
	if (rc == 0)
		*out = bh_arena_copy(arena, bh_buf_string(&line), line.len);
	return rc;
}
