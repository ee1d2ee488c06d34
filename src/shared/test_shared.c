/* SPDX-License-Identifier: Apache-2.0 */
/* test_shared.c: rates and places counted by several, with the server there, away, back and flushed. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "shared/testing.h"

/* So many permits an hour: what flows back during the test is less than one. */
#define HOUR_US INT64_C(3600000000)

enum { GATEWAYS = 10, PERMITS = 500, COST_US = HOUR_US / PERMITS, TRIES = 100 };

static struct bh_test_valkey valkey;

static int
open_group(void **state)
{
	(void)state;
	bh_test_valkey_open(&valkey);
	return 0;
}

static int
close_group(void **state)
{
	(void)state;
	bh_test_valkey_close(&valkey);
	return 0;
}

/* A key of the test's own. */
static void
key_of(const char *what, char out[BH_SHARED_KEY_BYTES])
{
	struct bh_uuid tenant = bh_uuid_new();

	bh_shared_key(&tenant, what, "test", out);
}

static void
an_address_of_no_known_form_is_refused(void **state)
{
	static const char *const wrong[] = {"http://a", "redis://", "redis://user@host",
		"redis://host:0", "redis://host:x", "redis://host/x", "redis://[::1", "unix:relative"};
	static const char *const right[] = {"redis://host", "redis://host:7000/3", "redis://:pass@host",
		"redis://user:p@ss@[::1]:7000/1", "unix:/run/valkey.sock"};
	struct bh_shared *shared = NULL;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(wrong); i++) {
		const struct bh_shared_conf conf = {.url = wrong[i], .timeout_ms = 20};

		assert_int_equal(bh_shared_open(&conf, &shared), BH_E_CONFIG);
		assert_null(strstr(bh_error_detail(BH_E_CONFIG), "p@ss"));
	}
	for (size_t i = 0; i < BH_COUNT(right); i++) {
		const struct bh_shared_conf conf = {.url = right[i], .timeout_ms = 20};

		assert_int_equal(bh_shared_open(&conf, &shared), 0);
		assert_non_null(shared);
		bh_shared_close(shared);
	}
}

static void
without_an_address_each_process_has_the_whole_limit(void **state)
{
	const struct bh_shared_conf conf = {.url = ""};
	struct bh_shared *shared = (struct bh_shared *)state;

	assert_int_equal(bh_shared_open(&conf, &shared), 0);
	assert_null(shared);
	assert_int_equal(bh_shared_part(NULL, 100), 100);
	assert_int_equal(bh_shared_owes_us(NULL, 1000, 0), 0);
	assert_false(bh_shared_is_there(NULL));
}

struct gateway {
	const char *key;
	size_t admitted;
};

static void *
run_gateway(void *arg)
{
	struct gateway *gateway = arg;
	struct bh_shared *shared = bh_test_valkey_client(&valkey);

	for (size_t i = 0; i < TRIES; i++) {
		struct bh_shared_taken taken;

		assert_int_equal(bh_shared_take(shared, gateway->key, COST_US, HOUR_US, &taken), 0);
		gateway->admitted += taken.wait_us == 0;
	}
	bh_shared_close(shared);
	return NULL;
}

/* Ten gateways ask a thousand times for five hundred permits. */
static void
ten_gateways_admit_as_many_as_one_would(void **state)
{
	int64_t begin_us = bh_clock_steady_us();
	struct gateway gateways[GATEWAYS] = {0};
	pthread_t threads[GATEWAYS];
	char key[BH_SHARED_KEY_BYTES];
	size_t admitted = 0, flowed_back;

	(void)state;
	key_of("ten", key);
	for (size_t i = 0; i < GATEWAYS; i++) {
		gateways[i].key = key;
		assert_int_equal(pthread_create(&threads[i], NULL, run_gateway, &gateways[i]), 0);
	}
	for (size_t i = 0; i < GATEWAYS; i++) {
		pthread_join(threads[i], NULL);
		admitted += gateways[i].admitted;
	}
	flowed_back = (size_t)((bh_clock_steady_us() - begin_us) / COST_US);
	assert_in_range(admitted, PERMITS, PERMITS + flowed_back);
}

static void
what_is_refused_is_told_when_to_come_back(void **state)
{
	struct bh_shared *shared = bh_test_valkey_client(&valkey);
	struct bh_shared_taken taken;
	char key[BH_SHARED_KEY_BYTES];
	int64_t left_us;

	(void)state;
	key_of("wait", key);
	assert_int_equal(bh_shared_take(shared, key, HOUR_US / 2, HOUR_US, &taken), 0);
	assert_int_equal(taken.wait_us, 0);
	assert_in_range(taken.left_us, HOUR_US / 2, HOUR_US / 2 + HOUR_US / 100);
	assert_int_equal(bh_shared_take(shared, key, HOUR_US, HOUR_US, &taken), 0);
	assert_in_range(taken.wait_us, HOUR_US / 2 - HOUR_US / 100, HOUR_US / 2);
	/* What was refused took nothing; what is given back is there. */
	assert_int_equal(bh_shared_charge(shared, key, -HOUR_US / 4, HOUR_US), 0);
	assert_int_equal(bh_shared_left(shared, key, HOUR_US, &left_us), 0);
	assert_in_range(left_us, HOUR_US / 4 * 3, HOUR_US / 4 * 3 + HOUR_US / 100);
	assert_int_equal(bh_shared_charge(shared, key, HOUR_US * 2, HOUR_US), 0);
	assert_int_equal(bh_shared_left(shared, key, HOUR_US, &left_us), 0);
	assert_int_equal(left_us, 0);
	assert_int_equal(bh_shared_forget(shared, key), 0);
	assert_int_equal(bh_shared_left(shared, key, HOUR_US, &left_us), 0);
	assert_int_equal(left_us, HOUR_US);
	bh_shared_close(shared);
}

/* Whatever was taken meanwhile, nobody has more than a part and what flows back from the return on. */
static void
a_place_that_forgot_everything_begins_with_one_part(void **state)
{
	struct bh_shared *shared = bh_test_valkey_client(&valkey);
	struct bh_shared_taken taken;
	char key[BH_SHARED_KEY_BYTES], other[BH_SHARED_KEY_BYTES];

	(void)state;
	key_of("forgot", key);
	key_of("forgot", other);
	bh_shared_instances_set(shared, 4);
	assert_int_equal(bh_shared_take(shared, key, COST_US, HOUR_US, &taken), 0);
	bh_test_valkey_flush(&valkey);
	assert_int_equal(bh_shared_take(shared, key, COST_US, HOUR_US, &taken), 0);
	assert_int_equal(bh_shared_take(shared, other, HOUR_US / 4, HOUR_US, &taken), 0);
	assert_int_equal(taken.wait_us, 0);
	assert_int_equal(bh_shared_take(shared, other, HOUR_US / 4, HOUR_US, &taken), 0);
	assert_in_range(taken.wait_us, HOUR_US / 100 * 24, HOUR_US / 4);
	bh_shared_close(shared);
}

/* Keys go without the scripts: each process finds out at its next call, whoever was told first. */
static void
keys_that_are_gone_are_no_second_burst_for_anybody(void **state)
{
	struct bh_shared *one = bh_test_valkey_client(&valkey), *two = bh_test_valkey_client(&valkey);
	struct bh_shared_taken taken;
	char key[BH_SHARED_KEY_BYTES], other[BH_SHARED_KEY_BYTES];

	(void)state;
	key_of("emptied", key);
	key_of("emptied", other);
	bh_shared_instances_set(one, 4);
	bh_shared_instances_set(two, 4);
	assert_int_equal(bh_shared_take(one, key, HOUR_US, HOUR_US, &taken), 0);
	assert_int_equal(taken.wait_us, 0);
	assert_int_equal(bh_shared_take(two, other, COST_US, HOUR_US, &taken), 0);
	bh_test_valkey_empty(&valkey);
	/* The call that finds it out is let through, and after it a part. */
	assert_int_equal(bh_shared_take(one, key, COST_US, HOUR_US, &taken), 0);
	assert_int_equal(bh_shared_take(one, key, HOUR_US / 4, HOUR_US, &taken), 0);
	assert_int_equal(bh_shared_take(one, key, HOUR_US / 4, HOUR_US, &taken), 0);
	assert_true(taken.wait_us > 0);
	assert_int_equal(bh_shared_take(two, other, COST_US, HOUR_US, &taken), 0);
	assert_int_equal(bh_shared_take(two, other, HOUR_US / 4, HOUR_US, &taken), 0);
	assert_int_equal(bh_shared_take(two, other, HOUR_US / 4, HOUR_US, &taken), 0);
	assert_true(taken.wait_us > 0);
	assert_true(bh_shared_is_there(one) && bh_shared_is_there(two));
	bh_shared_close(one);
	bh_shared_close(two);
}

static void
so_many_hold_a_place_and_no_more(void **state)
{
	struct bh_shared *one = bh_test_valkey_client(&valkey), *two = bh_test_valkey_client(&valkey);
	struct bh_shared_hold *holds[3] = {0}, *more = NULL;
	char key[BH_SHARED_KEY_BYTES];

	(void)state;
	key_of("places", key);
	assert_int_equal(bh_shared_hold(one, key, 3, &holds[0]), 0);
	assert_int_equal(bh_shared_hold(two, key, 3, &holds[1]), 0);
	assert_int_equal(bh_shared_hold(one, key, 3, &holds[2]), 0);
	assert_int_equal(bh_shared_hold(two, key, 3, &more), BH_E_BUSY);
	bh_shared_give(one, holds[0]);
	assert_int_equal(bh_shared_hold(two, key, 3, &more), 0);
	bh_shared_give(two, more);
	bh_shared_give(two, holds[1]);
	bh_shared_give(one, holds[2]);
	bh_shared_close(one);
	bh_shared_close(two);
}

static void
places_that_were_forgotten_are_held_again_after_a_beat(void **state)
{
	struct bh_shared *shared = bh_test_valkey_client(&valkey);
	struct bh_shared_hold *hold = NULL, *more = NULL;
	char key[BH_SHARED_KEY_BYTES];

	(void)state;
	key_of("flushed", key);
	assert_int_equal(bh_shared_hold(shared, key, 1, &hold), 0);
	bh_test_valkey_flush(&valkey);
	bh_shared_beat(shared);
	assert_int_equal(bh_shared_hold(shared, key, 1, &more), BH_E_BUSY);
	bh_shared_give(shared, hold);
	assert_int_equal(bh_shared_hold(shared, key, 1, &more), 0);
	bh_shared_give(shared, more);
	bh_shared_close(shared);
}

static void
a_killed_server_is_not_asked_and_one_that_is_back_is(void **state)
{
	struct bh_shared *shared = bh_test_valkey_client(&valkey);
	struct bh_shared_taken taken;
	char key[BH_SHARED_KEY_BYTES];
	uint64_t asked;

	(void)state;
	key_of("killed", key);
	bh_shared_instances_set(shared, 4);
	assert_int_equal(bh_shared_take(shared, key, COST_US, HOUR_US, &taken), 0);
	assert_true(bh_shared_is_there(shared));
	assert_int_equal(bh_shared_owes_us(shared, HOUR_US, bh_clock_steady_us()), 0);
	bh_test_valkey_kill(&valkey);
	assert_int_equal(bh_shared_take(shared, key, COST_US, HOUR_US, &taken), BH_E_UNAVAILABLE);
	assert_false(bh_shared_is_there(shared));
	assert_int_equal(bh_shared_part(shared, 100), 25);
	assert_int_equal(bh_shared_part(shared, 3), 1);
	assert_in_range(bh_shared_owes_us(shared, HOUR_US, bh_clock_steady_us()), HOUR_US / 2,
		HOUR_US / 4 * 3);
	/* Most of these are answered without a try. */
	asked = bh_shared_state(shared).asked;
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(bh_shared_take(shared, key, COST_US, HOUR_US, &taken), BH_E_UNAVAILABLE);
	assert_true(bh_shared_state(shared).asked - asked < 1000);
	assert_true(bh_shared_state(shared).local > 0);
	bh_test_valkey_start(&valkey);
	bh_test_valkey_wait(shared);
	assert_true(bh_shared_is_there(shared));
	assert_int_equal(bh_shared_take(shared, key, COST_US, HOUR_US, &taken), 0);
	assert_in_range(taken.left_us, 0, HOUR_US / 4);
	bh_shared_close(shared);
}

/* Nobody's connection may be what a restart left. */
static void
a_restart_between_two_calls_fails_none_of_them(void **state)
{
	struct bh_shared *shared = bh_test_valkey_client(&valkey);
	struct bh_shared_taken taken;
	char key[BH_SHARED_KEY_BYTES];

	(void)state;
	key_of("restarted", key);
	assert_int_equal(bh_shared_take(shared, key, COST_US, HOUR_US, &taken), 0);
	bh_test_valkey_kill(&valkey);
	bh_test_valkey_start(&valkey);
	assert_int_equal(bh_shared_take(shared, key, COST_US, HOUR_US, &taken), 0);
	bh_shared_close(shared);
}

/* Also by whom finds the scripts there again, which another has loaded. */
static void
what_a_restart_has_forgotten_holds_one_part_for_everybody(void **state)
{
	int64_t begin_us = bh_clock_steady_us();
	struct bh_shared *clients[] = {bh_test_valkey_client(&valkey), bh_test_valkey_client(&valkey)};
	struct bh_shared_taken taken = {0};
	char key[BH_SHARED_KEY_BYTES], other[BH_SHARED_KEY_BYTES];
	int64_t admitted = 0, flowed_back;

	(void)state;
	key_of("forgotten", key);
	key_of("other", other);
	for (size_t i = 0; i < BH_COUNT(clients); i++) {
		bh_shared_instances_set(clients[i], GATEWAYS);
		assert_int_equal(bh_shared_take(clients[i], other, COST_US, HOUR_US, &taken), 0);
	}
	bh_test_valkey_kill(&valkey);
	bh_test_valkey_start(&valkey);
	assert_int_equal(bh_shared_take(clients[0], other, COST_US, HOUR_US, &taken), 0);
	assert_int_equal(bh_shared_take(clients[1], other, COST_US, HOUR_US, &taken), 0);
	for (taken.wait_us = 0; taken.wait_us == 0; admitted += taken.wait_us == 0)
		assert_int_equal(bh_shared_take(clients[1], key, COST_US, HOUR_US, &taken), 0);
	flowed_back = (bh_clock_steady_us() - begin_us) / COST_US + 1;
	assert_in_range(admitted, PERMITS / GATEWAYS, PERMITS / GATEWAYS + flowed_back);
	for (size_t i = 0; i < BH_COUNT(clients); i++)
		bh_shared_close(clients[i]);
}

static void
write_password(const char *path, const char *text, mode_t mode)
{
	FILE *file;

	(void)unlink(path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
a_password_may_stand_in_a_file_that_not_all_can_read(void **state)
{
	static const char secret[] = "a-password-of-a-test";
	char path[128];
	struct bh_shared_conf conf = {.url = "redis://host", .password_file = path, .timeout_ms = 20};
	struct bh_shared *shared = NULL;

	(void)state;
	snprintf(path, sizeof(path), "%s/password", valkey.folder);
	assert_int_equal(bh_shared_open(&conf, &shared), BH_E_CONFIG);
	write_password(path, "", 0600);
	assert_int_equal(bh_shared_open(&conf, &shared), BH_E_CONFIG);
	write_password(path, "one\ntwo\n", 0600);
	assert_int_equal(bh_shared_open(&conf, &shared), BH_E_CONFIG);
	write_password(path, secret, 0604);
	assert_int_equal(bh_shared_open(&conf, &shared), BH_E_CONFIG);
	assert_null(strstr(bh_error_detail(BH_E_CONFIG), secret));
	write_password(path, secret, 0600);
	assert_int_equal(bh_shared_open(&conf, &shared), 0);
	bh_shared_close(shared);
	/* Two passwords are one too many; whether the file is right is not looked at where it may not be read. */
	conf.url = "redis://:another@host";
	assert_int_equal(bh_shared_check(&conf), BH_E_CONFIG);
	conf.url = "redis://host";
	assert_int_equal(unlink(path), 0);
	assert_int_equal(bh_shared_check(&conf), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_of_no_known_form_is_refused),
		cmocka_unit_test(without_an_address_each_process_has_the_whole_limit),
		cmocka_unit_test(ten_gateways_admit_as_many_as_one_would),
		cmocka_unit_test(what_is_refused_is_told_when_to_come_back),
		cmocka_unit_test(a_place_that_forgot_everything_begins_with_one_part),
		cmocka_unit_test(keys_that_are_gone_are_no_second_burst_for_anybody),
		cmocka_unit_test(so_many_hold_a_place_and_no_more),
		cmocka_unit_test(places_that_were_forgotten_are_held_again_after_a_beat),
		cmocka_unit_test(a_killed_server_is_not_asked_and_one_that_is_back_is),
		cmocka_unit_test(a_restart_between_two_calls_fails_none_of_them),
		cmocka_unit_test(what_a_restart_has_forgotten_holds_one_part_for_everybody),
		cmocka_unit_test(a_password_may_stand_in_a_file_that_not_all_can_read),
	};

	bh_log_open("test", BH_LOG_ERROR + 1);
	if (!bh_test_valkey_named())
		return 77;
	return cmocka_run_group_tests_name("shared", tests, open_group, close_group);
}
