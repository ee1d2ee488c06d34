/* SPDX-License-Identifier: Apache-2.0 */
/* test_chunks.c: proves that a chunk opens only where, as what and under the key that it was sealed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "sec/chunks.h"

static struct bh_secret key = {{7}};

static void
seal(uint64_t number, enum bh_chunk_kind kind, const char *also, uint8_t out[6 + BH_CHUNK_TAG])
{
	bh_chunk_seal(&(struct bh_chunk){&key, number, kind, also, strlen(also)}, "secret", 6, out);
}

static int
open_as(uint64_t number, enum bh_chunk_kind kind, const char *also, const uint8_t *sealed,
	size_t len)
{
	uint8_t opened[6] = {0};
	int rc = bh_chunk_open(&(struct bh_chunk){&key, number, kind, also, strlen(also)}, sealed, len,
		opened);

	if (rc == 0)
		assert_memory_equal(opened, "secret", 6);
	else
		assert_memory_equal(opened, "\0\0\0\0\0\0", 6);
	return rc;
}

static void
a_chunk_opens_as_what_it_is_only(void **state)
{
	uint8_t sealed[6 + BH_CHUNK_TAG];

	(void)state;
	seal(1ull << 40, BH_CHUNK_MORE, "", sealed);
	assert_int_equal(open_as(1ull << 40, BH_CHUNK_MORE, "", sealed, sizeof(sealed)), 0);
	assert_int_equal(open_as(1ull << 41, BH_CHUNK_MORE, "", sealed, sizeof(sealed)), BH_E_INVALID);
	assert_int_equal(open_as(1ull << 40, BH_CHUNK_LAST, "", sealed, sizeof(sealed)), BH_E_INVALID);
	assert_int_equal(open_as(1ull << 40, BH_CHUNK_HEAD, "", sealed, sizeof(sealed)), BH_E_INVALID);
	assert_int_equal(open_as(1ull << 40, BH_CHUNK_MORE, "x", sealed, sizeof(sealed)), BH_E_INVALID);
}

static void
every_changed_byte_is_noticed(void **state)
{
	uint8_t sealed[6 + BH_CHUNK_TAG];

	(void)state;
	seal(0, BH_CHUNK_HEAD, "head", sealed);
	assert_int_equal(open_as(0, BH_CHUNK_HEAD, "head", sealed, sizeof(sealed)), 0);
	for (size_t i = 0; i < sizeof(sealed); i++) {
		sealed[i] ^= 1;
		assert_int_equal(open_as(0, BH_CHUNK_HEAD, "head", sealed, sizeof(sealed)), BH_E_INVALID);
		sealed[i] ^= 1;
	}
	assert_int_equal(open_as(0, BH_CHUNK_HEAD, "head", sealed, BH_CHUNK_TAG - 1), BH_E_INVALID);
}

/* By another implementation (Python's cryptography), with a key of zeros and nonces of age's form: 11 bytes that count,
 * big-endian, and the flag. */
static void
the_nonce_counts_and_marks(void **state)
{
	uint8_t one[BH_CHUNK_TAG], two[BH_CHUNK_TAG];
	const struct bh_secret zeros = {{0}};

	(void)state;
	bh_chunk_seal(&(struct bh_chunk){&zeros, 1, BH_CHUNK_LAST, NULL, 0}, "", 0, one);
	bh_chunk_seal(&(struct bh_chunk){&zeros, 256, BH_CHUNK_LAST, NULL, 0}, "", 0, two);
	assert_memory_not_equal(one, two, sizeof(one));
	assert_memory_equal(one, "\x68\x05\x0f\x7c\xb1\x30\x1d\x1a\xa6\xd6\x17\x4b\x70\x71\xe6\xe3",
		sizeof(one));
	assert_memory_equal(two, "\x1c\xfe\xc8\xd0\x48\x57\xf5\x2e\xf5\xb7\x95\x09\x36\xf7\xdc\xbd",
		sizeof(two));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chunk_opens_as_what_it_is_only),
		cmocka_unit_test(every_changed_byte_is_noticed),
		cmocka_unit_test(the_nonce_counts_and_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
