/* SPDX-License-Identifier: Apache-2.0 */
/* digest.c: hashes, key derivation, random bytes and their text forms. */
#include "sec/digest.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>

#include "base/error.h"
#include "base/log.h"

enum { BLOCK_BYTES = 64 }; /* SHA-256's */

/* Fetched once: an implicit fetch for each digest costs more than hashing a token. */
static EVP_MD *sha256;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

static void
sha256_fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	BH_ASSERT(sha256 != NULL);
}

void
bh_hash_begin(struct bh_hash *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int done;

	pthread_once(&sha256_once, sha256_fetch);
	BH_ASSERT(ctx != NULL);
	done = EVP_DigestInit_ex(ctx, sha256, NULL);
	BH_ASSERT(done == 1);
	out->impl = ctx;
}

void
bh_hash_add(struct bh_hash *hash, const void *bytes, size_t len)
{
	int done = EVP_DigestUpdate(hash->impl, bytes, len);

	BH_ASSERT(done == 1);
}

void
bh_hash_end(struct bh_hash *hash, struct bh_digest *out)
{
	int done = EVP_DigestFinal_ex(hash->impl, out->bytes, NULL);

	BH_ASSERT(done == 1);
	EVP_MD_CTX_free(hash->impl);
	hash->impl = NULL;
}

int
bh_md5_begin(struct bh_md5 *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_MD *md5 = EVP_MD_fetch(NULL, "MD5", NULL);
	int done = 0;

	BH_ASSERT(ctx != NULL);
	if (md5 != NULL)
		done = EVP_DigestInit_ex(ctx, md5, NULL);
	EVP_MD_free(md5);
	if (done != 1) {
		EVP_MD_CTX_free(ctx);
		return bh_error(BH_E_UNSUPPORTED, "MD5 is not available on this system.");
	}
	out->impl = ctx;
	return 0;
}

void
bh_md5_add(struct bh_md5 *md5, const void *bytes, size_t len)
{
	int done = EVP_DigestUpdate(md5->impl, bytes, len);

	BH_ASSERT(done == 1);
}

void
bh_md5_end(struct bh_md5 *md5, uint8_t out[BH_MD5_BYTES])
{
	int done = EVP_DigestFinal_ex(md5->impl, out, NULL);

	BH_ASSERT(done == 1);
	bh_md5_close(md5);
}

void
bh_md5_close(struct bh_md5 *md5)
{
	EVP_MD_CTX_free(md5->impl);
	md5->impl = NULL;
}

/* SHA-256 of two pieces, one after the other. */
static void
sha256_two(const void *first, size_t first_len, const void *second, size_t second_len,
	struct bh_digest *out)
{
	struct bh_hash hash;

	bh_hash_begin(&hash);
	bh_hash_add(&hash, first, first_len);
	bh_hash_add(&hash, second, second_len);
	bh_hash_end(&hash, out);
}

void
bh_secret_close(struct bh_secret *secret)
{
	bh_wipe(secret, sizeof(*secret));
}

void
bh_digest_sha256(const void *bytes, size_t len, struct bh_digest *out)
{
	sha256_two(bytes, len, "", 0, out);
}

/* RFC 2104 */
void
bh_digest_hmac_bytes(const void *key, size_t key_len, const void *bytes, size_t len,
	struct bh_digest *out)
{
	uint8_t block[BLOCK_BYTES] = {0}, pad[BLOCK_BYTES];
	struct bh_digest digest;

	if (key_len > sizeof(block)) {
		bh_digest_sha256(key, key_len, &digest);
		memcpy(block, digest.bytes, sizeof(digest.bytes));
	} else {
		memcpy(block, key, key_len);
	}
	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] = block[i] ^ 0x36;
	sha256_two(pad, sizeof(pad), bytes, len, &digest);
	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] = block[i] ^ 0x5c;
	sha256_two(pad, sizeof(pad), digest.bytes, sizeof(digest.bytes), out);

	bh_wipe(block, sizeof(block));
	bh_wipe(pad, sizeof(pad));
	bh_wipe(&digest, sizeof(digest));
}

void
bh_digest_hmac(const struct bh_secret *key, const void *bytes, size_t len, struct bh_digest *out)
{
	bh_digest_hmac_bytes(key->bytes, sizeof(key->bytes), bytes, len, out);
}

/* One block of output is all we ever need: T(1) = HMAC(PRK, info | 0x01). */
void
bh_secret_derive(const struct bh_secret *master, const char *label, struct bh_secret *out)
{
	static const struct bh_secret no_salt;
	char info[256];
	size_t len = strlen(label);
	struct bh_secret extracted;
	struct bh_digest digest;

	BH_ASSERT(len < sizeof(info));
	memcpy(info, label, len);
	info[len] = 1;

	bh_digest_hmac(&no_salt, master->bytes, sizeof(master->bytes), &digest);
	memcpy(extracted.bytes, digest.bytes, sizeof(extracted.bytes));
	bh_digest_hmac(&extracted, info, len + 1, &digest);
	memcpy(out->bytes, digest.bytes, sizeof(out->bytes));

	bh_secret_close(&extracted);
	bh_wipe(&digest, sizeof(digest));
}

void
bh_random(void *out, size_t len)
{
	uint8_t *at = out;

	while (len > 0) {
		ssize_t got = getrandom(at, len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		BH_ASSERT(got > 0);
		at += got;
		len -= (size_t)got;
	}
}

bool
bh_digest_equal(const struct bh_digest *a, const struct bh_digest *b)
{
	return bh_bytes_equal(a->bytes, b->bytes, sizeof(a->bytes));
}

bool
bh_bytes_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

void
bh_wipe(void *bytes, size_t len)
{
	OPENSSL_cleanse(bytes, len);
}

/* Writes groups of six bits; returns the digits written, without padding. */
static size_t
encode(const char alphabet[65], const uint8_t *bytes, size_t len, char *out)
{
	uint32_t bits = 0;
	unsigned held = 0;
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		bits = (bits << 8) | bytes[i];
		held += 8;
		while (held >= 6) {
			held -= 6;
			out[n++] = alphabet[(bits >> held) & 63];
		}
	}
	if (held > 0)
		out[n++] = alphabet[(bits << (6 - held)) & 63];
	return n;
}

size_t
bh_base64url_encode(const void *bytes, size_t len, char *out)
{
	static const char alphabet[65] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t n = encode(alphabet, bytes, len, out);

	out[n] = '\0';
	return n;
}

size_t
bh_base64_encode(const void *bytes, size_t len, char *out)
{
	static const char alphabet[65] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t n = encode(alphabet, bytes, len, out);

	while (n % 4 != 0)
		out[n++] = '=';
	out[n] = '\0';
	return n;
}

/* The value of a digit, whose last two differ between the alphabets, or -1. */
static int
digit_value(char c, const char last[2])
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == last[0])
		return 62;
	return c == last[1] ? 63 : -1;
}

static int
decode(const char last[2], const char *text, size_t len, void *out, size_t size, size_t *out_len)
{
	uint8_t *bytes = out;
	uint32_t bits = 0;
	unsigned held = 0;
	size_t n = 0;

	if (len % 4 == 1 || len / 4 * 3 + len % 4 * 3 / 4 > size)
		return BH_E_INVALID;

	for (size_t i = 0; i < len; i++) {
		int value = digit_value(text[i], last);

		if (value < 0)
			return BH_E_INVALID;
		bits = (bits << 6) | (uint32_t)value;
		held += 6;
		if (held >= 8) {
			held -= 8;
			bytes[n++] = (uint8_t)(bits >> held);
		}
	}
	/* Unused bits must be zero, or two texts would name the same bytes. */
	if ((bits & ((1u << held) - 1)) != 0)
		return BH_E_INVALID;

	*out_len = n;
	return 0;
}

int
bh_base64url_decode(const char *text, size_t len, void *out, size_t size, size_t *out_len)
{
	return decode("-_", text, len, out, size, out_len);
}

int
bh_base64_decode(const char *text, size_t len, void *out, size_t size, size_t *out_len)
{
	if (len % 4 != 0)
		return BH_E_INVALID;
	for (int i = 0; i < 2 && len > 0 && text[len - 1] == '='; i++)
		len--;
	return decode("+/", text, len, out, size, out_len);
}
