/* SPDX-License-Identifier: Apache-2.0 */
/* test_spool.c: what work keeps on disk is its tenant's share, beside what requests hold of it. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/macros.h"
#include "service/running.h"
#include "service/spool.h"

#define HALF (64LL * BH_MIB)

static struct bh_runtime runtime;

static int
set_up(void **state)
{
	const struct bh_platform_conf conf = {
		.tenant_percent = 50,
		.body_memory_mib = 8,
		.parse_memory_mib = 8,
		.spool_mib = 256,
	};

	(void)state;
	bh_admission_init(&runtime.admission, &conf, 100);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	bh_admission_close(&runtime.admission);
	return 0;
}

static int64_t
used(void)
{
	return bh_share_state(&runtime.admission.spool).used;
}

static void
what_is_taken_is_given_back(void **state)
{
	struct bh_spool spool = {.runtime = &runtime, .tenant = bh_uuid_new()}, none = {0};

	(void)state;
	assert_int_equal(bh_spool_take(&spool, 0, 0, NULL), 0);
	assert_int_equal(bh_spool_take(&spool, 100, 0, NULL), 0);
	assert_int_equal(bh_spool_take(&spool, 50, 0, NULL), 0);
	assert_int_equal(used(), 150);
	bh_spool_give(&spool, 100);
	assert_int_equal(used(), 50);
	bh_spool_close(&spool);
	bh_spool_close(&spool);
	bh_spool_close(&none);
	assert_int_equal(used(), 0);
}

static void
a_tenant_has_its_share_and_others_theirs(void **state)
{
	struct bh_spool one = {.runtime = &runtime, .tenant = bh_uuid_new()};
	struct bh_spool same = {.runtime = &runtime, .tenant = one.tenant};
	struct bh_spool other = {.runtime = &runtime, .tenant = bh_uuid_new()};

	(void)state;
	assert_int_equal(bh_spool_take(&one, HALF, 0, NULL), 0);
	assert_int_equal(bh_spool_take(&same, HALF, 0, NULL), 0);
	assert_int_equal(bh_spool_take(&same, 1, 0, NULL), BH_E_BUSY);
	assert_int_equal(bh_spool_take(&other, HALF, 0, NULL), 0);
	assert_int_equal(bh_spool_take(&other, 1000 * HALF, 0, NULL), BH_E_TOO_LARGE);
	bh_spool_close(&one);
	bh_spool_close(&same);
	bh_spool_close(&other);
	assert_int_equal(used(), 0);
}

static void *
give(void *spool)
{
	bh_spool_close(spool);
	return NULL;
}

static void
who_waits_gets_what_is_given_back(void **state)
{
	struct bh_spool one = {.runtime = &runtime, .tenant = bh_uuid_new()};
	struct bh_spool same = {.runtime = &runtime, .tenant = one.tenant};
	pthread_t thread;

	(void)state;
	assert_int_equal(bh_spool_take(&one, 2 * HALF, 0, NULL), 0);
	assert_int_equal(pthread_create(&thread, NULL, give, &one), 0);
	assert_int_equal(bh_spool_take(&same, HALF, 60000, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(used(), HALF);
	bh_spool_close(&same);
}

static void
who_is_stopped_waits_no_longer(void **state)
{
	struct bh_spool one = {.runtime = &runtime, .tenant = bh_uuid_new()};
	struct bh_spool same = {.runtime = &runtime, .tenant = one.tenant};
	const bool cancel = true;

	(void)state;
	assert_int_equal(bh_spool_take(&one, 2 * HALF, 0, NULL), 0);
	assert_int_equal(bh_spool_take(&same, HALF, 60000, &cancel), BH_E_CANCELLED);
	bh_spool_close(&one);
	assert_int_equal(used(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_taken_is_given_back),
		TEST(a_tenant_has_its_share_and_others_theirs),
		TEST(who_waits_gets_what_is_given_back),
		TEST(who_is_stopped_waits_no_longer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
