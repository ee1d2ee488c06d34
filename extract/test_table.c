/* SPDX-License-Identifier: Apache-2.0 */
/* test_table.c: cells joined to rows, headers, and cells that reach over others. */
#include "table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol.h"
#include "test_capture.h"

static void
cell(struct extract_table *table, const char *text)
{
	extract_table_cell(table, text, strlen(text));
}

static void
cells_are_squeezed_and_joined(void **state)
{
	struct extract_table table = {0};
	struct capture capture;

	(void)state;
	capture_open(&capture);
	cell(&table, "  a \n b ");
	cell(&table, "");
	cell(&table, "c");
	cell(&table, "");
	assert_int_equal(extract_table_row(&table, false, 3, &capture.sink), 0);
	assert_int_equal(capture_finish(&capture, 0), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"page\":3,\"text\":\"a b |  | c\"");
	extract_table_close(&table);
	capture_close(&capture);
}

static void
a_row_without_text_is_none_and_the_header_waits(void **state)
{
	struct extract_table table = {0};
	struct capture capture;

	(void)state;
	capture_open(&capture);
	cell(&table, "");
	cell(&table, " ");
	assert_int_equal(extract_table_row(&table, true, 0, &capture.sink), 0);
	cell(&table, "Name");
	cell(&table, "City");
	assert_int_equal(extract_table_row(&table, true, 0, &capture.sink), 0);
	cell(&table, "x");
	assert_int_equal(extract_table_row(&table, false, 0, &capture.sink), 0);
	assert_int_equal(capture_finish(&capture, 0), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"header\":\"Name | City\",\"text\":\"x\"");
	assert_has(&capture, "\"blocks\":2");
	extract_table_close(&table);
	capture_close(&capture);
}

static void
a_cell_that_reaches_down_stands_in_every_row(void **state)
{
	struct extract_table table = {0};
	struct capture capture;

	(void)state;
	capture_open(&capture);
	cell(&table, "1");
	extract_table_span(&table, "end", 3, 1, 3);
	assert_int_equal(extract_table_row(&table, false, 0, &capture.sink), 0);
	cell(&table, "2");
	assert_int_equal(extract_table_row(&table, false, 0, &capture.sink), 0);
	extract_table_repeat(&table);
	assert_int_equal(extract_table_row(&table, false, 0, &capture.sink), 0);
	cell(&table, "4");
	assert_int_equal(extract_table_row(&table, false, 0, &capture.sink), 0);
	assert_int_equal(capture_finish(&capture, 0), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"1 | end\"}\n");
	assert_has(&capture,
		"\"text\":\"2 | end\"}\n{\"type\":\"block\",\"kind\":\"table_row\","
		"\"level\":0,\"page\":0,\"text\":\"2 | end\"}\n");
	assert_has(&capture, "\"text\":\"4\"}\n");
	extract_table_close(&table);
	capture_close(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_are_squeezed_and_joined),
		cmocka_unit_test(a_row_without_text_is_none_and_the_header_waits),
		cmocka_unit_test(a_cell_that_reaches_down_stands_in_every_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
