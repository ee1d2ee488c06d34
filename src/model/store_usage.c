/* SPDX-License-Identifier: Apache-2.0 */
/* store_usage.c: usage rows, written together with the settlement of their reservations. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/macros.h"
#include "base/text.h"
#include "json/fields.h"
#include "model/price.h"
#include "model/store.h"

enum { IDS = 4, TEXTS = 7, NUMBERS = 9, COLUMNS = IDS + TEXTS + NUMBERS };

/* A row by the types of its columns, in the order in which the statement names them. */
struct row {
	struct bh_uuid ids[IDS];
	const char *texts[TEXTS];
	int64_t numbers[NUMBERS];
};

static int64_t
cost_of(const struct model_slot *slot)
{
	return model_cost(slot->price_in, slot->price_out, slot->prompt_tokens,
		slot->completion_tokens);
}

static struct row
row_of(const struct model_slot *slot)
{
	return (struct row){
		{slot->call, slot->model_tenant, slot->model_id, slot->credential},
		{slot->request_id, model_kind_name(slot->kind), slot->model_name, slot->subject,
			slot->actor, model_status_name(slot->status), model_source_name(slot->source)},
		{slot->started_ms, slot->ended_ms, slot->streamed, slot->prompt_tokens, slot->cached_tokens,
			slot->completion_tokens, slot->price_known, slot->price_version, cost_of(slot)},
	};
}

/* An array a column. All live in the arena. */
static void
columns_of(struct bh_arena *arena, struct model_slot *const *slots, size_t count,
	struct bh_param columns[COLUMNS])
{
	struct row *rows = bh_arena_array(arena, count, sizeof(*rows));

	for (size_t i = 0; i < count; i++)
		rows[i] = row_of(slots[i]);
	for (size_t c = 0; c < IDS; c++) {
		struct bh_uuid *column = bh_arena_array(arena, count, sizeof(*column));

		for (size_t i = 0; i < count; i++)
			column[i] = rows[i].ids[c];
		*columns++ = bh_uuid_array_param(column, count);
	}
	for (size_t c = 0; c < TEXTS; c++) {
		const char **column = bh_arena_array(arena, count, sizeof(*column));

		for (size_t i = 0; i < count; i++)
			column[i] = rows[i].texts[c];
		*columns++ = bh_text_array_param(column, count);
	}
	for (size_t c = 0; c < NUMBERS; c++) {
		int64_t *column = bh_arena_array(arena, count, sizeof(*column));

		for (size_t i = 0; i < count; i++)
			column[i] = rows[i].numbers[c];
		*columns++ = bh_int_array_param(column, count);
	}
}

/* The beginning of both settlements: they leave the disk to the flush, and do not wait long for a row that
 * somebody holds, for behind them wait the rows of all tenants. */
#define QUICK \
	"WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)," \
	"                                   set_config('lock_timeout', '500', true)),"

/* The end of both settlements, after `gone` (reservations taken away) and `fresh` (rows that were
 * written): moves the money and counts what was used. The budget's row is made here too: from a tenant's
 * first call on there is one that whoever sets a budget waits for. $1 is the tenant, $2 the calls, $3
 * where sums stop. */
#define SETTLE_MONEY \
	" paid AS (" \
	"  INSERT INTO budget AS b (tenant_id, month, spent_nanos)" \
	"  SELECT $1, budget_month('-infinity')," \
	"         least((SELECT coalesce(sum(cost_nanos), 0) FROM fresh), $3::bigint)::bigint" \
	"  ON CONFLICT (tenant_id)" \
	"  DO UPDATE SET reserved_nanos = b.reserved_nanos" \
	"                  - (SELECT coalesce(sum(nanos), 0) FROM gone WHERE expired_month IS " \
	"NULL)::bigint," \
	"                spent_nanos = least($3::bigint, excluded.spent_nanos::numeric" \
	"                  + CASE WHEN b.month = budget_month(b.month) THEN b.spent_nanos" \
	"                    ELSE (SELECT coalesce(sum(t.cost_nanos), 0) FROM usage_total AS t" \
	"                           WHERE t.tenant_id = $1 AND t.month = budget_month(b.month)) END" \
	"                  - (SELECT coalesce(sum(nanos), 0) FROM gone" \
	"                      WHERE expired_month = budget_month(b.month)))::bigint," \
	"                month = budget_month(b.month)" \
	"  RETURNING b.month)" \
	" INSERT INTO usage_total AS t (tenant_id, month, model_tenant_id, model_id, calls," \
	"        prompt_tokens, cached_tokens, completion_tokens, cost_nanos)" \
	" SELECT $1, paid.month, fresh.model_tenant_id, fresh.model_id, count(*)," \
	"        sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens)," \
	"        least(sum(cost_nanos), $3::bigint)::bigint" \
	"   FROM fresh CROSS JOIN paid" \
	"  GROUP BY paid.month, fresh.model_tenant_id, fresh.model_id" \
	" UNION ALL" \
	" SELECT $1, expired_month, '00000000-0000-0000-0000-000000000000'," \
	"        '00000000-0000-0000-0000-000000000000', 0, 0, 0, 0, -sum(nanos)::bigint" \
	"   FROM gone CROSS JOIN paid" \
	"  WHERE expired_month IS NOT NULL" \
	"  GROUP BY expired_month" \
	" ON CONFLICT (tenant_id, month, model_tenant_id, model_id)" \
	" DO UPDATE SET calls = t.calls + excluded.calls," \
	"               prompt_tokens = t.prompt_tokens + excluded.prompt_tokens," \
	"               cached_tokens = t.cached_tokens + excluded.cached_tokens," \
	"               completion_tokens = t.completion_tokens + excluded.completion_tokens," \
	"               cost_nanos =" \
	"                 least($3::bigint, t.cost_nanos::numeric + excluded.cost_nanos)::bigint"

int
model_store_usage_settle(struct bh_db *db, const struct bh_uuid *tenant,
	struct model_slot *const *slots, size_t count)
{
	/* One statement, one transaction. The primary key makes it repeatable: only rows that are new add
	 * to what is spent, only reservations that still stand are given back. It commits asynchronously,
	 * for it holds the budget's row, and whoever reserves would wait for the disk. */
	static const char sql[] = QUICK
		" gone AS ("
		"  DELETE FROM budget_reservation"
		"   WHERE tenant_id = $1 AND call_id = ANY($2)"
		"  RETURNING nanos, expired_month),"
		" fresh AS ("
		"  INSERT INTO usage_record (tenant_id, id, model_tenant_id, model_id, credential_id,"
		"         request_id, kind, model, subject, actor, status, source, started_at, ended_at,"
		"         streamed, prompt_tokens, cached_tokens, completion_tokens, price_known,"
		"         price_version, cost_nanos)"
		"  SELECT $1, id, model_tenant, model_id, credential, request, kind, model, subject, actor,"
		"         status, source, to_timestamp(started / 1000.0), to_timestamp(ended / 1000.0),"
		"         streamed <> 0, prompt, cached, completion, known <> 0, version, cost"
		"    FROM unnest($2::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[],"
		"                $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],"
		"                $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[],"
		"                $19::bigint[], $20::bigint[], $21::bigint[], $22::bigint[])"
		"         AS c (id, model_tenant, model_id, credential, request, kind, model, subject,"
		"               actor, status, source, started, ended, streamed, prompt, cached,"
		"               completion, known, version, cost)"
		"   CROSS JOIN quick"
		/* What was quarantined is settled; only its row waits for somebody. */
		"   WHERE NOT EXISTS (SELECT FROM usage_quarantine AS q"
		"                      WHERE q.tenant_id = $1 AND q.id = c.id)"
		"  ON CONFLICT (tenant_id, id) DO NOTHING"
		"  RETURNING model_tenant_id, model_id, prompt_tokens, cached_tokens, completion_tokens,"
		"            cost_nanos)," SETTLE_MONEY;
	struct bh_param params[2 + COLUMNS], columns[COLUMNS];

	columns_of(db->arena, slots, count, columns);
	params[0] = bh_uuid_param(tenant);
	params[1] = columns[0];
	params[2] = bh_int_param(MODEL_SPENT_MOST);
	memcpy(params + 3, columns + 1, sizeof(columns) - sizeof(columns[0]));
	return bh_db_exec(db, sql, BH_LIST(params), NULL);
}

/* Bytes that are no UTF-8 as code points of the same number, from which they can be told again. */
static void
write_text(struct bh_write *write, const char *name, const char *text)
{
	struct bh_buf points = {0};
	size_t len = strlen(text);

	bh_write_name(write, name);
	if (bh_text_is_utf8(text, len)) {
		bh_write_bytes(write, text, len);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte >= 0x80)
			bh_buf_char(&points, (char)(0xc0 | byte >> 6));
		bh_buf_char(&points, (char)(byte >= 0x80 ? 0x80 | (byte & 0x3f) : byte));
	}
	bh_write_bytes(write, bh_buf_string(&points), points.len);
	bh_buf_close(&points);
}

static void
write_uuid(struct bh_write *write, const char *name, const struct bh_uuid *id)
{
	char text[BH_UUID_TEXT];

	bh_uuid_format(id, text);
	bh_write_pair_text(write, name, text);
}

/* Milliseconds since 1970 are kept where they are no date that a calendar has. */
static void
write_time(struct bh_write *write, const char *name, int64_t wall_ms)
{
	char text[BH_TIME_TEXT];

	if (wall_ms < 0 || wall_ms > INT64_C(253402300799000)) {
		bh_write_pair_int(write, name, wall_ms);
		return;
	}
	bh_clock_format(wall_ms, text);
	bh_write_pair_text(write, name, text);
}

/* The row that was refused, a member a column. */
static void
write_record(const struct model_slot *slot, int64_t cost, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	write_uuid(&write, "tenant_id", &slot->tenant);
	write_uuid(&write, "id", &slot->call);
	write_text(&write, "request_id", slot->request_id);
	bh_write_pair_text(&write, "kind", model_kind_name(slot->kind));
	write_uuid(&write, "model_tenant_id", &slot->model_tenant);
	write_uuid(&write, "model_id", &slot->model_id);
	write_text(&write, "model", slot->model_name);
	write_text(&write, "subject", slot->subject);
	write_text(&write, "actor", slot->actor);
	write_uuid(&write, "credential_id", &slot->credential);
	write_time(&write, "started_at", slot->started_ms);
	write_time(&write, "ended_at", slot->ended_ms);
	bh_write_pair_bool(&write, "streamed", slot->streamed);
	bh_write_pair_text(&write, "status", model_status_name(slot->status));
	bh_write_pair_text(&write, "source", model_source_name(slot->source));
	bh_write_pair_int(&write, "prompt_tokens", slot->prompt_tokens);
	bh_write_pair_int(&write, "cached_tokens", slot->cached_tokens);
	bh_write_pair_int(&write, "completion_tokens", slot->completion_tokens);
	bh_write_pair_bool(&write, "price_known", slot->price_known);
	bh_write_pair_int(&write, "price_version", slot->price_version);
	bh_write_pair_int(&write, "cost_nanos", cost);
	bh_write_end(&write);
}

/* A figure as a sum can take it. */
static struct bh_param
bounded(int64_t tokens)
{
	if (tokens < 0)
		tokens = 0;
	return bh_int_param(tokens > MODEL_TOKENS_MOST ? MODEL_TOKENS_MOST : tokens);
}

int
model_store_usage_quarantine(struct bh_db *db, const struct bh_uuid *tenant,
	const struct model_slot *slot, const char *reason)
{
	static const char sql[] = QUICK
		" gone AS ("
		"  DELETE FROM budget_reservation"
		"   WHERE tenant_id = $1 AND call_id = ANY($2)"
		"  RETURNING nanos, expired_month),"
		" fresh AS ("
		"  INSERT INTO usage_quarantine (tenant_id, id, reason, record, cost_nanos)"
		"  SELECT $1, c.id, $4, $5, least($6::bigint, $3::bigint)"
		"    FROM unnest($2) AS c (id)"
		"   CROSS JOIN quick"
		"   WHERE NOT EXISTS (SELECT FROM usage_record AS u"
		"                      WHERE u.tenant_id = $1 AND u.id = c.id)"
		"  ON CONFLICT (tenant_id, id) DO NOTHING"
		"  RETURNING $7::uuid AS model_tenant_id, $8::uuid AS model_id, $9::bigint AS "
		"prompt_tokens,"
		"            $10::bigint AS cached_tokens, $11::bigint AS completion_tokens,"
		"            cost_nanos)," SETTLE_MONEY;
	int64_t cost = cost_of(slot);
	BH_AUTO(bh_buf_close) struct bh_buf record = {0};

	write_record(slot, cost, &record);
	return bh_db_exec(db, sql,
		BH_PARAMS(tenant, bh_uuid_array_param(&slot->call, 1), MODEL_SPENT_MOST, reason,
			bh_json_param(record.data, record.len), cost, &slot->model_tenant, &slot->model_id,
			bounded(slot->prompt_tokens), bounded(slot->cached_tokens),
			bounded(slot->completion_tokens)),
		NULL);
}

int
model_store_quarantine_trim(struct bh_db *db, const struct bh_uuid *tenant, int64_t most,
	int64_t *out_dropped)
{
	static const char sql[] = "DELETE FROM usage_quarantine"
							  " WHERE tenant_id = $1"
							  "   AND id IN (SELECT id FROM usage_quarantine"
							  "               WHERE tenant_id = $1"
							  "               ORDER BY created_at DESC, id"
							  "              OFFSET $2)";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, most), out_dropped);
}

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

int
model_store_usage_flush(struct bh_db *db)
{
	/* The log is flushed in order: once this has committed, so has everything before it. */
	static const char sql[] = "SELECT pg_logical_emit_message(true, 'bulkhead', '')::text";
	const char *place = NULL;

	return bh_db_one(db, sql, NULL, 0, &bh_row_text, &place);
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
		"       prompt_tokens, cached_tokens, completion_tokens, cost_nanos, streamed, price_known"
		"  FROM usage_record"
		" WHERE tenant_id = $1 AND ($2::text IS NULL OR request_id = $2)"
		"   AND ($4::uuid IS NULL OR (started_at, id) <"
		"        (SELECT c.started_at, c.id FROM usage_record AS c"
		"          WHERE c.tenant_id = $1 AND c.id = $4))"
		" ORDER BY started_at DESC, id DESC"
		" LIMIT $3";

	return bh_db_read_each(db, sql,
		BH_PARAMS(tenant, request_id, limit, bh_uuid_or_null_param(before)), &usage_row, out,
		out_count);
}
