/* SPDX-License-Identifier: Apache-2.0 */
/* store_link.c: the SQL of one-time links. */
#include "auth/store_link.h"

int
auth_store_link_add(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_uuid *account, const char *purpose, const struct bh_digest *hash,
	const char *created_by, int64_t expires_ms)
{
	static const char over_sql[] =
		"DELETE FROM one_time_link"
		" WHERE tenant_id = $1 AND account_id = $2 AND purpose = $3"
		"   AND (used_at IS NOT NULL OR voided_at IS NOT NULL OR expires_at < now())";
	static const char void_sql[] = "UPDATE one_time_link"
								   "   SET voided_at = now()"
								   " WHERE tenant_id = $1 AND account_id = $2 AND purpose = $3"
								   "   AND used_at IS NULL AND voided_at IS NULL";
	static const char sql[] = "INSERT INTO one_time_link (tenant_id, id, account_id, purpose, "
							  "hash, created_by, expires_at)"
							  " VALUES ($1, $2, $3, $4, $5, $6, $7)";
	const struct bh_param old[] = {bh_uuid_param(tenant), bh_uuid_param(account),
		bh_text_param(purpose)};
	int rc = bh_db_exec(tx, over_sql, BH_LIST(old), NULL);

	if (rc == 0)
		rc = bh_db_exec(tx, void_sql, BH_LIST(old), NULL);
	return rc < 0
		? rc
		: bh_db_exec(tx, sql,
			  BH_PARAMS(tenant, id, account, purpose, hash, created_by, bh_time_param(expires_ms)),
			  NULL);
}

int
auth_store_link_add_beside(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_uuid *account, const char *purpose, const struct bh_digest *hash,
	const char *created_by, int64_t now_ms, int64_t expires_ms)
{
	static const char sql[] = "INSERT INTO one_time_link (tenant_id, id, account_id, purpose, "
							  "hash, created_by, created_at, expires_at)"
							  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, id, account, purpose, hash, created_by, bh_time_param(now_ms),
			bh_time_param(expires_ms)),
		NULL);
}

int
auth_store_link_count(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *account,
	const char *purpose, int64_t since_ms, int64_t *out)
{
	static const char sql[] =
		"SELECT count(*)"
		"  FROM one_time_link"
		" WHERE tenant_id = $1 AND account_id = $2 AND purpose = $3 AND created_at > $4";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, account, purpose, bh_time_param(since_ms)),
		&bh_row_int, out);
}

static const struct bh_row link_row = BH_ROW(struct auth_link, account, purpose);

int
auth_store_link_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_digest *hash, int64_t now_ms, struct auth_link *out)
{
	static const char sql[] = "SELECT account_id, purpose"
							  "  FROM one_time_link"
							  " WHERE tenant_id = $1 AND id = $2 AND hash = $3"
							  "   AND used_at IS NULL AND voided_at IS NULL AND expires_at > $4";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id, hash, bh_time_param(now_ms)), &link_row,
		out);
}

int
auth_store_link_use(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_digest *hash, int64_t now_ms)
{
	static const char sql[] = "UPDATE one_time_link"
							  "   SET used_at = $4"
							  " WHERE tenant_id = $1 AND id = $2 AND hash = $3"
							  "   AND used_at IS NULL AND voided_at IS NULL AND expires_at > $4";

	return bh_db_change(tx, sql, BH_PARAMS(tenant, id, hash, bh_time_param(now_ms)));
}

int
auth_store_link_void(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *account,
	int64_t now_ms)
{
	static const char sql[] = "UPDATE one_time_link"
							  "   SET voided_at = $3"
							  " WHERE tenant_id = $1 AND account_id = $2"
							  "   AND used_at IS NULL AND voided_at IS NULL";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, account, bh_time_param(now_ms)), NULL);
}
