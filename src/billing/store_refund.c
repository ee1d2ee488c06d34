/* SPDX-License-Identifier: Apache-2.0 */
/* store_refund.c: the SQL of refunds. */
#include "billing/store_refund.h"

#include "base/error.h"

static const struct bh_row refund_row = BH_ROW(struct billing_refund, id, kind, invoice, note,
	payment, nanos, currency, status, theirs);

#define REFUNDS \
	"SELECT id, kind, invoice_id, note_id, payment, nanos, currency, status, theirs" \
	"  FROM invoice_refund WHERE tenant_id = $1"

int
billing_store_refund_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_refund *refund, bool *out_new)
{
	static const char sql[] =
		"INSERT INTO invoice_refund (tenant_id, id, kind, invoice_id, note_id, payment, nanos,"
		" currency)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
		" ON CONFLICT (tenant_id, id) DO NOTHING";

	return bh_db_change_maybe(tx, sql,
		BH_PARAMS(tenant, &refund->id, refund->kind, &refund->invoice,
			bh_uuid_or_null_param(&refund->note), refund->payment, refund->nanos, refund->currency),
		out_new);
}

int
billing_store_refund_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct billing_refund *out)
{
	static const char sql[] = REFUNDS " AND id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &refund_row, out);
}

int
billing_store_refund_lock(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct billing_refund *out)
{
	static const char sql[] = REFUNDS " AND id = $2 FOR UPDATE";

	return bh_db_one(tx, sql, BH_PARAMS(tenant, id), &refund_row, out);
}

int
billing_store_refund_set(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_refund *refund)
{
	static const char sql[] =
		"UPDATE invoice_refund"
		"   SET status = $3, theirs = $4, ended_at = CASE WHEN $3 <> 'pending' THEN clock.at END"
		"  FROM (SELECT now() AS at OFFSET 0) AS clock"
		" WHERE tenant_id = $1 AND id = $2";

	return bh_db_change(tx, sql, BH_PARAMS(tenant, &refund->id, refund->status, refund->theirs));
}

int
billing_store_refund_pending(struct bh_db *db, const struct bh_uuid *tenant, const char ***out,
	size_t *out_n)
{
	static const char sql[] = "SELECT theirs FROM invoice_refund"
							  " WHERE tenant_id = $1 AND status = 'pending' AND theirs IS NOT NULL"
							  " ORDER BY id LIMIT 200";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &bh_row_text, out, out_n);
}

int
billing_store_refundable(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *invoice, struct billing_refundable **out, size_t *out_n)
{
	/* What Stripe paid has its invoice's id for a reference. What failed is paid back by hand, not again. */
	const struct bh_row row = BH_ROW(struct billing_refundable, payment, nanos);
	static const char sql[] =
		"SELECT p.reference, p.nanos - coalesce(back.nanos, 0)::bigint"
		"  FROM invoice_payment AS p"
		"  LEFT JOIN LATERAL (SELECT sum(r.nanos) AS nanos FROM invoice_refund AS r"
		"         WHERE r.tenant_id = $1 AND r.invoice_id = $2 AND r.kind = 'credit_note'"
		"           AND r.payment = p.reference) AS back ON true"
		" WHERE p.tenant_id = $1 AND p.invoice_id = $2 AND starts_with(p.reference, 'in_')"
		"   AND p.nanos > coalesce(back.nanos, 0)"
		" ORDER BY p.paid_at, p.reference";

	return bh_db_each(tx, sql, BH_PARAMS(tenant, invoice), &row, out, out_n);
}

int
billing_store_payment_nanos(struct bh_db *tx, const struct bh_uuid *tenant, const char *reference,
	int64_t *out)
{
	static const char sql[] =
		"SELECT coalesce((SELECT nanos FROM invoice_payment"
		"                  WHERE tenant_id = $1 AND reference = $2), 0)::bigint";

	return bh_db_one(tx, sql, BH_PARAMS(tenant, reference), &bh_row_int, out);
}
