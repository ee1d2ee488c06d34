/* align.h: a claim laid word by word on its source, to see what was put in place of what. */
#ifndef BH_CITE_ALIGN_H
#define BH_CITE_ALIGN_H

#include <stdbool.h>

#include "cite/slice.h"

/* True when the claim follows the source's wording but has another number or name in a place, or a
 * "not" more or less. A claim in words of its own is not judged here: false. */
bool bh_align_differs(const struct bh_slice *claim, const struct bh_slice *source);

#endif
