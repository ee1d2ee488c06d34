/* SPDX-License-Identifier: Apache-2.0 */
/* align.h: aligns a claim word by word with its source, to find replaced words. */
#ifndef BH_CITE_ALIGN_H
#define BH_CITE_ALIGN_H

#include <stdbool.h>

#include "cite/slice.h"

/* True if the claim follows the wording of the source but has a different number or name in one place,
 * or an additional or missing "not". False for a claim in different words, which is not judged here. */
bool bh_align_differs(const struct bh_slice *claim, const struct bh_slice *source);

#endif
