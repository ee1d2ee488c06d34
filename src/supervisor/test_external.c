/* SPDX-License-Identifier: Apache-2.0 */
/* test_external.c: which addresses of an operator's database can be meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "service/platform.h"
#include "service/service.h"
#include "supervisor/external.h"

static const struct bh_service auth = {.name = "auth"};
static const struct bh_service rag = {.name = "rag"};
static const struct bh_service *const services[] = {&auth, &rag, NULL};

/* The detail of the refusal; NULL when the settings are right. */
static const char *
refusal(const char *url, const char *setup_url)
{
	static struct bh_arena arena;
	const struct bh_platform_conf conf = {.database_url = url,
		.database_setup_url = setup_url,
		.run_dir = "/run/x"};
	int rc = supervisor_external_check(&arena, &conf, "/nonexistent", services);
	const char *detail = rc < 0 ? bh_arena_strdup(&arena, bh_error_detail(rc)) : NULL;

	assert_true(rc == 0 || rc == BH_E_CONFIG);
	return detail;
}

static void
good_addresses_pass(void **state)
{
	(void)state;
	assert_null(refusal("", ""));
	assert_null(refusal("postgresql://bulkhead_{service}@db/bulkhead?sslmode=require", ""));
	assert_null(refusal("host=/run/pg dbname=bulkhead user=bulkhead_{service}", ""));
	assert_null(refusal("postgresql://bulkhead_{service}@pool:6432/bulkhead",
		"postgresql://dba@db:5432/bulkhead"));
}

static void
one_role_for_all_services_is_refused(void **state)
{
	(void)state;
	assert_non_null(strstr(refusal("postgresql://app@db/bulkhead", ""), "bulkhead_{service}"));
	assert_non_null(strstr(refusal("postgresql://db/bulkhead", ""), "bulkhead_{service}"));
	assert_non_null(
		strstr(refusal("postgresql://{service}@db/bulkhead", ""), "bulkhead_{service}"));
}

static void
what_is_missing_is_named(void **state)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};

	(void)state;
	assert_non_null(
		strstr(refusal("postgresql://bulkhead_{service}@db", ""), "not name a database"));
	assert_non_null(strstr(refusal("", "postgresql://dba@db/bulkhead"), "database.url is not"));
	assert_int_equal(supervisor_external_check(&arena,
						 &(struct bh_platform_conf){.database_url = "",
							 .database_setup_url = "",
							 .database_replica_url = "postgresql://bulkhead_{service}@r/b"},
						 "/nonexistent", services),
		BH_E_CONFIG);
	assert_int_equal(supervisor_external_check(&arena,
						 &(struct bh_platform_conf){.database_url =
														"postgresql://bulkhead_{service}@db/b",
							 .database_setup_url = "",
							 .database_replica_url = "postgresql://app@r/b"},
						 "/nonexistent", services),
		BH_E_CONFIG);
	assert_non_null(strstr(bh_error_detail(BH_E_CONFIG), "database.replica_url must use"));
	assert_int_equal(supervisor_external_check(&arena,
						 &(struct bh_platform_conf){.database_url =
														"postgresql://bulkhead_{service}@db/b",
							 .database_setup_url = "",
							 .database_engine = "oracle"},
						 "/nonexistent", services),
		BH_E_CONFIG);
	assert_non_null(strstr(refusal("postgresql://bulkhead_{service}@db/b", "postgresql://db/b"),
		"not name a user"));
}

static void
a_password_in_a_file_that_others_read_is_refused(void **state)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	const struct bh_platform_conf with = {.database_setup_url = "",
		.database_url = "postgresql://bulkhead_{service}:x@db/bulkhead"};
	const struct bh_platform_conf without = {.database_setup_url = "",
		.database_url = "postgresql://bulkhead_{service}@db/bulkhead"};
	const struct bh_platform_conf setup_with = {.database_url = without.database_url,
		.database_setup_url = "postgresql://dba:x@db/bulkhead"};
	char path[] = "/tmp/bh-conf-XXXXXX";
	bool as_root = geteuid() == 0;
	int fd;

	(void)state;
	/* As root the start itself sets the rights, so it is another user's start that is tried. */
	assert_true(!as_root || seteuid(65534) == 0);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(supervisor_external_check(&arena, &with, path, services), BH_E_CONFIG);
	assert_non_null(strstr(bh_error_detail(BH_E_CONFIG), "chmod 600"));
	assert_int_equal(supervisor_external_check(&arena, &setup_with, path, services), BH_E_CONFIG);
	assert_int_equal(supervisor_external_check(&arena, &without, path, services), 0);
	assert_int_equal(fchmod(fd, 0600), 0);
	assert_int_equal(supervisor_external_check(&arena, &with, path, services), 0);
	assert_int_equal(unlink(path), 0);
	close(fd);
	assert_true(!as_root || seteuid(0) == 0);
}

static void
a_malformed_address_is_not_repeated(void **state)
{
	const char *detail = refusal("postgresql://bulkhead_{service}:hunter2@db:port%/b", "");

	(void)state;
	assert_non_null(detail);
	assert_null(strstr(detail, "hunter2"));
}

static void
the_address_is_shown_without_its_password(void **state)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	const struct bh_platform_conf conf = {
		.database_url = "postgresql://bulkhead_{service}:hunter2@db:5433/"
						"bulkhead?sslmode=verify-full&sslpassword=hunter3"};
	const char *shown = supervisor_external_name(&arena, &conf);

	(void)state;
	assert_non_null(strstr(shown, "user=bulkhead_{service}"));
	assert_non_null(strstr(shown, "host=db"));
	assert_non_null(strstr(shown, "port=5433"));
	assert_non_null(strstr(shown, "sslmode=verify-full"));
	assert_null(strstr(shown, "hunter"));
}

static void
nobody_there_is_told_with_the_reason(void **state)
{
	const struct bh_platform_conf conf = {.database_url =
											  "host=/nonexistent dbname=b user=bulkhead_{service}",
		.database_setup_url = ""};

	(void)state;
	assert_int_equal(supervisor_external_try(&conf), BH_E_DB_DOWN);
	assert_non_null(strstr(bh_error_detail(BH_E_DB_DOWN), "/nonexistent"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_addresses_pass),
		cmocka_unit_test(one_role_for_all_services_is_refused),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(a_password_in_a_file_that_others_read_is_refused),
		cmocka_unit_test(a_malformed_address_is_not_repeated),
		cmocka_unit_test(the_address_is_shown_without_its_password),
		cmocka_unit_test(nobody_there_is_told_with_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
