/* SPDX-License-Identifier: Apache-2.0 */
/* test_hook.c: signatures of webhooks, and faults that a seed decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stripemock/faults.h"
#include "stripemock/hook.h"

static struct bh_arena arena;

/* HMAC-SHA256 of "1700000000.{}" under "whsec_mock_test", made with OpenSSL's command line. */
#define SIGNATURE "93e3de643eb6f2968ce3bbf75489e5cca9a79258eac1f253cdb45f1e41f05eee"

static void
the_signature_is_over_time_and_raw_body(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};

	(void)state;
	stripemock_hook_sign(&out, 1700000000, "whsec_mock_test", NULL, "{}", 2);
	assert_string_equal(bh_buf_string(&out), "t=1700000000,v1=" SIGNATURE);
}

static void
two_secrets_sign_while_they_overlap(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};

	(void)state;
	stripemock_hook_sign(&out, 1700000000, "another", "whsec_mock_test", "{}", 2);
	assert_non_null(strstr(bh_buf_string(&out), ",v1=" SIGNATURE));
	assert_int_equal(out.len, strlen("t=1700000000") + 2 * strlen(",v1=" SIGNATURE));
}

static void
each_endpoint_and_turn_has_its_secret(void **state)
{
	struct stripemock mock = {.hook_secret = STRIPEMOCK_HOOK_PREFIX "account"};
	struct stripemock_value *one = stripemock_value_literal(&arena,
		"{'id':'we_mock1','url':'https://a.example'}");
	struct stripemock_value *own = stripemock_value_literal(&arena,
		"{'id':'we_mock2','url':'unix:/run/x:/hook'}");
	char first[STRIPEMOCK_KEY], again[STRIPEMOCK_KEY], next[STRIPEMOCK_KEY];

	(void)state;
	stripemock_hook_secret(&mock, one, 0, first);
	stripemock_hook_secret(&mock, one, 0, again);
	stripemock_hook_secret(&mock, one, 1, next);
	assert_string_equal(first, again);
	assert_string_not_equal(first, next);
	assert_memory_equal(first, STRIPEMOCK_HOOK_PREFIX, strlen(STRIPEMOCK_HOOK_PREFIX));
	stripemock_hook_secret(&mock, own, 0, first);
	assert_string_equal(first, mock.hook_secret);
	stripemock_hook_secret(&mock, own, 1, first);
	assert_string_not_equal(first, mock.hook_secret);
}

static uint64_t
draws(struct stripemock_faults *faults, int64_t seed)
{
	const struct stripemock_faults_conf conf = {.loss_percent = 30,
		.duplicate_percent = 30,
		.seed = seed};
	uint64_t bits = 0;

	stripemock_faults_set(faults, &conf);
	for (int i = 0; i < 32; i++) {
		bool lost, twice;

		stripemock_faults_webhook(faults, &lost, &twice);
		bits = bits << 2 | (uint64_t)lost << 1 | twice;
	}
	return bits;
}

static void
the_same_seed_draws_the_same_faults(void **state)
{
	struct stripemock_faults faults = {0};

	(void)state;
	stripemock_faults_open(&faults);
	assert_true(draws(&faults, 1) == draws(&faults, 1));
	assert_true(draws(&faults, 1) != draws(&faults, 2));
	assert_true(draws(&faults, 3) != 0);
	stripemock_faults_close(&faults);
}

static void
so_many_calls_fail_as_were_asked_for(void **state)
{
	struct stripemock_faults faults = {0};

	(void)state;
	stripemock_faults_open(&faults);
	stripemock_faults_set(&faults,
		&(struct stripemock_faults_conf){.api_fault = STRIPEMOCK_FAULT_ERROR, .api_calls = 2});
	assert_int_equal(stripemock_faults_call(&faults), STRIPEMOCK_FAULT_ERROR);
	assert_int_equal(stripemock_faults_call(&faults), STRIPEMOCK_FAULT_ERROR);
	assert_int_equal(stripemock_faults_call(&faults), STRIPEMOCK_FAULT_NONE);
	stripemock_faults_close(&faults);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_signature_is_over_time_and_raw_body),
		cmocka_unit_test(two_secrets_sign_while_they_overlap),
		cmocka_unit_test(each_endpoint_and_turn_has_its_secret),
		cmocka_unit_test(the_same_seed_draws_the_same_faults),
		cmocka_unit_test(so_many_calls_fail_as_were_asked_for),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	bh_arena_close(&arena);
	return failed;
}
