/* SPDX-License-Identifier: Apache-2.0 */
/* testing_console.h: people with console sessions, and a clock that is in the test's hands. Tests only. */
#ifndef BH_AUTH_TESTING_CONSOLE_H
#define BH_AUTH_TESTING_CONSOLE_H

#include "auth/console.h"
#include "auth/testing.h"

struct auth_test_people {
	struct bh_uuid ada, root; /* an owner of acme and member of other; a superuser */
	int64_t now_ms;
};
extern struct auth_test_people auth_test_people;

/* Set-up of a group, beside auth_test_close; and of a test, which begins a minute after the one before. */
int auth_test_people_open(void **state);
int auth_test_later(void **state);

/* Statements of the set-up role. */
void auth_test_run(const char *sql);

/* A session that begins now: anybody's; Ada's in acme, without a second factor. */
int auth_test_begin_as(const struct bh_uuid *tenant, const struct bh_uuid *account, bool mfa,
	struct auth_cookie *out);
struct auth_cookie auth_test_begin(void);

/* What its cookie leads to at that time, or now. */
int auth_test_find_at(const struct auth_cookie *cookie, int64_t at_ms, struct auth_console *out);
int auth_test_find(const struct auth_cookie *cookie);

#endif
