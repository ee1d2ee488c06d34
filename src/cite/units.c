/* SPDX-License-Identifier: Apache-2.0 */
/* units.c: a unit stands behind its number, or before it as a sign. */
#include "cite/units.h"

#include <string.h>

#include "cite/lists.h"

const char *
bh_unit_named(const struct bh_word *word)
{
	return bh_lexicon_find(&bh_list_units, word->folded);
}

/* What the number at `at` counts; NULL if it does not say. */
const char *
bh_unit_of(const struct bh_slice *slice, size_t at)
{
	const char *unit = NULL;

	/* "3 days", "3 business days", and of "2 or 3 days" the 2 as well */
	for (size_t i = at + 1; unit == NULL && i < slice->n && i <= at + 2; i++) {
		if (slice->words[i].number && slice->words[i - 1].common && i > at + 1)
			unit = bh_unit_of(slice, i);
		if (slice->words[i].number || (slice->words[i].parted && !slice->words[i].common))
			break;
		unit = unit != NULL ? unit : bh_unit_named(&slice->words[i]);
	}
	/* "$3" */
	if (unit == NULL && at > 0 && slice->words[at - 1].common)
		unit = bh_unit_named(&slice->words[at - 1]);
	return unit;
}

bool
bh_unit_equals(const char *left, const char *right)
{
	return left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
}
