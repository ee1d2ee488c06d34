/* SPDX-License-Identifier: Apache-2.0 */
/* store_stream.c: the SQL of webhooks that receive audit events. */
#include "auth/stream.h"

static const struct bh_row stream_row = BH_ROW(struct auth_stream, url, secret, previous,
	previous_until_ms, position, epoch, attempts, error, next_ms, delivered_ms);
static const struct bh_row event_row = BH_ROW(struct auth_audit_row, tenant, id, source, action,
	actor, object, request_id, status, staff, line, position);

int
auth_store_stream_get(struct bh_db *db, const struct bh_uuid *tenant, struct auth_stream *out)
{
	static const char sql[] =
		"SELECT url, secret_sealed, previous_sealed, previous_until, position, epoch, attempts,"
		"       error, next_at, delivered_at"
		"  FROM audit_stream WHERE tenant_id = $1";
	struct auth_stream stream = {0};
	bool found;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant), &stream_row, &stream, &found);

	if (rc == 0)
		*out = stream;
	return rc;
}

int
auth_store_stream_set(struct bh_db *db, const struct bh_uuid *tenant, const char *url,
	const struct bh_buf *sealed, int64_t position, bool *out_used)
{
	static const char sql[] =
		"INSERT INTO audit_stream AS s (tenant_id, url, secret_sealed, position)"
		" SELECT $1, $2, $3, CASE WHEN $4 >= 0 THEN $4 ELSE"
		"   coalesce((SELECT size FROM audit_chain WHERE tenant_id = $1), 0) END"
		" ON CONFLICT (tenant_id) DO UPDATE"
		"   SET url = excluded.url, changed_at = excluded.changed_at,"
		"       next_at = excluded.next_at, attempts = 0,"
		"       error = NULL, epoch = s.epoch + 1,"
		"       position = CASE WHEN $4 >= 0 THEN $4 ELSE s.position END"
		" RETURNING secret_sealed = $3";

	return bh_db_one(db, sql,
		BH_PARAMS(tenant, url, bh_bytes_param(sealed->data, sealed->len), position), &bh_row_bool,
		out_used);
}

int
auth_store_stream_rotate(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_buf *sealed, int64_t previous_until_ms)
{
	static const char sql[] =
		"UPDATE audit_stream"
		"   SET previous_sealed = secret_sealed, previous_until = $3, secret_sealed = $2"
		" WHERE tenant_id = $1";

	return bh_db_change(db, sql,
		BH_PARAMS(tenant, bh_bytes_param(sealed->data, sealed->len),
			bh_time_param(previous_until_ms)));
}

int
auth_store_stream_remove(struct bh_db *db, const struct bh_uuid *tenant)
{
	static const char sql[] = "DELETE FROM audit_stream WHERE tenant_id = $1";

	return bh_db_exec(db, sql, BH_PARAMS(tenant), NULL);
}

int
auth_store_stream_claim(struct bh_db *db, const struct bh_uuid *tenant, struct bh_uuid *out)
{
	static const char sql[] = "SELECT audit_stream_claim($1)";

	return bh_db_one(db, sql, BH_PARAMS(tenant), &bh_row_uuid, out);
}

int
auth_store_stream_events(struct bh_db *db, const struct bh_uuid *tenant, int64_t from, int64_t most,
	struct auth_audit_row **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT tenant_id, id, source, action, actor, object, request_id, status, staff, line,"
		"       position"
		"  FROM audit_event"
		" WHERE tenant_id = $1 AND position >= $2 AND position >= 0"
		" ORDER BY position LIMIT $3";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, from, most), &event_row, out, out_n);
}

int
auth_store_stream_taken(struct bh_db *db, const struct bh_uuid *tenant, int64_t epoch,
	int64_t position)
{
	static const char sql[] =
		"UPDATE audit_stream"
		"   SET position = $3, attempts = 0, error = NULL, delivered_at = now()"
		" WHERE tenant_id = $1 AND epoch = $2";

	return bh_db_change(db, sql, BH_PARAMS(tenant, epoch, position));
}

int
auth_store_stream_leave(struct bh_db *db, const struct bh_uuid *tenant, int64_t epoch,
	const char *error, int64_t next_ms)
{
	static const char sql[] =
		"UPDATE audit_stream"
		"   SET next_at = $4, error = $3,"
		"       attempts = CASE WHEN $3::text IS NULL THEN attempts ELSE attempts + 1 END"
		" WHERE tenant_id = $1 AND epoch = $2";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, epoch, error, bh_time_param(next_ms)), NULL);
}
