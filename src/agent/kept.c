/* SPDX-License-Identifier: Apache-2.0 */
/* kept.c: adds up what a tenant's responses keep, and says no. */
#include "agent/kept.h"

#include "agent/store.h"
#include "base/error.h"

enum { CHANGES_MOST = 64 }; /* before they are folded into one */

static int
compare(const struct agent_conf *conf, const struct agent_kept *kept)
{
	if (kept->unfinished > conf->unfinished_max)
		return bh_error(BH_E_BUSY,
			"The tenant has %lld unfinished responses, the maximum. Wait for some to finish, or "
			"cancel them.",
			(long long)conf->unfinished_max);
	if (conf->kept_bytes_max > 0 && kept->bytes > conf->kept_bytes_max)
		return bh_error(BH_E_STORAGE,
			"Stored responses have reached the tenant's limit of %lld bytes. Delete responses, or "
			"set 'store' to false.",
			(long long)conf->kept_bytes_max);
	return 0;
}

int
agent_kept_admit(struct bh_db *db, const struct bh_uuid *tenant, const struct agent_conf *conf)
{
	struct agent_kept kept = {0};
	int rc = agent_store_kept_get(db, tenant, &kept);

	kept.unfinished++;
	kept.bytes++;
	return rc < 0 ? rc : compare(conf, &kept);
}

int
agent_kept_check(struct bh_db *tx, const struct bh_uuid *tenant, const struct agent_conf *conf)
{
	struct agent_kept kept;
	/* The lock is a statement of its own: the next one sees what was committed while it waited. */
	int rc = agent_store_kept_lock(tx, tenant);

	if (rc == 0)
		rc = agent_store_kept_get(tx, tenant, &kept);
	if (rc == 0)
		rc = compare(conf, &kept);
	if (rc == 0 && kept.changes > CHANGES_MOST)
		rc = agent_store_kept_fold(tx, tenant);
	return rc;
}
