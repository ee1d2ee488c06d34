/* SPDX-License-Identifier: Apache-2.0 */
/* store_line.c: the SQL of invoices' lines, and of what they bill. */
#include "billing/store_invoice.h"

static const struct bh_row line_row = BH_ROW(struct billing_invoice_line, position, kind,
	description, starts_ms, ends_ms, act, model, batch, price_version, rate_version, calls,
	quantities, nanos);

int
billing_store_line_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *invoice, const struct billing_invoice_line *line)
{
	static const char sql[] =
		"INSERT INTO invoice_line (tenant_id, invoice_id, position, kind, description, starts_at,"
		" ends_at, act, model, batch, price_version, rate_version, calls, quantities, nanos)"
		" SELECT $1, $2, coalesce(nullif($3, 0), (SELECT coalesce(max(position), 0) + 1"
		"   FROM invoice_line WHERE tenant_id = $1 AND invoice_id = $2)), $4, $5, $6, $7, $8, $9,"
		"   $10, $11, $12, $13, $14, $15"
		" RETURNING true";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, invoice, line->position, line->kind, line->description,
			bh_time_or_null_param(line->starts_ms), bh_time_or_null_param(line->ends_ms),
			line->act != NULL ? line->act : "", line->model != NULL ? line->model : "", line->batch,
			line->price_version, line->rate_version, line->calls,
			bh_json_text_param(line->quantities != NULL ? line->quantities : "[]"), line->nanos),
		NULL);
}

int
billing_store_line_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *invoice, struct billing_invoice_line **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT position, kind, description, starts_at, ends_at, act, model, batch, price_version,"
		"       rate_version, calls, quantities, nanos"
		"  FROM invoice_line"
		" WHERE tenant_id = $1 AND invoice_id = $2"
		" ORDER BY position";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, invoice), &line_row, out, out_n);
}

int
billing_store_line_clear(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *invoice)
{
	static const char sql[] = "DELETE FROM invoice_line"
							  " WHERE tenant_id = $1 AND invoice_id = $2"
							  "   AND kind IN ('usage', 'credits', 'adjustment', 'minimum')";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, invoice), NULL);
}

int
billing_store_line_sums(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *invoice, struct billing_line_sums *out)
{
	const struct bh_row row = BH_ROW(struct billing_line_sums, all, usage, ahead, else_nanos);
	static const char sql[] =
		"SELECT coalesce(sum(nanos), 0)::bigint,"
		"       coalesce(sum(nanos) FILTER (WHERE kind IN ('usage', 'credits', 'adjustment')), "
		"0)::bigint,"
		"       coalesce(sum(nanos) FILTER (WHERE kind IN ('base', 'proration')), 0)::bigint,"
		"       coalesce(sum(nanos) FILTER (WHERE kind IN ('manual', 'minimum', 'credit_note')), "
		"0)::bigint"
		"  FROM invoice_line"
		" WHERE tenant_id = $1 AND invoice_id = $2";

	return bh_db_one(tx, sql, BH_PARAMS(tenant, invoice), &row, out);
}

int
billing_store_billed_days(struct bh_db *tx, const struct bh_uuid *tenant, const char *ends_on,
	struct billing_days *out)
{
	/* The day that is not over is never billed: acts are still settled on it. */
	const struct bh_row row = BH_ROW(struct billing_days, starts_on, ends_on, today);
	static const char sql[] =
		"WITH now AS (SELECT (now() AT TIME ZONE 'UTC')::date AS today)"
		", past AS ("
		"	SELECT coalesce((SELECT max(ends_on) FROM invoice WHERE tenant_id = $1"
		"		AND kind = 'invoice' AND bills_usage AND status IN ('open', 'paid', "
		"'uncollectible')),"
		"		(SELECT min(day) FROM usage_day WHERE tenant_id = $1), (SELECT today FROM now)) AS "
		"day"
		")"
		" SELECT past.day::text, greatest(past.day, least(coalesce($2::date, now.today), "
		"now.today))::text,"
		"       now.today::text"
		"  FROM now, past";

	return bh_db_one(tx, sql, BH_PARAMS(tenant, ends_on), &row, out);
}

int
billing_store_billed_sum(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_days *days, struct billing_billed **out, size_t *out_n)
{
	const struct bh_row row = BH_ROW(struct billing_billed, kind, model, batch, price_version,
		rate_version, calls, unpriced, input, cached, cache_write, output, units, included_input,
		included_cached, included_cache_write, included_output, included_units, cost, covered);
	static const char sql[] =
		"SELECT kind, model, batch, price_version, rate_version, sum(calls)::bigint,"
		"       sum(unpriced)::bigint,"
		"       sum(input_tokens - cached_tokens - cache_write_tokens)::bigint,"
		"       sum(cached_tokens)::bigint, sum(cache_write_tokens)::bigint,"
		"       sum(output_tokens)::bigint, sum(units)::bigint, sum(included_input)::bigint,"
		"       sum(included_cached)::bigint, sum(included_cache_write)::bigint,"
		"       sum(included_output)::bigint, sum(included_units)::bigint,"
		"       sum(cost_nanos)::bigint, sum(covered_nanos)::bigint"
		"  FROM usage_day"
		" WHERE tenant_id = $1 AND day >= $2::date AND day < $3::date"
		" GROUP BY kind, model_tenant_id, model_id, model, batch, price_version, rate_version"
		" ORDER BY kind, model, model_tenant_id, model_id, batch, price_version, rate_version";

	return bh_db_each(tx, sql, BH_PARAMS(tenant, days->starts_on, days->ends_on), &row, out, out_n);
}

int
billing_store_billed_net(struct bh_db *tx, const struct bh_uuid *tenant, const char *from,
	int64_t *out)
{
	static const char sql[] = "SELECT coalesce(sum(cost_nanos - covered_nanos), 0)::bigint"
							  "  FROM usage_day WHERE tenant_id = $1 AND day >= $2::date";

	return bh_db_one(tx, sql, BH_PARAMS(tenant, from), &bh_row_int, out);
}

int
billing_store_line_rates(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_line_rate **out, size_t *out_n)
{
	const struct bh_row row = BH_ROW(struct billing_line_rate, meter, version, nanos);
	static const char sql[] = "SELECT meter, version, nanos FROM meter_rate WHERE tenant_id = $1";

	return bh_db_each(tx, sql, BH_PARAMS(tenant), &row, out, out_n);
}

static const struct bh_row ahead_row = BH_ROW(struct billing_ahead, subject, number, nanos, posted);

/* Their time is over, as far as the database knows. */
int
billing_store_ahead_over(struct bh_db *tx, const struct bh_uuid *tenant, struct billing_ahead **out,
	size_t *out_n)
{
	static const char sql[] =
		"SELECT l.invoice_id || ':' || l.position, 0::bigint, l.nanos, 0::bigint"
		"  FROM invoice_line AS l"
		"  JOIN invoice AS i ON i.tenant_id = $1 AND i.id = l.invoice_id"
		" WHERE l.tenant_id = $1 AND l.kind IN ('base', 'proration') AND l.nanos <> 0"
		"   AND coalesce(l.ends_at, i.finalized_at) <= now()"
		"   AND i.status IN ('open', 'paid', 'uncollectible')"
		"   AND NOT EXISTS (SELECT FROM ledger_posted AS p WHERE p.tenant_id = $1 AND p.kind = "
		"'earned'"
		"         AND p.subject = l.invoice_id || ':' || l.position)"
		" ORDER BY l.invoice_id, l.position";

	return bh_db_each(tx, sql, BH_PARAMS(tenant), &ahead_row, out, out_n);
}

int
billing_store_ahead_of(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *invoice, struct billing_ahead **out, size_t *out_n)
{
	static const char sql[] = "SELECT p.subject, p.number, 0::bigint, p.nanos"
							  "  FROM invoice_line AS l"
							  "  JOIN ledger_posted AS p ON p.tenant_id = $1 AND p.kind = 'earned'"
							  "   AND p.subject = l.invoice_id || ':' || l.position"
							  " WHERE l.tenant_id = $1 AND l.invoice_id = $2 AND p.nanos <> 0"
							  " ORDER BY l.position";

	return bh_db_each(tx, sql, BH_PARAMS(tenant, invoice), &ahead_row, out, out_n);
}
