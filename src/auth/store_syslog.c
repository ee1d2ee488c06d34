/* SPDX-License-Identifier: Apache-2.0 */
/* store_syslog.c: the SQL of audit events that are sent to the operator's syslog. */
#include "auth/syslog.h"

static const struct bh_row turn_row = BH_ROW(struct auth_syslog_turn, tenant, at, size);
static const struct bh_row state_row = BH_ROW(struct auth_syslog_state, behind, failures, error,
	delivered_ms);

int
auth_store_syslog_begin(struct bh_db *db, const struct bh_uuid *tenant, int64_t hold_ms,
	int64_t *out_epoch)
{
	static const char sql[] = "SELECT audit_syslog_begin($1, $2)";

	return bh_db_one(db, sql, BH_PARAMS(tenant, hold_ms), &bh_row_int, out_epoch);
}

int
auth_store_syslog_hold(struct bh_db *db, const struct bh_uuid *tenant, int64_t epoch,
	int64_t hold_ms)
{
	static const char sql[] =
		"UPDATE audit_syslog_sender SET until = now() + $3::bigint * interval '1 millisecond'"
		" WHERE tenant_id = $1 AND epoch = $2";

	return bh_db_change(db, sql, BH_PARAMS(tenant, epoch, hold_ms));
}

int
auth_store_syslog_claim(struct bh_db *db, const struct bh_uuid *tenant, int64_t epoch, int64_t most,
	struct auth_syslog_turn **out, size_t *out_n)
{
	static const char sql[] = "SELECT of_tenant, at, size FROM audit_syslog_claim($1, $2, $3)";

	return bh_db_each(db, sql, BH_PARAMS(tenant, epoch, most), &turn_row, out, out_n);
}

int
auth_store_syslog_sent(struct bh_db *db, const struct bh_uuid *tenant, int64_t epoch,
	int64_t position)
{
	static const char sql[] =
		"UPDATE audit_syslog SET sent = $3 WHERE tenant_id = $1 AND epoch = $2";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, epoch, position), NULL);
}

int
auth_store_syslog_end(struct bh_db *db, const struct bh_uuid *tenant, int64_t epoch, bool read,
	const char *error)
{
	static const char sql[] = "SELECT audit_syslog_end($1, $2, $3, $4)";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, epoch, read, error), NULL);
}

int
auth_store_syslog_state(struct bh_db *db, const struct bh_uuid *tenant,
	struct auth_syslog_state *out)
{
	static const char sql[] =
		"SELECT behind, failures, error, delivered_at FROM audit_syslog_state($1)";
	struct auth_syslog_state state = {0};
	bool found;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant), &state_row, &state, &found);

	if (rc == 0)
		*out = state;
	return rc;
}
