/* SPDX-License-Identifier: Apache-2.0 */
/* jws_key.h: keys that sign and verify: made, stored, published and read. */
#ifndef BH_SEC_JWS_KEY_H
#define BH_SEC_JWS_KEY_H

#include "base/buf.h"
#include "base/macros.h"
#include "json/json.h"

enum bh_jws_algorithm { BH_JWS_ES256, BH_JWS_RS256, BH_JWS_EDDSA };

/* "ES256"; as headers and JWKs write it. */
const char *bh_jws_algorithm_name(enum bh_jws_algorithm algorithm);

/* A key with its algorithm. Owned by its opener; may be shared between threads once open. */
struct bh_jws_key {
	enum bh_jws_algorithm algorithm;
	struct evp_pkey_st *pkey; /* owned: OpenSSL's EVP_PKEY */
};

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

#endif
