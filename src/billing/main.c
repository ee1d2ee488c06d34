/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: the billing service: what tenants have, owe and are sent. */
#include "billing/billing.h"
#include "service/runtime.h"

static const struct bh_setting settings[] = {
	BH_TEXT("currency", "EUR", struct billing, conf.currency,
		"Currency of all prices, budgets and invoices (ISO 4217)."),
};

static int
billing_open(struct bh_runtime *runtime, void *state)
{
	struct billing *billing = state;

	billing->runtime = runtime;
	return 0;
}

static const struct bh_scope scopes[] = {
	{"billing:read", BH_ROLE_ADMIN},
	{"billing:write", BH_ROLE_OWNER},
	{0},
};

const struct bh_service billing_service = {
	.name = "billing",
	.settings = BH_LIST(settings),
	.routes = billing_routes,
	.scopes = scopes,
	.state_size = sizeof(struct billing),
	.open = billing_open,
};
