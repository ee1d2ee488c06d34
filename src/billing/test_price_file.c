/* SPDX-License-Identifier: Apache-2.0 */
/* test_price_file.c: what of a price list is taken, exactly, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "billing/price_file.h"

static struct bh_arena arena;
static struct billing_price_file file;
static struct billing_decimal rate = {1, 0};

static int
read_text(const char *text)
{
	file = (struct billing_price_file){0};
	return billing_price_file_read(&arena, text, strlen(text), rate, &file);
}

static int
each_close(void **state)
{
	(void)state;
	rate = (struct billing_decimal){1, 0};
	bh_arena_close(&arena);
	return 0;
}

static void
expect(const struct billing_price *price, const char *unit, int64_t nanos)
{
	int at = billing_price_unit_find(unit);

	assert_true(at >= 0);
	assert_true(price->has[at]);
	assert_int_equal(price->nanos[at], nanos);
}

static void
every_tier_is_read(void **state)
{
	(void)state;
	assert_int_equal(
		read_text("{\"sample_spec\": {\"input_cost_per_token\": 0.0, \"mode\": \"chat\"},\n"
				  "\"big\": {\"max_tokens\": 8192, \"input_cost_per_token\": 1.25e-06,\n"
				  "\"output_cost_per_token\": 1e-05, \"cache_read_input_token_cost\": 3.125e-07,\n"
				  "\"cache_creation_input_token_cost\": 1.625e-06,\n"
				  "\"input_cost_per_token_above_200k_tokens\": 2.5e-06,\n"
				  "\"output_cost_per_token_above_200k_tokens\": 1.5e-05,\n"
				  "\"cache_read_input_token_cost_above_200k_tokens\": 6.25e-07,\n"
				  "\"input_cost_per_token_batches\": 6.25e-07,\n"
				  "\"output_cost_per_token_batches\": 5e-06,\n"
				  "\"input_cost_per_token_above_200k_tokens_batches\": 1.25e-06,\n"
				  "\"supports_vision\": true, \"nested\": {\"a\": [1, {\"b\": null}]}}}"),
		0);
	assert_int_equal(file.n_entries, 2);
	assert_int_equal(file.n_unpriced, 1);
	assert_int_equal(file.n_prices, 1);
	assert_int_equal(file.n_unused, 0);
	assert_string_equal(file.prices[0].item, "big");
	expect(&file.prices[0], "input", 1250000000);
	expect(&file.prices[0], "output", 10000000000);
	expect(&file.prices[0], "cached", 312500000);
	expect(&file.prices[0], "cache_write", 1625000000);
	expect(&file.prices[0], "input_above_200k", 2500000000);
	expect(&file.prices[0], "output_above_200k", 15000000000);
	expect(&file.prices[0], "cached_above_200k", 625000000);
	expect(&file.prices[0], "input_batch", 625000000);
	expect(&file.prices[0], "output_batch", 5000000000);
	expect(&file.prices[0], "input_above_200k_batch", 1250000000);
	assert_false(file.prices[0].has[billing_price_unit_find("units")]);
}

static void
units_are_what_the_model_counts(void **state)
{
	(void)state;
	assert_int_equal(
		read_text("{\"a\": {\"output_cost_per_image\": 0.04},"
				  "\"b\": {\"input_cost_per_second\": 0.0001, \"output_cost_per_second\": 0.0},"
				  "\"c\": {\"input_cost_per_query\": 0.002},"
				  "\"d\": {\"output_cost_per_second\": 1, \"input_cost_per_second\": 2}}"),
		0);
	expect(&file.prices[0], "units", 40000000000000);
	expect(&file.prices[1], "units", 100000000000);
	expect(&file.prices[2], "units", 2000000000000);
	expect(&file.prices[3], "units", 2000000000000000);
}

static void
costs_that_are_not_used_are_told(void **state)
{
	(void)state;
	assert_int_equal(
		read_text("{\"a\": {\"input_cost_per_token_priority\": 1e-06, \"input_cost_per_token\": 0,"
				  "\"output_cost_per_token_flex\": 2e-06},"
				  "\"b\": {\"input_cost_per_token_priority\": 1, \"mode\": \"chat\"}}"),
		0);
	assert_int_equal(file.n_prices, 1);
	assert_int_equal(file.n_unpriced, 1);
	assert_int_equal(file.n_unused, 2);
	assert_string_equal(file.unused[0].name, "input_cost_per_token_priority");
	assert_int_equal(file.unused[0].count, 2);
	assert_string_equal(file.unused[1].name, "output_cost_per_token_flex");
}

static void
another_currency_is_multiplied_exactly(void **state)
{
	(void)state;
	rate = (struct billing_decimal){9215, -4};
	assert_int_equal(read_text("{\"a\": {\"input_cost_per_token\": 1.5e-07}}"), 0);
	expect(&file.prices[0], "input", 138225000);
	assert_int_equal(file.n_rounded, 0);
	assert_int_equal(read_text("{\"a\": {\"input_cost_per_token\": 1e-15}}"), 0);
	expect(&file.prices[0], "input", 1);
	assert_int_equal(file.n_rounded, 1);
}

static void
models_come_in_order(void **state)
{
	(void)state;
	assert_int_equal(read_text("{\"z\": {\"input_cost_per_token\": 1}, \"a\\u0062\": "
							   "{\"input_cost_per_token\": 1}}"),
		0);
	assert_string_equal(file.prices[0].item, "ab");
	assert_string_equal(file.prices[1].item, "z");
	assert_int_equal(read_text("{}"), 0);
	assert_int_equal(file.n_entries, 0);
	assert_int_equal(read_text("{\"a\": {\"input_cost_per_token\": 1}, \"a\": "
							   "{\"input_cost_per_token\": 2}}"),
		BH_E_INVALID);
}

static void
no_price_list_is_refused(void **state)
{
	static const char *const bad[] = {"", "[]", "{", "{\"a\"", "{\"a\": 1}", "{\"a\": {}",
		"{\"a\": {}} x", "{\"a\": {\"b\" 1}}", "{\"a\": {\"b\": }}", "{\"a\": {\"b\": nul}}",
		"{\"a\": {\"b\": 1,}}", "{\"a\": {\"b\": \"x}}", "{\"a\": {}, }",
		"{\"\\ud800\": {\"input_cost_per_token\": 1}}", "{\"a\": {\"b\": 01}}",
		"{\"a\": {\"b\": \"\n\"}}", "{\"a\": {\"b\": [1,]}}", "{\"\xff\": {}}"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(read_text(bad[i]), BH_E_JSON);
	assert_int_equal(read_text("{\n\n\"a\": 1}"), BH_E_JSON);
	assert_non_null(strstr(bh_error_detail(BH_E_JSON), "line 3 "));
}

static void
costs_that_cannot_be_are_refused(void **state)
{
	static const char *const bad[] = {"-1e-06", "\"1e-06\"", "true", "1e7", "[1]", "1.2.3"};
	struct bh_buf text = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int rc;

		bh_buf_text(&text, "{\"a\": {\"input_cost_per_token\": ");
		bh_buf_text(&text, bad[i]);
		bh_buf_text(&text, "}}");
		rc = read_text(bh_buf_string(&text));
		assert_true(rc == BH_E_INVALID || rc == BH_E_RANGE || rc == BH_E_JSON);
		bh_buf_close(&text);
	}
	assert_int_equal(read_text("{\"a\": {\"input_cost_per_token\": null}}"), 0);
	assert_int_equal(file.n_unpriced, 1);
}

static void
nesting_is_bounded(void **state)
{
	struct bh_buf text = {0};

	(void)state;
	bh_buf_text(&text, "{\"a\": {\"b\": ");
	for (int i = 0; i < 100000; i++)
		bh_buf_char(&text, '[');
	assert_int_equal(read_text(bh_buf_string(&text)), BH_E_JSON);
	bh_buf_close(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(every_tier_is_read, each_close),
		cmocka_unit_test_teardown(units_are_what_the_model_counts, each_close),
		cmocka_unit_test_teardown(costs_that_are_not_used_are_told, each_close),
		cmocka_unit_test_teardown(another_currency_is_multiplied_exactly, each_close),
		cmocka_unit_test_teardown(models_come_in_order, each_close),
		cmocka_unit_test_teardown(no_price_list_is_refused, each_close),
		cmocka_unit_test_teardown(costs_that_cannot_be_are_refused, each_close),
		cmocka_unit_test_teardown(nesting_is_bounded, each_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
