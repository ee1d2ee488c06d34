/* SPDX-License-Identifier: Apache-2.0 */
/* price.h: the units that a model has prices for. */
#ifndef BH_BILLING_PRICE_H
#define BH_BILLING_PRICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* input, cached, cache_write, output, units (as the lines of src/meter/unit.h), then the same for prompts of
 * more than 200,000 tokens, for batches, and for such prompts in batches. */
enum { BILLING_PRICE_LINES = 5, BILLING_PRICE_TIERS = 4, BILLING_PRICE_UNITS = 20 };
enum billing_price_tier { BILLING_TIER_ABOVE = 1, BILLING_TIER_BATCH = 2 }; /* OR-ed */

#define BILLING_PRICE_UNIT(tier, line) ((tier)*BILLING_PRICE_LINES + (line))

/* "input", …, "units_above_200k_batch". */
extern const char *const billing_price_units[BILLING_PRICE_UNITS];

/* -1: there is no such unit. */
int billing_price_unit_find(const char *name);

/* Prices of one item, in nano-units per million. */
struct billing_price {
	const char *item; /* borrowed */
	int64_t nanos[BILLING_PRICE_UNITS];
	bool has[BILLING_PRICE_UNITS];
};

/* What a line of an act costs in a tier (OR-ed), by the rule of src/meter/price.h. -1: there is none. */
int64_t billing_price_of(const struct billing_price *price, int tier, int line);

bool billing_price_is_empty(const struct billing_price *price);

#endif
