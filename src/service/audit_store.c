/* SPDX-License-Identifier: Apache-2.0 */
/* audit_store.c: the statements of the reader of audit files: each is a function of the database. */
#include "service/audit_store.h"

#include <string.h>

/* A request's lines, of the gateway and of services, lie within a day. */
#define REQUEST_MS (INT64_C(24) * 3600 * 1000)

static const struct bh_row position_row = BH_ROW(struct bh_audit_position, tenant, file, at, until);

struct bh_uuid
bh_audit_first_id(int64_t ms)
{
	struct bh_uuid id = {0};

	if (ms < 0)
		ms = 0;
	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
	return id;
}

int
bh_audit_store_positions(struct bh_db *db, const struct bh_uuid *tenant, const char *source,
	struct bh_audit_position **out, size_t *out_n)
{
	static const char sql[] = "SELECT tenant_id, file, at, until FROM audit_positions($1, $2)";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, source), &position_row, out, out_n);
}

int
bh_audit_store_forget(struct bh_db *db, const struct bh_uuid *tenant, const char *source,
	const struct bh_bytes *files, size_t n)
{
	static const char sql[] = "SELECT audit_forget($1, $2, $3) IS NULL";
	bool done;

	return bh_db_one(db, sql, BH_PARAMS(tenant, source, bh_bytes_array_param(files, n)),
		&bh_row_bool, &done);
}

/* Nine parameters; the leaves are behind them all. */
#define ROWS(rows) \
	bh_uuid_array_param((rows)->tenants, (rows)->n), bh_uuid_array_param((rows)->ids, (rows)->n), \
		bh_text_array_param((rows)->actions, (rows)->n), \
		bh_text_array_param((rows)->actors, (rows)->n), \
		bh_text_array_param((rows)->objects, (rows)->n), \
		bh_text_array_param((rows)->requests, (rows)->n), \
		bh_int_array_param((rows)->statuses, (rows)->n), \
		bh_int_array_param((rows)->staff, (rows)->n), \
		bh_text_array_param((rows)->lines, (rows)->n)

int
bh_audit_store_step(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_audit_step *step, int64_t *out_added)
{
	static const char sql[] = "SELECT coalesce(audit_step_chained($1, $2, $3, $4, $5, $6, $7, $8, "
							  "$9, $10, $11, $12, $13, $14,"
							  "       $15, $16, $17, $18, $19, $20), -1)";
	const struct bh_audit_rows *rows = &step->rows;
	const struct bh_uuid low = bh_audit_first_id(rows->low_ms - REQUEST_MS),
						 high = bh_audit_first_id(rows->high_ms + REQUEST_MS);
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_text_param(step->source),
		bh_digest_param(step->file),
		bh_int_param(step->at),
		bh_int_param(step->to),
		bh_int_param(step->bytes),
		bh_uuid_param(&low),
		bh_uuid_param(&high),
		ROWS(rows),
		bh_uuid_array_param(step->behind, step->n_behind),
		bh_int_array_param(step->behind_at, step->n_behind),
		bh_bytes_array_param(rows->leaves, rows->n),
	};

	return bh_db_one(db, sql, BH_LIST(params), &bh_row_int, out_added);
}

int
bh_audit_store_step_behind(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *of,
	const struct bh_audit_step *step, int64_t *out_added)
{
	static const char sql[] = "SELECT coalesce(audit_step_behind_chained($1, $2, $3, $4, $5, $6, "
							  "$7, $8, $9, $10, $11, $12, $13,"
							  "       $14, $15, $16, $17, $18), -1)";
	const struct bh_audit_rows *rows = &step->rows;
	const struct bh_uuid low = bh_audit_first_id(rows->low_ms - REQUEST_MS),
						 high = bh_audit_first_id(rows->high_ms + REQUEST_MS);
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_text_param(step->source),
		bh_digest_param(step->file),
		bh_uuid_param(of),
		bh_int_param(step->at),
		bh_int_param(step->to),
		bh_uuid_param(&low),
		bh_uuid_param(&high),
		ROWS(rows),
		bh_bytes_array_param(rows->leaves, rows->n),
	};

	return bh_db_one(db, sql, BH_LIST(params), &bh_row_int, out_added);
}
