/* tries.h: how often somebody without a credential may try, and whose tries a try costs.
 *
 * A sign-in costs a try of the pair (client, address). From where the account has not signed in before,
 * it also costs one of the client, whatever addresses it tries, and one of the address, whichever clients
 * try it. A password that is right gives all of them back, one that was not looked at (503) gives its
 * own back. So strangers can use up neither the tries of the owner, who comes from a familiar place, nor
 * those of another address's owner; and for an unknown address everything is the same. */
#ifndef BH_AUTH_TRIES_H
#define BH_AUTH_TRIES_H

#include "auth/client.h"
#include "auth/names.h"
#include "base/macros.h"

struct auth_tries;

BH_MUST_CHECK int auth_tries_open(struct auth_tries **out);
void auth_tries_close(struct auth_tries *tries); /* safe on NULL */

/* One sign-in under way. */
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

/* A refresh of one sign-in: often enough for any client, and not a row for each moment. */
BH_MUST_CHECK int auth_tries_refresh(struct auth_tries *tries, const struct bh_uuid *session,
	int64_t now_ms, int64_t *out_wait_ms);

#endif
