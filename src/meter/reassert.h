/* SPDX-License-Identifier: Apache-2.0 */
/* reassert.h: puts the reservations of acts in flight back after a crash of the database's server. They
 * commit asynchronously, so that the newest may be gone. */
#ifndef BH_METER_REASSERT_H
#define BH_METER_REASSERT_H

#include <stdint.h>

#include "base/macros.h"
#include "db/db.h"
#include "meter/slot.h"

struct meter_reassert;

/* `slots` is borrowed and outlives it. */
BH_MUST_CHECK int meter_reassert_open(struct meter_slots *slots, struct meter_reassert **out);
/* Safe on NULL. */
void meter_reassert_close(struct meter_reassert *reassert);

/* Returns when the reservations of acts in flight are in the database again, over a session that was
 * opened before: a session that is still alive has lost nothing since. The first call of a process
 * always looks. Safe from any thread. */
BH_MUST_CHECK int meter_reassert_run(struct meter_reassert *reassert, struct bh_db *session);

/* How often anybody has looked. A reservation that stands in its slot while this is still what it was before
 * it was made is seen by all who look from then on. */
uint64_t meter_reassert_looks(const struct meter_reassert *reassert);

#endif
