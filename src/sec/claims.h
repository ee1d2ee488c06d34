/* SPDX-License-Identifier: Apache-2.0 */
/* claims.h: reading an access token's payload; token.c's own. */
#ifndef BH_SEC_CLAIMS_H
#define BH_SEC_CLAIMS_H

#include "sec/token.h"

/* Reads a verified payload strictly. BH_E_UNAUTHENTICATED (with a detail) when a claim is absent, of
 * a wrong type or too long, or when `iss` is not `issuer`. */
BH_MUST_CHECK int bh_claims_read(const char *payload, size_t len, const char *issuer,
	struct bh_claims *out);

#endif
