/* SPDX-License-Identifier: Apache-2.0 */
/* table.c: rows of cells joined by " | ", with the header row remembered. */
#include "table.h"

#include <string.h>

#include "sink.h"
#include "unicode.h"

void
extract_table_squeeze(const char *text, size_t len, struct extract_buffer *out)
{
	size_t start = out->len;
	bool blank = false;

	for (size_t at = 0; at < len;) {
		size_t before = at;

		if (extract_unicode_is_space(extract_unicode_next(text, len, &at))) {
			blank = out->len > start;
			continue;
		}
		if (blank)
			extract_buffer_byte(out, ' ');
		extract_buffer_append(out, text + before, at - before);
		blank = false;
	}
}

static void
add_cell(struct extract_table *table, const char *text, size_t len)
{
	size_t before, start;

	/* The bars of empty cells wait for a filled one: none stand at a row's end. */
	before = table->row.len;
	for (size_t i = table->shown; i < table->cells; i++)
		extract_buffer_text(&table->row, " | ");
	start = table->row.len;
	extract_table_squeeze(text, len, &table->row);
	if (table->cells < EXTRACT_TABLE_SPANS_MAX) {
		extract_buffer_append(&table->texts, extract_buffer_string(&table->row) + start,
			table->row.len - start);
		extract_buffer_byte(&table->texts, '\0');
	}
	table->cells++;
	if (table->row.len == start) {
		extract_buffer_truncate(&table->row, before);
		return;
	}
	table->shown = table->cells - 1;
	table->filled++;
}

void
extract_table_repeat(struct extract_table *table)
{
	const char *text = extract_buffer_string(&table->above);
	size_t at = 0;

	for (size_t i = 0; i < table->cells && at < table->above.len; i++)
		at += strlen(text + at) + 1;
	if (table->cells < EXTRACT_TABLE_SPANS_MAX && at < table->above.len)
		add_cell(table, text + at, strlen(text + at));
	else
		add_cell(table, "", 0);
}

/* Adds the cells that reach down into this row and stand before the next one of its own. */
static void
add_reaching(struct extract_table *table)
{
	while (table->cells < EXTRACT_TABLE_SPANS_MAX && table->down[table->cells] > 0) {
		table->down[table->cells]--;
		extract_table_repeat(table);
	}
}

void
extract_table_span(struct extract_table *table, const char *text, size_t len, unsigned across,
	unsigned down)
{
	add_reaching(table);
	for (unsigned i = 0; i < across && (i == 0 || table->cells < EXTRACT_TABLE_SPANS_MAX); i++) {
		if (table->cells < EXTRACT_TABLE_SPANS_MAX)
			table->down[table->cells] = down > 0 ? down - 1 : 0;
		add_cell(table, i == 0 ? text : "", i == 0 ? len : 0);
	}
}

void
extract_table_cell(struct extract_table *table, const char *text, size_t len)
{
	extract_table_span(table, text, len, 1, 1);
}

static const char *
next_cell(const struct extract_buffer *texts, size_t *at)
{
	const char *cell = *at < texts->len ? texts->data + *at : "";

	*at += strlen(cell) + 1;
	return cell;
}

/* A second row of column headers says more of each column: "Flow" and "min" become "Flow min". */
static void
add_head(struct extract_table *table)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer text = {0};
	size_t above = 0, here = 0;

	extract_buffer_truncate(&table->header, 0);
	while (above < table->above.len || here < table->texts.len) {
		const char *first = next_cell(&table->above, &above);
		const char *second = next_cell(&table->texts, &here);

		if (table->header.len > 0)
			extract_buffer_text(&table->header, " | ");
		extract_buffer_truncate(&text, 0);
		extract_buffer_text(&text, first);
		if (strcmp(first, second) != 0) {
			extract_buffer_byte(&text, ' ');
			extract_buffer_text(&text, second);
		}
		extract_table_squeeze(extract_buffer_string(&text), text.len, &table->header);
	}
}

bool
extract_table_is_repeated(const struct extract_table *table)
{
	return table->headed &&
		strcmp(extract_buffer_string(&table->row), extract_buffer_string(&table->header)) == 0;
}

void
extract_table_restart(struct extract_table *table)
{
	extract_buffer_truncate(&table->header, 0);
	extract_buffer_truncate(&table->above, 0);
	table->headed = false;
	table->rows = table->heads = 0;
}

int
extract_table_row(struct extract_table *table, bool header, int page, struct extract_sink *sink)
{
	struct extract_block block = {.kind = EXTRACT_TABLE_ROW,
		.page = page,
		.confidence = table->confidence};
	struct extract_buffer spare = table->above;
	int rc = 0;

	if (table->cells > 0)
		add_reaching(table);
	if (table->filled > 0) {
		block.text = table->row.data;
		block.len = table->row.len;
		if (table->headed && !extract_table_is_repeated(table))
			block.header = extract_buffer_string(&table->header);
		rc = extract_sink_block(sink, &block);
		if (header && table->rows == 0 && table->filled > 1) {
			extract_buffer_append(&table->header, table->row.data, table->row.len);
			table->headed = true;
			table->heads = 1;
		} else if (header && table->headed && table->heads == table->rows) {
			add_head(table);
			table->heads++;
		}
		table->rows++;
	}
	extract_buffer_truncate(&table->row, 0);
	table->cells = table->filled = table->shown = 0;
	table->confidence = 0;
	table->above = table->texts;
	table->texts = spare;
	extract_buffer_truncate(&table->texts, 0);
	return rc;
}

void
extract_table_close(struct extract_table *table)
{
	extract_buffer_close(&table->header);
	extract_buffer_close(&table->row);
	extract_buffer_close(&table->texts);
	extract_buffer_close(&table->above);
	*table = (struct extract_table){0};
}
