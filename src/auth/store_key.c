/* SPDX-License-Identifier: Apache-2.0 */
/* store_key.c: the SQL of API keys. */
#include "auth/store_key.h"

#include "base/error.h"

#define KEY_COLUMNS \
	"id, name, prefix, scopes, owner_account_id, requests_per_minute, concurrency, created_by," \
	" created_at, expires_at, revoked_at, last_used_at, parent_id, team_id"
static const struct bh_row key_row = BH_ROW(struct auth_key, id, name, prefix, scopes, owner,
	requests_per_minute, concurrency, created_by, created_ms, expires_ms, revoked_ms, last_used_ms,
	parent, team);

int
auth_store_key_add(struct bh_db *db, const struct bh_uuid *tenant, const struct auth_key *key,
	const struct bh_digest *hash, struct auth_key *out)
{
	static const char sql[] =
		"INSERT INTO api_key (tenant_id, id, name, hash, prefix, scopes, owner_account_id,"
		"       requests_per_minute, concurrency, created_by, expires_at, parent_id, team_id)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
		" RETURNING " KEY_COLUMNS;

	return bh_db_one(db, sql,
		BH_PARAMS(tenant, &key->id, key->name, hash, key->prefix, key->scopes,
			bh_uuid_or_null_param(&key->owner), key->requests_per_minute, key->concurrency,
			key->created_by, bh_time_or_null_param(key->expires_ms),
			bh_uuid_or_null_param(&key->parent), bh_uuid_or_null_param(&key->team)),
		&key_row, out);
}

int
auth_store_key_list(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *owner,
	const struct bh_uuid *after, int64_t limit, struct auth_key **out, size_t *out_count)
{
	static const char sql[] =
		"SELECT " KEY_COLUMNS "  FROM api_key"
		" WHERE tenant_id = $1 AND id > $2 AND ($3::uuid IS NULL OR owner_account_id = $3)"
		" ORDER BY tenant_id, id"
		" LIMIT $4";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, after, owner, limit), &key_row, out,
		out_count);
}

int
auth_store_key_change(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_uuid *owner, const struct auth_key_change *change, struct auth_key *out)
{
	static const char sql[] = "UPDATE api_key"
							  "   SET name = coalesce($4, name),"
							  "       requests_per_minute = coalesce($5, requests_per_minute),"
							  "       concurrency = coalesce($6, concurrency),"
							  "       expires_at = CASE WHEN $7 THEN $8 ELSE expires_at END,"
							  "       ended_at = CASE WHEN $7 THEN NULL ELSE ended_at END"
							  " WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL"
							  "   AND ($3::uuid IS NULL OR owner_account_id = $3)"
							  " RETURNING " KEY_COLUMNS;

	return bh_db_one(db, sql,
		BH_PARAMS(tenant, id, owner, change->name,
			bh_int_or_null_param(change->has_requests, change->requests_per_minute),
			bh_int_or_null_param(change->has_concurrency, change->concurrency), change->has_expires,
			bh_time_or_null_param(change->expires_ms)),
		&key_row, out);
}

int
auth_store_key_clamp(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	int64_t expires_ms, struct bh_uuid **out, size_t *out_count)
{
	static const char sql[] =
		"WITH RECURSIVE below AS ("
		"  SELECT id FROM api_key WHERE tenant_id = $1 AND parent_id = $2"
		"  UNION"
		"  SELECT k.id FROM api_key k JOIN below b ON k.tenant_id = $1 AND k.parent_id = b.id)"
		" UPDATE api_key"
		"   SET expires_at = $3"
		" WHERE tenant_id = $1 AND id IN (SELECT id FROM below) AND revoked_at IS NULL"
		"   AND (expires_at IS NULL OR expires_at > $3)"
		" RETURNING id";

	return bh_db_each(tx, sql, BH_PARAMS(tenant, id, bh_time_param(expires_ms)), &bh_row_uuid, out,
		out_count);
}

int
auth_store_key_revoke(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_uuid *owner, struct bh_uuid **out, size_t *out_count)
{
	static const char sql[] =
		"WITH RECURSIVE below AS ("
		"  SELECT id FROM api_key"
		"   WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL"
		"     AND ($3::uuid IS NULL OR owner_account_id = $3)"
		"  UNION"
		"  SELECT k.id FROM api_key k JOIN below b ON k.tenant_id = $1 AND k.parent_id = b.id)"
		" UPDATE api_key"
		"   SET revoked_at = now(), ended_at = coalesce(ended_at, clock.at)"
		"  FROM (SELECT now() AS at OFFSET 0) AS clock"
		" WHERE tenant_id = $1 AND id IN (SELECT id FROM below) AND revoked_at IS NULL"
		" RETURNING id";
	struct bh_uuid *revoked = NULL;
	size_t n = 0;
	int rc = bh_db_each(tx, sql, BH_PARAMS(tenant, id, owner), &bh_row_uuid, &revoked, &n);

	if (rc < 0)
		return rc;
	if (n == 0)
		return BH_E_NOT_FOUND;
	*out = revoked;
	*out_count = n;
	return 0;
}

int
auth_store_key_expire(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	int64_t now_ms, bool *out_ended)
{
	static const char sql[] = "UPDATE api_key"
							  "   SET ended_at = $3"
							  " WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL"
							  "   AND expires_at <= $3";

	return bh_db_change_maybe(tx, sql, BH_PARAMS(tenant, id, bh_time_param(now_ms)), out_ended);
}

int
auth_store_key_count(struct bh_db *db, const struct bh_uuid *tenant, int64_t most, int64_t *out)
{
	static const char sql[] = "SELECT count(*)"
							  "  FROM (SELECT FROM api_key"
							  "         WHERE tenant_id = $1 AND ended_at IS NULL"
							  "         LIMIT $2) live";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, most), &bh_row_int, out);
}

int
auth_store_key_prune(struct bh_db *tx, const struct bh_uuid *tenant, int64_t keep)
{
	/* A key above goes after those below it: they ended with it or before. */
	static const char sql[] =
		"DELETE FROM api_key"
		" WHERE tenant_id = $1"
		"   AND ended_at < (SELECT ended_at FROM api_key"
		"                    WHERE tenant_id = $1 AND ended_at IS NOT NULL"
		"                    ORDER BY ended_at DESC"
		"                    OFFSET $2 LIMIT 1)"
		"   AND NOT EXISTS (SELECT FROM api_key c"
		"                    WHERE c.tenant_id = $1 AND c.parent_id = api_key.id"
		"                      AND c.ended_at IS NULL)";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, keep), NULL);
}

static const struct bh_row chain_row = BH_ROW(struct auth_key_link, id, requests_per_minute,
	concurrency, expires_ms);

int
auth_store_key_chain(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct auth_key_link **out, size_t *out_count)
{
	static const char sql[] =
		"WITH RECURSIVE chain AS ("
		"  SELECT id, parent_id, requests_per_minute, concurrency, expires_at, 0 AS height"
		"    FROM api_key WHERE tenant_id = $1 AND id = $2"
		"  UNION ALL"
		"  SELECT k.id, k.parent_id, k.requests_per_minute, k.concurrency, k.expires_at, c.height "
		"+ 1"
		"    FROM chain c JOIN api_key k ON k.tenant_id = $1 AND k.id = c.parent_id"
		"   WHERE c.height < 64)"
		" SELECT id, requests_per_minute, concurrency, expires_at"
		"   FROM chain"
		"  ORDER BY height";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, id), &chain_row, out, out_count);
}

static const struct bh_row standing_row = BH_ROW(struct auth_key_standing, hash, scopes, expires_ms,
	revoked_ms, last_used_ms, owner, parent, team, owner_role, owner_state, tenant_state, origins,
	key_rpm, key_concurrency, tenant_rpm, tenant_concurrency);

int
auth_store_key_standing(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct auth_key_standing *out, bool *out_found)
{
	static const char sql[] =
		"SELECT k.hash, k.scopes, k.expires_at, k.revoked_at, k.last_used_at,"
		"       k.owner_account_id, k.parent_id, k.team_id, m.role, m.state, t.state,"
		"       coalesce(c.origins, ''),"
		"       k.requests_per_minute, k.concurrency,"
		"       coalesce(nullif(l.requests_per_minute, 0), p.requests_per_minute, 0),"
		"       coalesce(nullif(l.concurrency, 0), p.concurrency, 0)"
		"  FROM api_key k"
		"  JOIN tenant t ON t.tenant_id = $3 AND t.id = k.tenant_id"
		"  LEFT JOIN membership m ON m.tenant_id = k.tenant_id AND m.account_id = "
		"k.owner_account_id"
		"  LEFT JOIN request_limit l ON l.tenant_id = k.tenant_id"
		"  LEFT JOIN tenant_plan p ON p.tenant_id = k.tenant_id AND p.state <> 'canceled'"
		"  LEFT JOIN cors_origin c ON c.tenant_id = k.tenant_id"
		" WHERE k.tenant_id = $1 AND k.id = $2";

	return bh_db_read_maybe(db, sql, BH_PARAMS(tenant, id, &bh_platform_tenant), &standing_row, out,
		out_found);
}

int
auth_store_key_works(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	int64_t now_ms, bool *out_works)
{
	static const char sql[] = "SELECT EXISTS (SELECT FROM api_key"
							  "                WHERE tenant_id = $1 AND id = $2"
							  "                  AND revoked_at IS NULL"
							  "                  AND (expires_at IS NULL OR expires_at > $3))";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id, bh_time_param(now_ms)), &bh_row_bool,
		out_works);
}

int
auth_store_key_used(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	int64_t now_ms)
{
	static const char sql[] = "UPDATE api_key"
							  "   SET last_used_at = $3"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, id, bh_time_param(now_ms)), NULL);
}

int
auth_store_key_team_open(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *team,
	bool *out)
{
	static const char sql[] = "SELECT EXISTS (SELECT FROM team"
							  "                WHERE tenant_id = $1 AND id = $2"
							  "                  AND archived_at IS NULL)";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, team), &bh_row_bool, out);
}

int
auth_store_key_team(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct bh_uuid *out)
{
	static const char sql[] = "SELECT team_id"
							  "  FROM api_key"
							  " WHERE tenant_id = $1 AND id = $2";
	struct bh_uuid team = {0};
	bool found = false;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant, id), &bh_row_uuid, &team, &found);

	if (rc == 0)
		*out = team;
	return rc;
}
