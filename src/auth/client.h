/* SPDX-License-Identifier: Apache-2.0 */
/* client.h: where a request comes from, as far as tries and turns are counted. */
#ifndef BH_AUTH_CLIENT_H
#define BH_AUTH_CLIENT_H

#include "auth/auth.h"
#include "sec/digest.h"
#include "sec/password.h"

struct bh_request;

#define AUTH_CLIENT_BYTES 64

/* An IPv4 address, an IPv6 network of 64 bits (as one subscriber has), or "local": our own socket. */
struct auth_client {
	char name[AUTH_CLIENT_BYTES];
	struct bh_digest mark; /* keyed: tells the same client again, and nothing else about it */
	uint64_t
		site; /* the client by which password hashing takes turns: the /48 of an IPv6 address */
};

/* From the header that the gateway alone sets. */
void auth_client_of(struct bh_request *req, struct auth_client *out);

/* `header` as it came, NULL for none. */
void auth_client_read(const struct bh_secret *key, const char *header, struct auth_client *out);

/* Whose turn the hashing of a password takes: the client's, or the tenant's that sets one. */
struct bh_password_turn auth_client_turn(const struct auth_client *client, bool familiar);
struct bh_password_turn auth_tenant_turn(const struct bh_uuid *tenant);

#endif
