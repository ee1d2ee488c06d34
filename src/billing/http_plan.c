/* SPDX-License-Identifier: Apache-2.0 */
/* http_plan.c: the operator makes, revises and archives plans. */
#include <string.h>

#include "billing/billing.h"
#include "billing/decimal.h"
#include "billing/http.h"
#include "billing/plan.h"
#include "billing/store_plan.h"
#include "meter/unit.h"
#include "service/list.h"
#include "service/request.h"

#define COUNT_MOST 1000000000.0

/* ---- a plan that comes ---- */

struct plan_body {
	struct billing_plan plan;
	const struct bh_json *included, *overage, *entitlements;
};

#define AT(member) offsetof(struct plan_body, member)

static const struct bh_field body_fields[] = {
	{"name", BH_FIELD_TEXT, AT(plan.name), 0, 1, 31},
	{"interval", BH_FIELD_CHOICE, AT(plan.span), .words = "month year"},
	{"price", BH_FIELD_MONEY, AT(plan.price)},
	{"currency", BH_FIELD_TEXT, AT(plan.currency), 0, 3, 3},
	{"billing", BH_FIELD_CHOICE, AT(plan.billing), .words = "arrears prepaid"},
	{"credit", BH_FIELD_MONEY, AT(plan.credit)},
	{"trial_days", BH_FIELD_INT, AT(plan.trial_days), 0, 0, 366},
	{"seats", BH_FIELD_INT, AT(plan.seats), 0, 0, COUNT_MOST},
	{"requests_per_minute", BH_FIELD_INT, AT(plan.requests_per_minute), 0, 0, COUNT_MOST},
	{"concurrency", BH_FIELD_INT, AT(plan.concurrency), 0, 0, COUNT_MOST},
	{"tokens_per_minute", BH_FIELD_INT, AT(plan.tokens_per_minute), 0, 0, COUNT_MOST},
	{"public", BH_FIELD_BOOL, AT(plan.is_public)},
	{"included", BH_FIELD_OBJECT, AT(included)},
	{"overage", BH_FIELD_OBJECT, AT(overage)},
	{"entitlements", BH_FIELD_ARRAY, AT(entitlements)},
};

#undef AT

const struct bh_shape billing_plan_body = BH_SHAPE("PlanCreate", struct plan_body, body_fields);

/* What the body, which has been parsed, says, over what the plan has. */
BH_MUST_CHECK static int
body_read(struct bh_request *req, struct billing_plan *plan)
{
	const struct billing *billing = req->service;
	struct plan_body body = {.plan = *plan};
	int rc = bh_fields_read(req->arena, req->body.root, BH_OF(billing_plan_body), "", &body);

	if (rc == 0 && body.plan.name == NULL)
		rc = bh_error_param(BH_E_MISSING, "name", "'name' is required.");
	if (rc == 0)
		rc = billing_plan_meters_read(req->arena, body.included, body.overage, &body.plan);
	if (rc == 0)
		rc = billing_plan_entitlements_read(req->arena, body.entitlements, &body.plan);
	if (rc == 0)
		rc = billing_plan_check(&body.plan, billing->conf.currency);
	if (rc == 0)
		*plan = body.plan;
	return rc;
}

/* ---- a plan that goes ---- */

static void
meters_write(struct bh_write *write, const struct billing_plan *plan, bool of_units)
{
	bh_write_object(write);
	for (size_t i = 0; i < plan->n_meters; i++) {
		const struct billing_plan_meter *row = &plan->meters[i];
		char rate[64];

		if (of_units && row->included > 0)
			bh_write_pair_int(write, meter_name(row->meter), row->included);
		if (!of_units && row->overage >= 0) {
			billing_rate_write(row->overage, rate);
			bh_write_pair_text(write, meter_name(row->meter), rate);
		}
	}
	bh_write_end(write);
}

static const char *
meters_text(struct bh_arena *arena, const struct billing_plan *plan, bool of_units)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};

	meters_write(&write, plan, of_units);
	return bh_arena_copy(arena, text.data, text.len);
}

#define AT(member) offsetof(struct billing_plan_shown, member)

const struct bh_field billing_plan_fields[BILLING_PLAN_FIELDS] = {
	{"id", BH_FIELD_ID, AT(plan.id)},
	{"object", BH_FIELD_CONST, .words = "plan"},
	{"name", BH_FIELD_TEXT, AT(plan.name)},
	{"version", BH_FIELD_INT, AT(plan.version)},
	{"interval", BH_FIELD_TEXT, AT(plan.span)},
	{"price", BH_FIELD_MONEY, AT(plan.price)},
	{"currency", BH_FIELD_TEXT, AT(plan.currency)},
	{"billing", BH_FIELD_TEXT, AT(plan.billing)},
	{"credit", BH_FIELD_MONEY, AT(plan.credit)},
	{"trial_days", BH_FIELD_INT, AT(plan.trial_days)},
	{"seats", BH_FIELD_INT, AT(plan.seats)},
	{"requests_per_minute", BH_FIELD_INT, AT(plan.requests_per_minute)},
	{"concurrency", BH_FIELD_INT, AT(plan.concurrency)},
	{"tokens_per_minute", BH_FIELD_INT, AT(plan.tokens_per_minute)},
	{"public", BH_FIELD_BOOL, AT(plan.is_public)},
	{"included", BH_FIELD_JSON, AT(included)},
	{"overage", BH_FIELD_JSON, AT(overage)},
	{"entitlements", BH_FIELD_WORDS, AT(plan.entitlements)},
	{"created_at", BH_FIELD_TIME, AT(plan.created_ms)},
	{"archived_at", BH_FIELD_TIME, AT(plan.archived_ms), BH_NULLABLE},
};

#undef AT

const struct bh_shape billing_plan_shape = BH_SHAPE("Plan", struct billing_plan_shown,
	billing_plan_fields);

struct billing_plan_shown
billing_plan_show(struct bh_arena *arena, const struct billing_plan *plan)
{
	return (struct billing_plan_shown){*plan, meters_text(arena, plan, true),
		meters_text(arena, plan, false)};
}

static int
reply_plan(struct bh_request *req, int status, const struct bh_uuid *id)
{
	struct billing_plan_shown shown;
	struct billing_plan plan = {0};
	int rc = billing_store_plan_get(req->db, id, NULL, &plan);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_text(&req->audit, "plan", plan.name);
	bh_audit_int(&req->audit, "plan_version", plan.version);
	shown = billing_plan_show(req->arena, &plan);
	return bh_reply_object(req, status, &billing_plan_shape, &shown);
}

/* ---- routes ---- */

BH_MUST_CHECK static int
add_work(struct bh_db *tx, void *ctx)
{
	return billing_store_plan_add(tx, ctx);
}

/* POST /api/plans */
int
billing_http_plan_create(struct bh_request *req)
{
	const struct billing *billing = req->service;
	struct billing_plan plan = {
		.id = bh_uuid_new(),
		.version = 1,
		.span = "month",
		.currency = billing->conf.currency,
		.billing = "arrears",
		.entitlements = "*",
	};
	int rc = bh_request_json(req);

	if (rc == 0)
		rc = body_read(req, &plan);
	if (rc == 0)
		rc = bh_tx_run(req->db, add_work, &plan);
	if (rc == BH_E_CONFLICT)
		rc = bh_error_param(BH_E_EXISTS, "name", "A plan with this name already exists.");
	return rc < 0 ? bh_reply_error(req, rc, NULL) : reply_plan(req, 201, &plan.id);
}

/* GET /api/plans?name= */
int
billing_http_plan_list(struct bh_request *req)
{
	struct billing_plan_shown *shown;
	struct billing_plan *plans = NULL;
	const char *name = NULL;
	size_t n = 0;
	int rc = bh_request_query_text(req, "name", &name);

	if (rc == 0)
		rc = billing_store_plan_list(req->db, name, &plans, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown = bh_arena_array(req->arena, n + 1, sizeof(*shown));
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = billing_store_plan_version(req->db, &plans[i].id, plans[i].version, &plans[i]);
		shown[i] = billing_plan_show(req->arena, &plans[i]);
	}
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_list(req, &billing_plan_shape, shown, n);
}

/* GET /api/billing/plans: those that the caller's tenant may choose itself. */
int
billing_http_plan_offered(struct bh_request *req)
{
	struct billing_plan_shown *shown;
	struct billing_plan *plans = NULL;
	size_t n = 0, offered = 0;
	int rc = billing_store_plan_list(req->db, NULL, &plans, &n);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown = bh_arena_array(req->arena, n + 1, sizeof(*shown));
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (!plans[i].is_public || plans[i].archived_ms != 0)
			continue;
		rc = billing_store_plan_version(req->db, &plans[i].id, plans[i].version, &plans[i]);
		shown[offered++] = billing_plan_show(req->arena, &plans[i]);
	}
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_list(req, &billing_plan_shape, shown, offered);
}

/* GET /api/plans/{plan}?version= */
int
billing_http_plan_get(struct bh_request *req)
{
	struct billing_plan_shown shown;
	struct billing_plan plan = {0};
	struct bh_uuid id;
	int64_t version = 0;
	int rc = bh_request_uuid(req, "plan", &id);

	if (rc == 0)
		rc = bh_request_query_int(req, "version", 1, INT64_MAX, &version);
	if (rc == 0 && version != 0)
		rc = billing_store_plan_version(req->db, &id, version, &plan);
	else if (rc == 0)
		rc = billing_store_plan_get(req->db, &id, NULL, &plan);
	if (rc < 0)
		return bh_reply_error(req, rc, "plan");
	shown = billing_plan_show(req->arena, &plan);
	return bh_reply_object(req, 200, &billing_plan_shape, &shown);
}

struct revising {
	struct bh_request *req;
	struct bh_uuid id;
};

/* The body is read over the newest version, whose lock makes two revisions follow each other. */
BH_MUST_CHECK static int
revise_work(struct bh_db *tx, void *ctx)
{
	const struct revising *revising = ctx;
	struct billing_plan plan = {0};
	const char *name;
	int rc = billing_store_plan_lock(tx, &revising->id);

	if (rc == 0)
		rc = billing_store_plan_get(tx, &revising->id, NULL, &plan);
	if (rc < 0)
		return rc;
	if (plan.archived_ms != 0)
		return bh_error(BH_E_STATE, "The plan is archived.");
	name = plan.name;
	rc = body_read(revising->req, &plan);
	if (rc == 0 && strcmp(plan.name, name) != 0)
		rc = bh_error_param(BH_E_INVALID, "name", "The name of a plan cannot be changed.");
	plan.version++;
	return rc < 0 ? rc : billing_store_plan_revise(tx, &plan);
}

/* POST /api/plans/{plan}/revise: what is not named stays as it is. */
int
billing_http_plan_revise(struct bh_request *req)
{
	struct revising revising = {.req = req};
	int rc = bh_request_uuid(req, "plan", &revising.id);

	if (rc == 0)
		rc = bh_request_json(req);
	if (rc == 0)
		rc = bh_tx_run(req->db, revise_work, &revising);
	if (rc == BH_E_NOT_FOUND)
		return bh_reply_error(req, rc, "plan");
	return rc < 0 ? bh_reply_error(req, rc, NULL) : reply_plan(req, 200, &revising.id);
}

/* DELETE /api/plans/{plan}: whoever has it keeps it. */
int
billing_http_plan_archive(struct bh_request *req)
{
	struct bh_uuid id;
	int rc = bh_request_uuid(req, "plan", &id);

	if (rc == 0)
		rc = billing_store_plan_archive(req->db, &id);
	return rc < 0 ? bh_reply_error(req, rc, "plan") : reply_plan(req, 200, &id);
}
