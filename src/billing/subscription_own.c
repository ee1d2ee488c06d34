/* SPDX-License-Identifier: Apache-2.0 */
/* subscription_own.c: the rules for a tenant that moves its own subscription. */
#include "billing/subscription_own.h"

#include <string.h>

#include "base/error.h"
#include "billing/plan.h"
#include "billing/store_plan.h"
#include "billing/store_subscription.h"
#include "billing/subscription.h"

struct own {
	struct billing_subscription s;
	struct billing_plan plan;
};

BH_MUST_CHECK static int
public_check(struct bh_db *tx, const struct bh_uuid *id, int64_t version, struct billing_plan *out)
{
	int rc = billing_store_plan_version(tx, id, version, out);

	return rc == 0 && !out->is_public
		? bh_error(BH_E_STATE, "This plan was agreed with the operator, who changes it.")
		: rc;
}

/* Whether it is the tenant's to move. */
BH_MUST_CHECK static int
own_check(struct bh_db *db, struct own *own)
{
	struct billing_plan next;
	int rc = public_check(db, &own->s.plan, own->s.plan_version, &own->plan);

	if (rc == 0 && !bh_uuid_is_zero(&own->s.next_plan))
		rc = public_check(db, &own->s.next_plan, own->s.next_version, &next);
	if (rc == 0 && strcmp(own->s.state, "paused") == 0)
		rc = bh_error(BH_E_STATE, "The subscription was paused by the operator.");
	return rc;
}

/* Locked, and as it is now: what is compared with is the plan of the period that goes on, however late its roll. */
BH_MUST_CHECK static int
own_open(struct bh_db *tx, const struct bh_uuid *tenant, int64_t now_ms, struct own *out)
{
	int64_t due_ms;
	int rc = billing_store_subscription_lock(tx, tenant, &out->s);

	if (rc == 0)
		rc = billing_subscription_roll(tx, tenant, &out->s.id, now_ms, &due_ms);
	if (rc == 0)
		rc = billing_store_subscription_lock(tx, tenant, &out->s);
	return rc < 0 ? rc : own_check(tx, out);
}

int
billing_subscription_own_check(struct bh_db *db, const struct bh_uuid *tenant)
{
	struct own own;
	int rc = billing_store_subscription_get(db, tenant, &own.s);

	if (rc == BH_E_NOT_FOUND || (rc == 0 && strcmp(own.s.state, "canceled") == 0))
		return 0;
	return rc < 0 ? rc : own_check(db, &own);
}

/* One that is not public answers like one that is not there. */
BH_MUST_CHECK static int
plan_find(struct bh_db *tx, const struct own *own, const char *name, struct billing_plan *out)
{
	int rc;

	if (strcmp(own->plan.name, name) == 0) {
		*out = own->plan;
		out->archived_ms = 0; /* whoever has it keeps it */
		return 0;
	}
	rc = billing_store_plan_get(tx, NULL, name, out);
	if (rc == BH_E_NOT_FOUND || (rc == 0 && (out->archived_ms != 0 || !out->is_public)))
		return bh_error_param(BH_E_INVALID, "plan", "There is no such plan.");
	return rc;
}

BH_MUST_CHECK static int
now_check(const struct own *own, const struct billing_plan *plan)
{
	bool fits = billing_plan_months(plan) == billing_plan_months(&own->plan) &&
		billing_plan_is_prepaid(plan) == billing_plan_is_prepaid(&own->plan);

	if (strcmp(own->s.state, "past_due") == 0)
		return bh_error(BH_E_STATE,
			"An invoice is past due; a plan can begin now when it is paid.");
	if (bh_uuid_equal(&plan->id, &own->plan.id) || (fits && plan->price > own->plan.price))
		return 0;
	return bh_error_param(BH_E_INVALID, "when",
		"Only a plan that costs more, with the same interval and way of billing, can begin now; "
		"this one begins with the next period.");
}

int
billing_subscription_own_change(struct bh_db *tx, const struct bh_uuid *tenant, const char *plan,
	bool at_end, int64_t now_ms)
{
	struct billing_plan next;
	struct own own;
	int rc = own_open(tx, tenant, now_ms, &own);

	if (rc == 0)
		rc = plan_find(tx, &own, plan, &next);
	if (rc == 0 && !at_end)
		rc = now_check(&own, &next);
	return rc < 0 ? rc : billing_subscription_change(tx, tenant, &next, at_end, now_ms);
}

int
billing_subscription_own_cancel(struct bh_db *tx, const struct bh_uuid *tenant, int64_t now_ms)
{
	struct own own;
	int rc = own_open(tx, tenant, now_ms, &own);

	return rc < 0 ? rc : billing_subscription_cancel(tx, tenant, true, now_ms);
}

int
billing_subscription_own_resume(struct bh_db *tx, const struct bh_uuid *tenant, int64_t now_ms)
{
	struct own own;
	int rc = own_open(tx, tenant, now_ms, &own);

	return rc < 0 ? rc : billing_subscription_resume(tx, tenant, now_ms);
}
