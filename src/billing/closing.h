/* SPDX-License-Identifier: Apache-2.0 */
/* closing.h: the books of a tenant that is deleted. */
#ifndef BH_BILLING_CLOSING_H
#define BH_BILLING_CLOSING_H

#include "base/macros.h"

struct bh_erase;

/* bh_service.closes: once, before any row goes. Voids at Stripe what it would charge still, posts what was used,
 * removes drafts, gives up open invoices and what was not billed, and says in the receipt how much of each. */
BH_MUST_CHECK int billing_closing_run(struct bh_erase *erase);

#endif
