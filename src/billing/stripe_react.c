/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_react.c: what follows from an event. The object is asked for as it stands now; what is done about it
 * may be done again, in any order. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "billing/billing.h"
#include "billing/dunning.h"
#include "billing/store_plan.h"
#include "billing/store_stripe.h"
#include "billing/store_subscription.h"
#include "billing/stripe.h"
#include "billing/stripe_outbox.h"
#include "billing/stripe_paid.h"
#include "billing/stripe_refund.h"
#include "billing/stripe_webhook.h"
#include "billing/subscription.h"
#include "queue/worker.h"

struct reacting {
	struct stripe *stripe;
	struct bh_job *job;
	const struct bh_uuid *tenant;
	const struct stripe_event *event;
	struct bh_json_doc object; /* owned: as it stands now */
	const char *state, *error; /* what becomes of the event */
	/* of a checkout */
	struct billing_plan plan;
};

static int
get(const struct reacting *reacting, const char *path, struct bh_json_doc *out)
{
	const struct stripe_call call = {.method = "GET", .path = path};

	return stripe_call(reacting->stripe->client, &call, out, NULL);
}

/* The object's id in a path: ids are letters, digits and underscores. */
static const char *
path_of(const struct reacting *reacting, const char *format)
{
	struct bh_buf id = {0};
	const char *path;

	bh_text_url(&id, reacting->event->object);
	path = bh_arena_printf(&reacting->job->arena, "%s%s", format, bh_buf_string(&id));
	bh_buf_close(&id);
	return path;
}

/* ---- checkout ---- */

/* The way to pay becomes the customer's default. */
static int
adopt_payment_method(const struct reacting *reacting, const char *customer)
{
	const struct bh_json *intent = bh_json_get(reacting->object.root, "setup_intent");
	const struct bh_json *method = bh_json_get(intent, "payment_method");
	const char *id = bh_json_string(method);
	BH_AUTO(stripe_form_close) struct stripe_form form = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct stripe_call call = {
		.method = "POST",
		.path = bh_arena_printf(&reacting->job->arena, "/v1/customers/%s", customer),
		.form = &form,
		.idempotency_key = bh_arena_printf(&reacting->job->arena, "bulkhead-%s-method-%s",
			reacting->stripe->tag, reacting->event->object),
	};

	if (id == NULL)
		id = bh_json_get_string(method, "id");
	if (id == NULL)
		return bh_error(BH_E_PROTOCOL, "a completed checkout has no payment method");
	stripe_form_text(&form, "invoice_settings[default_payment_method]", id);
	return stripe_call(reacting->stripe->client, &call, &doc, NULL);
}

/* The plan as it was shown, were it revised or archived since. */
static int
find_plan(struct reacting *reacting)
{
	const struct bh_json *metadata = bh_json_get(reacting->object.root, "metadata");
	const char *id = bh_json_get_string(metadata, "plan_id");
	const char *version = bh_json_get_string(metadata, "plan_version");
	struct bh_uuid plan;
	int64_t number;
	int rc;

	if (id == NULL || version == NULL || bh_uuid_parse(id, &plan) < 0 ||
		bh_text_int(version, 1, INT64_MAX, &number) < 0)
		return BH_E_NOT_FOUND;
	rc = billing_store_plan_version(&reacting->job->db, &plan, number, &reacting->plan);
	reacting->plan.archived_ms = 0;
	return rc == 0 && !reacting->plan.is_public ? BH_E_NOT_FOUND : rc;
}

/* Of both there is one a tenant, which goes on by itself. */
static int
add_report_jobs(struct bh_db *tx, const struct bh_uuid *tenant)
{
	struct bh_job_new job = {
		.id = bh_uuid_new(),
		.queue = BILLING_QUEUE,
		.kind = STRIPE_JOB_REPORT,
		.subject = *tenant,
		.payload = "{}",
		.background = true,
	};
	int rc = bh_job_add(tx, tenant, &job);

	job.id = bh_uuid_new();
	job.kind = STRIPE_JOB_RECONCILE;
	return rc < 0 ? rc : bh_job_add(tx, tenant, &job);
}

/* A change that ends the period waits for its end: one that began another would bring what it includes anew,
 * as often as somebody asks. */
static int
change(struct bh_db *tx, const struct reacting *reacting, const struct billing_subscription *now)
{
	const struct billing_plan *next = &reacting->plan;
	struct billing_plan plan = {0};
	int rc = billing_store_plan_version(tx, &now->plan, now->plan_version, &plan);
	bool fits = rc == 0 && billing_plan_months(&plan) == billing_plan_months(next) &&
		billing_plan_is_prepaid(&plan) == billing_plan_is_prepaid(next);

	return rc < 0
		? rc
		: billing_subscription_change(tx, reacting->tenant, next, !fits, bh_clock_wall_ms());
}

/* The second of two checkouts for the same plan changes nothing; one for another plan changes to it. */
static int
subscribe(struct bh_db *tx, void *ctx)
{
	struct reacting *reacting = ctx;
	const struct bh_uuid *tenant = reacting->tenant;
	int64_t now_ms = bh_clock_wall_ms();
	struct billing_subscription now;
	int rc = billing_store_subscription_lock(tx, tenant, &now);

	if (rc == BH_E_NOT_FOUND)
		rc = billing_subscription_start(tx, tenant, &reacting->plan, true, now_ms, &now);
	else if (rc == 0 &&
		(!bh_uuid_equal(&now.plan, &reacting->plan.id) ||
			now.plan_version != reacting->plan.version))
		rc = change(tx, reacting, &now);
	if (rc == 0)
		rc = stripe_owe_profile(tx, tenant);
	if (rc == 0)
		rc = billing_dunning_update(tx, tenant, reacting->stripe->billing->conf.suspend_days, NULL);
	return rc < 0 ? rc : add_report_jobs(tx, tenant);
}

static int
react_checkout(struct reacting *reacting)
{
	const char *customer = NULL, *status;
	int rc = get(reacting,
		bh_arena_printf(&reacting->job->arena, "%s?expand%%5B%%5D=setup_intent",
			path_of(reacting, "/v1/checkout/sessions/")),
		&reacting->object);

	if (rc < 0)
		return rc;
	status = bh_json_get_string(reacting->object.root, "status");
	if (status == NULL || strcmp(status, "complete") != 0)
		return 0;
	rc = find_plan(reacting);
	if (rc == BH_E_NOT_FOUND) {
		reacting->state = "ignored"; /* of another page */
		return 0;
	}
	if (rc == 0)
		rc = stripe_customer(reacting->stripe, &reacting->job->db, reacting->tenant, &customer);
	if (rc == 0)
		rc = adopt_payment_method(reacting, customer);
	return rc < 0 ? rc : bh_tx_run(&reacting->job->db, subscribe, reacting);
}

/* ---- invoices ---- */

static int
settle(struct bh_db *tx, void *ctx)
{
	struct reacting *reacting = ctx;

	return stripe_paid(tx, reacting->tenant, reacting->object.root, reacting->stripe->billing);
}

/* Nobody paid anything at a mock, unless somebody says so. */
static bool
is_play(struct reacting *reacting)
{
	bool play = reacting->stripe->mock && !reacting->stripe->billing->conf.stripe_mock_pays;

	if (play)
		reacting->state = "ignored";
	return play;
}

static int
react_invoice(struct reacting *reacting)
{
	int rc;

	if (is_play(reacting))
		return 0;
	rc = get(reacting, path_of(reacting, "/v1/invoices/"), &reacting->object);
	return rc < 0 ? rc : bh_tx_run(&reacting->job->db, settle, reacting);
}

/* ---- refunds ---- */

static int
note_refund(struct bh_db *tx, void *ctx)
{
	struct reacting *reacting = ctx;

	return stripe_refund_note(tx, reacting->tenant, reacting->object.root);
}

static int
react_refund(struct reacting *reacting)
{
	int rc;

	if (is_play(reacting))
		return 0;
	rc = get(reacting, path_of(reacting, "/v1/refunds/"), &reacting->object);
	return rc < 0 ? rc : bh_tx_run(&reacting->job->db, note_refund, reacting);
}

static int
note_refunds(struct bh_db *tx, void *ctx)
{
	struct reacting *reacting = ctx;
	const struct bh_json *data = bh_json_get(reacting->object.root, "data");
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < bh_json_count(data); i++)
		rc = stripe_refund_note(tx, reacting->tenant, bh_json_at(data, i));
	return rc;
}

/* A charge does not say which refunds it has. */
static int
react_charge(struct reacting *reacting)
{
	int rc;

	if (is_play(reacting))
		return 0;
	rc = get(reacting, path_of(reacting, "/v1/refunds?limit=100&charge="), &reacting->object);
	return rc < 0 ? rc : bh_tx_run(&reacting->job->db, note_refunds, reacting);
}

static const struct {
	const char *prefix;
	int (*react)(struct reacting *reacting);
} reactions[] = {
	{"checkout.session.completed", react_checkout},
	{"checkout.session.async_payment_succeeded", react_checkout},
	{"invoice.", react_invoice},
	{"refund.", react_refund},
	{"charge.refund", react_charge},
};

static int
react(struct reacting *reacting)
{
	for (size_t i = 0; i < BH_COUNT(reactions); i++) {
		if (bh_text_starts(reacting->event->type, reactions[i].prefix))
			return reactions[i].react(reacting);
	}
	reacting->state = "ignored";
	return 0;
}

/* What will not become right by trying again is kept as failed, and the next event has its turn. */
static int
take(struct stripe *stripe, struct bh_job *job, const struct stripe_event *event)
{
	struct reacting reacting = {
		.stripe = stripe,
		.job = job,
		.tenant = &job->lease.tenant,
		.event = event,
		.state = "done",
	};
	int rc = react(&reacting);

	bh_json_close(&reacting.object);
	if (rc == BH_E_NOT_FOUND || rc == BH_E_INVALID || rc == BH_E_PROTOCOL || rc == BH_E_STATE) {
		reacting.state = "failed";
		reacting.error = bh_arena_printf(&job->arena, "%.400s", bh_error_detail(rc));
		bh_log(BH_LOG_ERROR, "Stripe's event %s (%s): %s", event->id, event->type, reacting.error);
		rc = 0;
	}
	return rc < 0 ? rc
				  : stripe_store_event_end(&job->db, &job->lease.tenant, event->id, reacting.state,
						reacting.error);
}

static int
take_next(struct stripe *stripe, struct bh_job *job, bool *out_found)
{
	struct stripe_event event;
	int rc = stripe_store_event_next(&job->db, &job->lease.tenant, &event, out_found);

	return rc < 0 || !*out_found ? rc : take(stripe, job, &event);
}

static int
look(struct bh_db *tx, const struct bh_uuid *tenant, bool *out_found)
{
	struct stripe_event event;

	return stripe_store_event_next(tx, tenant, &event, out_found);
}

const struct stripe_queue stripe_events = {STRIPE_JOB_EVENT, false, take_next, look};

int
stripe_event_run(struct bh_job *job)
{
	return stripe_drain(job, &stripe_events);
}
