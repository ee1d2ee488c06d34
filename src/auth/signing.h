/* SPDX-License-Identifier: Apache-2.0 */
/* signing.h: the signing keys in memory, their rotation, and signing access tokens with them. */
#ifndef BH_AUTH_SIGNING_H
#define BH_AUTH_SIGNING_H

#include <stdint.h>

#include "auth/auth.h"
#include "auth/store_plan.h"
#include "base/buf.h"
#include "base/uuid.h"

struct auth_signer;
struct bh_token_checker;

/* A key is published for this long before it signs: services ask for the key set every minute, other
 * readers cache it for five. */
#define AUTH_SIGNING_PUBLISH_MS (60 * 60 * 1000LL)
/* And this long after it last signed. */
#define AUTH_SIGNING_KEEP_MS (24 * 60 * 60 * 1000LL)

struct auth_signer_conf {
	const char *issuer; /* borrowed */
	int64_t access_ttl_s;
	int64_t rotate_ms;         /* a key signs for this long */
	struct bh_secret seal_key; /* for private parts at rest */
};

/* Empty until the first auth_signer_cycle. */
BH_MUST_CHECK int auth_signer_open(const struct auth_signer_conf *conf, struct auth_signer **out);
void auth_signer_close(struct auth_signer *signer); /* safe on NULL */

/* Moves keys from state to state where it is time (making the first ones), then loads them and tells
 * the checker. Safe in several processes at once. BH_E_CONFIG when a key cannot be unsealed. */
BH_MUST_CHECK int auth_signer_cycle(struct auth_signer *signer, struct bh_db *db,
	struct bh_token_checker *checker, int64_t now_ms);

/* {"keys":[…]}: all that verify or soon will. Appended. */
void auth_signer_jwks(struct auth_signer *signer, struct bh_buf *out);

/* Who gets a token, for what. Text is borrowed. */
struct auth_grant {
	struct bh_uuid tenant;
	struct bh_uuid session;      /* session or API key; zero for services */
	struct bh_uuid team;         /* of the API key; zero for none */
	const char *subject;         /* "<uuid>", "service:rag", "operator:0" */
	struct bh_uuid impersonator; /* who acts as the subject; zero: nobody else */
	int64_t elevated_s;          /* until when it is; 0: not */
	int64_t ends_s;              /* the credential ends then, and the token with it; 0: never */
	const char *client;          /* "password", "console", "api_key", "service", "cli" */
	const char *actor;           /* the calling service, or "" */
	const char *role;
	const char *scope;
	const char *audience;  /* names of services, divided by blanks */
	int64_t version;       /* the revocation sequence read before the state */
	struct auth_plan plan; /* of the tenant */
};

/* Makes and signs an access token; appended to `out`. */
BH_MUST_CHECK int auth_signer_mint(struct auth_signer *signer, const struct auth_grant *grant,
	int64_t now_s, struct bh_buf *out, int64_t *out_expires_s);

#endif
