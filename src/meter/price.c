/* SPDX-License-Identifier: Apache-2.0 */
/* price.c: which price a line has, and what an act costs. */
#include "meter/price.h"

#include <stddef.h>

#include "base/macros.h"

/* In this tier or the nearest below it. */
static int64_t
nearest(const int64_t said[METER_TIERS][METER_LINES], int tier, enum meter_line line)
{
	const int tiers[] = {tier, tier & METER_TIER_BATCH, tier & METER_TIER_LONG, 0};

	for (size_t i = 0; i < BH_COUNT(tiers); i++) {
		if (said[tiers[i]][line] >= 0)
			return said[tiers[i]][line];
	}
	return -1;
}

int64_t
meter_price_of(const int64_t said[METER_TIERS][METER_LINES], int tier, enum meter_line line)
{
	int64_t nanos = nearest(said, tier, line);

	return nanos < 0 && (line == METER_CACHED || line == METER_CACHE_WRITE)
		? nearest(said, tier, METER_INPUT)
		: nanos;
}

void
meter_price_lines(const int64_t said[METER_TIERS][METER_LINES], int tier, int64_t out[METER_LINES])
{
	for (int line = 0; line < METER_LINES; line++) {
		int64_t nanos = meter_price_of(said, tier, (enum meter_line)line);

		out[line] = nanos < 0 ? 0 : nanos;
	}
}

int64_t
meter_cost(const int64_t prices[METER_LINES], const int64_t quantities[METER_LINES])
{
	__int128 sum = 0;

	for (int line = 0; line < METER_LINES; line++)
		sum += (__int128)prices[line] * quantities[line];
	if (sum <= 0)
		return 0;
	sum = (sum + 999999) / 1000000;
	return sum > METER_COST_MOST ? METER_COST_MOST : (int64_t)sum;
}
