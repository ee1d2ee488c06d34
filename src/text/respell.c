/* SPDX-License-Identifier: Apache-2.0 */
/* respell.c: pairs of spellings. */
#include "text/respell.h"

#include <string.h>

#include "base/macros.h"

static bool
is_vowel(char c)
{
	return c != '\0' && strchr("aeiouq", c) != NULL;
}

bool
bh_respell_german(const char *word, struct bh_buf *out)
{
	static const char *const both[][2] = {{"\xc3\xa4", "ae"}, {"\xc3\xb6", "oe"},
		{"\xc3\xbc", "ue"}};
	bool has_marks = false, changed = false;

	for (size_t i = 0; i < BH_COUNT(both); i++)
		has_marks = has_marks || strstr(word, both[i][0]) != NULL;
	bh_buf_reset(out);
	for (const char *at = word; *at != '\0';) {
		size_t i = 0;

		while (i < BH_COUNT(both) && strncmp(at, both[i][has_marks ? 0 : 1], 2) != 0)
			i++;
		/* "neue" and "Quelle" have none. */
		if (i == BH_COUNT(both) || (!has_marks && at > word && is_vowel(at[-1]))) {
			bh_buf_char(out, *at++);
			continue;
		}
		bh_buf_text(out, both[i][has_marks ? 1 : 0]);
		changed = true;
		at += 2;
	}
	return changed;
}
