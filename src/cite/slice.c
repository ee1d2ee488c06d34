/* SPDX-License-Identifier: Apache-2.0 */
/* slice.c: clauses, and which words a run has. */
#include "cite/slice.h"

#include <string.h>

bool
bh_slice_has(const struct bh_slice *slice, const char *stem)
{
	for (size_t i = 0; i < slice->n; i++) {
		if (strcmp(slice->words[i].stem, stem) == 0)
			return true;
	}
	return false;
}

void
bh_slice_clauses(struct bh_words *words)
{
	size_t clause = 0, from = 0;
	bool counted = false;

	for (size_t i = 0; i < words->n; i++) {
		struct bh_word *word = &words->list[i];
		bool fresh = i > 0 && word->sentence != words->list[i - 1].sentence;

		if (fresh || (word->parted && counted)) {
			clause++;
			from = i;
			counted = false;
		}
		word->clause = clause;
		counted = counted || word->number;
		/* What follows the sentence's last number belongs to it. */
		if (!counted && from > 0 && words->list[from - 1].sentence == word->sentence &&
			(i + 1 == words->n || words->list[i + 1].sentence != word->sentence)) {
			for (size_t j = from; j <= i; j++)
				words->list[j].clause = words->list[from - 1].clause;
		}
	}
}
