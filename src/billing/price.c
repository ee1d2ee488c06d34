/* SPDX-License-Identifier: Apache-2.0 */
/* price.c: the names of the price book's units. */
#include "billing/price.h"

#include <string.h>

#include "base/macros.h"
#include "meter/unit.h"

const char *const billing_price_units[BILLING_PRICE_UNITS] = {"input", "cached", "cache_write",
	"output", "units", "input_above_200k", "cached_above_200k", "cache_write_above_200k",
	"output_above_200k", "units_above_200k", "input_batch", "cached_batch", "cache_write_batch",
	"output_batch", "units_batch", "input_above_200k_batch", "cached_above_200k_batch",
	"cache_write_above_200k_batch", "output_above_200k_batch", "units_above_200k_batch"};

int
billing_price_unit_find(const char *name)
{
	for (int i = 0; i < BILLING_PRICE_UNITS; i++) {
		if (strcmp(billing_price_units[i], name) == 0)
			return i;
	}
	return -1;
}

/* In this tier or the nearest below it. */
static int64_t
nearest(const struct billing_price *price, int tier, int line)
{
	const int tiers[] = {tier, tier & BILLING_TIER_BATCH, tier & BILLING_TIER_ABOVE, 0};

	for (size_t i = 0; i < BH_COUNT(tiers); i++) {
		int unit = BILLING_PRICE_UNIT(tiers[i], line);

		if (price->has[unit])
			return price->nanos[unit];
	}
	return -1;
}

int64_t
billing_price_of(const struct billing_price *price, int tier, int line)
{
	int64_t nanos = nearest(price, tier, line);

	return nanos < 0 && (line == METER_CACHED || line == METER_CACHE_WRITE)
		? nearest(price, tier, METER_INPUT)
		: nanos;
}

bool
billing_price_is_empty(const struct billing_price *price)
{
	for (int i = 0; i < BILLING_PRICE_UNITS; i++) {
		if (price->has[i])
			return false;
	}
	return true;
}
