/* store_session.c: the SQL of sign-ins and refresh tokens. */
#include "auth/store_session.h"

enum { SESSION_COLUMNS = 8 };

static void
session_columns(struct auth_session *session, struct bh_column columns[SESSION_COLUMNS])
{
	columns[0] = bh_uuid_column(&session->id);
	columns[1] = bh_uuid_column(&session->account);
	columns[2] = bh_text_column(&session->method);
	columns[3] = bh_text_column(&session->client);
	columns[4] = bh_time_column(&session->created_ms);
	columns[5] = bh_time_column(&session->last_used_ms);
	columns[6] = bh_time_column(&session->expires_ms);
	columns[7] = bh_time_column(&session->revoked_ms);
}

int
auth_store_session_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct auth_session *session)
{
	static const char sql[] =
		"INSERT INTO session (tenant_id, id, account_id, method, client, created_at, last_used_at,"
		"       expires_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $6, $7)";
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(&session->id),
		bh_uuid_param(&session->account),
		bh_text_param(session->method),
		bh_text_param(session->client),
		bh_time_param(session->created_ms),
		bh_time_param(session->expires_ms),
	};

	return bh_db_exec(tx, sql, BH_LIST(params), NULL);
}

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
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(account),
		bh_time_param(now_ms),
		bh_uuid_param(bh_uuid_is_zero(after) ? NULL : after),
		bh_int_param(limit),
	};
	struct auth_session row = {0};
	struct bh_column columns[SESSION_COLUMNS];

	session_columns(&row, columns);
	return bh_db_read_each(db, sql, BH_LIST(params), BH_LIST(columns), &row, sizeof(row),
		(void **)out, out_count);
}

int
auth_store_session_revoke(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_uuid *account)
{
	static const char sql[] = "UPDATE session"
							  "   SET revoked_at = now()"
							  " WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL"
							  "   AND ($3::uuid IS NULL OR account_id = $3)"
							  " RETURNING id";
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(id),
		bh_uuid_param(account),
	};
	struct bh_uuid revoked;
	const struct bh_column columns[] = {bh_uuid_column(&revoked)};

	return bh_db_one(tx, sql, BH_LIST(params), BH_LIST(columns));
}

int
auth_store_session_revoke_all(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account)
{
	static const char sql[] = "UPDATE session"
							  "   SET revoked_at = now()"
							  " WHERE tenant_id = $1 AND account_id = $2 AND revoked_at IS NULL";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(account)};

	return bh_db_exec(tx, sql, BH_LIST(params), NULL);
}

int
auth_store_session_touch(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	int64_t now_ms)
{
	static const char sql[] = "UPDATE session"
							  "   SET last_used_at = $3"
							  " WHERE tenant_id = $1 AND id = $2";
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(id),
		bh_time_param(now_ms),
	};

	return bh_db_exec(tx, sql, BH_LIST(params), NULL);
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
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(account),
		bh_time_param(now_ms),
		bh_int_param(keep),
	};
	struct bh_uuid row;
	const struct bh_column columns[] = {bh_uuid_column(&row)};

	return bh_db_each(tx, sql, BH_LIST(params), BH_LIST(columns), &row, sizeof(row), (void **)out,
		out_count);
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
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(account),
		bh_time_param(before_ms),
		bh_time_param(now_ms),
		bh_int_param(keep),
	};

	return bh_db_exec(tx, sql, BH_LIST(params), NULL);
}

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
		"       s.revoked_at, r.id, r.expires_at, r.consumed_at, r.successor_id, "
		"r.successor_sealed,"
		"       n.consumed_at IS NOT NULL"
		"  FROM refresh_token r"
		"  JOIN session s ON s.tenant_id = r.tenant_id AND s.id = r.session_id"
		"  LEFT JOIN refresh_token n ON n.tenant_id = r.tenant_id AND n.id = r.successor_id"
		" WHERE r.tenant_id = $1 AND r.id = $2";
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(id),
		bh_bytes_param(hash->bytes, sizeof(hash->bytes)),
	};
	struct bh_uuid family;
	const struct bh_column locked[] = {bh_uuid_column(&family)};
	struct bh_column columns[SESSION_COLUMNS + 6];
	int rc;

	rc = bh_db_maybe(tx, lock_sql, BH_LIST(params), BH_LIST(locked), out_found);
	if (rc < 0 || !*out_found)
		return rc;
	session_columns(&out->session, columns);
	columns[SESSION_COLUMNS] = bh_uuid_column(&out->id);
	columns[SESSION_COLUMNS + 1] = bh_time_column(&out->expires_ms);
	columns[SESSION_COLUMNS + 2] = bh_time_column(&out->consumed_ms);
	columns[SESSION_COLUMNS + 3] = bh_uuid_column(&out->successor);
	columns[SESSION_COLUMNS + 4] = bh_bytes_column(&out->successor_sealed);
	columns[SESSION_COLUMNS + 5] = bh_bool_column(&out->successor_consumed);
	return bh_db_read_one(tx, sql, params, 2, BH_LIST(columns));
}

int
auth_store_refresh_add(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_uuid *session, const struct bh_digest *hash, int64_t expires_ms)
{
	static const char sql[] =
		"INSERT INTO refresh_token (tenant_id, id, session_id, hash, expires_at)"
		" VALUES ($1, $2, $3, $4, $5)";
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(id),
		bh_uuid_param(session),
		bh_bytes_param(hash->bytes, sizeof(hash->bytes)),
		bh_time_param(expires_ms),
	};

	return bh_db_exec(tx, sql, BH_LIST(params), NULL);
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
	const struct bh_param forget[] = {bh_uuid_param(tenant), bh_uuid_param(&token->session.id)};
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(&token->id),
		bh_time_param(now_ms),
		bh_uuid_param(successor),
		bh_bytes_param(sealed, sealed_len),
	};
	int rc;

	rc = bh_db_exec(tx, forget_sql, BH_LIST(forget), NULL);
	if (rc < 0)
		return rc;
	return bh_db_exec(tx, sql, BH_LIST(params), NULL);
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
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(session),
		bh_int_param(keep),
	};

	return bh_db_exec(tx, sql, BH_LIST(params), NULL);
}
