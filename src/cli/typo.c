/* SPDX-License-Identifier: Apache-2.0 */
/* typo.c: edit distance with swaps (optimal string alignment). */
#include "cli/typo.h"

#include <string.h>

#define WORD_MAX 31u
#define FAR 99u

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned
cli_typo_distance(const char *a, const char *b)
{
	unsigned table[WORD_MAX + 1][WORD_MAX + 1];
	size_t n = strlen(a);
	size_t m = strlen(b);

	if (n > WORD_MAX || m > WORD_MAX)
		return FAR;
	for (size_t i = 0; i <= n; i++)
		table[i][0] = (unsigned)i;
	for (size_t j = 0; j <= m; j++)
		table[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		for (size_t j = 1; j <= m; j++) {
			unsigned cost = a[i - 1] != b[j - 1];
			unsigned best = least(table[i - 1][j] + 1, table[i][j - 1] + 1);

			best = least(best, table[i - 1][j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = least(best, table[i - 2][j - 2] + 1);
			table[i][j] = best;
		}
	}
	return table[n][m];
}

const char *
cli_typo_nearest(const char *word, const char *const *words, size_t n_words)
{
	/* Two edits in a word of four letters is another word. */
	unsigned limit = strlen(word) <= 4 ? 1 : 2;
	const char *nearest = NULL;
	unsigned best = limit + 1;

	for (size_t i = 0; i < n_words; i++) {
		unsigned distance = cli_typo_distance(word, words[i]);

		if (distance < best) {
			best = distance;
			nearest = words[i];
		}
	}
	return nearest;
}
