/* SPDX-License-Identifier: Apache-2.0 */
/* billing.h: what the files of the billing service share: its settings and state. */
#ifndef BH_BILLING_BILLING_H
#define BH_BILLING_BILLING_H

#include <stdint.h>

#include "service/service.h"

struct billing_conf {
	const char *currency; /* ISO 4217: of all prices, budgets and invoices */
	int64_t keep_job_s;
};

/* The service's state; conf first, as the skeleton wants it. */
struct billing {
	struct billing_conf conf;
	struct bh_runtime *runtime; /* borrowed */
};

extern const struct bh_route billing_routes[];
extern const struct bh_service billing_service;

#endif
