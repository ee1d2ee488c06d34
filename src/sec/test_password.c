/* SPDX-License-Identifier: Apache-2.0 */
/* test_password.c: proves what the hashing pool accepts, refuses and bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "sec/password.h"

static const struct bh_password_turn turn = {BH_PASSWORD_STRANGE, 1};

static int
set_up(void **state)
{
	struct bh_password_pool *pool;

	if (bh_password_pool_open(1, 4, &pool) < 0)
		return -1;
	*state = pool;
	return 0;
}

static int
tear_down(void **state)
{
	bh_password_pool_close(*state);
	return 0;
}

static void
a_hash_is_argon2id_with_our_cost(void **state)
{
	char hash[BH_PASSWORD_HASH];

	assert_int_equal(bh_password_hash(*state, &turn, "correct horse", 13, hash), 0);
	assert_memory_equal(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
}

static void
the_password_matches_its_hash_only(void **state)
{
	char hash[BH_PASSWORD_HASH];
	bool rehash = true;

	assert_int_equal(bh_password_hash(*state, &turn, "correct horse", 13, hash), 0);
	assert_int_equal(bh_password_verify(*state, &turn, hash, "correct horse", 13, &rehash), 0);
	assert_false(rehash);
	assert_int_equal(bh_password_verify(*state, &turn, hash, "correct hors", 12, &rehash),
		BH_E_UNAUTHENTICATED);
}

static void
nobody_has_no_password(void **state)
{
	bool rehash;

	assert_int_equal(bh_password_verify(*state, &turn, NULL, "correct horse", 13, &rehash),
		BH_E_UNAUTHENTICATED);
}

static void
a_cheaper_hash_asks_for_a_new_one(void **state)
{
	/* m = 8 MiB, t = 1, of "correct horse" */
	static const char cheap[] = "$argon2id$v=19$m=8192,t=1,p=1$ubD7pLrIkDPxVxpWazFAEQ$rMSqzUA4m/"
								"YRk8B9yLrwoDonHKlnZ1gFbYc3GtNfkuQ";
	bool rehash = false;

	assert_int_equal(bh_password_verify(*state, &turn, cheap, "correct horse", 13, &rehash), 0);
	assert_true(rehash);
}

static void
a_damaged_hash_matches_nothing(void **state)
{
	bool rehash;

	assert_int_equal(bh_password_verify(*state, &turn, "$argon2id$v=19$garbage", "x", 1, &rehash),
		BH_E_UNAUTHENTICATED);
}

static void
a_full_queue_refuses_at_once(void **state)
{
	struct bh_password_pool *pool;
	bool rehash;

	(void)state;
	assert_int_equal(bh_password_pool_open(1, 0, &pool), 0);
	assert_int_equal(bh_password_verify(pool, &turn, NULL, "x", 1, &rehash), BH_E_UNAVAILABLE);
	bh_password_pool_close(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_hash_is_argon2id_with_our_cost, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_password_matches_its_hash_only, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nobody_has_no_password, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_cheaper_hash_asks_for_a_new_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_damaged_hash_matches_nothing, set_up, tear_down),
		cmocka_unit_test(a_full_queue_refuses_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
