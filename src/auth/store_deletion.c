/* SPDX-License-Identifier: Apache-2.0 */
/* store_deletion.c: the SQL of tenants' deletions. */
#include "auth/store_deletion.h"

#define COLUMNS \
	"id, target_tenant_id, target_name, requested_by, created_at, clean_at, completed_at, " \
	"receipt," \
	" encode(receipt_sha256, 'hex'), receipt_signature, key_destroyed_at"
static const struct bh_row deletion_row = BH_ROW(struct auth_deletion, id, target, name,
	requested_by, created_ms, clean_ms, completed_ms, receipt, sha256, signature, key_destroyed_ms);

int
auth_store_deletion_add(struct bh_db *tx, const struct bh_uuid *id, const struct bh_uuid *target,
	const char *name, const char *requested_by)
{
	static const char sql[] =
		"INSERT INTO tenant_deletion (tenant_id, id, target_tenant_id, target_name, requested_by)"
		" VALUES ($1, $2, $3, $4, $5)";

	return bh_db_exec(AUTH_DB(auth_platform(tx)), sql,
		BH_PARAMS(&bh_platform_tenant, id, target, name, requested_by), NULL);
}

int
auth_store_deletion_of(struct bh_db *db, const struct bh_uuid *target, struct auth_deletion *out,
	bool *out_found)
{
	static const char sql[] = "SELECT " COLUMNS "  FROM tenant_deletion"
							  " WHERE tenant_id = $1 AND target_tenant_id = $2"
							  " ORDER BY completed_at IS NULL DESC, created_at DESC LIMIT 1";

	return bh_db_read_maybe(AUTH_DB(auth_platform(db)), sql, BH_PARAMS(&bh_platform_tenant, target),
		&deletion_row, out, out_found);
}

int
auth_store_deletion_get(struct bh_db *db, const struct bh_uuid *id, struct auth_deletion *out)
{
	static const char sql[] = "SELECT " COLUMNS "  FROM tenant_deletion"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_read_one(AUTH_DB(auth_platform(db)), sql, BH_PARAMS(&bh_platform_tenant, id),
		&deletion_row, out);
}

int
auth_store_deletion_list(struct bh_db *db, const struct bh_uuid *after, int64_t limit,
	struct auth_deletion **out, size_t *out_n)
{
	static const char sql[] = "SELECT " COLUMNS "  FROM tenant_deletion"
							  " WHERE tenant_id = $1 AND id > $2"
							  " ORDER BY tenant_id, id"
							  " LIMIT $3";

	return bh_db_read_each(AUTH_DB(auth_platform(db)), sql,
		BH_PARAMS(&bh_platform_tenant, after, limit), &deletion_row, out, out_n);
}

int
auth_store_deletion_open(struct bh_db *db, struct auth_deletion **out, size_t *out_n)
{
	static const char sql[] = "SELECT " COLUMNS "  FROM tenant_deletion"
							  " WHERE tenant_id = $1 AND completed_at IS NULL"
							  " ORDER BY tenant_id, id"
							  " LIMIT 100";

	return bh_db_read_each(AUTH_DB(auth_platform(db)), sql, BH_PARAMS(&bh_platform_tenant),
		&deletion_row, out, out_n);
}

int
auth_store_deletion_lock(struct bh_db *tx, const struct bh_uuid *id, struct auth_deletion *out)
{
	static const char sql[] = "SELECT " COLUMNS "  FROM tenant_deletion"
							  " WHERE tenant_id = $1 AND id = $2 AND completed_at IS NULL"
							  "   FOR UPDATE";

	return bh_db_one(AUTH_DB(auth_platform(tx)), sql, BH_PARAMS(&bh_platform_tenant, id),
		&deletion_row, out);
}

int
auth_store_deletion_clean(struct bh_db *db, const struct bh_uuid *id, int64_t clean_ms)
{
	static const char sql[] = "UPDATE tenant_deletion"
							  "   SET clean_at = $3"
							  " WHERE tenant_id = $1 AND id = $2 AND completed_at IS NULL";
	const struct bh_param at = clean_ms != 0 ? bh_time_param(clean_ms)
											 : bh_null_param(BH_PARAM_TIME);

	return bh_db_exec(AUTH_DB(auth_platform(db)), sql, BH_PARAMS(&bh_platform_tenant, id, at),
		NULL);
}

static const struct bh_row count_row = BH_ROW(struct auth_deletion_count, service, part, n, kept,
	first_ms, last_ms);

int
auth_store_deletion_counts(struct bh_db *tx, const struct bh_uuid *id,
	struct auth_deletion_count **out, size_t *out_n)
{
	static const char sql[] = "SELECT service, part, n, kept, first_at, last_at"
							  "  FROM tenant_deletion_count"
							  " WHERE tenant_id = $1 AND deletion_id = $2"
							  " ORDER BY service COLLATE \"C\", part COLLATE \"C\"";

	return bh_db_each(AUTH_DB(auth_platform(tx)), sql, BH_PARAMS(&bh_platform_tenant, id),
		&count_row, out, out_n);
}

int
auth_store_deletion_stay(struct bh_db *tx, const struct bh_uuid *id,
	const struct auth_deletion_count *stay)
{
	static const char sql[] =
		"INSERT INTO tenant_deletion_count (tenant_id, deletion_id, service, part, n, kept)"
		" VALUES ($1, $2, $3, $4, $5, $6)";

	return bh_db_exec(AUTH_DB(auth_platform(tx)), sql,
		BH_PARAMS(&bh_platform_tenant, id, stay->service, stay->part, stay->n, stay->kept), NULL);
}

int
auth_store_deletion_complete(struct bh_db *tx, const struct auth_deletion *deletion, int64_t now_ms,
	const struct bh_digest *hash)
{
	static const char sql[] = "UPDATE tenant_deletion"
							  "   SET completed_at = $3, receipt = $4, receipt_sha256 = $5,"
							  "       receipt_signature = $6, key_destroyed_at = $7"
							  " WHERE tenant_id = $1 AND id = $2 AND completed_at IS NULL";
	const struct bh_param destroyed = deletion->key_destroyed_ms != 0
		? bh_time_param(deletion->key_destroyed_ms)
		: bh_null_param(BH_PARAM_TIME);

	return bh_db_change(AUTH_DB(auth_platform(tx)), sql,
		BH_PARAMS(&bh_platform_tenant, &deletion->id, bh_time_param(now_ms), deletion->receipt,
			hash, deletion->signature, destroyed));
}

int
auth_store_deletion_revocations(struct bh_db *tx, const struct bh_uuid *target, int64_t *out)
{
	static const char sql[] = "SELECT count(*) FROM revocation"
							  " WHERE tenant_id = $1 AND target_tenant_id = $2";

	return bh_db_one(AUTH_DB(auth_platform(tx)), sql, BH_PARAMS(&bh_platform_tenant, target),
		&bh_row_int, out);
}

int
auth_store_deletion_tenant(struct bh_db *tx, const struct bh_uuid *target)
{
	static const char sql[] = "DELETE FROM tenant"
							  " WHERE tenant_id = $1 AND id = $2 AND state = 'deleting'";

	return bh_db_change(AUTH_DB(auth_platform(tx)), sql, BH_PARAMS(&bh_platform_tenant, target));
}

/* ---- the platform's rows of it ---- */

int
auth_store_deletion_people(struct bh_db *tx, const struct bh_uuid *target, struct bh_uuid **out,
	size_t *out_n)
{
	static const char sql[] =
		"SELECT id FROM account"
		" WHERE tenant_id = $1"
		"   AND id IN ((SELECT account_id FROM account_directory"
		"                WHERE tenant_id = $1 AND member_tenant_id = $2 LIMIT 200)"
		"              UNION ALL"
		"              (SELECT id FROM account"
		"                WHERE tenant_id = $1 AND managed_by_tenant_id = $2 LIMIT 200))"
		" ORDER BY id"
		"   FOR UPDATE";

	return bh_db_each(AUTH_DB(auth_platform(tx)), sql, BH_PARAMS(&bh_platform_tenant, target),
		&bh_row_uuid, out, out_n);
}

int
auth_store_deletion_leave(struct bh_db *tx, const struct bh_uuid *target,
	const struct bh_uuid *people, size_t n, int64_t *out_places, int64_t *out_managed)
{
	static const char places_sql[] =
		"DELETE FROM account_directory"
		" WHERE tenant_id = $1 AND member_tenant_id = $2 AND account_id = ANY ($3)";
	static const char managed_sql[] =
		"UPDATE account"
		"   SET managed_by_tenant_id = NULL"
		" WHERE tenant_id = $1 AND managed_by_tenant_id = $2 AND id = ANY ($3)";
	struct bh_db platform = auth_platform(tx);
	const struct bh_param params[] = {bh_uuid_param(&bh_platform_tenant), bh_uuid_param(target),
		bh_uuid_array_param(people, n)};
	int rc = bh_db_exec(&platform, places_sql, BH_LIST(params), out_places);

	return rc < 0 ? rc : bh_db_exec(&platform, managed_sql, BH_LIST(params), out_managed);
}

#define OF_PEOPLE(table, id) "DELETE FROM " table " WHERE tenant_id = $1 AND " id " = ANY ($2)"

/* Read first: accounts lie on every server, and whose they are does not. */
int
auth_store_deletion_lonely(struct bh_db *tx, const struct bh_uuid *people, size_t n,
	int64_t *out_emails, int64_t *out_clients, int64_t *out_accounts)
{
	static const char lonely_sql[] =
		"SELECT id FROM unnest($2::uuid[]) AS person (id)"
		" WHERE NOT EXISTS (SELECT FROM account_directory AS d"
		"                    WHERE d.tenant_id = $1 AND d.account_id = person.id)";
	static const char emails_sql[] = OF_PEOPLE("account_email", "account_id");
	static const char clients_sql[] = OF_PEOPLE("account_client", "account_id");
	static const char accounts_sql[] = OF_PEOPLE("account", "id");
	struct bh_db platform = auth_platform(tx);
	struct bh_uuid *lonely = NULL;
	size_t n_lonely = 0;
	int rc = bh_db_each(&platform, lonely_sql,
		BH_PARAMS(&bh_platform_tenant, bh_uuid_array_param(people, n)), &bh_row_uuid, &lonely,
		&n_lonely);
	const struct bh_param params[] = {bh_uuid_param(&bh_platform_tenant),
		bh_uuid_array_param(n_lonely > 0 ? lonely : people, n_lonely)};

	if (rc == 0)
		rc = bh_db_exec(&platform, emails_sql, BH_LIST(params), out_emails);
	if (rc == 0)
		rc = bh_db_exec(&platform, clients_sql, BH_LIST(params), out_clients);
	return rc < 0 ? rc : bh_db_exec(&platform, accounts_sql, BH_LIST(params), out_accounts);
}

int
auth_store_deletion_expiries(struct bh_db *tx, const struct bh_uuid *target, int64_t *out)
{
	static const char sql[] =
		"DELETE FROM key_expiry"
		" WHERE tenant_id = $1 AND key_tenant_id = $2"
		"   AND key_id IN (SELECT key_id FROM key_expiry"
		"                   WHERE tenant_id = $1 AND key_tenant_id = $2 LIMIT 1000)";

	return bh_db_exec(AUTH_DB(auth_platform(tx)), sql, BH_PARAMS(&bh_platform_tenant, target), out);
}
