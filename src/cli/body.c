/* SPDX-License-Identifier: Apache-2.0 */
/* body.c: reads options by the rows of a body and writes it. */
#include "cli/body.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/options.h"
#include "json/fields.h"
#include "sec/digest.h"

#define DAY_S 86400
#define SECRET_MAX 8192
#define BODY_ROOM (32 * BH_KIB)

static const void *
option_of(const struct cli *cli, const struct cli_member *member)
{
	return (const char *)&cli->options + member->option;
}

static bool
is_given(const struct cli *cli, const struct cli_member *member)
{
	switch (member->from) {
	case CLI_MEMBER_ARGUMENT:
		return true;
	case CLI_MEMBER_WORDS:
	case CLI_MEMBER_UNITS:
	case CLI_MEMBER_PAIRS:
		return ((const struct cli_words *)option_of(cli, member))->n > 0;
	case CLI_MEMBER_OFF:
	case CLI_MEMBER_ON:
	case CLI_MEMBER_SECRET:
		return *(const bool *)option_of(cli, member);
	default:
		return *(const char *const *)option_of(cli, member) != NULL;
	}
}

bool
cli_body_is_given(const struct cli *cli, const struct cli_member *members, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (is_given(cli, &members[i]))
			return true;
	}
	return false;
}

/* "20G", "500M", "8K", or bytes. */
static bool
read_size(const char *text, int64_t most, int64_t *out)
{
	static const char units[] = "KMGT";
	char digits[32];
	size_t len = strspn(text, "0123456789");
	const char *unit = text[len] != '\0' ? strchr(units, text[len]) : NULL;
	int64_t value, factor = 1;

	if (len >= sizeof(digits) || (text[len] != '\0' && (unit == NULL || text[len + 1] != '\0')))
		return false;
	snprintf(digits, sizeof(digits), "%.*s", (int)len, text);
	for (const char *at = units; unit != NULL && at <= unit; at++)
		factor *= 1024;
	if (bh_text_int(digits, 0, most / factor, &value) < 0)
		return false;
	*out = value * factor;
	return true;
}

static int
write_number(const struct cli_member *member, const char *text, struct bh_write *write)
{
	const char *option = cli_options_name(member->option);
	int64_t number;

	if (member->from == CLI_MEMBER_SIZE) {
		if (!read_size(text, member->most, &number))
			return cli_refuse(CLI_USAGE,
				"--%s must be a number of bytes, optionally with the suffix K, M, G or T, such "
				"as 20G",
				option);
	} else if (bh_text_int(text, member->least, member->most, &number) < 0)
		return cli_refuse(CLI_USAGE, "--%s must be an integer between %lld and %lld%s%s", option,
			(long long)member->least, (long long)member->most, member->word != NULL ? ", or " : "",
			member->word != NULL ? member->word : "");
	if (member->from == CLI_MEMBER_DAYS)
		number = bh_clock_wall_ms() / 1000 + number * DAY_S;
	bh_write_int(write, number);
	return CLI_OK;
}

/* "50,80,100" */
static int
write_ints(const struct cli_member *member, const char *text, struct bh_write *write)
{
	int64_t number;

	bh_write_array(write);
	for (const char *at = text;; at++) {
		char digits[24];
		size_t len = strcspn(at, ",");

		snprintf(digits, sizeof(digits), "%.*s",
			(int)(len < sizeof(digits) ? len : sizeof(digits) - 1), at);
		if (bh_text_int(digits, member->least, member->most, &number) < 0)
			return cli_refuse(CLI_USAGE,
				"--%s must be integers between %lld and %lld, such as 50,80",
				cli_options_name(member->option), (long long)member->least,
				(long long)member->most);
		bh_write_int(write, number);
		at += len;
		if (*at == '\0')
			break;
	}
	bh_write_end(write);
	return CLI_OK;
}

/* One line from stdin, without its line end. */
static int
write_secret(const char *what, struct bh_write *write)
{
	char line[SECRET_MAX];
	size_t len;

	if (fgets(line, sizeof(line), stdin) == NULL)
		return cli_refuse(CLI_USAGE, "expected %s on stdin", what);
	len = strcspn(line, "\r\n");
	line[len] = '\0';
	bh_write_text(write, line);
	bh_wipe(line, sizeof(line));
	if (len == 0)
		cli_say("%s on stdin is empty", what);
	return len == 0 ? CLI_USAGE : CLI_OK;
}

static int
write_option(const struct cli_member *member, const char *text, struct bh_write *write)
{
	bool is_null = member->word != NULL && strcmp(text, member->word) == 0;

	if (!is_null && member->from != CLI_MEMBER_TEXT)
		return write_number(member, text, write);
	bh_write_text(write, is_null ? NULL : text);
	return CLI_OK;
}

static void
write_words(const struct cli_words *words, struct bh_write *write)
{
	bh_write_array(write);
	for (size_t i = 0; i < words->n; i++) {
		for (const char *at = words->at[i]; *at != '\0';) {
			size_t len = strcspn(at, ",");

			if (len > 0)
				bh_write_bytes(write, at, len);
			at += len + (at[len] == ',');
		}
	}
	bh_write_end(write);
}

/* NAME=VALUE, … as an object. */
static int
write_pairs(const struct cli_member *member, const struct cli_words *words, struct bh_write *write)
{
	bh_write_object(write);
	for (size_t i = 0; i < words->n; i++) {
		const char *equals = strchr(words->at[i], '=');
		char name[64];
		int64_t number;

		if (equals == NULL || (size_t)(equals - words->at[i]) >= sizeof(name))
			return cli_refuse(CLI_USAGE, "--%s must have the form NAME=VALUE",
				cli_options_name(member->option));
		snprintf(name, sizeof(name), "%.*s", (int)(equals - words->at[i]), words->at[i]);
		bh_write_name(write, name);
		if (member->from == CLI_MEMBER_PAIRS) {
			bh_write_text(write, equals + 1);
			continue;
		}
		if (bh_text_int(equals + 1, 0, member->most, &number) < 0)
			return cli_refuse(CLI_USAGE, "--%s %s= must be an integer between 0 and %lld",
				cli_options_name(member->option), name, (long long)member->most);
		bh_write_int(write, number);
	}
	bh_write_end(write);
	return CLI_OK;
}

static int
write_member(const struct cli *cli, const struct cli_member *member, struct bh_write *write)
{
	bh_write_name(write, member->name);
	switch (member->from) {
	case CLI_MEMBER_ARGUMENT:
		bh_write_text(write, cli->args[0]);
		return CLI_OK;
	case CLI_MEMBER_OFF:
	case CLI_MEMBER_ON:
		bh_write_bool(write, member->from == CLI_MEMBER_ON);
		return CLI_OK;
	case CLI_MEMBER_WORDS:
		write_words(option_of(cli, member), write);
		return CLI_OK;
	case CLI_MEMBER_UNITS:
	case CLI_MEMBER_PAIRS:
		return write_pairs(member, option_of(cli, member), write);
	case CLI_MEMBER_WORD:
		bh_write_text(write, member->word);
		return CLI_OK;
	case CLI_MEMBER_SECRET:
		return write_secret(member->word, write);
	case CLI_MEMBER_INTS:
		return write_ints(member, *(const char *const *)option_of(cli, member), write);
	default:
		return write_option(member, *(const char *const *)option_of(cli, member), write);
	}
}

int
cli_body_write(const struct cli *cli, const struct cli_member *members, size_t n,
	struct bh_buf *out)
{
	struct bh_write write = {.out = out};
	int status = CLI_OK;

	/* Room beforehand, so that no grown-out copy of a secret stays behind on the heap. */
	bh_buf_room(out, BODY_ROOM);
	bh_write_object(&write);
	for (size_t i = 0; status == CLI_OK && i < n; i++) {
		if (is_given(cli, &members[i]))
			status = write_member(cli, &members[i], &write);
	}
	if (status == CLI_OK)
		bh_write_end(&write);
	return status;
}
