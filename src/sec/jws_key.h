/* SPDX-License-Identifier: Apache-2.0 */
/* jws_key.h: what jws.c and jws_key.c know of a key; nobody else includes it. */
#ifndef BH_SEC_JWS_KEY_H
#define BH_SEC_JWS_KEY_H

#include <openssl/types.h>

#include "sec/jws.h"

struct bh_jws_key {
	enum bh_jws_algorithm algorithm;
	EVP_PKEY *pkey; /* owned */
};

/* "ES256"; as headers and JWKs write it. */
const char *bh_jws_algorithm_name(enum bh_jws_algorithm algorithm);

#endif
