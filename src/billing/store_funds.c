/* SPDX-License-Identifier: Apache-2.0 */
/* store_funds.c: the SQL of what a tenant may still draw. */
#include "billing/store_funds.h"

#include "base/macros.h"

static const struct bh_row balance_row = BH_ROW(struct billing_balance, prepaid, balance, held,
	owed);

int
billing_store_balance_get(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_balance *out)
{
	static const char sql[] =
		"SELECT f.prepaid,"
		"       (SELECT coalesce(sum(remains), 0) FROM unnest(f.meters, f.remains, f.ends)"
		"          AS fund (meter, remains, ends) WHERE meter < 0 AND ends > now())::bigint - "
		"f.owed,"
		"       (SELECT coalesce(sum(held), 0) FROM unnest(f.meters, f.held)"
		"          AS fund (meter, held) WHERE meter < 0)::bigint,"
		"       f.owed"
		"  FROM meter_funds AS f"
		" WHERE f.tenant_id = $1";
	bool found = false;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant), &balance_row, out, &found);

	if (rc == 0 && !found)
		*out = (struct billing_balance){0};
	return rc;
}
