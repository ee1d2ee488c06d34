/* SPDX-License-Identifier: Apache-2.0 */
/* claims.h: the claims of an access token, and its payload as JSON. */
#ifndef BH_SEC_CLAIMS_H
#define BH_SEC_CLAIMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/uuid.h"

#define BH_SCOPE_BYTES 1024   /* room for all scopes, divided by blanks */
#define BH_ENTITLED_BYTES 512 /* room for what a plan entitles to, divided by blanks */
#define BH_AUDIENCE_BYTES 256 /* room for the names of all services, divided by blanks */

/* client_id of a console session's tokens. */
#define BH_CLIENT_CONSOLE "console"

/* Claims of an access token (typ at+jwt). A plain value: no pointers, so it can be cached. */
struct bh_claims {
	struct bh_uuid tenant;  /* tenant_id */
	struct bh_uuid subject; /* sub when it is an account or a key's owner; zero for a service */
	struct bh_uuid session; /* sid: session id, or API key id */
	struct bh_uuid token;   /* jti */
	struct bh_uuid team;    /* team: for which the API key's acts are counted; zero: none */
	/* imp: who of the platform's staff acts as the subject; zero: nobody but the subject */
	struct bh_uuid impersonator;
	char subject_text[64]; /* sub as written: "<uuid>" or "service:rag" or "operator:0" */
	char client[32];       /* client_id: "password", "console", "api_key", "service", "cli" */
	char actor[32];        /* act.sub: the calling service, "" if none */
	char role[16];         /* owner admin member viewer superuser service */
	char plan[32];
	/* ent: services ("chat"), "*", "model:NAME"; an array on the wire. "" where the claim is absent: the
	 * tenant has no plan, and may use everything. */
	char entitled[BH_ENTITLED_BYTES];
	char plan_state[12];              /* "" in order; "paused", "suspended", "canceled" */
	char scope[BH_SCOPE_BYTES];       /* space separated */
	char audience[BH_AUDIENCE_BYTES]; /* aud, joined by blanks; an array on the wire */
	int64_t issued_s, not_before_s, expires_s;
	int64_t elevated_s; /* elv: until when a console session may do what destroys; 0: not */
	int64_t version;    /* ver: revocation sequence at mint */
};

/* Writes the claims as the JWS payload. */
void bh_claims_write(const struct bh_claims *claims, const char *issuer, struct bh_buf *out);

/* Reads a verified payload strictly. BH_E_UNAUTHENTICATED (with a detail) when a claim is absent, of
 * a wrong type or too long, or when `iss` is not `issuer`. */
BH_MUST_CHECK int bh_claims_read(const char *payload, size_t len, const char *issuer,
	struct bh_claims *out);

#endif
