/* SPDX-License-Identifier: Apache-2.0 */
/* test_decode.c: encodings of text files; test_documents.py tries them all. */
#include "decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buffer.h"
#include "unicode.h"

static void
expect_decoded(const char *data, size_t len, const char *wanted)
{
	struct extract_buffer out = {0};

	assert_true(extract_decode_text(data, len, NULL, &out));
	assert_string_equal(extract_buffer_string(&out), wanted);
	extract_buffer_close(&out);
}

static void
a_byte_order_mark_decides_the_encoding(void **state)
{
	(void)state;
	expect_decoded("\xef\xbb\xbfgr\xc3\xbc\xc3\x9f", 9, "gr\xc3\xbc\xc3\x9f");
	expect_decoded("\xff\xfeg\0r\0\xfc\0", 8, "gr\xc3\xbc");
	expect_decoded("\xfe\xff\0g\0r\0\xfc", 8, "gr\xc3\xbc");
	expect_decoded("\xff\xfe\x3d\xd8\x00\xde", 6, "\xf0\x9f\x98\x80");
}

static void
utf16_shows_without_a_mark(void **state)
{
	(void)state;
	expect_decoded("H\0e\0l\0l\0o\0", 10, "Hello");
	expect_decoded("\0H\0e\0l\0l\0o", 10, "Hello");
}

static void
bytes_that_are_no_utf8_are_read_as_windows_1252(void **state)
{
	static const char text[] = "Stra\xdf"
							   "e, na\xefve, \x93quoted\x94";

	(void)state;
	expect_decoded(text, sizeof(text) - 1,
		"Stra\xc3\x9f"
		"e, na\xc3\xafve, \xe2\x80\x9cquoted\xe2\x80\x9d");
}

static void
a_declared_charset_is_believed_over_a_guess(void **state)
{
	struct extract_buffer out = {0};

	(void)state;
	assert_true(extract_decode_text("\xcf\xf0\xe8\xe2\xe5\xf2", 6, "windows-1251", &out));
	assert_string_equal(out.data, "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82");
	extract_buffer_close(&out);
}

static void
binary_data_is_no_text(void **state)
{
	static const char data[] = "\x01\x02\x03\x04\0\x05\x06\x07\x0e\x0f\x10\x11";
	struct extract_buffer out = {0};

	(void)state;
	assert_false(extract_decode_text(data, sizeof(data) - 1, NULL, &out));
	extract_buffer_close(&out);
}

static void
a_large_file_is_converted_whole(void **state)
{
	struct extract_buffer wide = {0}, out = {0};

	(void)state;
	extract_buffer_append(&wide, "\xff\xfe", 2);
	/* An odd offset puts a surrogate pair on each border of the pieces. */
	extract_buffer_append(&wide, "a\0", 2);
	for (int i = 0; i < 20000; i++)
		extract_buffer_append(&wide, "\x3d\xd8\x00\xde", 4);
	assert_true(extract_decode_text(wide.data, wide.len, NULL, &out));
	assert_int_equal(out.len, 1 + 4 * 20000);
	assert_int_equal(extract_unicode_count(out.data, out.len), 20001);
	extract_buffer_close(&wide);
	extract_buffer_close(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_byte_order_mark_decides_the_encoding),
		cmocka_unit_test(utf16_shows_without_a_mark),
		cmocka_unit_test(bytes_that_are_no_utf8_are_read_as_windows_1252),
		cmocka_unit_test(a_declared_charset_is_believed_over_a_guess),
		cmocka_unit_test(binary_data_is_no_text),
		cmocka_unit_test(a_large_file_is_converted_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
