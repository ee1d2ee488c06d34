/* SPDX-License-Identifier: Apache-2.0 */
/* seal.c: small secrets at rest, sealed with XChaCha20-Poly1305. */
#include "sec/seal.h"

#include <sodium.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"

enum {
	NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES
};

_Static_assert(sizeof(struct bh_secret) == crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
	"a secret is a key");

void
bh_seal(const struct bh_secret *key, const char *context, const void *bytes, size_t len,
	struct bh_buf *out)
{
	/* 24 random bytes never repeat, so one key serves for everything a service seals. */
	uint8_t *room = (uint8_t *)bh_buf_room(out, NONCE + len + TAG);
	int rc;

	bh_random(room, NONCE);
	rc = crypto_aead_xchacha20poly1305_ietf_encrypt(room + NONCE, NULL, bytes, len,
		(const uint8_t *)context, strlen(context), NULL, room, key->bytes);
	BH_ASSERT(rc == 0);
	out->len += NONCE + len + TAG;
	out->data[out->len] = '\0';
}

int
bh_unseal(const struct bh_secret *key, const char *context, const void *sealed, size_t len,
	struct bh_buf *out)
{
	const uint8_t *bytes = sealed;
	uint8_t *room;
	int rc;

	if (len < NONCE + TAG)
		return BH_E_INVALID;

	room = (uint8_t *)bh_buf_room(out, len - NONCE - TAG + 1);
	rc = crypto_aead_xchacha20poly1305_ietf_decrypt(room, NULL, NULL, bytes + NONCE, len - NONCE,
		(const uint8_t *)context, strlen(context), bytes, key->bytes);
	if (rc != 0)
		return BH_E_INVALID;
	out->len += len - NONCE - TAG;
	out->data[out->len] = '\0';
	return 0;
}
