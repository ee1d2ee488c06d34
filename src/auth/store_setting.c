/* SPDX-License-Identifier: Apache-2.0 */
/* store_setting.c: the SQL of tenants' settings. */
#include "auth/store_setting.h"

static const struct bh_row setting_row = BH_ROW(struct auth_setting, mfa_required, session_idle_s,
	session_max_s, moderation_input, moderation_output);

int
auth_store_setting_get(struct bh_db *db, const struct bh_uuid *tenant, struct auth_setting *out)
{
	static const char sql[] = "SELECT mfa_required, session_idle_s, session_max_s,"
							  "       moderation_input, moderation_output"
							  "  FROM tenant_setting"
							  " WHERE tenant_id = $1";
	struct auth_setting setting = {.moderation_input = "off", .moderation_output = "off"};
	bool found;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant), &setting_row, &setting, &found);

	if (rc == 0)
		*out = setting;
	return rc;
}

int
auth_store_setting_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct auth_setting *setting, int64_t now_ms)
{
	static const char sql[] =
		"INSERT INTO tenant_setting AS s (tenant_id, mfa_required, session_idle_s, session_max_s,"
		"       updated_at, moderation_input, moderation_output)"
		" VALUES ($1, $2, nullif($3, 0), nullif($4, 0), $5, $6, $7)"
		" ON CONFLICT (tenant_id) DO UPDATE"
		"   SET mfa_required = excluded.mfa_required, session_idle_s = excluded.session_idle_s,"
		"       session_max_s = excluded.session_max_s, updated_at = excluded.updated_at,"
		"       moderation_input = excluded.moderation_input,"
		"       moderation_output = excluded.moderation_output";

	return bh_db_exec(db, sql,
		BH_PARAMS(tenant, setting->mfa_required, setting->session_idle_s, setting->session_max_s,
			bh_time_param(now_ms), setting->moderation_input, setting->moderation_output),
		NULL);
}
