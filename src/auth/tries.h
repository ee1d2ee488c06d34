/* SPDX-License-Identifier: Apache-2.0 */
/* tries.h: limits sign-in attempts without a credential, by client and by account.
 *
 * A sign-in costs an attempt of the pair (client, email address). From a place that is not familiar to
 * the account, it also costs one of the client, for all email addresses, and one of the email address,
 * for all clients. A correct password restores all of them; a password that was not checked (503)
 * restores its own. So strangers cannot use up the attempts of the owner, who comes from a familiar
 * place, nor those of others; unknown email addresses behave the same. */
#ifndef BH_AUTH_TRIES_H
#define BH_AUTH_TRIES_H

#include "auth/client.h"
#include "auth/names.h"
#include "base/macros.h"

struct auth_tries;
struct bh_secret;
struct bh_shared;

/* What all auth processes count together, and their key, as limiter.h says; both NULL: nothing. */
BH_MUST_CHECK int auth_tries_open(struct bh_shared *shared, const struct bh_secret *key,
	struct auth_tries **out);
void auth_tries_close(struct auth_tries *tries); /* safe on NULL */

/* One sign-in in progress. */
struct auth_try {
	char pair[AUTH_CLIENT_BYTES + AUTH_EMAIL_BYTES];
	const char *client, *email; /* borrowed */
	bool familiar;
};

/* BH_E_RATE_LIMITED when one of the tries is missing: none is taken, *out_wait_ms tells for how long. */
BH_MUST_CHECK int auth_tries_take(struct auth_tries *tries, const struct auth_client *client,
	const char *email, bool familiar, int64_t now_ms, struct auth_try *out, int64_t *out_wait_ms);
/* The password was right. */
void auth_tries_right(struct auth_tries *tries, const struct auth_try *attempt);
/* The password was not looked at. */
void auth_tries_undo(struct auth_tries *tries, const struct auth_try *attempt);

/* One try of a code, by somebody who has the password: of the pair (client, account), and from a place that is
 * not familiar also of the account, for all clients: ten at once and one in five minutes more, because a
 * code is one of a million. A right code restores what it cost. */
struct auth_code_try {
	char pair[AUTH_CLIENT_BYTES + BH_UUID_TEXT];
	char account[BH_UUID_TEXT];
	bool familiar;
};
BH_MUST_CHECK int auth_tries_code(struct auth_tries *tries, const struct auth_client *client,
	const struct bh_uuid *account, bool familiar, int64_t now_ms, struct auth_code_try *out,
	int64_t *out_wait_ms);
void auth_tries_code_right(struct auth_tries *tries, const struct auth_code_try *attempt);
/* The code was not looked at. */
void auth_tries_code_undo(struct auth_tries *tries, const struct auth_code_try *attempt);

/* One more mail to an address: so many for what one tenant writes, and for what all do, so that nobody can be
 * flooded through us. */
BH_MUST_CHECK int auth_tries_write(struct auth_tries *tries, const struct bh_uuid *tenant,
	const char *email, int64_t now_ms, int64_t *out_wait_ms);

/* It was not written. */
void auth_tries_unwrite(struct auth_tries *tries, const struct bh_uuid *tenant, const char *email);

/* A stranger asks for a link to be sent to an address: by client, by address, and of all together, because each
 * writes a row. */
BH_MUST_CHECK int auth_tries_ask(struct auth_tries *tries, const struct auth_client *client,
	const char *email, int64_t now_ms, int64_t *out_wait_ms);

/* A refresh of one sign-in: often enough for any client, and not a row for each moment. */
BH_MUST_CHECK int auth_tries_refresh(struct auth_tries *tries, const struct bh_uuid *session,
	int64_t now_ms, int64_t *out_wait_ms);

#endif
