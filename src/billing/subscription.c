/* SPDX-License-Identifier: Apache-2.0 */
/* subscription.c: the steps of a subscription. */
#include "billing/subscription.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "billing/calendar.h"
#include "billing/entitle.h"
#include "billing/period.h"
#include "billing/store_plan.h"
#include "billing/store_subscription.h"
#include "billing/subscription_period.h"
#include "queue/queue.h"

#define DAY_MS INT64_C(86400000)

static bool
is(const struct billing_moving *m, const char *state)
{
	return strcmp(m->s.state, state) == 0;
}

/* Neither paused nor suspended: periods follow each other. */
static bool
goes_on(const struct billing_moving *m)
{
	return is(m, "trialing") || is(m, "active") || is(m, "past_due");
}

/* The next period counted from the anchor, from where the last one ended. */
static void
span_next(struct billing_moving *m, int64_t from_ms)
{
	int64_t months = billing_plan_months(&m->plan);

	m->s.spans++;
	m->s.number++;
	m->s.from_ms = from_ms;
	m->s.until_ms = billing_calendar_add(m->s.anchor_ms, (m->s.spans + 1) * months);
}

/* Periods are counted from another moment now. */
static void
anchor_set(struct billing_moving *m, int64_t at_ms)
{
	m->s.anchor_ms = at_ms;
	m->s.spans = -1;
}

/* What tokens, prices and workers see of it; last in each step. */
BH_MUST_CHECK static int
settle(struct billing_moving *m)
{
	bool over = is(m, "canceled");
	const struct bh_job_new job = {
		.id = bh_uuid_new(),
		.queue = BILLING_QUEUE,
		.kind = BILLING_JOB_ROLLOVER,
		.subject = m->s.id,
		.payload = "{}",
		.due_ms = m->s.until_ms,
		.background = true,
	};
	int rc = billing_store_subscription_set(m->tx, m->tenant, &m->s);

	if (rc == 0)
		rc = billing_store_rates_set(m->tx, m->tenant, over ? NULL : &m->plan);
	if (rc == 0)
		rc = billing_store_prepaid_set(m->tx, m->tenant,
			!over && billing_plan_is_prepaid(&m->plan));
	if (rc == 0)
		rc = billing_entitle_set(m->tx, m->tenant, &m->plan, m->s.state);
	return rc < 0 || m->s.closed ? rc : bh_job_add(m->tx, m->tenant, &job);
}

BH_MUST_CHECK static int
plan_load(struct billing_moving *m)
{
	return billing_store_plan_version(m->tx, &m->s.plan, m->s.plan_version, &m->plan);
}

/* The plan that was to come has come. */
BH_MUST_CHECK static int
plan_next(struct billing_moving *m)
{
	int64_t months = billing_plan_months(&m->plan);
	int rc;

	if (bh_uuid_is_zero(&m->s.next_plan))
		return 0;
	m->s.plan = m->s.next_plan;
	m->s.plan_version = m->s.next_version;
	m->s.next_plan = (struct bh_uuid){0};
	m->s.next_version = 0;
	rc = plan_load(m);
	if (rc == 0 && billing_plan_months(&m->plan) != months)
		anchor_set(m, m->s.until_ms);
	return rc;
}

/* One period that has ended, and the next where there is one. */
BH_MUST_CHECK static int
roll_one(struct billing_moving *m)
{
	int64_t until_ms = m->s.until_ms;
	bool last = m->s.cancel_at_end || !goes_on(m);
	int rc = billing_period_close(m, until_ms, last);

	if (rc < 0)
		return rc;
	if (m->s.cancel_at_end) {
		m->s.state = "canceled";
		m->s.cancel_at_end = false;
		m->s.canceled_ms = until_ms;
	}
	if (last)
		return 0;
	if (is(m, "trialing"))
		m->s.state = "active";
	rc = plan_next(m);
	if (rc < 0)
		return rc;
	span_next(m, until_ms);
	return billing_period_open(m);
}

/* Locks it and brings it up to now. A clock that was set back stands still until it comes to where the plan last
 * changed: no time is charged twice. */
BH_MUST_CHECK static int
moving_open(struct bh_db *tx, const struct bh_uuid *tenant, int64_t now_ms,
	struct billing_moving *out)
{
	int rc;

	*out = (struct billing_moving){.tx = tx, .tenant = tenant, .now_ms = now_ms};
	rc = billing_store_subscription_lock(tx, tenant, &out->s);
	if (rc == 0)
		rc = plan_load(out);
	while (rc == 0 && !out->s.closed && !is(out, "canceled") && out->s.until_ms <= now_ms)
		rc = roll_one(out);
	if (rc == 0 && out->now_ms < out->s.segment_ms)
		out->now_ms = out->s.segment_ms;
	return rc;
}

/* ---- steps ---- */

/* A subscription as it begins: with its trial, which is period 0, or with its first period. */
static void
begin(struct billing_moving *m, bool trial)
{
	int64_t begins_ms = trial ? m->now_ms + m->plan.trial_days * DAY_MS : m->now_ms;

	m->s = (struct billing_subscription){
		.id = bh_uuid_new(),
		.plan = m->plan.id,
		.plan_version = m->plan.version,
		.state = trial ? "trialing" : "active",
		.started_ms = m->now_ms,
		.anchor_ms = begins_ms,
		.spans = -1,
		.trial_until_ms = trial ? begins_ms : 0,
		.number = trial ? 0 : -1,
		.from_ms = m->now_ms,
		.until_ms = begins_ms,
		.segment_ms = m->now_ms,
	};
	if (!trial)
		span_next(m, m->now_ms);
}

int
billing_subscription_start(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_plan *plan, bool with_trial, int64_t now_ms,
	struct billing_subscription *out)
{
	struct billing_moving m = {.tx = tx, .tenant = tenant, .now_ms = now_ms, .plan = *plan};
	bool tried = false;
	int rc;

	if (plan->archived_ms != 0)
		return bh_error_param(BH_E_INVALID, "plan", "The plan is archived.");
	rc = billing_store_subscription_tried(tx, tenant, &tried);
	if (rc < 0)
		return rc;
	begin(&m, with_trial && plan->trial_days > 0 && !tried);
	rc = billing_store_subscription_add(tx, tenant, &m.s);
	if (rc == BH_E_CONFLICT)
		return bh_error(BH_E_EXISTS, "The tenant has a subscription; change or cancel it.");
	if (rc == 0)
		rc = billing_period_open(&m);
	if (rc == 0)
		rc = settle(&m);
	if (rc == 0)
		*out = m.s;
	return rc;
}

/* The period ends now, and the next one, of the other plan, begins. */
BH_MUST_CHECK static int
change_by_period(struct billing_moving *m, const struct billing_plan *plan)
{
	int rc = billing_period_cut(m);

	if (rc < 0)
		return rc;
	m->plan = *plan;
	anchor_set(m, m->now_ms);
	span_next(m, m->now_ms);
	return billing_period_open(m);
}

BH_MUST_CHECK static int
change_now(struct billing_moving *m, const struct billing_plan *plan)
{
	bool fits = billing_plan_months(plan) == billing_plan_months(&m->plan) &&
		strcmp(plan->billing, m->plan.billing) == 0;
	int rc = fits || billing_moving_in_trial(m) ? billing_period_swap(m, plan)
												: change_by_period(m, plan);

	m->s.plan = plan->id;
	m->s.plan_version = plan->version;
	return rc;
}

int
billing_subscription_change(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_plan *plan, bool at_end, int64_t now_ms)
{
	struct billing_moving m;
	bool same;
	int rc = moving_open(tx, tenant, now_ms, &m);

	if (rc < 0)
		return rc;
	if (!goes_on(&m))
		return bh_error(BH_E_STATE, "The subscription is %s.", m.s.state);
	if (plan->archived_ms != 0)
		return bh_error_param(BH_E_INVALID, "plan", "The plan is archived.");
	same = bh_uuid_equal(&plan->id, &m.s.plan) && plan->version == m.s.plan_version;
	m.s.next_plan = (struct bh_uuid){0};
	m.s.next_version = 0;
	if (!same && at_end) {
		m.s.next_plan = plan->id;
		m.s.next_version = plan->version;
		m.s.cancel_at_end = false;
	} else if (!same) {
		rc = change_now(&m, plan);
	}
	return rc < 0 ? rc : settle(&m);
}

int
billing_subscription_pause(struct bh_db *tx, const struct bh_uuid *tenant, int64_t now_ms)
{
	struct billing_moving m;
	int rc = moving_open(tx, tenant, now_ms, &m);

	if (rc < 0)
		return rc;
	if (!goes_on(&m) && !is(&m, "paused"))
		return bh_error(BH_E_STATE, "The subscription is %s.", m.s.state);
	m.s.state = "paused";
	return settle(&m);
}

/* Goes on where it stopped, with a period from now on where none is open. */
BH_MUST_CHECK static int
go_on(struct billing_moving *m, const char *state)
{
	int rc;

	m->s.state = billing_moving_in_trial(m) && !m->s.closed && strcmp(state, "active") == 0
		? "trialing"
		: state;
	if (!m->s.closed)
		return 0;
	rc = plan_next(m);
	if (rc < 0)
		return rc;
	anchor_set(m, m->now_ms);
	span_next(m, m->now_ms);
	return billing_period_open(m);
}

/* A pause lets nobody off what is owed: dunning went on meanwhile, and told it nothing. */
BH_MUST_CHECK static int
unpause(struct billing_moving *m)
{
	const char *owes = "active";
	int rc = billing_store_subscription_owes(m->tx, m->tenant, &owes);

	if (rc < 0)
		return rc;
	if (strcmp(owes, "suspended") != 0)
		return go_on(m, owes);
	m->s.state = owes;
	return 0;
}

int
billing_subscription_resume(struct bh_db *tx, const struct bh_uuid *tenant, int64_t now_ms)
{
	struct billing_moving m;
	int rc = moving_open(tx, tenant, now_ms, &m);

	if (rc < 0)
		return rc;
	if (!goes_on(&m) && !is(&m, "paused"))
		return bh_error(BH_E_STATE, "The subscription is %s.", m.s.state);
	m.s.cancel_at_end = false;
	if (is(&m, "paused"))
		rc = unpause(&m);
	return rc < 0 ? rc : settle(&m);
}

int
billing_subscription_cancel(struct bh_db *tx, const struct bh_uuid *tenant, bool at_end,
	int64_t now_ms)
{
	struct billing_moving m;
	int rc = moving_open(tx, tenant, now_ms, &m);

	if (rc < 0)
		return rc;
	if (is(&m, "canceled"))
		return settle(&m);
	m.s.next_plan = (struct bh_uuid){0};
	m.s.next_version = 0;
	if (at_end && !m.s.closed) {
		m.s.cancel_at_end = true;
		return settle(&m);
	}
	if (!m.s.closed)
		rc = billing_period_close(&m, m.now_ms, true);
	m.s.state = "canceled";
	m.s.cancel_at_end = false;
	m.s.canceled_ms = m.now_ms;
	return rc < 0 ? rc : settle(&m);
}

int
billing_subscription_roll(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *subscription, int64_t now_ms, int64_t *out_due_ms)
{
	struct billing_moving m;
	int64_t number;
	int rc = billing_store_subscription_lock(tx, tenant, &m.s);

	*out_due_ms = 0;
	if (rc == BH_E_NOT_FOUND || (rc == 0 && !bh_uuid_equal(&m.s.id, subscription)))
		return 0;
	number = m.s.number;
	if (rc == 0)
		rc = moving_open(tx, tenant, now_ms, &m);
	/* Too early, as after a clock that was set back: nothing is written. */
	if (rc == 0 && (m.s.number != number || m.s.closed))
		rc = settle(&m);
	if (rc == 0 && !m.s.closed)
		*out_due_ms = m.s.until_ms;
	return rc;
}

int
billing_subscription_dun(struct bh_db *tx, const struct bh_uuid *tenant, const char *state)
{
	struct billing_moving m = {.tx = tx, .tenant = tenant, .now_ms = bh_clock_wall_ms()};
	int rc = billing_store_subscription_lock(tx, tenant, &m.s);

	if (rc == BH_E_NOT_FOUND)
		return 0;
	/* Periods are closed by their own job: no invoice is made while one is told of. */
	if (rc == 0)
		rc = plan_load(&m);
	if (rc < 0 || is(&m, "paused") || is(&m, "canceled"))
		return rc;
	if (strcmp(state, "suspended") == 0)
		m.s.state = "suspended";
	else
		rc = go_on(&m, strcmp(state, "active") == 0 ? "active" : "past_due");
	return rc < 0 ? rc : settle(&m);
}
