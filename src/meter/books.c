/* SPDX-License-Identifier: Apache-2.0 */
/* books.c: what moves money, and what tells of it. Settlement has a file of its own (books_settle.c). */
#include "meter/books.h"

#include <string.h>

#include "base/error.h"

static const char *const scopes[] = {"tenant", "team", "user", "key"};
static const char *const spans[] = {"", "day", "month", "total", "balance", "price"};

static unsigned
place_of(const char *const *names, size_t count, const char *name)
{
	for (unsigned i = 0; i < count; i++) {
		if (name != NULL && strcmp(names[i], name) == 0)
			return i;
	}
	return 0;
}

/* Acts as arrays by column. All live in the arena. */
struct columns {
	struct bh_uuid *acts, *owners;
	int64_t *kinds, *nanos, *prices, *most, *unpriced;
};

static struct columns
columns_of(struct bh_arena *arena, const struct meter_wanted *acts, size_t count)
{
	struct columns to = {
		.acts = bh_arena_array(arena, count, sizeof(struct bh_uuid)),
		.owners = bh_arena_array(arena, 3 * count, sizeof(struct bh_uuid)),
		.kinds = bh_arena_array(arena, count, sizeof(int64_t)),
		.nanos = bh_arena_array(arena, count, sizeof(int64_t)),
		.prices = bh_arena_array(arena, METER_LINES * count, sizeof(int64_t)),
		.most = bh_arena_array(arena, METER_LINES * count, sizeof(int64_t)),
		.unpriced = bh_arena_array(arena, count, sizeof(int64_t)),
	};

	for (size_t i = 0; i < count; i++) {
		to.acts[i] = acts[i].act;
		to.owners[3 * i] = acts[i].team;
		to.owners[3 * i + 1] = acts[i].user;
		to.owners[3 * i + 2] = acts[i].key;
		to.kinds[i] = acts[i].kind;
		to.nanos[i] = acts[i].nanos;
		to.unpriced[i] = acts[i].unpriced;
		memcpy(to.prices + METER_LINES * i, acts[i].prices, sizeof(acts[i].prices));
		memcpy(to.most + METER_LINES * i, acts[i].most, sizeof(acts[i].most));
	}
	return to;
}

struct refused {
	struct bh_uuid owner;
	const char *scope, *span;
	int64_t limit;
};
static const struct bh_row refused_row = BH_ROW(struct refused, owner, scope, span, limit);

static int
reserve(struct bh_db *db, const struct bh_uuid *tenant, const struct meter_wanted *acts,
	size_t count, bool forced, struct meter_refusal *out)
{
	static const char sql[] = "SELECT refused_owner, refused_kind, refused_span, refused_limit"
							  "  FROM meter_reserve($1, $2, $3, $4, $5, $6, $7, $8, $9)";
	const struct columns c = columns_of(db->arena, acts, count);
	struct refused row;
	int rc = bh_db_one(db, sql,
		BH_PARAMS(tenant, bh_uuid_array_param(c.acts, count),
			bh_uuid_array_param(c.owners, 3 * count), bh_int_array_param(c.kinds, count),
			bh_int_array_param(c.nanos, count), bh_int_array_param(c.prices, METER_LINES * count),
			bh_int_array_param(c.most, METER_LINES * count), bh_int_array_param(c.unpriced, count),
			forced),
		&refused_row, &row);

	if (rc == 0)
		*out = (struct meter_refusal){
			.span = (enum meter_span)place_of(BH_LIST(spans), row.span),
			.scope = (enum meter_scope)place_of(BH_LIST(scopes), row.scope),
			.owner = row.owner,
			.limit = row.limit,
		};
	return rc;
}

int
meter_books_reserve(struct bh_db *db, const struct bh_uuid *tenant, const struct meter_wanted *acts,
	size_t count, struct meter_refusal *out)
{
	return reserve(db, tenant, acts, count, false, out);
}

int
meter_books_reassert(struct bh_db *db, const struct bh_uuid *tenant,
	const struct meter_wanted *acts, size_t count)
{
	struct meter_refusal none;

	return reserve(db, tenant, acts, count, true, &none);
}

int
meter_books_renew(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *acts,
	size_t count)
{
	static const char sql[] = "SELECT true FROM meter_renew($1, $2)";
	bool done;

	return bh_db_one(db, sql, BH_PARAMS(tenant, bh_uuid_array_param(acts, count)), &bh_row_bool,
		&done);
}

int
meter_books_expire(struct bh_db *db, const struct bh_uuid *tenant, int64_t age_ms, int64_t dead_ms,
	const struct bh_uuid *live, size_t n_live, int64_t *out_expired)
{
	static const char sql[] = "SELECT meter_charge($1, $2, $3, coalesce($4::uuid[], '{}'))";

	return bh_db_one(db, sql,
		BH_PARAMS(tenant, age_ms, bh_int_or_null_param(dead_ms > 0, dead_ms),
			bh_uuid_array_param(live, n_live)),
		&bh_row_int, out_expired);
}

int
meter_books_dead(struct bh_db *db, int64_t dead_ms, int64_t most, struct bh_uuid **out,
	size_t *out_count)
{
	static const char sql[] = "SELECT meter_dead($1, $2)";

	return bh_db_read_each(db, sql, BH_PARAMS(dead_ms, most), &bh_row_uuid, out, out_count);
}

int
meter_books_trim(struct bh_db *db, const struct bh_uuid *tenant, int64_t most, int64_t *out_dropped)
{
	static const char sql[] = "DELETE FROM usage_quarantine"
							  " WHERE tenant_id = $1"
							  "   AND id IN (SELECT id FROM usage_quarantine"
							  "               WHERE tenant_id = $1"
							  "               ORDER BY created_at DESC, id"
							  "              OFFSET $2)";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, most), out_dropped);
}

int
meter_books_flush(struct bh_db *db)
{
	/* The log is flushed in order: once this has committed, so has everything before it. */
	static const char sql[] = "SELECT pg_logical_emit_message(true, 'bulkhead', '')::text";
	const char *place = NULL;

	return bh_db_one(db, sql, NULL, 0, &bh_row_text, &place);
}

/* ---- what a service caches ---- */

static const struct bh_row terms_row = BH_ROW(struct meter_books_terms, is_limited, n_owners,
	n_rates);

int
meter_books_terms(struct bh_db *db, const struct bh_uuid *tenant, struct meter_books_terms *out)
{
	static const char sql[] =
		"SELECT coalesce(o.day_limit, o.month_limit, o.total_limit) IS NOT NULL"
		"       OR o.has_funds AND EXISTS (SELECT FROM meter_funds AS f"
		"                                   WHERE f.tenant_id = $1 AND f.prepaid),"
		"       o.limited,"
		"       (SELECT count(*) FROM meter_rate AS r WHERE r.tenant_id = $1)"
		"  FROM meter_owner AS o"
		" WHERE o.tenant_id = $1 AND o.id = $1"
		" UNION ALL"
		/* A plan may set rates before there was any act. */
		" SELECT false, 0, (SELECT count(*) FROM meter_rate AS r WHERE r.tenant_id = $1)"
		"  WHERE NOT EXISTS (SELECT FROM meter_owner AS o WHERE o.tenant_id = $1 AND o.id = $1)";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant), &terms_row, out);
}

int
meter_books_owners(struct bh_db *db, const struct bh_uuid *tenant, int64_t most,
	struct bh_uuid **out, size_t *out_count)
{
	static const char sql[] =
		"SELECT o.id FROM meter_owner AS o"
		" WHERE o.tenant_id = $1 AND o.id <> $1"
		"   AND coalesce(o.day_limit, o.month_limit, o.total_limit) IS NOT NULL"
		" LIMIT $2";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, most), &bh_row_uuid, out, out_count);
}

static const struct bh_row rate_row = BH_ROW(struct meter_rate, meter, version, nanos);

int
meter_books_rates(struct bh_db *db, const struct bh_uuid *tenant, struct meter_rate **out,
	size_t *out_count)
{
	static const char sql[] = "SELECT meter, version, nanos FROM meter_rate WHERE tenant_id = $1";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &rate_row, out, out_count);
}

/* ---- limits ---- */

int
meter_books_limit(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *owner,
	enum meter_scope scope, const struct meter_limit *limit)
{
	static const char sql[] =
		"SELECT true FROM meter_limit($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL)";
	bool done;

	return bh_db_one(db, sql,
		BH_PARAMS(tenant, owner, scopes[scope], limit->sets_day,
			bh_int_or_null_param(limit->has_day, limit->day), limit->sets_month,
			bh_int_or_null_param(limit->has_month, limit->month), limit->sets_total,
			bh_int_or_null_param(limit->has_total, limit->total)),
		&bh_row_bool, &done);
}

static const struct bh_row standing_row = BH_ROW(struct meter_standing, has_month, month_limit,
	month_spent, reserved);

int
meter_books_standing(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *owner,
	struct meter_standing *out)
{
	/* The row's own figure while its day counts still; what a new day finds, meter_lock says. */
	static const char sql[] =
		"SELECT o.month_limit IS NOT NULL, coalesce(o.month_limit, 0),"
		"       CASE WHEN o.day = meter_today(o.day) THEN o.month_spent"
		"       ELSE coalesce((SELECT meter_sum(0, sum(d.spent)) FROM meter_day AS d"
		"                       WHERE d.tenant_id = $1 AND d.owner_id = o.id"
		"                         AND d.day >= date_trunc('month', meter_today(o.day))"
		"                         AND d.day < date_trunc('month', meter_today(o.day))"
		"                                     + interval '1 month'), 0) END,"
		"       o.reserved"
		"  FROM meter_owner AS o"
		" WHERE o.tenant_id = $1 AND o.id = $2";
	bool found = false;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant, owner), &standing_row, out, &found);

	if (rc == 0 && !found)
		*out = (struct meter_standing){0};
	return rc;
}

/* ---- months ---- */

int
meter_books_months_open(struct bh_db *db, int64_t *out_made)
{
	static const char sql[] = "SELECT usage_months_open()";

	return bh_db_one(db, sql, NULL, 0, &bh_row_int, out_made);
}

int
meter_books_months_drop(struct bh_db *db, int64_t keep_ms, int64_t *out_dropped)
{
	static const char sql[] = "SELECT usage_months_drop($1)";

	return bh_db_one(db, sql, BH_PARAMS(keep_ms), &bh_row_int, out_dropped);
}
