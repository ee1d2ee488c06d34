/* SPDX-License-Identifier: Apache-2.0 */
/* pricing.h: amounts in the smallest unit of a currency: of prices and tiers, of a part of a period, and tax. Whole numbers
 * throughout; halves are rounded away from zero. */
#ifndef BH_STRIPEMOCK_PRICING_H
#define BH_STRIPEMOCK_PRICING_H

#include "stripemock/params.h"

/* What so many of a price cost. BH_E_RANGE: more than can be told. */
BH_MUST_CHECK int stripemock_pricing_amount(const struct stripemock_value *price, int64_t quantity,
	int64_t *out);

/* The part of an amount that falls to `part` seconds of `whole`. */
int64_t stripemock_pricing_prorate(int64_t amount, int64_t part, int64_t whole);

/* The tax of an amount at a percentage; of one that includes it, what is in it. */
int64_t stripemock_pricing_tax(int64_t amount, const char *percentage, bool inclusive);

#endif
