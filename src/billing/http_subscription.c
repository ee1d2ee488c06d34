/* SPDX-License-Identifier: Apache-2.0 */
/* http_subscription.c: a tenant reads and moves its subscription, the operator moves any. */
#include <string.h>

#include "base/clock.h"
#include "billing/billing.h"
#include "billing/entitle.h"
#include "billing/http.h"
#include "billing/period.h"
#include "billing/store_plan.h"
#include "billing/store_subscription.h"
#include "billing/subscription.h"
#include "billing/subscription_own.h"
#include "service/list.h"
#include "service/request.h"

#define PREFIX "sub_"

/* ---- as it goes ---- */

struct shown {
	struct billing_subscription s;
	struct billing_plan_shown plan;
	const char *next_plan;
	struct billing_period_line *lines;
	size_t n_lines;
};

#define AT(member) offsetof(struct billing_period_line, member)

static const struct bh_field line_fields[] = {
	{"kind", BH_FIELD_ENUM, AT(kind), .words = "base credit"},
	{"plan", BH_FIELD_TEXT, AT(plan)},
	{"plan_version", BH_FIELD_INT, AT(plan_version)},
	{"from", BH_FIELD_TIME, AT(from_ms)},
	{"until", BH_FIELD_TIME, AT(until_ms)},
	{"amount", BH_FIELD_MONEY, AT(nanos)},
};

#undef AT
#define AT(member) offsetof(struct shown, member)

static const struct bh_field line_element = {"", BH_FIELD_OBJECT, BH_FIELDS(line_fields)};

static const struct bh_field subscription_fields[] = {
	{"id", BH_FIELD_ID, AT(s.id), .words = PREFIX},
	{"object", BH_FIELD_CONST, .words = "subscription"},
	{"state", BH_FIELD_TEXT, AT(s.state)},
	{"plan", BH_FIELD_OBJECT, AT(plan), BH_FIELDS(billing_plan_fields)},
	{"started_at", BH_FIELD_TIME, AT(s.started_ms)},
	{"trial_until", BH_FIELD_TIME, AT(s.trial_until_ms), BH_NULLABLE},
	{"period", BH_FIELD_INT, AT(s.number)},
	{"period_from", BH_FIELD_TIME, AT(s.from_ms)},
	{"period_until", BH_FIELD_TIME, AT(s.until_ms)},
	{"period_lines", BH_FIELD_ARRAY, AT(lines),
		BH_ELEMENTS(struct shown, lines, n_lines, &line_element)},
	{"next_plan", BH_FIELD_TEXT, AT(next_plan), BH_NULLABLE},
	{"next_plan_version", BH_FIELD_INT, AT(s.next_version)},
	{"cancel_at_period_end", BH_FIELD_BOOL, AT(s.cancel_at_end)},
	{"canceled_at", BH_FIELD_TIME, AT(s.canceled_ms), BH_NULLABLE},
};

#undef AT

const struct bh_shape billing_subscription_shape = BH_SHAPE("Subscription", struct shown,
	subscription_fields);

BH_MUST_CHECK static int
show(struct bh_request *req, const struct billing_subscription *s, struct shown *out)
{
	struct billing_plan plan = {0}, next = {0};
	int rc = billing_store_plan_version(req->target_db, &s->plan, s->plan_version, &plan);

	*out = (struct shown){.s = *s};
	if (rc == 0 && !bh_uuid_is_zero(&s->next_plan))
		rc = billing_store_plan_version(req->target_db, &s->next_plan, s->next_version, &next);
	if (rc == 0)
		rc = billing_store_period_line_list(req->target_db, &req->target, &s->id, s->number,
			&out->lines, &out->n_lines);
	if (rc < 0)
		return rc;
	out->plan = billing_plan_show(req->arena, &plan);
	out->next_plan = next.name;
	return 0;
}

static int
reply_subscription(struct bh_request *req, int status)
{
	struct billing_subscription s;
	struct shown shown;
	int rc = billing_store_subscription_get(req->target_db, &req->target, &s);

	if (rc == BH_E_NOT_FOUND)
		rc = bh_error(rc, "The tenant has no subscription.");
	if (rc == 0)
		rc = show(req, &s, &shown);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_object(req, status, &billing_subscription_shape, &shown);
}

/* GET /api/billing/subscription, GET /api/tenants/{tenant}/subscription */
int
billing_http_subscription_get(struct bh_request *req)
{
	return reply_subscription(req, 200);
}

/* GET /api/tenants/{tenant}/subscriptions: also those that were canceled. */
int
billing_http_subscription_list(struct bh_request *req)
{
	struct billing_subscription *list = NULL;
	struct shown *shown;
	size_t n = 0;
	int rc = billing_store_subscription_list(req->target_db, &req->target, &list, &n);

	shown = bh_arena_array(req->arena, n + 1, sizeof(*shown));
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = show(req, &list[i], &shown[i]);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_list(req, &billing_subscription_shape, shown, n);
}

/* ---- steps ---- */

struct step_body {
	const char *plan;
	int64_t version;
	bool trial;
	int when;
	const char *own_when;
};

#define AT(member) offsetof(struct step_body, member)

static const struct bh_field start_fields[] = {
	{"plan", BH_FIELD_TEXT, AT(plan), BH_REQUIRED, 1, 64},
	{"version", BH_FIELD_INT, AT(version), 0, 1, 1000000000},
	{"trial", BH_FIELD_BOOL, AT(trial)},
};

static const struct bh_field change_fields[] = {
	{"plan", BH_FIELD_TEXT, AT(plan), BH_REQUIRED, 1, 64},
	{"version", BH_FIELD_INT, AT(version), 0, 1, 1000000000},
	{"when", BH_FIELD_ENUM, AT(when), .words = "now period_end"},
};

static const struct bh_field own_fields[] = {
	{"plan", BH_FIELD_TEXT, AT(plan), BH_REQUIRED, 1, 31},
	{"when", BH_FIELD_CHOICE, AT(own_when), .words = "now period_end"},
};

static const struct bh_field cancel_fields[] = {
	{"when", BH_FIELD_ENUM, AT(when), .words = "now period_end"},
};

#undef AT

const struct bh_shape billing_subscription_start_shape = BH_SHAPE("SubscriptionStart",
	struct step_body, start_fields);
const struct bh_shape billing_subscription_change_shape = BH_SHAPE("SubscriptionChange",
	struct step_body, change_fields);
const struct bh_shape billing_subscription_cancel_shape = BH_SHAPE("SubscriptionCancel",
	struct step_body, cancel_fields);
const struct bh_shape billing_subscription_own_shape = BH_SHAPE("SubscriptionOwnChange",
	struct step_body, own_fields);

enum step { START, CHANGE, PAUSE, RESUME, CANCEL, OWN_CHANGE, OWN_RESUME, OWN_CANCEL };

struct stepping {
	enum step step;
	const struct bh_uuid *tenant;
	const struct step_body *body;
	int64_t now_ms;
	struct billing_subscription started;
};

/* A plan by name or id, its newest version unless another is asked for. */
BH_MUST_CHECK static int
plan_find(struct bh_db *tx, const struct step_body *body, struct billing_plan *out)
{
	struct bh_uuid id;
	bool by_id = bh_uuid_parse(body->plan, &id) == 0;
	int rc = billing_store_plan_get(tx, by_id ? &id : NULL, by_id ? NULL : body->plan, out);

	if (rc == BH_E_NOT_FOUND)
		return bh_error_param(BH_E_INVALID, "plan", "There is no plan '%.64s'.", body->plan);
	if (rc < 0 || body->version == 0 || body->version == out->version)
		return rc;
	rc = billing_store_plan_version(tx, &out->id, body->version, out);
	return rc == BH_E_NOT_FOUND ? bh_error_param(BH_E_INVALID, "version",
									  "The plan has no version %lld.", (long long)body->version)
								: rc;
}

BH_MUST_CHECK static int
step_work(struct bh_db *tx, void *ctx)
{
	struct stepping *step = ctx;
	const struct step_body *body = step->body;
	struct billing_plan plan = {0};
	int rc = step->step <= CHANGE ? plan_find(tx, body, &plan) : 0;

	if (rc < 0)
		return rc;
	switch (step->step) {
	case START:
		return billing_subscription_start(tx, step->tenant, &plan, body->trial, step->now_ms,
			&step->started);
	case CHANGE:
		return billing_subscription_change(tx, step->tenant, &plan, body->when == 1, step->now_ms);
	case PAUSE:
		return billing_subscription_pause(tx, step->tenant, step->now_ms);
	case RESUME:
		return billing_subscription_resume(tx, step->tenant, step->now_ms);
	case OWN_CHANGE:
		return billing_subscription_own_change(tx, step->tenant, body->plan,
			strcmp(body->own_when, "period_end") == 0, step->now_ms);
	case OWN_RESUME:
		return billing_subscription_own_resume(tx, step->tenant, step->now_ms);
	case OWN_CANCEL:
		return billing_subscription_own_cancel(tx, step->tenant, step->now_ms);
	default:
		return billing_subscription_cancel(tx, step->tenant, body->when == 1, step->now_ms);
	}
}

static int
take_step(struct bh_request *req, enum step step, const struct bh_shape *shape)
{
	/* An owner's change waits for the period's end unless it says otherwise. */
	struct step_body body = {.trial = true, .own_when = "period_end"};
	struct stepping stepping = {.step = step,
		.tenant = &req->target,
		.body = &body,
		.now_ms = bh_clock_wall_ms()};
	int rc = shape != NULL ? bh_request_object(req, shape, &body) : 0;

	if (rc == 0 && bh_uuid_equal(&req->target, &bh_platform_tenant))
		rc = bh_error(BH_E_STATE, "The platform tenant has no subscription.");
	if (rc == 0)
		rc = bh_tx_run(req->target_db, step_work, &stepping);
	if (rc == BH_E_NOT_FOUND)
		rc = bh_error(rc, "The tenant has no subscription.");
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (body.plan != NULL)
		bh_audit_text(&req->audit, "plan", body.plan);
	billing_entitle_tell(req->runtime, req->arena, &req->target, req->request_id);
	return reply_subscription(req, step == START ? 201 : 200);
}

/* POST /api/tenants/{tenant}/subscription */
int
billing_http_subscription_start(struct bh_request *req)
{
	return take_step(req, START, &billing_subscription_start_shape);
}

/* POST /api/tenants/{tenant}/subscription/change */
int
billing_http_subscription_change(struct bh_request *req)
{
	return take_step(req, CHANGE, &billing_subscription_change_shape);
}

/* POST /api/tenants/{tenant}/subscription/pause */
int
billing_http_subscription_pause(struct bh_request *req)
{
	return take_step(req, PAUSE, NULL);
}

/* POST /api/tenants/{tenant}/subscription/resume */
int
billing_http_subscription_resume(struct bh_request *req)
{
	return take_step(req, RESUME, NULL);
}

/* POST /api/tenants/{tenant}/subscription/cancel */
int
billing_http_subscription_cancel(struct bh_request *req)
{
	return take_step(req, CANCEL, &billing_subscription_cancel_shape);
}

/* ---- the owner ---- */

/* POST /api/billing/subscription/change */
int
billing_http_subscription_own_change(struct bh_request *req)
{
	return take_step(req, OWN_CHANGE, &billing_subscription_own_shape);
}

/* POST /api/billing/subscription/cancel: at the period's end. */
int
billing_http_subscription_own_cancel(struct bh_request *req)
{
	return take_step(req, OWN_CANCEL, NULL);
}

/* POST /api/billing/subscription/resume: takes back a cancellation that is to come. */
int
billing_http_subscription_own_resume(struct bh_request *req)
{
	return take_step(req, OWN_RESUME, NULL);
}
