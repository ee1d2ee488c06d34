/* SPDX-License-Identifier: Apache-2.0 */
/* test_conf.c: which settings fit together, and which files hold a key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "object/object.h"

static const struct bh_object_conf good = {.driver = "s3",
	.previous = "",
	.folder = "",
	.s3_endpoint = "https://s3.example.com",
	.s3_sts_endpoint = "",
	.s3_download_endpoint = "",
	.s3_region = "us-east-1",
	.s3_bucket = "documents",
	.s3_role = "arn:aws:iam::123456789012:role/objects",
	.s3_key_file = "/etc/key",
	.s3_ca_file = ""};

static void
a_setting_that_does_not_fit_is_named(void **state)
{
	struct bh_object_conf conf = good;

	(void)state;
	assert_int_equal(bh_object_conf_check(&conf), 0);
#define WRONG(member, value) \
	do { \
		conf = good; \
		conf.member = value; \
		assert_int_equal(bh_object_conf_check(&conf), BH_E_CONFIG); \
		assert_non_null(strstr(bh_error_detail(BH_E_CONFIG), "object." #member)); \
	} while (0)
	WRONG(driver, "nfs");
	WRONG(driver, "");
	WRONG(previous, "s3");
	WRONG(previous, "tape");
	WRONG(s3_endpoint, "");
	WRONG(s3_endpoint, "s3.example.com");
	WRONG(s3_sts_endpoint, "ftp://x");
	WRONG(s3_download_endpoint, "x");
	WRONG(s3_region, "");
	WRONG(s3_region, "a/b");
	WRONG(s3_bucket, "");
	WRONG(s3_bucket, "Bucket");
	WRONG(s3_bucket, "a/b");
	WRONG(s3_bucket, "..");
	WRONG(s3_role, "");
	WRONG(s3_role, "arn:aws:iam::1:role/a\"b");
	WRONG(s3_key_file, "");
}

static void
without_s3_its_settings_are_not_looked_at(void **state)
{
	struct bh_object_conf conf = good;

	(void)state;
	conf.driver = "fs";
	conf.s3_bucket = "";
	assert_int_equal(bh_object_conf_check(&conf), 0);
	assert_false(bh_object_conf_uses_s3(&conf));
	conf.previous = "s3";
	assert_int_equal(bh_object_conf_check(&conf), BH_E_CONFIG);
	assert_true(bh_object_conf_uses_s3(&conf));
}

static int
read_key(const char *text, mode_t mode, struct bh_object_key *out)
{
	char path[] = "/tmp/test_key.XXXXXX";
	int fd = mkstemp(path);
	int rc;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	rc = bh_object_key_read(path, out);
	unlink(path);
	return rc;
}

static void
a_key_is_two_lines_of_a_private_file(void **state)
{
	static const char *const texts[] = {"", "ID", "ID\n", "\nSECRET", "ID SECRET\n", "ID\nS E\n",
		"ID\nSECRET\nmore\n", "I\x01\nSECRET\n"};
	struct bh_object_key key = {0};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(texts); i++) {
		assert_int_equal(read_key(texts[i], 0600, &key), BH_E_CONFIG);
		assert_null(strstr(bh_error_detail(BH_E_CONFIG), "SECRET"));
	}
	assert_int_equal(read_key("ID\nSECRET\n", 0640, &key), BH_E_CONFIG);
	assert_int_equal(read_key("ID\nSECRET\n", 0604, &key), BH_E_CONFIG);
	assert_int_equal(bh_object_key_read("/nonexistent", &key), BH_E_CONFIG);
	assert_int_equal(read_key("ID\r\nSECRET\r\n", 0400, &key), 0);
	assert_string_equal(key.id, "ID");
	assert_string_equal(key.secret, "SECRET");
	assert_int_equal(read_key("ID\nSECRET", 0600, &key), 0);
	bh_object_key_close(&key);
	assert_string_equal(key.secret, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_setting_that_does_not_fit_is_named),
		cmocka_unit_test(without_s3_its_settings_are_not_looked_at),
		cmocka_unit_test(a_key_is_two_lines_of_a_private_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
