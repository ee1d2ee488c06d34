/* SPDX-License-Identifier: Apache-2.0 */
/* store_subscription.c: the SQL of subscriptions. */
#include "billing/store_subscription.h"

#include <string.h>

#include "base/error.h"

#define COLUMNS \
	"id, plan_id, plan_version, state, started_at, anchor_at, spans, trial_until, number, " \
	"from_at," \
	" until_at, closed, segment_at, step, next_plan_id, next_plan_version, cancel_at_end," \
	" canceled_at, changed_at"
static const struct bh_row subscription_row = BH_ROW(struct billing_subscription, id, plan,
	plan_version, state, started_ms, anchor_ms, spans, trial_until_ms, number, from_ms, until_ms,
	closed, segment_ms, step, next_plan, next_version, cancel_at_end, canceled_ms, changed_ms);

int
billing_store_subscription_lock(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_subscription *out)
{
	static const char sql[] = "SELECT " COLUMNS "  FROM subscription"
							  " WHERE tenant_id = $1 AND state <> 'canceled'"
							  "   FOR UPDATE";

	return bh_db_one(tx, sql, BH_PARAMS(tenant), &subscription_row, out);
}

int
billing_store_subscription_get(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_subscription *out)
{
	static const char sql[] = "SELECT " COLUMNS "  FROM subscription"
							  " WHERE tenant_id = $1"
							  " ORDER BY canceled_at DESC NULLS FIRST, id DESC"
							  " LIMIT 1";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant), &subscription_row, out);
}

int
billing_store_subscription_list(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_subscription **out, size_t *out_count)
{
	static const char sql[] = "SELECT " COLUMNS "  FROM subscription"
							  " WHERE tenant_id = $1"
							  " ORDER BY tenant_id, id DESC"
							  " LIMIT 1000";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &subscription_row, out, out_count);
}

int
billing_store_subscription_tried(struct bh_db *db, const struct bh_uuid *tenant, bool *out)
{
	static const char sql[] = "SELECT EXISTS (SELECT FROM subscription"
							  " WHERE tenant_id = $1 AND trial_until IS NOT NULL)";

	return bh_db_one(db, sql, BH_PARAMS(tenant), &bh_row_bool, out);
}

int
billing_store_subscription_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_subscription *s)
{
	static const char sql[] =
		"INSERT INTO subscription (tenant_id, id, plan_id, plan_version, state, started_at,"
		"       anchor_at, spans, trial_until, number, from_at, until_at, segment_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, &s->id, &s->plan, s->plan_version, s->state, bh_time_param(s->started_ms),
			bh_time_param(s->anchor_ms), s->spans, bh_time_or_null_param(s->trial_until_ms),
			s->number, bh_time_param(s->from_ms), bh_time_param(s->until_ms),
			bh_time_param(s->segment_ms)),
		NULL);
}

int
billing_store_subscription_set(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_subscription *s)
{
	static const char sql[] =
		"UPDATE subscription"
		"   SET plan_id = $3, plan_version = $4, state = $5, anchor_at = $6, spans = $7,"
		"       number = $8, from_at = $9, until_at = $10, closed = $11, segment_at = $12,"
		"       step = $13, next_plan_id = $14, next_plan_version = $15, cancel_at_end = $16,"
		"       canceled_at = $17, changed_at = now()"
		" WHERE tenant_id = $1 AND id = $2";
	bool has_next = !bh_uuid_is_zero(&s->next_plan);

	return bh_db_change(tx, sql,
		BH_PARAMS(tenant, &s->id, &s->plan, s->plan_version, s->state, bh_time_param(s->anchor_ms),
			s->spans, s->number, bh_time_param(s->from_ms), bh_time_param(s->until_ms), s->closed,
			bh_time_param(s->segment_ms), s->step, bh_uuid_or_null_param(&s->next_plan),
			bh_int_or_null_param(has_next, s->next_version), s->cancel_at_end,
			bh_time_or_null_param(s->canceled_ms)));
}

int
billing_store_subscription_owes(struct bh_db *tx, const struct bh_uuid *tenant, const char **out)
{
	static const char sql[] = "SELECT coalesce((SELECT state FROM billing_dunning"
							  " WHERE tenant_id = $1), 'active')";

	return bh_db_one(tx, sql, BH_PARAMS(tenant), &bh_row_text, out);
}

/* ---- lines ---- */

int
billing_store_period_line_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_subscription *s, const struct billing_period_line *line)
{
	static const char sql[] =
		"INSERT INTO subscription_line (tenant_id, subscription_id, number, line, kind, plan,"
		"       plan_version, from_at, until_at, nanos)"
		" SELECT $1, $2, $3, count(*), $4, $5, $6, $7, $8, $9"
		"   FROM subscription_line"
		"  WHERE tenant_id = $1 AND subscription_id = $2 AND number = $3"
		" RETURNING true";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, &s->id, s->number, line->kind == BILLING_LINE_CREDIT ? "credit" : "base",
			line->plan, line->plan_version, bh_time_param(line->from_ms),
			bh_time_param(line->until_ms), line->nanos),
		NULL);
}

struct line_row {
	struct billing_period_line line;
	const char *kind;
};

static const struct bh_row line_row = BH_ROW(struct line_row, kind, line.plan, line.plan_version,
	line.from_ms, line.until_ms, line.nanos);

int
billing_store_period_line_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *subscription, int64_t number, struct billing_period_line **out,
	size_t *out_count)
{
	static const char sql[] = "SELECT kind, plan, plan_version, from_at, until_at, nanos"
							  "  FROM subscription_line"
							  " WHERE tenant_id = $1 AND subscription_id = $2 AND number = $3"
							  " ORDER BY line";
	struct billing_period_line *lines;
	struct line_row *rows;
	size_t n;
	int rc = bh_db_read_each(db, sql, BH_PARAMS(tenant, subscription, number), &line_row, &rows,
		&n);

	if (rc < 0)
		return rc;
	lines = bh_arena_array(db->arena, n + 1, sizeof(*lines));
	for (size_t i = 0; i < n; i++) {
		lines[i] = rows[i].line;
		lines[i].kind = rows[i].kind[0] == 'c' ? BILLING_LINE_CREDIT : BILLING_LINE_BASE;
	}
	*out = lines;
	*out_count = n;
	return 0;
}

/* ---- the books ---- */

int
billing_store_rates_set(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_plan *plan)
{
	static const char clear_sql[] = "DELETE FROM meter_rate"
									" WHERE tenant_id = $1 AND NOT meter = ANY ($2::bigint[])";
	static const char sql[] = "INSERT INTO meter_rate (tenant_id, meter, version, nanos)"
							  " SELECT $1, meter, $2, nanos"
							  "   FROM unnest($3::bigint[], $4::bigint[]) AS rate (meter, nanos)"
							  " ON CONFLICT (tenant_id, meter)"
							  " DO UPDATE SET version = excluded.version, nanos = excluded.nanos";
	int64_t meters[BILLING_PLAN_METERS], nanos[BILLING_PLAN_METERS];
	size_t n = 0;
	int rc;

	for (size_t i = 0; plan != NULL && i < plan->n_meters; i++) {
		if (plan->meters[i].overage < 0)
			continue;
		meters[n] = plan->meters[i].meter;
		nanos[n++] = plan->meters[i].overage;
	}
	rc = bh_db_exec(tx, clear_sql, BH_PARAMS(tenant, bh_int_array_param(meters, n)), NULL);
	if (rc == 0 && n > 0)
		rc = bh_db_exec(tx, sql,
			BH_PARAMS(tenant, plan->rate_version, bh_int_array_param(meters, n),
				bh_int_array_param(nanos, n)),
			NULL);
	return rc;
}

/* What is not prepaid and never was needs no funds. */
int
billing_store_prepaid_set(struct bh_db *tx, const struct bh_uuid *tenant, bool prepaid)
{
	static const char funds_sql[] = "SELECT prepaid, low_at IS NOT NULL, low_at"
									"  FROM meter_funds WHERE tenant_id = $1";
	static const char sql[] = "SELECT true FROM meter_prepaid($1, $2, $3)";
	struct funds {
		bool prepaid, has_low;
		int64_t low;
	} funds = {0};
	const struct bh_row funds_row = BH_ROW(struct funds, prepaid, has_low, low);
	bool found, done;
	int rc = bh_db_maybe(tx, funds_sql, BH_PARAMS(tenant), &funds_row, &funds, &found);

	if (rc < 0 || (!prepaid && !funds.prepaid))
		return rc;
	return bh_db_one(tx, sql,
		BH_PARAMS(tenant, prepaid, bh_int_or_null_param(funds.has_low, funds.low)), &bh_row_bool,
		&done);
}

int
billing_store_included_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *fund, int64_t meter, int64_t amount, int64_t from_ms, int64_t until_ms)
{
	static const char known_sql[] =
		"SELECT EXISTS (SELECT FROM meter_funds WHERE tenant_id = $1 AND $2 = ANY (ids))";
	static const char sql[] = "SELECT meter_fund($1, $2, $3, -1, 0, $4, $5, $6)";
	bool known = false, given = false;
	int rc = bh_db_one(tx, known_sql, BH_PARAMS(tenant, fund), &bh_row_bool, &known);

	if (rc < 0 || known)
		return rc;
	rc = bh_db_one(tx, sql,
		BH_PARAMS(tenant, fund, meter, bh_time_param(until_ms), bh_time_param(from_ms), amount),
		&bh_row_bool, &given);
	if (rc == 0 && !given)
		rc = bh_error(BH_E_TOO_MANY,
			"The tenant has the maximum number of credits and included quantities.");
	return rc;
}

int
billing_store_included_end(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *fund, int64_t *out_drawn)
{
	static const char sql[] =
		"SELECT coalesce(f.amount - f.remaining, 0) FROM meter_fund_end($1, $2) AS f";

	return bh_db_one(tx, sql, BH_PARAMS(tenant, fund), &bh_row_int, out_drawn);
}

int
billing_store_drawn_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_subscription *s, int64_t meter, int64_t units, int64_t earned)
{
	static const char sql[] =
		"INSERT INTO subscription_drawn AS d (tenant_id, subscription_id, number, meter, units,"
		"       earned)"
		" VALUES ($1, $2, $3, $4, $5, $6)"
		" ON CONFLICT (tenant_id, subscription_id, number, meter)"
		" DO UPDATE SET units = d.units + excluded.units, earned = d.earned + excluded.earned";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, &s->id, s->number, meter, units, earned), NULL);
}

int
billing_store_drawn_carry(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_subscription *s, int64_t number)
{
	static const char sql[] =
		"INSERT INTO subscription_drawn (tenant_id, subscription_id, number, meter, units)"
		" SELECT $1, $2, $4, meter, units - earned"
		"   FROM subscription_drawn"
		"  WHERE tenant_id = $1 AND subscription_id = $2 AND number = $3 AND units > earned"
		" RETURNING true";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, &s->id, s->number, number), NULL);
}

int
billing_store_drawn_beyond(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_subscription *s, int64_t meter, int64_t *out)
{
	static const char sql[] =
		"SELECT coalesce(sum(units - earned), 0)::bigint FROM subscription_drawn"
		" WHERE tenant_id = $1 AND subscription_id = $2 AND number = $3 AND meter = $4";

	return bh_db_one(tx, sql, BH_PARAMS(tenant, &s->id, s->number, meter), &bh_row_int, out);
}

/* ---- what tokens tell ---- */

int
billing_store_tenant_plan_set(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_plan *plan, const char *state, bool *out_changed)
{
	static const char sql[] =
		"INSERT INTO tenant_plan AS t (tenant_id, plan, version, entitlements, state,"
		"       requests_per_minute, concurrency, tokens_per_minute, seats)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
		" ON CONFLICT (tenant_id) DO UPDATE"
		"    SET plan = excluded.plan, version = excluded.version,"
		"        entitlements = excluded.entitlements, state = excluded.state,"
		"        requests_per_minute = excluded.requests_per_minute,"
		"        concurrency = excluded.concurrency,"
		"        tokens_per_minute = excluded.tokens_per_minute, seats = excluded.seats,"
		"        sequence = t.sequence + 1, changed_at = excluded.changed_at"
		"  WHERE (t.plan, t.version, t.entitlements, t.state, t.requests_per_minute, t.concurrency,"
		"         t.tokens_per_minute, t.seats)"
		"        IS DISTINCT FROM (excluded.plan, excluded.version, excluded.entitlements,"
		"         excluded.state, excluded.requests_per_minute, excluded.concurrency,"
		"         excluded.tokens_per_minute, excluded.seats)";

	return bh_db_change_maybe(tx, sql,
		BH_PARAMS(tenant, plan->name, plan->version, plan->entitlements, state,
			plan->requests_per_minute, plan->concurrency, plan->tokens_per_minute, plan->seats),
		out_changed);
}

int
billing_store_tenant_plan_told(struct bh_db *tx, const struct bh_uuid *tenant, bool *out)
{
	static const char sql[] = "SELECT applied >= sequence FROM tenant_plan"
							  " WHERE tenant_id = $1"
							  "   FOR NO KEY UPDATE";
	bool found = false, told = false;
	int rc = bh_db_maybe(tx, sql, BH_PARAMS(tenant), &bh_row_bool, &told, &found);

	if (rc == 0)
		*out = !found || told;
	return rc;
}
