/* SPDX-License-Identifier: Apache-2.0 */
/* seal.h: authenticated encryption of small secrets at rest (XChaCha20-Poly1305, libsodium). */
#ifndef BH_SEC_SEAL_H
#define BH_SEC_SEAL_H

#include "base/buf.h"
#include "sec/digest.h"

/* nonce + ciphertext + tag; `context` (e.g. "model.upstream_key:<uuid>") is authenticated, not stored. */
void bh_seal(const struct bh_secret *key, const char *context, const void *bytes, size_t len,
	struct bh_buf *out);
/* BH_E_INVALID when the bytes were not sealed with this key and context. */
BH_MUST_CHECK int bh_unseal(const struct bh_secret *key, const char *context, const void *sealed,
	size_t len, struct bh_buf *out);

#endif
