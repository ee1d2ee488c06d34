/* SPDX-License-Identifier: Apache-2.0 */
/* plan.h: what a version of a plan offers, and whether it may. */
#ifndef BH_BILLING_PLAN_H
#define BH_BILLING_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/uuid.h"

struct bh_json;

/* A fund each at most, for which a tenant always has room beside its credits. */
#define BILLING_PLAN_METERS 32

struct billing_plan_meter {
	int64_t meter;    /* src/meter/unit.h */
	int64_t included; /* units a period; 0: none */
	int64_t overage;  /* nano-units per million units beyond those; -1: as the model costs */
};

struct billing_plan {
	struct bh_uuid id;
	const char *name;
	int64_t version;
	int64_t rate_version; /* names its rates among those of all plans; given with the row */
	const char *span;     /* "month", "year" */
	int64_t price;        /* nano-units, as all amounts here */
	const char *currency;
	const char *billing; /* "arrears", "prepaid" */
	int64_t credit;
	int64_t trial_days;
	int64_t seats, requests_per_minute, concurrency, tokens_per_minute; /* 0: no limit */
	bool is_public;           /* tenants may choose it themselves */
	const char *entitlements; /* words divided by blanks */
	int64_t created_ms, archived_ms;
	struct billing_plan_meter *meters; /* borrowed: of an arena; by number */
	size_t n_meters;
};

/* How many months a period has. */
int64_t billing_plan_months(const struct billing_plan *plan);
bool billing_plan_is_prepaid(const struct billing_plan *plan);

/* Reads {"chat.output_tokens": 2000000} and {"chat.output_tokens": "0.60/million"} into the plan's meters;
 * NULL leaves what the plan has. BH_E_INVALID, BH_E_TYPE, BH_E_RANGE name the member. */
BH_MUST_CHECK int billing_plan_meters_read(struct bh_arena *arena, const struct bh_json *included,
	const struct bh_json *overage, struct billing_plan *plan);

/* Reads ["chat", "model:small"] into the words; NULL leaves them. */
BH_MUST_CHECK int billing_plan_entitlements_read(struct bh_arena *arena, const struct bh_json *list,
	struct billing_plan *plan);

/* Whether name, currency and amounts may be. `currency` is the installation's. */
BH_MUST_CHECK int billing_plan_check(const struct billing_plan *plan, const char *currency);

#endif
