/* SPDX-License-Identifier: Apache-2.0 */
/* store_plan.c: the SQL of tenants' plans. */
#include "auth/store_plan.h"

#define PLAN_COLUMNS \
	"plan, entitlements, state, seats, requests_per_minute, concurrency, sequence, applied"
static const struct bh_row plan_row = BH_ROW(struct auth_plan, name, entitlements, state, seats,
	requests_per_minute, concurrency, sequence, applied);

int
auth_store_plan_get(struct bh_db *db, const struct bh_uuid *tenant, struct auth_plan *out)
{
	static const char sql[] = "SELECT " PLAN_COLUMNS "  FROM tenant_plan"
							  " WHERE tenant_id = $1";
	struct auth_plan plan = {0};
	bool found;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant), &plan_row, &plan, &found);

	if (rc == 0)
		*out = plan;
	return rc;
}

int
auth_store_plan_lock(struct bh_db *tx, const struct bh_uuid *tenant, struct auth_plan *out,
	bool *out_found)
{
	static const char sql[] = "SELECT " PLAN_COLUMNS "  FROM tenant_plan"
							  " WHERE tenant_id = $1"
							  "   FOR NO KEY UPDATE";

	return bh_db_maybe(tx, sql, BH_PARAMS(tenant), &plan_row, out, out_found);
}

int
auth_store_plan_applied(struct bh_db *tx, const struct bh_uuid *tenant, int64_t sequence)
{
	static const char sql[] = "UPDATE tenant_plan"
							  "   SET applied = $2"
							  " WHERE tenant_id = $1";

	return bh_db_change(tx, sql, BH_PARAMS(tenant, sequence));
}
