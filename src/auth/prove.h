/* SPDX-License-Identifier: Apache-2.0 */
/* prove.h: proving who one is, with a password and a code, within the limits on tries. */
#ifndef BH_AUTH_PROVE_H
#define BH_AUTH_PROVE_H

#include "auth/auth.h"
#include "auth/store_account.h"
#include "auth/store_console.h"

/* The password of the account with this address (as auth_email_read gives it). Whoever has no try left
 * costs nobody a hash; unknown addresses answer the same. BH_E_UNAUTHENTICATED; BH_E_RATE_LIMITED:
 * *out_wait_ms tells for how long. */
BH_MUST_CHECK int auth_prove_password(struct bh_request *req, const char *email,
	const char *password, struct auth_account *out, int64_t *out_wait_ms);

/* The code of an account's app, or a recovery code. `use`: it is used up. BH_E_MFA_WRONG,
 * BH_E_RATE_LIMITED. */
BH_MUST_CHECK int auth_prove_code(struct bh_request *req, const struct auth_account *account,
	const char *code, bool use, int64_t *out_wait_ms);

/* Confirms an app with a code that it shows, within the same limit. BH_E_PROOF, BH_E_STATE. */
struct auth_recovery_codes;
BH_MUST_CHECK int auth_prove_app(struct bh_request *req, const struct bh_uuid *account,
	const char *code, struct auth_recovery_codes *out, int64_t *out_wait_ms);

/* The client is familiar to the account from now on: all was proved. */
BH_MUST_CHECK int auth_prove_familiar(struct bh_request *req, const struct bh_uuid *account);

/* Answers BH_E_RATE_LIMITED with when to come again, and any other error as it is. */
int auth_prove_refuse(struct bh_request *req, int error, int64_t wait_ms);

/* The membership to sign in to; `wanted` is a name or an id. *out stays NULL when one has to be named, of
 * several and none was. BH_E_FORBIDDEN. */
BH_MUST_CHECK int auth_home_choose(const struct auth_home *homes, size_t n_homes,
	const char *wanted, const struct auth_home **out);

/* The body of a sign-in, and who that is. */
struct auth_sign_in_body {
	const char *email, *password, *tenant, *code;
};
struct auth_signed {
	struct auth_account account;
	struct auth_home *homes;
	size_t n_homes;
	const struct auth_home *home; /* NULL: one has to be named */
	bool mfa;                     /* a code was shown */
};
/* All that a sign-in asks for. A code is used up only when nothing is left to ask: whoever has to name the
 * tenant sends the same once more. BH_E_UNAUTHENTICATED, BH_E_MFA (the password matched, and a code is
 * wanted), BH_E_MFA_WRONG, BH_E_RATE_LIMITED, BH_E_FORBIDDEN. */
BH_MUST_CHECK int auth_prove_person(struct bh_request *req, const struct auth_sign_in_body *body,
	struct auth_signed *out, int64_t *out_wait_ms);

/* 400 that lists them. Only to be reached once somebody proved who they are. */
int auth_home_ask(struct bh_request *req, const struct auth_home *homes, size_t n_homes);

#endif
