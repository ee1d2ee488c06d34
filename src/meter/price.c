/* SPDX-License-Identifier: Apache-2.0 */
/* price.c: what an act costs. */
#include "meter/price.h"

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
