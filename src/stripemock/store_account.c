/* SPDX-License-Identifier: Apache-2.0 */
/* store_account.c: the SQL of the account. */
#include "stripemock/store.h"

static const struct bh_row account_row = BH_ROW(struct stripemock_account, seq, objects);

int
stripemock_store_account_add(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_bytes *keys)
{
	static const char sql[] = "INSERT INTO stripemock_account (tenant_id, keys) VALUES ($1, $2)"
							  " ON CONFLICT DO NOTHING";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, bh_bytes_param(keys->data, keys->len)), NULL);
}

int
stripemock_store_account_keys(struct bh_db *db, const struct bh_uuid *tenant, struct bh_bytes *out)
{
	static const char sql[] = "SELECT keys FROM stripemock_account WHERE tenant_id = $1";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant), &bh_row_bytes, out);
}

int
stripemock_store_account_lock(struct bh_db *db, const struct bh_uuid *tenant,
	struct stripemock_account *out)
{
	static const char sql[] =
		"SELECT seq, objects FROM stripemock_account WHERE tenant_id = $1 FOR UPDATE";

	return bh_db_one(db, sql, BH_PARAMS(tenant), &account_row, out);
}

int
stripemock_store_account_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct stripemock_account *account)
{
	static const char sql[] =
		"UPDATE stripemock_account SET seq = $2, objects = $3 WHERE tenant_id = $1";

	return bh_db_change(db, sql, BH_PARAMS(tenant, account->seq, account->objects));
}
