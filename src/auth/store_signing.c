/* SPDX-License-Identifier: Apache-2.0 */
/* store_signing.c: the SQL of signing keys. */
#include "auth/store_signing.h"

int
auth_store_signing_lock(struct bh_db *tx)
{
	/* The number is any constant that nobody else takes. Its result is read, or the planner could
	 * leave the call out. */
	static const char sql[] = "SELECT length(pg_advisory_xact_lock(7214330001)::text)";
	int64_t nothing;

	return bh_db_one(AUTH_DB(auth_platform(tx)), sql, NULL, 0, &bh_row_int, &nothing);
}

static const struct bh_row signing_row = BH_ROW(struct auth_signing_key, id, state, public_jwk,
	private_sealed, created_ms, state_ms);

int
auth_store_signing_list(struct bh_db *db, struct auth_signing_key **out, size_t *out_count)
{
	static const char sql[] = "SELECT id, state, public_jwk, private_sealed, created_at, state_at"
							  "  FROM signing_key"
							  " WHERE tenant_id = $1 AND algorithm = 'ES256' AND state <> 'revoked'"
							  " ORDER BY tenant_id, id";

	return bh_db_read_each(AUTH_DB(auth_platform(db)), sql, BH_PARAMS(&bh_platform_tenant),
		&signing_row, out, out_count);
}

int
auth_store_signing_add(struct bh_db *tx, const struct auth_signing_key *key, int64_t now_ms)
{
	static const char sql[] =
		"INSERT INTO signing_key (tenant_id, id, algorithm, state, private_sealed, public_jwk,"
		"       created_at, state_at)"
		" VALUES ($1, $2, 'ES256', $3, $4, $5, $6, $6)";

	return bh_db_exec(AUTH_DB(auth_platform(tx)), sql,
		BH_PARAMS(&bh_platform_tenant, &key->id, key->state,
			bh_bytes_param(key->private_sealed.data, key->private_sealed.len), key->public_jwk,
			bh_time_param(now_ms)),
		NULL);
}

int
auth_store_signing_set_state(struct bh_db *tx, const struct bh_uuid *id, const char *state,
	int64_t now_ms)
{
	static const char sql[] =
		"UPDATE signing_key"
		"   SET state = $3, state_at = $4,"
		"       private_sealed = CASE WHEN $3 IN ('standby', 'in_use') THEN private_sealed END"
		" WHERE tenant_id = $1 AND id = $2";

	return bh_db_exec(AUTH_DB(auth_platform(tx)), sql,
		BH_PARAMS(&bh_platform_tenant, id, state, bh_time_param(now_ms)), NULL);
}
