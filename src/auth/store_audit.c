/* SPDX-License-Identifier: Apache-2.0 */
/* store_audit.c: the SQL of the index of audit lines.
 *
 * A search takes a stretch of rows along one index, newest first, and then looks which of them are wanted: a
 * statement's work is bounded by the stretch, however rare they are. */
#include "auth/store_audit.h"

/* In the statement, where the planner sees them: as a parameter they would be a tenth of all rows to it. */
#define NUMBER(value) NUMBER_TEXT(value)
#define NUMBER_TEXT(value) #value
#define ROWS NUMBER(AUTH_AUDIT_ROWS)
#define ACTION_ROWS NUMBER(AUTH_AUDIT_ACTION_ROWS)

#define COLUMNS \
	"tenant_id, id, source, action, actor, object, request_id, status, staff, line, position"
/* Positions are a tenant's own matter. */
#define ACROSS \
	"tenant_id, id, source, action, actor, object, request_id, status, staff, line," \
	" -1::bigint AS position"

static const struct bh_row audit_row = BH_ROW(struct auth_audit_row, tenant, id, source, action,
	actor, object, request_id, status, staff, line, position, hit, total);

static const struct bh_row source_row = BH_ROW(struct auth_audit_source, source, bytes,
	behind_bytes, seen_ms);

/* $1 the tenant, $2 before, $3 from, then the filter: $4 actor, $5 action, $6 object, $7 request, $8 text. */
#define CHOSEN(stretch) \
	"WITH stretch AS MATERIALIZED (" stretch "), numbered AS (" \
	"	SELECT stretch.*, row_number() OVER (ORDER BY id DESC) AS n, count(*) OVER () AS total," \
	"	       ($4::text IS NULL OR actor = $4) AND ($5::text IS NULL OR starts_with(action, $5))" \
	"	       AND ($6::text IS NULL OR object = $6) AND ($7::text IS NULL OR request_id = $7)" \
	"	       AND ($8::text IS NULL OR strpos(lower(line COLLATE \"C\"), $8) > 0) AS hit" \
	"	  FROM stretch" \
	")" \
	" SELECT " COLUMNS ", hit, total" \
	"  FROM numbered" \
	" WHERE hit OR n = total" \
	" ORDER BY n"

#define STRETCH(condition) \
	"SELECT " COLUMNS " FROM audit_event" \
	" WHERE tenant_id = $1 AND id < $2 AND id >= $3 AND NOT superseded " condition \
	" ORDER BY id DESC LIMIT " ROWS

#define FILTER_PARAMS(tenant, stretch, filter) \
	BH_PARAMS(tenant, &(stretch)->before, &(stretch)->from, (filter)->actor, (filter)->action, \
		(filter)->object, (filter)->request_id, (filter)->text)

static int
find_any(struct bh_db *db, const struct bh_uuid *tenant, const struct auth_audit_filter *filter,
	const struct auth_audit_stretch *stretch, struct auth_audit_row **out, size_t *out_n)
{
	static const char sql[] = CHOSEN(STRETCH(""));

	return bh_db_read_each(db, sql, FILTER_PARAMS(tenant, stretch, filter), &audit_row, out, out_n);
}

static int
find_by_request(struct bh_db *db, const struct bh_uuid *tenant,
	const struct auth_audit_filter *filter, const struct auth_audit_stretch *stretch,
	struct auth_audit_row **out, size_t *out_n)
{
	static const char sql[] = CHOSEN(STRETCH("AND request_id = $7 AND request_id <> ''"));

	return bh_db_read_each(db, sql, FILTER_PARAMS(tenant, stretch, filter), &audit_row, out, out_n);
}

static int
find_by_object(struct bh_db *db, const struct bh_uuid *tenant,
	const struct auth_audit_filter *filter, const struct auth_audit_stretch *stretch,
	struct auth_audit_row **out, size_t *out_n)
{
	static const char sql[] = CHOSEN(STRETCH("AND object = $6 AND object <> ''"));

	return bh_db_read_each(db, sql, FILTER_PARAMS(tenant, stretch, filter), &audit_row, out, out_n);
}

static int
find_by_actor(struct bh_db *db, const struct bh_uuid *tenant,
	const struct auth_audit_filter *filter, const struct auth_audit_stretch *stretch,
	struct auth_audit_row **out, size_t *out_n)
{
	static const char sql[] = CHOSEN(STRETCH("AND actor = $4 AND actor <> ''"));

	return bh_db_read_each(db, sql, FILTER_PARAMS(tenant, stretch, filter), &audit_row, out, out_n);
}

/* The newest of each action, together: their newest are the newest of all. */
static int
find_by_action(struct bh_db *db, const struct bh_uuid *tenant,
	const struct auth_audit_filter *filter, const struct auth_audit_stretch *stretch,
	struct auth_audit_row **out, size_t *out_n)
{
	static const char sql[] = CHOSEN(
		"SELECT newest.*"
		"  FROM audit_action AS a"
		" CROSS JOIN LATERAL (SELECT " COLUMNS " FROM audit_event AS e"
		"   WHERE e.tenant_id = $1 AND e.action = a.action AND e.id < $2 AND e.id >= $3"
		"     AND NOT e.superseded"
		"   ORDER BY e.id DESC LIMIT " ACTION_ROWS ") AS newest"
		" WHERE a.tenant_id = $1 AND starts_with(a.action, $5)"
		" ORDER BY newest.id DESC LIMIT " ACTION_ROWS);

	return bh_db_read_each(db, sql, FILTER_PARAMS(tenant, stretch, filter), &audit_row, out, out_n);
}

int
auth_store_audit_find(struct bh_db *db, const struct bh_uuid *tenant,
	const struct auth_audit_filter *filter, const struct auth_audit_stretch *stretch,
	struct auth_audit_row **out, size_t *out_n)
{
	if (filter->request_id != NULL)
		return find_by_request(db, tenant, filter, stretch, out, out_n);
	if (filter->object != NULL)
		return find_by_object(db, tenant, filter, stretch, out, out_n);
	if (filter->actor != NULL)
		return find_by_actor(db, tenant, filter, stretch, out, out_n);
	if (filter->action != NULL)
		return find_by_action(db, tenant, filter, stretch, out, out_n);
	return find_any(db, tenant, filter, stretch, out, out_n);
}

static int
find_across_by(struct bh_db *db, const struct bh_uuid *tenant,
	const struct auth_audit_filter *filter, const struct auth_audit_stretch *stretch,
	struct auth_audit_row **out, size_t *out_n)
{
	static const char sql[] = CHOSEN(
		"SELECT " ACROSS " FROM audit_across_by($1, $2, $3, " ROWS ", $7, $6, $4)");

	return bh_db_read_each(db, sql, FILTER_PARAMS(tenant, stretch, filter), &audit_row, out, out_n);
}

static int
find_across_any(struct bh_db *db, const struct bh_uuid *tenant,
	const struct auth_audit_filter *filter, const struct auth_audit_stretch *stretch,
	struct auth_audit_row **out, size_t *out_n)
{
	static const char sql[] = CHOSEN("SELECT " ACROSS " FROM audit_across($1, $2, $3, " ROWS ")");

	return bh_db_read_each(db, sql, FILTER_PARAMS(tenant, stretch, filter), &audit_row, out, out_n);
}

int
auth_store_audit_find_across(struct bh_db *db, const struct bh_uuid *tenant,
	const struct auth_audit_filter *filter, const struct auth_audit_stretch *stretch,
	struct auth_audit_row **out, size_t *out_n)
{
	if (filter->request_id != NULL || filter->object != NULL || filter->actor != NULL)
		return find_across_by(db, tenant, filter, stretch, out, out_n);
	return find_across_any(db, tenant, filter, stretch, out, out_n);
}

int
auth_store_audit_sources(struct bh_db *db, const struct bh_uuid *tenant,
	struct auth_audit_source **out, size_t *out_n)
{
	static const char sql[] = "SELECT source, bytes, behind_bytes, seen_at FROM audit_sources($1)";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &source_row, out, out_n);
}

int
auth_store_audit_months(struct bh_db *db, const struct bh_uuid *tenant, int64_t keep_ms,
	int64_t *out_dropped)
{
	static const char sql[] = "SELECT audit_months($1, $2)";

	return bh_db_one(db, sql, BH_PARAMS(tenant, keep_ms), &bh_row_int, out_dropped);
}
