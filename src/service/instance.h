/* SPDX-License-Identifier: Apache-2.0 */
/* instance.h: who this process is among several of its service, and whether it lives. */
#ifndef BH_SERVICE_INSTANCE_H
#define BH_SERVICE_INSTANCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"

struct bh_db;

/* Beats so often; others take it for dead when they have not seen it for so long (meter/settle.h counts on it). */
enum { BH_INSTANCE_BEAT_MS = 4000, BH_INSTANCE_DEAD_MS = 15000 };

/* One start of one process. */
struct bh_instance {
	struct bh_uuid id;
	char name[128]; /* BULKHEAD_INSTANCE or the machine's name, "/", the process's number */
	/* Steady clock: since when it has been seen without a gap; 0: it is not, or nobody knows. */
	_Atomic int64_t seen_since_ms, seen_ms;
	_Atomic int64_t live; /* of its service, as of the last beat; 0: not known */
};

/* Gives it its names. */
void bh_instance_init(struct bh_instance *instance);

/* Says in the database that it lives, and learns how many of its service do. now_ms: steady clock. */
BH_MUST_CHECK int bh_instance_beat(struct bh_instance *instance, struct bh_db *db, int64_t now_ms);

/* Whether it was seen all the time that makes others dead that were not. */
bool bh_instance_judges(const struct bh_instance *instance, int64_t now_ms);

#endif
