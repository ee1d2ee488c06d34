/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c: the one route table of the billing service. */
#include "billing/billing.h"
#include "billing/http.h"

/* clang-format off */
const struct bh_route billing_routes[] = {
	/* method  path                                      scope               limits       audit                      body         ms       handler                            flags                takes gives */
	{"GET",    "/api/billing",                           "billing:read",     "control",   "billing.get",             0,           10000,   billing_http_account_get,          0,                   NULL, &billing_account_shape},

	/* the operator, through the control socket */
	{"GET",    "/api/tenants/{tenant}/billing",          "operator",         "control",   "tenant.billing.get",      0,           10000,   billing_http_account_get,          BH_ROUTE_INTERNAL | BH_ROUTE_OPERATOR, NULL, &billing_account_shape},
	{0},
};
/* clang-format on */
