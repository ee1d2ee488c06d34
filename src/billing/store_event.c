/* SPDX-License-Identifier: Apache-2.0 */
/* store_event.c: the SQL of usage events. */
#include "billing/store_event.h"

#include "meter/unit.h"

#define EVENT_COLUMNS \
	"u.id, u.corrects, u.request_id, u.started_at, u.arrived_at," \
	" (extract(epoch FROM u.ended_at - u.started_at) * 1000)::bigint, u.kind, u.model, u.subject," \
	" u.actor, u.user_id, u.key_id, u.team_id, u.status, u.source, u.streamed, u.batch," \
	" u.input_tokens, u.cached_tokens, u.cache_write_tokens, u.output_tokens, u.units," \
	" u.cost_nanos, u.covered_nanos, u.price_known"
static const struct bh_row event_row = BH_ROW(struct billing_event, id, corrects, request_id,
	started_ms, settled_ms, duration_ms, kind, model, subject, actor, user, key, team, status,
	source, streamed, batch, input_tokens, cached_tokens, cache_write_tokens, output_tokens, units,
	cost, covered, price_known);

#define FILTERS \
	"   AND ($4::text IS NULL OR u.kind = $4) AND ($5::text IS NULL OR u.model = $5)" \
	"   AND ($6::uuid IS NULL OR u.key_id = $6) AND ($7::uuid IS NULL OR u.user_id = $7)" \
	"   AND ($8::uuid IS NULL OR u.team_id = $8)" \
	"   AND ($9::timestamptz IS NULL OR u.arrived_at >= $9)" \
	"   AND ($10::timestamptz IS NULL OR u.arrived_at < $10)"

static const char down_sql[] = "SELECT " EVENT_COLUMNS "  FROM usage_event AS u"
							   " WHERE u.tenant_id = $1 AND u.id > $2 AND u.id < $3" FILTERS
							   " ORDER BY u.tenant_id DESC, u.id DESC LIMIT $11";

static const char up_sql[] = "SELECT " EVENT_COLUMNS "  FROM usage_event AS u"
							 " WHERE u.tenant_id = $1 AND u.id > $2 AND u.id < $3" FILTERS
							 " ORDER BY u.tenant_id, u.id LIMIT $11";

/* Found by their request, of which there are few: they are sorted afterwards. */
static const char request_sql[] =
	"SELECT " EVENT_COLUMNS "  FROM usage_event AS u"
	" WHERE u.tenant_id = $1 AND u.request_id = $12 AND u.id > $2 AND u.id < $3" FILTERS
	" ORDER BY CASE WHEN $13 THEN u.id END, u.id DESC LIMIT $11";

int
billing_store_event_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct billing_event_filter *filter, const struct bh_slice *slice,
	struct billing_event **out, size_t *out_n)
{
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(&slice->low),
		bh_uuid_param(&slice->high),
		bh_text_param(filter->kind),
		bh_text_param(filter->model),
		bh_uuid_or_null_param(&filter->key),
		bh_uuid_or_null_param(&filter->user),
		bh_uuid_or_null_param(&filter->team),
		bh_time_or_null_param(filter->from_ms),
		bh_time_or_null_param(filter->to_ms),
		bh_int_param(slice->limit),
		bh_text_param(filter->request_id),
		bh_bool_param(slice->up),
	};

	if (filter->request_id != NULL)
		return bh_db_read_each(db, request_sql, BH_LIST(params), &event_row, out, out_n);
	return bh_db_read_each(db, slice->up ? up_sql : down_sql, params, BH_COUNT(params) - 2,
		&event_row, out, out_n);
}

int
billing_store_event_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct billing_event *out)
{
	static const char sql[] = "SELECT " EVENT_COLUMNS "  FROM usage_event AS u"
							  " WHERE u.tenant_id = $1 AND u.id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &event_row, out);
}

int
billing_store_event_correct(struct bh_db *db, const struct bh_uuid *tenant,
	const struct billing_event *act, const struct bh_uuid *event,
	const struct billing_correction *correction, const char *by, struct billing_corrected *out)
{
	static const char sql[] =
		"SELECT done, event_id FROM usage_correct($1, $2, $3, $4, $5, $6, $7, $8)";
	const struct bh_row row = BH_ROW(struct billing_corrected, done, event);

	return bh_db_one(db, sql,
		BH_PARAMS(tenant, &correction->id, &act->id, event, (int64_t)meter_kind_find(act->kind),
			bh_int_array_param(correction->figures, BILLING_FIGURES), correction->reason, by),
		&row, out);
}
