/* SPDX-License-Identifier: Apache-2.0 */
/* idempotency_store.c: the rows of keys; the texts are the service's own (idempotency_sql.h). */
#include <string.h>

#include "base/error.h"
#include "service/idempotency.h"

int
bh_idempotency_store_begin(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency,
	const char *request_id, bool *out_taken)
{
	return bh_db_change_maybe(db, sql->begin,
		BH_PARAMS(tenant, &idempotency->mark.key, &idempotency->attempt,
			&idempotency->mark.fingerprint, request_id, bh_int_param(BH_IDEMPOTENCY_LEASE_MS),
			bh_int_param(BH_IDEMPOTENCY_KEEP_MS)),
		out_taken);
}

struct row {
	struct bh_idempotency_row kept;
	struct bh_bytes fingerprint;
	const char *state;
};
static const struct bh_row kept_row = BH_ROW(struct row, fingerprint, state, kept.object,
	kept.status, kept.content_type, kept.body, kept.request_id, kept.over);

int
bh_idempotency_store_find(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency,
	struct bh_idempotency_row *out, bool *out_found)
{
	struct row row;
	int rc = bh_db_read_maybe(db, sql->find, BH_PARAMS(tenant, &idempotency->mark.key), &kept_row,
		&row, out_found);

	if (rc < 0 || !*out_found)
		return rc;
	*out = row.kept;
	memcpy(out->fingerprint.bytes, row.fingerprint.data, sizeof(out->fingerprint.bytes));
	out->state = strcmp(row.state, "running") == 0 ? BH_IDEMPOTENCY_RUNNING
		: strcmp(row.state, "done") == 0           ? BH_IDEMPOTENCY_DONE
												   : BH_IDEMPOTENCY_UNKNOWN;
	return 0;
}

int
bh_idempotency_store_lose(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency)
{
	return bh_db_exec(db, sql->lose, BH_PARAMS(tenant, &idempotency->mark.key), NULL);
}

int
bh_idempotency_store_keep(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency,
	const struct bh_idempotency_reply *reply)
{
	return bh_db_exec(db, sql->keep,
		BH_PARAMS(tenant, &idempotency->mark.key, &idempotency->attempt,
			bh_int_param(reply->status), reply->content_type,
			bh_bytes_param(reply->body, reply->len)),
		NULL);
}

int
bh_idempotency_store_doubt(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency)
{
	return bh_db_exec(db, sql->doubt,
		BH_PARAMS(tenant, &idempotency->mark.key, &idempotency->attempt), NULL);
}

int
bh_idempotency_store_release(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency)
{
	return bh_db_exec(db, sql->release,
		BH_PARAMS(tenant, &idempotency->mark.key, &idempotency->attempt), NULL);
}

int
bh_idempotency_store_unbind(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency)
{
	return bh_db_exec(db, sql->unbind,
		BH_PARAMS(tenant, &idempotency->mark.key, &idempotency->attempt), NULL);
}

int
bh_idempotency_store_extend(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency)
{
	return bh_db_exec(db, sql->extend,
		BH_PARAMS(tenant, &idempotency->mark.key, &idempotency->attempt,
			bh_int_param(BH_IDEMPOTENCY_LEASE_MS)),
		NULL);
}

int
bh_idempotency_store_bind(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency,
	const struct bh_uuid *object)
{
	int rc = bh_db_change(tx, sql->bind,
		BH_PARAMS(tenant, &idempotency->mark.key, &idempotency->attempt, object));

	return rc == BH_E_NOT_FOUND ? bh_error(BH_E_LOST, "the row of an Idempotency-Key was deleted")
								: rc;
}

int
bh_idempotency_store_sweep(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql)
{
	return bh_db_exec(db, sql->sweep, BH_PARAMS(tenant), NULL);
}

int
bh_idempotency_store_trim(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, int64_t bytes_max, int64_t rows_max)
{
	int rc = bh_db_exec(db, sql->trim, BH_PARAMS(tenant, bytes_max), NULL);

	return rc == 0 ? bh_db_exec(db, sql->cap, BH_PARAMS(tenant, rows_max), NULL) : rc;
}
