/* SPDX-License-Identifier: Apache-2.0 */
/* store_profile.c: the SQL of people's own choices. */
#include "auth/store_profile.h"

static const struct bh_row profile_row = BH_ROW(struct auth_profile, id, email, name, locale, theme,
	time_zone, shortcuts);

int
auth_store_profile_get(struct bh_db *db, const struct bh_uuid *account, struct auth_profile *out)
{
	static const char sql[] =
		"SELECT a.id, e.address, a.name, a.locale, a.theme, a.time_zone, a.shortcuts"
		"  FROM account a"
		"  JOIN account_email e ON e.tenant_id = a.tenant_id AND e.account_id = a.id"
		"                      AND e.is_primary"
		" WHERE a.tenant_id = $1 AND e.tenant_id = $1 AND a.id = $2";

	return bh_db_read_one(AUTH_DB(auth_platform(db)), sql, BH_PARAMS(&bh_platform_tenant, account),
		&profile_row, out);
}

int
auth_store_profile_set(struct bh_db *db, const struct bh_uuid *account,
	const struct auth_profile_change *change)
{
	static const char sql[] = "UPDATE account"
							  "   SET name = coalesce($3, name), locale = coalesce($4, locale),"
							  "       theme = coalesce($5, theme),"
							  "       time_zone = coalesce($6, time_zone),"
							  "       shortcuts = CASE WHEN $7 THEN $8 ELSE shortcuts END"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_change(AUTH_DB(auth_platform(db)), sql,
		BH_PARAMS(&bh_platform_tenant, account, change->name, change->locale, change->theme,
			change->time_zone, change->has_shortcuts, change->shortcuts));
}
