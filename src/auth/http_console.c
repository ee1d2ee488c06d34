/* SPDX-License-Identifier: Apache-2.0 */
/* http_console.c: the console's session: sign-in, what it is, another tenant, step-up, sign-out. */
#include "auth/http_console.h"

#include <string.h>

#include "auth/impersonate.h"
#include "auth/prove.h"
#include "auth/push.h"
#include "auth/routes.h"
#include "auth/session.h"
#include "auth/store_account.h"
#include "auth/store_membership.h"
#include "auth/store_plan.h"
#include "auth/store_profile.h"
#include "auth/store_tenant.h"
#include "base/clock.h"
#include "sec/password.h"
#include "service/request.h"

/* ---- the answer ---- */

struct membership {
	struct bh_uuid id;
	const char *name, *role;
};

struct shown {
	struct auth_console console;
	struct auth_profile account;
	struct auth_plan plan;
	struct membership *tenants;
	size_t n_tenants;
};

#define AT(member) offsetof(struct shown, member)

static int64_t
is_platform(const void *row)
{
	return bh_uuid_equal(&((const struct shown *)row)->console.tenant, &bh_platform_tenant);
}

static const char *
plan_of(const void *row)
{
	const struct shown *shown = row;

	return shown->plan.name != NULL ? shown->plan.name : "default";
}

/* Without a plan everything is included. */
static const char *
entitlements_of(const void *row)
{
	const struct shown *shown = row;

	return shown->plan.name != NULL ? shown->plan.entitlements : "*";
}

static const void *
impersonation_of(const void *row)
{
	const struct shown *shown = row;

	return shown->console.impersonated ? &shown->console.impersonation : NULL;
}

static const struct bh_field person_fields[] = {
	{"id", BH_FIELD_ID, AT(account.id)},
	{"email", BH_FIELD_TEXT, AT(account.email)},
	{"name", BH_FIELD_TEXT, AT(account.name)},
	{"locale", BH_FIELD_TEXT, AT(account.locale)},
	{"theme", BH_FIELD_TEXT, AT(account.theme)},
	{"time_zone", BH_FIELD_TEXT, AT(account.time_zone)},
	{"shortcuts", BH_FIELD_BOOL, AT(account.shortcuts)},
};

static const struct bh_field tenant_fields[] = {
	{"id", BH_FIELD_ID, AT(console.tenant)},
	{"name", BH_FIELD_TEXT, AT(console.row.tenant_name)},
	{"is_platform", BH_FIELD_BOOL, .number_of = is_platform},
};

static const struct bh_field membership_fields[] = {
	{"id", BH_FIELD_ID, offsetof(struct membership, id)},
	{"name", BH_FIELD_TEXT, offsetof(struct membership, name)},
	{"role", BH_FIELD_TEXT, offsetof(struct membership, role)},
};

static const struct bh_field membership_row = {"", BH_FIELD_OBJECT, BH_FIELDS(membership_fields)};

static const struct bh_field mfa_fields[] = {
	{"enabled", BH_FIELD_BOOL, AT(console.mfa_enabled)},
	{"required", BH_FIELD_BOOL, AT(console.row.mfa_required)},
	{"verified", BH_FIELD_BOOL, AT(console.mfa)},
};

static const struct bh_field impersonation_fields[] = {
	{"by", BH_FIELD_TEXT, offsetof(struct auth_impersonation, staff_email)},
	{"reason", BH_FIELD_TEXT, offsetof(struct auth_impersonation, reason)},
	{"until", BH_FIELD_TIME, offsetof(struct auth_impersonation, until_ms)},
};

static const struct bh_field session_fields[] = {
	{"id", BH_FIELD_ID, AT(console.row.id)},
	{"object", BH_FIELD_CONST, .words = "console_session"},
	{"account", BH_FIELD_OBJECT, 0, BH_FIELDS(person_fields)},
	{"tenant", BH_FIELD_OBJECT, 0, BH_FIELDS(tenant_fields)},
	{"role", BH_FIELD_TEXT, AT(console.row.role)},
	{"scopes", BH_FIELD_WORDS, AT(console.scope)},
	{"plan", BH_FIELD_TEXT, .text_of = plan_of},
	{"entitlements", BH_FIELD_WORDS, .text_of = entitlements_of},
	{"tenants", BH_FIELD_ARRAY, AT(tenants),
		BH_ELEMENTS(struct shown, tenants, n_tenants, &membership_row)},
	{"created_at", BH_FIELD_TIME, AT(console.row.created_ms)},
	{"idle_expires_at", BH_FIELD_TIME, AT(console.idle_expires_ms)},
	{"expires_at", BH_FIELD_TIME, AT(console.expires_ms)},
	{"elevated_until", BH_FIELD_TIME, AT(console.elevated_until_ms), BH_NULLABLE},
	{"mfa", BH_FIELD_OBJECT, 0, BH_FIELDS(mfa_fields)},
	{"impersonation", BH_FIELD_OBJECT, .flags = BH_NULLABLE, BH_FIELDS(impersonation_fields),
		.object_of = impersonation_of},
};

#undef AT

const struct bh_shape auth_console_shape = BH_SHAPE("ConsoleSession", struct shown, session_fields);

/* Where else the person could go. Whoever acts as them goes nowhere. */
BH_MUST_CHECK static int
tenants_find(struct bh_request *req, struct shown *shown)
{
	struct auth_home *homes = NULL;
	size_t n = 0;
	int rc = 0;

	if (!shown->console.impersonated)
		rc = auth_store_account_homes(req->db, &shown->account.id, AUTH_HOMES_SHOWN, &homes, &n);
	shown->tenants = bh_arena_array(req->arena, n + 1, sizeof(*shown->tenants));
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct bh_db there = auth_in_tenant(req->db, &homes[i].tenant);
		struct auth_standing standing = {0};

		rc = auth_store_membership_standing(&there, &homes[i].tenant, &shown->account.id,
			&standing);
		if (rc == BH_E_NOT_FOUND) {
			rc = 0;
			continue;
		}
		if (rc == 0 && strcmp(standing.state, "active") == 0 &&
			strcmp(standing.tenant_state, AUTH_TENANT_DELETING) != 0)
			shown->tenants[shown->n_tenants++] = (struct membership){homes[i].tenant, homes[i].name,
				standing.role};
	}
	return rc;
}

static int
reply_session(struct bh_request *req, const struct auth_console *console)
{
	struct shown shown = {.console = *console};
	struct bh_db own = auth_in_tenant(req->db, &console->tenant);
	int rc = auth_store_profile_get(req->db, &console->row.account, &shown.account);

	if (rc == 0)
		rc = auth_store_plan_get(&own, &console->tenant, &shown.plan);
	if (rc == 0)
		rc = tenants_find(req, &shown);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_reply_header(req, "cache-control", "no-store");
	return bh_reply_object(req, 200, &auth_console_shape, &shown);
}

void
auth_console_set_cookie(struct bh_request *req, const struct auth_cookie *cookie, int64_t now_ms)
{
	const char *url = bh_runtime_conf(req->runtime)->public_url;
	int64_t left_s = cookie != NULL ? (cookie->expires_ms - now_ms) / 1000 : 0;
	char *text = bh_arena_printf(req->arena,
		"%s=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s", bh_platform_cookie(url),
		cookie != NULL ? cookie->text : "", (long long)(left_s > 0 ? left_s : 0),
		bh_platform_is_tls(url) ? "; Secure" : "");

	bh_reply_header(req, "set-cookie", text);
}

int
auth_console_reply_new(struct bh_request *req, const struct auth_cookie *cookie, int64_t now_ms)
{
	struct auth_console console = {0};
	int rc = auth_console_get(req->service, req->db, &cookie->tenant, &cookie->session, now_ms,
		&console);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_uuid(&req->audit, "target_tenant_id", &cookie->tenant);
	bh_audit_uuid(&req->audit, "target_user_id", &console.row.account);
	bh_audit_uuid(&req->audit, "target_session_id", &cookie->session);
	auth_console_set_cookie(req, cookie, now_ms);
	return reply_session(req, &console);
}

/* ---- who asks ---- */

int
auth_console_of(struct bh_request *req, struct auth_console *out)
{
	if (strcmp(req->claims.client, BH_CLIENT_CONSOLE) != 0)
		return bh_error(BH_E_UNAUTHENTICATED, "There is no console session.");
	return auth_console_get(req->service, req->db, &req->tenant, &req->claims.session,
		bh_clock_wall_ms(), out);
}

int
auth_console_page_check(struct bh_request *req)
{
	const char *site = bh_http_header(req->http, "sec-fetch-site");

	if (site != NULL && strcmp(site, "same-origin") != 0)
		return bh_error(BH_E_CSRF, "Only the console's own pages may sign in.");
	return 0;
}

const char *
auth_console_client(const struct bh_request *req)
{
	const char *client = bh_http_header(req->http, "user-agent");

	return client != NULL ? client : "";
}

/* GET /api/auth/session: who is signed in, and what they may do. */
int
auth_http_console_get(struct bh_request *req)
{
	struct auth_console console = {0};
	int rc = auth_console_of(req, &console);

	return rc < 0 ? bh_reply_error(req, rc, NULL) : reply_session(req, &console);
}

/* ---- in and out ---- */

/* POST /api/auth/session: a session for an address, a password and, where there is an app, a code. */
int
auth_http_console_begin(struct bh_request *req)
{
	struct auth_sign_in_body body = {0};
	struct auth_signed signed_in = {0};
	struct auth_cookie cookie = {0};
	int64_t wait_ms = 0, now_ms;
	struct auth_console_begin wanted;
	int rc = auth_console_page_check(req);

	if (rc == 0)
		rc = bh_request_object(req, &auth_sign_in, &body);
	if (rc == 0)
		rc = auth_prove_person(req, &body, &signed_in, &wait_ms);
	if (rc < 0)
		return auth_prove_refuse(req, rc, wait_ms);
	if (signed_in.home == NULL)
		return auth_home_ask(req, signed_in.homes, signed_in.n_homes);
	wanted = (struct auth_console_begin){
		.tenant = signed_in.home->tenant,
		.account = signed_in.account.id,
		.client = auth_console_client(req),
		.password_set_ms = signed_in.account.password_set_ms,
		.mfa = signed_in.mfa,
	};
	/* Not before the proof: the password may have been set while this one waited to be hashed. */
	now_ms = bh_clock_wall_ms();
	rc = auth_console_begin(req->service, req->db, &wanted, now_ms, &cookie);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (cookie.ended_others)
		auth_push_pending(req->runtime, req->service);
	return auth_console_reply_new(req, &cookie, now_ms);
}

/* DELETE /api/auth/session: signs out; of an impersonation, back to one's own session. One that another tab
 * has ended is no error. */
int
auth_http_console_end(struct bh_request *req)
{
	struct auth_console console = {0};
	struct auth_cookie back = {0};
	int64_t now_ms = bh_clock_wall_ms();
	int rc = auth_console_of(req, &console);

	if (rc == 0 && console.impersonated)
		rc = auth_impersonate_end(req, &console.impersonation, now_ms, &back);
	else if (rc == 0)
		rc = auth_session_end(req->db, &req->tenant, &console.row.id, NULL);
	if (rc < 0 && rc != BH_E_NOT_FOUND)
		return bh_reply_error(req, rc, NULL);
	auth_push_pending(req->runtime, req->service);
	auth_console_set_cookie(req, back.text != NULL ? &back : NULL, now_ms);
	return bh_reply_empty(req, 204);
}

/* ---- changes of rights ---- */

struct to {
	const char *tenant;
};

static const struct bh_field switch_fields[] = {
	{"tenant", BH_FIELD_TEXT, offsetof(struct to, tenant), BH_REQUIRED, 1, 128},
};

const struct bh_shape auth_console_switch_shape = BH_SHAPE("SessionSwitch", struct to,
	switch_fields);

/* POST /api/auth/session/switch: goes on in another tenant of the person. */
int
auth_http_console_switch(struct bh_request *req)
{
	struct to body = {0};
	struct auth_console console = {0};
	struct auth_home *homes = NULL;
	const struct auth_home *home = NULL;
	struct auth_cookie cookie = {0};
	int64_t now_ms = bh_clock_wall_ms();
	size_t n = 0;
	int rc = bh_request_object(req, &auth_console_switch_shape, &body);

	if (rc == 0)
		rc = auth_console_of(req, &console);
	if (rc == 0)
		rc = auth_store_account_homes(req->db, &console.row.account, AUTH_HOMES_SHOWN, &homes, &n);
	if (rc == 0)
		rc = auth_home_choose(homes, n, body.tenant, &home);
	if (rc == 0)
		rc = auth_console_switch(req->service, req->db, &console, &home->tenant, now_ms, &cookie);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	auth_push_pending(req->runtime, req->service);
	return auth_console_reply_new(req, &cookie, now_ms);
}

struct proof {
	const char *password, *code;
};

static const struct bh_field proof_fields[] = {
	{"password", BH_FIELD_TEXT, offsetof(struct proof, password), BH_NULLABLE, 1, BH_PASSWORD_MOST},
	{"code", BH_FIELD_TEXT, offsetof(struct proof, code), BH_NULLABLE, 1, 32},
};

const struct bh_shape auth_console_proof_shape = BH_SHAPE("SessionProof", struct proof,
	proof_fields);

/* With an app its code is asked for, without one the password; what is given besides must be right too. The
 * session goes on whatever comes of it: so 403 and not 401. */
BH_MUST_CHECK static int
prove_again(struct bh_request *req, const struct auth_console *console, const struct proof *body,
	int64_t *out_wait_ms)
{
	struct auth_account account = {0}, proved = {0};
	int rc = auth_store_account_get(req->db, &console->row.account, &account);

	if (rc < 0)
		return rc;
	if (console->mfa_enabled && body->code == NULL)
		return bh_error_param(BH_E_MISSING, "code", "'code' is required.");
	if (!console->mfa_enabled && body->password == NULL)
		return bh_error_param(BH_E_MISSING, "password", "'password' is required.");
	if (!console->mfa_enabled && body->code != NULL)
		return bh_error_param(BH_E_INVALID, "code", "No authenticator app is set up.");
	if (body->password != NULL)
		rc = auth_prove_password(req, account.email, body->password, &proved, out_wait_ms);
	if (rc == 0 && body->code != NULL)
		rc = auth_prove_code(req, &account, body->code, true, out_wait_ms);
	return rc == BH_E_UNAUTHENTICATED || rc == BH_E_MFA_WRONG
		? bh_error(BH_E_PROOF, "The password or the code is incorrect.")
		: rc;
}

/* POST /api/auth/session/elevate: proves once more who that is, for what destroys. */
int
auth_http_console_elevate(struct bh_request *req)
{
	struct proof body = {0};
	struct auth_console console = {0};
	struct auth_cookie cookie = {0};
	int64_t wait_ms = 0, now_ms = 0;
	int rc = bh_request_object(req, &auth_console_proof_shape, &body);

	if (rc == 0)
		rc = auth_console_of(req, &console);
	if (rc == 0)
		rc = prove_again(req, &console, &body, &wait_ms);
	now_ms = bh_clock_wall_ms();
	if (rc == 0)
		rc = auth_console_rotate(req->service, req->db, &req->tenant, &console.row.id,
			&(struct auth_console_proof){.elevate = true,
				.mfa = body.code != NULL,
				.was = console.row.secret_hash},
			now_ms, &cookie);
	if (rc < 0)
		return auth_prove_refuse(req, rc, wait_ms);
	auth_push_credential(req->runtime, &req->tenant, &console.row.id);
	return auth_console_reply_new(req, &cookie, now_ms);
}
