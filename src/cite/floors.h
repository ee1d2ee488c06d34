/* SPDX-License-Identifier: Apache-2.0 */
/* floors.h: the floors and weights of the decision. `bench/run cite` measures them on bench/cite/labelled.txt;
 * docs/citations.md says how to read them off again. */
#ifndef BH_CITE_FLOORS_H
#define BH_CITE_FLOORS_H

#include "base/macros.h"

/* The less of a sentence its source holds (share of its content words), the more alike the two must be, as the
 * cosine of their vectors. 0: words alone decide. What lies below the last row is not supported. */
static const struct {
	double coverage, likeness;
} bh_cite_floors[] BH_UNUSED = {
	{0.95, 0},
	{0.75, 0.70},
	{0.50, 0.76},
};

/* Share of neighbouring words below which a sentence is no copy, and vectors decide as by the last row. */
#define BH_CITE_LOOSE 0.4

/* Share of a sentence in the source's order from which one is laid on the other (align.c). */
#define BH_CITE_COPIED 0.6

/* Of two places that hold as many words, the one with more of the neighbours is quoted, and the shorter: */
#define BH_CITE_PAIRS_WEIGHT 0.2
#define BH_CITE_WIDTH_COST 0.06 /* for each sentence beyond one */

/* Share of a question's words from which a sentence that holds them answers it, whatever was asked for; and
 * the share that sentence and source together must hold where it has a number or name as was asked. */
#define BH_CITE_ANSWER_WHOLE 0.8
#define BH_CITE_ANSWER_SHARE 0.6

#endif
