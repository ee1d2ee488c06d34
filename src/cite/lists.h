/* SPDX-License-Identifier: Apache-2.0 */
/* lists.h: the word lists of this folder; what each holds is said in data/. */
#ifndef BH_CITE_LISTS_H
#define BH_CITE_LISTS_H

#include "text/lexicon.h"

extern const struct bh_lexicon bh_list_asked; /* value: what is asked for */
extern const struct bh_lexicon bh_list_begging;
extern const struct bh_lexicon bh_list_bounds; /* value: the side */
extern const struct bh_lexicon bh_list_causes; /* value: "cause" or "effect" */
extern const struct bh_lexicon bh_list_leaning;
extern const struct bh_lexicon bh_list_modals;     /* value: "may", "must" or "passive" */
extern const struct bh_lexicon bh_list_opposites;  /* value: + or -, and the pair */
extern const struct bh_lexicon bh_list_quantities; /* value: how much */
extern const struct bh_lexicon bh_list_questions;  /* value: "asking", "opening" or "choosing" */
extern const struct bh_lexicon bh_list_reporting;  /* value: the places where the word may stand */
extern const struct bh_lexicon bh_list_turning;
extern const struct bh_lexicon bh_list_units; /* value: the unit */

#endif
