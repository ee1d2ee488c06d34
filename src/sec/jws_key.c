/* SPDX-License-Identifier: Apache-2.0 */
/* jws_key.c: signing and verifying keys: made, stored as PKCS#8, published and read as JWK. */
#include "sec/jws_key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"
#include "sec/digest.h"

enum {
	COORDINATE = 32, /* P-256 and Ed25519 numbers */
	RSA_BITS_LEAST = 2048,
	RSA_BITS_MOST = 8192
};

static const struct {
	const char *name, *kty, *crv;
} algorithms[] = {
	[BH_JWS_ES256] = {"ES256", "EC", "P-256"},
	[BH_JWS_RS256] = {"RS256", "RSA", NULL},
	[BH_JWS_EDDSA] = {"EdDSA", "OKP", "Ed25519"},
};

static void
pkey_close(EVP_PKEY **pkey)
{
	EVP_PKEY_free(*pkey);
}

static void
pkey_ctx_close(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
}

static void
builder_close(OSSL_PARAM_BLD **builder)
{
	OSSL_PARAM_BLD_free(*builder);
}

static void
params_close(OSSL_PARAM **params)
{
	OSSL_PARAM_free(*params);
}

static void
bn_close(BIGNUM **number)
{
	BN_free(*number);
}

const char *
bh_jws_algorithm_name(enum bh_jws_algorithm algorithm)
{
	return algorithms[algorithm].name;
}

/* Takes the key; NULL reads as a failure of OpenSSL. */
BH_MUST_CHECK static int
key_new(enum bh_jws_algorithm algorithm, EVP_PKEY *pkey, struct bh_jws_key **out)
{
	struct bh_jws_key *key = calloc(1, sizeof(*key));

	if (key == NULL) {
		EVP_PKEY_free(pkey);
		return BH_E_MEMORY;
	}
	key->algorithm = algorithm;
	key->pkey = pkey;
	*out = key;
	return 0;
}

int
bh_jws_key_generate(enum bh_jws_algorithm algorithm, struct bh_jws_key **out)
{
	EVP_PKEY *pkey;

	if (algorithm == BH_JWS_ES256)
		pkey = EVP_EC_gen("P-256");
	else if (algorithm == BH_JWS_RS256)
		pkey = EVP_RSA_gen(RSA_BITS_LEAST);
	else
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (pkey == NULL)
		return bh_error(BH_E_INTERNAL, "OpenSSL failed to create a key of type %s",
			algorithms[algorithm].name);
	return key_new(algorithm, pkey, out);
}

int
bh_jws_key_export(const struct bh_jws_key *key, struct bh_buf *out_der)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key->pkey);
	unsigned char *der = NULL;
	int len = -1;

	if (info != NULL) {
		len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
		PKCS8_PRIV_KEY_INFO_free(info);
	}
	if (len <= 0)
		return bh_error(BH_E_INVALID, "the key has no private part");
	bh_buf_add(out_der, der, (size_t)len);
	OPENSSL_clear_free(der, (size_t)len);
	return 0;
}

/* Whether a key is of the family its algorithm needs, and strong enough. */
static bool
key_fits(enum bh_jws_algorithm algorithm, EVP_PKEY *pkey)
{
	char group[32] = "";
	int bits = EVP_PKEY_get_bits(pkey);

	if (algorithm == BH_JWS_RS256)
		return EVP_PKEY_is_a(pkey, "RSA") && bits >= RSA_BITS_LEAST && bits <= RSA_BITS_MOST;
	if (algorithm == BH_JWS_EDDSA)
		return EVP_PKEY_is_a(pkey, "ED25519") != 0;
	return EVP_PKEY_is_a(pkey, "EC") &&
		EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) == 1 &&
		(strcmp(group, "prime256v1") == 0 || strcmp(group, "P-256") == 0);
}

int
bh_jws_key_import(enum bh_jws_algorithm algorithm, const void *der, size_t len,
	struct bh_jws_key **out)
{
	const unsigned char *at = der;
	PKCS8_PRIV_KEY_INFO *info;
	EVP_PKEY *pkey = NULL;

	info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)len);
	if (info != NULL) {
		pkey = EVP_PKCS82PKEY(info);
		PKCS8_PRIV_KEY_INFO_free(info);
	}
	if (pkey == NULL || !key_fits(algorithm, pkey)) {
		EVP_PKEY_free(pkey);
		return bh_error(BH_E_INVALID, "not a key of type %s", algorithms[algorithm].name);
	}
	return key_new(algorithm, pkey, out);
}

/* A number as base64url, padded to `width` bytes (0: as short as it is). */
BH_MUST_CHECK static int
jwk_number(struct bh_write *write, const char *name, const EVP_PKEY *pkey, const char *param,
	int width)
{
	BH_AUTO(bn_close) BIGNUM *number = NULL;
	unsigned char bytes[RSA_BITS_MOST / 8];
	char text[sizeof(bytes) * 4 / 3 + 4];
	int len;

	if (EVP_PKEY_get_bn_param(pkey, param, &number) != 1 ||
		BN_num_bytes(number) > (int)sizeof(bytes))
		return bh_error(BH_E_INTERNAL, "OpenSSL does not return the key's %s", param);
	len = width > 0 ? width : BN_num_bytes(number);
	if (BN_bn2binpad(number, bytes, len) != len)
		return bh_error(BH_E_INTERNAL, "the key's %s is too long", param);
	bh_base64url_encode(bytes, (size_t)len, text);
	bh_write_pair_text(write, name, text);
	return 0;
}

BH_MUST_CHECK static int
jwk_public(const struct bh_jws_key *key, struct bh_write *write)
{
	unsigned char raw[COORDINATE];
	char text[sizeof(raw) * 4 / 3 + 4];
	size_t len = sizeof(raw);
	int rc;

	if (key->algorithm == BH_JWS_EDDSA) {
		if (EVP_PKEY_get_raw_public_key(key->pkey, raw, &len) != 1)
			return bh_error(BH_E_INTERNAL, "OpenSSL does not return the key's public part");
		bh_base64url_encode(raw, len, text);
		bh_write_pair_text(write, "x", text);
		return 0;
	}
	if (key->algorithm == BH_JWS_RS256) {
		rc = jwk_number(write, "n", key->pkey, OSSL_PKEY_PARAM_RSA_N, 0);
		return rc < 0 ? rc : jwk_number(write, "e", key->pkey, OSSL_PKEY_PARAM_RSA_E, 0);
	}
	rc = jwk_number(write, "x", key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, COORDINATE);
	return rc < 0 ? rc : jwk_number(write, "y", key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, COORDINATE);
}

int
bh_jws_key_jwk(const struct bh_jws_key *key, const char *kid, struct bh_buf *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	int rc;

	bh_write_object(&write);
	bh_write_pair_text(&write, "kty", algorithms[key->algorithm].kty);
	if (algorithms[key->algorithm].crv != NULL)
		bh_write_pair_text(&write, "crv", algorithms[key->algorithm].crv);
	rc = jwk_public(key, &write);
	if (rc < 0)
		return rc;
	bh_write_pair_text(&write, "alg", algorithms[key->algorithm].name);
	bh_write_pair_text(&write, "use", "sig");
	bh_write_pair_text(&write, "kid", kid);
	bh_write_end(&write);
	bh_buf_add(out, text.data, text.len);
	return 0;
}

/* True when a member is absent or equal to `wanted`. */
static bool
absent_or(const struct bh_json *member, const char *wanted)
{
	const char *text = bh_json_string(member);

	return bh_json_kind(member) == BH_JSON_NONE || (text != NULL && strcmp(text, wanted) == 0);
}

static bool
may_verify(const struct bh_json *jwk)
{
	const struct bh_json *operations = bh_json_get(jwk, "key_ops");

	if (!absent_or(bh_json_get(jwk, "use"), "sig"))
		return false;
	if (bh_json_kind(operations) == BH_JSON_NONE)
		return true;
	if (bh_json_kind(operations) != BH_JSON_ARRAY)
		return false;
	for (size_t i = 0; i < bh_json_count(operations); i++) {
		const char *operation = bh_json_string(bh_json_at(operations, i));

		if (operation != NULL && strcmp(operation, "verify") == 0)
			return true;
	}
	return false;
}

/* A base64url member as bytes, at least one. */
BH_MUST_CHECK static int
jwk_bytes(const struct bh_json *jwk, const char *name, unsigned char *out, size_t size,
	size_t *out_len)
{
	const char *text = bh_json_string(bh_json_get(jwk, name));
	int rc;

	if (text == NULL)
		return bh_error(BH_E_INVALID, "the key has no %s", name);
	rc = bh_base64url_decode(text, strlen(text), out, size, out_len);
	if (rc < 0 || *out_len == 0)
		return bh_error(BH_E_INVALID, "the key's %s is malformed", name);
	return 0;
}

/* A public key from its parts; NULL when OpenSSL finds them wrong. */
static EVP_PKEY *
pkey_from(const char *type, OSSL_PARAM_BLD *builder)
{
	BH_AUTO(params_close) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
	BH_AUTO(pkey_ctx_close) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	BH_AUTO(pkey_ctx_close) EVP_PKEY_CTX *check = NULL;
	BH_AUTO(pkey_close) EVP_PKEY *pkey = NULL;
	EVP_PKEY *found;

	if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
		EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return NULL;
	check = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	if (check == NULL || EVP_PKEY_public_check(check) != 1)
		return NULL;
	found = pkey;
	pkey = NULL;
	return found;
}

BH_MUST_CHECK static int
jwk_read_ec(const struct bh_json *jwk, EVP_PKEY **out)
{
	BH_AUTO(builder_close) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	unsigned char point[1 + 2 * COORDINATE] = {POINT_CONVERSION_UNCOMPRESSED};
	size_t x_len, y_len;
	int rc;

	rc = jwk_bytes(jwk, "x", point + 1, COORDINATE, &x_len);
	if (rc == 0)
		rc = jwk_bytes(jwk, "y", point + 1 + COORDINATE, COORDINATE, &y_len);
	if (rc < 0)
		return rc;
	if (x_len != COORDINATE || y_len != COORDINATE)
		return bh_error(BH_E_INVALID, "the key's coordinates have the wrong length");
	if (builder == NULL ||
		OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
		OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)) !=
			1)
		return BH_E_MEMORY;
	*out = pkey_from("EC", builder);
	return 0;
}

BH_MUST_CHECK static int
jwk_read_rsa(const struct bh_json *jwk, EVP_PKEY **out)
{
	BH_AUTO(builder_close) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BH_AUTO(bn_close) BIGNUM *n = NULL;
	BH_AUTO(bn_close) BIGNUM *e = NULL;
	unsigned char n_bytes[RSA_BITS_MOST / 8], e_bytes[8];
	size_t n_len, e_len;
	int rc;

	rc = jwk_bytes(jwk, "n", n_bytes, sizeof(n_bytes), &n_len);
	if (rc == 0)
		rc = jwk_bytes(jwk, "e", e_bytes, sizeof(e_bytes), &e_len);
	if (rc < 0)
		return rc;
	n = BN_bin2bn(n_bytes, (int)n_len, NULL);
	e = BN_bin2bn(e_bytes, (int)e_len, NULL);
	if (builder == NULL || n == NULL || e == NULL ||
		OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
		OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1)
		return BH_E_MEMORY;
	*out = pkey_from("RSA", builder);
	return 0;
}

BH_MUST_CHECK static int
jwk_read_okp(const struct bh_json *jwk, EVP_PKEY **out)
{
	unsigned char x[COORDINATE];
	size_t len;
	int rc;

	rc = jwk_bytes(jwk, "x", x, sizeof(x), &len);
	if (rc < 0)
		return rc;
	if (len != COORDINATE)
		return bh_error(BH_E_INVALID, "the key's x has the wrong length");
	*out = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, len);
	return 0;
}

/* The algorithm a JWK names, if it is one of ours and the key's type is the algorithm's. */
BH_MUST_CHECK static int
jwk_algorithm(const struct bh_json *jwk, enum bh_jws_algorithm *out)
{
	const char *name = bh_json_string(bh_json_get(jwk, "alg"));
	const char *kty = bh_json_string(bh_json_get(jwk, "kty"));
	const char *crv = bh_json_string(bh_json_get(jwk, "crv"));

	for (size_t i = 0; name != NULL && kty != NULL && i < BH_COUNT(algorithms); i++) {
		if (strcmp(name, algorithms[i].name) != 0 || strcmp(kty, algorithms[i].kty) != 0)
			continue;
		if (algorithms[i].crv != NULL && (crv == NULL || strcmp(crv, algorithms[i].crv) != 0))
			continue;
		*out = (enum bh_jws_algorithm)i;
		return 0;
	}
	return bh_error(BH_E_INVALID, "the key does not name a supported algorithm");
}

int
bh_jws_key_from_jwk(const struct bh_json *jwk, struct bh_jws_key **out)
{
	enum bh_jws_algorithm algorithm = BH_JWS_ES256;
	EVP_PKEY *pkey = NULL;
	int rc;

	rc = jwk_algorithm(jwk, &algorithm);
	if (rc < 0)
		return rc;
	if (!may_verify(jwk))
		return bh_error(BH_E_INVALID, "the key is not meant for verification");

	if (algorithm == BH_JWS_ES256)
		rc = jwk_read_ec(jwk, &pkey);
	else if (algorithm == BH_JWS_RS256)
		rc = jwk_read_rsa(jwk, &pkey);
	else
		rc = jwk_read_okp(jwk, &pkey);
	if (rc < 0)
		return rc;
	if (pkey == NULL || !key_fits(algorithm, pkey)) {
		EVP_PKEY_free(pkey);
		return bh_error(BH_E_INVALID, "the key is invalid");
	}
	return key_new(algorithm, pkey, out);
}

void
bh_jws_key_close(struct bh_jws_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}
