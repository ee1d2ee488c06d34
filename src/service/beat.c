/* SPDX-License-Identifier: Apache-2.0 */
/* beat.c: says that this process lives, and that it still holds what it shares with others. */
#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "service/clock.h"
#include "service/running.h"
#include "service/runtime.h"
#include "shared/shared.h"

const struct bh_instance *
bh_runtime_instance(const struct bh_runtime *runtime)
{
	return &runtime->instance;
}

struct bh_fetcher *
bh_runtime_fetcher(struct bh_runtime *runtime)
{
	return runtime->fetcher;
}

struct bh_shared *
bh_runtime_shared(const struct bh_runtime *runtime)
{
	return runtime->shared;
}

void
bh_instance_run(struct bh_runtime *runtime, void *service)
{
	static _Thread_local bool failing; /* the log tells of the change, not of every attempt */
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = runtime->db, .arena = &arena, .vital = true};
	int rc = bh_instance_beat(&runtime->instance, &db, bh_clock_steady_ms());

	(void)service;
	if (rc == 0)
		rc = bh_clock_follow(&db);
	if (rc < 0 && !failing)
		bh_log_failure("say that this process lives", rc);
	failing = rc < 0;
	if (rc == 0)
		bh_shared_instances_set(runtime->shared, atomic_load(&runtime->instance.live));
}

void
bh_instance_limits_run(struct bh_runtime *runtime, void *service)
{
	(void)service;
	bh_shared_beat(runtime->shared);
}
