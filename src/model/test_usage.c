/* SPDX-License-Identifier: Apache-2.0 */
/* test_usage.c: the rule, row by row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/usage.h"

static const struct model_usage none;

static struct model_usage
report(int64_t prompt, int64_t completion)
{
	return (struct model_usage){.present = true,
		.prompt_tokens = prompt,
		.completion_tokens = completion};
}

static void
expect(struct model_figures figures, int64_t prompt, int64_t completion, enum meter_source source)
{
	assert_int_equal(figures.prompt_tokens, prompt);
	assert_int_equal(figures.completion_tokens, completion);
	assert_int_equal(figures.source, source);
}

static void
a_credible_report_is_billed(void **state)
{
	const struct model_seen seen = {.prompt_estimate = 10, .pieces = 7, .bytes = 40};
	struct model_usage told = report(11, 9);

	(void)state;
	told.cached_tokens = 5;
	expect(model_usage_decide(&seen, &told), 11, 9, METER_REPORTED);
	assert_int_equal(model_usage_decide(&seen, &told).cached_tokens, 5);
}

static void
large_pieces_count_by_their_bytes_and_small_ones_by_their_number(void **state)
{
	const struct model_seen large = {.prompt_estimate = 10, .pieces = 7, .bytes = 28000};
	const struct model_seen small = {.prompt_estimate = 10, .pieces = 50, .bytes = 100};

	(void)state;
	expect(model_usage_decide(&large, &none), 10, 9334, METER_COUNTED);
	expect(model_usage_decide(&small, &none), 10, 50, METER_COUNTED);
}

static void
what_the_engine_did_not_do_costs_nothing(void **state)
{
	const struct model_seen seen = {.prompt_estimate = 10, .unread_most = 99, .refused = true};
	const struct model_usage told = report(5, 5);

	(void)state;
	expect(model_usage_decide(&seen, &told), 0, 0, METER_REPORTED);
}

static void
an_answer_nobody_read_is_billed_the_most_it_may_have_had(void **state)
{
	struct model_seen seen = {.prompt_estimate = 10, .unread_most = 99, .unread = true};

	(void)state;
	expect(model_usage_decide(&seen, &none), 10, 99, METER_ESTIMATED);
	seen.unread = false;
	expect(model_usage_decide(&seen, &none), 10, 0, METER_ESTIMATED);
}

static void
a_report_that_cannot_be_is_believed_in_nothing(void **state)
{
	const struct model_seen seen = {.prompt_estimate = 10,
		.pieces = 7,
		.bytes = 28000,
		.cap = 20000,
		.context = 30000};
	const struct model_usage told[] = {
		report(0, 0),            /* zero in spite of output */
		report(0, 9000),         /* no prompt */
		report(11, 0),           /* no output */
		report(11, 7),           /* a token a piece */
		report(11, 874),         /* a token for more than 32 bytes */
		report(11, 20001),       /* more than the engine was asked for */
		report(30001, 9000),     /* a prompt larger than the context */
		report(-1, 9000),        /* negative */
		report(11, -9000),       /* negative */
		report(INT64_MAX, 9000), /* absurd */
		report(11, INT64_MAX),   /* absurd */
		{true, 11, 12, 9000, 0}, /* more cached than read */
		{true, 11, 0, 900, 901}, /* more reasoning than output */
		{true, 11, -1, 9000, 0}, /* negative */
		{true, 11, 0, 9000, -1}, /* negative */
		{false, 11, 0, 9000, 0}, /* not told */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		expect(model_usage_decide(&seen, &told[i]), 10, 9334, METER_COUNTED);
}

static void
the_bounds_themselves_are_credible(void **state)
{
	const struct model_seen seen = {.prompt_estimate = 10,
		.pieces = 7,
		.bytes = 28000,
		.cap = 20000,
		.context = 30000};
	const struct model_usage low = report(1, 875), high = report(30000, 20000);

	(void)state;
	assert_true(model_usage_credible(&seen, &low));
	assert_true(model_usage_credible(&seen, &high));
}

static void
reasoning_that_is_told_may_be_long_and_what_is_hidden_may_not(void **state)
{
	const struct model_seen seen = {.prompt_estimate = 10, .pieces = 1, .bytes = 9};
	struct model_usage told = report(11, 50000);

	(void)state;
	expect(model_usage_decide(&seen, &told), 10, 3, METER_COUNTED);
	told.reasoning_tokens = 49990;
	expect(model_usage_decide(&seen, &told), 11, 50000, METER_REPORTED);
}

static void
an_engine_that_ignores_its_cap_is_paid_for_what_passed(void **state)
{
	const struct model_seen seen = {.prompt_estimate = 10, .pieces = 60, .bytes = 300, .cap = 5};
	const struct model_usage told = report(11, 80);

	(void)state;
	expect(model_usage_decide(&seen, &told), 11, 80, METER_REPORTED);
}

static void
a_prompt_of_an_unknown_context_is_bounded_by_its_size(void **state)
{
	const struct model_seen seen = {.prompt_estimate = 10, .pieces = 1, .bytes = 3};
	const struct model_usage fits = report(65576, 1), more = report(65577, 1);

	(void)state;
	assert_true(model_usage_credible(&seen, &fits));
	assert_false(model_usage_credible(&seen, &more));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_credible_report_is_billed),
		cmocka_unit_test(large_pieces_count_by_their_bytes_and_small_ones_by_their_number),
		cmocka_unit_test(what_the_engine_did_not_do_costs_nothing),
		cmocka_unit_test(an_answer_nobody_read_is_billed_the_most_it_may_have_had),
		cmocka_unit_test(a_report_that_cannot_be_is_believed_in_nothing),
		cmocka_unit_test(the_bounds_themselves_are_credible),
		cmocka_unit_test(reasoning_that_is_told_may_be_long_and_what_is_hidden_may_not),
		cmocka_unit_test(an_engine_that_ignores_its_cap_is_paid_for_what_passed),
		cmocka_unit_test(a_prompt_of_an_unknown_context_is_bounded_by_its_size),
	};

	return cmocka_run_group_tests_name("model/usage", tests, NULL, NULL);
}
