/* SPDX-License-Identifier: Apache-2.0 */
/* order.h: whether two texts say the same of each other's names and numbers. */
#ifndef BH_CITE_ORDER_H
#define BH_CITE_ORDER_H

#include "cite/slice.h"

/* Names, or numbers of one unit, that stand in another order in one sentence of the source, where the
 * order tells something. */
bool bh_order_differs(const struct bh_slice *claim, const struct bh_slice *source);

#endif
