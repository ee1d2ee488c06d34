/* SPDX-License-Identifier: Apache-2.0 */
/* routes.h: the handlers of the auth service, for the one table that names them. */
#ifndef BH_AUTH_ROUTES_H
#define BH_AUTH_ROUTES_H

#include "json/fields.h"
#include "service/list.h"
#include "service/service.h"

extern const struct bh_route auth_routes[];

/* Bodies and answers. */
extern const struct bh_shape auth_account_shape, auth_cors_change, auth_cors_shape, auth_key_create,
	auth_key_shape, auth_key_change_shape, auth_limit_shape, auth_link_redeem, auth_email_shape,
	auth_me_shape, auth_session_shape, auth_sign_in, auth_refresh_token, auth_tokens_shape,
	auth_tenant_create, auth_tenant_shape, auth_user_create, auth_role_change, auth_user_shape,
	auth_link_shape, auth_discovery_shape, auth_chain_shape, auth_chain_check_shape,
	auth_stream_shape, auth_stream_change, auth_deletion_shape, auth_console_shape,
	auth_console_switch_shape, auth_console_proof_shape, auth_impersonate_shape, auth_totp_shape,
	auth_totp_confirm_shape, auth_recovery_shape, auth_invitation_create, auth_invitation_shape,
	auth_invitation_token, auth_invitation_view_shape, auth_invitation_accept_shape,
	auth_password_change, auth_password_forgotten, auth_profile_shape, auth_profile_change_shape,
	auth_setting_shape, auth_setting_change, auth_platform_tenant_shape, auth_platform_mail_shape,
	auth_view_shape, auth_view_create;

/* ?limit=&after= of our own lists, in the order of ids. */
extern const struct bh_paging auth_paging;

/* {"id", "name"} of a tenant that somebody belongs to (struct auth_home). */
extern const struct bh_field auth_home_fields[2];

/* http_chain.c */
int auth_http_audit_keys(struct bh_request *req);
int auth_http_chain_get(struct bh_request *req);
int auth_http_chain_check(struct bh_request *req);

/* http_stream.c */
int auth_http_stream_get(struct bh_request *req);
int auth_http_stream_put(struct bh_request *req);
int auth_http_stream_rotate(struct bh_request *req);
int auth_http_stream_remove(struct bh_request *req);

/* http_signin.c */
int auth_http_sign_in(struct bh_request *req);
int auth_http_refresh(struct bh_request *req);
int auth_http_sign_out(struct bh_request *req);

/* http_console.c and http_impersonate.c: sessions of browsers */
int auth_http_console_begin(struct bh_request *req);
int auth_http_console_get(struct bh_request *req);
int auth_http_console_end(struct bh_request *req);
int auth_http_console_switch(struct bh_request *req);
int auth_http_console_elevate(struct bh_request *req);
int auth_http_impersonate(struct bh_request *req);

/* http_totp.c: authenticator apps */
int auth_http_totp_begin(struct bh_request *req);
int auth_http_totp_confirm(struct bh_request *req);
int auth_http_totp_renew(struct bh_request *req);
int auth_http_totp_remove(struct bh_request *req);
int auth_http_account_totp(struct bh_request *req);

/* http_link.c */
int auth_http_link_redeem(struct bh_request *req);
int auth_http_setup_page(struct bh_request *req);

/* http_wellknown.c */
int auth_http_jwks(struct bh_request *req);
int auth_http_discovery(struct bh_request *req);

/* http_plan.c */
int auth_http_plan_apply(struct bh_request *req);

/* http_session.c */
int auth_http_me(struct bh_request *req);
int auth_http_session_list(struct bh_request *req);
int auth_http_session_revoke(struct bh_request *req);

/* http_account.c */
int auth_http_account_list(struct bh_request *req);
int auth_http_account_disable(struct bh_request *req);
int auth_http_account_enable(struct bh_request *req);

/* http_key.c: the same below /api/keys and /api/tenants/{tenant}/keys */
int auth_http_key_list(struct bh_request *req);
int auth_http_key_create(struct bh_request *req);
int auth_http_key_change(struct bh_request *req);
int auth_http_key_revoke(struct bh_request *req);

/* http_user.c: the same below /api/users and /api/tenants/{tenant}/users */
int auth_http_user_list(struct bh_request *req);
int auth_http_user_create(struct bh_request *req);
int auth_http_user_role(struct bh_request *req);
int auth_http_user_disable(struct bh_request *req);
int auth_http_user_enable(struct bh_request *req);
int auth_http_user_link(struct bh_request *req);

/* http_invitation.c: the same below /api/invitations and /api/tenants/{tenant}/invitations */
int auth_http_invitation_list(struct bh_request *req);
int auth_http_invitation_create(struct bh_request *req);
int auth_http_invitation_resend(struct bh_request *req);
int auth_http_invitation_revoke(struct bh_request *req);

/* http_accept.c */
int auth_http_invitation_view(struct bh_request *req);
int auth_http_invitation_accept(struct bh_request *req);

/* http_password.c */
int auth_http_password_change(struct bh_request *req);
int auth_http_password_reset(struct bh_request *req);

/* http_profile.c */
int auth_http_profile_get(struct bh_request *req);
int auth_http_profile_change(struct bh_request *req);

/* http_setting.c */
int auth_http_setting_get(struct bh_request *req);
int auth_http_setting_change(struct bh_request *req);

/* http_outbox.c */
int auth_http_outbox(struct bh_request *req);
int auth_http_outbox_tenant(struct bh_request *req);

/* http_tenant.c */
int auth_http_tenant_list(struct bh_request *req);
int auth_http_tenant_create(struct bh_request *req);
int auth_http_tenant_get(struct bh_request *req);
int auth_http_tenant_suspend(struct bh_request *req);
int auth_http_tenant_resume(struct bh_request *req);

/* http_deletion.c */
int auth_http_tenant_delete(struct bh_request *req);
int auth_http_receipt_list(struct bh_request *req);
int auth_http_receipt_get(struct bh_request *req);

/* http_limit.c: reading is the same below /api/limits and /api/tenants/{tenant}/limits */
int auth_http_limit_get(struct bh_request *req);
int auth_http_limit_put(struct bh_request *req);

/* http_cors.c: the same below /api/cors and /api/tenants/{tenant}/cors */
int auth_http_cors_get(struct bh_request *req);
int auth_http_cors_put(struct bh_request *req);

/* http_audit.c: of the tenant, of one named in the path, of all */
int auth_http_audit_list(struct bh_request *req);
int auth_http_audit_export(struct bh_request *req);

/* http_platform.c */
int auth_http_platform_health(struct bh_request *req);
int auth_http_platform_settings(struct bh_request *req);

/* http_across.c: of all tenants at once */
int auth_http_platform_tenants(struct bh_request *req);
int auth_http_platform_outbox(struct bh_request *req);

/* http_view.c: lists as people keep them */
int auth_http_view_list(struct bh_request *req);
int auth_http_view_create(struct bh_request *req);
int auth_http_view_delete(struct bh_request *req);

/* http_exchange.c and http_token.c: for the gateway, and for services */
int auth_http_exchange(struct bh_request *req);
int auth_http_token(struct bh_request *req);

#endif
