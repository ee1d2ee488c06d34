/* SPDX-License-Identifier: Apache-2.0 */
/* age.c: whether the database still takes a program of this age. */
#include <signal.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "db/db.h"
#include "db/release.h"
#include "service/running.h"
#include "service/runtime.h"

/* What the database tells, in the arena of the handle. */
struct state {
	const char *version, *least;
};
static const struct bh_row state_row = BH_ROW(struct state, version, least);

static int
read_state(struct bh_db *db, struct state *out)
{
	static const char sql[] =
		"SELECT coalesce(version, ''), coalesce(oldest, '') FROM schema_state()";

	return bh_db_read_one(db, sql, NULL, 0, &state_row, out);
}

int
bh_runtime_age_check(struct bh_runtime *runtime)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = runtime->db, .arena = &arena, .vital = true};
	struct state state = {0};

	/* A database that is away says so in other ways; one without the function is older than any of this. */
	if (read_state(&db, &state) < 0 || bh_release_compare(BH_VERSION, state.least) >= 0)
		return 0;
	return bh_error(BH_E_CONFIG, BH_RELEASE_TOO_OLD, state.version, state.least);
}

/* An upgrade that no longer takes this program may come while it runs. */
void
bh_age_run(struct bh_runtime *runtime, void *service)
{
	int rc = bh_runtime_age_check(runtime);

	(void)service;
	if (rc == 0 || bh_runtime_draining(runtime))
		return;
	bh_log_failure("stop", rc);
	__atomic_store_n(&runtime->outdated, true, __ATOMIC_RELAXED);
	kill(getpid(), SIGTERM);
}
