/* store_account.c: the SQL of persons. */
#include "auth/store_account.h"

static void
account_columns(struct auth_account *account, struct bh_column columns[7])
{
	columns[0] = bh_uuid_column(&account->id);
	columns[1] = bh_text_column(&account->email);
	columns[2] = bh_text_column(&account->name);
	columns[3] = bh_text_column(&account->state);
	columns[4] = bh_text_column(&account->password_hash);
	columns[5] = bh_time_column(&account->password_set_ms);
	columns[6] = bh_uuid_column(&account->managed_by);
}

int
auth_store_account_find(struct bh_db *db, const char *email, struct auth_account *out,
	bool *out_found)
{
	static const char sql[] =
		"SELECT a.id, e.address, a.name, a.state, a.password_hash, a.password_set_at,"
		"       a.managed_by_tenant_id"
		"  FROM account_email e"
		"  JOIN account a ON a.tenant_id = e.tenant_id AND a.id = e.account_id"
		" WHERE e.tenant_id = $1 AND a.tenant_id = $1 AND e.address = $2";
	const struct bh_param params[] = {bh_uuid_param(&bh_platform_tenant), bh_text_param(email)};
	struct bh_db platform = auth_platform(db);
	struct bh_column columns[7];

	account_columns(out, columns);
	return bh_db_read_maybe(&platform, sql, BH_LIST(params), BH_LIST(columns), out_found);
}

int
auth_store_account_sign_in(struct bh_db *db, const char *email, const struct bh_digest *mark,
	struct auth_account *out, bool *out_familiar, bool *out_found)
{
	static const char sql[] =
		"SELECT a.id, e.address, a.name, a.state, a.password_hash, a.password_set_at,"
		"       a.managed_by_tenant_id,"
		"       EXISTS (SELECT FROM account_client c"
		"                WHERE c.tenant_id = $1 AND c.account_id = a.id AND c.mark = $3)"
		"  FROM account_email e"
		"  JOIN account a ON a.tenant_id = e.tenant_id AND a.id = e.account_id"
		" WHERE e.tenant_id = $1 AND a.tenant_id = $1 AND e.address = $2";
	const struct bh_param params[] = {
		bh_uuid_param(&bh_platform_tenant),
		bh_text_param(email),
		bh_bytes_param(mark->bytes, sizeof(mark->bytes)),
	};
	struct bh_db platform = auth_platform(db);
	struct bh_column columns[8];

	*out_familiar = false;
	account_columns(out, columns);
	columns[7] = bh_bool_column(out_familiar);
	return bh_db_read_maybe(&platform, sql, BH_LIST(params), BH_LIST(columns), out_found);
}

int
auth_store_account_get(struct bh_db *db, const struct bh_uuid *id, struct auth_account *out)
{
	static const char sql[] =
		"SELECT a.id, e.address, a.name, a.state, a.password_hash, a.password_set_at,"
		"       a.managed_by_tenant_id"
		"  FROM account a"
		"  JOIN account_email e ON e.tenant_id = a.tenant_id AND e.account_id = a.id"
		"                      AND e.is_primary"
		" WHERE a.tenant_id = $1 AND e.tenant_id = $1 AND a.id = $2";
	const struct bh_param params[] = {bh_uuid_param(&bh_platform_tenant), bh_uuid_param(id)};
	struct bh_db platform = auth_platform(db);
	struct bh_column columns[7];

	account_columns(out, columns);
	return bh_db_read_one(&platform, sql, BH_LIST(params), BH_LIST(columns));
}

int
auth_store_account_add(struct bh_db *tx, const struct bh_uuid *id, const char *email,
	const char *name, const struct bh_uuid *managed_by)
{
	static const char account_sql[] =
		"INSERT INTO account (tenant_id, id, name, managed_by_tenant_id)"
		" VALUES ($1, $2, $3, $4)";
	static const char email_sql[] = "INSERT INTO account_email (tenant_id, account_id, address)"
									" VALUES ($1, $2, $3)";
	const struct bh_param account[] = {
		bh_uuid_param(&bh_platform_tenant),
		bh_uuid_param(id),
		bh_text_param(name),
		bh_uuid_param(managed_by),
	};
	const struct bh_param address[] = {
		bh_uuid_param(&bh_platform_tenant),
		bh_uuid_param(id),
		bh_text_param(email),
	};
	struct bh_db platform = auth_platform(tx);
	int rc;

	rc = bh_db_exec(&platform, account_sql, BH_LIST(account), NULL);
	if (rc < 0)
		return rc;
	return bh_db_exec(&platform, email_sql, BH_LIST(address), NULL);
}

int
auth_store_account_set_state(struct bh_db *tx, const struct bh_uuid *id, const char *state)
{
	static const char sql[] = "UPDATE account"
							  "   SET state = $3"
							  " WHERE tenant_id = $1 AND id = $2"
							  " RETURNING id";
	const struct bh_param params[] = {
		bh_uuid_param(&bh_platform_tenant),
		bh_uuid_param(id),
		bh_text_param(state),
	};
	struct bh_uuid changed;
	const struct bh_column columns[] = {bh_uuid_column(&changed)};
	struct bh_db platform = auth_platform(tx);

	return bh_db_one(&platform, sql, BH_LIST(params), BH_LIST(columns));
}

int
auth_store_account_set_password(struct bh_db *db, const struct bh_uuid *id, const char *hash,
	int64_t now_ms)
{
	static const char sql[] = "UPDATE account"
							  "   SET password_hash = $3, password_set_at = $4"
							  " WHERE tenant_id = $1 AND id = $2";
	const struct bh_param params[] = {
		bh_uuid_param(&bh_platform_tenant),
		bh_uuid_param(id),
		bh_text_param(hash),
		bh_time_param(now_ms),
	};
	struct bh_db platform = auth_platform(db);

	return bh_db_exec(&platform, sql, BH_LIST(params), NULL);
}

int
auth_store_account_rehash(struct bh_db *db, const struct bh_uuid *id, const char *old,
	const char *hash)
{
	static const char sql[] = "UPDATE account"
							  "   SET password_hash = $4"
							  " WHERE tenant_id = $1 AND id = $2 AND password_hash = $3";
	const struct bh_param params[] = {
		bh_uuid_param(&bh_platform_tenant),
		bh_uuid_param(id),
		bh_text_param(old),
		bh_text_param(hash),
	};
	struct bh_db platform = auth_platform(db);

	return bh_db_exec(&platform, sql, BH_LIST(params), NULL);
}

int
auth_store_account_homes(struct bh_db *db, const struct bh_uuid *id, int64_t limit,
	struct auth_home **out, size_t *out_count)
{
	static const char sql[] =
		"SELECT t.id, t.name"
		"  FROM account_directory d"
		"  JOIN tenant t ON t.tenant_id = d.tenant_id AND t.id = d.member_tenant_id"
		" WHERE d.tenant_id = $1 AND t.tenant_id = $1 AND d.account_id = $2"
		" ORDER BY t.name"
		" LIMIT $3";
	const struct bh_param params[] = {
		bh_uuid_param(&bh_platform_tenant),
		bh_uuid_param(id),
		bh_int_param(limit),
	};
	struct bh_db platform = auth_platform(db);
	struct auth_home row = {0};
	const struct bh_column columns[] = {bh_uuid_column(&row.tenant), bh_text_column(&row.name)};

	return bh_db_read_each(&platform, sql, BH_LIST(params), BH_LIST(columns), &row, sizeof(row),
		(void **)out, out_count);
}

int
auth_store_account_add_home(struct bh_db *tx, const struct bh_uuid *id, const struct bh_uuid *home)
{
	static const char sql[] =
		"INSERT INTO account_directory (tenant_id, account_id, member_tenant_id)"
		" VALUES ($1, $2, $3)";
	const struct bh_param params[] = {
		bh_uuid_param(&bh_platform_tenant),
		bh_uuid_param(id),
		bh_uuid_param(home),
	};
	struct bh_db platform = auth_platform(tx);

	return bh_db_exec(&platform, sql, BH_LIST(params), NULL);
}

int
auth_store_account_persons(struct bh_db *db, const struct bh_uuid *ids, size_t n_ids,
	struct auth_person **out, size_t *out_count)
{
	static const char sql[] =
		"SELECT a.id, e.address, a.name, a.state, a.password_hash IS NOT NULL"
		"  FROM account a"
		"  JOIN account_email e ON e.tenant_id = a.tenant_id AND e.account_id = a.id"
		"                      AND e.is_primary"
		" WHERE a.tenant_id = $1 AND e.tenant_id = $1 AND a.id = ANY ($2)";
	const struct bh_param params[] = {
		bh_uuid_param(&bh_platform_tenant),
		bh_uuid_array_param(ids, n_ids),
	};
	struct bh_db platform = auth_platform(db);
	struct auth_person row = {0};
	const struct bh_column columns[] = {
		bh_uuid_column(&row.id),
		bh_text_column(&row.email),
		bh_text_column(&row.name),
		bh_text_column(&row.state),
		bh_bool_column(&row.has_password),
	};

	return bh_db_read_each(&platform, sql, BH_LIST(params), BH_LIST(columns), &row, sizeof(row),
		(void **)out, out_count);
}
