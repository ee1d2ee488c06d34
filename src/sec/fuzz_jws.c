/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_jws.c: feeds any bytes to the signature verifier and the key reader. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "sec/jws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One fixed public key of each kind that is cheap to check. */
static struct bh_jws_key *
key_once(void)
{
	static const char jwk[] = "{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\","
							  "\"x\":\"04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY\","
							  "\"y\":\"UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw\"}";
	static struct bh_jws_key *key;
	struct bh_json_doc doc = {0};

	if (key == NULL &&
		(bh_json_parse(jwk, sizeof(jwk) - 1, &doc) < 0 || bh_jws_key_from_jwk(doc.root, &key) < 0))
		abort();
	bh_json_close(&doc);
	return key;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_buf payload = {0};
	struct bh_json_doc doc = {0};
	struct bh_jws_key *read = NULL;
	char kid[64];

	if (bh_jws_kid((const char *)data, size, kid, sizeof(kid)) == 0 && kid[0] == '\0')
		abort();
	if (bh_jws_verify(key_once(), NULL, (const char *)data, size, &payload) < 0 && payload.len != 0)
		abort();
	if (bh_json_parse((const char *)data, size, &doc) == 0 &&
		bh_jws_key_from_jwk(doc.root, &read) == 0)
		bh_jws_key_close(read);
	bh_json_close(&doc);
	bh_buf_close(&payload);
	return 0;
}
