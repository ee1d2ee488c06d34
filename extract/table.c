/* table.c: rows of cells joined by " | ", with the header row remembered. */
#include "table.h"

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

void
extract_table_cell(struct extract_table *table, const char *text, size_t len)
{
	size_t before, start;

	/* The bars of empty cells wait for a filled one: none stand at a row's end. */
	before = table->row.len;
	for (size_t i = table->shown; i < table->cells; i++)
		extract_buffer_text(&table->row, " | ");
	start = table->row.len;
	extract_table_squeeze(text, len, &table->row);
	table->cells++;
	if (table->row.len == start) {
		extract_buffer_truncate(&table->row, before);
		return;
	}
	table->shown = table->cells - 1;
	table->filled++;
}

int
extract_table_row(struct extract_table *table, bool header, int page, struct extract_sink *sink)
{
	struct extract_block block = {.kind = EXTRACT_TABLE_ROW, .page = page};
	int rc = 0;

	if (table->filled > 0) {
		block.text = table->row.data;
		block.len = table->row.len;
		block.header = table->headed ? extract_buffer_string(&table->header) : NULL;
		rc = extract_sink_block(sink, &block);
		if (header && table->rows == 0 && table->cells > 1) {
			extract_buffer_append(&table->header, table->row.data, table->row.len);
			table->headed = true;
		}
		table->rows++;
	}
	extract_buffer_truncate(&table->row, 0);
	table->cells = table->filled = table->shown = 0;
	return rc;
}

void
extract_table_close(struct extract_table *table)
{
	extract_buffer_close(&table->header);
	extract_buffer_close(&table->row);
	*table = (struct extract_table){0};
}
