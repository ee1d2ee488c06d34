/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_people.c: any text as an address, a time zone, and a name that a mail quotes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/mail_text.h"
#include "auth/names.h"
#include "base/arena.h"
#include "base/text.h"
#include "http/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is an address here can be written to. */
static void
check_address(const char *text)
{
	char email[AUTH_EMAIL_BYTES];

	if (auth_email_read(text, email) == 0 && email[0] != '-' && !bh_mail_is_address(email))
		abort();
}

static void
check_zone(const char *text)
{
	if (auth_time_zone_check(text) == 0 &&
		(strlen(text) > 64 || strpbrk(text, " .\r\n\"<") != NULL))
		abort();
}

/* One line, and nothing that a mail reader makes a link of. */
static void
check_name(const char *text)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	const char *said, *dot;

	if (!bh_text_is_utf8(text, strlen(text)))
		return;
	auth_mail_name(&out, text);
	said = bh_buf_string(&out);
	if (!bh_text_is_utf8(said, strlen(said)) || bh_text_points(said, strlen(said)) > 64)
		abort();
	if (strpbrk(said, "\r\n/:@\\<>\"") != NULL || strstr(said, "\xe2\x80\xae") != NULL)
		abort();
	for (dot = strchr(said, '.'); dot != NULL; dot = strchr(dot + 1, '.'))
		if (dot[1] != '\0' && dot[1] != ' ')
			abort();
}

/* A key is a text that has a key. */
static void
check_key(struct bh_arena *arena, const char *text)
{
	const char *key = NULL, *again = NULL;

	if (!bh_text_is_utf8(text, strlen(text)) || auth_tenant_name_key(arena, text, &key) < 0)
		return;
	if (key[0] == '\0' || !bh_text_is_utf8(key, strlen(key)))
		abort();
	if (auth_tenant_name_key(arena, key, &again) < 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_arena arena = {0};
	const char *text = bh_arena_copy(&arena, data, size);

	check_address(text);
	check_zone(text);
	check_name(text);
	check_key(&arena, text);
	bh_arena_close(&arena);
	return 0;
}
