/* SPDX-License-Identifier: Apache-2.0 */
/* test_range.c: which bytes a Range header asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/macros.h"
#include "http/range.h"

static const struct {
	const char *header;
	int64_t of;
	enum bh_http_range_kind kind;
	int64_t start, bytes;
} cases[] = {
	{NULL, 10, BH_RANGE_ALL, 0, 10},
	{"bytes=0-0", 10, BH_RANGE_PART, 0, 1},
	{"bytes=0-9", 10, BH_RANGE_PART, 0, 10},
	{"bytes=2-4", 10, BH_RANGE_PART, 2, 3},
	{"Bytes= 2-4 ", 10, BH_RANGE_PART, 2, 3},
	{"bytes=9-", 10, BH_RANGE_PART, 9, 1},
	{"bytes=0-", 10, BH_RANGE_PART, 0, 10},
	{"bytes=5-99", 10, BH_RANGE_PART, 5, 5},
	{"bytes=5-99999999999999999999999999", 10, BH_RANGE_PART, 5, 5},
	{"bytes=-3", 10, BH_RANGE_PART, 7, 3},
	{"bytes=-10", 10, BH_RANGE_PART, 0, 10},
	{"bytes=-11", 10, BH_RANGE_PART, 0, 10},
	{"bytes=-99999999999999999999999999", 10, BH_RANGE_PART, 0, 10},
	{"bytes=0000000000000000000000000002-3", 10, BH_RANGE_PART, 2, 2},
	{"bytes=10-", 10, BH_RANGE_NONE, 0, 0},
	{"bytes=10-12", 10, BH_RANGE_NONE, 0, 0},
	{"bytes=99999999999999999999999999-", 10, BH_RANGE_NONE, 0, 0},
	{"bytes=-0", 10, BH_RANGE_NONE, 0, 0},
	{"bytes=0-", 0, BH_RANGE_NONE, 0, 0},
	{"bytes=-1", 0, BH_RANGE_NONE, 0, 0},
	/* Passed over. */
	{"", 10, BH_RANGE_ALL, 0, 10},
	{"bytes=", 10, BH_RANGE_ALL, 0, 10},
	{"bytes=-", 10, BH_RANGE_ALL, 0, 10},
	{"bytes=4-2", 10, BH_RANGE_ALL, 0, 10},
	{"bytes=a-2", 10, BH_RANGE_ALL, 0, 10},
	{"bytes=1-b", 10, BH_RANGE_ALL, 0, 10},
	{"bytes=+1-2", 10, BH_RANGE_ALL, 0, 10},
	{"bytes=1--2", 10, BH_RANGE_ALL, 0, 10},
	{"bytes=1", 10, BH_RANGE_ALL, 0, 10},
	{"bytes=0-1,3-4", 10, BH_RANGE_ALL, 0, 10},
	{"lines=0-1", 10, BH_RANGE_ALL, 0, 10},
};

static void
one_range_is_read_and_nonsense_passed_over(void **state)
{
	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct bh_http_range range = {-1, -1};

		assert_int_equal(bh_http_range_read(cases[i].header, cases[i].of, &range), cases[i].kind);
		assert_int_equal(range.start, cases[i].start);
		assert_int_equal(range.bytes, cases[i].bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_range_is_read_and_nonsense_passed_over),
	};

	return cmocka_run_group_tests_name("http_range", tests, NULL, NULL);
}
