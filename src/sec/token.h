/* SPDX-License-Identifier: Apache-2.0 */
/* token.h: checking access tokens: key set, a cache, the revocation log. */
#ifndef BH_SEC_TOKEN_H
#define BH_SEC_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "sec/claims.h"
#include "sec/jws.h"
#include "sec/revoked.h"

/* What a verifier trusts. Thread-safe. */
struct bh_token_checker;

struct bh_token_checker_conf {
	const char *issuer;   /* borrowed; must equal iss */
	const char *audience; /* borrowed; must be one of aud ("rag") */
	int64_t leeway_s;     /* clock difference allowed */
	size_t cache_entries; /* verified tokens kept, by SHA-256 of the whole token */
};

BH_MUST_CHECK int bh_token_checker_open(const struct bh_token_checker_conf *conf,
	struct bh_token_checker **out);
void bh_token_checker_close(struct bh_token_checker *checker); /* safe on NULL */

/* Replaces the key set by a JWKS document ({"keys":[…]}); keys without our algorithms are skipped.
 * Cached tokens of vanished keys no longer pass. */
BH_MUST_CHECK int bh_token_checker_keys(struct bh_token_checker *checker, const char *jwks,
	size_t len);

/* Notes a row of the revocation log; tokens of the tenant whose `ver` is below seq and that carry the id
 * are dead. `tenant` zero or NULL: a person, in all tenants. Older rows change nothing. A tenant with very
 * many rows within 15 minutes has all its older tokens dead; no other tenant is touched by that. */
void bh_token_checker_revoke(struct bh_token_checker *checker, enum bh_revoked_kind kind,
	const struct bh_uuid *tenant, const struct bh_uuid *id, int64_t seq);
int64_t bh_token_checker_seq(const struct bh_token_checker *checker);

/* A tenant that has half as many rows noted as are remembered one by one: one row for all its tokens
 * would do. False when there is none. */
bool bh_token_checker_crowded(struct bh_token_checker *checker, struct bh_uuid *out_tenant);

/* Tells that the log was read at this time (steady clock). */
void bh_token_checker_seen(struct bh_token_checker *checker, int64_t steady_ms);

/* True when claims already checked have been revoked since: for running streams and jobs. */
bool bh_token_checker_revoked(const struct bh_token_checker *checker,
	const struct bh_claims *claims);

/* Full check. BH_E_UNAUTHENTICATED (with a detail) for a bad, expired or revoked token;
 * BH_E_UNAVAILABLE when the log was not read for 5 s or no key set is known. `*out_unknown_kid` is
 * set when a key set refresh may help. now_s is the wall clock. */
BH_MUST_CHECK int bh_token_check(struct bh_token_checker *checker, const char *token, size_t len,
	int64_t now_s, int64_t steady_ms, struct bh_claims *out, bool *out_unknown_kid);

#endif
