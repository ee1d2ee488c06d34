/* SPDX-License-Identifier: Apache-2.0 */
/* store_team.c: the SQL of teams. */
#include "billing/store_team.h"

#define TEAM_COLUMNS \
	"t.id, t.name, (SELECT count(*) FROM team_member AS m" \
	" WHERE m.tenant_id = t.tenant_id AND m.team_id = t.id), t.created_at, t.archived_at"
static const struct bh_row team_row = BH_ROW(struct billing_team, id, name, members, created_ms,
	archived_ms);

static const struct bh_row member_row = BH_ROW(struct billing_team_member, account, added_ms);

int
billing_store_team_add(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *name, int64_t most, struct billing_team *out, bool *out_added)
{
	static const char sql[] = "INSERT INTO team AS t (tenant_id, id, name)"
							  " SELECT $1, $2, $3"
							  "  WHERE (SELECT count(*) FROM team AS o WHERE o.tenant_id = $1) < $4"
							  " RETURNING " TEAM_COLUMNS;

	return bh_db_maybe(db, sql, BH_PARAMS(tenant, id, name, most), &team_row, out, out_added);
}

int
billing_store_team_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct billing_team *out)
{
	static const char sql[] = "SELECT " TEAM_COLUMNS
							  " FROM team AS t WHERE t.tenant_id = $1 AND t.id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &team_row, out);
}

int
billing_store_team_list(struct bh_db *db, const struct bh_uuid *tenant, bool archived,
	const struct bh_uuid *after, int64_t limit, struct billing_team **out, size_t *out_n)
{
	static const char sql[] = "SELECT " TEAM_COLUMNS "  FROM team AS t"
							  " WHERE t.tenant_id = $1 AND t.id > $3"
							  "   AND ($2 OR t.archived_at IS NULL)"
							  " ORDER BY t.tenant_id, t.id"
							  " LIMIT $4";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, archived, after, limit), &team_row, out,
		out_n);
}

int
billing_store_team_rename(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *name)
{
	static const char sql[] = "UPDATE team SET name = $3"
							  " WHERE tenant_id = $1 AND id = $2 AND archived_at IS NULL";

	return bh_db_change(db, sql, BH_PARAMS(tenant, id, name));
}

int
billing_store_team_archive(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	static const char sql[] = "UPDATE team SET archived_at = coalesce(archived_at, clock.at)"
							  "  FROM (SELECT now() AS at OFFSET 0) AS clock"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_change(db, sql, BH_PARAMS(tenant, id));
}

int
billing_store_team_members(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *team, const struct bh_uuid *after, int64_t limit,
	struct billing_team_member **out, size_t *out_n)
{
	static const char sql[] = "SELECT account_id, added_at"
							  "  FROM team_member"
							  " WHERE tenant_id = $1 AND team_id = $2 AND account_id > $3"
							  " ORDER BY tenant_id, team_id, account_id"
							  " LIMIT $4";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, team, after, limit), &member_row, out, out_n);
}

int
billing_store_team_join(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *team,
	const struct bh_uuid *account)
{
	static const char sql[] = "INSERT INTO team_member (tenant_id, team_id, account_id)"
							  " VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, team, account), NULL);
}

int
billing_store_team_leave(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *team,
	const struct bh_uuid *account)
{
	static const char sql[] = "DELETE FROM team_member"
							  " WHERE tenant_id = $1 AND team_id = $2 AND account_id = $3";

	return bh_db_change(db, sql, BH_PARAMS(tenant, team, account));
}
