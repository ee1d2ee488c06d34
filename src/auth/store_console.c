/* SPDX-License-Identifier: Apache-2.0 */
/* store_console.c: the SQL of console sessions. */
#include "auth/store_console.h"

static const struct bh_row console_row = BH_ROW(struct auth_console_row, id, account, method,
	client, secret_hash, created_ms, last_used_ms, expires_ms, revoked_ms, proved_ms, mfa_ms,
	elevated_until_ms, role, member_state, tenant_name, tenant_state, mfa_required, tenant_idle_s,
	tenant_max_s, tenant_rpm, tenant_concurrency, origins);

int
auth_store_console_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct auth_console_row *out, bool *out_found)
{
	static const char sql[] =
		"SELECT s.id, s.account_id, s.method, s.client, s.secret_hash, s.created_at, "
		"s.last_used_at,"
		"       s.expires_at, s.revoked_at, s.proved_at, s.mfa_at, s.elevated_until,"
		"       m.role, m.state, t.name, t.state, coalesce(w.mfa_required, false),"
		"       coalesce(w.session_idle_s, 0), coalesce(w.session_max_s, 0),"
		"       coalesce(l.requests_per_minute, 0), coalesce(l.concurrency, 0),"
		"       coalesce(c.origins, '')"
		"  FROM session s"
		"  JOIN membership m ON m.tenant_id = s.tenant_id AND m.account_id = s.account_id"
		"  JOIN tenant t ON t.tenant_id = $3 AND t.id = s.tenant_id"
		"  LEFT JOIN tenant_setting w ON w.tenant_id = s.tenant_id"
		"  LEFT JOIN request_limit l ON l.tenant_id = s.tenant_id"
		"  LEFT JOIN cors_origin c ON c.tenant_id = s.tenant_id"
		" WHERE s.tenant_id = $1 AND s.id = $2 AND s.secret_hash IS NOT NULL";

	return bh_db_read_maybe(db, sql, BH_PARAMS(tenant, id, &bh_platform_tenant), &console_row, out,
		out_found);
}

int
auth_store_console_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct auth_console_new *session)
{
	static const char sql[] =
		"INSERT INTO session (tenant_id, id, account_id, method, client, secret_hash, created_at,"
		"       last_used_at, expires_at, proved_at, mfa_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10)";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, &session->id, &session->account, session->method, session->client,
			&session->secret_hash, bh_time_param(session->now_ms),
			bh_time_param(session->expires_ms), bh_time_param(session->proved_ms),
			bh_time_or_null_param(session->mfa_ms)),
		NULL);
}

int
auth_store_console_used(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	int64_t now_ms)
{
	static const char sql[] = "UPDATE session"
							  "   SET last_used_at = $3"
							  " WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL"
							  "   AND last_used_at < $3";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, id, bh_time_param(now_ms)), NULL);
}

int
auth_store_console_rotate(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct auth_console_change *change, int64_t now_ms)
{
	static const char sql[] =
		"UPDATE session"
		"   SET secret_hash = $3, elevated_until = $4, mfa_at = coalesce($5, mfa_at),"
		"       proved_at = coalesce($6, proved_at), last_used_at = $7"
		" WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL AND secret_hash IS NOT NULL"
		"   AND ($8::bytea IS NULL OR secret_hash = $8)";

	return bh_db_change(tx, sql,
		BH_PARAMS(tenant, id, &change->secret_hash,
			bh_time_or_null_param(change->elevated_until_ms), bh_time_or_null_param(change->mfa_ms),
			bh_time_or_null_param(change->proved_ms), bh_time_param(now_ms),
			bh_bytes_param(change->was.data, change->was.len)));
}

static const struct bh_row person_row = BH_ROW(struct auth_console_person, state, password_set_ms,
	mfa);

int
auth_store_console_person(struct bh_db *db, const struct bh_uuid *account,
	struct auth_console_person *out)
{
	static const char sql[] = "SELECT a.state, a.password_set_at, f.account_id IS NOT NULL"
							  "  FROM account a"
							  "  LEFT JOIN account_totp f ON f.tenant_id = a.tenant_id"
							  "       AND f.account_id = a.id AND f.confirmed_at IS NOT NULL"
							  " WHERE a.tenant_id = $1 AND a.id = $2";

	return bh_db_read_one(AUTH_DB(auth_platform(db)), sql, BH_PARAMS(&bh_platform_tenant, account),
		&person_row, out);
}
