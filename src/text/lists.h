/* SPDX-License-Identifier: Apache-2.0 */
/* lists.h: the word lists of this folder; what each holds is said in data/. */
#ifndef BH_TEXT_LISTS_H
#define BH_TEXT_LISTS_H

#include "text/lexicon.h"

extern const struct bh_lexicon bh_list_abbreviations; /* without their last dot */
extern const struct bh_lexicon bh_list_asking;        /* value: the languages' codes */
extern const struct bh_lexicon bh_list_common;        /* value: "en", "de" or "any" */
extern const struct bh_lexicon bh_list_elisions;
extern const struct bh_lexicon bh_list_framing;
extern const struct bh_lexicon bh_list_joining;
extern const struct bh_lexicon bh_list_languages; /* value: the language's code */
extern const struct bh_lexicon bh_list_negating;
extern const struct bh_lexicon bh_list_numbers; /* value: the digits */
extern const struct bh_lexicon bh_list_signs;   /* value: the word */

#endif
