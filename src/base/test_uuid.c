/* SPDX-License-Identifier: Apache-2.0 */
/* test_uuid.c: ids and their text forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/uuid.h"

static void
text_and_back_is_the_same_id(void **state)
{
	struct bh_uuid id = bh_uuid_new();
	struct bh_uuid back;
	char text[BH_UUID_TEXT];
	char wire[40];

	(void)state;
	bh_uuid_format(&id, text);
	assert_int_equal(bh_uuid_parse(text, &back), 0);
	assert_true(bh_uuid_equal(&id, &back));
	assert_int_equal(text[14], '7');

	bh_uuid_format_id(&id, "vs_", wire, sizeof(wire));
	assert_int_equal(bh_uuid_parse_id(wire, "vs_", &back), 0);
	assert_true(bh_uuid_equal(&id, &back));
}

static void
a_wrong_prefix_length_or_digit_is_no_id(void **state)
{
	static const char *const bad[] = {"", "vs_", "file-00000000000000000000000000000001",
		"vs_0000000000000000000000000000000", "vs_000000000000000000000000000000001",
		"vs_0000000000000000000000000000000G", "vs_0000000000000000000000000000000A"};
	struct bh_uuid id;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(bad); i++)
		assert_int_equal(bh_uuid_parse_id(bad[i], "vs_", &id), BH_E_NOT_FOUND);
	assert_int_equal(bh_uuid_parse("00000000-0000-0000-0000-00000000000", &id), BH_E_INVALID);
	assert_int_equal(bh_uuid_parse("00000000x0000-0000-0000-000000000000", &id), BH_E_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_back_is_the_same_id),
		cmocka_unit_test(a_wrong_prefix_length_or_digit_is_no_id),
	};

	return cmocka_run_group_tests_name("base/uuid", tests, NULL, NULL);
}
