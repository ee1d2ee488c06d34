/* SPDX-License-Identifier: Apache-2.0 */
/* price.h: what an act costs: the same rule as the database's meter_cost. */
#ifndef BH_METER_PRICE_H
#define BH_METER_PRICE_H

#include <stdint.h>

#include "meter/unit.h"

/* No act costs more, in nano-units: a million of the currency. */
#define METER_COST_MOST INT64_C(1000000000000000)

/* The sum of prices (nano-units per million) times quantities, rounded up once to nano-units; never below 0
 * nor above METER_COST_MOST. */
int64_t meter_cost(const int64_t prices[METER_LINES], const int64_t quantities[METER_LINES]);

#endif
