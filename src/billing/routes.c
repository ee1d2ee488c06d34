/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c: the one route table of the billing service. */
#include "billing/billing.h"
#include "billing/http.h"

/* clang-format off */
const struct bh_route billing_routes[] = {
	/* method  path                                      scope               limits       audit                      body         ms       handler                            flags                takes gives */
	{"GET",    "/api/billing",                           "billing:read",     "control",   "billing.get",             0,           10000,   billing_http_account_get,          0,                   NULL, &billing_account_shape},

	/* usage and costs, in OpenAI's shapes */
	{"GET",    "/v1/organization/usage/completions",          "usage:read",       "control",   "usage.sums",                0,           10000,   billing_http_usage_sums,           0},
	{"GET",    "/v1/organization/usage/embeddings",           "usage:read",       "control",   "usage.sums",                0,           10000,   billing_http_usage_sums,           0},
	{"GET",    "/v1/organization/usage/moderations",          "usage:read",       "control",   "usage.sums",                0,           10000,   billing_http_usage_sums,           0},
	{"GET",    "/v1/organization/usage/images",               "usage:read",       "control",   "usage.sums",                0,           10000,   billing_http_usage_sums,           0},
	{"GET",    "/v1/organization/usage/audio_speeches",       "usage:read",       "control",   "usage.sums",                0,           10000,   billing_http_usage_sums,           0},
	{"GET",    "/v1/organization/usage/audio_transcriptions", "usage:read",       "control",   "usage.sums",                0,           10000,   billing_http_usage_sums,           0},
	{"GET",    "/v1/organization/usage/vector_stores",        "usage:read",       "control",   "usage.sums",                0,           10000,   billing_http_usage_sums,           0},
	{"GET",    "/v1/organization/usage/code_interpreter_sessions", "usage:read",       "control",   "usage.sums",                0,           10000,   billing_http_usage_sums,           0},
	{"GET",    "/v1/organization/costs",                      "usage:read",       "control",   "usage.sums",                0,           10000,   billing_http_usage_sums,           0},

	/* the operator, through the control socket */
	{"GET",    "/api/tenants/{tenant}/billing",          "operator",         "control",   "tenant.billing.get",      0,           10000,   billing_http_account_get,          BH_ROUTE_INTERNAL | BH_ROUTE_OPERATOR, NULL, &billing_account_shape},
	{"GET",    "/api/tenants/{tenant}/costs",            "operator",         "control",   "tenant.costs.get",        0,           10000,   billing_http_usage_sums,           BH_ROUTE_INTERNAL | BH_ROUTE_OPERATOR},
	{0},
};
/* clang-format on */
