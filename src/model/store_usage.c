/* store_usage.c: usage rows, written together with the settlement of their reservations. */
#include "base/error.h"
#include "base/macros.h"
#include "model/meter.h"
#include "model/store.h"

static const char *const kind_names[] = {"chat", "embedding"};
static const char *const source_names[] = {"reported", "counted", "estimated"};
static const char *const status_names[] = {"ok", "cut", "truncated", "failed", "lost"};

/* The columns of a batch, one array each. All live in the arena. */
struct batch {
	struct bh_uuid *ids, *model_tenants, *models, *credentials;
	const char **requests, **kinds, **names, **subjects, **actors, **statuses, **sources;
	int64_t *started, *ended, *streamed, *prompt, *cached, *completion, *known, *version, *cost;
};

static void
batch_alloc(struct bh_arena *arena, size_t count, struct batch *batch)
{
	struct bh_uuid **ids[] = {&batch->ids, &batch->model_tenants, &batch->models,
		&batch->credentials};
	const char ***texts[] = {&batch->requests, &batch->kinds, &batch->names, &batch->subjects,
		&batch->actors, &batch->statuses, &batch->sources};
	int64_t **ints[] = {&batch->started, &batch->ended, &batch->streamed, &batch->prompt,
		&batch->cached, &batch->completion, &batch->known, &batch->version, &batch->cost};

	for (size_t i = 0; i < BH_COUNT(ids); i++)
		*ids[i] = bh_arena_array(arena, count, sizeof(**ids[i]));
	for (size_t i = 0; i < BH_COUNT(texts); i++)
		*texts[i] = bh_arena_array(arena, count, sizeof(**texts[i]));
	for (size_t i = 0; i < BH_COUNT(ints); i++)
		*ints[i] = bh_arena_array(arena, count, sizeof(**ints[i]));
}

static void
batch_row(struct batch *batch, size_t i, const struct model_slot *slot)
{
	batch->ids[i] = slot->call;
	batch->model_tenants[i] = slot->model_tenant;
	batch->models[i] = slot->model_id;
	batch->credentials[i] = slot->credential;
	batch->requests[i] = slot->request_id;
	batch->kinds[i] = kind_names[slot->kind];
	batch->names[i] = slot->model_name;
	batch->subjects[i] = slot->subject;
	batch->actors[i] = slot->actor;
	batch->statuses[i] = status_names[slot->status];
	batch->sources[i] = source_names[slot->source];
	batch->started[i] = slot->started_ms;
	batch->ended[i] = slot->ended_ms;
	batch->streamed[i] = slot->streamed;
	batch->prompt[i] = slot->prompt_tokens;
	batch->cached[i] = slot->cached_tokens;
	batch->completion[i] = slot->completion_tokens;
	batch->known[i] = slot->price_known;
	batch->version[i] = slot->price_version;
	batch->cost[i] = model_cost(slot->price_in, slot->price_out, slot->prompt_tokens,
		slot->completion_tokens);
}

int
model_store_usage_settle(struct bh_db *db, const struct bh_uuid *tenant,
	struct model_slot *const *slots, size_t count, const char *month)
{
	/* One statement, one transaction. The primary key makes it repeatable: only rows that are new add
	 * to what is spent, only reservations that still stand are given back. The budget's row is made here
	 * too: from a tenant's first call on there is one that whoever sets a budget waits for. It commits
	 * asynchronously, for it holds the budget's row, and whoever reserves would wait for the disk. */
	static const char sql[] =
		"WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS off),"
		" gone AS ("
		"  DELETE FROM budget_reservation"
		"   WHERE tenant_id = $1 AND call_id = ANY($2)"
		"  RETURNING nanos),"
		" fresh AS ("
		"  INSERT INTO usage_record (tenant_id, id, model_tenant_id, model_id, credential_id,"
		"         request_id, kind, model, subject, actor, status, source, started_at, ended_at,"
		"         streamed, prompt_tokens, cached_tokens, completion_tokens, price_known,"
		"         price_version, cost_nanos)"
		"  SELECT $1, id, model_tenant, model_id, credential, request, kind, model, subject, actor,"
		"         status, source, to_timestamp(started / 1000.0), to_timestamp(ended / 1000.0),"
		"         streamed <> 0, prompt, cached, completion, known <> 0, version, cost"
		"    FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,"
		"                $18, $19, $20, $21)"
		"         AS t (id, model_tenant, model_id, credential, request, kind, model, subject,"
		"               actor, status, source, started, ended, streamed, prompt, cached,"
		"               completion, known, version, cost)"
		"   CROSS JOIN quick"
		"  ON CONFLICT (tenant_id, id) DO NOTHING"
		"  RETURNING cost_nanos)"
		" INSERT INTO budget AS b (tenant_id, month, spent_nanos)"
		" SELECT $1, $22::date,"
		"        least((SELECT coalesce(sum(cost_nanos), 0) FROM fresh), $23::bigint)::bigint"
		" ON CONFLICT (tenant_id)"
		" DO UPDATE SET reserved_nanos = b.reserved_nanos"
		"                 - (SELECT coalesce(sum(nanos), 0) FROM gone)::bigint,"
		"               spent_nanos = least($23::bigint, excluded.spent_nanos::numeric"
		"                 + CASE WHEN b.month >= excluded.month THEN b.spent_nanos ELSE 0"
		"                   END)::bigint,"
		"               month = greatest(b.month, excluded.month)";
	struct batch batch;

	batch_alloc(db->arena, count, &batch);
	for (size_t i = 0; i < count; i++)
		batch_row(&batch, i, slots[i]);

	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_array_param(batch.ids, count),
		bh_uuid_array_param(batch.model_tenants, count),
		bh_uuid_array_param(batch.models, count),
		bh_uuid_array_param(batch.credentials, count),
		bh_text_array_param(batch.requests, count),
		bh_text_array_param(batch.kinds, count),
		bh_text_array_param(batch.names, count),
		bh_text_array_param(batch.subjects, count),
		bh_text_array_param(batch.actors, count),
		bh_text_array_param(batch.statuses, count),
		bh_text_array_param(batch.sources, count),
		bh_int_array_param(batch.started, count),
		bh_int_array_param(batch.ended, count),
		bh_int_array_param(batch.streamed, count),
		bh_int_array_param(batch.prompt, count),
		bh_int_array_param(batch.cached, count),
		bh_int_array_param(batch.completion, count),
		bh_int_array_param(batch.known, count),
		bh_int_array_param(batch.version, count),
		bh_int_array_param(batch.cost, count),
		bh_text_param(month),
		bh_int_param(MODEL_SPENT_MOST),
	};

	return bh_db_exec(db, sql, BH_LIST(params), NULL);
}

int
model_store_usage_flush(struct bh_db *db)
{
	/* The log is flushed in order: once this has committed, so has everything before it. */
	static const char sql[] = "SELECT pg_logical_emit_message(true, 'bulkhead', '')::text";
	const char *place = NULL;
	const struct bh_column columns[] = {bh_text_column(&place)};

	return bh_db_one(db, sql, NULL, 0, BH_LIST(columns));
}

int
model_store_usage_list(struct bh_db *db, const struct bh_uuid *tenant, const char *request_id,
	int64_t limit, struct model_usage_row **out, size_t *out_count)
{
	static const char sql[] =
		"SELECT id, request_id, kind, model, source, status, subject, actor, started_at,"
		"       (extract(epoch FROM ended_at - started_at) * 1000)::bigint,"
		"       prompt_tokens, cached_tokens, completion_tokens, cost_nanos, streamed, price_known"
		"  FROM usage_record"
		" WHERE tenant_id = $1 AND ($2::text IS NULL OR request_id = $2)"
		" ORDER BY started_at DESC, id DESC"
		" LIMIT $3";
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_text_param(request_id),
		bh_int_param(limit),
	};
	struct model_usage_row row = {0};
	const struct bh_column columns[] = {
		bh_uuid_column(&row.id),
		bh_text_column(&row.request_id),
		bh_text_column(&row.kind),
		bh_text_column(&row.model),
		bh_text_column(&row.source),
		bh_text_column(&row.status),
		bh_text_column(&row.subject),
		bh_text_column(&row.actor),
		bh_time_column(&row.created_ms),
		bh_int_column(&row.duration_ms),
		bh_int_column(&row.prompt_tokens),
		bh_int_column(&row.cached_tokens),
		bh_int_column(&row.completion_tokens),
		bh_int_column(&row.cost),
		bh_bool_column(&row.streamed),
		bh_bool_column(&row.price_known),
	};

	return bh_db_read_each(db, sql, BH_LIST(params), BH_LIST(columns), &row, sizeof(row),
		(void **)out, out_count);
}
