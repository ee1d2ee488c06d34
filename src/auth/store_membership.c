/* store_membership.c: the SQL of memberships. */
#include "auth/store_membership.h"

static void
membership_columns(struct auth_membership *member, struct bh_column columns[4])
{
	columns[0] = bh_uuid_column(&member->account);
	columns[1] = bh_text_column(&member->role);
	columns[2] = bh_text_column(&member->state);
	columns[3] = bh_time_column(&member->created_ms);
}

int
auth_store_membership_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, const char *role)
{
	static const char sql[] = "INSERT INTO membership (tenant_id, account_id, role)"
							  " VALUES ($1, $2, $3)";
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(account),
		bh_text_param(role),
	};

	return bh_db_exec(tx, sql, BH_LIST(params), NULL);
}

int
auth_store_membership_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *account, struct auth_membership *out)
{
	static const char sql[] = "SELECT account_id, role, state, created_at"
							  "  FROM membership"
							  " WHERE tenant_id = $1 AND account_id = $2";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(account)};
	struct bh_column columns[4];

	membership_columns(out, columns);
	return bh_db_read_one(db, sql, BH_LIST(params), BH_LIST(columns));
}

int
auth_store_membership_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *after, int64_t limit, struct auth_membership **out, size_t *out_count)
{
	static const char sql[] = "SELECT account_id, role, state, created_at"
							  "  FROM membership"
							  " WHERE tenant_id = $1 AND account_id > $2"
							  " ORDER BY tenant_id, account_id"
							  " LIMIT $3";
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(after),
		bh_int_param(limit),
	};
	struct auth_membership row = {0};
	struct bh_column columns[4];

	membership_columns(&row, columns);
	return bh_db_read_each(db, sql, BH_LIST(params), BH_LIST(columns), &row, sizeof(row),
		(void **)out, out_count);
}

int
auth_store_membership_count(struct bh_db *db, const struct bh_uuid *tenant, int64_t most,
	int64_t *out)
{
	static const char sql[] =
		"SELECT count(*)"
		"  FROM (SELECT FROM membership WHERE tenant_id = $1 LIMIT $2) members";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_int_param(most)};
	const struct bh_column columns[] = {bh_int_column(out)};

	return bh_db_read_one(db, sql, BH_LIST(params), BH_LIST(columns));
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
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(account),
		bh_text_param(role),
	};
	const struct bh_column columns[] = {bh_int_column(out)};

	return bh_db_read_one(tx, sql, BH_LIST(params), BH_LIST(columns));
}

int
auth_store_membership_lock(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, const char *top_role, struct auth_membership *out,
	int64_t *out_top)
{
	static const char top_sql[] = "SELECT account_id, role, state, created_at"
								  "  FROM membership"
								  " WHERE tenant_id = $1 AND role = $2 AND state = 'active'"
								  " ORDER BY account_id"
								  "   FOR UPDATE";
	static const char sql[] = "SELECT account_id, role, state, created_at"
							  "  FROM membership"
							  " WHERE tenant_id = $1 AND account_id = $2"
							  "   FOR UPDATE";
	const struct bh_param top_params[] = {bh_uuid_param(tenant), bh_text_param(top_role)};
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(account)};
	struct auth_membership row = {0}, *rows;
	struct bh_column columns[4];
	size_t n;
	int rc;

	membership_columns(&row, columns);
	rc = bh_db_each(tx, top_sql, BH_LIST(top_params), BH_LIST(columns), &row, sizeof(row),
		(void **)&rows, &n);
	if (rc < 0)
		return rc;
	membership_columns(out, columns);
	rc = bh_db_one(tx, sql, BH_LIST(params), BH_LIST(columns));
	if (rc < 0)
		return rc;
	return count_others(tx, tenant, account, top_role, out_top);
}

int
auth_store_membership_set(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, const char *role, const char *state)
{
	static const char sql[] = "UPDATE membership"
							  "   SET role = $3, state = $4"
							  " WHERE tenant_id = $1 AND account_id = $2";
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(account),
		bh_text_param(role),
		bh_text_param(state),
	};

	return bh_db_exec(tx, sql, BH_LIST(params), NULL);
}

int
auth_store_membership_standing(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *account, struct auth_standing *out)
{
	static const char sql[] = "SELECT m.role, m.state, t.state, t.name"
							  "  FROM membership m"
							  "  JOIN tenant t ON t.tenant_id = $3 AND t.id = m.tenant_id"
							  " WHERE m.tenant_id = $1 AND m.account_id = $2";
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(account),
		bh_uuid_param(&bh_platform_tenant),
	};
	const struct bh_column columns[] = {
		bh_text_column(&out->role),
		bh_text_column(&out->state),
		bh_text_column(&out->tenant_state),
		bh_text_column(&out->tenant_name),
	};

	return bh_db_read_one(db, sql, BH_LIST(params), BH_LIST(columns));
}
