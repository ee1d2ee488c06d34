/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c: every route of the mock of Stripe and its policy; those of the API stand in operations.def. */
#include "stripemock/operation.h"

#define KIB BH_KIB
#define BODY_MOST (64 * KIB)

/* The API checks its own key. Nobody but the platform's services and its operator reaches the socket. */
#define OPERATION(method, path, audit, kind, params, run) \
	{(method), (path), "none", "none", (audit), BODY_MOST, 30000, stripemock_http_api, \
		BH_ROUTE_INTERNAL},

/* clang-format off */
const struct bh_route stripemock_routes[] = {
#include "stripemock/operations.def"
	{"GET",  "/internal/account",                "internal:stripemock", "none", "stripemock.account", 0,     5000,  stripemock_http_account, BH_ROUTE_INTERNAL},
	{"GET",  "/api/stripe-mock",                 "operator", "none",    "stripemock.state",    0,       5000,  stripemock_http_state, BH_ROUTE_INTERNAL},
	{"GET",  "/mock-stripe/checkout/{session}",  "none",     "control", "stripemock.checkout", 0,       5000,  stripemock_http_checkout},
	{"POST", "/mock-stripe/checkout/{session}",  "none",     "control", "stripemock.checkout", 4 * KIB, 10000, stripemock_http_checkout_post},
	{"GET",  "/mock-stripe/portal/{session}",    "none",     "control", "stripemock.portal",   0,       5000,  stripemock_http_portal},
	{"POST", "/mock-stripe/portal/{session}",    "none",     "control", "stripemock.portal",   4 * KIB, 10000, stripemock_http_portal_post},
	{0},
};
/* clang-format on */
#undef OPERATION

#define OPERATION(method, path, audit, kind, params, run) {(method), (kind), (params), (run)},
const struct stripemock_operation stripemock_operations[] = {
#include "stripemock/operations.def"
};
#undef OPERATION

const size_t stripemock_n_operations = BH_COUNT(stripemock_operations);
