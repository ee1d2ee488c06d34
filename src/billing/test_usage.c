/* SPDX-License-Identifier: Apache-2.0 */
/* test_usage.c: what a question about usage asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "billing/usage.h"

#define DAY 86400
#define NOW (20000 * (int64_t)DAY + 43210)

static struct bh_arena arena;

static int
ask(const char *of, const char *query, struct billing_usage_query *out)
{
	return billing_usage_read(&arena, billing_usage_find(of), query, NOW, out);
}

static void
refused(const char *of, const char *query, int error, const char *param)
{
	struct billing_usage_query out;
	int rc = ask(of, query, &out);

	assert_int_equal(rc, error);
	assert_string_equal(bh_error_field(rc), param);
}

static void
buckets_begin_at_whole_widths_and_end_with_the_one_that_holds_now(void **state)
{
	struct billing_usage_query query;

	(void)state;
	assert_int_equal(ask("completions", "start_time=1727500000", &query), 0);
	assert_int_equal(query.width_s, DAY);
	assert_int_equal(query.start_s, 1727500000 / DAY * DAY);
	assert_int_equal(query.end_s, 20001 * (int64_t)DAY);
	assert_int_equal((query.to_s - query.from_s) / DAY, 7);
	assert_int_equal(ask("completions", "start_time=60&end_time=121&bucket_width=1m", &query), 0);
	assert_int_equal(query.start_s, 60);
	assert_int_equal(query.end_s, 180);
}

static void
each_page_begins_where_the_one_before_ended(void **state)
{
	struct billing_usage_query query;
	char next[BILLING_PAGE_TEXT], text[128];
	int64_t at = 0;

	(void)state;
	snprintf(text, sizeof(text), "start_time=0&end_time=%d&limit=2", 5 * DAY);
	assert_int_equal(ask("costs", text, &query), 0);
	for (int page = 0; page < 2; page++) {
		assert_int_equal(query.from_s, at);
		assert_true(billing_usage_next(&query, next));
		at = query.to_s;
		snprintf(text, sizeof(text), "start_time=0&end_time=%d&limit=2&page=%s", 5 * DAY, next);
		assert_int_equal(ask("costs", text, &query), 0);
	}
	assert_int_equal(query.to_s, 5 * DAY);
	assert_false(billing_usage_next(&query, next));
}

static void
lists_are_read_with_and_without_brackets(void **state)
{
	struct billing_usage_query query;

	(void)state;
	assert_int_equal(ask("completions",
						 "start_time=0&group_by=model&group_by%5B%5D=batch&models[]=a%20b&models=c&"
						 "batch=false"
						 "&user_ids=00000000-0000-0000-0000-000000000007&api_key_ids=nonsense",
						 &query),
		0);
	assert_int_equal(query.groups, BILLING_BY_MODEL | BILLING_BY_BATCH);
	assert_int_equal(query.n_models, 2);
	assert_string_equal(query.models[0], "a b");
	assert_true(query.has_batch && !query.batch);
	assert_int_equal(query.users.n, 1);
	assert_int_equal(query.users.ids[0].bytes[15], 7);
	assert_int_equal(query.keys.n, 1);
	assert_null(query.teams.ids);
}

static void
what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *of, *query;
		int error;
		const char *param;
	} cases[] = {
		{"completions", "", BH_E_MISSING, "start_time"},
		{"completions", NULL, BH_E_MISSING, "start_time"},
		{"completions", "start_time=-1", BH_E_INVALID, "start_time"},
		{"completions", "start_time=1.5", BH_E_INVALID, "start_time"},
		{"completions", "start_time=253402300800", BH_E_INVALID, "start_time"},
		{"completions", "start_time=1&start_time=1", BH_E_INVALID, "start_time"},
		{"completions", "start_time=2&end_time=2", BH_E_INVALID, "end_time"},
		{"completions", "start_time=0&limit=32", BH_E_RANGE, "limit"},
		{"completions", "start_time=0&limit=0", BH_E_INVALID, "limit"},
		{"completions", "start_time=0&limit=169&bucket_width=1h", BH_E_RANGE, "limit"},
		{"completions", "start_time=0&limit=1441&bucket_width=1m", BH_E_INVALID, "limit"},
		{"completions", "start_time=0&bucket_width=1w", BH_E_INVALID, "bucket_width"},
		{"costs", "start_time=0&bucket_width=1h", BH_E_INVALID, "bucket_width"},
		{"costs", "start_time=0&limit=181", BH_E_RANGE, "limit"},
		{"costs", "start_time=0&models=a", BH_E_UNKNOWN_FIELD, "models"},
		{"costs", "start_time=0&batch=true", BH_E_UNKNOWN_FIELD, "batch"},
		{"costs", "start_time=0&group_by=model", BH_E_INVALID, "group_by"},
		{"completions", "start_time=0&group_by=line_item", BH_E_INVALID, "group_by"},
		{"completions", "start_time=0&group_by=service_tier", BH_E_UNSUPPORTED, "group_by"},
		{"images", "start_time=0&sizes[]=256x256", BH_E_UNSUPPORTED, "sizes"},
		{"vector_stores", "start_time=0&user_ids=1", BH_E_UNKNOWN_FIELD, "user_ids"},
		{"completions", "start_time=0&batch=yes", BH_E_INVALID, "batch"},
		{"completions", "start_time=0&page=7", BH_E_INVALID, "page"},
		{"completions", "start_time=86400&page=page_0", BH_E_INVALID, "page"},
		{"completions", "start_time=0&page=page_1", BH_E_INVALID, "page"},
		{"completions", "start_time=0&more=1", BH_E_UNKNOWN_FIELD, "more"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refused(cases[i].of, cases[i].query, cases[i].error, cases[i].param);
}

static void
a_list_is_bounded(void **state)
{
	char text[2048] = "start_time=0";

	(void)state;
	for (int i = 0; i <= BILLING_LIST_MAX; i++)
		strcat(text, "&models=m");
	refused("completions", text, BH_E_RANGE, "models");
}

static int
tear_down(void **state)
{
	(void)state;
	bh_arena_close(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_begin_at_whole_widths_and_end_with_the_one_that_holds_now),
		cmocka_unit_test(each_page_begins_where_the_one_before_ended),
		cmocka_unit_test(lists_are_read_with_and_without_brackets),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(a_list_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
