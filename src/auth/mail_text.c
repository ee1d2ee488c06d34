/* SPDX-License-Identifier: Apache-2.0 */
/* mail_text.c: invitations and links to reset a password, in English and German. */
#include "auth/mail_text.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

enum { NAME_POINTS = 64 };

/* Characters that take no room, or that turn what follows: U+0080 to U+009F, U+200B to U+200F, U+2028 to
 * U+202E, U+2060 to U+206F, U+FEFF. */
static bool
is_hidden(const unsigned char *c, size_t len)
{
	if (len == 2)
		return c[0] == 0xc2 && c[1] < 0xa0;
	if (len != 3)
		return false;
	if (c[0] == 0xe2 && c[1] == 0x80)
		return (c[2] >= 0x8b && c[2] <= 0x8f) || (c[2] >= 0xa8 && c[2] <= 0xae);
	return (c[0] == 0xe2 && c[1] == 0x81 && c[2] >= 0xa0 && c[2] <= 0xaf) ||
		(c[0] == 0xef && c[1] == 0xbb && c[2] == 0xbf);
}

/* What an address needs: without it "shop.example" and "https://…" are words like others. */
static bool
makes_link(char c, char next)
{
	return strchr("/:@\\<>\"", c) != NULL || (c == '.' && next != '\0' && next != ' ');
}

void
auth_mail_name(struct bh_buf *out, const char *name)
{
	size_t len = bh_text_offset(name, strlen(name), NAME_POINTS);

	for (size_t at = 0; at < len;) {
		size_t bytes = bh_text_offset(name + at, len - at, 1);

		if (bytes > 1 && !is_hidden((const unsigned char *)name + at, bytes))
			bh_buf_add(out, name + at, bytes);
		else if (bytes == 1 &&
			(name[at] < ' ' || name[at] == 0x7f || makes_link(name[at], name[at + 1])))
			bh_buf_char(out, ' ');
		else if (bytes == 1)
			bh_buf_char(out, name[at]);
		at += bytes > 0 ? bytes : 1;
	}
}

static void
add_time(struct bh_buf *out, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	bh_buf_printf(out, "%04d-%02d-%02d %02d:%02d UTC", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		tm.tm_hour, tm.tm_min);
}

static void
add_quoted(struct bh_buf *out, const char *name)
{
	bh_buf_char(out, '"');
	auth_mail_name(out, name);
	bh_buf_char(out, '"');
}

static bool
is_german(const struct auth_mail_words *words)
{
	return strcmp(words->locale, "de") == 0;
}

static const char *
role_word(const struct auth_mail_words *words)
{
	static const char *const german[][2] = {{"owner", "Inhaber"}, {"admin", "Administrator"},
		{"member", "Mitglied"}, {"viewer", "Leser"}, {"superuser", "Superuser"}};

	for (size_t i = 0; is_german(words) && i < BH_COUNT(german); i++)
		if (strcmp(german[i][0], words->role) == 0)
			return german[i][1];
	return words->role;
}

static void
add_link(struct bh_buf *out, const struct auth_mail_words *words)
{
	bh_buf_printf(out, "\n%s\n\n", words->link);
	bh_buf_text(out,
		is_german(words) ? "Der Link gilt einmal, bis " : "The link works once, until ");
	add_time(out, words->expires_ms);
	bh_buf_text(out, ".\n\n");
}

const char *
auth_mail_invitation(const struct auth_mail_words *words, struct bh_buf *out)
{
	bool german = is_german(words), named = words->inviter != NULL && words->inviter[0] != '\0';

	bh_buf_text(out, german ? "Guten Tag,\n\n" : "Hello,\n\n");
	if (named)
		add_quoted(out, words->inviter);
	if (german) {
		bh_buf_text(out, named ? " hat Sie eingeladen zu " : "Sie sind eingeladen zu ");
		add_quoted(out, words->tenant);
		bh_buf_printf(out,
			" (Rolle: %s).\n\nÖffnen Sie diesen Link, um die Einladung anzunehmen:\n",
			role_word(words));
	} else {
		bh_buf_text(out, named ? " has invited you to join " : "You have been invited to join ");
		add_quoted(out, words->tenant);
		bh_buf_printf(out, " (role: %s).\n\nOpen this link to accept the invitation:\n",
			role_word(words));
	}
	add_link(out, words);
	bh_buf_text(out,
		german ? "Wenn Sie diese Einladung nicht erwarten, ist nichts zu tun.\n"
			   : "If you do not expect this invitation, there is nothing to do.\n");
	return german ? "Einladung zu Bulkhead" : "Invitation to Bulkhead";
}

const char *
auth_mail_reset(const struct auth_mail_words *words, struct bh_buf *out)
{
	bool german = is_german(words);

	bh_buf_text(out,
		german
			? "Guten Tag,\n\njemand möchte das Passwort Ihres Kontos neu setzen. Öffnen Sie dazu "
			  "diesen Link:\n"
			: "Hello,\n\nsomebody asked to reset the password of your account. To set a new "
			  "one, open this link:\n");
	add_link(out, words);
	bh_buf_text(out,
		german ? "Wenn Sie das nicht waren, ist nichts zu tun: Ihr Passwort bleibt, wie es ist.\n"
			   : "If that was not you, there is nothing to do: your password stays as it is.\n");
	return german ? "Passwort neu setzen" : "Reset your password";
}
