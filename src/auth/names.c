/* SPDX-License-Identifier: Apache-2.0 */
/* names.c: checks of what people type. */
#include "auth/names.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/uuid.h"
#include "sec/password.h"
#include "text/clean.h"
#include "text/points.h"

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

/* Controls of C1, line and paragraph separators, and what sets or turns the direction of a text. */
static bool
turns_or_controls(uint32_t c)
{
	return (c >= 0x80 && c <= 0x9f) || c == 0x061c || c == 0x200e || c == 0x200f ||
		(c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

int
auth_tenant_name_check(const char *name)
{
	size_t len = strlen(name), bytes;
	struct bh_uuid id;

	if (bh_uuid_parse(name, &id) == 0)
		return bh_error_param(BH_E_INVALID, "name", "'name' must not be a UUID.");
	for (size_t at = 0; at < len; at += bytes)
		if (turns_or_controls(bh_point_at(name, len, at, &bytes)))
			return bh_error_param(BH_E_INVALID, "name",
				"'name' must not contain control characters or marks of direction.");
	return auth_name_check(name);
}

/* Folded letters that look like a Latin one in either case. */
static uint32_t
latin_of(uint32_t c)
{
	static const struct {
		uint32_t other;
		char latin;
	} like[] = {{0x0131, 'i'}, {0x03b1, 'a'}, {0x03b2, 'b'}, {0x03b5, 'e'}, {0x03b6, 'z'},
		{0x03b7, 'h'}, {0x03b9, 'i'}, {0x03ba, 'k'}, {0x03bc, 'm'}, {0x03bd, 'n'}, {0x03bf, 'o'},
		{0x03c1, 'p'}, {0x03c4, 't'}, {0x03c5, 'y'}, {0x03c7, 'x'}, {0x03f2, 'c'}, {0x03f3, 'j'},
		{0x0430, 'a'}, {0x0432, 'b'}, {0x0435, 'e'}, {0x043a, 'k'}, {0x043c, 'm'}, {0x043d, 'h'},
		{0x043e, 'o'}, {0x0440, 'p'}, {0x0441, 'c'}, {0x0442, 't'}, {0x0443, 'y'}, {0x0445, 'x'},
		{0x0455, 's'}, {0x0456, 'i'}, {0x0458, 'j'}, {0x04bb, 'h'}, {0x04cf, 'l'}, {0x0501, 'd'},
		{0x051b, 'q'}, {0x051d, 'w'}};

	for (size_t i = 0; c > 0x7f && i < BH_COUNT(like); i++)
		if (like[i].other == c)
			return (uint32_t)like[i].latin;
	return c;
}

int
auth_tenant_name_key(struct bh_arena *arena, const char *name, const char **out)
{
	BH_AUTO(bh_buf_close) struct bh_buf folded = {0};
	BH_AUTO(bh_buf_close) struct bh_buf key = {0};
	struct bh_clean clean;
	size_t bytes;
	int rc = bh_clean_text(arena, name, strlen(name), &clean);

	if (rc == 0)
		rc = bh_clean_fold(clean.points, clean.n, &folded);
	if (rc < 0)
		return rc;
	for (size_t at = 0; at < folded.len; at += bytes) {
		uint32_t c = bh_point_at(folded.data, folded.len, at, &bytes), like = latin_of(c);

		if (bh_point_is_space(c)) {
			if (key.len > 0 && key.data[key.len - 1] != ' ')
				bh_buf_char(&key, ' ');
		} else if (like != c) {
			bh_buf_char(&key, (char)like);
		} else {
			bh_buf_add(&key, folded.data + at, bytes);
		}
	}
	if (key.len > 0 && key.data[key.len - 1] == ' ')
		key.len--;
	if (key.len == 0)
		return bh_error_param(BH_E_INVALID, "name", "'name' must have a character that is seen.");
	*out = bh_arena_copy(arena, key.data, key.len);
	return 0;
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
