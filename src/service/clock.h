/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h: keeps a process by the database's time when its machine's clock is wrong, so that all processes agree on
 * whether a token is valid, a lease has ended and a job is due. */
#ifndef BH_SERVICE_CLOCK_H
#define BH_SERVICE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

struct bh_db;

/* So far off, a clock is as good as right: it is what machines that follow a time server never reach, and what tokens
 * allow for is more. */
enum { BH_CLOCK_NEAR_MS = 2000 };

/* What the shift of this process's clock should be: 0 while the machine's is near the database's. `before` and `after`
 * are the machine's clock around a question that took `took_ms` by the steady clock, and that the database answered with
 * its time. False: that tells nothing, as when the answer took long, or the clock was set meanwhile. */
bool bh_clock_shift_of(int64_t before_ms, int64_t after_ms, int64_t took_ms, int64_t database_ms,
	int64_t *out_ms);

/* Asks the database for its time, and sets the shift. Logs when it begins to be needed, and when no more. */
BH_MUST_CHECK int bh_clock_follow(struct bh_db *db);

#endif
