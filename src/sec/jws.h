/* SPDX-License-Identifier: Apache-2.0 */
/* jws.h: JSON Web Signatures, compact form only (RFC 7515, RFC 8725): our own strict verifier on OpenSSL.
 * The algorithm is bound to the key, never read from the token. */
#ifndef BH_SEC_JWS_H
#define BH_SEC_JWS_H

#include "base/buf.h"
#include "base/macros.h"
#include "sec/jws_key.h"

#define BH_JWS_BYTES_MAX 8192u

/* Signs `payload`; header {"alg","kid","typ"}. */
BH_MUST_CHECK int bh_jws_sign(const struct bh_jws_key *key, const char *kid, const char *type,
	const char *payload, size_t len, struct bh_buf *out);

/* The header's kid, to choose a key: from a token within the size cap, with a strictly read header
 * (no duplicate names, no `crit`, no `none`). Nothing is verified yet. */
BH_MUST_CHECK int bh_jws_kid(const char *token, size_t len, char *out_kid, size_t size);

/* Verifies signature and header: alg equal to the key's, typ equal to `type` (NULL: any), strict
 * base64url. BH_E_UNAUTHENTICATED on every failure. The payload is appended to out_payload. */
BH_MUST_CHECK int bh_jws_verify(const struct bh_jws_key *key, const char *type, const char *token,
	size_t len, struct bh_buf *out_payload);

#endif
