/* SPDX-License-Identifier: Apache-2.0 */
/* store_revocation.c: the SQL of the revocation log. */
#include "auth/store_revocation.h"

int
auth_store_revocation_seq(struct bh_db *db, int64_t *out)
{
	static const char sql[] = "SELECT last_seq FROM revocation_counter"
							  " WHERE tenant_id = $1";

	return bh_db_read_one(AUTH_DB(auth_platform(db)), sql, BH_PARAMS(&bh_platform_tenant),
		&bh_row_int, out);
}

/* A number is at least the microseconds of its time: where a server takes over that does not know the newest rows
 * (an asynchronous standby, a backup), its next numbers are still above those that services have read and that tokens
 * carry. Counted from its own newest, they would be passed over by all who know a later one. */
#define NEXT_SEQ "greatest(last_seq, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)"

BH_MUST_CHECK static int
revocation_add(struct bh_db *tx, const char *kind, const struct bh_uuid *tenant,
	const struct bh_uuid *id)
{
	static const char count_sql[] = "UPDATE revocation_counter"
									"   SET last_seq = " NEXT_SEQ " + 1"
									" WHERE tenant_id = $1"
									" RETURNING last_seq";
	static const char sql[] =
		"INSERT INTO revocation (tenant_id, seq, kind, target_tenant_id, target_id)"
		" VALUES ($1, $2, $3, $4, $5)";
	struct bh_param row[] = {bh_uuid_param(&bh_platform_tenant), bh_int_param(0),
		bh_text_param(kind), bh_uuid_param(tenant), bh_uuid_param(id)};
	int64_t seq = 0;
	struct bh_db platform = auth_platform(tx);
	int rc = bh_db_one(&platform, count_sql, BH_PARAMS(&bh_platform_tenant), &bh_row_int, &seq);

	if (rc < 0)
		return rc;
	row[1] = bh_int_param(seq);
	return bh_db_exec(&platform, sql, BH_LIST(row), NULL);
}

int
auth_store_revocation_tenant(struct bh_db *tx, const struct bh_uuid *tenant)
{
	return revocation_add(tx, "tenant", tenant, NULL);
}

int
auth_store_revocation_plan(struct bh_db *tx, const struct bh_uuid *tenant)
{
	return revocation_add(tx, "plan", tenant, NULL);
}

int
auth_store_revocation_credential(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *credential)
{
	return revocation_add(tx, "credential", tenant, credential);
}

int
auth_store_revocation_credentials(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *credentials, size_t n_credentials)
{
	static const char count_sql[] = "UPDATE revocation_counter"
									"   SET last_seq = " NEXT_SEQ " + $2"
									" WHERE tenant_id = $1"
									" RETURNING last_seq";
	static const char sql[] =
		"INSERT INTO revocation (tenant_id, seq, kind, target_tenant_id, target_id)"
		" SELECT $1, $2 + n, 'credential', $3, id"
		"   FROM unnest($4::uuid[]) WITH ORDINALITY AS credential (id, n)"
		" RETURNING true";
	int64_t last = 0;
	struct bh_db platform = auth_platform(tx);
	int rc = bh_db_one(&platform, count_sql, BH_PARAMS(&bh_platform_tenant, (int64_t)n_credentials),
		&bh_row_int, &last);

	return rc < 0 ? rc
				  : bh_db_exec(&platform, sql,
						BH_PARAMS(&bh_platform_tenant, last - (int64_t)n_credentials, tenant,
							bh_uuid_array_param(credentials, n_credentials)),
						NULL);
}

int
auth_store_revocation_subject(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *subject)
{
	return revocation_add(tx, "subject", tenant, subject);
}

static const struct bh_row revocation_row = BH_ROW(struct auth_revocation, seq, kind, tenant, id);

int
auth_store_revocation_unpushed(struct bh_db *db, struct auth_revocation **out, size_t *out_count)
{
	static const char sql[] = "SELECT seq, kind, target_tenant_id, target_id"
							  "  FROM revocation"
							  " WHERE tenant_id = $1 AND pushed_at IS NULL"
							  " ORDER BY tenant_id, seq"
							  " LIMIT $2";

	return bh_db_read_each(AUTH_DB(auth_platform(db)), sql,
		BH_PARAMS(&bh_platform_tenant, bh_int_param(AUTH_REVOCATIONS_AT_ONCE)), &revocation_row,
		out, out_count);
}

int
auth_store_revocation_after(struct bh_db *db, int64_t seq, struct auth_revocation **out,
	size_t *out_count)
{
	static const char sql[] = "SELECT seq, kind, target_tenant_id, target_id"
							  "  FROM revocation"
							  " WHERE tenant_id = $1 AND seq > $2"
							  " ORDER BY tenant_id, seq"
							  " LIMIT $3";

	return bh_db_read_each(AUTH_DB(auth_platform(db)), sql,
		BH_PARAMS(&bh_platform_tenant, seq, bh_int_param(AUTH_REVOCATIONS_AT_ONCE)),
		&revocation_row, out, out_count);
}

int
auth_store_revocation_told(struct bh_db *db, int64_t *out)
{
	/* Numbers rise in the order of commits: nothing lower comes later. */
	static const char sql[] =
		"SELECT coalesce((SELECT min(seq) - 1 FROM revocation"
		"                  WHERE tenant_id = $1 AND pushed_at IS NULL),"
		"                (SELECT last_seq FROM revocation_counter WHERE tenant_id = $1))";

	return bh_db_read_one(AUTH_DB(auth_platform(db)), sql, BH_PARAMS(&bh_platform_tenant),
		&bh_row_int, out);
}

int
auth_store_revocation_pushed(struct bh_db *db, int64_t seq)
{
	static const char sql[] = "UPDATE revocation"
							  "   SET pushed_at = now()"
							  " WHERE tenant_id = $1 AND seq <= $2 AND pushed_at IS NULL";

	return bh_db_exec(AUTH_DB(auth_platform(db)), sql, BH_PARAMS(&bh_platform_tenant, seq), NULL);
}

int
auth_store_revocation_prune(struct bh_db *db, int64_t before_ms)
{
	static const char sql[] = "DELETE FROM revocation"
							  " WHERE tenant_id = $1 AND created_at < $2";

	return bh_db_exec(AUTH_DB(auth_platform(db)), sql,
		BH_PARAMS(&bh_platform_tenant, bh_time_param(before_ms)), NULL);
}
