/* SPDX-License-Identifier: Apache-2.0 */
/* jws.h: JSON Web Signatures, compact form only (RFC 7515, RFC 8725): our own strict verifier on OpenSSL.
 * The algorithm is bound to the key, never read from the token. */
#ifndef BH_SEC_JWS_H
#define BH_SEC_JWS_H

#include "base/buf.h"
#include "base/macros.h"
#include "json/json.h"

#define BH_JWS_BYTES_MAX 8192u

enum bh_jws_algorithm { BH_JWS_ES256, BH_JWS_RS256, BH_JWS_EDDSA };

/* A key with its algorithm. Owned by its opener; may be shared between threads once open. */
struct bh_jws_key;

BH_MUST_CHECK int bh_jws_key_generate(enum bh_jws_algorithm algorithm, struct bh_jws_key **out);
/* Private key as PKCS#8 DER (for sealing into the database) and back. */
BH_MUST_CHECK int bh_jws_key_export(const struct bh_jws_key *key, struct bh_buf *out_der);
BH_MUST_CHECK int bh_jws_key_import(enum bh_jws_algorithm algorithm, const void *der, size_t len,
	struct bh_jws_key **out);
/* Public part as a JWK object (kty, crv, x, y / n, e, alg, use "sig", kid). */
BH_MUST_CHECK int bh_jws_key_jwk(const struct bh_jws_key *key, const char *kid, struct bh_buf *out);
/* From a JWK: `alg` must be present and of the list above, `use` "sig" or absent, `key_ops` with
 * "verify" or absent; RSA at least 2,048 bits. BH_E_INVALID otherwise. */
BH_MUST_CHECK int bh_jws_key_from_jwk(const struct bh_json *jwk, struct bh_jws_key **out);
void bh_jws_key_close(struct bh_jws_key *key); /* safe on NULL */

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
