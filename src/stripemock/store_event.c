/* SPDX-License-Identifier: Apache-2.0 */
/* store_event.c: the SQL of events and of what is still to be sent of them. */
#include "stripemock/store.h"

static const struct bh_row delivery_row = BH_ROW(struct stripemock_delivery, event, type, body, seq,
	endpoint, endpoint_body, attempts);

#define COLUMNS \
	"id, type, seq, created, body," \
	" (SELECT count(*) FROM stripemock_delivery AS d WHERE d.tenant_id = $1 AND d.event = e.id)"
static const struct bh_row event_row = BH_ROW(struct stripemock_event_row, id, type, seq, created,
	body, pending);

int
stripemock_store_event_add(struct bh_db *db, const struct bh_uuid *tenant,
	const struct stripemock_event_row *event)
{
	static const char sql[] =
		"INSERT INTO stripemock_event (tenant_id, id, type, seq, created, body)"
		" VALUES ($1, $2, $3, $4, $5, $6)";

	return bh_db_exec(db, sql,
		BH_PARAMS(tenant, event->id, event->type, event->seq, event->created,
			bh_json_text_param(event->body)),
		NULL);
}

int
stripemock_store_event_find(struct bh_db *db, const struct bh_uuid *tenant, const char *id,
	struct stripemock_event_row *out, bool *out_found)
{
	static const char sql[] = "SELECT " COLUMNS
							  " FROM stripemock_event AS e WHERE tenant_id = $1 AND id = $2";

	return bh_db_read_maybe(db, sql, BH_PARAMS(tenant, id), &event_row, out, out_found);
}

static int
list_down(struct bh_db *db, const struct bh_uuid *tenant, const char *types,
	const struct stripemock_filter *filter, struct stripemock_event_row **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT " COLUMNS "  FROM stripemock_event AS e"
		" WHERE tenant_id = $1 AND ($2::jsonb IS NULL OR $2 ? type)"
		"   AND created >= $3 AND ($4 = 0 OR created <= $4) AND ($5 = 0 OR seq < $5)"
		" ORDER BY seq DESC LIMIT $6";

	return bh_db_read_each(db, sql,
		BH_PARAMS(tenant, bh_json_text_param(types), filter->created_least, filter->created_most,
			filter->after, filter->limit),
		&event_row, out, out_n);
}

static int
list_up(struct bh_db *db, const struct bh_uuid *tenant, const char *types,
	const struct stripemock_filter *filter, struct stripemock_event_row **out, size_t *out_n)
{
	static const char sql[] = "SELECT " COLUMNS "  FROM stripemock_event AS e"
							  " WHERE tenant_id = $1 AND ($2::jsonb IS NULL OR $2 ? type)"
							  "   AND created >= $3 AND ($4 = 0 OR created <= $4) AND seq > $5"
							  " ORDER BY seq LIMIT $6";

	return bh_db_read_each(db, sql,
		BH_PARAMS(tenant, bh_json_text_param(types), filter->created_least, filter->created_most,
			filter->before, filter->limit),
		&event_row, out, out_n);
}

int
stripemock_store_event_list(struct bh_db *db, const struct bh_uuid *tenant, const char *types,
	const struct stripemock_filter *filter, struct stripemock_event_row **out, size_t *out_n)
{
	return filter->before != 0 ? list_up(db, tenant, types, filter, out, out_n)
							   : list_down(db, tenant, types, filter, out, out_n);
}

/* ---- webhooks ---- */

int
stripemock_store_delivery_add(struct bh_db *db, const struct bh_uuid *tenant, const char *event,
	const char *endpoint, int64_t delay_ms)
{
	static const char sql[] = "INSERT INTO stripemock_delivery (tenant_id, event, endpoint, due_at)"
							  " VALUES ($1, $2, $3, now() + $4::bigint * interval '1 millisecond')"
							  " ON CONFLICT DO NOTHING";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, event, endpoint, delay_ms), NULL);
}

int
stripemock_store_delivery_due(struct bh_db *db, const struct bh_uuid *tenant, int64_t limit,
	struct stripemock_delivery **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT d.event, e.type, e.body, e.seq, d.endpoint, o.body, d.attempts"
		"  FROM stripemock_delivery AS d"
		"  JOIN stripemock_event AS e ON e.tenant_id = $1 AND e.id = d.event"
		"  LEFT JOIN stripemock_object AS o ON o.tenant_id = $1 AND o.id = d.endpoint"
		"                                  AND NOT o.is_gone"
		" WHERE d.tenant_id = $1 AND d.due_at <= now()"
		" ORDER BY e.seq LIMIT $2";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, limit), &delivery_row, out, out_n);
}

int
stripemock_store_delivery_end(struct bh_db *db, const struct bh_uuid *tenant, const char *event,
	const char *endpoint)
{
	static const char sql[] = "DELETE FROM stripemock_delivery"
							  " WHERE tenant_id = $1 AND event = $2 AND endpoint = $3";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, event, endpoint), NULL);
}

int
stripemock_store_delivery_retry(struct bh_db *db, const struct bh_uuid *tenant, const char *event,
	const char *endpoint, int64_t status, int64_t wait_ms)
{
	static const char sql[] = "UPDATE stripemock_delivery"
							  "   SET attempts = attempts + 1, status = $4,"
							  "       due_at = now() + $5::bigint * interval '1 millisecond'"
							  " WHERE tenant_id = $1 AND event = $2 AND endpoint = $3";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, event, endpoint, status, wait_ms), NULL);
}
