/* SPDX-License-Identifier: Apache-2.0 */
/* http_tenant.c: what the platform's operator sets and reads for a tenant: models, budget, usage. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"
#include "meter/slot.h"
#include "model/catalog.h"
#include "model/http.h"
#include "model/meter.h"
#include "model/place.h"
#include "model/price.h"
#include "model/store.h"
#include "model/upstream.h"
#include "sec/seal.h"
#include "service/list.h"
#include "service/request.h"

/* An entry and who waits for it. */
struct shown {
	struct model_entry entry;
	int64_t running, waiting;
	bool is_default; /* what "default" means for the tenant, of its kind */
	bool price_known;
	int64_t price_in,
		price_out; /* in force now, by a million; of a reranker, price_out is that of search units */
};

#define AT(member) offsetof(struct shown, member)

static int64_t
has_key(const void *row)
{
	return ((const struct shown *)row)->entry.sealed_key.len > 0;
}

static const char *
kind_of(const void *row)
{
	return model_kind_name(((const struct shown *)row)->entry.kind);
}

static const char *
excerpts_of(const void *row)
{
	return model_excerpts_name(((const struct shown *)row)->entry.excerpts);
}

/* Other models have no scores. */
static const char *
score_form_of(const void *row)
{
	const struct model_entry *entry = &((const struct shown *)row)->entry;

	return entry->kind == MODEL_RERANK ? model_score_form_name(entry->score_form) : NULL;
}

static const struct bh_field entry_fields[] = {
	{"name", BH_FIELD_TEXT, AT(entry.name)},
	{"tenant_id", BH_FIELD_ID, AT(entry.tenant)},
	{"kind", BH_FIELD_TEXT, .text_of = kind_of},
	{"url", BH_FIELD_TEXT, AT(entry.url)},
	{"upstream_model", BH_FIELD_TEXT, AT(entry.upstream_name)},
	{"context", BH_FIELD_INT, AT(entry.context)},
	{"dimensions", BH_FIELD_INT, AT(entry.dimensions)},
	{"excerpts", BH_FIELD_TEXT, .text_of = excerpts_of},
	{"score_form", BH_FIELD_TEXT, .text_of = score_form_of, .flags = BH_NULLABLE},
	{"concurrency", BH_FIELD_INT, AT(entry.concurrency)},
	{"running", BH_FIELD_INT, AT(running)},
	{"waiting", BH_FIELD_INT, AT(waiting)},
	{"managed", BH_FIELD_BOOL, AT(entry.managed)},
	{"vision", BH_FIELD_BOOL, AT(entry.vision)},
	{"is_default", BH_FIELD_BOOL, AT(is_default)},
	{"has_api_key", BH_FIELD_BOOL, .number_of = has_key},
	{"price_in", BH_FIELD_MONEY, AT(price_in), .set = BH_SET(struct shown, price_known)},
	{"price_out", BH_FIELD_MONEY, AT(price_out), .set = BH_SET(struct shown, price_known)},
};

#undef AT

const struct bh_shape model_entry_shape = BH_SHAPE("TenantModel", struct shown, entry_fields);

static enum meter_line
output_line(enum model_kind kind)
{
	return kind >= MODEL_RERANK ? METER_UNITS : METER_OUTPUT;
}

static int
show(struct bh_request *req, struct model_entry *entry, struct shown *out)
{
	const struct meter_terms no_plan = {0};
	struct model_price price;
	struct model_entry preset;
	size_t waiting, running;
	int rc = model_store_model_default(req->target_db, &req->target, model_kind_name(entry->kind),
		&preset);

	if (rc < 0 && rc != BH_E_NOT_FOUND)
		return rc;
	*out = (struct shown){.is_default = rc == 0 && bh_uuid_equal(&preset.id, &entry->id)};
	rc = model_catalog_price(req->target_db, entry);
	if (rc < 0)
		return rc;
	price = model_price(entry, &no_plan, false);
	out->price_known = price.known;
	out->price_in = price.lines[METER_INPUT];
	out->price_out = price.lines[output_line(entry->kind)];
	model_place_count(req->service, entry, &waiting, &running);
	out->entry = *entry;
	out->running = (int64_t)running;
	out->waiting = (int64_t)waiting;
	return 0;
}

static int
reply_entry(struct bh_request *req, int status, struct model_entry *entry)
{
	struct shown shown;
	int rc = show(req, entry, &shown);

	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_object(req, status, &model_entry_shape, &shown);
}

/* GET /api/tenants/{tenant}/models: the tenant's own and the public ones. */
int
model_http_tenant_model_list(struct bh_request *req)
{
	struct model_entry *entries = NULL;
	struct shown *shown;
	size_t count = 0;
	int rc = model_store_model_list(req->target_db, &req->target, &entries, &count);

	shown = bh_arena_array(req->arena, count + 1, sizeof(*shown));
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = show(req, &entries[i], &shown[i]);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_list(req, &model_entry_shape, shown, count);
}

struct new_model {
	const char *name, *url, *upstream_model, *api_key;
	/* enum model_kind, model_text_form, model_excerpts, model_score_form */
	int kind, text_form, excerpts, score_form;
	int64_t price_in, price_out;
	int64_t context, max_output, dimensions, concurrency;
	bool has_price_in, has_price_out, managed, vision, probe;
};

#define AT(member) offsetof(struct new_model, member)
#define SET(member) BH_SET(struct new_model, member)

static const struct bh_field new_model_fields[] = {
	{"name", BH_FIELD_TEXT, AT(name), BH_REQUIRED, 1, 64},
	{"url", BH_FIELD_TEXT, AT(url), BH_REQUIRED, 1, 500},
	{"upstream_model", BH_FIELD_TEXT, AT(upstream_model), BH_NULLABLE, 1, 200},
	{"kind", BH_FIELD_ENUM, AT(kind),
		.words = "chat embedding rerank image transcription speech moderation"},
	{"text_form", BH_FIELD_ENUM, AT(text_form), .words = "plain uncased"},
	{"excerpts", BH_FIELD_ENUM, AT(excerpts), .words = "passages sentences"},
	{"score_form", BH_FIELD_ENUM, AT(score_form), .words = "unit logit"},
	{"api_key", BH_FIELD_TEXT, AT(api_key), BH_NULLABLE, 1, 4096},
	{"price_in", BH_FIELD_MONEY, AT(price_in), BH_NULLABLE, .set = SET(has_price_in)},
	{"price_out", BH_FIELD_MONEY, AT(price_out), BH_NULLABLE, .set = SET(has_price_out)},
	{"context", BH_FIELD_INT, AT(context), 0, 0, 100000000},
	{"max_output", BH_FIELD_INT, AT(max_output), 0, 0, 100000000},
	{"dimensions", BH_FIELD_INT, AT(dimensions), 0, 0, 16384},
	{"concurrency", BH_FIELD_INT, AT(concurrency), 0, 0, 10000},
	{"managed", BH_FIELD_BOOL, AT(managed)},
	{"vision", BH_FIELD_BOOL, AT(vision)},
	{"probe", BH_FIELD_BOOL, AT(probe)},
};

#undef AT
#undef SET

const struct bh_shape model_add_shape = BH_SHAPE("TenantModelAdd", struct new_model,
	new_model_fields);

/* By a million: what the price book takes. */
#define PRICE_MOST INT64_C(1000000000000000000)

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
		.vision = want->vision,
		.kind = (enum model_kind)want->kind,
		.text_form = (enum model_text_form)want->text_form,
		.excerpts = (enum model_excerpts)want->excerpts,
		.score_form = (enum model_score_form)want->score_form,
		.created_ms = bh_clock_wall_ms(),
	};

	if (strcmp(want->name, "default") == 0)
		return bh_error_param(BH_E_INVALID, "name",
			"'name' must not be default, which is a reserved alias.");
	if (want->managed && !bh_uuid_equal(&req->target, &bh_platform_tenant))
		return bh_error_param(BH_E_INVALID, "managed",
			"'managed' is allowed only for the platform tenant.");
	if (want->vision && entry.kind != MODEL_CHAT && entry.kind != MODEL_MODERATION)
		return bh_error_param(BH_E_INVALID, "vision",
			"Only a chat or moderation model can take images.");
	if (want->price_in > PRICE_MOST || want->price_out > PRICE_MOST)
		return bh_error_param(BH_E_RANGE, want->price_in > PRICE_MOST ? "price_in" : "price_out",
			"A price must be at most 1000000000.");
	*out = entry;
	return 0;
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

struct adding {
	const struct bh_uuid *tenant;
	const struct new_model *want;
	const struct model_entry *entry;
};

/* The model with its price. That a managed one is free goes without saying; it says so at each start. */
BH_MUST_CHECK static int
add_work(struct bh_db *tx, void *ctx)
{
	const struct adding *adding = ctx;
	const struct new_model *want = adding->want;
	bool priced = want->managed ? want->price_in > 0 || want->price_out > 0
								: want->has_price_in || want->has_price_out;
	int rc = model_store_model_add(tx, adding->tenant, adding->entry);

	/* A price for one direction alone means that the other is free. */
	if (rc == 0 && priced)
		rc = model_store_price_add(tx, adding->tenant, want->name,
			want->kind >= MODEL_RERANK ? "units" : "output", want->price_in, want->price_out);
	return rc;
}

/* POST /api/tenants/{tenant}/models: probed before it is saved. */
int
model_http_tenant_model_add(struct bh_request *req)
{
	struct model *model = req->service;
	struct new_model want = {.kind = MODEL_CHAT, .text_form = MODEL_TEXT_PLAIN, .probe = true};
	struct model_entry entry = {0};
	int rc = bh_request_object(req, &model_add_shape, &want);

	if (rc == 0)
		rc = new_entry(req, &want, &entry);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (model_upstream_check(entry.url) < 0)
		return bh_reply_error(req,
			bh_error(BH_E_INVALID,
				"'url' must have the form http://…, https://… or unix:/path, without a user or a "
				"query."),
			"url");
	seal_key(req, want.api_key, &entry);
	if (want.probe) {
		rc = model_upstream_probe(model, req->arena, &entry);
		if (rc < 0)
			return bh_reply_error(req, bh_error(BH_E_INVALID, "%s", bh_error_detail(rc)), "url");
	}
	rc = bh_tx_run(req->target_db, add_work, &(struct adding){&req->target, &want, &entry});
	if (rc == BH_E_EXISTS)
		return bh_reply_error(req,
			bh_error(BH_E_EXISTS, "A model named '%.256s' already exists; remove it first.",
				entry.name),
			"name");
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	model_catalog_forget(model->catalog, &req->target);
	return reply_entry(req, 201, &entry);
}

/* DELETE /api/tenants/{tenant}/models/{model} */
int
model_http_tenant_model_remove(struct bh_request *req)
{
	struct model *model = req->service;
	int rc = model_store_model_remove(req->target_db, &req->target, bh_request_param(req, "model"));

	if (rc == BH_E_STATE)
		rc = bh_error(BH_E_STATE,
			"This model is the platform's default; set another default first.");
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
	{"model", BH_FIELD_TEXT, offsetof(struct new_default, model), BH_REQUIRED, 1, 64},
	{"kind", BH_FIELD_TEXT, offsetof(struct new_default, kind), 0, 1, 16},
};

const struct bh_shape model_default_shape = BH_SHAPE("TenantModelDefault", struct new_default,
	default_fields);

/* PUT /api/tenants/{tenant}/default-model: what "default" means for the tenant (for all, on the platform's). */
int
model_http_tenant_model_default(struct bh_request *req)
{
	struct model *model = req->service;
	struct new_default want = {.kind = "chat"};
	struct model_entry entry = {0};
	int rc = bh_request_object(req, &model_default_shape, &want);

	if (rc == 0)
		rc = model_store_model_find(req->target_db, &req->target, want.model, &entry);
	if (rc == BH_E_NOT_FOUND || (rc == 0 && strcmp(model_kind_name(entry.kind), want.kind) != 0))
		rc = BH_E_MODEL_NOT_FOUND;
	if (rc == 0)
		rc = model_store_default_set(req->target_db, &req->target, &entry);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	model_catalog_forget(model->catalog, &req->target);
	return reply_entry(req, 200, &entry);
}

#define AT(member) offsetof(struct model_budget, member)

static const struct bh_field budget_fields[] = {
	{"tokens_per_minute", BH_FIELD_INT, AT(limits.tokens_per_minute)},
	{"budget_month", BH_FIELD_MONEY, AT(month.month_limit),
		.set = BH_SET(struct model_budget, month.has_month)},
	{"spent", BH_FIELD_MONEY, AT(month.month_spent)},
	{"reserved", BH_FIELD_MONEY, AT(month.reserved)},
};

#undef AT

const struct bh_shape model_budget_shape = BH_SHAPE("TenantBudget", struct model_budget,
	budget_fields);

static int
reply_budget(struct bh_request *req)
{
	struct model_budget budget = {0};
	int rc = model_store_budget_get(req->target_db, &req->target, &budget);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_object(req, 200, &model_budget_shape, &budget);
}

/* GET /api/tenants/{tenant}/budget */
int
model_http_tenant_budget_get(struct bh_request *req)
{
	return reply_budget(req);
}

#define NO_BUDGET (-1)

#define AT(member) offsetof(struct model_limits_change, member)
#define SET(member) BH_SET(struct model_limits_change, member)

static const struct bh_field limits_fields[] = {
	{"tokens_per_minute", BH_FIELD_INT, AT(tokens_per_minute), 0, 0, 1e12, .set = SET(tokens)},
	{"budget_month", BH_FIELD_MONEY, AT(budget_month), BH_NULL_IS_VALUE, .set = SET(budget)},
};

#undef AT
#undef SET

const struct bh_shape model_budget_change_shape = BH_SHAPE("TenantBudgetChange",
	struct model_limits_change, limits_fields);

/* PUT /api/tenants/{tenant}/budget: members that are absent stay as they are; null takes the budget
 * away. */
int
model_http_tenant_budget_set(struct bh_request *req)
{
	struct model *model = req->service;
	struct model_limits_change change = {.budget_month = NO_BUDGET};
	int rc = bh_request_object(req, &model_budget_change_shape, &change);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = model_store_limits_set(req->target_db, &req->target, &change);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	model_catalog_forget(model->catalog, &req->target);
	model_meter_forget(model->meter, &req->target);
	return reply_budget(req);
}

#define AT(member) offsetof(struct model_usage_row, member)

static const struct bh_field usage_fields[] = {
	{"id", BH_FIELD_ID, AT(id)},
	{"request_id", BH_FIELD_TEXT, AT(request_id)},
	{"time", BH_FIELD_DATE, AT(created_ms)},
	{"duration_ms", BH_FIELD_INT, AT(duration_ms)},
	{"kind", BH_FIELD_TEXT, AT(kind)},
	{"model", BH_FIELD_TEXT, AT(model)},
	{"subject", BH_FIELD_TEXT, AT(subject)},
	{"actor", BH_FIELD_TEXT, AT(actor)},
	{"status", BH_FIELD_TEXT, AT(status)},
	{"source", BH_FIELD_TEXT, AT(source)},
	{"streamed", BH_FIELD_BOOL, AT(streamed)},
	{"prompt_tokens", BH_FIELD_INT, AT(prompt_tokens)},
	{"cached_tokens", BH_FIELD_INT, AT(cached_tokens)},
	{"completion_tokens", BH_FIELD_INT, AT(completion_tokens)},
	{"cost", BH_FIELD_MONEY, AT(cost)},
	{"cost_nanos", BH_FIELD_INT, AT(cost)},
	{"price_known", BH_FIELD_BOOL, AT(price_known)},
};

#undef AT

const struct bh_shape model_usage_shape = BH_SHAPE("TenantUsageRow", struct model_usage_row,
	usage_fields);

#define AT(member) offsetof(struct model_quarantine_row, member)

static const struct bh_field quarantine_fields[] = {
	{"id", BH_FIELD_ID, AT(id)},
	{"time", BH_FIELD_DATE, AT(created_ms)},
	{"reason", BH_FIELD_TEXT, AT(reason)},
	{"cost", BH_FIELD_MONEY, AT(cost)},
	{"record", BH_FIELD_JSON, AT(record)},
};

#undef AT

const struct bh_shape model_quarantine_shape = BH_SHAPE("TenantQuarantineRow",
	struct model_quarantine_row, quarantine_fields);

static const struct bh_paging usage_paging = {100, 10000, "before", NULL};

/* GET /api/tenants/{tenant}/usage?request_id=&before=&limit= */
int
model_http_tenant_usage_list(struct bh_request *req)
{
	struct model_usage_row *rows = NULL;
	const char *request_id = NULL;
	struct bh_page page;
	size_t count = 0;
	int rc = bh_request_query_text(req, "request_id", &request_id);

	if (rc == 0)
		rc = bh_list_page(req, &usage_paging, &page);
	if (rc == 0)
		rc = model_store_usage_list(req->target_db, &req->target, request_id, &page.before,
			page.limit, &rows, &count);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_list(req, &model_usage_shape, rows, count);
}

/* GET /api/tenants/{tenant}/usage/quarantine?limit=: calls whose row the database refused. */
int
model_http_tenant_quarantine_list(struct bh_request *req)
{
	struct model_quarantine_row *rows = NULL;
	struct bh_page page;
	size_t count = 0;
	int rc = bh_list_page(req, &usage_paging, &page);

	if (rc == 0)
		rc = model_store_quarantine_list(req->target_db, &req->target, page.limit, &rows, &count);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_list(req, &model_quarantine_shape, rows, count);
}

struct settlement {
	int64_t slots, used, quarantined;
};

static const struct bh_field settlement_fields[] = {
	{"slots", BH_FIELD_INT, offsetof(struct settlement, slots)},
	{"slots_used", BH_FIELD_INT, offsetof(struct settlement, used)},
	{"quarantined", BH_FIELD_INT, offsetof(struct settlement, quarantined)},
};

const struct bh_shape model_settlement_shape = BH_SHAPE("Settlement", struct settlement,
	settlement_fields);

/* GET /api/settlement: what is on its way to the books, over all tenants. */
int
model_http_settlement_get(struct bh_request *req)
{
	const struct model *model = req->service;
	const struct settlement settlement = {METER_SLOTS, meter_slots_used(model->slots),
		(int64_t)meter_slots_quarantined(model->slots)};

	return bh_reply_object(req, 200, &model_settlement_shape, &settlement);
}
