/* SPDX-License-Identifier: Apache-2.0 */
/* contrast.h: whether a text contradicts another one that uses the same words. */
#ifndef BH_CITE_CONTRAST_H
#define BH_CITE_CONTRAST_H

#include "cite/slice.h"

/* A content word that both have is negated in one of them only, wherever it occurs. */
bool bh_contrast_negation(const struct bh_slice *claim, const struct bh_slice *source);

/* "Before" stands in one, "after" in the other. */
bool bh_contrast_opposites(const struct bh_slice *claim, const struct bh_slice *source);

/* What is a reason in one follows from it in the other: "A because B" where the source says "A, therefore
 * B". */
bool bh_contrast_cause(const struct bh_slice *claim, const struct bh_slice *source);

#endif
