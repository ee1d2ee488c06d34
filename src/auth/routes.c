/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c: every route of the auth service and its policy. */
#include "auth/routes.h"

#include "service/audit_event.h"
#include "service/service.h"

#define KIB BH_KIB

const struct bh_paging auth_paging = {100, 1000, "after", NULL};

/* clang-format off */
const struct bh_route auth_routes[] = {
	/* method  path                                        scope            limits     audit              body      ms     handler                    flags                                    takes                   gives */
	{"POST",   "/api/auth/sign-in",                        "none",          "signin",  "auth.sign_in",    8 * KIB,  15000, auth_http_sign_in,         0,                                       &auth_sign_in,          &auth_tokens_shape},
	{"POST",   "/api/auth/refresh",                        "none",          "signin",  "auth.refresh",    4 * KIB,  10000, auth_http_refresh,         0,                                       &auth_refresh_token,    &auth_tokens_shape},
	{"POST",   "/api/auth/sign-out",                       "none",          "signin",  "auth.sign_out",   4 * KIB,  10000, auth_http_sign_out,        0,                                       &auth_refresh_token},
	{"POST",   "/api/auth/link",                           "none",          "signin",  "auth.link",       16 * KIB, 15000, auth_http_link_redeem,     0,                                       &auth_link_redeem,      &auth_email_shape},
	{"POST",   "/api/auth/password/reset",                 "none",          "signin",  "auth.reset",      4 * KIB,  10000, auth_http_password_reset,  0,                                       &auth_password_forgotten},
	{"POST",   "/api/auth/invitation",                     "none",          "signin",  "invitation.view", 4 * KIB,  10000, auth_http_invitation_view, 0,                                       &auth_invitation_token, &auth_invitation_view_shape},
	{"POST",   "/api/auth/invitation/accept",              "none",          "signin",  "invitation.accept", 16 * KIB, 15000, auth_http_invitation_accept, 0,                                   &auth_invitation_accept_shape, &auth_console_shape},
	{"GET",    "/setup",                                   "none",          "signin",  "auth.setup",      0,        5000,  auth_http_setup_page},
	{"GET",    "/.well-known/jwks.json",                   "none",          "none",    "auth.jwks",       0,        5000,  auth_http_jwks},
	{"GET",    "/.well-known/audit-keys.json",             "none",          "none",    "auth.audit_keys", 0,        5000,  auth_http_audit_keys},
	{"GET",    "/.well-known/openid-configuration",        "none",          "none",    "auth.discovery",  0,        5000,  auth_http_discovery,       0,                                       NULL,                   &auth_discovery_shape},

	{"GET",    "/api/auth/me",                             "account:read",  "control", "auth.me",         0,        5000,  auth_http_me,              0,                                       NULL,                   &auth_me_shape},
	{"POST",   "/api/auth/password",                       "account:write", "control", "auth.password",   16 * KIB, 15000, auth_http_password_change, BH_ROUTE_PERSONAL,                       &auth_password_change},
	{"GET",    "/api/auth/profile",                        "account:read",  "control", "profile.get",     0,        5000,  auth_http_profile_get,     0,                                       NULL,                   &auth_profile_shape},
	{"PATCH",  "/api/auth/profile",                        "account:write", "control", "profile.change",  4 * KIB,  5000,  auth_http_profile_change,  BH_ROUTE_PERSONAL,                       &auth_profile_change_shape, &auth_profile_shape},
	{"GET",    "/api/auth/views",                          "account:read",  "control", "view.list",       0,        5000,  auth_http_view_list,       0,                                       NULL,                   &auth_view_shape},
	{"POST",   "/api/auth/views",                          "account:write", "control", "view.create",     16 * KIB, 5000,  auth_http_view_create,     BH_ROUTE_PERSONAL,                       &auth_view_create,      &auth_view_shape},
	{"DELETE", "/api/auth/views/{id}",                     "account:write", "control", "view.delete",     0,        5000,  auth_http_view_delete,     BH_ROUTE_PERSONAL},
	{"GET",    "/api/sessions",                            "account:read",  "control", "session.list",    0,        5000,  auth_http_session_list,    0,                                       NULL,                   &auth_session_shape},
	{"DELETE", "/api/sessions/{id}",                       "account:write", "control", "session.revoke",  0,        5000,  auth_http_session_revoke,  BH_ROUTE_PERSONAL},
	{"GET",    "/api/keys",                                "keys:read",     "control", "key.list",        0,        5000,  auth_http_key_list,        0,                                       NULL,                   &auth_key_shape},
	{"POST",   "/api/keys",                                "keys:write",    "control", "key.create",      16 * KIB, 5000,  auth_http_key_create,      BH_ROUTE_PERSONAL | BH_ROUTE_STAFF_ELEVATED, &auth_key_create,       &auth_key_shape},
	{"POST",   "/api/keys/{id}",                           "keys:write",    "control", "key.change",      4 * KIB,  5000,  auth_http_key_change,      BH_ROUTE_PERSONAL | BH_ROUTE_STAFF_ELEVATED, &auth_key_change_shape, &auth_key_shape},
	{"DELETE", "/api/keys/{id}",                           "keys:write",    "control", "key.revoke",      0,        5000,  auth_http_key_revoke, BH_ROUTE_PERSONAL},
	{"GET",    "/api/users",                               "users:read",    "control", "user.list",       0,        5000,  auth_http_user_list,       0,                                       NULL,                   &auth_user_shape},
	{"POST",   "/api/users",                               "users:write",   "control", "user.create",     16 * KIB, 15000, auth_http_user_create,     BH_ROUTE_IDEMPOTENT | BH_ROUTE_PERSONAL | BH_ROUTE_STAFF_ELEVATED, &auth_user_create,      &auth_user_shape},
	{"POST",   "/api/users/{id}/role",                     "users:write",   "control", "user.role",       4 * KIB,  5000,  auth_http_user_role,       BH_ROUTE_STAFF_ELEVATED | BH_ROUTE_PERSONAL,                 &auth_role_change,      &auth_user_shape},
	{"POST",   "/api/users/{id}/disable",                  "users:write",   "control", "user.disable",    4 * KIB,  5000,  auth_http_user_disable,    BH_ROUTE_STAFF_ELEVATED | BH_ROUTE_PERSONAL,                                       NULL,                   &auth_user_shape},
	{"POST",   "/api/users/{id}/enable",                   "users:write",   "control", "user.enable",     4 * KIB,  5000,  auth_http_user_enable,     BH_ROUTE_STAFF_ELEVATED | BH_ROUTE_PERSONAL,                                       NULL,                   &auth_user_shape},
	{"POST",   "/api/users/{id}/link",                     "users:write",   "control", "user.link",       4 * KIB,  5000,  auth_http_user_link,       BH_ROUTE_PERSONAL | BH_ROUTE_STAFF_ELEVATED, NULL,                   &auth_link_shape},
	{"GET",    "/api/invitations",                         "users:read",    "control", "invitation.list", 0,        5000,  auth_http_invitation_list, 0,                                       NULL,                   &auth_invitation_shape},
	{"POST",   "/api/invitations",                         "users:write",   "control", "invitation.create", 4 * KIB, 5000, auth_http_invitation_create, BH_ROUTE_IDEMPOTENT | BH_ROUTE_PERSONAL | BH_ROUTE_STAFF_ELEVATED, &auth_invitation_create, &auth_invitation_shape},
	{"POST",   "/api/invitations/{id}/resend",             "users:write",   "control", "invitation.resend", 4 * KIB, 5000, auth_http_invitation_resend, BH_ROUTE_PERSONAL | BH_ROUTE_STAFF_ELEVATED, NULL,                   &auth_invitation_shape},
	{"DELETE", "/api/invitations/{id}",                    "users:write",   "control", "invitation.revoke", 0,      5000,  auth_http_invitation_revoke},
	{"GET",    "/api/tenant",                              "settings:read", "control", "setting.get",     0,        5000,  auth_http_setting_get,     0,                                       NULL,                   &auth_setting_shape},
	{"PATCH",  "/api/tenant",                              "settings:write", "control", "setting.change", 4 * KIB,  5000,  auth_http_setting_change,  BH_ROUTE_PERSONAL | BH_ROUTE_STAFF_ELEVATED,                       &auth_setting_change,   &auth_setting_shape},
	{"GET",    "/api/limits",                              "limits:read",   "control", "limit.get",       0,        5000,  auth_http_limit_get,       0,                                       NULL,                   &auth_limit_shape},
	{"GET",    "/api/cors",                                "cors:read",     "control", "cors.get",        0,        5000,  auth_http_cors_get,        0,                                       NULL,                   &auth_cors_shape},
	{"PUT",    "/api/cors",                                "cors:write",    "control", "cors.set",        16 * KIB, 5000,  auth_http_cors_put,        0,                                       &auth_cors_change,      &auth_cors_shape},

	{"GET",    "/api/audit",                               "audit:read",    "control", "audit.list",      0,        5000,  auth_http_audit_list,      0,                                       NULL,                   &bh_audit_event_shape},
	{"GET",    "/api/audit/export",                        "audit:read",    "control", "audit.export",    0,        60000, auth_http_audit_export},
	{"GET",    "/api/audit/chain",                         "audit:read",    "control", "audit.chain",     0,        5000,  auth_http_chain_get,       0,                                       NULL,                   &auth_chain_shape},
	{"GET",    "/api/audit/check",                         "audit:read",    "control", "audit.check",     0,        30000, auth_http_chain_check,     0,                                       NULL,                   &auth_chain_check_shape},

	{"GET",    "/api/tenants",                             "tenants:read",  "control", "tenant.list",     0,        5000,  auth_http_tenant_list,     0,                                       NULL,                   &auth_tenant_shape},
	{"POST",   "/api/tenants",                             "tenants:write", "control", "tenant.create",   4 * KIB,  5000,  auth_http_tenant_create,   BH_ROUTE_IDEMPOTENT | BH_ROUTE_ELEVATED,                     &auth_tenant_create,    &auth_tenant_shape},
	{"GET",    "/api/tenants/{tenant}",                    "tenants:read",  "control", "tenant.get",      0,        5000,  auth_http_tenant_get,      0,                                       NULL,                   &auth_tenant_shape},
	{"POST",   "/api/tenants/{tenant}/suspend",            "tenants:write", "control", "tenant.suspend",  4 * KIB,  5000,  auth_http_tenant_suspend,  BH_ROUTE_ELEVATED,                       NULL,                   &auth_tenant_shape},
	{"POST",   "/api/tenants/{tenant}/resume",             "tenants:write", "control", "tenant.resume",   4 * KIB,  5000,  auth_http_tenant_resume,   BH_ROUTE_ELEVATED,                                       NULL,                   &auth_tenant_shape},
	{"DELETE", "/api/tenants/{tenant}",                    "tenants:write", "control", "tenant.delete",   0,        5000,  auth_http_tenant_delete,   BH_ROUTE_ELEVATED,                       NULL,                   &auth_deletion_shape},
	{"GET",    "/api/receipts",                            "tenants:read",  "control", "receipt.list",    0,        5000,  auth_http_receipt_list,    0,                                       NULL,                   &auth_deletion_shape},
	{"GET",    "/api/receipts/{id}",                       "tenants:read",  "control", "receipt.get",     0,        5000,  auth_http_receipt_get,     0,                                       NULL,                   &auth_deletion_shape},
	{"GET",    "/api/tenants/{tenant}/users",              "tenants:read",  "control", "user.list",       0,        5000,  auth_http_user_list,       BH_ROUTE_OPERATOR,                       NULL,                   &auth_user_shape},
	{"POST",   "/api/tenants/{tenant}/users",              "tenants:write", "control", "user.create",     16 * KIB, 15000, auth_http_user_create,     BH_ROUTE_IDEMPOTENT | BH_ROUTE_OPERATOR, &auth_user_create,      &auth_user_shape},
	{"POST",   "/api/tenants/{tenant}/users/{id}/role",    "tenants:write", "control", "user.role",       4 * KIB,  5000,  auth_http_user_role,       BH_ROUTE_OPERATOR,   &auth_role_change,      &auth_user_shape},
	{"POST",   "/api/tenants/{tenant}/users/{id}/disable", "tenants:write", "control", "user.disable",    4 * KIB,  5000,  auth_http_user_disable,    BH_ROUTE_OPERATOR,   NULL,                   &auth_user_shape},
	{"POST",   "/api/tenants/{tenant}/users/{id}/enable",  "tenants:write", "control", "user.enable",     4 * KIB,  5000,  auth_http_user_enable,     BH_ROUTE_OPERATOR,                       NULL,                   &auth_user_shape},
	{"POST",   "/api/tenants/{tenant}/users/{id}/link",    "tenants:write", "control", "user.link",       4 * KIB,  5000,  auth_http_user_link,       BH_ROUTE_OPERATOR,   NULL,                   &auth_link_shape},
	{"GET",    "/api/tenants/{tenant}/invitations",        "tenants:read",  "control", "invitation.list", 0,        5000,  auth_http_invitation_list, BH_ROUTE_OPERATOR,                       NULL,                   &auth_invitation_shape},
	{"POST",   "/api/tenants/{tenant}/invitations",        "tenants:write", "control", "invitation.create", 4 * KIB, 5000, auth_http_invitation_create, BH_ROUTE_IDEMPOTENT | BH_ROUTE_OPERATOR, &auth_invitation_create, &auth_invitation_shape},
	{"POST",   "/api/tenants/{tenant}/invitations/{id}/resend", "tenants:write", "control", "invitation.resend", 4 * KIB, 5000, auth_http_invitation_resend, BH_ROUTE_OPERATOR, NULL,              &auth_invitation_shape},
	{"DELETE", "/api/tenants/{tenant}/invitations/{id}",   "tenants:write", "control", "invitation.revoke", 0,      5000,  auth_http_invitation_revoke, BH_ROUTE_OPERATOR,                     NULL},
	{"GET",    "/api/tenants/{tenant}/keys",               "tenants:read",  "control", "key.list",        0,        5000,  auth_http_key_list,        BH_ROUTE_OPERATOR,                       NULL,                   &auth_key_shape},
	{"POST",   "/api/tenants/{tenant}/keys",               "tenants:write", "control", "key.create",      16 * KIB, 5000,  auth_http_key_create,      BH_ROUTE_OPERATOR,   &auth_key_create,       &auth_key_shape},
	{"POST",   "/api/tenants/{tenant}/keys/{id}",          "tenants:write", "control", "key.change",      4 * KIB,  5000,  auth_http_key_change,      BH_ROUTE_OPERATOR,                       &auth_key_change_shape, &auth_key_shape},
	{"DELETE", "/api/tenants/{tenant}/keys/{id}",          "tenants:write", "control", "key.revoke",      0,        5000,  auth_http_key_revoke,      BH_ROUTE_OPERATOR},
	{"GET",    "/api/tenants/{tenant}/limits",             "limits:write",  "control", "limit.get",       0,        5000,  auth_http_limit_get,       BH_ROUTE_OPERATOR,                       NULL,                   &auth_limit_shape},
	{"PUT",    "/api/tenants/{tenant}/limits",             "limits:write",  "control", "limit.set",       4 * KIB,  5000,  auth_http_limit_put,       BH_ROUTE_OPERATOR,                       &auth_limit_shape,      &auth_limit_shape},
	{"GET",    "/api/tenants/{tenant}/cors",               "tenants:read",  "control", "cors.get",        0,        5000,  auth_http_cors_get,        BH_ROUTE_OPERATOR,                       NULL,                   &auth_cors_shape},
	{"PUT",    "/api/tenants/{tenant}/cors",               "tenants:write", "control", "cors.set",        16 * KIB, 5000,  auth_http_cors_put,        BH_ROUTE_OPERATOR,                       &auth_cors_change,      &auth_cors_shape},

	{"GET",    "/api/tenants/{tenant}/audit",              "tenants:read",  "control", "audit.list",      0,        5000,  auth_http_audit_list,      BH_ROUTE_OPERATOR,                       NULL,                   &bh_audit_event_shape},
	{"GET",    "/api/tenants/{tenant}/audit/export",       "tenants:read",  "control", "audit.export",    0,        60000, auth_http_audit_export,    BH_ROUTE_OPERATOR},
	{"GET",    "/api/platform/audit",                      "tenants:read",  "control", "audit.list",      0,        5000,  auth_http_audit_list,      0,                                       NULL,                   &auth_audit_shape},
	{"GET",    "/api/platform/audit/export",               "tenants:read",  "control", "audit.export",    0,        60000, auth_http_audit_export},
	{"GET",    "/api/tenants/{tenant}/audit/chain",        "tenants:read",  "control", "audit.chain",     0,        5000,  auth_http_chain_get,       BH_ROUTE_OPERATOR,                       NULL,                   &auth_chain_shape},
	{"GET",    "/api/tenants/{tenant}/audit/check",        "tenants:read",  "control", "audit.check",     0,        30000, auth_http_chain_check,     BH_ROUTE_OPERATOR,                       NULL,                   &auth_chain_check_shape},
	{"GET",    "/api/platform/audit",                      "tenants:read",  "control", "audit.list",      0,        5000,  auth_http_audit_list,      0,                                       NULL,                   &bh_audit_event_shape},

	{"GET",    "/api/platform/tenants",                    "tenants:read",  "control", "platform.tenants", 0,       10000, auth_http_platform_tenants, 0,                                      NULL,                   &auth_platform_tenant_shape},
	{"GET",    "/api/platform/outbox",                     "platform:read", "control", "platform.outbox", 0,        10000, auth_http_platform_outbox, 0,                                       NULL,                   &auth_platform_mail_shape},
	{"GET",    "/api/platform/health",                     "platform:read", "control", "platform.health", 0,        10000, auth_http_platform_health},
	{"GET",    "/api/platform/settings",                   "platform:read", "control", "platform.settings", 0,      5000,  auth_http_platform_settings},

	{"GET",    "/api/accounts",                            "tenants:read",  "control", "account.list",    0,        5000,  auth_http_account_list,    0,                                       NULL,                   &auth_account_shape},
	{"POST",   "/api/accounts/{id}/disable",               "tenants:write", "control", "account.disable", 4 * KIB,  5000,  auth_http_account_disable, BH_ROUTE_ELEVATED,                       NULL,                   &auth_account_shape},
	{"POST",   "/api/accounts/{id}/enable",                "tenants:write", "control", "account.enable",  4 * KIB,  5000,  auth_http_account_enable,  0,                                       NULL,                   &auth_account_shape},

	{"POST",   "/api/auth/session",                        "none",          "signin",  "session.begin",   8 * KIB,  15000, auth_http_console_begin,   0,                                       &auth_sign_in,          &auth_console_shape},
	{"GET",    "/api/auth/session",                        "account:read",  "control", "session.get",     0,        5000,  auth_http_console_get,     0,                                       NULL,                   &auth_console_shape},
	{"DELETE", "/api/auth/session",                        "account:read",  "control", "session.end",     0,        5000,  auth_http_console_end},
	{"POST",   "/api/auth/session/switch",                 "account:write", "control", "session.switch",  4 * KIB,  5000,  auth_http_console_switch,  BH_ROUTE_PERSONAL,                       &auth_console_switch_shape, &auth_console_shape},
	{"POST",   "/api/auth/session/elevate",                "account:write", "control", "session.elevate", 8 * KIB,  15000, auth_http_console_elevate, BH_ROUTE_PERSONAL,                       &auth_console_proof_shape, &auth_console_shape},
	{"POST",   "/api/auth/totp",                           "account:write", "control", "totp.begin",      4 * KIB,  5000,  auth_http_totp_begin,      BH_ROUTE_PERSONAL,                       NULL,                   &auth_totp_shape},
	{"POST",   "/api/auth/totp/confirm",                   "account:write", "control", "totp.confirm",    4 * KIB,  5000,  auth_http_totp_confirm,    BH_ROUTE_PERSONAL,                       &auth_totp_confirm_shape, &auth_recovery_shape},
	{"POST",   "/api/auth/totp/recovery-codes",            "account:write", "control", "totp.codes",      4 * KIB,  5000,  auth_http_totp_renew,      BH_ROUTE_ELEVATED | BH_ROUTE_PERSONAL,   NULL,                   &auth_recovery_shape},
	{"DELETE", "/api/auth/totp",                           "account:write", "control", "totp.remove",     0,        5000,  auth_http_totp_remove,     BH_ROUTE_ELEVATED | BH_ROUTE_PERSONAL},
	{"DELETE", "/api/accounts/{id}/totp",                  "tenants:write", "control", "account.totp",    0,        5000,  auth_http_account_totp,    BH_ROUTE_ELEVATED},
	{"POST",   "/api/tenants/{tenant}/impersonate",        "tenants:write", "control", "session.impersonate", 4 * KIB, 5000, auth_http_impersonate,    BH_ROUTE_OPERATOR,   &auth_impersonate_shape, &auth_console_shape},
	{"GET",    "/api/outbox",                              "operator",      "control", "outbox.list",     0,        10000, auth_http_outbox,          BH_ROUTE_INTERNAL,                       NULL},
	{"GET",    "/api/tenants/{tenant}/outbox",             "operator",      "control", "outbox.list",     0,        10000, auth_http_outbox_tenant,   BH_ROUTE_INTERNAL | BH_ROUTE_OPERATOR,   NULL},

	{"GET",    "/internal/exchange",                       "none",          "none",    "auth.exchange",   0,        5000,  auth_http_exchange,        BH_ROUTE_INTERNAL},
	{"POST",   "/internal/token",                          "none",          "none",    "auth.token",      4 * KIB,  5000,  auth_http_token,           BH_ROUTE_INTERNAL},
	{"POST",   "/internal/plan",                           "internal:auth", "none",    "auth.plan",       1 * KIB,  5000,  auth_http_plan_apply,      BH_ROUTE_INTERNAL},
	{0},
};
/* clang-format on */
