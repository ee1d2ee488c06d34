/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c: the one route table of the billing service. */
#include "billing/billing.h"
#include "billing/http.h"

/* clang-format off */
const struct bh_route billing_routes[] = {
	/* method  path                                      scope               limits       audit                      body         ms       handler                            flags                takes gives */
	{"GET",    "/api/billing",                           "billing:read",     "control",   "billing.get",             0,           10000,   billing_http_account_get,          0,                   NULL, &billing_account_shape},
	{"GET",    "/api/billing/prices",                    "billing:read",     "control",   "price.list",              0,           10000,   billing_http_price_list,           0,                   NULL, &billing_price_shape},
	{"GET",    "/api/billing/plans",                     "billing:read",     "control",   "plan.offered",            0,           10000,   billing_http_plan_offered,         0,                   NULL, &billing_plan_shape},
	{"GET",    "/api/billing/subscription",              "billing:read",     "control",   "subscription.get",        0,           10000,   billing_http_subscription_get,     0,                   NULL, &billing_subscription_shape},
	{"POST",   "/api/billing/subscription/change",       "billing:write",    "control",   "billing.subscription.change", 4 * BH_KIB, 15000, billing_http_subscription_own_change, 0,               &billing_subscription_own_shape, &billing_subscription_shape},
	{"POST",   "/api/billing/subscription/cancel",       "billing:write",    "control",   "billing.subscription.cancel", BH_KIB,  15000,   billing_http_subscription_own_cancel, 0,               NULL, &billing_subscription_shape},
	{"POST",   "/api/billing/subscription/resume",       "billing:write",    "control",   "billing.subscription.resume", BH_KIB,  15000,   billing_http_subscription_own_resume, 0,               NULL, &billing_subscription_shape},
	/* method  path                                                  scope            limits     audit                        body         ms     handler                          flags takes gives */

	/* usage and costs, in OpenAI's shapes */
	{"GET",    "/v1/organization/usage/completions",                 "usage:read",    "control", "usage.sums",                0,           10000, billing_http_usage_sums,         0},
	{"GET",    "/v1/organization/usage/embeddings",                  "usage:read",    "control", "usage.sums",                0,           10000, billing_http_usage_sums,         0},
	{"GET",    "/v1/organization/usage/moderations",                 "usage:read",    "control", "usage.sums",                0,           10000, billing_http_usage_sums,         0},
	{"GET",    "/v1/organization/usage/images",                      "usage:read",    "control", "usage.sums",                0,           10000, billing_http_usage_sums,         0},
	{"GET",    "/v1/organization/usage/audio_speeches",              "usage:read",    "control", "usage.sums",                0,           10000, billing_http_usage_sums,         0},
	{"GET",    "/v1/organization/usage/audio_transcriptions",        "usage:read",    "control", "usage.sums",                0,           10000, billing_http_usage_sums,         0},
	{"GET",    "/v1/organization/usage/vector_stores",               "usage:read",    "control", "usage.sums",                0,           10000, billing_http_usage_sums,         0},
	{"GET",    "/v1/organization/usage/code_interpreter_sessions",   "usage:read",    "control", "usage.sums",                0,           10000, billing_http_usage_sums,         0},
	{"GET",    "/v1/organization/usage/file_search_calls",           "usage:read",    "control", "usage.sums",                0,           10000, billing_http_usage_sums,         0},
	{"GET",    "/v1/organization/costs",                             "usage:read",    "control", "usage.sums",                0,           10000, billing_http_usage_sums,         0},
	{"GET",    "/api/usage",                                         "usage:read",    "control", "usage.list",                0,           60000, billing_http_event_list,         0, NULL, &billing_event_shape},
	{"GET",    "/api/usage/sums",                                    "usage:read",    "control", "usage.sums",                0,           10000, billing_http_usage_sums,         0},
	{"GET",    "/api/usage/own",                                     "usage:own",     "control", "usage.own.list",            0,           60000, billing_http_event_own_list,     0, NULL, &billing_event_shape},
	{"GET",    "/api/usage/own/sums",                                "usage:own",     "control", "usage.own.sums",            0,           10000, billing_http_usage_own_sums,     0},

	/* budgets */
	{"GET",    "/api/budgets",                                       "budgets:read",  "control", "budget.list",               0,           10000, billing_http_budget_list,        0, NULL, &billing_budget_shape},
	{"GET",    "/api/budgets/{kind}/{id}",                           "budgets:read",  "control", "budget.get",                0,           10000, billing_http_budget_get,         0, NULL, &billing_budget_shape},
	{"PUT",    "/api/budgets/{kind}/{id}",                           "budgets:write", "control", "budget.set",                16 * BH_KIB, 10000, billing_http_budget_put,         0, &billing_budget_change_shape, &billing_budget_shape},

	/* teams */
	{"GET",    "/api/teams",                                         "teams:read",    "control", "team.list",                 0,           10000, billing_http_team_list,          0, NULL, &billing_team_shape},
	{"POST",   "/api/teams",                                         "teams:write",   "control", "team.create",               16 * BH_KIB, 10000, billing_http_team_create,        0, &billing_team_named_shape, &billing_team_shape},
	{"GET",    "/api/teams/{id}",                                    "teams:read",    "control", "team.get",                  0,           10000, billing_http_team_get,           0, NULL, &billing_team_shape},
	{"POST",   "/api/teams/{id}",                                    "teams:write",   "control", "team.rename",               16 * BH_KIB, 10000, billing_http_team_rename,        0, &billing_team_named_shape, &billing_team_shape},
	{"POST",   "/api/teams/{id}/archive",                            "teams:write",   "control", "team.archive",              16 * BH_KIB, 10000, billing_http_team_archive,       0, NULL, &billing_team_shape},
	{"GET",    "/api/teams/{id}/members",                            "teams:read",    "control", "team.member.list",          0,           10000, billing_http_team_member_list,   0, NULL, &billing_team_member_shape},
	{"PUT",    "/api/teams/{id}/members/{account}",                  "teams:write",   "control", "team.member.add",           16 * BH_KIB, 10000, billing_http_team_member_add,    0},
	{"DELETE", "/api/teams/{id}/members/{account}",                  "teams:write",   "control", "team.member.remove",        0,           10000, billing_http_team_member_remove, 0},

	/* credits, invoices */
	{"GET",    "/api/billing/credits",                   "billing:read",     "control",   "billing.credit.list",     0,           10000,   billing_http_credit_list,          0,                   NULL, &billing_credit_shape},
	{"GET",    "/api/billing/top-up",                    "billing:read",     "control",   "billing.top_up.get",      0,           10000,   billing_http_top_up_get,           0,                   NULL, &billing_top_up_shape},
	{"PUT",    "/api/billing/top-up",                    "billing:write",    "control",   "billing.top_up.set",      16 * BH_KIB, 10000,   billing_http_top_up_set,           0,                   &billing_top_up_set_shape, &billing_top_up_shape},
	{"GET",    "/api/billing/profile",                   "billing:read",     "control",   "billing.profile.get",     0,           10000,   billing_http_profile_get,          0,                   NULL, &billing_profile_shape},
	{"PUT",    "/api/billing/profile",                   "billing:write",    "control",   "billing.profile.set",     16 * BH_KIB, 10000,   billing_http_profile_set,          0,                   &billing_profile_shape, &billing_profile_shape},
	{"GET",    "/api/billing/invoices",                  "billing:read",     "control",   "billing.invoice.list",    0,           10000,   billing_http_invoice_list,         0,                   NULL, &billing_invoice_shape},
	{"GET",    "/api/billing/invoices/{invoice}",        "billing:read",     "control",   "billing.invoice.get",     0,           10000,   billing_http_invoice_get,          0,                   NULL, &billing_invoice_detail_shape},
	/* notices */
	{"GET",    "/api/notices",                                "notices:read",     "control",   "notice.list",               0,           10000,   billing_http_notice_list,          0, NULL, &billing_notice_shape},
	{"GET",    "/api/notice-endpoint",                        "notices:read",     "control",   "notice.endpoint.get",       0,           10000,   billing_http_endpoint_get,         0, NULL, &billing_endpoint_shape},
	{"PUT",    "/api/notice-endpoint",                        "notices:write",    "control",   "notice.endpoint.set",       16 * BH_KIB, 10000,   billing_http_endpoint_put,         BH_ROUTE_PERSONAL, &billing_endpoint_new_shape, &billing_endpoint_shape},
	{"POST",   "/api/notice-endpoint/rotate",                 "notices:write",    "control",   "notice.endpoint.rotate",    BH_KIB,      10000,   billing_http_endpoint_rotate,      BH_ROUTE_PERSONAL, NULL, &billing_endpoint_shape},
	{"GET",    "/api/billing/invoices/{invoice}/pdf",    "billing:read",     "control",   "billing.invoice.pdf",     0,           30000,   billing_http_invoice_pdf},

	/* the platform's staff */
	{"GET",    "/api/tenants/{tenant}/billing",          "tenants:read",         "control",   "tenant.billing.get",      0,           10000,   billing_http_account_get,          BH_ROUTE_OPERATOR, NULL, &billing_account_shape},
	{"GET",    "/api/tenants/{tenant}/costs",            "tenants:read",         "control",   "tenant.costs.get",        0,           10000,   billing_http_usage_sums,           BH_ROUTE_OPERATOR},
	/* Stripe: billing's part of it */
	{"POST",   "/webhooks/stripe",                       "none",              "control",   "stripe.webhook",          512 * BH_KIB, 15000,  billing_http_stripe_webhook,       0},
	{"POST",   "/api/billing/checkout",                  "billing:write",     "control",   "billing.checkout.create", 16 * BH_KIB, 60000,   billing_http_checkout_create,      0,                   &billing_checkout_create, &billing_page_shape},
	{"POST",   "/api/billing/portal",                    "billing:write",     "control",   "billing.portal.create",   16 * BH_KIB, 60000,   billing_http_portal_create,        0,                   &billing_portal_create, &billing_page_shape},

	/* the platform's staff */
	{"GET",    "/api/stripe",                            "tenants:read",          "control",   "stripe.get",              0,           10000,   billing_http_stripe_get, 0, NULL, &billing_stripe_shape},
	{"PUT",    "/api/stripe",                            "tenants:write",          "control",   "stripe.connect",          16 * BH_KIB, 60000,   billing_http_stripe_put, BH_ROUTE_ELEVATED, &billing_stripe_connect_shape, &billing_stripe_shape},
	{"DELETE", "/api/stripe",                            "tenants:write",          "control",   "stripe.disconnect",       0,           10000,   billing_http_stripe_delete, BH_ROUTE_ELEVATED},
	{"GET",    "/api/tenants/{tenant}/stripe/outbox",    "tenants:read",          "control",   "tenant.stripe.outbox",    0,           10000,   billing_http_stripe_outbox,        BH_ROUTE_OPERATOR, NULL, &billing_stripe_outbox_shape},
	{"POST",   "/api/tenants/{tenant}/stripe/retry",     "tenants:write",          "control",   "tenant.stripe.retry",     BH_KIB,           10000,   billing_http_stripe_retry,         BH_ROUTE_OPERATOR, NULL, &billing_stripe_retried_shape},

	/* prices */
	{"GET",    "/api/tenants/{tenant}/prices",           "tenants:read",         "control",   "price.list",              0,           10000,   billing_http_price_list,           BH_ROUTE_OPERATOR, NULL, &billing_price_shape},
	{"PUT",    "/api/tenants/{tenant}/prices",           "tenants:write",         "control",   "price.set",               16 * BH_KIB, 10000,   billing_http_price_set,            BH_ROUTE_OPERATOR, &billing_price_set_shape, &billing_price_shape},
	{"POST",   "/api/tenants/{tenant}/prices/import",    "tenants:write",         "control",   "price.import",            BH_MIB,      60000,   billing_http_price_import,         BH_ROUTE_OPERATOR, &billing_price_import_shape, &billing_price_imported_shape},

	/* plans and subscriptions */
	{"GET",    "/api/plans",                             "tenants:read",         "control",   "plan.list",               0,           10000,   billing_http_plan_list,            0,   NULL, &billing_plan_shape},
	{"POST",   "/api/plans",                             "tenants:write",         "control",   "plan.create",             64 * BH_KIB, 10000,   billing_http_plan_create,          BH_ROUTE_ELEVATED,   &billing_plan_body, &billing_plan_shape},
	{"GET",    "/api/plans/{plan}",                      "tenants:read",         "control",   "plan.get",                0,           10000,   billing_http_plan_get,             0,   NULL, &billing_plan_shape},
	{"POST",   "/api/plans/{plan}/revise",               "tenants:write",         "control",   "plan.revise",             64 * BH_KIB, 10000,   billing_http_plan_revise,          BH_ROUTE_ELEVATED,   &billing_plan_body, &billing_plan_shape},
	{"DELETE", "/api/plans/{plan}",                      "tenants:write",         "control",   "plan.archive",            0,           10000,   billing_http_plan_archive,         BH_ROUTE_ELEVATED,   NULL, &billing_plan_shape},
	{"GET",    "/api/tenants/{tenant}/subscriptions",    "tenants:read",         "control",   "subscription.list",       0,           10000,   billing_http_subscription_list,    BH_ROUTE_OPERATOR, NULL, &billing_subscription_shape},
	{"GET",    "/api/tenants/{tenant}/subscription",     "tenants:read",         "control",   "subscription.get",        0,           10000,   billing_http_subscription_get,     BH_ROUTE_OPERATOR, NULL, &billing_subscription_shape},
	{"POST",   "/api/tenants/{tenant}/subscription",     "tenants:write",         "control",   "subscription.start",      4 * BH_KIB,  15000,   billing_http_subscription_start,   BH_ROUTE_OPERATOR, &billing_subscription_start_shape, &billing_subscription_shape},
	{"POST",   "/api/tenants/{tenant}/subscription/change", "tenants:write",      "control",   "subscription.change",     4 * BH_KIB,  15000,   billing_http_subscription_change,  BH_ROUTE_OPERATOR, &billing_subscription_change_shape, &billing_subscription_shape},
	{"POST",   "/api/tenants/{tenant}/subscription/pause",  "tenants:write",      "control",   "subscription.pause",      4 * BH_KIB,  15000,   billing_http_subscription_pause,   BH_ROUTE_OPERATOR, NULL, &billing_subscription_shape},
	{"POST",   "/api/tenants/{tenant}/subscription/resume", "tenants:write",      "control",   "subscription.resume",     4 * BH_KIB,  15000,   billing_http_subscription_resume,  BH_ROUTE_OPERATOR, NULL, &billing_subscription_shape},
	{"POST",   "/api/tenants/{tenant}/subscription/cancel", "tenants:write",      "control",   "subscription.cancel",     4 * BH_KIB,  15000,   billing_http_subscription_cancel,  BH_ROUTE_OPERATOR, &billing_subscription_cancel_shape, &billing_subscription_shape},
	{"GET",    "/api/tenants/{tenant}/budgets",          "tenants:read",         "control",   "tenant.budget.list",      0,           10000,   billing_http_budget_list,          BH_ROUTE_OPERATOR, NULL, &billing_budget_shape},
	{"GET",    "/api/tenants/{tenant}/budgets/{kind}/{id}", "tenants:read",      "control",   "tenant.budget.get",       0,           10000,   billing_http_budget_get,           BH_ROUTE_OPERATOR, NULL, &billing_budget_shape},
	{"PUT",    "/api/tenants/{tenant}/budgets/{kind}/{id}", "tenants:write",      "control",   "tenant.budget.set",       16 * BH_KIB, 10000,   billing_http_budget_put,           BH_ROUTE_OPERATOR, &billing_budget_change_shape, &billing_budget_shape},
	{"GET",    "/api/tenants/{tenant}/teams",                 "tenants:read",         "control",   "tenant.team.list",          0,           10000,   billing_http_team_list,            BH_ROUTE_OPERATOR, NULL, &billing_team_shape},
	{"POST",   "/api/tenants/{tenant}/teams",                 "tenants:write",         "control",   "tenant.team.create",        16 * BH_KIB, 10000,   billing_http_team_create,          BH_ROUTE_OPERATOR, &billing_team_named_shape, &billing_team_shape},
	{"GET",    "/api/tenants/{tenant}/teams/{id}",            "tenants:read",         "control",   "tenant.team.get",           0,           10000,   billing_http_team_get,             BH_ROUTE_OPERATOR, NULL, &billing_team_shape},
	{"POST",   "/api/tenants/{tenant}/teams/{id}",            "tenants:write",         "control",   "tenant.team.rename",        16 * BH_KIB, 10000,   billing_http_team_rename,          BH_ROUTE_OPERATOR, &billing_team_named_shape, &billing_team_shape},
	{"POST",   "/api/tenants/{tenant}/teams/{id}/archive",    "tenants:write",         "control",   "tenant.team.archive",       BH_KIB,           10000,   billing_http_team_archive,         BH_ROUTE_OPERATOR, NULL, &billing_team_shape},
	{"GET",    "/api/tenants/{tenant}/teams/{id}/members",    "tenants:read",         "control",   "tenant.team.member.list",   0,           10000,   billing_http_team_member_list,     BH_ROUTE_OPERATOR, NULL, &billing_team_member_shape},
	{"PUT",    "/api/tenants/{tenant}/teams/{id}/members/{account}", "tenants:write",         "control",   "tenant.team.member.add",    BH_KIB,           10000,   billing_http_team_member_add,      BH_ROUTE_OPERATOR},
	{"DELETE", "/api/tenants/{tenant}/teams/{id}/members/{account}", "tenants:write",         "control",   "tenant.team.member.remove", 0,           10000,   billing_http_team_member_remove,   BH_ROUTE_OPERATOR},
	{"GET",    "/api/tenants/{tenant}/usage-events",     "tenants:read",         "control",   "tenant.usage.list",       0,           60000,   billing_http_event_list,           BH_ROUTE_OPERATOR, NULL, &billing_event_shape},
	{"POST",   "/api/tenants/{tenant}/usage-events/{id}/correct", "tenants:write", "control",  "tenant.usage.correct",    16 * BH_KIB, 10000,   billing_http_event_correct,        BH_ROUTE_OPERATOR, &billing_correct_shape, &billing_event_shape},
	{"GET",    "/api/tenants/{tenant}/credits",                       "tenants:read",         "control",   "tenant.credit.list",        0,           60000,   billing_http_credit_list,          BH_ROUTE_OPERATOR, NULL, &billing_credit_shape},
	{"POST",   "/api/tenants/{tenant}/credits",                       "tenants:write",         "control",   "tenant.credit.grant",       4 * BH_KIB,  60000,   billing_http_credit_grant,         BH_ROUTE_OPERATOR, &billing_grant_shape, &billing_credit_shape},
	{"POST",   "/api/tenants/{tenant}/credits/{credit}/void",         "tenants:write",         "control",   "tenant.credit.void",        BH_KIB,      60000,   billing_http_credit_void,          BH_ROUTE_OPERATOR, NULL, &billing_credit_shape},
	{"GET",    "/api/tenants/{tenant}/top-up",                        "tenants:read",         "control",   "tenant.top_up.get",         0,           60000,   billing_http_top_up_get,           BH_ROUTE_OPERATOR, NULL, &billing_top_up_shape},
	{"PUT",    "/api/tenants/{tenant}/top-up",                        "tenants:write",         "control",   "tenant.top_up.set",         4 * BH_KIB,  60000,   billing_http_top_up_set,           BH_ROUTE_OPERATOR, &billing_top_up_set_shape, &billing_top_up_shape},
	{"POST",   "/api/tenants/{tenant}/top-up/collect",                 "tenants:write",         "control",   "tenant.top_up.collect",     BH_KIB,      60000,   billing_http_top_up_collect,       BH_ROUTE_OPERATOR, NULL, &billing_top_up_shape},
	{"GET",    "/api/tenants/{tenant}/billing-profile",               "tenants:read",         "control",   "tenant.profile.get",        0,           60000,   billing_http_profile_get,          BH_ROUTE_OPERATOR, NULL, &billing_profile_shape},
	{"PUT",    "/api/tenants/{tenant}/billing-profile",               "tenants:write",         "control",   "tenant.profile.set",        16 * BH_KIB, 60000,   billing_http_profile_set,          BH_ROUTE_OPERATOR, &billing_profile_shape, &billing_profile_shape},
	{"POST",   "/api/tenants/{tenant}/billing-profile/confirm-vat",   "tenants:write",         "control",   "tenant.profile.confirm_vat", 4 * BH_KIB, 60000,   billing_http_profile_confirm,      BH_ROUTE_OPERATOR, &billing_confirm_shape, &billing_profile_shape},
	{"GET",    "/api/tenants/{tenant}/tax-rates",                     "tenants:read",         "control",   "tenant.tax.list",           0,           60000,   billing_http_tax_list,             BH_ROUTE_OPERATOR, NULL, &billing_tax_shape},
	{"PUT",    "/api/tenants/{tenant}/tax-rates",                     "tenants:write",         "control",   "tenant.tax.set",            4 * BH_KIB,  60000,   billing_http_tax_set,              BH_ROUTE_OPERATOR, &billing_tax_shape, &billing_tax_shape},
	{"GET",    "/api/platform/invoices",                              "tenants:read",         "control",   "platform.invoice.list",     0,           10000,   billing_http_owed_list,            0, NULL, &billing_owed_shape},
	{"GET",    "/api/tenants/{tenant}/invoices",                      "tenants:read",         "control",   "tenant.invoice.list",       0,           60000,   billing_http_invoice_list,         BH_ROUTE_OPERATOR, NULL, &billing_invoice_shape},
	{"POST",   "/api/tenants/{tenant}/invoices",                      "tenants:write",         "control",   "tenant.invoice.create",     4 * BH_KIB,  60000,   billing_http_invoice_create,       BH_ROUTE_OPERATOR, &billing_invoice_new_shape, &billing_invoice_detail_shape},
	{"GET",    "/api/tenants/{tenant}/invoices/{invoice}",            "tenants:read",         "control",   "tenant.invoice.get",        0,           60000,   billing_http_invoice_get,          BH_ROUTE_OPERATOR, NULL, &billing_invoice_detail_shape},
	{"GET",    "/api/tenants/{tenant}/invoices/{invoice}/pdf",         "tenants:read",         "control",   "tenant.invoice.pdf",        0,           60000,   billing_http_invoice_pdf,          BH_ROUTE_OPERATOR},
	{"DELETE", "/api/tenants/{tenant}/invoices/{invoice}",            "tenants:write",         "control",   "tenant.invoice.remove",     0,           60000,   billing_http_invoice_remove,       BH_ROUTE_OPERATOR},
	{"POST",   "/api/tenants/{tenant}/invoices/{invoice}/finalize",   "tenants:write",         "control",   "tenant.invoice.finalize",   BH_KIB,      60000,   billing_http_invoice_finalize,     BH_ROUTE_OPERATOR, NULL, &billing_invoice_detail_shape},
	{"POST",   "/api/tenants/{tenant}/invoices/{invoice}/pay",        "tenants:write",         "control",   "tenant.invoice.pay",        4 * BH_KIB,  60000,   billing_http_invoice_pay,          BH_ROUTE_OPERATOR, &billing_invoice_pay_shape, &billing_invoice_detail_shape},
	{"POST",   "/api/tenants/{tenant}/invoices/{invoice}/void",       "tenants:write",         "control",   "tenant.invoice.void",       BH_KIB,      60000,   billing_http_invoice_void,         BH_ROUTE_OPERATOR, NULL, &billing_invoice_detail_shape},
	{"POST",   "/api/tenants/{tenant}/invoices/{invoice}/write-off",  "tenants:write",         "control",   "tenant.invoice.write_off",  BH_KIB,      60000,   billing_http_invoice_write_off,    BH_ROUTE_OPERATOR, NULL, &billing_invoice_detail_shape},
	{"POST",   "/api/tenants/{tenant}/invoices/{invoice}/credit-note", "tenants:write",         "control",   "tenant.invoice.credit",     4 * BH_KIB,  60000,   billing_http_invoice_credit,       BH_ROUTE_OPERATOR, &billing_invoice_credit_shape, &billing_invoice_detail_shape},
	{"POST",   "/api/tenants/{tenant}/billing/check",                 "tenants:write",         "control",   "tenant.billing.check",      BH_KIB,      60000,   billing_http_check,                BH_ROUTE_OPERATOR, NULL, &billing_check_shape},
	{"GET",    "/api/tenants/{tenant}/notices",               "tenants:read",         "control",   "tenant.notice.list",        0,           10000,   billing_http_notice_list,          BH_ROUTE_OPERATOR, NULL, &billing_notice_shape},

	/* the platform's staff */
	{0},
};
/* clang-format on */
