/* SPDX-License-Identifier: Apache-2.0 */
/* store_price.c: the SQL of the price book. */
#include "billing/store_price.h"

#include <string.h>

#include "base/error.h"

#define PLATFORM "'00000000-0000-0000-0000-000000000001'"

int
billing_store_price_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_price *price, int64_t effective_ms, const char *source,
	int64_t *out_version)
{
	static const char sql[] =
		"WITH wanted AS ("
		"	SELECT unit, nanos FROM unnest($5::text[], $6::bigint[]) AS w (unit, nanos)"
		"), latest AS ("
		"	SELECT version FROM price"
		"	 WHERE tenant_id = $1 AND item = $2 AND effective_at <= $3"
		"	 ORDER BY effective_at DESC, version DESC"
		"	 LIMIT 1"
		"), same AS ("
		"	SELECT FROM latest"
		"	 WHERE NOT EXISTS ("
		"		(SELECT unit, nanos FROM price_unit"
		"		  WHERE tenant_id = $1 AND item = $2 AND version = latest.version"
		"		 EXCEPT SELECT unit, nanos FROM wanted)"
		"		UNION ALL"
		"		(SELECT unit, nanos FROM wanted"
		"		 EXCEPT SELECT unit, nanos FROM price_unit"
		"		  WHERE tenant_id = $1 AND item = $2 AND version = latest.version))"
		"), added AS ("
		"	INSERT INTO price (tenant_id, item, version, effective_at, source)"
		"	SELECT $1, $2, coalesce((SELECT max(version) FROM price WHERE tenant_id = $1 AND item "
		"= $2), 0)"
		"	       + 1, $3, $4"
		"	 WHERE NOT EXISTS (SELECT FROM same)"
		"	RETURNING version"
		"), units AS ("
		"	INSERT INTO price_unit (tenant_id, item, version, unit, nanos)"
		"	SELECT $1, $2, added.version, unit, nanos FROM added, wanted"
		")"
		" SELECT coalesce((SELECT version FROM added), 0)";
	const char *units[BILLING_PRICE_UNITS];
	int64_t nanos[BILLING_PRICE_UNITS];
	size_t n = 0;

	for (int i = 0; i < BILLING_PRICE_UNITS; i++) {
		if (!price->has[i])
			continue;
		units[n] = billing_price_units[i];
		nanos[n++] = price->nanos[i];
	}
	return bh_db_one(tx, sql,
		BH_PARAMS(tenant, price->item, bh_time_param(effective_ms), source,
			bh_text_array_param(units, n), bh_int_array_param(nanos, n)),
		&bh_row_int, out_version);
}

/* A version with one of its units. */
struct unit_row {
	struct bh_uuid tenant;
	const char *item;
	int64_t version, effective_ms;
	const char *source, *unit;
	int64_t nanos;
};

static const struct bh_row unit_row = BH_ROW(struct unit_row, tenant, item, version, effective_ms,
	source, unit, nanos);

/* Rows of one version lie together. */
static size_t
gather(struct bh_arena *arena, const struct unit_row *rows, size_t n,
	struct billing_price_row **out)
{
	struct billing_price_row *list = bh_arena_array(arena, n + 1, sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		const struct unit_row *row = &rows[i];
		struct billing_price *price;
		int unit = billing_price_unit_find(row->unit);

		if (i == 0 || strcmp(row->item, rows[i - 1].item) != 0)
			list[count++] = (struct billing_price_row){row->tenant, row->version, row->effective_ms,
				row->source, {.item = row->item}};
		price = &list[count - 1].price;
		if (unit < 0)
			continue;
		price->nanos[unit] = row->nanos;
		price->has[unit] = true;
	}
	*out = list;
	return count;
}

int
billing_store_price_list(struct bh_db *db, const struct bh_uuid *tenant, const char *item,
	const char *after, int64_t at_ms, int64_t limit, struct billing_price_row **out,
	size_t *out_count)
{
	static const char sql[] =
		"WITH current AS ("
		"	SELECT DISTINCT ON (item) tenant_id, item, version, effective_at, source"
		"	  FROM price"
		"	 WHERE (tenant_id = $1 OR tenant_id = " PLATFORM ")"
		"	   AND ($2::text IS NULL OR item = $2) AND ($3::text IS NULL OR item > $3)"
		"	   AND effective_at <= $4"
		"	 ORDER BY item, tenant_id <> $1, effective_at DESC, version DESC"
		"	 LIMIT $5"
		")"
		"SELECT c.tenant_id, c.item, c.version, c.effective_at, c.source, u.unit, u.nanos"
		"  FROM current AS c"
		"  JOIN price_unit AS u ON u.tenant_id = c.tenant_id AND u.item = c.item"
		"       AND u.version = c.version"
		" WHERE c.tenant_id = $1 OR c.tenant_id = " PLATFORM " ORDER BY c.item";
	struct unit_row *rows;
	size_t n;
	int rc = bh_db_read_each(db, sql, BH_PARAMS(tenant, item, after, bh_time_param(at_ms), limit),
		&unit_row, &rows, &n);

	if (rc == 0)
		*out_count = gather(db->arena, rows, n, out);
	return rc;
}

/* The statement that the model service reads prices with, too. */
int
billing_store_price_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *owner,
	const char *item, int64_t at_ms, struct billing_price_row *out)
{
	static const char sql[] =
		"SELECT p.tenant_id, p.item, p.version, p.effective_at, p.source, u.unit, u.nanos"
		"  FROM (SELECT tenant_id, item, version, effective_at, source FROM price"
		"         WHERE (tenant_id = $1 OR tenant_id = " PLATFORM
		") AND tenant_id = $2 AND item = $3 AND effective_at <= $4"
		"         ORDER BY effective_at DESC, version DESC"
		"         LIMIT 1) AS p"
		"  JOIN price_unit AS u ON u.tenant_id = p.tenant_id AND u.item = p.item"
		"       AND u.version = p.version"
		" WHERE p.tenant_id = $1 OR p.tenant_id = " PLATFORM;
	struct billing_price_row *list = NULL;
	struct unit_row *rows;
	size_t n;
	int rc = bh_db_read_each(db, sql, BH_PARAMS(tenant, owner, item, bh_time_param(at_ms)),
		&unit_row, &rows, &n);

	if (rc < 0)
		return rc;
	if (gather(db->arena, rows, n, &list) == 0)
		return BH_E_NOT_FOUND;
	*out = list[0];
	return 0;
}
