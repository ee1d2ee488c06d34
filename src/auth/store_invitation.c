/* SPDX-License-Identifier: Apache-2.0 */
/* store_invitation.c: the SQL of invitations. */
#include "auth/store_invitation.h"

#define INVITATION_COLUMNS \
	"id, email, role, created_by, created_at, sent_at, sends, expires_at, accepted_at, " \
	"revoked_at," \
	" account_id"
static const struct bh_row invitation_row = BH_ROW(struct auth_invitation, id, email, role,
	created_by, created_ms, sent_ms, sends, expires_ms, accepted_ms, revoked_ms, account);

int
auth_store_invitation_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct auth_invitation *invitation, const struct bh_digest *hash)
{
	static const char over_sql[] =
		"UPDATE invitation"
		"   SET revoked_at = $3"
		" WHERE tenant_id = $1 AND email = $2 AND accepted_at IS NULL AND revoked_at IS NULL"
		"   AND expires_at <= $3";
	static const char sql[] =
		"INSERT INTO invitation (tenant_id, id, email, role, hash, created_by, created_at,"
		"       sent_at, expires_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)";
	int rc = bh_db_exec(tx, over_sql,
		BH_PARAMS(tenant, invitation->email, bh_time_param(invitation->created_ms)), NULL);

	return rc < 0 ? rc
				  : bh_db_exec(tx, sql,
						BH_PARAMS(tenant, &invitation->id, invitation->email, invitation->role,
							hash, invitation->created_by, bh_time_param(invitation->created_ms),
							bh_time_param(invitation->expires_ms)),
						NULL);
}

int
auth_store_invitation_count(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *without, int64_t now_ms, int64_t most, int64_t *out)
{
	static const char sql[] =
		"SELECT count(*)"
		"  FROM (SELECT FROM invitation"
		"         WHERE tenant_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL"
		"           AND expires_at > $2 AND ($4::uuid IS NULL OR id <> $4)"
		"         LIMIT $3) waiting";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, bh_time_param(now_ms), most, without),
		&bh_row_int, out);
}

int
auth_store_invitation_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *after, int64_t limit, struct auth_invitation **out, size_t *out_count)
{
	static const char sql[] = "SELECT " INVITATION_COLUMNS "  FROM invitation"
							  " WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2)"
							  " ORDER BY tenant_id DESC, id DESC"
							  " LIMIT $3";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, bh_uuid_or_null_param(after), limit),
		&invitation_row, out, out_count);
}

int
auth_store_invitation_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct auth_invitation *out)
{
	static const char sql[] = "SELECT " INVITATION_COLUMNS "  FROM invitation"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &invitation_row, out);
}

int
auth_store_invitation_lock(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct auth_invitation *out)
{
	static const char sql[] = "SELECT " INVITATION_COLUMNS "  FROM invitation"
							  " WHERE tenant_id = $1 AND id = $2"
							  "   FOR UPDATE";

	return bh_db_one(tx, sql, BH_PARAMS(tenant, id), &invitation_row, out);
}

int
auth_store_invitation_find(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_digest *hash, int64_t now_ms, struct auth_invitation *out)
{
	static const char sql[] =
		"SELECT " INVITATION_COLUMNS "  FROM invitation"
		" WHERE tenant_id = $1 AND id = $2 AND hash = $3"
		"   AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $4";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id, hash, bh_time_param(now_ms)),
		&invitation_row, out);
}

int
auth_store_invitation_renew(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_digest *hash, int64_t now_ms, int64_t expires_ms)
{
	static const char sql[] =
		"UPDATE invitation"
		"   SET hash = $3, sent_at = $4, sends = sends + 1, expires_at = $5"
		" WHERE tenant_id = $1 AND id = $2 AND accepted_at IS NULL AND revoked_at IS NULL";

	return bh_db_change(tx, sql,
		BH_PARAMS(tenant, id, hash, bh_time_param(now_ms), bh_time_param(expires_ms)));
}

int
auth_store_invitation_revoke(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t now_ms)
{
	static const char sql[] =
		"UPDATE invitation"
		"   SET revoked_at = $3"
		" WHERE tenant_id = $1 AND id = $2 AND accepted_at IS NULL AND revoked_at IS NULL";

	return bh_db_change(tx, sql, BH_PARAMS(tenant, id, bh_time_param(now_ms)));
}

int
auth_store_invitation_use(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_digest *hash, const struct bh_uuid *account, int64_t now_ms)
{
	static const char sql[] =
		"UPDATE invitation"
		"   SET accepted_at = $5, account_id = $4"
		" WHERE tenant_id = $1 AND id = $2 AND hash = $3"
		"   AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $5";

	return bh_db_change(tx, sql, BH_PARAMS(tenant, id, hash, account, bh_time_param(now_ms)));
}
