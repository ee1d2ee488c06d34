/* SPDX-License-Identifier: Apache-2.0 */
/* price.h: which price a line of an act has, and what the act costs: the same rule as the database's meter_cost. */
#ifndef BH_METER_PRICE_H
#define BH_METER_PRICE_H

#include <stdint.h>

#include "meter/unit.h"

/* No act costs more, in nano-units: a million of the currency. */
#define METER_COST_MOST INT64_C(1000000000000000)

/* Tiers of a price, OR-ed: of an act with a prompt of more than 200,000 tokens, of one that is part of a batch. */
enum meter_tier { METER_TIER_LONG = 1, METER_TIER_BATCH = 2 };
enum { METER_TIERS = 4 };

/* What a line costs in a tier, of what a version of a price says (below 0: it says nothing): the tier's own price,
 * else that of a batch, else that of a long prompt, else the plain one. What is cached or written to a cache and
 * has no price at all costs as input does. -1: there is none. */
int64_t meter_price_of(const int64_t said[METER_TIERS][METER_LINES], int tier,
	enum meter_line line);

/* All lines of a tier; what has no price is free. */
void meter_price_lines(const int64_t said[METER_TIERS][METER_LINES], int tier,
	int64_t out[METER_LINES]);

/* The sum of prices (nano-units per million) times quantities, rounded up once to nano-units; never below 0
 * nor above METER_COST_MOST. */
int64_t meter_cost(const int64_t prices[METER_LINES], const int64_t quantities[METER_LINES]);

#endif
