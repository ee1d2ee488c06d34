/* SPDX-License-Identifier: Apache-2.0 */
/* lexicon.c: looks a word up by halving. */
#include "text/lexicon.h"

#include <stdlib.h>
#include <string.h>

static int
by_word(const void *word, const void *row)
{
	return strcmp(word, ((const struct bh_lexicon_row *)row)->word);
}

const char *
bh_lexicon_find(const struct bh_lexicon *list, const char *word)
{
	const struct bh_lexicon_row *row = bsearch(word, list->rows, list->n, sizeof(*list->rows),
		by_word);

	return row != NULL ? row->value : NULL;
}

bool
bh_lexicon_has(const struct bh_lexicon *list, const char *word)
{
	return bh_lexicon_find(list, word) != NULL;
}
