/* idempotency_store.c: the rows of keys; the texts are the service's own (idempotency_sql.h). */
#include <string.h>

#include "base/error.h"
#include "service/idempotency.h"

static struct bh_param
digest_param(const struct bh_digest *digest)
{
	return bh_bytes_param(digest->bytes, sizeof(digest->bytes));
}

int
bh_idempotency_store_begin(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency,
	const char *request_id, bool *out_taken)
{
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		digest_param(&idempotency->mark.key),
		bh_uuid_param(&idempotency->attempt),
		digest_param(&idempotency->mark.fingerprint),
		bh_text_param(request_id),
		bh_int_param(BH_IDEMPOTENCY_LEASE_MS),
		bh_int_param(BH_IDEMPOTENCY_KEEP_MS),
	};
	int64_t rows = 0;
	int rc = bh_db_exec(db, sql->begin, BH_LIST(params), &rows);

	if (rc == 0)
		*out_taken = rows == 1;
	return rc;
}

int
bh_idempotency_store_find(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency,
	struct bh_idempotency_row *out, bool *out_found)
{
	struct bh_idempotency_row row = {0};
	struct bh_bytes fingerprint = {0};
	const char *state = "";
	const struct bh_param params[] = {bh_uuid_param(tenant), digest_param(&idempotency->mark.key)};
	const struct bh_column columns[] = {
		bh_bytes_column(&fingerprint),
		bh_text_column(&state),
		bh_uuid_column(&row.object),
		bh_int_column(&row.status),
		bh_text_column(&row.content_type),
		bh_bytes_column(&row.body),
		bh_text_column(&row.request_id),
		bh_bool_column(&row.over),
	};
	int rc = bh_db_read_maybe(db, sql->find, BH_LIST(params), BH_LIST(columns), out_found);

	if (rc < 0 || !*out_found)
		return rc;
	memcpy(row.fingerprint.bytes, fingerprint.data, sizeof(row.fingerprint.bytes));
	row.state = strcmp(state, "running") == 0 ? BH_IDEMPOTENCY_RUNNING
		: strcmp(state, "done") == 0          ? BH_IDEMPOTENCY_DONE
											  : BH_IDEMPOTENCY_UNKNOWN;
	*out = row;
	return 0;
}

int
bh_idempotency_store_lose(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency)
{
	const struct bh_param params[] = {bh_uuid_param(tenant), digest_param(&idempotency->mark.key)};

	return bh_db_exec(db, sql->lose, BH_LIST(params), NULL);
}

int
bh_idempotency_store_keep(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency,
	const struct bh_idempotency_reply *reply)
{
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		digest_param(&idempotency->mark.key),
		bh_uuid_param(&idempotency->attempt),
		bh_int_param(reply->status),
		bh_text_param(reply->content_type),
		bh_bytes_param(reply->body, reply->len),
	};

	return bh_db_exec(db, sql->keep, BH_LIST(params), NULL);
}

int
bh_idempotency_store_doubt(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency)
{
	const struct bh_param params[] = {bh_uuid_param(tenant), digest_param(&idempotency->mark.key),
		bh_uuid_param(&idempotency->attempt)};

	return bh_db_exec(db, sql->doubt, BH_LIST(params), NULL);
}

int
bh_idempotency_store_release(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency)
{
	const struct bh_param params[] = {bh_uuid_param(tenant), digest_param(&idempotency->mark.key),
		bh_uuid_param(&idempotency->attempt)};

	return bh_db_exec(db, sql->release, BH_LIST(params), NULL);
}

int
bh_idempotency_store_extend(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency)
{
	const struct bh_param params[] = {bh_uuid_param(tenant), digest_param(&idempotency->mark.key),
		bh_uuid_param(&idempotency->attempt), bh_int_param(BH_IDEMPOTENCY_LEASE_MS)};

	return bh_db_exec(db, sql->extend, BH_LIST(params), NULL);
}

int
bh_idempotency_store_bind(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency,
	const struct bh_uuid *object)
{
	const struct bh_param params[] = {bh_uuid_param(tenant), digest_param(&idempotency->mark.key),
		bh_uuid_param(&idempotency->attempt), bh_uuid_param(object)};
	int64_t rows = 0;
	int rc = bh_db_exec(tx, sql->bind, BH_LIST(params), &rows);

	if (rc < 0)
		return rc;
	return rows == 1 ? 0 : bh_error(BH_E_LOST, "the row of an Idempotency-Key is gone");
}

int
bh_idempotency_store_sweep(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql)
{
	const struct bh_param params[] = {bh_uuid_param(tenant)};

	return bh_db_exec(db, sql->sweep, BH_LIST(params), NULL);
}

int
bh_idempotency_store_trim(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, int64_t bytes_max, int64_t rows_max)
{
	const struct bh_param bytes[] = {bh_uuid_param(tenant), bh_int_param(bytes_max)};
	const struct bh_param rows[] = {bh_uuid_param(tenant), bh_int_param(rows_max)};
	int rc = bh_db_exec(db, sql->trim, BH_LIST(bytes), NULL);

	return rc == 0 ? bh_db_exec(db, sql->cap, BH_LIST(rows), NULL) : rc;
}
