/* SPDX-License-Identifier: Apache-2.0 */
/* wanted.c: from a slot. */
#include "meter/wanted.h"

#include <string.h>

#include "meter/price.h"

struct meter_wanted
meter_wanted_of(const struct meter_slot *slot)
{
	struct meter_wanted want = {
		.act = slot->act,
		.team = slot->team,
		.user = slot->user,
		.key = slot->key,
		.kind = slot->kind,
		.nanos = meter_cost(slot->prices, slot->most),
		.unpriced = !slot->price_known,
	};

	memcpy(want.prices, slot->prices, sizeof(want.prices));
	memcpy(want.most, slot->most, sizeof(want.most));
	return want;
}
