/* SPDX-License-Identifier: Apache-2.0 */
/* typo.h: finds the word that a typing error was meant to be. */
#ifndef BH_CLI_TYPO_H
#define BH_CLI_TYPO_H

#include <stddef.h>

/* Edits (insert, delete, replace, swap of neighbours) between two words of at most 31 bytes; 99 for
 * longer ones. */
unsigned cli_typo_distance(const char *a, const char *b);

/* The nearest of the words if it is near enough; NULL otherwise. */
const char *cli_typo_nearest(const char *word, const char *const *words, size_t n_words);

#endif
