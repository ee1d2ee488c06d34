/* SPDX-License-Identifier: Apache-2.0 */
/* store_budget.c: a tenant's token limit, and the monthly budget that is set together with it. */
#include "base/error.h"
#include "base/macros.h"
#include "model/store.h"

static const struct bh_row limits_row = BH_ROW(struct model_limits, tokens_per_minute,
	moderation_input, moderation_output);

int
model_store_limits_get(struct bh_db *db, const struct bh_uuid *tenant, struct model_limits *out)
{
	/* The operator's own limit for the tenant comes before its plan's. */
	static const char sql[] =
		"SELECT coalesce(nullif(t.tokens_per_minute, 0), p.tokens_per_minute, 0),"
		"       coalesce(array_position(ARRAY['flag', 'refuse'], s.moderation_input), 0)::bigint,"
		"       coalesce(array_position(ARRAY['flag', 'refuse'], s.moderation_output), 0)::bigint"
		"  FROM (SELECT) AS one"
		"  LEFT JOIN token_limit AS t ON t.tenant_id = $1"
		"  LEFT JOIN tenant_plan AS p ON p.tenant_id = $1 AND p.state <> 'canceled'"
		"  LEFT JOIN tenant_setting AS s ON s.tenant_id = $1";
	bool found = false;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant), &limits_row, out, &found);

	if (rc == 0 && !found)
		*out = (struct model_limits){0};
	return rc;
}

int
model_store_budget_get(struct bh_db *db, const struct bh_uuid *tenant, struct model_budget *out)
{
	struct model_budget budget = {0};
	int rc = model_store_limits_get(db, tenant, &budget.limits);

	if (rc == 0)
		rc = meter_books_standing(db, tenant, tenant, &budget.month);
	if (rc == 0)
		*out = budget;
	return rc;
}

static int
tokens_set(struct bh_db *db, const struct bh_uuid *tenant, int64_t tokens_per_minute)
{
	static const char sql[] = "INSERT INTO token_limit (tenant_id, tokens_per_minute)"
							  " VALUES ($1, $2)"
							  " ON CONFLICT (tenant_id)"
							  " DO UPDATE SET tokens_per_minute = excluded.tokens_per_minute";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, tokens_per_minute), NULL);
}

struct setting {
	const struct bh_uuid *tenant;
	const struct model_limits_change *change;
};

static int
set_work(struct bh_db *tx, void *ctx)
{
	const struct setting *set = ctx;
	const struct meter_limit limit = {
		.sets_month = true,
		.has_month = set->change->budget_month >= 0,
		.month = set->change->budget_month,
	};
	int rc = 0;

	if (set->change->tokens)
		rc = tokens_set(tx, set->tenant, set->change->tokens_per_minute);
	if (rc == 0 && set->change->budget)
		rc = meter_books_limit(tx, set->tenant, set->tenant, METER_TENANT, &limit);
	return rc;
}

int
model_store_limits_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct model_limits_change *change)
{
	struct setting set = {tenant, change};

	return bh_tx_run(db, set_work, &set);
}
