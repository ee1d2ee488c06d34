/* SPDX-License-Identifier: Apache-2.0 */
/* test_pace.c: an engine's counters as speeds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/pace.h"

static const char metrics[] =
	"# HELP llamacpp:prompt_tokens_total Number of prompt tokens processed.\n"
	"# TYPE llamacpp:prompt_tokens_total counter\n"
	"llamacpp:prompt_tokens_total 114\n"
	"llamacpp:prompt_seconds_total 1.5\n"
	"llamacpp:tokens_predicted_total 12\n"
	"llamacpp:tokens_predicted_seconds_total 0.4\n"
	"llamacpp:prompt_tokens_seconds 76\n";

static void
the_counters_are_found_by_their_whole_names(void **state)
{
	struct model_sums sums = {0};

	(void)state;
	assert_true(model_pace_read(metrics, &sums));
	assert_true(sums.read_tokens == 114 && sums.read_s == 1.5);
	assert_true(sums.written_tokens == 12 && sums.written_s == 0.4);
	assert_false(model_pace_read("llamacpp:prompt_tokens_total 114\n", &sums));
	assert_false(model_pace_read("llamacpp:prompt_tokens_total x\n", &sums));
	assert_false(model_pace_read("", &sums));
}

static void
what_was_added_tells_the_speed_and_the_last_one_counts_half(void **state)
{
	struct model_pace pace = {0};

	(void)state;
	model_pace_add(&pace, &(struct model_sums){100, 1, 10, 0.5});
	assert_int_equal(pace.reads, 100);
	assert_int_equal(pace.writes, 20);
	/* Too little to tell. */
	model_pace_add(&pace, &(struct model_sums){110, 10, 11, 9});
	assert_int_equal(pace.reads, 100);
	assert_int_equal(pace.writes, 20);
	/* It counts with what follows. */
	model_pace_add(&pace, &(struct model_sums){300, 11, 30, 10.5});
	assert_int_equal(pace.reads, 60);
	assert_int_equal(pace.writes, 11);
}

static void
an_engine_that_started_anew_is_measured_anew(void **state)
{
	struct model_pace pace = {0};

	(void)state;
	model_pace_add(&pace, &(struct model_sums){1000, 10, 100, 5});
	model_pace_add(&pace, &(struct model_sums){100, 2, 10, 1});
	assert_int_equal(pace.reads, 50);
	assert_int_equal(pace.writes, 10);
	/* No time at all is no speed. */
	model_pace_add(&pace, &(struct model_sums){0, 0, 0, 0});
	assert_int_equal(pace.reads, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_counters_are_found_by_their_whole_names),
		cmocka_unit_test(what_was_added_tells_the_speed_and_the_last_one_counts_half),
		cmocka_unit_test(an_engine_that_started_anew_is_measured_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
