/* SPDX-License-Identifier: Apache-2.0 */
/* store_object.c: the SQL of objects of all kinds. */
#include "stripemock/store.h"

static const struct bh_row count_row = BH_ROW(struct stripemock_count, kind, n);

#define COLUMNS "id, kind, seq, customer, clock, created, due, is_gone, body"
static const struct bh_row object_row = BH_ROW(struct stripemock_row, id, kind, seq, customer,
	clock, created, due, is_gone, body);

int
stripemock_store_object_find(struct bh_db *db, const struct bh_uuid *tenant, const char *id,
	struct stripemock_row *out, bool *out_found)
{
	static const char sql[] = "SELECT " COLUMNS
							  " FROM stripemock_object WHERE tenant_id = $1 AND id = $2";

	return bh_db_read_maybe(db, sql, BH_PARAMS(tenant, id), &object_row, out, out_found);
}

int
stripemock_store_object_put(struct bh_db *db, const struct bh_uuid *tenant,
	const struct stripemock_row *row)
{
	static const char sql[] =
		"INSERT INTO stripemock_object"
		"       (tenant_id, id, kind, seq, customer, clock, created, due, is_gone, body)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, nullif($8::bigint, 0), $9, $10)"
		" ON CONFLICT (tenant_id, id) DO UPDATE"
		"   SET customer = excluded.customer, clock = excluded.clock, due = excluded.due,"
		"       is_gone = excluded.is_gone, body = excluded.body";

	return bh_db_exec(db, sql,
		BH_PARAMS(tenant, row->id, row->kind, row->seq, row->customer, row->clock, row->created,
			row->due, row->is_gone, bh_json_text_param(row->body)),
		NULL);
}

int
stripemock_store_object_remove(struct bh_db *db, const struct bh_uuid *tenant, const char *id)
{
	static const char sql[] = "DELETE FROM stripemock_object WHERE tenant_id = $1 AND id = $2";

	return bh_db_change(db, sql, BH_PARAMS(tenant, id));
}

static int
list_down(struct bh_db *db, const struct bh_uuid *tenant, const struct stripemock_filter *filter,
	struct stripemock_row **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT " COLUMNS "  FROM stripemock_object"
		" WHERE tenant_id = $1 AND kind = $2 AND ($3::text IS NULL OR customer = $3)"
		"   AND ($4::jsonb IS NULL OR body @> $4)"
		"   AND created >= $5 AND ($6 = 0 OR created <= $6) AND ($7 = 0 OR seq < $7)"
		"   AND NOT is_gone"
		" ORDER BY seq DESC LIMIT $8";

	return bh_db_read_each(db, sql,
		BH_PARAMS(tenant, filter->kind, filter->customer, bh_json_text_param(filter->members),
			filter->created_least, filter->created_most, filter->after, filter->limit),
		&object_row, out, out_n);
}

static int
list_up(struct bh_db *db, const struct bh_uuid *tenant, const struct stripemock_filter *filter,
	struct stripemock_row **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT " COLUMNS "  FROM stripemock_object"
		" WHERE tenant_id = $1 AND kind = $2 AND ($3::text IS NULL OR customer = $3)"
		"   AND ($4::jsonb IS NULL OR body @> $4)"
		"   AND created >= $5 AND ($6 = 0 OR created <= $6) AND seq > $7 AND NOT is_gone"
		" ORDER BY seq LIMIT $8";

	return bh_db_read_each(db, sql,
		BH_PARAMS(tenant, filter->kind, filter->customer, bh_json_text_param(filter->members),
			filter->created_least, filter->created_most, filter->before, filter->limit),
		&object_row, out, out_n);
}

int
stripemock_store_object_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct stripemock_filter *filter, struct stripemock_row **out, size_t *out_n)
{
	return filter->before != 0 ? list_up(db, tenant, filter, out, out_n)
							   : list_down(db, tenant, filter, out, out_n);
}

int
stripemock_store_object_due(struct bh_db *db, const struct bh_uuid *tenant, const char *clock,
	int64_t most, struct stripemock_row *out, bool *out_found)
{
	static const char sql[] =
		"SELECT " COLUMNS "  FROM stripemock_object"
		" WHERE tenant_id = $1 AND clock = $2 AND due IS NOT NULL AND due <= $3"
		" ORDER BY due, seq LIMIT 1";

	return bh_db_read_maybe(db, sql, BH_PARAMS(tenant, clock, most), &object_row, out, out_found);
}

int
stripemock_store_object_count(struct bh_db *db, const struct bh_uuid *tenant,
	struct stripemock_count **out, size_t *out_n)
{
	static const char sql[] = "SELECT kind, count(*) FROM stripemock_object"
							  " WHERE tenant_id = $1 AND NOT is_gone GROUP BY kind ORDER BY kind";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &count_row, out, out_n);
}
