/* SPDX-License-Identifier: Apache-2.0 */
/* test_seal.c: proves that sealed bytes open only with their key and context, unchanged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "sec/seal.h"

struct fixture {
	struct bh_secret key;
	struct bh_buf sealed, opened;
};

static int
set_up(void **state)
{
	static struct fixture fix;

	fix = (struct fixture){0};
	bh_random(fix.key.bytes, sizeof(fix.key.bytes));
	bh_seal(&fix.key, "test:1", "secret", 6, &fix.sealed);
	*state = &fix;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;

	bh_buf_close(&fix->sealed);
	bh_buf_close(&fix->opened);
	return 0;
}

static void
sealed_bytes_open_again(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(bh_unseal(&fix->key, "test:1", fix->sealed.data, fix->sealed.len,
						 &fix->opened),
		0);
	assert_string_equal(bh_buf_string(&fix->opened), "secret");
	assert_int_equal(fix->opened.len, 6);
}

static void
the_text_is_not_in_the_sealed_bytes(void **state)
{
	struct fixture *fix = *state;

	assert_null(memmem(fix->sealed.data, fix->sealed.len, "secret", 6));
}

static void
another_context_does_not_open(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(bh_unseal(&fix->key, "test:2", fix->sealed.data, fix->sealed.len,
						 &fix->opened),
		BH_E_INVALID);
	assert_int_equal(fix->opened.len, 0);
}

static void
every_changed_byte_is_noticed(void **state)
{
	struct fixture *fix = *state;

	for (size_t i = 0; i < fix->sealed.len; i++) {
		fix->sealed.data[i] = (char)(fix->sealed.data[i] ^ 1);
		assert_int_equal(bh_unseal(&fix->key, "test:1", fix->sealed.data, fix->sealed.len,
							 &fix->opened),
			BH_E_INVALID);
		fix->sealed.data[i] = (char)(fix->sealed.data[i] ^ 1);
	}
}

static void
short_bytes_are_refused(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(bh_unseal(&fix->key, "test:1", fix->sealed.data, 39, &fix->opened),
		BH_E_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sealed_bytes_open_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_text_is_not_in_the_sealed_bytes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_context_does_not_open, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_changed_byte_is_noticed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(short_bytes_are_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
