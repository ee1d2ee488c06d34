/* SPDX-License-Identifier: Apache-2.0 */
/* test_vat.c: numbers with right check digits are taken, and with one changed digit are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "billing/vat.h"

/* At least one of each member, and of each form with a check of its own. Nobody's: they were drawn. */
static const char *const valid[] = {
	"ATU69070293",
	"BE0331205609",
	"BG0466634904",
	"BG348738610",
	"CY31922369L",
	"CZ2805058971",
	"CZ61231495",
	"DE131570618",
	"DK13685835",
	"EE851024992",
	"EL643748070",
	"ESN3543719C",
	"ESX1234567L",
	"FI02506339",
	"HR31435141873",
	"HU08226954",
	"IE0884647M",
	"IE5465497DM",
	"IT23561410343",
	"LT290532211",
	"LT479877060218",
	"LU16913232",
	"LV98940605592",
	"MT25825057",
	"NL277799363B62",
	"PL2220441894",
	"PT420662669",
	"RO1389753884",
	"RO37000",
	"SE169242128001",
	"SI98780484",
	"SK7528631132",
	"FR40303265045",
	"RO9400626420303",
};

static void
right_check_digits_are_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < BH_COUNT(valid); i++) {
		if (!billing_vat_is_valid(valid[i]))
			fail_msg("%s is refused", valid[i]);
	}
}

/* Each digit is moved by one: none of the methods lets that pass. */
static void
one_wrong_digit_is_refused(void **state)
{
	size_t taken = 0, tried = 0;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(valid); i++) {
		char id[BILLING_VAT_MOST + 1];

		for (size_t at = 2; at < strlen(valid[i]); at++) {
			strcpy(id, valid[i]);
			if (id[at] < '0' || id[at] > '9')
				continue;
			id[at] = (char)('0' + (id[at] - '0' + 1) % 10);
			tried++;
			taken += billing_vat_is_valid(id);
		}
	}
	/* Persons of Bulgaria, Slovakia, Latvia and the Netherlands may have the form by another method. */
	assert_true(tried > 300);
	assert_true(taken * 20 < tried);
}

static void
another_form_is_refused(void **state)
{
	static const char *const wrong[] = {"", "DE", "DE1", "DE13157061", "DE1315706180",
		"DE 131570618", "de131570618", "131570618", "DE13157061A", "GR643748070", "ATX69070293",
		"BE2331205609", "CY31922369", "NL277799363X62", "SE169242128000", "IE0884647*",
		"ESÑ3543719C", "GB+23", "DE0000000000000000"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(wrong); i++) {
		if (billing_vat_is_valid(wrong[i]))
			fail_msg("%s is taken", wrong[i]);
	}
	/* Of other countries the form is all that is known. */
	assert_true(billing_vat_is_valid("GB123456789"));
	assert_true(billing_vat_is_valid("CHE123456789"));
}

static void
a_number_belongs_to_its_country(void **state)
{
	(void)state;
	assert_true(billing_vat_is_of("DE131570618", "DE"));
	assert_true(billing_vat_is_of("EL643748070", "GR"));
	assert_false(billing_vat_is_of("DE131570618", "AT"));
	assert_false(billing_vat_is_of("DE131570619", "DE"));
	assert_false(billing_vat_is_of("GB123456789", "GB"));
	assert_false(billing_vat_is_of("", "DE"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_check_digits_are_taken),
		cmocka_unit_test(one_wrong_digit_is_refused),
		cmocka_unit_test(another_form_is_refused),
		cmocka_unit_test(a_number_belongs_to_its_country),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
