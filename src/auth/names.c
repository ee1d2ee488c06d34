/* SPDX-License-Identifier: Apache-2.0 */
/* names.c: checks of what people type. */
#include "auth/names.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/uuid.h"
#include "sec/password.h"

enum { LOCAL_MOST = 64, NAME_POINTS_MOST = 128, TIME_ZONE_MOST = 64 };

static bool
is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* The part before the '@': RFC 5321's atoms with dots between, not quoted strings. */
static bool
local_is_sound(const char *local, size_t len)
{
	if (len == 0 || len > LOCAL_MOST || local[0] == '.' || local[len - 1] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (local[i] == '.' && local[i + 1] == '.')
			return false;
		if (!is_letter_or_digit(local[i]) && strchr(".!#$%&'*+-/=?^_`{|}~", local[i]) == NULL)
			return false;
	}
	return true;
}

/* Labels of letters, digits and inner hyphens, divided by single dots. */
static bool
domain_is_sound(const char *domain)
{
	for (;;) {
		size_t len = strcspn(domain, ".");

		if (len == 0 || len > 63 || domain[0] == '-' || domain[len - 1] == '-')
			return false;
		for (size_t i = 0; i < len; i++)
			if (!is_letter_or_digit(domain[i]) && domain[i] != '-')
				return false;
		if (domain[len] == '\0')
			return true;
		domain += len + 1;
	}
}

int
auth_email_read(const char *text, char out[AUTH_EMAIL_BYTES])
{
	char address[AUTH_EMAIL_BYTES];
	size_t len = strlen(text);
	const char *at;

	if (len < 3 || len >= sizeof(address))
		return bh_error_param(BH_E_INVALID, "email", "'email' is not a valid email address.");
	for (size_t i = 0; i <= len; i++)
		address[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
	at = strchr(address, '@');
	if (at == NULL || !local_is_sound(address, (size_t)(at - address)) || !domain_is_sound(at + 1))
		return bh_error_param(BH_E_INVALID, "email", "'email' is not a valid email address.");
	memcpy(out, address, len + 1);
	return 0;
}

int
auth_password_check(const char *password)
{
	size_t len = strlen(password);

	if (len < BH_PASSWORD_LEAST || len > BH_PASSWORD_MOST)
		return bh_error_param(BH_E_RANGE, "password",
			"'password' must have between %d and %d bytes.", BH_PASSWORD_LEAST, BH_PASSWORD_MOST);
	return 0;
}

int
auth_name_check(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || bh_text_points(name, len) > NAME_POINTS_MOST)
		return bh_error_param(BH_E_INVALID, "name", "'name' must have between 1 and %d characters.",
			NAME_POINTS_MOST);
	if (name[0] == ' ' || name[len - 1] == ' ')
		return bh_error_param(BH_E_INVALID, "name", "'name' must not start or end with a space.");
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			return bh_error_param(BH_E_INVALID, "name",
				"'name' must not contain control characters.");
	return 0;
}

int
auth_tenant_name_check(const char *name)
{
	struct bh_uuid id;

	if (bh_uuid_parse(name, &id) == 0)
		return bh_error_param(BH_E_INVALID, "name", "'name' must not be a UUID.");
	return auth_name_check(name);
}

int
auth_time_zone_check(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if (!is_letter_or_digit((char)(name[i] | 0x20)) && strchr("_+-/", name[i]) == NULL)
			len = 0;
	if (len == 0 || len > TIME_ZONE_MOST)
		return bh_error_param(BH_E_INVALID, "time_zone",
			"'time_zone' must be the name of a time zone, such as Europe/Berlin.");
	return 0;
}
