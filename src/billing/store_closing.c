/* SPDX-License-Identifier: Apache-2.0 */
/* store_closing.c: the SQL of the end of a tenant's books. */
#include "billing/store_closing.h"

int
billing_store_closing_is_done(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *deletion, const char *part, bool *out)
{
	static const char sql[] =
		"SELECT EXISTS (SELECT FROM tenant_deletion_count"
		" WHERE tenant_id = $1 AND deletion_id = $2 AND service = 'billing' AND part = $3)";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, deletion, part), &bh_row_bool, out);
}

int
billing_store_closing_open(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_open **out, size_t *out_n)
{
	const struct bh_row row = BH_ROW(struct billing_open, id, nanos);
	static const char sql[] = "SELECT id, greatest(0, due - paid - credited) FROM invoice"
							  " WHERE tenant_id = $1 AND kind = 'invoice' AND status = 'open'"
							  " ORDER BY id FOR UPDATE";

	return bh_db_each(tx, sql, BH_PARAMS(tenant), &row, out, out_n);
}

int
billing_store_closing_has_usage(struct bh_db *tx, const struct bh_uuid *tenant, bool *out)
{
	static const char sql[] = "SELECT EXISTS (SELECT FROM usage_day WHERE tenant_id = $1)";

	return bh_db_one(tx, sql, BH_PARAMS(tenant), &bh_row_bool, out);
}

int
billing_store_closing_drafts(struct bh_db *tx, const struct bh_uuid *tenant, int64_t *out)
{
	static const char sql[] = "DELETE FROM invoice WHERE tenant_id = $1 AND status = 'draft'";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant), out);
}

int
billing_store_closing_refunds(struct bh_db *tx, const struct bh_uuid *tenant, int64_t *out)
{
	static const char sql[] = "SELECT coalesce(sum(nanos), 0)::bigint FROM invoice_refund"
							  " WHERE tenant_id = $1 AND status <> 'succeeded'";

	return bh_db_one(tx, sql, BH_PARAMS(tenant), &bh_row_int, out);
}
