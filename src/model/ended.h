/* SPDX-License-Identifier: Apache-2.0 */
/* ended.h: ended calls whose usage row is not written yet. A tenant that calls faster than rows are
 * written is slowed down to the speed of the writer; others are not. */
#ifndef BH_MODEL_ENDED_H
#define BH_MODEL_ENDED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "model/calls.h"

/* Calls of one tenant that may wait for their row before its next call is held. */
enum { MODEL_ENDED_MOST = 512 };

struct model_ended;

BH_MUST_CHECK int model_ended_open(struct model_ended **out);
/* Safe on NULL. Nobody may be in another function of this file. */
void model_ended_close(struct model_ended *ended);

/* The slot, state ENDED from here on, waits. True when the writer has to be woken: it is the first, or so
 * many wait that a tenant may be held. */
bool model_ended_add(struct model_ended *ended, struct model_slot *slot);

/* Takes up to `most`, those that wait longest first. */
size_t model_ended_take(struct model_ended *ended, struct model_slot **slots, size_t most);

/* What was taken was written and its slots freed, or, `failed`, put back. */
void model_ended_written(struct model_ended *ended, bool failed);

/* Waits while MODEL_ENDED_MOST of the tenant's calls wait, up to wait_ms. BH_E_UNAVAILABLE when they
 * still do then, and at once when the last write failed. */
BH_MUST_CHECK int model_ended_wait(struct model_ended *ended, const struct bh_uuid *tenant,
	int64_t wait_ms);

#endif
