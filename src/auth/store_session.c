/* SPDX-License-Identifier: Apache-2.0 */
/* store_session.c: the SQL of sign-ins and refresh tokens. */
#include "auth/store_session.h"

int
auth_store_session_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct auth_session *session)
{
	static const char sql[] =
		"INSERT INTO session (tenant_id, id, account_id, method, client, created_at, last_used_at,"
		"       expires_at, mfa_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, &session->id, &session->account, session->method, session->client,
			bh_time_param(session->created_ms), bh_time_param(session->expires_ms),
			bh_time_or_null_param(session->mfa_ms)),
		NULL);
}

static const struct bh_row session_row = BH_ROW(struct auth_session, id, account, method, client,
	created_ms, last_used_ms, expires_ms, revoked_ms);

int
auth_store_session_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *account, int64_t now_ms, const struct bh_uuid *after, int64_t limit,
	struct auth_session **out, size_t *out_count)
{
	static const char sql[] =
		"SELECT id, account_id, method, client, created_at, last_used_at, expires_at, revoked_at"
		"  FROM session"
		" WHERE tenant_id = $1 AND account_id = $2 AND revoked_at IS NULL AND expires_at > $3"
		"   AND ($4::uuid IS NULL OR id < $4)"
		" ORDER BY id DESC"
		" LIMIT $5";

	return bh_db_read_each(db, sql,
		BH_PARAMS(tenant, account, bh_time_param(now_ms), bh_uuid_or_null_param(after), limit),
		&session_row, out, out_count);
}

int
auth_store_session_revoke(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_uuid *account)
{
	static const char sql[] = "UPDATE session"
							  "   SET revoked_at = now()"
							  " WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL"
							  "   AND ($3::uuid IS NULL OR account_id = $3)";

	return bh_db_change(tx, sql, BH_PARAMS(tenant, id, account));
}

int
auth_store_session_revoke_all(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account)
{
	static const char sql[] = "UPDATE session"
							  "   SET revoked_at = now()"
							  " WHERE tenant_id = $1 AND account_id = $2 AND revoked_at IS NULL";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, account), NULL);
}

int
auth_store_session_revoke_others(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, const struct bh_uuid *keep)
{
	static const char sql[] = "UPDATE session"
							  "   SET revoked_at = now()"
							  " WHERE tenant_id = $1 AND account_id = $2 AND revoked_at IS NULL"
							  "   AND ($3::uuid IS NULL OR id <> $3)";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, account, keep), NULL);
}

int
auth_store_session_touch(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	int64_t now_ms)
{
	static const char sql[] = "UPDATE session"
							  "   SET last_used_at = $3"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, id, bh_time_param(now_ms)), NULL);
}

int
auth_store_session_trim(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, int64_t now_ms, int64_t keep, struct bh_uuid **out,
	size_t *out_count)
{
	static const char sql[] =
		"UPDATE session"
		"   SET revoked_at = $3"
		" WHERE tenant_id = $1"
		"   AND id IN (SELECT id FROM session"
		"               WHERE tenant_id = $1 AND account_id = $2 AND revoked_at IS NULL"
		"                 AND expires_at > $3"
		"               ORDER BY created_at DESC, id DESC"
		"              OFFSET $4)"
		" RETURNING id";

	return bh_db_each(tx, sql, BH_PARAMS(tenant, account, bh_time_param(now_ms), keep),
		&bh_row_uuid, out, out_count);
}

int
auth_store_session_prune(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, int64_t before_ms, int64_t now_ms, int64_t keep)
{
	static const char sql[] =
		"DELETE FROM session"
		" WHERE tenant_id = $1 AND account_id = $2"
		"   AND (expires_at < $3 OR revoked_at < $3"
		"        OR id IN (SELECT id FROM session"
		"                   WHERE tenant_id = $1 AND account_id = $2"
		"                     AND (revoked_at IS NOT NULL OR expires_at <= $4)"
		"                   ORDER BY created_at DESC, id DESC"
		"                  OFFSET $5))";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, account, bh_time_param(before_ms), bh_time_param(now_ms), keep), NULL);
}

static const struct bh_row refresh_row = BH_ROW(struct auth_refresh, session.id, session.account,
	session.method, session.client, session.created_ms, session.last_used_ms, session.expires_ms,
	session.revoked_ms, session.mfa_ms, id, expires_ms, consumed_ms, successor, successor_sealed,
	successor_consumed);

int
auth_store_refresh_lock(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_digest *hash, struct auth_refresh *out, bool *out_found)
{
	/* The family is locked first and by itself: what the second statement reads is then no older than
	 * the lock, so two uses of one token are seen one after the other. */
	static const char lock_sql[] = "SELECT id FROM session"
								   " WHERE tenant_id = $1"
								   "   AND id = (SELECT session_id FROM refresh_token"
								   "              WHERE tenant_id = $1 AND id = $2 AND hash = $3)"
								   "   FOR UPDATE";
	static const char sql[] =
		"SELECT s.id, s.account_id, s.method, s.client, s.created_at, s.last_used_at, s.expires_at,"
		"       s.revoked_at, s.mfa_at, r.id, r.expires_at, r.consumed_at, r.successor_id,"
		"       r.successor_sealed, n.consumed_at IS NOT NULL"
		"  FROM refresh_token r"
		"  JOIN session s ON s.tenant_id = r.tenant_id AND s.id = r.session_id"
		"  LEFT JOIN refresh_token n ON n.tenant_id = r.tenant_id AND n.id = r.successor_id"
		" WHERE r.tenant_id = $1 AND r.id = $2";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(id),
		bh_digest_param(hash)};
	struct bh_uuid family;
	bool found;
	int rc = bh_db_maybe(tx, lock_sql, BH_LIST(params), &bh_row_uuid, &family, &found);

	if (rc == 0 && found)
		rc = bh_db_read_one(tx, sql, params, 2, &refresh_row, out);
	if (rc == 0)
		*out_found = found;
	return rc;
}

int
auth_store_refresh_add(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_uuid *session, const struct bh_digest *hash, int64_t expires_ms)
{
	static const char sql[] =
		"INSERT INTO refresh_token (tenant_id, id, session_id, hash, expires_at)"
		" VALUES ($1, $2, $3, $4, $5)";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, id, session, hash, bh_time_param(expires_ms)),
		NULL);
}

int
auth_store_refresh_consume(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct auth_refresh *token, const struct bh_uuid *successor, const void *sealed,
	size_t sealed_len, int64_t now_ms)
{
	static const char forget_sql[] =
		"UPDATE refresh_token"
		"   SET successor_sealed = NULL"
		" WHERE tenant_id = $1 AND session_id = $2 AND successor_sealed IS NOT NULL";
	static const char sql[] = "UPDATE refresh_token"
							  "   SET consumed_at = $3, successor_id = $4, successor_sealed = $5"
							  " WHERE tenant_id = $1 AND id = $2";
	int rc = bh_db_exec(tx, forget_sql, BH_PARAMS(tenant, &token->session.id), NULL);

	return rc < 0 ? rc
				  : bh_db_exec(tx, sql,
						BH_PARAMS(tenant, &token->id, bh_time_param(now_ms), successor,
							bh_bytes_param(sealed, sealed_len)),
						NULL);
}

int
auth_store_refresh_trim(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *session, int64_t keep)
{
	static const char sql[] =
		"DELETE FROM refresh_token"
		" WHERE tenant_id = $1"
		"   AND id IN (SELECT id FROM refresh_token"
		"               WHERE tenant_id = $1 AND session_id = $2 AND consumed_at IS NOT NULL"
		"               ORDER BY consumed_at DESC, id DESC"
		"              OFFSET $3)";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, session, keep), NULL);
}
