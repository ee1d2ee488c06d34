/* SPDX-License-Identifier: Apache-2.0 */
/* scope.h: sentences that hold the words of their source and mean more or something else: "all" for "most", "must" for
 * "may", "killed" for "was killed". */
#ifndef BH_CITE_SCOPE_H
#define BH_CITE_SCOPE_H

#include "cite/slice.h"

/* Of what both count, the claim counts another part, or says that there is nothing else. */
bool bh_scope_quantity(const struct bh_slice *claim, const struct bh_slice *source);

/* A number is a bound on the other side: "under 40" for "over 40", "to 4" for "from 4". */
bool bh_scope_bound(const struct bh_slice *claim, const struct bh_slice *source);

/* A number counts something else: "40 feet" for "40 metres". Neither is in the other text. */
bool bh_scope_counted(const struct bh_slice *claim, const struct bh_slice *source);

/* The claim demands what is allowed, or allows what is demanded. Where either says "not", both are a ban. */
bool bh_scope_modality(const struct bh_slice *claim, const struct bh_slice *source);

/* What is done to somebody is done by him in the claim. Where the source says by whom, names tell (order.h). */
bool bh_scope_voice(const struct bh_slice *claim, const struct bh_slice *source);

#endif
