/* SPDX-License-Identifier: Apache-2.0 */
/* store_usage.c: the SQL of sums of what was used. */
#include "billing/store_usage.h"

static const struct bh_row sum_row = BH_ROW(struct billing_usage_sum, start_s, team, user, key,
	model, kind, batch, calls, input_tokens, cached_tokens, cache_write_tokens, output_tokens,
	units, cost_nanos);

/* Both statements take the same parameters: what is grouped by ($4 to $9), then the filters, which are null
 * where there is none. */
static const char days_sql[] =
	"SELECT (u.day - date '1970-01-01')::bigint * $17, u.team_id, u.user_id, u.key_id, u.model, "
	"u.kind,"
	"       u.batch, u.calls, u.input_tokens, u.cached_tokens, u.cache_write_tokens, "
	"u.output_tokens,"
	"       u.units, u.cost_nanos"
	"  FROM usage_day_sums($1, ($2::timestamptz AT TIME ZONE 'UTC')::date,"
	"         ($3::timestamptz AT TIME ZONE 'UTC')::date, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
	"$13,"
	"         $14, $15, $16) AS u"
	" ORDER BY 1, 2, 3, 4, 5, 6, 7";

/* A correction is no further act. */
static const char acts_sql[] =
	"SELECT floor(extract(epoch FROM u.arrived_at) / $17)::bigint * $17,"
	"       CASE WHEN $4 THEN u.team_id END, CASE WHEN $5 THEN u.user_id END,"
	"       CASE WHEN $6 THEN u.key_id END, CASE WHEN $7 OR $9 THEN u.model END,"
	"       CASE WHEN $9 THEN u.kind END, CASE WHEN $8 THEN u.batch END,"
	"       count(*) FILTER (WHERE u.corrects IS NULL),"
	"       meter_sum(0, sum(u.input_tokens)), meter_sum(0, sum(u.cached_tokens)),"
	"       meter_sum(0, sum(u.cache_write_tokens)), meter_sum(0, sum(u.output_tokens)),"
	"       meter_sum(0, sum(u.units)), meter_sum(0, sum(u.cost_nanos))"
	"  FROM usage_event AS u"
	" WHERE u.tenant_id = $1 AND u.arrived_at >= $2 AND u.arrived_at < $3"
	"   AND ($10::text IS NULL OR u.kind = $10)"
	"   AND ($11::uuid[] IS NULL OR u.team_id = ANY ($11))"
	"   AND ($12::uuid[] IS NULL OR u.user_id = ANY ($12))"
	"   AND ($13::uuid[] IS NULL OR u.key_id = ANY ($13))"
	"   AND ($14::text[] IS NULL OR u.model = ANY ($14))"
	"   AND ($15::boolean IS NULL OR u.batch = $15)"
	" GROUP BY 1, 2, 3, 4, 5, 6, 7"
	" ORDER BY 1, 2, 3, 4, 5, 6, 7"
	" LIMIT $16";

int
billing_store_usage_sums(struct bh_db *db, const struct bh_uuid *tenant,
	const struct billing_usage_query *query, struct billing_usage_sum **out, size_t *out_n)
{
	unsigned groups = query->groups;
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_time_param(query->from_s * 1000),
		bh_time_param(query->to_s * 1000),
		bh_bool_param((groups & BILLING_BY_TEAM) != 0),
		bh_bool_param((groups & BILLING_BY_USER) != 0),
		bh_bool_param((groups & BILLING_BY_KEY) != 0),
		bh_bool_param((groups & BILLING_BY_MODEL) != 0),
		bh_bool_param((groups & BILLING_BY_BATCH) != 0),
		bh_bool_param((groups & BILLING_BY_LINE) != 0),
		bh_text_param(query->of->kind),
		bh_uuid_array_param(query->teams.ids, query->teams.n),
		bh_uuid_array_param(query->users.ids, query->users.n),
		bh_uuid_array_param(query->keys.ids, query->keys.n),
		bh_text_array_param(query->models, query->n_models),
		query->has_batch ? bh_bool_param(query->batch) : bh_null_param(BH_PARAM_BOOL),
		bh_int_param(BILLING_SUMS_MAX + 1),
		bh_int_param(query->width_s),
	};

	return bh_db_read_each(db, query->width_s == 86400 ? days_sql : acts_sql, BH_LIST(params),
		&sum_row, out, out_n);
}
