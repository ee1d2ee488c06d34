/* SPDX-License-Identifier: Apache-2.0 */
/* test_tax.c: which tax, how much, and what is left below the minor unit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/macros.h"
#include "billing/currency.h"
#include "billing/tax.h"

#define EURO INT64_C(1000000000)

static const struct billing_tax_rate rates[] = {
	{"DE", "2021-01-01", "VAT", 190000, false},
	{"DE", "2020-07-01", "VAT", 160000, false},
	{"ES", "2012-09-01", "IVA", 210000, false},
	{"JP", "2019-10-01", "tax", 100000, true},
};
static const struct billing_tax_book book = {BH_LIST(rates)};
static const struct billing_party seller = {"S", "", "DE", "DE123456789", ""};

static struct billing_tax
decide_of(const char *country, const char *vat_id, int64_t confirmed_ms, const char *day)
{
	const struct billing_party buyer = {"B", "", country, vat_id, "", confirmed_ms, "me"};
	struct billing_tax tax;

	assert_int_equal(billing_tax_decide(&book, &seller, &buyer, day, &tax), 0);
	return tax;
}

static struct billing_tax
decide(const char *country, const char *vat_id, const char *day)
{
	return decide_of(country, vat_id, 1, day);
}

static void
at_home_the_rate_of_the_day_holds(void **state)
{
	(void)state;
	assert_int_equal(decide("DE", "DE999999999", "2026-11-30").ppm, 190000);
	assert_int_equal(decide("DE", "", "2020-12-31").ppm, 160000);
	assert_int_equal(decide("", "", "2026-11-30").ppm, 190000);
}

static void
a_business_in_the_union_owes_the_tax_itself(void **state)
{
	struct billing_tax tax = decide("ES", "ESX1234567L", "2026-11-30");

	(void)state;
	assert_true(tax.reverse_charge);
	assert_int_equal(tax.ppm, 0);
	assert_string_equal(tax.note, "");
}

static void
a_number_that_proves_nothing_is_taxed_and_told(void **state)
{
	static const struct {
		const char *vat_id;
		int64_t confirmed_ms;
		const char *said;
	} cases[] = {
		{"ESX1234567L", 0, "not confirmed"},
		{"ESX1234567X", 1, "not a valid one"},
		{"DE136695976", 1, "not a valid one"},
		{"US1234567", 1, "not a valid one"},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct billing_tax tax = decide_of("ES", cases[i].vat_id, cases[i].confirmed_ms,
			"2026-11-30");

		assert_false(tax.reverse_charge);
		assert_int_equal(tax.ppm, 210000);
		assert_non_null(strstr(tax.note, cases[i].said));
	}
}

static void
a_person_in_the_union_pays_the_rate_of_its_country(void **state)
{
	struct billing_tax tax = decide("ES", "", "2026-11-30");

	(void)state;
	assert_false(tax.reverse_charge);
	assert_int_equal(tax.ppm, 210000);
}

static void
elsewhere_there_is_a_tax_only_where_a_rate_was_set(void **state)
{
	(void)state;
	assert_int_equal(decide("US", "", "2026-11-30").ppm, 0);
	assert_true(decide("JP", "", "2026-11-30").inclusive);
}

static void
a_rate_that_is_needed_and_missing_is_told(void **state)
{
	const struct billing_party buyer = {"B", "", "FR", "", ""};
	struct billing_tax tax;

	(void)state;
	assert_int_equal(billing_tax_decide(&book, &seller, &buyer, "2026-11-30", &tax), BH_E_STATE);
	assert_non_null(strstr(bh_error_detail(BH_E_STATE), "FR"));
	assert_int_equal(billing_tax_decide(&book, &seller, &seller, "2019-01-01", &tax), BH_E_STATE);
}

static void
tax_is_exact_to_half_a_nano_unit(void **state)
{
	const struct billing_tax on_top = {"VAT", 190000, false, false};
	const struct billing_tax within = {"VAT", 190000, true, false};

	(void)state;
	assert_int_equal(billing_tax_of(&on_top, 100 * EURO), 19 * EURO);
	assert_int_equal(billing_tax_of(&within, 119 * EURO), 19 * EURO);
	/* 0.19 × 50 = 9.5 nano-units: away from 0. */
	assert_int_equal(billing_tax_of(&on_top, 50), 10);
	assert_int_equal(billing_tax_of(&on_top, -50), -10);
	assert_int_equal(billing_tax_of(&on_top, 47), 9);
	/* Net and tax are the whole, whatever it is. */
	for (int64_t nanos = -300; nanos < 300; nanos++)
		assert_int_equal(billing_tax_of(&within, nanos) + billing_share(nanos, 1000000, 1190000),
			nanos);
	/* The largest amounts do not overflow. */
	assert_int_equal(billing_tax_of(&on_top, INT64_C(1000000000000000000)),
		INT64_C(190000000000000000));
}

static void
due_is_in_whole_minor_units_half_a_unit_up(void **state)
{
	(void)state;
	assert_int_equal(billing_currency_round("EUR", 1005000000), 1010000000);
	assert_int_equal(billing_currency_round("EUR", 1004999999), 1000000000);
	assert_int_equal(billing_currency_round("EUR", -1005000000), -1010000000);
	assert_int_equal(billing_currency_round("JPY", 1500000000), 2000000000);
	assert_int_equal(billing_currency_round("KWD", 1000500000), 1001000000);
}

static void
amounts_are_printed_with_their_decimals(void **state)
{
	char text[48];

	(void)state;
	billing_currency_print("EUR", 5 * EURO, text);
	assert_string_equal(text, "5.00 EUR");
	billing_currency_print("EUR", -1234567, text);
	assert_string_equal(text, "-0.001234567 EUR");
	billing_currency_print("JPY", 5 * EURO, text);
	assert_string_equal(text, "5 JPY");
	billing_currency_print("KWD", 5 * EURO + EURO / 10, text);
	assert_string_equal(text, "5.100 KWD");
}

static void
countries_have_their_form(void **state)
{
	(void)state;
	assert_true(billing_tax_is_country("DE"));
	assert_false(billing_tax_is_country("XX"));
	assert_false(billing_tax_is_country("D"));
	assert_false(billing_tax_is_country("E D"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_home_the_rate_of_the_day_holds),
		cmocka_unit_test(a_business_in_the_union_owes_the_tax_itself),
		cmocka_unit_test(a_number_that_proves_nothing_is_taxed_and_told),
		cmocka_unit_test(a_person_in_the_union_pays_the_rate_of_its_country),
		cmocka_unit_test(elsewhere_there_is_a_tax_only_where_a_rate_was_set),
		cmocka_unit_test(a_rate_that_is_needed_and_missing_is_told),
		cmocka_unit_test(tax_is_exact_to_half_a_nano_unit),
		cmocka_unit_test(due_is_in_whole_minor_units_half_a_unit_up),
		cmocka_unit_test(amounts_are_printed_with_their_decimals),
		cmocka_unit_test(countries_have_their_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
