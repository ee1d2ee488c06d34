/* SPDX-License-Identifier: Apache-2.0 */
/* test_entitle.c: what words include, and what a plan out of order refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "service/entitle.h"

static struct bh_claims
claims_of(const char *words, const char *state)
{
	struct bh_claims claims = {.plan = "pro"};

	snprintf(claims.entitled, sizeof(claims.entitled), "%s", words);
	snprintf(claims.plan_state, sizeof(claims.plan_state), "%s", state);
	return claims;
}

static bool
serves(const char *words, const char *service)
{
	const struct bh_claims claims = claims_of(words, "");

	return bh_entitled(&claims, "", service);
}

static bool
models(const char *words, const char *model)
{
	const struct bh_claims claims = claims_of(words, "");

	return bh_entitled(&claims, "model:", model);
}

static void
a_service_is_included_by_its_word_or_by_all(void **state)
{
	(void)state;
	assert_true(serves("chat images", "chat"));
	assert_true(serves("chat images", "images"));
	assert_false(serves("chat images", "image"));
	assert_false(serves("chat images", "embeddings"));
	assert_true(serves("*", "embeddings"));
	assert_true(serves("*  model:x", "embeddings"));
	assert_false(serves("model:chat", "chat"));
	assert_false(serves("model:*", "chat"));
}

static void
without_a_plan_everything_is_included(void **state)
{
	(void)state;
	assert_true(serves("", "finetune"));
	assert_true(models("", "large"));
}

static void
models_are_all_unless_some_are_named(void **state)
{
	(void)state;
	assert_true(models("chat", "large"));
	assert_true(models("chat model:small model:mini-*", "small"));
	assert_true(models("chat model:small model:mini-*", "mini-4"));
	assert_false(models("chat model:small model:mini-*", "large"));
	assert_false(models("* model:small", "smaller"));
	assert_true(models("* model:*", "smaller"));
}

static void
a_refusal_names_what_is_missing(void **state)
{
	const struct bh_claims claims = claims_of("chat model:small", "");

	(void)state;
	assert_int_equal(bh_entitle_check(&claims, "chat"), 0);
	assert_int_equal(bh_entitle_check(&claims, BH_ENTITLED_ANY), 0);
	assert_int_equal(bh_entitle_check(&claims, "images"), BH_E_ENTITLEMENT);
	assert_non_null(strstr(bh_error_detail(BH_E_ENTITLEMENT), "'images'"));
	assert_int_equal(bh_entitle_model(&claims, "small"), 0);
	assert_int_equal(bh_entitle_model(&claims, "large"), BH_E_ENTITLEMENT);
	assert_non_null(strstr(bh_error_detail(BH_E_ENTITLEMENT), "'model:large'"));
}

static void
a_plan_out_of_order_includes_nothing(void **state)
{
	const struct bh_claims paused = claims_of("*", "paused"), unpaid = claims_of("*", "suspended"),
						   over = claims_of("*", "canceled");

	(void)state;
	assert_int_equal(bh_entitle_check(&paused, "chat"), BH_E_PLAN_PAUSED);
	assert_int_equal(bh_entitle_check(&unpaid, BH_ENTITLED_ANY), BH_E_PLAN_SUSPENDED);
	assert_int_equal(bh_entitle_check(&over, "chat"), BH_E_PLAN_CANCELED);
	assert_int_equal(bh_entitle_model(&paused, "small"), BH_E_PLAN_PAUSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_is_included_by_its_word_or_by_all),
		cmocka_unit_test(without_a_plan_everything_is_included),
		cmocka_unit_test(models_are_all_unless_some_are_named),
		cmocka_unit_test(a_refusal_names_what_is_missing),
		cmocka_unit_test(a_plan_out_of_order_includes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
