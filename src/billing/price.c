/* SPDX-License-Identifier: Apache-2.0 */
/* price.c: the names of the price book's units. */
#include "billing/price.h"

#include <string.h>

#include "meter/price.h"

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

_Static_assert((int)BILLING_PRICE_TIERS == (int)METER_TIERS &&
		(int)BILLING_PRICE_LINES == (int)METER_LINES &&
		(int)BILLING_TIER_ABOVE == (int)METER_TIER_LONG &&
		(int)BILLING_TIER_BATCH == (int)METER_TIER_BATCH,
	"units are in the order of src/meter");

int64_t
billing_price_of(const struct billing_price *price, int tier, int line)
{
	int64_t said[METER_TIERS][METER_LINES];

	for (int i = 0; i < BILLING_PRICE_UNITS; i++)
		said[i / METER_LINES][i % METER_LINES] = price->has[i] ? price->nanos[i] : -1;
	return meter_price_of(said, tier, (enum meter_line)line);
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
