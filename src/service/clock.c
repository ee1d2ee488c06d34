/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c: compares the machine's clock with the database's, which all processes share. */
#include "service/clock.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"

/* An answer that took longer says too little about its moment. */
enum { ANSWER_MS_MAX = 1500, STEP_MS_MAX = 500 };

bool
bh_clock_shift_of(int64_t before_ms, int64_t after_ms, int64_t took_ms, int64_t database_ms,
	int64_t *out_ms)
{
	int64_t ahead_ms = database_ms - (before_ms + after_ms) / 2;

	if (took_ms > ANSWER_MS_MAX || llabs(after_ms - before_ms - took_ms) > STEP_MS_MAX)
		return false;
	*out_ms = llabs(ahead_ms) < BH_CLOCK_NEAR_MS ? 0 : ahead_ms;
	return true;
}

static void
tell(int64_t old_ms, int64_t new_ms)
{
	if (old_ms == 0 && new_ms != 0)
		bh_log(BH_LOG_WARN,
			"this machine's clock is %lld s %s the database's, whose time is used instead",
			llabs(new_ms) / 1000, new_ms > 0 ? "behind" : "ahead of");
	else if (old_ms != 0 && new_ms == 0)
		bh_log(BH_LOG_INFO, "this machine's clock agrees with the database's again");
}

int
bh_clock_follow(struct bh_db *db)
{
	static const char sql[] = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
	int64_t steady_ms = bh_clock_steady_ms(), before_ms = bh_clock_machine_ms();
	static _Atomic int64_t last_ms;
	int64_t database_ms = 0, shift_ms = 0;
	int rc = bh_db_read_one(db, sql, NULL, 0, &bh_row_int, &database_ms);

	if (rc < 0)
		return rc;
	if (!bh_clock_shift_of(before_ms, bh_clock_machine_ms(), bh_clock_steady_ms() - steady_ms,
			database_ms, &shift_ms))
		return 0;
	bh_clock_shift_set(shift_ms);
	tell(atomic_exchange(&last_ms, shift_ms), shift_ms);
	return 0;
}
