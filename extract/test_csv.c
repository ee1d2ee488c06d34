/* SPDX-License-Identifier: Apache-2.0 */
/* test_csv.c: separators, quotes, headers and the bounds of tables of values. */
#include "csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol.h"
#include "test_capture.h"

/* Reads a document whose content is the string. */
static int
read_string(struct capture *out, const char *name, const char *text)
{
	return capture_document(out, name, text, strlen(text));
}

static void
csv_rows_carry_their_header(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.csv",
						 "Name,City\r\n\"Smith, J.\",\"New\nYork\"\r\n\"say \"\"hi\"\"\",7\r\n"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"page\":0,\"text\":\"Name | City\"");
	assert_has(&capture, "\"header\":\"Name | City\",\"text\":\"Smith, J. | New York\"");
	assert_has(&capture, "\"header\":\"Name | City\",\"text\":\"say \\\"hi\\\" | 7\"");
	capture_close(&capture);
}

static void
csv_without_a_header_has_none(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.csv", "1;2\n3;4\n"), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"1 | 2\"");
	assert_lacks(&capture, "\"header\"");
	capture_close(&capture);
}

static void
an_open_quote_ends_with_the_text(void **state)
{
	struct extract_csv csv = {.text = "a,\"b\nc", .len = 6, .separator = ','};

	(void)state;
	assert_int_equal(extract_csv_next(&csv), 1);
	assert_int_equal(csv.cells, 2);
	assert_string_equal(csv.row.data, "a");
	assert_string_equal(csv.row.data + 2, "b\nc");
	assert_int_equal(extract_csv_next(&csv), 0);
	extract_csv_close(&csv);
}

static void
a_record_past_the_bound_is_refused(void **state)
{
	struct extract_buffer text = {0};
	struct extract_csv csv = {.separator = ','};

	(void)state;
	for (int i = 0; i < EXTRACT_CSV_CELLS_MAX + 10; i++)
		extract_buffer_byte(&text, ',');
	csv.text = text.data;
	csv.len = text.len;
	assert_int_equal(extract_csv_next(&csv), EXTRACT_E_TOO_LARGE);
	extract_csv_close(&csv);
	extract_buffer_close(&text);
}

static void
the_first_record_decides_on_the_separator(void **state)
{
	(void)state;
	assert_int_equal(extract_csv_separator("a;b,c;d\nx,x,x,x\n", 16), ';');
	assert_int_equal(extract_csv_separator("\"a;a;a\",b\n", 10), ',');
	assert_int_equal(extract_csv_separator("a\tb", 3), '\t');
	assert_int_equal(extract_csv_separator("", 0), ',');
}

static void
a_line_for_excel_names_the_separator(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.csv", "sep=;\r\nA;B\r\n1;2\r\n"), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"header\":\"A | B\",\"text\":\"1 | 2\"");
	assert_lacks(&capture, "sep=");
	capture_close(&capture);
}

static void
years_may_stand_above_columns(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.csv", "Region,2024,2025\nNorth,10,20\n"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"header\":\"Region | 2024 | 2025\",\"text\":\"North | 10 | 20\"");
	capture_close(&capture);
}

static void
lines_about_the_table_come_before_its_header(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.csv",
						 "Report of sales,,\n,,\nRegion,East,West\nNorth,10,20\n"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"Report of sales\"");
	assert_has(&capture, "\"header\":\"Region | East | West\",\"text\":\"North | 10 | 20\"");
	capture_close(&capture);
}

static void
empty_cells_at_the_end_leave_no_bars(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.csv", "A,B,C\nx,,\n,y,\n"), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"x\"");
	assert_has(&capture, "\"text\":\"| y\"");
	assert_lacks(&capture, "x |");
	capture_close(&capture);
}

static void
a_name_that_promises_tabs_is_believed(void **state)
{
	static const char text[] = "name, first\tplace, land\nAda, L.\tUlm, D\n";
	struct capture capture;

	(void)state;
	assert_int_equal(capture_document(&capture, "a.tsv", text, strlen(text)), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"header\":\"name, first | place, land\",\"text\":\"Ada, L. | Ulm, D\"");
	capture_close(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_rows_carry_their_header),
		cmocka_unit_test(csv_without_a_header_has_none),
		cmocka_unit_test(an_open_quote_ends_with_the_text),
		cmocka_unit_test(a_record_past_the_bound_is_refused),
		cmocka_unit_test(the_first_record_decides_on_the_separator),
		cmocka_unit_test(a_line_for_excel_names_the_separator),
		cmocka_unit_test(years_may_stand_above_columns),
		cmocka_unit_test(lines_about_the_table_come_before_its_header),
		cmocka_unit_test(empty_cells_at_the_end_leave_no_bars),
		cmocka_unit_test(a_name_that_promises_tabs_is_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
