/* SPDX-License-Identifier: Apache-2.0 */
/* store_usage.c: what is shown of usage events. */
#include "base/macros.h"
#include "model/store.h"

static const struct bh_row quarantine_row = BH_ROW(struct model_quarantine_row, id, reason, record,
	created_ms, cost);

int
model_store_quarantine_list(struct bh_db *db, const struct bh_uuid *tenant, int64_t limit,
	struct model_quarantine_row **out, size_t *out_count)
{
	static const char sql[] = "SELECT id, reason, record, created_at, cost_nanos"
							  "  FROM usage_quarantine"
							  " WHERE tenant_id = $1"
							  " ORDER BY created_at DESC"
							  " LIMIT $2";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, limit), &quarantine_row, out, out_count);
}

static const struct bh_row usage_row = BH_ROW(struct model_usage_row, id, request_id, kind, model,
	source, status, subject, actor, created_ms, duration_ms, prompt_tokens, cached_tokens,
	completion_tokens, cost, streamed, price_known);

int
model_store_usage_list(struct bh_db *db, const struct bh_uuid *tenant, const char *request_id,
	const struct bh_uuid *before, int64_t limit, struct model_usage_row **out, size_t *out_count)
{
	static const char sql[] =
		"SELECT id, request_id, kind, model, source, status, subject, actor, started_at,"
		"       (extract(epoch FROM ended_at - started_at) * 1000)::bigint,"
		"       input_tokens, cached_tokens,"
		"       CASE WHEN kind IN ('rerank', 'image', 'transcription', 'speech',"
		"                 'moderation') THEN units"
		"            ELSE output_tokens END,"
		"       cost_nanos, streamed, price_known"
		"  FROM usage_event"
		" WHERE tenant_id = $1 AND ($2::text IS NULL OR request_id = $2)"
		"   AND ($4::uuid IS NULL OR (arrived_at, id) <"
		"        (SELECT c.arrived_at, c.id FROM usage_event AS c"
		"          WHERE c.tenant_id = $1 AND c.id = $4))"
		" ORDER BY arrived_at DESC, id DESC"
		" LIMIT $3";

	return bh_db_read_each(db, sql,
		BH_PARAMS(tenant, request_id, limit, bh_uuid_or_null_param(before)), &usage_row, out,
		out_count);
}
