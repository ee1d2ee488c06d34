/* SPDX-License-Identifier: Apache-2.0 */
/* store_view.c: the SQL of views that people keep. */
#include "auth/store_view.h"

#include "base/error.h"

static const struct bh_row view_row = BH_ROW(struct auth_view, id, page, name, query, created_ms);

int
auth_store_view_list(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *account,
	const char *page, struct auth_view **out, size_t *out_n)
{
	static const char sql[] = "SELECT id, page, name, query, created_at"
							  "  FROM saved_view"
							  " WHERE tenant_id = $1 AND account_id = $2"
							  "   AND ($3::text IS NULL OR page = $3)"
							  " ORDER BY page, name, id";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, account, page), &view_row, out, out_n);
}

/* The membership's row makes two that are added at once wait for each other. */
BH_MUST_CHECK static int
hold_member(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *account)
{
	static const char sql[] = "SELECT account_id FROM membership"
							  " WHERE tenant_id = $1 AND account_id = $2"
							  "   FOR NO KEY UPDATE";
	struct bh_uuid held;

	return bh_db_one(tx, sql, BH_PARAMS(tenant, account), &bh_row_uuid, &held);
}

int
auth_store_view_add(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *account,
	const struct auth_view *view, struct auth_view *out)
{
	static const char count_sql[] = "SELECT count(*) FROM saved_view"
									" WHERE tenant_id = $1 AND account_id = $2";
	static const char sql[] =
		"INSERT INTO saved_view (tenant_id, id, account_id, page, name, query)"
		" VALUES ($1, $2, $3, $4, $5, $6)"
		" RETURNING id, page, name, query, created_at";
	int64_t n = 0;
	int rc = hold_member(tx, tenant, account);

	if (rc == 0)
		rc = bh_db_one(tx, count_sql, BH_PARAMS(tenant, account), &bh_row_int, &n);
	if (rc == 0 && n >= AUTH_VIEWS_MOST)
		rc = bh_error(BH_E_TOO_MANY, "You have %d views, the maximum.", AUTH_VIEWS_MOST);
	if (rc < 0)
		return rc;
	return bh_db_one(tx, sql,
		BH_PARAMS(tenant, &view->id, account, view->page, view->name, view->query), &view_row, out);
}

int
auth_store_view_remove(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *account, const struct bh_uuid *id)
{
	static const char sql[] = "DELETE FROM saved_view"
							  " WHERE tenant_id = $1 AND account_id = $2 AND id = $3";

	return bh_db_change(db, sql, BH_PARAMS(tenant, account, id));
}
