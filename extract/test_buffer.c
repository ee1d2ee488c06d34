/* SPDX-License-Identifier: Apache-2.0 */
/* test_buffer.c: growing runs of bytes. */
#include "buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
a_zeroed_buffer_is_empty_and_closes_twice(void **state)
{
	struct extract_buffer buffer = {0};

	(void)state;
	assert_string_equal(extract_buffer_string(&buffer), "");
	extract_buffer_truncate(&buffer, 0);
	extract_buffer_close(&buffer);
	extract_buffer_close(&buffer);
}

static void
bytes_are_kept_with_a_nul_behind_them(void **state)
{
	struct extract_buffer buffer = {0};

	(void)state;
	for (int i = 0; i < 5000; i++)
		extract_buffer_text(&buffer, "abc");
	assert_int_equal(buffer.len, 15000);
	assert_int_equal(buffer.data[15000], '\0');
	extract_buffer_append(&buffer, "x\0y", 3);
	assert_memory_equal(buffer.data + 15000, "x\0y", 4);
	extract_buffer_truncate(&buffer, 2);
	assert_string_equal(extract_buffer_string(&buffer), "ab");
	extract_buffer_close(&buffer);
}

static void
code_points_become_utf_8_and_what_is_none_a_mark(void **state)
{
	struct extract_buffer buffer = {0};

	(void)state;
	extract_buffer_point(&buffer, 'a');
	extract_buffer_point(&buffer, 0xe9);
	extract_buffer_point(&buffer, 0x20ac);
	extract_buffer_point(&buffer, 0x1f600);
	extract_buffer_point(&buffer, 0xd800);
	extract_buffer_point(&buffer, 0x110000);
	assert_string_equal(extract_buffer_string(&buffer),
		"a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd");
	extract_buffer_close(&buffer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zeroed_buffer_is_empty_and_closes_twice),
		cmocka_unit_test(bytes_are_kept_with_a_nul_behind_them),
		cmocka_unit_test(code_points_become_utf_8_and_what_is_none_a_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
