/* SPDX-License-Identifier: Apache-2.0 */
/* store_mail.c: the SQL of mail to people. */
#include "auth/store_mail.h"

#define MAIL_COLUMNS \
	"id, about, kind, recipient, subject, link_sealed, body_sealed, state, error, attempts," \
	" created_at, expires_at"
static const struct bh_row mail_row = BH_ROW(struct auth_mail_row, id, about, kind, recipient,
	subject, link, body, state, error, attempts, created_ms, expires_ms);

int
auth_store_mail_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct auth_mail_row *mail)
{
	static const char sql[] =
		"INSERT INTO outbox_mail (tenant_id, id, about, kind, recipient, subject, link_sealed,"
		"       body_sealed, state, created_at, expires_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, &mail->id, &mail->about, mail->kind, mail->recipient, mail->subject,
			bh_bytes_param(mail->link.data, mail->link.len),
			bh_bytes_param(mail->body.data, mail->body.len), mail->state,
			bh_time_param(mail->created_ms), bh_time_param(mail->expires_ms)),
		NULL);
}

int
auth_store_mail_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct auth_mail_row *out)
{
	static const char sql[] = "SELECT " MAIL_COLUMNS "  FROM outbox_mail"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &mail_row, out);
}

int
auth_store_mail_list(struct bh_db *db, const struct bh_uuid *tenant, int64_t limit,
	struct auth_mail_row **out, size_t *out_count)
{
	static const char sql[] = "SELECT " MAIL_COLUMNS "  FROM outbox_mail"
							  " WHERE tenant_id = $1"
							  " ORDER BY tenant_id DESC, id DESC"
							  " LIMIT $2";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, limit), &mail_row, out, out_count);
}

int
auth_store_mail_count(struct bh_db *db, const struct bh_uuid *tenant, const char *kind,
	int64_t since_ms, int64_t most, int64_t *out)
{
	static const char sql[] = "SELECT count(*)"
							  "  FROM (SELECT FROM outbox_mail"
							  "         WHERE tenant_id = $1 AND kind = $2 AND created_at > $3"
							  "         LIMIT $4) lately";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, kind, bh_time_param(since_ms), most),
		&bh_row_int, out);
}

int
auth_store_mail_failed(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *error)
{
	static const char sql[] = "UPDATE outbox_mail"
							  "   SET attempts = attempts + 1, error = $3"
							  " WHERE tenant_id = $1 AND id = $2 AND state = 'pending'";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, id, error), NULL);
}

int
auth_store_mail_end(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *state, const char *error)
{
	static const char sql[] =
		"UPDATE outbox_mail"
		"   SET state = $3, error = $4,"
		"       attempts = attempts + CASE WHEN $3 = 'sent' THEN 1 ELSE 0 END,"
		"       link_sealed = CASE WHEN $3 = 'local' THEN link_sealed END,"
		"       body_sealed = CASE WHEN $3 = 'local' THEN body_sealed END"
		" WHERE tenant_id = $1 AND id = $2 AND state = 'pending'";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, id, state, error), NULL);
}

int
auth_store_mail_drop(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *about)
{
	static const char sql[] =
		"UPDATE outbox_mail"
		"   SET state = 'dead', error = 'its link does not work any more', link_sealed = NULL,"
		"       body_sealed = NULL"
		" WHERE tenant_id = $1 AND about = $2 AND state IN ('pending', 'local')";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, about), NULL);
}

/* One of the exceptions: each service finds whose rows it looks after, without their content. */
int
auth_store_mail_tenants(struct bh_db *db, int64_t limit, struct bh_uuid **out, size_t *out_count)
{
	static const char sql[] = "SELECT tenant_id"
							  "  FROM retention"
							  " WHERE queue = 'auth' AND kind = 'outbox_mail'"
							  " ORDER BY oldest_at DESC"
							  " LIMIT $1";

	return bh_db_read_each(db, sql, BH_PARAMS(limit), &bh_row_uuid, out, out_count);
}
