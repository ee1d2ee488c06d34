/* SPDX-License-Identifier: Apache-2.0 */
/* store_invoice.c: the SQL of invoices, their numbers and payments. */
#include "billing/store_invoice.h"

#include "base/error.h"

static const struct bh_row invoice_row = BH_ROW(struct billing_invoice, id, kind, status, number,
	of_invoice, currency, starts_on, ends_on, minimum, bills_usage, subtotal, usage_nanos, tax.name,
	tax.ppm, tax.inclusive, tax.reverse_charge, tax.note, tax_nanos, total, carried_in, carried_out,
	due, paid, credited, refunded, seller, buyer, note, created_ms, finalized_ms, due_ms,
	past_due_ms, ended_ms);

#define INVOICES \
	"SELECT id, kind, status, number, of_invoice, currency, starts_on::text, ends_on::text," \
	"       minimum, bills_usage, subtotal, usage_nanos, tax_name, tax_ppm, tax_inclusive," \
	"       reverse_charge, tax_note, tax, total, carried_in, carried_out, due, paid, credited," \
	"       (SELECT coalesce(sum(r.nanos), 0)::bigint FROM invoice_refund AS r" \
	"         WHERE r.tenant_id = $1 AND r.invoice_id = invoice.id AND r.status = 'succeeded')," \
	"       seller, buyer, note, created_at, finalized_at, due_at, past_due_at, ended_at" \
	"  FROM invoice WHERE tenant_id = $1"

int
billing_store_invoice_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_invoice *invoice, bool *out_new)
{
	static const char sql[] =
		"INSERT INTO invoice (tenant_id, id, kind, of_invoice, currency, ends_on, minimum,"
		" bills_usage, note)"
		" VALUES ($1, $2, $3, $4, $5, $6::date, $7, $8, $9)"
		" ON CONFLICT (tenant_id, id) DO NOTHING";

	return bh_db_change_maybe(tx, sql,
		BH_PARAMS(tenant, &invoice->id, invoice->kind, bh_uuid_or_null_param(&invoice->of_invoice),
			invoice->currency, invoice->ends_on, invoice->minimum, invoice->bills_usage,
			invoice->note),
		out_new);
}

int
billing_store_invoice_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct billing_invoice *out)
{
	static const char sql[] = INVOICES " AND id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &invoice_row, out);
}

int
billing_store_invoice_lock(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct billing_invoice *out)
{
	static const char sql[] = INVOICES " AND id = $2 FOR UPDATE";

	return bh_db_one(tx, sql, BH_PARAMS(tenant, id), &invoice_row, out);
}

int
billing_store_invoice_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_slice *slice, const char *status, struct billing_invoice **out, size_t *out_n)
{
	static const char up[] = INVOICES
		" AND id > $2 AND id < $3 AND ($5::text IS NULL OR status = $5)"
		" ORDER BY id LIMIT $4";
	static const char down[] = INVOICES
		" AND id > $2 AND id < $3 AND ($5::text IS NULL OR status = $5)"
		" ORDER BY id DESC LIMIT $4";

	return bh_db_read_each(db, slice->up ? up : down,
		BH_PARAMS(tenant, &slice->low, &slice->high, slice->limit, status), &invoice_row, out,
		out_n);
}

int
billing_store_invoice_is_draft(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, bool *out)
{
	static const char sql[] = "SELECT EXISTS (SELECT FROM invoice"
							  " WHERE tenant_id = $1 AND id = $2 AND status = 'draft')";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &bh_row_bool, out);
}

int
billing_store_invoice_remove(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id)
{
	static const char sql[] =
		"DELETE FROM invoice WHERE tenant_id = $1 AND id = $2 AND status = 'draft'";

	return bh_db_change(tx, sql, BH_PARAMS(tenant, id));
}

int
billing_store_invoice_fill(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_invoice *invoice)
{
	static const char sql[] =
		"UPDATE invoice"
		"   SET starts_on = $3::date, ends_on = $4::date, subtotal = $5, usage_nanos = $6,"
		"       tax_name = $7, tax_ppm = $8, tax_inclusive = $9, reverse_charge = $10, tax = $11,"
		"       total = $12, carried_in = $13, carried_out = $14, due = $15, seller = $16,"
		"       buyer = $17, tax_note = coalesce($18, '')"
		" WHERE tenant_id = $1 AND id = $2";

	return bh_db_change(tx, sql,
		BH_PARAMS(tenant, &invoice->id, invoice->starts_on, invoice->ends_on, invoice->subtotal,
			invoice->usage_nanos, invoice->tax.name, invoice->tax.ppm, invoice->tax.inclusive,
			invoice->tax.reverse_charge, invoice->tax_nanos, invoice->total, invoice->carried_in,
			invoice->carried_out, invoice->due, bh_json_text_param(invoice->seller),
			bh_json_text_param(invoice->buyer), invoice->tax.note));
}

struct place {
	int64_t year, sequence;
};

/* Holds the series' row: the next one waits for this transaction. */
static int
next_place(struct bh_db *tx, const struct bh_uuid *tenant, const char *kind, struct place *out)
{
	const struct bh_row row = BH_ROW(struct place, year, sequence);
	static const char sql[] =
		"INSERT INTO invoice_series AS s (tenant_id, kind, year, last)"
		" VALUES ($1, $2, extract(year FROM now() AT TIME ZONE 'UTC')::bigint, 1)"
		" ON CONFLICT (tenant_id, kind, year) DO UPDATE SET last = s.last + 1"
		" RETURNING year, last";

	return bh_db_one(tx, sql, BH_PARAMS(tenant, kind), &row, out);
}

int
billing_store_invoice_number(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_invoice *invoice, const char *prefix, const char *status,
	int64_t payment_days)
{
	static const char sql[] =
		"UPDATE invoice"
		"   SET number = $3, year = $4, sequence = $5, status = $6, finalized_at = now(),"
		"       due_at = now() + $7::bigint * interval '1 day',"
		"       ended_at = CASE WHEN $6 <> 'open' THEN clock.at END"
		"  FROM (SELECT now() AS at OFFSET 0) AS clock"
		" WHERE tenant_id = $1 AND id = $2";
	struct place place = {0};
	int rc = next_place(tx, tenant, invoice->kind, &place);
	const char *number;

	if (rc < 0)
		return rc;
	number = bh_arena_printf(tx->arena, "%s-%04lld-%06lld", prefix, (long long)place.year,
		(long long)place.sequence);
	return bh_db_change(tx, sql,
		BH_PARAMS(tenant, &invoice->id, number, place.year, place.sequence, status, payment_days));
}

int
billing_store_invoice_settle(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_invoice *invoice)
{
	static const char sql[] =
		"UPDATE invoice"
		"   SET status = $3, paid = $4, credited = $5,"
		"       ended_at = CASE WHEN $3 <> 'open' THEN coalesce(ended_at, clock.at) END"
		"  FROM (SELECT now() AS at OFFSET 0) AS clock"
		" WHERE tenant_id = $1 AND id = $2";

	return bh_db_change(tx, sql,
		BH_PARAMS(tenant, &invoice->id, invoice->status, invoice->paid, invoice->credited));
}

int
billing_store_payment_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *invoice, const char *reference, int64_t nanos, bool *out_new)
{
	static const char sql[] =
		"INSERT INTO invoice_payment (tenant_id, id, invoice_id, reference, nanos)"
		" VALUES ($1, $2, $3, $4, $5)"
		" ON CONFLICT (tenant_id, reference) DO NOTHING";
	const struct bh_uuid id = bh_uuid_new();

	return bh_db_change_maybe(tx, sql, BH_PARAMS(tenant, &id, invoice, reference, nanos), out_new);
}

int
billing_store_payment_same(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *invoice, const char *reference, int64_t nanos, bool *out_same)
{
	/* 0: whatever was left then. */
	static const char sql[] = "SELECT invoice_id = $3 AND ($4 = 0 OR nanos = $4)"
							  "  FROM invoice_payment WHERE tenant_id = $1 AND reference = $2";

	return bh_db_one(tx, sql, BH_PARAMS(tenant, reference, invoice, nanos), &bh_row_bool, out_same);
}

int
billing_store_note_same(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *invoice, const struct bh_uuid *note, int64_t nanos, bool *out_same)
{
	/* 0: whatever was left then. */
	static const char sql[] =
		"SELECT kind = 'credit_note' AND of_invoice = $3 AND ($4 = 0 OR total = $4)"
		"  FROM invoice WHERE tenant_id = $1 AND id = $2";

	return bh_db_one(tx, sql, BH_PARAMS(tenant, note, invoice, nanos), &bh_row_bool, out_same);
}

int
billing_store_prefix_find(struct bh_db *tx, const struct bh_uuid *platform,
	const struct bh_uuid *tenant, const char **out)
{
	static const char sql[] =
		"SELECT part FROM invoice_prefix WHERE tenant_id = $1 AND owner_id = $2";
	const char *part = NULL;
	bool found = false;
	int rc = bh_db_maybe(tx, sql, BH_PARAMS(platform, tenant), &bh_row_text, &part, &found);

	if (rc == 0)
		*out = found ? part : NULL;
	return rc;
}

int
billing_store_prefix_take(struct bh_db *tx, const struct bh_uuid *platform,
	const struct bh_uuid *tenant, const char *part)
{
	static const char sql[] = "INSERT INTO invoice_prefix (tenant_id, part, owner_id)"
							  " VALUES ($1, $3, $2) ON CONFLICT DO NOTHING";

	return bh_db_exec(tx, sql, BH_PARAMS(platform, tenant, part), NULL);
}
