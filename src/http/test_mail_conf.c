/* SPDX-License-Identifier: Apache-2.0 */
/* test_mail_conf.c: wrong settings of mail are refused, and a password file that others may read. */
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

#include "base/error.h"
#include "http/mail_conf.h"

static const struct bh_mail_settings sound = {
	.host = "127.0.0.1",
	.port = 1,
	.tls = "starttls",
	.from = "platform@bulkhead.example",
	.password_file = "",
};

static void
wrong_settings_are_refused(void **state)
{
	struct bh_mail_settings settings = sound;

	(void)state;
	assert_int_equal(bh_mail_settings_check(&settings), 0);
	settings.tls = "sometimes";
	assert_int_equal(bh_mail_settings_check(&settings), BH_E_CONFIG);
	settings = sound;
	settings.from = "nobody";
	assert_int_equal(bh_mail_settings_check(&settings), BH_E_CONFIG);
	settings.host = "";
	assert_int_equal(bh_mail_settings_check(&settings), 0);
	settings = sound;
	settings.tls = "none";
	settings.password_file = "/x";
	assert_int_equal(bh_mail_settings_check(&settings), BH_E_CONFIG);
}

static void
a_password_is_sent_only_from_a_file_that_is_not_open_to_others(void **state)
{
	const char *to = "a@b.example";
	const struct bh_mail mail = {.to = &to, .n_to = 1, .id = "1", .subject = "s", .text = "t\n"};
	struct bh_mail_settings settings = sound;
	char path[] = "/tmp/bh-mail-XXXXXX";
	bool cancel = false;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "user\nsecret\n", 12), 12);
	settings.password_file = path;
	/* Port 1 of this machine answers nobody: the file was good. */
	assert_int_equal(fchmod(fd, 0640), 0);
	assert_int_equal(bh_mail_deliver(&settings, &mail, &cancel), BH_E_CONNECT);
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(bh_mail_deliver(&settings, &mail, &cancel), BH_E_CONFIG);
	assert_int_equal(fchmod(fd, 0660), 0);
	assert_int_equal(bh_mail_deliver(&settings, &mail, &cancel), BH_E_CONFIG);
	assert_int_equal(fchmod(fd, 0600), 0);
	assert_int_equal(ftruncate(fd, 4), 0);
	assert_int_equal(bh_mail_deliver(&settings, &mail, &cancel), BH_E_CONFIG);
	close(fd);
	unlink(path);
	assert_int_equal(bh_mail_deliver(&settings, &mail, &cancel), BH_E_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_settings_are_refused),
		cmocka_unit_test(a_password_is_sent_only_from_a_file_that_is_not_open_to_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
