/* routes.c: every route of the auth service and its policy. */
#include "auth/routes.h"

#include "service/service.h"

#define KIB BH_KIB

const struct bh_paging auth_paging = {100, 1000, "after", NULL};

/* clang-format off */
const struct bh_route auth_routes[] = {
	/* method  path                                        scope            limits     audit              body      ms     handler                   flags, admission */
	{"POST",   "/api/auth/sign-in",                        "none",          "signin",  "auth.sign_in",    8 * KIB,  15000, auth_http_sign_in},
	{"POST",   "/api/auth/refresh",                        "none",          "signin",  "auth.refresh",    4 * KIB,  10000, auth_http_refresh},
	{"POST",   "/api/auth/sign-out",                       "none",          "signin",  "auth.sign_out",   4 * KIB,  10000, auth_http_sign_out},
	{"POST",   "/api/auth/link",                           "none",          "signin",  "auth.link",       16 * KIB, 15000, auth_http_link_redeem},
	{"GET",    "/setup",                                   "none",          "signin",  "auth.setup",      0,        5000,  auth_http_setup_page},
	{"GET",    "/.well-known/jwks.json",                   "none",          "none",    "auth.jwks",       0,        5000,  auth_http_jwks},
	{"GET",    "/.well-known/openid-configuration",        "none",          "none",    "auth.discovery",  0,        5000,  auth_http_discovery},

	{"GET",    "/api/auth/me",                             "account:read",  "control", "auth.me",         0,        5000,  auth_http_me},
	{"GET",    "/api/sessions",                            "account:read",  "control", "session.list",    0,        5000,  auth_http_session_list},
	{"DELETE", "/api/sessions/{id}",                       "account:write", "control", "session.revoke",  0,        5000,  auth_http_session_revoke},
	{"GET",    "/api/keys",                                "keys:read",     "control", "key.list",        0,        5000,  auth_http_key_list},
	{"POST",   "/api/keys",                                "keys:write",    "control", "key.create",      16 * KIB, 5000,  auth_http_key_create},
	{"POST",   "/api/keys/{id}",                           "keys:write",    "control", "key.change",      4 * KIB,  5000,  auth_http_key_change},
	{"DELETE", "/api/keys/{id}",                           "keys:write",    "control", "key.revoke",      0,        5000,  auth_http_key_revoke},
	{"GET",    "/api/users",                               "users:read",    "control", "user.list",       0,        5000,  auth_http_user_list},
	{"POST",   "/api/users",                               "users:write",   "control", "user.create",     16 * KIB, 15000, auth_http_user_create,    BH_ROUTE_IDEMPOTENT},
	{"POST",   "/api/users/{id}/role",                     "users:write",   "control", "user.role",       4 * KIB,  5000,  auth_http_user_role},
	{"POST",   "/api/users/{id}/disable",                  "users:write",   "control", "user.disable",    4 * KIB,  5000,  auth_http_user_disable},
	{"POST",   "/api/users/{id}/enable",                   "users:write",   "control", "user.enable",     4 * KIB,  5000,  auth_http_user_enable},
	{"POST",   "/api/users/{id}/link",                     "users:write",   "control", "user.link",       4 * KIB,  5000,  auth_http_user_link},
	{"GET",    "/api/limits",                              "limits:read",   "control", "limit.get",       0,        5000,  auth_http_limit_get},

	{"GET",    "/api/tenants",                             "tenants:read",  "control", "tenant.list",     0,        5000,  auth_http_tenant_list},
	{"POST",   "/api/tenants",                             "tenants:write", "control", "tenant.create",   4 * KIB,  5000,  auth_http_tenant_create,  BH_ROUTE_IDEMPOTENT},
	{"GET",    "/api/tenants/{tenant}",                    "tenants:read",  "control", "tenant.get",      0,        5000,  auth_http_tenant_get},
	{"POST",   "/api/tenants/{tenant}/suspend",            "tenants:write", "control", "tenant.suspend",  4 * KIB,  5000,  auth_http_tenant_suspend},
	{"POST",   "/api/tenants/{tenant}/resume",             "tenants:write", "control", "tenant.resume",   4 * KIB,  5000,  auth_http_tenant_resume},
	{"GET",    "/api/tenants/{tenant}/users",              "tenants:read",  "control", "user.list",       0,        5000,  auth_http_user_list,      BH_ROUTE_OPERATOR},
	{"POST",   "/api/tenants/{tenant}/users",              "tenants:write", "control", "user.create",     16 * KIB, 15000, auth_http_user_create,    BH_ROUTE_IDEMPOTENT | BH_ROUTE_OPERATOR},
	{"POST",   "/api/tenants/{tenant}/users/{id}/role",    "tenants:write", "control", "user.role",       4 * KIB,  5000,  auth_http_user_role,      BH_ROUTE_OPERATOR},
	{"POST",   "/api/tenants/{tenant}/users/{id}/disable", "tenants:write", "control", "user.disable",    4 * KIB,  5000,  auth_http_user_disable,   BH_ROUTE_OPERATOR},
	{"POST",   "/api/tenants/{tenant}/users/{id}/enable",  "tenants:write", "control", "user.enable",     4 * KIB,  5000,  auth_http_user_enable,    BH_ROUTE_OPERATOR},
	{"POST",   "/api/tenants/{tenant}/users/{id}/link",    "tenants:write", "control", "user.link",       4 * KIB,  5000,  auth_http_user_link,      BH_ROUTE_OPERATOR},
	{"GET",    "/api/tenants/{tenant}/keys",               "tenants:read",  "control", "key.list",        0,        5000,  auth_http_key_list,       BH_ROUTE_OPERATOR},
	{"POST",   "/api/tenants/{tenant}/keys",               "tenants:write", "control", "key.create",      16 * KIB, 5000,  auth_http_key_create,     BH_ROUTE_OPERATOR},
	{"POST",   "/api/tenants/{tenant}/keys/{id}",          "tenants:write", "control", "key.change",      4 * KIB,  5000,  auth_http_key_change,     BH_ROUTE_OPERATOR},
	{"DELETE", "/api/tenants/{tenant}/keys/{id}",          "tenants:write", "control", "key.revoke",      0,        5000,  auth_http_key_revoke,     BH_ROUTE_OPERATOR},
	{"GET",    "/api/tenants/{tenant}/limits",             "limits:write",  "control", "limit.get",       0,        5000,  auth_http_limit_get,      BH_ROUTE_OPERATOR},
	{"PUT",    "/api/tenants/{tenant}/limits",             "limits:write",  "control", "limit.set",       4 * KIB,  5000,  auth_http_limit_put,      BH_ROUTE_OPERATOR},

	{"GET",    "/api/accounts",                            "tenants:read",  "control", "account.list",    0,        5000,  auth_http_account_list},
	{"POST",   "/api/accounts/{id}/disable",               "tenants:write", "control", "account.disable", 4 * KIB,  5000,  auth_http_account_disable},
	{"POST",   "/api/accounts/{id}/enable",                "tenants:write", "control", "account.enable",  4 * KIB,  5000,  auth_http_account_enable},

	{"GET",    "/internal/exchange",                       "none",          "none",    "auth.exchange",   0,        5000,  auth_http_exchange,       BH_ROUTE_INTERNAL},
	{"POST",   "/internal/token",                          "none",          "none",    "auth.token",      4 * KIB,  5000,  auth_http_token,          BH_ROUTE_INTERNAL},
	{0},
};
/* clang-format on */
