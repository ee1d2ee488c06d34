/* SPDX-License-Identifier: Apache-2.0 */
/* store_membership.c: the SQL of memberships. */
#include "auth/store_membership.h"

#define MEMBERSHIP_COLUMNS "account_id, role, state, created_at"
static const struct bh_row membership_row = BH_ROW(struct auth_membership, account, role, state,
	created_ms);

int
auth_store_membership_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, const char *role)
{
	static const char sql[] = "INSERT INTO membership (tenant_id, account_id, role)"
							  " VALUES ($1, $2, $3)";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, account, role), NULL);
}

int
auth_store_membership_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *account, struct auth_membership *out)
{
	static const char sql[] = "SELECT " MEMBERSHIP_COLUMNS "  FROM membership"
							  " WHERE tenant_id = $1 AND account_id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, account), &membership_row, out);
}

int
auth_store_membership_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *after, int64_t limit, struct auth_membership **out, size_t *out_count)
{
	static const char sql[] = "SELECT " MEMBERSHIP_COLUMNS "  FROM membership"
							  " WHERE tenant_id = $1 AND account_id > $2"
							  " ORDER BY tenant_id, account_id"
							  " LIMIT $3";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, after, limit), &membership_row, out,
		out_count);
}

int
auth_store_membership_count(struct bh_db *db, const struct bh_uuid *tenant, int64_t most,
	int64_t *out)
{
	static const char sql[] =
		"SELECT count(*)"
		"  FROM (SELECT FROM membership WHERE tenant_id = $1 LIMIT $2) members";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, most), &bh_row_int, out);
}

/* After the locks, so that what another change has just committed is seen. A person's own state is the
 * platform's table, which only the platform's context shows: elsewhere it does not count. */
BH_MUST_CHECK static int
count_others(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *account,
	const char *role, int64_t *out)
{
	static const char sql[] =
		"SELECT count(*)"
		"  FROM membership m"
		"  LEFT JOIN account a ON a.tenant_id = $1 AND a.id = m.account_id"
		" WHERE m.tenant_id = $1 AND m.role = $3 AND m.state = 'active' AND m.account_id <> $2"
		"   AND coalesce(a.state, 'active') = 'active'";

	return bh_db_read_one(tx, sql, BH_PARAMS(tenant, account, role), &bh_row_int, out);
}

int
auth_store_membership_lock(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, const char *top_role, struct auth_membership *out,
	int64_t *out_top)
{
	static const char top_sql[] = "SELECT " MEMBERSHIP_COLUMNS "  FROM membership"
								  " WHERE tenant_id = $1 AND role = $2 AND state = 'active'"
								  " ORDER BY account_id"
								  "   FOR UPDATE";
	static const char sql[] = "SELECT " MEMBERSHIP_COLUMNS "  FROM membership"
							  " WHERE tenant_id = $1 AND account_id = $2"
							  "   FOR UPDATE";
	struct auth_membership row, *rows;
	size_t n;
	int rc = bh_db_each(tx, top_sql, BH_PARAMS(tenant, top_role), &membership_row, &rows, &n);

	if (rc < 0)
		return rc;
	rc = bh_db_one(tx, sql, BH_PARAMS(tenant, account), &membership_row, &row);
	if (rc < 0)
		return rc;
	rc = count_others(tx, tenant, account, top_role, out_top);
	if (rc == 0)
		*out = row;
	return rc;
}

int
auth_store_membership_set(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, const char *role, const char *state)
{
	static const char sql[] = "UPDATE membership"
							  "   SET role = $3, state = $4"
							  " WHERE tenant_id = $1 AND account_id = $2";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, account, role, state), NULL);
}

static const struct bh_row standing_row = BH_ROW(struct auth_standing, role, state, tenant_state,
	tenant_name, mfa_required);

int
auth_store_membership_standing(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *account, struct auth_standing *out)
{
	static const char sql[] = "SELECT m.role, m.state, t.state, t.name,"
							  "       coalesce(w.mfa_required, false)"
							  "  FROM membership m"
							  "  JOIN tenant t ON t.tenant_id = $3 AND t.id = m.tenant_id"
							  "  LEFT JOIN tenant_setting w ON w.tenant_id = m.tenant_id"
							  " WHERE m.tenant_id = $1 AND m.account_id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, account, &bh_platform_tenant), &standing_row,
		out);
}
