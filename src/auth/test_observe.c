/* SPDX-License-Identifier: Apache-2.0 */
/* test_observe.c: figures of the platform become metrics, each with its help and type once. */
#include "auth/observe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text += strlen(what))
		n++;
	return n;
}

static void
jobs_are_told_by_queue_kind_and_state(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	const struct auth_jobs jobs[] = {{"rag", "ingest", 3, 1, 2, 70}, {"agent", "run", 0, 0, 1, 0}};

	(void)state;
	auth_observe_write(jobs, 2, NULL, 0, 0, &out);
	assert_non_null(strstr(bh_buf_string(&out),
		"\nbulkhead_jobs{queue=\"rag\",kind=\"ingest\",state=\"ready\"} 3\n"));
	assert_non_null(strstr(bh_buf_string(&out),
		"\nbulkhead_job_oldest_seconds{queue=\"rag\",kind=\"ingest\"} 70\n"));
	assert_int_equal(count(bh_buf_string(&out), "# TYPE bulkhead_jobs gauge\n"), 1);
	assert_int_equal(count(bh_buf_string(&out), "# TYPE bulkhead_job_oldest_seconds gauge\n"), 1);
}

static void
figures_of_a_name_stand_together_and_unknown_ones_are_passed_over(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	const struct auth_figure figures[] = {{"tenants", "active", 5}, {"database_bytes", "", 77},
		{"tenants", "suspended", 1}, {"something_else", "", 9}};

	(void)state;
	auth_observe_write(NULL, 0, figures, 4, 0, &out);
	assert_non_null(strstr(bh_buf_string(&out),
		"\nbulkhead_tenants{state=\"active\"} 5\nbulkhead_tenants{state=\"suspended\"} 1\n"));
	assert_non_null(strstr(bh_buf_string(&out), "\nbulkhead_database_bytes 77\n"));
	assert_int_equal(count(bh_buf_string(&out), "# TYPE bulkhead_tenants gauge\n"), 1);
	assert_null(strstr(bh_buf_string(&out), "something_else"));
	/* What is not known is declared all the same, and has no value. */
	assert_int_equal(count(bh_buf_string(&out),
						 "# TYPE bulkhead_database_replica_lag_bytes gauge\n"),
		1);
	assert_null(strstr(bh_buf_string(&out), "\nbulkhead_database_replica_lag_bytes "));
}

static void
the_clocks_are_compared(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	const struct auth_figure figures[] = {{"database_time_milliseconds", "", 10500}};

	(void)state;
	auth_observe_write(NULL, 0, figures, 1, 12000, &out);
	assert_non_null(
		strstr(bh_buf_string(&out), "\nbulkhead_database_clock_ahead_seconds -1.500\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_are_told_by_queue_kind_and_state),
		cmocka_unit_test(figures_of_a_name_stand_together_and_unknown_ones_are_passed_over),
		cmocka_unit_test(the_clocks_are_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
