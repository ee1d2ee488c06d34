/* SPDX-License-Identifier: Apache-2.0 */
/* units.h: what a number counts. */
#ifndef BH_CITE_UNITS_H
#define BH_CITE_UNITS_H

#include "cite/slice.h"

/* The unit that a word names, NULL if it names none. */
const char *bh_unit_named(const struct bh_word *word);

/* The unit of the number at `at`, NULL if the text does not say. */
const char *bh_unit_of(const struct bh_slice *slice, size_t at);

/* NULL is a unit of its own. */
bool bh_unit_equals(const char *left, const char *right);

#endif
