/* SPDX-License-Identifier: Apache-2.0 */
/* test_sums.c: what SHA256SUMS may say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backup/sums.h"
#include "base/error.h"

#define HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void
what_was_written_is_found(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct backup_sums sums = {0};
	struct bh_digest one, other;

	(void)state;
	bh_digest_sha256("1", 1, &one);
	bh_digest_sha256("2", 1, &other);
	backup_sums_add(&text, "objects/b/2", &other);
	backup_sums_add(&text, "database.tar", &one);
	assert_int_equal(backup_sums_parse(text.data, text.len, &sums), 0);
	assert_int_equal(sums.n, 2);
	assert_memory_equal(&backup_sums_find(&sums, "objects/b/2")->hash, &other, sizeof(other));
	assert_memory_equal(&backup_sums_find(&sums, "database.tar")->hash, &one, sizeof(one));
	assert_null(backup_sums_find(&sums, "objects/b/3"));
	backup_sums_close(&sums);
}

static void
a_path_that_leads_elsewhere_is_refused(void **state)
{
	static const char *const wrong[] = {HASH "  ../x\n", HASH "  /x\n", HASH "  a/../x\n",
		HASH "  .x\n", HASH "  a//b\n", HASH "  a/\n", HASH "  a b\n", HASH " a\n", HASH "  \n",
		HASH "  a", "x" HASH "  a\n", HASH "  a\n" HASH "  a\n", "\n"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(wrong); i++) {
		struct backup_sums sums = {0};

		assert_int_equal(backup_sums_parse(wrong[i], strlen(wrong[i]), &sums), BH_E_INVALID);
		assert_int_equal(sums.n, 0);
	}
}

static void
an_empty_list_is_one(void **state)
{
	struct backup_sums sums = {0};

	(void)state;
	assert_int_equal(backup_sums_parse("", 0, &sums), 0);
	assert_null(backup_sums_find(&sums, "a"));
	backup_sums_close(&sums);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_found),
		cmocka_unit_test(a_path_that_leads_elsewhere_is_refused),
		cmocka_unit_test(an_empty_list_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
