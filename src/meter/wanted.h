/* SPDX-License-Identifier: Apache-2.0 */
/* wanted.h: what is to be set aside for an act. */
#ifndef BH_METER_WANTED_H
#define BH_METER_WANTED_H

#include <stdint.h>

#include "base/uuid.h"
#include "meter/slot.h"
#include "meter/unit.h"

/* An act for which money is to be set aside: at the most, its prices times its quantities. */
struct meter_wanted {
	struct bh_uuid act;
	struct bh_uuid team, user, key; /* zero for none */
	int64_t kind;                   /* enum meter_kind */
	int64_t nanos;                  /* meter_cost of these */
	int64_t prices[METER_LINES], most[METER_LINES];
	int64_t unpriced; /* 1: it has no price */
};

/* What a slot's act may come to. */
struct meter_wanted meter_wanted_of(const struct meter_slot *slot);

#endif
