/* SPDX-License-Identifier: Apache-2.0 */
/* chunks.c: the STREAM construction over libsodium's ChaCha20-Poly1305. */
#include "sec/chunks.h"

#include <sodium.h>

#include "base/error.h"
#include "base/log.h"

enum { NONCE = crypto_aead_chacha20poly1305_ietf_NPUBBYTES };

_Static_assert(sizeof(struct bh_secret) == crypto_aead_chacha20poly1305_ietf_KEYBYTES,
	"a secret is a key");
_Static_assert(BH_CHUNK_TAG == crypto_aead_chacha20poly1305_ietf_ABYTES, "the tag of the cipher");

static void
make_nonce(const struct bh_chunk *chunk, uint8_t out[NONCE])
{
	for (int i = 0; i < NONCE - 1; i++) {
		int shift = 8 * (NONCE - 2 - i);

		out[i] = shift < 64 ? (uint8_t)(chunk->number >> shift) : 0;
	}
	out[NONCE - 1] = (uint8_t)chunk->kind;
}

void
bh_chunk_seal(const struct bh_chunk *chunk, const void *bytes, size_t len, void *out)
{
	uint8_t nonce[NONCE];
	int rc;

	make_nonce(chunk, nonce);
	rc = crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, bytes, len, chunk->also,
		chunk->also_len, NULL, nonce, chunk->key->bytes);
	BH_ASSERT(rc == 0);
}

int
bh_chunk_open(const struct bh_chunk *chunk, const void *sealed, size_t len, void *out)
{
	uint8_t nonce[NONCE];

	if (len < BH_CHUNK_TAG)
		return BH_E_INVALID;
	make_nonce(chunk, nonce);
	if (crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed, len, chunk->also,
			chunk->also_len, nonce, chunk->key->bytes) == 0)
		return 0;
	bh_wipe(out, len - BH_CHUNK_TAG);
	return BH_E_INVALID;
}
