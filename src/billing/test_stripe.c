/* SPDX-License-Identifier: Apache-2.0 */
/* test_stripe.c: signatures, amounts and forms, which need nobody at the other end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/text.h"
#include "billing/stripe_amount.h"
#include "billing/stripe_client.h"
#include "billing/stripe_signature.h"
#include "sec/digest.h"

#define BODY "{\"id\":\"evt_1\"}"

enum { NOW_S = 1800000000 };

static const char *const secrets[] = {"whsec_old", "whsec_new"};

/* A header of `time` with the signatures of these secrets, as Stripe would write it. */
static void
sign(char out[512], int64_t time_s, const char *const *with, size_t n, const char *body)
{
	int len = snprintf(out, 512, "t=%lld", (long long)time_s);
	char text[256];

	snprintf(text, sizeof(text), "%lld.%s", (long long)time_s, body);
	for (size_t i = 0; i < n; i++) {
		struct bh_digest digest;
		char hex[65];

		bh_digest_hmac_bytes(with[i], strlen(with[i]), text, strlen(text), &digest);
		bh_text_hex(digest.bytes, sizeof(digest.bytes), hex);
		len += snprintf(out + len, 512 - (size_t)len, ",v1=%s", hex);
	}
}

static int
check(const char *header, const char *body)
{
	return stripe_signature_check(header, secrets, 2, body, strlen(body), NOW_S);
}

static void
a_signature_of_either_secret_counts(void **state)
{
	char header[512];

	(void)state;
	sign(header, NOW_S, secrets, 1, BODY);
	assert_int_equal(check(header, BODY), 0);
	sign(header, NOW_S, secrets + 1, 1, BODY);
	assert_int_equal(check(header, BODY), 0);
	sign(header, NOW_S, secrets, 2, BODY);
	assert_int_equal(check(header, BODY), 0);
}

static void
anything_changed_is_refused(void **state)
{
	static const char *const other[] = {"whsec_other"};
	char header[512];

	(void)state;
	sign(header, NOW_S, secrets, 2, BODY);
	assert_int_equal(check(header, "{\"id\":\"evt_2\"}"), BH_E_INVALID);
	assert_int_equal(check(header, ""), BH_E_INVALID);
	header[3] ^= 1;
	assert_int_equal(check(header, BODY), BH_E_INVALID);
	sign(header, NOW_S, other, 1, BODY);
	assert_int_equal(check(header, BODY), BH_E_INVALID);
}

static void
an_old_or_early_one_is_refused(void **state)
{
	char header[512];

	(void)state;
	sign(header, NOW_S - STRIPE_TOLERANCE_S, secrets, 1, BODY);
	assert_int_equal(check(header, BODY), 0);
	sign(header, NOW_S - STRIPE_TOLERANCE_S - 1, secrets, 1, BODY);
	assert_int_equal(check(header, BODY), BH_E_INVALID);
	sign(header, NOW_S + STRIPE_TOLERANCE_S + 1, secrets, 1, BODY);
	assert_int_equal(check(header, BODY), BH_E_INVALID);
}

static void
a_malformed_header_is_refused(void **state)
{
	static const char *const headers[] = {"", "t=", "t=1", "v1=00", "t=x,v1=00", "t=1,t=1,v1=00",
		"t=-1,v1=00", ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,"};

	(void)state;
	assert_int_equal(check(NULL, BODY), BH_E_INVALID);
	for (size_t i = 0; i < BH_COUNT(headers); i++)
		assert_int_equal(check(headers[i], BODY), BH_E_INVALID);
}

/* Published with Stripe's own clients: another scheme beside v1 is skipped. */
static void
another_scheme_beside_ours_is_skipped(void **state)
{
	char header[512], mixed[600];

	(void)state;
	sign(header, NOW_S, secrets, 1, BODY);
	snprintf(mixed, sizeof(mixed),
		"%s,v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39,x", header);
	assert_int_equal(check(mixed, BODY), 0);
}

static void
amounts_are_exact(void **state)
{
	int64_t rest;

	(void)state;
	assert_int_equal(stripe_minor_units(49000000000, "eur", &rest), 4900);
	assert_int_equal(rest, 0);
	assert_int_equal(stripe_minor_units(5000000, "EUR", &rest), 1);
	assert_int_equal(rest, -5000000);
	assert_int_equal(stripe_minor_units(4999999, "EUR", &rest), 0);
	assert_int_equal(rest, 4999999);
	assert_int_equal(stripe_minor_units(-5000000, "EUR", &rest), -1);
	assert_int_equal(rest, 5000000);
	assert_int_equal(stripe_minor_units(49000000000, "JPY", &rest), 49);
	assert_int_equal(stripe_minor_units(1500000, "KWD", &rest), 2);
}

static void
forms_escape_names_and_values(void **state)
{
	struct stripe_form form = {0};

	(void)state;
	stripe_form_text(&form, "items[0][price]", "a&b=c d");
	stripe_form_int(&form, "n", -5);
	stripe_form_bool(&form, "on", true);
	assert_string_equal(form.text.data, "items%5B0%5D%5Bprice%5D=a%26b%3Dc%20d&n=-5&on=true");
	stripe_form_close(&form);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_of_either_secret_counts),
		cmocka_unit_test(anything_changed_is_refused),
		cmocka_unit_test(an_old_or_early_one_is_refused),
		cmocka_unit_test(a_malformed_header_is_refused),
		cmocka_unit_test(another_scheme_beside_ours_is_skipped),
		cmocka_unit_test(amounts_are_exact),
		cmocka_unit_test(forms_escape_names_and_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
