/* SPDX-License-Identifier: Apache-2.0 */
/* instance.c: the row that says that this process lives. */
#include "service/instance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "db/db.h"

void
bh_instance_init(struct bh_instance *instance)
{
	const char *named = getenv("BULKHEAD_INSTANCE");
	char machine[100] = "";

	if (named != NULL && named[0] != '\0')
		snprintf(machine, sizeof(machine), "%s", named);
	else if (gethostname(machine, sizeof(machine) - 1) < 0)
		machine[0] = '\0';
	if (machine[0] == '\0' || !bh_text_is_plain(machine))
		snprintf(machine, sizeof(machine), "unnamed");
	*instance = (struct bh_instance){.id = bh_uuid_new()};
	snprintf(instance->name, sizeof(instance->name), "%s/%ld", machine, (long)getpid());
}

struct beat {
	int64_t live, gap_ms;
};
static const struct bh_row beat_row = BH_ROW(struct beat, live, gap_ms);

int
bh_instance_beat(struct bh_instance *instance, struct bh_db *db, int64_t now_ms)
{
	static const char sql[] = "SELECT live, gap_ms FROM instance_beat($1, $2, $3)";
	struct beat beat = {0};
	int rc = bh_db_one(db, sql,
		BH_PARAMS(&instance->id, (const char *)instance->name, bh_int_param(BH_INSTANCE_DEAD_MS)),
		&beat_row, &beat);

	if (rc < 0)
		return rc;
	/* Others may have taken it for dead, or could not be seen either. */
	if (beat.gap_ms < 0 || beat.gap_ms > BH_INSTANCE_DEAD_MS ||
		atomic_load(&instance->seen_since_ms) == 0)
		atomic_store(&instance->seen_since_ms, now_ms);
	atomic_store(&instance->seen_ms, now_ms);
	atomic_store(&instance->live, beat.live);
	return 0;
}

bool
bh_instance_judges(const struct bh_instance *instance, int64_t now_ms)
{
	int64_t since_ms = atomic_load(&instance->seen_since_ms);

	return since_ms != 0 && now_ms - since_ms >= BH_INSTANCE_DEAD_MS &&
		now_ms - atomic_load(&instance->seen_ms) < BH_INSTANCE_DEAD_MS;
}
