/* SPDX-License-Identifier: Apache-2.0 */
/* store_account.c: the SQL of persons. */
#include "auth/store_account.h"

#define ACCOUNT_COLUMNS \
	"a.id, e.address, a.name, a.state, a.password_hash, a.password_set_at, a.managed_by_tenant_id"
static const struct bh_row account_row = BH_ROW(struct auth_account, id, email, name, state,
	password_hash, password_set_ms, managed_by);
static const struct bh_row sign_in_row = BH_ROW(struct auth_account, id, email, name, state,
	password_hash, password_set_ms, managed_by, familiar);

int
auth_store_account_find(struct bh_db *db, const char *email, struct auth_account *out,
	bool *out_found)
{
	static const char sql[] =
		"SELECT " ACCOUNT_COLUMNS "  FROM account_email e"
		"  JOIN account a ON a.tenant_id = e.tenant_id AND a.id = e.account_id"
		" WHERE e.tenant_id = $1 AND a.tenant_id = $1 AND e.address = $2";

	return bh_db_read_maybe(AUTH_DB(auth_platform(db)), sql, BH_PARAMS(&bh_platform_tenant, email),
		&account_row, out, out_found);
}

int
auth_store_account_sign_in(struct bh_db *db, const char *email, const struct bh_digest *mark,
	struct auth_account *out, bool *out_found)
{
	static const char sql[] =
		"SELECT " ACCOUNT_COLUMNS ","
		"       EXISTS (SELECT FROM account_client c"
		"                WHERE c.tenant_id = $1 AND c.account_id = a.id AND c.mark = $3)"
		"  FROM account_email e"
		"  JOIN account a ON a.tenant_id = e.tenant_id AND a.id = e.account_id"
		" WHERE e.tenant_id = $1 AND a.tenant_id = $1 AND e.address = $2";

	return bh_db_read_maybe(AUTH_DB(auth_platform(db)), sql,
		BH_PARAMS(&bh_platform_tenant, email, mark), &sign_in_row, out, out_found);
}

int
auth_store_account_get(struct bh_db *db, const struct bh_uuid *id, struct auth_account *out)
{
	static const char sql[] =
		"SELECT " ACCOUNT_COLUMNS "  FROM account a"
		"  JOIN account_email e ON e.tenant_id = a.tenant_id AND e.account_id = a.id"
		"                      AND e.is_primary"
		" WHERE a.tenant_id = $1 AND e.tenant_id = $1 AND a.id = $2";

	return bh_db_read_one(AUTH_DB(auth_platform(db)), sql, BH_PARAMS(&bh_platform_tenant, id),
		&account_row, out);
}

int
auth_store_account_lock(struct bh_db *tx, const struct bh_uuid *id, struct auth_account *out)
{
	static const char sql[] =
		"SELECT " ACCOUNT_COLUMNS "  FROM account a"
		"  JOIN account_email e ON e.tenant_id = a.tenant_id AND e.account_id = a.id"
		"                      AND e.is_primary"
		" WHERE a.tenant_id = $1 AND e.tenant_id = $1 AND a.id = $2"
		"   FOR NO KEY UPDATE OF a";

	return bh_db_one(AUTH_DB(auth_platform(tx)), sql, BH_PARAMS(&bh_platform_tenant, id),
		&account_row, out);
}

int
auth_store_account_add(struct bh_db *tx, const struct bh_uuid *id, const char *email,
	const char *name)
{
	static const char account_sql[] = "INSERT INTO account (tenant_id, id, name)"
									  " VALUES ($1, $2, $3)";
	static const char email_sql[] = "INSERT INTO account_email (tenant_id, account_id, address)"
									" VALUES ($1, $2, $3)";
	struct bh_db platform = auth_platform(tx);
	int rc = bh_db_exec(&platform, account_sql, BH_PARAMS(&bh_platform_tenant, id, name), NULL);

	return rc < 0
		? rc
		: bh_db_exec(&platform, email_sql, BH_PARAMS(&bh_platform_tenant, id, email), NULL);
}

int
auth_store_account_set_state(struct bh_db *tx, const struct bh_uuid *id, const char *state)
{
	static const char sql[] = "UPDATE account"
							  "   SET state = $3"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_change(AUTH_DB(auth_platform(tx)), sql, BH_PARAMS(&bh_platform_tenant, id, state));
}

int
auth_store_account_set_password(struct bh_db *db, const struct bh_uuid *id, const char *hash,
	int64_t now_ms)
{
	static const char sql[] = "UPDATE account"
							  "   SET password_hash = $3, password_set_at = $4"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_exec(AUTH_DB(auth_platform(db)), sql,
		BH_PARAMS(&bh_platform_tenant, id, hash, bh_time_param(now_ms)), NULL);
}

int
auth_store_account_rehash(struct bh_db *db, const struct bh_uuid *id, const char *old,
	const char *hash)
{
	static const char sql[] = "UPDATE account"
							  "   SET password_hash = $4"
							  " WHERE tenant_id = $1 AND id = $2 AND password_hash = $3";

	return bh_db_exec(AUTH_DB(auth_platform(db)), sql,
		BH_PARAMS(&bh_platform_tenant, id, old, hash), NULL);
}

int
auth_store_account_own(struct bh_db *tx, const struct bh_uuid *id, int64_t now_ms)
{
	static const char account_sql[] =
		"UPDATE account"
		"   SET managed_by_tenant_id = NULL"
		" WHERE tenant_id = $1 AND id = $2 AND managed_by_tenant_id IS NOT NULL";
	static const char email_sql[] = "UPDATE account_email"
									"   SET verified_at = coalesce(verified_at, $3)"
									" WHERE tenant_id = $1 AND account_id = $2 AND is_primary";
	/* Whoever registered the person knew the password, and may have set up the app. */
	static const char app_sql[] =
		"DELETE FROM account_totp WHERE tenant_id = $1 AND account_id = $2";
	struct bh_db platform = auth_platform(tx);
	bool changed = false;
	int rc = bh_db_change_maybe(&platform, account_sql, BH_PARAMS(&bh_platform_tenant, id),
		&changed);

	if (rc == 0 && changed)
		rc = bh_db_exec(&platform, app_sql, BH_PARAMS(&bh_platform_tenant, id), NULL);
	return rc < 0 ? rc
				  : bh_db_exec(&platform, email_sql,
						BH_PARAMS(&bh_platform_tenant, id, bh_time_param(now_ms)), NULL);
}

static const struct bh_row home_row = BH_ROW(struct auth_home, tenant, name);

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

	return bh_db_read_each(AUTH_DB(auth_platform(db)), sql,
		BH_PARAMS(&bh_platform_tenant, id, limit), &home_row, out, out_count);
}

int
auth_store_account_add_home(struct bh_db *tx, const struct bh_uuid *id, const struct bh_uuid *home)
{
	static const char sql[] =
		"INSERT INTO account_directory (tenant_id, account_id, member_tenant_id)"
		" VALUES ($1, $2, $3)";

	return bh_db_exec(AUTH_DB(auth_platform(tx)), sql, BH_PARAMS(&bh_platform_tenant, id, home),
		NULL);
}

static const struct bh_row person_row = BH_ROW(struct auth_person, id, email, name, state,
	has_password, has_second_factor);

int
auth_store_account_persons(struct bh_db *db, const struct bh_uuid *ids, size_t n_ids,
	struct auth_person **out, size_t *out_count)
{
	static const char sql[] =
		"SELECT a.id, e.address, a.name, a.state, a.password_hash IS NOT NULL,"
		"       EXISTS (SELECT FROM account_totp AS f"
		"                WHERE f.tenant_id = $1 AND f.account_id = a.id AND f.confirmed_at IS NOT "
		"NULL)"
		"  FROM account a"
		"  JOIN account_email e ON e.tenant_id = a.tenant_id AND e.account_id = a.id"
		"                      AND e.is_primary"
		" WHERE a.tenant_id = $1 AND e.tenant_id = $1 AND a.id = ANY ($2)";

	return bh_db_read_each(AUTH_DB(auth_platform(db)), sql,
		BH_PARAMS(&bh_platform_tenant, bh_uuid_array_param(ids, n_ids)), &person_row, out,
		out_count);
}
