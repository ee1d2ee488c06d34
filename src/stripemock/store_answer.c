/* SPDX-License-Identifier: Apache-2.0 */
/* store_answer.c: the SQL of answers that are kept for an Idempotency-Key. */
#include "stripemock/store.h"

static const struct bh_row answer_row = BH_ROW(struct stripemock_answer, fingerprint, request_id,
	status, body);

int
stripemock_store_answer_begin(struct bh_db *db, const struct bh_uuid *tenant, const char *key,
	const struct bh_digest *fingerprint, const char *request_id, struct stripemock_answer *out,
	bool *out_taken)
{
	static const char drop[] = "DELETE FROM stripemock_answer WHERE tenant_id = $1 AND key = $2"
							   "   AND made_at < now() - interval '24 hours'";
	static const char take[] =
		"INSERT INTO stripemock_answer (tenant_id, key, fingerprint, request_id)"
		" VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
	static const char read[] = "SELECT fingerprint, request_id, status, body"
							   "  FROM stripemock_answer WHERE tenant_id = $1 AND key = $2";
	int64_t rows = 0;
	int rc = bh_db_exec(db, drop, BH_PARAMS(tenant, key), NULL);

	if (rc == 0)
		rc = bh_db_exec(db, take, BH_PARAMS(tenant, key, fingerprint, request_id), &rows);
	*out_taken = rows > 0;
	if (rc == 0 && rows == 0)
		rc = bh_db_read_one(db, read, BH_PARAMS(tenant, key), &answer_row, out);
	return rc;
}

int
stripemock_store_answer_keep(struct bh_db *db, const struct bh_uuid *tenant, const char *key,
	int64_t status, const char *body)
{
	static const char sql[] = "UPDATE stripemock_answer SET status = $3, body = $4"
							  " WHERE tenant_id = $1 AND key = $2";

	return bh_db_change(db, sql, BH_PARAMS(tenant, key, status, body));
}
