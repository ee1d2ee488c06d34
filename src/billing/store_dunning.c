/* SPDX-License-Identifier: Apache-2.0 */
/* store_dunning.c: the SQL of dunning. */
#include "billing/store_dunning.h"

int
billing_store_dunning_mark(struct bh_db *tx, const struct bh_uuid *tenant)
{
	static const char sql[] = "UPDATE invoice SET past_due_at = now()"
							  " WHERE tenant_id = $1 AND kind = 'invoice' AND status = 'open'"
							  "   AND due_at < now() AND past_due_at IS NULL";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant), NULL);
}

int
billing_store_dunning_read(struct bh_db *tx, const struct bh_uuid *tenant, int64_t suspend_days,
	struct billing_dunning *out)
{
	const struct bh_row row = BH_ROW(struct billing_dunning, past_due, long_due, state);
	static const char sql[] =
		"SELECT count(*),"
		"       count(*) FILTER (WHERE $2 > 0 AND due_at < now() - $2 * interval '1 day'),"
		"       coalesce((SELECT state FROM billing_dunning WHERE tenant_id = $1), 'active')"
		"  FROM invoice"
		" WHERE tenant_id = $1 AND kind = 'invoice' AND status = 'open' AND due_at < now()";

	return bh_db_one(tx, sql, BH_PARAMS(tenant, suspend_days), &row, out);
}

int
billing_store_dunning_set(struct bh_db *tx, const struct bh_uuid *tenant, const char *state)
{
	static const char sql[] = "INSERT INTO billing_dunning (tenant_id, state)"
							  " VALUES ($1, $2)"
							  " ON CONFLICT (tenant_id) DO UPDATE SET state = excluded.state,"
							  "       changed_at = excluded.changed_at";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, state), NULL);
}
