/* SPDX-License-Identifier: Apache-2.0 */
/* test_mend.c: text that careless servers write can be read, and good text stays as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "json/mend.h"

static void
reads(const char *text, size_t len, const char *expected)
{
	struct bh_json_doc doc = {0};
	const struct bh_json *first;

	assert_int_equal(bh_json_parse_mended(text, len, &doc), 0);
	first = bh_json_at(doc.root, 0);
	if (expected == NULL)
		assert_int_equal(bh_json_kind(first), BH_JSON_NULL);
	else
		assert_string_equal(bh_json_string(first), expected);
	bh_json_close(&doc);
}

#define READS(text, expected) reads(text, sizeof(text) - 1, expected)

static void
what_is_no_character_becomes_the_unknown_one(void **state)
{
	(void)state;
	READS("[\"\\ud83d\"]", "\xef\xbf\xbd");
	READS("[\"\\ude80 ok\"]", "\xef\xbf\xbd ok");
	READS("[\"\\ud83d\\ud83d\\ude80\"]", "\xef\xbf\xbd\xf0\x9f\x9a\x80");
	READS("[\"a\\u0000b\"]",
		"a\xef\xbf\xbd"
		"b");
	READS("[\"\xf0\x9f\x9a ok\"]", "\xef\xbf\xbd ok");
	READS("[\"caf\xe9\"]", "caf\xef\xbf\xbd");
	READS("[\"a\0b\"]",
		"a\xef\xbf\xbd"
		"b");
}

static void
control_characters_and_odd_escapes_are_text(void **state)
{
	(void)state;
	READS("[\"two\nlines\tand\"]", "two\nlines\tand");
	READS("[\"C:\\Users\\x\"]", "C:\\Users\\x");
	READS("[\"it\\'s\"]", "it\\'s");
	READS("[\"\\u12\"]", "\\u12");
}

static void
what_is_no_number_is_null(void **state)
{
	(void)state;
	READS("[NaN]", NULL);
	READS("[-Infinity, \"NaN\"]", NULL);
	READS("[\"Infinity \\ud83d\"]", "Infinity \xef\xbf\xbd");
}

static void
what_is_no_json_stays_none(void **state)
{
	static const char *const texts[] = {"", "[", "[\"\\", "upstream timeout", "[\"a\"", "{a:1}",
		"[\"\\ud83d", "[1]]"};
	struct bh_json_doc doc = {0};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(texts); i++)
		assert_int_equal(bh_json_parse_mended(texts[i], strlen(texts[i]), &doc), BH_E_JSON);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_character_becomes_the_unknown_one),
		cmocka_unit_test(control_characters_and_odd_escapes_are_text),
		cmocka_unit_test(what_is_no_number_is_null),
		cmocka_unit_test(what_is_no_json_stays_none),
	};

	return cmocka_run_group_tests_name("json/mend", tests, NULL, NULL);
}
