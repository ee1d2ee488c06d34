/* SPDX-License-Identifier: Apache-2.0 */
/* test_digest.c: proves hashes against published values, and the strictness of base64url. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/text.h"
#include "sec/digest.h"

static struct bh_secret
counting_secret(void)
{
	struct bh_secret secret;

	for (size_t i = 0; i < sizeof(secret.bytes); i++)
		secret.bytes[i] = (uint8_t)i;
	return secret;
}

static void
assert_hex(const uint8_t bytes[32], const char *wanted)
{
	char hex[65];

	bh_text_hex(bytes, 32, hex);
	assert_string_equal(hex, wanted);
}

static void
sha256_gives_the_published_value(void **state)
{
	struct bh_digest digest;

	(void)state;
	bh_digest_sha256("abc", 3, &digest);
	assert_hex(digest.bytes, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void
pieces_hash_as_the_whole_does(void **state)
{
	struct bh_digest whole, pieces;
	struct bh_hash hash;

	(void)state;
	bh_hash_begin(&hash);
	bh_hash_add(&hash, "a", 1);
	bh_hash_add(&hash, "", 0);
	bh_hash_add(&hash, "bc", 2);
	bh_hash_end(&hash, &pieces);
	bh_digest_sha256("abc", 3, &whole);
	assert_true(bh_digest_equal(&whole, &pieces));
}

static void
hmac_equals_another_implementation(void **state)
{
	struct bh_secret key = counting_secret();
	struct bh_digest digest;

	(void)state;
	bh_digest_hmac(&key, "bulkhead", 8, &digest);
	assert_hex(digest.bytes, "d6ec372fc4169db1f7eed6e38e0bed4e49d270a66cec6a89d1d664e3a727e9b7");
}

/* RFC 4231, test case 6: a key of 131 bytes. */
static void
a_key_longer_than_a_block_is_hashed_first(void **state)
{
	static const char text[] = "Test Using Larger Than Block-Size Key - Hash Key First";
	struct bh_digest digest;
	uint8_t key[131];

	(void)state;
	memset(key, 0xaa, sizeof(key));
	bh_digest_hmac_bytes(key, sizeof(key), text, strlen(text), &digest);
	assert_hex(digest.bytes, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void
derivation_equals_another_implementation(void **state)
{
	struct bh_secret key = counting_secret(), out;

	(void)state;
	bh_secret_derive(&key, "model.upstream_key", &out);
	assert_hex(out.bytes, "59d147c243c35c057e001564e3260a84c658a64a5743d63d2569ffd9498ce273");
}

static void
random_bytes_differ(void **state)
{
	uint8_t a[32] = {0}, b[32] = {0};

	(void)state;
	bh_random(a, sizeof(a));
	bh_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

static void
base64url_round_trips_every_length(void **state)
{
	uint8_t bytes[64], back[64];
	char text[128];

	(void)state;
	bh_random(bytes, sizeof(bytes));
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		size_t text_len = bh_base64url_encode(bytes, len, text), back_len = 99;

		assert_int_equal(strlen(text), text_len);
		assert_int_equal(bh_base64url_decode(text, text_len, back, sizeof(back), &back_len), 0);
		assert_int_equal(back_len, len);
		assert_memory_equal(bytes, back, len);
	}
}

static void
base64url_refuses_what_is_not_canonical(void **state)
{
	static const char *const wrong[] = {"A", "AB==", "A B", "AB\n", "+/+/", "AB", "AAB", "AAAAA"};
	uint8_t out[16];
	size_t len;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(wrong); i++)
		assert_int_equal(bh_base64url_decode(wrong[i], strlen(wrong[i]), out, sizeof(out), &len),
			BH_E_INVALID);
}

static void
base64url_refuses_more_than_the_room(void **state)
{
	uint8_t out[2];
	size_t len;

	(void)state;
	assert_int_equal(bh_base64url_decode("AAAA", 4, out, sizeof(out), &len), BH_E_INVALID);
}

static void
base64_pads(void **state)
{
	char text[16];

	(void)state;
	assert_int_equal(bh_base64_encode("fo", 2, text), 4);
	assert_string_equal(text, "Zm8=");
	assert_int_equal(bh_base64_encode("\xfb\xff", 2, text), 4);
	assert_string_equal(text, "+/8=");
}

static void
base64_is_read_with_its_padding_only(void **state)
{
	static const char *const wrong[] = {"Zm8", "Zm8==", "Zm9=", "Zg=", "Z===", "Zm-_", "Zm8=Zm8="};
	unsigned char bytes[64], back[64];
	char text[96];
	size_t n;

	(void)state;
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		if (len > 0)
			bytes[len - 1] = (unsigned char)(len * 37);
		bh_base64_encode(bytes, len, text);
		assert_int_equal(bh_base64_decode(text, strlen(text), back, sizeof(back), &n), 0);
		assert_int_equal(n, len);
		assert_memory_equal(back, bytes, len);
	}
	for (size_t i = 0; i < BH_COUNT(wrong); i++)
		assert_int_equal(bh_base64_decode(wrong[i], strlen(wrong[i]), back, sizeof(back), &n),
			BH_E_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_gives_the_published_value),
		cmocka_unit_test(pieces_hash_as_the_whole_does),
		cmocka_unit_test(hmac_equals_another_implementation),
		cmocka_unit_test(a_key_longer_than_a_block_is_hashed_first),
		cmocka_unit_test(derivation_equals_another_implementation),
		cmocka_unit_test(random_bytes_differ),
		cmocka_unit_test(base64url_round_trips_every_length),
		cmocka_unit_test(base64url_refuses_what_is_not_canonical),
		cmocka_unit_test(base64url_refuses_more_than_the_room),
		cmocka_unit_test(base64_pads),
		cmocka_unit_test(base64_is_read_with_its_padding_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
