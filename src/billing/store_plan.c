/* SPDX-License-Identifier: Apache-2.0 */
/* store_plan.c: the SQL of plans. */
#include "billing/store_plan.h"

#include "base/error.h"

/* The address of a handle in the platform's context, for one call. */
#define PLATFORM(db) ((struct bh_db[]){billing_platform(db)})

#define PLAN_COLUMNS \
	"p.id, p.name, v.version, v.rate_version, v.span, v.price_nanos, v.currency, v.billing, " \
	"v.credit_nanos," \
	" v.trial_days, v.seats, v.requests_per_minute, v.concurrency, v.tokens_per_minute," \
	" v.is_public, v.entitlements, v.created_at, p.archived_at"
static const struct bh_row plan_row = BH_ROW(struct billing_plan, id, name, version, rate_version,
	span, price, currency, billing, credit, trial_days, seats, requests_per_minute, concurrency,
	tokens_per_minute, is_public, entitlements, created_ms, archived_ms);

static const struct bh_row meter_row = BH_ROW(struct billing_plan_meter, meter, included, overage);

struct bh_db
billing_platform(const struct bh_db *db)
{
	struct bh_db platform = *db;

	platform.payer = *bh_db_payer(db);
	platform.context = bh_platform_tenant;
	return platform;
}

BH_MUST_CHECK static int
meters_get(struct bh_db *db, struct billing_plan *plan)
{
	static const char sql[] = "SELECT meter, included, coalesce(overage_nanos, -1)"
							  "  FROM plan_meter"
							  " WHERE tenant_id = $1 AND plan_id = $2 AND version = $3"
							  " ORDER BY meter";

	return bh_db_read_each(PLATFORM(db), sql,
		BH_PARAMS(&bh_platform_tenant, &plan->id, plan->version), &meter_row, &plan->meters,
		&plan->n_meters);
}

/* Rates are numbered one after the other: whoever adds others waits, and counts what was committed. */
BH_MUST_CHECK static int
numbers_lock(struct bh_db *tx)
{
	static const char sql[] =
		"SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 161)) IS NULL";
	bool nothing;

	return bh_db_one(PLATFORM(tx), sql, BH_PARAMS(&bh_platform_tenant), &bh_row_bool, &nothing);
}

BH_MUST_CHECK static int
version_add(struct bh_db *tx, const struct billing_plan *plan)
{
	static const char sql[] =
		"INSERT INTO plan_version (tenant_id, plan_id, version, span, price_nanos, currency,"
		"       billing, credit_nanos, trial_days, seats, requests_per_minute, concurrency,"
		"       tokens_per_minute, is_public, entitlements, rate_version)"
		" SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
		"        coalesce(max(rate_version), 1000) + 1"
		"   FROM plan_version"
		"  WHERE tenant_id = $1"
		" RETURNING true";
	static const char meter_sql[] =
		"INSERT INTO plan_meter (tenant_id, plan_id, version, meter, included, overage_nanos)"
		" VALUES ($1, $2, $3, $4, $5, $6)";
	int rc = numbers_lock(tx);

	if (rc < 0)
		return rc;
	rc = bh_db_exec(PLATFORM(tx), sql,
		BH_PARAMS(&bh_platform_tenant, &plan->id, plan->version, plan->span, plan->price,
			plan->currency, plan->billing, plan->credit, plan->trial_days, plan->seats,
			plan->requests_per_minute, plan->concurrency, plan->tokens_per_minute, plan->is_public,
			plan->entitlements),
		NULL);

	for (size_t i = 0; rc == 0 && i < plan->n_meters; i++) {
		const struct billing_plan_meter *row = &plan->meters[i];

		rc = bh_db_exec(PLATFORM(tx), meter_sql,
			BH_PARAMS(&bh_platform_tenant, &plan->id, plan->version, row->meter, row->included,
				bh_int_or_null_param(row->overage >= 0, row->overage)),
			NULL);
	}
	return rc;
}

int
billing_store_plan_add(struct bh_db *tx, const struct billing_plan *plan)
{
	static const char sql[] = "INSERT INTO plan (tenant_id, id, name, version)"
							  " VALUES ($1, $2, $3, $4)";
	int rc = bh_db_exec(PLATFORM(tx), sql,
		BH_PARAMS(&bh_platform_tenant, &plan->id, plan->name, plan->version), NULL);

	return rc < 0 ? rc : version_add(tx, plan);
}

int
billing_store_plan_get(struct bh_db *db, const struct bh_uuid *id, const char *name,
	struct billing_plan *out)
{
	static const char sql[] = "SELECT " PLAN_COLUMNS "  FROM plan AS p"
							  "  JOIN plan_version AS v ON v.tenant_id = $1 AND v.plan_id = p.id "
							  "AND v.version = p.version"
							  " WHERE p.tenant_id = $1 AND ($2::uuid IS NULL OR p.id = $2) AND "
							  "($3::text IS NULL OR p.name = $3)"
							  " LIMIT 1";
	int rc = bh_db_read_one(PLATFORM(db), sql, BH_PARAMS(&bh_platform_tenant, id, name), &plan_row,
		out);

	return rc < 0 ? rc : meters_get(db, out);
}

int
billing_store_plan_lock(struct bh_db *tx, const struct bh_uuid *id)
{
	static const char sql[] = "SELECT id FROM plan"
							  " WHERE tenant_id = $1 AND id = $2"
							  "   FOR UPDATE";
	struct bh_uuid locked;

	return bh_db_one(PLATFORM(tx), sql, BH_PARAMS(&bh_platform_tenant, id), &bh_row_uuid, &locked);
}

int
billing_store_plan_version(struct bh_db *db, const struct bh_uuid *id, int64_t version,
	struct billing_plan *out)
{
	static const char sql[] =
		"SELECT " PLAN_COLUMNS "  FROM plan AS p"
		"  JOIN plan_version AS v ON v.tenant_id = $1 AND v.plan_id = p.id AND v.version = $3"
		" WHERE p.tenant_id = $1 AND p.id = $2";
	int rc = bh_db_read_one(PLATFORM(db), sql, BH_PARAMS(&bh_platform_tenant, id, version),
		&plan_row, out);

	return rc < 0 ? rc : meters_get(db, out);
}

int
billing_store_plan_revise(struct bh_db *tx, const struct billing_plan *plan)
{
	static const char sql[] = "UPDATE plan"
							  "   SET version = $3"
							  " WHERE tenant_id = $1 AND id = $2";
	int rc = version_add(tx, plan);

	return rc < 0
		? rc
		: bh_db_change(PLATFORM(tx), sql, BH_PARAMS(&bh_platform_tenant, &plan->id, plan->version));
}

int
billing_store_plan_archive(struct bh_db *db, const struct bh_uuid *id)
{
	static const char sql[] = "UPDATE plan"
							  "   SET archived_at = coalesce(archived_at, clock.at)"
							  "  FROM (SELECT now() AS at OFFSET 0) AS clock"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_change(PLATFORM(db), sql, BH_PARAMS(&bh_platform_tenant, id));
}

int
billing_store_plan_list(struct bh_db *db, const char *name, struct billing_plan **out,
	size_t *out_count)
{
	static const char sql[] = "SELECT " PLAN_COLUMNS "  FROM plan AS p"
							  "  JOIN plan_version AS v ON v.tenant_id = $1 AND v.plan_id = p.id "
							  "AND v.version = p.version"
							  " WHERE p.tenant_id = $1 AND ($2::text IS NULL OR p.name = $2)"
							  " ORDER BY p.name"
							  " LIMIT 1000";

	return bh_db_read_each(PLATFORM(db), sql, BH_PARAMS(&bh_platform_tenant, name), &plan_row, out,
		out_count);
}
