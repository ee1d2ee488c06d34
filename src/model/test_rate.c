/* SPDX-License-Identifier: Apache-2.0 */
/* test_rate.c: the tokens a minute of several model services are one figure; by how much it is exceeded while the
 * place where they count is away, and after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "model/bucket.h"
#include "model/rate.h"
#include "shared/testing.h"

enum { MACHINES = 10, PER_MINUTE = 6000, STEP_US = 100000, STEPS_A_MINUTE = 600, MINUTES = 5 };

static struct bh_test_valkey valkey;
static struct model_rate rates[MACHINES];

static int
open_group(void **state)
{
	(void)state;
	bh_test_valkey_open(&valkey);
	for (size_t i = 0; i < MACHINES; i++) {
		rates[i].shared = bh_test_valkey_client(&valkey);
		rates[i].buckets = calloc(1, sizeof(struct model_buckets));
		if (rates[i].buckets == NULL)
			return -1;
		bh_shared_instances_set(rates[i].shared, MACHINES);
	}
	return 0;
}

static int
close_group(void **state)
{
	(void)state;
	for (size_t i = 0; i < MACHINES; i++) {
		bh_shared_close(rates[i].shared);
		free(rates[i].buckets);
	}
	bh_test_valkey_close(&valkey);
	return 0;
}

/* All ask in turns until nobody is admitted: how many tokens they got. */
static int64_t
take_all(const struct bh_uuid *tenant, int64_t tokens, int64_t now_us)
{
	int64_t all = 0, round;

	do {
		round = 0;
		for (size_t i = 0; i < MACHINES; i++)
			round += model_rate_take(&rates[i], tenant, PER_MINUTE, tokens, now_us).charged;
		all += round;
	} while (round > 0);
	return all;
}

static int64_t
flown_back(int64_t since_us)
{
	return (bh_clock_steady_us() - since_us) * PER_MINUTE / 60000000 + 1;
}

static void
ten_machines_have_one_rate(void **state)
{
	int64_t begin_us = bh_clock_steady_us(), got;
	struct bh_uuid tenant = bh_uuid_new();
	struct model_rate_taken taken;

	(void)state;
	got = take_all(&tenant, 100, begin_us);
	assert_in_range(got, PER_MINUTE - 100, PER_MINUTE + flown_back(begin_us));
	taken = model_rate_take(&rates[0], &tenant, PER_MINUTE, PER_MINUTE, begin_us);
	assert_true(taken.wait_us > 0);
	assert_int_equal(taken.charged, 0);
	/* What one gives back another may take. */
	model_rate_adjust(&rates[0], &tenant, PER_MINUTE, -PER_MINUTE, begin_us);
	assert_int_equal(model_rate_take(&rates[1], &tenant, PER_MINUTE, PER_MINUTE / 2, begin_us)
						 .wait_us,
		0);
}

static void
without_a_shared_place_a_machine_has_the_whole_limit(void **state)
{
	const struct model_rate alone = {.buckets = rates[0].buckets};
	struct bh_uuid tenant = bh_uuid_new();

	(void)state;
	assert_int_equal(model_rate_take(&alone, &tenant, PER_MINUTE, PER_MINUTE, 1).charged,
		PER_MINUTE);
	assert_true(model_rate_take(&alone, &tenant, PER_MINUTE, 1, 1).wait_us > 0);
}

/* Time goes by as the test says: it is the machines' own. */
static void
while_it_is_away_all_together_get_one_part_more_at_most(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	int64_t begin_us, got = 0;

	(void)state;
	bh_test_valkey_kill(&valkey);
	begin_us = bh_clock_steady_us();
	for (size_t i = 0; i < MACHINES; i++)
		(void)model_rate_take(&rates[i], &tenant, PER_MINUTE, 0, begin_us);
	for (int64_t step = 0; step <= MINUTES * STEPS_A_MINUTE; step++)
		got += take_all(&tenant, 1, begin_us + step * STEP_US);
	assert_in_range(got, PER_MINUTE * MINUTES / 100 * 95,
		PER_MINUTE * MINUTES + PER_MINUTE / MACHINES + MACHINES);
}

static void
when_it_is_back_nothing_is_given_twice(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	int64_t begin_us, got;

	(void)state;
	bh_test_valkey_start(&valkey);
	begin_us = bh_clock_steady_us();
	for (size_t i = 0; i < MACHINES; i++)
		bh_test_valkey_wait(rates[i].shared);
	got = take_all(&tenant, 10, bh_clock_steady_us());
	assert_in_range(got, 0, PER_MINUTE / MACHINES + flown_back(begin_us));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_machines_have_one_rate),
		cmocka_unit_test(without_a_shared_place_a_machine_has_the_whole_limit),
		cmocka_unit_test(while_it_is_away_all_together_get_one_part_more_at_most),
		cmocka_unit_test(when_it_is_back_nothing_is_given_twice),
	};

	bh_log_open("test", BH_LOG_ERROR + 1);
	if (!bh_test_valkey_named())
		return 77;
	return cmocka_run_group_tests_name("model/rate", tests, open_group, close_group);
}
