/* SPDX-License-Identifier: Apache-2.0 */
/* test_instance.c: who is there, and who may say that another is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/testing.h"
#include "service/instance.h"

static struct bh_db
db_of(const char *role)
{
	return bh_test_db_as(&bh_test_group, role, NULL);
}

static void
pass_seconds(const char *sql)
{
	assert_int_equal(bh_test_db_script(&bh_test_group, sql), 0);
}

#define AGO(seconds) \
	"UPDATE bulkhead.instance SET seen_at = seen_at - interval '" seconds " seconds';"

static void
each_learns_how_many_of_its_service_live(void **state)
{
	struct bh_db model = db_of("bulkhead_model"), rag = db_of("bulkhead_rag");
	struct bh_instance one, two, other;

	(void)state;
	bh_instance_init(&one);
	bh_instance_init(&two);
	bh_instance_init(&other);
	assert_int_equal(bh_instance_beat(&one, &model, 1), 0);
	assert_int_equal(atomic_load(&one.live), 1);
	assert_int_equal(bh_instance_beat(&other, &rag, 1), 0);
	assert_int_equal(atomic_load(&other.live), 1);
	assert_int_equal(bh_instance_beat(&two, &model, 1), 0);
	assert_int_equal(atomic_load(&two.live), 2);
	pass_seconds(AGO("16"));
	assert_int_equal(bh_instance_beat(&two, &model, 1), 0);
	assert_int_equal(atomic_load(&two.live), 1);
	/* A day later nothing is left of those that went away. */
	pass_seconds(AGO("86500"));
	assert_int_equal(bh_instance_beat(&two, &model, 1), 0);
	assert_int_equal(bh_instance_beat(&one, &model, 1), 0);
	assert_int_equal(atomic_load(&one.live), 2);
}

static void
no_service_keeps_anothers_process_alive(void **state)
{
	static const char sql[] =
		"SELECT count(*) FROM bulkhead.instance"
		" WHERE service = 'model' AND seen_at > now() - interval '10 seconds'";
	struct bh_db model = db_of("bulkhead_model"), rag = db_of("bulkhead_rag"), admin = db_of(NULL);
	struct bh_instance one;
	int64_t n = -1;

	(void)state;
	pass_seconds(AGO("100000"));
	bh_instance_init(&one);
	assert_int_equal(bh_instance_beat(&one, &model, 1), 0);
	pass_seconds(AGO("16"));
	assert_int_equal(bh_instance_beat(&one, &rag, 1), 0);
	assert_int_equal(bh_db_one(&admin, sql, NULL, 0, &bh_row_int, &n), 0);
	assert_int_equal(n, 0);
}

static void
only_who_was_seen_all_the_time_judges(void **state)
{
	struct bh_db model = db_of("bulkhead_model");
	struct bh_instance one;
	int64_t now_ms = 1000;

	(void)state;
	bh_instance_init(&one);
	assert_false(bh_instance_judges(&one, now_ms));
	assert_int_equal(bh_instance_beat(&one, &model, now_ms), 0);
	assert_false(bh_instance_judges(&one, now_ms));
	assert_int_equal(bh_instance_beat(&one, &model, now_ms + BH_INSTANCE_DEAD_MS), 0);
	assert_true(bh_instance_judges(&one, now_ms + BH_INSTANCE_DEAD_MS));
	/* Its next beat does not come, as when the database is away. */
	assert_false(bh_instance_judges(&one, now_ms + 2 * BH_INSTANCE_DEAD_MS));
	pass_seconds(AGO("16"));
	now_ms += 3 * BH_INSTANCE_DEAD_MS;
	assert_int_equal(bh_instance_beat(&one, &model, now_ms), 0);
	assert_false(bh_instance_judges(&one, now_ms));
	assert_false(bh_instance_judges(&one, now_ms + BH_INSTANCE_DEAD_MS - 1));
}

static void
its_name_is_that_of_the_machine_or_the_one_it_was_given(void **state)
{
	struct bh_instance one, two;

	(void)state;
	assert_int_equal(setenv("BULKHEAD_INSTANCE", "pod-7", 1), 0);
	bh_instance_init(&one);
	unsetenv("BULKHEAD_INSTANCE");
	bh_instance_init(&two);
	assert_int_equal(strncmp(one.name, "pod-7/", 6), 0);
	assert_int_not_equal(strncmp(two.name, "pod-7/", 6), 0);
	assert_false(bh_uuid_equal(&one.id, &two.id));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_learns_how_many_of_its_service_live),
		cmocka_unit_test(no_service_keeps_anothers_process_alive),
		cmocka_unit_test(only_who_was_seen_all_the_time_judges),
		cmocka_unit_test(its_name_is_that_of_the_machine_or_the_one_it_was_given),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, bh_test_group_open, bh_test_group_close);
}
