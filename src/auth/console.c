/* SPDX-License-Identifier: Apache-2.0 */
/* console.c: the rules of console sessions. */
#include "auth/console.h"

#include <string.h>

#include "auth/roles.h"
#include "auth/session.h"
#include "auth/store_account.h"
#include "auth/store_membership.h"
#include "auth/store_revocation.h"
#include "auth/store_session.h"
#include "auth/store_tenant.h"
#include "base/error.h"

static int64_t
shorter(int64_t own_s, int64_t wish_s)
{
	return 1000 * (wish_s != 0 && wish_s < own_s ? wish_s : own_s);
}

int64_t
auth_console_idle_ms(const struct auth *auth, const struct bh_uuid *tenant, int64_t tenant_idle_s)
{
	bool staff = bh_uuid_equal(tenant, &bh_platform_tenant);

	return shorter(staff ? auth->conf.staff_console_idle_s : auth->conf.console_idle_s,
		tenant_idle_s);
}

int64_t
auth_console_max_ms(const struct auth *auth, const struct bh_uuid *tenant, int64_t tenant_max_s)
{
	bool staff = bh_uuid_equal(tenant, &bh_platform_tenant);

	return shorter(staff ? auth->conf.staff_console_max_s : auth->conf.console_max_s, tenant_max_s);
}

/* ---- what a session may do now ---- */

static int
over(void)
{
	return bh_error(BH_E_UNAUTHENTICATED, "The session has ended.");
}

BH_MUST_CHECK static int
tenant_check(const struct auth_console_row *row)
{
	if (strcmp(row->tenant_state, AUTH_TENANT_DELETING) == 0)
		return over();
	if (strcmp(row->tenant_state, "active") != 0)
		return bh_error(BH_E_SUSPENDED, "The tenant is suspended.");
	if (strcmp(row->member_state, "active") != 0)
		return bh_error(BH_E_SUSPENDED, "The user is disabled.");
	return 0;
}

/* Both ends, by what the tenant and the platform say now and not when it began. */
static void
ends_fill(const struct auth *auth, struct auth_console *console)
{
	const struct auth_console_row *row = &console->row;
	int64_t most_ms = row->proved_ms +
		auth_console_max_ms(auth, &console->tenant, row->tenant_max_s);

	console->expires_ms = row->expires_ms < most_ms ? row->expires_ms : most_ms;
	if (console->impersonated && console->impersonation.until_ms < console->expires_ms)
		console->expires_ms = console->impersonation.until_ms;
	console->idle_expires_ms = row->last_used_ms +
		auth_console_idle_ms(auth, &console->tenant, row->tenant_idle_s);
	if (console->idle_expires_ms > console->expires_ms)
		console->idle_expires_ms = console->expires_ms;
}

/* Whoever acts as somebody else is still of the platform's staff, and signed in there. */
BH_MUST_CHECK static int
staff_check(struct auth *auth, struct bh_db *db, int64_t now_ms, struct auth_console *console)
{
	struct auth_impersonation *acts = &console->impersonation;
	struct auth_console own = {0};
	bool found = false;
	int rc = auth_store_impersonation_get(db, &console->row.id, acts, &found);

	if (rc < 0)
		return rc;
	if (!found || acts->ended_ms != 0 || acts->until_ms <= now_ms)
		return over();
	rc = auth_console_get(auth, db, &bh_platform_tenant, &acts->staff_session, now_ms, &own);
	if (rc == 0 && strcmp(own.row.role, "superuser") != 0)
		return over();
	if (rc < 0)
		return rc;
	/* Theirs does not end because they are busy here. */
	if (now_ms - own.row.last_used_ms >= AUTH_CONSOLE_USED_MS)
		rc = auth_store_console_used(AUTH_DB(auth_in_tenant(db, &bh_platform_tenant)),
			&bh_platform_tenant, &acts->staff_session, now_ms);
	console->impersonated = true;
	console->mfa = own.mfa;
	ends_fill(auth, console);
	return rc;
}

/* What the person behind it has: the account, the password, the app. */
BH_MUST_CHECK static int
person_check(struct bh_db *db, struct auth_console *console)
{
	const struct auth_console_row *row = &console->row;
	struct auth_console_person person = {0};
	int rc = auth_store_console_person(db, &row->account, &person);

	if (rc < 0)
		return rc == BH_E_NOT_FOUND ? over() : rc;
	if (strcmp(person.state, "active") != 0)
		return bh_error(BH_E_SUSPENDED, "The user is disabled.");
	console->mfa_enabled = person.mfa;
	if (console->impersonated)
		return 0;
	if (row->proved_ms < person.password_set_ms)
		return over();
	console->mfa = person.mfa && row->mfa_ms != 0;
	/* What was proved with the old password is proved no more. */
	if (row->elevated_until_ms - AUTH_ELEVATION_MS >= person.password_set_ms)
		console->elevated_until_ms = row->elevated_until_ms;
	return 0;
}

/* Whether a session that was found works now, and for what. */
BH_MUST_CHECK static int
stand(struct auth *auth, struct bh_db *db, int64_t now_ms, struct auth_console *console)
{
	const struct auth_console_row *row = &console->row;
	const char *scopes;
	int rc;

	ends_fill(auth, console);
	if (row->revoked_ms != 0 || console->expires_ms <= now_ms || console->idle_expires_ms <= now_ms)
		return over();
	rc = tenant_check(row);
	if (rc == 0 && strcmp(row->method, AUTH_METHOD_IMPERSONATION) == 0)
		rc = staff_check(auth, db, now_ms, console);
	if (rc == 0)
		rc = person_check(db, console);
	if (rc < 0)
		return rc;
	if (console->elevated_until_ms <= now_ms)
		console->elevated_until_ms = 0;
	scopes = auth_role_scopes(&auth->roles, row->role);
	console->scope = row->mfa_required && !console->mfa
		? auth_scopes_both(db->arena, AUTH_CONSOLE_LIMITED, scopes)
		: scopes;
	return 0;
}

static bool
secret_is(const struct auth_console_row *row, const struct bh_credential *cookie)
{
	return row->secret_hash.len == sizeof(cookie->hash.bytes) &&
		bh_bytes_equal(row->secret_hash.data, cookie->hash.bytes, row->secret_hash.len);
}

int
auth_console_find(struct auth *auth, struct bh_db *db, const struct bh_credential *cookie,
	int64_t now_ms, struct auth_console *out, bool *out_known)
{
	struct auth_console console = {.tenant = cookie->tenant};
	struct bh_db own = auth_in_tenant(db, &cookie->tenant);
	bool found = false;
	int rc;

	*out_known = false;
	rc = auth_store_console_get(&own, &cookie->tenant, &cookie->row, &console.row, &found);
	if (rc < 0)
		return rc;
	if (!found || !secret_is(&console.row, cookie))
		return over();
	*out_known = true;
	own.payer = cookie->tenant; /* no stranger any more */
	rc = stand(auth, &own, now_ms, &console);
	if (rc == 0 && now_ms - console.row.last_used_ms >= AUTH_CONSOLE_USED_MS) {
		rc = auth_store_console_used(&own, &cookie->tenant, &cookie->row, now_ms);
		console.row.last_used_ms = now_ms;
		ends_fill(auth, &console);
	}
	if (rc == 0)
		*out = console;
	return rc;
}

int
auth_console_get(struct auth *auth, struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t now_ms, struct auth_console *out)
{
	struct auth_console console = {.tenant = *tenant};
	struct bh_db own = auth_in_tenant(db, tenant);
	bool found = false;
	int rc = auth_store_console_get(&own, tenant, id, &console.row, &found);

	if (rc == 0)
		rc = found ? stand(auth, &own, now_ms, &console) : over();
	if (rc == 0)
		*out = console;
	return rc;
}

/* ---- begin and switch ---- */

struct begin {
	struct auth *auth;
	const struct auth_console_begin *wanted;
	const struct auth_console *from; /* NULL: a sign-in */
	int64_t now_ms;
	struct auth_cookie cookie;
};

void
auth_console_secret(struct bh_arena *arena, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct auth_cookie *out, struct bh_digest *out_hash)
{
	char text[BH_CREDENTIAL_TEXT];

	bh_credential_make(BH_CREDENTIAL_CONSOLE, tenant, id, text, out_hash);
	*out = (struct auth_cookie){
		.tenant = *tenant,
		.session = *id,
		.text = bh_arena_copy(arena, text, sizeof(text) - 1),
	};
	bh_wipe(text, sizeof(text));
}

BH_MUST_CHECK static int
person_may_begin(struct bh_db *tx, const struct begin *begin)
{
	const struct auth_console_begin *wanted = begin->wanted;
	struct auth_console_person person = {0};
	int rc = auth_store_console_person(tx, &wanted->account, &person);

	if (rc == 0 && person.password_set_ms != wanted->password_set_ms)
		rc = bh_error(BH_E_UNAUTHENTICATED, "The password was changed in the meantime.");
	if (rc == 0 && strcmp(person.state, "active") != 0)
		rc = bh_error(BH_E_SUSPENDED, "The user is disabled.");
	/* Set up between the look and now: the code was not asked for. */
	if (rc == 0 && begin->from == NULL && person.mfa && !wanted->mfa)
		rc = bh_error(BH_E_MFA, "A code of the authenticator app is needed besides the password.");
	return rc;
}

BH_MUST_CHECK static int
row_add(struct bh_db *tx, struct begin *begin)
{
	const struct auth_console_begin *wanted = begin->wanted;
	const struct auth_console *from = begin->from;
	const struct bh_uuid id = bh_uuid_new();
	int64_t proved_ms = from != NULL ? from->row.proved_ms : begin->now_ms;
	struct auth_console_new session = {
		.id = id,
		.account = wanted->account,
		.method = AUTH_METHOD_CONSOLE,
		.client = auth_session_client(tx->arena, wanted->client),
		.now_ms = begin->now_ms,
		.proved_ms = proved_ms,
		.expires_ms = proved_ms + auth_console_max_ms(begin->auth, &wanted->tenant, 0),
		.mfa_ms = !wanted->mfa ? 0
			: from != NULL     ? from->row.mfa_ms
							   : begin->now_ms,
	};
	bool ended = begin->cookie.ended_others;

	auth_console_secret(tx->arena, &wanted->tenant, &id, &begin->cookie, &session.secret_hash);
	begin->cookie.expires_ms = session.expires_ms;
	begin->cookie.ended_others = ended;
	return auth_store_console_add(tx, &wanted->tenant, &session);
}

/* The one that is left. */
BH_MUST_CHECK static int
from_end(struct bh_db *tx, const struct auth_console *from)
{
	struct bh_db there = auth_in_tenant(tx, &from->tenant);
	int rc = auth_store_session_revoke(&there, &from->tenant, &from->row.id, NULL);

	if (rc == BH_E_NOT_FOUND)
		return over(); /* meanwhile, in another tab */
	return rc < 0 ? rc : auth_store_revocation_credential(tx, &from->tenant, &from->row.id);
}

BH_MUST_CHECK static int
begin_work(struct bh_db *tx, void *ctx)
{
	struct begin *begin = ctx;
	const struct auth_console_begin *wanted = begin->wanted;
	struct auth_standing standing = {0};
	int rc = person_may_begin(tx, begin);

	if (rc == 0)
		rc = auth_session_standing(tx, &wanted->tenant, &wanted->account, &standing);
	if (rc == 0 && begin->from != NULL && standing.mfa_required && !wanted->mfa)
		rc = bh_error(BH_E_MFA_SESSION,
			"The tenant requires two-factor authentication, which this session does not have.");
	if (rc == 0)
		rc = auth_session_room(begin->auth, tx, &wanted->tenant, &wanted->account, begin->now_ms,
			&begin->cookie.ended_others);
	if (rc == 0)
		rc = row_add(tx, begin);
	return rc == 0 && begin->from != NULL ? from_end(tx, begin->from) : rc;
}

int
auth_console_begin(struct auth *auth, struct bh_db *db, const struct auth_console_begin *wanted,
	int64_t now_ms, struct auth_cookie *out)
{
	struct begin begin = {.auth = auth, .wanted = wanted, .now_ms = now_ms};
	struct bh_db own = auth_in_tenant(db, &wanted->tenant);
	int rc;

	own.payer = wanted->tenant; /* no stranger any more */
	rc = bh_tx_run(&own, begin_work, &begin);
	if (rc == 0)
		*out = begin.cookie;
	return rc;
}

int
auth_console_switch(struct auth *auth, struct bh_db *db, const struct auth_console *from,
	const struct bh_uuid *to, int64_t now_ms, struct auth_cookie *out)
{
	struct auth_console_begin wanted = {
		.tenant = *to,
		.account = from->row.account,
		.client = from->row.client,
		.mfa = from->mfa,
	};
	struct begin begin = {.auth = auth, .wanted = &wanted, .from = from, .now_ms = now_ms};
	struct auth_console_person person = {0};
	int rc = auth_store_console_person(db, &from->row.account, &person);

	if (rc < 0)
		return rc;
	/* A session that stands has proved the password of now. */
	wanted.password_set_ms = person.password_set_ms;
	rc = bh_tx_run(AUTH_DB(auth_in_tenant(db, to)), begin_work, &begin);
	if (rc < 0)
		return rc;
	*out = begin.cookie;
	out->ended_others = true;
	return 0;
}

/* ---- rotate ---- */

struct rotate {
	struct auth *auth;
	const struct bh_uuid *tenant, *id;
	const struct auth_console_proof *proof;
	int64_t now_ms;
	struct auth_cookie cookie;
};

BH_MUST_CHECK static int
rotate_work(struct bh_db *tx, void *ctx)
{
	struct rotate *rotate = ctx;
	const struct auth_console_proof *proof = rotate->proof;
	struct auth_console_change change = {
		.elevated_until_ms = proof->elevate ? rotate->now_ms + AUTH_ELEVATION_MS : 0,
		.mfa_ms = proof->mfa ? rotate->now_ms : 0,
		.proved_ms = proof->password ? rotate->now_ms : 0,
		.was = proof->was,
	};
	struct auth_console_row row = {0};
	bool found = false, changed;
	int rc;

	auth_console_secret(tx->arena, rotate->tenant, rotate->id, &rotate->cookie,
		&change.secret_hash);
	rc = auth_store_console_rotate(tx, rotate->tenant, rotate->id, &change, rotate->now_ms);
	changed = rc == 0;
	if (changed || rc == BH_E_NOT_FOUND)
		rc = auth_store_console_get(tx, rotate->tenant, rotate->id, &row, &found);
	if (rc < 0)
		return rc;
	if (!changed)
		return found && row.revoked_ms == 0
			? bh_error(BH_E_STATE, "The session was changed by another request; try again.")
			: over();
	rotate->cookie.expires_ms = row.expires_ms;
	return 0;
}

int
auth_console_rotate(struct auth *auth, struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct auth_console_proof *proof, int64_t now_ms,
	struct auth_cookie *out)
{
	struct rotate rotate = {
		.auth = auth,
		.tenant = tenant,
		.id = id,
		.proof = proof,
		.now_ms = now_ms,
	};
	int rc = bh_tx_run(AUTH_DB(auth_in_tenant(db, tenant)), rotate_work, &rotate);

	if (rc == 0)
		*out = rotate.cookie;
	return rc;
}
