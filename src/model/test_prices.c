/* SPDX-License-Identifier: Apache-2.0 */
/* test_prices.c: which price a call has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/macros.h"
#include "model/price.h"

#define NOTHING \
	{ \
		-1, -1, -1, -1, -1 \
	}

static const struct model_entry chat = {
	.kind = MODEL_CHAT,
	.book = {.known = true,
		.version = 7,
		.said = {{100, -1, -1, 200, -1}, NOTHING, NOTHING, NOTHING}},
};
static const struct meter_terms no_terms;

static void
input_from_a_cache_costs_what_input_does(void **state)
{
	const struct model_price price = model_price(&chat, &no_terms, false);

	(void)state;
	assert_true(price.known);
	assert_int_equal(price.lines[METER_INPUT], 100);
	assert_int_equal(price.lines[METER_CACHED], 100);
	assert_int_equal(price.lines[METER_OUTPUT], 200);
	assert_int_equal(price.lines[METER_UNITS], 0);
	assert_int_equal(price.version, 7);
	assert_int_equal(price.rate_version, 0);
}

static void
what_the_book_does_not_know_has_no_price_but_is_free_where_it_is_ours(void **state)
{
	struct model_entry entry = {.kind = MODEL_CHAT};

	(void)state;
	assert_false(model_price(&entry, &no_terms, false).known);
	entry.managed = true;
	assert_true(model_price(&entry, &no_terms, false).known);
	assert_int_equal(model_price(&entry, &no_terms, false).version, 0);
	assert_int_equal(model_price(&entry, &no_terms, false).lines[METER_OUTPUT], 0);
	entry.book = chat.book;
	assert_int_equal(model_price(&entry, &no_terms, false).lines[METER_OUTPUT], 200);
}

static void
a_call_in_a_batch_has_the_prices_of_one(void **state)
{
	struct model_entry entry = chat;
	struct model_price price;

	(void)state;
	entry.book.said[METER_TIER_BATCH][METER_INPUT] = 50;
	entry.book.said[METER_TIER_BATCH | METER_TIER_LONG][METER_OUTPUT] = 90;
	price = model_price(&entry, &no_terms, true);
	assert_int_equal(price.lines[METER_INPUT], 50);
	assert_int_equal(price.lines[METER_CACHED], 50);
	assert_int_equal(price.lines[METER_OUTPUT], 200);
	assert_true(price.has_tier);
	assert_int_equal(model_price_at(&price, MODEL_LONG_TOKENS + 1)[METER_OUTPUT], 90);
	price = model_price(&entry, &no_terms, false);
	assert_int_equal(price.lines[METER_INPUT], 100);
	assert_false(price.has_tier);
}

static void
a_plans_rate_takes_the_place_of_its_meters_price_alone(void **state)
{
	const struct meter_rate rates[] = {
		{METER_NUMBER(METER_CHAT, METER_OUTPUT), 3, 50},
		{METER_NUMBER(METER_EMBEDDING, METER_INPUT), 3, 1},
	};
	const struct meter_terms terms = {.rates = rates, .n_rates = BH_COUNT(rates)};
	const struct model_price price = model_price(&chat, &terms, false);

	(void)state;
	assert_int_equal(price.lines[METER_INPUT], 100);
	assert_int_equal(price.lines[METER_OUTPUT], 50);
	assert_int_equal(price.rate_version, 3);
}

static void
rates_of_all_that_a_call_has_are_a_price(void **state)
{
	const struct meter_rate rates[] = {
		{METER_NUMBER(METER_CHAT, METER_OUTPUT), 3, 50},
		{METER_NUMBER(METER_CHAT, METER_INPUT), 3, 0},
	};
	const struct meter_terms half = {.rates = rates, .n_rates = 1};
	const struct meter_terms whole = {.rates = rates, .n_rates = 2};
	struct model_entry entry = chat;

	(void)state;
	entry.book = (struct model_book){0};
	assert_false(model_price(&entry, &half, false).known);
	assert_true(model_price(&entry, &whole, false).known);
	assert_int_equal(model_price(&entry, &whole, false).lines[METER_CACHED], 0);
}

static void
a_long_call_has_its_tier_and_the_dearer_one_is_set_aside(void **state)
{
	struct model_price price = model_price(&chat, &no_terms, false);
	int64_t most[METER_LINES];

	(void)state;
	price.has_tier = true;
	price.long_lines[METER_INPUT] = 300;
	price.long_lines[METER_OUTPUT] = 150;
	assert_int_equal(model_price_at(&price, MODEL_LONG_TOKENS)[METER_INPUT], 100);
	assert_int_equal(model_price_at(&price, MODEL_LONG_TOKENS + 1)[METER_INPUT], 300);
	model_price_most(&price, MODEL_LONG_TOKENS, most);
	assert_int_equal(most[METER_INPUT], 100);
	model_price_most(&price, MODEL_LONG_TOKENS + 1, most);
	assert_int_equal(most[METER_INPUT], 300);
	assert_int_equal(most[METER_OUTPUT], 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(input_from_a_cache_costs_what_input_does),
		cmocka_unit_test(what_the_book_does_not_know_has_no_price_but_is_free_where_it_is_ours),
		cmocka_unit_test(a_call_in_a_batch_has_the_prices_of_one),
		cmocka_unit_test(a_plans_rate_takes_the_place_of_its_meters_price_alone),
		cmocka_unit_test(rates_of_all_that_a_call_has_are_a_price),
		cmocka_unit_test(a_long_call_has_its_tier_and_the_dearer_one_is_set_aside),
	};

	return cmocka_run_group_tests_name("model/prices", tests, NULL, NULL);
}
