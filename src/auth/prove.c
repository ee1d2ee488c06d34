/* SPDX-License-Identifier: Apache-2.0 */
/* prove.c: passwords and codes against the limits on tries, and which tenant is meant. */
#include "auth/prove.h"

#include <string.h>

#include "auth/client.h"
#include "auth/names.h"
#include "auth/routes.h"
#include "auth/store_client.h"
#include "auth/totp.h"
#include "auth/tries.h"
#include "base/clock.h"
#include "base/error.h"
#include "sec/password.h"
#include "service/request.h"

/* Whether the password is the account's. Every way to fail costs one hashing and gives one answer. */
BH_MUST_CHECK static int
password_check(struct auth *auth, struct bh_db *db, const struct bh_password_turn *turn,
	const struct auth_account *account, bool found, const char *password)
{
	bool usable = found && strcmp(account->state, "active") == 0;
	char hash[BH_PASSWORD_HASH];
	bool stale = false;
	int rc = bh_password_verify(auth->hasher, turn, usable ? account->password_hash : NULL,
		password, strlen(password), &stale);

	if (rc == BH_E_UNAUTHENTICATED)
		return bh_error(rc, "Incorrect email or password.");
	if (rc < 0 || !stale)
		return rc;
	/* Its cost was raised since it was set: now we know the password and can hash it anew. */
	rc = bh_password_hash(auth->hasher, turn, password, strlen(password), hash);
	return rc < 0 ? rc : auth_store_account_rehash(db, &account->id, account->password_hash, hash);
}

int
auth_prove_password(struct bh_request *req, const char *email, const char *password,
	struct auth_account *out, int64_t *out_wait_ms)
{
	struct auth *auth = req->service;
	struct auth_account account = {0};
	bool found = false;
	struct bh_password_turn turn;
	struct auth_client client;
	struct auth_try attempt;
	int rc;

	auth_client_of(req, &client);
	rc = auth_store_account_sign_in(req->db, email, &client.mark, &account, &found);
	if (rc == 0)
		rc = auth_tries_take(auth->tries, &client, email, account.familiar, bh_clock_steady_ms(),
			&attempt, out_wait_ms);
	if (rc == BH_E_RATE_LIMITED)
		return bh_error(rc, "Too many failed sign-in attempts.");
	if (rc < 0)
		return rc;
	turn = auth_client_turn(&client, account.familiar);
	rc = password_check(auth, req->db, &turn, &account, found, password);
	if (rc == BH_E_UNAUTHENTICATED)
		return rc;
	if (rc < 0) {
		auth_tries_undo(auth->tries, &attempt);
		return rc;
	}
	auth_tries_right(auth->tries, &attempt);
	*out = account;
	return 0;
}

int
auth_prove_code(struct bh_request *req, const struct auth_account *account, const char *code,
	bool use, int64_t *out_wait_ms)
{
	struct auth *auth = req->service;
	struct auth_client client;
	struct auth_code_try attempt;
	int rc;

	auth_client_of(req, &client);
	rc = auth_tries_code(auth->tries, &client, &account->id, account->familiar,
		bh_clock_steady_ms(), &attempt, out_wait_ms);
	if (rc == BH_E_RATE_LIMITED)
		return bh_error(rc, "Too many incorrect codes.");
	if (rc < 0)
		return rc;
	rc = auth_totp_check(auth, req->db, &account->id, code, use, bh_clock_wall_ms());
	if (rc == 0)
		auth_tries_code_right(auth->tries, &attempt);
	else if (rc != BH_E_MFA_WRONG)
		auth_tries_code_undo(auth->tries, &attempt);
	return rc;
}

int
auth_prove_app(struct bh_request *req, const struct bh_uuid *account, const char *code,
	struct auth_recovery_codes *out, int64_t *out_wait_ms)
{
	struct auth *auth = req->service;
	struct auth_client client;
	struct auth_code_try attempt;
	int rc;

	auth_client_of(req, &client);
	rc = auth_tries_code(auth->tries, &client, account, false, bh_clock_steady_ms(), &attempt,
		out_wait_ms);
	if (rc == BH_E_RATE_LIMITED)
		return bh_error(rc, "Too many incorrect codes.");
	if (rc < 0)
		return rc;
	rc = auth_totp_confirm(auth, req->db, account, code, bh_clock_wall_ms(), out);
	if (rc == 0)
		auth_tries_code_right(auth->tries, &attempt);
	else if (rc != BH_E_PROOF)
		auth_tries_code_undo(auth->tries, &attempt);
	return rc;
}

int
auth_prove_familiar(struct bh_request *req, const struct bh_uuid *account)
{
	struct auth_client client;

	auth_client_of(req, &client);
	return auth_store_client_note(req->db, account, &client.mark, bh_clock_wall_ms());
}

int
auth_prove_refuse(struct bh_request *req, int error, int64_t wait_ms)
{
	if (error == BH_E_RATE_LIMITED)
		bh_reply_retry_after(req, wait_ms);
	return bh_reply_error(req, error, NULL);
}

/* ---- tenants ---- */

int
auth_home_choose(const struct auth_home *homes, size_t n_homes, const char *wanted,
	const struct auth_home **out)
{
	struct bh_uuid id = {0};
	bool by_id = wanted != NULL && bh_uuid_parse(wanted, &id) == 0;

	*out = wanted == NULL && n_homes == 1 ? &homes[0] : NULL;
	for (size_t i = 0; wanted != NULL && i < n_homes; i++)
		if (by_id ? bh_uuid_equal(&homes[i].tenant, &id) : strcmp(homes[i].name, wanted) == 0)
			*out = &homes[i];
	if (n_homes == 0 || (wanted != NULL && *out == NULL))
		return bh_error(BH_E_FORBIDDEN, "You are not a member of this tenant.");
	return 0;
}

struct which {
	const struct auth_home *homes;
	size_t n_homes;
};

static const struct bh_field home_row = {"", BH_FIELD_OBJECT, BH_FIELDS(auth_home_fields)};

static const struct bh_field which_fields[] = {
	{"message", BH_FIELD_CONST,
		.words = "You are a member of several tenants; 'tenant' is required."},
	{"type", BH_FIELD_CONST, .words = "invalid_request_error"},
	{"param", BH_FIELD_CONST, .words = "tenant"},
	{"code", BH_FIELD_CONST, .words = "missing_required_parameter"},
	{"tenants", BH_FIELD_ARRAY, offsetof(struct which, homes),
		BH_ELEMENTS(struct which, homes, n_homes, &home_row)},
};

static const struct bh_field which_error[] = {
	{"error", BH_FIELD_OBJECT, BH_FIELDS(which_fields)},
};

int
auth_home_ask(struct bh_request *req, const struct auth_home *homes, size_t n_homes)
{
	static const struct bh_shape shape = BH_SHAPE(NULL, struct which, which_error);
	const struct which which = {homes, n_homes};

	return bh_reply_object(req, 400, &shape, &which);
}

int
auth_prove_person(struct bh_request *req, const struct auth_sign_in_body *body,
	struct auth_signed *out, int64_t *out_wait_ms)
{
	struct auth_console_person person = {0};
	char email[AUTH_EMAIL_BYTES];
	int rc = auth_email_read(body->email, email);

	if (rc == 0)
		rc = auth_prove_password(req, email, body->password, &out->account, out_wait_ms);
	if (rc == 0)
		rc = auth_store_console_person(req->db, &out->account.id, &person);
	if (rc == 0 && person.mfa && body->code == NULL)
		rc = bh_error(BH_E_MFA, "A code of the authenticator app is needed besides the password.");
	if (rc == 0)
		rc = auth_store_account_homes(req->db, &out->account.id, AUTH_HOMES_SHOWN, &out->homes,
			&out->n_homes);
	if (rc == 0)
		rc = auth_home_choose(out->homes, out->n_homes, body->tenant, &out->home);
	if (rc == 0 && person.mfa)
		rc = auth_prove_code(req, &out->account, body->code, out->home != NULL, out_wait_ms);
	out->mfa = rc == 0 && person.mfa;
	/* A password alone makes nobody familiar where a code is asked for too. */
	return rc < 0 ? rc : auth_prove_familiar(req, &out->account.id);
}
