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
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(account),
		bh_text_param(role)};

	return bh_db_exec(tx, sql, BH_LIST(params), NULL);
}

int
auth_store_membership_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *account, struct auth_membership *out)
{
	static const char sql[] = "SELECT " MEMBERSHIP_COLUMNS "  FROM membership"
							  " WHERE tenant_id = $1 AND account_id = $2";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(account)};

	return bh_db_read_one(db, sql, BH_LIST(params), &membership_row, out);
}

int
auth_store_membership_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *after, int64_t limit, struct auth_membership **out, size_t *out_count)
{
	static const char sql[] = "SELECT " MEMBERSHIP_COLUMNS "  FROM membership"
							  " WHERE tenant_id = $1 AND account_id > $2"
							  " ORDER BY tenant_id, account_id"
							  " LIMIT $3";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(after),
		bh_int_param(limit)};

	return bh_db_read_each(db, sql, BH_LIST(params), &membership_row, out, out_count);
}

int
auth_store_membership_count(struct bh_db *db, const struct bh_uuid *tenant, int64_t most,
	int64_t *out)
{
	static const char sql[] =
		"SELECT count(*)"
		"  FROM (SELECT FROM membership WHERE tenant_id = $1 LIMIT $2) members";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_int_param(most)};

	return bh_db_read_one(db, sql, BH_LIST(params), &bh_row_int, out);
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
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(account),
		bh_text_param(role)};

	return bh_db_read_one(tx, sql, BH_LIST(params), &bh_row_int, out);
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
	const struct bh_param top_params[] = {bh_uuid_param(tenant), bh_text_param(top_role)};
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(account)};
	struct auth_membership row, *rows;
	size_t n;
	int rc;

	rc = bh_db_each(tx, top_sql, BH_LIST(top_params), &membership_row, &rows, &n);
	if (rc < 0)
		return rc;
	rc = bh_db_one(tx, sql, BH_LIST(params), &membership_row, &row);
	if (rc < 0)
		return rc;
	rc = count_others(tx, tenant, account, top_role, out_top);
	if (rc < 0)
		return rc;
	*out = row;
	return 0;
}

int
auth_store_membership_set(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, const char *role, const char *state)
{
	static const char sql[] = "UPDATE membership"
							  "   SET role = $3, state = $4"
							  " WHERE tenant_id = $1 AND account_id = $2";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(account),
		bh_text_param(role), bh_text_param(state)};

	return bh_db_exec(tx, sql, BH_LIST(params), NULL);
}

static const struct bh_row standing_row = BH_ROW(struct auth_standing, role, state, tenant_state,
	tenant_name);

int
auth_store_membership_standing(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *account, struct auth_standing *out)
{
	static const char sql[] = "SELECT m.role, m.state, t.state, t.name"
							  "  FROM membership m"
							  "  JOIN tenant t ON t.tenant_id = $3 AND t.id = m.tenant_id"
							  " WHERE m.tenant_id = $1 AND m.account_id = $2";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(account),
		bh_uuid_param(&bh_platform_tenant)};

	return bh_db_read_one(db, sql, BH_LIST(params), &standing_row, out);
}
