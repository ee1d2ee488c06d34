/* SPDX-License-Identifier: Apache-2.0 */
/* store_totp.c: the SQL of authenticator apps and recovery codes. */
#include "auth/store_totp.h"

static const struct bh_row totp_row = BH_ROW(struct auth_totp_row, secret_sealed, last_step,
	confirmed_ms);

int
auth_store_totp_get(struct bh_db *db, const struct bh_uuid *account, struct auth_totp_row *out,
	bool *out_found)
{
	static const char sql[] = "SELECT secret_sealed, last_step, confirmed_at"
							  "  FROM account_totp"
							  " WHERE tenant_id = $1 AND account_id = $2";

	return bh_db_read_maybe(AUTH_DB(auth_platform(db)), sql,
		BH_PARAMS(&bh_platform_tenant, account), &totp_row, out, out_found);
}

int
auth_store_totp_begin(struct bh_db *db, const struct bh_uuid *account, const void *sealed,
	size_t sealed_len, int64_t now_ms, bool *out_begun)
{
	static const char sql[] =
		"INSERT INTO account_totp AS f (tenant_id, account_id, secret_sealed, created_at)"
		" VALUES ($1, $2, $3, $4)"
		" ON CONFLICT (tenant_id, account_id) DO UPDATE"
		"   SET secret_sealed = excluded.secret_sealed, created_at = excluded.created_at,"
		"       last_step = 0"
		" WHERE f.confirmed_at IS NULL";

	return bh_db_change_maybe(AUTH_DB(auth_platform(db)), sql,
		BH_PARAMS(&bh_platform_tenant, account, bh_bytes_param(sealed, sealed_len),
			bh_time_param(now_ms)),
		out_begun);
}

int
auth_store_totp_step(struct bh_db *tx, const struct bh_uuid *account, int64_t step, bool confirm,
	int64_t now_ms, bool *out_taken)
{
	static const char sql[] = "UPDATE account_totp"
							  "   SET last_step = $3, confirmed_at = coalesce(confirmed_at, $5)"
							  " WHERE tenant_id = $1 AND account_id = $2 AND last_step < $3"
							  "   AND (confirmed_at IS NULL) = $4";

	return bh_db_change_maybe(AUTH_DB(auth_platform(tx)), sql,
		BH_PARAMS(&bh_platform_tenant, account, step, confirm, bh_time_param(now_ms)), out_taken);
}

int
auth_store_totp_remove(struct bh_db *db, const struct bh_uuid *account)
{
	static const char sql[] = "DELETE FROM account_totp"
							  " WHERE tenant_id = $1 AND account_id = $2";

	return bh_db_change(AUTH_DB(auth_platform(db)), sql, BH_PARAMS(&bh_platform_tenant, account));
}

int
auth_store_totp_codes(struct bh_db *tx, const struct bh_uuid *account,
	const struct bh_bytes *hashes, size_t n_hashes)
{
	static const char forget_sql[] = "DELETE FROM account_recovery_code"
									 " WHERE tenant_id = $1 AND account_id = $2";
	static const char sql[] = "INSERT INTO account_recovery_code (tenant_id, account_id, hash)"
							  " SELECT $1, $2, hash FROM unnest($3::bytea[]) AS code (hash)"
							  " RETURNING true";
	struct bh_db platform = auth_platform(tx);
	int rc = bh_db_exec(&platform, forget_sql, BH_PARAMS(&bh_platform_tenant, account), NULL);

	return rc < 0
		? rc
		: bh_db_exec(&platform, sql,
			  BH_PARAMS(&bh_platform_tenant, account, bh_bytes_array_param(hashes, n_hashes)),
			  NULL);
}

BH_MUST_CHECK static int
code_find(struct bh_db *platform, const struct bh_uuid *account, const struct bh_digest *hash,
	bool *out_good)
{
	static const char sql[] = "SELECT EXISTS (SELECT FROM account_recovery_code"
							  "                WHERE tenant_id = $1 AND account_id = $2"
							  "                  AND hash = $3 AND used_at IS NULL)";

	return bh_db_read_one(platform, sql, BH_PARAMS(&bh_platform_tenant, account, hash),
		&bh_row_bool, out_good);
}

int
auth_store_totp_code(struct bh_db *db, const struct bh_uuid *account, const struct bh_digest *hash,
	bool use, int64_t now_ms, bool *out_good)
{
	static const char sql[] = "UPDATE account_recovery_code"
							  "   SET used_at = $4"
							  " WHERE tenant_id = $1 AND account_id = $2 AND hash = $3"
							  "   AND used_at IS NULL";
	struct bh_db platform = auth_platform(db);

	return !use
		? code_find(&platform, account, hash, out_good)
		: bh_db_change_maybe(&platform, sql,
			  BH_PARAMS(&bh_platform_tenant, account, hash, bh_time_param(now_ms)), out_good);
}
