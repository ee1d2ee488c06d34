/* SPDX-License-Identifier: Apache-2.0 */
/* budget.c: what a budget may be. */
#include "billing/budget.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

const char *
billing_owner_kind(const char *text)
{
	static const char *const kinds[] = {"tenant", "team", "user", "key"};

	for (size_t i = 0; i < BH_COUNT(kinds); i++) {
		if (strcmp(kinds[i], text) == 0)
			return kinds[i];
	}
	return NULL;
}

static int
order(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

static int
check_amount(const char *name, bool sets, int64_t nanos)
{
	if (sets && nanos > BILLING_BUDGET_MAX)
		return bh_error_param(BH_E_RANGE, name, "'%s' must be at most 1000000000.", name);
	return 0;
}

int
billing_budget_check(struct billing_budget_change *change)
{
	int rc = check_amount("day", change->sets_day, change->day);

	if (rc == 0)
		rc = check_amount("month", change->sets_month, change->month);
	if (rc == 0)
		rc = check_amount("total", change->sets_total, change->total);
	if (rc < 0)
		return rc;
	if (change->n_thresholds > 0)
		qsort(change->thresholds, change->n_thresholds, sizeof(*change->thresholds), order);
	for (size_t i = 1; i < change->n_thresholds; i++) {
		if (change->thresholds[i] == change->thresholds[i - 1])
			return bh_error_param(BH_E_INVALID, "thresholds", "'thresholds' must differ.");
	}
	if (!change->sets_day && !change->sets_month && !change->sets_total &&
		change->thresholds == NULL)
		return BH_E_EMPTY;
	return 0;
}
