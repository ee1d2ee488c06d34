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
	/* Stripe: billing's part of it */
	{"POST",   "/webhooks/stripe",                       "none",              "signin",    "stripe.webhook",          512 * BH_KIB, 15000,  billing_http_stripe_webhook,       0},
	{"POST",   "/api/billing/checkout",                  "billing:write",     "control",   "billing.checkout.create", 16 * BH_KIB, 60000,   billing_http_checkout_create,      BH_ROUTE_IDEMPOTENT, &billing_checkout_create, &billing_page_shape},
	{"POST",   "/api/billing/portal",                    "billing:write",     "control",   "billing.portal.create",   16 * BH_KIB, 60000,   billing_http_portal_create,        0,                   &billing_portal_create, &billing_page_shape},

	/* the operator, through the control socket */
	{"GET",    "/api/tenants/{tenant}/billing",          "operator",         "control",   "tenant.billing.get",      0,           10000,   billing_http_account_get,          BH_ROUTE_INTERNAL | BH_ROUTE_OPERATOR, NULL, &billing_account_shape},
	{"GET",    "/api/stripe",                            "operator",          "control",   "stripe.get",              0,           10000,   billing_http_stripe_get,           BH_ROUTE_INTERNAL},
	{"PUT",    "/api/stripe",                            "operator",          "control",   "stripe.connect",          16 * BH_KIB, 60000,   billing_http_stripe_put,           BH_ROUTE_INTERNAL},
	{"DELETE", "/api/stripe",                            "operator",          "control",   "stripe.disconnect",       0,           10000,   billing_http_stripe_delete,        BH_ROUTE_INTERNAL},
	{"GET",    "/api/tenants/{tenant}/stripe/outbox",    "operator",          "control",   "tenant.stripe.outbox",    0,           10000,   billing_http_stripe_outbox,        BH_ROUTE_INTERNAL | BH_ROUTE_OPERATOR},
	{"POST",   "/api/tenants/{tenant}/stripe/retry",     "operator",          "control",   "tenant.stripe.retry",     0,           10000,   billing_http_stripe_retry,         BH_ROUTE_INTERNAL | BH_ROUTE_OPERATOR},
	{0},
};
/* clang-format on */
