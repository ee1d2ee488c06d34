/* SPDX-License-Identifier: Apache-2.0 */
/* store_stripe.c: the connected account, links and webhooks. */
#include "billing/store_stripe.h"

#include "base/error.h"
#include "base/macros.h"

static const struct bh_row account_row = BH_ROW(struct stripe_account, id, account, livemode, key,
	secret, old_secret, old_until_ms, connected_ms, disconnected_ms);

int
stripe_store_account_get(struct bh_db *db, const struct bh_uuid *tenant, struct stripe_account *out,
	bool *out_found)
{
	static const char sql[] =
		"SELECT id, account, livemode, key_sealed, secret_sealed, old_secret_sealed,"
		"       old_secret_until, connected_at, disconnected_at"
		"  FROM stripe_account"
		" WHERE tenant_id = $1";

	return bh_db_read_maybe(db, sql, BH_PARAMS(tenant), &account_row, out, out_found);
}

int
stripe_store_account_put(struct bh_db *db, const struct bh_uuid *tenant,
	const struct stripe_account *account)
{
	/* One account: another key takes the place of the one before. */
	static const char sql[] =
		"INSERT INTO stripe_account (tenant_id, id, account, livemode, key_sealed, secret_sealed,"
		"       old_secret_sealed, old_secret_until)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
		" ON CONFLICT (tenant_id)"
		" DO UPDATE SET id = excluded.id, account = excluded.account, livemode = excluded.livemode,"
		"               key_sealed = excluded.key_sealed, secret_sealed = excluded.secret_sealed,"
		"               old_secret_sealed = excluded.old_secret_sealed,"
		"               old_secret_until = excluded.old_secret_until, "
		"               connected_at = excluded.connected_at,"
		"               disconnected_at = NULL";

	return bh_db_exec(db, sql,
		BH_PARAMS(tenant, &account->id, account->account, account->livemode,
			bh_bytes_param(account->key.data, account->key.len),
			bh_bytes_param(account->secret.data, account->secret.len),
			bh_bytes_param(account->old_secret.data, account->old_secret.len),
			bh_time_or_null_param(account->old_until_ms)),
		NULL);
}

int
stripe_store_account_disconnect(struct bh_db *db, const struct bh_uuid *tenant)
{
	static const char sql[] =
		"UPDATE stripe_account"
		"   SET disconnected_at = coalesce(disconnected_at, clock.at), key_sealed = '',"
		"       secret_sealed = '', old_secret_sealed = '', old_secret_until = NULL"
		"  FROM (SELECT now() AS at OFFSET 0) AS clock"
		" WHERE tenant_id = $1";

	return bh_db_exec(db, sql, BH_PARAMS(tenant), NULL);
}

/* ---- links ---- */

static int
text_maybe(struct bh_db *db, const char *sql, const struct bh_param *params, size_t n,
	const char **out)
{
	bool found = false;
	const char *text = NULL;
	int rc = bh_db_read_maybe(db, sql, params, n, &bh_row_text, &text, &found);

	if (rc == 0)
		*out = found ? text : NULL;
	return rc;
}

int
stripe_store_link_get(struct bh_db *db, const struct bh_uuid *tenant, const char *kind,
	const char *ours, const char **out)
{
	static const char sql[] =
		"SELECT theirs FROM stripe_link WHERE tenant_id = $1 AND kind = $2 AND ours = $3";

	return text_maybe(db, sql, BH_PARAMS(tenant, kind, ours), out);
}

int
stripe_store_link_put(struct bh_db *db, const struct bh_uuid *tenant, const char *kind,
	const char *ours, const char *theirs)
{
	static const char sql[] = "INSERT INTO stripe_link (tenant_id, kind, ours, theirs)"
							  " VALUES ($1, $2, $3, $4)"
							  " ON CONFLICT (tenant_id, kind, ours) DO NOTHING";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, kind, ours, theirs), NULL);
}

int
stripe_store_is_customer(struct bh_db *db, const struct bh_uuid *tenant, bool *out)
{
	static const char sql[] =
		"SELECT EXISTS (SELECT FROM stripe_link WHERE tenant_id = $1 AND kind = 'customer')";

	return bh_db_one(db, sql, BH_PARAMS(tenant), &bh_row_bool, out);
}

int
stripe_store_is_owed(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	bool *out)
{
	static const char sql[] = "SELECT NOT EXISTS (SELECT FROM invoice"
							  " WHERE tenant_id = $1 AND id = $2 AND status <> 'open')";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &bh_row_bool, out);
}

int
stripe_store_owners(struct bh_db *db, const struct bh_uuid *tenant, const char ***out,
	size_t *out_count)
{
	static const char sql[] = "SELECT DISTINCT theirs FROM stripe_link WHERE tenant_id = $1 AND "
							  "kind = 'owner' ORDER BY 1";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &bh_row_text, out, out_count);
}

int
stripe_store_has_customers(struct bh_db *db, const struct bh_uuid *tenant, bool *out)
{
	static const char sql[] =
		"SELECT EXISTS (SELECT FROM stripe_link WHERE tenant_id = $1 AND kind = 'owner')";

	return bh_db_one(db, sql, BH_PARAMS(tenant), &bh_row_bool, out);
}

int
stripe_store_lock(struct bh_db *tx, const struct bh_uuid *tenant)
{
	static const char sql[] =
		"SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 150)) IS NULL";
	bool unused;

	return bh_db_one(tx, sql, BH_PARAMS(tenant), &bh_row_bool, &unused);
}

/* ---- webhooks ---- */

int
stripe_store_event_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct stripe_event *event, const char *state, bool *out_new)
{
	static const char sql[] =
		"INSERT INTO stripe_event (tenant_id, id, type, object, happened_at, state)"
		" VALUES ($1, $2, $3, $4, $5, $6)"
		" ON CONFLICT (tenant_id, id) DO NOTHING";
	int64_t rows = 0;
	int rc = bh_db_exec(tx, sql,
		BH_PARAMS(tenant, event->id, event->type, event->object, bh_time_param(event->happened_ms),
			state),
		&rows);

	if (rc == 0)
		*out_new = rows > 0;
	return rc;
}

static const struct bh_row event_row = BH_ROW(struct stripe_event, id, type, object, happened_ms);

int
stripe_store_event_next(struct bh_db *db, const struct bh_uuid *tenant, struct stripe_event *out,
	bool *out_found)
{
	static const char sql[] = "SELECT id, type, object, happened_at FROM stripe_event"
							  " WHERE tenant_id = $1 AND state = 'waiting'"
							  " ORDER BY received_at, id LIMIT 1";

	return bh_db_read_maybe(db, sql, BH_PARAMS(tenant), &event_row, out, out_found);
}

int
stripe_store_event_end(struct bh_db *db, const struct bh_uuid *tenant, const char *id,
	const char *state, const char *error)
{
	static const char sql[] = "UPDATE stripe_event SET state = $3, error = $4"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, id, state, error), NULL);
}
