/* SPDX-License-Identifier: Apache-2.0 */
/* store_profile.c: the SQL of who is billed, and of tax rates. */
#include "billing/store_invoice.h"

int
billing_store_profile_get(struct bh_db *db, const struct bh_uuid *tenant, struct billing_party *out)
{
	const struct bh_row row = BH_ROW(struct billing_party, name, address, country, vat_id, email,
		vat_confirmed_ms, vat_confirmed_by);
	static const char sql[] = "SELECT name, address, country, vat_id, email, vat_confirmed_at,"
							  "       vat_confirmed_by"
							  "  FROM billing_profile WHERE tenant_id = $1";
	struct billing_party profile = {"", "", "", "", "", 0, NULL};
	bool found = false;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant), &row, &profile, &found);

	if (rc == 0)
		*out = profile;
	return rc;
}

int
billing_store_profile_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct billing_party *profile)
{
	/* What was confirmed is a number and its country: another one was not. */
	static const char sql[] =
		"INSERT INTO billing_profile AS p (tenant_id, name, address, country, vat_id, email)"
		" VALUES ($1, $2, $3, $4, $5, $6)"
		" ON CONFLICT (tenant_id)"
		"    DO UPDATE SET name = excluded.name, address = excluded.address,"
		"       country = excluded.country, vat_id = excluded.vat_id, email = excluded.email,"
		"       vat_confirmed_at = CASE WHEN (p.country, p.vat_id) = (excluded.country, "
		"excluded.vat_id)"
		"           THEN p.vat_confirmed_at END,"
		"       vat_confirmed_by = CASE WHEN (p.country, p.vat_id) = (excluded.country, "
		"excluded.vat_id)"
		"           THEN p.vat_confirmed_by END,"
		"       changed_at = excluded.changed_at";

	return bh_db_exec(db, sql,
		BH_PARAMS(tenant, profile->name, profile->address, profile->country, profile->vat_id,
			profile->email),
		NULL);
}

int
billing_store_profile_confirm(struct bh_db *db, const struct bh_uuid *tenant, const char *vat_id,
	const char *by)
{
	static const char sql[] = "UPDATE billing_profile"
							  "   SET vat_confirmed_at = now(), vat_confirmed_by = $3"
							  " WHERE tenant_id = $1 AND vat_id = $2 AND vat_id <> ''";

	return bh_db_change(db, sql, BH_PARAMS(tenant, vat_id, by));
}

int
billing_store_tax_list(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_tax_rate **out, size_t *out_n)
{
	const struct bh_row row = BH_ROW(struct billing_tax_rate, country, effective_on, name, ppm,
		inclusive);
	static const char sql[] = "SELECT country, effective_on::text, name, ppm, inclusive"
							  "  FROM tax_rate"
							  " WHERE tenant_id = $1"
							  " ORDER BY country, effective_on DESC";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &row, out, out_n);
}

int
billing_store_tax_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct billing_tax_rate *rate)
{
	static const char sql[] =
		"INSERT INTO tax_rate (tenant_id, country, effective_on, name, ppm, inclusive)"
		" VALUES ($1, $2, coalesce($3::date, (now() AT TIME ZONE 'UTC')::date), $4, $5, $6)"
		" ON CONFLICT (tenant_id, country, effective_on)"
		"    DO UPDATE SET name = excluded.name, ppm = excluded.ppm, inclusive = "
		"excluded.inclusive";

	return bh_db_exec(db, sql,
		BH_PARAMS(tenant, rate->country, rate->effective_on, rate->name, rate->ppm,
			rate->inclusive),
		NULL);
}
