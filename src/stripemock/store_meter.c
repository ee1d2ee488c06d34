/* SPDX-License-Identifier: Apache-2.0 */
/* store_meter.c: the SQL of usage that was reported to meters. */
#include "stripemock/store.h"

static const struct bh_row sum_row = BH_ROW(struct stripemock_usage_sum, start, sum, count, last);

int
stripemock_store_usage_add(struct bh_db *db, const struct bh_uuid *tenant,
	const struct stripemock_usage *usage, bool *out_added)
{
	static const char sql[] =
		"INSERT INTO stripemock_meter_event"
		"       (tenant_id, meter, identifier, customer, happened, value, id)"
		" SELECT $1, $2, $3, $4, $5, $6, $7"
		"  WHERE NOT EXISTS (SELECT FROM stripemock_meter_event AS e"
		"         WHERE e.tenant_id = $1 AND e.meter = $2 AND e.identifier = $3"
		"           AND e.made_at > now() - interval '24 hours')"
		" RETURNING true";
	struct bh_uuid id = bh_uuid_new();
	int64_t rows = 0;
	int rc = bh_db_exec(db, sql,
		BH_PARAMS(tenant, usage->meter, usage->identifier, usage->customer, usage->happened,
			usage->value, &id),
		&rows);

	*out_added = rows > 0;
	return rc;
}

int
stripemock_store_usage_cancel(struct bh_db *db, const struct bh_uuid *tenant, const char *meter,
	const char *identifier, bool *out_found)
{
	static const char sql[] =
		"UPDATE stripemock_meter_event SET is_cancelled = true"
		" WHERE tenant_id = $1 AND meter = $2 AND identifier = $3 AND NOT is_cancelled"
		"   AND made_at > now() - interval '24 hours'";

	return bh_db_change_maybe(db, sql, BH_PARAMS(tenant, meter, identifier), out_found);
}

int
stripemock_store_usage_sums(struct bh_db *db, const struct bh_uuid *tenant,
	const struct stripemock_usage *of, int64_t start, int64_t end, int64_t step,
	struct stripemock_usage_sum **out, size_t *out_n)
{
	static const char sql[] = "SELECT $4 + (happened - $4) / $6 * $6, sum(value)::bigint, count(*),"
							  "       (array_agg(value ORDER BY happened DESC, made_at DESC))[1]"
							  "  FROM stripemock_meter_event"
							  " WHERE tenant_id = $1 AND meter = $2 AND customer = $3"
							  "   AND happened >= $4 AND happened < $5 AND NOT is_cancelled"
							  " GROUP BY 1 ORDER BY 1 DESC";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, of->meter, of->customer, start, end, step),
		&sum_row, out, out_n);
}

int
stripemock_store_usage_lock(struct bh_db *db, const struct bh_uuid *tenant, const char *meter,
	const char *customer, bool *out_locked)
{
	static const char sql[] =
		"SELECT pg_try_advisory_xact_lock(hashtextextended($1::text || $2 || ' ' || $3, 0))";

	return bh_db_one(db, sql, BH_PARAMS(tenant, meter, customer), &bh_row_bool, out_locked);
}
