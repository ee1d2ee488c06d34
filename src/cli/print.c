/* print.c: tables, objects, JSON. */
#include "cli/print.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

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
add_time(const struct bh_json *value, struct bh_buf *out)
{
	char text[BH_TIME_TEXT];
	int64_t seconds = 0;

	bh_json_int(value, &seconds);
	bh_clock_format(seconds * 1000, text);
	bh_buf_text(out, text);
}

/* A member as text: "-" for none, numbers and words as they are. */
static void
cell(const struct bh_json *row, const char *member, struct bh_buf *out)
{
	const struct bh_json *value = bh_json_get(row, member);
	enum bh_json_kind kind = bh_json_kind(value);

	bh_buf_reset(out);
	if (kind == BH_JSON_NONE || kind == BH_JSON_NULL)
		bh_buf_char(out, '-');
	else if (kind == BH_JSON_STRING)
		bh_buf_text(out, bh_json_string(value));
	else if (kind == BH_JSON_INT && bh_text_ends(member, "_at"))
		add_time(value, out);
	else
		bh_json_append(out, value);
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

void
cli_print_table(const struct cli *cli, const struct bh_json *rows,
	const struct cli_column *columns, size_t n_columns)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	size_t widths[COLUMNS_MAX];

	if (n_columns > COLUMNS_MAX)
		n_columns = COLUMNS_MAX;
	measure(rows, columns, n_columns, widths);
	fputs(cli->colour ? "\033[1m" : "", stdout);
	for (size_t j = 0; j < n_columns; j++)
		printf("%s%-*s", j > 0 ? "  " : "", (int)(j + 1 < n_columns ? widths[j] : 0),
			columns[j].title);
	fputs(cli->colour ? "\033[0m\n" : "\n", stdout);
	for (size_t i = 0; i < bh_json_count(rows); i++) {
		for (size_t j = 0; j < n_columns; j++) {
			size_t len;

			cell(bh_json_at(rows, i), columns[j].member, &text);
			len = bh_text_offset(bh_buf_string(&text), text.len, CELL_POINTS_MAX);
			printf("%s%.*s", j > 0 ? "  " : "", (int)len, bh_buf_string(&text));
			for (size_t k = points(&text); k < widths[j] && j + 1 < n_columns; k++)
				putchar(' ');
		}
		putchar('\n');
	}
}

void
cli_print_object(const struct bh_json *object, const struct cli_column *columns, size_t n_columns)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	for (size_t i = 0; i < n_columns; i++) {
		enum bh_json_kind kind = bh_json_kind(bh_json_get(object, columns[i].member));

		if (kind == BH_JSON_NONE || kind == BH_JSON_NULL)
			continue;
		cell(object, columns[i].member, &text);
		printf("%-20s %s\n", columns[i].title, bh_buf_string(&text));
	}
}
