/* SPDX-License-Identifier: Apache-2.0 */
/* test_csv.c: cells as RFC 4180 has them, and none that a spreadsheet runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json/csv.h"
#include "billing/event.h"

static void
cell(const char *text, const char *wanted)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};

	bh_csv_text(&out, text);
	assert_string_equal(bh_buf_string(&out), wanted);
}

static void
a_cell_is_quoted_where_it_must_be(void **state)
{
	(void)state;
	cell("", "");
	cell("plain", "plain");
	cell("a,b", "\"a,b\"");
	cell("say \"hi\"", "\"say \"\"hi\"\"\"");
	cell("two\r\nlines", "\"two\r\nlines\"");
}

static void
what_looks_like_a_formula_is_none(void **state)
{
	(void)state;
	cell("=1+1", "'=1+1");
	cell("+1", "'+1");
	cell("-1", "'-1");
	cell("@SUM(A1)", "'@SUM(A1)");
	cell("\tx", "'\tx");
	cell("\rx", "\"'\rx\"");
	cell("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
	cell("a=b", "a=b");
}

struct line {
	struct bh_uuid id;
	const char *text;
	int64_t time_ms, money, number;
	bool yes;
};

static void
a_row_has_a_cell_for_each_field(void **state)
{
	static const struct bh_field fields[] = {
		{"id", BH_FIELD_ID, offsetof(struct line, id)},
		{"text", BH_FIELD_TEXT, offsetof(struct line, text)},
		{"time", BH_FIELD_DATE, offsetof(struct line, time_ms)},
		{"money", BH_FIELD_MONEY, offsetof(struct line, money)},
		{"number", BH_FIELD_INT, offsetof(struct line, number)},
		{"yes", BH_FIELD_BOOL, offsetof(struct line, yes)},
	};
	const struct line line = {.text = NULL,
		.time_ms = 1000,
		.money = -1500000000,
		.number = -7,
		.yes = true};
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};

	(void)state;
	bh_csv_head(&out, BH_LIST(fields));
	bh_csv_row(&out, BH_LIST(fields), &line);
	assert_string_equal(bh_buf_string(&out),
		"id,text,time,money,number,yes\r\n,,1970-01-01T00:00:01.000Z,-1.5,-7,true\r\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cell_is_quoted_where_it_must_be),
		cmocka_unit_test(what_looks_like_a_formula_is_none),
		cmocka_unit_test(a_row_has_a_cell_for_each_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
