/* SPDX-License-Identifier: Apache-2.0 */
/* ended.h: ended acts whose usage event is not written yet. A tenant that acts faster than events are
 * written is slowed down to the speed of the writer; others are not. */
#ifndef BH_METER_ENDED_H
#define BH_METER_ENDED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "meter/slot.h"

/* Acts of one tenant that may wait for their event before its next one is held. */
enum { METER_ENDED_MOST = 512 };

struct meter_ended;

BH_MUST_CHECK int meter_ended_open(struct meter_ended **out);
/* Safe on NULL. Nobody may be in another function of this file. */
void meter_ended_close(struct meter_ended *ended);

/* The slot, state ENDED from here on, waits. True when the writer has to be woken: it is the first, or so
 * many wait that a tenant may be held. */
bool meter_ended_add(struct meter_ended *ended, struct meter_slot *slot);

/* Takes up to `most`, those that wait longest first. */
size_t meter_ended_take(struct meter_ended *ended, struct meter_slot **slots, size_t most);

/* What was taken was written and its slots freed, or, `failed`, put back. */
void meter_ended_written(struct meter_ended *ended, bool failed);

/* Waits while METER_ENDED_MOST of the tenant's acts wait, up to wait_ms. BH_E_UNAVAILABLE when they
 * still do then, and at once when the last write failed. */
BH_MUST_CHECK int meter_ended_wait(struct meter_ended *ended, const struct bh_uuid *tenant,
	int64_t wait_ms);

#endif
