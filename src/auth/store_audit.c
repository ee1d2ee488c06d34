/* SPDX-License-Identifier: Apache-2.0 */
/* store_audit.c: the SQL of the index of audit lines. */
#include "auth/store_audit.h"

int
auth_store_audit_months(struct bh_db *db, const struct bh_uuid *tenant, int64_t keep_ms,
	int64_t *out_dropped)
{
	static const char sql[] = "SELECT audit_months($1, $2)";

	return bh_db_one(db, sql, BH_PARAMS(tenant, keep_ms), &bh_row_int, out_dropped);
}
