/* SPDX-License-Identifier: Apache-2.0 */
/* print.c: tables, objects, JSON. */
#include "cli/print.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"

#define COLUMNS_MAX 16u
#define CELL_POINTS_MAX 60u

void
cli_print_json(const struct bh_json *value)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};

	bh_json_append(&out, value);
	puts(bh_buf_string(&out));
}

void
cli_print_plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		putchar((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f ? '?' : c);
	}
}

/* Seconds since 1970, as people read them. */
static void
add_time(int64_t seconds, struct bh_buf *out)
{
	char text[BH_TIME_TEXT];

	bh_clock_format(seconds * 1000, text);
	bh_buf_printf(out, "%.19sZ", text);
}

/* Words as they are, objects by their names. */
static void
add_list(const struct bh_json *list, struct bh_buf *out)
{
	for (size_t i = 0; i < bh_json_count(list); i++) {
		const struct bh_json *item = bh_json_at(list, i);
		const char *word = bh_json_string(item);

		if (word == NULL)
			word = bh_json_get_string(item, "name");
		if (i > 0)
			bh_buf_text(out, bh_json_string(item) != NULL ? " " : ", ");
		bh_buf_text(out, word != NULL ? word : "?");
	}
}

/* In our answers 0 is no limit. */
static bool
is_limit(const char *member)
{
	return bh_text_ends(member, "_per_minute") ||
		bh_text_has_word("concurrency storage_bytes storage_files responses_bytes", member);
}

static void
add_int(int64_t number, const char *member, struct bh_buf *out)
{
	if (bh_text_ends(member, "_at"))
		add_time(number, out);
	else if (is_limit(member) && number == 0)
		bh_buf_text(out, "no limit");
	else if (bh_text_ends(member, "_bytes"))
		bh_buf_printf(out, "%.1f MiB", (double)number / (double)BH_MIB);
	else
		bh_buf_int(out, number);
}

static void
add_text(const char *text, const char *member, struct bh_buf *out)
{
	char platform[BH_UUID_TEXT];

	bh_uuid_format(&bh_platform_tenant, platform);
	if (bh_text_ends(member, "tenant_id") && strcmp(text, platform) == 0)
		text = "platform";
	bh_buf_text(out, text);
}

/* A member, or one below it: "bulkhead.chunks". */
static const struct bh_json *
find(const struct bh_json *row, const char *member)
{
	const char *dot;
	char name[64];

	for (; (dot = strchr(member, '.')) != NULL; member = dot + 1) {
		snprintf(name, sizeof(name), "%.*s", (int)(dot - member), member);
		row = bh_json_get(row, name);
	}
	return bh_json_get(row, member);
}

/* A member as people read it: "-" for none. */
static void
cell(const struct bh_json *row, const char *member, struct bh_buf *out)
{
	const struct bh_json *value = find(row, member);
	int64_t number = 0;
	bool yes = false;

	bh_buf_reset(out);
	switch (bh_json_kind(value)) {
	case BH_JSON_NONE:
	case BH_JSON_NULL:
		bh_buf_char(out, '-');
		break;
	case BH_JSON_STRING:
		if (bh_json_string(value)[0] == '\0')
			bh_buf_char(out, '-');
		add_text(bh_json_string(value), member, out);
		break;
	case BH_JSON_INT:
		bh_json_int(value, &number);
		add_int(number, member, out);
		break;
	case BH_JSON_ARRAY:
		add_list(value, out);
		break;
	default:
		if (bh_json_bool(value, &yes))
			bh_buf_text(out, yes ? "yes" : "no");
		else
			bh_json_append(out, value);
		break;
	}
	for (size_t i = 0; i < out->len; i++) {
		if ((unsigned char)out->data[i] < 0x20 || out->data[i] == 0x7f)
			out->data[i] = '?';
	}
}

static size_t
points(const struct bh_buf *text)
{
	return bh_text_points(bh_buf_string(text), text->len);
}

static void
measure(const struct bh_json *rows, const struct cli_column *columns, size_t n_columns,
	size_t *widths)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	for (size_t j = 0; j < n_columns; j++) {
		widths[j] = strlen(columns[j].title);
		for (size_t i = 0; i < bh_json_count(rows); i++) {
			cell(bh_json_at(rows, i), columns[j].member, &text);
			if (points(&text) > widths[j])
				widths[j] = points(&text) < CELL_POINTS_MAX ? points(&text) : CELL_POINTS_MAX;
		}
	}
}

/* Of the terminal; 0 when stdout is none, where a line may be as long as it likes. */
static size_t
terminal_width(void)
{
	struct winsize size;

	if (isatty(STDOUT_FILENO) != 1 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}

/* A cell, cut where it would take the others' place. */
static void
print_cell(const struct bh_buf *text)
{
	size_t len = text->len;

	if (points(text) > CELL_POINTS_MAX)
		len = bh_text_offset(bh_buf_string(text), len, CELL_POINTS_MAX - 1);
	printf("%.*s%s", (int)len, bh_buf_string(text), len < text->len ? "…" : "");
}

static void
print_rows(const struct cli *cli, const struct bh_json *rows, const struct cli_column *columns,
	size_t n_columns, const size_t *widths)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	fputs(cli->colour ? "\033[1m" : "", stdout);
	for (size_t j = 0; j < n_columns; j++)
		printf("%s%-*s", j > 0 ? "  " : "", (int)(j + 1 < n_columns ? widths[j] : 0),
			columns[j].title);
	fputs(cli->colour ? "\033[0m\n" : "\n", stdout);
	for (size_t i = 0; i < bh_json_count(rows); i++) {
		for (size_t j = 0; j < n_columns; j++) {
			cell(bh_json_at(rows, i), columns[j].member, &text);
			fputs(j > 0 ? "  " : "", stdout);
			print_cell(&text);
			for (size_t k = points(&text); k < widths[j] && j + 1 < n_columns; k++)
				putchar(' ');
		}
		putchar('\n');
	}
}

void
cli_print_table(const struct cli *cli, const struct bh_json *rows, const struct cli_column *columns,
	size_t n_columns)
{
	size_t widths[COLUMNS_MAX];
	size_t width = terminal_width();
	size_t wanted = 0;

	if (n_columns > COLUMNS_MAX)
		n_columns = COLUMNS_MAX;
	measure(rows, columns, n_columns, widths);
	for (size_t j = 0; j < n_columns; j++)
		wanted += widths[j] + (j > 0 ? 2 : 0);
	if (width == 0 || wanted <= width || bh_json_count(rows) == 0) {
		print_rows(cli, rows, columns, n_columns, widths);
		return;
	}
	/* Lines that wrap are no table: each row for itself, then. */
	for (size_t i = 0; i < bh_json_count(rows); i++) {
		if (i > 0)
			putchar('\n');
		cli_print_object(bh_json_at(rows, i), columns, n_columns);
	}
}

void
cli_print_object(const struct bh_json *object, const struct cli_column *columns, size_t n_columns)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	for (size_t i = 0; i < n_columns; i++) {
		enum bh_json_kind kind = bh_json_kind(find(object, columns[i].member));

		if (kind == BH_JSON_NONE || kind == BH_JSON_NULL)
			continue;
		cell(object, columns[i].member, &text);
		printf("%-20s %s\n", columns[i].title, bh_buf_string(&text));
	}
}

void
cli_print_list(const struct cli *cli, const struct bh_json *list, const struct cli_column *columns,
	size_t n_columns)
{
	if (cli->options.json)
		cli_print_json(list);
	else
		cli_print_table(cli, bh_json_get(list, "data"), columns, n_columns);
}

void
cli_print_thing(const struct cli *cli, const struct bh_json *thing,
	const struct cli_column *columns, size_t n_columns)
{
	if (cli->options.json)
		cli_print_json(thing);
	else
		cli_print_object(thing, columns, n_columns);
}
