/* SPDX-License-Identifier: Apache-2.0 */
/* test_text.c: UTF-8, JSON strings, numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/text.h"

static void
utf8_refuses_overlong_surrogate_and_cut_forms(void **state)
{
	static const char *const good[] = {"", "a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
	static const char *const bad[] = {"\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80",
		"\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xff", "a\xe2\x82"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(good); i++)
		assert_true(bh_text_is_utf8(good[i], strlen(good[i])));
	for (size_t i = 0; i < BH_COUNT(bad); i++)
		assert_false(bh_text_is_utf8(bad[i], strlen(bad[i])));
}

static void
points_and_offsets_count_code_points(void **state)
{
	static const char text[] = "a\xc3\xa4\xe2\x82\xac"
							   "b";

	(void)state;
	assert_int_equal(bh_text_points(text, strlen(text)), 4);
	assert_int_equal(bh_text_offset(text, strlen(text), 2), 3);
	assert_int_equal(bh_text_offset(text, strlen(text), 9), strlen(text));
	assert_int_equal(bh_text_cut(text, strlen(text), 2), 1);
	assert_int_equal(bh_text_cut(text, strlen(text), 3), 3);
}

static void
json_strings_are_escaped_and_always_valid(void **state)
{
	struct bh_buf out = {0};

	(void)state;
	bh_text_json(&out, "a\"\\\n\x01\x7f\xff\xc3\xa4", 9);
	assert_string_equal(bh_buf_string(&out), "\"a\\\"\\\\\\n\\u0001\\u007f\xef\xbf\xbd\xc3\xa4\"");
	bh_buf_close(&out);
}

static void
a_part_of_a_url_holds_unreserved_characters_only(void **state)
{
	struct bh_buf out = {0};

	(void)state;
	bh_text_url(&out, "a-Z_0.~/?&% \xc3\xa4");
	assert_string_equal(bh_buf_string(&out), "a-Z_0.~%2F%3F%26%25%20%C3%A4");
	bh_buf_close(&out);
}

static void
integers_are_whole_and_within_range(void **state)
{
	int64_t value = 7;

	(void)state;
	assert_int_equal(bh_text_int("-9223372036854775808", INT64_MIN, INT64_MAX, &value), 0);
	assert_true(value == INT64_MIN);
	assert_int_equal(bh_text_int("9223372036854775808", INT64_MIN, INT64_MAX, &value), BH_E_RANGE);
	assert_int_equal(bh_text_int("12a", 0, 100, &value), BH_E_INVALID);
	assert_int_equal(bh_text_int("", 0, 100, &value), BH_E_INVALID);
	assert_int_equal(bh_text_int("101", 0, 100, &value), BH_E_RANGE);
	assert_int_equal(bh_text_int("100", 0, 100, &value), 0);
	assert_int_equal(value, 100);
}

static void
money_is_read_and_printed_exactly(void **state)
{
	int64_t nanos;
	char text[32];

	(void)state;
	assert_int_equal(bh_text_nanos("0.15", &nanos), 0);
	assert_int_equal(nanos, 150000000);
	bh_text_from_nanos(nanos, text);
	assert_string_equal(text, "0.15");
	assert_int_equal(bh_text_nanos("2", &nanos), 0);
	bh_text_from_nanos(-nanos, text);
	assert_string_equal(text, "-2");
	assert_int_equal(bh_text_nanos("0.0000000001", &nanos), BH_E_INVALID);
	assert_int_equal(bh_text_nanos("-1", &nanos), BH_E_INVALID);
	assert_int_equal(bh_text_nanos("1.", &nanos), BH_E_INVALID);
	assert_int_equal(bh_text_nanos("99999999999", &nanos), BH_E_RANGE);
}

static void
a_word_is_found_only_whole(void **state)
{
	(void)state;
	assert_true(bh_text_has_word("files:read chat:write", "chat:write"));
	assert_false(bh_text_has_word("files:readx", "files:read"));
	assert_false(bh_text_has_word("xfiles:read", "files:read"));
	assert_true(bh_text_has_word("xfiles:read files:read", "files:read"));
	assert_false(bh_text_has_word("a b", ""));
	assert_false(bh_text_has_word("a b c", "a b"));
}

static void
bytes_are_read_from_lower_case_digits_alone(void **state)
{
	static const char *const bad[] = {"", "0", "0a", "0aff0", "0aff00", "0AFF", "0agg", "0a f"};
	uint8_t bytes[2];

	(void)state;
	assert_true(bh_text_unhex("0aff", 4, bytes, sizeof(bytes)));
	assert_memory_equal(bytes, "\x0a\xff", 2);
	for (size_t i = 0; i < BH_COUNT(bad); i++)
		assert_false(bh_text_unhex(bad[i], strlen(bad[i]), bytes, sizeof(bytes)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_refuses_overlong_surrogate_and_cut_forms),
		cmocka_unit_test(points_and_offsets_count_code_points),
		cmocka_unit_test(json_strings_are_escaped_and_always_valid),
		cmocka_unit_test(a_part_of_a_url_holds_unreserved_characters_only),
		cmocka_unit_test(integers_are_whole_and_within_range),
		cmocka_unit_test(money_is_read_and_printed_exactly),
		cmocka_unit_test(a_word_is_found_only_whole),
		cmocka_unit_test(bytes_are_read_from_lower_case_digits_alone),
	};

	return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
