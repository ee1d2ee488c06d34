/* SPDX-License-Identifier: Apache-2.0 */
/* store_notice.c: the SQL of notices and of their endpoint. */
#include "billing/store_notice.h"

#define NOTICE_COLUMNS \
	"id, owner_id, owner_kind, span, percent, limit_nanos, spent_nanos, crossed_at, webhook," \
	" webhook_error, webhook_at, mail, mail_error, mail_at, attempts"
static const struct bh_row notice_row = BH_ROW(struct billing_notice, id, owner, owner_kind, span,
	percent, limit, spent, crossed_ms, webhook, webhook_error, webhook_ms, mail, mail_error,
	mail_ms, attempts);

static const struct bh_row endpoint_row = BH_ROW(struct billing_endpoint, url, secret, previous,
	previous_until_ms, emails, changed_ms);

int
billing_store_notice_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct billing_notice *out)
{
	static const char sql[] = "SELECT " NOTICE_COLUMNS "  FROM notice"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &notice_row, out);
}

int
billing_store_notice_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_slice *slice, struct billing_notice **out, size_t *out_n)
{
	static const char sql[] = "SELECT " NOTICE_COLUMNS "  FROM notice"
							  " WHERE tenant_id = $1 AND id > $2 AND id < $3"
							  " ORDER BY tenant_id DESC, id DESC LIMIT $4";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, &slice->low, &slice->high, slice->limit),
		&notice_row, out, out_n);
}

int
billing_store_notice_tried(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	static const char sql[] = "UPDATE notice SET attempts = attempts + 1"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_change(db, sql, BH_PARAMS(tenant, id));
}

int
billing_store_notice_webhook(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *state, const char *error)
{
	static const char sql[] = "UPDATE notice"
							  "   SET webhook = $3, webhook_error = $4, webhook_at = CASE WHEN "
							  "$4::text IS NULL THEN clock.at END"
							  "  FROM (SELECT now() AS at OFFSET 0) AS clock"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_change(db, sql, BH_PARAMS(tenant, id, state, error));
}

int
billing_store_notice_mail(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *state, const char *error)
{
	static const char sql[] =
		"UPDATE notice"
		"   SET mail = $3, mail_error = $4, mail_at = CASE WHEN $4::text IS NULL THEN clock.at END"
		"  FROM (SELECT now() AS at OFFSET 0) AS clock"
		" WHERE tenant_id = $1 AND id = $2";

	return bh_db_change(db, sql, BH_PARAMS(tenant, id, state, error));
}

int
billing_store_endpoint_get(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_endpoint *out)
{
	static const char sql[] =
		"SELECT url, secret_sealed, previous_sealed, previous_until, emails, changed_at"
		"  FROM notice_endpoint"
		" WHERE tenant_id = $1";
	struct billing_endpoint endpoint = {0};
	bool found = false;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant), &endpoint_row, &endpoint, &found);

	if (rc == 0)
		*out = endpoint;
	return rc;
}

int
billing_store_endpoint_set(struct bh_db *db, const struct bh_uuid *tenant, const char *url,
	const struct bh_buf *sealed, const char *emails, bool *out_used)
{
	static const char sql[] =
		"INSERT INTO notice_endpoint AS e (tenant_id, url, secret_sealed, emails)"
		" VALUES ($1, $2, CASE WHEN $2::text IS NOT NULL THEN $3::bytea END, $4)"
		" ON CONFLICT (tenant_id) DO UPDATE"
		"   SET url = excluded.url, emails = excluded.emails,"
		"       changed_at = excluded.changed_at,"
		"       secret_sealed = CASE WHEN excluded.url IS NOT NULL"
		"         THEN coalesce(e.secret_sealed, excluded.secret_sealed) END,"
		"       previous_sealed = CASE WHEN excluded.url IS NOT NULL THEN e.previous_sealed END,"
		"       previous_until = CASE WHEN excluded.url IS NOT NULL THEN e.previous_until END"
		" RETURNING coalesce(secret_sealed = $3::bytea, false)";

	return bh_db_one(db, sql,
		BH_PARAMS(tenant, url, bh_bytes_param(sealed->data, sealed->len), emails), &bh_row_bool,
		out_used);
}

int
billing_store_endpoint_rotate(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_buf *sealed, int64_t previous_until_ms)
{
	static const char sql[] =
		"UPDATE notice_endpoint"
		"   SET previous_sealed = secret_sealed, previous_until = $3, secret_sealed = $2,"
		"       changed_at = now()"
		" WHERE tenant_id = $1 AND url IS NOT NULL";

	return bh_db_change(db, sql,
		BH_PARAMS(tenant, bh_bytes_param(sealed->data, sealed->len),
			bh_time_param(previous_until_ms)));
}
