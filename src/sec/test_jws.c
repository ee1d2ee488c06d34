/* SPDX-License-Identifier: Apache-2.0 */
/* test_jws.c: proves what the signature verifier accepts and refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "sec/digest.h"
#include "sec/jws.h"

static struct bh_jws_key *ec_key; /* made once: cheap, but read by most tests */

static int
set_up_group(void **state)
{
	(void)state;
	return bh_jws_key_generate(BH_JWS_ES256, &ec_key);
}

static int
tear_down_group(void **state)
{
	(void)state;
	bh_jws_key_close(ec_key);
	return 0;
}

static int
verify(const struct bh_jws_key *key, const char *type, const char *token, struct bh_buf *out)
{
	return bh_jws_verify(key, type, token, strlen(token), out);
}

/* header.payload.signature of any three texts, signed by nobody. */
static void
compact(const char *header, const char *payload, char out[512])
{
	size_t len = bh_base64url_encode(header, strlen(header), out);

	out[len++] = '.';
	len += bh_base64url_encode(payload, strlen(payload), out + len);
	snprintf(out + len, 512 - len, ".%s", "AAAA");
}

static void
every_algorithm_signs_and_verifies(void **state)
{
	(void)state;
	for (int algorithm = BH_JWS_ES256; algorithm <= BH_JWS_EDDSA; algorithm++) {
		BH_AUTO(bh_buf_close) struct bh_buf token = {0}, payload = {0}, jwk = {0}, der = {0};
		BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
		struct bh_jws_key *key, *public_key, *again;

		assert_int_equal(bh_jws_key_generate((enum bh_jws_algorithm)algorithm, &key), 0);
		assert_int_equal(bh_jws_sign(key, "k1", "at+jwt", "{\"a\":1}", 7, &token), 0);
		assert_int_equal(bh_jws_key_jwk(key, "k1", &jwk), 0);
		assert_int_equal(bh_json_parse(jwk.data, jwk.len, &doc), 0);
		assert_int_equal(bh_jws_key_from_jwk(doc.root, &public_key), 0);
		assert_int_equal(verify(public_key, "at+jwt", token.data, &payload), 0);
		assert_string_equal(bh_buf_string(&payload), "{\"a\":1}");

		assert_int_equal(bh_jws_key_export(key, &der), 0);
		assert_int_equal(bh_jws_key_import((enum bh_jws_algorithm)algorithm, der.data, der.len,
							 &again),
			0);
		bh_buf_reset(&token);
		assert_int_equal(bh_jws_sign(again, "k1", "at+jwt", "x", 1, &token), 0);
		assert_int_equal(verify(public_key, "at+jwt", token.data, &payload), 0);

		bh_jws_key_close(again);
		bh_jws_key_close(public_key);
		bh_jws_key_close(key);
	}
}

static void
a_public_key_has_no_private_part_to_export(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf jwk = {0}, der = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct bh_jws_key *public_key;

	(void)state;
	assert_int_equal(bh_jws_key_jwk(ec_key, "k1", &jwk), 0);
	assert_null(strstr(jwk.data, "\"d\""));
	assert_int_equal(bh_json_parse(jwk.data, jwk.len, &doc), 0);
	assert_int_equal(bh_jws_key_from_jwk(doc.root, &public_key), 0);
	assert_int_equal(bh_jws_key_export(public_key, &der), BH_E_INVALID);
	bh_jws_key_close(public_key);
}

static void
every_changed_character_breaks_the_token(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf token = {0}, payload = {0};

	(void)state;
	assert_int_equal(bh_jws_sign(ec_key, "k1", "at+jwt", "{\"a\":1}", 7, &token), 0);
	for (size_t i = 0; i < token.len; i++) {
		char kept = token.data[i];

		token.data[i] = kept == 'A' ? 'B' : 'A';
		assert_int_equal(verify(ec_key, "at+jwt", token.data, &payload), BH_E_UNAUTHENTICATED);
		token.data[i] = kept;
	}
	assert_int_equal(payload.len, 0);
}

static void
another_key_does_not_verify(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf token = {0}, payload = {0};
	struct bh_jws_key *other;

	(void)state;
	assert_int_equal(bh_jws_key_generate(BH_JWS_ES256, &other), 0);
	assert_int_equal(bh_jws_sign(other, "k1", "at+jwt", "{}", 2, &token), 0);
	assert_int_equal(verify(ec_key, "at+jwt", token.data, &payload), BH_E_UNAUTHENTICATED);
	bh_jws_key_close(other);
}

static void
another_type_is_refused(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf token = {0}, payload = {0};

	(void)state;
	assert_int_equal(bh_jws_sign(ec_key, "k1", "JWT", "{}", 2, &token), 0);
	assert_int_equal(verify(ec_key, "at+jwt", token.data, &payload), BH_E_UNAUTHENTICATED);
	assert_int_equal(verify(ec_key, NULL, token.data, &payload), 0);
}

static void
strange_headers_are_refused(void **state)
{
	static const char *const headers[] = {
		"{\"alg\":\"none\",\"kid\":\"k1\"}",
		"{\"alg\":\"NoNe\",\"kid\":\"k1\"}",
		"{\"kid\":\"k1\"}",
		"{\"alg\":\"ES256\",\"kid\":\"k1\",\"kid\":\"k2\"}",
		"{\"alg\":\"ES256\",\"kid\":\"k1\",\"crit\":[\"exp\"]}",
		"{\"alg\":\"ES256\",\"kid\":\"k1\",\"crit\":[]}",
		"{\"alg\":\"ES256\",\"kid\":\"k1\",\"b64\":false}",
		"{\"alg\":\"ES256\"}",
		"{\"alg\":\"ES256\",\"kid\":\"\"}",
		"{\"alg\":\"ES256\",\"kid\":7}",
		"[\"ES256\"]",
		"{\"alg\":\"ES256\",\"kid\":\"k1\"} x",
		"",
	};
	char token[512], kid[64];

	(void)state;
	for (size_t i = 0; i < BH_COUNT(headers); i++) {
		compact(headers[i], "{}", token);
		assert_int_equal(bh_jws_kid(token, strlen(token), kid, sizeof(kid)), BH_E_UNAUTHENTICATED);
	}
}

static void
the_kid_of_a_plain_header_is_read(void **state)
{
	char token[512], kid[64];

	(void)state;
	compact("{\"alg\":\"ES256\",\"kid\":\"k1\"}", "{}", token);
	assert_int_equal(bh_jws_kid(token, strlen(token), kid, sizeof(kid)), 0);
	assert_string_equal(kid, "k1");
	assert_int_equal(bh_jws_kid(token, strlen(token), kid, 2), BH_E_UNAUTHENTICATED);
}

static void
a_token_over_the_cap_is_refused(void **state)
{
	static char text[BH_JWS_BYTES_MAX + 2];
	char kid[64];

	(void)state;
	memset(text, 'A', sizeof(text) - 1);
	text[10] = text[20] = '.';
	assert_int_equal(bh_jws_kid(text, sizeof(text) - 1, kid, sizeof(kid)), BH_E_UNAUTHENTICATED);
}

static void
unfit_keys_are_refused(void **state)
{
#define P256 \
	"\"crv\":\"P-256\",\"x\":\"04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY\"," \
	"\"y\":\"UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw\""
	static const struct {
		int wanted;
		const char *jwk;
	} cases[] = {
		{0, "{\"kty\":\"EC\",\"alg\":\"ES256\"," P256 "}"},
		{0, "{\"kty\":\"EC\",\"alg\":\"ES256\",\"use\":\"sig\",\"key_ops\":[\"verify\"]," P256 "}"},
		{BH_E_INVALID, "{\"kty\":\"EC\"," P256 "}"},
		{BH_E_INVALID, "{\"kty\":\"EC\",\"alg\":\"ES384\"," P256 "}"},
		{BH_E_INVALID, "{\"kty\":\"RSA\",\"alg\":\"ES256\"," P256 "}"},
		{BH_E_INVALID, "{\"kty\":\"EC\",\"alg\":\"ES256\",\"use\":\"enc\"," P256 "}"},
		{BH_E_INVALID, "{\"kty\":\"EC\",\"alg\":\"ES256\",\"key_ops\":[\"encrypt\"]," P256 "}"},
		{BH_E_INVALID, "{\"kty\":\"EC\",\"alg\":\"ES256\",\"key_ops\":\"verify\"," P256 "}"},
		/* not on the curve */
		{BH_E_INVALID,
			"{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\","
			"\"x\":\"04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY\","
			"\"y\":\"04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY\"}"},
		/* 64 bits of RSA */
		{BH_E_INVALID, "{\"kty\":\"RSA\",\"alg\":\"RS256\",\"n\":\"4N0xi21hshw\",\"e\":\"AQAB\"}"},
		{BH_E_INVALID, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"EdDSA\",\"x\":\"AAAA\"}"},
	};
#undef P256

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
		struct bh_jws_key *key = NULL;

		assert_int_equal(bh_json_parse(cases[i].jwk, strlen(cases[i].jwk), &doc), 0);
		assert_int_equal(bh_jws_key_from_jwk(doc.root, &key), cases[i].wanted);
		bh_jws_key_close(key);
	}
}

static void
a_key_is_not_read_as_another_algorithms(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf der = {0};
	struct bh_jws_key *key;

	(void)state;
	assert_int_equal(bh_jws_key_export(ec_key, &der), 0);
	assert_int_equal(bh_jws_key_import(BH_JWS_RS256, der.data, der.len, &key), BH_E_INVALID);
	assert_int_equal(bh_jws_key_import(BH_JWS_EDDSA, der.data, der.len, &key), BH_E_INVALID);
	assert_int_equal(bh_jws_key_import(BH_JWS_ES256, der.data, der.len - 9, &key), BH_E_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_algorithm_signs_and_verifies),
		cmocka_unit_test(a_public_key_has_no_private_part_to_export),
		cmocka_unit_test(every_changed_character_breaks_the_token),
		cmocka_unit_test(another_key_does_not_verify),
		cmocka_unit_test(another_type_is_refused),
		cmocka_unit_test(strange_headers_are_refused),
		cmocka_unit_test(the_kid_of_a_plain_header_is_read),
		cmocka_unit_test(a_token_over_the_cap_is_refused),
		cmocka_unit_test(unfit_keys_are_refused),
		cmocka_unit_test(a_key_is_not_read_as_another_algorithms),
	};

	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
