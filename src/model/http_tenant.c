/* http_tenant.c: what the platform's operator sets and reads for a tenant: models, budget, usage. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"
#include "model/calls.h"
#include "model/catalog.h"
#include "model/http.h"
#include "model/meter.h"
#include "model/place.h"
#include "model/store.h"
#include "model/upstream.h"
#include "sec/seal.h"
#include "service/request.h"

static void
write_price(struct bh_write *write, const char *name, const struct model_entry *entry,
	int64_t nanos)
{
	char text[32];

	bh_text_from_nanos(nanos, text);
	bh_write_pair_text(write, name, entry->price_known ? text : NULL);
}

static void
write_entry(struct model *model, struct bh_write *write, const struct model_entry *entry)
{
	char tenant[BH_UUID_TEXT];
	size_t waiting, running;

	model_place_count(model, entry, &waiting, &running);
	bh_uuid_format(&entry->tenant, tenant);
	bh_write_object(write);
	bh_write_pair_text(write, "name", entry->name);
	bh_write_pair_text(write, "tenant_id", tenant);
	bh_write_pair_text(write, "kind", model_kind_name(entry->kind));
	bh_write_pair_text(write, "url", entry->url);
	bh_write_pair_text(write, "upstream_model", entry->upstream_name);
	bh_write_pair_int(write, "context", entry->context);
	bh_write_pair_int(write, "dimensions", entry->dimensions);
	bh_write_pair_int(write, "concurrency", entry->concurrency);
	bh_write_pair_int(write, "running", (int64_t)running);
	bh_write_pair_int(write, "waiting", (int64_t)waiting);
	bh_write_pair_bool(write, "managed", entry->managed);
	bh_write_pair_bool(write, "has_api_key", entry->sealed_key.len > 0);
	write_price(write, "price_in", entry, entry->price_in);
	write_price(write, "price_out", entry, entry->price_out);
	bh_write_end(write);
}

/* GET /api/tenants/{tenant}/models: the tenant's own and the public ones. */
int
model_http_tenant_model_list(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	struct bh_write write = {.out = &out};
	struct model_entry *entries = NULL;
	size_t count = 0;
	int rc;

	rc = model_store_model_list(req->target_db, &req->target, &entries, &count);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_write_object(&write);
	bh_write_pair_text(&write, "object", "list");
	bh_write_name(&write, "data");
	bh_write_array(&write);
	for (size_t i = 0; i < count; i++)
		write_entry(req->service, &write, &entries[i]);
	bh_write_end(&write);
	bh_write_end(&write);
	return bh_reply_json(req, 200, &out);
}

struct new_model {
	const char *name, *url, *upstream_model, *kind, *text_form, *api_key, *price_in, *price_out;
	int64_t context, max_output, dimensions, concurrency;
	bool managed, probe;
};

#define AT(member) offsetof(struct new_model, member)

static const struct bh_field new_model_fields[] = {
	{"name", BH_FIELD_TEXT, BH_REQUIRED, 1, 64, AT(name), BH_NO_SET},
	{"url", BH_FIELD_TEXT, BH_REQUIRED, 1, 500, AT(url), BH_NO_SET},
	{"upstream_model", BH_FIELD_TEXT, BH_NULLABLE, 1, 200, AT(upstream_model), BH_NO_SET},
	{"kind", BH_FIELD_TEXT, 0, 1, 16, AT(kind), BH_NO_SET},
	{"text_form", BH_FIELD_TEXT, 0, 1, 16, AT(text_form), BH_NO_SET},
	{"api_key", BH_FIELD_TEXT, BH_NULLABLE, 1, 4096, AT(api_key), BH_NO_SET},
	{"price_in", BH_FIELD_TEXT, BH_NULLABLE, 1, 32, AT(price_in), BH_NO_SET},
	{"price_out", BH_FIELD_TEXT, BH_NULLABLE, 1, 32, AT(price_out), BH_NO_SET},
	{"context", BH_FIELD_INT, 0, 0, 100000000, AT(context), BH_NO_SET},
	{"max_output", BH_FIELD_INT, 0, 0, 100000000, AT(max_output), BH_NO_SET},
	{"dimensions", BH_FIELD_INT, 0, 0, 16384, AT(dimensions), BH_NO_SET},
	{"concurrency", BH_FIELD_INT, 0, 0, 10000, AT(concurrency), BH_NO_SET},
	{"managed", BH_FIELD_BOOL, 0, 0, 0, AT(managed), BH_NO_SET},
	{"probe", BH_FIELD_BOOL, 0, 0, 0, AT(probe), BH_NO_SET},
};

static int
read_prices(const struct new_model *want, struct model_entry *entry)
{
	if (want->price_in == NULL && want->price_out == NULL)
		return 0;
	/* A price for one direction alone means that the other is free. */
	if (want->price_in != NULL && bh_text_nanos(want->price_in, &entry->price_in) < 0)
		return bh_error_param(BH_E_INVALID, "price_in",
			"A price is a decimal amount per million tokens, such as 0.15.");
	if (want->price_out != NULL && bh_text_nanos(want->price_out, &entry->price_out) < 0)
		return bh_error_param(BH_E_INVALID, "price_out",
			"A price is a decimal amount per million tokens, such as 0.60.");
	entry->price_known = true;
	return 0;
}

/* The services add /v1/… themselves; the customary base URL of a provider ends with it. */
static const char *
base_url(struct bh_arena *arena, const char *url)
{
	size_t len = strlen(url);

	while (len > 0 && url[len - 1] == '/')
		len--;
	if (len > 3 && strncmp(url + len - 3, "/v1", 3) == 0)
		len -= 3;
	return bh_arena_copy(arena, url, len);
}

static int
new_entry(struct bh_request *req, const struct new_model *want, struct model_entry *out)
{
	struct model_entry entry = {
		.tenant = req->target,
		.id = bh_uuid_new(),
		.name = want->name,
		.url = base_url(req->arena, want->url),
		.upstream_name = want->upstream_model != NULL ? want->upstream_model : want->name,
		.context = want->context,
		.max_output = want->max_output,
		.dimensions = want->dimensions,
		.concurrency = want->concurrency,
		.managed = want->managed,
		.created_ms = bh_clock_wall_ms(),
	};

	if (strcmp(want->kind, "embedding") == 0)
		entry.kind = MODEL_EMBEDDING;
	else if (strcmp(want->kind, "chat") != 0)
		return bh_error_param(BH_E_INVALID, "kind", "The kind is chat or embedding.");
	if (strcmp(want->text_form, "uncased") == 0)
		entry.text_form = MODEL_TEXT_UNCASED;
	else if (strcmp(want->text_form, "plain") != 0)
		return bh_error_param(BH_E_INVALID, "text_form", "The form is plain or uncased.");
	if (strcmp(want->name, "default") == 0)
		return bh_error_param(BH_E_INVALID, "name", "default is the alias; choose another name.");
	if (want->managed && !bh_uuid_equal(&req->target, &bh_platform_tenant))
		return bh_error_param(BH_E_INVALID, "managed", "Managed engines belong to the platform.");
	*out = entry;
	return read_prices(want, out);
}

static void
seal_key(struct bh_request *req, const char *api_key, struct model_entry *entry)
{
	struct model *model = req->service;
	struct bh_buf sealed = {0};
	char context[64];

	if (api_key == NULL)
		return;
	model_upstream_key_context(entry, context);
	bh_seal(&model->key_secret, context, api_key, strlen(api_key), &sealed);
	entry->sealed_key.data = bh_arena_copy(req->arena, sealed.data, sealed.len);
	entry->sealed_key.len = sealed.len;
	bh_buf_close(&sealed);
}

/* POST /api/tenants/{tenant}/models: probed before it is saved. */
int
model_http_tenant_model_add(struct bh_request *req)
{
	struct model *model = req->service;
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	struct bh_write write = {.out = &out};
	struct new_model want = {.kind = "chat", .text_form = "plain", .probe = true};
	struct model_entry entry = {0};
	int rc;

	rc = bh_request_fields(req, BH_LIST(new_model_fields), &want);
	if (rc == 0)
		rc = new_entry(req, &want, &entry);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (model_upstream_check(entry.url) < 0)
		return bh_reply_error(req,
			bh_error(BH_E_INVALID,
				"The URL is http://…, https://… or unix:/path, without a user or a query."),
			"url");
	seal_key(req, want.api_key, &entry);
	if (want.probe) {
		rc = model_upstream_probe(model, req->arena, &entry);
		if (rc < 0)
			return bh_reply_error(req, bh_error(BH_E_INVALID, "%s", bh_error_detail(rc)), "url");
	}
	rc = model_store_model_add(req->target_db, &req->target, &entry);
	if (rc == BH_E_EXISTS)
		return bh_reply_error(req,
			bh_error(BH_E_EXISTS, "A model named %.256s exists already; remove it first.",
				entry.name),
			"name");
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	model_catalog_forget(model->catalog, &req->target);
	write_entry(req->service, &write, &entry);
	return bh_reply_json(req, 201, &out);
}

/* DELETE /api/tenants/{tenant}/models/{model} */
int
model_http_tenant_model_remove(struct bh_request *req)
{
	struct model *model = req->service;
	int rc;

	rc = model_store_model_remove(req->target_db, &req->target, bh_request_param(req, "model"));
	if (rc == BH_E_STATE)
		rc = bh_error(BH_E_STATE,
			"\"default\" means this model for everybody; choose another one first.");
	if (rc < 0)
		return bh_reply_error(req, rc, "model");
	model_catalog_forget(model->catalog, &req->target);
	return bh_reply_empty(req, 204);
}

struct new_default {
	const char *model;
	const char *kind;
};

static const struct bh_field default_fields[] = {
	{"model", BH_FIELD_TEXT, BH_REQUIRED, 1, 64, offsetof(struct new_default, model), BH_NO_SET},
	{"kind", BH_FIELD_TEXT, 0, 1, 16, offsetof(struct new_default, kind), BH_NO_SET},
};

/* PUT /api/tenants/{tenant}/default-model: what "default" means for the tenant (for all, on the platform's). */
int
model_http_tenant_model_default(struct bh_request *req)
{
	struct model *model = req->service;
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	struct bh_write write = {.out = &out};
	struct new_default want = {.kind = "chat"};
	struct model_entry entry = {0};
	int rc;

	rc = bh_request_fields(req, BH_LIST(default_fields), &want);
	if (rc == 0)
		rc = model_store_model_find(req->target_db, &req->target, want.model, &entry);
	if (rc == BH_E_NOT_FOUND || (rc == 0 && strcmp(model_kind_name(entry.kind), want.kind) != 0))
		rc = BH_E_MODEL_NOT_FOUND;
	if (rc == 0)
		rc = model_store_default_set(req->target_db, &req->target, &entry);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	model_catalog_forget(model->catalog, &req->target);
	write_entry(req->service, &write, &entry);
	return bh_reply_json(req, 200, &out);
}

static int
reply_budget(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	struct bh_write write = {.out = &out};
	struct model_budget budget = {0};
	char text[32];
	int rc;

	rc = model_store_budget_get(req->target_db, &req->target, &budget);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_write_object(&write);
	bh_write_pair_int(&write, "tokens_per_minute", budget.limits.tokens_per_minute);
	bh_text_from_nanos(budget.limits.budget_month, text);
	bh_write_pair_text(&write, "budget_month", budget.limits.has_budget ? text : NULL);
	bh_text_from_nanos(budget.spent, text);
	bh_write_pair_text(&write, "spent", text);
	bh_text_from_nanos(budget.reserved, text);
	bh_write_pair_text(&write, "reserved", text);
	bh_write_end(&write);
	return bh_reply_json(req, 200, &out);
}

/* GET /api/tenants/{tenant}/budget */
int
model_http_tenant_budget_get(struct bh_request *req)
{
	return reply_budget(req);
}

struct new_budget {
	int64_t tokens_per_minute;
	const struct bh_json *budget_month;
	bool has_tokens, has_budget;
};

static const struct bh_field budget_fields[] = {
	{"tokens_per_minute", BH_FIELD_INT, 0, 0, 1e12, offsetof(struct new_budget, tokens_per_minute),
		offsetof(struct new_budget, has_tokens)},
	{"budget_month", BH_FIELD_ANY, 0, 0, 0, offsetof(struct new_budget, budget_month),
		offsetof(struct new_budget, has_budget)},
};

/* PUT /api/tenants/{tenant}/budget: members that are absent stay as they are; null takes the budget
 * away. */
int
model_http_tenant_budget_set(struct bh_request *req)
{
	struct model *model = req->service;
	struct new_budget want = {0};
	struct model_limits_change change = {0};
	int rc;

	rc = bh_request_fields(req, BH_LIST(budget_fields), &want);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	change.tokens = want.has_tokens;
	change.budget = want.has_budget;
	change.limits.tokens_per_minute = want.tokens_per_minute;
	if (want.has_budget) {
		const char *text = bh_json_string(want.budget_month);

		change.limits.has_budget = bh_json_kind(want.budget_month) != BH_JSON_NULL;
		if (change.limits.has_budget &&
			(text == NULL || bh_text_nanos(text, &change.limits.budget_month) < 0))
			return bh_reply_error(req,
				bh_error(BH_E_INVALID,
					"A budget is a decimal amount as a string, such as \"25.00\", or null."),
				"budget_month");
	}
	rc = model_store_limits_set(req->target_db, &req->target, &change);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	model_catalog_forget(model->catalog, &req->target);
	return reply_budget(req);
}

static void
write_usage(struct bh_write *write, const struct model_usage_row *row)
{
	char id[BH_UUID_TEXT];
	char time[BH_TIME_TEXT];
	char cost[32];

	bh_uuid_format(&row->id, id);
	bh_clock_format(row->created_ms, time);
	bh_text_from_nanos(row->cost, cost);
	bh_write_object(write);
	bh_write_pair_text(write, "id", id);
	bh_write_pair_text(write, "request_id", row->request_id);
	bh_write_pair_text(write, "time", time);
	bh_write_pair_int(write, "duration_ms", row->duration_ms);
	bh_write_pair_text(write, "kind", row->kind);
	bh_write_pair_text(write, "model", row->model);
	bh_write_pair_text(write, "subject", row->subject);
	bh_write_pair_text(write, "actor", row->actor);
	bh_write_pair_text(write, "status", row->status);
	bh_write_pair_text(write, "source", row->source);
	bh_write_pair_bool(write, "streamed", row->streamed);
	bh_write_pair_int(write, "prompt_tokens", row->prompt_tokens);
	bh_write_pair_int(write, "cached_tokens", row->cached_tokens);
	bh_write_pair_int(write, "completion_tokens", row->completion_tokens);
	bh_write_pair_text(write, "cost", cost);
	bh_write_pair_int(write, "cost_nanos", row->cost);
	bh_write_pair_bool(write, "price_known", row->price_known);
	bh_write_end(write);
}

static void
write_quarantined(struct bh_write *write, const struct model_quarantine_row *row)
{
	char id[BH_UUID_TEXT];
	char time[BH_TIME_TEXT];
	char cost[32];

	bh_uuid_format(&row->id, id);
	bh_clock_format(row->created_ms, time);
	bh_text_from_nanos(row->cost, cost);
	bh_write_object(write);
	bh_write_pair_text(write, "id", id);
	bh_write_pair_text(write, "time", time);
	bh_write_pair_text(write, "reason", row->reason);
	bh_write_pair_text(write, "cost", cost);
	bh_write_name(write, "record");
	bh_write_raw(write, row->record, strlen(row->record));
	bh_write_end(write);
}

/* The row after which a page begins; zero for none. */
static int
read_before(struct bh_request *req, struct bh_uuid *out)
{
	const char *text = NULL;
	int rc;

	rc = bh_request_query_text(req, "before", &text);
	if (rc < 0 || text == NULL)
		return rc;
	if (bh_uuid_parse(text, out) < 0)
		return bh_error_param(BH_E_INVALID, "before", "The id of a usage row is needed.");
	return 0;
}

/* GET /api/tenants/{tenant}/usage?request_id=&before=&limit= */
int
model_http_tenant_usage_list(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	struct bh_write write = {.out = &out};
	struct model_usage_row *rows = NULL;
	const char *request_id = NULL;
	struct bh_uuid before = {0};
	int64_t limit = 100;
	size_t count = 0;
	int rc;

	rc = bh_request_query_text(req, "request_id", &request_id);
	if (rc == 0)
		rc = bh_request_query_int(req, "limit", 1, 10000, &limit);
	if (rc == 0)
		rc = read_before(req, &before);
	if (rc == 0)
		rc = model_store_usage_list(req->target_db, &req->target, request_id, &before, limit, &rows,
			&count);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_write_object(&write);
	bh_write_pair_text(&write, "object", "list");
	bh_write_name(&write, "data");
	bh_write_array(&write);
	for (size_t i = 0; i < count; i++)
		write_usage(&write, &rows[i]);
	bh_write_end(&write);
	bh_write_end(&write);
	return bh_reply_json(req, 200, &out);
}

/* GET /api/tenants/{tenant}/usage/quarantine?limit=: calls whose row the database refused. */
int
model_http_tenant_quarantine_list(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	struct bh_write write = {.out = &out};
	struct model_quarantine_row *rows = NULL;
	int64_t limit = 100;
	size_t count = 0;
	int rc;

	rc = bh_request_query_int(req, "limit", 1, 10000, &limit);
	if (rc == 0)
		rc = model_store_quarantine_list(req->target_db, &req->target, limit, &rows, &count);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_write_object(&write);
	bh_write_pair_text(&write, "object", "list");
	bh_write_name(&write, "data");
	bh_write_array(&write);
	for (size_t i = 0; i < count; i++)
		write_quarantined(&write, &rows[i]);
	bh_write_end(&write);
	bh_write_end(&write);
	return bh_reply_json(req, 200, &out);
}

/* GET /api/settlement: what is on its way to the books, over all tenants. */
int
model_http_settlement_get(struct bh_request *req)
{
	const struct model *model = req->service;
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	struct bh_write write = {.out = &out};

	bh_write_object(&write);
	bh_write_pair_int(&write, "slots", MODEL_SLOTS);
	bh_write_pair_int(&write, "slots_used", model_calls_used(model->calls));
	bh_write_pair_int(&write, "quarantined", (int64_t)model_calls_quarantined(model->calls));
	bh_write_end(&write);
	return bh_reply_json(req, 200, &out);
}
