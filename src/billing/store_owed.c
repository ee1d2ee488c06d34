/* SPDX-License-Identifier: Apache-2.0 */
/* store_owed.c: the SQL of the invoices of all tenants, a function of the database that may read them. */
#include "billing/store_owed.h"

int
billing_store_owed_list(struct bh_db *db, const struct bh_uuid *tenant, const char *state,
	const struct bh_uuid *before, int64_t limit, struct billing_owed **out, size_t *out_n)
{
	const struct bh_row row = BH_ROW(struct billing_owed, invoice.id, tenant, tenant_name,
		invoice.kind, invoice.status, invoice.number, invoice.currency, invoice.total, invoice.due,
		invoice.paid, invoice.credited, invoice.refunded, invoice.created_ms, invoice.finalized_ms,
		invoice.due_ms, invoice.past_due_ms);
	static const char sql[] =
		"SELECT id, of_tenant, tenant_name, kind, status, number, currency, total, due, paid,"
		"       credited, refunded, created_at, finalized_at, due_at, past_due_at"
		"  FROM platform_invoices($1, $2, $3, $4)";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, state, before, limit), &row, out, out_n);
}
