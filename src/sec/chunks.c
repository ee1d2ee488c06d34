/* SPDX-License-Identifier: Apache-2.0 */
/* chunks.c: the STREAM construction over ChaCha20-Poly1305: OpenSSL's, which is several times as fast as libsodium's, or
 * that one where the system's OpenSSL is not allowed to. */
#include "sec/chunks.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

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

static EVP_CIPHER_CTX *
begin(const struct bh_chunk *chunk, const uint8_t nonce[NONCE], int seals)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len;

	BH_ASSERT(ctx != NULL);
	if (EVP_CipherInit_ex(ctx, EVP_chacha20_poly1305(), NULL, chunk->key->bytes, nonce, seals) ==
			1 &&
		(chunk->also_len == 0 ||
			EVP_CipherUpdate(ctx, NULL, &len, chunk->also, (int)chunk->also_len) == 1))
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

static void
seal_slowly(const struct bh_chunk *chunk, const uint8_t nonce[NONCE], const void *bytes, size_t len,
	void *out)
{
	int rc = crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, bytes, len, chunk->also,
		chunk->also_len, NULL, nonce, chunk->key->bytes);

	BH_ASSERT(rc == 0);
}

void
bh_chunk_seal(const struct bh_chunk *chunk, const void *bytes, size_t len, void *out)
{
	uint8_t nonce[NONCE];
	EVP_CIPHER_CTX *ctx;
	int n = 0, rest = 0;

	BH_ASSERT(len <= BH_CHUNK_BYTES);
	make_nonce(chunk, nonce);
	ctx = begin(chunk, nonce, 1);
	if (ctx == NULL) {
		seal_slowly(chunk, nonce, bytes, len, out);
		return;
	}
	BH_ASSERT(len == 0 || EVP_CipherUpdate(ctx, out, &n, bytes, (int)len) == 1);
	BH_ASSERT(EVP_CipherFinal_ex(ctx, (uint8_t *)out + n, &rest) == 1 && (size_t)(n + rest) == len);
	BH_ASSERT(
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, BH_CHUNK_TAG, (uint8_t *)out + len) == 1);
	EVP_CIPHER_CTX_free(ctx);
}

static bool
open_slowly(const struct bh_chunk *chunk, const uint8_t nonce[NONCE], const void *sealed,
	size_t len, void *out)
{
	return crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed, len, chunk->also,
			   chunk->also_len, nonce, chunk->key->bytes) == 0;
}

static bool
open_with(EVP_CIPHER_CTX *ctx, const uint8_t *sealed, size_t len, uint8_t *out)
{
	uint8_t tag[BH_CHUNK_TAG];
	int n = 0, rest = 0;

	memcpy(tag, sealed + len, sizeof(tag));
	return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, BH_CHUNK_TAG, tag) == 1 &&
		(len == 0 || EVP_CipherUpdate(ctx, out, &n, sealed, (int)len) == 1) &&
		EVP_CipherFinal_ex(ctx, out + n, &rest) == 1;
}

int
bh_chunk_open(const struct bh_chunk *chunk, const void *sealed, size_t len, void *out)
{
	uint8_t nonce[NONCE];
	EVP_CIPHER_CTX *ctx;
	bool opened;

	if (len < BH_CHUNK_TAG || len > BH_CHUNK_SEALED)
		return BH_E_INVALID;
	make_nonce(chunk, nonce);
	ctx = begin(chunk, nonce, 0);
	opened = ctx != NULL ? open_with(ctx, sealed, len - BH_CHUNK_TAG, out)
						 : open_slowly(chunk, nonce, sealed, len, out);
	EVP_CIPHER_CTX_free(ctx);
	if (opened)
		return 0;
	bh_wipe(out, len - BH_CHUNK_TAG);
	return BH_E_INVALID;
}
