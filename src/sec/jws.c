/* SPDX-License-Identifier: Apache-2.0 */
/* jws.c: signing and strict verifying of compact JSON Web Signatures. */
#include "sec/jws.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/error.h"
#include "json/fields.h"
#include "sec/digest.h"

enum {
	HALF = 32,             /* bytes of r and of s, ES256 */
	SIGNATURE_MOST = 1024, /* RSA of 8,192 bits */
	DER_MOST = 80,         /* an ES256 signature in DER takes at most 72 */
	HEADER_MOST = 1024
};

/* The three sections of a compact token, still encoded. Borrowed from it. */
struct sections {
	const char *header, *payload, *signature;
	size_t header_len, payload_len, signature_len;
	size_t signed_len; /* header, dot and payload: what the signature covers */
};

static void
md_ctx_close(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

static void
ecdsa_close(ECDSA_SIG **signature)
{
	ECDSA_SIG_free(*signature);
}

static const EVP_MD *
digest_of(enum bh_jws_algorithm algorithm)
{
	return algorithm == BH_JWS_EDDSA ? NULL : EVP_sha256();
}

/* ---- signing ---- */

/* OpenSSL's DER form to the fixed-width form of RFC 7518 §3.4. */
BH_MUST_CHECK static int
der_to_raw(const unsigned char *der, size_t len, unsigned char raw[2 * HALF])
{
	BH_AUTO(ecdsa_close) ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)len);

	if (signature == NULL || BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, HALF) != HALF ||
		BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + HALF, HALF) != HALF)
		return bh_error(BH_E_INTERNAL, "OpenSSL made a signature of unexpected size");
	return 0;
}

static void
section_add(struct bh_buf *out, const void *bytes, size_t len)
{
	char *room = bh_buf_room(out, len * 4 / 3 + 4);

	out->len += bh_base64url_encode(bytes, len, room);
}

static void
header_add(struct bh_buf *out, const struct bh_jws_key *key, const char *kid, const char *type)
{
	BH_AUTO(bh_buf_close) struct bh_buf header = {0};
	struct bh_write write = {.out = &header};

	bh_write_object(&write);
	bh_write_pair_text(&write, "alg", bh_jws_algorithm_name(key->algorithm));
	bh_write_pair_text(&write, "kid", kid);
	bh_write_pair_text(&write, "typ", type);
	bh_write_end(&write);
	section_add(out, header.data, header.len);
}

BH_MUST_CHECK static int
signature_make(const struct bh_jws_key *key, const char *text, size_t len,
	unsigned char out[SIGNATURE_MOST], size_t *out_len)
{
	BH_AUTO(md_ctx_close) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char bytes[SIGNATURE_MOST];
	size_t bytes_len = sizeof(bytes);

	if (ctx == NULL ||
		EVP_DigestSignInit(ctx, NULL, digest_of(key->algorithm), NULL, key->pkey) != 1 ||
		EVP_DigestSign(ctx, bytes, &bytes_len, (const unsigned char *)text, len) != 1)
		return bh_error(BH_E_INTERNAL, "OpenSSL failed to sign");
	if (key->algorithm == BH_JWS_ES256) {
		*out_len = 2 * HALF;
		return der_to_raw(bytes, bytes_len, out);
	}
	memcpy(out, bytes, bytes_len);
	*out_len = bytes_len;
	return 0;
}

int
bh_jws_sign(const struct bh_jws_key *key, const char *kid, const char *type, const char *payload,
	size_t len, struct bh_buf *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf token = {0};
	unsigned char signature[SIGNATURE_MOST];
	size_t signature_len = 0;
	int rc;

	header_add(&token, key, kid, type);
	bh_buf_char(&token, '.');
	section_add(&token, payload, len);
	rc = signature_make(key, token.data, token.len, signature, &signature_len);
	if (rc < 0)
		return rc;
	bh_buf_char(&token, '.');
	section_add(&token, signature, signature_len);
	bh_buf_add(out, token.data, token.len);
	return 0;
}

/* ---- verifying ---- */

/* Every refusal looks alike to the caller's client; the detail is for the log. */
static int
refuse(const char *why)
{
	return bh_error(BH_E_UNAUTHENTICATED, "%s", why);
}

BH_MUST_CHECK static int
sections_split(const char *token, size_t len, struct sections *out)
{
	const char *end = token + len, *first, *second;

	if (len > BH_JWS_BYTES_MAX)
		return refuse("The token is too long.");
	first = memchr(token, '.', len);
	second = first == NULL ? NULL : memchr(first + 1, '.', (size_t)(end - first - 1));
	if (second == NULL || memchr(second + 1, '.', (size_t)(end - second - 1)) != NULL)
		return refuse("The token does not have three parts.");

	*out = (struct sections){
		.header = token,
		.header_len = (size_t)(first - token),
		.payload = first + 1,
		.payload_len = (size_t)(second - first - 1),
		.signature = second + 1,
		.signature_len = (size_t)(end - second - 1),
		.signed_len = (size_t)(second - token),
	};
	return 0;
}

BH_MUST_CHECK static int
header_read(const struct sections *sections, struct bh_json_doc *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	char text[HEADER_MOST];
	const char *algorithm;
	size_t len;

	if (bh_base64url_decode(sections->header, sections->header_len, text, sizeof(text), &len) < 0)
		return refuse("The token's header is malformed.");
	if (bh_json_parse(text, len, &doc) < 0 || bh_json_kind(doc.root) != BH_JSON_OBJECT)
		return refuse("The token's header is not a JSON object.");
	/* We know no extension, so a header that marks one as critical must not pass (RFC 7515 §4.1.11);
	 * b64 is one whose mark could be forgotten. */
	if (bh_json_get(doc.root, "crit") != NULL || bh_json_get(doc.root, "b64") != NULL)
		return refuse("The token requires an extension.");
	algorithm = bh_json_string(bh_json_get(doc.root, "alg"));
	if (algorithm == NULL || strcasecmp(algorithm, "none") == 0)
		return refuse("The token does not name an algorithm.");

	*out = doc;
	doc = (struct bh_json_doc){0};
	return 0;
}

int
bh_jws_kid(const char *token, size_t len, char *out_kid, size_t size)
{
	BH_AUTO(bh_json_close) struct bh_json_doc header = {0};
	struct sections sections = {0};
	const char *kid;
	int rc;

	rc = sections_split(token, len, &sections);
	if (rc < 0)
		return rc;
	rc = header_read(&sections, &header);
	if (rc < 0)
		return rc;
	kid = bh_json_string(bh_json_get(header.root, "kid"));
	if (kid == NULL || kid[0] == '\0' || strlen(kid) >= size)
		return refuse("The token does not name a key.");
	memcpy(out_kid, kid, strlen(kid) + 1);
	return 0;
}

/* The fixed-width form to DER; false when the width is wrong. Whether r and s are in range is
 * OpenSSL's to say. */
static bool
raw_to_der(const unsigned char *raw, size_t len, unsigned char der[DER_MOST], size_t *out_len)
{
	BH_AUTO(ecdsa_close) ECDSA_SIG *signature = ECDSA_SIG_new();
	BIGNUM *r, *s;
	unsigned char *at = der;
	int der_len;

	if (len != 2 * HALF || signature == NULL)
		return false;
	r = BN_bin2bn(raw, HALF, NULL);
	s = BN_bin2bn(raw + HALF, HALF, NULL);
	if (r == NULL || s == NULL || ECDSA_SIG_set0(signature, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		return false;
	}
	der_len = i2d_ECDSA_SIG(signature, NULL);
	if (der_len <= 0 || der_len > DER_MOST)
		return false;
	*out_len = (size_t)i2d_ECDSA_SIG(signature, &at);
	return true;
}

static bool
signature_holds(const struct bh_jws_key *key, const struct sections *sections)
{
	BH_AUTO(md_ctx_close) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char bytes[SIGNATURE_MOST], der[DER_MOST];
	const unsigned char *signature = bytes;
	size_t len;

	if (bh_base64url_decode(sections->signature, sections->signature_len, bytes, sizeof(bytes),
			&len) < 0)
		return false;
	if (key->algorithm == BH_JWS_ES256) {
		if (!raw_to_der(bytes, len, der, &len))
			return false;
		signature = der;
	}
	return ctx != NULL &&
		EVP_DigestVerifyInit(ctx, NULL, digest_of(key->algorithm), NULL, key->pkey) == 1 &&
		EVP_DigestVerify(ctx, signature, len, (const unsigned char *)sections->header,
			sections->signed_len) == 1;
}

int
bh_jws_verify(const struct bh_jws_key *key, const char *type, const char *token, size_t len,
	struct bh_buf *out_payload)
{
	BH_AUTO(bh_json_close) struct bh_json_doc header = {0};
	struct sections sections;
	const char *named;
	size_t room, payload_len;
	int rc;

	rc = sections_split(token, len, &sections);
	if (rc < 0)
		return rc;
	rc = header_read(&sections, &header);
	if (rc < 0)
		return rc;
	if (strcmp(bh_json_string(bh_json_get(header.root, "alg")),
			bh_jws_algorithm_name(key->algorithm)) != 0)
		return refuse("The token's algorithm does not match the key.");
	named = bh_json_string(bh_json_get(header.root, "typ"));
	if (type != NULL && (named == NULL || strcasecmp(named, type) != 0))
		return refuse("The token has a different type.");
	if (!signature_holds(key, &sections))
		return refuse("The token's signature is invalid.");

	room = sections.payload_len / 4 * 3 + 3;
	rc = bh_base64url_decode(sections.payload, sections.payload_len, bh_buf_room(out_payload, room),
		room, &payload_len);
	if (rc < 0)
		return refuse("The token's payload is malformed.");
	out_payload->len += payload_len;
	out_payload->data[out_payload->len] = '\0';
	return 0;
}
