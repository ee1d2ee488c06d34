/* SPDX-License-Identifier: Apache-2.0 */
/* test_crypt.c: who may be a recipient, and streams through a program that stands in for age. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "backup/crypt.h"
#include "backup/folder.h"
#include "base/error.h"
#include "supervisor/file.h"

#define AGE "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
#define LARGE_BYTES (3 * 1024 * 1024 + 7)

static void
a_recipient_is_a_public_key(void **state)
{
	static const struct {
		const char *text, *word;
	} good[] = {{"", "none"}, {AGE, "age"},
		{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPrJ0oQ1nWNDCVwsDWn7wZb9Ue0Zg6fA3Yk1Kq3UjJH a@b",
			"age"},
		{"gpg:0123456789ABCDEF0123456789abcdef01234567", "gpg"}};
	static const char *const wrong[] = {"age", "age1", AGE " x", "AGE-SECRET-KEY-1ABC",
		"gpg:", "gpg:me", "gpg:--homedir", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-dss AAAA", "-r",
		"file:/etc/passwd", AGE "\n"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(good); i++) {
		struct backup_crypt crypt;

		assert_int_equal(backup_crypt_of_recipient(good[i].text, &crypt), 0);
		assert_string_equal(backup_crypt_word(&crypt), good[i].word);
	}
	for (size_t i = 0; i < BH_COUNT(wrong); i++) {
		struct backup_crypt crypt;

		assert_int_equal(backup_crypt_of_recipient(wrong[i], &crypt), BH_E_CONFIG);
	}
}

static void
a_word_of_a_newer_version_is_refused(void **state)
{
	struct backup_crypt crypt;

	(void)state;
	assert_int_equal(backup_crypt_of_word("gpg", "/keys", &crypt), 0);
	assert_string_equal(backup_crypt_suffix(&crypt), ".gpg");
	assert_true(backup_crypt_can_open(&crypt));
	assert_int_equal(backup_crypt_of_word("age", NULL, &crypt), 0);
	assert_false(backup_crypt_can_open(&crypt));
	assert_int_equal(backup_crypt_of_word("rot13", NULL, &crypt), BH_E_INVALID);
}

/* ---- with an `age` of our own in front of all others ---- */

static char folder[] = "/tmp/bulkhead-crypt-XXXXXX";

static const char *
in_folder(const char *name)
{
	static char path[4][128];
	static size_t turn;
	char *out = path[turn++ % BH_COUNT(path)];

	snprintf(out, sizeof(path[0]), "%s/%s", folder, name);
	return out;
}

static void
stand_in(const char *script)
{
	char text[512];

	snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", script);
	assert_int_equal(supervisor_file_write(in_folder("age"), text, strlen(text), 0700), 0);
}

/* A large file, so that neither pipe could hold it. */
static int
make_large(struct bh_digest *out_hash)
{
	char *bytes = malloc(LARGE_BYTES);
	int fd;

	assert_non_null(bytes);
	for (size_t i = 0; i < LARGE_BYTES; i++)
		bytes[i] = (char)(i * 31 + i / 257);
	bh_digest_sha256(bytes, LARGE_BYTES, out_hash);
	assert_int_equal(supervisor_file_write(in_folder("large"), bytes, LARGE_BYTES, 0600), 0);
	free(bytes);
	fd = open(in_folder("large"), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static int
set_up(void **state)
{
	char path[1024];

	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s:%s", folder, getenv("PATH"));
	return setenv("PATH", path, 1);
}

static int
tear_down(void **state)
{
	(void)state;
	return supervisor_file_remove_tree(folder);
}

static const struct backup_crypt to = {BACKUP_AGE, AGE, NULL};
static const struct backup_crypt from = {BACKUP_AGE, "", "/identity"};

static void
what_goes_in_comes_out(void **state)
{
	struct backup_reading reading = BACKUP_READING_NONE;
	struct backup_written written;
	struct bh_digest large, back;
	int64_t bytes;
	int fd = make_large(&large);

	(void)state;
	stand_in("[ \"$1\" = --encrypt ] && [ \"$3\" = " AGE
			 " ] && exec tr '\\000-\\377' '\\001-\\377\\000'\n"
			 "[ \"$1\" = --decrypt ] && [ \"$3\" = /identity ] && exec tr '\\001-\\377\\000' "
			 "'\\000-\\377'\n"
			 "exit 2");
	assert_int_equal(backup_crypt_write(&to, fd, in_folder("one"), &written), 0);
	close(fd);
	assert_int_equal(written.bytes, LARGE_BYTES);
	assert_memory_equal(&written.plain, &large, sizeof(large));
	assert_int_equal(backup_folder_hash(in_folder("one"), &back, &bytes), 0);
	assert_memory_equal(&written.file, &back, sizeof(back));
	assert_memory_not_equal(&written.file, &large, sizeof(large));

	assert_int_equal(backup_crypt_read(&from, in_folder("one"), &reading), 0);
	assert_int_equal(backup_folder_pass(reading.fd, -1, "one", &back, &bytes), 0);
	assert_int_equal(backup_crypt_read_end(&reading, "one"), 0);
	assert_memory_equal(&back, &large, sizeof(large));
}

static void
a_program_that_gives_up_is_a_failure(void **state)
{
	struct backup_reading reading = BACKUP_READING_NONE;
	struct backup_written written;
	struct bh_digest large;
	int64_t bytes;
	int fd = make_large(&large);

	(void)state;
	stand_in("exit 3");
	assert_int_equal(backup_crypt_write(&to, fd, in_folder("two"), &written), BH_E_IO);
	assert_non_null(strstr(bh_error_detail(BH_E_IO), "age failed with status 3"));
	close(fd);
	/* Some of it came, but the program does not vouch for it. */
	stand_in("head -c 100; exit 1");
	assert_int_equal(backup_crypt_read(&from, in_folder("large"), &reading), 0);
	assert_int_equal(backup_folder_pass(reading.fd, -1, "large", &large, &bytes), 0);
	assert_int_equal(bytes, 100);
	assert_int_equal(backup_crypt_read_end(&reading, "large"), BH_E_INVALID);
}

static void
a_reader_that_stops_ends_the_program(void **state)
{
	struct backup_reading reading = BACKUP_READING_NONE;
	struct bh_digest large;
	int fd = make_large(&large);

	(void)state;
	close(fd);
	stand_in("exec cat");
	assert_int_equal(backup_crypt_read(&from, in_folder("large"), &reading), 0);
	backup_reading_close(&reading);
	assert_int_equal(reading.child.pid, 0);
	backup_reading_close(&reading);
	assert_int_equal(backup_crypt_read(&to, in_folder("large"), &reading), BH_E_INVALID);
	assert_int_equal(backup_crypt_read(&from, in_folder("nothing"), &reading), BH_E_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recipient_is_a_public_key),
		cmocka_unit_test(a_word_of_a_newer_version_is_refused),
		cmocka_unit_test(what_goes_in_comes_out),
		cmocka_unit_test(a_program_that_gives_up_is_a_failure),
		cmocka_unit_test(a_reader_that_stops_ends_the_program),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
