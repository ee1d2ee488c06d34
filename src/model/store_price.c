/* SPDX-License-Identifier: Apache-2.0 */
/* store_price.c: what the price book says of a model. */
#include "base/error.h"
#include "base/macros.h"
#include "db/row.h"
#include "model/store.h"

#define TIER(t) \
	said[t][METER_INPUT], said[t][METER_CACHED], said[t][METER_CACHE_WRITE], \
		said[t][METER_OUTPUT], said[t][METER_UNITS]
static const struct bh_row book_row = BH_ROW(struct model_book, version, TIER(0),
	TIER(METER_TIER_LONG), TIER(METER_TIER_BATCH), TIER(METER_TIER_LONG | METER_TIER_BATCH));
#undef TIER

#define OWNED_TIER(t) \
	book.said[t][METER_INPUT], book.said[t][METER_CACHED], book.said[t][METER_CACHE_WRITE], \
		book.said[t][METER_OUTPUT], book.said[t][METER_UNITS]

#define UNIT(name) "       coalesce(max(u.nanos) FILTER (WHERE u.unit = '" name "'), -1)"
#define TIER(behind) \
	UNIT("input" behind) \
	"," UNIT("cached" behind) "," UNIT("cache_write" behind) "," UNIT("output" behind) "," UNIT( \
		"units" behind)

int
model_store_book_first(struct bh_db *db, const struct bh_uuid *tenant, const char *const *items,
	size_t n, struct model_book *out)
{
	/* clang-format off */
	static const char sql[] =
		"SELECT v.version,"
		TIER("") "," TIER("_above_200k") "," TIER("_batch") "," TIER("_above_200k_batch")
		"  FROM (SELECT p.tenant_id, p.item, p.version FROM price AS p"
		"         WHERE p.tenant_id = $1 AND p.item = ANY($2) AND p.effective_at <= now()"
		"         ORDER BY array_position($2, p.item), p.effective_at DESC, p.version DESC"
		"         LIMIT 1) AS v"
		"  JOIN price_unit AS u"
		"    ON u.tenant_id = $1 AND u.item = v.item AND u.version = v.version"
		" GROUP BY v.version";
	/* clang-format on */
	struct model_book book;
	bool found = false;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant, bh_text_array_param(items, n)), &book_row,
		&book, &found);

	if (rc < 0)
		return rc;
	*out = found ? book : (struct model_book){0};
	out->known = found;
	return 0;
}

int
model_store_book_get(struct bh_db *db, const struct bh_uuid *tenant, const char *name,
	const char *upstream_name, struct model_book *out)
{
	/* Under the model's own name, or under the one that its maker knows it by. */
	const char *const items[] = {name, upstream_name};

	return model_store_book_first(db, tenant, BH_LIST(items), out);
}

static const struct bh_row owned_row = BH_ROW(struct model_owned_book, model, book.version,
	OWNED_TIER(0), OWNED_TIER(METER_TIER_LONG), OWNED_TIER(METER_TIER_BATCH),
	OWNED_TIER(METER_TIER_LONG | METER_TIER_BATCH));

int
model_store_book_list(struct bh_db *db, const struct bh_uuid *tenant, struct model_owned_book **out,
	size_t *out_n)
{
	/* clang-format off */
	static const char sql[] =
		"SELECT m.name, v.version,"
		TIER("") "," TIER("_above_200k") "," TIER("_batch") "," TIER("_above_200k_batch")
		"  FROM (SELECT name, upstream_name FROM model WHERE tenant_id = $1"
		"         ORDER BY name LIMIT 1000) AS m"
		" CROSS JOIN LATERAL"
		"       (SELECT p.item, p.version FROM price AS p"
		"         WHERE p.tenant_id = $1 AND p.item IN (m.name, m.upstream_name)"
		"           AND p.effective_at <= now()"
		"         ORDER BY p.item = m.name DESC, p.effective_at DESC, p.version DESC LIMIT 1) AS v"
		"  JOIN price_unit AS u"
		"    ON u.tenant_id = $1 AND u.item = v.item AND u.version = v.version"
		" GROUP BY m.name, v.version"
		" ORDER BY m.name";
	/* clang-format on */
	int rc = bh_db_read_each(db, sql, BH_PARAMS(tenant), &owned_row, out, out_n);

	for (size_t i = 0; rc == 0 && i < *out_n; i++)
		(*out)[i].book.known = true;
	return rc;
}

int
model_store_price_add(struct bh_db *tx, const struct bh_uuid *tenant, const char *name,
	const char *output_unit, int64_t input, int64_t output)
{
	static const char look_sql[] =
		"WITH wanted AS ("
		"	SELECT unit, nanos FROM (VALUES ('input', $3::bigint), ($4::text, $5::bigint))"
		"	       AS w (unit, nanos)"
		"), latest AS ("
		"	SELECT version FROM price"
		"	 WHERE tenant_id = $1 AND item = $2 AND effective_at <= now()"
		"	 ORDER BY effective_at DESC, version DESC"
		"	 LIMIT 1"
		"), said AS ("
		"	SELECT unit, nanos FROM price_unit"
		"	 WHERE tenant_id = $1 AND item = $2 AND version = (SELECT version FROM latest)"
		")"
		" SELECT EXISTS ((TABLE wanted EXCEPT TABLE said)"
		"                UNION ALL (TABLE said EXCEPT TABLE wanted)),"
		"        coalesce((SELECT max(version) FROM price WHERE tenant_id = $1 AND item = $2), 0) "
		"+ 1";
	static const char sql[] = "INSERT INTO price (tenant_id, item, version, effective_at, source)"
							  " VALUES ($1, $2, $3, now(), 'model add')";
	static const char units_sql[] = "INSERT INTO price_unit (tenant_id, item, version, unit, nanos)"
									" VALUES ($1, $2, $3, 'input', $4), ($1, $2, $3, $5, $6)";
	struct look {
		bool differs;
		int64_t version;
	} look;
	const struct bh_row look_row = BH_ROW(struct look, differs, version);
	int rc = bh_db_one(tx, look_sql, BH_PARAMS(tenant, name, input, output_unit, output), &look_row,
		&look);

	if (rc < 0 || !look.differs)
		return rc;
	rc = bh_db_exec(tx, sql, BH_PARAMS(tenant, name, look.version), NULL);
	if (rc == 0)
		rc = bh_db_exec(tx, units_sql,
			BH_PARAMS(tenant, name, look.version, input, output_unit, output), NULL);
	/* Two at once: the second sees the first's version when it tries again. */
	return rc == BH_E_CONFLICT ? bh_error(BH_E_DB_RETRY, "a price was set at the same moment") : rc;
}
