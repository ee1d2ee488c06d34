/* SPDX-License-Identifier: Apache-2.0 */
/* test_scrape.c: what `top` reads of metrics. */
#include "cli/scrape.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char text[] = "# HELP a_total Things.\n# TYPE a_total counter\n"
						   "a_total{service=\"x\",route=\"/v1/{id}\",status=\"200\"} 7\n"
						   "a_total{service=\"x\",route=\"/v1\",status=\"503\"} 2\n"
						   "a_totally 9\nplain 4.5\n"
						   "t_bucket{route=\"a\",le=\"0.1\"} 10\nt_bucket{route=\"a\",le=\"1\"} "
						   "30\nt_bucket{route=\"a\",le=\"+Inf\"} 40\n"
						   "t_bucket{route=\"b\",le=\"0.1\"} 0\nt_bucket{route=\"b\",le=\"1\"} "
						   "60\nt_bucket{route=\"b\",le=\"+Inf\"} 60\n";

static void
samples_are_found_by_their_whole_name(void **state)
{
	struct cli_sample sample;
	const char *at = text;
	char value[16];

	(void)state;
	assert_true(cli_sample_next(&at, "a_total", &sample));
	assert_true(cli_sample_label(&sample, "route", value, sizeof(value)));
	assert_string_equal(value, "/v1/{id}");
	assert_true(cli_sample_label(&sample, "status", value, sizeof(value)));
	assert_string_equal(value, "200");
	assert_false(cli_sample_label(&sample, "stat", value, sizeof(value)));
	assert_false(cli_sample_label(&sample, "route", value, 3));
	assert_true(cli_sample_next(&at, "a_total", &sample));
	assert_false(cli_sample_next(&at, "a_total", &sample));
	assert_true(cli_sample_sum(text, "a_total", NULL, NULL) == 9);
	assert_true(cli_sample_sum(text, "a_total", "status", "5") == 2);
	assert_true(cli_sample_sum(text, "plain", NULL, NULL) == 4.5);
	assert_true(cli_sample_sum("", "plain", NULL, NULL) == 0);
}

static bool
is_near(double value, double wanted)
{
	return fabs(value - wanted) < 1e-9;
}

static void
quantiles_are_those_of_what_came_between(void **state)
{
	struct cli_histogram none = {0}, before, after;

	(void)state;
	cli_histogram_read(text, "t", &after);
	assert_int_equal(after.n, 3);
	assert_true(after.below[1] == 90 && after.below[2] == 100);
	/* 10 within 0.1 s, 80 more within 1 s, and 10 that took longer, of which only that is known. */
	assert_true(is_near(cli_histogram_quantile(&none, &after, 0.5), 0.1 + 0.9 * 40 / 80));
	assert_true(is_near(cli_histogram_quantile(&none, &after, 0.95), 1));
	before = after;
	assert_true(cli_histogram_quantile(&before, &after, 0.5) < 0);
	before.below[0] = 0;
	before.below[1] = 80;
	before.below[2] = 90;
	assert_true(is_near(cli_histogram_quantile(&before, &after, 0.5), 0.05));
	/* A process that was started again. */
	before.below[0] = before.below[1] = before.below[2] = 1000;
	assert_true(is_near(cli_histogram_quantile(&before, &after, 0.5), 0.1 + 0.9 * 40 / 80));
}

static void
torn_text_is_survived(void **state)
{
	(void)state;
	for (size_t len = 0; len < strlen(text); len++) {
		BH_AUTO(bh_buf_close) struct bh_buf cut = {0};
		struct cli_histogram histogram;

		bh_buf_add(&cut, text, len);
		cli_histogram_read(bh_buf_string(&cut), "t", &histogram);
		assert_true(histogram.n <= 3);
		(void)cli_sample_sum(bh_buf_string(&cut), "a_total", "status", "2");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_found_by_their_whole_name),
		cmocka_unit_test(quantiles_are_those_of_what_came_between),
		cmocka_unit_test(torn_text_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
