/* SPDX-License-Identifier: Apache-2.0 */
/* binding.h: which words a number or name belongs to. */
#ifndef BH_CITE_BINDING_H
#define BH_CITE_BINDING_H

#include "cite/slice.h"

/* A number or name of the claim is said in the source of something else: of the words around it in the
 * claim, more belong to another number or name there. `source` lies within `passage`. */
bool bh_binding_differs(const struct bh_slice *claim, const struct bh_slice *source,
	const struct bh_slice *passage);

#endif
