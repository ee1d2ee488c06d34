/* SPDX-License-Identifier: Apache-2.0 */
/* session.c: the state machine of sign-ins and refresh tokens. */
#include "auth/session.h"

#include <string.h>

#include "auth/roles.h"
#include "auth/signing.h"
#include "auth/store_account.h"
#include "auth/store_membership.h"
#include "auth/store_revocation.h"
#include "auth/store_session.h"
#include "auth/store_tenant.h"
#include "auth/tries.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "sec/credential.h"
#include "sec/seal.h"

enum {
	CLIENT_BYTES = 256,
	/* Used tokens of a sign-in that are kept: whoever comes with one of them ends it. An older one is
	 * refused like any that is unknown. */
	USED_KEPT = 100
};

/* Ended sign-ins stay visible to reuse detection for a day. */
#define PRUNE_AFTER_MS (24 * 60 * 60 * 1000LL)

static void
seal_context(const struct bh_uuid *successor, char out[64])
{
	char text[BH_UUID_TEXT];

	bh_uuid_format(successor, text);
	strcpy(out, "auth.refresh_token:");
	strcat(out, text);
}

int
auth_session_standing(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *account,
	struct auth_standing *out)
{
	int rc = auth_store_membership_standing(tx, tenant, account, out);

	if (rc == BH_E_NOT_FOUND)
		return bh_error(BH_E_FORBIDDEN, "You are not a member of this tenant.");
	if (rc < 0)
		return rc;
	if (strcmp(out->tenant_state, AUTH_TENANT_DELETING) == 0)
		return bh_error(BH_E_FORBIDDEN, "You are not a member of this tenant.");
	if (strcmp(out->tenant_state, "active") != 0)
		return bh_error(BH_E_SUSPENDED, "The tenant is suspended.");
	if (strcmp(out->state, "active") != 0)
		return bh_error(BH_E_SUSPENDED, "The user is disabled.");
	return 0;
}

BH_MUST_CHECK static int
tokens_mint(struct auth *auth, struct bh_db *db, int64_t version, int64_t now_ms,
	struct auth_tokens *tokens)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	char subject[BH_UUID_TEXT];
	struct auth_grant grant = {
		.tenant = tokens->tenant,
		.session = tokens->session,
		.subject = subject,
		.client = "password",
		.actor = "",
		.role = tokens->role,
		.scope = tokens->scope,
		.audience = auth->audience,
		.version = version,
	};
	struct bh_db own = auth_in_tenant(db, &tokens->tenant);
	int rc = auth_store_plan_get(&own, &tokens->tenant, &grant.plan);

	if (rc < 0)
		return rc;
	bh_uuid_format(&tokens->account, subject);
	rc = auth_signer_mint(auth->signer, &grant, now_ms / 1000, &text, &tokens->expires_s);
	if (rc < 0)
		return rc;
	tokens->access = bh_arena_copy(db->arena, text.data, text.len);
	return 0;
}

/* A refresh token's row; its text goes to the arena. */
BH_MUST_CHECK static int
refresh_make(struct auth *auth, struct bh_db *tx, const struct auth_tokens *tokens, int64_t now_ms,
	struct bh_uuid *out_id, const char **out_text)
{
	char text[BH_CREDENTIAL_TEXT];
	struct bh_digest hash;

	*out_id = bh_uuid_new();
	bh_credential_make(BH_CREDENTIAL_REFRESH, &tokens->tenant, out_id, text, &hash);
	*out_text = bh_arena_copy(tx->arena, text, sizeof(text) - 1);
	bh_wipe(text, sizeof(text));
	return auth_store_refresh_add(tx, &tokens->tenant, out_id, &tokens->session, &hash,
		now_ms + auth->conf.refresh_idle_s * 1000);
}

/* ---- begin ---- */

const char *
auth_session_client(struct bh_arena *arena, const char *client)
{
	size_t len = strlen(client);

	return bh_arena_copy(arena, client,
		bh_text_is_utf8(client, len) ? bh_text_cut(client, len, CLIENT_BYTES) : 0);
}

struct begin {
	struct auth *auth;
	const struct auth_session_new *wanted;
	int64_t now_ms;
	struct auth_tokens tokens;
};

BH_MUST_CHECK static int
session_add(struct bh_db *tx, const struct begin *begin)
{
	const struct auth_session_new *wanted = begin->wanted;
	const struct auth_session session = {
		.id = begin->tokens.session,
		.account = wanted->account,
		.method = wanted->method,
		.client = auth_session_client(tx->arena, wanted->client),
		.mfa_ms = wanted->mfa ? begin->now_ms : 0,
		.created_ms = begin->now_ms,
		.expires_ms = begin->now_ms + begin->auth->conf.session_max_s * 1000,
	};

	return auth_store_session_add(tx, &wanted->tenant, &session);
}

int
auth_session_room(struct auth *auth, struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, int64_t now_ms, bool *out_ended)
{
	int64_t keep = auth->conf.user_sessions;
	struct bh_uuid *ended = NULL;
	size_t n = 0;
	int rc = auth_store_session_prune(tx, tenant, account, now_ms - PRUNE_AFTER_MS, now_ms, keep);

	if (rc == 0)
		rc = auth_store_session_trim(tx, tenant, account, now_ms, keep - 1, &ended, &n);
	if (rc == 0 && n > 0)
		rc = auth_store_revocation_credentials(tx, tenant, ended, n);
	*out_ended = n > 0;
	return rc;
}

BH_MUST_CHECK static int
begin_work(struct bh_db *tx, void *ctx)
{
	struct begin *begin = ctx;
	const struct auth_session_new *wanted = begin->wanted;
	struct auth_tokens *tokens = &begin->tokens;
	struct auth_standing standing = {0};
	struct auth_account account = {0};
	struct bh_uuid first;
	int64_t version = 0;
	int rc = auth_store_revocation_seq(tx, &version);

	if (rc == 0)
		rc = auth_store_account_get(tx, &wanted->account, &account);
	if (rc == 0 && account.password_set_ms != wanted->password_set_ms)
		rc = bh_error(BH_E_UNAUTHENTICATED, "The password was changed in the meantime.");
	if (rc == 0 && strcmp(account.state, "active") != 0)
		rc = bh_error(BH_E_SUSPENDED, "The user is disabled.");
	if (rc == 0)
		rc = auth_session_standing(tx, &wanted->tenant, &wanted->account, &standing);
	if (rc == 0 && standing.mfa_required && !wanted->mfa)
		rc = bh_error(BH_E_MFA_SESSION,
			"The tenant requires two-factor authentication; set one up in the console.");
	if (rc < 0)
		return rc;

	*tokens = (struct auth_tokens){
		.tenant = wanted->tenant,
		.account = wanted->account,
		.session = bh_uuid_new(),
		.tenant_name = standing.tenant_name,
		.role = standing.role,
		.scope = auth_role_scopes(&begin->auth->roles, standing.role),
	};
	rc = auth_session_room(begin->auth, tx, &wanted->tenant, &wanted->account, begin->now_ms,
		&tokens->ended_others);
	if (rc == 0)
		rc = session_add(tx, begin);
	if (rc == 0)
		rc = refresh_make(begin->auth, tx, tokens, begin->now_ms, &first, &tokens->refresh);
	return rc < 0 ? rc : tokens_mint(begin->auth, tx, version, begin->now_ms, tokens);
}

int
auth_session_begin(struct auth *auth, struct bh_db *db, const struct auth_session_new *session,
	int64_t now_ms, struct auth_tokens *out)
{
	struct begin begin = {.auth = auth, .wanted = session, .now_ms = now_ms};
	struct bh_db own = auth_in_tenant(db, &session->tenant);
	int rc;

	own.payer = session->tenant; /* no stranger any more */
	rc = bh_tx_run(&own, begin_work, &begin);
	if (rc == 0)
		*out = begin.tokens;
	return rc;
}

/* ---- refresh ---- */

struct refresh {
	struct auth *auth;
	const struct bh_credential *credential;
	int64_t now_ms, wait_ms;
	struct auth_tokens tokens;
	bool refused; /* answered with 401 after the commit */
	bool revoked;
};

/* Somebody has a copy: nobody can tell who is the thief, so the whole family ends. */
BH_MUST_CHECK static int
family_revoke(struct bh_db *tx, struct refresh *refresh, const struct auth_refresh *token)
{
	const struct bh_uuid *tenant = &refresh->credential->tenant;
	int rc;

	refresh->refused = true;
	rc = auth_store_session_revoke(tx, tenant, &token->session.id, NULL);
	if (rc == 0)
		rc = auth_store_revocation_credential(tx, tenant, &token->session.id);
	refresh->revoked = rc == 0;
	return rc;
}

/* A token not used before gets a successor. */
BH_MUST_CHECK static int
token_consume(struct bh_db *tx, struct refresh *refresh, const struct auth_refresh *token)
{
	BH_AUTO(bh_buf_close) struct bh_buf sealed = {0};
	const struct bh_uuid *tenant = &refresh->credential->tenant;
	const char **text = &refresh->tokens.refresh;
	struct bh_uuid successor;
	char context[64];
	int rc = refresh_make(refresh->auth, tx, &refresh->tokens, refresh->now_ms, &successor, text);

	if (rc < 0)
		return rc;
	seal_context(&successor, context);
	bh_seal(&refresh->auth->refresh_key, context, *text, strlen(*text), &sealed);
	rc = auth_store_refresh_consume(tx, tenant, token, &successor, sealed.data, sealed.len,
		refresh->now_ms);
	if (rc == 0)
		rc = auth_store_refresh_trim(tx, tenant, &token->session.id, USED_KEPT);
	return rc < 0 ? rc : auth_store_session_touch(tx, tenant, &token->session.id, refresh->now_ms);
}

/* The immediate parent, a moment later: the same successor again. */
BH_MUST_CHECK static int
token_repeat(struct bh_db *tx, struct refresh *refresh, const struct auth_refresh *token)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	char context[64];
	int rc;

	seal_context(&token->successor, context);
	rc = bh_unseal(&refresh->auth->refresh_key, context, token->successor_sealed.data,
		token->successor_sealed.len, &text);
	if (rc < 0)
		return bh_error(BH_E_INTERNAL, "cannot unseal the successor of a refresh token");
	refresh->tokens.refresh = bh_arena_copy(tx->arena, text.data, text.len);
	bh_wipe(text.data, text.len);
	return 0;
}

/* Whether the sign-in still stands: not ended, not expired, no newer password. */
BH_MUST_CHECK static int
session_stands(struct bh_db *tx, const struct refresh *refresh, const struct auth_refresh *token,
	bool *out)
{
	struct auth_account account = {0};
	int rc = auth_store_account_get(tx, &token->session.account, &account);

	if (rc == 0)
		*out = token->session.revoked_ms == 0 && token->session.expires_ms > refresh->now_ms &&
			strcmp(account.state, "active") == 0 &&
			token->session.created_ms >= account.password_set_ms;
	return rc;
}

BH_MUST_CHECK static int
refresh_work(struct bh_db *tx, void *ctx)
{
	struct refresh *refresh = ctx;
	const struct bh_credential *credential = refresh->credential;
	struct auth_standing standing = {0};
	struct auth_refresh token = {0};
	int64_t version = 0;
	bool found = false, stands = false, waits, repeats;
	int rc;

	refresh->refused = refresh->revoked = false;
	rc = auth_store_revocation_seq(tx, &version);
	if (rc == 0)
		rc = auth_store_refresh_lock(tx, &credential->tenant, &credential->row, &credential->hash,
			&token, &found);
	if (rc == 0 && found)
		rc = session_stands(tx, refresh, &token, &stands);
	if (rc < 0)
		return rc;
	if (!stands) {
		refresh->refused = true;
		return 0;
	}

	waits = token.consumed_ms == 0;
	repeats = !waits && !token.successor_consumed && token.successor_sealed.data != NULL &&
		refresh->now_ms - token.consumed_ms <= AUTH_REFRESH_GRACE_MS;
	if (!waits && !repeats)
		return family_revoke(tx, refresh, &token);
	if (waits && token.expires_ms <= refresh->now_ms) {
		refresh->refused = true;
		return 0;
	}
	rc = auth_session_standing(tx, &credential->tenant, &token.session.account, &standing);
	if (rc == BH_E_FORBIDDEN) { /* no member any more, perhaps of nothing any more */
		refresh->refused = true;
		return 0;
	}
	if (rc == 0 && standing.mfa_required && token.session.mfa_ms == 0)
		rc = bh_error(BH_E_MFA_SESSION,
			"The tenant requires two-factor authentication, which this sign-in did not show.");
	/* Each writes: one sign-in's are bounded in time, as its rows are in number. */
	if (rc == 0 && waits)
		rc = auth_tries_refresh(refresh->auth->tries, &token.session.id, bh_clock_steady_ms(),
			&refresh->wait_ms);
	if (rc < 0)
		return rc;

	refresh->tokens = (struct auth_tokens){
		.tenant = credential->tenant,
		.account = token.session.account,
		.session = token.session.id,
		.tenant_name = standing.tenant_name,
		.role = standing.role,
		.scope = auth_role_scopes(&refresh->auth->roles, standing.role),
	};
	rc = waits ? token_consume(tx, refresh, &token) : token_repeat(tx, refresh, &token);
	return rc < 0 ? rc : tokens_mint(refresh->auth, tx, version, refresh->now_ms, &refresh->tokens);
}

int
auth_session_refresh(struct auth *auth, struct bh_db *db, const char *text, int64_t now_ms,
	struct auth_tokens *out, bool *out_revoked, int64_t *out_wait_ms)
{
	struct bh_credential credential = {0};
	struct refresh refresh = {.auth = auth, .credential = &credential, .now_ms = now_ms};
	struct bh_db own;
	int rc;

	*out_revoked = false;
	rc = bh_credential_parse(text, &credential);
	if (rc < 0 || credential.kind != BH_CREDENTIAL_REFRESH)
		return bh_error(BH_E_UNAUTHENTICATED, "Not a refresh token.");
	own = auth_in_tenant(db, &credential.tenant);
	rc = bh_tx_run(&own, refresh_work, &refresh);
	*out_wait_ms = refresh.wait_ms;
	if (rc < 0)
		return rc;
	*out_revoked = refresh.revoked;
	if (refresh.refused)
		return bh_error(BH_E_UNAUTHENTICATED, "The session has ended.");
	*out = refresh.tokens;
	return 0;
}

/* ---- end ---- */

struct end {
	const struct bh_uuid *tenant, *session, *account;
	const struct bh_credential *credential; /* finds the session when it is not named */
};

BH_MUST_CHECK static int
end_work(struct bh_db *tx, void *ctx)
{
	const struct end *end = ctx;
	struct auth_refresh token = {0};
	const struct bh_uuid *session = end->session;
	bool found = true;
	int rc = 0;

	if (end->credential != NULL) {
		rc = auth_store_refresh_lock(tx, end->tenant, &end->credential->row, &end->credential->hash,
			&token, &found);
		session = &token.session.id;
	}
	if (rc == 0 && !found)
		rc = BH_E_NOT_FOUND;
	if (rc == 0)
		rc = auth_store_session_revoke(tx, end->tenant, session, end->account);
	return rc < 0 ? rc : auth_store_revocation_credential(tx, end->tenant, session);
}

int
auth_session_end(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *session,
	const struct bh_uuid *account)
{
	struct end end = {.tenant = tenant, .session = session, .account = account};

	return bh_tx_run(db, end_work, &end);
}

int
auth_session_end_by(struct bh_db *db, const char *refresh)
{
	struct bh_credential credential = {0};
	struct end end = {.tenant = &credential.tenant, .credential = &credential};
	struct bh_db own;

	if (bh_credential_parse(refresh, &credential) < 0 || credential.kind != BH_CREDENTIAL_REFRESH)
		return BH_E_NOT_FOUND;
	own = auth_in_tenant(db, &credential.tenant);
	return bh_tx_run(&own, end_work, &end);
}
