/* SPDX-License-Identifier: Apache-2.0 */
/* budget.h: who has a budget, and what can be set of it. */
#ifndef BH_BILLING_BUDGET_H
#define BH_BILLING_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"

/* Whose it is. */
struct billing_owner {
	struct bh_uuid id;
	const char *kind; /* "tenant", "team", "user", "key" */
};

/* NULL for no such kind; else static. */
const char *billing_owner_kind(const char *text);

enum { BILLING_THRESHOLDS_MAX = 10 };

/* Amounts in nano-units. A limit that is not set stays as it is; NONE takes it away. */
#define BILLING_BUDGET_NONE (-1)
#define BILLING_BUDGET_MAX 1000000000000000000
struct billing_budget_change {
	int64_t day, month, total;
	bool sets_day, sets_month, sets_total;
	int64_t *thresholds; /* in percent; NULL: they stay */
	size_t n_thresholds;
};

/* Checks amounts and thresholds, and sorts these. BH_E_RANGE, BH_E_INVALID, BH_E_EMPTY for nothing to
 * change; each but the last names the member. */
BH_MUST_CHECK int billing_budget_check(struct billing_budget_change *change);

#endif
